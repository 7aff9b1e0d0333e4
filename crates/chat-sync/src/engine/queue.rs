//! Which windows of a partition are walked, and how each walk begins.

use chat_archive::{CoveredWindow, OpenWindow, PartitionId, Verdict};
use chat_core::{Capabilities, Partition, UnixMillis, Window, Windowing};

use super::Settings;
use crate::late::{LATE_STEP_MS, LateInput, LateWindow, late_span, late_windows, within_budget};
use crate::plan::{PlanInput, PlannedWindow, WindowReason, overlaps, plan, proven_since, split};
use crate::store::Holdings;
use crate::walk::{Spread, Walk, WalkLimits};

/// The newest records are left to the next run.
const SETTLE_MS: i64 = 60_000;
/// Where so many windows of a partition are broken, they are not cut any further: that is no single
/// record, but time that the vendor refuses.
const MAX_BROKEN: usize = 16;

/// A window in which something could not be read is repaired in so many parts, so that what cannot
/// be had is closed in from run to run, and all around it is.
const REPAIR_PARTS: u64 = 8;

/// A window to walk, and whose it is.
pub(crate) struct Walking {
    pub(crate) partition: Partition,
    pub(crate) id: PartitionId,
    pub(crate) walk: Walk,
    /// It goes on where an earlier run stopped.
    pub(crate) resumed: bool,
    /// All of it is proven: a walk that fails takes nothing from that.
    pub(crate) is_proven: bool,
    /// It is all that the vendor shows of the partition.
    pub(crate) whole: Option<Whole>,
}

impl Walking {
    pub(crate) fn start_ms(&self) -> i64 {
        self.walk.window().from_ms
    }
}

/// What is known of a partition whose listing cannot be narrowed by time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whole {
    /// Since when, and until when, earlier listings cover it without a gap.
    pub(crate) first_covered: Option<Window>,
}

/// What a run is planned from, beside what the archive knows.
pub(crate) struct Asked {
    pub(crate) capabilities: Capabilities,
    pub(crate) settings: Settings,
    pub(crate) started: UnixMillis,
}

/// A window that will be walked.
pub(crate) struct Scheduled {
    /// Whose it is, by its place among the partitions.
    pub(crate) partition: usize,
    pub(crate) reason: WindowReason,
    pub(crate) walk: Walk,
    pub(crate) resumed: bool,
    pub(crate) is_proven: bool,
    pub(crate) whole: Option<Whole>,
}

/// All that a run will do, in its order.
#[derive(Default)]
pub(crate) struct Schedule {
    pub(crate) windows: Vec<Scheduled>,
    /// Walks of earlier runs that cannot go on.
    pub(crate) abandoned: Vec<(PartitionId, Window)>,
}

impl Schedule {
    /// The windows of these partitions: what is broken first, then what was left in the middle,
    /// then the rest, partition by partition; last what may have changed late. `None` is a
    /// partition that the archive does not know.
    pub(crate) fn new<H: Holdings>(
        holdings: &mut H,
        asked: &Asked,
        partitions: impl IntoIterator<Item = Option<PartitionId>>,
    ) -> Result<Self, H::Error> {
        let mut schedule = Self::default();
        let mut late = Vec::new();
        for (partition, id) in partitions.into_iter().enumerate() {
            late.extend(schedule.add(holdings, asked, partition, id)?);
        }
        schedule.windows.sort_by_key(|scheduled| scheduled.reason);
        let late = within_budget(late, asked.settings.late_requests);
        schedule.windows.extend(late.into_iter().map(|(scheduled, _)| scheduled));
        Ok(schedule)
    }

    /// Adds the windows of a partition; returns those that may be read beside them.
    fn add<H: Holdings>(
        &mut self,
        holdings: &mut H,
        asked: &Asked,
        partition: usize,
        id: Option<PartitionId>,
    ) -> Result<Vec<(Scheduled, LateWindow)>, H::Error> {
        let covered = id.map_or_else(|| Ok(Vec::new()), |id| holdings.coverage(id))?;
        let mut open = id.map_or_else(|| Ok(Vec::new()), |id| holdings.open_windows(id))?;
        let (grain_ms, max_ms, whole) = match asked.capabilities.windowing {
            Windowing::Closed { grain_ms, max_ms, .. } => (grain_ms, max_ms, None),
            Windowing::Whole { reach_ms } => (1, None, Some(reach_ms)),
            _ => (1, None, Some(None)),
        };
        let abandoned = &mut self.abandoned;
        let mut abandon = |window| abandoned.extend(id.map(|id| (id, window)));
        if whole.is_some() {
            // a listing of the past is no part of one of the present: it starts anew
            open.drain(..).for_each(|OpenWindow { window, .. }| abandon(window));
        }
        let spans: Vec<Window> = open.iter().map(|open| open.window).collect();
        let settings = &asked.settings;
        let input = PlanInput {
            covered: &covered,
            open: &spans,
            start: settings.start,
            now: asked.started,
            lookback_ms: settings.lookback_ms,
            settle_ms: SETTLE_MS,
            since: settings.since,
            until: settings.until,
            full: settings.full,
            grain_ms,
            max_ms,
        };
        let planned = match whole {
            Some(reach_ms) => whole_listing(&input, reach_ms),
            None => plan(&input),
        };
        let late = match (whole, id) {
            (None, Some(id)) => late_of(holdings, asked, partition, id, &input, &planned)?,
            _ => Vec::new(),
        };
        let broken = covered.iter().filter(|known| known.verdict == Verdict::Broken).count();
        let may_cut = broken <= MAX_BROKEN;
        let first_covered = first_covered(&covered);
        let limits = asked.limits();
        for PlannedWindow { window, reason } in planned {
            // a listing that cannot be narrowed by time is never done
            let settled = if whole.is_some() { i64::MIN } else { input.settled_before() };
            let left = open.iter().position(|open| open.window == window);
            let is_proven = !input.full && proven_since(&covered, window).is_some();
            let is_known =
                whole.is_some() || asked.capabilities.states_end || was_read(&covered, window);
            let told = |walk: Walk| if is_known { walk } else { walk.first_reading() };
            let walk = |window| told(Walk::new(window, settled, limits));
            let mut resumed = left.is_some() && reason == WindowReason::Resume;
            let walks = match (reason, left) {
                (WindowReason::Resume, Some(left)) => {
                    let left = open.swap_remove(left);
                    let walk = Walk::resume(window, settled, limits, &left.state, left.record_ids);
                    if walk.cursor().is_none() {
                        // it was at its end or its state is not known: what it met counts no more
                        resumed = false;
                        abandon(window);
                    }
                    vec![told(walk)]
                }
                (WindowReason::Repair, _) if may_cut && is_unreadable(&covered, window) => {
                    let mut parts = split(window, REPAIR_PARTS, grain_ms);
                    if parts.is_empty() {
                        parts.push(window);
                    }
                    parts.into_iter().map(walk).collect()
                }
                _ => vec![walk(window)],
            };
            self.windows.extend(walks.into_iter().map(|walk| {
                let whole = whole.map(|_| Whole { first_covered });
                Scheduled { partition, reason, walk, resumed, is_proven, whole }
            }));
        }
        Ok(late)
    }
}

/// The windows of a partition that are due to be read again, because statuses may still change.
fn late_of<H: Holdings>(
    holdings: &mut H,
    asked: &Asked,
    partition: usize,
    id: PartitionId,
    input: &PlanInput<'_>,
    planned: &[PlannedWindow],
) -> Result<Vec<(Scheduled, LateWindow)>, H::Error> {
    let Some(span) = late_span(input, asked.settings.late_ms) else { return Ok(Vec::new()) };
    let counts = holdings.message_counts(id, span, LATE_STEP_MS)?;
    let page_size = asked.capabilities.page_size;
    let due = late_windows(&LateInput { plan: input, planned, counts: &counts, page_size });
    let scheduled = |late: LateWindow| {
        let PlannedWindow { window, reason } = late.planned;
        let walk = Walk::new(window, input.settled_before(), asked.limits());
        let resumed = false;
        (Scheduled { partition, reason, walk, resumed, is_proven: true, whole: None }, late)
    };
    Ok(due.into_iter().map(scheduled).collect())
}

impl Asked {
    pub(crate) fn limits(&self) -> WalkLimits {
        let capabilities = &self.capabilities;
        let (has_total, finite_cursors) = (capabilities.has_total, capabilities.finite_cursors);
        match capabilities.windowing {
            Windowing::Closed { max_rows, .. } => {
                let requests = self.settings.concurrency as u64;
                let page_rows = u64::from(capabilities.page_size);
                let spread = (requests > 1).then_some(Spread { requests, page_rows });
                let target_rows = (max_rows / 5 * 4).max(1);
                WalkLimits { max_rows, target_rows, spread, has_total, finite_cursors }
            }
            _ => WalkLimits::endless(has_total, finite_cursors),
        }
    }
}

impl Whole {
    /// The time that earlier listings covered stays covered by the one that follows them.
    pub(crate) fn extend(self, closed: &mut CoveredWindow) {
        if let Some(before) = self.first_covered
            && before.to_ms >= closed.window.from_ms
        {
            closed.window.from_ms = closed.window.from_ms.min(before.from_ms);
        }
    }
}

/// The last stretch of time that is covered without a gap.
fn first_covered(covered: &[CoveredWindow]) -> Option<Window> {
    let good = covered.iter().filter(|known| known.verdict != Verdict::Broken);
    good.map(|known| known.window).reduce(|stretch, next| {
        if next.from_ms <= stretch.to_ms { Window::new(stretch.from_ms, next.to_ms) } else { next }
    })
}

/// The one listing of a partition that cannot be narrowed by time: always all of it.
fn whole_listing(input: &PlanInput<'_>, reach_ms: Option<i64>) -> Vec<PlannedWindow> {
    let now = input.now.get();
    let reached = reach_ms.map_or(i64::MIN, |reach_ms| now.saturating_sub(reach_ms));
    let window = Window::new(input.start.get().max(reached), now);
    let planned = PlannedWindow { window, reason: WindowReason::Read };
    Some(planned).filter(|_| window.len_ms() > 0).into_iter().collect()
}

/// True if an earlier run read all of a window well.
fn was_read(covered: &[CoveredWindow], window: Window) -> bool {
    let good = covered.iter().filter(|known| known.verdict != Verdict::Broken);
    let mut at = window.from_ms;
    for known in good.filter(|known| overlaps(&known.window, &window)) {
        if known.window.from_ms > at {
            return false;
        }
        at = known.window.to_ms;
    }
    at >= window.to_ms
}

/// True if something in a broken window could not be read. Where the vendor miscounts instead,
/// smaller windows would only be miscounted too.
fn is_unreadable(covered: &[CoveredWindow], window: Window) -> bool {
    covered.iter().any(|known| known.window == window && known.unreadable > 0)
}
