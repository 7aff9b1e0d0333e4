//! The coverage table: what the archive holds of each source, and what it lacks.

use chat_archive::{ArchiveError, LackingMedia, Reader, SourceStatus, Standing};
use chat_records::config::Config;

use super::missing::unread_in_words;
use super::words::{count, offset, span, time};
use crate::config::Loaded;
use crate::output::{Cell, Output, Table, Tone};

/// What the archive holds, of all sources or of those that are named. What lies between the
/// configured start and the first that was read counts as not read.
pub(super) fn held(loaded: &Loaded, names: &[String]) -> Result<Vec<SourceStatus>, ArchiveError> {
    let mut held = Reader::open(&loaded.archive)?.status()?;
    held.retain(|status| names.is_empty() || names.contains(&status.source));
    for status in &mut held {
        let source = loaded.config.source(&status.source);
        if let Some(start) = source.and_then(|source| source.settings.start) {
            status.reach_back_to(start);
        }
    }
    Ok(held)
}

/// True if nothing is known to be missing: all windows closed and complete, all files there or not
/// tried yet.
pub(super) fn is_whole(status: &SourceStatus) -> bool {
    // a reason tells a file that was tried in vain, or was lost, from one whose turn has not come
    let is_awaited =
        |lacking: &LackingMedia| lacking.state == "pending" && lacking.reason.is_none();
    status.standing().is_complete()
        && status.skipped == 0
        && status.media_lacking.iter().all(is_awaited)
}

pub(super) fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Proven | Standing::Provisional => Tone::Good,
        Standing::Broken => Tone::Bad,
        _ => Tone::Warn,
    }
}

/// Prints the table, and below it what is missing.
pub(super) fn print(held: &[SourceStatus], config: &Config, output: &Output) -> anyhow::Result<()> {
    let mut table =
        Table::new(&["SOURCE", "MESSAGES", "CONVERSATIONS", "SPAN", "WINDOWS", "MEDIA", "VERDICT"]);
    for status in held {
        let offset = offset(config, &status.source);
        let standing = status.standing();
        table.push(vec![
            Cell::text(&status.source),
            Cell::number(status.messages),
            Cell::number(status.conversations),
            Cell::text(span(status.first_sent_at_ms, status.last_sent_at_ms, offset)),
            Cell::text(windows(status)),
            Cell::text(media(status)),
            Cell::text(standing.as_str()).in_tone(tone(standing)),
        ]);
    }
    output.table(&table)?;
    for status in held {
        lacks(status, config, output)?;
    }
    Ok(())
}

/// Prints what is missing of a source, a line each.
pub(super) fn lacks(status: &SourceStatus, config: &Config, output: &Output) -> anyhow::Result<()> {
    /// More broken windows than this have one cause, and the first lines tell it.
    const LISTED: usize = 10;
    let source = &status.source;
    let offset = offset(config, source);
    let unread = unread_in_words(status, config);
    for words in unread.iter().take(LISTED) {
        output.tinted(Tone::Warn, words)?;
    }
    let more = unread.len().saturating_sub(LISTED);
    if more > 0 {
        let text = format!("{source}: and {more} more spans not read; `status --json` lists them");
        output.tinted(Tone::Warn, text)?;
    }
    if !status.never_read.is_empty() {
        let parts = count(status.never_read.len() as u64, "part was", "parts were");
        let text = format!("{source}: {parts} never read to the end; `status --json` lists them");
        output.tinted(Tone::Warn, text)?;
    }
    for window in status.broken.iter().take(LISTED) {
        let partition = match window.partition.as_str() {
            "" => String::new(),
            key => format!(" of {key}"),
        };
        let expected = window.expected.map_or(String::new(), |expected| {
            format!(" ({} of {expected} records)", window.distinct)
        });
        let reason = window.reason.as_deref().unwrap_or("no reason was noted");
        output.tinted(
            Tone::Bad,
            format!(
                "{source}: broken{partition} from {} to {}{expected}: {reason}",
                time(window.from_ms, offset),
                time(window.to_ms, offset)
            ),
        )?;
    }
    let more = status.broken.len().saturating_sub(LISTED);
    if more > 0 {
        let text = format!("{source}: and {more} more broken windows; `status --json` lists them");
        output.tinted(Tone::Bad, text)?;
    }
    if !status.broken.is_empty() {
        let text = format!("{source}: the next sync repairs what is broken before anything else");
        output.tinted(Tone::Bad, text)?;
    }
    let media = status.media;
    let lacking = [
        (
            status.windows.open,
            Tone::Warn,
            ["window is", "windows are"],
            "not read to the end; sync again",
        ),
        (
            status.skipped,
            Tone::Bad,
            ["record is", "records are"],
            "not readable as a message; the bytes are kept",
        ),
        (media.pending, Tone::Warn, ["file is", "files are"], "still to be fetched; sync again"),
        (
            media.failed,
            Tone::Bad,
            ["file was", "files were"],
            "not saved; `media list` says which, `media retry` tries again now",
        ),
        (
            media.expired,
            Tone::Bad,
            ["file is", "files are"],
            "behind dead links so far; `media list` says which, `media retry` tries again now",
        ),
    ];
    for (number, tone, [one, many], what) in lacking {
        if number > 0 {
            output.tinted(tone, format!("{source}: {} {what}", count(number, one, many)))?;
        }
    }
    for lacking in status.media_lacking.iter().take(LISTED) {
        if let Some(reason) = &lacking.reason {
            let files = count(lacking.files, "file", "files");
            output.tinted(Tone::Bad, format!("{source}: {files} {}: {reason}", lacking.state))?;
        }
    }
    if let Some(error) = status.last_run.as_ref().and_then(|run| run.error.as_ref()) {
        output.tinted(Tone::Bad, format!("{source}: the last run failed: {error}"))?;
    }
    if output.is_verbose {
        for assumption in &status.assumptions {
            output.line(format!("{source}: assumed: {assumption}"))?;
        }
    }
    Ok(())
}

pub(super) fn windows(status: &SourceStatus) -> String {
    let windows = status.windows;
    // these are named even at 0: that is what people look for
    let mut parts = vec![
        format!("{} proven", windows.proven),
        format!("{} provisional", windows.provisional),
        format!("{} broken", windows.broken),
    ];
    if windows.open > 0 {
        parts.push(format!("{} open", windows.open));
    }
    parts.join(", ")
}

pub(super) fn media(status: &SourceStatus) -> String {
    let media = status.media;
    let others = [(media.pending, "pending"), (media.expired, "expired"), (media.failed, "failed")];
    let mut parts = vec![format!("{} saved", media.saved)];
    parts.extend(
        others
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}")),
    );
    parts.join(", ")
}
