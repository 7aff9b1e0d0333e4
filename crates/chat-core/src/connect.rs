//! How a client reaches its vendor: what the builders of all clients set alike.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::{
    BaseUrlError, Caller, Clock, RetryPolicy, Transport, TransportError, UnixMillis, check_base_url,
};

/// What the builder of every client sets, whatever the vendor.
#[derive(Clone)]
#[non_exhaustive]
pub struct ConnectOptions {
    /// How often and how patiently a call is tried.
    pub policy: RetryPolicy,
    /// The least time between the starts of two requests; zero for none.
    pub min_interval: Duration,
    /// The way to send; without one, the transport of the TLS feature that is on.
    pub transport: Option<Arc<dyn Transport>>,
    /// The clock that requests are signed by.
    pub clock: Clock,
    /// Lets base URLs start with `http://`, which is refused by default except on loopback.
    pub allow_http: bool,
}

impl ConnectOptions {
    /// The default patience and the system's clock, at a vendor's pace.
    pub fn new(min_interval: Duration) -> Self {
        Self {
            policy: RetryPolicy::default(),
            min_interval,
            transport: None,
            clock: UnixMillis::system_clock(),
            allow_http: false,
        }
    }

    /// Calls to a base URL. The first one makes the transport, unless there is one; those that
    /// follow share it.
    ///
    /// # Errors
    ///
    /// When the base URL cannot be used, when there is no transport, or when TLS cannot be set up.
    pub fn caller(&mut self, base_url: &str) -> Result<Caller, ConnectError> {
        let base = Url::parse(base_url).map_err(|_| ConnectError::NoUrl)?;
        check_base_url(&base, self.allow_http)?;
        let transport = match &self.transport {
            Some(transport) => Arc::clone(transport),
            None => Arc::clone(self.transport.insert(default_transport(&base)?)),
        };
        Ok(Caller::new(base, transport)
            .with_policy(self.policy.clone())
            .with_min_interval(self.min_interval)
            .with_clock(Arc::clone(&self.clock)))
    }
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectOptions")
            .field("policy", &self.policy)
            .field("min_interval", &self.min_interval)
            .field("allow_http", &self.allow_http)
            .finish_non_exhaustive()
    }
}

/// Why there is no way to a vendor. The URL is not repeated: it may hold a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The base URL is not a URL.
    #[error("the base URL is not a URL; it starts with https://")]
    NoUrl,
    /// Credentials must not travel to the base URL.
    #[error(transparent)]
    BaseUrl(#[from] BaseUrlError),
    /// No transport was given, and no feature brings one.
    #[error(
        "there is no transport: give one to with_transport, or enable the feature rustls or \
         native-tls"
    )]
    NoTransport,
    /// TLS or the resolver cannot be set up.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

#[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
fn default_transport(base: &Url) -> Result<Arc<dyn Transport>, ConnectError> {
    Ok(Arc::new(crate::ReqwestTransport::new(base)?))
}

#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")))]
fn default_transport(_: &Url) -> Result<Arc<dyn Transport>, ConnectError> {
    Err(ConnectError::NoTransport)
}
