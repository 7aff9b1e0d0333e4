//! What can be measured, by name.

mod cold_start;
mod decode;
mod export;
mod instructions;
mod latency;
mod memory;
mod search;
mod sync;
mod unchanged;

use std::fmt;

use clap::ValueEnum;

use crate::report::Row;
use crate::world::Setting;

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

impl Name {
    pub(crate) fn all() -> Vec<Self> {
        Self::value_variants().to_vec()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

pub(crate) fn run(name: Name, setting: &Setting) -> anyhow::Result<Vec<Row>> {
    match name {
        Name::Decode => decode::run(setting),
        Name::Sync => sync::run(setting),
        Name::Latency => latency::run(setting),
        Name::Memory => memory::run(setting),
        Name::Unchanged => unchanged::run(setting),
        Name::Search => search::run(setting),
        Name::Export => export::run(setting),
        Name::ColdStart => cold_start::run(setting),
        Name::Instructions => instructions::run(setting),
    }
}
