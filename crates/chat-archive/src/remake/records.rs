//! Records that are no form of a message: read before, unreadable, or readable by now.

use chat_core::{SkippedRecord, SourcePage};
use rusqlite::{OptionalExtension as _, params};

use super::{Change, PageRow, Remake};
use crate::archive::{PartitionId, SourceId};
use crate::ledger::{Hash, sha256};
use crate::store::found::{self, Found, FoundRecord};

impl Remake<'_> {
    /// A record that can be read and is no form of a message.
    pub(super) fn other_record(
        &mut self,
        page: &PageRow,
        read: &SourcePage,
        index: usize,
    ) -> rusqlite::Result<()> {
        let Some(record) = read.records.get(index) else { return Ok(()) };
        let Some(held) = self.held.get(&page.source) else { return Ok(()) };
        let message = &record.message;
        let sha256 = sha256(read.raw.record(&record.span));
        let noted = if held.has_skipped { self.skipped_until(page.source, &sha256)? } else { None };
        let id = (!message.is_without_id()).then(|| message.id.as_str().to_owned());
        let (is_here, is_known) = match &id {
            Some(id) => {
                let is_here = self.is_here(page.part, id)?;
                (is_here, is_here || self.is_elsewhere(page.source, id)?)
            }
            None => (false, true),
        };
        if is_known && noted.is_none() {
            return Ok(());
        }
        if (id.is_none() || record.likeness.is_some()) && !is_here {
            // its place in the list, and whether it is there under a derived id, is for a sync to
            // find, which sees the list as it is now
            self.told(page.source, page.id, id, None, Change::WaitsForSync);
            return Ok(());
        }
        let Some(tx) = self.tx else {
            let change = if is_known { Change::AddedVersion } else { Change::Added };
            self.told(page.source, page.id, id, None, change);
            return Ok(());
        };
        let (reader, generation) = (std::sync::Arc::clone(&held.reader), held.generation);
        let found = FoundRecord {
            page: page.id,
            source: SourceId { row: page.source, generation },
            partition: PartitionId(page.part),
            partition_key: &page.partition,
            window: page.window,
            fetched_ms: page.fetched_ms,
            last_seen_ms: noted.unwrap_or(page.fetched_ms),
            read,
            record,
            sha256: &sha256,
        };
        let same = |a: &[u8], b: &[u8]| reader.same_content(a, b);
        match found::add(tx, &mut self.cache, &found, &same)? {
            Found::Message => self.told(page.source, page.id, id, Some(1), Change::Added),
            Found::Version { message, number } => {
                tx.prepare_cached("INSERT OR IGNORE INTO temp.touched VALUES (?1)")?
                    .execute([message])?;
                self.told(page.source, page.id, id, Some(number), Change::AddedVersion);
            }
            Found::Known => {}
        }
        if noted.is_some() {
            tx.prepare_cached("INSERT OR IGNORE INTO temp.readable VALUES (?1, ?2)")?
                .execute(params![page.source, sha256])?;
        }
        Ok(())
    }

    /// A record that cannot be read and is no form of a message.
    pub(super) fn skipped_record(
        &mut self,
        page: &PageRow,
        read: &SourcePage,
        skipped: &SkippedRecord,
    ) -> rusqlite::Result<()> {
        let sha256 = sha256(read.raw.record(&skipped.span));
        if self.skipped_until(page.source, &sha256)?.is_some() {
            return Ok(());
        }
        if let Some(tx) = self.tx {
            tx.prepare_cached(
                "INSERT INTO skipped (source, sha256, page, raw_start, raw_bytes, reason,
                     first_seen_ms, last_seen_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
            )?
            .execute(params![
                page.source,
                sha256,
                page.id,
                skipped.span.start,
                skipped.span.len(),
                skipped.error.to_string(),
                page.fetched_ms
            ])?;
        }
        self.told(page.source, page.id, None, None, Change::NotNoted);
        Ok(())
    }

    /// When a record that could not be read was last seen; `None` if it is none of those.
    fn skipped_until(&self, source: i64, sha256: &Hash) -> rusqlite::Result<Option<i64>> {
        self.db
            .prepare_cached("SELECT last_seen_ms FROM skipped WHERE source = ?1 AND sha256 = ?2")?
            .query_row(params![source, sha256], |row| row.get(0))
            .optional()
    }

    /// True if the partition has a message of this id.
    fn is_here(&self, part: i64, record_id: &str) -> rusqlite::Result<bool> {
        self.db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM message WHERE part = ?1 AND record_id = ?2)",
            )?
            .query_row(params![part, record_id], |row| row.get(0))
    }

    /// True if a message of another part has this id, where lists tell whose a record is.
    fn is_elsewhere(&self, source: i64, record_id: &str) -> rusqlite::Result<bool> {
        self.db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM part p JOIN message m ON m.part = p.id
                 WHERE p.source = ?1 AND m.record_id = ?2
                   AND EXISTS (SELECT 1 FROM sequence q WHERE q.message = m.id))",
            )?
            .query_row(params![source, record_id], |row| row.get(0))
    }

    /// Takes the records that can be read off the list of those that cannot, and counts the rest.
    pub(super) fn unreadable(&mut self) -> rusqlite::Result<()> {
        if let Some(tx) = self.tx {
            tx.execute(
                "DELETE FROM skipped WHERE (source, sha256) IN (SELECT source, sha256 FROM temp.readable)",
                [],
            )?;
        }
        let mut count = self.db.prepare("SELECT count(*) FROM skipped WHERE source = ?1")?;
        for source in self.held.keys() {
            self.outcome.unreadable += count.query_row([source], |row| row.get::<_, u64>(0))?;
        }
        Ok(())
    }
}
