//! `sync`: pulls, stores, verifies, saves media.

use std::sync::Arc;

use anyhow::Context as _;
use chat_archive::{Archive, Seal, Verdict};
use chat_core::{UnixMillis, Windowing};
use chat_sync::{Job, RunVerdict, Settings, SourceReport, Stop, SyncOptions, SyncReport};
use serde::Serialize;

use super::{Outcome, coverage, words};
use crate::args::{Global, SyncArgs, WishArgs};
use crate::config::{self, Loaded, Ready};
use crate::failure::{Exit, Failure};
use crate::output::{Output, Tone, print_error};
use crate::progress::SyncProgress;
use crate::signals;
use crate::when::When;

const DAY_MS: i64 = 86_400_000;

/// The document of `sync --json`.
#[derive(Debug, Serialize)]
struct Document<'r> {
    #[serde(flatten)]
    report: &'r SyncReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    seal: Option<&'r Seal>,
}

/// What to sync of a source, as far as it was said.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wish {
    since: Option<When>,
    until: Option<When>,
    no_media: bool,
    full: bool,
}

impl Wish {
    pub(super) fn of(args: &WishArgs) -> Self {
        Self { since: args.since, until: args.until, no_media: args.no_media, full: args.full }
    }
}

/// Syncs the sources, all at once.
pub(super) async fn run(args: &SyncArgs, global: &Global, output: &Output) -> Outcome {
    let loaded = config::load(global, output)?;
    let ready = loaded.build(&loaded.choose(&args.wish.sources.sources)?, output)?;
    let wish = Wish::of(&args.wish);
    let key = loaded.seal_key(output)?;
    let (report, exit) = pull(&loaded, &ready, wish, output).await?;
    // a seal that cannot be written must not hide how the run went
    let sealed = match key {
        Some(key) => Archive::open(&loaded.archive)
            .and_then(|mut archive| archive.seal(&key, UnixMillis::now())),
        None => Ok(None),
    };
    let seal = sealed.as_ref().ok().and_then(Option::as_ref);
    if output.is_json {
        output.document(&Document { report: &report, seal })?;
    } else {
        print(&report, &loaded, output)?;
        if let Some(seal) = seal {
            let Seal { entries, head, hmac, .. } = seal;
            output.line(format!("sealed {entries} ledger entries: head {head}, HMAC {hmac}"))?;
        }
    }
    complain(&report, output);
    sealed.context("the run could not be sealed")?;
    Ok(exit)
}

/// Syncs sources that are ready. Ctrl-C asks the run to stop.
pub(super) async fn pull(
    loaded: &Loaded,
    ready: &[Ready],
    wish: Wish,
    output: &Output,
) -> Result<(SyncReport, Exit), Failure> {
    let jobs = jobs(ready, wish, output)?;
    let archive = Archive::open(&loaded.archive)?;
    let (progress, stop, options) = watched(output)?;
    let report = progress.beside(chat_sync::sync(archive, jobs, options)).await;
    progress.finish();
    let report = report?;
    let exit = if stop.is_requested() && !report.is_complete() {
        Exit::Interrupted
    } else {
        Exit::good_if(report.is_complete())
    };
    Ok((report, exit))
}

/// Progress, Ctrl-C, and options with both.
pub(super) fn watched(output: &Output) -> Result<(Arc<SyncProgress>, Stop, SyncOptions), Failure> {
    let progress = Arc::new(SyncProgress::new(output));
    let stop = Stop::new();
    signals::on_interrupt({
        let (stop, progress) = (stop.clone(), Arc::clone(&progress));
        move || {
            progress.note("stopping after the pages in flight; Ctrl-C again ends at once");
            stop.request();
        }
    })?;
    let options = SyncOptions::default()
        .with_observer(Arc::<SyncProgress>::clone(&progress))
        .with_stop(stop.clone());
    Ok((progress, stop, options))
}

/// What to do of each source; warns of what is asked for in vain.
pub(super) fn jobs(ready: &[Ready], wish: Wish, output: &Output) -> Result<Vec<Job>, Failure> {
    let jobs = ready.iter().map(|ready| job(ready, wish)).collect::<Result<Vec<_>, _>>()?;
    for ready in ready.iter().filter(|_| wish.since.is_some() || wish.until.is_some()) {
        if matches!(ready.source.capabilities().windowing, Windowing::Whole { .. }) {
            output.warn(format!(
                "{}: --since and --until have no effect; the vendor shows the last days, always all",
                ready.config.name
            ));
        }
    }
    Ok(jobs)
}

fn job(ready: &Ready, wish: Wish) -> Result<Job, Failure> {
    let configured = &ready.config.settings;
    let offset = configured.utc_offset;
    // without a start, the vendor decides how far back it goes
    let mut settings = Settings::new(configured.start.unwrap_or(UnixMillis::new(0)));
    settings.since = wish.since.map(|since| UnixMillis::new(since.first_ms(offset)));
    settings.until = wish.until.map(|until| UnixMillis::new(until.after_ms(offset)));
    if let (Some(since), Some(until)) = (settings.since, settings.until)
        && since >= until
    {
        return Err(Failure::usage_text("--since is later than --until; swap them"));
    }
    let from = settings.since.map_or(settings.start, |since| since.max(settings.start));
    let now = UnixMillis::now();
    let to = settings.until.map_or(now, |until| until.min(now));
    if from >= to {
        // "nothing is missing" would be true, and not what anyone means
        return Err(Failure::usage_text(format!(
            "{}: nothing is asked for: {} is not before {}; check `start`, --since and --until",
            ready.config.name,
            words::time(from.get(), offset),
            words::time(to.get(), offset)
        )));
    }
    settings.lookback_ms = i64::from(configured.lookback_days) * DAY_MS;
    settings.late_ms = i64::from(configured.late_days) * DAY_MS;
    settings.late_requests = configured.late_requests.into();
    settings.concurrency = usize::try_from(configured.concurrency).unwrap_or(1);
    settings.media = !wish.no_media;
    settings.media_limit_bytes = u64::from(configured.media_limit_mb) * 1024 * 1024;
    settings.full = wish.full;
    Ok(Job { source: Arc::clone(&ready.source), settings })
}

/// Prints what the run did, and what the archive holds now.
pub(super) fn print(report: &SyncReport, loaded: &Loaded, output: &Output) -> anyhow::Result<()> {
    for source in &report.sources {
        output.line(summary(source))?;
        if output.is_verbose {
            windows(source, loaded, output)?;
        }
    }
    let synced: Vec<String> = report.sources.iter().map(|source| source.source.clone()).collect();
    output.line("")?;
    coverage::print(&coverage::held(loaded, &synced)?, &loaded.config, output)
}

fn summary(source: &SourceReport) -> String {
    let retries = match source.retries {
        0 => String::new(),
        retries => format!(", {} tried again", words::count(retries, "call", "calls")),
    };
    format!(
        "{}: {}, {} changed, {} seen on {}, {} saved{retries}",
        source.source,
        words::count(source.messages_new, "new message", "new messages"),
        source.messages_changed,
        source.messages_seen,
        words::count(source.pages, "page", "pages"),
        words::count(source.media.saved, "file", "files"),
    )
}

fn windows(source: &SourceReport, loaded: &Loaded, output: &Output) -> anyhow::Result<()> {
    let offset = words::offset(&loaded.config, &source.source);
    for window in &source.windows {
        let tone = if window.verdict == Verdict::Broken { Tone::Bad } else { Tone::Good };
        let partition = match window.partition.as_str() {
            "" => String::new(),
            key => format!("{key}: "),
        };
        output.tinted(
            tone,
            format!(
                "  {partition}{} to {}: {}, {} records",
                words::time(window.from_ms, offset),
                words::time(window.to_ms, offset),
                window.verdict.as_str(),
                window.distinct
            ),
        )?;
    }
    Ok(())
}

/// Says on standard error, in a line for each source, what is wrong.
pub(super) fn complain(report: &SyncReport, output: &Output) {
    for source in &report.sources {
        let name = &source.source;
        let broken: Vec<_> =
            source.windows.iter().filter(|window| window.verdict == Verdict::Broken).collect();
        if let Some(error) = &source.error {
            print_error(&format!("{name}: {error}"));
        } else if let Some(first) = broken.first() {
            let reason = first.reason.as_deref().unwrap_or("no reason is known");
            print_error(&format!(
                "{name}: {} of {} windows broken, the first because: {reason}; sync again to retry",
                broken.len(),
                source.windows.len()
            ));
        } else if source.verdict == RunVerdict::Interrupted {
            output
                .note(format!("{name}: interrupted; what was stored is safe, sync again to go on"));
        }
        if source.skipped > 0 {
            print_error(&format!(
                "{name}: {} not readable as a message; the bytes are kept",
                words::count(source.skipped, "record is", "records are")
            ));
        }
        let media = source.media;
        let lacking = media.expired + media.failed;
        if lacking > 0 {
            print_error(&format!(
                "{name}: {} not saved; `media list` says why, `media retry` tries again now",
                words::count(lacking, "file is", "files are"),
            ));
        }
    }
}
