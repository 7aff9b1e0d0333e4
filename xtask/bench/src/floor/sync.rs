//! The floors of a sync: the same pages by a bare HTTP client, decoded, those too that only showed
//! where to ask next, and rows of the archive by bare prepared statements in the same transactions. Each row is what the archive has in the end,
//! read into memory beforehand: nothing is hashed, packed, compared or cut into words for it.

use std::cmp::Reverse;
use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use chat_core::Partition;
use rusqlite::{Connection, params_from_iter};

use super::rows::{Extent, Rows};
use super::{Took, calls};
use crate::pages;
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
    /// Which rows are inserted, and into what.
    #[arg(long, value_enum)]
    extent: Extent,
    /// How many answers the sync had besides, of which the archive has no page: as many of the
    /// longest pages stand for them.
    #[arg(long, default_value_t = 0)]
    not_kept: usize,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Took> {
    let pages = pages::read(&args.archive)?;
    let rows = Rows::of(&args.archive, &pages, args.extent)?;
    let source = vendors::source(&fs::read_to_string(&args.config)?)?;
    let partitions: Vec<Partition> = pages.iter().map(|page| Partition::new(&page.part)).collect();
    let mut longest: Vec<usize> = (0..pages.len()).collect();
    longest.sort_by_key(|number| pages.get(*number).map(|page| Reverse(page.body.len())));
    let runtime = world::single()?;
    let (mut fetch_s, mut decode_s) = (0.0, 0.0);
    let took = super::took(|| {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let mut db = create(args, &rows)?;
        let mut read = |number: usize| -> anyhow::Result<()> {
            let partition = partitions.get(number).context("there is no such page")?;
            let before = process_cpu();
            let body = runtime.block_on(calls::fetch(&client, &args.url, number))?;
            let fetched = process_cpu();
            let page = source.read(partition, body).context("a stored page cannot be read")?;
            std::hint::black_box(&page);
            fetch_s += fetched - before;
            decode_s += process_cpu() - fetched;
            Ok(())
        };
        longest.iter().cycle().take(args.not_kept).try_for_each(|number| read(*number))?;
        for batch in &rows.batches {
            if let Some(number) = batch.page {
                read(number)?;
            }
            let tx = db.transaction()?;
            for (table, values) in &batch.rows {
                let Some(insert) = rows.inserts.get(*table) else { continue };
                let mut insert = tx.prepare_cached(insert)?;
                for row in values {
                    insert.execute(params_from_iter(row))?;
                }
            }
            tx.commit()?;
        }
        for sql in &rows.last {
            db.execute_batch(sql)?;
        }
        Ok(db.close().map_err(|(_, error)| error)?)
    })?;
    Ok(Took { fetch_s, decode_s, store_s: took.cpu_s - fetch_s - decode_s, ..took })
}

/// A database with the settings of the archive's: as safe, and no safer.
fn create(args: &Args, rows: &Rows) -> anyhow::Result<Connection> {
    let db = Connection::open(&args.into)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", "OFF")?;
    db.pragma_update(None, "cache_size", -8192)?;
    db.pragma_update(None, "wal_autocheckpoint", 4096)?;
    db.set_prepared_statement_cache_capacity(64);
    for sql in &rows.schema {
        db.execute_batch(sql)?;
    }
    Ok(db)
}
