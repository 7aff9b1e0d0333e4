//! Search: what is found, what is not, and where it stands.

mod contained;
mod follow;
mod language;
mod marked;
mod pages;

use chat_archive::{Reader, SearchQuery};

use crate::support::{Fixture, Record};

/// An archive with these texts, the first one with the id 0, all of them in the index.
pub(crate) fn holding(texts: &[&str]) -> Fixture {
    let mut fixture = Fixture::new();
    let ids: Vec<String> = (0..texts.len()).map(|id| id.to_string()).collect();
    let records: Vec<Record> =
        ids.iter().zip(texts).map(|(id, text)| Record::new(id, text)).collect();
    for records in records.chunks(100) {
        fixture.store(records);
    }
    fixture.archive().index(&|| false).unwrap();
    fixture
}

/// All ids that a query finds, in the order of the texts.
pub(crate) fn found_by(reader: &Reader, query: &SearchQuery) -> Vec<usize> {
    let mut ids = Vec::new();
    let mut after = None;
    loop {
        let page = reader.search(query, after, 50).unwrap();
        ids.extend(page.hits.iter().map(|hit| hit.message.id.parse::<usize>().unwrap()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    ids.sort_unstable();
    ids
}

/// The same for what someone typed.
pub(crate) fn found(reader: &Reader, typed: &str) -> Vec<usize> {
    found_by(reader, &SearchQuery::parse(typed).unwrap())
}
