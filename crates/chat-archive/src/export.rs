//! Export: the messages that pass a filter, in an order that people can read them in.

mod batch;
mod columns;
mod conversations;
mod csv;
mod formula;
#[cfg(feature = "parquet")]
mod parquet;
mod sqlite;

use std::fmt;
use std::io::{self, Write};

use rusqlite::params;

use self::batch::Batch;
pub use self::csv::CsvOptions;
use crate::browse::ConversationFilter;
use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::kept::{Form, KeptMessage, select_current};
use crate::reader::Reader;

/// Which messages to export. The default is all of them. `Debug` does not show the sender.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filter {
    /// Of this source.
    pub source: Option<String>,
    /// Sent at or after this instant, in Unix milliseconds.
    pub from_ms: Option<i64>,
    /// Sent before this instant, in Unix milliseconds.
    pub to_ms: Option<i64>,
    /// Whose sender has this id or name.
    pub sender: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Every form of these messages, in the order of their versions, and not the newest one alone.
    pub versions: bool,
    /// Without what the vendor sent (`raw`): no stored page is unpacked, which is most of the work.
    pub without_raw: bool,
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter")
            .field("source", &self.source)
            .field("from_ms", &self.from_ms)
            .field("to_ms", &self.to_ms)
            .field("by_sender", &self.sender.is_some())
            .field("kind", &self.kind)
            .field("versions", &self.versions)
            .field("without_raw", &self.without_raw)
            .finish()
    }
}

const SELECT: &str = select_current!(
    "FROM source s JOIN message m ON m.source = s.id
         LEFT JOIN sequence q ON q.message = m.id AND q.part = m.part AND q.named = 0
    WHERE (?1 IS NULL OR s.name = ?1) AND (?2 IS NULL OR m.sent_at_ms >= ?2)
      AND (?3 IS NULL OR m.sent_at_ms < ?3)
      AND (?4 IS NULL OR m.sender_id = ?4 OR m.sender_name = ?4) AND (?5 IS NULL OR m.kind = ?5)
    ORDER BY m.source, m.conversation_id, m.sent_at_ms, q.ordinal, m.id"
);

/// What an export wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// Messages.
    pub messages: u64,
    /// Lines: more than messages where each form has its own.
    pub lines: u64,
}

/// Called after each line of an export with how many there are. An error of it ends the export and
/// is the cause of its error: so an export can be stopped.
pub type Progress<'p> = dyn FnMut(u64) -> io::Result<()> + 'p;

impl Reader {
    /// Hands on each message that passes the filter: by source, then conversation by
    /// conversation, oldest first, and with [`Filter::versions`] each of its forms. All are of one
    /// moment, however long it takes, and memory does not grow with their number. `raw` in them is
    /// what the vendor sent, byte for byte; only a line break between two tokens becomes a space.
    ///
    /// # Errors
    ///
    /// When the database fails, a raw page is missing or damaged, or `each` fails.
    pub fn each_message(
        &self,
        filter: &Filter,
        each: &mut dyn FnMut(KeptMessage) -> io::Result<()>,
    ) -> Result<Exported, ArchiveError> {
        let sql = |error| self.layout.sql(error);
        // one snapshot for all statements, however long it takes
        let snapshot = self.db.unchecked_transaction().map_err(sql)?;
        let mut query = snapshot.prepare(SELECT).map_err(sql)?;
        let mut rows = query
            .query(params![filter.source, filter.from_ms, filter.to_ms, filter.sender, filter.kind])
            .map_err(sql)?;
        let mut batch = Batch::new(!filter.without_raw);
        let mut exported = Exported::default();
        while let Some(row) = rows.next().map_err(sql)? {
            let current = Form::read(row).map_err(sql)?;
            let mut forms = if filter.versions && current.message.versions > 1 {
                self.other_forms(current.message.number).map_err(sql)?
            } else {
                Vec::new()
            };
            // a form that came late has a higher number than the current one
            let version = current.message.version;
            let place = forms.partition_point(|form| form.message.version < version);
            forms.insert(place, current);
            exported.messages += 1;
            for form in forms {
                batch.push(self, form, each)?;
                exported.lines += 1;
            }
        }
        batch.hand_on(self, each)?;
        Ok(exported)
    }

    /// Writes the messages that pass the filter as JSON lines, as [`Reader::each_message`] hands
    /// them on.
    ///
    /// # Errors
    ///
    /// When the database fails, a raw page is missing or damaged, or `out` cannot be written.
    pub fn export_jsonl(
        &self,
        filter: &Filter,
        out: &mut dyn Write,
        progress: &mut Progress<'_>,
    ) -> Result<Exported, ArchiveError> {
        let mut lines = 0;
        let exported = self.each_message(filter, &mut |message| {
            serde_json::to_writer(&mut *out, &message)?;
            out.write_all(b"\n")?;
            lines += 1;
            progress(lines)
        })?;
        out.flush().map_err(|error| self.output(error))?;
        Ok(exported)
    }

    /// How many messages pass the filter.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn count_messages(&self, filter: &Filter) -> Result<u64, ArchiveError> {
        let sql = "SELECT count(*) FROM source s JOIN message m ON m.source = s.id
             WHERE (?1 IS NULL OR s.name = ?1) AND (?2 IS NULL OR m.sent_at_ms >= ?2)
               AND (?3 IS NULL OR m.sent_at_ms < ?3)
               AND (?4 IS NULL OR m.sender_id = ?4 OR m.sender_name = ?4)
               AND (?5 IS NULL OR m.kind = ?5)";
        let chosen =
            params![filter.source, filter.from_ms, filter.to_ms, filter.sender, filter.kind];
        self.db.query_row(sql, chosen, |row| row.get(0)).map_err(|error| self.layout.sql(error))
    }

    /// How many messages a filter by time leaves out because the vendor gives them none.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn count_without_time(&self, filter: &Filter) -> Result<u64, ArchiveError> {
        let sql = "SELECT count(*) FROM source s JOIN message m ON m.source = s.id
             WHERE m.sent_at_ms IS NULL AND (?1 IS NULL OR s.name = ?1)
               AND (?2 IS NULL OR m.sender_id = ?2 OR m.sender_name = ?2)
               AND (?3 IS NULL OR m.kind = ?3)";
        self.db
            .query_row(sql, params![filter.source, filter.sender, filter.kind], |row| row.get(0))
            .map_err(|error| self.layout.sql(error))
    }

    /// How many conversations a filter by time leaves out because none of their messages has one.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn count_conversations_without_time(
        &self,
        filter: &ConversationFilter,
    ) -> Result<u64, ArchiveError> {
        let mut timeless = filter.clone();
        (timeless.from_ms, timeless.to_ms) = (None, None);
        let mut count = 0;
        self.each_conversation(&timeless, &mut |_| Ok(()), &mut |row| {
            count += u64::from(row.first_sent_at_ms.is_none());
            Ok(())
        })?;
        Ok(count)
    }

    pub(crate) fn output(&self, error: io::Error) -> ArchiveError {
        ArchiveError::new(ArchiveErrorKind::Output, &self.layout.dir).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    #[test]
    fn messages_come_in_the_order_of_an_index_and_are_not_sorted_with_their_texts()
    -> rusqlite::Result<()> {
        let db = Connection::open_in_memory()?;
        db.execute_batch(include_str!("schema.sql"))?;
        let mut query = db.prepare(&format!("EXPLAIN QUERY PLAN {}", super::SELECT))?;
        let steps = query.query_map([None::<i64>; 5], |row| row.get(3))?;
        let steps = steps.collect::<rusqlite::Result<Vec<String>>>()?;
        assert!(steps.iter().any(|step| step.contains("message_thread")), "{steps:?}");
        let sorts: Vec<_> = steps.iter().filter(|step| step.contains("ORDER BY")).collect();
        assert!(sorts.iter().all(|step| step.contains("TERMS OF ORDER BY")), "{steps:?}");
        Ok(())
    }
}
