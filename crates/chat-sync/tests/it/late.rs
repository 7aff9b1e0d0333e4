//! What is older than the look-back: read again while statuses may still change, and no longer.

use chat_archive::{CoveredWindow, MessageCount, Verdict};
use chat_core::{UnixMillis, Window};
use chat_sync::{
    LateInput, LateWindow, PlanInput, PlannedWindow, WindowReason, late_span, late_windows, plan,
    within_budget,
};
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const NOW: i64 = 1000 * DAY;

fn input(covered: &[CoveredWindow]) -> PlanInput<'_> {
    PlanInput {
        covered,
        open: &[],
        start: UnixMillis::new(0),
        now: UnixMillis::new(NOW),
        lookback_ms: 3 * DAY,
        settle_ms: 60_000,
        since: None,
        until: None,
        full: false,
        grain_ms: 1000,
        max_ms: None,
    }
}

fn proven(from: i64, to: i64, checked: i64) -> CoveredWindow {
    let mut known = CoveredWindow::new(Window::new(from, to), Verdict::Proven);
    known.checked_at = Some(UnixMillis::new(checked));
    known
}

fn count(from: i64, messages: u64, open: u64) -> MessageCount {
    MessageCount { window: Window::new(from, from + HOUR), messages, open }
}

fn late(covered: &[CoveredWindow], counts: &[MessageCount]) -> Vec<LateWindow> {
    let input = input(covered);
    let planned = plan(&input);
    late_windows(&LateInput { plan: &input, planned: &planned, counts, page_size: 100 })
}

#[test]
fn late_windows_lie_between_the_look_back_and_the_last_age() {
    let span = |change: fn(&mut PlanInput<'_>)| {
        let days = (3..40).rev().map(|day| NOW - day * DAY);
        let covered: Vec<_> = days.map(|end| proven(end - DAY, end, end)).collect();
        let mut input = input(&covered);
        change(&mut input);
        late_span(&input, 30 * DAY)
    };
    let all = Window::new(NOW - 30 * DAY, NOW - 3 * DAY);
    assert_eq!(span(|_| {}), Some(all));
    assert_eq!(span(|input| input.lookback_ms = 30 * DAY), None);
    assert_eq!(span(|input| input.full = true), None);
    let since = Window::new(NOW - 9 * DAY + HOUR, all.to_ms);
    assert_eq!(span(|input| input.since = Some(UnixMillis::new(NOW - 9 * DAY + 1))), Some(since));
    let until = Window::new(all.from_ms, NOW - 9 * DAY);
    assert_eq!(span(|input| input.until = Some(UnixMillis::new(NOW - 9 * DAY + 1))), Some(until));
    assert_eq!(span(|input| input.start = UnixMillis::new(NOW - DAY)), None);
    assert_eq!(span(|input| input.covered = &[]), None, "nothing was read");
}

#[test]
fn nothing_is_counted_where_nothing_can_be_due() {
    let span = |covered: &[CoveredWindow]| late_span(&input(covered), 30 * DAY);
    // the days of what was just read again are no older than they were then
    let first = proven(0, NOW - 3 * DAY, NOW - HOUR);
    assert_eq!(span(std::slice::from_ref(&first)), None);
    // of what was read a day ago, those that were young: a message of three days is 1.3 as old
    let day_ago = proven(0, NOW - 3 * DAY, NOW - DAY);
    assert_eq!(span(&[day_ago]), Some(Window::new(NOW - 5 * DAY, NOW - 3 * DAY)));
    let read = [proven(0, NOW - 20 * DAY, NOW), proven(NOW - 20 * DAY, NOW - 3 * DAY, NOW - DAY)];
    assert_eq!(span(&read), Some(Window::new(NOW - 5 * DAY, NOW - 3 * DAY)));
    let mut broken = proven(0, NOW - 3 * DAY, NOW - DAY);
    broken.verdict = Verdict::Broken;
    assert_eq!(span(&[broken]), None);
}

#[test]
fn a_day_is_due_when_it_is_twice_as_old_as_when_it_was_read() {
    let day = NOW - 10 * DAY;
    let counts = [count(day + 12 * HOUR, 40, 5)];
    for (age_at_reading, is_due) in [(4, true), (5, false), (9, false)] {
        let covered = [proven(0, NOW - 3 * DAY, day + 12 * HOUR + age_at_reading * DAY)];
        assert_eq!(late(&covered, &counts).len(), usize::from(is_due), "{age_at_reading}");
    }
}

#[test]
fn only_what_may_still_change_is_read_again_and_only_on_proven_ground() {
    let day = NOW - 10 * DAY;
    let known = proven(0, NOW - 3 * DAY, day + 2 * DAY);
    assert_eq!(late(std::slice::from_ref(&known), &[count(day, 40, 0)]), []);
    let mut broken = known;
    broken.verdict = Verdict::Broken;
    assert_eq!(late(&[broken], &[count(day, 40, 5)]), []);
    assert_eq!(late(&[], &[count(day, 40, 5)]), []);
    let hole = [proven(0, day + HOUR / 2, day + DAY), proven(day + HOUR, NOW - 3 * DAY, day + DAY)];
    assert_eq!(late(&hole, &[count(day, 40, 5)]), []);
}

#[test]
fn windows_are_joined_only_where_that_costs_no_request() {
    let day = NOW - 10 * DAY;
    let covered = [proven(0, NOW - 3 * DAY, day + 2 * DAY)];
    let joined = late(&covered, &[count(day, 40, 5), count(day + 5 * HOUR, 60, 5)]);
    assert_eq!(joined.len(), 1);
    let LateWindow { planned: PlannedWindow { window, reason, .. }, pages, open, .. } = joined[0];
    assert_eq!((window, reason), (Window::new(day, day + 6 * HOUR), WindowReason::Late));
    assert_eq!((pages, open), (1, 10));
    // what lies between them and is closed would take more pages than are saved
    let between = count(day + 2 * HOUR, 500, 0);
    let apart = late(&covered, &[count(day, 40, 5), between, count(day + 5 * HOUR, 60, 5)]);
    assert_eq!(apart.iter().map(|window| window.pages).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn a_budget_is_spent_on_what_promises_most() {
    let covered = [proven(0, NOW - 3 * DAY, NOW - 12 * DAY)];
    let days = [NOW - 20 * DAY, NOW - 15 * DAY, NOW - 14 * DAY];
    let due = |open: [u64; 3]| {
        let counts: Vec<_> =
            days.iter().zip(open).map(|(day, open)| count(*day, 300, open)).collect();
        late(&covered, &counts).into_iter().map(|window| ((), window)).collect::<Vec<_>>()
    };
    let chosen = |open, budget| -> Vec<u64> {
        within_budget(due(open), budget).iter().map(|((), window)| window.open).collect()
    };
    assert_eq!(chosen([7, 8, 9], 8), [9, 8]);
    assert_eq!(chosen([7, 8, 9], 3), [9]);
    assert_eq!(chosen([7, 8, 900], 1), [900], "alone, even if it is larger");
    assert_eq!(chosen([7, 8, 9], 0), [0; 0]);
}

proptest! {
    #[test]
    fn late_windows_overlap_nothing_and_leave_out_nothing_that_is_due(
        hours in proptest::collection::btree_map(0i64..744, (0u64..400, 0u64..40), 0..60),
        read in proptest::collection::vec(1i64..1000, 31),
        max_days in proptest::option::of(1i64..4),
    ) {
        let begin = NOW - 35 * DAY;
        let days = (0i64..).zip(&read).map(|(day, read)| {
            let from = begin + day * DAY;
            proven(from, from + DAY, (from + DAY + read * HOUR).min(NOW))
        });
        let covered: Vec<_> = days.collect();
        let counts: Vec<_> = hours
            .iter()
            .map(|(hour, (more, open))| count(begin + hour * HOUR, more + open, *open))
            .collect();
        let input = PlanInput { max_ms: max_days.map(|days| days * DAY), ..input(&covered) };
        let planned = plan(&input);
        let late =
            late_windows(&LateInput { plan: &input, planned: &planned, counts: &counts, page_size: 100 });
        // messages that are not counted change nothing
        let span = late_span(&input, 35 * DAY).unwrap_or(Window::new(0, 0));
        let is_in = |at: &Window| span.from_ms <= at.from_ms && at.to_ms <= span.to_ms;
        let inside: Vec<_> = counts.iter().filter(|count| is_in(&count.window)).copied().collect();
        let plan = LateInput { plan: &input, planned: &planned, counts: &inside, page_size: 100 };
        prop_assert_eq!(&late_windows(&plan), &late);
        for pair in late.windows(2) {
            prop_assert!(pair[0].planned.window.to_ms <= pair[1].planned.window.from_ms);
        }
        for window in &late {
            let span = window.planned.window;
            prop_assert!(input.max_ms.is_none_or(|max_ms| span.len_ms() <= max_ms));
            let is_apart = |other: &PlannedWindow| {
                other.window.to_ms <= span.from_ms || span.to_ms <= other.window.from_ms
            };
            prop_assert!(planned.iter().all(is_apart));
        }
        for count in counts.iter().filter(|count| count.open > 0) {
            let day = count.window.from_ms.div_euclid(DAY) * DAY;
            let known = covered.iter().find(|known| known.window.from_ms == day).unwrap();
            let checked = known.checked_at.unwrap().get();
            // clearly more than twice as old, wherever in the day its messages are
            let age_at_reading = (checked - day).max(HOUR);
            if NOW - day - DAY > 2 * age_at_reading {
                let is_read = late.iter().any(|window| {
                    let span = window.planned.window;
                    span.from_ms <= count.window.from_ms && count.window.to_ms <= span.to_ms
                });
                prop_assert!(is_read, "{count:?} read at {checked}");
            }
        }
    }
}
