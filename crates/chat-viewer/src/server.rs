//! The server: loopback only, read only.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;

use crate::app::App;
use crate::error::ViewerError;
use crate::pages;
use crate::security::{self, Guard, Token};

/// The pages over an archive, ready to be served. `Debug` does not show the token.
pub struct Viewer {
    listener: TcpListener,
    app: App,
    guard: Guard,
}

impl Viewer {
    /// Opens the archive in a folder for reading, and takes a port of 127.0.0.1; 0 is any that is
    /// free.
    ///
    /// # Errors
    ///
    /// When there is no archive or it cannot be read, the port is taken, or the system gives no
    /// random bytes.
    pub async fn bind(archive: &Path, port: u16) -> Result<Self, ViewerError> {
        let app = App::open(archive)?;
        let token = Token::random().map_err(ViewerError::NoRandom)?;
        let bind = |source| ViewerError::Bind { port, source };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let port = listener.local_addr().map_err(bind)?.port();
        Ok(Self { listener, app, guard: Guard { token, port, once: Arc::default() } })
    }

    /// The address of the first page. Whoever has it can read everything, for as long as the pages
    /// are served.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/{}/", self.guard.port, self.guard.token.as_str())
    }

    /// An address that leads to the first page, and only whoever opens it first; for a browser that
    /// is started, since others on this machine can read what it is started with. An earlier one
    /// that nobody opened works no more.
    ///
    /// # Errors
    ///
    /// When the system gives no random bytes.
    pub fn address_once(&self) -> Result<String, ViewerError> {
        let token = Token::random().map_err(ViewerError::NoRandom)?;
        let address = format!("http://127.0.0.1:{}/{}/", self.guard.port, token.as_str());
        *self.guard.once.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(address)
    }

    /// Serves until `stop` is ready.
    ///
    /// # Errors
    ///
    /// When the socket fails.
    pub async fn serve(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ViewerError> {
        let pages = pages::router().with_state(self.app);
        // the check may change the address, so it stands before the router and not within
        let guarded = Router::new()
            .fallback_service(pages)
            .layer(from_fn_with_state(self.guard, security::check));
        // a browser keeps its connections open for minutes; nothing is lost when they are cut
        tokio::select! {
            served = axum::serve(self.listener, guarded).into_future() => {
                served.map_err(ViewerError::Serve)
            }
            () = stop => Ok(()),
        }
    }
}

impl fmt::Debug for Viewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Viewer").field("port", &self.guard.port).finish_non_exhaustive()
    }
}
