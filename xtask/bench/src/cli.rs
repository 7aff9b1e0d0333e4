//! What can be asked for. xtask reads it too: a wrong word is refused before minutes of building.

use std::fmt;
use std::path::PathBuf;

use clap::ValueEnum;

#[derive(Debug, clap::Args)]
pub(crate) struct Measure {
    /// What to measure [default: all].
    #[arg(value_enum)]
    pub(crate) names: Vec<Name>,
    /// How often each is measured, in turns with its floor [default: 5, with --quick 3].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: Option<u32>,
    /// Records of the vendor that is measured most [default: 100,000, with --quick 20,000].
    #[arg(long, value_parser = clap::value_parser!(u32).range(100..))]
    pub(crate) records: Option<u32>,
    /// Fewer rounds and records, and nothing that takes minutes.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Writes all that was measured to this file as well.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// With `instructions`: is over budget where a count is 2 % above the one that is kept.
    #[arg(long)]
    pub(crate) check: bool,
    /// With `instructions`: keeps the counts of this run.
    #[arg(long, conflicts_with = "check")]
    pub(crate) keep: bool,
    /// The program to measure [default: the one beside this one].
    #[arg(long, value_name = "FILE")]
    pub(crate) program: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Name {
    /// Reading a page of 100 records and converting them, for each vendor.
    Decode,
    /// A sync into a new archive.
    Sync,
    /// How a sync scales with its concurrency where answers take a while.
    Latency,
    /// The most memory that a sync holds, with ten times the records too.
    Memory,
    /// A sync that finds nothing new.
    Unchanged,
    /// Searching an archive.
    Search,
    /// Exports of a whole archive.
    Export,
    /// The start of the program.
    ColdStart,
    /// Instructions of reading a record, counted by valgrind.
    Instructions,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct Peers {
    /// How often each speed is measured, the tools in turns.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// Records of the vendor when speed is measured.
    #[arg(long, default_value_t = 40_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    pub(crate) records: u32,
    /// Measures nothing: writes table and chart anew from the figures that are kept.
    #[arg(long)]
    pub(crate) draw: bool,
    /// Where the other tools are installed [default: `peers` in the target folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) tools: Option<PathBuf>,
    /// Writes figures, table and chart into this folder, not into the repository.
    #[arg(long, value_name = "DIR")]
    pub(crate) into: Option<PathBuf>,
    /// The program to measure [default: the one beside this one].
    #[arg(long, value_name = "FILE")]
    pub(crate) program: Option<PathBuf>,
}
