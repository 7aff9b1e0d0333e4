//! Who asks, and from where: the language, and how links are written on the page.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};

use crate::places::Served;
use crate::words::Words;

/// What a page must know of the request for it.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// The texts of the interface.
    pub(crate) words: &'static Words,
    /// What the search box holds.
    pub(crate) query: String,
    places: Served,
}

impl Visit {
    /// For a request, whose address has no token any more.
    pub(crate) fn new(uri: &Uri, headers: &HeaderMap) -> Self {
        let accepted =
            headers.get(header::ACCEPT_LANGUAGE).and_then(|languages| languages.to_str().ok());
        Self {
            words: Words::for_languages(accepted.unwrap_or_default()),
            query: String::new(),
            places: Served::seen_from(uri.path()),
        }
    }

    /// Where links lead.
    pub(crate) const fn places(&self) -> &Served {
        &self.places
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::new(&parts.uri, &parts.headers))
    }
}
