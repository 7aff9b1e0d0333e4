//! What is made from the messages so that people find and list them: the search index and the
//! table of conversations. Both follow the messages a batch at a time, after their pages.

mod summary;
pub(crate) mod words;

use rusqlite::{OptionalExtension as _, Transaction, params};

pub(crate) use self::summary::Member;
use crate::archive::Archive;
use crate::error::ArchiveError;
use crate::reader::Reader;

/// Messages that one transaction brings into the search index: as few transactions as can be, and
/// each a short one.
const BATCH: u64 = 5_000;
/// Conversations that one transaction sums up.
const CONVERSATIONS: usize = 200;

/// What the search index and the list of conversations do not know yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Behind {
    /// Messages to be brought into the search index.
    pub messages: u64,
    /// Conversations to be summed up again.
    pub conversations: u64,
}

impl Archive {
    /// Brings the search index and the list of conversations up to date, until all is done or
    /// `stop` says so; what is left is done by the next call, after a crash too.
    ///
    /// # Errors
    ///
    /// When the disk is full or the database fails.
    pub fn index(&mut self, stop: &dyn Fn() -> bool) -> Result<Behind, ArchiveError> {
        loop {
            if stop() {
                return behind(&self.db).map_err(|error| self.layout.sql(error));
            }
            if self.write(index_messages)? == 0 && self.write(summary::sum_up)? == 0 {
                self.unindexed = 0;
                return Ok(Behind::default());
            }
        }
    }

    /// After a page: a batch, once there are enough messages for one.
    pub(crate) fn index_some(&mut self, added: u64) {
        self.unindexed += added;
        if self.unindexed >= BATCH {
            self.unindexed = 0;
            // the page is stored and the batch stays queued: what is in the way shows at the end
            // of the run, or when the next page is stored
            let _ = self.write(index_messages);
        }
    }
}

impl Reader {
    /// What the search index and the list of conversations do not know yet.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn behind(&self) -> Result<Behind, ArchiveError> {
        behind(&self.db).map_err(|error| self.layout.sql(error))
    }
}

fn behind(db: &rusqlite::Connection) -> rusqlite::Result<Behind> {
    db.query_row(
        "SELECT (SELECT count(*) FROM unindexed),
                (SELECT count(*) FROM (SELECT DISTINCT source, conversation_id FROM stale))",
        [],
        |row| Ok(Behind { messages: row.get(0)?, conversations: row.get(1)? }),
    )
}

/// Brings a batch of messages into the search index, and notes whose conversations they change.
fn index_messages(tx: &Transaction<'_>) -> rusqlite::Result<u64> {
    let mut queued = tx.prepare_cached("SELECT message FROM unindexed ORDER BY 1 LIMIT ?1")?;
    let queued = queued.query_map([BATCH], |row| row.get(0))?;
    let queued = queued.collect::<rusqlite::Result<Vec<i64>>>()?;
    let Some(last) = queued.last() else { return Ok(0) };
    let mut find = tx.prepare_cached("SELECT text FROM message WHERE id = ?1")?;
    let mut names = tx.prepare_cached(
        "SELECT group_concat(name, char(10)) FROM (
             SELECT DISTINCT a.file_name AS name
             FROM message m JOIN attachment a ON a.message = m.id
             WHERE m.id = ?1 AND a.file_name IS NOT NULL
                 AND a.first_version <= m.version AND a.last_version >= m.version)",
    )?;
    let mut put =
        tx.prepare_cached("INSERT OR REPLACE INTO search (rowid, text, file) VALUES (?1, ?2, ?3)")?;
    let mut drop = tx.prepare_cached("DELETE FROM search WHERE rowid = ?1")?;
    for message in &queued {
        let text: Option<Option<String>> =
            find.query_row([message], |row| row.get(0)).optional()?;
        let files: Option<String> = names.query_row([message], |row| row.get(0))?;
        let text = text.flatten().as_deref().map(words::split).filter(|text| !text.is_empty());
        let files = files.as_deref().map(words::split).filter(|files| !files.is_empty());
        if text.is_none() && files.is_none() {
            drop.execute([message])?;
        } else {
            put.execute(params![message, text, files])?;
        }
    }
    tx.prepare_cached(
        "INSERT INTO stale SELECT DISTINCT m.source, m.conversation_id
         FROM unindexed u JOIN message m ON m.id = u.message
         WHERE u.message <= ?1 AND NOT EXISTS (
             SELECT 1 FROM stale t
             WHERE t.source = m.source AND t.conversation_id IS m.conversation_id)",
    )?
    .execute([last])?;
    tx.prepare_cached("DELETE FROM unindexed WHERE message <= ?1")?.execute([last])?;
    Ok(queued.len() as u64)
}
