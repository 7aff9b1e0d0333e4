//! When messages were seen last: what their rows say of it, until they are seen again.

use std::ops::RangeInclusive;

use rusqlite::{Transaction, params};

/// The time, of a table `message` by this name.
macro_rules! last_seen {
    ($message:literal) => {
        concat!(
            "coalesce((SELECT at_ms FROM seen_again WHERE message = ",
            $message,
            ".id), ",
            $message,
            ".last_seen_ms)"
        )
    };
}
pub(crate) use last_seen;

/// Notes that all messages with these numbers were seen.
pub(super) fn again(
    tx: &Transaction<'_>,
    messages: &RangeInclusive<i64>,
    at_ms: i64,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO seen_again SELECT id, ?3 FROM message WHERE id BETWEEN ?1 AND ?2",
    )?
    .execute(params![messages.start(), messages.end(), at_ms])
    .map(drop)
}

/// Has a message's row say the time itself: before it is copied, or another time is written to it.
pub(crate) fn settle(tx: &Transaction<'_>, message: i64) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE message SET last_seen_ms = g.at_ms FROM seen_again g
         WHERE g.message = message.id AND message.id = ?1",
    )?
    .execute([message])?;
    tx.prepare_cached("DELETE FROM seen_again WHERE message = ?1")?.execute([message]).map(drop)
}
