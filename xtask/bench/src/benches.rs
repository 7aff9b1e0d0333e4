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

use crate::cli::Name;
use crate::report::Row;
use crate::world::Setting;

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
