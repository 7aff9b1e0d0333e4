//! What is made from the messages so that people find and list them: the search index and the
//! table of conversations. Both follow the messages a batch at a time, after their pages.

mod summary;
pub(crate) mod words;

use std::collections::HashSet;

use rusqlite::{Transaction, params};

pub(crate) use self::summary::{Key, Member};
use crate::archive::Archive;
use crate::error::ArchiveError;
use crate::reader::Reader;
use crate::store::named;

/// Messages that one transaction brings into the search index: as few transactions as can be, and
/// each a short one.
const BATCH: u64 = 5_000;
/// As few are worth one while the writer waits.
const IDLE_BATCH: u64 = 1_000;

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
            if self.write(index_messages)? == 0
                && self.write(summary::sum_up)? == 0
                && !self.write(|tx| named::find_later(tx))?
            {
                self.unindexed = 0;
                self.summed_to = None;
                return Ok(Behind::default());
            }
        }
    }

    /// Does a little of that while nothing else is to be written, so that less is left for the end
    /// of a run. `true`: there may be more of it to do now. An error ends it, loses nothing, and
    /// shows in [`Archive::index`].
    pub fn index_while_idle(&mut self) -> bool {
        if self.index_from(IDLE_BATCH) {
            self.summed_to = Some(Key::default());
            return true;
        }
        let Some(after) = self.summed_to.take() else { return false };
        self.summed_to = self.write(|tx| summary::sum_up_short(tx, &after)).unwrap_or_default();
        self.summed_to.is_some()
    }

    /// After a page: a batch, once there are enough messages for one.
    pub(crate) fn index_some(&mut self, added: u64) {
        self.unindexed += added;
        self.index_from(BATCH);
    }

    fn index_from(&mut self, least: u64) -> bool {
        let is_due = self.unindexed >= least;
        if is_due {
            self.unindexed = 0;
            // the pages are stored and the batch stays queued: what is in the way shows at the end
            // of the run, or when the next page is stored
            let _ = self.write(index_messages);
        }
        is_due
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
        "SELECT (SELECT count(*) FROM unindexed, indexed WHERE message <= up_to)
                    + (SELECT count(*) FROM message WHERE id > (SELECT up_to FROM indexed)),
                (SELECT count(*) FROM (SELECT DISTINCT source, conversation_id FROM stale))",
        [],
        |row| Ok(Behind { messages: row.get(0)?, conversations: row.get(1)? }),
    )
}

/// Brings a batch of messages into the search index, and notes whose conversations they change. A
/// statement goes over the whole batch: one for each message costs more than the index itself.
fn index_messages(tx: &Transaction<'_>) -> rusqlite::Result<u64> {
    let up_to: i64 = tx.query_row("SELECT up_to FROM indexed", [], |row| row.get(0))?;
    let end = |sql| tx.prepare_cached(sql)?.query_row(params![up_to, BATCH], |row| row.get(0));
    // first those that changed, then those that are new
    let changed: Option<i64> = end("SELECT max(message) FROM (
             SELECT message FROM unindexed WHERE message <= ?1 ORDER BY 1 LIMIT ?2)")?;
    let last: Option<i64> = match changed {
        None => {
            end("SELECT max(id) FROM (SELECT id FROM message WHERE id > ?1 ORDER BY 1 LIMIT ?2)")?
        }
        changed => changed,
    };
    let Some(last) = last else { return Ok(0) };
    let known: Option<i64> =
        tx.query_row("SELECT max(id) FROM search_docsize", [], |row| row.get(0))?;
    let mut add =
        tx.prepare_cached("INSERT INTO search (rowid, text, file) VALUES (?1, ?2, ?3)")?;
    let mut put =
        tx.prepare_cached("INSERT OR REPLACE INTO search (rowid, text, file) VALUES (?1, ?2, ?3)")?;
    let mut drop = tx.prepare_cached("DELETE FROM search WHERE rowid = ?1")?;
    let mut names = file_names(tx, up_to, last)?.into_iter().peekable();
    let mut stale: HashSet<(i64, Option<String>)> = HashSet::new();
    let mut find = tx.prepare_cached(
        "SELECT u.message, m.text, m.source, m.conversation_id, m.reply_to IS NOT NULL
         FROM unindexed u LEFT JOIN message m ON m.id = u.message
         WHERE u.message <= min(?1, ?2)
         UNION ALL
         SELECT id, text, source, conversation_id, reply_to IS NOT NULL
         FROM message WHERE id > ?1 AND id <= ?2",
    )?;
    let mut rows = find.query([up_to, last])?;
    let (mut indexed, mut names_others) = (0, false);
    while let Some(row) = rows.next()? {
        let message: i64 = row.get(0)?;
        let text = row.get_ref(1)?.as_str_or_null()?.unwrap_or_default();
        let text = Some(words::split(text)).filter(|text| !text.is_empty());
        let mut files = String::new();
        while let Some((_, name)) = names.next_if(|(of, _)| *of == message) {
            files.push_str(&name);
            files.push('\n');
        }
        let files = Some(words::split(&files)).filter(|files| !files.is_empty());
        let is_new = known.is_none_or(|known| message > known);
        match (text.is_none() && files.is_none(), is_new) {
            (false, true) => add.execute(params![message, text, files])?,
            (false, false) => put.execute(params![message, text, files])?,
            (true, true) => 0,
            (true, false) => drop.execute([message])?,
        };
        if let Some(source) = row.get(2)? {
            stale.insert((source, row.get(3)?));
        }
        names_others |= row.get::<_, bool>(4)?;
        indexed += 1;
    }
    let mut note = tx.prepare_cached(
        "INSERT INTO stale SELECT ?1, ?2 WHERE NOT EXISTS (
             SELECT 1 FROM stale WHERE source = ?1 AND conversation_id IS ?2)",
    )?;
    for (source, conversation) in stale {
        note.execute(params![source, conversation])?;
    }
    tx.prepare_cached("DELETE FROM unindexed WHERE message <= ?1")?.execute([last])?;
    tx.prepare_cached("UPDATE indexed SET up_to = max(up_to, ?1), names = max(names, ?2)")?
        .execute(params![last, names_others])?;
    Ok(indexed)
}

/// The names of the files that the messages of a batch have in their newest forms, by message.
fn file_names(tx: &Transaction<'_>, up_to: i64, last: i64) -> rusqlite::Result<Vec<(i64, String)>> {
    let mut find = tx.prepare_cached(
        "WITH file (message, ordinal, name) AS (
             SELECT a.message, a.ordinal, a.file_name
             FROM unindexed u CROSS JOIN attachment a ON a.message = u.message
                  CROSS JOIN message m ON m.id = a.message
             WHERE u.message <= min(?1, ?2) AND a.file_name IS NOT NULL
               AND a.last_version >= m.version AND a.first_version <= m.version
             UNION ALL
             SELECT a.message, a.ordinal, a.file_name
             FROM attachment a CROSS JOIN message m ON m.id = a.message
             WHERE a.message > ?1 AND a.message <= ?2 AND a.file_name IS NOT NULL
               AND a.last_version >= m.version AND a.first_version <= m.version)
         SELECT message, name FROM file ORDER BY message, ordinal",
    )?;
    find.query_map([up_to, last], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    #[test]
    fn a_file_that_is_added_is_noted_where_its_message_is_indexed_already() -> rusqlite::Result<()>
    {
        let db = Connection::open_in_memory()?;
        db.execute_batch(include_str!("schema.sql"))?;
        db.execute_batch(
            "PRAGMA foreign_keys = OFF;
             UPDATE indexed SET up_to = 5;
             INSERT INTO attachment (message, ordinal, first_version, last_version, source, kind,
                 state)
             VALUES (5, 0, 1, 1, 1, 'image', 'none'), (6, 0, 1, 1, 1, 'image', 'none')",
        )?;
        let mut noted = db.prepare("SELECT message FROM unindexed")?;
        let noted = noted.query_map([], |row| row.get::<_, i64>(0))?;
        assert_eq!(noted.collect::<rusqlite::Result<Vec<_>>>()?, [5]);
        Ok(())
    }
}
