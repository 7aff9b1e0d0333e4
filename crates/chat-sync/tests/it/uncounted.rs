//! Vendors that do not say how many records there are, nor who has any.

use std::sync::Arc;

use chat_archive::{Reader, Verdict};
use chat_core::{Cursor, ErrorKind, Partition, UnixMillis, Window};
use chat_sync::{
    Job, PageFacts, Partitions, RunVerdict, SourceForecast, Step, Stop, Walk, WalkLimits, forecast,
};

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, prop_assert, prop_oneof, proptest};
use proptest::test_runner::RngSeed;

use crate::listing::{Bench, Change, Cursors, DAY, Fault, Listing, NOW, Order};
use crate::stopping::StopAfter;

const UNCOUNTED: WalkLimits = WalkLimits::endless(false, false);

fn facts<'a>(ids: &'a [&'a str], next: Option<&str>) -> PageFacts<'a> {
    PageFacts {
        ids,
        sent_ms: &[],
        without_id: 0,
        may_be_cut: false,
        strays: false,
        skipped: 0,
        total: None,
        next: next.and_then(Cursor::new),
    }
}

#[test]
fn a_page_that_may_be_cut_is_read_in_shorter_windows() {
    for concurrency in [1, 4] {
        let mut bench = Bench::new();
        bench.settings.concurrency = concurrency;
        let source = Arc::new(Listing::new(700).uncounted());
        let report = bench.run(&source);
        assert!(report.is_complete(), "{report:?}");
        assert!(report.sources[0].windows.iter().all(|window| window.distinct < 10));
        // no list is paged: only a window that cannot be split would be
        assert!(source.log().iter().all(|(_, page)| *page == 1));
        bench.assert_complete(&source);
    }
}

#[test]
fn a_window_is_cut_where_its_first_page_ends() {
    for order in [Order::OldestFirst, Order::NewestFirst, Order::NewestPageFirst] {
        for concurrency in [1, 4] {
            let mut bench = Bench::new();
            bench.settings.concurrency = concurrency;
            let source = Arc::new(Listing::new(2000).uncounted().paged_by(50).ordered(order));
            let report = bench.run(&source);
            assert!(report.is_complete(), "{report:?}");
            bench.assert_complete(&source);
            let calls = source.log().len();
            // 40 pages, each of which cuts a window and is then read by itself: to read it twice takes
            // 120, to halve windows 164; several at a time are begun before one of them is cut
            let most = if concurrency == 1 { 95 } else { 130 };
            assert!((80..most).contains(&calls), "{order:?}, {concurrency}: {calls}");
        }
    }
}

#[test]
fn a_window_is_cut_by_the_times_on_its_page_or_halved() {
    let parts = |sent_ms: &[Option<i64>]| -> Vec<Window> {
        let ids = ["a", "b", "c", "d"];
        let cut = PageFacts { may_be_cut: true, sent_ms, ..facts(&ids, Some("2")) };
        let mut walk = Walk::new(Window::new(0, 1000), 5000, UNCOUNTED).first_reading();
        assert_eq!(walk.page(&cut), Step::Split(2));
        walk.split(2, 1).iter().map(Walk::window).collect()
    };
    let at = |ms| [Window::new(0, ms), Window::new(ms, 1000)];
    assert_eq!(parts(&[Some(10), Some(40), Some(30), Some(20)]), at(30));
    assert_eq!(parts(&[Some(990), Some(960), Some(980), Some(970)]), at(971));
    // the end of the window may count or not
    assert_eq!(parts(&[Some(1000), Some(970), Some(990), Some(980)]), at(981));
    // without the times of all, or at no end of it
    assert_eq!(parts(&[]), at(500));
    assert_eq!(parts(&[Some(10), None, Some(30), Some(40)]), at(500));
    assert_eq!(parts(&[Some(10), Some(20), Some(900), Some(990)]), at(500));
}

#[test]
fn what_a_page_in_the_order_of_time_shows_is_one_reading_of_it() {
    const NAMES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let newest_first = |index: i64| 990 - index * 10;
    // the part that the page shows, and what its own answer leads to
    let step = |sent_ms: &[i64], answer: &[&str]| {
        let sent_ms: Vec<Option<i64>> = sent_ms.iter().copied().map(Some).collect();
        let cut = PageFacts { may_be_cut: true, sent_ms: &sent_ms, ..facts(&NAMES, Some("2")) };
        let mut walk = Walk::new(Window::new(0, 1000), 5000, UNCOUNTED).first_reading();
        assert_eq!(walk.page(&cut), Step::Split(2));
        let mut part = walk.split(2, 1).pop().unwrap();
        let times: Vec<Option<i64>> = answer
            .iter()
            .map(|id| NAMES.iter().position(|name| name == id).map_or(Some(955), |at| sent_ms[at]))
            .collect();
        part.page(&PageFacts { sent_ms: &times, ..facts(answer, None) })
    };
    let is_proven = |step| matches!(step, Step::Done(closed) if closed.verdict == Verdict::Proven);
    let in_order: Vec<i64> = (0..10).map(newest_first).collect();
    let all = &NAMES[..8];
    assert!(is_proven(step(&in_order, all)));
    // answers overlap: "i" was sent just before the part
    assert!(is_proven(step(&in_order, &NAMES[..9])));
    // one that lacks a record, or brings one more, is asked for again
    assert_eq!(step(&in_order, &NAMES[1..8]), Step::Again);
    assert_eq!(step(&in_order, &["a", "b", "c", "d", "e", "f", "g", "h", "new"]), Step::Again);
    // a page in another order may have left out what comes by itself too
    let mut unordered = in_order.clone();
    unordered.swap(1, 2);
    assert_eq!(step(&unordered, all), Step::Again);
    // and a few times may be in order by accident
    let few: Vec<i64> = (0..10).map(|index| newest_first(index / 2)).collect();
    assert_eq!(step(&few, all), Step::Again);
}

#[test]
fn one_bad_answer_proves_no_part_of_a_cut_window() {
    let (mut complete, mut incomplete) = (0, 0);
    for order in [Order::OldestFirst, Order::NewestFirst, Order::NewestPageFirst, Order::ById] {
        for fault in [Fault::EmptyPage, Fault::ShortPage] {
            for call in (1..12).chain([17, 23, 29]) {
                let bench = Bench::new();
                let source = Listing::new(0).uncounted().ordered(order).fault(call, fault.clone());
                let source = Arc::new(source);
                for index in 0..40 {
                    // half of them at one instant
                    let sent_ms = NOW - 20 * DAY - i64::from(index.max(20)) * 1000;
                    source.apply(&Change::Insert(format!("r{index:02}"), sent_ms));
                }
                if bench.run(&source).is_complete() {
                    complete += 1;
                    bench.assert_complete(&source);
                } else {
                    incomplete += 1;
                }
            }
        }
    }
    assert!(complete > 0 && incomplete > 0, "{complete} complete, {incomplete} not");
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::with_cases(40)
    })]

    #[test]
    fn whatever_the_order_and_the_times_all_is_read(
        bursts in vec((0_i64..90 * DAY, 1_u32..40, prop_oneof![Just(0_i64), Just(1), Just(900), Just(60_000)]), 0..12),
        order in prop_oneof![
            Just(Order::OldestFirst), Just(Order::NewestFirst), Just(Order::NewestPageFirst), Just(Order::ById)
        ],
        concurrency in 1_usize..5,
    ) {
        let mut bench = Bench::new();
        bench.settings.concurrency = concurrency;
        let source = Arc::new(Listing::new(0).uncounted().ordered(order));
        let mut halves = 20;
        for (burst, (start, count, apart)) in bursts.into_iter().enumerate() {
            for index in 0..count {
                // not in the order of the times
                let id = format!("r{:02}-{burst}", index * 7 % 41);
                source.apply(&Change::Insert(id, NOW - 95 * DAY + start + i64::from(index) * apart));
            }
            halves += 60 + u64::from(count);
        }
        let report = bench.run(&source);
        prop_assert!(report.is_complete(), "{:?}", report);
        bench.assert_complete(&source);
        let calls = source.log().len() as u64;
        prop_assert!(calls <= halves, "{} calls, {} expected at most", calls, halves);
    }
}

#[test]
fn a_full_second_is_paged_to_its_empty_end() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(100).uncounted()));
    for index in 0..40 {
        source.apply(&Change::Insert(format!("same{index:02}"), NOW - 10 * DAY));
    }
    let report = bench.run(&source);
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(source.log().iter().map(|(_, page)| *page).max(), Some(5));
    bench.assert_complete(&source);
}

#[test]
fn a_vendor_that_does_not_select_by_time_is_paged_instead() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(200).uncounted().timeless()));
    let report = bench.run(&source);
    assert!(report.is_complete(), "{report:?}");
    // each list is paged twice, for nothing else shows that no record moved meanwhile
    assert!(source.log().len() < 500, "{} calls", source.log().len());
    bench.assert_complete(&source);
}

#[test]
fn a_page_that_brings_nothing_new_ends_in_a_broken_window_and_not_in_a_loop() {
    let mut walk = Walk::new(Window::new(0, 1000), 5000, UNCOUNTED);
    assert_eq!(walk.page(&facts(&["a", "b"], Some("2"))), Step::Next);
    let Step::Done(closed) = walk.page(&facts(&["b", "a"], Some("3"))) else { panic!() };
    assert_eq!(closed.verdict, Verdict::Broken);
    assert!(closed.reason.unwrap().contains("page 2 brought only records of earlier pages"));
}

/// One reading of a full second in two pages.
fn reading(walk: &mut Walk, first: &[&str], last: &[&str]) -> Step {
    let cut = PageFacts { may_be_cut: true, ..facts(first, Some("2")) };
    assert_eq!(walk.page(&cut), Step::Next);
    walk.page(&facts(last, None))
}

#[test]
fn what_moves_past_a_border_without_a_count_shows_in_another_reading() {
    let walk = || Walk::new(Window::new(0, 1000), 5000, UNCOUNTED).unsplit();
    // "a" leaves between the two pages, so "c" is on neither
    let mut moved = walk();
    assert_eq!(reading(&mut moved, &["a", "b"], &["d"]), Step::Again);
    assert_eq!(reading(&mut moved, &["b", "c"], &["d"]), Step::Again);
    let Step::Done(closed) = reading(&mut moved, &["b", "c"], &["d"]) else { panic!() };
    assert_eq!((closed.verdict, closed.distinct), (Verdict::Proven, 3));
    let mut restless = walk();
    for last in ["c", "d"] {
        assert_eq!(reading(&mut restless, &["a", "b"], &[last]), Step::Again);
    }
    let Step::Done(closed) = reading(&mut restless, &["a", "b"], &["e"]) else { panic!() };
    assert_eq!(closed.verdict, Verdict::Broken);
    assert!(closed.reason.unwrap().contains("no two readings brought the same records"));
}

#[test]
fn thin_pages_are_followed_by_their_cursors() {
    let mut walk = Walk::new(Window::new(0, 1000), 5000, UNCOUNTED);
    for page in 2..30 {
        assert_eq!(walk.page(&facts(&[], Some(&page.to_string()))), Step::Next);
    }
    let Step::Done(closed) = walk.page(&facts(&["a"], None)) else { panic!() };
    assert_eq!((closed.verdict, closed.distinct), (Verdict::Proven, 1));
}

#[test]
fn thin_pages_without_end_are_given_up() {
    let mut walk = Walk::new(Window::new(0, 1000), 5000, UNCOUNTED);
    let mut step = Step::Next;
    for _ in 0..3 {
        step = Step::Next;
        for page in 2..100 {
            step = walk.page(&facts(&[], Some(&page.to_string())));
            if step != Step::Next {
                break;
            }
        }
    }
    let Step::Done(closed) = step else { panic!("{step:?}") };
    assert_eq!(closed.verdict, Verdict::Broken);
    assert!(closed.reason.unwrap().contains("50 pages in a row were empty although"));
}

#[test]
fn a_cursor_that_died_between_two_runs_costs_its_window_a_second_reading() {
    for cursors in [Cursors::Refused, Cursors::End, Cursors::Beginning] {
        let (bench, source) = (Bench::new(), Arc::new(Listing::new(0).uncounted()));
        for index in 0..300 {
            source.apply(&Change::Insert(format!("same{index:03}"), NOW - 10 * DAY));
        }
        let stop = Stop::new();
        let observer = StopAfter::new(15, &stop);
        let options = bench.options().with_stop(stop).with_observer(observer);
        let report = bench.run_with(&source, options);
        assert_eq!(report.verdict, RunVerdict::Interrupted, "{cursors:?}");
        source.expire_cursors(cursors);
        let report = bench.run(&source);
        assert!(report.is_complete(), "{cursors:?}: {report:?}");
        bench.assert_complete(&source);
    }
}

#[test]
fn one_failed_reading_of_all_that_is_shown_is_forgotten_with_the_next_good_one() {
    let (mut bench, source) = (Bench::new(), Arc::new(Listing::new(9).whole(30 * DAY)));
    let status = |bench: &Bench| Reader::open(&bench.path()).unwrap().status().unwrap().remove(0);
    // the first reading fails, and it is told
    source.go_down();
    bench.run(&source);
    source.heal();
    for day in 0..40 {
        bench.now += DAY;
        if day % 7 == 3 {
            source.poison_now("r00008");
        }
        let is_good = bench.run(&source).is_complete();
        assert_eq!(is_good, day % 7 != 3);
        source.heal();
        if is_good {
            let status = status(&bench);
            assert_eq!((status.windows.broken, status.gaps.len()), (0, 0), "day {day}");
            assert_eq!(status.windows.provisional, 1, "day {day}");
        }
    }
    // since the first good reading all is covered, although each shows thirty days only
    assert_eq!(status(&bench).covered_from_ms, Some(NOW + DAY - 30 * DAY));
}

#[test]
fn time_that_the_vendor_refuses_is_not_asked_for_in_ever_smaller_parts() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(100).uncounted()));
    source.refuse_before(NOW - 60 * DAY);
    let mut calls = Vec::new();
    for _ in 0..5 {
        let before = source.log().len();
        assert_eq!(bench.run(&source).verdict, RunVerdict::Broken);
        calls.push(source.log().len() - before);
    }
    assert!(calls.iter().all(|calls| *calls < 400), "{calls:?}");
    bench.assert_complete(&source);
}

#[test]
fn an_error_at_the_first_call_of_a_fresh_walk_is_no_reason_to_start_anew() {
    let bench = Bench::new();
    let source = Arc::new(Listing::new(5).fault(1, Fault::Error(ErrorKind::InvalidRequest)));
    let report = bench.run(&source);
    assert!(!report.is_complete());
}

#[test]
fn users_that_the_vendor_no_longer_lists_are_still_read() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(5)));
    source.list_users(&["ann", "bob"]);
    bench.run(&source);
    source.list_users(&["carl"]);
    let report = bench.run(&source);
    let mut read: Vec<_> =
        report.sources[0].windows.iter().map(|window| window.partition.as_str()).collect();
    read.sort_unstable();
    read.dedup();
    assert_eq!(read, ["ann", "bob", "carl"]);
}

#[test]
fn a_list_of_users_that_lacks_some_is_told_after_the_others_were_read() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(30)));
    source.list_users(&["ann"]);
    source.lacking.lock().unwrap().push("one user could not be read".to_owned());
    let report = bench.run(&source);
    assert_eq!((report.verdict, report.sources[0].messages_new), (RunVerdict::Broken, 30));
    assert_eq!(report.sources[0].error.as_deref(), Some("one user could not be read"));
    source.lacking.lock().unwrap().clear();
    assert!(bench.run(&source).is_complete());
}

#[test]
fn what_a_list_of_users_lacks_is_in_the_forecast_with_the_windows_of_the_others() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(30)));
    source.lacking.lock().unwrap().push("one user could not be read".to_owned());
    let plan = |partitions| -> SourceForecast {
        let source = Arc::<Listing>::clone(&source);
        let job = Job { source, settings: bench.settings.clone() };
        let now = UnixMillis::new(NOW);
        forecast::<Reader>(None, &job, Partitions::Listed(Ok(partitions)), 0, now).unwrap()
    };
    let some = plan(vec![Partition::new("ann")]);
    assert_eq!(some.error.as_deref(), Some("one user could not be read"));
    assert_eq!((some.partitions, some.windows.len()), (1, 2));
    // a run over no user at all says the same
    source.list_users(&[]);
    let none = plan(Vec::new());
    assert_eq!(none.error, bench.run(&source).sources[0].error);
}

#[test]
fn users_of_an_earlier_meaning_are_not_read_any_more() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(5)));
    source.list_users(&["a chat"]);
    bench.run(&source);
    "another mode".clone_into(&mut source.meaning.lock().unwrap());
    source.list_users(&["a customer"]);
    let report = bench.run(&source);
    assert!(report.sources[0].windows.iter().all(|window| window.partition == "a customer"));
}

#[test]
fn cursors_that_know_their_end_are_followed_to_it() {
    let limits = WalkLimits { finite_cursors: true, ..UNCOUNTED };
    let mut walk = Walk::new(Window::new(0, 1000), 5000, limits);
    for page in 2..80 {
        assert_eq!(walk.page(&facts(&[], Some(&page.to_string()))), Step::Next);
    }
    for page in 80..90 {
        let step = walk.failed("refused", Cursor::new(page.to_string()));
        assert_eq!(step, Step::Next, "{page}");
    }
    let Step::Done(closed) = walk.page(&facts(&["a"], None)) else { panic!() };
    assert_eq!((closed.verdict, closed.unreadable), (Verdict::Broken, 10));
}

#[test]
fn one_short_answer_does_not_prove_a_time_that_was_never_read() {
    let mut walk = Walk::new(Window::new(0, 1000), 5000, UNCOUNTED).first_reading();
    // an empty answer by mistake, then the records, twice
    assert_eq!(walk.page(&facts(&[], None)), Step::Again);
    assert_eq!(walk.page(&facts(&["a", "b"], None)), Step::Again);
    let Step::Done(closed) = walk.page(&facts(&["a", "b"], None)) else { panic!() };
    assert_eq!((closed.verdict, closed.distinct), (Verdict::Proven, 2));
    // inside the look-back it is read again in the next run anyway, and so is what has a count
    let mut walk = Walk::new(Window::new(0, 1000), 500, UNCOUNTED).first_reading();
    assert!(matches!(walk.page(&facts(&[], None)), Step::Done(_)));
    let mut walk = Walk::new(Window::new(0, 1000), 5000, UNCOUNTED).first_reading();
    let counted = PageFacts { total: Some(0), ..facts(&[], None) };
    assert!(matches!(walk.page(&counted), Step::Done(_)));
}

#[test]
fn a_second_reading_that_differs_is_not_taken_alone() {
    let mut walk = Walk::new(Window::new(0, 1000), 5000, UNCOUNTED).unsplit();
    // paged by its place in the list, then one short answer with less
    assert_eq!(reading(&mut walk, &["a", "b"], &["c"]), Step::Again);
    assert_eq!(walk.page(&facts(&["a", "c"], None)), Step::Again);
    let Step::Done(closed) = walk.page(&facts(&["a", "b", "d"], None)) else { panic!() };
    assert_eq!(closed.verdict, Verdict::Broken);
}
