//! What all pages share: the archive, read by a few readers at a time.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chat_archive::{ArchiveError, Reader};
use tokio::sync::Semaphore;

use crate::failure::Failure;

/// Readers at a time. SQLite blocks a thread each; a browser asks for six things at once.
const READERS: usize = 6;

/// The archive that the pages show. Cloning gives another handle to the same.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

struct Shared {
    dir: PathBuf,
    /// Those that are not reading now; each has its prepared statements.
    idle: Mutex<Vec<Reader>>,
    turns: Semaphore,
}

impl App {
    /// Opens the archive, so that a missing or unreadable one is known before anything is served.
    pub(crate) fn open(dir: &Path) -> Result<Self, ArchiveError> {
        let first = Reader::open(dir)?;
        Ok(Self(Arc::new(Shared {
            dir: dir.to_owned(),
            idle: Mutex::new(vec![first]),
            turns: Semaphore::new(READERS),
        })))
    }

    /// Reads from the archive, on a thread where that may block.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Reader) -> Result<T, Failure> + Send + 'static,
    {
        // the semaphore is never closed
        let _turn = self.0.turns.acquire().await.map_err(|_| Failure::Broken)?;
        let shared = Arc::clone(&self.0);
        let reading = tokio::task::spawn_blocking(move || {
            let idle = shared.idle().pop();
            let reader = match idle {
                Some(reader) => reader,
                None => Reader::open(&shared.dir)?,
            };
            let read = read(&reader);
            // one that failed may be of a file that is there no more
            if !matches!(read, Err(Failure::Archive(_))) {
                shared.idle().push(reader);
            }
            read
        });
        reading.await.map_err(|_| Failure::Broken)?
    }
}

impl Shared {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        // a list of readers cannot be left half changed
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
