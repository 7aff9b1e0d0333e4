//! Why a page cannot be shown, and the page that says so.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chat_archive::{ArchiveError, ArchiveErrorKind};
use maud::{Markup, html};

use crate::layout::Frame;
use crate::places::Places as _;
use crate::render::bubble::coded;
use crate::visit::Visit;
use crate::words::Errors;

/// Why a page cannot be shown. As a response it is a status only: the page is written where the
/// reader's language is known.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// There is no such page, conversation, message or file.
    NotFound,
    /// The address makes no sense.
    BadAddress,
    /// The archive cannot be read.
    Archive(Arc<ArchiveError>),
    /// Something else went wrong here.
    Broken,
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        Self::Archive(Arc::new(error))
    }
}

impl Failure {
    /// What a response that is not ours says by its status.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            status if status.is_client_error() => Self::BadAddress,
            _ => Self::Broken,
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::BadAddress => StatusCode::BAD_REQUEST,
            Self::Archive(error) if is_passing(error) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Archive(_) | Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The page that says what is wrong and what to do.
    pub(crate) fn page(&self, visit: &Visit) -> Markup {
        let (title, advice) = self.words(&visit.words.errors);
        let detail = match self {
            // a sentence of the archive: where it is, never what is in it
            Self::Archive(error) => Some(error.to_string()),
            _ => None,
        };
        Frame::new(visit, title).show(html! {
            section.notice {
                h1 { (title) }
                p { (coded(advice)) }
                @if let Some(detail) = detail { p.detail { code { (detail) } } }
                p { a.button href=(visit.places().home()) { (visit.words.errors.to_home) } }
            }
        })
    }

    fn words(&self, words: &Errors) -> (&'static str, &'static str) {
        match self {
            Self::NotFound => words.not_found,
            Self::BadAddress => words.bad_address,
            Self::Archive(error) => match error.kind() {
                ArchiveErrorKind::Locked => words.locked,
                ArchiveErrorKind::NotFound => words.gone,
                ArchiveErrorKind::Newer { .. } => words.newer,
                _ => words.damaged,
            },
            Self::Broken => words.broken,
        }
    }
}

fn is_passing(error: &ArchiveError) -> bool {
    matches!(error.kind(), ArchiveErrorKind::Locked | ArchiveErrorKind::NotFound)
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
