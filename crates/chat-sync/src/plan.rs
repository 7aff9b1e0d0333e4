//! Which windows to walk, and in which order. Pure.

use chat_archive::{CoveredWindow, Verdict};
use chat_core::{UnixMillis, Window};

/// The look-back's edge is put on whole hours, so that runs close to each other re-read the same
/// windows instead of a sliver more each time.
const EDGE_GRAIN_MS: i64 = 3_600_000;

/// What a plan is made from.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_structs, reason = "a plan needs all of it")]
pub struct PlanInput<'a> {
    /// The closed windows of the partition, oldest first, not overlapping.
    pub covered: &'a [CoveredWindow],
    /// The windows that an earlier run left in the middle.
    pub open: &'a [Window],
    /// How far back the source goes.
    pub start: UnixMillis,
    /// The present.
    pub now: UnixMillis,
    /// How long changes are expected to come in, in milliseconds.
    pub lookback_ms: i64,
    /// The newest records are left to the next run: they may still be on their way.
    pub settle_ms: i64,
    /// Only from here.
    pub since: Option<UnixMillis>,
    /// Only up to here.
    pub until: Option<UnixMillis>,
    /// Walk proven windows too.
    pub full: bool,
    /// The vendor's smallest step in milliseconds, at least 1.
    pub grain_ms: i64,
    /// The longest window the vendor takes, in milliseconds.
    pub max_ms: Option<i64>,
}

impl PlanInput<'_> {
    /// Windows that end at or before this are settled: no change is expected in them any more.
    pub fn settled_before(&self) -> i64 {
        floor(self.now.get().saturating_sub(self.lookback_ms), EDGE_GRAIN_MS)
    }

    /// True if a window need not be read again. What was proven later than now was proven by a
    /// clock that was wrong, and may be a time that had not come yet.
    fn is_proven(&self, known: &CoveredWindow) -> bool {
        let latest = self.now.plus_ms(self.lookback_ms.clamp(0, EDGE_GRAIN_MS));
        known.verdict == Verdict::Proven && known.checked_at.is_none_or(|checked| checked <= latest)
    }
}

/// A window to walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedWindow {
    /// The span of time.
    pub window: Window,
    /// Why.
    pub reason: WindowReason,
}

/// Why a window is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum WindowReason {
    /// It was broken.
    Repair,
    /// An earlier run left it in the middle.
    Resume,
    /// It was never walked, or is to be walked again.
    Read,
    /// It is proven and older than the look-back, and messages in it may still change.
    Late,
}

/// The windows to walk: broken ones first, then those left in the middle, then the rest oldest
/// first. They do not overlap, and together with what is proven they cover the asked span.
pub fn plan(input: &PlanInput<'_>) -> Vec<PlannedWindow> {
    let grain = input.grain_ms.max(1);
    let from = input.since.map_or(input.start, |since| since.max(input.start)).get();
    let horizon = input.now.get().saturating_sub(input.settle_ms);
    let to = input.until.map_or(horizon, |until| until.get().min(horizon));
    let asked = Window::new(floor(from, grain), floor(to, grain));
    if asked.len_ms() <= 0 {
        return Vec::new();
    }
    let mut planned = Vec::new();
    let mut taken: Vec<Window> = if input.full {
        Vec::new()
    } else {
        let proven = input.covered.iter().filter(|known| input.is_proven(known));
        proven.map(|known| known.window).collect()
    };
    if !input.full {
        let broken = input.covered.iter().filter(|known| known.verdict == Verdict::Broken);
        for known in broken.filter(|known| overlaps(&known.window, &asked)) {
            take(known.window, WindowReason::Repair, &mut planned, &mut taken);
        }
    }
    for open in input.open.iter().filter(|open| overlaps(open, &asked)) {
        take(*open, WindowReason::Resume, &mut planned, &mut taken);
    }
    taken.sort_unstable();
    let edge = floor(input.settled_before(), grain);
    let mut at = asked.from_ms;
    let end = Window::new(asked.to_ms, asked.to_ms);
    for window in taken.iter().chain([&end]) {
        let gap = Window::new(at, window.from_ms.min(asked.to_ms));
        for part in cut(gap, edge, input.max_ms, grain) {
            planned.push(PlannedWindow { window: part, reason: WindowReason::Read });
        }
        at = at.max(window.to_ms);
    }
    planned
}

/// When all of a window was last read, in Unix milliseconds; `None` if it is not all proven.
pub(crate) fn proven_since(covered: &[CoveredWindow], window: Window) -> Option<i64> {
    let first = covered.partition_point(|known| known.window.to_ms <= window.from_ms);
    let (mut at, mut checked_ms) = (window.from_ms, i64::MAX);
    for known in covered.get(first..)? {
        if known.window.from_ms > at || known.verdict != Verdict::Proven {
            return None;
        }
        checked_ms = checked_ms.min(known.checked_at?.get());
        at = known.window.to_ms;
        if at >= window.to_ms {
            return Some(checked_ms);
        }
    }
    None
}

fn take(
    window: Window,
    reason: WindowReason,
    planned: &mut Vec<PlannedWindow>,
    taken: &mut Vec<Window>,
) {
    // a window that overlaps what is planned already is covered by the gaps instead
    if planned.iter().all(|other: &PlannedWindow| !overlaps(&other.window, &window)) {
        planned.push(PlannedWindow { window, reason });
        taken.push(window);
    }
}

/// Cuts a gap at the look-back's edge, and into lengths that the vendor takes.
fn cut(gap: Window, edge: i64, max_ms: Option<i64>, grain: i64) -> Vec<Window> {
    let ends = if gap.from_ms < edge && edge < gap.to_ms {
        vec![Window::new(gap.from_ms, edge), Window::new(edge, gap.to_ms)]
    } else {
        vec![gap]
    };
    let step = max_ms.map_or(i64::MAX, |max| floor(max, grain).max(grain));
    let mut parts = Vec::new();
    for piece in ends {
        let mut at = piece.from_ms;
        while at < piece.to_ms {
            let next = at.saturating_add(step).min(piece.to_ms);
            parts.push(Window::new(at, next));
            at = next;
        }
    }
    parts
}

/// Splits a window into at most `parts` of equal length at the vendor's grain; empty if it is too
/// short to be split.
pub fn split(window: Window, parts: u64, grain_ms: i64) -> Vec<Window> {
    let grain = grain_ms.max(1);
    let steps = window.len_ms() / grain;
    let parts = i64::try_from(parts).unwrap_or(i64::MAX).min(steps);
    if parts < 2 {
        return Vec::new();
    }
    let edge = |part: i64| {
        if part == parts {
            window.to_ms
        } else {
            // the quotient first: a product could overflow
            window.from_ms + (steps / parts * part + steps % parts * part / parts) * grain
        }
    };
    (0..parts).map(|part| Window::new(edge(part), edge(part + 1))).collect()
}

/// True for a time in a window.
pub(crate) const fn holds(window: &Window, at_ms: i64) -> bool {
    window.from_ms <= at_ms && at_ms < window.to_ms
}

pub(crate) fn overlaps(a: &Window, b: &Window) -> bool {
    a.from_ms < b.to_ms && b.from_ms < a.to_ms
}

const fn floor(value: i64, grain: i64) -> i64 {
    value.saturating_sub(value.rem_euclid(grain))
}
