//! Comparing what a vendor says now with what is stored, without storing it.

use chat_core::{UnixMillis, Window};
use rusqlite::{OptionalExtension as _, ToSql, TransactionBehavior, params};

use crate::archive::{Archive, PartitionId};
use crate::error::ArchiveError;
use crate::raw::PageCache;
use crate::store::seen::last_seen;
use crate::store::{Outcome, PageToStore, write_page};

/// A stored message's number in this archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageRow(i64);

/// Which messages of a partition are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever asks says which")]
pub enum Among {
    /// All of them.
    All,
    /// Those that were sent in a window, in the order of time.
    Sent(Window),
    /// Those that a run met that began at this time or later.
    SeenSince(UnixMillis),
}

/// A message as far as an audit needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DrawnMessage {
    /// Its number.
    pub row: MessageRow,
    /// When it was sent, in Unix milliseconds.
    pub sent_at_ms: Option<i64>,
}

/// How a record of a page compares with what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth way")]
pub enum Compared {
    /// It is stored as it is.
    Same(MessageRow),
    /// It is stored in another form.
    Changed(MessageRow),
    /// It is not stored.
    Unknown,
}

impl Archive {
    /// How many messages of a partition these are.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn count_among(&self, partition: PartitionId, among: Among) -> Result<u64, ArchiveError> {
        let count = among.select("count(*)", "", partition, |sql, values| {
            self.db.prepare_cached(sql)?.query_row(values, |row| row.get(0))
        });
        count.map_err(|error| self.layout.sql(error))
    }

    /// The one among them with this number, from 0; `None` if there are fewer.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn nth_among(
        &self,
        partition: PartitionId,
        among: Among,
        n: u64,
    ) -> Result<Option<DrawnMessage>, ArchiveError> {
        // the order of an index, so that nothing needs to be sorted
        let order = match among {
            Among::Sent(_) => "ORDER BY sent_at_ms, status, id",
            Among::All | Among::SeenSince(_) => "ORDER BY record_id",
        };
        let tail = format!("{order} LIMIT 1 OFFSET {n}");
        let found = among.select("id, sent_at_ms", &tail, partition, |sql, values| {
            let drawn = |row: &rusqlite::Row<'_>| {
                Ok(DrawnMessage { row: MessageRow(row.get(0)?), sent_at_ms: row.get(1)? })
            };
            self.db.query_row(sql, values, drawn).optional()
        });
        found.map_err(|error| self.layout.sql(error))
    }

    /// All of them.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn rows_among(
        &self,
        partition: PartitionId,
        among: Among,
    ) -> Result<Vec<MessageRow>, ArchiveError> {
        let rows = among.select("id", "", partition, |sql, values| {
            let mut query = self.db.prepare_cached(sql)?;
            let rows = query.query_map(values, |row| row.get(0).map(MessageRow))?;
            rows.collect()
        });
        rows.map_err(|error| self.layout.sql(error))
    }

    /// What storing this page would change: for each of its records, in its order, how it compares
    /// with what is stored. Everything is written as for a real page, and taken back.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn compare_page(
        &mut self,
        page: &PageToStore<'_>,
        same_content: &dyn Fn(&[u8], &[u8]) -> bool,
    ) -> Result<Vec<Compared>, ArchiveError> {
        let mut cache = std::mem::replace(&mut self.pages, PageCache::new(0));
        let compared = (|| {
            let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut compared = Vec::with_capacity(page.page.records.len());
            write_page(&tx, page, &mut cache, same_content, &mut |row, outcome| {
                compared.push(match outcome {
                    Outcome::New => Compared::Unknown,
                    Outcome::Changed => Compared::Changed(MessageRow(row)),
                    Outcome::Known => Compared::Same(MessageRow(row)),
                });
            })?;
            tx.rollback()?;
            Ok(compared)
        })();
        self.pages = cache;
        compared.map_err(|error| self.layout.sql(error))
    }

    /// Takes their verdict from the windows of a partition that overlap this one: they are broken,
    /// for this reason, and so read again by the next run.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn doubt_windows(
        &mut self,
        partition: PartitionId,
        window: Window,
        reason: &str,
        now: UnixMillis,
    ) -> Result<(), ArchiveError> {
        self.write(|tx| {
            tx.execute(
                "UPDATE covered SET verdict = 'broken', reason = ?4, checked_ms = ?5
                 WHERE part = ?1 AND from_ms < ?3 AND to_ms > ?2 AND verdict != 'broken'",
                params![partition.0, window.from_ms, window.to_ms, reason, now.get()],
            )
            .map(drop)
        })
    }
}

impl Among {
    fn select<T>(
        self,
        columns: &str,
        tail: &str,
        partition: PartitionId,
        run: impl FnOnce(&str, &[&dyn ToSql]) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let sql = |filter| format!("SELECT {columns} FROM message WHERE part = ?1{filter} {tail}");
        match self {
            Self::All => run(&sql(""), &[&partition.0]),
            Self::Sent(Window { from_ms, to_ms }) => run(
                &sql(" AND sent_at_ms >= ?2 AND sent_at_ms < ?3"),
                &[&partition.0, &from_ms, &to_ms],
            ),
            Self::SeenSince(since) => {
                let seen = concat!(" AND ", last_seen!("message"), " >= ?2");
                run(&sql(seen), &[&partition.0, &since.get()])
            }
        }
    }
}
