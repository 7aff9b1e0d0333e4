//! A list that changes between any two calls.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use crate::listing::{Bench, Change, Listing, NOW};

fn change() -> impl Strategy<Value = Option<Change>> {
    let time = (NOW - 50 * 3_600_000)..(NOW - 120_000);
    prop_oneof![
        3 => Just(None),
        1 => (0u32..40, time).prop_map(|(n, time)| Some(Change::Insert(format!("new{n}"), time))),
        1 => (0usize..45).prop_map(|n| Some(Change::Delete(format!("r{n:05}")))),
        1 => (0usize..45).prop_map(|n| Some(Change::Edit(format!("r{n:05}")))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_existed_throughout_is_stored_once_or_the_run_says_that_it_is_not(
        script in proptest::collection::vec(change(), 0..40),
        max_rows in prop_oneof![Just(15u64), Just(1_000_000)],
        concurrency in 1usize..4,
    ) {
        let deleted: BTreeSet<String> = script
            .iter()
            .flatten()
            .filter_map(|change| match change {
                Change::Delete(id) => Some(id.clone()),
                _ => None,
            })
            .collect();
        let mut bench = Bench::new();
        bench.settings.concurrency = concurrency;
        let source = Arc::new(Listing::new(45).max_rows(max_rows).script(script));
        let throughout: BTreeSet<String> = source.ids().difference(&deleted).cloned().collect();
        let report = bench.run(&source);
        let stored: BTreeSet<String> = bench.stored().into_keys().collect();
        // a deletion and an insertion between two calls can cancel out in the count: that shows
        // only when the window is read again
        if report.is_complete() && deleted.is_empty() {
            prop_assert!(throughout.is_subset(&stored), "lost: {:?}", throughout.difference(&stored));
        }
        // when the list has come to rest, one run makes everything good
        source.rest();
        let report = bench.run(&source);
        prop_assert!(report.is_complete());
        let stored: BTreeSet<String> = bench.stored().into_keys().collect();
        prop_assert!(source.ids().is_subset(&stored));
    }
}
