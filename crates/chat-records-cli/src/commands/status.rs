//! `status`: what the archive holds, per source.

use chat_archive::{Reader, SourceStatus};
use serde::Serialize;

use super::{Outcome, coverage};
use crate::args::Global;
use crate::config;
use crate::failure::Exit;
use crate::output::Output;

/// The document of `status --json`.
#[derive(Debug, Serialize)]
struct Document<'s> {
    sources: Vec<Source<'s>>,
    /// Sources of the configuration that no sync has reached yet.
    never_synced: &'s [&'s str],
}

#[derive(Debug, Serialize)]
struct Source<'s> {
    #[serde(flatten)]
    status: &'s SourceStatus,
    verdict: &'static str,
}

/// Shows the status.
pub(super) fn run(global: &Global, output: &Output) -> Outcome {
    let loaded = config::load(global, output)?;
    let held = Reader::open(&loaded.archive)?.status()?;
    let is_held = |name: &str| held.iter().any(|status| status.source == name);
    let configured = loaded.config.sources.iter().map(|source| source.name.as_str());
    let never_synced: Vec<&str> = configured.filter(|name| !is_held(name)).collect();
    if output.is_json {
        let sources = held
            .iter()
            .map(|status| Source { status, verdict: coverage::verdict(status, &loaded.config) });
        output.document(&Document { sources: sources.collect(), never_synced: &never_synced })?;
    } else {
        coverage::print(&held, &loaded.config, &never_synced, output)?;
        coverage::print_runs(&held, &loaded.config, output)?;
    }
    Ok(Exit::good_if(
        never_synced.is_empty()
            && held.iter().all(|status| coverage::is_whole(status, &loaded.config)),
    ))
}
