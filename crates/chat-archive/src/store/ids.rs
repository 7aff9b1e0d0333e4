//! The ids that messages have.

use rusqlite::{Connection, Transaction, params};

/// True if a partition's other message has this id.
pub(crate) fn is_taken(
    db: &Connection,
    part: i64,
    record_id: &str,
    message: i64,
) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM message WHERE part = ?1 AND record_id = ?2 AND id <> ?3)",
    )?
    .query_row(params![part, record_id, message], |row| row.get(0))
}

/// Gives a message another id, in all its forms. No other one of its partition may have it.
pub(crate) fn rename(tx: &Transaction<'_>, message: i64, record_id: &str) -> rusqlite::Result<()> {
    for table in ["message", "message_version"] {
        let sql = format!("UPDATE {table} SET record_id = ?2 WHERE id = ?1");
        tx.prepare_cached(&sql)?.execute(params![message, record_id])?;
    }
    Ok(())
}
