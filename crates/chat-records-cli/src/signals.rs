//! Ctrl-C and the polite request to end.

use std::io;

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

/// Ends the process as interrupted. For commands that hold nothing to put away.
pub(crate) fn exit_at_once() {
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
