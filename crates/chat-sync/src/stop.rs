//! Asking a run to end early, safely.

use tokio::sync::watch;

/// A request to stop, shared by clones. Pages that are on their way to the disk still get there.
#[derive(Debug, Clone)]
pub struct Stop {
    sender: watch::Sender<bool>,
}

impl Stop {
    /// Nobody has asked yet.
    pub fn new() -> Self {
        Self { sender: watch::Sender::new(false) }
    }

    /// Asks.
    pub fn request(&self) {
        self.sender.send_replace(true);
    }

    /// True once somebody has asked.
    pub fn is_requested(&self) -> bool {
        *self.sender.borrow()
    }

    /// Waits until somebody asks.
    pub async fn requested(&self) {
        let mut receiver = self.sender.subscribe();
        // the sender lives as long as `self`, so this ends only when somebody asked
        let _ = receiver.wait_for(|asked| *asked).await;
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}
