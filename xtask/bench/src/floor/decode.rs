//! A page read some times, for a tool that counts instructions: as a sync reads it, and as its floor.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use chat_core::Partition;

use super::Took;
use crate::vendors;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(long)]
    vendor: String,
    /// The key of the partition that the page is of.
    #[arg(long)]
    partition: String,
    #[arg(long)]
    page: PathBuf,
    #[arg(long)]
    config: PathBuf,
    /// How often its records become messages.
    #[arg(long)]
    reads: u32,
    /// How often they are only borrowed.
    #[arg(long)]
    skims: u32,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Took> {
    let body = fs::read(&args.page)?;
    let source = vendors::source(&fs::read_to_string(&args.config)?)?;
    let partition = Partition::new(&args.partition);
    super::took(|| {
        // the answer belongs to whoever reads it, so each time it is another one
        for _ in 0..args.reads {
            std::hint::black_box(source.read(&partition, body.clone()).context("no page")?);
        }
        for _ in 0..args.skims {
            std::hint::black_box(vendors::skim(&args.vendor, &body.clone())?);
        }
        Ok(())
    })
}
