//! The first page of a folder, and the page that searches.

use std::io;

use chat_archive::{Filter, SourceStatus};
use maud::{Markup, html};

use super::frame::{Frame, LIST, SEARCH};
use super::lists::of_source;
use super::{Folder, HtmlExported, HtmlOptions, Source};
use crate::pages::home::verdict;
use crate::render::when::Wall;
use crate::words::{Words, grouped};

/// Writes the first page.
pub(super) fn write(
    folder: &mut Folder<'_>,
    options: &HtmlOptions,
    exported: &HtmlExported,
    sources: &[Source],
    conversations: &[u64],
    newest: &Markup,
) -> io::Result<()> {
    let words = folder.words;
    let known = folder.reader.status().map_err(io::Error::other)?;
    let content = html! {
        h1 { (words.frame.product) }
        p {
            ((words.export.holds)(&grouped(exported.messages), &grouped(exported.conversations)))
            @if let Some(when) = options.written_ms.and_then(|ms| Wall::new(ms, Some(0))) {
                " " ((words.export.written)(&when.full()))
            }
        }
        (selection(&options.filter, words))
        @if !options.with_media { p.facts { (words.export.no_media) } }
        h2 { (words.home.sources) }
        @if sources.is_empty() { p.empty { (words.thread.empty) } } @else {
            div.wide tabindex="0" role="region" aria-label=(words.home.sources) {
                table {
                    thead { tr {
                        th scope="col" { (words.export.source) }
                        th scope="col" { (words.message.fields_of.vendor) }
                        th.number scope="col" { (words.frame.conversations) }
                        th.number scope="col" { (words.home.messages) }
                        th scope="col" { (words.home.sent) }
                        th.number scope="col" { (words.home.files) }
                        th scope="col" { (words.export.verdict) }
                    } }
                    tbody {
                        @for (index, source) in sources.iter().enumerate() {
                            @let status = known.iter().find(|status| status.source == source.name);
                            tr {
                                th scope="row" { a href=(of_source(index)) { (source.name) } }
                                td { @if let Some(status) = status { (status.vendor) } }
                                td.number { (grouped(conversations.get(index).copied().unwrap_or(0))) }
                                td.number { (grouped(source.messages)) }
                                td {
                                    @if let (Some(first), Some(last)) =
                                        (day(source.first_ms), day(source.last_ms)) {
                                        (first) " – " (last)
                                    }
                                }
                                @match status {
                                    Some(status) => (known_of(status, words)),
                                    None => { td {} td {} }
                                }
                            }
                        }
                    }
                }
            }
            p.facts { (words.export.verdict_note) }
            h2 { (words.export.newest) }
            ul.rows { (newest) }
            p { a.button href=(LIST) { (words.export.all) } }
        }
    };
    let frame = Frame { words, root: "", title: words.frame.home, here: "index.html" };
    folder.put("index.html", &frame.show_main("page", &content))
}

fn known_of(status: &SourceStatus, words: &Words) -> Markup {
    let media = status.media;
    let all = media.saved + media.pending + media.expired + media.failed;
    let (class, says) = verdict(status, &words.home);
    html! {
        td.number {
            @if all > 0 { ((words.export.files_of)(&grouped(media.saved), &grouped(all))) }
        }
        td { span.verdict.(class) { (says) } }
    }
}

/// A day in UTC: the messages of a source may be told in several offsets.
fn day(ms: Option<i64>) -> Option<jiff::civil::Date> {
    ms.and_then(|ms| Wall::new(ms, Some(0))).map(Wall::date)
}

/// What the folder was limited to.
fn selection(filter: &Filter, words: &Words) -> Markup {
    let instant = |ms: Option<i64>| ms.and_then(|ms| Wall::new(ms, Some(0))).map(Wall::full);
    let chosen = [
        (words.export.source, filter.source.clone()),
        (words.export.from, instant(filter.from_ms)),
        (words.export.before, instant(filter.to_ms)),
        (words.export.sender, filter.sender.clone()),
        (words.export.kind, filter.kind.clone()),
    ];
    html! {
        @if chosen.iter().any(|(_, value)| value.is_some()) {
            div.card {
                p.kind { (words.export.selection) }
                @for (name, value) in &chosen {
                    @if let Some(value) = value { p.text dir="auto" { (name) ": " (value) } }
                }
            }
        }
    }
}

/// Writes the page that searches.
pub(super) fn write_search(folder: &mut Folder<'_>) -> io::Result<()> {
    let words = folder.words;
    let texts = &words.export;
    let main = html! {
        main #main.page tabindex="-1" data-title={ (words.frame.search) " · " (words.frame.product) }
            data-hint=(texts.hint) data-busy=(texts.busy) data-nothing=(texts.nothing)
            data-none=(texts.none) data-one=(texts.one) data-many=(texts.many)
            data-broken=(texts.index_broken) {
            h1 { (words.frame.search) }
            form.find.large role="search" action=(SEARCH) method="get" {
                input #q type="search" name="q" dir="auto" placeholder=(words.frame.search_hint)
                    aria-label=(words.frame.search) autocomplete="off" spellcheck="false"
                    maxlength="500" autofocus;
                button type="submit" { (words.frame.search) }
            }
            noscript { p.notice { (texts.no_script) } }
            p.facts #said role="status" {}
            ol.hits #hits {}
            p { button #more type="button" hidden { (texts.more_hits) } }
        }
    };
    let frame = Frame { words, root: "", title: words.frame.search, here: SEARCH };
    folder.put(SEARCH, &frame.show(&main))
}
