//! Windows: closed, open, overlapping.

use chat_archive::{CoveredWindow, GapPlace, SourceStatus, Standing, Verdict};
use chat_core::{Partition, UnixMillis, Window};
use proptest::prelude::*;

use crate::support::{Fixture, Record, WINDOW};

fn close(fixture: &mut Fixture, from: i64, to: i64, verdict: Verdict) {
    let partition = fixture.partition;
    let closed = CoveredWindow::new(Window::new(from, to), verdict);
    fixture.archive().close_window(partition, &closed, UnixMillis::new(1)).unwrap();
}

fn spans(fixture: &mut Fixture) -> Vec<(i64, i64, Verdict)> {
    let partition = fixture.partition;
    let covered = fixture.archive().coverage(partition).unwrap();
    covered.iter().map(|c| (c.window.from_ms, c.window.to_ms, c.verdict)).collect()
}

#[test]
fn a_window_replaces_what_it_covers_and_cuts_what_it_touches() {
    let mut fixture = Fixture::new();
    close(&mut fixture, 0, 100, Verdict::Proven);
    close(&mut fixture, 40, 60, Verdict::Broken);
    let cut = [(0, 40, Verdict::Proven), (40, 60, Verdict::Broken), (60, 100, Verdict::Proven)];
    assert_eq!(spans(&mut fixture), cut);
    close(&mut fixture, 20, 100, Verdict::Provisional);
    assert_eq!(spans(&mut fixture), [(0, 20, Verdict::Proven), (20, 100, Verdict::Provisional)]);
    close(&mut fixture, 0, 100, Verdict::Proven);
    assert_eq!(spans(&mut fixture), [(0, 100, Verdict::Proven)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_last_verdict_on_an_instant_holds(
        windows in proptest::collection::vec((0i64..40, 1i64..20, 0usize..3), 1..12)
    ) {
        let verdicts = [Verdict::Proven, Verdict::Provisional, Verdict::Broken];
        let mut fixture = Fixture::new();
        let mut model = [None; 64];
        for (from, len, verdict) in windows {
            let to = from + len;
            close(&mut fixture, from, to, verdicts[verdict]);
            for slot in &mut model[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()] {
                *slot = Some(verdicts[verdict]);
            }
        }
        let mut stored = [None; 64];
        for (from, to, verdict) in spans(&mut fixture) {
            for slot in &mut stored[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()] {
                prop_assert_eq!(*slot, None, "windows overlap");
                *slot = Some(verdict);
            }
        }
        prop_assert_eq!(stored, model);
    }
}

#[test]
fn a_span_that_was_never_read_is_a_gap() {
    let mut fixture = Fixture::new();
    close(&mut fixture, 0, 100, Verdict::Proven);
    close(&mut fixture, 100, 200, Verdict::Proven);
    assert_eq!(fixture.reader().status().unwrap()[0].gaps, []);
    close(&mut fixture, 300, 400, Verdict::Provisional);
    let gaps = fixture.reader().status().unwrap().remove(0).gaps;
    assert_eq!(gaps.iter().map(|gap| (gap.from_ms, gap.to_ms)).collect::<Vec<_>>(), [(200, 300)]);
}

#[test]
fn a_walk_that_was_cut_off_is_found_with_what_it_met() {
    let mut fixture = Fixture::new();
    fixture.store(&[Record::new("a", "x"), Record::new("b", "x")]);
    fixture.store(&[Record::new("b", "x"), Record::new("c", "x")]);
    let partition = fixture.partition;
    let open = fixture.archive().open_windows(partition).unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].window, open[0].state.as_str()), (WINDOW, "state"));
    let mut ids: Vec<_> = open[0].record_ids.iter().cloned().collect();
    ids.sort();
    assert_eq!(ids, ["a", "b", "c"]);
    let closed = CoveredWindow::new(WINDOW, Verdict::Proven);
    fixture.archive().close_window(partition, &closed, UnixMillis::new(1)).unwrap();
    assert_eq!(fixture.archive().open_windows(partition).unwrap(), []);
}

#[test]
fn partitions_that_the_last_run_did_not_name_are_not_waited_for() {
    let mut fixture = Fixture::new();
    let source = fixture.source;
    let [ann, bob] = ["ann", "bob"].map(Partition::new);
    let archive = fixture.archive();
    archive.begin_run(source, UnixMillis::new(1)).unwrap();
    let ids = archive.name_partitions(source, &[ann.clone(), bob]).unwrap();
    let closed = CoveredWindow::new(Window::new(0, 10), Verdict::Proven);
    archive.close_window(ids[0], &closed, UnixMillis::new(2)).unwrap();
    let never_read = |fixture: &Fixture| fixture.reader().status().unwrap().remove(0).never_read;
    assert_eq!(never_read(&fixture), ["bob"]);
    let archive = fixture.archive();
    archive.begin_run(source, UnixMillis::new(3)).unwrap();
    archive.name_partitions(source, &[ann]).unwrap();
    assert_eq!(never_read(&fixture), [""; 0]);
}

#[test]
fn time_that_one_partition_lacks_is_a_gap_and_so_is_time_before_the_first_window() {
    let mut fixture = Fixture::new();
    let source = fixture.source;
    let archive = fixture.archive();
    archive.begin_run(source, UnixMillis::new(1)).unwrap();
    let ids = archive.name_partitions(source, &["ann", "bob"].map(Partition::new)).unwrap();
    for (id, from, to) in [(ids[0], 100, 400), (ids[1], 150, 300)] {
        let closed = CoveredWindow::new(Window::new(from, to), Verdict::Proven);
        archive.close_window(id, &closed, UnixMillis::new(2)).unwrap();
    }
    let mut status = fixture.reader().status().unwrap().remove(0);
    let gaps = |status: &SourceStatus| -> Vec<_> {
        let gaps = status.gaps.iter();
        gaps.map(|gap| (gap.partition.clone(), gap.from_ms, gap.to_ms, gap.place)).collect()
    };
    let behind = ("bob".to_owned(), 300, 400, GapPlace::End);
    assert_eq!(gaps(&status), std::slice::from_ref(&behind));
    status.reach_back_to(UnixMillis::new(120));
    let before = ("bob".to_owned(), 120, 150, GapPlace::Start);
    assert_eq!(gaps(&status), [before, behind], "ann goes back far enough");
    assert_eq!((status.covered_from_ms, status.covered_to_ms), (Some(150), Some(400)));
}

#[test]
fn a_source_stands_as_the_worst_of_its_windows_and_its_last_run() {
    let mut fixture = Fixture::new();
    let source = fixture.source;
    let standing = |fixture: &Fixture| fixture.reader().status().unwrap().remove(0).standing();
    assert_eq!(standing(&fixture), Standing::Incomplete, "of its part nothing was read");
    let archive = fixture.archive();
    let run = archive.begin_run(source, UnixMillis::new(1)).unwrap();
    let ids = archive.name_partitions(source, &["ann", "bob"].map(Partition::new)).unwrap();
    let close = |fixture: &mut Fixture, part: usize, from: i64, verdict| {
        let closed = CoveredWindow::new(Window::new(from, from + 10), verdict);
        fixture.archive().close_window(ids[part], &closed, UnixMillis::new(2)).unwrap();
    };
    close(&mut fixture, 0, 0, Verdict::Proven);
    assert_eq!(standing(&fixture), Standing::Interrupted, "the run is under way");
    fixture.archive().end_run(run, UnixMillis::new(3), "proven", None).unwrap();
    assert_eq!(standing(&fixture), Standing::Incomplete, "bob was never read");
    close(&mut fixture, 1, 0, Verdict::Proven);
    assert_eq!(standing(&fixture), Standing::Proven);
    close(&mut fixture, 1, 10, Verdict::Provisional);
    close(&mut fixture, 0, 10, Verdict::Provisional);
    assert_eq!(standing(&fixture), Standing::Provisional);
    let archive = fixture.archive();
    let run = archive.begin_run(source, UnixMillis::new(4)).unwrap();
    archive.end_run(run, UnixMillis::new(5), "broken", Some("no way there")).unwrap();
    assert_eq!(standing(&fixture), Standing::Broken, "the last run failed");
    let run = fixture.archive().begin_run(source, UnixMillis::new(6)).unwrap();
    fixture.archive().end_run(run, UnixMillis::new(7), "provisional", None).unwrap();
    assert_eq!(standing(&fixture), Standing::Provisional);
    close(&mut fixture, 0, 20, Verdict::Broken);
    assert_eq!(standing(&fixture), Standing::Broken);
    assert!(!standing(&fixture).is_complete());
}
