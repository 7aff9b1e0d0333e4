//! The list of conversations, newest first.

use std::collections::BTreeMap;
use std::fmt;

use rusqlite::{OptionalExtension as _, Row, params};

use crate::error::ArchiveError;
use crate::index::Member;
use crate::kept::Person;
use crate::reader::Reader;

/// Which conversations to list. The default is all of them. `Debug` shows no names.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConversationFilter {
    /// Of this source.
    pub source: Option<String>,
    /// A customer whose id or name holds these characters, whatever their case.
    pub customer: Option<String>,
    /// An agent or bot, in the same way.
    pub agent: Option<String>,
    /// With a message sent at or after this instant, in Unix milliseconds.
    pub from_ms: Option<i64>,
    /// With a message sent before this instant, in Unix milliseconds. Of both, the conversation's
    /// first and last message are looked at, not those between.
    pub to_ms: Option<i64>,
    /// With a message of this kind.
    pub kind: Option<String>,
    /// With a message of this status.
    pub status: Option<String>,
}

impl fmt::Debug for ConversationFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversationFilter")
            .field("source", &self.source)
            .field("by_customer", &self.customer.is_some())
            .field("by_agent", &self.agent.is_some())
            .field("from_ms", &self.from_ms)
            .field("to_ms", &self.to_ms)
            .field("kind", &self.kind)
            .field("status", &self.status)
            .finish()
    }
}

/// A place in the list: that of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it travels in addresses")]
pub struct ConversationKey {
    /// When its newest message was sent, or else first seen, in Unix milliseconds.
    pub last_ms: i64,
    /// Its number.
    pub number: i64,
}

/// Someone in a conversation, and how much they wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Party {
    /// Who.
    pub person: Person,
    /// Messages that they sent.
    pub messages: u64,
}

/// What the messages of a conversation come to. `Debug` shows numbers only.
#[derive(Clone)]
#[non_exhaustive]
pub struct ConversationSummary {
    /// Its number in this archive.
    pub number: i64,
    /// The vendor's name.
    pub vendor: String,
    /// The source's name.
    pub source: String,
    /// The vendor's id of it; `None`: all messages of the source that it puts in none.
    pub conversation_id: Option<String>,
    /// How many messages it has.
    pub messages: u64,
    /// Those from customers.
    pub inbound: u64,
    /// Those to customers.
    pub outbound: u64,
    /// Files of all of them.
    pub files: u64,
    /// When the first was sent, in Unix milliseconds.
    pub first_sent_ms: Option<i64>,
    /// When the last was sent, in Unix milliseconds.
    pub last_sent_ms: Option<i64>,
    /// Minutes east of UTC that the vendor's times are told in.
    pub offset_minutes: Option<i16>,
    /// When the newest was sent, or else first seen: what the list is sorted by.
    pub last_ms: i64,
    /// From the first message of a customer to the first answer by no bot, in milliseconds.
    pub first_response_ms: Option<i64>,
    /// The name, else the id, of who gave that answer.
    pub first_responder: Option<String>,
    /// Customers, most messages first, 500 at most.
    pub customers: Vec<Party>,
    /// All others, in the same way.
    pub agents: Vec<Party>,
    /// Messages by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Messages by status.
    pub statuses: BTreeMap<String, u64>,
    /// The kind of the newest message.
    pub last_kind: String,
    /// The beginning of its text.
    pub last_text: Option<String>,
}

impl ConversationSummary {
    /// Its place in the list.
    pub fn key(&self) -> ConversationKey {
        ConversationKey { last_ms: self.last_ms, number: self.number }
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            vendor: row.get(1)?,
            source: row.get(2)?,
            conversation_id: row.get(3)?,
            messages: row.get(4)?,
            inbound: row.get(5)?,
            outbound: row.get(6)?,
            files: row.get(7)?,
            first_sent_ms: row.get(8)?,
            last_sent_ms: row.get(9)?,
            offset_minutes: row.get(10)?,
            last_ms: row.get(11)?,
            first_response_ms: row.get(12)?,
            first_responder: row.get(13)?,
            customers: parties(&row.get::<_, String>(14)?),
            agents: parties(&row.get::<_, String>(15)?),
            kinds: serde_json::from_str(&row.get::<_, String>(16)?).unwrap_or_default(),
            statuses: serde_json::from_str(&row.get::<_, String>(17)?).unwrap_or_default(),
            last_kind: row.get::<_, Option<String>>(18)?.unwrap_or_default(),
            last_text: row.get(19)?,
        })
    }
}

impl fmt::Debug for ConversationSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversationSummary")
            .field("number", &self.number)
            .field("messages", &self.messages)
            .finish_non_exhaustive()
    }
}

macro_rules! select_conversations {
    ($from:literal) => {
        concat!(
            "SELECT c.id, s.vendor, s.name, c.conversation_id, c.messages, c.inbound, c.outbound,
                    c.files, c.first_sent_ms, c.last_sent_ms, c.last_offset, c.last_ms,
                    c.first_response_ms, c.first_responder, c.customers, c.agents, c.kinds, c.statuses,
                    m.kind, substr(m.text, 1, 200) ",
            $from
        )
    };
}

const SELECT_ONE: &str = select_conversations!(
    "FROM conversation c JOIN source s ON s.id = c.source
         LEFT JOIN message m ON m.id = c.last_message
     WHERE c.id = ?1"
);

/// The rows are chosen before any of them is looked up elsewhere.
const SELECT_LIST: &str = select_conversations!(
    "FROM (SELECT * FROM conversation
           WHERE (?1 IS NULL OR source = (SELECT id FROM source WHERE name = ?1))
             AND (?2 IS NULL OR instr(customer_words, ?2))
             AND (?3 IS NULL OR instr(agent_words, ?3))
             AND (?4 IS NULL OR last_sent_ms >= ?4)
             AND (?5 IS NULL OR first_sent_ms < ?5)
             AND (?6 IS NULL OR instr(kinds, ?6))
             AND (?7 IS NULL OR instr(statuses, ?7))
             -- the first of the two is what the index can seek
             AND last_ms <= coalesce(?8, 9223372036854775807)
             AND (?8 IS NULL OR (last_ms, id) < (?8, ?9))
           ORDER BY last_ms DESC, id DESC LIMIT ?10) c
         JOIN source s ON s.id = c.source LEFT JOIN message m ON m.id = c.last_message
     ORDER BY c.last_ms DESC, c.id DESC"
);

impl Reader {
    /// Conversations that pass the filter, the one with the newest message first, behind `after`,
    /// at most `limit` of them.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn conversations(
        &self,
        filter: &ConversationFilter,
        after: Option<ConversationKey>,
        limit: usize,
    ) -> Result<Vec<ConversationSummary>, ArchiveError> {
        let folded = |word: &Option<String>| {
            word.as_ref().map(|word| word.to_lowercase()).filter(|word| !word.is_empty())
        };
        let key = |word: &Option<String>| {
            word.as_ref().map(|word| format!("{}:", serde_json::Value::from(word.as_str())))
        };
        let read = || -> rusqlite::Result<Vec<_>> {
            let mut query = self.db.prepare_cached(SELECT_LIST)?;
            let rows = query.query_map(
                params![
                    filter.source,
                    folded(&filter.customer),
                    folded(&filter.agent),
                    filter.from_ms,
                    filter.to_ms,
                    key(&filter.kind),
                    key(&filter.status),
                    after.map(|key| key.last_ms),
                    after.map(|key| key.number),
                    limit,
                ],
                ConversationSummary::read,
            )?;
            rows.collect()
        };
        read().map_err(|error| self.layout.sql(error))
    }

    /// The conversation of a number; `None` if there is none.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn conversation(&self, number: i64) -> Result<Option<ConversationSummary>, ArchiveError> {
        let read = || {
            self.db
                .prepare_cached(SELECT_ONE)?
                .query_row([number], ConversationSummary::read)
                .optional()
        };
        read().map_err(|error| self.layout.sql(error))
    }
}

fn parties(stored: &str) -> Vec<Party> {
    let members: Vec<Member> = serde_json::from_str(stored).unwrap_or_default();
    let parties = members.into_iter();
    parties.map(|Member { person, messages }| Party { person, messages }).collect()
}
