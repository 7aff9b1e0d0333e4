//! The client of the call list, which has a host and keys of its own.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chat_core::{CallCount, Caller, Clock, Page, RetryPolicy, Transport, UnixMillis, Window};

use super::{MIN_INTERVAL, Tried, base_url, default_transport};
use crate::calls::{Call, CallsRequest};
use crate::error::Error;
use crate::signature::{AccessKey, CallsSigner, TimestampForm};
use crate::user::User;

/// The vendor keeps calls for one day.
const DAY_MS: i64 = 24 * 3_600_000;

/// Reads the list of calls of the last day, and with it the customers that had a chat. Cheap to
/// clone.
///
/// A wrong signature is never sent twice: the vendor locks addresses that send several.
#[derive(Clone)]
pub struct CallsClient {
    inner: Arc<Inner>,
}

struct Inner {
    caller: Caller,
    signer: CallsSigner,
    cc_id: u32,
    vdn: u32,
    clock: Clock,
    /// Rows of the last list that could not be read: perhaps customers who are missing.
    unreadable: AtomicU64,
    /// Calls that the vendor counted and did not show in it.
    withheld: AtomicU64,
}

impl CallsClient {
    /// A client for the host of the contact center's management (CC-CMS), with its port. `cc_id`
    /// and `vdn` are the ids of the call center and of the virtual call center.
    pub fn builder(
        base_url: impl AsRef<str>,
        key: AccessKey,
        cc_id: u32,
        vdn: u32,
    ) -> CallsClientBuilder {
        CallsClientBuilder {
            base_url: base_url.as_ref().to_owned(),
            key,
            cc_id,
            vdn,
            form: TimestampForm::default(),
            policy: RetryPolicy::default(),
            min_interval: MIN_INTERVAL,
            transport: None,
            clock: UnixMillis::system_clock(),
            allow_http: false,
        }
    }

    /// A request for the inbound calls of a span of time.
    pub fn calls_within(&self, span: Window) -> CallsRequest {
        CallsRequest::new(self.inner.cc_id, self.inner.vdn, span.from(), span.to())
    }

    /// Reads one page of calls.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] before anything is sent: ids out of range, a limit that is not 1
    /// to 100. Else the error of the last attempt.
    pub async fn calls(&self, request: &CallsRequest) -> Result<Page<Call>, Error> {
        self.call(request).await.map_err(|failed| failed.error)
    }

    /// The customers that had an inbound chat in the last 24 hours, in order: the callers of all
    /// calls of media type 53. That a caller's number is the customer's id in the channel is an
    /// assumption.
    ///
    /// # Errors
    ///
    /// As [`calls`](Self::calls).
    pub async fn chat_users(&self) -> Result<Vec<User>, Error> {
        self.list_chat_users(u32::MAX).await.map_err(|failed| failed.error)
    }

    /// How many requests were sent so far, by this client and its clones.
    pub fn call_count(&self) -> CallCount {
        self.inner.caller.calls()
    }

    /// The customers on the first so many pages.
    pub(crate) async fn list_chat_users(&self, pages: u32) -> Result<Vec<User>, Tried> {
        let now = (self.inner.clock)();
        let all = self.calls_within(Window::new(now.plus_ms(-DAY_MS).get(), now.get()));
        let (mut users, mut ids) = (BTreeSet::new(), BTreeSet::new());
        let (mut received, mut unreadable) = (0, 0);
        for number in 1..=pages {
            let page = self.call(&all.clone().with_page(number)).await?;
            let rows = (page.items.len() + page.skipped.len()) as u64;
            received += rows;
            unreadable += page.skipped.len() as u64;
            let known = ids.len();
            for call in page.items {
                if call.is_chat() {
                    users.extend(call.caller_no.clone().map(User::new));
                }
                ids.extend(call.call_id.or(call.caller_no));
            }
            if rows == 0 || page.total.map_or(ids.len() == known, |total| received >= total) {
                let withheld = page.total.unwrap_or(0).saturating_sub(received);
                self.inner.unreadable.store(unreadable, Ordering::Relaxed);
                self.inner.withheld.store(withheld, Ordering::Relaxed);
                break;
            }
        }
        Ok(users.into_iter().collect())
    }

    async fn call(&self, request: &CallsRequest) -> Result<Page<Call>, Tried> {
        let Inner { caller, signer, .. } = &*self.inner;
        caller.call(request, signer).await.map_err(|failed| {
            let mut failed = Tried::from(failed);
            failed.error.mask(&signer.key().secrets());
            failed
        })
    }

    /// What the list of customers may lack, in words.
    pub(crate) fn notices(&self) -> impl Iterator<Item = String> {
        let of = |count: &AtomicU64, what| {
            let count = count.load(Ordering::Relaxed);
            (count > 0)
                .then(|| format!("{count} calls of the list {what}, so customers may be missing"))
        };
        let Inner { unreadable, withheld, .. } = &*self.inner;
        [of(unreadable, "could not be read"), of(withheld, "were counted but not shown")]
            .into_iter()
            .flatten()
    }
}

impl fmt::Debug for CallsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallsClient")
            .field("caller", &self.inner.caller)
            .field("signer", &self.inner.signer)
            .field("cc_id", &self.inner.cc_id)
            .field("vdn", &self.inner.vdn)
            .finish_non_exhaustive()
    }
}

/// Sets a [`CallsClient`] up.
pub struct CallsClientBuilder {
    base_url: String,
    key: AccessKey,
    cc_id: u32,
    vdn: u32,
    form: TimestampForm,
    policy: RetryPolicy,
    min_interval: Duration,
    transport: Option<Arc<dyn Transport>>,
    clock: Clock,
    allow_http: bool,
}

impl CallsClientBuilder {
    /// Another form of the signature's time; whole seconds by default.
    #[must_use]
    pub const fn with_timestamp_form(mut self, form: TimestampForm) -> Self {
        self.form = form;
        self
    }

    /// How often and how patiently a call is tried; by default [`RetryPolicy::default`].
    #[must_use]
    pub fn with_retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// The least time between the starts of two requests; a second by default, zero for none.
    #[must_use]
    pub const fn with_min_interval(mut self, interval: Duration) -> Self {
        self.min_interval = interval;
        self
    }

    /// Another way to send. Needed where no TLS feature of this crate is on.
    #[must_use]
    pub fn with_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Another clock, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Lets the URL start with `http://`, which is refused by default except on loopback.
    #[must_use]
    pub const fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] when the URL cannot be used, a key is empty or holds white space,
    /// or there is no transport. [`Error::Transport`] when TLS cannot be set up.
    pub fn build(self) -> Result<CallsClient, Error> {
        let base = base_url(&self.base_url, self.allow_http)?;
        self.key.check()?;
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport(&base)?,
        };
        let caller = Caller::new(base, transport)
            .with_policy(self.policy)
            .with_min_interval(self.min_interval)
            .with_clock(Arc::clone(&self.clock));
        let inner = Inner {
            caller,
            signer: CallsSigner::new(self.key, self.form),
            cc_id: self.cc_id,
            vdn: self.vdn,
            clock: self.clock,
            unreadable: AtomicU64::new(0),
            withheld: AtomicU64::new(0),
        };
        Ok(CallsClient { inner: Arc::new(inner) })
    }
}

impl fmt::Debug for CallsClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // the URL is not shown before it is known to hold no password
        f.debug_struct("CallsClientBuilder")
            .field("key", &self.key)
            .field("cc_id", &self.cc_id)
            .field("vdn", &self.vdn)
            .field("form", &self.form)
            .field("policy", &self.policy)
            .field("min_interval", &self.min_interval)
            .field("allow_http", &self.allow_http)
            .finish_non_exhaustive()
    }
}
