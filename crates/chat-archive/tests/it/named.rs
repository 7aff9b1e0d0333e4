//! The index of platform ids is made once messages name others by them.

use std::cell::Cell;

use chat_archive::Archive;
use chat_core::{PlatformId, SourcePage};
use rusqlite::Connection;

use crate::support::{Fixture, Record, page};

/// A message with a platform id, and what it names.
fn message(id: &str, quotes: Option<&str>, recalls: Option<&str>) -> SourcePage {
    let mut page = page(&[Record::new(id, id)]);
    let message = &mut page.records[0].message;
    message.platform_id = Some(PlatformId::new(format!("p{id}")));
    message.reply_to = quotes.map(PlatformId::new);
    message.recalls = recalls.map(PlatformId::new);
    page
}

fn has_index(fixture: &Fixture) -> bool {
    let db = Connection::open(fixture.path().join("archive.db")).unwrap();
    let count = "SELECT count(*) FROM sqlite_schema WHERE name = 'message_platform'";
    db.query_row(count, [], |row| row.get(0)).unwrap()
}

fn quoted(fixture: &Fixture, by: i64) -> Option<String> {
    fixture.reader().quoted(by).unwrap().map(|quoted| quoted.id)
}

#[test]
fn where_no_message_names_another_there_is_none() {
    let mut fixture = Fixture::new();
    fixture.store_page(&message("1", None, None));
    fixture.archive().index(&|| false).unwrap();
    assert!(!has_index(&fixture));
}

#[test]
fn quotes_are_found_before_it_is_made_and_after() {
    let mut fixture = Fixture::new();
    fixture.store_page(&message("1", None, None));
    fixture.store_page(&message("2", Some("p1"), None));
    assert!(!has_index(&fixture));
    assert_eq!(quoted(&fixture, 2).as_deref(), Some("1"));
    fixture.archive().index(&|| false).unwrap();
    assert!(has_index(&fixture));
    assert_eq!(quoted(&fixture, 2).as_deref(), Some("1"));
    fixture.store_page(&message("3", Some("p2"), None));
    assert_eq!(quoted(&fixture, 3).as_deref(), Some("2"));
}

#[test]
fn a_run_that_ended_before_it_was_made_leaves_it_to_the_next_one() {
    let mut fixture = Fixture::new();
    fixture.store_page(&message("1", Some("p0"), None));
    let rounds = Cell::new(0);
    let stop = || rounds.replace(rounds.get() + 1) == 1;
    fixture.archive().index(&stop).unwrap();
    assert!(!has_index(&fixture));
    fixture.archive = None;
    fixture.archive = Some(Archive::open(&fixture.path()).unwrap());
    fixture.archive().index(&|| false).unwrap();
    assert!(has_index(&fixture));
}

#[test]
fn the_first_recall_makes_it() {
    let mut fixture = Fixture::new();
    fixture.store_page(&message("1", None, None));
    fixture.store_page(&message("2", None, Some("p1")));
    assert!(has_index(&fixture));
}
