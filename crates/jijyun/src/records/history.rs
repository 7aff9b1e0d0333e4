//! `POST /v1/openapi/chat/history/detail`, the vendor's page "查询会话内容" (content of a
//! conversation). The page could not be read: what is here is known from use.

use std::fmt;

use chat_core::{Endpoint, Page, RawList, ReadRecords, Url, http};
use serde::{Deserialize, Serialize};

use super::aggregated::AggregatedMessage;
use super::envelope::{Opened, Rows, read_answer};
use super::wire;
use crate::error::{Error, Failure};

/// Reads a whole conversation, newest first: neither pages nor times can be asked for, so the
/// answer may be large. `Debug` shows the conversation.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct HistoryRequest {
    chat_id: String,
}

impl HistoryRequest {
    /// The conversation with this id, as records have it.
    pub fn new(chat_id: impl Into<String>) -> Self {
        Self { chat_id: chat_id.into() }
    }
}

impl fmt::Debug for HistoryRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistoryRequest").field("chat_id", &self.chat_id).finish()
    }
}

impl Endpoint for HistoryRequest {
    type Output = Page<AggregatedMessage>;
    type Error = Error;
    const NAME: &'static str = "chat/history/detail";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        wire::filled("chat_id", &self.chat_id)?;
        // texts are always JSON
        let body = serde_json::to_vec(self).unwrap_or_default();
        wire::post(base, &["v1", "openapi", "chat", "history", "detail"], body)
    }

    fn read_response(
        &self,
        answer: http::Response<Vec<u8>>,
    ) -> Result<Page<AggregatedMessage>, Error> {
        let (rows, body) = read_answer(Self::NAME, answer, |body| read(body, body))?;
        Ok(rows.into_page(body))
    }
}

/// Reads an answer that is all or a part of `body`, in which its records' bytes are looked for.
pub(super) fn read<'a>(body: &'a str, answer: &'a str) -> Result<Rows<AggregatedMessage>, Failure> {
    #[derive(Default, Deserialize)]
    struct Content<'a> {
        #[serde(default, borrow)]
        message: RawList<'a>,
    }
    let opened = Opened::read(answer)?;
    let content: Content<'a> = opened.data.object()?;
    let mut records = ReadRecords::default();
    records.read(body.as_bytes(), &content.message, "Data.message")?;
    Ok(Rows { records, total: None, trace_id: opened.trace_id })
}
