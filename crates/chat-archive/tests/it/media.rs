//! Files: under their digest, with a state, and noticed when they change.

use std::io::Write as _;

use chat_archive::{MediaFailure, MediaState, MediaWriter};
use chat_core::UnixMillis;

use crate::support::{Fixture, Record};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n rest of the picture";

fn with_file() -> Fixture {
    let mut fixture = Fixture::new();
    let stored = fixture.store(&[Record::new("1", "x").link("https://example.com/1")]);
    let mut file = MediaWriter::create(&fixture.archive().media_dir()).unwrap();
    file.write_all(PNG).unwrap();
    assert_eq!(file.detected_type(), Some("image/png"));
    let saved = file.finish().unwrap();
    fixture.archive().media_saved(&stored.media[0], &saved, UnixMillis::new(5)).unwrap();
    fixture
}

#[test]
fn a_file_is_stored_once_under_its_digest() {
    let mut fixture = with_file();
    let line = &fixture.lines()[0]["attachments"][0];
    assert_eq!(line["state"], "saved");
    assert_eq!(line["size_bytes"], PNG.len());
    let path = fixture.path().join(line["path"].as_str().unwrap());
    assert_eq!(std::fs::read(&path).unwrap(), PNG);
    let stored = fixture.store(&[Record::new("2", "x").link("https://example.com/2")]);
    let mut file = MediaWriter::create(&fixture.archive().media_dir()).unwrap();
    file.write_all(PNG).unwrap();
    let saved = file.finish().unwrap();
    fixture.archive().media_saved(&stored.media[0], &saved, UnixMillis::new(6)).unwrap();
    assert_eq!(fixture.sql::<i64>("SELECT count(*) FROM media_file"), 1);
    assert!(fixture.reader().verify(&mut |_| {}).unwrap().is_clean());
    assert_eq!(
        fixture.sql::<String>("SELECT path FROM media LIMIT 1"),
        line["path"].as_str().unwrap()
    );
}

#[test]
fn a_file_that_was_changed_or_lost_is_named() {
    let fixture = with_file();
    let line = &fixture.lines()[0]["attachments"][0];
    let path = fixture.path().join(line["path"].as_str().unwrap());
    std::fs::write(&path, b"other").unwrap();
    let what = format!("media {}", line["sha256"].as_str().unwrap());
    let report = fixture.reader().verify(&mut |_| {}).unwrap();
    assert_eq!(report.differences[0].what, what);
    std::fs::remove_file(&path).unwrap();
    let report = fixture.reader().verify(&mut |_| {}).unwrap();
    assert_eq!(report.differences[0].how, "the file is missing");
}

#[test]
fn a_file_that_could_not_be_had_keeps_its_reason() {
    let mut fixture = Fixture::new();
    let stored = fixture.store(&[Record::new("1", "x").link("https://example.com/1")]);
    let source = fixture.source;
    let lacking = |fixture: &mut Fixture| {
        let start = fixture.archive().lacking_media_start(source).unwrap();
        fixture.archive().lacking_media(&start, 10).unwrap().0.len()
    };
    assert_eq!(lacking(&mut fixture), 1);
    let failure = MediaFailure { state: MediaState::Expired, reason: "gone".into() };
    fixture.archive().media_failed(&stored.media[0], &failure).unwrap();
    assert_eq!(fixture.archive().lacking_counts(source).unwrap().expired, 1);
    // it is tried again, but not for ever
    for _ in 1..10 {
        assert_eq!(lacking(&mut fixture), 1);
        fixture.archive().media_failed(&stored.media[0], &failure).unwrap();
    }
    assert_eq!(lacking(&mut fixture), 0);
    assert_eq!(fixture.sql::<String>("SELECT reason FROM media"), "gone");
}

#[test]
fn a_new_version_keeps_the_file_it_still_has() {
    let mut fixture = with_file();
    let changed = Record::new("1", "x").status("read", 9).link("https://example.com/1");
    let stored = fixture.store(&[changed]);
    assert_eq!((stored.changed, stored.media.len()), (1, 0));
    let line = &fixture.lines()[0];
    assert_eq!((&line["version"], &line["attachments"][0]["state"]), (&2.into(), &"saved".into()));
}

#[test]
fn an_unfinished_download_leaves_nothing() {
    let mut fixture = Fixture::new();
    let dir = fixture.archive().media_dir();
    let mut file = MediaWriter::create(&dir).unwrap();
    file.write_all(b"half").unwrap();
    drop(file);
    std::fs::write(dir.join("incoming-left-by-a-crash"), b"half").unwrap();
    fixture.archive().remove_partial_media().unwrap();
    assert_eq!(std::fs::read_dir(dir).unwrap().count(), 0);
}

#[test]
fn a_file_of_an_earlier_form_that_comes_late_is_fetched_too() {
    let mut fixture = Fixture::new();
    fixture.store(&[Record::new("1", "recalled").status("recalled", 9)]);
    let late = Record::new("1", "x").status("sent", 1).link("https://example.com/1");
    assert_eq!(fixture.store(&[late]).media.len(), 1);
    // it belongs to the earlier form, so the current one does not show it
    assert_eq!(fixture.lines()[0]["attachments"], serde_json::json!([]));
}

#[test]
fn a_link_that_comes_later_is_followed() {
    let mut fixture = Fixture::new();
    let linked = Record::new("1", "x").link("https://example.com/1");
    let mut page = crate::support::page(std::slice::from_ref(&linked));
    page.records[0].message.attachments[0].link = None;
    assert_eq!(fixture.store_page(&page).media.len(), 0);
    assert_eq!(fixture.lines()[0]["attachments"][0]["state"], "none");
    assert_eq!(fixture.store(std::slice::from_ref(&linked)).media.len(), 1);
    assert_eq!(fixture.lines()[0]["attachments"][0]["state"], "pending");
    // and with a change of the record too
    let failure = MediaFailure { state: MediaState::Failed, reason: "gone".into() };
    let stored = fixture.store(&[linked.clone().status("sent", 2)]);
    assert_eq!(stored.media.len(), 0, "it is pending already");
    let task =
        fixture.store(&[Record::new("2", "x").link("https://example.com/2")]).media.remove(0);
    fixture.archive().media_failed(&task, &failure).unwrap();
    let again =
        fixture.store(&[Record::new("2", "x").status("read", 2).link("https://example.com/3")]);
    assert_eq!((again.changed, again.media.len()), (1, 1));
}

#[test]
fn no_debug_shows_what_is_in_a_file_or_who_is_asked_for() {
    let mut fixture = Fixture::new();
    let mut file = MediaWriter::create(&fixture.archive().media_dir()).unwrap();
    file.write_all(b"MARKER").unwrap();
    let mut filter = chat_archive::Filter::default();
    filter.sender = Some("MARKER".into());
    let shown = format!("{file:?} {filter:?} {:?}", fixture.archive());
    assert!(!shown.contains("MARKER") && !shown.contains("[77, 65"), "{shown}");
}
