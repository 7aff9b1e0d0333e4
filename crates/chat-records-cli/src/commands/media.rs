//! `media`: files that are not in the archive, and fetching them again.

use chat_archive::{Archive, MediaEntry, Reader};
use chat_sync::RetryReport;
use serde::Serialize;

use super::sync::{Wish, jobs, watched};
use super::{Outcome, words};
use crate::args::{Global, MediaCommand, MediaListArgs, SourcesArgs};
use crate::config::{self, Loaded};
use crate::failure::Exit;
use crate::output::{Cell, Output, Table, Tone, print_error};

/// The document of `media list --json`.
#[derive(Debug, Serialize)]
struct Document<'f> {
    files: &'f [MediaEntry],
    /// How many of them are lacking.
    lacking: u64,
}

pub(super) async fn run(command: &MediaCommand, global: &Global, output: &Output) -> Outcome {
    match command {
        MediaCommand::List(args) => list(args, global, output),
        MediaCommand::Retry(args) => retry(args, global, output).await,
    }
}

fn list(args: &MediaListArgs, global: &Global, output: &Output) -> Outcome {
    let loaded = config::load(global, output)?;
    let reader = Reader::open(&loaded.archive)?;
    let names = match args.sources.sources.as_slice() {
        // what left the configuration may lack files too
        [] => reader.sources()?,
        names => loaded.choose(names)?.into_iter().map(|source| source.name.clone()).collect(),
    };
    let mut files = Vec::new();
    for name in names {
        files.extend(reader.media_list(&name, args.all)?);
    }
    let lacking = files.iter().filter(|file| is_lacking(file)).count() as u64;
    if output.is_json {
        output.document(&Document { files: &files, lacking })?;
    } else {
        print(&files, &loaded, output)?;
        let held = words::count(lacking, "file is", "files are");
        output.line(format!("{held} lacking"))?;
    }
    Ok(Exit::good_if(lacking == 0))
}

fn is_lacking(file: &MediaEntry) -> bool {
    matches!(file.state.as_str(), "pending" | "expired" | "failed")
}

fn print(files: &[MediaEntry], loaded: &Loaded, output: &Output) -> anyhow::Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&[
        "SOURCE", "MESSAGE", "FILE", "KIND", "STATE", "TRIES", "NEXT TRY", "DECLARED", "DETECTED",
        "REASON",
    ]);
    for file in files {
        let tone = match file.state.as_str() {
            "saved" => Tone::Good,
            "pending" | "none" => Tone::Warn,
            _ => Tone::Bad,
        };
        let or_dash = |text: &Option<String>| Cell::text(text.as_deref().unwrap_or("-"));
        table.push(vec![
            Cell::text(&file.source),
            Cell::text(&file.message_id),
            Cell::number(file.ordinal + 1),
            Cell::text(&file.kind),
            Cell::text(&file.state).in_tone(tone),
            Cell::number(file.tries.into()),
            Cell::text(next_try(file, loaded)),
            or_dash(&file.declared_type),
            or_dash(&file.detected_type),
            or_dash(&file.reason),
        ]);
    }
    output.table(&table)
}

fn next_try(file: &MediaEntry, loaded: &Loaded) -> String {
    if !is_lacking(file) {
        return "-".to_owned();
    }
    match file.next_try_ms {
        _ if file.given_up => "media retry".to_owned(),
        Some(ms) => words::time(ms, words::offset(&loaded.config, &file.source)),
        None => "next sync".to_owned(),
    }
}

async fn retry(args: &SourcesArgs, global: &Global, output: &Output) -> Outcome {
    let loaded = config::load(global, output)?;
    let ready = loaded.build(&loaded.choose(&args.sources)?, output)?;
    let jobs = jobs(&ready, Wish::default(), output)?;
    // an archive that is not there has nothing to try again, and is not to be created
    drop(Reader::open(&loaded.archive)?);
    let archive = Archive::open(&loaded.archive)?;
    let (progress, stop, options) = watched(output)?;
    let report = progress.beside(chat_sync::retry_media(archive, jobs, options)).await;
    progress.finish();
    let report = report?;
    if output.is_json {
        output.document(&report)?;
    } else {
        for source in &report.sources {
            let saved = words::count(source.media.saved, "file", "files");
            output.line(format!("{}: {saved} saved", source.source))?;
        }
    }
    complain(&report);
    if stop.is_requested() && !report.is_complete() {
        return Ok(Exit::Interrupted);
    }
    Ok(Exit::good_if(report.is_complete()))
}

/// Says on standard error, in a line for each source, what is lacking.
fn complain(report: &RetryReport) {
    for source in &report.sources {
        if let Some(error) = &source.error {
            print_error(&format!("{}: {error}", source.source));
        }
        let media = source.media;
        let lacking = media.pending + media.expired + media.failed;
        if lacking > 0 {
            let files = words::count(lacking, "file is", "files are");
            print_error(&format!("{}: {files} lacking; `media list` says why", source.source));
        }
    }
}
