//! A message as it is read back: one of its forms, in the archive's neutral words.

use std::fmt;

use chat_core::{UnixMillis, UtcOffset};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::ArchiveError;
use crate::media::{MediaState, media_path};
use crate::raw::PageCache;
use crate::reader::Reader;

/// One form of a message. Serialized, it is a line of a JSON Lines export: the order of the fields
/// is part of the contract. `Debug` shows neither what was written nor who wrote it.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct KeptMessage {
    /// Its number in this archive, the same for all of its forms.
    #[serde(skip)]
    pub number: i64,
    /// How many forms of it were seen.
    #[serde(skip)]
    pub versions: i64,
    /// True for the newest of them, which need not have the highest version: one may come late.
    #[serde(skip)]
    pub is_current: bool,
    /// Minutes east of UTC that its time is told in.
    #[serde(skip)]
    pub offset_minutes: Option<i16>,
    /// The SHA-256 of the record's bytes as they are stored: the leaf of its page's tree.
    #[serde(skip)]
    pub raw_sha256: [u8; 32],
    /// Its vendor, as the configuration names it.
    pub vendor: String,
    /// The source's name in the configuration.
    pub source: String,
    /// The vendor's id, or a derived one.
    pub id: String,
    /// `vendor` or `derived`.
    pub id_origin: String,
    /// The vendor's id of the conversation.
    pub conversation_id: Option<String>,
    /// `inbound` (customer to business), `outbound`, `system`; `None`: the vendor did not say.
    pub direction: Option<String>,
    /// Who sent it.
    pub sender: Option<Person>,
    /// Who got it.
    #[serde(serialize_with = "list_or_empty")]
    recipients: Option<Box<RawValue>>,
    /// When it was sent, RFC 3339 with the offset.
    pub sent_at: Option<String>,
    /// The same instant, in Unix milliseconds.
    pub sent_at_ms: Option<i64>,
    /// `stated` or `zoned`.
    pub sent_at_origin: Option<String>,
    /// When it was last changed, in Unix milliseconds.
    pub updated_at_ms: Option<i64>,
    /// When it was received, in Unix milliseconds.
    pub received_at_ms: Option<i64>,
    /// When it was read, in Unix milliseconds.
    pub read_at_ms: Option<i64>,
    /// When it was recalled, in Unix milliseconds.
    pub recalled_at_ms: Option<i64>,
    /// `text`, `image`, …, or the vendor's word.
    pub kind: String,
    /// Readable text.
    pub text: Option<String>,
    /// Its files.
    pub attachments: Vec<KeptFile>,
    /// `queued`, `sent`, `delivered`, `read`, `failed`, `recalled`, `deleted`, or the vendor's word.
    pub status: Option<String>,
    /// The vendor's id of the quoted message.
    pub reply_to: Option<String>,
    /// What people put on it.
    #[serde(serialize_with = "list_or_empty")]
    reactions: Option<Box<RawValue>>,
    /// Which of its forms this is, from 1.
    pub version: i64,
    /// When the archive first read the message, in Unix milliseconds.
    pub first_seen_ms: i64,
    /// When it last did.
    pub last_seen_ms: i64,
    /// The record as the vendor sent it, where it was asked for.
    pub raw: Option<Box<RawValue>>,
}

impl KeptMessage {
    /// Who got it.
    pub fn recipients(&self) -> Vec<Person> {
        parsed(self.recipients.as_deref())
    }

    /// The customers among who wrote it and who got it.
    pub fn customers(&self) -> Vec<Person> {
        let direction = self.direction.as_deref();
        let is_customer = |person: &Person, role: fn(Option<&str>, Option<&str>) -> Role| {
            role(person.kind.as_deref(), direction) == Role::Customer
        };
        let sender = self.sender.iter().filter(|one| is_customer(one, Role::of_sender)).cloned();
        let recipients = self.recipients().into_iter();
        sender.chain(recipients.filter(|one| is_customer(one, Role::of_recipient))).collect()
    }

    /// What people put on it.
    pub fn reactions(&self) -> Vec<String> {
        parsed(self.reactions.as_deref())
    }

    /// The same as a JSON array.
    pub fn recipients_json(&self) -> &str {
        self.recipients.as_deref().map_or("[]", RawValue::get)
    }

    /// The same as a JSON array.
    pub fn reactions_json(&self) -> &str {
        self.reactions.as_deref().map_or("[]", RawValue::get)
    }
}

impl fmt::Debug for KeptMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptMessage")
            .field("number", &self.number)
            .field("version", &self.version)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Someone who wrote or got messages. `Debug` shows neither id nor name.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Person {
    /// The vendor's id, often a phone number.
    pub id: Option<String>,
    /// The display name.
    pub name: Option<String>,
    /// `customer`, `agent`, `bot`, `system`, or the vendor's word.
    pub kind: Option<String>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What someone is to the business: by the vendor's word, and where there is none, by which way the
/// message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Customer,
    /// Whoever speaks for the business, a bot too; and whoever nothing is said of.
    Agent,
    /// The platform itself.
    System,
}

impl Role {
    pub(crate) fn of_sender(kind: Option<&str>, direction: Option<&str>) -> Self {
        match (kind, direction) {
            (Some("customer"), _) | (None, Some("inbound")) => Self::Customer,
            (Some("system"), _) | (None, Some("system")) => Self::System,
            _ => Self::Agent,
        }
    }

    pub(crate) fn of_recipient(kind: Option<&str>, direction: Option<&str>) -> Self {
        match (kind, direction) {
            (Some("customer"), _) | (None, Some("outbound")) => Self::Customer,
            (Some("system"), _) => Self::System,
            _ => Self::Agent,
        }
    }
}

/// A file of a message. `Debug` does not show its name.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct KeptFile {
    /// Its place among the files of the message, from 0.
    #[serde(skip)]
    pub ordinal: i64,
    /// Why it is not there, or `None`.
    #[serde(skip)]
    pub reason: Option<String>,
    /// What its first bytes say it is.
    #[serde(skip)]
    pub detected_type: Option<String>,
    /// `image`, `voice`, `video`, `file`, …
    pub kind: String,
    /// As the sender named it; never a path.
    pub file_name: Option<String>,
    /// As the vendor declared it.
    pub mime_type: Option<String>,
    /// Of the saved file, else as declared.
    pub size_bytes: Option<u64>,
    /// How long it plays.
    pub duration_ms: Option<u64>,
    /// `saved`, `pending`, `expired`, `failed`, `none`.
    pub state: String,
    /// Of the saved file, in hexadecimal.
    pub sha256: Option<String>,
    /// Of the saved file, in the archive's folder.
    pub path: Option<String>,
}

impl fmt::Debug for KeptFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptFile")
            .field("kind", &self.kind)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// A form, and where its bytes lie.
pub(crate) struct Form {
    pub(crate) message: KeptMessage,
    pub(crate) page: i64,
    raw_start: usize,
    pub(crate) raw_bytes: usize,
}

macro_rules! select_forms {
    ($received:literal, $read:literal, $recalled:literal, $status:literal, $seen:expr,
     $from:literal) => {
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
            ", m.reply_to, m.reactions, m.version, m.first_seen_ms, ",
            $seen,
            ", m.versions, m.raw_sha256 ",
            $from
        )
    };
}

/// Selects current forms; what follows is the rest of the FROM clause, beginning with `message m`
/// and `source s` joined. A time that any form tells is not lost with the newest one, and a recall
/// marks its message.
macro_rules! select_current {
    ($from:literal) => {
        $crate::kept::select_forms!(
            "CASE WHEN m.received_at_ms IS NULL AND m.versions > 1
             THEN (SELECT max(received_at_ms) FROM message_version WHERE id = m.id)
             ELSE m.received_at_ms END",
            "CASE WHEN m.read_at_ms IS NULL AND m.versions > 1
             THEN (SELECT max(read_at_ms) FROM message_version WHERE id = m.id)
             ELSE m.read_at_ms END",
            "coalesce(CASE WHEN m.recalled_at_ms IS NULL AND m.versions > 1
             THEN (SELECT max(recalled_at_ms) FROM message_version WHERE id = m.id)
             ELSE m.recalled_at_ms END,
             (SELECT r.recalled_at_ms FROM recall r WHERE r.message = m.id))",
            "CASE WHEN m.status IS NOT 'deleted'
                  AND EXISTS (SELECT 1 FROM recall r WHERE r.message = m.id)
             THEN 'recalled' ELSE m.status END",
            $crate::store::seen::last_seen!("m"),
            $from
        )
    };
}
pub(crate) use {select_current, select_forms};

/// The forms of a message beside the current one.
const SELECT_OTHERS: &str = select_forms!(
    "m.received_at_ms",
    "m.read_at_ms",
    "m.recalled_at_ms",
    "m.status",
    "m.last_seen_ms",
    "FROM message_version m JOIN source s ON s.id = m.source WHERE m.id = ?1 ORDER BY m.version"
);

impl Form {
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let sent_at_ms: Option<i64> = row.get(14)?;
        let offset_minutes: Option<i16> = row.get(15)?;
        let offset = offset_minutes.and_then(UtcOffset::from_minutes);
        let sender = Person { id: row.get(10)?, name: row.get(11)?, kind: row.get(12)? };
        let message = KeptMessage {
            number: row.get(0)?,
            versions: row.get(29)?,
            is_current: true,
            offset_minutes,
            raw_sha256: row.get(30)?,
            vendor: row.get(4)?,
            source: row.get(5)?,
            id: row.get(6)?,
            id_origin: row.get(7)?,
            conversation_id: row.get(8)?,
            direction: row.get(9)?,
            sender: (sender != Person::default()).then_some(sender),
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
            raw: None,
        };
        Ok(Self { message, page: row.get(1)?, raw_start: row.get(2)?, raw_bytes: row.get(3)? })
    }
}

impl Reader {
    /// All forms of a message beside the current one, in the order of their versions.
    pub(crate) fn other_forms(&self, message: i64) -> rusqlite::Result<Vec<Form>> {
        let mut query = self.db.prepare_cached(SELECT_OTHERS)?;
        let rows = query.query_map([message], |row| {
            let mut form = Form::read(row)?;
            form.message.is_current = false;
            Ok(form)
        })?;
        rows.collect()
    }

    /// The message of a form with its files.
    pub(crate) fn with_files(&self, form: Form) -> Result<KeptMessage, ArchiveError> {
        let mut message = form.message;
        message.attachments = files(&self.db, message.number, message.version)
            .map_err(|error| self.layout.sql(error))?;
        Ok(message)
    }

    /// The same with its bytes.
    pub(crate) fn with_raw(
        &self,
        mut form: Form,
        cache: &mut PageCache,
    ) -> Result<KeptMessage, ArchiveError> {
        form.message.raw = Some(self.raw(&form, cache)?);
        self.with_files(form)
    }

    /// The bytes of a form. A line break between two tokens becomes a space, so that the whole
    /// fits on a line.
    pub(crate) fn raw(
        &self,
        form: &Form,
        cache: &mut PageCache,
    ) -> Result<Box<RawValue>, ArchiveError> {
        let body = cache.get(&self.db, form.page).map_err(|error| self.layout.sql(error))?;
        body.as_ref()
            .and_then(|body| body.get(form.raw_start..form.raw_start + form.raw_bytes))
            .and_then(|raw| std::str::from_utf8(raw).ok())
            .and_then(|raw| RawValue::from_string(on_one_line(raw)).ok())
            .ok_or_else(|| self.damaged())
    }

    fn damaged(&self) -> ArchiveError {
        ArchiveError::corrupt(
            "the stored page of a message is missing or damaged; verifying the archive names it",
            &self.layout.dir,
        )
    }
}

fn files(db: &Connection, message: i64, version: i64) -> rusqlite::Result<Vec<KeptFile>> {
    let mut query = db.prepare_cached(
        "SELECT a.kind, a.file_name, a.mime_type, coalesce(f.size_bytes, a.size_bytes),
                a.duration_ms, a.state, a.sha256, a.ordinal, a.reason, f.detected_type
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
        Ok(KeptFile {
            ordinal: row.get(7)?,
            reason: row.get(8)?,
            detected_type: row.get(9)?,
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

/// A stored JSON array; none is the empty one.
fn json_list(stored: Option<String>) -> Option<Box<RawValue>> {
    RawValue::from_string(stored?).ok()
}

#[expect(clippy::ref_option, reason = "serde hands it on so")]
fn list_or_empty<S: serde::Serializer>(
    list: &Option<Box<RawValue>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match list {
        Some(list) => list.serialize(serializer),
        None => [(); 0].serialize(serializer),
    }
}

fn parsed<T: serde::de::DeserializeOwned>(list: Option<&RawValue>) -> Vec<T> {
    list.and_then(|list| serde_json::from_str(list.get()).ok()).unwrap_or_default()
}

/// JSON allows line breaks between tokens only (inside strings they are escaped), so each can
/// become a space without changing a value.
fn on_one_line(raw: &str) -> String {
    raw.replace(['\n', '\r'], " ")
}
