//! Who may read: only whoever has the address that was printed, on this machine, from these pages.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::uri::{Authority, PathAndQuery};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq as _;

use crate::failure::Failure;
use crate::visit::Visit;
use crate::words::Words;

const TOKEN_BYTES: usize = 20;
/// Nothing but what this server gives, and no script that is written into a page.
const POLICY: &str = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; \
    script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// The secret in the address, 160 random bits. `Debug` does not show it.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn random() -> io::Result<Self> {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(hex::encode(bytes)))
    }

    /// For the one address that is printed.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn is(&self, found: &str) -> bool {
        self.0.as_bytes().ct_eq(found.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// What every request is held against.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    pub(crate) token: Token,
    pub(crate) port: u16,
    /// Leads to the first page, once: others on this machine can read what a program is started
    /// with, and so what a browser is told to open.
    pub(crate) once: Arc<Mutex<Option<Token>>>,
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It was meant for another host: a name that was made to point here.
    Host,
    /// Another site's page sent it.
    Foreign,
    /// It would change something.
    Method,
    /// It lacks the secret.
    Token,
}

impl Guard {
    /// The path and query behind the token, or why not. The token is looked at last, so that
    /// whoever guesses learns nothing from the order.
    fn pass(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Passed, Refusal> {
        if !self.is_ours(uri, headers) {
            return Err(Refusal::Host);
        }
        if self.is_foreign(headers) {
            return Err(Refusal::Foreign);
        }
        if method != Method::GET && method != Method::HEAD {
            return Err(Refusal::Method);
        }
        let rest = uri.path().strip_prefix('/').unwrap_or_default();
        let (token, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        if self.is_once(token) {
            return Ok(Passed::WithoutSlash);
        }
        if !self.token.is(token) {
            return Err(Refusal::Token);
        }
        if path.is_empty() {
            return Ok(Passed::WithoutSlash);
        }
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        PathAndQuery::try_from(format!("{path}{query}"))
            .map(|rest| Passed::To(Uri::from(rest)))
            .map_err(|_| Refusal::Token)
    }

    /// Whether it is the token that works once; from then on there is none.
    fn is_once(&self, found: &str) -> bool {
        // a token cannot be left half taken
        let mut once = self.once.lock().unwrap_or_else(PoisonError::into_inner);
        once.take_if(|token| token.is(found)).is_some()
    }

    fn is_ours(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
        let named = uri.authority().map(Authority::as_str);
        host.to_str().is_ok_and(|host| self.is_host(host))
            && named.is_none_or(|named| self.is_host(named))
    }

    fn is_host(&self, found: &str) -> bool {
        let port = self.port;
        let bare = port == 80;
        ["127.0.0.1", "localhost"].iter().any(|host| {
            found.eq_ignore_ascii_case(&format!("{host}:{port}"))
                || bare && found.eq_ignore_ascii_case(host)
        })
    }

    fn is_foreign(&self, headers: &HeaderMap) -> bool {
        let is_ours = |origin: &HeaderValue| {
            let host = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
            host.is_some_and(|host| self.is_host(host))
        };
        let site = headers.get(SEC_FETCH_SITE);
        let is_near = |site: &HeaderValue| site == "none" || site == "same-origin";
        headers.get_all(header::ORIGIN).iter().any(|origin| !is_ours(origin))
            || site.is_some_and(|site| !is_near(site))
    }
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

enum Passed {
    To(Uri),
    /// Links on the first page need the slash.
    WithoutSlash,
}

/// Lets through what may pass, writes the pages of errors, and puts the headers on every answer.
pub(crate) async fn check(
    State(guard): State<Guard>,
    mut request: Request,
    next: Next,
) -> Response {
    let passed = guard.pass(request.method(), request.uri(), request.headers());
    let mut response = match passed {
        Err(refusal) => {
            let words = Visit::new(request.uri(), request.headers()).words;
            refused(refusal, words)
        }
        Ok(Passed::WithoutSlash) => {
            let home = format!("/{}/", guard.token.as_str());
            (StatusCode::SEE_OTHER, [(header::LOCATION, home)]).into_response()
        }
        Ok(Passed::To(uri)) => {
            *request.uri_mut() = uri;
            let visit = Visit::new(request.uri(), request.headers());
            let response = next.run(request).await;
            let status = response.status();
            // a player that asks for what is beyond the end of a file wants no page
            let is_failure = status != StatusCode::RANGE_NOT_SATISFIABLE
                && (status.is_client_error() || status.is_server_error());
            if is_failure { failed(&response, &visit) } else { response }
        }
    };
    let headers = response.headers_mut();
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // files bring narrower ones
    let usual = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::CACHE_CONTROL, "no-store")];
    for (name, value) in usual {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn refused(refusal: Refusal, words: &'static Words) -> Response {
    let status = match refusal {
        Refusal::Host => StatusCode::MISDIRECTED_REQUEST,
        Refusal::Foreign | Refusal::Token => StatusCode::FORBIDDEN,
        Refusal::Method => StatusCode::METHOD_NOT_ALLOWED,
    };
    let mut response = (status, refusal_page(refusal, words)).into_response();
    if refusal == Refusal::Method {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

fn refusal_page(refusal: Refusal, words: &'static Words) -> maud::Markup {
    let (title, advice) = match refusal {
        Refusal::Host => words.errors.wrong_host,
        Refusal::Foreign => words.errors.foreign,
        Refusal::Method => words.errors.method,
        Refusal::Token => words.errors.no_token,
    };
    crate::layout::refusal(words, title, advice)
}

/// The page of an error, in place of what the part that failed said.
fn failed(response: &Response, visit: &Visit) -> Response {
    let known = response.extensions().get::<Failure>().cloned();
    let failure = known.unwrap_or_else(|| Failure::of_status(response.status()));
    (failure.status(), failure.page(visit)).into_response()
}
