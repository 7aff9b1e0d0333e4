//! The one attempt loop: build, pace, sign, send, read; on failure wait and do all of it again.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use url::Url;

use crate::pace::Pacer;
use crate::{
    Authorize, CallCount, Clock, Endpoint, ErrorKind, Retry, SourceError, Transport, UnixMillis,
    VendorError,
};

/// How often, how patiently and how long a call is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts in all, the first included; at least 1. A call that is refused as one too many is
    /// tried up to twice as often: all wait longer then.
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
            pacer: Pacer::new(Duration::ZERO),
            clock: UnixMillis::system_clock(),
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

    /// The transport.
    pub fn transport(&self) -> &dyn Transport {
        &*self.transport
    }

    /// The time by its clock.
    pub fn now(&self) -> UnixMillis {
        (self.clock)()
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
        let mut started = None;
        let mut waited = Duration::ZERO;
        let mut delays = self.policy.delays();
        let mut refusals_left = Some(self.policy.max_attempts.saturating_sub(1).saturating_mul(2));
        let mut attempts = 0;
        let mut recovered = false;
        loop {
            let fail = |error| Failed { error, attempts };
            let mut request = endpoint.build_request(&self.base).map_err(fail)?;
            self.pacer.ready(&*self.transport).await;
            auth.authorize(&mut request, self.now()).await.map_err(fail)?;
            let sent = Instant::now();
            // waiting for a turn is no patience spent on the vendor
            let started = *started.get_or_insert(sent);
            attempts += 1;
            self.requests.fetch_add(1, Ordering::Relaxed);
            let read = match self.transport.send(request).await {
                Ok(answer) => {
                    auth.learn(answer.headers(), self.now());
                    endpoint.read_response(answer)
                }
                Err(error) => Err(error.into()),
            };
            let error = match read {
                Ok(output) => {
                    self.pacer.passed(sent);
                    return Ok(output);
                }
                Err(error) => error,
            };
            if recovered || !auth.recover(&error, self.now()).await {
                let Retry::After(asked) = error.retry() else {
                    return Err(Failed { error, attempts });
                };
                let left = self.policy.max_total.saturating_sub(started.elapsed().max(waited));
                let asked = asked.filter(|asked| !asked.is_zero());
                if asked.is_some_and(|asked| asked > left) {
                    return Err(Failed { error, attempts });
                }
                let wait = if error.kind() == ErrorKind::RateLimited {
                    let wait = self.pacer.refused(sent, asked, &self.policy);
                    refusals_left = refusals_left.and_then(|left| left.checked_sub(1));
                    refusals_left.map(|_| wait)
                } else {
                    delays.next().map(|delay| asked.unwrap_or(delay))
                };
                let Some(wait) = wait.filter(|wait| *wait <= left) else {
                    return Err(Failed { error, attempts });
                };
                if let Some(asked) = asked {
                    self.pacer.hold(asked);
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

impl<E> Failed<E> {
    /// An error that so many attempts ended with.
    pub const fn new(error: E, attempts: u32) -> Self {
        Self { error, attempts }
    }
}

impl<E: VendorError> From<Failed<E>> for SourceError {
    fn from(Failed { error, attempts }: Failed<E>) -> Self {
        Self::from_vendor(&error, attempts)
    }
}
