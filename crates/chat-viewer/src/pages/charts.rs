//! The charts: how much is written when, how long customers wait, who writes what, and how far
//! messages get; each with its numbers as a table.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use chat_archive::{FigureFilter, Figures, Traffic};
use jiff::civil::Date;
use jiff::{Span, Unit};
use maud::{Markup, html};
use serde::Deserialize;

use super::home::{counted_at, counting, lag};
use super::{asked, filled};
use crate::app::App;
use crate::counted::Counted;
use crate::failure::Failure;
use crate::layout::Frame;
use crate::render::chart::{self, Bar, Column};
use crate::render::{bubble, text};
use crate::visit::Visit;
use crate::words::{Words, grouped};

/// Columns of a chart by time: one for each is broad enough to see.
const COLUMNS: i64 = 100;
/// Rows of a table of agents or kinds.
const ROWS: usize = 200;
/// Characters of a name in a table.
const NAME: usize = 80;
const EPOCH: Date = Date::constant(1970, 1, 1);

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default, deserialize_with = "filled")]
    source: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    from: Option<Date>,
    #[serde(default, deserialize_with = "filled")]
    to: Option<Date>,
}

/// All charts for a source or all, and a span.
pub(crate) async fn page(
    State(app): State<App>,
    visit: Visit,
    uri: Uri,
) -> Result<Response, Failure> {
    let asked: Asked = asked(&uri)?;
    let title = visit.words.charts.title;
    let behind = app.read(|reader| Ok(reader.behind()?)).await?;
    let Some(counted) = app.counted().await? else { return Ok(counting(&visit, title, "charts")) };
    let mut filter = FigureFilter::default();
    filter.source.clone_from(&asked.source);
    filter.from_day = asked.from.and_then(day_of);
    filter.to_day = asked.to.and_then(day_of);
    let figures = counted.tally.figures(&filter);
    let words = &visit.words.charts;
    let content = html! {
        h1 { (title) }
        (form(&counted, &asked, &visit))
        (lag(behind, &visit))
        @if figures.messages.all() + figures.responses.answered + figures.responses.unanswered == 0 {
            p.empty { (words.empty) }
        } @else {
            (volume(&figures, visit.words))
            (hours(&figures, visit.words))
            div.panels {
                (responses(&figures, visit.words))
                (funnel(&figures, visit.words))
                (agents(&figures, visit.words))
                (kinds(&figures, visit.words))
            }
        }
        p.facts { (words.span) }
        @if figures.without_time > 0 { p.facts { ((words.without_time)(figures.without_time)) } }
        (counted_at(&counted, &visit))
    };
    Ok(Frame::new(&visit, title).at("charts").class("lists").show(content).into_response())
}

fn form(counted: &Counted, asked: &Asked, visit: &Visit) -> Markup {
    let words = &visit.words.list;
    let days = counted.tally.days();
    let (first, last) =
        (days.and_then(|days| date_of(days.0)), days.and_then(|days| date_of(days.1)));
    html! {
        form.filters method="get" action=(visit.places().page("charts")) {
            label { span { (words.source) }
                select name="source" {
                    option value="" { (words.all) }
                    @for source in counted.tally.sources() {
                        option value=(source) selected[asked.source.as_ref() == Some(source)] { (source) }
                    }
                }
            }
            label { span { (words.from) }
                input type="date" name="from" value=[asked.from] min=[first] max=[last];
            }
            label { span { (words.to) }
                input type="date" name="to" value=[asked.to] min=[first] max=[last];
            }
            button type="submit" { (words.filter) }
            @if asked.source.is_some() || asked.from.is_some() || asked.to.is_some() {
                a href=(visit.places().page("charts")) { (words.clear) }
            }
        }
    }
}

/// A day, week, month or year of a chart.
#[derive(Debug)]
pub(super) struct Period {
    pub(super) label: String,
    pub(super) sources: BTreeMap<String, Traffic>,
}

/// The messages by day, or by as long a period as leaves a chart readable, with those that had
/// none; and the words for the period. What is dated far from all others is summed beside them.
pub(super) fn periods(
    days: &BTreeMap<i64, BTreeMap<String, Traffic>>,
    words: &Words,
) -> (&'static str, Vec<Period>) {
    let words = &words.charts;
    let Some((first, last)) = usual(days) else { return (words.by_day, Vec::new()) };
    let span = last.saturating_sub(first);
    let (word, unit) = match span {
        _ if span < COLUMNS => (words.by_day, Unit::Day),
        _ if span < COLUMNS * 7 => (words.by_week, Unit::Week),
        _ if span < COLUMNS * 30 => (words.by_month, Unit::Month),
        _ => (words.by_year, Unit::Year),
    };
    let (mut before, mut behind) = (BTreeMap::new(), BTreeMap::new());
    let mut periods: BTreeMap<Date, BTreeMap<String, Traffic>> = BTreeMap::new();
    for (day, sources) in days {
        let period = match date_of(*day) {
            _ if *day < first => &mut before,
            Some(date) if *day <= last => periods.entry(begins(date, unit)).or_default(),
            _ => &mut behind,
        };
        for (source, traffic) in sources {
            *period.entry(source.clone()).or_default() += *traffic;
        }
    }
    let mut all = Vec::new();
    let ends = [date_of(first), date_of(last)]
        .map(|date| date.map_or("…".into(), |date| date.to_string()));
    if !before.is_empty() {
        all.push(Period { label: format!("< {}", ends[0]), sources: before });
    }
    let mut next = periods.keys().next().copied();
    while let Some(begins) = next.filter(|_| !periods.is_empty()) {
        let sources = periods.remove(&begins).unwrap_or_default();
        let label = match unit {
            Unit::Month => format!("{:04}-{:02}", begins.year(), begins.month()),
            Unit::Year => begins.year().to_string(),
            _ => begins.to_string(),
        };
        all.push(Period { label, sources });
        let step = match unit {
            Unit::Day => Span::new().days(1),
            Unit::Week => Span::new().weeks(1),
            Unit::Month => Span::new().months(1),
            _ => Span::new().years(1),
        };
        next = begins.checked_add(step).ok();
    }
    if !behind.is_empty() {
        all.push(Period { label: format!("> {}", ends[1]), sources: behind });
    }
    (word, all)
}

/// The first and the last day that a chart shows. A clock that was set wrong dates messages
/// centuries away: where the days reach over more years than a chart has columns, those around
/// which most was written are shown.
fn usual(days: &BTreeMap<i64, BTreeMap<String, Traffic>>) -> Option<(i64, i64)> {
    let (first, last) = (*days.first_key_value()?.0, *days.last_key_value()?.0);
    let reach = COLUMNS * 365;
    if last.saturating_sub(first) < reach {
        return Some((first, last));
    }
    let amount = |sources: &BTreeMap<String, Traffic>| {
        sources.values().map(|traffic| traffic.all()).sum::<u64>()
    };
    let half = days.values().map(amount).sum::<u64>().div_ceil(2);
    let mut passed = 0;
    let middle = days.iter().find(|(_, sources)| {
        passed += amount(sources);
        passed >= half
    });
    let middle = *middle?.0;
    let near = middle.saturating_sub(reach / 2)..middle.saturating_add(reach / 2);
    let mut shown = days.range(near).map(|(day, _)| *day);
    let first = shown.next()?;
    Some((first, shown.next_back().unwrap_or(first)))
}

/// When the period that a day is in begins.
fn begins(date: Date, unit: Unit) -> Date {
    match unit {
        Unit::Week => {
            let days = i64::from(date.weekday().to_monday_zero_offset());
            date.checked_sub(Span::new().days(days)).unwrap_or(date)
        }
        Unit::Month => date.first_of_month(),
        Unit::Year => date.first_of_year(),
        _ => date,
    }
}

fn date_of(day: i64) -> Option<Date> {
    EPOCH.checked_add(Span::new().try_days(day).ok()?).ok()
}

fn day_of(date: Date) -> Option<i64> {
    EPOCH.until((Unit::Day, date)).ok().map(|span| i64::from(span.get_days()))
}

fn traffic_cells(traffic: Traffic) -> Markup {
    html! {
        @for count in [traffic.inbound, traffic.outbound, traffic.other, traffic.all()] {
            td.number { (grouped(count)) }
        }
    }
}

fn traffic_heads(words: &Words) -> Markup {
    let words = &words.charts;
    html! {
        @for word in [words.inbound, words.outbound, words.other, words.all] {
            th.number scope="col" { (word) }
        }
    }
}

fn volume(figures: &Figures, words: &Words) -> Markup {
    let (unit, periods) = periods(&figures.days, words);
    let sums: Vec<(String, Traffic)> = periods
        .into_iter()
        .map(|period| {
            let mut sum = Traffic::default();
            for traffic in period.sources.values() {
                sum += *traffic;
            }
            (period.label, sum)
        })
        .collect();
    let columns: Vec<_> = sums
        .iter()
        .map(|(label, sum)| Column {
            label: label.clone(),
            parts: vec![sum.inbound, sum.outbound, sum.other],
        })
        .collect();
    let words_here = &words.charts;
    let table = html! {
        table {
            thead { tr { th scope="col" { (words_here.when) } (traffic_heads(words)) } }
            tbody { @for (label, sum) in &sums { tr { th scope="row" { (label) } (traffic_cells(*sum)) } } }
        }
    };
    html! {
        section.panel {
            h2 { (words_here.volume) " " small { (unit) } }
            (chart::legend([words_here.inbound, words_here.outbound, words_here.other]))
            (chart::columns(&columns, words_here.volume))
            (chart::numbers(words_here.numbers, &table))
        }
    }
}

fn hours(figures: &Figures, words: &Words) -> Markup {
    let words = &words.charts;
    let cells: Vec<Vec<u64>> = figures
        .hours
        .iter()
        .map(|hours| hours.iter().map(|traffic| traffic.all()).collect())
        .collect();
    let table = html! {
        table {
            thead { tr {
                th scope="col" { (words.weekday) }
                @for hour in 0..24 { th.number scope="col" { (hour) } }
            } }
            tbody {
                @for (row, weekday) in cells.iter().zip(words.weekdays) {
                    tr {
                        th scope="row" { (weekday) }
                        @for count in row { td.number { (grouped(*count)) } }
                    }
                }
            }
        }
    };
    html! {
        section.panel {
            h2 { (words.hours) }
            p.facts { (words.hours_note) }
            (chart::hours(&cells, &words.weekdays, words.hours))
            (chart::numbers(words.numbers, &table))
        }
    }
}

fn bar_table(head: [&str; 2], bars: &[Bar], of: u64, words: &Words) -> Markup {
    html! {
        table {
            thead { tr {
                th scope="col" { (head[0]) }
                th.number scope="col" { (head[1]) }
                th.number scope="col" { (words.charts.share) }
            } }
            tbody {
                @for (label, count) in bars {
                    tr {
                        th scope="row" dir="auto" { (label) }
                        td.number { (grouped(*count)) }
                        td.number { (percent(*count, of)) }
                    }
                }
            }
        }
    }
}

fn percent(count: u64, of: u64) -> String {
    let tenths = count.saturating_mul(1000).checked_div(of).unwrap_or(0);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

fn responses(figures: &Figures, all_words: &Words) -> Markup {
    let words = &all_words.charts;
    let responses = &figures.responses;
    let bars: Vec<Bar> = words
        .waits
        .iter()
        .zip(&responses.spans)
        .map(|(word, (_, count))| ((*word).to_owned(), *count))
        .collect();
    let asked = responses.answered + responses.unanswered;
    html! {
        section.panel {
            h2 { (words.responses) }
            p.facts { (words.responses_note) }
            dl.totals.small {
                @for (word, wait) in [(words.median, responses.median_ms), (words.p90, responses.p90_ms)] {
                    div { dt { (word) } dd { (wait.map_or("–".to_owned(), words.duration)) } }
                }
                div { dt { (words.answered) } dd { (grouped(responses.answered)) " " small { (percent(responses.answered, asked)) } } }
                div { dt { (words.unanswered) } dd { (grouped(responses.unanswered)) } }
            }
            (chart::bars(&bars, words.responses))
            (chart::numbers(words.numbers, &bar_table([words.waited, all_words.home.conversations], &bars, responses.answered, all_words)))
        }
    }
}

fn agents(figures: &Figures, all_words: &Words) -> Markup {
    let words = &all_words.charts;
    let name = |person: &chat_archive::Person| {
        text::beginning(&bubble::name(Some(person), all_words), NAME).0.to_owned()
    };
    let bars: Vec<Bar> =
        figures.agents.iter().map(|agent| (name(&agent.person), agent.messages)).collect();
    let table = html! {
        table {
            thead { tr {
                th scope="col" { (words.agent) }
                th scope="col" { (all_words.list.source) }
                @for word in [all_words.home.messages, all_words.home.conversations, words.first_answers, words.median] {
                    th.number scope="col" { (word) }
                }
            } }
            tbody {
                @for agent in figures.agents.iter().take(ROWS) {
                    tr {
                        th scope="row" dir="auto" { (name(&agent.person)) }
                        td dir="auto" { (agent.source) }
                        @for count in [agent.messages, agent.conversations, agent.first_responses] {
                            td.number { (grouped(count)) }
                        }
                        td.number { (agent.median_response_ms.map_or("–".to_owned(), words.duration)) }
                    }
                }
            }
        }
        @if figures.agents.len() > ROWS { p.facts { ((words.only_first)(ROWS, figures.agents.len())) } }
    };
    html! {
        section.panel {
            h2 { (words.agents) }
            p.facts { (words.agents_note) }
            (chart::bars(&bars, words.agents))
            (chart::numbers(words.numbers, &table))
        }
    }
}

fn kinds(figures: &Figures, all_words: &Words) -> Markup {
    let words = &all_words.charts;
    let bars: Vec<Bar> = figures
        .kinds
        .iter()
        .take(ROWS)
        .map(|(kind, count)| {
            (text::beginning(all_words.thread.kinds.name(kind), NAME).0.to_owned(), *count)
        })
        .collect();
    let heads = [all_words.list.kind, all_words.home.messages];
    html! {
        section.panel {
            h2 { (words.kinds) }
            (chart::bars(&bars, words.kinds))
            (chart::numbers(words.numbers, &bar_table(heads, &bars, figures.messages.all(), all_words)))
        }
    }
}

/// A message that was read was also delivered and sent; one that failed was not.
fn funnel(figures: &Figures, all_words: &Words) -> Markup {
    let words = &all_words.charts;
    let status = &all_words.thread.status;
    let of =
        |names: &[&str]| names.iter().filter_map(|name| figures.statuses.get(*name)).sum::<u64>();
    let known: u64 = figures.statuses.values().sum();
    let bars: Vec<Bar> = vec![
        (words.with_status.to_owned(), known),
        (status.sent.to_owned(), of(&["sent", "delivered", "read"])),
        (status.delivered.to_owned(), of(&["delivered", "read"])),
        (status.read.to_owned(), of(&["read"])),
        (status.failed.to_owned(), of(&["failed"])),
    ];
    let mut exact: Vec<Bar> = figures
        .statuses
        .iter()
        .take(ROWS)
        .map(|(word, count)| (text::beginning(status.name(word), NAME).0.to_owned(), *count))
        .collect();
    exact.push((words.without_status.to_owned(), figures.without_status));
    html! {
        section.panel {
            h2 { (words.funnel) }
            p.facts { (words.funnel_note) }
            (chart::bars(&bars, words.funnel))
            (chart::numbers(words.numbers, &html! {
                (bar_table([words.reached, all_words.home.messages], &bars, known, all_words))
                (bar_table([all_words.list.status, all_words.home.messages], &exact, known + figures.without_status, all_words))
            }))
        }
    }
}
