//! How requests are made, without the key.

use chat_core::http::header::CONTENT_TYPE;
use chat_core::{Url, http};

use crate::error::Error;

/// A call that posts JSON.
pub(super) fn post(
    base: &Url,
    path: &[&str],
    body: Vec<u8>,
) -> Result<http::Request<Vec<u8>>, Error> {
    http::Request::post(extended(base, path)?.as_str())
        .header(CONTENT_TYPE, "application/json")
        .body(body)
        .map_err(|_| cannot_be_used())
}

/// A call with a query.
pub(super) fn get(
    base: &Url,
    path: &[&str],
    query: &[(&str, &str)],
) -> Result<http::Request<Vec<u8>>, Error> {
    let mut url = extended(base, path)?;
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    http::Request::get(url.as_str()).body(Vec::new()).map_err(|_| cannot_be_used())
}

/// Refuses an empty text where the vendor wants one.
pub(super) fn filled(name: &str, value: &str) -> Result<(), Error> {
    if value.is_empty() {
        return Err(Error::invalid(format!("{name} is empty")));
    }
    Ok(())
}

fn extended(base: &Url, path: &[&str]) -> Result<Url, Error> {
    let mut url = base.clone();
    match url.path_segments_mut() {
        Ok(mut segments) => segments.pop_if_empty().extend(path),
        Err(()) => return Err(Error::invalid("the base URL cannot be extended")),
    };
    Ok(url)
}

fn cannot_be_used() -> Error {
    Error::invalid("the base URL cannot be used")
}
