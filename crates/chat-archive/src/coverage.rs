//! What the archive knows to have: windows with verdicts, and windows that are being walked.

use std::collections::HashSet;

use chat_core::{UnixMillis, Window};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize};

use crate::archive::{Archive, PartitionId};
use crate::error::ArchiveError;
use crate::reader::Reader;

/// How sure the archive is of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "the three verdicts are the product's promise")]
pub enum Verdict {
    /// Count, codes and ids agree, and the window is older than the look-back.
    Proven,
    /// They agree, and the window is still inside the look-back.
    Provisional,
    /// Anything else.
    Broken,
}

impl Verdict {
    /// `proven`, `provisional` or `broken`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Provisional => "provisional",
            Self::Broken => "broken",
        }
    }

    pub(crate) fn parse(word: &str) -> Self {
        match word {
            "proven" => Self::Proven,
            "provisional" => Self::Provisional,
            _ => Self::Broken,
        }
    }
}

/// A window that was walked to its end, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoveredWindow {
    /// The span of time.
    pub window: Window,
    /// How sure we are.
    pub verdict: Verdict,
    /// How many records the vendor said there are.
    pub expected: Option<u64>,
    /// How many different records arrived.
    pub distinct: u64,
    /// Pages and records that could not be read.
    pub unreadable: u64,
    /// Why it is broken.
    pub reason: Option<String>,
    /// When it was last read to its end; `None` before the archive has stored it.
    pub checked_at: Option<UnixMillis>,
}

impl CoveredWindow {
    /// A window with its verdict.
    pub const fn new(window: Window, verdict: Verdict) -> Self {
        Self {
            window,
            verdict,
            expected: None,
            distinct: 0,
            unreadable: 0,
            reason: None,
            checked_at: None,
        }
    }
}

/// A window whose walk was begun and not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenWindow {
    /// The span of time.
    pub window: Window,
    /// The engine's state, as it was saved with the last page.
    pub state: String,
    /// The ids of the records that the walk has met.
    pub record_ids: HashSet<String>,
}

impl Archive {
    /// The closed windows of a partition, oldest first.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn coverage(&self, partition: PartitionId) -> Result<Vec<CoveredWindow>, ArchiveError> {
        coverage(&self.db, partition).map_err(|error| self.layout.sql(error))
    }

    /// The windows of a partition that an earlier run left open, oldest first.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn open_windows(&self, partition: PartitionId) -> Result<Vec<OpenWindow>, ArchiveError> {
        open_windows(&self.db, partition).map_err(|error| self.layout.sql(error))
    }

    /// Closes a window with its verdict. What was known of the same time before gives way; the
    /// rest of an older window that reaches beyond keeps its verdict.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn close_window(
        &mut self,
        partition: PartitionId,
        closed: &CoveredWindow,
        now: UnixMillis,
    ) -> Result<(), ArchiveError> {
        self.write(|tx| close(tx, partition, closed, now))
    }

    /// Gives up the walk of a window: it was split, or starts anew.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn abandon_window(
        &mut self,
        partition: PartitionId,
        window: Window,
    ) -> Result<(), ArchiveError> {
        self.write(|tx| abandon(tx, partition, window))
    }
}

impl Reader {
    /// The closed windows of a partition, oldest first.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn coverage(&self, partition: PartitionId) -> Result<Vec<CoveredWindow>, ArchiveError> {
        coverage(&self.db, partition).map_err(|error| self.layout.sql(error))
    }

    /// The windows of a partition that an earlier run left open, oldest first.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn open_windows(&self, partition: PartitionId) -> Result<Vec<OpenWindow>, ArchiveError> {
        open_windows(&self.db, partition).map_err(|error| self.layout.sql(error))
    }
}

fn coverage(db: &Connection, partition: PartitionId) -> rusqlite::Result<Vec<CoveredWindow>> {
    let mut query = db.prepare_cached(
        "SELECT from_ms, to_ms, verdict, expected, distinct_ids, unreadable, reason, checked_ms
         FROM covered WHERE part = ?1 ORDER BY from_ms",
    )?;
    let rows = query.query_map([partition.0], |row| {
        Ok(CoveredWindow {
            window: Window::new(row.get(0)?, row.get(1)?),
            verdict: Verdict::parse(&row.get::<_, String>(2)?),
            expected: row.get(3)?,
            distinct: row.get(4)?,
            unreadable: row.get(5)?,
            reason: row.get(6)?,
            checked_at: Some(UnixMillis::new(row.get(7)?)),
        })
    })?;
    rows.collect()
}

fn open_windows(db: &Connection, partition: PartitionId) -> rusqlite::Result<Vec<OpenWindow>> {
    let mut query = db.prepare_cached(
        "SELECT from_ms, to_ms, state FROM open_window WHERE part = ?1 ORDER BY from_ms",
    )?;
    let rows = query
        .query_map([partition.0], |row| Ok((Window::new(row.get(0)?, row.get(1)?), row.get(2)?)))?;
    let mut open = Vec::new();
    for row in rows {
        let (window, state) = row?;
        let record_ids = members(db, partition, window)?;
        open.push(OpenWindow { window, state, record_ids });
    }
    Ok(open)
}

fn members(
    db: &Connection,
    partition: PartitionId,
    window: Window,
) -> rusqlite::Result<HashSet<String>> {
    let mut pages = db.prepare_cached(
        "SELECT messages FROM open_member WHERE part = ?1 AND from_ms = ?2 AND to_ms = ?3",
    )?;
    // records without ids of the vendor's are counted, not told apart
    let mut record =
        db.prepare_cached("SELECT record_id FROM message WHERE id = ?1 AND id_origin = 'vendor'")?;
    let blobs = pages.query_map(params![partition.0, window.from_ms, window.to_ms], |row| {
        row.get::<_, Vec<u8>>(0)
    })?;
    let mut ids = HashSet::new();
    for blob in blobs {
        for id in blob?.chunks_exact(8) {
            let id = i64::from_le_bytes(id.try_into().unwrap_or_default());
            ids.extend(record.query_row([id], |row| row.get::<_, String>(0)).optional()?);
        }
    }
    Ok(ids)
}

pub(crate) fn close(
    tx: &Transaction<'_>,
    partition: PartitionId,
    closed: &CoveredWindow,
    now: UnixMillis,
) -> rusqlite::Result<()> {
    let window = closed.window;
    debug_assert!(window.len_ms() > 0, "plans hold no empty windows");
    abandon(tx, partition, window)?;
    clear_span(tx, partition, window)?;
    tx.prepare_cached("INSERT INTO covered VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
        .execute(params![
            partition.0,
            window.from_ms,
            window.to_ms,
            closed.verdict.as_str(),
            closed.expected,
            closed.distinct,
            closed.unreadable,
            closed.reason,
            now.get()
        ])
        .map(drop)
}

pub(crate) fn forget_broken(tx: &Transaction<'_>, partition: PartitionId) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM covered WHERE part = ?1 AND verdict = 'broken'")?
        .execute([partition.0])
        .map(drop)
}

pub(crate) fn abandon(
    tx: &Transaction<'_>,
    partition: PartitionId,
    window: Window,
) -> rusqlite::Result<()> {
    // walks of parts of the same span are of no use any more either
    for sql in [
        "DELETE FROM open_window WHERE part = ?1 AND from_ms >= ?2 AND to_ms <= ?3",
        "DELETE FROM open_member WHERE part = ?1 AND from_ms >= ?2 AND to_ms <= ?3",
    ] {
        tx.prepare_cached(sql)?.execute(params![partition.0, window.from_ms, window.to_ms])?;
    }
    Ok(())
}

/// Makes room for a window: windows inside it go, those across its ends are cut.
fn clear_span(
    tx: &Transaction<'_>,
    partition: PartitionId,
    window: Window,
) -> rusqlite::Result<()> {
    let span = params![partition.0, window.from_ms, window.to_ms];
    for sql in [
        // a window around this one leaves its right-hand rest first, since its own row is cut next
        "INSERT INTO covered
         SELECT part, ?3, to_ms, verdict, NULL, 0, unreadable, reason, checked_ms FROM covered
         WHERE part = ?1 AND from_ms < ?3 AND to_ms > ?3",
        "DELETE FROM covered WHERE part = ?1 AND from_ms >= ?2 AND from_ms < ?3",
        "UPDATE covered SET to_ms = ?2, expected = NULL, distinct_ids = 0
         WHERE part = ?1 AND from_ms < ?2 AND to_ms > ?2 AND ?3 > ?2",
    ] {
        tx.prepare_cached(sql)?.execute(span)?;
    }
    Ok(())
}
