//! Pulling the windows of one source, several at a time, each page by page.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use chat_archive::{
    CoveredWindow, MediaTask, OpenWindow, PageToStore, PartitionId, SourceId, StoredPage, Verdict,
};
use chat_core::{
    Clock, ErrorKind, Message, PageRequest, Partition, Source, SourceError, SourcePage, UnixMillis,
    Window, Windowing,
};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use super::Settings;
use crate::media::Backlog;
use crate::observer::{Event, Observer};
use crate::plan::{PlanInput, PlannedWindow, WindowReason, plan, split};
use crate::report::{SourceReport, WindowReport};
use crate::stop::Stop;
use crate::store::Store;
use crate::walk::{PageFacts, Step, Walk, WalkLimits};
use crate::writer::{StoreFailed, Writer};

/// So many calls in a row that fail for good mean that the vendor is down, not that a page is bad.
const DOWN_AFTER: u32 = 3;
/// The newest records are left to the next run.
const SETTLE_MS: i64 = 60_000;
/// A window this short is not the reason for a "parameter error".
const SHORT_WINDOW_MS: i64 = 24 * 3_600_000;
/// With several requests in flight, windows are cut to about so many pages, to have enough of them.
const PAGES_PER_PART: u64 = 5;

/// A window is split into so many at once at most; its parts are split again where they must be.
const MAX_PARTS: u64 = 64;

/// Where so many windows of a partition are broken, they are not cut any further: that is no single
/// record, but time that the vendor refuses.
const MAX_BROKEN: usize = 16;

/// A window in which something could not be read is repaired in so many parts, so that what cannot
/// be had is closed in from run to run, and all around it is.
const REPAIR_PARTS: u64 = 8;

/// What a source's pages brought so far.
#[derive(Debug, Default)]
pub(super) struct Totals {
    new: AtomicU64,
    changed: AtomicU64,
    seen: AtomicU64,
    pages: AtomicU64,
    skipped: AtomicU64,
}

impl Totals {
    fn add(&self, stored: &StoredPage, skipped: u64) {
        self.new.fetch_add(stored.new, Ordering::Relaxed);
        self.changed.fetch_add(stored.changed, Ordering::Relaxed);
        self.seen.fetch_add(stored.seen, Ordering::Relaxed);
        self.pages.fetch_add(1, Ordering::Relaxed);
        self.skipped.fetch_add(skipped, Ordering::Relaxed);
    }

    pub(super) fn fill(&self, report: &mut SourceReport) {
        report.messages_new = self.new.load(Ordering::Relaxed);
        report.messages_changed = self.changed.load(Ordering::Relaxed);
        report.messages_seen = self.seen.load(Ordering::Relaxed);
        report.pages = self.pages.load(Ordering::Relaxed);
        report.skipped = self.skipped.load(Ordering::Relaxed);
    }
}

/// What pulling needs.
pub(super) struct Pull<S: Store> {
    pub(super) source: Arc<dyn Source>,
    pub(super) id: SourceId,
    pub(super) settings: Settings,
    pub(super) writer: Writer<S>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) stop: Stop,
    pub(super) clock: Clock,
    pub(super) started: UnixMillis,
    pub(super) totals: Arc<Totals>,
    pub(super) backlog: Arc<Backlog>,
    /// Where files to fetch are sent; `None` if files are not asked for.
    pub(super) found: Option<mpsc::UnboundedSender<Vec<MediaTask>>>,
}

/// What came of pulling.
#[derive(Debug, Default)]
pub(super) struct Pulled {
    pub(super) windows: Vec<WindowReport>,
    pub(super) error: Option<SourceError>,
}

/// A window to walk, and whose it is.
struct Walking {
    partition: Partition,
    id: PartitionId,
    walk: Walk,
    /// It goes on where an earlier run stopped.
    resumed: bool,
    /// It is all that the vendor shows of the partition.
    whole: Option<Whole>,
}

/// What is known of a partition whose listing cannot be narrowed by time.
#[derive(Clone, Copy)]
struct Whole {
    /// Since when, and until when, earlier listings cover it without a gap.
    covered_from: Option<Window>,
}

/// How the walk of a window ended.
enum Ended {
    Closed(WindowReport),
    Split(Vec<Walking>),
    Stopped,
    /// The source cannot go on; the window stays open, and the report says so.
    Fatal(WindowReport, SourceError),
}

impl<S: Store> Pull<S> {
    pub(super) async fn run(self) -> Result<Pulled, StoreFailed> {
        let mut pulled = Pulled::default();
        let partitions = tokio::select! {
            biased;
            () = self.stop.requested() => return Ok(pulled),
            partitions = self.source.partitions() => partitions,
        };
        let mut partitions = match partitions {
            Ok(partitions) => partitions,
            Err(error) => {
                pulled.error = Some(error);
                return Ok(pulled);
            }
        };
        if self.source.capabilities().partial_partitions {
            let source = self.id;
            let known = self.writer.run(move |store| store.partitions(source)).await?;
            let listed: HashSet<Partition> = partitions.iter().cloned().collect();
            partitions.extend(known.into_iter().filter(|known| !listed.contains(known)));
        }
        let lacking = self.source.lacking();
        if partitions.is_empty() && lacking.is_empty() {
            let nothing = "the source has nothing to read: it lists no user, chat or customer";
            pulled.error = Some(SourceError::new(ErrorKind::InvalidRequest, nothing));
            return Ok(pulled);
        }
        let mut queue = VecDeque::new();
        let (source, named) = (self.id, partitions.clone());
        let ids = self.writer.run(move |store| store.name_partitions(source, &named)).await?;
        for (partition, id) in partitions.into_iter().zip(ids) {
            self.plan(partition, id, &mut queue).await?;
        }
        self.observer.event(&Event::Planned { source: self.source.name(), windows: queue.len() });
        let bad_calls = AtomicU32::new(0);
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < self.settings.concurrency.max(1)
                && pulled.error.is_none()
                && !self.stop.is_requested()
                && let Some(next) = queue.pop_front()
            {
                running.push(self.walk(next, &bad_calls));
            }
            match running.next().await.transpose()? {
                None => {
                    if pulled.error.is_none() && !lacking.is_empty() {
                        let words = lacking.join("; ");
                        pulled.error = Some(SourceError::new(ErrorKind::Decode, words));
                    }
                    return Ok(pulled);
                }
                Some(Ended::Closed(window)) => pulled.windows.push(window),
                Some(Ended::Split(parts)) => {
                    for part in parts.into_iter().rev() {
                        queue.push_front(part);
                    }
                }
                Some(Ended::Stopped) => {}
                Some(Ended::Fatal(window, error)) => {
                    pulled.windows.push(window);
                    pulled.error = Some(error);
                }
            }
        }
    }

    /// Queues the windows of a partition.
    async fn plan(
        &self,
        partition: Partition,
        id: PartitionId,
        queue: &mut VecDeque<Walking>,
    ) -> Result<(), StoreFailed> {
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
        let broken = covered.iter().filter(|known| known.verdict == Verdict::Broken).count();
        let may_cut = broken <= MAX_BROKEN;
        let covered_from = covered_from(&covered);
        for PlannedWindow { window, reason } in planned {
            // a listing that cannot be narrowed by time is never done
            let settled = if whole.is_some() { i64::MIN } else { input.settled_before() };
            let limits = self.limits();
            let left = open.iter().position(|open| open.window == window);
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
                queue.push_back(Walking { partition, id, walk, resumed, whole });
            }
        }
        Ok(())
    }

    fn limits(&self) -> WalkLimits {
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

    /// Walks one window to its end.
    async fn walk(&self, walking: Walking, bad_calls: &AtomicU32) -> Result<Ended, StoreFailed> {
        let Walking { partition, id, mut walk, mut resumed, whole } = walking;
        let window = walk.window();
        let asked = match self.source.capabilities().windowing {
            Windowing::Closed { .. } => Some(window),
            _ => None,
        };
        loop {
            let request = PageRequest::first(partition.clone(), asked).at(walk.cursor().cloned());
            let fetched = tokio::select! {
                biased;
                () = self.stop.requested() => return Ok(Ended::Stopped),
                fetched = self.fetch(&request) => fetched,
            };
            let step = match fetched {
                Ok(page) => {
                    bad_calls.store(0, Ordering::Relaxed);
                    if std::mem::take(&mut resumed) && self.is_dead_end(&walk, &page) {
                        walk = walk.anew();
                        self.writer.submit(move |store| store.abandon_window(id, window)).await?;
                        continue;
                    }
                    match self.take(&partition, id, &mut walk, page).await? {
                        Step::Split(parts) => {
                            return self
                                .split(&partition, id, &walk, parts)
                                .await
                                .map(Ended::Split);
                        }
                        step => step,
                    }
                }
                Err(error)
                    if error.asks_smaller_window
                        && asked.is_some()
                        && window.len_ms() > SHORT_WINDOW_MS =>
                {
                    return self.split(&partition, id, &walk, 2).await.map(Ended::Split);
                }
                Err(error) => {
                    if self.is_down(&error, bad_calls).await {
                        return Ok(Ended::Fatal(left_open(&partition, &walk, &error), error));
                    }
                    if resumed {
                        // the vendor may not know a cursor of an earlier run any more
                        resumed = false;
                        walk = walk.anew();
                        self.writer.submit(move |store| store.abandon_window(id, window)).await?;
                        continue;
                    }
                    let after = self.source.cursor_after(walk.cursor());
                    walk.failed(&error.to_string(), after)
                }
            };
            match step {
                Step::Next | Step::Split(_) => {}
                Step::Again => {
                    self.writer.submit(move |store| store.abandon_window(id, window)).await?;
                }
                Step::Done(mut closed) => {
                    let report = WindowReport::new(&partition.key, &closed);
                    let now = (self.clock)();
                    let verdict = closed.verdict;
                    if let Some(whole) = whole {
                        whole.extend(&mut closed);
                    }
                    let is_broken = verdict == Verdict::Broken;
                    let spoils = is_broken && whole.is_some_and(|w| w.covered_from.is_some());
                    self.writer
                        .submit(move |store| {
                            // a listing that failed takes nothing from those that did not, and one
                            // that did not fail takes all from those that did
                            if spoils {
                                return store.abandon_window(id, window);
                            }
                            if whole.is_some() && !is_broken {
                                store.forget_broken(id)?;
                            }
                            store.close_window(id, &closed, now)
                        })
                        .await?;
                    self.observer.event(&Event::Closed { source: self.source.name(), verdict });
                    return Ok(Ended::Closed(report));
                }
            }
        }
    }

    /// Whether a call that failed for good means the end of the source, and not of a page only.
    async fn is_down(&self, error: &SourceError, bad_calls: &AtomicU32) -> bool {
        let bad = bad_calls.fetch_add(1, Ordering::Relaxed) + 1;
        if error.kind == ErrorKind::Auth {
            return true;
        }
        let is_clear = matches!(error.kind, ErrorKind::InvalidRequest | ErrorKind::Transport);
        if !is_clear && bad < DOWN_AFTER {
            return false;
        }
        // several bad pages in a row are no outage, and what one partition may not be asked for
        // the next one may: the cheapest call tells
        let is_up = self.source.check().await.is_ok();
        if is_up {
            bad_calls.store(0, Ordering::Relaxed);
        }
        !is_up
    }

    async fn fetch(&self, request: &PageRequest) -> Result<SourcePage, SourceError> {
        self.backlog.room().await;
        self.source.fetch(request).await
    }

    /// True if the first page of a walk that goes on brings nothing: a vendor may answer a cursor
    /// that it no longer knows with the end, or with its first page. A count would tell.
    fn is_dead_end(&self, walk: &Walk, page: &SourcePage) -> bool {
        let ids = ids(page);
        !self.source.capabilities().has_total && !walk.is_new(&facts(page, &ids, walk.window()))
    }

    /// Shows a page to the walk and sends it to the store.
    async fn take(
        &self,
        partition: &Partition,
        id: PartitionId,
        walk: &mut Walk,
        page: SourcePage,
    ) -> Result<Step, StoreFailed> {
        let first = walk.cursor().is_none();
        let step = {
            let ids = ids(&page);
            walk.page(&facts(&page, &ids, walk.window()))
        };
        if matches!(step, Step::Split(_)) {
            return Ok(step);
        }
        let name = self.source.name();
        if first && let Some(records) = page.total {
            self.observer.event(&Event::Expecting { source: name, records });
        }
        let (source, key, window, state) =
            (Arc::clone(&self.source), partition.clone(), walk.window(), walk.state());
        let (source_id, fetched_at, run_started) = (self.id, (self.clock)(), self.started);
        let (totals, backlog, found) =
            (Arc::clone(&self.totals), Arc::clone(&self.backlog), self.found.clone());
        let observer = Arc::clone(&self.observer);
        let reach_ms = match self.source.capabilities().windowing {
            Windowing::Whole { reach_ms } => reach_ms,
            _ => None,
        };
        self.writer
            .submit(move |store| {
                let to_store = PageToStore {
                    source: source_id,
                    partition: id,
                    partition_key: &key,
                    window,
                    state: &state,
                    fetched_at,
                    run_started,
                    reach_ms,
                    page: &page,
                };
                let stored = store.store_page(&to_store, &*source)?;
                totals.add(&stored, page.skipped.len() as u64);
                observer.event(&Event::Page {
                    source: source.name(),
                    new: stored.new,
                    changed: stored.changed,
                    records: page.records.len() as u64,
                });
                if let Some(found) = found
                    && !stored.media.is_empty()
                {
                    let files = stored.media.len() as u64;
                    observer.event(&Event::MediaFound { source: source.name(), files });
                    backlog.add(files);
                    // the fetcher is gone only when the run was stopped
                    let _ = found.send(stored.media);
                }
                Ok(())
            })
            .await?;
        Ok(step)
    }

    /// Gives a window up for its parts. One that cannot be split is walked whole, however large.
    async fn split(
        &self,
        partition: &Partition,
        id: PartitionId,
        walk: &Walk,
        parts: u64,
    ) -> Result<Vec<Walking>, StoreFailed> {
        let window = walk.window();
        let grain_ms = match self.source.capabilities().windowing {
            Windowing::Closed { grain_ms, .. } => grain_ms,
            _ => window.len_ms(),
        };
        self.writer.submit(move |store| store.abandon_window(id, window)).await?;
        let windows = split(window, parts.min(MAX_PARTS), grain_ms);
        let mut walks: Vec<_> = windows.into_iter().map(|window| walk.part(window)).collect();
        if walks.is_empty() {
            walks.push(walk.unsplit());
        }
        self.observer.event(&Event::Split { source: self.source.name(), parts: walks.len() });
        let walking = walks.into_iter().map(|walk| Walking {
            partition: partition.clone(),
            id,
            walk,
            resumed: false,
            whole: None,
        });
        Ok(walking.collect())
    }
}

fn ids(page: &SourcePage) -> Vec<&str> {
    let with_id = page.records.iter().filter(|record| !record.message.is_without_id());
    with_id.map(|record| record.message.id.as_str()).collect()
}

fn facts<'a>(page: &SourcePage, ids: &'a [&'a str], window: Window) -> PageFacts<'a> {
    PageFacts {
        ids,
        without_id: (page.records.len() - ids.len()) as u64,
        may_be_cut: page.may_be_cut,
        strays: page.records.iter().any(|record| strays(&record.message, window)),
        skipped: page.skipped.len() as u64,
        total: page.total,
        next: page.next.clone(),
    }
}

impl Whole {
    /// The time that earlier listings covered stays covered by the one that follows them.
    fn extend(self, closed: &mut CoveredWindow) {
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

/// True if a message was sent clearly outside a window; a second at the ends is the vendor's grain.
fn strays(message: &Message, window: Window) -> bool {
    let near = Window::new(window.from_ms.saturating_sub(1000), window.to_ms.saturating_add(1000));
    let sent_ms = message.sent_at.map(|sent| sent.instant.get());
    sent_ms.is_some_and(|sent_ms| !(near.from_ms..=near.to_ms).contains(&sent_ms))
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

/// What the report says of a window whose walk could not go on.
fn left_open(partition: &Partition, walk: &Walk, error: &SourceError) -> WindowReport {
    let mut closed = CoveredWindow::new(walk.window(), Verdict::Broken);
    closed.expected = walk.expected();
    closed.distinct = walk.distinct();
    closed.reason = Some(format!("not read to its end: {}", error.message));
    WindowReport::new(&partition.key, &closed)
}
