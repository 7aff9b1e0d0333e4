//! Which windows older than the look-back to read again, because messages in them may still change.
//! Pure.
//!
//! The longer a message has gone without its last status, the rarer is news of it: half of all
//! changes that come after two days come before four, more or less. So what is still open is read
//! again whenever it has become twice as old as it was at the last reading. That costs a record a
//! handful of readings in a month, however often the program runs.

use chat_archive::{CoveredWindow, MessageCount, Verdict};
use chat_core::Window;

use crate::plan::{PlanInput, PlannedWindow, WindowReason, overlaps, proven_since};

/// Messages are counted in stretches of this length.
pub const LATE_STEP_MS: i64 = HOUR_MS;

const HOUR_MS: i64 = 3_600_000;
/// What is due is decided for a day at a time, so that what was read together stays together.
const DAY_MS: i64 = 24 * HOUR_MS;
/// A day is due when its messages are so many times as old as they were at their last reading.
const DUE_RATIO: f64 = 2.0;
/// A day that is so far gone is read along where that costs no request.
const RIDER_RATIO: f64 = 1.3;
/// Windows of more pages are cut, so that a budget can be spent on the best parts.
const MAX_PAGES: u64 = 20;

/// What the late windows of a partition are chosen from.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_structs, reason = "a plan needs all of it")]
pub struct LateInput<'a> {
    /// What the partition's windows were planned from.
    pub plan: &'a PlanInput<'a>,
    /// The windows that are read anyway.
    pub planned: &'a [PlannedWindow],
    /// The messages of [`late_span`], in stretches of [`LATE_STEP_MS`].
    pub counts: &'a [MessageCount],
    /// How many records a page has.
    pub page_size: u32,
}

/// A window that is worth reading again.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct LateWindow {
    /// The span of time, and why.
    pub planned: PlannedWindow,
    /// About how many requests it takes.
    pub pages: u64,
    /// How many messages in it may still change.
    pub open: u64,
    /// How much is to be expected of it: only good for comparisons.
    gain: f64,
}

/// Where late windows may lie: older than the look-back, younger than `late_ms`, asked for, and long
/// enough ago since their last reading. `None` if there is no such time, or all of it is read anyway.
pub fn late_span(input: &PlanInput<'_>, late_ms: i64) -> Option<Window> {
    let oldest = input.now.get().saturating_sub(late_ms);
    let from = input.since.map_or(input.start, |since| since.max(input.start)).get();
    // whole hours inside, so that stretches are the same in each run
    let from = from.max(oldest).saturating_add(HOUR_MS - 1);
    let to = input.until.map_or(i64::MAX, chat_core::UnixMillis::get);
    let span = Window::new(hour(from), hour(to.min(input.settled_before())));
    if span.len_ms() <= 0 || input.full {
        return None;
    }
    let first = input.covered.partition_point(|known| known.window.to_ms <= span.from_ms);
    let known = input.covered.get(first..)?.iter();
    let known = known.take_while(|known| known.window.from_ms < span.to_ms);
    let rider = known.filter_map(|known| rider_span(known, input.now.get()));
    let all = rider.reduce(|a, b| Window::new(a.from_ms.min(b.from_ms), a.to_ms.max(b.to_ms)))?;
    // whole days, because whether one is due is told by all its messages
    let last = all.to_ms.saturating_add(DAY_MS - 1);
    let span = Window::new(
        span.from_ms.max(all.from_ms.saturating_sub(all.from_ms.rem_euclid(DAY_MS))),
        span.to_ms.min(last.saturating_sub(last.rem_euclid(DAY_MS))),
    );
    Some(span).filter(|span| span.len_ms() > 0)
}

/// The part of a covered window, and an hour around it, that may be far gone since its reading,
/// whatever messages are in it: the younger a message was then, the sooner it is.
fn rider_span(known: &CoveredWindow, now: i64) -> Option<Window> {
    let checked_ms = known.checked_at?.get();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "an hour more"
    )]
    let age_ms = (now.saturating_sub(checked_ms) as f64 / (RIDER_RATIO - 1.0)) as i64;
    let youngest = checked_ms.saturating_sub(age_ms).saturating_sub(HOUR_MS);
    let from_ms = known.window.from_ms.saturating_sub(HOUR_MS).max(youngest);
    let part = Window::new(from_ms, known.window.to_ms.saturating_add(HOUR_MS));
    Some(part).filter(|part| part.len_ms() > 0 && known.verdict == Verdict::Proven)
}

/// The windows of a partition that are due, oldest first. They do not overlap each other or what
/// is planned, and lie on proven ground only: what is not proven is read anyway.
pub fn late_windows(input: &LateInput<'_>) -> Vec<LateWindow> {
    let open = input.counts.iter().filter(|count| count.open > 0);
    let stretches: Vec<Stretch> = open.filter_map(|count| stretch(input, count)).collect();
    let now = input.plan.now.get();
    let mut due = Vec::new();
    let mut pending: Option<Candidate> = None;
    for day in stretches.chunk_by(|a, b| a.day() == b.day()) {
        let ratio = ratio(day, now);
        if ratio < RIDER_RATIO {
            continue;
        }
        for stretch in day {
            let next = Candidate::of(stretch, ratio >= DUE_RATIO, now);
            let before = pending.take();
            let joined = before.as_ref().and_then(|before| before.joined(&next, input));
            if joined.is_none() {
                due.extend(before.and_then(|before| before.planned(input)));
            }
            pending = Some(joined.unwrap_or(next));
        }
    }
    due.extend(pending.and_then(|last| last.planned(input)));
    due
}

/// The best of what is due, for about so many requests. `T` says whose window it is.
pub fn within_budget<T>(mut due: Vec<(T, LateWindow)>, requests: u64) -> Vec<(T, LateWindow)> {
    #[expect(clippy::cast_precision_loss, reason = "only the order matters")]
    let worth = |window: &LateWindow| window.gain / window.pages.max(1) as f64;
    due.sort_by(|(_, a), (_, b)| worth(b).total_cmp(&worth(a)));
    let mut left = requests;
    due.retain(|(_, window)| {
        // one that is larger than the whole budget would never come, so it may come alone
        let fits = window.pages <= left || (left == requests && requests > 0);
        if fits {
            left = left.saturating_sub(window.pages);
        }
        fits
    });
    due
}

/// A stretch with open messages that may be read again.
struct Stretch {
    count: MessageCount,
    checked_ms: i64,
}

impl Stretch {
    const fn day(&self) -> i64 {
        self.count.window.from_ms.div_euclid(DAY_MS)
    }

    const fn middle_ms(&self) -> i64 {
        self.count.window.from_ms + self.count.window.len_ms() / 2
    }

    /// How many times as old as at its last reading.
    fn ratio(&self, now: i64) -> f64 {
        ratio(std::slice::from_ref(self), now)
    }
}

/// How many times as old as at their last reading these stretches are, on average over their open
/// messages.
#[expect(clippy::cast_precision_loss, reason = "ages in hours, and only their ratio matters")]
fn ratio(stretches: &[Stretch], now: i64) -> f64 {
    let age_at = |at: &dyn Fn(&Stretch) -> i64| -> f64 {
        stretches
            .iter()
            .map(|stretch| {
                let age_ms = at(stretch).saturating_sub(stretch.middle_ms()).max(HOUR_MS);
                (age_ms / 1000) as f64 * stretch.count.open as f64
            })
            .sum()
    };
    age_at(&|_| now) / age_at(&|stretch| stretch.checked_ms)
}

/// A stretch if all of it is proven and not read anyway.
fn stretch(input: &LateInput<'_>, count: &MessageCount) -> Option<Stretch> {
    let checked_ms = checked(input, count.window)?;
    Some(Stretch { count: *count, checked_ms })
}

/// When all of a window was last read; `None` if it is not all proven, or is planned anyway.
fn checked(input: &LateInput<'_>, window: Window) -> Option<i64> {
    let is_planned = input.planned.iter().any(|planned| overlaps(&planned.window, &window));
    if is_planned { None } else { proven_since(input.plan.covered, window) }
}

/// A window under way.
struct Candidate {
    window: Window,
    messages: u64,
    open: u64,
    gain: f64,
    is_due: bool,
}

impl Candidate {
    fn of(stretch: &Stretch, is_due: bool, now: i64) -> Self {
        let MessageCount { window, messages, open } = stretch.count;
        #[expect(clippy::cast_precision_loss, reason = "only the order matters")]
        let gain = open as f64 * stretch.ratio(now).max(1.0).ln();
        Self { window, messages, open, gain, is_due }
    }

    fn pages(&self, input: &LateInput<'_>) -> u64 {
        self.messages.div_ceil(u64::from(input.page_size.max(1))).max(1)
    }

    /// Both and what is between them, if that takes fewer requests than what of them is due, or no
    /// more where they touch.
    fn joined(&self, next: &Self, input: &LateInput<'_>) -> Option<Self> {
        let window = Window::new(self.window.from_ms, next.window.to_ms);
        let between = Window::new(self.window.to_ms, next.window.from_ms);
        let joined = Self {
            window,
            messages: self.messages + messages(input.counts, between) + next.messages,
            open: self.open + next.open,
            gain: self.gain + next.gain,
            is_due: self.is_due || next.is_due,
        };
        let alone = |one: &Self| if one.is_due { one.pages(input) } else { 0 };
        let apart = alone(self) + alone(next);
        let touch = between.len_ms() == 0 || !(self.is_due && next.is_due);
        let most = if touch { apart } else { apart.saturating_sub(1) };
        let fits = joined.pages(input) <= most.min(MAX_PAGES)
            && input.plan.max_ms.is_none_or(|max_ms| window.len_ms() <= max_ms);
        let is_one_piece = || between.len_ms() == 0 || checked(input, between).is_some();
        (fits && is_one_piece()).then_some(joined)
    }

    fn planned(self, input: &LateInput<'_>) -> Option<LateWindow> {
        self.is_due.then(|| LateWindow {
            planned: PlannedWindow { window: self.window, reason: WindowReason::Late },
            pages: self.pages(input),
            open: self.open,
            gain: self.gain,
        })
    }
}

fn messages(counts: &[MessageCount], window: Window) -> u64 {
    let first = counts.partition_point(|count| count.window.from_ms < window.from_ms);
    let inside = counts.get(first..).unwrap_or_default().iter();
    inside.take_while(|count| count.window.from_ms < window.to_ms).map(|count| count.messages).sum()
}

const fn hour(ms: i64) -> i64 {
    ms.saturating_sub(ms.rem_euclid(HOUR_MS))
}
