//! Two hundred queries made from the texts of all simulated vendors, beside what contains them.

use std::collections::{BTreeMap, BTreeSet};

use chat_archive::{Reader, SearchQuery};
use rustix::process::{Pid, Signal, kill_process};

use crate::vendors::Vendors;

/// Queries of each class.
const EACH: usize = 25;

/// Stands between the text of a message and the names of its files; no part of a query.
const BETWEEN: char = '\u{1}';

/// The class of a query.
type Class = (&'static str, fn(&str, usize) -> Option<String>);

/// Han characters in a row: so many of the longest run, from a place that moves.
fn han(text: &str, step: usize, most: usize) -> Option<String> {
    let is_han = |c: char| ('\u{4E00}'..='\u{9FFF}').contains(&c);
    let run: Vec<char> = text.split(|c| !is_han(c)).max_by_key(|run| run.len())?.chars().collect();
    let places = (run.len() + 1).checked_sub(most).filter(|places| *places > 0)?;
    run.get(step % places..step % places + most).map(|part| part.iter().collect())
}

fn word(text: &str, step: usize, is_wanted: fn(char) -> bool) -> Option<String> {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.len() > 2 && word.chars().all(is_wanted))
        .collect();
    words.get(step % words.len().max(1)).map(|word| (*word).to_owned())
}

const CLASSES: [Class; 8] = [
    ("Han, 1", |text, step| han(text, step, 1)),
    ("Han, 2", |text, step| han(text, step, 2)),
    ("Han, 3", |text, step| han(text, step, 3)),
    ("Han, 4", |text, step| han(text, step, 4)),
    ("Han, 6", |text, step| han(text, step, 6)),
    ("words", |text, step| word(text, step, |c| c.is_ascii_alphabetic())),
    ("numbers", |text, step| word(text, step, |c| c.is_ascii_digit())),
    ("whole clauses", |text, step| {
        let ends = ['，', '。', '？', '！', '\n', '"', '(', ')', BETWEEN];
        // a space at an end of a query finds what has none there, too
        let clauses: Vec<&str> = text.split(ends).map(str::trim).collect();
        clauses
            .get(step % clauses.len())
            .filter(|part| part.chars().count() > 3)
            .map(|part| (*part).into())
    }),
];

/// What the archive has of each message: vendor's name of the source, id, text.
fn texts(vendors: &Vendors) -> Vec<(String, String)> {
    let lines = vendors.lines(&["export", "--format", "jsonl"]);
    let between = BETWEEN.to_string();
    let text = |line: &crate::support::Line| {
        let names: Vec<String> = line
            .value("attachments")
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|file| file["file_name"].as_str().map(str::to_owned))
            .collect();
        let text = line.value("text").as_str().unwrap_or_default().to_lowercase();
        (
            format!("{} {}", line.text("source"), line.text("id")),
            [text, names.join(&between).to_lowercase()].join(&between),
        )
    };
    lines.iter().map(text).collect()
}

fn found(reader: &Reader, typed: &str) -> BTreeSet<String> {
    let query = SearchQuery::parse(&format!("\"{typed}\"")).unwrap();
    let (mut ids, mut after) = (BTreeSet::new(), None);
    loop {
        let page = reader.search(&query, after, 100).unwrap();
        ids.extend(
            page.hits.iter().map(|hit| format!("{} {}", hit.message.source, hit.message.id)),
        );
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_queries_find_all_that_contains_them() {
    let vendors = Vendors::new(300).await;
    vendors.run(&["sync", "--no-media"]);
    let texts = texts(&vendors);
    let reader = Reader::open(&vendors.dir.path().join("archive")).unwrap();
    let mut queries: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (step, (_, text)) in texts.iter().cycle().enumerate().take(texts.len() * 4) {
        for (class, make) in CLASSES {
            let made = queries.entry(class).or_default();
            if made.len() < EACH {
                made.extend(make(text, step / 7));
            }
        }
    }
    assert_eq!(queries.values().map(BTreeSet::len).sum::<usize>(), 200);
    println!("class          queries  contain  found  recall  precision");
    for (class, queries) in queries {
        let (mut contain, mut all, mut both) = (0_u32, 0_u32, 0_u32);
        for query in &queries {
            let truth: BTreeSet<String> = texts
                .iter()
                .filter(|(_, text)| contains(text, &query.to_lowercase(), class))
                .map(|(id, _)| id.clone())
                .collect();
            let found = found(&reader, query);
            assert!(truth.is_subset(&found), "{class}: {query}");
            if class.starts_with("Han") {
                assert_eq!(found, truth, "{query}");
            }
            contain += u32::try_from(truth.len()).unwrap();
            all += u32::try_from(found.len()).unwrap();
            both += u32::try_from(found.intersection(&truth).count()).unwrap();
        }
        let share = |of: u32| f64::from(both) / f64::from(of);
        let (recall, precision) = (share(contain), share(all));
        println!(
            "{class:<13}  {:>7}  {contain:>7}  {all:>5}  {recall:>6.3}  {precision:>9.3}",
            queries.len()
        );
        assert!(contain > 0 && (recall - 1.0).abs() < f64::EPSILON && precision > 0.9, "{class}");
    }
}

/// Whether a text contains a query; one of words must not stand within longer ones.
fn contains(text: &str, query: &str, class: &str) -> bool {
    let goes_on = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let begins = goes_on(query.chars().next());
    let ends = goes_on(query.chars().next_back());
    text.match_indices(query).any(|(at, _)| {
        class.starts_with("Han")
            || !(begins && goes_on(text[..at].chars().next_back())
                || ends && goes_on(text[at + query.len()..].chars().next()))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_loses_nothing_to_find() {
    let vendors = Vendors::with(chat_sim::SimOptions::all(1500).only(&["nxlink"])).await;
    // a page that was asked for may not be stored yet: killed until one was
    let mut stored = 0;
    for requests in 2..10 {
        if let Ok(mut child) = vendors.start_until(&["sync", "--no-media", "-q"], requests) {
            kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
            child.wait().unwrap();
        }
        stored = texts(&vendors).len();
        if stored > 0 {
            break;
        }
    }
    assert!((1..1500).contains(&stored), "{stored}");
    let reader = || Reader::open(&vendors.dir.path().join("archive")).unwrap();
    // what was stored is in the index, or known to be missing there
    let behind = reader().behind().unwrap().messages;
    assert!(behind > 0);
    let run = vendors.run(&["search", "发票"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("not in the search index yet"), "{run:?}");
    assert_eq!(vendors.run(&["sync", "--no-media"]).code, 0);
    assert_eq!(reader().behind().unwrap().messages, 0);
    for typed in ["发票", "票", "退款"] {
        let truth = texts(&vendors).into_iter().filter(|(_, text)| text.contains(typed));
        let truth: BTreeSet<String> = truth.map(|(id, _)| id).collect();
        assert!(!truth.is_empty());
        assert_eq!(found(&reader(), typed), truth, "{typed}");
    }
}
