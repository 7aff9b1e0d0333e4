//! Ctrl-C and the polite request to end.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

use crate::failure::Exit;

/// Calls `first` on the first SIGINT or SIGTERM; the second one ends the process at once.
///
/// Ending at once is always safe: pages are stored in transactions, and files get their name only
/// when they are whole.
pub(crate) fn on_interrupt(first: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new()?;
    tokio::spawn(async move {
        signals.next().await;
        first();
        signals.next().await;
        exit_at_once();
    });
    Ok(())
}

/// Files that are being written and have no name of their own yet.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file that goes away if the process is ended at once.
#[derive(Debug)]
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    /// Makes a file that has no name of its own yet; the process does not end in between.
    pub(crate) fn create(
        make: impl FnOnce() -> io::Result<NamedTempFile>,
    ) -> io::Result<(Self, NamedTempFile)> {
        let mut unfinished = unfinished();
        let file = make()?;
        unfinished.push(file.path().to_path_buf());
        Ok((Self(file.path().to_path_buf()), file))
    }

    /// Gives the file its name; the process does not end in between.
    pub(crate) fn name<T>(&self, name: impl FnOnce() -> T) -> T {
        let mut unfinished = unfinished();
        let named = name();
        unfinished.retain(|path| *path != self.0);
        named
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        unfinished().retain(|path| *path != self.0);
    }
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the process as interrupted. What is half written goes away.
pub(crate) fn exit_at_once() {
    // held to the end: nothing gets its name any more
    let unfinished = unfinished();
    for path in unfinished.iter() {
        // there is nobody left to tell
        let _ = std::fs::remove_file(path);
    }
    std::process::exit(Exit::Interrupted.code().into());
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // no signal will ever come
            std::future::pending::<()>().await;
        }
    }
}
