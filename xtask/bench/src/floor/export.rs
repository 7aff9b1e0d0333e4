//! The floor of an export: every column of every message read, the pages that hold their bytes
//! unpacked once where it writes those, and as many bytes written as it wrote.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use super::Took;
use crate::pages;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(long)]
    archive: PathBuf,
    /// How many bytes to write.
    #[arg(long)]
    bytes: usize,
    /// Unpacks the pages too.
    #[arg(long)]
    raw: bool,
    /// The file to write.
    #[arg(long)]
    into: PathBuf,
}

/// What is written between two rows is of about this size.
const CHUNK: [u8; 1024] = [b'a'; 1024];

pub(crate) fn run(args: &Args) -> anyhow::Result<Took> {
    super::took(|| {
        let db = pages::database(&args.archive)?;
        let mut select = db.prepare("SELECT * FROM message ORDER BY id")?;
        let width = select.column_count();
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..width {
                std::hint::black_box(row.get_ref(column)?);
            }
        }
        if args.raw {
            let mut select =
                db.prepare("SELECT body, body_bytes FROM page WHERE body IS NOT NULL")?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let packed = row.get_ref(0)?.as_blob()?;
                std::hint::black_box(zstd::bulk::decompress(packed, row.get(1)?)?);
            }
        }
        let mut file = BufWriter::new(File::create(&args.into)?);
        let mut left = args.bytes;
        while left > 0 {
            let chunk = CHUNK.get(..left.min(CHUNK.len())).unwrap_or(&CHUNK);
            file.write_all(chunk)?;
            left -= chunk.len();
        }
        Ok(file.flush()?)
    })
}
