//! What all pages share: the archive, read by a few readers at a time.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chat_archive::{ArchiveError, Reader};
use tokio::sync::Semaphore;

use crate::counted::{Counted, Counter};
use crate::failure::Failure;

/// Readers at a time. SQLite blocks a thread each; a browser asks for six things at once.
const READERS: usize = 6;

/// The archive that the pages show. Cloning gives another handle to the same.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

struct Shared {
    dir: PathBuf,
    /// Those that are not reading now; each has its prepared statements.
    idle: Mutex<Vec<Open>>,
    turns: Arc<Semaphore>,
    counter: Arc<Counter>,
}

/// A reader and the file that it reads.
struct Open {
    reader: Reader,
    file: Option<FileId>,
}

impl App {
    /// Opens the archive, so that a missing or unreadable one is known before anything is served.
    pub(crate) fn open(dir: &Path) -> Result<Self, ArchiveError> {
        let first = Open::new(dir)?;
        Ok(Self(Arc::new(Shared {
            dir: dir.to_owned(),
            idle: Mutex::new(vec![first]),
            turns: Arc::new(Semaphore::new(READERS)),
            counter: Counter::start(dir),
        })))
    }

    /// The state of the sources and the figures; `None` while they are counted for the first time.
    pub(crate) async fn counted(&self) -> Result<Option<Arc<Counted>>, Failure> {
        self.0.counter.counted().await
    }

    /// Reads from the archive, on a thread where that may block.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Reader) -> Result<T, Failure> + Send + 'static,
    {
        // the semaphore is never closed
        let turn = Arc::clone(&self.0.turns).acquire_owned().await.map_err(|_| Failure::Broken)?;
        let shared = Arc::clone(&self.0);
        let reading = tokio::task::spawn_blocking(move || {
            // a reading goes on when whoever asked has left, and so does its turn
            let _turn = turn;
            // an archive that was put in place of another has another file
            let now = file_id(&shared.dir);
            let idle = shared.idle().pop().filter(|open| now.is_some() && open.file == now);
            let open = match idle {
                Some(open) => open,
                None => Open::new(&shared.dir)?,
            };
            let read = read(&open.reader);
            if !matches!(read, Err(Failure::Archive(_))) {
                shared.idle().push(open);
            }
            read
        });
        reading.await.map_err(|_| Failure::Broken)?
    }
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, Vec<Open>> {
        // a list of readers cannot be left half changed
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn new(dir: &Path) -> Result<Self, ArchiveError> {
        let file = file_id(dir);
        Ok(Self { reader: Reader::open(dir)?, file })
    }
}

/// What tells one file from another of the same name.
pub(crate) type FileId = (u64, u64);

#[cfg(unix)]
pub(crate) fn file_id(dir: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt as _;
    let found = dir.join("archive.db").metadata().ok()?;
    Some((found.dev(), found.ino()))
}

/// A file that is open cannot be replaced there.
#[cfg(not(unix))]
pub(crate) fn file_id(dir: &Path) -> Option<FileId> {
    dir.join("archive.db").is_file().then_some((0, 0))
}
