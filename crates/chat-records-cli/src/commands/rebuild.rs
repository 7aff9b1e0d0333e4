//! `rebuild`: makes all messages anew from the stored pages, offline.

use chat_archive::{Archive, Change, RebuildMode, RebuildReport, Remade};
use chat_core::UnixMillis;
use serde::Serialize;

use super::{Outcome, words};
use crate::args::{Global, RebuildArgs};
use crate::config;
use crate::failure::{Exit, Failure};
use crate::output::{Output, Tone, print_error};
use crate::progress::Ticker;
use crate::signals;

/// The document of `rebuild --json`.
#[derive(Debug, Serialize)]
struct Document<'r> {
    dry_run: bool,
    complete: bool,
    #[serde(flatten)]
    report: &'r RebuildReport,
    /// Each message that came out otherwise, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<&'r [Remade]>,
}

/// How many problems are listed for people; `--json` has them all.
const LISTED: usize = 50;

/// Rebuilds the messages of the sources.
pub(super) fn run(args: &RebuildArgs, global: &Global, output: &Output) -> Outcome {
    let loaded = config::load(global, output)?;
    let names = &args.sources.sources;
    let sources = loaded.choose(names)?;
    let sources = sources.iter().map(|source| source.build_offline().map_err(Failure::usage));
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    // looking at a folder creates no archive in it
    drop(chat_archive::Reader::open(&loaded.archive)?);
    let mut archive = Archive::open(&loaded.archive)?;
    // one transaction: whatever ends it in the middle leaves everything as it was
    signals::on_interrupt(signals::exit_at_once)?;
    let mode = if args.dry_run { RebuildMode::DryRun } else { RebuildMode::Keep };
    let mut told = Vec::new();
    let mut tell = |remade: &Remade| {
        if output.is_verbose {
            told.push(remade.clone());
        }
    };
    let mut ticker = Ticker::new(output, "rebuilding");
    let mut progress = |pages: u64| ticker.tick(|| format!("{pages} pages"));
    let mut report =
        archive.rebuild(&sources, UnixMillis::now(), mode, &mut tell, &mut progress)?;
    ticker.finish();
    if !names.is_empty() {
        report.left_out.clear();
    }
    let complete = report.is_complete() && report.left_out.is_empty();
    if output.is_json {
        let messages = output.is_verbose.then_some(told.as_slice());
        let dry_run = args.dry_run;
        output.document(&Document { dry_run, complete, report: &report, messages })?;
    } else {
        for remade in &told {
            output.line(line(remade))?;
        }
        print(&report, args.dry_run, output)?;
    }
    Ok(Exit::good_if(complete))
}

fn line(remade: &Remade) -> String {
    let source = &remade.source;
    let what = match (&remade.id, remade.version) {
        (Some(id), Some(version)) => format!("message {id} version {version}"),
        (Some(id), None) => format!("message {id}"),
        (None, _) => format!("page {}", remade.page),
    };
    match &remade.change {
        Change::Columns { columns } => format!("{source}: {what}: {}", columns.join(", ")),
        Change::Added => format!("{source}: {what}: new"),
        Change::AddedVersion => format!("{source}: {what}: a form that is new"),
        change => format!("{source}: {what}: {}", change.in_words()),
    }
}

fn print(report: &RebuildReport, dry_run: bool, output: &Output) -> anyhow::Result<()> {
    let forms = words::count(report.forms, "form of a message", "forms of messages");
    let pages = words::count(report.pages, "page", "pages");
    let would = if dry_run { "would come out" } else { "came out" };
    output.line(format!("made {forms} anew from {pages}; {} {would} otherwise", report.changed))?;
    for (column, forms) in &report.columns {
        output.line(format!("  {column}: {forms}"))?;
    }
    if report.added + report.added_versions > 0 {
        output.line(format!(
            "{} and {} from records that could not be read before",
            words::count(report.added, "new message", "new messages"),
            words::count(report.added_versions, "new form of one", "new forms of messages"),
        ))?;
    }
    for left_out in &report.left_out {
        let text = format!("{}: left as it is: {}", left_out.source, left_out.reason);
        output.tinted(Tone::Bad, text)?;
    }
    for problem in report.problems.iter().take(LISTED) {
        output.tinted(Tone::Bad, line(problem))?;
    }
    let more = report.problems.len().saturating_sub(LISTED);
    if more > 0 {
        output.tinted(Tone::Bad, format!("and {more} more; --json lists them all"))?;
    }
    if dry_run {
        output.note("nothing was changed; leave out --dry-run to do it");
    }
    if report.unreadable > 0 {
        print_error(&format!(
            "{} still not readable as a message; the bytes are kept",
            words::count(report.unreadable, "record is", "records are")
        ));
    }
    if !report.problems.is_empty() || !report.left_out.is_empty() {
        print_error("not all messages could be made anew; they are as they were");
    }
    Ok(())
}
