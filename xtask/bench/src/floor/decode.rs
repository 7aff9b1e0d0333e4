//! A page read some times, for a tool that counts instructions: as a sync reads it, or as its floor.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use chat_core::Partition;

use super::Took;
use crate::vendors;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(long)]
    what: What,
    #[arg(long)]
    vendor: String,
    /// The key of the partition that the page is of.
    #[arg(long)]
    partition: String,
    #[arg(long)]
    page: PathBuf,
    #[arg(long)]
    config: PathBuf,
    #[arg(long)]
    reads: u32,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum What {
    /// The vendor's records, as messages.
    Read,
    /// The borrowed bytes of each record.
    Skim,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Took> {
    let body = fs::read(&args.page)?;
    let source = vendors::source(&fs::read_to_string(&args.config)?)?;
    let partition = Partition::new(&args.partition);
    super::took(|| {
        for _ in 0..args.reads {
            // the answer belongs to whoever reads it
            let body = body.clone();
            match args.what {
                What::Read => {
                    std::hint::black_box(source.read(&partition, body).context("no page")?);
                }
                What::Skim => {
                    std::hint::black_box(vendors::skim(&args.vendor, &body)?);
                }
            }
        }
        Ok(())
    })
}
