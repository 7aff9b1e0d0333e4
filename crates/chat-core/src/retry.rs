//! The one attempt loop: build, pace, sign, send, read; on failure wait and do all of it again.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use governor::clock::Clock as _;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use url::Url;

use crate::{Authorize, CallCount, Clock, Endpoint, ErrorKind, Retry, Transport, VendorError};

/// How often, how patiently and how long a call is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts in all, the first included; at least 1.
    pub max_attempts: u32,
    /// The first wait; each later one doubles, with jitter.
    pub min_delay: Duration,
    /// The longest wait of ours. A vendor's `Retry-After` may be longer.
    pub max_delay: Duration,
    /// A wait that would end later than this after the call began is not begun.
    pub max_total: Duration,
}

impl Default for RetryPolicy {
    /// 5 attempts, 500 ms doubling up to 30 s, 5 minutes in all.
    fn default() -> Self {
        Self {
            max_attempts: 5,
            min_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(30),
            max_total: Duration::from_secs(300),
        }
    }
}

impl RetryPolicy {
    fn delays(&self) -> impl Iterator<Item = Duration> + use<> {
        ExponentialBuilder::new()
            .with_min_delay(self.min_delay)
            .with_max_delay(self.max_delay)
            .with_factor(2.0)
            .with_max_times(self.max_attempts.saturating_sub(1) as usize)
            .with_jitter()
            .build()
    }
}

/// Spaces the starts of requests that share one credential.
#[derive(Debug, Default)]
pub struct Pacer {
    limiter: Option<DefaultDirectRateLimiter>,
    hold_until: Mutex<Option<Instant>>,
}

impl Pacer {
    /// At least `interval` between two starts; zero means no limit.
    pub fn new(interval: Duration) -> Self {
        Self {
            limiter: Quota::with_period(interval).map(RateLimiter::direct),
            hold_until: Mutex::default(),
        }
    }

    /// Lets no request start for so long: the vendor asked for it.
    pub fn hold(&self, wait: Duration) {
        let until = Instant::now().checked_add(wait);
        let mut held = self.hold_until.lock().unwrap_or_else(PoisonError::into_inner);
        *held = (*held).max(until);
    }

    /// Waits for this request's turn.
    async fn ready(&self, transport: &dyn Transport) {
        let held = *self.hold_until.lock().unwrap_or_else(PoisonError::into_inner);
        let left =
            held.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()));
        if !left.is_zero() {
            transport.sleep(left).await;
        }
        let Some(limiter) = &self.limiter else { return };
        while let Err(not_until) = limiter.check() {
            transport.sleep(not_until.wait_time_from(limiter.clock().now())).await;
        }
    }
}

/// What every vendor client is made of: a base URL, a transport, patience, pace and a clock.
pub struct Caller {
    base: Url,
    transport: Arc<dyn Transport>,
    policy: RetryPolicy,
    pacer: Pacer,
    clock: Clock,
    requests: AtomicU64,
    retries: AtomicU64,
}

impl Caller {
    /// Calls to `base` over `transport`, with the default patience, no pacing and the system's
    /// clock.
    pub fn new(base: Url, transport: Arc<dyn Transport>) -> Self {
        Self {
            base,
            transport,
            policy: RetryPolicy::default(),
            pacer: Pacer::default(),
            clock: crate::UnixMillis::system_clock(),
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        }
    }

    /// With another patience.
    #[must_use]
    pub fn with_policy(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// With at least so long between two starts.
    #[must_use]
    pub fn with_min_interval(mut self, interval: Duration) -> Self {
        self.pacer = Pacer::new(interval);
        self
    }

    /// With another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The base URL.
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// How many requests were sent so far.
    pub fn calls(&self) -> CallCount {
        CallCount::new(self.requests.load(Ordering::Relaxed), self.retries.load(Ordering::Relaxed))
    }

    /// Makes one call, as often as it takes and the policy allows.
    ///
    /// # Errors
    ///
    /// The error of the last attempt: at once if asking again cannot help, or when attempts or
    /// time are used up.
    pub async fn call<E, A>(&self, endpoint: &E, auth: &A) -> Result<E::Output, Failed<E::Error>>
    where
        E: Endpoint,
        A: Authorize<E::Error>,
    {
        let started = Instant::now();
        let mut waited = Duration::ZERO;
        let mut delays = self.policy.delays();
        let mut attempts = 0;
        let mut recovered = false;
        loop {
            let fail = |error| Failed { error, attempts };
            let mut request = endpoint.build_request(&self.base).map_err(fail)?;
            self.pacer.ready(&*self.transport).await;
            auth.authorize(&mut request, (self.clock)()).await.map_err(fail)?;
            attempts += 1;
            self.requests.fetch_add(1, Ordering::Relaxed);
            let read = match self.transport.send(request).await {
                Ok(answer) => {
                    auth.learn(answer.headers(), (self.clock)());
                    endpoint.read_response(answer)
                }
                Err(error) => Err(error.into()),
            };
            let error = match read {
                Ok(output) => return Ok(output),
                Err(error) => error,
            };
            if recovered || !auth.recover(&error, (self.clock)()).await {
                let Retry::After(asked) = error.retry() else {
                    return Err(Failed { error, attempts });
                };
                let Some(delay) = delays.next() else { return Err(Failed { error, attempts }) };
                let wait = asked.filter(|asked| !asked.is_zero()).unwrap_or(delay);
                if started.elapsed().max(waited).saturating_add(wait) > self.policy.max_total {
                    return Err(Failed { error, attempts });
                }
                if asked.is_some() || error.kind() == ErrorKind::RateLimited {
                    self.pacer.hold(wait);
                }
                waited += wait;
                self.transport.sleep(wait).await;
            } else {
                recovered = true;
            }
            self.retries.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("host", &self.base.host_str())
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// A call that failed for good, and how often it was tried.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failed<E> {
    /// The error of the last attempt.
    pub error: E,
    /// Attempts made; 0 if nothing was sent.
    pub attempts: u32,
}
