//! The overview: what the archive holds, how complete it is, and how much was written when.

use axum::extract::State;
use axum::http::HeaderName;
use axum::response::{IntoResponse, Response};
use chat_archive::{Behind, FigureFilter, SourceStatus, Standing};
use maud::{Markup, html};

use super::charts::{Period, periods};
use super::link;
use crate::app::App;
use crate::counted::Counted;
use crate::failure::Failure;
use crate::layout::Frame;
use crate::places::Places as _;
use crate::render::bubble::coded;
use crate::render::chart::{self, Column};
use crate::render::when::Wall;
use crate::visit::Visit;
use crate::words::{HomeWords, grouped};

/// Lines of a list of gaps or broken windows; the rest is only counted.
const LINES: usize = 20;
/// Sources with a color of their own.
const COLORED: usize = chart::SERIES;

/// The sources, how complete they are, and how much each has.
pub(crate) async fn page(State(app): State<App>, visit: Visit) -> Result<Response, Failure> {
    let behind = app.read(|reader| Ok(reader.behind()?)).await?;
    let Some(counted) = app.counted().await? else {
        return Ok(counting(&visit, visit.words.frame.home, ""));
    };
    let words = &visit.words.home;
    let content = html! {
        h1.unseen { (visit.words.frame.home) }
        @if counted.sources.is_empty() || counted.sources.iter().all(is_untouched) {
            section.notice { h2 { (words.empty_title) } p { (coded(words.empty)) } }
        }
        (lag(behind, &visit))
        @if !counted.sources.is_empty() {
            (totals(&counted, &visit))
            (volume(&counted, &visit))
            h2 { (words.sources) }
            div.sources { @for source in &counted.sources { (card(source, &visit)) } }
            (counted_at(&counted, &visit))
        }
    };
    Ok(Frame::new(&visit, visit.words.frame.home)
        .at("")
        .class("lists")
        .show(content)
        .into_response())
}

/// For as long as the first count lasts; the browser asks again by itself.
pub(super) fn counting(visit: &Visit, title: &str, here: &'static str) -> Response {
    let content = html! {
        h1 { (title) }
        div.empty role="status" {
            p { (visit.words.home.counting) }
            p { a.button href=(if here.is_empty() { visit.places().home() } else { visit.places().page(here) }) { (visit.words.home.again) } }
        }
    };
    let page = Frame::new(visit, title).at(here).class("lists").show(content);
    ([(HeaderName::from_static("refresh"), "5")], page).into_response()
}

/// When the numbers of a page were counted.
pub(super) fn counted_at(counted: &Counted, visit: &Visit) -> Markup {
    html! {
        @if let Some(wall) = Wall::new(counted.at_ms, None) {
            p.facts.counted {
                (visit.words.home.counted) " " time datetime=(wall.machine()) { (wall.full()) }
            }
        }
    }
}

fn is_untouched(source: &SourceStatus) -> bool {
    source.messages == 0 && source.last_run.is_none()
}

pub(super) fn lag(behind: Behind, visit: &Visit) -> Markup {
    let is_behind = behind.messages > 0 || behind.conversations > 0;
    html! {
        @if is_behind {
            p.banner role="status" {
                ((visit.words.home.behind)(behind.messages, behind.conversations))
            }
        }
    }
}

fn totals(counted: &Counted, visit: &Visit) -> Markup {
    let words = &visit.words.home;
    let sum = |of: fn(&SourceStatus) -> u64| counted.sources.iter().map(of).sum::<u64>();
    let files = sum(|source| source.media.saved);
    html! {
        dl.totals {
            div { dt { (words.messages) } dd { (grouped(sum(|source| source.messages))) } }
            div {
                dt { (words.conversations) }
                dd {
                    a href=(visit.places().page("conversations")) {
                        (grouped(sum(|source| source.conversations)))
                    }
                }
            }
            div { dt { (words.sources) } dd { (counted.sources.len()) } }
            div { dt { (words.files) } dd { (grouped(files)) " " small { (words.saved) } } }
        }
    }
}

fn volume(counted: &Counted, visit: &Visit) -> Markup {
    let words = visit.words;
    let figures = counted.tally.figures(&FigureFilter::default());
    let (unit, periods) = periods(&figures.days, words);
    let sources = counted.tally.sources();
    let amount = |period: &Period, source: &String| {
        period.sources.get(source).map_or(0, |traffic| traffic.all())
    };
    let columns = periods.iter().map(|period| {
        let mut parts = vec![0; sources.len().min(COLORED)];
        for (number, source) in sources.iter().enumerate() {
            // those beyond the last color share it
            if let Some(part) = parts.get_mut(number.min(COLORED - 1)) {
                *part += amount(period, source);
            }
        }
        Column { label: period.label.clone(), parts }
    });
    let columns: Vec<_> = columns.collect();
    let table = html! {
        table {
            thead {
                tr {
                    th scope="col" { (words.charts.when) }
                    @for source in sources { th.number scope="col" dir="auto" { (source) } }
                }
            }
            tbody {
                @for period in &periods {
                    tr {
                        th scope="row" { (period.label) }
                        @for source in sources { td.number { (grouped(amount(period, source))) } }
                    }
                }
            }
        }
    };
    html! {
        @if !periods.is_empty() {
            section.panel {
                h2 { (words.home.volume) " " small { (unit) } }
                (chart::legend(sources.iter().take(COLORED).map(String::as_str)))
                (chart::columns(&columns, words.home.volume))
                (chart::numbers(words.charts.numbers, &table))
            }
        }
    }
}

/// The worst that is known of a source: its class, and what it says.
pub(crate) fn verdict(source: &SourceStatus, words: &HomeWords) -> (&'static str, &'static str) {
    match source.standing() {
        Standing::Broken => ("bad", words.broken_means),
        Standing::Incomplete => ("warn", words.gaps_mean),
        Standing::Provisional => ("good", words.provisional_means),
        Standing::Proven => ("good", words.proven_means),
        _ => ("warn", words.open_means),
    }
}

fn card(source: &SourceStatus, visit: &Visit) -> Markup {
    let words = &visit.words.home;
    let (class, says) = verdict(source, words);
    let list = link("conversations", &[("source", Some(source.source.clone()))]);
    let windows = [
        (source.windows.proven, words.proven, "good"),
        (source.windows.provisional, words.provisional, "good"),
        (source.windows.broken, words.broken, "bad"),
        (source.windows.open, words.open, "warn"),
    ];
    let media = [
        (source.media.saved, words.saved),
        (source.media.pending, words.pending),
        (source.media.expired, words.expired),
        (source.media.failed, words.failed),
    ];
    html! {
        section.source.(class) {
            header {
                h3 dir="auto" { a href=(visit.places().page(&list)) { (source.source) } }
                span.facts { (source.vendor) }
                strong.verdict.(class) { (says) }
            }
            dl {
                div { dt { (words.messages) } dd { (grouped(source.messages)) } }
                div { dt { (words.conversations) } dd { (grouped(source.conversations)) } }
                @if source.versions > 0 {
                    div { dt { (words.versions) } dd { (grouped(source.versions)) } }
                }
                @if source.skipped > 0 {
                    div.bad { dt { (words.skipped) } dd { (grouped(source.skipped)) } }
                }
                div { dt { (words.sent) } dd { (span(source.first_sent_at_ms, source.last_sent_at_ms)) } }
                div { dt { (words.covered) } dd { (span(source.covered_from_ms, source.covered_to_ms)) } }
                div {
                    dt { (words.windows) }
                    dd {
                        ul.chips {
                            @for (count, word, class) in windows.into_iter().filter(|(count, ..)| *count > 0) {
                                li.(class) { (grouped(count)) " " (word) }
                            }
                        }
                    }
                }
                div {
                    dt { (words.files) }
                    dd {
                        ul.chips {
                            @for (count, word) in media.into_iter().filter(|(count, _)| *count > 0) {
                                li { (grouped(count)) " " (word) }
                            }
                        }
                    }
                }
                div { dt { (words.last_run) } dd { (last_run(source, visit)) } }
            }
            (missing(source, visit))
            @if !source.assumptions.is_empty() {
                details {
                    summary { (words.assumptions) }
                    ul { @for sentence in &source.assumptions { li { (sentence) } } }
                }
            }
        }
    }
}

fn span(from_ms: Option<i64>, to_ms: Option<i64>) -> Markup {
    let day = |ms: Option<i64>| ms.and_then(|ms| Wall::new(ms, None)).map(Wall::date);
    html! {
        @match (day(from_ms), day(to_ms)) {
            (Some(from), Some(to)) => {
                time datetime=(from) { (from) } " – " time datetime=(to) { (to) }
            },
            _ => "–",
        }
    }
}

fn last_run(source: &SourceStatus, visit: &Visit) -> Markup {
    let words = &visit.words.home;
    let Some(run) = &source.last_run else { return html! { (words.never) } };
    let begun = Wall::new(run.started_ms, None);
    let verdict = run.verdict.as_deref().map(|word| match word {
        "proven" => words.proven,
        "provisional" => words.provisional,
        "broken" => words.broken,
        other => other,
    });
    html! {
        @if let Some(begun) = begun { time datetime=(begun.machine()) { (begun.full()) } }
        " · " (verdict.unwrap_or(words.no_end))
        @if let Some(error) = &run.error { p.bad dir="auto" { (error) } }
    }
}

/// Gaps, broken windows and files that are lacking, with the reasons.
fn missing(source: &SourceStatus, visit: &Visit) -> Markup {
    let words = &visit.words.home;
    let part = |key: &str| if key.is_empty() { words.whole.to_owned() } else { key.to_owned() };
    let instant = |ms: i64| Wall::new(ms, None).map_or_else(|| ms.to_string(), Wall::full);
    let rest = |all: usize| (all > LINES).then(|| (words.and_more)(all - LINES));
    html! {
        @if !source.broken.is_empty() {
            details open {
                summary.bad { ((words.broken_windows)(source.broken.len())) }
                ul.lines {
                    @for window in source.broken.iter().take(LINES) {
                        li {
                            span dir="auto" { (part(&window.partition)) } ": "
                            (instant(window.from_ms)) " – " (instant(window.to_ms))
                            @if let Some(expected) = window.expected {
                                ", " ((words.of_expected)(window.distinct, expected))
                            }
                            br;
                            span.facts dir="auto" { (window.reason.as_deref().unwrap_or(words.no_reason)) }
                        }
                    }
                    @if let Some(rest) = rest(source.broken.len()) { li { (coded(&rest)) } }
                }
            }
        }
        @if !source.gaps.is_empty() {
            details open {
                summary.warn { ((words.gaps)(source.gaps.len())) }
                ul.lines {
                    @for gap in source.gaps.iter().take(LINES) {
                        li {
                            span dir="auto" { (part(&gap.partition)) } ": "
                            (instant(gap.from_ms)) " – " (instant(gap.to_ms))
                        }
                    }
                    @if let Some(rest) = rest(source.gaps.len()) { li { (coded(&rest)) } }
                }
            }
        }
        @if !source.never_read.is_empty() {
            details {
                summary.warn { ((words.never_read)(source.never_read.len())) }
                ul.lines {
                    @for key in source.never_read.iter().take(LINES) { li dir="auto" { (part(key)) } }
                    @if let Some(rest) = rest(source.never_read.len()) { li { (coded(&rest)) } }
                }
            }
        }
        @if !source.media_lacking.is_empty() {
            details {
                summary { (words.lacking) }
                ul.lines {
                    @for lacking in source.media_lacking.iter().take(LINES) {
                        li dir="auto" {
                            (grouped(lacking.files)) ": "
                            (lacking.reason.as_deref().unwrap_or(words.untried))
                        }
                    }
                    @if let Some(rest) = rest(source.media_lacking.len()) { li { (coded(&rest)) } }
                }
            }
        }
    }
}
