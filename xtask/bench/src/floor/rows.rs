//! The rows of an archive, in the transactions in which they came.

use std::collections::BTreeMap;
use std::path::Path;

use clap::ValueEnum;
use rusqlite::types::Value;
use rusqlite::{Connection, Params};

use crate::pages::{self, ReadPage};

/// Which rows are inserted, and into what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Extent {
    /// All rows of all tables, into the archive's own schema: with its keys, its indexes and the
    /// full-text index.
    Schema,
    /// Those of pages, messages and attachments, into tables without keys and indexes.
    Bare,
}

/// Messages that the archive brings into the full-text index in one transaction.
const SEARCH_BATCH: usize = 5_000;

/// An index that the archive makes at the end of the first sync.
const MADE_LAST: &str = "INDEX message_platform";

/// The tables whose rows come with a page, and how those of a page are found.
const OF_PAGES: [(&str, &str); 8] = [
    ("page", "id = ?1"),
    ("message", "id IN (SELECT id FROM message_page WHERE page = ?1)"),
    ("attachment", "message IN (SELECT id FROM message_page WHERE page = ?1)"),
    ("message_version", "page = ?1"),
    ("sequence", "message IN (SELECT id FROM message_page WHERE page = ?1)"),
    ("recall", "message IN (SELECT id FROM message_page WHERE page = ?1)"),
    ("skipped", "page = ?1"),
    ("ledger", "entry LIKE 'page ' || ?1 || ' %'"),
];
/// So many of them are what a bare store of the records has.
const BARE: usize = 3;

/// The rows of a table.
type Table = Vec<Vec<Value>>;

/// What is inserted, and how.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// The statements that make the tables.
    pub(crate) schema: Vec<String>,
    /// Those that make what the archive makes when all messages are there.
    pub(crate) last: Vec<String>,
    /// For each table, the statement that inserts a row.
    pub(crate) inserts: Vec<String>,
    pub(crate) batches: Vec<Batch>,
}

/// What one transaction inserts.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The page that is fetched and read before it, by its number.
    pub(crate) page: Option<usize>,
    /// Rows, and the number of their statement.
    pub(crate) rows: Vec<(usize, Table)>,
}

impl Rows {
    /// All that an archive has.
    pub(crate) fn of(archive: &Path, pages: &[ReadPage], extent: Extent) -> anyhow::Result<Self> {
        let db = pages::database(archive)?;
        // the archive itself has no use for an index by page
        db.execute_batch(
            "CREATE TEMP TABLE message_page AS SELECT id, page FROM main.message;
             CREATE INDEX temp.message_page_key ON message_page (page)",
        )?;
        let mut rows = Self::default();
        let names = match extent {
            Extent::Bare => {
                OF_PAGES.iter().take(BARE).map(|(name, _)| (*name).to_owned()).collect()
            }
            Extent::Schema => rows.copy_schema(&db)?,
        };
        let mut numbers = BTreeMap::new();
        for (number, name) in names.iter().enumerate() {
            let columns = columns(&db, name)?;
            if extent == Extent::Bare {
                rows.schema.push(bare(name, &columns));
            }
            let values = vec!["?"; columns.len()].join(", ");
            rows.inserts.push(format!("INSERT INTO \"{name}\" VALUES ({values})"));
            numbers.insert(name.as_str(), number);
        }
        let mut search = match extent {
            Extent::Bare => Vec::new(),
            Extent::Schema => rows.search(&db)?,
        }
        .into_iter();
        let mut waiting: usize = 0;
        for (number, page) in pages.iter().enumerate() {
            let mut batch = Batch { page: Some(number), ..Batch::default() };
            for (name, condition) in OF_PAGES {
                let Some(table) = numbers.get(name).copied() else { continue };
                let sql = format!("SELECT * FROM main.{name} WHERE {condition}");
                let found = select(&db, &sql, [page.id])?;
                waiting += if name == "message" { found.len() } else { 0 };
                if !found.is_empty() {
                    batch.rows.push((table, found));
                }
            }
            rows.batches.push(batch);
            if waiting >= SEARCH_BATCH {
                waiting = 0;
                rows.batches.extend(search.next());
            }
        }
        rows.batches.extend(search);
        rows.batches.push(rest(&db, &numbers)?);
        Ok(rows)
    }

    /// The archive's tables and indexes, and the names of the tables. Its triggers are left out:
    /// they note what is still to be done, and in the end nothing is.
    fn copy_schema(&mut self, db: &Connection) -> anyhow::Result<Vec<String>> {
        let mut statement = db.prepare(
            "SELECT sql, iif(type = 'table' AND name <> 'search', name, NULL) FROM main.sqlite_schema
             WHERE type IN ('table', 'index') AND sql IS NOT NULL
               AND name NOT LIKE 'search\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
             ORDER BY rowid",
        )?;
        let mut found = statement.query([])?;
        let mut names = Vec::new();
        while let Some(row) = found.next()? {
            let sql: String = row.get(0)?;
            let is_last = sql.contains(MADE_LAST);
            if is_last { &mut self.last } else { &mut self.schema }.push(sql);
            names.extend(row.get::<_, Option<String>>(1)?);
        }
        Ok(names)
    }

    /// The rows of the full-text index in the archive's batches: its words, put together again as
    /// the archive has cut the texts.
    fn search(&mut self, db: &Connection) -> anyhow::Result<Vec<Batch>> {
        let table = self.inserts.len();
        self.inserts.push("INSERT INTO search (rowid, text, file) VALUES (?, ?, ?)".to_owned());
        db.execute_batch(
            "CREATE VIRTUAL TABLE temp.word USING fts5vocab (main, search, instance)",
        )?;
        let said =
            "SELECT doc, max(iif(col = 'text', words, NULL)), max(iif(col = 'file', words, NULL))
             FROM (SELECT doc, col, group_concat(term, ' ' ORDER BY offset) AS words
                   FROM temp.word GROUP BY doc, col)
             GROUP BY doc ORDER BY doc";
        let mut batches: BTreeMap<usize, Table> = BTreeMap::new();
        for row in select(db, said, [])? {
            if let Some(Value::Integer(message)) = row.first() {
                let number = usize::try_from(*message).unwrap_or_default().saturating_sub(1);
                batches.entry(number / SEARCH_BATCH).or_default().push(row);
            }
        }
        let batch = |rows| Batch { page: None, rows: vec![(table, rows)] };
        Ok(batches.into_values().map(batch).collect())
    }
}

/// A table of the same name and columns, without keys and indexes.
fn bare(name: &str, columns: &[String]) -> String {
    let key = |name: &String| if name == "id" { "id INTEGER PRIMARY KEY" } else { name }.to_owned();
    let columns: Vec<String> = columns.iter().map(key).collect();
    format!("CREATE TABLE {name} ({})", columns.join(", "))
}

fn columns(db: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let statement = db.prepare(&format!("SELECT * FROM main.\"{table}\""))?;
    Ok(statement.column_names().into_iter().map(str::to_owned).collect())
}

/// What came with no page, in one transaction at the end.
fn rest(db: &Connection, numbers: &BTreeMap<&str, usize>) -> rusqlite::Result<Batch> {
    let mut batch = Batch::default();
    for (name, number) in numbers {
        if OF_PAGES.iter().all(|(of_pages, _)| of_pages != name) {
            let found = select(db, &format!("SELECT * FROM main.\"{name}\""), [])?;
            batch.rows.push((*number, found));
        }
    }
    Ok(batch)
}

fn select(db: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<Table> {
    let mut statement = db.prepare_cached(sql)?;
    let width = statement.column_count();
    let rows = statement.query_map(params, |row| {
        (0..width).map(|column| row.get(column)).collect::<rusqlite::Result<Vec<Value>>>()
    })?;
    rows.collect()
}
