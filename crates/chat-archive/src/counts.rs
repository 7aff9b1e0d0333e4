//! How many messages there are, and how many of them may still change.

use chat_core::{Status, Window};
use rusqlite::{Connection, params};

use crate::archive::{Archive, PartitionId};
use crate::error::ArchiveError;
use crate::reader::Reader;

/// The messages of a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "planners are tested with made-up ones")]
pub struct MessageCount {
    /// The stretch of time.
    pub window: Window,
    /// Messages sent in it.
    pub messages: u64,
    /// Those among them whose status is known and not final. Where a vendor gives no status, none
    /// is waited for.
    pub open: u64,
}

impl Archive {
    /// Counts the messages of a partition that were sent in a window, in stretches of `step_ms`
    /// from its beginning, oldest first. Stretches without messages are left out.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn message_counts(
        &self,
        partition: PartitionId,
        window: Window,
        step_ms: i64,
    ) -> Result<Vec<MessageCount>, ArchiveError> {
        message_counts(&self.db, partition, window, step_ms).map_err(|error| self.layout.sql(error))
    }
}

impl Reader {
    /// The same as [`Archive::message_counts`].
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn message_counts(
        &self,
        partition: PartitionId,
        window: Window,
        step_ms: i64,
    ) -> Result<Vec<MessageCount>, ArchiveError> {
        message_counts(&self.db, partition, window, step_ms).map_err(|error| self.layout.sql(error))
    }
}

fn message_counts(
    db: &Connection,
    partition: PartitionId,
    window: Window,
    step_ms: i64,
) -> rusqlite::Result<Vec<MessageCount>> {
    let step_ms = step_ms.max(1);
    // in the order of the index: grouped by the database, they would be sorted first
    let mut query = db.prepare_cached(
        "SELECT sent_at_ms, status FROM message
         WHERE part = ?1 AND sent_at_ms >= ?2 AND sent_at_ms < ?3 ORDER BY sent_at_ms",
    )?;
    let mut rows = query.query(params![partition.0, window.from_ms, window.to_ms])?;
    let mut counts: Vec<MessageCount> = Vec::new();
    while let Some(row) = rows.next()? {
        let sent_at_ms: i64 = row.get(0)?;
        let status = row.get_ref(1)?.as_str_or_null()?.map(Status::from);
        let open = u64::from(status.is_some_and(|status| !status.is_final()));
        if let Some(last) = counts.last_mut().filter(|last| sent_at_ms < last.window.to_ms) {
            last.messages += 1;
            last.open += open;
        } else {
            let after_ms = sent_at_ms.saturating_sub(window.from_ms);
            let from_ms = window.from_ms.saturating_add(after_ms - after_ms % step_ms);
            let to_ms = from_ms.saturating_add(step_ms).min(window.to_ms);
            let window = Window::new(from_ms, to_ms);
            counts.push(MessageCount { window, messages: 1, open });
        }
    }
    Ok(counts)
}
