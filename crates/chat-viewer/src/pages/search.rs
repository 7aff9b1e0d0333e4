//! The search: what was found, with the words marked, and what it can be narrowed to.

use std::collections::BTreeMap;
use std::ops::Range;

use axum::extract::State;
use axum::http::Uri;
use chat_archive::{
    ConversationFilter, Facets, Hit, Hits, KeptMessage, QueryError, Reader, SearchOrder,
    SearchQuery,
};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::conversations::{NAME, common_choices, offset_of, options, source_options};
use super::{asked, filled, link};
use crate::app::App;
use crate::failure::Failure;
use crate::layout::Frame;
use crate::places::Places as _;
use crate::render::when::{Wall, day_begins_ms};
use crate::render::{bubble, icon, text};
use crate::visit::Visit;
use crate::words::Words;

/// Hits on a page.
const PAGE: usize = 30;
/// Characters of a hit that are shown.
const SNIPPET: usize = 180;
/// Months that are offered.
const MONTHS: usize = 12;
/// Kinds and sources that are offered.
const OFFERED: usize = 8;
const DIRECTIONS: [&str; 3] = ["inbound", "outbound", "system"];

#[derive(Debug, Clone, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default, deserialize_with = "filled")]
    source: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    sender: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    from: Option<Date>,
    #[serde(default, deserialize_with = "filled")]
    to: Option<Date>,
    #[serde(default, deserialize_with = "filled")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    status: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    direction: Option<String>,
    /// Only in the conversation of this number.
    #[serde(default, deserialize_with = "filled")]
    conversation: Option<i64>,
    #[serde(default, deserialize_with = "filled")]
    order: Option<Order>,
    #[serde(default, deserialize_with = "filled")]
    after: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Best,
}

impl std::str::FromStr for Order {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        if word == "best" { Ok(Self::Best) } else { Err(()) }
    }
}

impl Asked {
    /// The same search, from its first page on if `after` is none.
    fn link(&self, after: Option<i64>) -> String {
        let date = |date: Option<Date>| date.map(|date| date.to_string());
        let fields = [
            ("q", Some(self.q.clone())),
            ("source", self.source.clone()),
            ("sender", self.sender.clone()),
            ("from", date(self.from)),
            ("to", date(self.to)),
            ("kind", self.kind.clone()),
            ("status", self.status.clone()),
            ("direction", self.direction.clone()),
            ("conversation", self.conversation.map(|number| number.to_string())),
            ("order", self.order.map(|_| "best".to_owned())),
            ("after", after.map(|number| number.to_string())),
        ];
        link("search", &fields)
    }

    /// The same search with something else.
    fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut other = self.clone();
        change(&mut other);
        other.link(None)
    }

    fn is_filtered(&self) -> bool {
        let texts = [&self.source, &self.sender, &self.kind, &self.status, &self.direction];
        texts.iter().any(|text| text.is_some())
            || self.from.is_some()
            || self.to.is_some()
            || self.conversation.is_some()
    }
}

/// What a search came to.
struct Found {
    query: SearchQuery,
    hits: Hits,
    /// How many hits, and whether those are all.
    count: (u64, bool),
    facets: Facets,
}

/// A page of hits, or how to search.
pub(crate) async fn page(
    State(app): State<App>,
    mut visit: Visit,
    uri: Uri,
) -> Result<Markup, Failure> {
    let asked: Asked = asked(&uri)?;
    asked.q.clone_into(&mut visit.query);
    let parsed = match asked.q.trim() {
        "" => None,
        typed => Some(SearchQuery::parse(typed)),
    };
    let wanted = asked.clone();
    let (sources, found) = app
        .read(move |reader| {
            let sources = reader.sources()?;
            let found = match parsed {
                None => None,
                Some(Err(error)) => Some(Err(error)),
                Some(Ok(query)) => Some(Ok(read(reader, query, &wanted)?)),
            };
            Ok((sources, found))
        })
        .await?;
    let words = visit.words;
    let content = html! {
        h1 { (words.frame.search) }
        (form(&asked, &sources, &visit))
        @match &found {
            None => (help(&visit)),
            Some(Err(error)) => {
                div.empty role="alert" {
                    p { strong { (words.search.wrong) } }
                    p { (explained(*error, words)) }
                }
                (help(&visit))
            },
            Some(Ok(found)) => (results(&asked, found, &visit)),
        }
    };
    Ok(Frame::new(&visit, words.frame.search).at("search").class("lists").show(content))
}

fn read(reader: &Reader, mut query: SearchQuery, asked: &Asked) -> Result<Found, Failure> {
    query.filter.source.clone_from(&asked.source);
    if asked.from.is_some() || asked.to.is_some() {
        let mut list = ConversationFilter::default();
        list.source.clone_from(&asked.source);
        let offset = offset_of(reader, &list)?;
        let begins = |date: Date| day_begins_ms(date, offset).ok_or(Failure::BadAddress);
        query.filter.from_ms = asked.from.map(begins).transpose()?;
        let behind = |date: Date| begins(date.tomorrow().map_err(|_| Failure::BadAddress)?);
        query.filter.to_ms = asked.to.map(behind).transpose()?;
    }
    query.filter.sender.clone_from(&asked.sender);
    query.filter.kind.clone_from(&asked.kind);
    query.status.clone_from(&asked.status);
    query.direction.clone_from(&asked.direction);
    query.conversation = asked.conversation;
    if asked.order == Some(Order::Best) {
        query.order = SearchOrder::Relevance;
    }
    let hits = reader.search(&query, asked.after, PAGE)?;
    let facets = reader.facets(&query)?;
    // where every hit must be looked up for the filters, the facets have counted enough of them
    let count = if facets.is_all || asked.is_filtered() {
        (facets.hits, facets.is_all)
    } else {
        let count = reader.count_hits(&query)?;
        (count.hits, count.is_exact)
    };
    Ok(Found { query, hits, count, facets })
}

fn form(asked: &Asked, sources: &[String], visit: &Visit) -> Markup {
    let (words, list, search) = (visit.words, &visit.words.list, &visit.words.search);
    let direction = |direction: &str| match direction {
        "inbound" => words.charts.inbound.to_owned(),
        "outbound" => words.charts.outbound.to_owned(),
        "system" => words.thread.system.to_owned(),
        other => other.to_owned(),
    };
    html! {
        form.filters method="get" action=(visit.places().page("search")) {
            label.query { span { (words.frame.search) }
                input type="search" name="q" value=(asked.q) dir="auto" autocomplete="off"
                    spellcheck="false" maxlength="500" autofocus[asked.q.is_empty()];
            }
            @if sources.len() > 1 || asked.source.is_some() {
                label { span { (list.source) }
                    select name="source" { (source_options(sources, asked.source.as_ref(), words)) }
                }
            }
            label { span { (search.sender) }
                input type="search" name="sender" value=[asked.sender.as_ref()] dir="auto"
                    autocomplete="off" spellcheck="false" maxlength="200";
            }
            (common_choices((asked.from, asked.to), asked.kind.as_ref(), asked.status.as_ref(), words))
            label { span { (search.direction) }
                select name="direction" { (options(&DIRECTIONS, asked.direction.as_ref(), direction, words)) }
            }
            label { span { (search.order) }
                select name="order" {
                    option value="" { (search.newest_first) }
                    option value="best" selected[asked.order.is_some()] { (search.best_first) }
                }
            }
            @if let Some(number) = asked.conversation {
                input type="hidden" name="conversation" value=(number);
            }
            button type="submit" { (words.frame.search) }
            @if asked.is_filtered() {
                @let all = Asked { q: asked.q.clone(), ..Asked::default() };
                a href=(visit.places().page(&all.link(None))) { (list.clear) }
            }
        }
        @if let Some(number) = asked.conversation {
            p.facts {
                a href=(visit.places().conversation(number)) { (search.in_conversation) } " · "
                a href=(visit.places().page(&asked.with(|other| other.conversation = None))) { (search.take_back) }
            }
        }
    }
}

/// How to search.
fn help(visit: &Visit) -> Markup {
    let words = &visit.words.search;
    html! {
        section.panel.help {
            h2 { (words.help) }
            dl {
                @for (query, finds) in words.examples {
                    dt {
                        a href=(visit.places().page(&link("search", &[("q", Some(query.to_owned()))]))) {
                            code { (query) }
                        }
                    }
                    dd { (finds) }
                }
            }
        }
    }
}

/// What is wrong with a query, in the reader's language.
fn explained(error: QueryError, words: &Words) -> String {
    let words = &words.search;
    match error {
        QueryError::Nothing => words.nothing.to_owned(),
        QueryError::OnlyExcluded { at } => (words.only_excluded)(at),
        QueryError::OpenQuote { at } => (words.open_quote)(at),
        QueryError::Parenthesis { at } => (words.parenthesis)(at),
        QueryError::Operator { operator, at } => (words.operator)(operator, at),
        QueryError::TooLong | QueryError::TooMany => words.too_long.to_owned(),
        // one that this program does not know yet says it in English
        other => other.to_string(),
    }
}

fn results(asked: &Asked, found: &Found, visit: &Visit) -> Markup {
    let words = &visit.words.search;
    let Found { query, hits, count, facets } = found;
    html! {
        @if hits.hits.is_empty() && hits.next.is_none() {
            div.empty role="status" {
                p { strong { (words.no_hits) } }
                p { (words.no_hits_advice) }
            }
            (help(visit))
        } @else {
            p.facts role="status" { ((words.hits)(count.0, count.1)) }
            (narrower(asked, facets, visit))
            ol.rows.hits {
                @for hit in &hits.hits { (shown(hit, query, visit)) }
            }
            @if let Some(next) = hits.next {
                nav.turn aria-label=(visit.words.list.pages) {
                    a rel="next" href=(visit.places().page(&asked.link(Some(next)))) {
                        @if hits.hits.is_empty() { (words.go_on) } @else { (words.more) }
                    }
                }
            }
        }
    }
}

fn shown(hit: &Hit, query: &SearchQuery, visit: &Visit) -> Markup {
    let (words, message) = (visit.words, &hit.message);
    let wall = message.sent_at_ms.and_then(|ms| Wall::new(ms, message.offset_minutes));
    // what is not summed up yet has no conversation to stand in
    let place = match hit.conversation {
        Some(_) => visit.places().message(message.number),
        None => visit.places().forms(message),
    };
    html! {
        li.hit.outbound[message.direction.as_deref() == Some("outbound")] {
            a.name href=[place] dir="auto" { (text::beginning(&bubble::name(message.sender.as_ref(), words), NAME).0) }
            @if let Some(wall) = wall {
                time.when datetime=(wall.machine()) { (wall.date()) " " (wall.clock()) }
            }
            (said(message, query, words))
            p.facts {
                span dir="auto" { (message.source) }
                @if message.kind != "text" { " · " (text::beginning(words.thread.kinds.name(&message.kind), NAME).0) }
                @if let Some(status) = &message.status { " · " (text::beginning(words.thread.status.name(status), NAME).0) }
            }
        }
    }
}

/// The text around the words, and files whose names have them.
fn said(message: &KeptMessage, query: &SearchQuery, words: &Words) -> Markup {
    let snippet = message.text.as_deref().map(|text| query.snippet(text, SNIPPET));
    let files = message.attachments.iter().filter_map(|file| file.file_name.as_deref());
    let files = files.map(|name| (name, query.marks(name))).filter(|(_, marks)| !marks.is_empty());
    html! {
        @if let Some(snippet) = snippet.filter(|snippet| !snippet.text.trim().is_empty()) {
            p.said dir="auto" {
                @if snippet.has_before { "…" }
                (marked(&snippet.text, &snippet.marks))
                @if snippet.has_after { "…" }
            }
        } @else {
            p.said { (icon::of_kind(&message.kind)) (text::beginning(words.thread.kinds.name(&message.kind), NAME).0) }
        }
        @for (name, marks) in files {
            p.said { (words.search.file) ": " bdi { (marked(name, &marks)) } }
        }
    }
}

/// A text with some of its bytes marked.
fn marked(text: &str, marks: &[Range<usize>]) -> Markup {
    let ends = marks.iter().map(|mark| mark.end);
    let begins = std::iter::once(0).chain(ends);
    let pieces = begins.zip(marks.iter().map(Some).chain([None]));
    html! {
        @for (from, mark) in pieces {
            (text.get(from..mark.map_or(text.len(), |mark| mark.start)).unwrap_or_default())
            @if let Some(mark) = mark { mark { (text.get(mark.clone()).unwrap_or_default()) } }
        }
    }
}

/// What the hits can be narrowed to, and how many there are of each.
fn narrower(asked: &Asked, facets: &Facets, visit: &Visit) -> Markup {
    let (words, places) = (visit.words, visit.places());
    let most_first = |counts: &BTreeMap<String, u64>| {
        let mut list: Vec<_> = counts.iter().map(|(word, count)| (word.clone(), *count)).collect();
        list.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        list.truncate(OFFERED);
        list
    };
    let row = |title: &str, items: Vec<(String, u64, String)>| {
        html! {
            @if items.len() > 1 {
                div.facet {
                    span { (title) }
                    ul.chips {
                        @for (name, count, link) in items {
                            li { a href=(places.page(&link)) { bdi { (text::beginning(&name, NAME).0) } " " (count) } }
                        }
                    }
                }
            }
        }
    };
    let sources = most_first(&facets.sources).into_iter().map(|(source, count)| {
        let link = asked.with(|other| other.source = Some(source.clone()));
        (source, count, link)
    });
    let kinds = most_first(&facets.kinds).into_iter().map(|(kind, count)| {
        let link = asked.with(|other| other.kind = Some(kind.clone()));
        (words.thread.kinds.name(&kind).to_owned(), count, link)
    });
    let months = facets.months.iter().rev().take(MONTHS).map(|(month, count)| {
        let first = format!("{month}-01").parse::<Date>().ok();
        let link = asked.with(|other| {
            (other.from, other.to) = (first, first.map(Date::last_of_month));
        });
        (month.clone(), *count, link)
    });
    html! {
        div.facets {
            (row(words.search.by_source, sources.collect()))
            (row(words.search.by_kind, kinds.collect()))
            (row(words.search.by_month, months.collect()))
            @if !facets.is_all { p.facts { ((words.search.of_newest)(facets.hits)) } }
        }
    }
}
