//! What all calls have in common: a POST with JSON, and an answer that says how it went.

use chat_core::http::header::{CONTENT_TYPE, HeaderValue};
use chat_core::{DecodeError, Loose, Url, http};
use serde::Serialize;

use crate::error::Error;

/// A good body under a bad status is not to be trusted.
pub(crate) fn believed<T>(answer: &http::response::Parts, good: T) -> Result<T, Failure> {
    if answer.status.is_success() {
        Ok(good)
    } else {
        Err(Failure::Unreadable(DecodeError::new("it claims success")))
    }
}

/// A request with a JSON body.
pub(crate) fn post(
    base: &Url,
    path: &[&str],
    body: &impl Serialize,
) -> Result<http::Request<Vec<u8>>, Error> {
    let mut url = base.clone();
    match url.path_segments_mut() {
        Ok(mut segments) => segments.pop_if_empty().extend(path),
        Err(()) => return Err(Error::invalid("the base URL cannot be extended")),
    };
    let body = serde_json::to_vec(body)
        .map_err(|_| Error::invalid("the request cannot be written as JSON"))?;
    http::Request::post(url.as_str())
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .body(body)
        .map_err(|_| Error::invalid("the base URL cannot be used"))
}

/// Why a body is not what was asked for.
pub(crate) enum Failure {
    /// It says so itself, with a code that is not success.
    Refused { code: String, message: Option<String> },
    /// It is not what the vendor documents.
    Unreadable(DecodeError),
}

/// What an answer says of how the call went. Messaging answers have the first two, a gateway's the
/// others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome<'a> {
    pub(crate) result_code: Loose<'a>,
    pub(crate) result_desc: Loose<'a>,
    pub(crate) error_code: Loose<'a>,
    pub(crate) exception_info: Loose<'a>,
}

impl Outcome<'_> {
    /// Success, or what came instead.
    pub(crate) fn check(self, success: &str) -> Result<(), Failure> {
        if let Some(code) = self.result_code.text() {
            if code == success {
                return Ok(());
            }
            return Err(Failure::Refused { code, message: self.result_desc.text() });
        }
        match self.error_code.text() {
            Some(code) => Err(Failure::Refused { code, message: self.exception_info.text() }),
            None => Err(Failure::Unreadable(DecodeError::new("it has no `resultCode`"))),
        }
    }
}
