//! Records drawn at random, compared with what the vendor says now, and the bound that follows.

use std::collections::BTreeMap;
use std::sync::Arc;

use chat_archive::{Archive, Reader};
use chat_core::ErrorKind;
use chat_sync::{AuditReport, Job, SourceAudit, audit, share_at_most};
use proptest::prelude::*;

use crate::listing::{Bench, Change, DAY, Fault, Listing, NOW};

/// Audits a bench; the report, and what it says of the one source.
fn run(bench: &Bench, source: &Arc<Listing>, sample: u64, seed: u64) -> (AuditReport, SourceAudit) {
    let job = Job { source: Arc::<Listing>::clone(source), settings: bench.settings.clone() };
    let archive = Archive::open(&bench.path()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let report =
        runtime.block_on(audit(archive, vec![job], sample, seed, bench.options())).unwrap();
    let source = report.sources[0].clone();
    (report, source)
}

fn broken(bench: &Bench) -> Vec<String> {
    let status = Reader::open(&bench.path()).unwrap().status().unwrap().remove(0);
    status.broken.into_iter().filter_map(|window| window.reason).collect()
}

#[test]
fn the_bound_is_that_of_clopper_and_pearson() {
    // one-sided, 95 %, from published tables of the two-sided interval at 90 %
    for (found, drawn, share) in [
        (0, 1, 0.95),
        (0, 500, 0.005_974),
        (1, 10, 0.394_163),
        (2, 10, 0.506_901),
        (3, 20, 0.343_664),
        (1, 100, 0.046_560),
        (5, 100, 0.102_253),
        (10, 1000, 0.016_902),
    ] {
        let bound = share_at_most(found, drawn, 0.95).unwrap();
        assert!((bound - share).abs() < 2e-6, "{found} of {drawn}: {bound}, not {share}");
    }
    assert_eq!(share_at_most(0, 0, 0.95), None);
    assert_eq!(share_at_most(7, 7, 0.95), Some(1.0));
    let sample = share_at_most(0, 3000, 0.95).unwrap();
    assert!((sample - 3.0 / 3000.0).abs() < 5e-6, "the rule of three: {sample}");
}

/// The probability of at most `found` of `drawn`, by plain multiplication.
#[expect(clippy::cast_precision_loss, reason = "small")]
fn at_most(found: u64, drawn: u64, share: f64) -> f64 {
    let mut sum = 0.0;
    for k in 0..=found {
        let mut term = 1.0;
        for i in 0..drawn {
            term *= if i < k { share } else { 1.0 - share };
            if i < k {
                term *= (drawn - i) as f64 / (k - i) as f64;
            }
        }
        sum += term;
    }
    sum
}

proptest! {
    #[test]
    fn at_the_bound_so_few_are_as_improbable_as_the_doubt(
        drawn in 1u64..120, part in 0.0f64..1.0, confidence in 0.5f64..0.999
    ) {
        let all = f64::from(u32::try_from(drawn).unwrap());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
        let found = ((all - 1.0) * part) as u32;
        let bound = share_at_most(found.into(), drawn, confidence).unwrap();
        prop_assert!(bound > f64::from(found) / all && bound < 1.0);
        let found = u64::from(found);
        let doubt = at_most(found, drawn, bound);
        prop_assert!((doubt - (1.0 - confidence)).abs() < 1e-7, "{} at {}", doubt, bound);
        // more found, or fewer drawn, say less
        prop_assert!(share_at_most(found + 1, drawn, confidence).unwrap() > bound);
        prop_assert!(share_at_most(found, drawn + 1, confidence).unwrap() < bound);
    }
}

#[test]
fn an_archive_that_is_as_the_vendor_has_it_gets_its_bound() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(900)));
    bench.run(&source);
    let pages = source.log().len();
    let (report, found) = run(&bench, &source, 60, 1);
    assert!(report.clean, "{report:?}");
    assert_eq!((found.stored, found.drawable, found.drawn, found.compared), (900, 900, 60, 60));
    assert_eq!((found.stale, found.missing, found.gone), (0, 0, 0));
    let bound = found.bound.unwrap();
    assert_eq!(Some(bound.stale_at_most), share_at_most(0, 60, 0.95));
    assert!(source.log().len() - pages < 90, "{} calls", source.log().len() - pages);
    assert_eq!(broken(&bench), [""; 0]);
    // the same seed asks for the same again, another one does not
    let asked = |from: usize, to: usize| source.log()[from..to].to_vec();
    let ends = [pages, source.log().len()];
    run(&bench, &source, 60, 1);
    let again = source.log().len();
    assert_eq!(asked(ends[0], ends[1]), asked(ends[1], again));
    run(&bench, &source, 60, 2);
    assert_ne!(asked(ends[0], ends[1]), asked(again, source.log().len()));
    // all of them are no sample any more
    let (_, all) = run(&bench, &source, 5000, 3);
    assert_eq!((all.compared, all.bound.unwrap().stale_at_most), (900, 0.0));
    assert_eq!(all.gone, 0, "windows that meet lose nothing between them");
    bench.assert_complete(&source);
}

#[test]
fn what_is_stale_or_missing_is_found_and_repaired_by_the_next_run() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(900)));
    bench.run(&source);
    // in time that is proven, so that no run would look there again
    source.apply(&Change::Edit("r00100".into()));
    source.apply(&Change::Insert("late".into(), NOW - 20 * DAY));
    source.apply(&Change::Delete("r00300".into()));
    let stored = bench.stored().len();
    let (report, found) = run(&bench, &source, 900, 1);
    assert!(!report.clean);
    assert_eq!((found.stale, found.missing, found.gone), (1, 1, 1), "{found:?}");
    assert_eq!((found.compared, found.drawn_stale), (899, 1));
    assert!(found.drawn_beside_missing > 0, "{found:?}");
    // the made-up vendor counts both ends of a window in, so two windows show what is between them
    assert!((2..=4).contains(&found.findings.len()), "what is gone is no finding: {found:?}");
    assert_eq!(bench.stored().len(), stored, "an audit stores nothing");
    let reasons = broken(&bench);
    assert!(reasons.iter().all(|reason| reason.starts_with("an audit found")), "{reasons:?}");
    assert!(!reasons.is_empty());
    // the run repairs it, and the second audit is clean
    assert!(bench.run(&source).is_complete());
    assert_eq!(broken(&bench), [""; 0]);
    let (report, found) = run(&bench, &source, 900, 1);
    assert!(report.clean, "{found:?}");
    assert_eq!(found.gone, 1);
}

#[test]
fn the_bound_is_below_the_truth_as_rarely_as_it_says() {
    for drawn in [5, 60] {
        for truth in (1..100).map(|percent| f64::from(percent) / 100.0) {
            let is_below =
                |found: &u64| share_at_most(*found, drawn, 0.95).is_some_and(|share| share < truth);
            if let Some(most) = (0..=drawn).take_while(is_below).last() {
                let often = at_most(most, drawn, truth);
                assert!(often <= 0.05 + 1e-9, "{often}: {most} of {drawn} at {truth}");
            }
        }
    }
}

#[test]
fn a_sample_that_meets_stale_ones_says_so_in_its_bound() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(600)));
    bench.run(&source);
    for index in 0..60 {
        source.apply(&Change::Edit(format!("r{:05}", index * 10)));
    }
    let (_, found) = run(&bench, &source, 100, 1);
    assert_eq!((found.drawn, found.compared), (100, 100));
    assert!((3..=20).contains(&found.drawn_stale), "a tenth, more or less: {found:?}");
    let bound = found.bound.unwrap().stale_at_most;
    assert_eq!(Some(bound), share_at_most(found.drawn_stale, 100, 0.95));
    assert!(bound > 0.1, "{found:?}");
}

#[test]
fn each_record_is_as_likely_to_be_drawn_as_any_other() {
    // ten records far apart, and ninety of one moment
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(0)));
    for index in 0..10 {
        source.apply(&Change::Insert(format!("far{index}"), (10 + index * 5) * DAY));
    }
    for index in 0..90 {
        source.apply(&Change::Insert(format!("near{index:02}"), 80 * DAY));
    }
    bench.run(&source);
    let mut near = BTreeMap::new();
    for seed in 0..60 {
        let calls = source.log().len();
        let (report, found) = run(&bench, &source, 1, seed);
        assert!(report.clean && found.compared == 1, "{report:?}");
        let (window, _) = source.log()[calls];
        *near.entry((window.from_ms..=window.to_ms).contains(&(80 * DAY))).or_insert(0) += 1;
    }
    // nine in ten, but for chance, which the seeds fix; by windows it would be one in two or less
    assert!((48..=60).contains(&near[&true]), "{near:?}");
}

#[test]
fn a_window_that_cannot_be_read_is_no_proof_of_anything() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(300)));
    bench.run(&source);
    source.poison_now("r00100");
    let (report, found) = run(&bench, &source, 300, 1);
    assert!(!report.clean);
    assert_eq!((found.stale, found.missing), (0, 0), "{found:?}");
    assert!((1..=2).contains(&found.unread.len()), "{found:?}");
    assert!(found.unread[0].reason.contains("could not be read"), "{found:?}");
    assert!(found.compared < 300 && found.compared > 250, "{found:?}");
    assert_eq!(found.gone, 0, "what was not read is not gone");
    source.heal();
    source.go_down();
    let (report, found) = run(&bench, &source, 300, 1);
    assert!(!report.clean && found.error.is_some() && found.bound.is_none(), "{found:?}");
}

#[test]
fn a_listing_that_only_shows_all_is_compared_whole() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(40).whole(30 * DAY)));
    bench.run(&source);
    let (report, found) = run(&bench, &source, 10, 1);
    assert!(report.clean, "{report:?}");
    assert_eq!((found.drawn, found.compared, found.windows), (10, 10, 1));
    source.apply(&Change::Edit("r00010".into()));
    source.apply(&Change::Insert("late".into(), NOW - DAY));
    let (report, found) = run(&bench, &source, 10, 1);
    assert!(!report.clean);
    assert_eq!((found.stale, found.missing), (1, 1), "{found:?}");
    assert_eq!(broken(&bench).len(), 1);
    assert!(bench.run(&source).is_complete());
    assert_eq!(broken(&bench), [""; 0]);
    let status = Reader::open(&bench.path()).unwrap().status().unwrap().remove(0);
    assert_eq!((status.gaps.len(), status.covered_from_ms), (0, Some(NOW - 30 * DAY)));
    assert!(run(&bench, &source, 10, 1).0.clean);
}

#[test]
fn what_was_never_synced_or_means_something_else_by_now_is_not_audited() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(30)));
    drop(Archive::open(&bench.path()).unwrap());
    let (report, found) = run(&bench, &source, 10, 1);
    assert!(!report.clean && found.error.unwrap().contains("never synced"));
    bench.run(&source);
    *source.meaning.lock().unwrap() = "another".into();
    let (_, found) = run(&bench, &source, 10, 1);
    assert!(found.error.unwrap().contains("have changed since the last sync"));
    assert_eq!(broken(&bench), [""; 0]);
    *source.meaning.lock().unwrap() = String::new();
    // a first call that fails is tried by the source itself, so here it ends the window
    let faulty = Arc::new(Listing::new(30).fault(1, Fault::Error(ErrorKind::Auth)));
    let (_, found) = run(&bench, &faulty, 10, 1);
    assert!(found.error.is_some() && found.calls <= 2, "{found:?}");
}
