//! Credentials. The vendor's pages show the application id in the query and nothing else, and refer
//! to "general rules for API calls" that are not among them: what those ask for can be added here.

use std::fmt;
use std::sync::Arc;

use chat_core::http::header::{HeaderName, HeaderValue};
use chat_core::{Authorize, Secret, UnixMillis, Url, http};

use crate::error::Error;
use crate::query;

/// What proves who is calling: the application id, and whatever else the platform was agreed to
/// want.
///
/// The application id may be all that it takes to read chats, so it is kept like a password.
/// `Debug` shows counts only.
#[derive(Clone)]
pub struct Credentials {
    app_id: Secret,
    extra_query: Vec<(String, Secret)>,
    extra_headers: Vec<(String, Secret)>,
}

impl Credentials {
    /// The application's id on the platform (`app_id`).
    pub fn new(app_id: impl Into<Secret>) -> Self {
        Self { app_id: app_id.into(), extra_query: Vec::new(), extra_headers: Vec::new() }
    }

    /// With parameters that go into the query of every request, as an `orgcode`.
    #[must_use]
    pub fn with_extra_query<N: Into<String>, V: Into<Secret>>(
        mut self,
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.extra_query.extend(owned(pairs));
        self
    }

    /// With headers that every request bears, as a gateway's key. Files are fetched without them.
    #[must_use]
    pub fn with_extra_headers<N: Into<String>, V: Into<Secret>>(
        mut self,
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.extra_headers.extend(owned(pairs));
        self
    }

    /// Finds what would only show as a refusal: an id that is empty or kept the line end of the
    /// file it was read from, a name or value that cannot be sent.
    #[cfg_attr(not(feature = "client"), expect(dead_code, reason = "the client checks"))]
    pub(crate) fn check(&self) -> Result<(), Error> {
        let app_id = self.app_id.expose();
        if app_id.is_empty() {
            return Err(Error::invalid("the app_id is empty"));
        }
        if app_id.contains(char::is_whitespace) {
            return Err(Error::invalid("the app_id holds white space or a line end"));
        }
        if self.extra_query.iter().any(|(name, _)| name.is_empty()) {
            return Err(Error::invalid("a parameter of the extra query has no name"));
        }
        self.headers().try_for_each(|header| header.map(drop))
    }

    fn headers(&self) -> impl Iterator<Item = Result<(HeaderName, HeaderValue), Error>> {
        self.extra_headers.iter().map(|(name, value)| {
            let wrong = || Error::invalid("an extra header cannot be sent: check name and value");
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
            let mut value = HeaderValue::from_str(value.expose()).map_err(|_| wrong())?;
            value.set_sensitive(true);
            Ok((name, value))
        })
    }

    /// The application id, for digests.
    #[cfg(feature = "client")]
    pub(crate) const fn app_id(&self) -> &Secret {
        &self.app_id
    }

    /// Blots out what it holds.
    #[cfg(feature = "client")]
    pub(crate) fn blots(&self) -> chat_core::Blots {
        let extra = self.extra_query.iter().chain(&self.extra_headers).map(|(_, value)| value);
        chat_core::Blots::new(std::iter::once(&self.app_id).chain(extra).map(Secret::expose))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("extra_query", &self.extra_query.len())
            .field("extra_headers", &self.extra_headers.len())
            .finish_non_exhaustive()
    }
}

fn owned<N: Into<String>, V: Into<Secret>>(
    pairs: impl IntoIterator<Item = (N, V)>,
) -> impl Iterator<Item = (String, Secret)> {
    pairs.into_iter().map(|(name, value)| (name.into(), value.into()))
}

/// Sees each request as it is about to be sent, in every attempt, and the present: for signatures
/// and tokens.
pub type RequestHook = Arc<dyn Fn(&mut http::Request<Vec<u8>>, UnixMillis) + Send + Sync>;

/// Puts credentials on requests: the application id and the extra parameters into the query, the
/// extra headers beside them; then the hook has its turn.
#[derive(Clone)]
pub struct Authorizer {
    credentials: Credentials,
    hook: Option<RequestHook>,
}

impl Authorizer {
    /// With these credentials.
    pub const fn new(credentials: Credentials) -> Self {
        Self { credentials, hook: None }
    }

    /// With a hook that sees the finished request.
    #[must_use]
    pub fn with_hook(mut self, hook: RequestHook) -> Self {
        self.hook = Some(hook);
        self
    }

    #[cfg(feature = "client")]
    pub(crate) const fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    fn with_query(&self, uri: &http::Uri) -> Result<http::Uri, Error> {
        let not_a_url = || Error::invalid("the request's address is not a URL");
        let mut url = Url::parse(&uri.to_string()).map_err(|_| not_a_url())?;
        let extra = self.credentials.extra_query.iter();
        let extra = extra.map(|(name, value)| (name.as_str(), value.expose()));
        let app_id = ("app_id", self.credentials.app_id.expose());
        query::append(&mut url, std::iter::once(app_id).chain(extra));
        url.as_str().parse().map_err(|_| not_a_url())
    }
}

impl Authorize<Error> for Authorizer {
    async fn authorize(
        &self,
        request: &mut http::Request<Vec<u8>>,
        now: UnixMillis,
    ) -> Result<(), Error> {
        *request.uri_mut() = self.with_query(request.uri())?;
        for header in self.credentials.headers() {
            let (name, value) = header?;
            request.headers_mut().insert(name, value);
        }
        if let Some(hook) = &self.hook {
            hook(request, now);
        }
        Ok(())
    }
}

impl fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorizer")
            .field("credentials", &self.credentials)
            .field("hook", &self.hook.is_some())
            .finish()
    }
}
