//! How fast pages may be read: not faster than the files in them can be fetched before their links
//! die.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chat_archive::MediaTask;
use chat_core::{MediaLink, UnixMillis};
use tokio::sync::Notify;
use tokio::time::Instant;

/// Files waiting; more hold the paging back, so that memory stays flat.
const MOST_WAITING: u64 = 2_000;
/// So many may wait before the first is fetched: nothing is known of the speed yet.
const MOST_UNMEASURED: u64 = 32;
/// The speed is that of so many files.
const MEASURED: usize = 64;
/// If no file was saved for so long, the media host is at fault, and no page waits for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time passes without anybody telling.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Links are renewed for so many files at a time, at most and at first.
const RENEWED_AT_ONCE: u64 = 100;
const RENEWED_AT_FIRST: u64 = 16;

/// Shared by the paging, which asks for room, and the fetching, which makes it.
#[derive(Debug)]
pub(crate) struct Pace {
    state: Mutex<State>,
    moved: Notify,
}

#[derive(Debug)]
struct State {
    /// Files found and neither fetched nor given back.
    waiting: u64,
    /// Pages being read, and how many files pages have.
    reading: u64,
    files_per_page: u64,
    /// How long the links of the last page live.
    life: Option<Duration>,
    /// When the last files ended, and since when they are counted.
    ended: VecDeque<Instant>,
    counted_since: Instant,
    last_saved: Instant,
}

impl Pace {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        let state = State {
            waiting: 0,
            reading: 0,
            files_per_page: 0,
            life: None,
            ended: VecDeque::new(),
            counted_since: now,
            last_saved: now,
        };
        Self { state: Mutex::new(state), moved: Notify::new() }
    }

    /// Waits until a page may be read. The page counts as being read while the answer is held.
    pub(crate) async fn room(self: &Arc<Self>) -> Reading {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            if self.state().admits(Instant::now()) {
                return Reading(Arc::clone(self));
            }
            // neither way of waking up means more than to look again
            let _ = tokio::time::timeout(LOOK_AGAIN, moved).await;
        }
    }

    /// A page brought files.
    pub(crate) fn found(&self, tasks: &[MediaTask], now: UnixMillis) {
        let mut state = self.state();
        if state.waiting == 0 {
            // a host that had nothing to do is not at fault
            state.last_saved = Instant::now();
        }
        let files = tasks.len() as u64;
        state.waiting += files;
        state.files_per_page = files.max(state.files_per_page.saturating_sub(1));
        state.learn(tasks.iter().filter_map(|task| task.link.as_ref()), now);
    }

    /// Fresh links came for files that do not wait here.
    pub(super) fn renewed<'l>(&self, links: impl Iterator<Item = &'l MediaLink>, now: UnixMillis) {
        self.state().learn(links, now);
    }

    /// Downloads begin after a pause: what was measured before it is too old.
    pub(super) fn begin(&self) {
        let mut state = self.state();
        state.ended.clear();
        state.counted_since = Instant::now();
    }

    /// A download is over, for good.
    pub(super) fn ended(&self, waited: bool, saved: bool) {
        let now = Instant::now();
        let mut state = self.state();
        state.ended.push_back(now);
        if state.ended.len() > MEASURED
            && let Some(oldest) = state.ended.pop_front()
        {
            state.counted_since = oldest;
        }
        if saved {
            state.last_saved = now;
        }
        if waited {
            state.waiting -= 1;
        }
        drop(state);
        self.moved.notify_waiters();
    }

    /// Files that waited are left for later.
    pub(super) fn left(&self, files: u64) {
        self.state().waiting -= files;
        self.moved.notify_waiters();
    }

    /// For how many files links should be renewed now, so that they live until it is their turn.
    pub(super) fn renewals(&self) -> u64 {
        let state = self.state();
        let Some(life) = state.life else { return RENEWED_AT_ONCE };
        match state.per_second(Instant::now()) {
            None => RENEWED_AT_FIRST,
            Some(speed) => (1..RENEWED_AT_ONCE)
                .rev()
                .find(|files| seconds(*files, speed) < life / 2)
                .unwrap_or(1),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// True if a page may be read now; it is counted then.
    fn admits(&mut self, now: Instant) -> bool {
        let fits = self.fits(now);
        if fits {
            self.reading += 1;
        }
        fits
    }

    fn fits(&self, now: Instant) -> bool {
        if self.waiting == 0 || now.duration_since(self.last_saved) > PATIENCE {
            return true;
        }
        let files = self.waiting + (self.reading + 1) * self.files_per_page;
        if self.waiting >= MOST_WAITING {
            return false;
        }
        let Some(life) = self.life else { return true };
        match self.per_second(now) {
            None => self.waiting < MOST_UNMEASURED,
            // half of the life is left to files that are slower than those before
            Some(speed) => seconds(files, speed) < life / 2,
        }
    }

    /// Files a second, as measured last; a download that hangs makes it less with time.
    fn per_second(&self, now: Instant) -> Option<f64> {
        let files = u32::try_from(self.ended.len()).ok().filter(|files| *files > 0)?;
        let time = now.duration_since(self.counted_since).max(Duration::from_millis(1));
        Some(f64::from(files) / time.as_secs_f64())
    }

    fn learn<'l>(&mut self, links: impl Iterator<Item = &'l MediaLink>, now: UnixMillis) {
        let lives = links.filter_map(|link| link.expires_at()?.get().checked_sub(now.get()));
        // dead when it comes: then it is our clock that is wrong, and says nothing
        let least =
            lives.filter_map(|life| u64::try_from(life).ok().filter(|life| *life > 0)).min();
        if let Some(least_ms) = least {
            self.life = Some(Duration::from_millis(least_ms));
        }
    }
}

/// How long so many files take.
fn seconds(files: u64, per_second: f64) -> Duration {
    let files = f64::from(u32::try_from(files).unwrap_or(u32::MAX));
    Duration::try_from_secs_f64(files / per_second).unwrap_or(Duration::MAX)
}

/// A page that is being read.
#[derive(Debug)]
pub(crate) struct Reading(Arc<Pace>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.state().reading -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A state in which `ended` files took a second together.
    fn measured(ended: u64, waiting: u64, life: Option<Duration>) -> (State, Instant) {
        let pace = Pace::new();
        let mut state = pace.state.into_inner().unwrap();
        let now = state.counted_since + SECOND;
        state.ended.extend((0..ended).map(|_| now));
        (state.waiting, state.life, state.last_saved) = (waiting, life, now);
        (state, now)
    }

    #[test]
    fn pages_wait_when_links_would_die_in_the_queue() {
        let (mut state, now) = measured(50, 1_400, Some(60 * SECOND));
        assert!(state.fits(now), "28 seconds of downloads, and a minute to live");
        state.waiting = 1_600;
        assert!(!state.fits(now), "32 seconds");
        state.waiting = 1_400;
        state.files_per_page = 20;
        state.reading = 8;
        assert!(!state.fits(now), "eight pages on their way bring 160 more");
        state.life = None;
        assert!(state.fits(now), "links that do not die");
        state.waiting = MOST_WAITING;
        assert!(!state.fits(now), "memory is no less an end");
    }

    #[test]
    fn a_download_that_hangs_slows_the_pages_and_a_host_that_is_down_does_not() {
        let (state, now) = measured(50, 1_400, Some(60 * SECOND));
        assert!(!state.fits(now + SECOND), "25 a second by now");
        assert!(state.fits(now + PATIENCE + SECOND));
    }

    #[test]
    fn nothing_waits_before_anything_is_known() {
        let (mut state, now) = measured(0, 31, Some(SECOND));
        assert!(state.fits(now));
        state.waiting = 32;
        assert!(!state.fits(now));
        state.waiting = 0;
        assert!(state.fits(now));
    }
}
