//! Which windows of a partition are walked, and how each walk begins.

use std::collections::VecDeque;

use chat_archive::{CoveredWindow, OpenWindow, PartitionId, Verdict};
use chat_core::{Partition, Window, Windowing};

use super::pull::Pull;
use crate::late::LateWindow;
use crate::plan::{PlanInput, PlannedWindow, WindowReason, plan, proven_since, split};
use crate::store::Store;
use crate::walk::{Walk, WalkLimits};
use crate::writer::StoreFailed;

/// The newest records are left to the next run.
const SETTLE_MS: i64 = 60_000;
/// With several requests in flight, windows are cut to about so many pages, to have enough of them.
const PAGES_PER_PART: u64 = 5;

/// Where so many windows of a partition are broken, they are not cut any further: that is no single
/// record, but time that the vendor refuses.
const MAX_BROKEN: usize = 16;

/// A window in which something could not be read is repaired in so many parts, so that what cannot
/// be had is closed in from run to run, and all around it is.
const REPAIR_PARTS: u64 = 8;

/// A window to walk, and whose it is.
pub(super) struct Walking {
    pub(super) partition: Partition,
    pub(super) id: PartitionId,
    pub(super) walk: Walk,
    /// It goes on where an earlier run stopped.
    pub(super) resumed: bool,
    /// All of it is proven: a walk that fails takes nothing from that.
    pub(super) is_proven: bool,
    /// It is all that the vendor shows of the partition.
    pub(super) whole: Option<Whole>,
}

/// What is known of a partition whose listing cannot be narrowed by time.
#[derive(Clone, Copy)]
pub(super) struct Whole {
    /// Since when, and until when, earlier listings cover it without a gap.
    pub(super) covered_from: Option<Window>,
}

impl<S: Store> Pull<S> {
    /// Queues the windows of a partition; returns those that may be read beside them.
    pub(super) async fn plan(
        &self,
        partition: Partition,
        id: PartitionId,
        queue: &mut VecDeque<Walking>,
    ) -> Result<Vec<(Walking, LateWindow)>, StoreFailed> {
        let (covered, mut open) = self
            .writer
            .run(move |store| Ok((store.coverage(id)?, store.open_windows(id)?)))
            .await?;
        let windowing = self.source.capabilities().windowing;
        let (grain_ms, max_ms, whole) = match windowing {
            Windowing::Closed { grain_ms, max_ms, .. } => (grain_ms, max_ms, None),
            Windowing::Whole { reach_ms } => (1, None, Some(reach_ms)),
            _ => (1, None, Some(None)),
        };
        if whole.is_some() {
            // a listing of the past is no part of one of the present: it starts anew
            for OpenWindow { window, .. } in open.drain(..) {
                self.writer.submit(move |store| store.abandon_window(id, window)).await?;
            }
        }
        let spans: Vec<Window> = open.iter().map(|open| open.window).collect();
        let input = PlanInput {
            covered: &covered,
            open: &spans,
            start: self.settings.start,
            now: self.started,
            lookback_ms: self.settings.lookback_ms,
            settle_ms: SETTLE_MS,
            since: self.settings.since,
            until: self.settings.until,
            full: self.settings.full,
            grain_ms,
            max_ms,
        };
        let planned = match whole {
            Some(reach_ms) => whole_listing(&input, reach_ms),
            None => plan(&input),
        };
        let late = match whole {
            Some(_) => Vec::new(),
            None => self.late(&partition, id, &input, &planned).await?,
        };
        let broken = covered.iter().filter(|known| known.verdict == Verdict::Broken).count();
        let may_cut = broken <= MAX_BROKEN;
        let covered_from = covered_from(&covered);
        for PlannedWindow { window, reason } in planned {
            // a listing that cannot be narrowed by time is never done
            let settled = if whole.is_some() { i64::MIN } else { input.settled_before() };
            let limits = self.limits();
            let left = open.iter().position(|open| open.window == window);
            let is_proven = !input.full && proven_since(&covered, window).is_some();
            let mut resumed = left.is_some() && reason == WindowReason::Resume;
            let walks = match (reason, left) {
                (WindowReason::Resume, Some(left)) => {
                    let left = open.swap_remove(left);
                    let walk = Walk::resume(window, settled, limits, &left.state, left.record_ids);
                    if walk.cursor().is_none() {
                        // it was at its end or its state is not known: what it met counts no more
                        resumed = false;
                        self.writer.submit(move |store| store.abandon_window(id, window)).await?;
                    }
                    vec![walk]
                }
                (WindowReason::Repair, _) if may_cut && is_unreadable(&covered, window) => {
                    let mut parts = split(window, REPAIR_PARTS, grain_ms);
                    if parts.is_empty() {
                        parts.push(window);
                    }
                    parts.into_iter().map(|part| Walk::new(part, settled, limits)).collect()
                }
                _ => vec![Walk::new(window, settled, limits)],
            };
            for walk in walks {
                let whole = whole.map(|_| Whole { covered_from });
                let partition = partition.clone();
                queue.push_back(Walking { partition, id, walk, resumed, is_proven, whole });
            }
        }
        Ok(late)
    }

    pub(super) fn limits(&self) -> WalkLimits {
        let capabilities = self.source.capabilities();
        let (has_total, finite_cursors) = (capabilities.has_total, capabilities.finite_cursors);
        match capabilities.windowing {
            Windowing::Closed { max_rows, .. } if self.settings.concurrency > 1 => {
                let target_rows = max_rows.min(u64::from(capabilities.page_size) * PAGES_PER_PART);
                WalkLimits {
                    max_rows: max_rows.min(target_rows * 2),
                    target_rows,
                    has_total,
                    finite_cursors,
                }
            }
            Windowing::Closed { max_rows, .. } => WalkLimits {
                max_rows,
                target_rows: (max_rows / 5 * 4).max(1),
                has_total,
                finite_cursors,
            },
            _ => {
                WalkLimits { max_rows: u64::MAX, target_rows: u64::MAX, has_total, finite_cursors }
            }
        }
    }
}

impl Whole {
    /// The time that earlier listings covered stays covered by the one that follows them.
    pub(super) fn extend(self, closed: &mut CoveredWindow) {
        if let Some(before) = self.covered_from
            && before.to_ms >= closed.window.from_ms
        {
            closed.window.from_ms = closed.window.from_ms.min(before.from_ms);
        }
    }
}

/// The last stretch of time that is covered without a gap.
fn covered_from(covered: &[CoveredWindow]) -> Option<Window> {
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

/// True if something in a broken window could not be read. Where the vendor miscounts instead,
/// smaller windows would only be miscounted too.
fn is_unreadable(covered: &[CoveredWindow], window: Window) -> bool {
    covered.iter().any(|known| known.window == window && known.unreadable > 0)
}
