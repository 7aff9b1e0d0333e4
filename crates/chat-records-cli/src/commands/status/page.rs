//! The status as people read it: the verdict first, then what lacks and what to do, then figures.

use std::time::Duration;

use chat_archive::{SourceStatus, Standing};
use chat_core::UnixMillis;
use chat_records::config::Config;
use indicatif::HumanDuration;

use crate::args::Global;
use crate::commands::coverage::{is_whole, lacks, media, tone, windows};
use crate::commands::words::{count, offset, span};
use crate::output::{Cell, Output, Table, Tone};

pub(super) fn print(
    held: &[SourceStatus],
    config: &Config,
    never_synced: &[&str],
    global: &Global,
    output: &Output,
) -> anyhow::Result<()> {
    headline(held, never_synced, output)?;
    for status in held {
        lacks(status, config, output)?;
    }
    for name in never_synced {
        output.tinted(Tone::Warn, format!("{name}: never synced"))?;
    }
    let next = next(held, never_synced);
    if !next.is_empty() {
        output.line("")?;
        output.tinted(Tone::Heading, "What to do:")?;
        let config = global.config.as_ref();
        let config = config.map(|file| format!(" --config {}", file.display()));
        let config = config.as_deref().unwrap_or("");
        let widest = next.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
        for (command, does) in next {
            let pad = " ".repeat(widest - command.len());
            output.line(format!("  chat-records {command}{config}{pad}  {does}"))?;
        }
    }
    output.line("")?;
    output.table(&table(held, config, never_synced))?;
    if output.is_verbose {
        for status in held {
            output.line(format!(
                "{}: windows of time: {}; vendor: {}",
                status.source,
                windows(status),
                status.vendor
            ))?;
        }
    }
    Ok(())
}

/// How it stands, in a sentence.
fn headline(held: &[SourceStatus], never_synced: &[&str], output: &Output) -> anyhow::Result<()> {
    let lacking = held.iter().filter(|status| !is_whole(status));
    let mut lacking: Vec<&str> = lacking.map(|status| status.source.as_str()).collect();
    lacking.extend(never_synced);
    let all = held.len() + never_synced.len();
    if !lacking.is_empty() {
        let whole = match all - lacking.len() {
            0 => String::new(),
            whole => format!("; the other {whole} of {all} sources are"),
        };
        let names = names(&lacking);
        let text = format!("Not complete: {names}{whole}.");
        return output.tinted(Tone::Bad, text);
    }
    let messages = count(held.iter().map(|status| status.messages).sum(), "message", "messages");
    let files = count(held.iter().map(|status| status.media.saved).sum(), "file", "files");
    let sources = count(all as u64, "source", "sources");
    let of = format!("{messages} and {files} of {sources}");
    if held.iter().any(|status| status.windows.provisional > 0) {
        output.tinted(
            Tone::Good,
            format!("Complete so far: {of}; nothing is known to be missing."),
        )?;
        return output
            .line("The newest days are provisional: records may still change, so each sync reads them again.");
    }
    output.tinted(Tone::Good, format!("Complete: {of}, all of it proven."))
}

/// The first of the names, and how many more there are.
fn names(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The commands that mend what lacks, and what each does.
fn next(held: &[SourceStatus], never_synced: &[&str]) -> Vec<(&'static str, &'static str)> {
    let mut next = Vec::new();
    let wants_sync = |status: &SourceStatus| {
        let standing = status.standing();
        !(standing.is_complete() || standing == Standing::Empty) || status.media.pending > 0
    };
    if !never_synced.is_empty() || held.iter().any(wants_sync) {
        next.push(("sync", "reads what was not read, repairs what is broken, fetches files"));
    }
    if held.iter().any(|status| status.media.failed + status.media.expired > 0) {
        next.push(("media retry", "fetches the files again that could not be had"));
    }
    if held.iter().any(|status| status.skipped > 0) {
        next.push(("drift", "shows what is new in records that could not be read"));
    }
    next
}

/// How long ago something was.
fn ago(ms: i64) -> String {
    match u64::try_from(ms / 1000).unwrap_or_default() {
        ..60 => "just now".to_owned(),
        seconds => format!("{} ago", HumanDuration(Duration::from_secs(seconds))),
    }
}

fn table(held: &[SourceStatus], config: &Config, never_synced: &[&str]) -> Table {
    let mut table = Table::new(&[
        "SOURCE",
        "MESSAGES",
        "CONVERSATIONS",
        "SPAN",
        "FILES",
        "LAST RUN",
        "VERDICT",
    ]);
    let now = UnixMillis::now();
    for status in held {
        let offset = offset(config, &status.source);
        let standing = status.standing();
        let run = status.last_run.as_ref().map(|run| {
            let state = if run.ended_ms.is_none() { ", killed or under way" } else { "" };
            format!("{}{state}", ago(now.get() - run.started_ms))
        });
        table.push(vec![
            Cell::text(&status.source),
            Cell::number(status.messages),
            Cell::number(status.conversations),
            Cell::text(span(status.first_sent_at_ms, status.last_sent_at_ms, offset)),
            Cell::text(media(status)),
            Cell::text(run.as_deref().unwrap_or("-")),
            Cell::text(standing.as_str()).in_tone(tone(standing)),
        ]);
    }
    for name in never_synced {
        let mut row = vec![Cell::text(name), Cell::number(0), Cell::number(0)];
        row.extend([Cell::text("-"), Cell::text("-"), Cell::text("-")]);
        row.push(Cell::text("never synced").in_tone(Tone::Warn));
        table.push(row);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_was_so_long_ago() {
        assert_eq!(ago(-5), "just now");
        assert_eq!(ago(59_999), "just now");
        assert_eq!(ago(60_000), "60 seconds ago");
        assert_eq!(ago(3 * 3_600_000), "3 hours ago");
        assert_eq!(ago(40 * 86_400_000), "6 weeks ago");
    }
}
