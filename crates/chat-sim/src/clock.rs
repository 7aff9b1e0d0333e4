//! The virtual clock that every simulated vendor reads.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Real time plus an offset, or a time that stands still. Clones share one state.
///
/// ```
/// use std::time::Duration;
///
/// let clock = chat_sim::Clock::default();
/// clock.freeze_at(1_760_000_000_000);
/// clock.clone().advance(Duration::from_secs(60));
/// assert_eq!(clock.now_ms(), 1_760_000_060_000);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Clock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct State {
    offset_ms: i64,
    frozen_at_ms: Option<i64>,
}

impl Clock {
    /// The virtual time in milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        let state = self.with_state(|state| *state);
        state.frozen_at_ms.unwrap_or_else(|| real_now_ms().saturating_add(state.offset_ms))
    }

    /// Moves the clock forward, frozen or not.
    pub fn advance(&self, by: Duration) {
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.with_state(|state| {
            state.offset_ms = state.offset_ms.saturating_add(by_ms);
            state.frozen_at_ms = state.frozen_at_ms.map(|at| at.saturating_add(by_ms));
        });
    }

    /// Lets the clock run `offset_ms` milliseconds ahead of real time, or behind it if negative. Ends a freeze.
    pub fn set_offset(&self, offset_ms: i64) {
        self.with_state(|state| *state = State { offset_ms, frozen_at_ms: None });
    }

    /// Stops the clock at `unix_ms`, milliseconds since the Unix epoch. [`Clock::set_offset`] lets it run again.
    pub fn freeze_at(&self, unix_ms: i64) {
        self.with_state(|state| state.frozen_at_ms = Some(unix_ms));
    }

    fn with_state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the simulator reads real time")]
fn real_now_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
