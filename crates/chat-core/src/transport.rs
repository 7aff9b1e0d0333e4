//! How bytes travel: one request, one answer of any status, or no answer.

#[cfg(feature = "test-util")]
mod replay;
#[cfg(feature = "reqwest")]
mod reqwest_client;

use std::error::Error as StdError;
use std::fmt::Debug;
use std::future::{Future, ready};
use std::io::Write;
use std::pin::Pin;
use std::time::Duration;

#[cfg(feature = "test-util")]
pub use replay::ReplayTransport;
#[cfg(feature = "reqwest")]
pub use reqwest_client::{MediaPolicy, ReqwestTransport};

use crate::{MediaError, MediaErrorKind, MediaInfo, MediaLink};

/// The largest answer that is read, in bytes: 64 MiB.
pub const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends requests, and knows how to wait.
pub trait Transport: Debug + Send + Sync {
    /// Sends one request. An answer of any status is `Ok`; `Err` means that none came. Redirects
    /// are not followed.
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>>;

    /// Waits on this transport's runtime.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;

    /// Fetches a file by its link into `sink`, at most `limit_bytes`, without any header of the
    /// vendor's. A transport that does not say how refuses every link.
    fn download<'a>(
        &'a self,
        link: &'a MediaLink,
        sink: &'a mut (dyn Write + Send),
        limit_bytes: u64,
    ) -> BoxFuture<'a, Result<MediaInfo, MediaError>> {
        let _ = (link, sink, limit_bytes);
        let refused = MediaErrorKind::Refused("this transport fetches no files");
        Box::pin(ready(Err(MediaError::new(refused))))
    }
}

/// No answer came. The text holds no URL.
#[derive(Debug, thiserror::Error)]
#[error("{}", .kind.text())]
pub struct TransportError {
    kind: TransportErrorKind,
    #[source]
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// An error of a kind.
    pub const fn new(kind: TransportErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// With what caused it. The cause must not hold the URL.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind, to branch on.
    pub const fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Whether asking again may help. All our calls read, so a request that may have been
    /// received can be sent again.
    pub const fn is_retryable(&self) -> bool {
        match self.kind {
            TransportErrorKind::Connect
            | TransportErrorKind::Timeout
            | TransportErrorKind::Interrupted => true,
            TransportErrorKind::Setup
            | TransportErrorKind::Request
            | TransportErrorKind::TooLarge => false,
        }
    }

    /// What a user can do about it.
    ///
    /// ```
    /// use chat_core::{TransportError, TransportErrorKind};
    ///
    /// let advice = TransportError::new(TransportErrorKind::Setup).advice();
    /// assert!(advice.contains("root certificates"));
    /// ```
    pub const fn advice(&self) -> &'static str {
        match self.kind {
            TransportErrorKind::Setup => {
                "install the system's root certificates, on most systems the package \
                 ca-certificates, or name a file of them in SSL_CERT_FILE"
            }
            _ => "check the base URL, the network, and whether a proxy is needed",
        }
    }
}

/// The kinds of [`TransportError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// TLS or the resolver could not be set up: there is nothing to send with.
    Setup,
    /// No connection: nothing was sent.
    Connect,
    /// Too late: the request may have been received.
    Timeout,
    /// The connection broke: the request may have been received.
    Interrupted,
    /// The request could not be sent as it is.
    Request,
    /// The answer is larger than allowed.
    TooLarge,
}

impl TransportErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::Setup => "TLS could not be set up",
            Self::Connect => "no connection could be made",
            Self::Timeout => "no answer came in time",
            Self::Interrupted => "the connection broke off",
            Self::Request => "the request could not be sent",
            Self::TooLarge => "the answer is larger than the limit",
        }
    }
}
