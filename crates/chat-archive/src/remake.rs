//! Messages made anew from the pages that are stored: to compare them with the messages that are
//! there, or to put these right. Offline, page by page, in memory that does not grow.

mod attachments;
mod change;
mod histories;
mod records;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chat_core::{Message, Partition, Source, SourcePage, Window};
use rusqlite::{Connection, Row, Transaction, params};

pub use self::change::{Change, LeftOut, Remade};
use crate::raw::{PageCache, decompress};
use crate::store::columns::{Columns, NAMES};
use crate::store::seen::last_seen;
use crate::store::{ids, seen};

/// How far it has come.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Done {
    pub(crate) pages: u64,
    pub(crate) forms: u64,
}

/// What was found out besides what was told.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) done: Done,
    pub(crate) left_out: Vec<LeftOut>,
    /// Records that still cannot be read, of the sources that were read.
    pub(crate) unreadable: u64,
}

/// A source of the archive that can be read again.
struct Held {
    name: String,
    generation: i64,
    reader: Arc<dyn Source>,
    /// Some of its records could not be read.
    has_skipped: bool,
}

/// A stored page that is being read again.
struct PageRow {
    id: i64,
    part: i64,
    partition: Partition,
    source: i64,
    window: Window,
    fetched_ms: i64,
}

/// Where a form is stored, and where its bytes are.
struct FormKey {
    page: i64,
    start: usize,
    bytes: usize,
    id: i64,
    version: i64,
    is_current: bool,
}

pub(crate) struct Remake<'a> {
    db: &'a Connection,
    /// The same, where what differs is to be put right.
    tx: Option<&'a Transaction<'a>>,
    tell: &'a mut dyn FnMut(Remade),
    held: HashMap<i64, Held>,
    outcome: Outcome,
    cache: PageCache,
    message: Statements,
    message_version: Statements,
}

/// How forms are read from a table, and written.
struct Statements {
    table: &'static str,
    select: String,
    update: String,
}

impl Statements {
    fn of(table: &'static str, last_seen: &str) -> Self {
        let names = NAMES.join(", ");
        let sets: Vec<String> =
            NAMES.iter().zip(3..).map(|(name, at)| format!("{name} = ?{at}")).collect();
        let sets = sets.join(", ");
        Self {
            table,
            select: format!(
                "SELECT {names}, record_id, source, part, status, version, versions,
                        first_seen_ms, {last_seen}
                 FROM {table} WHERE id = ?1 AND version = ?2"
            ),
            update: format!("UPDATE {table} SET {sets} WHERE id = ?1 AND version = ?2"),
        }
    }
}

const FORM_KEYS: &str = "
    SELECT page, raw_start, raw_bytes, id, version, 1 FROM message
    UNION ALL SELECT page, raw_start, raw_bytes, id, version, 0 FROM message_version
    ORDER BY 1, 2";

const PAGES: &str = "
    SELECT g.id, g.part, p.key, p.source, g.from_ms, g.to_ms, g.fetched_ms, g.body, g.body_bytes
    FROM page g JOIN part p ON p.id = g.part WHERE g.body IS NOT NULL ORDER BY g.id";

/// What is noted on the way: of messages with several forms, what each form says; when pages came;
/// messages that got a form; records that can be read by now.
const NOTES: &str = "
    CREATE TEMP TABLE own (id INTEGER, version INTEGER, status TEXT, updated_at_ms INTEGER,
        page INTEGER, fetched_ms INTEGER, named INTEGER, PRIMARY KEY (id, version))
        WITHOUT ROWID;
    CREATE TEMP TABLE met (source INTEGER, at_ms INTEGER, PRIMARY KEY (source, at_ms))
        WITHOUT ROWID;
    CREATE TEMP TABLE touched (id INTEGER PRIMARY KEY);
    CREATE TEMP TABLE readable (source INTEGER, sha256 BLOB, PRIMARY KEY (source, sha256))
        WITHOUT ROWID;
    INSERT INTO met SELECT DISTINCT p.source, g.fetched_ms FROM page g JOIN part p ON p.id = g.part";

const DROP_NOTES: &str =
    "DROP TABLE temp.own; DROP TABLE temp.met; DROP TABLE temp.touched; DROP TABLE temp.readable";

impl<'a> Remake<'a> {
    /// Compares, and tells what differs.
    pub(crate) fn compare(db: &'a Connection, tell: &'a mut dyn FnMut(Remade)) -> Self {
        Self::new(db, None, tell)
    }

    /// Puts what differs right, and tells it.
    pub(crate) fn apply(tx: &'a Transaction<'a>, tell: &'a mut dyn FnMut(Remade)) -> Self {
        Self::new(tx, Some(tx), tell)
    }

    fn new(
        db: &'a Connection,
        tx: Option<&'a Transaction<'a>>,
        tell: &'a mut dyn FnMut(Remade),
    ) -> Self {
        Self {
            db,
            tx,
            tell,
            held: HashMap::new(),
            outcome: Outcome::default(),
            cache: PageCache::new(8),
            message: Statements::of("message", last_seen!("message")),
            message_version: Statements::of("message_version", "last_seen_ms"),
        }
    }

    /// Goes through all that is stored of these sources.
    pub(crate) fn run(
        mut self,
        sources: &[Arc<dyn Source>],
        progress: &mut dyn FnMut(Done),
    ) -> rusqlite::Result<Outcome> {
        self.hold(sources)?;
        if self.held.is_empty() {
            return Ok(self.outcome);
        }
        self.db.execute_batch(NOTES)?;
        self.pages(progress)?;
        self.histories()?;
        self.unreadable()?;
        self.db.execute_batch(DROP_NOTES)?;
        Ok(self.outcome)
    }

    /// Finds who reads which source of the archive.
    fn hold(&mut self, sources: &[Arc<dyn Source>]) -> rusqlite::Result<()> {
        let by_name: BTreeMap<&str, &Arc<dyn Source>> =
            sources.iter().map(|source| (source.name(), source)).collect();
        let mut query = self.db.prepare(
            "SELECT id, name, vendor, generation,
                    EXISTS (SELECT 1 FROM skipped k WHERE k.source = s.id)
             FROM source s ORDER BY id",
        )?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let (name, vendor): (String, String) = (row.get(1)?, row.get(2)?);
            let reason = match by_name.get(name.as_str()) {
                Some(reader) if reader.vendor() == vendor => {
                    let reader = Arc::clone(reader);
                    let (generation, has_skipped) = (row.get(3)?, row.get(4)?);
                    self.held.insert(row.get(0)?, Held { name, generation, reader, has_skipped });
                    continue;
                }
                Some(_) => {
                    format!("its records are {vendor}'s, the configured source is another's")
                }
                None => "no source of this name is configured, or it was not asked for".to_owned(),
            };
            self.outcome.left_out.push(LeftOut { source: name, reason });
        }
        Ok(())
    }

    fn pages(&mut self, progress: &mut dyn FnMut(Done)) -> rusqlite::Result<()> {
        let mut keys = self.db.prepare(FORM_KEYS)?;
        let mut keys = keys.query_map([], form_key)?.peekable();
        let mut pages = self.db.prepare(PAGES)?;
        let mut rows = pages.query([])?;
        while let Some(row) = rows.next()? {
            let page = PageRow {
                id: row.get(0)?,
                part: row.get(1)?,
                partition: Partition::new(row.get::<_, String>(2)?),
                source: row.get(3)?,
                window: Window::new(row.get(4)?, row.get(5)?),
                fetched_ms: row.get(6)?,
            };
            let mut forms = Vec::new();
            while let Some(key) =
                keys.next_if(|key| key.as_ref().map_or(true, |key| key.page <= page.id))
            {
                let key = key?;
                if key.page == page.id {
                    forms.push(key);
                }
            }
            let Some(held) = self.held.get(&page.source) else { continue };
            let body_bytes: usize = row.get(8)?;
            // a page that cannot be unpacked is named with the hashes
            let Ok(body) = decompress(&row.get::<_, Vec<u8>>(7)?, body_bytes) else { continue };
            match held.reader.read(&page.partition, body) {
                Ok(read) => self.page(&page, &forms, &read)?,
                Err(_) => self.told(page.source, page.id, None, None, Change::Page),
            }
            self.outcome.done.pages += 1;
            progress(self.outcome.done);
        }
        Ok(())
    }

    fn page(
        &mut self,
        page: &PageRow,
        forms: &[FormKey],
        read: &SourcePage,
    ) -> rusqlite::Result<()> {
        let place = |start: usize, bytes: usize| start..start + bytes;
        let mut records: HashMap<_, usize> = read
            .records
            .iter()
            .enumerate()
            .map(|(index, record)| ((record.span.start, record.span.end), index))
            .collect();
        for form in forms {
            let span = place(form.start, form.bytes);
            let index = records.remove(&(span.start, span.end));
            match index.and_then(|index| read.records.get(index)) {
                Some(record) => self.form(page, form, &record.message)?,
                None => self.unreadable_form(page, form)?,
            }
            self.outcome.done.forms += 1;
        }
        let mut others: Vec<usize> = records.into_values().collect();
        others.sort_unstable();
        for index in others {
            self.other_record(page, read, index)?;
        }
        for skipped in &read.skipped {
            let is_form = forms.iter().any(|form| form.start == skipped.span.start);
            if !is_form {
                self.skipped_record(page, read, skipped)?;
            }
        }
        Ok(())
    }

    /// Compares a form with what its bytes say.
    fn form(&mut self, page: &PageRow, key: &FormKey, message: &Message) -> rusqlite::Result<()> {
        let columns = Columns::of(message);
        let mut query = self.db.prepare_cached(&self.statements(key).select)?;
        let mut rows = query.query(params![key.id, key.version])?;
        let Some(row) = rows.next()? else { return Ok(()) };
        let mut differing = columns.differing(|index| row.get_ref(index))?;
        let stored = Stored::of(row)?;
        drop(rows);
        let columns_differ = !differing.is_empty();
        let mut is_taken = false;
        if !message.is_without_id() && stored.record_id != message.id.as_str() {
            if self.rename(&stored, key.id, message.id.as_str())? {
                differing.push("id");
            } else {
                is_taken = true;
            }
        }
        if stored.source != page.source {
            differing.push("source");
        }
        if stored.part != page.part && !self.is_listed(key.id)? {
            differing.push("part");
        }
        let status = message.status.as_ref().map(chat_core::Status::as_str);
        if stored.versions == 1 && key.is_current {
            if stored.status.as_deref() != status {
                differing.push("status");
            }
            if stored.first_seen_ms != page.fetched_ms {
                differing.push("first_seen_ms");
            }
            if stored.version != 1 {
                differing.push("version");
            }
        } else {
            self.note_form(page, key, message)?;
        }
        if key.is_current && !self.was_met(page.source, stored.last_seen_ms)? {
            differing.push("last_seen_ms");
        }
        if let Some(tx) = self.tx {
            if columns_differ {
                let head: [&dyn rusqlite::ToSql; 2] = [&key.id, &key.version];
                let values = head.into_iter().chain(columns.values());
                tx.prepare_cached(&self.statements(key).update)?
                    .execute(rusqlite::params_from_iter(values))?;
            }
            self.put_right(tx, page, key, &differing, status)?;
        }
        let mut files = self.files(key, message)?;
        if files.differ {
            differing.push("attachments");
            if let Some(tx) = self.tx {
                attachments::put_right(tx, key, message)?;
                files = self.files(key, message)?;
            }
        }
        if !differing.is_empty() {
            let id = Some(stored.record_id.clone());
            self.told(
                page.source,
                page.id,
                id,
                Some(key.version),
                Change::Columns { columns: differing },
            );
        }
        let is_kept = files.has_kept && !files.differ;
        let others = [(is_taken, Change::IdTaken), (is_kept, Change::FileKept)];
        for (_, change) in others.into_iter().filter(|(is_so, _)| *is_so) {
            let id = Some(stored.record_id.clone());
            self.told(page.source, page.id, id, Some(key.version), change);
        }
        Ok(())
    }

    fn statements(&self, key: &FormKey) -> &Statements {
        if key.is_current { &self.message } else { &self.message_version }
    }

    /// Writes those of a form's other columns that differ.
    fn put_right(
        &self,
        tx: &Transaction<'_>,
        page: &PageRow,
        key: &FormKey,
        differing: &[&'static str],
        status: Option<&str>,
    ) -> rusqlite::Result<()> {
        for name in differing {
            let table = self.statements(key).table;
            let sql = format!("UPDATE {table} SET {name} = ?3 WHERE id = ?1 AND version = ?2");
            let write = |value: &dyn rusqlite::ToSql| {
                tx.prepare_cached(&sql)?.execute(params![key.id, key.version, value]).map(drop)
            };
            match *name {
                "source" => write(&page.source)?,
                "part" => write(&page.part)?,
                "status" => write(&status)?,
                "first_seen_ms" => write(&page.fetched_ms)?,
                "last_seen_ms" => {
                    seen::settle(tx, key.id)?;
                    write(&page.fetched_ms)?;
                }
                "version" => write(&1)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn unreadable_form(&mut self, page: &PageRow, key: &FormKey) -> rusqlite::Result<()> {
        let table = self.statements(key).table;
        let id = self.db.query_row(
            &format!("SELECT record_id FROM {table} WHERE id = ?1 AND version = ?2"),
            params![key.id, key.version],
            |row| row.get(0),
        )?;
        self.told(page.source, page.id, Some(id), Some(key.version), Change::Unreadable);
        Ok(())
    }

    /// True if the record has lists that say whose it is.
    fn is_listed(&self, id: i64) -> rusqlite::Result<bool> {
        self.db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM sequence WHERE message = ?1)")?
            .query_row([id], |row| row.get(0))
    }

    /// True if a page of the source came then.
    fn was_met(&self, source: i64, at_ms: i64) -> rusqlite::Result<bool> {
        self.db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM temp.met WHERE source = ?1 AND at_ms = ?2)",
            )?
            .query_row([source, at_ms], |row| row.get(0))
    }

    /// True if the message may have this id, and has it now if it is to be put right.
    fn rename(&self, stored: &Stored, id: i64, record_id: &str) -> rusqlite::Result<bool> {
        let taken = ids::is_taken(self.db, stored.part, record_id, id)?;
        if let (false, Some(tx)) = (taken, self.tx) {
            ids::rename(tx, id, record_id)?;
        }
        Ok(!taken)
    }

    fn told(
        &mut self,
        source: i64,
        page: i64,
        id: Option<String>,
        version: Option<i64>,
        change: Change,
    ) {
        let source = self.held.get(&source).map(|held| held.name.clone()).unwrap_or_default();
        (self.tell)(Remade { source, id, version, page, change });
    }
}

/// The columns of a stored form that its bytes alone do not decide.
struct Stored {
    record_id: String,
    source: i64,
    part: i64,
    status: Option<String>,
    version: i64,
    versions: i64,
    first_seen_ms: i64,
    last_seen_ms: i64,
}

impl Stored {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let at = NAMES.len();
        Ok(Self {
            record_id: row.get(at)?,
            source: row.get(at + 1)?,
            part: row.get(at + 2)?,
            status: row.get(at + 3)?,
            version: row.get(at + 4)?,
            versions: row.get(at + 5)?,
            first_seen_ms: row.get(at + 6)?,
            last_seen_ms: row.get(at + 7)?,
        })
    }
}

fn form_key(row: &Row<'_>) -> rusqlite::Result<FormKey> {
    Ok(FormKey {
        page: row.get(0)?,
        start: row.get(1)?,
        bytes: row.get(2)?,
        id: row.get(3)?,
        version: row.get(4)?,
        is_current: row.get(5)?,
    })
}
