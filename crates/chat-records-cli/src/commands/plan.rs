//! `plan`: what the next sync would do, and about what it would cost.

use chat_archive::{ArchiveErrorKind, Reader};
use chat_core::UnixMillis;
use chat_sync::{Partitions, SourceForecast, forecast};
use futures_util::future::join_all;
use serde::Serialize;

use super::sync::{self, Wish};
use super::{Outcome, words};
use crate::args::{Global, PlanArgs};
use crate::config::{self, Loaded, Ready};
use crate::failure::Exit;
use crate::output::{Cell, Output, Table, Tone, print_error};
use crate::signals;

/// How many windows of a source are listed for people, unless they ask for all.
const LISTED: usize = 10;

/// The document of `plan --json`.
#[derive(Debug, Serialize)]
struct Document {
    sources: Vec<SourceForecast>,
    estimated_calls: u64,
    /// Of the slowest source: they run at the same time.
    estimated_duration_ms: i64,
}

/// Plans the sources. Nothing is written.
pub(super) async fn run(args: &PlanArgs, global: &Global, output: &Output) -> Outcome {
    let loaded = config::load(global, output)?;
    let ready = loaded.build(&loaded.choose(&args.wish.sources.sources)?, output)?;
    let jobs = sync::jobs(&ready, Wish::of(&args.wish), output)?;
    let mut archive = match Reader::open(&loaded.archive) {
        Ok(reader) => Some(reader),
        Err(error) if *error.kind() == ArchiveErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    signals::on_interrupt(signals::exit_at_once)?;
    let partitions = join_all(ready.iter().map(|ready| async {
        if args.offline {
            Partitions::Known
        } else {
            Partitions::Listed(ready.source.partitions().await)
        }
    }))
    .await;
    let now = UnixMillis::now();
    let mut sources = Vec::new();
    for ((ready, job), partitions) in ready.iter().zip(&jobs).zip(partitions) {
        let interval = ready.config.settings.min_interval.as_millis();
        let interval_ms = i64::try_from(interval).unwrap_or(i64::MAX);
        sources.push(forecast(archive.as_mut(), job, partitions, interval_ms, now)?);
    }
    let durations = sources.iter().map(|source| source.estimated_duration_ms);
    let document = Document {
        estimated_calls: sources.iter().map(|source| source.estimated_calls).sum(),
        estimated_duration_ms: durations.max().unwrap_or(0),
        sources,
    };
    if output.is_json {
        output.document(&document)?;
    } else {
        print(&document.sources, &ready, &loaded, output)?;
    }
    for source in &document.sources {
        if let Some(error) = &source.error {
            let advice = if source.is_unknown { "; plan without --offline" } else { "" };
            print_error(&format!("{}: {error}{advice}", source.source));
        }
    }
    Ok(Exit::good_if(document.sources.iter().all(|source| source.error.is_none())))
}

fn print(
    sources: &[SourceForecast],
    ready: &[Ready],
    loaded: &Loaded,
    output: &Output,
) -> anyhow::Result<()> {
    let mut table =
        Table::new(&["SOURCE", "PART", "FROM", "TO", "WHY", "RECORDS (EST.)", "CALLS (EST.)"]);
    for source in sources {
        let offset = words::offset(&loaded.config, &source.source);
        let listed = if output.is_verbose { usize::MAX } else { LISTED };
        for window in source.windows.iter().take(listed) {
            let records = window.estimated_records;
            table.push(vec![
                Cell::text(&source.source),
                Cell::text(&window.partition),
                Cell::text(words::time(window.from_ms, offset)),
                Cell::text(words::time(window.to_ms, offset)),
                Cell::text(window.reason.as_str().replace('_', "-")),
                records.map_or_else(|| Cell::text("unknown"), Cell::number),
                Cell::number(window.estimated_calls),
            ]);
        }
    }
    output.table(&table)?;
    for (source, ready) in sources.iter().zip(ready) {
        let name = &source.source;
        let more = source.windows.len().saturating_sub(LISTED);
        if more > 0 && !output.is_verbose {
            output.line(format!("{name}: and {more} more windows; -v lists them"))?;
        }
        // one whose list lacks something has a plan and an error
        let is_planned = source.partitions > 0;
        if is_planned {
            output.line(summary(source, ready))?;
        }
        if source.from_scratch && is_planned {
            output.line(format!("{name}: nothing read so far counts: all of it is read"))?;
        }
        if let Some(media) = source.media.filter(|m| m.pending + m.expired + m.failed > 0) {
            let text = format!(
                "{name}: files still to be fetched: {} pending, {} behind dead links, {} failed \
                 before; those of new records come on top",
                media.pending, media.expired, media.failed
            );
            output.tinted(Tone::Warn, text)?;
        }
    }
    Ok(())
}

/// What a source comes to, in one line.
fn summary(source: &SourceForecast, ready: &Ready) -> String {
    let windows = words::count(source.windows.len() as u64, "window", "windows");
    let parts = words::count(source.partitions as u64, "part", "parts");
    let records = match (source.estimated_records, source.windows_without_estimate) {
        (None, _) => "an unknown number of records".to_owned(),
        (Some(records), 0) => format!("about {records} records"),
        (Some(records), _) => format!("about {records} records and an unknown number beside"),
    };
    let least = if source.windows_without_estimate == 0 { "about" } else { "at least" };
    let interval_ms = ready.config.settings.min_interval.as_millis();
    let pace = match source.pace_ms {
        Some(pace_ms) => format!("the last pages came every {pace_ms} ms"),
        None => "how fast the vendor answers is not known yet".to_owned(),
    };
    format!(
        "{}: {windows} in {parts}, {records}, {least} {} and {} (no two calls within {interval_ms} \
         ms; {pace})",
        source.source,
        words::count(source.estimated_calls, "call", "calls"),
        duration(source.estimated_duration_ms)
    )
}

/// A time that nobody needs exactly.
fn duration(ms: i64) -> String {
    let seconds = ms.max(0).saturating_add(999) / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}
