//! Pages that are stored together.

use chat_archive::{CoveredWindow, ToStore, Verdict};
use chat_core::{SourcePage, UnixMillis, Window};
use rusqlite::Connection;

use crate::support::{Fixture, Record, WINDOW, page};

fn one(id: &str, text: &str) -> SourcePage {
    page(&[Record::new(id, text)])
}

/// The database refuses records of this id from now on.
fn refuse(fixture: &Fixture, id: &str) {
    let db = Connection::open(fixture.path().join("archive.db")).unwrap();
    db.execute_batch(&format!(
        "CREATE TRIGGER refused BEFORE INSERT ON message WHEN new.record_id = '{id}'
         BEGIN SELECT RAISE(ABORT, 'refused'); END"
    ))
    .unwrap();
}

#[test]
fn pages_stored_together_are_as_if_one_came_after_the_other() {
    let (mut together, mut alone) = (Fixture::new(), Fixture::new());
    let pages = [
        page(&[Record::new("1", "a"), Record::new("2", "b")]),
        page(&[Record::new("2", "b"), Record::new("3", "c").link("https://example.com/1")]),
        page(&[Record::new("2", "now b").status("read", 2)]),
        page(&[]),
    ];
    let told = |stored: &chat_archive::StoredPage| {
        (stored.new, stored.changed, stored.seen, stored.media.len())
    };
    let stored: Vec<_> = together.store_pages(&pages).unwrap().iter().map(told).collect();
    alone.now += 10;
    let expected: Vec<_> = pages
        .iter()
        .map(|page| {
            alone.now -= 10;
            told(&alone.store_page(page))
        })
        .collect();
    assert_eq!(stored, expected);
    assert_eq!(together.export(), alone.export());
    assert!(together.reader().verify(&mut |_| {}).unwrap().is_clean());
}

#[test]
fn pages_stored_together_are_all_there_or_none_is() {
    let mut fixture = Fixture::new();
    fixture.store_page(&one("0", "before"));
    refuse(&fixture, "bad");
    fixture.store_pages(&[one("1", "a"), one("bad", "b"), one("2", "c")]).unwrap_err();
    assert_eq!(fixture.lines().len(), 1);
    let reader = fixture.reader();
    assert!(reader.verify(&mut |_| {}).unwrap().is_clean());
    fixture.store_pages(&[one("1", "a"), one("2", "c")]).unwrap();
    assert_eq!(fixture.lines().len(), 3);
}

#[test]
fn a_page_that_came_to_nothing_is_not_taken_for_the_one_that_has_its_number() {
    let mut fixture = Fixture::new();
    refuse(&fixture, "bad");
    // the second page has the first one read back, to see whether the record says the same
    let signed = |link: &str, text: &str| page(&[Record::new("1", text).link(link)]);
    let (first, again) =
        (signed("https://example.com/1", "a"), signed("https://example.com/2", "a"));
    fixture.store_pages(&[first, again, one("bad", "")]).unwrap_err();
    fixture.store_page(&signed("https://example.com/1", "b"));
    let again = fixture.store_page(&signed("https://example.com/2", "b"));
    assert_eq!((again.new, again.changed), (0, 0));
}

/// The verdicts of the partition's windows, and how many walks were left open.
fn windows(fixture: &mut Fixture) -> (Vec<(Window, Verdict)>, usize) {
    let partition = fixture.partition;
    let archive = fixture.archive();
    let covered = archive.coverage(partition).unwrap();
    let covered = covered.iter().map(|covered| (covered.window, covered.verdict)).collect();
    (covered, archive.open_windows(partition).unwrap().len())
}

#[test]
fn a_window_is_closed_with_its_pages_or_not_at_all() {
    let mut fixture = Fixture::new();
    let (partition, now) = (fixture.partition, UnixMillis::new(1));
    let closed = CoveredWindow::new(WINDOW, Verdict::Proven);
    refuse(&fixture, "bad");
    let pages = [one("1", "a"), one("bad", "b")];
    let first = [ToStore::Closed(partition, &closed, now)];
    fixture.store_between(&first, &pages, &[]).unwrap_err();
    assert_eq!(windows(&mut fixture), (vec![], 0));
    fixture.store_between(&[], &pages[..1], &first).unwrap();
    assert_eq!(windows(&mut fixture), (vec![(WINDOW, Verdict::Proven)], 0));
    assert_eq!(fixture.lines().len(), 1);
    // the page is of a walk of the same window, which goes on
    fixture.store_between(&first, &pages[..1], &[]).unwrap();
    assert_eq!(windows(&mut fixture).1, 1);
    fixture.store_between(&[], &[], &[ToStore::Abandoned(partition, WINDOW)]).unwrap();
    assert_eq!(windows(&mut fixture), (vec![(WINDOW, Verdict::Proven)], 0));
}

#[test]
fn a_whole_reading_takes_the_broken_windows_with_it() {
    let mut fixture = Fixture::new();
    let (partition, now) = (fixture.partition, UnixMillis::new(1));
    let (early, late, next) = (Window::new(0, 10), Window::new(20, 30), Window::new(30, 40));
    for (window, verdict) in [(early, Verdict::Broken), (late, Verdict::Proven)] {
        let closed = CoveredWindow::new(window, verdict);
        fixture.archive().close_window(partition, &closed, now).unwrap();
    }
    let closed = CoveredWindow::new(next, Verdict::Provisional);
    let all = [ToStore::ReadWhole(partition), ToStore::Closed(partition, &closed, now)];
    fixture.store_between(&all, &[], &[]).unwrap();
    let left = vec![(late, Verdict::Proven), (next, Verdict::Provisional)];
    assert_eq!(windows(&mut fixture), (left, 0));
    // no name of what is stored shows what is in it
    assert_eq!(format!("{all:?}"), "[ReadWhole, Closed]");
}
