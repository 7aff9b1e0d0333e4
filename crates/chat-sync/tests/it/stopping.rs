//! Runs that end early, and the ones after them.

use std::sync::Arc;

use chat_sync::{Event, Observer, RunVerdict, Stop};

use crate::listing::{Bench, Change, DAY, Listing, NOW};

/// Asks for a stop after so many pages.
pub(crate) struct StopAfter {
    pages: std::sync::atomic::AtomicU64,
    stop: Stop,
}

impl StopAfter {
    pub(crate) fn new(pages: u64, stop: &Stop) -> Arc<Self> {
        Arc::new(Self { pages: pages.into(), stop: stop.clone() })
    }
}

impl Observer for StopAfter {
    fn event(&self, event: &Event<'_>) {
        if matches!(event, Event::Page { .. })
            && self.pages.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) == 1
        {
            self.stop.request();
        }
    }
}

#[test]
fn a_stopped_run_goes_on_where_it_was() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(500)));
    let stop = Stop::new();
    let observer = StopAfter::new(20, &stop);
    let options = bench.options().with_stop(stop).with_observer(observer);
    let report = bench.run_with(&source, options);
    assert_eq!(report.verdict, RunVerdict::Interrupted);
    assert!(!report.is_complete());
    let stored = bench.stored().len();
    assert!((200..500).contains(&stored), "{stored}");

    let report = bench.run(&source);
    assert!(report.is_complete());
    bench.assert_complete(&source);
    // over both runs no page is asked for twice, but for the one in flight when the run stopped
    let calls = source.log();
    let pages: std::collections::BTreeSet<_> = calls.iter().collect();
    assert!(calls.len() - pages.len() <= 1, "{calls:?}");
}

#[test]
fn a_walk_that_was_cut_off_still_counts_what_it_met_before() {
    // the last run sees the last pages only; the verdict needs the ids of the first ones too
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(200)));
    for pages in [5, 6, 7] {
        let stop = Stop::new();
        let observer = StopAfter::new(pages, &stop);
        bench.run_with(&source, bench.options().with_stop(stop).with_observer(observer));
    }
    let report = bench.run(&source);
    assert!(report.is_complete(), "{report:?}");
    let resumed = report.sources[0].windows.iter().map(|window| window.distinct).sum::<u64>();
    assert!(resumed > 60, "{resumed}");
    bench.assert_complete(&source);
}

#[test]
fn a_walk_that_goes_on_days_later_is_no_fresher_than_its_first_page() {
    let (mut bench, source) = (Bench::new(), Arc::new(Listing::new(0)));
    for index in 0..600 {
        let time = NOW - 2 * DAY + index * 60_000;
        source.apply(&Change::Insert(format!("x{index:03}"), time));
    }
    let stop = Stop::new();
    let observer = StopAfter::new(10, &stop);
    bench.run_with(&source, bench.options().with_stop(stop).with_observer(observer));
    source.apply(&Change::Edit("x005".into()));
    bench.now += 10 * DAY;
    assert_eq!(bench.run(&source).verdict, RunVerdict::Provisional);
    bench.run(&source);
    bench.assert_complete(&source);
}
