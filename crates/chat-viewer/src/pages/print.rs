//! A conversation for paper, with what proves it.

use std::borrow::Cow;

use axum::extract::{Path, State};
use axum::http::Uri;
use chat_archive::{ConversationSummary, KeptMessage, LedgerHead, Reader, ThreadPlace};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::conversation::{entry, title};
use super::{asked, filled};
use crate::app::App;
use crate::failure::Failure;
use crate::layout::Frame;
use crate::render::bubble::{Entry, LONGEST_NAME, coded, kind_name};
use crate::render::when::{self, Wall};
use crate::render::{text, thread};
use crate::visit::Visit;
use crate::words::{Words, grouped};

/// Messages of one print, and bytes of their texts: what a browser lays out in a few seconds.
const MOST: usize = 3_000;
const MOST_BYTES: usize = 4_000_000;
/// Messages that are read at a time.
const BATCH: usize = 500;

/// Which days; both are in it.
#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default, deserialize_with = "filled")]
    from: Option<Date>,
    #[serde(default, deserialize_with = "filled")]
    to: Option<Date>,
    /// Only what is behind this message: the next part of a long print.
    #[serde(default, deserialize_with = "filled")]
    after: Option<i64>,
    /// Which number the first one has in that part.
    #[serde(default, deserialize_with = "filled")]
    number: Option<u64>,
}

struct Found {
    conversation: ConversationSummary,
    entries: Vec<Entry>,
    is_cut: bool,
    /// Messages that no day is known of were left out.
    left_untimed: bool,
    ledger: Option<LedgerHead>,
}

/// The conversation, or some days of it.
pub(crate) async fn page(
    State(app): State<App>,
    visit: Visit,
    Path(number): Path<i64>,
    uri: Uri,
) -> Result<Markup, Failure> {
    let asked: Asked = asked(&uri)?;
    app.read(move |reader| {
        let found = read(reader, number, &asked)?;
        Ok(shown(&found, &asked, &visit))
    })
    .await
}

fn shown(found: &Found, asked: &Asked, visit: &Visit) -> Markup {
    let words = visit.words;
    let title = title(&found.conversation, words);
    let base = format!("{}/print", visit.places().conversation(found.conversation.number));
    let first = asked.number.unwrap_or(1).max(1);
    let next = first.saturating_add(found.entries.len() as u64);
    let which = format!("{}–{}", grouped(first), grouped(next - 1));
    let content = html! {
        @if found.conversation.first_sent_ms.is_some() { (chooser(&base, asked, visit)) }
        (facts(found, &title, (found.is_cut || first > 1).then_some(&which), visit))
        @if found.left_untimed { p.notice { (words.print.untimed) } }
        @if found.entries.is_empty() { p.empty { (words.print.none) } }
        (thread::printed(&found.entries, first, words, visit.places()))
        @if let (true, Some(last)) = (found.is_cut, found.entries.last()) {
            section.notice {
                p { ((words.print.cut)(&which)) }
                p.screen {
                    a.button href={
                        (base) "?after=" (last.message.number) "&number=" (next)
                        @if let Some(from) = asked.from { "&from=" (from) }
                        @if let Some(to) = asked.to { "&to=" (to) }
                    } { (words.print.rest) }
                }
            }
        }
        @if !found.entries.is_empty() { (proof(found, first, visit)) }
    };
    Frame::new(visit, &title).at("conversations").class("print").show(content)
}

fn read(reader: &Reader, number: i64, asked: &Asked) -> Result<Found, Failure> {
    let conversation = reader.conversation(number)?.ok_or(Failure::NotFound)?;
    let offset = conversation.offset_minutes;
    let begins = |date: Date| when::day_begins_ms(date, offset).ok_or(Failure::BadAddress);
    let end_ms = match asked.to {
        Some(to) => Some(begins(to.tomorrow().map_err(|_| Failure::BadAddress)?)?),
        None => None,
    };
    let start_ms = asked.from.map(begins).transpose()?;
    let mut place = match (asked.after, start_ms) {
        (Some(after), _) => ThreadPlace::After(after),
        (None, Some(ms)) => ThreadPlace::From(ms),
        (None, None) => ThreadPlace::First,
    };
    let mut entries: Vec<Entry> = Vec::new();
    let (mut is_cut, mut bytes) = (false, 0);
    let is_span = start_ms.is_some() || end_ms.is_some();
    'all: while let Some(thread) = reader.thread(number, place, BATCH)? {
        let last = thread.messages.last().map(|message| message.number);
        for message in thread.messages {
            let is_late = end_ms.zip(message.sent_at_ms).is_some_and(|(end, ms)| ms >= end);
            if is_late {
                break 'all;
            }
            if is_span && message.sent_at_ms.is_none() {
                continue;
            }
            // the page at the end stands for a start behind it
            if start_ms.zip(message.sent_at_ms).is_some_and(|(start, ms)| ms < start) {
                continue;
            }
            let entry = entry(reader, message)?;
            let text = |message: &KeptMessage| message.text.as_deref().map_or(0, str::len);
            bytes += text(&entry.message) + entry.content.as_ref().map_or(0, text);
            if entries.len() == MOST || bytes > MOST_BYTES && !entries.is_empty() {
                is_cut = true;
                break 'all;
            }
            entries.push(entry);
        }
        let (Some(last), true) = (last, thread.has_later) else { break };
        place = ThreadPlace::After(last);
    }
    // those without a time stand before all others
    let very_first = reader.thread(number, ThreadPlace::First, 1)?;
    let very_first = very_first.and_then(|thread| thread.messages.into_iter().next());
    let left_untimed = is_span && very_first.is_some_and(|first| first.sent_at_ms.is_none());
    let ledger = reader.ledger_head()?;
    Ok(Found { conversation, entries, is_cut, left_untimed, ledger })
}

/// For the screen only: which days, and the button that the script makes work.
fn chooser(base: &str, asked: &Asked, visit: &Visit) -> Markup {
    let words = &visit.words.print;
    html! {
        form.jump.screen method="get" action=(base) aria-label=(words.choose) {
            label for="from" { (words.from) }
            input #from type="date" name="from" value=[asked.from];
            label for="to" { (words.to) }
            input #to type="date" name="to" value=[asked.to];
            button type="submit" { (words.show) }
            button #print type="button" hidden { (words.print) }
        }
    }
}

fn facts(found: &Found, title: &str, which: Option<&String>, visit: &Visit) -> Markup {
    let Found { conversation, entries, .. } = found;
    let words = &visit.words.print;
    let day = |entry: Option<&Entry>| {
        let message = &entry?.message;
        let wall = Wall::new(message.sent_at_ms?, message.offset_minutes)?;
        Some(wall.date().to_string())
    };
    let days = day(entries.first()).zip(day(entries.last()));
    html! {
        h1 dir="auto" { (title) }
        dl.fields {
            div { dt { (words.source) } dd { (conversation.source) " (" (conversation.vendor) ")" } }
            @if let Some(id) = &conversation.conversation_id {
                div { dt { (words.conversation) } dd dir="auto" { (text::plain(id, LONGEST_NAME)) } }
            }
            @if let Some((first, last)) = days {
                div { dt { (words.span) } dd { (first) " – " (last) } }
            }
            div {
                dt { (words.messages) }
                dd { (which.cloned().unwrap_or_else(|| grouped(entries.len() as u64))) }
            }
        }
    }
}

/// A digest on the print, and what it is of.
struct Line<'f> {
    number: u64,
    id: &'f str,
    what: Cow<'f, str>,
    digest: String,
}

/// Of each record that is shown, and of each file.
fn lines<'f>(found: &'f Found, first: u64, words: &Words) -> Vec<Line<'f>> {
    let mut lines = Vec::new();
    for (number, entry) in (first..).zip(&found.entries) {
        let (message, id) = (&entry.message, entry.message.id.as_str());
        let earlier = entry.content.iter().filter(|earlier| earlier.version != message.version);
        for form in std::iter::once(message).chain(earlier.clone()) {
            let what = (words.message.version)(form.version).into();
            lines.push(Line { number, id, what, digest: hex::encode(form.raw_sha256) });
        }
        for file in message.attachments.iter().chain(earlier.flat_map(|form| &form.attachments)) {
            let Some(sha256) = file.path.as_ref().and(file.sha256.as_ref()) else { continue };
            let what = match &file.file_name {
                Some(name) => text::plain(name, LONGEST_NAME),
                None => kind_name(&file.kind, words),
            };
            lines.push(Line { number, id, what, digest: sha256.clone() });
        }
    }
    lines
}

/// What the print can be held against.
fn proof(found: &Found, first: u64, visit: &Visit) -> Markup {
    let words = &visit.words.print;
    let lines = lines(found, first, visit.words);
    let mut list = Sha256::new();
    for line in &lines {
        list.update(&line.digest);
        list.update("\n");
    }
    html! {
        section.proof {
            h2 { (words.proof) }
            p { ((words.intro)(found.entries.len() as u64)) }
            dl.fields {
                @if let Some(ledger) = &found.ledger {
                    div { dt { (words.entries) } dd { (ledger.entries) } }
                    div { dt { (words.head) } dd { code { (ledger.head) } } }
                }
                div { dt { (words.list_digest) } dd { code { (hex::encode(list.finalize())) } } }
            }
            @match found.ledger.as_ref().and_then(|ledger| ledger.last_seal.as_ref()) {
                Some(seal) => {
                    @let at = Wall::new(seal.sealed_ms, None).map(Wall::full).unwrap_or_default();
                    p { (coded(&(words.sealed)(seal.entries, &at))) }
                }
                None => p { (words.not_sealed) },
            }
            h3 { (words.how) }
            ol { @for step in words.steps { li { (coded(step)) } } }
            p { (coded(words.limits)) }
            table.digests {
                thead { tr {
                    th scope="col" { (words.number) }
                    th scope="col" { (words.id) }
                    th scope="col" { (words.what) }
                    th scope="col" { (words.digest) }
                } }
                tbody {
                    @for line in &lines {
                        tr {
                            td { (line.number) }
                            td dir="auto" { (text::plain(line.id, LONGEST_NAME)) }
                            td dir="auto" { (line.what) }
                            td { code { (line.digest) } }
                        }
                    }
                }
            }
        }
    }
}
