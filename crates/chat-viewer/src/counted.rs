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

struct State {
    /// Its own: only the same reader can tell whether the archive has changed.
    reader: Option<Reader>,
    version: Option<i64>,
    not_before: Instant,
}

impl Counter {
    /// Begins with the first count.
    pub(crate) fn start(dir: &Path) -> Arc<Self> {
        let state = State { reader: None, version: None, not_before: Instant::now() };
        let counter = Arc::new(Self {
            dir: dir.to_owned(),
            told: watch::Sender::new(None),
            is_counting: AtomicBool::new(false),
            state: Mutex::new(state),
        });
        counter.count_again();
        counter
    }

    /// What was counted last; `None`: the first count is not done yet.
    pub(crate) async fn counted(self: &Arc<Self>) -> Result<Option<Arc<Counted>>, Failure> {
        self.count_again();
        let mut told = self.told.subscribe();
        let Ok(Ok(counted)) = timeout(PATIENCE, told.wait_for(Option::is_some)).await else {
            return Ok(None);
        };
        match &*counted {
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
        let shared = Arc::clone(self);
        let counting = thread::Builder::new().name("counting".into()).spawn(move || {
            let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
            match state.count(&shared.dir) {
                Ok(None) => {}
                Ok(Some(counted)) => shared.tell(Ok(Arc::new(counted))),
                Err(error) => {
                    *state = State { reader: None, version: None, not_before: Instant::now() };
                    shared.tell(Err(Arc::new(error)));
                }
            }
            shared.is_counting.store(false, Ordering::Release);
        });
        if counting.is_err() {
            self.is_counting.store(false, Ordering::Release);
        }
    }

    fn tell(&self, told: Result<Arc<Counted>, Arc<ArchiveError>>) {
        self.told.send_replace(Some(told));
    }
}

impl State {
    /// Nothing if nothing has changed, or the last count was too short ago.
    fn count(&mut self, dir: &Path) -> Result<Option<Counted>, ArchiveError> {
        let begun = Instant::now();
        if begun < self.not_before {
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
        self.not_before = Instant::now() + begun.elapsed() * SHARE;
        Ok(Some(counted))
    }
}
