//! One conversation, a page at a time, in the order in which people read it.

use rusqlite::{OptionalExtension as _, ToSql, params};

use crate::error::ArchiveError;
use crate::kept::KeptMessage;
use crate::reader::Reader;

/// Where a page of a conversation lies. Messages are named by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ThreadPlace {
    /// At its beginning.
    First,
    /// At its end.
    Last,
    /// Just before this message.
    Before(i64),
    /// Just behind this message.
    After(i64),
    /// With this message in the middle.
    Around(i64),
    /// From the first message that was sent at or after this instant on, in Unix milliseconds; its
    /// end, if there is none.
    From(i64),
}

/// A page of a conversation, oldest first.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Thread {
    /// Its messages.
    pub messages: Vec<KeptMessage>,
    /// Whether there are messages before them.
    pub has_earlier: bool,
    /// Whether there are messages behind them.
    pub has_later: bool,
}

const ORDERED: &str = "SELECT m.id FROM message m
         LEFT JOIN sequence q ON q.message = m.id AND q.part = m.part AND q.named = 0
     WHERE m.source = ?1 AND m.conversation_id IS ?2
     ORDER BY m.sent_at_ms, q.ordinal, m.id";
/// Whether times alone do not tell the order: some have none, or were listed without them.
const LISTED: &str = "SELECT EXISTS (SELECT 1 FROM message
         WHERE source = ?1 AND conversation_id IS ?2 AND sent_at_ms IS NULL)
     OR EXISTS (SELECT 1 FROM sequence
         WHERE source = ?1 AND conversation_id = coalesce(?2, '') AND named = 0)";
const LATER: &str = "SELECT id FROM message
     WHERE source = ?1 AND conversation_id IS ?2 AND (sent_at_ms, id) > (?3, ?4)
     ORDER BY sent_at_ms, id LIMIT ?5";
const EARLIER: &str = "SELECT id FROM message
     WHERE source = ?1 AND conversation_id IS ?2 AND (sent_at_ms, id) < (?3, ?4)
     ORDER BY sent_at_ms DESC, id DESC LIMIT ?5";

/// Where a conversation's messages are found.
struct Key {
    source: i64,
    conversation: Option<String>,
}

/// The messages of a page, by their numbers.
struct Numbers {
    found: Vec<i64>,
    has_earlier: bool,
    has_later: bool,
}

impl Reader {
    /// A page of a conversation, at most `limit` messages; `None` if there is no such conversation,
    /// or the message that the place names is not in it.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn thread(
        &self,
        conversation: i64,
        place: ThreadPlace,
        limit: usize,
    ) -> Result<Option<Thread>, ArchiveError> {
        let sql = |error| self.layout.sql(error);
        // one snapshot for all statements
        let _snapshot = self.db.unchecked_transaction().map_err(sql)?;
        let key = self
            .db
            .prepare_cached("SELECT source, conversation_id FROM conversation WHERE id = ?1")
            .and_then(|mut query| {
                query
                    .query_row([conversation], |row| {
                        Ok(Key { source: row.get(0)?, conversation: row.get(1)? })
                    })
                    .optional()
            })
            .map_err(sql)?;
        let Some(key) = key else { return Ok(None) };
        let Some(found) = self.numbers(&key, place, limit.max(1)).map_err(sql)? else {
            return Ok(None);
        };
        let mut messages = Vec::with_capacity(found.found.len());
        for number in found.found {
            messages.extend(self.message(number)?);
        }
        let Numbers { has_earlier, has_later, .. } = found;
        Ok(Some(Thread { messages, has_earlier, has_later }))
    }

    fn numbers(
        &self,
        key: &Key,
        place: ThreadPlace,
        limit: usize,
    ) -> rusqlite::Result<Option<Numbers>> {
        let Key { source, conversation } = key;
        let mut listed = self.db.prepare_cached(LISTED)?;
        if listed.query_row(params![source, conversation], |row| row.get(0))? {
            return self.in_sequence(key, place, limit);
        }
        let sent = |number: i64| {
            self.db
                .prepare_cached(
                    "SELECT sent_at_ms FROM message
                     WHERE id = ?1 AND source = ?2 AND conversation_id IS ?3",
                )?
                .query_row(params![number, source, conversation], |row| row.get::<_, i64>(0))
                .optional()
        };
        Ok(match place {
            ThreadPlace::First => Some(self.later(key, (i64::MIN, 0), limit)?),
            ThreadPlace::Last => Some(self.earlier(key, (i64::MAX, 0), limit)?),
            ThreadPlace::From(ms) => {
                let found = self.later(key, (ms, i64::MIN), limit)?;
                Some(if found.found.is_empty() {
                    self.earlier(key, (i64::MAX, 0), limit)?
                } else {
                    found
                })
            }
            ThreadPlace::Before(number) => match sent(number)? {
                Some(ms) => Some(self.earlier(key, (ms, number), limit)?),
                None => None,
            },
            ThreadPlace::After(number) => match sent(number)? {
                Some(ms) => Some(self.later(key, (ms, number), limit)?),
                None => None,
            },
            ThreadPlace::Around(number) => match sent(number)? {
                Some(ms) => {
                    let mut before = self.earlier(key, (ms, number), limit / 2)?;
                    // the message itself is the first of those behind
                    let rest = limit - before.found.len();
                    let behind = self.later(key, (ms, number.saturating_sub(1)), rest)?;
                    before.found.extend(behind.found);
                    before.has_later = behind.has_later;
                    Some(before)
                }
                None => None,
            },
        })
    }

    fn later(&self, key: &Key, after: (i64, i64), limit: usize) -> rusqlite::Result<Numbers> {
        let mut found = self.beside(LATER, key, after, limit)?;
        let has_later = found.len() > limit;
        found.truncate(limit);
        let has_earlier = match found.first() {
            // there is none before the first of all
            Some(_) if after.0 == i64::MIN => false,
            Some(_) => {
                !self.beside(EARLIER, key, (after.0, after.1.saturating_add(1)), 0)?.is_empty()
            }
            None => true,
        };
        Ok(Numbers { found, has_earlier, has_later })
    }

    fn earlier(&self, key: &Key, before: (i64, i64), limit: usize) -> rusqlite::Result<Numbers> {
        let mut found = self.beside(EARLIER, key, before, limit)?;
        let has_earlier = found.len() > limit;
        found.truncate(limit);
        found.reverse();
        let behind = (before.0, before.1.saturating_sub(1));
        let has_later = before.0 != i64::MAX && !self.beside(LATER, key, behind, 0)?.is_empty();
        Ok(Numbers { found, has_earlier, has_later })
    }

    /// The numbers beside a place, one more than asked for.
    fn beside(
        &self,
        sql: &'static str,
        key: &Key,
        (ms, number): (i64, i64),
        limit: usize,
    ) -> rusqlite::Result<Vec<i64>> {
        let mut query = self.db.prepare_cached(sql)?;
        let values: [&dyn ToSql; 5] = [&key.source, &key.conversation, &ms, &number, &(limit + 1)];
        query.query_map(values, |row| row.get(0))?.collect()
    }

    /// Where times alone do not tell the order, only all of a conversation has one.
    fn in_sequence(
        &self,
        key: &Key,
        place: ThreadPlace,
        limit: usize,
    ) -> rusqlite::Result<Option<Numbers>> {
        let mut query = self.db.prepare_cached(ORDERED)?;
        let rows = query.query_map(params![key.source, key.conversation], |row| row.get(0))?;
        let mut all = rows.collect::<rusqlite::Result<Vec<i64>>>()?;
        let index = |number: i64| all.iter().position(|known| *known == number);
        let from = match place {
            ThreadPlace::First => Some(0),
            ThreadPlace::Last => Some(all.len().saturating_sub(limit)),
            ThreadPlace::From(ms) => {
                let mut sent = self.db.prepare_cached(
                    "SELECT id FROM message WHERE source = ?1 AND conversation_id IS ?2
                         AND sent_at_ms >= ?3 ORDER BY sent_at_ms, id LIMIT 1",
                )?;
                let first = sent
                    .query_row(params![key.source, key.conversation, ms], |row| row.get(0))
                    .optional()?;
                let first = first.and_then(index);
                Some(first.unwrap_or(all.len().saturating_sub(limit)))
            }
            ThreadPlace::Before(number) => index(number).map(|at| at.saturating_sub(limit)),
            ThreadPlace::After(number) => index(number).map(|at| at + 1),
            ThreadPlace::Around(number) => index(number).map(|at| at.saturating_sub(limit / 2)),
        };
        let Some(from) = from else { return Ok(None) };
        let to = match place {
            ThreadPlace::Before(number) => index(number).unwrap_or(all.len()),
            _ => all.len().min(from + limit),
        };
        let (has_earlier, has_later) = (from > 0, to < all.len());
        all.truncate(to);
        let found = all.split_off(from.min(to));
        Ok(Some(Numbers { found, has_earlier, has_later }))
    }
}
