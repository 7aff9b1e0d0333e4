//! The list of conversations, the one with the newest message first.

use axum::extract::State;
use axum::http::Uri;
use chat_archive::{
    ConversationFilter, ConversationKey, ConversationList, ConversationSummary, ListPlace, Party,
    Reader,
};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::conversation::title;
use super::{asked, filled, link};
use crate::app::App;
use crate::failure::Failure;
use crate::layout::Frame;
use crate::render::when::{Wall, day_begins_ms};
use crate::render::{bubble, icon, text};
use crate::visit::Visit;
use crate::words::Words;

/// Conversations on a page.
const PAGE: usize = 50;
/// Conversations that are counted at most.
const COUNTED: usize = 10_001;
const TEXT: usize = 140;
/// Agents and kinds that a row names.
const NAMED: usize = 3;
/// Characters of a name.
pub(super) const NAME: usize = 80;

const KINDS: [&str; 19] = [
    "text",
    "image",
    "voice",
    "video",
    "audio",
    "file",
    "location",
    "link",
    "card",
    "miniprogram",
    "template",
    "emotion",
    "document",
    "redpacket",
    "agree",
    "disagree",
    "mixed",
    "recall",
    "system",
];
const STATUSES: [&str; 7] =
    ["queued", "sent", "delivered", "read", "failed", "recalled", "deleted"];

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default, deserialize_with = "filled")]
    source: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    customer: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    agent: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    from: Option<Date>,
    #[serde(default, deserialize_with = "filled")]
    to: Option<Date>,
    #[serde(default, deserialize_with = "filled")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    status: Option<String>,
    /// Just behind this place.
    #[serde(default, deserialize_with = "filled")]
    older: Option<Key>,
    /// Just before this place.
    #[serde(default, deserialize_with = "filled")]
    newer: Option<Key>,
}

/// A place in the list, as addresses have it: `1760372949000.17`.
#[derive(Debug, Clone, Copy)]
struct Key(ConversationKey);

impl std::str::FromStr for Key {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (last_ms, number) = text.split_once('.').ok_or(())?;
        let last_ms = last_ms.parse().map_err(|_| ())?;
        Ok(Self(ConversationKey { last_ms, number: number.parse().map_err(|_| ())? }))
    }
}

impl Asked {
    fn place(&self) -> ListPlace {
        match (self.older, self.newer) {
            (Some(Key(key)), _) => ListPlace::Older(key),
            (None, Some(Key(key))) => ListPlace::Newer(key),
            (None, None) => ListPlace::First,
        }
    }

    fn is_filtered(&self) -> bool {
        let texts = [&self.source, &self.customer, &self.agent, &self.kind, &self.status];
        texts.iter().any(|text| text.is_some()) || self.from.is_some() || self.to.is_some()
    }

    /// The same choice at another place of the list.
    fn link(&self, place: Option<(&'static str, ConversationKey)>) -> String {
        let mut fields = vec![
            ("source", self.source.clone()),
            ("customer", self.customer.clone()),
            ("agent", self.agent.clone()),
            ("from", self.from.map(|date| date.to_string())),
            ("to", self.to.map(|date| date.to_string())),
            ("kind", self.kind.clone()),
            ("status", self.status.clone()),
        ];
        if let Some((name, key)) = place {
            fields.push((name, Some(format!("{}.{}", key.last_ms, key.number))));
        }
        link("conversations", &fields)
    }
}

struct Found {
    sources: Vec<String>,
    list: ConversationList,
    count: usize,
}

/// A page of the list.
pub(crate) async fn page(
    State(app): State<App>,
    visit: Visit,
    uri: Uri,
) -> Result<Markup, Failure> {
    let asked: Asked = asked(&uri)?;
    let (asked, found) = app
        .read(move |reader| {
            let found = read(reader, &asked)?;
            Ok((asked, found))
        })
        .await?;
    let words = visit.words;
    let list = &words.list;
    let is_all = found.count < COUNTED;
    let content = html! {
        h1 { (words.frame.conversations) }
        (form(&asked, &found, &visit))
        @if found.list.conversations.is_empty() {
            div.empty role="status" {
                p { strong { (list.none) } }
                @if asked.is_filtered() { p { (list.none_advice) } }
            }
        } @else {
            p.facts role="status" { ((list.found)(if is_all { found.count } else { COUNTED - 1 }, is_all)) }
        }
        (turner(&asked, &found, &visit, true))
        ul.rows.talks {
            @for one in &found.list.conversations { (row(one, &visit)) }
        }
        (turner(&asked, &found, &visit, false))
    };
    Ok(Frame::new(&visit, words.frame.conversations)
        .at("conversations")
        .class("lists")
        .show(content))
}

fn read(reader: &Reader, asked: &Asked) -> Result<Found, Failure> {
    let mut filter = ConversationFilter::default();
    filter.source.clone_from(&asked.source);
    if asked.from.is_some() || asked.to.is_some() {
        let offset = offset_of(reader, &filter)?;
        let begins = |date: Date| day_begins_ms(date, offset).ok_or(Failure::BadAddress);
        filter.from_ms = asked.from.map(begins).transpose()?;
        let behind = |date: Date| begins(date.tomorrow().map_err(|_| Failure::BadAddress)?);
        filter.to_ms = asked.to.map(behind).transpose()?;
    }
    filter.customer.clone_from(&asked.customer);
    filter.agent.clone_from(&asked.agent);
    filter.kind.clone_from(&asked.kind);
    filter.status.clone_from(&asked.status);
    let list = reader.conversations(&filter, asked.place(), PAGE)?;
    // where few pass, finding them was a look at all conversations already
    let count = if list.has_newer || list.has_older {
        reader.count_conversations(&filter, COUNTED)?
    } else {
        list.conversations.len()
    };
    Ok(Found { sources: reader.sources()?, list, count })
}

/// Days are those of the vendor's clock, as the newest conversation tells it.
pub(super) fn offset_of(
    reader: &Reader,
    filter: &ConversationFilter,
) -> Result<Option<i16>, Failure> {
    let newest = reader.conversations(filter, ListPlace::First, 1)?;
    Ok(newest.conversations.first().and_then(|newest| newest.offset_minutes))
}

/// The choices of a `select`: those that are ours, and the one that was chosen if it is not.
pub(super) fn options(
    ours: &[&'static str],
    chosen: Option<&String>,
    name: impl Fn(&str) -> String,
    words: &Words,
) -> Markup {
    let other = chosen.filter(|chosen| !ours.contains(&chosen.as_str()));
    html! {
        option value="" { (words.list.all) }
        @for word in ours.iter().copied().chain(other.map(String::as_str)) {
            option value=(word) selected[chosen.is_some_and(|chosen| chosen == word)] { (name(word)) }
        }
    }
}

/// The choices of a `select` of sources.
pub(super) fn source_options(sources: &[String], chosen: Option<&String>, words: &Words) -> Markup {
    html! {
        option value="" { (words.list.all) }
        @for source in sources {
            option value=(source) selected[chosen == Some(source)] { (source) }
        }
    }
}

/// What the lists of conversations and of hits are both chosen by: days, a kind, a status.
pub(super) fn common_choices(
    (from, to): (Option<Date>, Option<Date>),
    kind: Option<&String>,
    status: Option<&String>,
    words: &Words,
) -> Markup {
    let list = &words.list;
    let kind_name = |kind: &str| words.thread.kinds.name(kind).to_owned();
    let status_name = |status: &str| words.thread.status.name(status).to_owned();
    html! {
        @for (name, word, value) in [("from", list.from, from), ("to", list.to, to)] {
            label { span { (word) } input type="date" name=(name) value=[value]; }
        }
        label { span { (list.kind) }
            select name="kind" { (options(&KINDS, kind, kind_name, words)) }
        }
        label { span { (list.status) }
            select name="status" { (options(&STATUSES, status, status_name, words)) }
        }
    }
}

fn form(asked: &Asked, found: &Found, visit: &Visit) -> Markup {
    let (words, list) = (visit.words, &visit.words.list);
    html! {
        form.filters method="get" action=(visit.places().page("conversations")) {
            @if found.sources.len() > 1 || asked.source.is_some() {
                label { span { (list.source) }
                    select name="source" { (source_options(&found.sources, asked.source.as_ref(), words)) }
                }
            }
            @for (name, word, value) in [("customer", list.customer, &asked.customer), ("agent", list.agent, &asked.agent)] {
                label { span { (word) }
                    input type="search" name=(name) value=[value.as_ref()] dir="auto"
                        autocomplete="off" spellcheck="false" maxlength="200";
                }
            }
            (common_choices((asked.from, asked.to), asked.kind.as_ref(), asked.status.as_ref(), words))
            button type="submit" { (list.filter) }
            @if asked.is_filtered() { a href=(visit.places().page("conversations")) { (list.clear) } }
        }
    }
}

fn row(one: &ConversationSummary, visit: &Visit) -> Markup {
    let words = visit.words;
    let name = title(one, words);
    let name = text::beginning(&name, NAME).0;
    let last = Wall::new(one.last_ms, one.offset_minutes);
    let day = |ms: Option<i64>| ms.and_then(|ms| Wall::new(ms, one.offset_minutes)).map(Wall::date);
    let agents: Vec<&Party> =
        one.agents.iter().filter(|agent| agent.messages > 0).take(NAMED).collect();
    let others = one.kinds.iter().filter(|(kind, _)| kind.as_str() != "text");
    let said = one.last_text.as_deref().map(|said| text::beginning(said, TEXT).0.trim());
    html! {
        li.talk {
            a.name href=(visit.places().conversation(one.number)) dir="auto" { (name) }
            @if let Some(last) = last {
                time.when datetime=(last.machine()) { (last.date()) " " (last.clock()) }
            }
            p.said dir="auto" {
                @if one.last_kind != "text" {
                    (icon::of_kind(&one.last_kind))
                    @if said.is_none_or(str::is_empty) {
                        (text::beginning(words.thread.kinds.name(&one.last_kind), NAME).0)
                    }
                }
                (said.unwrap_or_default())
            }
            p.facts {
                span dir="auto" { (one.source) } " · " ((words.thread.messages)(one.messages))
                @if let (Some(first), Some(last)) = (day(one.first_sent_ms), day(one.last_sent_ms)) {
                    @if first != last {
                        " · " time datetime=(first) { (first) } " – " time datetime=(last) { (last) }
                    }
                }
                @if !agents.is_empty() {
                    " · " (words.list.with) " "
                    @for (index, agent) in agents.iter().enumerate() {
                        @if index > 0 { ", " }
                        span dir="auto" { (text::beginning(&bubble::name(Some(&agent.person), words), NAME).0) }
                    }
                }
                @for (kind, count) in others.take(NAMED) {
                    " · " span dir="auto" { (text::beginning(words.thread.kinds.name(kind), NAME).0) } " " (count)
                }
                @if is_unanswered(one) {
                    " " span.tag { (words.list.unanswered) }
                }
            }
        }
    }
}

/// The links to the pages before and behind this one.
fn turner(asked: &Asked, found: &Found, visit: &Visit, newer: bool) -> Markup {
    let words = &visit.words.list;
    let list = &found.list;
    let edge = if newer { list.conversations.first() } else { list.conversations.last() };
    let Some(key) = edge.map(ConversationSummary::key) else { return html! {} };
    let page = |place| visit.places().page(&asked.link(place));
    html! {
        @if newer && list.has_newer {
            nav.turn aria-label=(words.pages) {
                a rel="prev" href=(page(Some(("newer", key)))) { (words.newer) }
                a.end href=(page(None)) { (words.newest) }
            }
        }
        @if !newer && list.has_older {
            nav.turn aria-label=(words.pages) {
                a rel="next" href=(page(Some(("older", key)))) { (words.older) }
            }
        }
    }
}

/// Where no times are told, nobody knows which message answers which; only that one is.
const fn is_unanswered(one: &ConversationSummary) -> bool {
    let has_answer =
        one.first_response_ms.is_some() || one.first_sent_ms.is_none() && one.outbound > 0;
    one.inbound > 0 && !has_answer
}
