//! Measures the search of an archive with 200 queries made from its own texts:
//! `cargo run --release -p chat-archive --example search -- DIR`. With `--index`, it makes the whole
//! index anew first, and says how fast that goes.
#![expect(clippy::print_stdout, reason = "prints what it measured")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chat_archive::{Archive, Reader, SearchOrder, SearchQuery};
use rusqlite::Connection;

const QUERIES: usize = 200;
const PAGE: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut dir, mut index_anew) = (PathBuf::new(), false);
    for word in std::env::args().skip(1) {
        match word.as_str() {
            "--index" => index_anew = true,
            _ => dir = word.into(),
        }
    }
    if index_anew {
        index(&dir)?;
    }
    let db = Connection::open(dir.join("archive.db"))?;
    let messages: i64 = db.query_row("SELECT count(*) FROM message", [], |row| row.get(0))?;
    let bytes: i64 = db.query_row(
        "SELECT (SELECT sum(length(block)) FROM search_data)
             + (SELECT sum(length(sz) + 8) FROM search_docsize)
             + (SELECT coalesce(sum(length(term) + 8), 0) FROM search_idx)",
        [],
        |row| row.get(0),
    )?;
    let per_message = bytes / messages.max(1);
    println!("index: {} MB, {per_message} bytes a message, {messages} messages", bytes / 1_000_000);
    let queries = queries(&db)?;
    drop(db);

    let reader = Reader::open(&dir)?;
    let mut steps: [(&str, Vec<Duration>); 4] = [
        ("first page with marks", Vec::new()),
        ("by relevance", Vec::new()),
        ("count", Vec::new()),
        ("facets", Vec::new()),
    ];
    let mut most = 0;
    for typed in &queries {
        let mut query = SearchQuery::parse(typed)?;
        let began = Instant::now();
        let page = reader.search(&query, None, PAGE)?;
        for hit in &page.hits {
            std::hint::black_box(query.snippet(hit.message.text.as_deref().unwrap_or(""), 200));
        }
        steps[0].1.push(began.elapsed());
        let began = Instant::now();
        let count = reader.count_hits(&query)?;
        steps[2].1.push(began.elapsed());
        most = most.max(count.hits);
        let began = Instant::now();
        reader.facets(&query)?;
        steps[3].1.push(began.elapsed());
        query.order = SearchOrder::Relevance;
        let began = Instant::now();
        reader.search(&query, None, PAGE)?;
        steps[1].1.push(began.elapsed());
    }
    println!("{} queries, up to {most} hits", queries.len());
    for (name, times) in &mut steps {
        times.sort();
        let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        let worst = times.last().copied().unwrap_or_default();
        println!("{name}: p50 {:.1?}, p95 {:.1?}, worst {worst:.1?}", at(50), at(95));
    }
    Ok(())
}

/// Empties the index and fills it again.
fn index(dir: &Path) -> Result<(), Box<dyn Error>> {
    let db = Connection::open(dir.join("archive.db"))?;
    db.execute_batch(
        "INSERT INTO search (search) VALUES ('delete-all');
         UPDATE indexed SET up_to = 0",
    )?;
    let messages: u32 = db.query_row("SELECT count(*) FROM message", [], |row| row.get(0))?;
    drop(db);
    let mut archive = Archive::open(dir)?;
    let began = Instant::now();
    archive.index(&|| false)?;
    let took = began.elapsed().as_secs_f64();
    println!("indexed {messages} messages and summed up their conversations in {took:.1} s");
    Ok(())
}

/// Parts of texts spread over the archive: one to six Han characters, words, two words.
fn queries(db: &Connection) -> Result<Vec<String>, Box<dyn Error>> {
    let last: i64 = db.query_row("SELECT max(id) FROM message", [], |row| row.get(0))?;
    let mut find = db.prepare(
        "SELECT text FROM message WHERE id >= ?1 AND length(text) > 8 ORDER BY id LIMIT 1",
    )?;
    let mut queries = Vec::new();
    for (step, turn) in (0_i64..).zip((0..6).cycle()).take(QUERIES * 20) {
        let text: String =
            find.query_row([1 + step * 7919 % last.max(1)], |row| row.get(0)).unwrap_or_default();
        let is_han = |c: &char| ('\u{4E00}'..='\u{9FFF}').contains(c);
        let han = text.split(|c| !is_han(&c)).max_by_key(|run| run.len()).unwrap_or_default();
        let words: Vec<&str> =
            text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| w.len() > 1).collect();
        let query = match (turn, words.as_slice()) {
            (4, [.., word]) => (*word).to_owned(),
            (5, [first, .., last]) => format!("{first} {last}"),
            _ => han.chars().take(1 + turn % 6).collect(),
        };
        if !query.is_empty() && !queries.contains(&query) {
            queries.push(query);
        }
        if queries.len() == QUERIES {
            break;
        }
    }
    Ok(queries)
}
