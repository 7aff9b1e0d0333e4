//! Drawing records at random, reading the time around them again, and saying how many of all can
//! be stale or missing.

mod bound;
mod draw;
mod read;
mod report;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use chat_archive::{
    Among, Archive, ArchiveError, Compared, CoveredWindow, DrawnMessage, KnownSource, MessageRow,
    PageToStore, PartitionId, SourceId, ToStore, Verdict,
};
use chat_core::{Partition, Source, UnixMillis, Window};
use futures_util::future::try_join_all;
use futures_util::stream::{FuturesUnordered, StreamExt as _};

pub use self::bound::share_at_most;
use self::draw::{Cell, Draw, draw};
use self::read::{Read, Reading};
pub use self::report::{AuditFinding, AuditReport, Bound, SourceAudit, Unread};
use super::{Job, Settings, SyncError, SyncOptions, written};
use crate::observer::Event;
use crate::store::Store;
use crate::writer::{StoreFailed, Writer};

/// How sure a bound is.
const CONFIDENCE: f64 = 0.95;
/// A listing that cannot be narrowed by time is doubted by its last hour: what earlier listings
/// showed stays covered, and the next one takes the place of it all.
const DOUBTED_MS: i64 = 3_600_000;

/// What an audit needs of an archive beside what a run needs.
pub trait AuditStore: Store {
    /// Finds a source by its name.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn known_source(&mut self, name: &str) -> Result<Option<KnownSource>, Self::Error>;

    /// The partitions that the last run of a source named.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn last_partitions(
        &mut self,
        source: SourceId,
    ) -> Result<Vec<(PartitionId, Partition)>, Self::Error>;

    /// How many messages of a partition these are.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn count_among(&mut self, partition: PartitionId, among: Among) -> Result<u64, Self::Error>;

    /// The one among them with this number, from 0.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn nth_among(
        &mut self,
        partition: PartitionId,
        among: Among,
        n: u64,
    ) -> Result<Option<DrawnMessage>, Self::Error>;

    /// All of them.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn rows_among(
        &mut self,
        partition: PartitionId,
        among: Among,
    ) -> Result<Vec<MessageRow>, Self::Error>;

    /// How the records of a page compare with what is stored. Nothing is stored.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn compare_page(
        &mut self,
        page: &PageToStore<'_>,
        source: &dyn Source,
    ) -> Result<Vec<Compared>, Self::Error>;

    /// Takes their verdict from the windows that overlap this one.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn doubt_windows(
        &mut self,
        partition: PartitionId,
        window: Window,
        reason: &str,
        now: UnixMillis,
    ) -> Result<(), Self::Error>;
}

impl AuditStore for Archive {
    fn known_source(&mut self, name: &str) -> Result<Option<KnownSource>, ArchiveError> {
        Self::known_source(self, name)
    }

    fn last_partitions(
        &mut self,
        source: SourceId,
    ) -> Result<Vec<(PartitionId, Partition)>, ArchiveError> {
        Self::last_partitions(self, source)
    }

    fn count_among(&mut self, partition: PartitionId, among: Among) -> Result<u64, ArchiveError> {
        Self::count_among(self, partition, among)
    }

    fn nth_among(
        &mut self,
        partition: PartitionId,
        among: Among,
        n: u64,
    ) -> Result<Option<DrawnMessage>, ArchiveError> {
        Self::nth_among(self, partition, among, n)
    }

    fn rows_among(
        &mut self,
        partition: PartitionId,
        among: Among,
    ) -> Result<Vec<MessageRow>, ArchiveError> {
        Self::rows_among(self, partition, among)
    }

    fn compare_page(
        &mut self,
        page: &PageToStore<'_>,
        source: &dyn Source,
    ) -> Result<Vec<Compared>, ArchiveError> {
        Self::compare_page(self, page, &|a, b| source.same_content(a, b))
    }

    fn doubt_windows(
        &mut self,
        partition: PartitionId,
        window: Window,
        reason: &str,
        now: UnixMillis,
    ) -> Result<(), ArchiveError> {
        Self::doubt_windows(self, partition, window, reason, now)
    }
}

/// Draws `sample` records of each source, reads the time around them again, and compares. Nothing
/// is stored but doubts: a window in which something is stale, missing or not readable loses its
/// verdict, so that the next run repairs it. The same seed over the same archive draws the same
/// records.
///
/// # Errors
///
/// When the store fails.
///
/// # Panics
///
/// Outside a tokio runtime with timers.
pub async fn audit<S: AuditStore>(
    store: S,
    jobs: Vec<Job>,
    sample: u64,
    seed: u64,
    options: SyncOptions,
) -> Result<AuditReport, SyncError<S::Error>> {
    let (writer, thread) = Writer::start(store);
    let failure = writer.failure();
    let audits = try_join_all(jobs.into_iter().map(|Job { source, settings }| {
        let (writer, options) = (writer.clone(), options.clone());
        audit_source(source, settings, writer, options, sample, seed)
    }));
    let sources = audits.await;
    drop(writer);
    let sources = written(failure, thread, sources).await?;
    let clean = !options.stop.is_requested() && sources.iter().all(SourceAudit::is_clean);
    Ok(AuditReport { seed, sample, sources, clean })
}

/// The audit of one source.
struct Auditor<S: AuditStore> {
    source: Arc<dyn Source>,
    settings: Settings,
    id: SourceId,
    writer: Writer<S>,
    options: SyncOptions,
    started: UnixMillis,
}

async fn audit_source<S: AuditStore>(
    source: Arc<dyn Source>,
    settings: Settings,
    writer: Writer<S>,
    options: SyncOptions,
    sample: u64,
    seed: u64,
) -> Result<SourceAudit, StoreFailed> {
    let mut report = SourceAudit {
        source: source.name().to_owned(),
        vendor: source.vendor().to_owned(),
        ..SourceAudit::default()
    };
    let name = source.name().to_owned();
    let known = writer.run(move |store| store.known_source(&name)).await?;
    let id = match known {
        None => Err("it was never synced; sync first"),
        Some(known) if known.vendor != source.vendor() => {
            Err("the archive holds another vendor's records under this name")
        }
        Some(known) if known.fingerprint != source.fingerprint() => Err(
            "settings that the meaning of its records depends on have changed since the last sync; \
             sync first",
        ),
        Some(known) => Ok(known.id),
    };
    let id = match id {
        Ok(id) => id,
        Err(reason) => {
            report.error = Some(reason.to_owned());
            return Ok(report);
        }
    };
    let started = (options.clock)();
    Auditor { source, settings, id, writer, options, started }.run(report, sample, seed).await
}

impl<S: AuditStore> Auditor<S> {
    async fn run(
        &self,
        mut report: SourceAudit,
        sample: u64,
        seed: u64,
    ) -> Result<SourceAudit, StoreFailed> {
        let calls_before = self.source.calls().requests;
        let (id, capabilities) = (self.id, self.source.capabilities());
        let drawn = self.writer.run(move |store| {
            let parts = store.last_partitions(id)?;
            draw(store, &parts, &capabilities, sample, seed)
        });
        let Draw { stored, drawable, drawn, cells } = drawn.await?;
        (report.stored, report.drawable, report.drawn) = (stored, drawable, drawn);
        if drawable == 0 && stored > 0 {
            let nothing = "no record lies in time that is proven or provisional; sync first";
            report.error = Some(nothing.to_owned());
            return Ok(report);
        }
        let (name, windows) = (self.source.name(), cells.len());
        self.options.observer.event(&Event::Planned { source: name, windows });
        let mut tally = Tally { report, missing: HashSet::new(), stale: HashSet::new() };
        let bad_calls = AtomicU32::new(0);
        let mut waiting = cells.into_iter();
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < self.settings.concurrency.max(1)
                && tally.report.error.is_none()
                && !self.options.stop.is_requested()
                && let Some(cell) = waiting.next()
            {
                let bad_calls = &bad_calls;
                running.push(async move { (self.read(&cell, bad_calls).await, cell) });
            }
            let Some((read, cell)) = running.next().await else { break };
            match read? {
                Read::Done(reading) => self.note(&mut tally, &cell, &reading).await?,
                Read::Stopped => tally.report.error = Some("interrupted".to_owned()),
                Read::Fatal(error) => tally.report.error = Some(error.to_string()),
            }
        }
        let mut report = tally.report;
        report.calls = self.source.calls().requests - calls_before;
        if report.error.is_none() && self.options.stop.is_requested() {
            report.error = Some("interrupted".to_owned());
        }
        if report.error.is_none() && report.came_to_nothing() {
            report.error = Some(format!(
                "none of the {} records that were drawn came, so nothing was compared; check that \
                 the vendor still shows these accounts and times",
                report.drawn
            ));
        }
        if report.error.is_none() {
            report.bound = bound(&report);
        }
        for text in self.source.notices() {
            let source = self.source.name();
            self.options.observer.event(&Event::Notice { source, text: &text });
        }
        Ok(report)
    }

    /// Notes what a window looks like now, and doubts it if it is not what is stored.
    async fn note(
        &self,
        tally: &mut Tally,
        cell: &Cell,
        reading: &Reading,
    ) -> Result<(), StoreFailed> {
        let (id, among) = (cell.id, cell.among);
        let stored = self.writer.run(move |store| store.rows_among(id, among)).await?;
        let (finding, verdict) = tally.take(cell, reading, &stored);
        let source = self.source.name();
        let observer = &self.options.observer;
        let (changed, records) = (reading.stale.len() as u64, reading.records);
        observer.event(&Event::Page { source, new: reading.missing(), changed, records });
        observer.event(&Event::Closed { source, verdict });
        let Some(finding) = finding else { return Ok(()) };
        let (reason, now) = (finding.reason(), (self.options.clock)());
        let whole = cell.is_whole.then_some(cell.window);
        let window = reading.hull(cell.window);
        self.writer
            .run(move |store| match whole {
                None => store.doubt_windows(id, window, &reason, now),
                Some(Window { from_ms, to_ms }) => {
                    let last = Window::new(from_ms.max(to_ms.saturating_sub(DOUBTED_MS)), to_ms);
                    let mut doubted = CoveredWindow::new(last, Verdict::Broken);
                    doubted.reason = Some(reason);
                    store.store_together(&[ToStore::Closed(id, &doubted, now)]).map(drop)
                }
            })
            .await
    }
}

/// What was found so far.
struct Tally {
    report: SourceAudit,
    // records that were counted: windows may have their ends in common
    missing: HashSet<(PartitionId, String)>,
    stale: HashSet<MessageRow>,
}

impl Tally {
    fn take(
        &mut self,
        cell: &Cell,
        reading: &Reading,
        stored: &[MessageRow],
    ) -> (Option<AuditFinding>, Verdict) {
        let report = &mut self.report;
        let missing = reading.missing();
        report.windows += 1;
        report.records_read += reading.records;
        report.newer += reading.newer;
        report.unreadable += reading.unreadable;
        self.stale.extend(&reading.stale);
        report.stale = self.stale.len() as u64;
        report.missing += reading.missing_without_id;
        for id in &reading.missing {
            report.missing += u64::from(self.missing.insert((cell.id, id.clone())));
        }
        let compared = cell.drawn.iter().filter(|row| reading.met.contains(*row));
        for row in compared {
            report.compared += 1;
            report.drawn_stale += u64::from(reading.stale.contains(row));
            report.drawn_beside_missing += u64::from(missing > 0);
        }
        let (partition, from_ms, to_ms) =
            (cell.partition.key.clone(), cell.window.from_ms, cell.window.to_ms);
        if let Some(reason) = &reading.problem {
            // what did not come may only not have been read
            let (partition, reason) = (partition.clone(), reason.clone());
            report.unread.push(Unread { partition, from_ms, to_ms, reason });
        } else {
            let gone = stored.iter().filter(|row| !reading.met.contains(*row));
            report.gone += gone.count() as u64;
        }
        let stale = reading.stale.len() as u64;
        let unreadable = reading.unreadable;
        if stale + missing + unreadable == 0 {
            return (None, Verdict::Proven);
        }
        let finding = AuditFinding { partition, from_ms, to_ms, stale, missing, unreadable };
        report.findings.push(finding.clone());
        (Some(finding), Verdict::Broken)
    }
}

/// What the sample says of all that could be drawn.
fn bound(report: &SourceAudit) -> Option<Bound> {
    let share = |found| {
        #[expect(clippy::cast_precision_loss, reason = "samples are smaller than 2^52")]
        if report.compared >= report.drawable {
            Some(found as f64 / report.compared as f64).filter(|_| report.compared > 0)
        } else {
            share_at_most(found, report.compared, CONFIDENCE)
        }
    };
    let confidence = if report.compared >= report.drawable { 1.0 } else { CONFIDENCE };
    let stale = share(report.drawn_stale)?;
    Some(Bound::new(confidence, stale, share(report.drawn_beside_missing)?))
}
