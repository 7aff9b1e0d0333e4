//! The least that a part of the program could do, in a process of its own.

mod calls;
mod decode;
mod export;
mod rows;
mod sync;

use std::process::ExitCode;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::sample::process_cpu;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    of: Of,
}

#[derive(Debug, clap::Subcommand)]
enum Of {
    /// Of a sync into a new archive.
    Sync(sync::Args),
    /// Of a sync that finds nothing new: its calls.
    Calls(calls::Args),
    /// Of reading a page, and that reading itself.
    Decode(decode::Args),
    /// Of an export.
    Export(export::Args),
}

/// What a floor took, in seconds, without its preparation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the unit")]
pub(crate) struct Took {
    /// CPU time.
    pub(crate) cpu_s: f64,
    pub(crate) wall_s: f64,
    /// The parts of a sync's CPU time.
    pub(crate) fetch_s: f64,
    pub(crate) decode_s: f64,
    pub(crate) store_s: f64,
}

/// Runs `work` and looks at the clocks.
fn took(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<Took> {
    let (cpu, wall) = (process_cpu(), Instant::now());
    work()?;
    let (cpu_s, wall_s) = (process_cpu() - cpu, wall.elapsed().as_secs_f64());
    Ok(Took { cpu_s, wall_s, ..Took::default() })
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let took = match &args.of {
        Of::Sync(args) => sync::run(args)?,
        Of::Calls(args) => calls::run(args)?,
        Of::Decode(args) => decode::run(args)?,
        Of::Export(args) => export::run(args)?,
    };
    println!("{}", serde_json::to_string(&took)?);
    Ok(ExitCode::SUCCESS)
}
