//! `GET /v1/openapi/aibot-list`, after the vendor's page "查询助手列表" (list of assistants). What
//! the answer holds could not be read there.

use std::fmt;

use chat_core::{Endpoint, Page, Url, http};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::envelope::{Rows, read_answer};
use super::fields::first_text;
use super::wire;
use crate::error::Error;

/// Lists the account's AI assistants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssistantsRequest;

impl AssistantsRequest {
    /// The call has no parameters but the key.
    pub const fn new() -> Self {
        Self
    }
}

impl Endpoint for AssistantsRequest {
    type Output = Page<Assistant>;
    type Error = Error;
    const NAME: &'static str = "aibot-list";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        wire::get(base, &["v1", "openapi", "aibot-list"], &[])
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Page<Assistant>, Error> {
        let (rows, body) = read_answer(Self::NAME, answer, Rows::read)?;
        Ok(rows.into_page(body))
    }
}

/// An AI assistant. Its keys are not documented: [`field`](Self::field) looks one up, and
/// [`Page::raw_record`] has the bytes. `Debug` shows nothing.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Assistant(Value);

impl Assistant {
    /// The value of a key, if it is a text or a number.
    pub fn field(&self, key: &str) -> Option<String> {
        first_text(&self.0, &[key])
    }
}

impl fmt::Debug for Assistant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assistant").finish_non_exhaustive()
    }
}
