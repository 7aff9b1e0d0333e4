//! The client of the call list, which has a host and keys of its own.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chat_core::{
    Blots, CallCount, Caller, Clock, ConnectOptions, Failed, Page, RetryPolicy, Transport, Window,
};

use super::MIN_INTERVAL;
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
    /// What the last list is known to lack, in words.
    lacking: Mutex<Vec<String>>,
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
            options: ConnectOptions::new(MIN_INTERVAL),
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
    pub async fn list_calls(&self, request: &CallsRequest) -> Result<Page<Call>, Error> {
        self.call(request).await.map_err(|failed| failed.error)
    }

    /// The customers that had an inbound chat in the last 24 hours, in order: the callers of all
    /// calls of media type 53. That a caller's number is the customer's id in the channel is an
    /// assumption. What the list is known to lack is told by `RecordSource`, as a
    /// [`Source`](chat_core::Source).
    ///
    /// # Errors
    ///
    /// As [`list_calls`](Self::list_calls).
    pub async fn chat_users(&self) -> Result<Vec<User>, Error> {
        self.list_chat_users(u32::MAX).await.map_err(|failed| failed.error)
    }

    /// How many requests were sent so far, by this client and its clones.
    pub fn calls(&self) -> CallCount {
        self.inner.caller.calls()
    }

    /// The customers on the first so many pages.
    pub(crate) async fn list_chat_users(&self, pages: u32) -> Result<Vec<User>, Failed<Error>> {
        let now = self.inner.caller.now();
        let all = self.calls_within(Window::new(now.plus_ms(-DAY_MS).get(), now.get()));
        let mut listed = Listed::default();
        for number in 1..=pages {
            let page = self.call(&all.clone().with_page(number)).await?;
            if listed.take(page) {
                *self.lacking_words() = listed.lacking();
                break;
            }
        }
        Ok(listed.users.into_iter().collect())
    }

    fn lacking_words(&self) -> MutexGuard<'_, Vec<String>> {
        self.inner.lacking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn call(&self, request: &CallsRequest) -> Result<Page<Call>, Failed<Error>> {
        let Inner { caller, signer, .. } = &*self.inner;
        caller.call(request, signer).await.map_err(|mut failed| {
            failed.error.mask(&Blots::new(signer.key().secrets()));
            failed
        })
    }

    /// What the last whole list of customers is known to lack, in words.
    pub(crate) fn lacking(&self) -> Vec<String> {
        self.lacking_words().clone()
    }
}

/// A list of calls, as far as it was read.
#[derive(Default)]
struct Listed {
    users: BTreeSet<User>,
    /// Each call once, for pages may overlap: its id, or else the row.
    calls: HashSet<Vec<u8>>,
    /// The most calls that the vendor counted.
    counted: Option<u64>,
    /// Rows that could not be read: perhaps customers who are missing.
    unreadable: u64,
    /// Chats without a customer who could be asked for.
    nameless: u64,
    was_short: bool,
    /// A page that was not full had others behind it: what a server gives fewer than it is asked
    /// for lies between them.
    has_gaps: bool,
}

impl Listed {
    /// Takes a page; true if it was the last one.
    fn take(&mut self, page: Page<Call>) -> bool {
        let rows = page.items.len() + page.skipped.len();
        let known = self.calls.len();
        for (call, span) in page.items.into_iter().zip(&page.spans) {
            let key = call.call_id.as_deref().map(str::as_bytes);
            let is_new = self.calls.insert(key.unwrap_or(page.raw.record(span)).to_vec());
            if is_new && call.is_chat() {
                let user = call.caller_no.map(User::new).filter(|user| user.check().is_ok());
                self.nameless += u64::from(user.is_none());
                self.users.extend(user);
            }
        }
        for skipped in &page.skipped {
            let is_new = self.calls.insert(page.raw.record(&skipped.span).to_vec());
            self.unreadable += u64::from(is_new);
        }
        self.counted = self.counted.max(page.total);
        let is_new = self.calls.len() > known;
        self.has_gaps |= self.was_short && is_new;
        self.was_short = rows < CallsRequest::MAX_LIMIT as usize;
        // behind a full page there may be more, whatever was counted
        let is_whole = self.counted.is_some_and(|counted| self.received() >= counted);
        !is_new || self.was_short && is_whole
    }

    fn received(&self) -> u64 {
        self.calls.len() as u64
    }

    fn lacking(&self) -> Vec<String> {
        let withheld = self.counted.map_or(0, |counted| counted.saturating_sub(self.received()));
        let mut lacking: Vec<String> = [
            (self.unreadable, "could not be read"),
            (self.nameless, "are chats without a user id that can be asked for"),
            (withheld, "were counted but not shown"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| {
            format!("{count} calls of the list {what}, so customers may be missing")
        })
        .collect();
        if self.has_gaps && self.counted.is_none() {
            lacking.push(
                "the list of calls has a page that is not full before its end, so customers may \
                 be missing"
                    .to_owned(),
            );
        }
        lacking
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
    options: ConnectOptions,
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
        self.options.policy = policy;
        self
    }

    /// The least time between the starts of two requests; a second by default, zero for none.
    #[must_use]
    pub const fn with_min_interval(mut self, interval: Duration) -> Self {
        self.options.min_interval = interval;
        self
    }

    /// Another way to send. Needed where no TLS feature of this crate is on.
    #[must_use]
    pub fn with_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.options.transport = Some(transport);
        self
    }

    /// Another clock, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.options.clock = clock;
        self
    }

    /// Lets the URL start with `http://`, which is refused by default except on loopback.
    #[must_use]
    pub const fn allow_http(mut self, allow: bool) -> Self {
        self.options.allow_http = allow;
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] when the URL cannot be used, a key is empty or holds white space,
    /// or there is no transport. [`Error::Transport`] when TLS cannot be set up.
    pub fn build(mut self) -> Result<CallsClient, Error> {
        self.key.check()?;
        let inner = Inner {
            caller: self.options.caller(&self.base_url)?,
            signer: CallsSigner::new(self.key, self.form),
            cc_id: self.cc_id,
            vdn: self.vdn,
            lacking: Mutex::default(),
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
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
