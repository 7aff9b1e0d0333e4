//! The pace of one credential: when the next request may start, and what a refusal teaches.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::{RetryPolicy, Transport};

/// The pace after the first refusal of a credential that had none.
const FIRST_INTERVAL: Duration = Duration::from_millis(50);
/// No pace gets slower than this by itself.
const MAX_INTERVAL: Duration = Duration::from_secs(10);
/// Calls may have been rare for other reasons: what was measured counts up to this.
const MAX_MEASURED: Duration = Duration::from_secs(1);
/// So many calls that pass take a pace back to just below the one that was refused.
const QUICK_STEPS: u32 = 8;
/// From there, a pace speeds up so slowly that nothing would be left of it after half of this time:
/// the pace that was refused is tried again after about a tenth.
const CAUTION: Duration = Duration::from_secs(240);

/// Spaces the starts of requests that share one credential. The interval doubles when the vendor
/// refuses one as too many, and shrinks step by step as long as they pass.
#[derive(Debug)]
pub(crate) struct Pacer(Mutex<Pace>);

impl Pacer {
    /// At least `floor` between two starts, always.
    pub(crate) const fn new(floor: Duration) -> Self {
        Self(Mutex::new(Pace::new(floor)))
    }

    /// Waits for this request's turn.
    pub(crate) async fn ready(&self, transport: &dyn Transport) {
        loop {
            let now = Instant::now();
            let (turn, at) = self.pace().reserve(now);
            let wait = at.saturating_duration_since(now);
            if wait.is_zero() {
                return;
            }
            transport.sleep(wait).await;
            // what was refused meanwhile moves all who were waiting
            if self.pace().turn == turn {
                return;
            }
        }
    }

    /// Takes the news that a request passed that was sent at `sent`.
    pub(crate) fn passed(&self, sent: Instant) {
        self.pace().passed(sent);
    }

    /// Takes the news that a request sent at `sent` was one too many; `asked` is how long the vendor
    /// wants to be left alone. Says how long nobody may start. Where the vendor names no time, that
    /// is the shortest delay of the policy, doubled with each refusal that follows another one.
    pub(crate) fn refused(
        &self,
        sent: Instant,
        asked: Option<Duration>,
        policy: &RetryPolicy,
    ) -> Duration {
        self.pace().refused(sent, Instant::now(), asked, policy)
    }

    /// Lets no request start for so long: the vendor asked for it.
    pub(crate) fn hold(&self, wait: Duration) {
        self.pace().hold_until(later(Instant::now(), wait));
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pure part: it is told the time.
#[derive(Debug)]
struct Pace {
    floor: Duration,
    interval: Duration,
    /// Just below the pace that was refused last: beyond it, only slow steps are taken.
    edge: Duration,
    /// By how much a call that passes shortens the interval, before the edge and beyond it.
    steps: (Duration, Duration),
    /// The first start that is not given away yet.
    next: Option<Instant>,
    /// Changes when the starts given away are taken back.
    turn: u64,
    refusal: Option<Refusal>,
}

/// The last refusal, with those that followed before anything passed.
#[derive(Debug)]
struct Refusal {
    first_at: Instant,
    last_at: Instant,
    /// Nothing starts before this.
    until: Instant,
    count: u32,
    passed_since: u32,
}

impl Pace {
    const fn new(floor: Duration) -> Self {
        Self {
            floor,
            interval: floor,
            edge: floor,
            steps: (Duration::ZERO, Duration::ZERO),
            next: None,
            turn: 0,
            refusal: None,
        }
    }

    /// Gives the next start away.
    fn reserve(&mut self, now: Instant) -> (u64, Instant) {
        let at = self.next.map_or(now, |next| next.max(now));
        self.next = Some(later(at, self.interval));
        (self.turn, at)
    }

    fn passed(&mut self, sent: Instant) {
        let Some(refusal) = &mut self.refusal else { return };
        if sent < refusal.last_at {
            // it was sent at the pace of before
            return;
        }
        refusal.passed_since = refusal.passed_since.saturating_add(1);
        let (quick, slow) = self.steps;
        self.interval = if self.interval > self.edge {
            self.interval.saturating_sub(quick).max(self.edge)
        } else {
            self.interval.saturating_sub(slow).max(self.floor)
        };
    }

    fn refused(
        &mut self,
        sent: Instant,
        now: Instant,
        asked: Option<Duration>,
        policy: &RetryPolicy,
    ) -> Duration {
        let until = match &mut self.refusal {
            // requests that were under way together are refused together: that is one refusal
            Some(refusal) if sent < refusal.last_at => {
                refusal.until = refusal.until.max(later(now, asked.unwrap_or_default()));
                refusal.until
            }
            // nothing passed since: the pace may be right, the wait was too short
            Some(refusal) if refusal.passed_since == 0 => {
                refusal.count = refusal.count.saturating_add(1);
                refusal.last_at = now;
                refusal.until = later(now, asked.unwrap_or_else(|| backoff(refusal.count, policy)));
                refusal.until
            }
            _ => {
                self.slow_down(now);
                let until = later(now, asked.unwrap_or_else(|| backoff(1, policy)));
                let (first_at, last_at) = (now, now);
                let refusal = Refusal { first_at, last_at, until, count: 1, passed_since: 0 };
                self.refusal = Some(refusal);
                until
            }
        };
        self.hold_until(until);
        until.saturating_duration_since(now)
    }

    fn slow_down(&mut self, now: Instant) {
        let refused = self.interval.max(self.measured(now));
        let slowest = MAX_INTERVAL.max(self.floor);
        self.interval = refused.saturating_mul(2).max(FIRST_INTERVAL).min(slowest);
        self.edge = refused.saturating_add(refused / 10).min(self.interval);
        let quick = self.interval.saturating_sub(self.edge) / QUICK_STEPS;
        let caution = self.edge.as_secs_f64() / CAUTION.as_secs_f64();
        self.steps = (quick, self.edge.mul_f64(caution.min(1.0)));
    }

    /// The interval that the vendor granted since the refusal before: its allowance fills up while
    /// we wait or while we call, and is used up now.
    fn measured(&self, now: Instant) -> Duration {
        let Some(refusal) = &self.refusal else { return Duration::ZERO };
        let waited = refusal.until.saturating_duration_since(refusal.first_at);
        let called = now.saturating_duration_since(refusal.until);
        (waited.max(called) / refusal.passed_since.max(1)).min(MAX_MEASURED)
    }

    /// Nothing starts before `until`, and what waits for a start asks for another.
    fn hold_until(&mut self, until: Instant) {
        self.next = self.next.max(Some(until));
        self.turn = self.turn.wrapping_add(1);
    }
}

fn backoff(refusals: u32, policy: &RetryPolicy) -> Duration {
    let factor = 2u32.saturating_pow(refusals.saturating_sub(1));
    policy.min_delay.saturating_mul(factor).min(policy.max_delay)
}

/// So much later; the same instant where no clock reaches.
fn later(instant: Instant, wait: Duration) -> Instant {
    instant.checked_add(wait).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::{BinaryHeap, VecDeque};

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A vendor that takes `calls` in any `span`, workers that call it, and no clock but ours.
    struct Bench {
        calls: usize,
        span: Duration,
        /// The vendor says how long to stay away.
        says: Option<Duration>,
        /// How long an answer takes.
        latency: Duration,
        floor: Duration,
    }

    #[derive(Debug, Default)]
    struct Ran {
        refused: usize,
        took: Duration,
        /// The most refusals in a row of one worker.
        worst: usize,
        least_between: Option<Duration>,
    }

    impl Bench {
        fn run(&self, workers: usize, wanted: usize) -> Ran {
            let (zero, policy) = (Instant::now(), RetryPolicy::default());
            let mut pace = Pace::new(self.floor);
            let mut taken: VecDeque<Instant> = VecDeque::new();
            let mut ran = Ran::default();
            let mut last = None;
            let mut in_a_row = vec![0; workers];
            // what each worker does next, and when: wake up for a start, or hear an answer
            let mut agenda = BinaryHeap::new();
            for worker in 0..workers {
                let (turn, at) = pace.reserve(zero);
                agenda.push(Reverse((at, worker, Some(turn), zero, false)));
            }
            let mut passed = 0;
            while let Some(Reverse((now, worker, turn, sent, is_taken))) = agenda.pop() {
                let Some(turn) = turn else {
                    if is_taken {
                        passed += 1;
                        in_a_row[worker] = 0;
                        pace.passed(sent);
                        ran.took = now - zero;
                    } else {
                        ran.refused += 1;
                        in_a_row[worker] += 1;
                        ran.worst = ran.worst.max(in_a_row[worker]);
                        pace.refused(sent, now, self.says, &policy);
                    }
                    if passed == wanted {
                        return ran;
                    }
                    let (turn, at) = pace.reserve(now);
                    agenda.push(Reverse((at, worker, Some(turn), now, false)));
                    continue;
                };
                if turn != pace.turn {
                    let (turn, at) = pace.reserve(now);
                    agenda.push(Reverse((at, worker, Some(turn), now, false)));
                    continue;
                }
                if let Some(last) = last.replace(now) {
                    let between = now - last;
                    ran.least_between = ran
                        .least_between
                        .map(|least: Duration| least.min(between))
                        .or(Some(between));
                }
                while taken.front().is_some_and(|at| now - *at >= self.span) {
                    taken.pop_front();
                }
                let is_taken = taken.len() < self.calls;
                if is_taken {
                    taken.push_back(now);
                }
                agenda.push(Reverse((now + self.latency, worker, None, now, is_taken)));
            }
            unreachable!("each worker always has something to do")
        }

        /// How long it takes at least.
        fn least(&self, workers: usize, wanted: usize) -> Duration {
            let times = |count: usize| u32::try_from(count).unwrap();
            let allowed = self.span * times(wanted.saturating_sub(self.calls)) / times(self.calls);
            allowed.max(self.latency * times(wanted) / times(workers))
        }
    }

    #[test]
    fn a_limit_is_found_with_few_refusals_and_little_time_lost() {
        for calls in [2, 5, 20, 50, 200] {
            for says in [None, Some(1000 * MS)] {
                for latency in [2 * MS, 150 * MS] {
                    let span = 1000 * MS;
                    let bench = Bench { calls, span, says, latency, floor: Duration::ZERO };
                    let wanted = calls * 60;
                    let (ran, told) =
                        (bench.run(8, wanted), format!("{calls}/s, {says:?}, {latency:?}"));
                    assert!(ran.refused <= 20, "{told}: {ran:?}");
                    assert!(ran.took < bench.least(8, wanted) * 7 / 4, "{told}: {ran:?}");
                    assert!(ran.worst <= 4, "{told}: {ran:?}");
                }
            }
        }
    }

    #[test]
    fn an_allowance_for_a_minute_is_waited_for() {
        let (span, latency, floor) = (60_000 * MS, 5 * MS, Duration::ZERO);
        let bench = Bench { calls: 60, span, says: None, latency, floor };
        let ran = bench.run(8, 600);
        assert!(ran.refused <= 40 && ran.worst <= 8, "{ran:?}");
        assert!(ran.took < bench.least(8, 600) * 3 / 2, "{ran:?}");
    }

    #[test]
    fn no_pace_is_faster_than_what_was_asked_for() {
        let (span, latency, says) = (1000 * MS, 20 * MS, Some(1000 * MS));
        let bench = Bench { calls: 5, span, says, latency, floor: 150 * MS };
        let ran = bench.run(8, 200);
        assert!(ran.refused > 0 && ran.least_between >= Some(150 * MS), "{ran:?}");
    }

    #[test]
    fn one_refusal_by_chance_is_forgotten() {
        for floor in [Duration::ZERO, 500 * MS] {
            let (zero, policy) = (Instant::now(), RetryPolicy::default());
            let mut pace = Pace::new(floor);
            let wait = pace.refused(zero, zero, None, &policy);
            assert_eq!((wait, pace.interval), (500 * MS, (floor * 2).max(50 * MS)));
            let mut now = zero + wait;
            while pace.interval > floor {
                now = pace.reserve(now).1;
                pace.passed(now);
            }
            assert!(now - zero < Duration::from_secs(150), "{:?}", now - zero);
        }
    }

    #[test]
    fn a_vendor_that_refuses_everything_is_asked_ever_more_rarely_but_within_reason() {
        let (mut now, policy) = (Instant::now(), RetryPolicy::default());
        let mut pace = Pace::new(Duration::ZERO);
        for _ in 0..100 {
            let wait = pace.refused(now, now, None, &policy);
            assert!(wait <= policy.max_delay && pace.interval <= MAX_INTERVAL);
            now = pace.reserve(now).1;
        }
        // what passes now and then teaches as well, and not without bound
        for _ in 0..100 {
            pace.passed(now);
            pace.refused(now, now, Some(MS), &policy);
            assert!(pace.interval <= MAX_INTERVAL, "{pace:?}");
            now = pace.reserve(now).1;
        }
        assert_eq!(pace.interval, MAX_INTERVAL);
    }
}
