//! Pages that are stored together.

use chat_archive::{CoveredWindow, PageDigest, PageToStore, ToStore, Verdict};
use chat_core::{Partition, SourcePage, UnixMillis, Window};
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
    assert_eq!(format!("{all:?}"), "[ReadWhole, Closed]");
}

#[test]
fn what_is_stored_shows_nothing_of_itself() {
    const MARKER: &str = "marker-of-a-text";
    let mut fixture = Fixture::new();
    let read = one("1", MARKER);
    let digest = PageDigest::of(&read);
    let key = Partition::whole();
    let page = PageToStore { digest: Some(&digest), ..fixture.to_store(&key, &read) };
    let shown = format!("{page:?} {:?}", ToStore::Page(&page, &|a, b| a == b));
    assert!(!shown.contains(MARKER), "{shown}");
    // nor a digest, by which a short text could be guessed
    fixture.store_page(&read);
    let sha256: String = fixture.sql("SELECT lower(hex(raw_sha256)) FROM message");
    let bytes: Vec<_> =
        (0..8).step_by(2).map(|at| u8::from_str_radix(&sha256[at..at + 2], 16)).collect();
    let bytes: Vec<_> = bytes.into_iter().map(|byte| byte.unwrap().to_string()).collect();
    assert!(!shown.contains(&bytes.join(", ")), "{shown}");
}

#[test]
fn digests_of_another_page_are_not_taken() {
    let mut fixture = Fixture::new();
    let (old, new) = (one("1", "before"), one("1", "afterwards"));
    let digest = PageDigest::of(&old);
    fixture.store_page(&old);
    let key = Partition::new(fixture.key.as_str());
    let page = PageToStore { digest: Some(&digest), ..fixture.to_store(&key, &new) };
    let stored = fixture.archive().store_page(&page, &|a, b| a == b).unwrap();
    assert_eq!(stored.changed, 1);
    assert_eq!(fixture.lines()[0]["text"], "afterwards");
    assert!(fixture.reader().verify(&mut |_| {}).unwrap().is_clean());
}

#[test]
fn after_a_page_that_cannot_be_unpacked_the_others_can() {
    let mut fixture = Fixture::new();
    let signed = |id: &str, sign: u8| {
        page(&[Record::new(id, "a").link(&format!("https://example.com/{sign}"))])
    };
    fixture.store_page(&signed("1", 1));
    fixture.store_page(&signed("2", 1));
    fixture.tamper("UPDATE page SET body = x'28B52FFD00' WHERE id = 1");
    // whether it says the same cannot be told
    assert_eq!(fixture.store_page(&signed("1", 2)).changed, 1);
    assert_eq!(fixture.store_page(&signed("2", 2)).changed, 0);
}

/// Stores pages in a partition of its own.
fn store_in(fixture: &mut Fixture, key: &str, records: &[Record]) {
    let (source, partition) = (fixture.source, fixture.partition);
    fixture.partition = fixture.archive().partition(source, &Partition::new(key)).unwrap();
    fixture.key = key.into();
    fixture.store(records);
    (fixture.partition, fixture.key) = (partition, String::new());
}

#[test]
fn in_whatever_order_records_come_again_they_are_the_same() {
    const COUNT: usize = 60;
    let up: Vec<usize> = (0..COUNT).collect();
    let down: Vec<usize> = up.iter().rev().copied().collect();
    let twice: Vec<usize> = up.iter().flat_map(|id| [*id, id / 2, *id]).collect();
    let back: Vec<usize> = (10..40).chain((5..39).rev()).chain(20..50).collect();
    let mixed: Vec<usize> = up.iter().map(|id| id * 7 % COUNT).chain(30..COUNT + 5).collect();
    for order in [up, down, twice, back, mixed] {
        let first: Vec<String> = (0..COUNT).map(|id| format!("{id:02}")).collect();
        let first: Vec<Record> = first.iter().map(|id| Record::new(id, "x")).collect();
        let again = order.iter().map(|id| format!("{id:02}")).collect::<Vec<_>>();
        let again = again.iter().enumerate().map(|(at, id)| {
            // a few of them in a new form, some of these twice
            Record::new(id, if order[at] % 11 == 3 { "changed" } else { "x" })
        });
        let again: Vec<Record> = again.collect();
        let (mut together, mut alone) = (Fixture::new(), Fixture::new());
        for fixture in [&mut together, &mut alone] {
            // between them the same ids of another partition
            let (before, behind) = first.split_at(COUNT / 2);
            fixture.store(before);
            store_in(fixture, "other", behind);
            fixture.store(behind);
        }
        let stored = together.store(&again);
        let mut counted = (0, 0, 0);
        for record in again {
            let one = alone.store(&[record]);
            counted = (counted.0 + one.new, counted.1 + one.changed, counted.2 + one.seen);
            alone.now -= 10;
        }
        assert_eq!((stored.new, stored.changed, stored.seen), counted, "{order:?}");
        assert_eq!(together.export(), alone.export(), "{order:?}");
        assert!(together.reader().verify(&mut |_| {}).unwrap().is_clean());
    }
}

#[test]
fn a_row_that_cannot_be_read_is_no_trouble_of_those_beside_it() {
    let mut fixture = Fixture::new();
    let records = ["1", "2", "3", "4"].map(|id| Record::new(id, "a"));
    fixture.store(&records);
    fixture.tamper("UPDATE message SET raw_sha256 = x'00' WHERE record_id = '4'");
    let again = fixture.store(&records[..3]);
    assert_eq!((again.new, again.changed, again.seen), (0, 0, 3));
    fixture.store_pages(&[page(&records)]).unwrap_err();
}
