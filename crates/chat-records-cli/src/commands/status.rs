//! `status`: what the archive holds, per source.

mod page;

use chat_archive::SourceStatus;
use serde::Serialize;

use super::missing::{Missing, missing};
use super::{Outcome, coverage};
use crate::args::{Global, SourcesArgs};
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
    /// Time that was never read, or not well, and what mends it.
    missing: Vec<Missing<'s>>,
    verdict: &'static str,
}

/// Shows the status.
pub(super) fn run(args: &SourcesArgs, global: &Global, output: &Output) -> Outcome {
    let loaded = config::load(global, output)?;
    let names = &args.sources;
    let held = coverage::held(&loaded, names)?;
    let is_held = |name: &str| held.iter().any(|status| status.source == name);
    // a source that left the configuration can still be asked about
    let others: Vec<String> = names.iter().filter(|name| !is_held(name)).cloned().collect();
    let configured = match (names.as_slice(), others.as_slice()) {
        ([_, ..], []) => Vec::new(),
        _ => loaded.choose(&others)?,
    };
    let configured = configured.into_iter().map(|source| source.name.as_str());
    let never_synced: Vec<&str> = configured.filter(|name| !is_held(name)).collect();
    if output.is_json {
        let sources = held.iter().map(|status| Source {
            status,
            missing: missing(status, &loaded.config),
            verdict: status.standing().as_str(),
        });
        output.document(&Document { sources: sources.collect(), never_synced: &never_synced })?;
    } else {
        page::print(&held, &loaded.config, &never_synced, global, output)?;
    }
    Ok(Exit::good_if(never_synced.is_empty() && held.iter().all(coverage::is_whole)))
}
