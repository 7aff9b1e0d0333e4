//! Pages that wait for the store are stored together.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use chat_archive::{Archive, Reader};
use chat_core::{Source, UnixMillis};
use chat_sync::{Event, Job, Observer, SyncError, sync};
use rusqlite::Connection;

use crate::listing::{Bench, Change, DAY, Listing, NOW, runtime};

/// Pages that may wait, and that may be stored at once.
const GROUP: usize = 8;

/// Pages of ten records, all in one window, and nothing else for the store to do.
fn busy(records: i64) -> (Bench, Arc<Listing>) {
    busy_with(Listing::new(0), records)
}

fn busy_with(source: Listing, records: i64) -> (Bench, Arc<Listing>) {
    let (mut bench, source) = (Bench::new(), Arc::new(source));
    bench.settings.start = UnixMillis::new(NOW - 2 * DAY);
    bench.settings.media = false;
    for index in 0..records {
        source.apply(&Change::Insert(format!("m{index:03}"), NOW - DAY + index * 1_000));
    }
    (bench, source)
}

/// Notes how many rows of a table the archive has whenever a page is told. At the first it holds the
/// store up until so many more calls were made that what they brought is queued.
struct Held {
    source: Arc<Listing>,
    archive: Mutex<Connection>,
    table: &'static str,
    calls: usize,
    there: Mutex<Vec<usize>>,
    /// Calls made by then, beyond the pages that the archive has.
    ahead: Mutex<Vec<usize>>,
}

impl Held {
    fn new(bench: &Bench, source: &Arc<Listing>, table: &'static str, calls: usize) -> Arc<Self> {
        drop(Archive::open(&bench.path()).unwrap());
        let archive = Connection::open(bench.path().join("archive.db")).unwrap();
        let (there, ahead) = (Mutex::default(), Mutex::default());
        let (source, archive) = (Arc::clone(source), archive.into());
        Arc::new(Self { source, archive, table, calls, there, ahead })
    }
}

impl Observer for Held {
    fn event(&self, event: &Event<'_>) {
        if !matches!(event, Event::Page { .. }) {
            return;
        }
        let archive = self.archive.lock().unwrap();
        let count = |table| {
            let sql = format!("SELECT count(*) FROM {table}");
            archive.query_row(&sql, [], |row| row.get::<_, usize>(0)).unwrap()
        };
        let pages = count("page");
        let mut there = self.there.lock().unwrap();
        let deadline = Instant::now() + Duration::from_secs(5);
        while there.is_empty() && self.source.log().len() < pages + self.calls {
            assert!(Instant::now() < deadline, "the pages never came");
            thread::sleep(Duration::from_millis(1));
        }
        self.ahead.lock().unwrap().push(self.source.log().len() - pages);
        there.push(count(self.table));
    }
}

#[test]
fn pages_that_wait_are_stored_together_and_told_afterwards() {
    let (bench, source) = busy(200);
    // the page after those that wait was asked for: they are queued
    let held = Held::new(&bench, &source, "page", GROUP + 1);
    let observer: Arc<dyn Observer> = Arc::clone(&held) as _;
    assert!(bench.run_with(&source, bench.options().with_observer(observer)).is_complete());
    bench.assert_complete(&source);
    let there = held.there.lock().unwrap();
    let first = there[0];
    assert_eq!(there[first], first + GROUP, "{there:?}");
    for (told, there) in there.iter().enumerate() {
        assert!((told + 1..=told + GROUP).contains(there), "{told}: {there}");
    }
}

#[test]
fn of_large_pages_few_wait_and_few_are_stored_together() {
    const BYTES: usize = 3 << 20;
    let (bench, source) = busy_with(Listing::new(0).padded_by(BYTES), 200);
    // 16 MiB may wait or be stored, and one more page was asked for
    let held = Held::new(&bench, &source, "page", (16 << 20) / BYTES);
    let observer: Arc<dyn Observer> = Arc::clone(&held) as _;
    assert!(bench.run_with(&source, bench.options().with_observer(observer)).is_complete());
    bench.assert_complete(&source);
    let most = *held.ahead.lock().unwrap().iter().max().unwrap();
    assert!((5..=6).contains(&most), "{most} calls ahead");
    for (told, there) in held.there.lock().unwrap().iter().enumerate() {
        // two of them are over 4 MiB
        assert!((told + 1..=told + 2).contains(there), "{told}: {there}");
    }
}

#[test]
fn of_pages_that_wait_those_before_one_that_fails_are_kept() {
    let (bench, source) = busy(200);
    let held = Held::new(&bench, &source, "page", GROUP + 1);
    let refused = "CREATE TRIGGER refused BEFORE INSERT ON message WHEN new.record_id = 'm100'
                   BEGIN SELECT RAISE(ABORT, 'refused'); END";
    held.archive.lock().unwrap().execute_batch(refused).unwrap();
    let archive = Archive::open(&bench.path()).unwrap();
    let job =
        Job { source: Arc::clone(&source) as Arc<dyn Source>, settings: bench.settings.clone() };
    let observer: Arc<dyn Observer> = Arc::clone(&held) as _;
    let options = bench.options().with_observer(observer);
    let failed = runtime().block_on(sync(archive, vec![job], options));
    assert!(matches!(failed, Err(SyncError::Store(_))), "{failed:?}");
    assert_eq!(bench.stored().len(), 100);
}

#[test]
fn windows_are_closed_together_with_the_pages_that_wait() {
    let (bench, source) = busy(10);
    source.list_users(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"]);
    // a page and its window each: the next call is made when the last window waits
    let held = Held::new(&bench, &source, "covered", 4);
    let observer: Arc<dyn Observer> = Arc::clone(&held) as _;
    assert!(bench.run_with(&source, bench.options().with_observer(observer)).is_complete());
    let there = held.there.lock().unwrap();
    let with_its_page = there.iter().enumerate().skip(1).filter(|(told, closed)| **closed > *told);
    assert!(with_its_page.count() > 0, "{there:?}");
}

#[test]
fn a_broken_window_is_not_forgotten_without_what_replaces_it() {
    let (mut bench, source) = (Bench::new(), Arc::new(Listing::new(9).whole(30 * DAY)));
    let broken = |bench: &Bench| {
        Reader::open(&bench.path()).unwrap().status().unwrap().remove(0).windows.broken
    };
    source.poison_now("r00008");
    assert!(!bench.run(&source).is_complete());
    assert_eq!(broken(&bench), 1);
    source.heal();
    bench.now += DAY;
    let db = Connection::open(bench.path().join("archive.db")).unwrap();
    let refused = "CREATE TRIGGER refused BEFORE INSERT ON covered WHEN new.verdict <> 'broken'
                   BEGIN SELECT RAISE(ABORT, 'refused'); END";
    db.execute_batch(refused).unwrap();
    let archive = Archive::open(&bench.path()).unwrap();
    let job =
        Job { source: Arc::clone(&source) as Arc<dyn Source>, settings: bench.settings.clone() };
    let failed = runtime().block_on(sync(archive, vec![job], bench.options()));
    assert!(matches!(failed, Err(SyncError::Store(_))), "{failed:?}");
    assert_eq!(broken(&bench), 1);
    db.execute_batch("DROP TRIGGER refused").unwrap();
    assert!(bench.run(&source).is_complete());
    assert_eq!(broken(&bench), 0);
}
