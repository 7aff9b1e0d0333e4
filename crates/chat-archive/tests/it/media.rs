//! Files: under their digest, with a state, and noticed when they change.

use std::io::Write as _;

use chat_archive::{MediaCounts, MediaFailure, MediaState, MediaWriter};
use chat_core::UnixMillis;

use crate::support::{Fixture, Record};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n rest of the picture";

fn gone(state: MediaState) -> MediaFailure {
    MediaFailure { state, reason: "gone".into(), counts: true }
}

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
        let start = fixture.archive().lacking_media_start(source, UnixMillis::new(0)).unwrap();
        fixture.archive().lacking_media(&start, 10).unwrap().0.len()
    };
    assert_eq!(lacking(&mut fixture), 1);
    let failure = gone(MediaState::Expired);
    fixture.archive().media_failed(&stored.media[0], &failure, UnixMillis::new(0)).unwrap();
    let counts = fixture.archive().lacking_counts(source).unwrap();
    assert_eq!((counts.expired, counts.pending), (1, 0));
    assert_eq!(fixture.reader().status().unwrap()[0].media, counts);
    let (other, _) = fixture.archive().source("other", "made-up", "", &[]).unwrap();
    assert_eq!(fixture.archive().lacking_counts(other).unwrap(), MediaCounts::default());
    assert_eq!(fixture.reader().status().unwrap()[0].media, MediaCounts::default());
    assert_eq!(lacking(&mut fixture), 1, "the next run tries it again");
    assert_eq!(fixture.sql::<String>("SELECT reason FROM media"), "gone");
}

#[test]
fn a_link_that_comes_again_is_taken_when_its_file_is_due() {
    let mut fixture = Fixture::new();
    let record = [Record::new("1", "x").link("https://example.com/1")];
    let task = fixture.store(&record).media.remove(0);
    assert_eq!(fixture.store(&record).media.len(), 0, "it is waited for");
    for _ in 0..2 {
        let now = UnixMillis::new(fixture.now);
        fixture.archive().media_failed(&task, &gone(MediaState::Expired), now).unwrap();
    }
    assert_eq!(fixture.store(&record).media.len(), 0, "it is not due");
    fixture.now += 3_600_000;
    assert_eq!(fixture.store(&record).media.len(), 1);
    assert_eq!(fixture.sql::<String>("SELECT state FROM attachment"), "pending");
}

#[test]
fn a_file_is_tried_ever_less_often_and_ten_times_in_all() {
    const HOUR: i64 = 3_600_000;
    let mut fixture = Fixture::new();
    let task =
        fixture.store(&[Record::new("1", "x").link("https://example.com/1")]).media.remove(0);
    let source = fixture.source;
    let is_due = |fixture: &mut Fixture, now: i64| {
        let start = fixture.archive().lacking_media_start(source, UnixMillis::new(now)).unwrap();
        fixture.archive().lacking_media(&start, 10).unwrap().0.len() == 1
    };
    let (mut now, mut distances) = (1_000 * HOUR, Vec::new());
    for run in 1..=10 {
        assert!(is_due(&mut fixture, now), "run {run}");
        let failure = gone(MediaState::Pending);
        fixture.archive().media_failed(&task, &failure, UnixMillis::new(now)).unwrap();
        let hours = (0..200).find(|hours| is_due(&mut fixture, now + hours * HOUR));
        distances.push(hours);
        now += hours.unwrap_or(0) * HOUR;
    }
    let hours = [0, 1, 2, 4, 8, 16, 32, 64, 128].map(Some);
    assert_eq!(distances, [&hours[..], &[None]].concat());
    // a record that comes with a fresh link does not begin it anew
    let again = Record::new("1", "x").status("read", 2).link("https://example.com/2");
    assert_eq!(fixture.store(&[again]).media.len(), 0);
    let listed = fixture.reader().media_list("src", false).unwrap();
    assert_eq!((listed[0].state.as_str(), listed[0].tries), ("failed", 10));
    assert!(listed[0].given_up);
    fixture.archive().retry_media(source).unwrap();
    assert!(is_due(&mut fixture, now));
}

#[test]
fn a_run_whose_credentials_are_refused_is_no_try_of_the_file() {
    let mut fixture = Fixture::new();
    let task =
        fixture.store(&[Record::new("1", "x").link("https://example.com/1")]).media.remove(0);
    let failure = MediaFailure { counts: false, ..gone(MediaState::Pending) };
    for now in 0..20 {
        fixture.archive().media_failed(&task, &failure, UnixMillis::new(now)).unwrap();
    }
    let listed = fixture.reader().media_list("src", false).unwrap();
    assert_eq!((listed[0].state.as_str(), listed[0].tries), ("pending", 0));
    assert_eq!(listed[0].reason.as_deref(), Some("gone"));
}

#[test]
fn a_saved_file_that_is_missing_is_fetched_again_by_the_next_run() {
    let mut fixture = with_file();
    let path = fixture.path().join(fixture.sql::<String>("SELECT path FROM media"));
    assert_eq!(fixture.archive().mend_missing_media().unwrap(), 0);
    std::fs::write(&path, b"other bytes are not looked at").unwrap();
    assert_eq!(fixture.archive().mend_missing_media().unwrap(), 0);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(fixture.archive().mend_missing_media().unwrap(), 1);
    let line = &fixture.lines()[0]["attachments"][0];
    assert_eq!((&line["state"], &line["path"]), (&"pending".into(), &serde_json::Value::Null));
    assert_eq!(line["sha256"].as_str().map(str::len), Some(64), "what it was is still known");
    let listed = fixture.reader().media_list("src", false).unwrap();
    let reason = "the file was missing from the archive's folder";
    assert_eq!(listed[0].reason.as_deref(), Some(reason));
}

#[test]
fn a_damaged_file_is_replaced() {
    let mut fixture = with_file();
    let source = fixture.source;
    let path = fixture.path().join(fixture.sql::<String>("SELECT path FROM media"));
    std::fs::write(&path, &PNG[..10]).unwrap();
    fixture.archive().retry_media(source).unwrap();
    let listed = fixture.reader().media_list("src", false).unwrap();
    let reason = "the file in the archive's folder was damaged";
    assert_eq!(listed[0].reason.as_deref(), Some(reason));
    let start = fixture.archive().lacking_media_start(source, UnixMillis::new(0)).unwrap();
    let (tasks, _) = fixture.archive().lacking_media(&start, 10).unwrap();
    let mut file = MediaWriter::create(&fixture.archive().media_dir()).unwrap();
    file.write_all(PNG).unwrap();
    let saved = file.finish().unwrap();
    fixture.archive().media_saved(&tasks[0], &saved, UnixMillis::new(7)).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), PNG);
    assert!(fixture.reader().verify(&mut |_| {}).unwrap().is_clean());
    assert!(fixture.reader().media_list("src", false).unwrap().is_empty());
}

#[test]
fn both_types_of_a_file_are_listed() {
    let fixture = with_file();
    let listed = fixture.reader().media_list("src", true).unwrap();
    assert_eq!(listed[0].declared_type.as_deref(), Some("image/png"));
    assert_eq!(listed[0].detected_type.as_deref(), Some("image/png"));
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
    let failure = gone(MediaState::Failed);
    let stored = fixture.store(&[linked.clone().status("sent", 2)]);
    assert_eq!(stored.media.len(), 0, "it is pending already");
    let task =
        fixture.store(&[Record::new("2", "x").link("https://example.com/2")]).media.remove(0);
    fixture.archive().media_failed(&task, &failure, UnixMillis::new(0)).unwrap();
    let again =
        fixture.store(&[Record::new("2", "x").status("read", 2).link("https://example.com/3")]);
    assert_eq!((again.changed, again.media.len()), (1, 1));
}

#[test]
fn a_fresh_link_is_to_the_file_of_the_form_that_it_came_with() {
    /// A page with one record, whose file has a size: another size is another file.
    fn of_size(record: &Record, size: u64) -> chat_core::SourcePage {
        let mut page = crate::support::page(std::slice::from_ref(record));
        page.records[0].message.attachments[0].size_bytes = Some(size);
        page
    }
    let mut fixture = Fixture::new();
    let first = Record::new("1", "x").status("sent", 1).link("https://example.com/1");
    let second = Record::new("1", "y").status("sent", 2).link("https://example.com/2");
    let mut keys = Vec::new();
    for (record, size) in [(&first, 1), (&second, 2)] {
        let task = fixture.store_page(&of_size(record, size)).media.remove(0);
        fixture
            .archive()
            .media_failed(&task, &gone(MediaState::Expired), UnixMillis::new(0))
            .unwrap();
        keys.push(task.key());
    }
    assert_ne!(keys[0], keys[1]);
    let states = |fixture: &Fixture| {
        fixture.sql::<String>(
            "SELECT group_concat(state) FROM (SELECT state FROM attachment ORDER BY first_version)",
        )
    };
    let again = fixture.store_page(&of_size(&second, 2));
    let found: Vec<_> = again.media.iter().map(chat_archive::MediaTask::key).collect();
    assert_eq!((found, states(&fixture)), (vec![keys[1]], "expired,pending".to_owned()));
    // the earlier form, read once more
    let again = fixture.store_page(&of_size(&first, 1));
    let found: Vec<_> = again.media.iter().map(chat_archive::MediaTask::key).collect();
    assert_eq!((found, states(&fixture)), (vec![keys[0]], "pending,pending".to_owned()));
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
