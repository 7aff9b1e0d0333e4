//! A plain SQLite database of messages, for any program that opens one.

use std::io;
use std::path::Path;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, Statement, params, params_from_iter};

use super::columns::{CONVERSATION, Column, ColumnKind, MESSAGE, Value};
use super::conversations::{ConversationRow, Participant};
use super::{Exported, Filter, Progress};
use crate::browse::ConversationFilter;
use crate::error::ArchiveError;
use crate::kept::KeptMessage;
use crate::reader::Reader;

/// Of the tables; counts their changes.
const VERSION: i64 = 1;

/// What a message has besides its columns.
const MESSAGE_LISTS: &str = "
    CREATE TABLE conversations (
        number INTEGER PRIMARY KEY, vendor TEXT NOT NULL, source TEXT NOT NULL, conversation_id TEXT,
        messages INTEGER NOT NULL, inbound INTEGER NOT NULL, outbound INTEGER NOT NULL,
        files INTEGER NOT NULL, first_sent_at_ms INTEGER, last_sent_at_ms INTEGER);
    CREATE TABLE recipients (
        message INTEGER NOT NULL REFERENCES messages, ordinal INTEGER NOT NULL,
        id TEXT, name TEXT, kind TEXT, PRIMARY KEY (message, ordinal)) WITHOUT ROWID;
    CREATE TABLE attachments (
        message INTEGER NOT NULL REFERENCES messages, ordinal INTEGER NOT NULL,
        kind TEXT NOT NULL, file_name TEXT, mime_type TEXT, size_bytes INTEGER,
        duration_ms INTEGER, state TEXT NOT NULL, sha256 TEXT, path TEXT,
        PRIMARY KEY (message, ordinal)) WITHOUT ROWID;
    CREATE TABLE reactions (
        message INTEGER NOT NULL REFERENCES messages, ordinal INTEGER NOT NULL,
        reaction TEXT NOT NULL, PRIMARY KEY (message, ordinal)) WITHOUT ROWID;";

const MESSAGE_INDEXES: [&str; 5] = [
    "CREATE INDEX messages_conversation ON messages (conversation)",
    "CREATE INDEX messages_id ON messages (id)",
    "CREATE INDEX messages_sent ON messages (sent_at_ms)",
    "CREATE INDEX messages_sender ON messages (sender_id)",
    "CREATE INDEX conversations_id ON conversations (conversation_id)",
];

const CONVERSATION_LISTS: &str = "
    CREATE TABLE participants (
        conversation INTEGER NOT NULL REFERENCES conversations, ordinal INTEGER NOT NULL,
        side TEXT NOT NULL, id TEXT, name TEXT, kind TEXT, messages INTEGER NOT NULL,
        PRIMARY KEY (conversation, ordinal)) WITHOUT ROWID;
    CREATE TABLE kinds (
        conversation INTEGER NOT NULL REFERENCES conversations, kind TEXT NOT NULL,
        messages INTEGER NOT NULL, PRIMARY KEY (conversation, kind)) WITHOUT ROWID;
    CREATE TABLE statuses (
        conversation INTEGER NOT NULL REFERENCES conversations, status TEXT NOT NULL,
        messages INTEGER NOT NULL, PRIMARY KEY (conversation, status)) WITHOUT ROWID;";

const CONVERSATION_INDEXES: [&str; 3] = [
    "CREATE INDEX conversations_id ON conversations (conversation_id)",
    "CREATE INDEX conversations_last ON conversations (last_sent_at_ms)",
    "CREATE INDEX participants_id ON participants (id)",
];

impl Reader {
    /// Writes the messages that pass the filter into a new SQLite database, in the order of
    /// [`Reader::each_message`]; `file` is an empty file that is there. The tables are in the README.
    /// When this fails, what is in the file is of no use.
    ///
    /// # Errors
    ///
    /// When the archive's database fails, a raw page is missing or damaged, or `file` cannot be
    /// written.
    pub fn export_sqlite(
        &self,
        filter: &Filter,
        file: &Path,
        progress: &mut Progress<'_>,
    ) -> Result<Exported, ArchiveError> {
        let output = |error: rusqlite::Error| self.output(io::Error::other(error));
        let with_raw = !filter.without_raw;
        let db = create(file).map_err(output)?;
        let exported = {
            let mut tables = MessageTables::new(&db, with_raw, filter.versions).map_err(output)?;
            let mut lines = 0;
            let exported = self.each_message(filter, &mut |message| {
                tables.push(&message).map_err(io::Error::other)?;
                lines += 1;
                progress(lines)
            })?;
            tables.end_conversation().map_err(output)?;
            exported
        };
        finish(db, &MESSAGE_INDEXES, &mut || progress(exported.lines))
            .map_err(|error| self.output(error))?;
        Ok(exported)
    }

    /// Writes the conversations that pass the filter into a new SQLite database, the one with the
    /// newest message first, and who took part in them; says how many. What [`Reader::behind`]
    /// counts is not in them. When this fails, what is in the file is of no use.
    ///
    /// # Errors
    ///
    /// When the archive's database fails, or `file` cannot be written.
    pub fn export_conversations_sqlite(
        &self,
        filter: &ConversationFilter,
        file: &Path,
        progress: &mut Progress<'_>,
    ) -> Result<u64, ArchiveError> {
        let output = |error: rusqlite::Error| self.output(io::Error::other(error));
        let db = create(file).map_err(output)?;
        let written = {
            let mut tables = ConversationTables::new(&db).map_err(output)?;
            self.each_conversation(filter, progress, &mut |row| {
                tables.push(&row).map_err(io::Error::other)
            })?
        };
        finish(db, &CONVERSATION_INDEXES, &mut || progress(written))
            .map_err(|error| self.output(error))?;
        Ok(written)
    }
}

/// A database that is written once, from the beginning to the end: it needs no journal, and whoever
/// asked for the file makes it durable.
fn create(file: &Path) -> rusqlite::Result<Connection> {
    // never made here: one that was removed because the run was ended must not come again
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    // rows refer to such as come later
    db.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;
         PRAGMA cache_size = -8000; BEGIN",
    )?;
    Ok(db)
}

/// Sorts what was written; asks before each index whether to go on.
fn finish(
    db: Connection,
    indexes: &[&str],
    go_on: &mut dyn FnMut() -> io::Result<()>,
) -> io::Result<()> {
    for index in indexes {
        go_on()?;
        db.execute_batch(index).map_err(io::Error::other)?;
    }
    let end = || {
        db.pragma_update(None, "user_version", VERSION)?;
        db.execute_batch("COMMIT")
    };
    end().map_err(io::Error::other)?;
    db.close().map_err(|(_, error)| io::Error::other(error))
}

fn columns<R>(
    all: &'static [Column<R>],
    is_there: impl Fn(ColumnKind) -> bool,
) -> Vec<&'static Column<R>> {
    let is_there = |column: &&Column<R>| column.kind != ColumnKind::Offset && is_there(column.kind);
    all.iter().filter(is_there).collect()
}

/// The columns as CREATE TABLE has them.
fn declared<R>(columns: &[&Column<R>]) -> String {
    let one = |column: &&Column<R>| match column.kind {
        ColumnKind::Int | ColumnKind::Time => format!("{} INTEGER", column.name),
        _ => format!("{} TEXT", column.name),
    };
    columns.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// `INSERT` for a row of so many values.
fn insert<'d>(db: &'d Connection, table: &str, values: usize) -> rusqlite::Result<Statement<'d>> {
    let places = vec!["?"; values].join(", ");
    db.prepare(&format!("INSERT INTO {table} VALUES ({places})"))
}

fn add<R>(
    statement: &mut Statement<'_>,
    keys: &[i64],
    columns: &[&Column<R>],
    row: &R,
) -> rusqlite::Result<()> {
    let keys = keys.iter().map(|key| Value::Int(*key));
    let values = columns.iter().map(|column| (column.get)(row));
    statement.execute(params_from_iter(keys.chain(values)))?;
    Ok(())
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Int(int) => ValueRef::Integer(*int),
        }))
    }
}

/// The tables of messages, filled in the order of an export: conversation by conversation.
struct MessageTables<'d> {
    columns: Vec<&'static Column<KeptMessage>>,
    version_columns: Vec<&'static Column<KeptMessage>>,
    message: Statement<'d>,
    version: Option<Statement<'d>>,
    conversation: Statement<'d>,
    recipient: Statement<'d>,
    attachment: Statement<'d>,
    reaction: Statement<'d>,
    /// The archive's number of the last message.
    last: Option<i64>,
    messages: i64,
    conversations: i64,
    sum: Option<Sum>,
}

/// What the exported messages of a conversation come to.
struct Sum {
    vendor: String,
    source: String,
    conversation_id: Option<String>,
    messages: i64,
    inbound: i64,
    outbound: i64,
    files: i64,
    first_sent_ms: Option<i64>,
    last_sent_ms: Option<i64>,
}

impl<'d> MessageTables<'d> {
    fn new(db: &'d Connection, with_raw: bool, versions: bool) -> rusqlite::Result<Self> {
        let is_there = |kind| with_raw || kind != ColumnKind::Raw;
        let columns = self::columns(MESSAGE, |kind| kind != ColumnKind::Json && is_there(kind));
        let version_columns = self::columns(MESSAGE, is_there);
        db.execute_batch(&format!(
            "CREATE TABLE messages (
                 number INTEGER PRIMARY KEY,
                 conversation INTEGER NOT NULL REFERENCES conversations, {})",
            declared(&columns)
        ))?;
        db.execute_batch(MESSAGE_LISTS)?;
        if versions {
            db.execute_batch(&format!(
                "CREATE TABLE versions (
                     message INTEGER NOT NULL REFERENCES messages, {},
                     PRIMARY KEY (message, version))",
                declared(&version_columns)
            ))?;
        }
        let version = versions.then(|| insert(db, "versions", 1 + version_columns.len()));
        Ok(Self {
            message: insert(db, "messages", 2 + columns.len())?,
            version: version.transpose()?,
            conversation: insert(db, "conversations", 10)?,
            recipient: insert(db, "recipients", 5)?,
            attachment: insert(db, "attachments", 10)?,
            reaction: insert(db, "reactions", 3)?,
            columns,
            version_columns,
            last: None,
            messages: 0,
            conversations: 0,
            sum: None,
        })
    }

    fn push(&mut self, message: &KeptMessage) -> rusqlite::Result<()> {
        if self.last != Some(message.number) {
            self.last = Some(message.number);
            self.messages += 1;
        }
        if !message.is_current {
            return match &mut self.version {
                Some(version) => add(version, &[self.messages], &self.version_columns, message),
                None => Ok(()),
            };
        }
        self.sum_up(message)?;
        let keys = [self.messages, self.conversations];
        add(&mut self.message, &keys, &self.columns, message)?;
        let number = self.messages;
        for (ordinal, person) in message.recipients().iter().enumerate() {
            let row = params![number, ordinal, person.id, person.name, person.kind];
            self.recipient.execute(row)?;
        }
        for (ordinal, file) in message.attachments.iter().enumerate() {
            self.attachment.execute(params![
                number,
                ordinal,
                file.kind,
                file.file_name,
                file.mime_type,
                file.size_bytes,
                file.duration_ms,
                file.state,
                file.sha256,
                file.path,
            ])?;
        }
        for (ordinal, reaction) in message.reactions().iter().enumerate() {
            self.reaction.execute(params![number, ordinal, reaction])?;
        }
        Ok(())
    }

    fn sum_up(&mut self, message: &KeptMessage) -> rusqlite::Result<()> {
        let is_same = self.sum.as_ref().is_some_and(|sum| {
            sum.source == message.source && sum.conversation_id == message.conversation_id
        });
        if !is_same {
            self.end_conversation()?;
            self.conversations += 1;
        }
        let sum = self.sum.get_or_insert_with(|| Sum {
            vendor: message.vendor.clone(),
            source: message.source.clone(),
            conversation_id: message.conversation_id.clone(),
            messages: 0,
            inbound: 0,
            outbound: 0,
            files: 0,
            first_sent_ms: None,
            last_sent_ms: None,
        });
        sum.messages += 1;
        sum.inbound += i64::from(message.direction.as_deref() == Some("inbound"));
        sum.outbound += i64::from(message.direction.as_deref() == Some("outbound"));
        sum.files += i64::try_from(message.attachments.len()).unwrap_or(i64::MAX);
        sum.first_sent_ms = sum.first_sent_ms.or(message.sent_at_ms);
        sum.last_sent_ms = message.sent_at_ms.or(sum.last_sent_ms);
        Ok(())
    }

    /// Puts down what the messages of the last conversation come to.
    fn end_conversation(&mut self) -> rusqlite::Result<()> {
        if let Some(sum) = self.sum.take() {
            self.conversation.execute(params![
                self.conversations,
                sum.vendor,
                sum.source,
                sum.conversation_id,
                sum.messages,
                sum.inbound,
                sum.outbound,
                sum.files,
                sum.first_sent_ms,
                sum.last_sent_ms,
            ])?;
        }
        Ok(())
    }
}

/// The tables of conversations alone.
struct ConversationTables<'d> {
    columns: Vec<&'static Column<ConversationRow>>,
    conversation: Statement<'d>,
    participant: Statement<'d>,
    kind: Statement<'d>,
    status: Statement<'d>,
    conversations: i64,
}

impl<'d> ConversationTables<'d> {
    fn new(db: &'d Connection) -> rusqlite::Result<Self> {
        let columns = self::columns(CONVERSATION, |kind| kind != ColumnKind::Json);
        db.execute_batch(&format!(
            "CREATE TABLE conversations (number INTEGER PRIMARY KEY, {})",
            declared(&columns)
        ))?;
        db.execute_batch(CONVERSATION_LISTS)?;
        Ok(Self {
            conversation: insert(db, "conversations", 1 + columns.len())?,
            participant: insert(db, "participants", 7)?,
            kind: insert(db, "kinds", 3)?,
            status: insert(db, "statuses", 3)?,
            columns,
            conversations: 0,
        })
    }

    fn push(&mut self, row: &ConversationRow) -> rusqlite::Result<()> {
        self.conversations += 1;
        let number = self.conversations;
        add(&mut self.conversation, &[number], &self.columns, row)?;
        let customers = row.customers.iter().map(|who| ("customer", who));
        let agents = row.agents.iter().map(|who| ("agent", who));
        for (ordinal, (side, Participant { person, messages })) in
            customers.chain(agents).enumerate()
        {
            let (id, name, kind) = (&person.id, &person.name, &person.kind);
            self.participant.execute(params![number, ordinal, side, id, name, kind, messages])?;
        }
        for (kind, messages) in &row.kinds {
            self.kind.execute(params![number, kind, messages])?;
        }
        for (status, messages) in &row.statuses {
            self.status.execute(params![number, status, messages])?;
        }
        Ok(())
    }
}
