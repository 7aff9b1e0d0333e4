//! What is found is what contains the query.

use chat_archive::{Reader, SearchQuery};
use proptest::collection::vec;
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;

use super::{found, holding};

/// A text in one form of width and case, as anyone would make it.
fn plain(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase()
}

fn containing(texts: &[String], query: &str) -> Vec<usize> {
    let query = plain(query);
    let contains = |(index, text): (usize, &String)| plain(text).contains(&query).then_some(index);
    texts.iter().enumerate().filter_map(contains).collect()
}

fn stored(texts: &[String]) -> (crate::support::Fixture, Reader) {
    let fixture = holding(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let reader = fixture.reader();
    (fixture, reader)
}

/// Texts of few characters, so that their parts stand in others too.
fn texts() -> impl Strategy<Value = Vec<String>> {
    vec("([你好请开发票]|[你好请开发票]|[がか한글]|[ab]|[1１Ａ]|[，。 　]|😀|👍🏽|é|ｶﾞ){1,14}", 12..30)
}

/// All parts of a text that consist of these characters only, up to a length.
fn parts(text: &str, is_wanted: fn(char) -> bool, most: usize) -> Vec<String> {
    let mut parts = Vec::new();
    for run in text.split(|c| !is_wanted(c)) {
        let chars: Vec<char> = run.chars().collect();
        for length in 1..=most {
            parts.extend(chars.windows(length).map(|part| part.iter().collect::<String>()));
        }
    }
    parts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    /// Characters that stand for themselves, in a row of any length: what contains them, and
    /// nothing else.
    #[test]
    fn han_queries_find_exactly_what_contains_them(texts in texts()) {
        let (_fixture, reader) = stored(&texts);
        for text in &texts {
            let is_single = |c: char| "你好请开发票がか한글".contains(c);
            for part in parts(text, is_single, 8) {
                prop_assert_eq!(found(&reader, &part), containing(&texts, &part), "{}", part);
            }
        }
    }

    /// Whatever stands between two gaps, signs and words among it: at least what contains it.
    #[test]
    fn mixed_queries_find_all_that_contains_them(texts in texts()) {
        let (_fixture, reader) = stored(&texts);
        for text in &texts {
            for part in text.split([' ', '\u{3000}', '，', '。']).filter(|part| !part.is_empty()) {
                let found = found(&reader, part);
                let is_word = |c: Option<char>| c.is_some_and(|c| "ab1１Ａé".contains(c));
                let at_words = is_word(part.chars().next()) || is_word(part.chars().last());
                for index in containing(&texts, part) {
                    // a word that goes on is another word
                    prop_assert!(at_words || found.contains(&index), "{part} in {}", texts[index]);
                }
                prop_assert!(found.iter().any(|index| texts[*index] == *text));
            }
        }
    }

    /// What the index finds has a place to mark, and what it does not find has none.
    #[test]
    fn what_is_found_is_marked(texts in texts(), typed in "[你好请票がab1é😀， ]{1,4}\\*?") {
        let Ok(query) = SearchQuery::parse(&format!("\"{}\"{}", typed.trim_end_matches('*'),
            if typed.ends_with('*') { "*" } else { "" })) else { return Ok(()) };
        let (_fixture, reader) = stored(&texts);
        let found = super::found_by(&reader, &query);
        for (index, text) in texts.iter().enumerate() {
            let marks = query.marks(text);
            prop_assert_eq!(found.contains(&index), !marks.is_empty(), "{} in {:?}", typed, text);
            for mark in &marks {
                prop_assert!(text.get(mark.clone()).is_some_and(|marked| !marked.is_empty()));
            }
            prop_assert!(marks.is_sorted_by(|a, b| a.end < b.start));
        }
    }
}
