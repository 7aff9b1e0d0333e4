//! The floor of a sync: the same pages by a bare HTTP client, decoded, and the same rows by bare
//! prepared statements in the same transactions.
//!
//! The rows are those of the archive's own tables of pages, messages and attachments, all columns and
//! all bytes, read into memory beforehand: nothing is hashed, packed, compared or indexed for them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chat_core::Partition;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::{Took, calls};
use crate::pages::{self, StoredPage};
use crate::sample::process_cpu;
use crate::{vendors, world};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The archive that a sync has filled.
    #[arg(long)]
    archive: PathBuf,
    /// The configuration that it ran with.
    #[arg(long)]
    config: PathBuf,
    /// Where the same pages are served.
    #[arg(long)]
    url: String,
    /// The database to write.
    #[arg(long)]
    into: PathBuf,
}

/// The tables whose rows are inserted, and how the rows that came with a page are found.
const TABLES: [(&str, &str); 3] = [
    ("page", "id = ?1"),
    ("message", "id IN (SELECT id FROM message_page WHERE page = ?1)"),
    ("attachment", "message IN (SELECT id FROM message_page WHERE page = ?1)"),
];

/// A table of the archive, without its keys and indexes.
struct Table {
    name: &'static str,
    columns: Vec<String>,
    /// The rows that came with each page.
    rows: Vec<Vec<Vec<Value>>>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Took> {
    let pages = pages::stored(&args.archive)?;
    let tables = tables(&args.archive, &pages)?;
    let source = vendors::source(&fs::read_to_string(&args.config)?)?;
    let partitions: Vec<Partition> = pages.iter().map(|page| Partition::new(&page.part)).collect();
    let runtime = world::single()?;
    let (mut fetch_s, mut decode_s) = (0.0, 0.0);
    let took = super::took(|| {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let mut db = create(&args.into, &tables)?;
        for (number, partition) in partitions.iter().enumerate() {
            let before = process_cpu();
            let body = runtime.block_on(calls::fetch(&client, &args.url, number))?;
            let fetched = process_cpu();
            let page = source.read(partition, body).context("a stored page cannot be read")?;
            std::hint::black_box(&page);
            fetch_s += fetched - before;
            decode_s += process_cpu() - fetched;
            let tx = db.transaction()?;
            for table in &tables {
                let mut insert = tx.prepare_cached(&table.insert())?;
                for row in table.rows.get(number).into_iter().flatten() {
                    insert.execute(params_from_iter(row))?;
                }
            }
            tx.commit()?;
        }
        Ok(db.close().map_err(|(_, error)| error)?)
    })?;
    Ok(Took { fetch_s, decode_s, store_s: took.cpu_s - fetch_s - decode_s, ..took })
}

impl Table {
    fn insert(&self) -> String {
        let values = vec!["?"; self.columns.len()].join(", ");
        format!("INSERT INTO {} VALUES ({values})", self.name)
    }
}

/// The rows of an archive, page by page.
fn tables(archive: &Path, pages: &[StoredPage]) -> anyhow::Result<Vec<Table>> {
    let db = pages::database(archive)?;
    // the archive itself has no use for an index by page
    db.execute_batch(
        "CREATE TEMP TABLE message_page AS SELECT id, page FROM main.message;
         CREATE INDEX temp.message_page_key ON message_page (page)",
    )?;
    let mut tables = Vec::new();
    for (name, condition) in TABLES {
        let mut select = db.prepare(&format!("SELECT * FROM main.{name} WHERE {condition}"))?;
        let columns: Vec<String> = select.column_names().into_iter().map(str::to_owned).collect();
        let width = columns.len();
        let mut rows = Vec::with_capacity(pages.len());
        for page in pages {
            let of_page = select.query_map([page.id], |row| {
                (0..width).map(|column| row.get(column)).collect::<rusqlite::Result<Vec<Value>>>()
            })?;
            rows.push(of_page.collect::<rusqlite::Result<_>>()?);
        }
        tables.push(Table { name, columns, rows });
    }
    Ok(tables)
}

/// A database with the settings of the archive's: as safe, and no safer.
fn create(path: &Path, tables: &[Table]) -> anyhow::Result<Connection> {
    let db = Connection::open(path)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "cache_size", -8192)?;
    for table in tables {
        let key =
            |name: &String| if name == "id" { "id INTEGER PRIMARY KEY" } else { name }.to_owned();
        let columns: Vec<String> = table.columns.iter().map(key).collect();
        db.execute_batch(&format!("CREATE TABLE {} ({})", table.name, columns.join(", ")))?;
    }
    Ok(db)
}
