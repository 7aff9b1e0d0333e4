//! The stored lists of a conversation: a partition's, and those of others.

use std::collections::HashMap;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Transaction, params};
use sha2::{Digest as _, Sha256};

use super::ids;
use super::recognize::Known;
use crate::ledger::Hash;

/// How sure it is which record one of a reading is. The README defines the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Confidence {
    Guessed = 1,
    Ordered = 2,
    Anchored = 3,
}

impl ToSql for Confidence {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(*self as i64))
    }
}

impl FromSql for Confidence {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_i64()? {
            1 => Ok(Self::Guessed),
            2 => Ok(Self::Ordered),
            3 => Ok(Self::Anchored),
            other => Err(FromSqlError::OutOfRange(other)),
        }
    }
}

/// What a reading tells of a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    /// What readings by the same call have in common.
    pub(super) likeness: Hash,
    /// Of the way in which that is told.
    pub(super) version: u32,
    /// What readings by any call have in common.
    pub(super) words: Option<Hash>,
    pub(super) may_be_file: bool,
}

/// A record of a list.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) marks: Marks,
    /// Its place in the last reading, if it was in it.
    pub(super) shown: Option<usize>,
    /// The reading before it came: it was sent later than that.
    pub(super) sent_after_ms: Option<i64>,
    pub(super) first_seen_ms: i64,
    /// The least of all readings; `None`: the vendor says which record it is.
    pub(super) confidence: Option<Confidence>,
    /// Whose record it is, by its first reading.
    pub(super) part: i64,
    pub(super) record_id: String,
    /// The vendor gave the id.
    pub(super) is_named: bool,
    /// What it was known by before.
    pub(super) derived_id: Option<String>,
    pub(super) is_inbound: bool,
    /// `None` until the record is stored.
    pub(super) message: Option<i64>,
}

impl Item {
    /// What tells it in a list: the vendor's id, where the list has ids, else its likeness.
    pub(super) fn known(&self, named: bool) -> Known {
        let likeness = if named && self.is_named {
            digest_of_id(&self.record_id)
        } else {
            self.marks.likeness
        };
        Known {
            likeness,
            shown: self.shown,
            sent_after_ms: self.sent_after_ms,
            first_seen_ms: self.first_seen_ms,
        }
    }
}

/// Cannot be taken for a likeness: those are digests of JSON, or of a record's bytes.
pub(super) fn digest_of_id(id: &str) -> Hash {
    Sha256::new().chain_update(b"\0id ").chain_update(id).finalize().into()
}

/// All that a partition was shown of a conversation by one kind of call.
pub(super) struct List {
    pub(super) named: bool,
    pub(super) items: Vec<Item>,
}

/// Which list.
#[derive(Clone, Copy)]
pub(super) struct Which<'a> {
    pub(super) source: i64,
    pub(super) part: i64,
    pub(super) named: bool,
    pub(super) conversation: &'a str,
}

/// What is stored of a conversation: the list that a reading is of, and all others.
pub(super) struct Stored {
    pub(super) own: Vec<Item>,
    pub(super) others: Vec<List>,
}

impl Stored {
    pub(super) fn load(tx: &Transaction<'_>, which: Which<'_>) -> rusqlite::Result<Self> {
        let mut query = tx.prepare_cached(
            "SELECT q.part, q.named, q.likeness, q.version, q.words, q.may_be_file, q.shown,
                    coalesce(m.sent_at_ms - 1, q.sent_after_ms),
                    coalesce(m.sent_at_ms, m.first_seen_ms), q.confidence, m.part, m.record_id,
                    m.id_origin = 'vendor', j.derived_id, coalesce(m.direction = 'inbound', 0),
                    q.message
             FROM sequence q JOIN message m ON m.id = q.message
                  LEFT JOIN joined j ON j.message = q.message
             WHERE q.source = ?1 AND q.conversation_id = ?3 AND (q.part = ?2 OR ?3 != '')
             ORDER BY q.part, q.named, q.ordinal",
        )?;
        let mut found = query.query(params![which.source, which.part, which.conversation])?;
        let mut lists = Self { own: Vec::new(), others: Vec::new() };
        let mut before: Option<(i64, bool)> = None;
        while let Some(row) = found.next()? {
            let list: (i64, bool) = (row.get(0)?, row.get(1)?);
            let item = Item {
                marks: Marks {
                    likeness: row.get(2)?,
                    version: row.get(3)?,
                    words: row.get(4)?,
                    may_be_file: row.get(5)?,
                },
                shown: row.get(6)?,
                sent_after_ms: row.get(7)?,
                first_seen_ms: row.get(8)?,
                confidence: row.get(9)?,
                part: row.get(10)?,
                record_id: row.get(11)?,
                is_named: row.get(12)?,
                derived_id: row.get(13)?,
                is_inbound: row.get(14)?,
                message: row.get(15)?,
            };
            if list == (which.part, which.named) {
                lists.own.push(item);
                continue;
            }
            if before != Some(list) {
                lists.others.push(List { named: list.1, items: Vec::new() });
                before = Some(list);
            }
            if let Some(list) = lists.others.last_mut() {
                list.items.push(item);
            }
        }
        Ok(lists)
    }

    /// Where likenesses were told in another way when a record was stored, its bytes tell: gives
    /// the records that have the same bytes as one of this reading its marks.
    pub(super) fn renew_marks(
        &mut self,
        tx: &Transaction<'_>,
        named: bool,
        version: u32,
        marks: &HashMap<Hash, Marks>,
    ) -> rusqlite::Result<()> {
        let same_call = self.others.iter_mut().filter(|list| list.named == named);
        let items = same_call.flat_map(|list| &mut list.items).chain(&mut self.own);
        let told_by_id = |item: &Item| named && item.is_named;
        for item in items.filter(|item| item.marks.version != version && !told_by_id(item)) {
            let mut forms = tx.prepare_cached(
                "SELECT raw_sha256 FROM message WHERE id = ?1 AND (id_origin = 'vendor') = ?2
                 UNION SELECT raw_sha256 FROM message_version
                 WHERE id = ?1 AND (id_origin = 'vendor') = ?2",
            )?;
            let forms =
                forms.query_map(params![item.message, named], |row| row.get::<_, Hash>(0))?;
            for form in forms {
                if let Some(marks) = marks.get(&form?) {
                    item.marks = *marks;
                }
            }
        }
        Ok(())
    }
}

/// Writes a list anew.
pub(super) fn save(tx: &Transaction<'_>, which: Which<'_>, items: &[Item]) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "DELETE FROM sequence WHERE part = ?1 AND named = ?2 AND conversation_id = ?3",
    )?
    .execute(params![which.part, which.named, which.conversation])?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO sequence VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    for (ordinal, item) in items.iter().enumerate() {
        insert.execute(params![
            which.part,
            which.named,
            which.conversation,
            ordinal,
            which.source,
            item.message,
            item.marks.likeness,
            item.marks.version,
            item.marks.words,
            item.marks.may_be_file,
            item.shown,
            item.sent_after_ms,
            item.confidence,
        ])?;
    }
    Ok(())
}

/// The derived id of a stored record gives way to the vendor's, and stays known. Where another
/// message has that one, both stay, and it is noted for `verify` to tell.
pub(super) fn give_id(tx: &Transaction<'_>, item: &Item, id: &str) -> rusqlite::Result<()> {
    let Some(message) = item.message else { return Ok(()) };
    if ids::is_taken(tx, item.part, id, message)? {
        tx.prepare_cached("INSERT OR IGNORE INTO twice VALUES (?1, ?2)")?
            .execute(params![message, id])?;
        return Ok(());
    }
    ids::rename(tx, message, id)?;
    tx.prepare_cached("INSERT INTO joined VALUES (?1, ?2, ?3)")?.execute(params![
        message,
        item.record_id,
        item.confidence
    ])?;
    Ok(())
}
