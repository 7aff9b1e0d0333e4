//! Recalls that are records of their own: the message that one names is marked, whichever of the
//! two comes first.

use chat_core::{ConversationId, Message, PlatformId};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{PageWriter, named};
use crate::archive::PartitionId;

/// The message of a recall that has none yet. The recall comes first, so that one that is marked,
/// as most that are read again are, costs nothing more.
const RECALLED: &str = "
    SELECT m.id FROM recall r CROSS JOIN message m
        ON m.part = ?1 AND m.platform_id = ?2 AND m.source = ?3 AND m.conversation_id IS ?4
    WHERE r.part = ?1 AND r.platform_id = ?2 AND r.message IS NULL
    ORDER BY m.sent_at_ms DESC LIMIT 1";

impl PageWriter<'_> {
    /// Notes what a record says of another one, and what another one said of it.
    pub(super) fn apply_recalls(
        &mut self,
        id: i64,
        message: &Message,
        part: i64,
        is_new: bool,
    ) -> rusqlite::Result<()> {
        if let Some(recalled) = &message.recalls {
            self.has_recalls = true;
            if !std::mem::replace(&mut self.finds_named, true) {
                named::find_at_once(self.tx)?;
            }
            return self.recall(message, recalled, part);
        }
        match &message.platform_id {
            Some(own) if is_new && self.has_recalls => self.recalled_before(id, message, own, part),
            _ => Ok(()),
        }
    }

    /// A recall: marks its message, or notes that it is yet to come.
    fn recall(&self, recall: &Message, recalled: &PlatformId, part: i64) -> rusqlite::Result<()> {
        let recalled_at_ms = recall.sent_at.map(|sent| sent.instant.get());
        self.tx
            .prepare_cached(
                "INSERT INTO recall (part, platform_id, conversation_id, recalled_at_ms)
                 VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![part, recalled.as_str(), conversation(recall), recalled_at_ms])?;
        let found: Option<i64> = self
            .tx
            .prepare_cached(RECALLED)?
            .query_row(
                params![part, recalled.as_str(), self.context.source.row, conversation(recall)],
                |row| row.get(0),
            )
            .optional()?;
        found.map_or(Ok(()), |id| self.mark(id, recalled, part))
    }

    /// A message that is new: its recall may have come before it.
    fn recalled_before(
        &self,
        id: i64,
        message: &Message,
        own: &PlatformId,
        part: i64,
    ) -> rusqlite::Result<()> {
        let is_recalled: bool = self
            .tx
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM recall
                 WHERE part = ?1 AND platform_id = ?2 AND conversation_id IS ?3)",
            )?
            .query_row(params![part, own.as_str(), conversation(message)], |row| row.get(0))?;
        if is_recalled { self.mark(id, own, part) } else { Ok(()) }
    }

    /// The message itself stays as its bytes have it; whoever reads it sees the mark.
    fn mark(&self, id: i64, recalled: &PlatformId, part: i64) -> rusqlite::Result<()> {
        self.tx
            .prepare_cached("UPDATE recall SET message = ?3 WHERE part = ?1 AND platform_id = ?2")?
            .execute(params![part, recalled.as_str(), id])
            .map(drop)
    }
}

/// True if records of the partition recall others.
pub(super) fn are_there(tx: &Transaction<'_>, partition: PartitionId) -> rusqlite::Result<bool> {
    tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM recall WHERE part = ?1)")?
        .query_row([partition.0], |row| row.get(0))
}

fn conversation(message: &Message) -> Option<&str> {
    message.conversation_id.as_ref().map(ConversationId::as_str)
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, StatementStatus};

    use super::{RECALLED, named};

    #[test]
    fn a_recall_costs_the_same_however_long_its_conversation_is() -> rusqlite::Result<()> {
        let db = Connection::open_in_memory()?;
        db.execute_batch(include_str!("../schema.sql"))?;
        named::find_at_once(&db)?;
        db.execute_batch(
            "PRAGMA foreign_keys = OFF;
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
             INSERT INTO message (source, record_id, part, id_origin, platform_id,
                 conversation_id, sent_at_ms, kind, version, versions, first_seen_ms,
                 last_seen_ms, page, raw_start, raw_bytes, raw_sha256, generation)
             SELECT 1, i, 1, 'vendor', 'p' || i, 'c', i, 'text', 1, 1, 1, 1, 1, 1, 1, x'00', 1
             FROM n;
             INSERT INTO recall VALUES (1, 'p7', 'c', 1, NULL)",
        )?;
        let mut query = db.prepare(RECALLED)?;
        for found in [Some(7_i64), None] {
            let row = query.query_map((1, "p7", 1, "c"), |row| row.get(0))?.next().transpose()?;
            assert_eq!(row, found);
            let steps = query.reset_status(StatementStatus::VmStep);
            assert!(steps < 200, "{steps}");
            db.execute("UPDATE recall SET message = 7", [])?;
        }
        Ok(())
    }
}
