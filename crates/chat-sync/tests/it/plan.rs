//! Plans: complete, without overlap, in the right order.

use chat_archive::{CoveredWindow, Verdict};
use chat_core::{UnixMillis, Window};
use chat_sync::{PageFacts, PlanInput, Spread, Step, Walk, WalkLimits, WindowReason, plan, split};
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn input<'a>(covered: &'a [CoveredWindow], open: &'a [Window]) -> PlanInput<'a> {
    PlanInput {
        covered,
        open,
        start: UnixMillis::new(0),
        now: UnixMillis::new(1000 * HOUR),
        lookback_ms: 72 * HOUR,
        settle_ms: 60_000,
        since: None,
        until: None,
        full: false,
        grain_ms: 1000,
        max_ms: None,
    }
}

fn spans(input: &PlanInput<'_>) -> Vec<(i64, i64, WindowReason)> {
    let planned = plan(input);
    planned.iter().map(|p| (p.window.from_ms, p.window.to_ms, p.reason)).collect()
}

#[test]
fn the_first_plan_is_the_past_and_the_look_back() {
    let read = WindowReason::Read;
    let horizon = 1000 * HOUR - 60_000;
    assert_eq!(spans(&input(&[], &[])), [(0, 928 * HOUR, read), (928 * HOUR, horizon, read)]);
}

#[test]
fn broken_windows_come_first_then_those_left_in_the_middle() {
    let covered = [
        CoveredWindow::new(Window::new(0, 100 * HOUR), Verdict::Proven),
        CoveredWindow::new(Window::new(100 * HOUR, 200 * HOUR), Verdict::Broken),
        CoveredWindow::new(Window::new(200 * HOUR, 900 * HOUR), Verdict::Proven),
    ];
    let open = [Window::new(910 * HOUR, 920 * HOUR)];
    let reasons: Vec<_> = plan(&input(&covered, &open)).iter().map(|p| p.reason).collect();
    let read = WindowReason::Read;
    assert_eq!(reasons, [WindowReason::Repair, WindowReason::Resume, read, read, read]);
}

#[test]
fn what_a_clock_proved_that_was_ahead_is_read_again() {
    let mut ahead = CoveredWindow::new(Window::new(0, 5000 * HOUR), Verdict::Proven);
    ahead.checked_at = Some(UnixMillis::new(5100 * HOUR));
    let covered = [ahead];
    assert_eq!(spans(&input(&covered, &[])), spans(&input(&[], &[])));
    // a correction by seconds is none
    let mut right = CoveredWindow::new(Window::new(0, 900 * HOUR), Verdict::Proven);
    right.checked_at = Some(UnixMillis::new(1000 * HOUR + 20_000));
    assert_eq!(plan(&input(&[right], &[]))[0].window.from_ms, 900 * HOUR);
}

#[test]
fn a_span_that_was_asked_for_is_all_that_is_planned() {
    let asked = PlanInput {
        since: Some(UnixMillis::new(10 * HOUR)),
        until: Some(UnixMillis::new(20 * HOUR)),
        ..input(&[], &[])
    };
    assert_eq!(spans(&asked), [(10 * HOUR, 20 * HOUR, WindowReason::Read)]);
    let covered = [CoveredWindow::new(Window::new(0, 990 * HOUR), Verdict::Proven)];
    let full = PlanInput { covered: &covered, full: true, ..input(&[], &[]) };
    assert_eq!(spans(&full).len(), 2);
}

proptest! {
    #[test]
    fn plans_cover_what_is_not_proven_exactly_once(
        cuts in proptest::collection::btree_set(1i64..999, 0..8),
        verdicts in proptest::collection::vec(0usize..4, 9),
        open in proptest::option::of((0i64..900, 1i64..90)),
        max_hours in proptest::option::of(50i64..400),
    ) {
        let mut at = 0;
        let mut covered = Vec::new();
        for (cut, verdict) in cuts.into_iter().zip(verdicts) {
            let window = Window::new(at * HOUR, cut * HOUR);
            at = cut;
            match verdict {
                0 => covered.push(CoveredWindow::new(window, Verdict::Proven)),
                1 => covered.push(CoveredWindow::new(window, Verdict::Provisional)),
                2 => covered.push(CoveredWindow::new(window, Verdict::Broken)),
                _ => {}
            }
        }
        let open: Vec<_> =
            open.into_iter().map(|(from, len)| Window::new(from * HOUR, (from + len) * HOUR)).collect();
        let input = PlanInput { max_ms: max_hours.map(|hours| hours * HOUR), ..input(&covered, &open) };
        let mut spans: Vec<Window> = plan(&input).iter().map(|planned| planned.window).collect();
        let proven = covered.iter().filter(|known| known.verdict == Verdict::Proven);
        spans.extend(proven.map(|known| known.window));
        spans.sort_unstable();
        // a window left in the middle may lie partly on proven ground; nothing else overlaps
        let mut reached = 0;
        for span in spans {
            prop_assert!(span.from_ms <= reached, "a gap before {span:?}");
            reached = reached.max(span.to_ms);
        }
        prop_assert!(reached >= 1000 * HOUR - 60_000);
    }

    #[test]
    fn parts_are_the_whole(from in 0i64..1_000_000, seconds in 1i64..100_000_000, parts in 2u64..5000) {
        let window = Window::new(from * 1000, (from + seconds) * 1000);
        let cut = split(window, parts, 1000);
        if seconds == 1 {
            prop_assert!(cut.is_empty());
        } else {
            prop_assert_eq!(cut[0].from_ms, window.from_ms);
            prop_assert_eq!(cut[cut.len() - 1].to_ms, window.to_ms);
            for pair in cut.windows(2) {
                prop_assert_eq!(pair[0].to_ms, pair[1].from_ms);
                prop_assert!(pair[0].len_ms() > 0 && pair[0].to_ms % 1000 == 0);
            }
        }
    }
}

/// Into how many parts a window with so many records is cut, and a part of it with so many.
fn cut(limits: WalkLimits, total: u64, of_part: u64) -> (Option<u64>, Option<u64>) {
    let facts = |total| PageFacts {
        ids: &["1"],
        sent_ms: &[],
        without_id: 0,
        may_be_cut: false,
        strays: false,
        skipped: 0,
        total: Some(total),
        next: None,
    };
    let parts = |step| if let Step::Split(parts) = step { Some(parts) } else { None };
    let mut whole = Walk::new(Window::new(0, 100 * DAY), 0, limits);
    let cut = parts(whole.page(&facts(total)));
    (cut, parts(whole.part(Window::new(0, DAY)).page(&facts(of_part))))
}

#[test]
fn a_window_is_cut_so_that_all_requests_have_work_and_few_pages_are_half_empty() {
    let one = WalkLimits { max_rows: 5000, target_rows: 4000, ..WalkLimits::endless(true, false) };
    assert_eq!(cut(one, 5000, 5000), (None, None));
    assert_eq!(cut(one, 100_000, 5001), (Some(25), Some(2)));
    let eight = WalkLimits { spread: Some(Spread { requests: 8, page_rows: 100 }), ..one };
    // too few to be worth a call for each part
    assert_eq!(cut(eight, 1000, 1000), (None, None));
    assert_eq!(cut(eight, 1001, 1000), (Some(3), None));
    // unless each request has two pages of it: what is read last must not leave most of them idle
    assert_eq!(cut(eight, 1599, 1000), (Some(4), None));
    assert_eq!(cut(eight, 1600, 400), (Some(8), None));
    assert_eq!(cut(eight, 1600, 401), (Some(8), Some(3)));
    assert_eq!(cut(eight, 4000, 1000), (Some(8), None));
    assert_eq!(cut(eight, 4400, 1000), (Some(9), None));
    // parts of 1,042, and none is cut again before it has twice as many
    assert_eq!(cut(eight, 100_000, 2084), (Some(96), None));
    assert_eq!(cut(eight, 100_000, 2085), (Some(96), Some(3)));
    // as large as a window may be
    assert_eq!(cut(eight, 1_000_000, 5000), (Some(250), None));
    assert_eq!(cut(eight, 1_000_000, 5001), (Some(250), Some(2)));
}
