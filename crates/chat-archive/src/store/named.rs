//! Finding the message that another one names by its platform id, as recalls and quotes do.

use rusqlite::{Connection, OptionalExtension as _};

/// Made once it is of use: kept from the first message on, it was a seventh of what a new record
/// costs. Made of all messages at once, at the end of a run, it is a fifth of that.
const INDEX: &str = "CREATE INDEX IF NOT EXISTS message_platform
    ON message (part, platform_id) WHERE platform_id IS NOT NULL";

/// Makes the index, unless it is there.
pub(crate) fn find_at_once(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(INDEX)
}

/// Makes the index if a message that is indexed names another one; what was noted of that outlives
/// the run. `true`: it was not there.
pub(crate) fn find_later(db: &Connection) -> rusqlite::Result<bool> {
    let is_wanted = db
        .prepare_cached(
            "SELECT 1 FROM indexed WHERE names = 1 AND NOT EXISTS (
                 SELECT 1 FROM sqlite_schema WHERE name = 'message_platform')",
        )?
        .query_row([], |_| Ok(()))
        .optional()?
        .is_some();
    if is_wanted {
        find_at_once(db)?;
    }
    Ok(is_wanted)
}
