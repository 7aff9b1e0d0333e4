//! What takes too long for a page: the state of the sources and the figures. They are counted
//! beside the pages, again when the archive has changed, and pages show what was counted last.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use chat_archive::{ArchiveError, Reader, SourceStatus, Tally};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::app::{FileId, file_id};
use crate::failure::Failure;

/// How long a page waits for the first count. Small archives are counted by then.
const PATIENCE: Duration = Duration::from_millis(60);
/// Counting takes at most one part in so many of the time.
const SHARE: u32 = 10;

/// What was counted, all at about one moment.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) sources: Vec<SourceStatus>,
    pub(crate) tally: Tally,
    /// When, in Unix milliseconds.
    pub(crate) at_ms: i64,
}

type Told = Option<Result<Arc<Counted>, Arc<ArchiveError>>>;

/// Counts when it is asked to, one count at a time.
pub(crate) struct Counter {
    dir: PathBuf,
    told: watch::Sender<Told>,
    is_counting: AtomicBool,
    state: Mutex<State>,
}

/// What the next count goes on from.
#[derive(Default)]
struct State {
    /// Its own: only the same reader can tell whether the archive has changed.
    reader: Option<Reader>,
    file: Option<FileId>,
    version: Option<i64>,
    not_before: Option<Instant>,
}

/// A count under way; the next one may begin when it ends, however it does.
struct Counting(Arc<Counter>);

impl Drop for Counting {
    fn drop(&mut self) {
        self.0.is_counting.store(false, Ordering::Release);
    }
}

impl Counter {
    /// Begins with the first count.
    pub(crate) fn start(dir: &Path) -> Arc<Self> {
        let counter = Arc::new(Self {
            dir: dir.to_owned(),
            told: watch::Sender::new(None),
            is_counting: AtomicBool::new(false),
            state: Mutex::default(),
        });
        counter.count_again();
        counter
    }

    /// What was counted last; `None`: a first count is not done yet.
    pub(crate) async fn counted(self: &Arc<Self>) -> Result<Option<Arc<Counted>>, Failure> {
        // what went wrong the last time may be over
        self.told.send_if_modified(|told| {
            let is_error = matches!(told, Some(Err(_)));
            if is_error {
                *told = None;
            }
            is_error
        });
        self.count_again();
        let mut told = self.told.subscribe();
        let Ok(Ok(told)) = timeout(PATIENCE, told.wait_for(Option::is_some)).await else {
            return Ok(None);
        };
        match &*told {
            Some(Ok(counted)) => Ok(Some(Arc::clone(counted))),
            Some(Err(error)) => Err(Failure::Archive(Arc::clone(error))),
            None => Ok(None),
        }
    }

    /// On a thread of its own, so that the program can end in the middle of a count.
    fn count_again(self: &Arc<Self>) {
        if self.is_counting.swap(true, Ordering::AcqRel) {
            return;
        }
        let counting = Counting(Arc::clone(self));
        // without a thread the next page tries again: what was to run ends, and with it the count
        let _ = thread::Builder::new().name("counting".into()).spawn(move || counting.0.count());
    }

    fn count(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.count(&self.dir) {
            Ok(None) => {}
            Ok(Some(counted)) => {
                self.told.send_replace(Some(Ok(Arc::new(counted))));
            }
            Err(error) => {
                *state = State::default();
                self.told.send_replace(Some(Err(Arc::new(error))));
            }
        }
    }
}

impl State {
    /// Nothing if nothing has changed, or the last count was too short ago.
    fn count(&mut self, dir: &Path) -> Result<Option<Counted>, ArchiveError> {
        let begun = Instant::now();
        // an archive that was put in place of another has another file, and none is an error
        let file = file_id(dir);
        if file.is_none() || file != self.file {
            *self = Self { file, ..Self::default() };
        }
        if self.not_before.is_some_and(|not_before| begun < not_before) {
            return Ok(None);
        }
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => Reader::open(dir)?,
        };
        let version = Some(reader.data_version()?);
        if self.version == version {
            self.reader = Some(reader);
            return Ok(None);
        }
        let counted = Counted {
            sources: reader.status()?,
            tally: reader.tally()?,
            at_ms: Timestamp::now().as_millisecond(),
        };
        self.version = version;
        self.reader = Some(reader);
        self.not_before = Some(Instant::now() + begun.elapsed() * SHARE);
        Ok(Some(counted))
    }
}
