//! A line that all downloads of a vendor share.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How many bytes a second go over it, and since when it is free. Clones share one line.
#[derive(Debug, Clone)]
pub(crate) struct Bandwidth {
    bytes_per_second: u64,
    free_at: Arc<Mutex<Option<Instant>>>,
}

impl Bandwidth {
    pub(crate) fn new(bytes_per_second: u64) -> Self {
        Self { bytes_per_second: bytes_per_second.max(1), free_at: Arc::default() }
    }

    /// Waits until so many bytes went over the line, behind all that were sent before.
    pub(super) async fn carry(&self, bytes: usize) {
        let micros = (bytes as u64).saturating_mul(1_000_000) / self.bytes_per_second;
        let done = {
            let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let begins = free_at.map_or(now, |free_at| free_at.max(now));
            let done = begins + Duration::from_micros(micros);
            *free_at = Some(done);
            done
        };
        tokio::time::sleep_until(done).await;
    }
}
