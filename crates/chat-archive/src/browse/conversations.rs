//! The list of conversations, newest first.

use std::collections::BTreeMap;
use std::fmt;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};

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
    /// A customer whose id or name holds these characters, whatever their case; of those 500 in a
    /// conversation who wrote most.
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

/// Where a page of the list lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListPlace {
    /// At its beginning.
    First,
    /// Just behind this place.
    Older(ConversationKey),
    /// Just before this place.
    Newer(ConversationKey),
}

/// A page of the list. A conversation that gets a message while somebody turns pages moves to the
/// beginning; all others keep their order, so none of them is shown twice or passed over.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ConversationList {
    /// The conversations, newest first.
    pub conversations: Vec<ConversationSummary>,
    /// Whether there are some before them.
    pub has_newer: bool,
    /// Whether there are some behind them.
    pub has_older: bool,
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
    /// From the first message of a customer to the first answer by a person, in milliseconds; `None`
    /// too for messages in no conversation.
    pub first_response_ms: Option<i64>,
    /// The name, else the id, of who gave that answer.
    pub first_responder: Option<String>,
    /// Customers, most messages first, 500 at most.
    pub customers: Vec<Party>,
    /// Who speaks for the business, and whoever nothing is said of, in the same way.
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

const SELECT: &str = "SELECT c.id, s.vendor, s.name, c.conversation_id, c.messages, c.inbound, c.outbound,
        c.files, c.first_sent_ms, c.last_sent_ms, c.last_offset, c.last_ms,
        c.first_response_ms, c.first_responder, c.customers, c.agents, c.kinds, c.statuses,
        m.kind, substr(m.text, 1, 200)
    FROM conversation c JOIN source s ON s.id = c.source LEFT JOIN message m ON m.id = c.last_message";

/// What a query for numbers of conversations says behind its `WHERE`, with a value for each `?`.
struct Chosen {
    conditions: String,
    values: Vec<Value>,
}

impl Chosen {
    fn by(filter: &ConversationFilter) -> Self {
        let mut chosen = Self { conditions: "1".to_owned(), values: Vec::new() };
        let folded = |word: &Option<String>| {
            word.as_ref().map(|word| word.to_lowercase()).filter(|word| !word.is_empty())
        };
        let key = |word: &Option<String>| {
            word.as_ref().map(|word| format!("{}:", serde_json::Value::from(word.as_str())))
        };
        let texts = [
            ("source = (SELECT id FROM source WHERE name = ?)", filter.source.clone()),
            ("instr(customer_words, ?)", folded(&filter.customer)),
            ("instr(agent_words, ?)", folded(&filter.agent)),
            ("instr(kinds, ?)", key(&filter.kind)),
            ("instr(statuses, ?)", key(&filter.status)),
        ];
        for (condition, text) in texts {
            if let Some(text) = text {
                chosen.and(condition, [text.into()]);
            }
        }
        if let Some(from_ms) = filter.from_ms {
            // the list is sorted by the one, and the other is null where no time is known
            chosen.and("last_ms >= ? AND last_sent_ms >= ?", [from_ms.into(), from_ms.into()]);
        }
        if let Some(to_ms) = filter.to_ms {
            chosen.and("first_sent_ms < ?", [to_ms.into()]);
        }
        chosen
    }

    fn and<const N: usize>(&mut self, condition: &str, values: [Value; N]) {
        self.conditions.push_str(" AND ");
        self.conditions.push_str(condition);
        self.values.extend(values);
    }

    /// Those before or behind a conversation, the nearest first.
    fn beside(&self, db: &Connection, place: Beside, limit: usize) -> rusqlite::Result<Vec<i64>> {
        let mut chosen = Self { conditions: self.conditions.clone(), values: self.values.clone() };
        let (key, sign, order) = match place {
            Beside::Older(key) => (key, "<", "DESC"),
            Beside::Newer(key) => (Some(key), ">", "ASC"),
        };
        if let Some(key) = key {
            chosen.and(
                &format!("(last_ms, id) {sign} (?, ?)"),
                [key.last_ms.into(), key.number.into()],
            );
        }
        chosen.values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
        let sql = format!(
            "SELECT id FROM conversation INDEXED BY conversation_list WHERE {}
             ORDER BY last_ms {order}, id {order} LIMIT ?",
            chosen.conditions
        );
        let mut query = db.prepare_cached(&sql)?;
        let rows = query.query_map(params_from_iter(chosen.values), |row| row.get(0))?;
        rows.collect()
    }
}

/// Which neighbors are wanted.
#[derive(Debug, Clone, Copy)]
enum Beside {
    /// Of the beginning of the list, if of no conversation.
    Older(Option<ConversationKey>),
    Newer(ConversationKey),
}

impl Reader {
    /// A page of the conversations that pass the filter, the one with the newest message first.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn conversations(
        &self,
        filter: &ConversationFilter,
        place: ListPlace,
        limit: usize,
    ) -> Result<ConversationList, ArchiveError> {
        let read = || {
            // one snapshot for all statements
            let _snapshot = self.db.unchecked_transaction()?;
            self.conversations_of_snapshot(filter, place, limit)
        };
        read().map_err(|error| self.layout.sql(error))
    }

    /// The same for whoever reads several pages of one moment.
    pub(crate) fn conversations_of_snapshot(
        &self,
        filter: &ConversationFilter,
        place: ListPlace,
        limit: usize,
    ) -> rusqlite::Result<ConversationList> {
        let chosen = Chosen::by(filter);
        let (has_newer, numbers, has_older) = match place {
            ListPlace::Newer(key) => {
                let mut found = chosen.beside(&self.db, Beside::Newer(key), limit + 1)?;
                let has_newer = found.len() > limit;
                found.truncate(limit);
                found.reverse();
                let next = ConversationKey { number: key.number.saturating_add(1), ..key };
                let older = chosen.beside(&self.db, Beside::Older(Some(next)), 1)?;
                (has_newer, found, !older.is_empty())
            }
            ListPlace::First | ListPlace::Older(_) => {
                let key = if let ListPlace::Older(key) = place { Some(key) } else { None };
                let mut found = chosen.beside(&self.db, Beside::Older(key), limit + 1)?;
                let has_older = found.len() > limit;
                found.truncate(limit);
                let newer = match key {
                    Some(key) => {
                        let before = key.number.saturating_sub(1);
                        let next = ConversationKey { number: before, ..key };
                        chosen.beside(&self.db, Beside::Newer(next), 1)?
                    }
                    None => Vec::new(),
                };
                (!newer.is_empty(), found, has_older)
            }
        };
        let mut conversations = Vec::with_capacity(numbers.len());
        for number in numbers {
            conversations.extend(self.summary(number)?);
        }
        Ok(ConversationList { conversations, has_newer, has_older })
    }

    /// How many conversations pass the filter; counting ends at `limit`.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn count_conversations(
        &self,
        filter: &ConversationFilter,
        limit: usize,
    ) -> Result<usize, ArchiveError> {
        let chosen = Chosen::by(filter);
        let found = chosen.beside(&self.db, Beside::Older(None), limit);
        found.map(|numbers| numbers.len()).map_err(|error| self.layout.sql(error))
    }

    /// The conversation of a number; `None` if there is none.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn conversation(&self, number: i64) -> Result<Option<ConversationSummary>, ArchiveError> {
        self.summary(number).map_err(|error| self.layout.sql(error))
    }

    fn summary(&self, number: i64) -> rusqlite::Result<Option<ConversationSummary>> {
        self.db
            .prepare_cached(&format!("{SELECT} WHERE c.id = ?1"))?
            .query_row([number], ConversationSummary::read)
            .optional()
    }
}

fn parties(stored: &str) -> Vec<Party> {
    let members: Vec<Member> = serde_json::from_str(stored).unwrap_or_default();
    let parties = members.into_iter();
    parties.map(|Member { person, messages }| Party { person, messages }).collect()
}
