//! `audit`: records drawn at random, read again and compared, and what follows for all of them.

use chat_archive::{Archive, Reader};
use chat_core::UnixMillis;
use chat_sync::{AuditReport, SourceAudit};

use super::sync::{self, Wish};
use super::{Outcome, words};
use crate::args::{AuditArgs, Global};
use crate::config::{self, Loaded};
use crate::failure::Exit;
use crate::output::{Output, Tone, print_error};

/// How many windows of a source are listed for people; `--json` has them all.
const LISTED: usize = 10;

/// Audits the sources, all at once.
pub(super) async fn run(args: &AuditArgs, global: &Global, output: &Output) -> Outcome {
    let loaded = config::load(global, output)?;
    let ready = loaded.build(&loaded.choose(&args.sources.sources)?, output)?;
    let jobs = sync::jobs(&ready, Wish::default(), output)?;
    // an audit of nothing must not leave an archive behind
    Reader::open(&loaded.archive)?;
    let archive = Archive::open(&loaded.archive)?;
    let seed = args.seed.unwrap_or_else(|| UnixMillis::now().get().unsigned_abs());
    let (progress, stop, options) = sync::watched(output)?;
    let audit = chat_sync::audit(archive, jobs, args.sample.into(), seed, options);
    let report = progress.beside(audit).await;
    progress.finish();
    let report = report?;
    if output.is_json {
        output.document(&report)?;
    } else {
        print(&report, &loaded, output)?;
    }
    complain(&report);
    Ok(if stop.is_requested() { Exit::Interrupted } else { Exit::good_if(report.clean) })
}

fn print(report: &AuditReport, loaded: &Loaded, output: &Output) -> anyhow::Result<()> {
    for source in &report.sources {
        if source.error.is_some() {
            continue;
        }
        let (name, offset) = (&source.source, words::offset(&loaded.config, &source.source));
        let is_clean = source.findings.is_empty();
        output.tinted(if is_clean { Tone::Good } else { Tone::Bad }, sentence(source))?;
        for window in source.findings.iter().take(LISTED) {
            let of = of(&window.partition);
            output.tinted(
                Tone::Bad,
                format!(
                    "{name}: from {} to {}{of}: {} stale, {} missing, {} not readable",
                    words::time(window.from_ms, offset),
                    words::time(window.to_ms, offset),
                    window.stale,
                    window.missing,
                    window.unreadable
                ),
            )?;
        }
        let more = source.findings.len().saturating_sub(LISTED);
        if more > 0 {
            output
                .tinted(Tone::Bad, format!("{name}: and {more} more windows; --json has them"))?;
        }
        if source.gone > 0 {
            let gone = words::count(source.gone, "record is", "records are");
            output.line(format!(
                "{name}: {gone} in the archive and no longer shown by the vendor; that is no error"
            ))?;
        }
        if source.newer > 0 {
            let newer = words::count(source.newer, "record", "records");
            output.line(format!("{name}: {newer} may have come since the last sync"))?;
        }
    }
    output.line(format!("seed {}", report.seed))
}

fn of(partition: &str) -> String {
    if partition.is_empty() { String::new() } else { format!(" of {partition}") }
}

/// What was found and what follows, in one sentence.
fn sentence(source: &SourceAudit) -> String {
    let found = format!(
        "{}: {} of {} records compared: {} stale, and {} with a missing one beside them",
        source.source,
        source.compared,
        source.drawable,
        source.drawn_stale,
        source.drawn_beside_missing
    );
    match source.bound {
        None => format!("{found}; nothing follows from that for the others"),
        Some(bound) if source.compared >= source.drawable => format!(
            "{found}; that was all of them, so {} % are stale",
            percent(bound.stale_at_most)
        ),
        Some(bound) => format!(
            "{found}; so at most {} % of records are stale, and at most {} % have a missing one \
             beside them, each with {:.0} % confidence",
            percent(bound.stale_at_most),
            percent(bound.beside_missing_at_most),
            bound.confidence * 100.0
        ),
    }
}

/// Rounded up, for a bound that is rounded down is none.
fn percent(share: f64) -> String {
    format!("{:.2}", (share * 10_000.0).ceil() / 100.0)
}

/// Says on standard error, in a line for each source, what is wrong.
fn complain(report: &AuditReport) {
    for source in &report.sources {
        let name = &source.source;
        if let Some(error) = &source.error {
            print_error(&format!("{name}: {error}"));
        }
        if !source.findings.is_empty() {
            let windows = words::count(source.findings.len() as u64, "window", "windows");
            print_error(&format!(
                "{name}: {} stale, {} missing, {} not readable among {} records read again, in \
                 {windows}; the next sync repairs them",
                source.stale, source.missing, source.unreadable, source.records_read
            ));
        }
        if let Some(first) = source.unread.first() {
            let windows = words::count(
                source.unread.len() as u64,
                "window could not be read again",
                "windows could not be read again, the first",
            );
            print_error(&format!("{name}: {windows} because: {}; audit again", first.reason));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_never_rounded_down() {
        assert_eq!(percent(0.005_974), "0.60");
        assert_eq!(percent(0.010_001), "1.01");
        assert_eq!(percent(0.0), "0.00");
    }
}
