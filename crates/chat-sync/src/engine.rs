//! The run: plan windows, pull pages, store them, close windows with a verdict.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use chat_core::{Clock, Source, UnixMillis};
use tokio::task::JoinSet;

use crate::observer::{Observer, Silent};
use crate::report::{RetryReport, SyncReport};
use crate::stop::Stop;
use crate::store::Store;
use crate::writer::{StoreFailed, Writer};

mod audit;
mod page;
mod pull;
mod queue;
mod run;
mod totals;
mod window;

pub use audit::{
    AuditFinding, AuditReport, AuditStore, Bound, SourceAudit, Unread, audit, share_at_most,
};
pub(crate) use queue::{Asked, Schedule, Scheduled};
pub(crate) use window::is_down;

/// A source to sync, and how.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_structs, reason = "a job is a source and its settings")]
pub struct Job {
    /// The source.
    pub source: Arc<dyn Source>,
    /// How to sync it.
    pub settings: Settings,
}

/// How to sync a source.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How far back the source goes.
    pub start: UnixMillis,
    /// Only from here.
    pub since: Option<UnixMillis>,
    /// Only up to here.
    pub until: Option<UnixMillis>,
    /// How long changes are expected to come in, in milliseconds; that span is read again in each
    /// run. 3 days.
    pub lookback_ms: i64,
    /// How old a message may become while its status is waited for, in milliseconds: what is older
    /// than the look-back and holds such messages is read again ever more rarely. 30 days; no more
    /// than the look-back: nothing is.
    pub late_ms: i64,
    /// About how many requests of a run that may take at most. 200.
    pub late_requests: u64,
    /// Requests in flight; at least 1. 1.
    pub concurrency: usize,
    /// Fetch files. `true`.
    pub media: bool,
    /// The largest file to fetch, in bytes. 512 MiB.
    pub media_limit_bytes: u64,
    /// Walk proven windows too. `false`.
    pub full: bool,
}

impl Settings {
    /// The defaults, for a source that goes back to `start`.
    pub const fn new(start: UnixMillis) -> Self {
        Self {
            start,
            since: None,
            until: None,
            lookback_ms: 3 * 24 * 3_600_000,
            late_ms: 30 * 24 * 3_600_000,
            late_requests: 200,
            concurrency: 1,
            media: true,
            media_limit_bytes: 512 * 1024 * 1024,
            full: false,
        }
    }
}

/// Who watches a run, who may stop it, and what time it is.
#[derive(Clone)]
#[non_exhaustive]
pub struct SyncOptions {
    /// Is told what happens.
    pub observer: Arc<dyn Observer>,
    /// May ask the run to end early.
    pub stop: Stop,
    /// The present.
    pub clock: Clock,
}

impl Default for SyncOptions {
    /// Nobody watches, nobody stops, the system's clock.
    fn default() -> Self {
        Self { observer: Arc::new(Silent), stop: Stop::new(), clock: UnixMillis::system_clock() }
    }
}

impl SyncOptions {
    /// With an observer.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// With a way to stop.
    #[must_use]
    pub fn with_stop(mut self, stop: Stop) -> Self {
        self.stop = stop;
        self
    }

    /// With another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }
}

impl fmt::Debug for SyncOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncOptions").field("stop", &self.stop).finish_non_exhaustive()
    }
}

/// Why there is no report on a run. What was stored is safe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError<E: std::error::Error + 'static> {
    /// The store failed, and with it the whole run.
    #[error(transparent)]
    Store(E),
    /// The run was ended from outside before it had a verdict.
    #[error("the run was ended before its verdict")]
    Ended,
}

/// Syncs the sources, all at the same time, into one store. A source that fails does not stop the
/// others; its error is in the report.
///
/// # Errors
///
/// When the store fails.
///
/// # Panics
///
/// Outside a tokio runtime with timers.
pub async fn sync<S: Store>(
    store: S,
    jobs: Vec<Job>,
    options: SyncOptions,
) -> Result<SyncReport, SyncError<S::Error>> {
    run_all(store, jobs, &options, run::SourceRun::run).await.map(SyncReport::new)
}

/// Fetches the files of the sources that are lacking, missing from the archive's folder or damaged
/// in it, now and however often they were tried. No record is pulled.
///
/// # Errors
///
/// When the store fails.
///
/// # Panics
///
/// Outside a tokio runtime with timers.
pub async fn retry_media<S: Store>(
    store: S,
    jobs: Vec<Job>,
    options: SyncOptions,
) -> Result<RetryReport, SyncError<S::Error>> {
    run_all(store, jobs, &options, run::SourceRun::retry_media).await.map(RetryReport::new)
}

/// Does the same with all sources, at the same time.
async fn run_all<S, R, F>(
    store: S,
    jobs: Vec<Job>,
    options: &SyncOptions,
    each: fn(run::SourceRun<S>) -> F,
) -> Result<Vec<R>, SyncError<S::Error>>
where
    S: Store,
    R: Send + 'static,
    F: Future<Output = Result<R, StoreFailed>> + Send + 'static,
{
    let (writer, thread) = Writer::start(store);
    let failure = writer.failure();
    let reports = run_each(writer, jobs, options, each).await;
    written(failure, thread, reports).await
}

/// What came of work with a writer, all clones of which are gone.
async fn written<T, E: std::error::Error + Send + 'static>(
    failure: Arc<Mutex<Option<E>>>,
    thread: JoinHandle<()>,
    done: Result<T, StoreFailed>,
) -> Result<T, SyncError<E>> {
    // nothing is left to do for the thread, so it is at its end
    let ended = tokio::task::spawn_blocking(move || thread.join()).await;
    if let Some(error) = failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(SyncError::Store(error));
    }
    if let Ok(Err(panic)) = ended {
        std::panic::resume_unwind(panic);
    }
    done.map_err(|StoreFailed| SyncError::Ended)
}

async fn run_each<S, R, F>(
    writer: Writer<S>,
    jobs: Vec<Job>,
    options: &SyncOptions,
    each: fn(run::SourceRun<S>) -> F,
) -> Result<Vec<R>, StoreFailed>
where
    S: Store,
    R: Send + 'static,
    F: Future<Output = Result<R, StoreFailed>> + Send + 'static,
{
    let media_dir = writer.run(S::prepare_media).await?;
    // a set ends its tasks when this future is dropped
    let mut runs = JoinSet::new();
    for (index, job) in jobs.into_iter().enumerate() {
        let run = each(run::SourceRun {
            job,
            writer: writer.clone(),
            options: options.clone(),
            media_dir: media_dir.clone(),
        });
        runs.spawn(async move { (index, run.await) });
    }
    let mut reports = Vec::new();
    while let Some(ended) = runs.join_next().await {
        match ended {
            Ok((index, report)) => reports.push((index, report?)),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => return Err(StoreFailed),
        }
    }
    reports.sort_by_key(|(index, _)| *index);
    Ok(reports.into_iter().map(|(_, report)| report).collect())
}
