//! Lists that change between any two calls: what existed throughout is stored once, or its window
//! is called broken.

use std::collections::BTreeMap;
use std::sync::Arc;

use chat_archive::Verdict;
use chat_core::{ErrorKind, Source};
use chat_sync::{Stop, SyncReport};
use proptest::prelude::*;

use crate::adversary::{Adversary, Beat, Change, Lie, SETTLED, Style};
use crate::listing::Bench;
use crate::stopping::StopAfter;

/// Times of records: crowded seconds here and there, within and before the look-back.
fn time() -> impl Strategy<Value = (i64, i64)> {
    let hours = prop_oneof![Just(100i64), Just(20), Just(73), 2..200i64];
    (hours, prop_oneof![Just(0i64), 0..3i64])
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        time().prop_map(|(hours, seconds)| Change::Insert(hours, seconds)),
        (0usize..99).prop_map(Change::Delete),
        (0usize..99).prop_map(Change::Edit),
    ]
}

fn lie() -> impl Strategy<Value = Lie> {
    prop_oneof![
        Just(Lie::Error(ErrorKind::Server)),
        Just(Lie::SmallerWindow),
        Just(Lie::Empty),
        Just(Lie::Short),
        (-9i64..9).prop_map(Lie::Total),
        Just(Lie::RepeatCursor),
        Just(Lie::Bad),
        Just(Lie::Twice),
    ]
}

fn script(calls: usize) -> impl Strategy<Value = Vec<Beat>> {
    let lie = prop_oneof![7 => Just(None), 1 => lie().prop_map(Some)];
    let beat = (proptest::collection::vec(change(), 0..3), lie)
        .prop_map(|(changes, lie)| Beat { changes, lie });
    proptest::collection::vec(beat, 0..calls)
}

#[derive(Debug, Clone)]
struct Case {
    style: Style,
    times: Vec<(i64, i64)>,
    max_rows: u64,
    old_ones_go: bool,
    concurrency: usize,
    /// The first run is stopped after so many pages; 0: it is not.
    stop_after: u64,
    scripts: (Vec<Beat>, Vec<Beat>),
}

fn case(style: impl Strategy<Value = Style>, calls: usize) -> impl Strategy<Value = Case> {
    (
        style,
        proptest::collection::vec(time(), 0..40),
        prop_oneof![Just(9u64), Just(1_000_000)],
        any::<bool>(),
        1usize..4,
        prop_oneof![Just(0u64), 1..12u64],
        (script(calls), script(calls)),
    )
        .prop_map(|(style, times, max_rows, old_ones_go, concurrency, stop_after, scripts)| {
            Case { style, times, max_rows, old_ones_go, concurrency, stop_after, scripts }
        })
}

/// Checks a run: windows that are called good lack nothing that was there all the time.
fn check_run(
    bench: &Bench,
    source: &Adversary,
    before: &BTreeMap<String, i64>,
    report: &SyncReport,
) -> Result<(), TestCaseError> {
    let (stored, after) = (bench.stored(), source.rows());
    let lost: Vec<_> = before
        .iter()
        .filter(|(id, _)| after.contains_key(*id) && !stored.contains_key(*id))
        .collect();
    for window in &report.sources[0].windows {
        prop_assert_eq!(window.verdict == Verdict::Broken, window.reason.is_some());
        if window.verdict == Verdict::Broken {
            continue;
        }
        for (id, time) in &lost {
            let is_inside = (window.from_ms..window.to_ms).contains(*time);
            // a deletion and an insertion cancel out in a count: the look-back is read again
            let is_known_limit = source.is_counted() && **time >= SETTLED;
            prop_assert!(!is_inside || is_known_limit, "{id} is lost from {window:?}");
        }
    }
    let ever = source.ever();
    prop_assert!(stored.keys().all(|id| ever.contains(id)));
    Ok(())
}

fn play(case: &Case) -> Result<(), TestCaseError> {
    let mut bench = Bench::new();
    bench.settings.concurrency = case.concurrency;
    let source = Adversary::new(case.style, &case.times, case.max_rows, case.old_ones_go);
    let source = Arc::new(source);
    let run = |options| bench.run_source(Arc::clone(&source) as Arc<dyn Source>, options);
    let before = source.rows();

    source.script(case.scripts.0.clone());
    let stop = Stop::new();
    let observer = StopAfter::new(case.stop_after, &stop);
    let report = run(bench.options().with_stop(stop).with_observer(observer));
    check_run(&bench, &source, &before, &report)?;

    source.script(case.scripts.1.clone());
    let report = run(bench.options());
    check_run(&bench, &source, &before, &report)?;

    // when the list has come to rest, one run makes everything good
    source.script(Vec::new());
    let report = run(bench.options());
    prop_assert!(report.is_complete(), "{report:?}");
    let stored = bench.stored();
    for (id, time) in source.rows() {
        // what comes into settled time after that was read is later than changes are expected
        if before.contains_key(&id) || time >= SETTLED {
            prop_assert!(stored.contains_key(&id), "{id} is lost in the end: {report:?}");
        }
        if time >= SETTLED {
            prop_assert_eq!(&stored[&id], &source.raw(&id));
        }
    }
    Ok(())
}

/// A case is up to three runs into an archive on disk; `PROPTEST_CASES` asks for more of them.
fn few() -> ProptestConfig {
    let cases = ProptestConfig::default().cases / 8;
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn numbered_pages_of_counted_windows(
        case in case(any::<bool>().prop_map(|descending| Style::Numbered { descending }), 40),
    ) {
        play(&case)?;
    }

    #[test]
    fn offsets_without_a_count(
        case in case(any::<bool>().prop_map(|descending| Style::Offset { descending }), 150),
    ) {
        play(&case)?;
    }

    #[test]
    fn cursors_without_a_count(case in case(Just(Style::Cursor), 40)) {
        play(&case)?;
    }

    #[test]
    fn whole_listings(case in case(Just(Style::Whole), 20)) {
        play(&case)?;
    }
}
