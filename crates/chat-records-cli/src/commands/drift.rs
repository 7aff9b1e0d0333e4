//! `drift`: where the stored answers differ from what was expected of them.

use std::io::{self, IsTerminal as _};
use std::str::FromStr;

use chat_archive::{Archive, Drift, DriftKind, Finding, Reader};
use chat_records::SourceConfig;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{Outcome, words};
use crate::args::{DriftArgs, Global};
use crate::config::{self, Loaded};
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Output, Table, Tone, write_out};

/// The document of `drift --json`.
#[derive(Debug, Serialize)]
struct Document<'d> {
    sources: &'d [Drift],
    /// How many findings are new.
    new: usize,
    /// Sources that no sync has reached yet.
    never_synced: &'d [&'d str],
}

/// The document of `drift --show … --json`.
#[derive(Debug, Serialize)]
struct Shown {
    page: i64,
    record: Option<u32>,
    answer: Box<RawValue>,
}

/// A stored answer, or one of its records: `12` or `12.3`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    page: i64,
    record: Option<u32>,
}

impl FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = "give a place as `drift` lists it, such as 12.3, or a page, such as 12";
        let (page, record) = match text.split_once('.') {
            Some((page, record)) => (page, Some(record.parse().map_err(|_| wanted)?)),
            None => (text, None),
        };
        Ok(Self { page: page.parse().map_err(|_| wanted)?, record })
    }
}

/// Compares, or shows one answer.
pub(super) fn run(args: &DriftArgs, global: &Global, output: &Output) -> Outcome {
    let loaded = config::load(global, output)?;
    let chosen = loaded.choose(&args.sources.sources)?;
    let reader = Reader::open(&loaded.archive)?;
    if let Some(place) = args.show {
        return show(&reader, place, output);
    }
    keep_shapes(&loaded, &chosen);
    let (mut found, mut never_synced) = (Vec::new(), Vec::new());
    for source in chosen {
        let offset = source.settings.utc_offset;
        let since = args.since.map(|since| since.first_ms(offset));
        match reader.drift(&source.name, &source.vendor.model(), since)? {
            Some(drift) => found.push(drift),
            None => never_synced.push(source.name.as_str()),
        }
    }
    let new = found.iter().map(Drift::new_count).sum();
    if output.is_json {
        output.document(&Document { sources: &found, new, never_synced: &never_synced })?;
    } else {
        for drift in &found {
            print(drift, &loaded, output)?;
        }
        for name in &never_synced {
            output.tinted(Tone::Warn, format!("{name}: never synced, so there is nothing yet"))?;
        }
        if found.iter().any(|drift| !drift.findings.is_empty()) {
            output.line("")?;
            output
                .line("`chat-records drift --show PAGE.RECORD` prints a record as it was sent")?;
        }
    }
    Ok(Exit::good_if(never_synced.is_empty() && !(args.fail_on_new && new > 0)))
}

/// Keeps the shape of the answers, so that the next time only new pages are looked at. Where it
/// cannot be kept, because a sync writes or the folder cannot be written to, it is taken each time.
/// A sync itself takes none: that would cost it more than a tenth of its time.
fn keep_shapes(loaded: &Loaded, chosen: &[&SourceConfig]) {
    let Ok(mut archive) = Archive::open(&loaded.archive) else { return };
    for source in chosen {
        if archive.keep_shape(&source.name, &source.vendor.model()).is_err() {
            return;
        }
    }
}

fn show(reader: &Reader, place: Place, output: &Output) -> Outcome {
    let Place { page, record } = place;
    let Some(answer) = reader.answer(page, record)? else {
        return Err(Failure::usage_text(format!(
            "page {page} is not stored, or has no such record; take the place from `drift`"
        )));
    };
    if output.is_json {
        let answer = in_json(&answer)?;
        output.document(&Shown { page, record, answer })?;
    } else if io::stdout().is_terminal() {
        output.line(String::from_utf8_lossy(&answer))?;
    } else {
        write_out(&answer)?;
    }
    Ok(Exit::Good)
}

/// An answer as it stands in a document; as a text if it is no JSON itself.
fn in_json(answer: &[u8]) -> anyhow::Result<Box<RawValue>> {
    if let Ok(answer) = serde_json::from_slice(answer) {
        return Ok(answer);
    }
    Ok(to_raw_value(&String::from_utf8_lossy(answer))?)
}

fn print(drift: &Drift, loaded: &Loaded, output: &Output) -> anyhow::Result<()> {
    let offset = words::offset(&loaded.config, &drift.source);
    let since = drift.since_ms.map_or_else(String::new, |since| {
        format!("; new is what came since {}", words::time(since, offset))
    });
    output.line(format!(
        "{} ({}): {} on {}{since}",
        drift.source,
        drift.vendor,
        words::count(drift.records, "record", "records"),
        words::count(drift.pages, "stored page", "stored pages"),
    ))?;
    if drift.findings.is_empty() {
        output.tinted(Tone::Good, "  everything is as the types and the vendor's page have it")?;
    } else {
        let mut table =
            Table::new(&["", "DIFFERENCE", "WHERE", "TIMES", "SINCE", "RECORD", "PLACE"]);
        for finding in &drift.findings {
            table.push(row(finding, words::time(finding.first_ms, offset)));
        }
        output.table(&table)?;
    }
    if output.is_verbose {
        for note in &drift.notes {
            output.line(format!("  the page {}: {}: {}", note.page, note.path, note.note))?;
        }
    } else if !drift.notes.is_empty() {
        let notes = words::count(drift.notes.len() as u64, "remark", "remarks");
        output.line(format!("  {notes} on the vendor's page itself: -v shows them"))?;
    }
    Ok(())
}

fn row(finding: &Finding, since: String) -> Vec<Cell> {
    let (mark, tone) = if finding.is_new { ("new", Tone::Warn) } else { ("", Tone::Plain) };
    let place = match finding.record {
        Some(record) => format!("{}.{record}", finding.page),
        None => finding.page.to_string(),
    };
    let path = if finding.path.is_empty() { "(the answer)" } else { &finding.path };
    vec![
        Cell::text(mark).in_tone(tone),
        Cell::text(sentence(finding)),
        Cell::text(path),
        Cell::text(format!("{} of {}", finding.times, finding.of)),
        Cell::text(since),
        Cell::text(finding.record_id.as_deref().unwrap_or("")),
        Cell::text(place),
    ]
}

fn sentence(finding: &Finding) -> String {
    let detail = &finding.detail;
    match finding.what {
        DriftKind::UnknownKey => format!("no type reads the key: {detail}"),
        DriftKind::UnknownWord => format!("no type names the word: {detail}"),
        DriftKind::Unreadable => "not readable as JSON".to_owned(),
        DriftKind::MandatoryNull => "mandatory on the page, was null".to_owned(),
        DriftKind::MandatoryAbsent => "mandatory on the page, was not there".to_owned(),
        DriftKind::ListedAbsent => "listed on the page, was not there".to_owned(),
        DriftKind::OtherType => format!("was {detail}"),
        DriftKind::WordNotNamed => format!("the page does not name the word: {detail}"),
        DriftKind::KeyNotNamed => format!("the page does not name the key: {detail}"),
        DriftKind::OtherSpelling => format!("the page calls it {detail}"),
        DriftKind::FewerRows => "fewer rows than it says itself".to_owned(),
        DriftKind::NewKey => format!("the key was never there: {detail}"),
        DriftKind::FirstNull => "was never null before".to_owned(),
        DriftKind::FirstAbsent => "was always there before".to_owned(),
        DriftKind::NewType => format!("was never a {detail} before"),
        DriftKind::NewForm => format!("always looked otherwise: {detail}"),
        DriftKind::NewWord => format!("the word never came before: {detail}"),
        DriftKind::OtherLength => format!("far from all lengths before: {detail}"),
        DriftKind::Gone => "was nearly always there, and comes no more".to_owned(),
        _ => format!("{}: {detail}", finding.what.as_str()),
    }
}
