//! What a run would do, without doing any of it: the engine's own plan, and what it will cost.

use std::collections::{HashMap, HashSet};

use chat_archive::{ArchiveError, CoveredWindow, KnownSource, LastPages, MediaCounts};
use chat_archive::{MessageCount, OpenWindow, PartitionId, Reader, SourceId, Verdict};
use chat_core::{Partition, SourceError, UnixMillis, Window};
use serde::Serialize;

use crate::engine::{Asked, Job, Schedule, Scheduled};
use crate::plan::WindowReason;
use crate::store::Holdings;

/// What a forecast asks of an archive.
pub trait Outlook: Holdings {
    /// Finds a source by its name.
    ///
    /// # Errors
    ///
    /// When the archive fails.
    fn known_source(&mut self, name: &str) -> Result<Option<KnownSource>, Self::Error>;

    /// The partitions of a source that were read since the meaning of its records last changed.
    ///
    /// # Errors
    ///
    /// When the archive fails.
    fn partitions(
        &mut self,
        source: SourceId,
    ) -> Result<Vec<(PartitionId, Partition)>, Self::Error>;

    /// Those among them that the last run named.
    ///
    /// # Errors
    ///
    /// When the archive fails.
    fn last_partitions(
        &mut self,
        source: SourceId,
    ) -> Result<Vec<(PartitionId, Partition)>, Self::Error>;

    /// How many files of a source are lacking.
    ///
    /// # Errors
    ///
    /// When the archive fails.
    fn lacking_counts(&mut self, source: SourceId) -> Result<MediaCounts, Self::Error>;

    /// How the last pages of a source came.
    ///
    /// # Errors
    ///
    /// When the archive fails.
    fn last_pages(&mut self, source: SourceId) -> Result<LastPages, Self::Error>;
}

impl Outlook for Reader {
    fn known_source(&mut self, name: &str) -> Result<Option<KnownSource>, ArchiveError> {
        Self::known_source(self, name)
    }

    fn partitions(
        &mut self,
        source: SourceId,
    ) -> Result<Vec<(PartitionId, Partition)>, ArchiveError> {
        Self::partitions(self, source)
    }

    fn last_partitions(
        &mut self,
        source: SourceId,
    ) -> Result<Vec<(PartitionId, Partition)>, ArchiveError> {
        Self::last_partitions(self, source)
    }

    fn lacking_counts(&mut self, source: SourceId) -> Result<MediaCounts, ArchiveError> {
        Self::lacking_counts(self, source)
    }

    fn last_pages(&mut self, source: SourceId) -> Result<LastPages, ArchiveError> {
        Self::last_pages(self, source)
    }
}

/// Where a forecast takes the partitions of a source from.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_enums, reason = "there is no third place")]
pub enum Partitions {
    /// What the source lists, or why it could not.
    Listed(Result<Vec<Partition>, SourceError>),
    /// What the archive knows from the last run.
    Known,
}

/// What a run would do with one source. Numbers whose names begin with `estimated` are estimates;
/// windows and reasons are what a run at the same instant would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SourceForecast {
    /// Its name.
    pub source: String,
    /// Its vendor.
    pub vendor: String,
    /// Nothing of what was read before counts: it is the first run, or settings have changed that
    /// the meaning of the records depends on.
    pub from_scratch: bool,
    /// How many partitions there are.
    pub partitions: usize,
    /// They are those that the archive knows; the source was not asked.
    pub partitions_from_archive: bool,
    /// The windows, in the order in which they would be begun.
    pub windows: Vec<WindowForecast>,
    /// Records in the windows that there is an estimate for; `None` if there is none at all.
    pub estimated_records: Option<u64>,
    /// Windows whose records cannot be estimated: nothing is known of the time around them.
    pub windows_without_estimate: usize,
    /// Calls for records. Lists of partitions, tokens and files come on top.
    pub estimated_calls: u64,
    /// How long those calls take, in milliseconds.
    pub estimated_duration_ms: i64,
    /// How long the last pages took each, in milliseconds, if there were any.
    pub pace_ms: Option<i64>,
    /// Files that are still to be fetched; `None` if files are not asked for. Those of new records
    /// come on top.
    pub media: Option<MediaForecast>,
    /// Why nothing could be planned, or what the list of partitions lacks: a run over the others is
    /// not complete.
    pub error: Option<String>,
    /// The error is that the archive knows no part of the source, which was not asked for them.
    #[serde(skip)]
    pub is_unknown: bool,
}

/// A window that would be walked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WindowForecast {
    /// The partition's key; empty where there is only one.
    pub partition: String,
    /// First millisecond.
    pub from_ms: i64,
    /// First millisecond after it.
    pub to_ms: i64,
    /// Why it would be walked.
    pub reason: ForecastReason,
    /// How many records it has; `None` if nothing is known of the time around it.
    pub estimated_records: Option<u64>,
    /// How many calls it takes; at least one.
    pub estimated_calls: u64,
}

/// Why a window would be walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ForecastReason {
    /// It is broken.
    Repair,
    /// An earlier run left it in the middle.
    Resume,
    /// It was never read.
    Read,
    /// It was read while its records could still change, so it is read again, and what came since.
    LookBack,
    /// It was read, and is read again because all is asked for, or the vendor only shows all.
    Again,
    /// It is older than the look-back, and statuses in it may still change.
    Late,
}

impl ForecastReason {
    /// `repair`, `resume`, `read`, `look_back`, `again` or `late`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Repair => "repair",
            Self::Resume => "resume",
            Self::Read => "read",
            Self::LookBack => "look_back",
            Self::Again => "again",
            Self::Late => "late",
        }
    }
}

/// Files that earlier runs left to be fetched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MediaForecast {
    /// Not tried yet.
    pub pending: u64,
    /// Their links are dead; they are asked for anew.
    pub expired: u64,
    /// They could not be had so far.
    pub failed: u64,
}

/// Says what a run of this job would do at `now`. `archive` is `None` where there is none yet;
/// nothing is written and nothing is sent. `min_interval_ms` is the least time between two calls.
///
/// # Errors
///
/// When the archive cannot be read.
pub fn forecast<O: Outlook>(
    archive: Option<&mut O>,
    job: &Job,
    partitions: Partitions,
    min_interval_ms: i64,
    now: UnixMillis,
) -> Result<SourceForecast, O::Error> {
    let source = &job.source;
    let capabilities = source.capabilities();
    let mut forecast = SourceForecast {
        source: source.name().to_owned(),
        vendor: source.vendor().to_owned(),
        from_scratch: true,
        partitions: 0,
        partitions_from_archive: matches!(partitions, Partitions::Known),
        windows: Vec::new(),
        estimated_records: None,
        windows_without_estimate: 0,
        estimated_calls: 0,
        estimated_duration_ms: 0,
        pace_ms: None,
        media: job.settings.media.then(MediaForecast::default),
        error: None,
        is_unknown: false,
    };
    let mut archive = Maybe(archive);
    let found = archive.ask(None, |archive| archive.known_source(source.name()))?;
    if let Some(found) = found.as_ref().filter(|found| found.vendor != source.vendor()) {
        let vendor = &found.vendor;
        forecast.error = Some(format!("the archive holds records of {vendor} under this name"));
        return Ok(forecast);
    }
    let same = found.as_ref().filter(|found| found.fingerprint == source.fingerprint());
    let (mut last, mut known, mut pages) = (Vec::new(), Vec::new(), LastPages::default());
    if let Some(same) = same {
        forecast.from_scratch = false;
        last = archive.ask(Vec::new(), |archive| archive.last_partitions(same.id))?;
        known = archive.ask(Vec::new(), |archive| archive.partitions(same.id))?;
    }
    if let Some(found) = &found {
        pages = archive.ask(pages, |archive| archive.last_pages(found.id))?;
        let none = MediaCounts::default();
        let counts = archive.ask(none, |archive| archive.lacking_counts(found.id))?;
        forecast.media = forecast.media.map(|_| MediaForecast {
            pending: counts.pending,
            expired: counts.expired,
            failed: counts.failed,
        });
    }
    let ids: HashMap<&Partition, PartitionId> =
        known.iter().map(|(id, partition)| (partition, *id)).collect();
    let parts: Vec<(Option<PartitionId>, Partition)> = match partitions {
        Partitions::Known => last.into_iter().map(|(id, part)| (Some(id), part)).collect(),
        Partitions::Listed(Err(error)) => {
            forecast.error = Some(error.to_string());
            return Ok(forecast);
        }
        Partitions::Listed(Ok(mut listed)) => {
            if capabilities.partial_partitions {
                let here: HashSet<Partition> = listed.iter().cloned().collect();
                let others = known.iter().map(|(_, part)| part);
                listed.extend(others.filter(|part| !here.contains(*part)).cloned());
            }
            let lacking = source.lacking();
            forecast.error = (!lacking.is_empty()).then(|| lacking.join("; "));
            listed.into_iter().map(|part| (ids.get(&part).copied(), part)).collect()
        }
    };
    forecast.partitions = parts.len();
    if parts.is_empty() {
        forecast.is_unknown = forecast.partitions_from_archive;
        let nothing = if forecast.is_unknown {
            "the archive knows no part of it yet"
        } else {
            "the source lists no user, chat or customer"
        };
        forecast.error.get_or_insert_with(|| nothing.to_owned());
        return Ok(forecast);
    }
    let asked = Asked { capabilities, settings: job.settings.clone(), started: now };
    let schedule = Schedule::new(&mut archive, &asked, parts.iter().map(|(id, _)| *id))?;
    let estimator = Estimator::new(&mut archive, &asked, &parts, pages)?;
    for scheduled in &schedule.windows {
        forecast.windows.extend(estimator.window(&mut archive, scheduled)?);
    }
    let per_call = min_interval_ms.max(pages.pace_ms.unwrap_or(0));
    for window in &forecast.windows {
        forecast.estimated_calls += window.estimated_calls;
        match window.estimated_records {
            Some(records) => *forecast.estimated_records.get_or_insert(0) += records,
            None => forecast.windows_without_estimate += 1,
        }
    }
    forecast.pace_ms = pages.pace_ms;
    let calls = i64::try_from(forecast.estimated_calls).unwrap_or(i64::MAX);
    forecast.estimated_duration_ms = calls.saturating_mul(per_call);
    Ok(forecast)
}

/// An archive that may not be there yet.
struct Maybe<'a, O>(Option<&'a mut O>);

impl<O: Outlook> Maybe<'_, O> {
    fn ask<T>(
        &mut self,
        nothing: T,
        ask: impl FnOnce(&mut O) -> Result<T, O::Error>,
    ) -> Result<T, O::Error> {
        self.0.as_deref_mut().map_or(Ok(nothing), ask)
    }
}

impl<O: Outlook> Holdings for Maybe<'_, O> {
    type Error = O::Error;

    fn coverage(&mut self, partition: PartitionId) -> Result<Vec<CoveredWindow>, O::Error> {
        self.ask(Vec::new(), |archive| archive.coverage(partition))
    }

    fn open_windows(&mut self, partition: PartitionId) -> Result<Vec<OpenWindow>, O::Error> {
        self.ask(Vec::new(), |archive| archive.open_windows(partition))
    }

    fn message_counts(
        &mut self,
        partition: PartitionId,
        window: Window,
        step_ms: i64,
    ) -> Result<Vec<MessageCount>, O::Error> {
        self.ask(Vec::new(), |archive| archive.message_counts(partition, window, step_ms))
    }
}

/// What is known of a partition.
struct Part<'p> {
    partition: &'p Partition,
    id: Option<PartitionId>,
    covered: Vec<CoveredWindow>,
    /// Messages in a millisecond of covered time.
    density: Option<f64>,
}

/// Guesses how many records windows have.
struct Estimator<'a> {
    asked: &'a Asked,
    parts: Vec<Part<'a>>,
    /// The density of partitions that nothing is known of: that of the others.
    density: Option<f64>,
    /// Records in a listing that shows all, on average.
    listing: Option<u64>,
    records_per_page: f64,
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "estimates"
)]
impl<'a> Estimator<'a> {
    fn new<H: Holdings>(
        holdings: &mut H,
        asked: &'a Asked,
        parts: &'a [(Option<PartitionId>, Partition)],
        pages: LastPages,
    ) -> Result<Self, H::Error> {
        let (mut messages, mut covered_ms) = (0, 0.0);
        let mut listings = Vec::new();
        let mut known = Vec::with_capacity(parts.len());
        for (id, partition) in parts {
            let covered = id.map_or_else(|| Ok(Vec::new()), |id| holdings.coverage(id))?;
            let good = || covered.iter().filter(|known| known.verdict != Verdict::Broken);
            let ms: f64 = good().map(|known| known.window.len_ms() as f64).sum();
            let mut density = None;
            if let (Some(id), Some(first), Some(last)) = (id, good().next(), good().next_back()) {
                let hull = Window::new(first.window.from_ms, last.window.to_ms);
                let here = count(holdings, *id, hull)?;
                density = Some(here as f64 / ms).filter(|_| ms > 0.0);
                messages += here;
                covered_ms += ms;
                listings.push(last.distinct);
            }
            known.push(Part { partition, id: *id, covered, density });
        }
        let listing = listings.iter().sum::<u64>().checked_div(listings.len() as u64);
        let page_size = f64::from(asked.capabilities.page_size.max(1));
        Ok(Self {
            asked,
            parts: known,
            density: Some(messages as f64 / covered_ms).filter(|_| covered_ms > 0.0),
            listing,
            // a page that is thin because its window was short says nothing of longer ones
            records_per_page: pages.records.map_or(page_size, |records| {
                if asked.capabilities.has_total { page_size } else { records.max(1.0) }
            }),
        })
    }

    fn window<H: Holdings>(
        &self,
        holdings: &mut H,
        scheduled: &Scheduled,
    ) -> Result<Option<WindowForecast>, H::Error> {
        let Some(part) = self.parts.get(scheduled.partition) else { return Ok(None) };
        let window = scheduled.walk.window();
        let records = self.records(holdings, part, scheduled)?;
        Ok(Some(WindowForecast {
            partition: part.partition.key.clone(),
            from_ms: window.from_ms,
            to_ms: window.to_ms,
            reason: self.reason(part, scheduled),
            estimated_records: records,
            estimated_calls: self.calls(records.unwrap_or(0)) * scheduled.walk.readings(),
        }))
    }

    fn records<H: Holdings>(
        &self,
        holdings: &mut H,
        part: &Part<'_>,
        scheduled: &Scheduled,
    ) -> Result<Option<u64>, H::Error> {
        if scheduled.whole.is_some() {
            let last = part.covered.iter().rev().find(|known| known.verdict != Verdict::Broken);
            return Ok(last.map(|last| last.distinct).or(self.listing));
        }
        if let Some(expected) = scheduled.walk.expected().filter(|_| scheduled.resumed) {
            return Ok(Some(expected.saturating_sub(scheduled.walk.distinct())));
        }
        let window = scheduled.walk.window();
        let stored = part.id.map_or(Ok(0), |id| count(holdings, id, window))?;
        let good = part.covered.iter().filter(|known| known.verdict != Verdict::Broken);
        let read_ms: i64 = good.map(|known| common_ms(known.window, window)).sum();
        let unread_ms = (window.len_ms() - read_ms).max(0);
        let density = part.density.or(self.density);
        if unread_ms == 0 {
            return Ok(Some(stored));
        }
        // of a broken window most may be stored already
        let guessed = density.map(|density| (density * unread_ms as f64).round() as u64);
        Ok(guessed.map(|guessed| match scheduled.reason {
            WindowReason::Repair => stored.max(guessed),
            _ => stored + guessed,
        }))
    }

    /// Where a window is too large, its first page is read only to see that.
    fn calls(&self, records: u64) -> u64 {
        let limits = self.asked.limits();
        let split = u64::from(limits.of_parts(records).is_some());
        ((records as f64 / self.records_per_page).ceil() as u64).max(1) + split
    }

    fn reason(&self, part: &Part<'_>, scheduled: &Scheduled) -> ForecastReason {
        let window = scheduled.walk.window();
        let was_read = part.covered.iter().any(|known| common_ms(known.window, window) > 0);
        match scheduled.reason {
            WindowReason::Repair => ForecastReason::Repair,
            WindowReason::Resume => ForecastReason::Resume,
            WindowReason::Late => ForecastReason::Late,
            WindowReason::Read if !was_read => ForecastReason::Read,
            WindowReason::Read if self.asked.settings.full || scheduled.whole.is_some() => {
                ForecastReason::Again
            }
            WindowReason::Read => ForecastReason::LookBack,
        }
    }
}

fn count<H: Holdings>(holdings: &mut H, id: PartitionId, window: Window) -> Result<u64, H::Error> {
    let counts = holdings.message_counts(id, window, window.len_ms().max(1))?;
    Ok(counts.iter().map(|count| count.messages).sum())
}

fn common_ms(a: Window, b: Window) -> i64 {
    (a.to_ms.min(b.to_ms) - a.from_ms.max(b.from_ms)).max(0)
}
