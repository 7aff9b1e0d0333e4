//! Searching an archive, with queries made from its own texts, beside the bare full-text statement
//! on the same index.

use std::hint::black_box;
use std::path::Path;

use chat_archive::{Behind, Reader, SearchOrder, SearchQuery, search_tokens};
use rusqlite::Connection;

use super::sync;
use crate::pages;
use crate::report::Row;
use crate::sample::{Sample, Summary, thread_cpu};
use crate::vendors;
use crate::world::{Setting, World};

const QUERIES: usize = 200;
/// Messages of a page of hits, and characters of a message that are shown in it.
const PAGE: usize = 50;
const SHOWN: usize = 200;

const BARE: &str = "SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid DESC LIMIT ?2";

/// What is measured: its name, and whether the bare statement is its floor.
const STEPS: [(&str, bool); 4] =
    [("first page", true), ("by relevance", false), ("count", false), ("facets", false)];

pub(crate) fn run(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let world = World::new(vendors::simulated(vendors::MOST, setting.records))?;
    let (folder, _) = sync::synced(setting, &world)?;
    let archive = folder.path().join("archive");
    let db = pages::database(&archive)?;
    let queries = queries(&db)?;
    anyhow::ensure!(!queries.is_empty(), "no text in the archive gives a query");
    let (mut steps, mut bare): ([Sample; 4], Sample) = Default::default();
    // of each query its own values, for the slow ones among them
    let mut each: [Vec<f64>; 4] = Default::default();
    for _ in 0..setting.rounds {
        each.iter_mut().for_each(Vec::clear);
        round(&archive, &queries, &mut each)?;
        steps.iter_mut().zip(&each).for_each(|(step, each)| step.push(mean(each)));
        bare.push(mean(&of_index(&db, &queries)?));
    }
    let rows = STEPS.iter().zip(&steps).zip(&each).map(|(((name, has_floor), step), each)| {
        let Summary { median, high, .. } = each.iter().copied().collect::<Sample>().summary();
        let row = Row::new("search", *name, "ms", step)
            .with_fact("p50_ms", median)
            .with_fact("worst_ms", high);
        if *has_floor { row.with_floor(step, &bare) } else { row }
    });
    Ok(rows.collect())
}

/// CPU time of each query, in milliseconds, step by step.
fn round(archive: &Path, queries: &[String], each: &mut [Vec<f64>; 4]) -> anyhow::Result<()> {
    let reader = Reader::open(archive)?;
    anyhow::ensure!(reader.behind()? == Behind::default(), "the index lacks messages");
    let [first, relevance, count, facets] = each;
    for typed in queries {
        let mut query = SearchQuery::parse(typed)?;
        first.push(ms(|| {
            for hit in reader.search(&query, None, PAGE)?.hits {
                black_box(query.snippet(hit.message.text.as_deref().unwrap_or_default(), SHOWN));
            }
            Ok(())
        })?);
        count.push(ms(|| Ok(reader.count_hits(&query)?))?);
        facets.push(ms(|| Ok(reader.facets(&query)?))?);
        query.order = SearchOrder::Relevance;
        relevance.push(ms(|| Ok(reader.search(&query, None, PAGE)?))?);
    }
    Ok(())
}

/// The same queries as phrases of the index, and nothing but the numbers of the first rows.
fn of_index(db: &Connection, queries: &[String]) -> anyhow::Result<Vec<f64>> {
    let mut select = db.prepare(BARE)?;
    let each = queries.iter().map(|typed| {
        let phrases = typed.split(' ').map(|word| format!("\"{}\"", search_tokens(word)));
        let phrases: Vec<String> = phrases.collect();
        ms(|| {
            let rows = select.query_map((phrases.join(" "), PAGE), |row| row.get::<_, i64>(0))?;
            rows.for_each(|row| drop(black_box(row)));
            Ok(())
        })
    });
    each.collect()
}

fn ms<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<f64> {
    let begun = thread_cpu();
    black_box(work()?);
    Ok((thread_cpu() - begun) * 1e3)
}

#[expect(clippy::cast_precision_loss, reason = "some hundred values")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Parts of texts spread over the archive: one to six Han characters, a word, two words.
fn queries(db: &Connection) -> anyhow::Result<Vec<String>> {
    let last: i64 = db.query_row("SELECT max(id) FROM message", [], |row| row.get(0))?;
    let mut find = db.prepare(
        "SELECT text FROM message WHERE id >= ?1 AND length(text) > 8 ORDER BY id LIMIT 1",
    )?;
    let mut queries = Vec::new();
    for (step, turn) in (0_i64..).zip((0..6).cycle()).take(QUERIES * 20) {
        let text: String =
            find.query_row([1 + step * 7919 % last.max(1)], |row| row.get(0)).unwrap_or_default();
        let query = query_from(&text, turn);
        if !query.is_empty() && !queries.contains(&query) {
            queries.push(query);
        }
        if queries.len() == QUERIES {
            break;
        }
    }
    Ok(queries)
}

fn query_from(text: &str, turn: usize) -> String {
    let is_han = |c: &char| ('\u{4E00}'..='\u{9FFF}').contains(c);
    let words: Vec<&str> =
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 1).collect();
    match (turn, words.as_slice()) {
        (4, [.., word]) => (*word).to_owned(),
        (5, [first, .., last]) => format!("{first} {last}"),
        _ => {
            let han = text.split(|c| !is_han(&c)).max_by_key(|run| run.len()).unwrap_or_default();
            han.chars().take(1 + turn).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_cut_from_texts() {
        let text = "请开发票 invoice 2025-11 please 谢谢";
        assert_eq!(
            [0, 2, 4, 5].map(|turn| query_from(text, turn)),
            ["请", "请开发", "please", "invoice please"]
        );
        assert_eq!(query_from("…", 5), "");
    }
}
