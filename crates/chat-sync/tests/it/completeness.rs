//! Nothing lost, nothing twice, and a verdict that tells the truth.

use std::sync::Arc;

use chat_archive::Verdict;
use chat_core::{Cursor, ErrorKind, UnixMillis, Window};
use chat_sync::{PageFacts, RunVerdict, Step, SyncReport, Walk, WalkLimits};

use crate::listing::{Bench, Change, DAY, Fault, Listing, NOW};

fn reasons(report: &SyncReport) -> String {
    let windows = report.sources[0].windows.iter();
    windows.filter_map(|window| window.reason.clone()).collect::<Vec<_>>().join(" | ")
}

#[test]
fn a_quiet_list_is_proven_up_to_the_look_back() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(345)));
    let report = bench.run(&source);
    assert!(report.is_complete());
    assert_eq!(report.verdict, RunVerdict::Provisional);
    let source_report = &report.sources[0];
    assert_eq!(source_report.messages_new, 345);
    assert_eq!(source_report.messages_seen, 345);
    let verdicts: Vec<_> = source_report.windows.iter().map(|window| window.verdict).collect();
    assert_eq!(verdicts, [Verdict::Proven, Verdict::Provisional]);
    bench.assert_complete(&source);
}

#[test]
fn the_second_run_reads_the_look_back_only() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(345)));
    bench.run(&source);
    let calls = source.log().len();
    let report = bench.run(&source);
    let again = &source.log()[calls..];
    assert!(again.iter().all(|(window, _)| window.from_ms >= NOW - 4 * DAY), "{again:?}");
    assert!(report.is_complete());
    assert_eq!((report.sources[0].messages_new, report.sources[0].messages_changed), (0, 0));
    bench.assert_complete(&source);
}

#[test]
fn late_changes_become_versions() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(100)));
    bench.run(&source);
    source.apply(&Change::Edit("r00099".into()));
    source.apply(&Change::Insert("late".into(), NOW - DAY));
    let report = bench.run(&source);
    assert_eq!((report.sources[0].messages_new, report.sources[0].messages_changed), (1, 1));
    bench.assert_complete(&source);
}

#[test]
fn large_windows_are_split_until_they_fit() {
    for concurrency in [1, 4] {
        let mut bench = Bench::new();
        bench.settings.concurrency = concurrency;
        let source = Arc::new(Listing::new(900).max_rows(120));
        let report = bench.run(&source);
        assert!(report.is_complete(), "{}", reasons(&report));
        assert!(report.sources[0].windows.len() > 7);
        let expected = |report: &SyncReport| -> u64 {
            report.sources[0].windows.iter().filter_map(|window| window.expected).max().unwrap()
        };
        assert!(expected(&report) <= 120);
        bench.assert_complete(&source);
    }
}

#[test]
fn parts_of_windows_are_read_oldest_first_too() {
    let mut bench = Bench::new();
    bench.settings.concurrency = 2;
    bench.settings.start = UnixMillis::new(NOW - 21 * DAY);
    let recent = NOW - 3 * DAY;
    let source = Arc::new(Listing::new(500).paged_by(2).slow_from(recent, 10));
    bench.run(&source);
    bench.assert_complete(&source);
    let firsts = source.log().into_iter().filter(|(_, page)| *page == 1);
    let mut starts = firsts.map(|(window, _)| window.from_ms);
    // the windows of the plan are asked for at once, and the recent one is cut when parts of the
    // other are being read
    assert_eq!(starts.next(), Some(NOW - 21 * DAY));
    let parts: Vec<i64> = starts.collect();
    let is_recent = |start: &&i64| **start >= recent;
    let (early, late) = parts.split_at(parts.iter().rposition(|start| *start < recent).unwrap());
    assert!(early.len() > 20 && late.len() > 5, "{parts:?}");
    assert!(early.iter().filter(is_recent).count() <= 2, "{parts:?}");
}

#[test]
fn a_window_at_the_smallest_grain_is_walked_however_large() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(0).max_rows(20)));
    for index in 0..75 {
        source.apply(&Change::Insert(format!("same-second-{index:02}"), NOW - 10 * DAY));
    }
    let report = bench.run(&source);
    assert!(report.is_complete(), "{}", reasons(&report));
    bench.assert_complete(&source);
}

#[test]
fn a_vendor_that_does_not_select_by_time_is_read_all_the_same() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(300).max_rows(100).timeless()));
    let report = bench.run(&source);
    assert!(report.is_complete(), "{}", reasons(&report));
    assert!(source.log().len() < 1000, "{} calls", source.log().len());
    bench.assert_complete(&source);
}

#[test]
fn a_burst_in_a_long_quiet_time_is_split_down_to_it() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(0).max_rows(100)));
    for index in 0..400 {
        source.apply(&Change::Insert(format!("burst{index:03}"), 20 * DAY + index * 1000));
    }
    let report = bench.run(&source);
    assert!(report.is_complete(), "{}", reasons(&report));
    let largest = report.sources[0].windows.iter().filter_map(|window| window.expected).max();
    assert!(largest <= Some(100), "{largest:?}");
    bench.assert_complete(&source);
}

#[test]
fn a_page_that_fails_costs_that_page_only_and_is_told() {
    let bench = Bench::new();
    let source = Arc::new(Listing::new(300).lasting_fault(9, Fault::Error(ErrorKind::Server)));
    let report = bench.run(&source);
    assert!(!report.is_complete());
    assert_eq!(report.verdict, RunVerdict::Broken);
    assert!(reasons(&report).contains("page 9 could not be read"), "{}", reasons(&report));
    assert!(reasons(&report).contains("after 5 attempts"), "{}", reasons(&report));
    assert_eq!(bench.stored().len(), 290);
    // the next run repairs the broken window first
    source.heal();
    let calls = source.log().len();
    let report = bench.run(&source);
    assert_eq!(source.log()[calls].0.from_ms, 0);
    assert!(report.is_complete());
    bench.assert_complete(&source);
}

#[test]
fn a_record_that_cannot_be_had_is_closed_in_from_run_to_run() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(500).poison("r00100")));
    let mut missing = Vec::new();
    for _ in 0..5 {
        let report = bench.run(&source);
        assert_eq!(report.verdict, RunVerdict::Broken);
        missing.push(500 - bench.stored().len());
    }
    assert_eq!(missing[0], 10, "the page of the record");
    assert_eq!(missing[4], 1, "the record alone: {missing:?}");
    source.heal();
    assert!(bench.run(&source).is_complete());
    bench.assert_complete(&source);
}

#[test]
fn lies_about_the_list_are_not_believed() {
    for (fault, told) in [
        (Fault::EmptyPage, "220 different ones came"),
        (Fault::ShortPage, "229 different ones came"),
        (Fault::TotalOff(-5), "moved"),
        (Fault::BadRecord, "1 records could not be read"),
        (Fault::RepeatCursor, "came a second time"),
    ] {
        let bench = Bench::new();
        let source = Arc::new(Listing::new(300).lasting_fault(9, fault.clone()));
        let report = bench.run(&source);
        assert!(!report.is_complete(), "{fault:?}");
        assert!(reasons(&report).contains(told), "{fault:?}: {}", reasons(&report));
    }
}

#[test]
fn what_passes_is_walked_again_and_then_believed() {
    for fault in [Fault::EmptyPage, Fault::ShortPage, Fault::TotalOff(3)] {
        let bench = Bench::new();
        let source = Arc::new(Listing::new(300).fault(4, fault.clone()));
        let report = bench.run(&source);
        assert!(report.is_complete(), "{fault:?}: {}", reasons(&report));
        bench.assert_complete(&source);
    }
}

#[test]
fn a_vendor_that_is_down_ends_its_source_at_once() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(300)));
    source.go_down();
    let report = bench.run(&source);
    assert_eq!(source.log().len(), 1);
    assert!(report.sources[0].error.is_some());
    source.heal();
    assert!(bench.run(&source).is_complete());
    bench.assert_complete(&source);
}

#[test]
fn bad_records_do_not_keep_newer_ones_out() {
    for concurrency in [1, 4] {
        let mut bench = Bench::new();
        bench.settings.concurrency = concurrency;
        let mut source = Listing::new(1000);
        for index in [100, 200, 300, 400, 500, 600] {
            source = source.poison(&format!("r{index:05}"));
        }
        let source = Arc::new(source);
        for run in 0..9 {
            bench.now += DAY;
            source.apply(&Change::Insert(format!("new{run}"), bench.now - 7_200_000));
            let report = bench.run(&source);
            assert_eq!(report.sources[0].error, None);
        }
        let new = bench.stored().keys().filter(|id| id.starts_with("new")).count();
        assert_eq!((new, bench.stored().len()), (9, 1003));
        source.heal();
        assert!(bench.run(&source).is_complete());
        bench.assert_complete(&source);
    }
}

#[test]
fn an_answer_without_a_count_is_not_the_end() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(300)));
    source.stop_counting();
    let report = bench.run(&source);
    assert!(!report.is_complete());
    assert!(reasons(&report).contains("did not say how many"), "{}", reasons(&report));
    source.heal();
    assert!(bench.run(&source).is_complete());
    bench.assert_complete(&source);
}

#[test]
fn a_vendor_that_miscounts_is_not_asked_more_from_run_to_run() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(500).miscount()));
    let mut calls = Vec::new();
    for _ in 0..4 {
        let before = source.log().len();
        assert_eq!(bench.run(&source).verdict, RunVerdict::Broken);
        calls.push(source.log().len() - before);
    }
    assert!(calls[3] <= calls[0], "{calls:?}");
    bench.assert_complete(&source);
}

#[test]
fn empty_pages_are_not_the_end_while_more_is_promised() {
    let limits = WalkLimits::endless(true, false);
    let mut walk = Walk::new(Window::new(0, 1000), 5000, limits);
    let mut step = Step::Next;
    for _ in 0..3 {
        for page in 2..5 {
            let next = Cursor::new(page.to_string());
            step = walk.page(&PageFacts {
                ids: &[],
                sent_ms: &[],
                without_id: 0,
                may_be_cut: false,
                strays: false,
                skipped: 0,
                total: Some(9),
                next,
            });
        }
    }
    let Step::Done(closed) = step else { panic!("{step:?}") };
    assert_eq!(closed.verdict, Verdict::Broken);
    assert!(closed.reason.unwrap().contains("3 pages in a row were empty although"));
}

#[test]
fn refused_credentials_end_the_source_at_the_first_call() {
    let bench = Bench::new();
    let source = Arc::new(Listing::new(30).fault(1, Fault::Error(ErrorKind::Auth)));
    let report = bench.run(&source);
    assert_eq!(source.log().len(), 1);
    assert_eq!(report.verdict, RunVerdict::Broken);
    assert!(report.sources[0].error.as_deref().unwrap().contains("refused the call"));
}

#[test]
fn a_window_that_is_too_long_for_the_vendor_is_halved() {
    let bench = Bench::new();
    let mut source = Listing::new(100);
    for call in 1..500 {
        source = source.fault(call, Fault::SmallerWindow);
    }
    let source = Arc::new(source);
    let report = bench.run(&source);
    assert!(report.is_complete(), "{:?} {}", report.sources[0].error, reasons(&report));
    bench.assert_complete(&source);
}
