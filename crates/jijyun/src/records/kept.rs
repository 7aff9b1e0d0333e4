//! How the answer with a whole conversation is stored.

use chat_core::{Endpoint, Loose, Page, http, read_object};
use serde::Deserialize;

use super::aggregated::AggregatedMessage;
use super::history::{HistoryRequest, read};
use crate::error::Error;

/// An answer beside the conversation that was asked for: nothing in the answer itself is known to
/// name it, and its messages are to be read again from nothing but stored bytes.
#[derive(Deserialize)]
pub(crate) struct KeptHistory<'a> {
    #[serde(default, borrow)]
    chat_id: Loose<'a>,
    #[serde(default, borrow)]
    answer: Loose<'a>,
}

/// How they begin. Any other answer need not be looked through for the parts.
const HEAD: &[u8] = br#"{"chat_id":"#;

impl<'a> KeptHistory<'a> {
    /// True if bytes that were stored may be these.
    pub(crate) fn may_be(body: &[u8]) -> bool {
        body.starts_with(HEAD)
    }

    /// The bytes to store.
    pub(crate) fn keep(chat_id: &str, answer: &[u8]) -> Vec<u8> {
        let chat_id = serde_json::Value::from(chat_id).to_string();
        [HEAD, chat_id.as_bytes(), br#","answer":"#, answer, b"}"].concat()
    }

    /// Finds the parts in stored bytes; `None` if they are another answer.
    pub(crate) fn find(text: &'a str) -> Option<Self> {
        let kept: Self = read_object(text).ok()?;
        kept.answer.json().is_some().then_some(kept)
    }

    /// The conversation that was asked for.
    pub(crate) fn chat_id(&self) -> Option<String> {
        self.chat_id.text()
    }

    /// The messages; their spans are places in the stored bytes, of which `text` is the text.
    pub(crate) fn into_page(
        self,
        text: &'a str,
        body: &[u8],
    ) -> Result<Page<AggregatedMessage>, Error> {
        let answer = self.answer.json().unwrap_or_default();
        match read(text, answer) {
            Ok(rows) => Ok(rows.into_page(body.to_vec())),
            Err(failure) => {
                let parts = http::Response::new(()).into_parts().0;
                Err(Error::from_answer(HistoryRequest::NAME, &parts, answer.as_bytes(), failure))
            }
        }
    }
}
