//! One conversation, a page at a time.

use std::borrow::Borrow;
use std::ops::Range;

use axum::extract::{Path, State};
use axum::http::Uri;
use chat_archive::{ArchiveError, ConversationSummary, KeptMessage, Reader, Thread, ThreadPlace};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::{asked, filled};
use crate::app::App;
use crate::failure::Failure;
use crate::layout::Frame;
use crate::render::bubble::{self, Entry, Stance};
use crate::render::when::{self, Wall};
use crate::render::{text, thread};
use crate::visit::Visit;
use crate::words::Words;

/// Messages on a page.
const PAGE: usize = 60;
/// Bytes of bubbles on a page; fewer messages are on it if they are heavier.
const HEAVIEST: usize = 200_000;

/// Where in the conversation; the first that is there counts.
#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default, deserialize_with = "filled")]
    at: Option<i64>,
    #[serde(default, deserialize_with = "filled")]
    before: Option<i64>,
    #[serde(default, deserialize_with = "filled")]
    after: Option<i64>,
    #[serde(default, deserialize_with = "filled")]
    date: Option<Date>,
    #[serde(default, deserialize_with = "filled")]
    from: Option<End>,
}

#[derive(Debug, Clone, Copy)]
enum End {
    First,
}

impl std::str::FromStr for End {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        if word == "first" { Ok(Self::First) } else { Err(()) }
    }
}

/// A conversation and a page of it.
struct Found {
    conversation: ConversationSummary,
    entries: Vec<Entry>,
    has_earlier: bool,
    has_later: bool,
}

/// A page of the conversation.
pub(crate) async fn page(
    State(app): State<App>,
    visit: Visit,
    Path(number): Path<i64>,
    uri: Uri,
) -> Result<Markup, Failure> {
    let asked: Asked = asked(&uri)?;
    // shown where it may take its time: a page is thousands of pieces of text
    app.read(move |reader| {
        let found = read(reader, number, &asked, &visit)?;
        Ok(shown(&found, asked.at, &visit))
    })
    .await
}

fn shown(found: &Found, target: Option<i64>, visit: &Visit) -> Markup {
    let words = visit.words;
    let title = title(&found.conversation, words);
    let content = html! {
        (head(found, &title, visit))
        (turner(found, visit, true))
        @if found.entries.is_empty() { p.empty { (words.thread.empty) } }
        (thread::shown(&found.entries, target, words, visit.places()))
        (turner(found, visit, false))
        p.unseen #loaded role="status" data-text=(words.thread.loaded) {}
    };
    Frame::new(visit, &title).at("conversations").class("conversation").show(content)
}

fn read(reader: &Reader, number: i64, asked: &Asked, visit: &Visit) -> Result<Found, Failure> {
    let conversation = reader.conversation(number)?.ok_or(Failure::NotFound)?;
    let place = match asked {
        Asked { at: Some(at), .. } => ThreadPlace::Around(*at),
        Asked { before: Some(before), .. } => ThreadPlace::Before(*before),
        Asked { after: Some(after), .. } => ThreadPlace::After(*after),
        Asked { date: Some(date), .. } => {
            let begins = when::day_begins_ms(*date, conversation.offset_minutes);
            ThreadPlace::From(begins.ok_or(Failure::BadAddress)?)
        }
        Asked { from: Some(End::First), .. } => ThreadPlace::First,
        _ => ThreadPlace::Last,
    };
    let thread = reader.thread(number, place, PAGE)?.ok_or(Failure::NotFound)?;
    let Thread { messages, has_earlier, has_later, .. } = thread;
    let entries = messages.into_iter().map(|message| entry(reader, message));
    let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
    let anchor = match place {
        ThreadPlace::Around(at) => entries.iter().position(|entry| entry.message.number == at),
        ThreadPlace::Last | ThreadPlace::Before(_) => entries.len().checked_sub(1),
        _ => Some(0),
    };
    let weights: Vec<usize> = entries
        .iter()
        .map(|entry| {
            let stance = Stance::default();
            bubble::shown(entry, stance, visit.words, visit.places()).into_string().len()
        })
        .collect();
    let kept = light(&weights, anchor.unwrap_or(0));
    let has_earlier = has_earlier || kept.start > 0;
    let has_later = has_later || kept.end < entries.len();
    entries.truncate(kept.end);
    entries.drain(..kept.start);
    Ok(Found { conversation, entries, has_earlier, has_later })
}

/// As many neighbors of the one at `anchor` as a page may weigh together; that one in any case.
fn light(weights: &[usize], anchor: usize) -> Range<usize> {
    let mut kept = anchor..weights.len().min(anchor + 1);
    let mut left = HEAVIEST.saturating_sub(weights.get(anchor).copied().unwrap_or(0));
    let mut take = |at: Option<usize>| {
        let weight = at.and_then(|at| weights.get(at)).filter(|weight| **weight <= left);
        left -= weight.copied().unwrap_or(0);
        weight.is_some()
    };
    loop {
        let is_later = take(Some(kept.end));
        kept.end += usize::from(is_later);
        let is_earlier = take(kept.start.checked_sub(1));
        kept.start -= usize::from(is_earlier);
        if !is_later && !is_earlier {
            return kept;
        }
    }
}

/// A message with what its bubble shows beside it.
pub(crate) fn entry(reader: &Reader, message: KeptMessage) -> Result<Entry, ArchiveError> {
    let quoted = match message.reply_to {
        Some(_) => reader.quoted(message.number)?,
        None => None,
    };
    let is_gone = matches!(message.status.as_deref(), Some("recalled" | "deleted"));
    let content = if !is_gone {
        None
    } else if has_content(&message) {
        Some(message.clone())
    } else {
        reader.earlier_forms(message.number)?.into_iter().rfind(has_content)
    };
    Ok(Entry { quoted, content, ..Entry::new(message) })
}

fn has_content(message: &KeptMessage) -> bool {
    message.text.as_deref().is_some_and(|text| !text.trim().is_empty())
        || !message.attachments.is_empty()
}

/// What people call the conversation: who the customers in it are, else its id.
pub(super) fn title(conversation: &ConversationSummary, words: &Words) -> String {
    let names: Vec<_> = conversation
        .customers
        .iter()
        .filter(|party| party.person.name.is_some())
        .take(3)
        .map(|party| bubble::name(Some(&party.person), words))
        .collect();
    title_of(&names, conversation.conversation_id.as_deref(), words)
}

/// The same from the names and the id.
pub(crate) fn title_of<N: Borrow<str>>(names: &[N], id: Option<&str>, words: &Words) -> String {
    match (names, id) {
        ([], Some(id)) => text::plain(id, bubble::LONGEST_NAME).into_owned(),
        ([], None) => words.thread.no_id.to_owned(),
        (names, _) => names.join(", "),
    }
}

fn head(found: &Found, title: &str, visit: &Visit) -> Markup {
    let Found { conversation, .. } = found;
    let words = &visit.words.thread;
    let day = |ms: Option<i64>| {
        let wall = ms.and_then(|ms| Wall::new(ms, conversation.offset_minutes));
        wall.map(|wall| wall.date().to_string())
    };
    let (first, last) = (day(conversation.first_sent_ms), day(conversation.last_sent_ms));
    let clock = conversation.last_sent_ms.and_then(|ms| Wall::new(ms, conversation.offset_minutes));
    html! {
        div.thread-head {
            div {
                h1 dir="auto" { (title) }
                p.facts {
                    (conversation.source) " · " ((words.messages)(conversation.messages))
                    @if let (Some(first), Some(last)) = (&first, &last) {
                        " · " time datetime=(first) { (first) } " – " time datetime=(last) { (last) }
                    }
                    @if let Some(clock) = clock { " · " ((words.clock)(&clock.offset())) }
                }
            }
            div.tools {
              @if first.is_some() {
                form.jump method="get" action=(visit.places().conversation(conversation.number)) {
                    label for="date" { (words.date) }
                    input #date type="date" name="date" min=[first.as_ref()] max=[last.as_ref()] required;
                    button type="submit" { (words.go) }
                }
              }
              a.button href={ (visit.places().conversation(conversation.number)) "/print" } { (words.print) }
            }
        }
    }
}

/// The links to the pages before or behind this one.
fn turner(found: &Found, visit: &Visit, earlier: bool) -> Markup {
    let words = &visit.words.thread;
    let base = visit.places().conversation(found.conversation.number);
    let edge = if earlier { found.entries.first() } else { found.entries.last() };
    let Some(edge) = edge.map(|entry| entry.message.number) else { return html! {} };
    let is_more = if earlier { found.has_earlier } else { found.has_later };
    html! {
        @if is_more {
            nav.turn.earlier[earlier].later[!earlier] aria-label=(words.pages) {
                @if earlier {
                    a rel="prev" href={ (base) "?before=" (edge) } { (words.earlier) }
                    a.end href={ (base) "?from=first" } { (words.first) }
                } @else {
                    a rel="next" href={ (base) "?after=" (edge) } { (words.later) }
                    a.end href=(base) { (words.last) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::light;

    #[test]
    fn a_page_takes_what_it_can_bear_around_its_anchor() {
        assert_eq!(light(&[], 0), 0..0);
        assert_eq!(light(&[1; 60], 59), 0..60);
        assert_eq!(light(&[90_000; 60], 0), 0..2);
        assert_eq!(light(&[90_000; 60], 59), 58..60);
        assert_eq!(light(&[60_000; 60], 30), 29..32);
        assert_eq!(light(&[900_000; 3], 1), 1..2);
        assert_eq!(light(&[1, 900_000, 1, 1], 2), 2..4);
    }
}
