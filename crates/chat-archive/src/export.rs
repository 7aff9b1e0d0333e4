//! Export: one JSON line for each message, with the vendor's bytes inside.

use std::fmt;
use std::io::{self, Write};

use chat_core::{UnixMillis, UtcOffset};
use rusqlite::{Row, params};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::media::{MediaState, media_path};
use crate::raw::PageCache;
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
            .finish()
    }
}

/// One line. The order of the fields is part of the contract.
#[derive(Serialize)]
struct Line<'a> {
    vendor: String,
    source: String,
    id: String,
    id_origin: String,
    conversation_id: Option<String>,
    direction: Option<String>,
    sender: Option<Sender>,
    recipients: Option<Box<RawValue>>,
    sent_at: Option<String>,
    sent_at_ms: Option<i64>,
    sent_at_origin: Option<String>,
    updated_at_ms: Option<i64>,
    received_at_ms: Option<i64>,
    read_at_ms: Option<i64>,
    recalled_at_ms: Option<i64>,
    kind: String,
    text: Option<String>,
    attachments: Vec<AttachmentLine>,
    status: Option<String>,
    reply_to: Option<String>,
    reactions: Option<Box<RawValue>>,
    version: i64,
    first_seen_ms: i64,
    last_seen_ms: i64,
    raw: &'a RawValue,
}

#[derive(Serialize)]
struct Sender {
    id: Option<String>,
    name: Option<String>,
    kind: Option<String>,
}

#[derive(Serialize)]
struct AttachmentLine {
    kind: String,
    file_name: Option<String>,
    mime_type: Option<String>,
    size_bytes: Option<u64>,
    duration_ms: Option<u64>,
    state: String,
    sha256: Option<String>,
    path: Option<String>,
}

/// A form's row, before its raw bytes are at hand.
struct Form {
    id: i64,
    versions: i64,
    page: i64,
    raw_start: usize,
    raw_bytes: usize,
    line: Line<'static>,
}

macro_rules! select_forms {
    ($received:literal, $read:literal, $recalled:literal, $status:literal, $from:literal) => {
        concat!(
            "SELECT m.id, m.page, m.raw_start, m.raw_bytes, s.vendor, s.name, m.record_id,
                m.id_origin, m.conversation_id, m.direction, m.sender_id, m.sender_name,
                m.sender_kind, m.recipients, m.sent_at_ms, m.sent_offset, m.sent_at_origin,
                m.updated_at_ms, ",
            $received,
            ", ",
            $read,
            ", ",
            $recalled,
            ", m.kind, m.text, ",
            $status,
            ", m.reply_to, m.reactions, m.version, m.first_seen_ms, m.last_seen_ms, m.versions ",
            $from
        )
    };
}

/// A time that any form tells is not lost with the newest one, and a recall marks its message.
const SELECT: &str = select_forms!(
    "CASE WHEN m.received_at_ms IS NULL AND m.versions > 1
     THEN (SELECT max(received_at_ms) FROM message_version WHERE id = m.id)
     ELSE m.received_at_ms END",
    "CASE WHEN m.read_at_ms IS NULL AND m.versions > 1
     THEN (SELECT max(read_at_ms) FROM message_version WHERE id = m.id)
     ELSE m.read_at_ms END",
    "coalesce(CASE WHEN m.recalled_at_ms IS NULL AND m.versions > 1
     THEN (SELECT max(recalled_at_ms) FROM message_version WHERE id = m.id)
     ELSE m.recalled_at_ms END, r.recalled_at_ms)",
    "CASE WHEN r.message IS NULL OR m.status = 'deleted' THEN m.status ELSE 'recalled' END",
    "FROM source s JOIN message m ON m.source = s.id
         LEFT JOIN recall r ON r.message = m.id
         LEFT JOIN sequence q ON q.message = m.id AND q.part = m.part AND q.named = 0
    WHERE (?1 IS NULL OR s.name = ?1) AND (?2 IS NULL OR m.sent_at_ms >= ?2)
      AND (?3 IS NULL OR m.sent_at_ms < ?3)
      AND (?4 IS NULL OR m.sender_id = ?4 OR m.sender_name = ?4) AND (?5 IS NULL OR m.kind = ?5)
    ORDER BY s.id, m.conversation_id, m.sent_at_ms, q.ordinal, m.id"
);

/// The forms of a message beside the current one.
const SELECT_OTHERS: &str = select_forms!(
    "m.received_at_ms",
    "m.read_at_ms",
    "m.recalled_at_ms",
    "m.status",
    "FROM message_version m JOIN source s ON s.id = m.source WHERE m.id = ?1 ORDER BY m.version"
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

impl Reader {
    /// Writes the messages that pass the filter as JSON lines: by source, then conversation by
    /// conversation, oldest first. Memory does not grow with their number.
    ///
    /// `raw` is what the vendor sent, byte for byte; only a line break between two tokens becomes
    /// a space, because a line must not hold one.
    ///
    /// # Errors
    ///
    /// When the database fails, a raw page is missing or damaged, or `out` cannot be written.
    pub fn export_jsonl(
        &self,
        filter: &Filter,
        out: &mut dyn Write,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Exported, ArchiveError> {
        let sql = |error| self.layout.sql(error);
        // one snapshot for all statements, however long it takes
        let snapshot = self.db.unchecked_transaction().map_err(sql)?;
        let mut query = snapshot.prepare(SELECT).map_err(sql)?;
        let mut rows = query
            .query(params![filter.source, filter.from_ms, filter.to_ms, filter.sender, filter.kind])
            .map_err(sql)?;
        let mut cache = PageCache::new(64);
        let mut exported = Exported::default();
        while let Some(row) = rows.next().map_err(sql)? {
            let current = read_row(row).map_err(sql)?;
            let mut forms = if filter.versions && current.versions > 1 {
                self.other_forms(current.id).map_err(sql)?
            } else {
                Vec::new()
            };
            // a form that came late has a higher number than the current one
            let place = forms.partition_point(|form| form.line.version < current.line.version);
            forms.insert(place, current);
            exported.messages += 1;
            for form in forms {
                self.write_form(form, &mut cache, out)?;
                exported.lines += 1;
                progress(exported.lines);
            }
        }
        out.flush().map_err(|error| self.output(error))?;
        Ok(exported)
    }

    fn other_forms(&self, message: i64) -> rusqlite::Result<Vec<Form>> {
        let mut query = self.db.prepare_cached(SELECT_OTHERS)?;
        let rows = query.query_map([message], read_row)?;
        rows.collect()
    }

    fn write_form(
        &self,
        mut form: Form,
        cache: &mut PageCache,
        out: &mut dyn Write,
    ) -> Result<(), ArchiveError> {
        let sql = |error| self.layout.sql(error);
        form.line.attachments = self.attachments(form.id, form.line.version).map_err(sql)?;
        let body = cache.get(&self.db, form.page).map_err(sql)?;
        let raw = body
            .as_ref()
            .and_then(|body| body.get(form.raw_start..form.raw_start + form.raw_bytes))
            .and_then(|raw| std::str::from_utf8(raw).ok())
            .ok_or_else(|| self.damaged())?;
        let one_line = on_one_line(raw);
        let raw: &RawValue = serde_json::from_str(&one_line).map_err(|_| self.damaged())?;
        let line = Line { raw, ..form.line };
        serde_json::to_writer(&mut *out, &line)
            .map_err(io::Error::from)
            .and_then(|()| out.write_all(b"\n"))
            .map_err(|error| self.output(error))
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

    fn damaged(&self) -> ArchiveError {
        ArchiveError::corrupt(
            "the stored page of a message is missing or damaged; `verify` names it",
            &self.layout.dir,
        )
    }

    fn output(&self, error: io::Error) -> ArchiveError {
        ArchiveError::new(ArchiveErrorKind::Output, &self.layout.dir).with_source(error)
    }

    fn attachments(&self, message: i64, version: i64) -> rusqlite::Result<Vec<AttachmentLine>> {
        let mut query = self.db.prepare_cached(
            "SELECT a.kind, a.file_name, a.mime_type, coalesce(f.size_bytes, a.size_bytes),
                    a.duration_ms, a.state, a.sha256
             FROM attachment a LEFT JOIN media_file f ON f.sha256 = a.sha256
             WHERE a.message = ?1 AND a.last_version >= ?2 AND a.first_version <= ?2
             ORDER BY a.ordinal",
        )?;
        let rows = query.query_map([message, version], |row| {
            let sha256: Option<[u8; 32]> = row.get(6)?;
            let state: String = row.get(5)?;
            let path = sha256
                .filter(|_| state == MediaState::Saved.as_str())
                .map(|sha256| media_path("media".as_ref(), &sha256));
            Ok(AttachmentLine {
                kind: row.get(0)?,
                file_name: row.get(1)?,
                mime_type: row.get(2)?,
                size_bytes: row.get(3)?,
                duration_ms: row.get(4)?,
                state,
                sha256: sha256.map(hex::encode),
                path: path.map(|path| path.to_string_lossy().replace('\\', "/")),
            })
        })?;
        rows.collect()
    }
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<Form> {
    let sent_at_ms: Option<i64> = row.get(14)?;
    let offset = row.get::<_, Option<i16>>(15)?.and_then(UtcOffset::from_minutes);
    let sender = Sender { id: row.get(10)?, name: row.get(11)?, kind: row.get(12)? };
    let has_sender = sender.id.is_some() || sender.name.is_some() || sender.kind.is_some();
    let line = Line {
        vendor: row.get(4)?,
        source: row.get(5)?,
        id: row.get(6)?,
        id_origin: row.get(7)?,
        conversation_id: row.get(8)?,
        direction: row.get(9)?,
        sender: has_sender.then_some(sender),
        recipients: json_list(row.get(13)?),
        sent_at: sent_at_ms
            .map(|ms| UnixMillis::new(ms).to_rfc3339(offset.unwrap_or(UtcOffset::UTC))),
        sent_at_ms,
        sent_at_origin: row.get(16)?,
        updated_at_ms: row.get(17)?,
        received_at_ms: row.get(18)?,
        read_at_ms: row.get(19)?,
        recalled_at_ms: row.get(20)?,
        kind: row.get(21)?,
        text: row.get(22)?,
        attachments: Vec::new(),
        status: row.get(23)?,
        reply_to: row.get(24)?,
        reactions: json_list(row.get(25)?),
        version: row.get(26)?,
        first_seen_ms: row.get(27)?,
        last_seen_ms: row.get(28)?,
        raw: RawValue::NULL,
    };
    Ok(Form {
        id: row.get(0)?,
        versions: row.get(29)?,
        page: row.get(1)?,
        raw_start: row.get(2)?,
        raw_bytes: row.get(3)?,
        line,
    })
}

/// A stored JSON array; none is the empty one.
fn json_list(stored: Option<String>) -> Option<Box<RawValue>> {
    RawValue::from_string(stored.unwrap_or_else(|| "[]".to_owned())).ok()
}

/// JSON allows line breaks between tokens only (inside strings they are escaped), so each can
/// become a space without changing a value.
fn on_one_line(raw: &str) -> std::borrow::Cow<'_, str> {
    if raw.contains(['\n', '\r']) { raw.replace(['\n', '\r'], " ").into() } else { raw.into() }
}
