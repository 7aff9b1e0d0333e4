//! One call of a vendor's API, without I/O and without credentials.

use std::future::{Future, ready};

use url::{Host, Url};

use crate::{UnixMillis, VendorError};

/// One call: how its request is built and how its answer is read. Pure.
pub trait Endpoint: Sync {
    /// What a good answer holds.
    type Output: Send;
    /// The vendor's error.
    type Error: VendorError;
    /// The name for errors and logs, as `chat/records`.
    const NAME: &'static str;

    /// Builds the request, without credentials.
    ///
    /// # Errors
    ///
    /// When a parameter cannot be sent.
    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Self::Error>;

    /// Reads an answer of any status.
    ///
    /// # Errors
    ///
    /// When the vendor refused the call, or its answer cannot be read.
    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Self::Output, Self::Error>;
}

/// Puts credentials on a request. Called once for each attempt, with a fresh time.
pub trait Authorize<E>: Sync {
    /// Signs the request as it stands; `now` is the present by the caller's clock.
    ///
    /// # Errors
    ///
    /// When there is nothing to sign with: a token that could not be had, a key that fits into no
    /// header. Then nothing is sent, and nothing is tried again.
    fn authorize(
        &self,
        request: &mut http::Request<Vec<u8>>,
        now: UnixMillis,
    ) -> impl Future<Output = Result<(), E>> + Send;

    /// Sees the headers of every answer, whatever its status: a fresh token may be among them.
    fn learn(&self, headers: &http::HeaderMap, now: UnixMillis) {
        let _ = (headers, now);
    }

    /// Learns from a failure (a wrong clock, a token that ran out). `true`: something changed, so
    /// one more attempt at once is worth it.
    fn recover(&self, error: &E, now: UnixMillis) -> impl Future<Output = bool> + Send {
        let _ = (error, now);
        ready(false)
    }
}

/// True for `localhost`, `127.0.0.0/8` and `::1`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Refuses base URLs over which credentials must not travel.
///
/// # Errors
///
/// When the scheme is not `https`, unless it is `http` to loopback or `allow_http` is set; when
/// the URL holds a user name, a query or a fragment.
pub fn check_base_url(url: &Url, allow_http: bool) -> Result<(), BaseUrlError> {
    match url.scheme() {
        "https" => {}
        "http" if allow_http || is_loopback(url) => {}
        "http" => return Err(BaseUrlError("plain http is refused: use https")),
        _ => return Err(BaseUrlError("it must start with https://")),
    }
    if url.host().is_none() {
        return Err(BaseUrlError("it has no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BaseUrlError("it must not hold a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(BaseUrlError("it must not hold a query or a fragment"));
    }
    Ok(())
}

/// Why a base URL is refused. The URL itself is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the base URL cannot be used: {0}")]
pub struct BaseUrlError(&'static str);
