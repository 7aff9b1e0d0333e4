//! Records that could not be read when their page was stored, and can be now.

use chat_core::{Partition, SourcePage, SourceRecord, UnixMillis, Window};
use rusqlite::{Transaction, params};

use super::{
    INSERT_VERSION, Identity, Known, Numbering, PageToStore, PageWriter, Place, REPLACE_CURRENT,
    history, seen,
};
use crate::archive::{PartitionId, SourceId};
use crate::ledger::Hash;
use crate::raw::PageCache;

/// Such a record, and what is known of its page.
pub(crate) struct FoundRecord<'a> {
    pub(crate) page: i64,
    pub(crate) source: SourceId,
    pub(crate) partition: PartitionId,
    pub(crate) partition_key: &'a Partition,
    pub(crate) window: Window,
    pub(crate) fetched_ms: i64,
    /// When its bytes were last seen.
    pub(crate) last_seen_ms: i64,
    pub(crate) read: &'a SourcePage,
    pub(crate) record: &'a SourceRecord,
    pub(crate) sha256: &'a Hash,
}

/// What became of it.
pub(crate) enum Found {
    /// A message.
    Message,
    /// A further form of one.
    Version { message: i64, number: i64 },
    /// Its content was known.
    Known,
}

/// Stores the record where it belongs by its page.
pub(crate) fn add(
    tx: &Transaction<'_>,
    cache: &mut PageCache,
    found: &FoundRecord<'_>,
    same_content: &dyn Fn(&[u8], &[u8]) -> bool,
) -> rusqlite::Result<Found> {
    let fetched_at = UnixMillis::new(found.fetched_ms);
    let context = PageToStore {
        source: found.source,
        partition: found.partition,
        partition_key: found.partition_key,
        window: found.window,
        state: "",
        fetched_at,
        run_started: fetched_at,
        reach_ms: None,
        digest: None,
        page: found.read,
    };
    PageWriter::new(tx, &context, found.page, cache, same_content)?.found(found)
}

impl PageWriter<'_> {
    fn found(&mut self, found: &FoundRecord<'_>) -> rusqlite::Result<Found> {
        let message = &found.record.message;
        let span = &found.record.span;
        let place =
            Place { page: found.page, start: span.start, bytes: span.len(), sha256: found.sha256 };
        let identity = Identity { part: found.partition.0, record_id: message.id.as_str() };
        let (now, own) = (found.fetched_ms, message.status.as_ref());
        if let Some(id) = self.insert.record(message, identity, place)? {
            for (ordinal, attachment) in message.attachments.iter().enumerate() {
                self.attachment(id, ordinal, 1, message, attachment)?;
            }
            self.apply_recalls(id, message, identity.part, true)?;
            self.seen(id, found.last_seen_ms)?;
            return Ok(Found::Message);
        }
        let known = self.known(identity)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        if self.is_a_form(&known, place)? {
            self.seen(known.id, found.last_seen_ms)?;
            return Ok(Found::Known);
        }
        seen::settle(self.tx, known.id)?;
        let number = known.versions + 1;
        let earliest: i64 = self.tx.query_row(
            "SELECT min(page) FROM (SELECT page FROM message WHERE id = ?1
             UNION ALL SELECT page FROM message_version WHERE id = ?1)",
            [known.id],
            |row| row.get(0),
        )?;
        let first_seen_ms = if place.page < earliest { now } else { known.first_seen_ms };
        let numbering =
            Numbering { id: known.id, version: number, versions: number, first_seen_ms };
        let before = known.status.as_deref().map(chat_core::Status::from);
        let status = history::merged(message.status.clone(), before);
        let updated_at_ms = message.updated_at.map(UnixMillis::get);
        if history::is_late(updated_at_ms, known.updated_at_ms) || place.page < known.page {
            self.form(INSERT_VERSION, &numbering, identity, message, own, place)?;
            let values = params![known.id, number, status.as_ref().map(chat_core::Status::as_str)];
            self.tx
                .prepare_cached("UPDATE message SET versions = ?2, status = ?3 WHERE id = ?1")?
                .execute(values)?;
            self.earlier_attachments(&known, number, message)?;
        } else {
            self.tx
                .prepare_cached("INSERT INTO message_version SELECT * FROM message WHERE id = ?1")?
                .execute([known.id])?;
            self.form(REPLACE_CURRENT, &numbering, identity, message, status.as_ref(), place)?;
            self.renumber_attachments(&known, number, message)?;
        }
        for table in ["message", "message_version"] {
            let sql = format!("UPDATE {table} SET first_seen_ms = ?2 WHERE id = ?1");
            self.tx.prepare_cached(&sql)?.execute([known.id, first_seen_ms])?;
        }
        self.seen(known.id, known.last_seen_ms.max(found.last_seen_ms))?;
        Ok(Found::Version { message: known.id, number })
    }

    /// Moves the time at which a message was last seen forward.
    fn seen(&self, id: i64, at_ms: i64) -> rusqlite::Result<()> {
        seen::settle(self.tx, id)?;
        self.tx
            .prepare_cached(
                "UPDATE message SET last_seen_ms = max(last_seen_ms, ?2) WHERE id = ?1",
            )?
            .execute([id, at_ms])
            .map(drop)
    }

    /// True if some form of the record says the same.
    fn is_a_form(&mut self, known: &Known, place: Place<'_>) -> rusqlite::Result<bool> {
        let new = self.context.page.raw.record(&(place.start..place.start + place.bytes));
        let mut forms = self.tx.prepare_cached(
            "SELECT page, raw_start, raw_bytes FROM message WHERE id = ?1
             UNION ALL SELECT page, raw_start, raw_bytes FROM message_version WHERE id = ?1",
        )?;
        let mut rows = forms.query([known.id])?;
        while let Some(row) = rows.next()? {
            let (start, bytes): (usize, usize) = (row.get(1)?, row.get(2)?);
            let body = self.cache.get(self.tx, row.get(0)?)?;
            let old = body.as_ref().and_then(|body| body.get(start..start + bytes));
            if old.is_some_and(|old| (self.same_content)(old, new)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
