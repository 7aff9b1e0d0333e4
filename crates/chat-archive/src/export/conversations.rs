//! A row for each conversation.

use std::collections::BTreeMap;
use std::io::{self, Write};

use chat_core::{UnixMillis, UtcOffset};
use serde::Serialize;

use super::Progress;
use crate::browse::{ConversationFilter, ConversationSummary, ListPlace, Party};
use crate::error::ArchiveError;
use crate::kept::Person;
use crate::reader::Reader;

/// Conversations that are in memory at once; each names up to a thousand people.
const AT_ONCE: usize = 500;

/// A conversation as it is exported: serialized, a line of JSON Lines.
#[derive(Serialize)]
pub(super) struct ConversationRow {
    pub(super) vendor: String,
    pub(super) source: String,
    pub(super) conversation_id: Option<String>,
    pub(super) messages: u64,
    pub(super) inbound: u64,
    pub(super) outbound: u64,
    pub(super) files: u64,
    pub(super) first_sent_at: Option<String>,
    pub(super) first_sent_at_ms: Option<i64>,
    pub(super) last_sent_at: Option<String>,
    pub(super) last_sent_at_ms: Option<i64>,
    #[serde(skip)]
    pub(super) offset_minutes: Option<i16>,
    pub(super) first_response_ms: Option<i64>,
    pub(super) first_responder: Option<String>,
    pub(super) customers: Vec<Participant>,
    pub(super) agents: Vec<Participant>,
    pub(super) kinds: BTreeMap<String, u64>,
    pub(super) statuses: BTreeMap<String, u64>,
}

/// Who took part, and how much they wrote.
#[derive(Serialize)]
pub(super) struct Participant {
    #[serde(flatten)]
    pub(super) person: Person,
    pub(super) messages: u64,
}

impl From<Party> for Participant {
    fn from(party: Party) -> Self {
        Self { person: party.person, messages: party.messages }
    }
}

impl From<ConversationSummary> for ConversationRow {
    fn from(summary: ConversationSummary) -> Self {
        let offset = summary.offset_minutes.and_then(UtcOffset::from_minutes);
        let text = |ms: Option<i64>| {
            ms.map(|ms| UnixMillis::new(ms).to_rfc3339(offset.unwrap_or(UtcOffset::UTC)))
        };
        Self {
            first_sent_at: text(summary.first_sent_ms),
            first_sent_at_ms: summary.first_sent_ms,
            last_sent_at: text(summary.last_sent_ms),
            last_sent_at_ms: summary.last_sent_ms,
            offset_minutes: summary.offset_minutes,
            vendor: summary.vendor,
            source: summary.source,
            conversation_id: summary.conversation_id,
            messages: summary.messages,
            inbound: summary.inbound,
            outbound: summary.outbound,
            files: summary.files,
            first_response_ms: summary.first_response_ms,
            first_responder: summary.first_responder,
            customers: summary.customers.into_iter().map(Participant::from).collect(),
            agents: summary.agents.into_iter().map(Participant::from).collect(),
            kinds: summary.kinds,
            statuses: summary.statuses,
        }
    }
}

impl Reader {
    /// Writes the conversations that pass the filter as JSON lines, the one with the newest message
    /// first; says how many. What [`Reader::behind`] counts is not in them.
    ///
    /// # Errors
    ///
    /// When the database fails, or `out` cannot be written.
    pub fn export_conversations_jsonl(
        &self,
        filter: &ConversationFilter,
        out: &mut dyn Write,
        progress: &mut Progress<'_>,
    ) -> Result<u64, ArchiveError> {
        let rows = self.each_conversation(filter, progress, &mut |row| {
            serde_json::to_writer(&mut *out, &row)?;
            out.write_all(b"\n")
        })?;
        out.flush().map_err(|error| self.output(error))?;
        Ok(rows)
    }

    /// Hands on each conversation that passes the filter, all of one moment.
    pub(super) fn each_conversation(
        &self,
        filter: &ConversationFilter,
        progress: &mut Progress<'_>,
        each: &mut dyn FnMut(ConversationRow) -> io::Result<()>,
    ) -> Result<u64, ArchiveError> {
        let _snapshot = self.db.unchecked_transaction().map_err(|error| self.layout.sql(error))?;
        let mut rows = 0;
        let mut place = ListPlace::First;
        loop {
            let page = self
                .conversations_of_snapshot(filter, place, AT_ONCE)
                .map_err(|error| self.layout.sql(error))?;
            let Some(last) = page.conversations.last() else { return Ok(rows) };
            place = ListPlace::Older(last.key());
            for summary in page.conversations {
                rows += 1;
                each(summary.into()).and_then(|()| progress(rows)).map_err(|e| self.output(e))?;
            }
        }
    }
}
