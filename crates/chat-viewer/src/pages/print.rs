//! A conversation for paper, with what proves it.

use axum::extract::{Path, State};
use axum::http::Uri;
use chat_archive::{ConversationSummary, LedgerHead, Reader, ThreadPlace};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::conversation::{entry, title};
use super::{asked, filled};
use crate::app::App;
use crate::failure::Failure;
use crate::layout::Frame;
use crate::render::bubble::{Entry, coded};
use crate::render::thread;
use crate::render::when::{self, Wall};
use crate::visit::Visit;

/// Messages of one print: what a browser lays out in a few seconds.
const MOST: usize = 3_000;
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
}

struct Found {
    conversation: ConversationSummary,
    entries: Vec<Entry>,
    is_cut: bool,
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
    let (from, to) = (asked.from, asked.to);
    let found = app.read(move |reader| read(reader, number, &asked)).await?;
    let words = visit.words;
    let title = title(&found.conversation, words);
    let base = format!("{}/print", visit.places().conversation(number));
    let content = html! {
        (chooser(&base, from, to, &visit))
        (facts(&found, &title, &visit))
        @if found.entries.is_empty() { p.empty { (words.print.none) } }
        (thread::shown(&found.entries, None, words, visit.places()))
        @if let (true, Some(last)) = (found.is_cut, found.entries.last()) {
            section.notice {
                p { ((words.print.cut)(MOST)) }
                p.screen {
                    a.button href={
                        (base) "?after=" (last.message.number)
                        @if let Some(to) = to { "&to=" (to) }
                    } { (words.print.rest) }
                }
            }
        }
        @if !found.entries.is_empty() { (proof(&found, &visit)) }
    };
    Ok(Frame::new(&visit, &title).at("conversations").class("print").show(content))
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
    let mut is_cut = false;
    'all: while let Some(thread) = reader.thread(number, place, BATCH)? {
        let last = thread.messages.last().map(|message| message.number);
        for message in thread.messages {
            let is_late = end_ms.zip(message.sent_at_ms).is_some_and(|(end, ms)| ms >= end);
            if is_late {
                break 'all;
            }
            // the page at the end stands for a start behind it
            if start_ms.zip(message.sent_at_ms).is_some_and(|(start, ms)| ms < start) {
                continue;
            }
            if entries.len() == MOST {
                is_cut = true;
                break 'all;
            }
            entries.push(entry(reader, message)?);
        }
        let (Some(last), true) = (last, thread.has_later) else { break };
        place = ThreadPlace::After(last);
    }
    Ok(Found { conversation, entries, is_cut, ledger: reader.ledger_head()? })
}

/// For the screen only: which days, and the button that the script makes work.
fn chooser(base: &str, from: Option<Date>, to: Option<Date>, visit: &Visit) -> Markup {
    let words = &visit.words.print;
    html! {
        form.jump.screen method="get" action=(base) aria-label=(words.choose) {
            label for="from" { (words.from) }
            input #from type="date" name="from" value=[from];
            label for="to" { (words.to) }
            input #to type="date" name="to" value=[to];
            button type="submit" { (words.show) }
            button #print type="button" hidden { (words.print) }
        }
    }
}

fn facts(found: &Found, title: &str, visit: &Visit) -> Markup {
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
                div { dt { (words.conversation) } dd dir="auto" { (id) } }
            }
            @if let Some((first, last)) = days {
                div { dt { (words.span) } dd { (first) " – " (last) } }
            }
            div {
                dt { (words.messages) }
                dd { (crate::words::grouped(entries.len() as u64)) }
            }
        }
    }
}

/// What the print can be held against.
fn proof(found: &Found, visit: &Visit) -> Markup {
    let words = &visit.words.print;
    let digests: Vec<String> =
        found.entries.iter().map(|entry| hex::encode(entry.message.raw_sha256)).collect();
    let mut list = Sha256::new();
    for digest in &digests {
        list.update(digest);
        list.update("\n");
    }
    html! {
        section.proof {
            h2 { (words.proof) }
            p { ((words.intro)(digests.len() as u64)) }
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
            p { (words.limits) }
            table.digests {
                thead { tr {
                    th scope="col" { (words.number) }
                    th scope="col" { (words.id) }
                    th scope="col" { (words.digest) }
                } }
                tbody {
                    @for (index, (entry, digest)) in found.entries.iter().zip(&digests).enumerate() {
                        tr { td { (index + 1) } td { (entry.message.id) } td { code { (digest) } } }
                    }
                }
            }
        }
    }
}
