//! The client: the only file that sends.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use chat_core::{
    CallCount, Caller, Checkpoint, Clock, ConnectOptions, DecodeError, Endpoint, Failed,
    MediaError, MediaInfo, MediaLink, Page, PageState, RetryPolicy, Transport,
};

use crate::auth::Credentials;
use crate::error::Error;
use crate::records::{
    AggregatedMessage, Assistant, AssistantsRequest, CheckRequest, Contact, ContactRequest,
    ContactsRequest, HistoryRequest, HostedAccount, HostedAccountsRequest, HostedHistoryRequest,
    HostedMessage, Record, RecordsRequest,
};

/// The only host of the vendor's interface.
pub const BASE_URL: &str = "https://chat.jijyun.cn";

/// The vendor refuses too many calls in one second and does not say how many that are.
const MIN_INTERVAL: Duration = Duration::from_secs(1);
/// Longer than the second in which too many calls were made.
const MIN_DELAY: Duration = Duration::from_millis(1200);
/// Statuses above 500 are also the answer to mistakes of the caller, which no patience mends.
const MAX_ATTEMPTS: u32 = 4;

/// Reads chat records. Cheap to clone; clones share connections and pace.
///
/// ```no_run
/// # async fn example() -> Result<(), jijyun::Error> {
/// use jijyun::{BASE_URL, Client, Credentials, RecordsRequest};
///
/// let client = Client::builder(BASE_URL, Credentials::new("key")).build()?;
/// let page = client.records(&RecordsRequest::new("57a286a608894aa7b26a9e589f4d3333")).await?;
/// println!("{} messages", page.items.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    caller: Caller,
    credentials: Credentials,
}

impl Client {
    /// A client for a host, as [`BASE_URL`].
    pub fn builder(base_url: impl AsRef<str>, credentials: Credentials) -> ClientBuilder {
        let mut options = ConnectOptions::new(MIN_INTERVAL);
        options.policy.max_attempts = MAX_ATTEMPTS;
        options.policy.min_delay = MIN_DELAY;
        ClientBuilder { base_url: base_url.as_ref().to_owned(), credentials, options }
    }

    /// Reads what a listing has of a contact: all of it in one page.
    ///
    /// Failures that pass by themselves are tried again; see [`ClientBuilder::with_retry_policy`].
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] before anything is sent: an empty customer id. Else the error of
    /// the last attempt: the vendor refused the call, could not be reached, or answered something
    /// that is no page.
    pub async fn records(&self, request: &RecordsRequest) -> Result<Page<Record>, Error> {
        self.ask(request).await
    }

    /// Reads a listing page by page. The vendor has no pages, so it is one.
    pub fn records_pager(&self, request: RecordsRequest) -> RecordsPager {
        RecordsPager { client: self.clone(), request, state: PageState::start() }
    }

    /// Starts again where a pager of the same request stopped, which is always its only page.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] when the checkpoint is of another request, or names a page.
    pub fn records_pager_from(
        &self,
        request: RecordsRequest,
        checkpoint: Checkpoint,
    ) -> Result<RecordsPager, Error> {
        let Checkpoint { request: named, cursor, .. } = checkpoint;
        if named != request.fingerprint() {
            return Err(Error::invalid("the checkpoint is of another request"));
        }
        if cursor.is_some() {
            return Err(Error::invalid("the checkpoint names a page, and there are none"));
        }
        Ok(self.records_pager(request))
    }

    /// Whether the vendor says that the key is valid. It answers some invalid keys with an error
    /// instead: see [`CheckRequest`].
    ///
    /// # Errors
    ///
    /// As [`records`](Self::records), with HTTP status 401 for a key that is refused.
    pub async fn check_key(&self) -> Result<bool, Error> {
        self.ask(&CheckRequest::new()).await
    }

    /// Lists contacts.
    ///
    /// # Errors
    ///
    /// As [`records`](Self::records).
    pub async fn contacts(&self, request: &ContactsRequest) -> Result<Page<Contact>, Error> {
        self.ask(request).await
    }

    /// Shows one contact.
    ///
    /// # Errors
    ///
    /// As [`records`](Self::records).
    pub async fn contact(&self, contact_id: &str) -> Result<Contact, Error> {
        self.ask(&ContactRequest::new(contact_id)).await
    }

    /// Lists the AI assistants.
    ///
    /// # Errors
    ///
    /// As [`records`](Self::records).
    pub async fn assistants(&self) -> Result<Page<Assistant>, Error> {
        self.ask(&AssistantsRequest::new()).await
    }

    /// Reads a whole conversation, newest message first. Known from use only.
    ///
    /// # Errors
    ///
    /// As [`records`](Self::records).
    pub async fn history(&self, chat_id: &str) -> Result<Page<AggregatedMessage>, Error> {
        self.ask(&HistoryRequest::new(chat_id)).await
    }

    /// Lists the hosted WeCom accounts.
    ///
    /// # Errors
    ///
    /// As [`records`](Self::records).
    pub async fn hosted_accounts(&self) -> Result<Page<HostedAccount>, Error> {
        self.ask(&HostedAccountsRequest::new()).await
    }

    /// Reads one page of a day of a hosted account. Go on with
    /// [`with_seq`](HostedHistoryRequest::with_seq) and the page's `next`, or use
    /// [`hosted_history_pager`](Self::hosted_history_pager).
    ///
    /// # Errors
    ///
    /// As [`records`](Self::records); also an empty account, day or place.
    pub async fn hosted_history(
        &self,
        request: &HostedHistoryRequest,
    ) -> Result<Page<HostedMessage>, Error> {
        self.ask(request).await
    }

    /// Reads a day of a hosted account page by page, from where `request` starts.
    pub fn hosted_history_pager(&self, request: HostedHistoryRequest) -> HostedHistoryPager {
        HostedHistoryPager { client: self.clone(), request, state: PageState::start() }
    }

    /// Fetches a file by its link into `sink`, at most `limit_bytes`, without the key and without
    /// any header of the vendor's.
    ///
    /// # Errors
    ///
    /// When the link is dead or may not be followed, the host fails, the file is larger than
    /// allowed, the connection breaks, or `sink` fails; and always with a transport that fetches
    /// no files.
    pub async fn fetch_media(
        &self,
        link: &MediaLink,
        sink: &mut (dyn Write + Send),
        limit_bytes: u64,
    ) -> Result<MediaInfo, MediaError> {
        self.inner.caller.transport().download(link, sink, limit_bytes).await
    }

    /// How many requests were sent so far, by this client and its clones.
    pub fn calls(&self) -> CallCount {
        self.inner.caller.calls()
    }

    async fn ask<E: Endpoint<Error = Error>>(&self, endpoint: &E) -> Result<E::Output, Error> {
        self.call(endpoint).await.map_err(|failed| failed.error)
    }

    /// Makes a call, and takes the key out of whatever its error quotes.
    pub(crate) async fn call<E>(&self, endpoint: &E) -> Result<E::Output, Failed<Error>>
    where
        E: Endpoint<Error = Error>,
    {
        let Inner { caller, credentials, .. } = &*self.inner;
        caller.call(endpoint, credentials).await.map_err(|mut failed| {
            failed.error.mask(&credentials.blots());
            failed
        })
    }

    fn advance<T>(
        &self,
        state: &mut PageState,
        endpoint: &'static str,
        page: &Page<T>,
    ) -> Result<(), Error> {
        state.advance(page.next.clone()).map_err(|_| {
            let source = DecodeError::new("it leads back to a page that was read already");
            let mut error = Error::unreadable(endpoint, page.raw.as_bytes(), source);
            error.mask(&self.inner.credentials.blots());
            error
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("caller", &self.inner.caller)
            .field("credentials", &self.inner.credentials)
            .finish_non_exhaustive()
    }
}

/// Sets a [`Client`] up.
pub struct ClientBuilder {
    base_url: String,
    credentials: Credentials,
    options: ConnectOptions,
}

impl ClientBuilder {
    /// How often and how patiently a call is tried; by default 4 times, with waits that double
    /// from 1.2 s.
    #[must_use]
    pub fn with_retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.options.policy = policy;
        self
    }

    /// The least time between the starts of two requests; 1 s by default, zero for none. The
    /// vendor refuses too many calls in one second, and documents no number.
    #[must_use]
    pub const fn with_min_interval(mut self, interval: Duration) -> Self {
        self.options.min_interval = interval;
        self
    }

    /// Another way to send. Needed where no TLS feature of this crate is on. The key is part of
    /// the address, so it must neither follow redirects nor name addresses in its errors.
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

    /// Lets a base URL start with `http://`, which is refused by default except on loopback: the
    /// query holds the key.
    #[must_use]
    pub const fn allow_http(mut self, allow: bool) -> Self {
        self.options.allow_http = allow;
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] when the base URL cannot be used, a key is empty or holds white
    /// space, or there is no transport. [`Error::Transport`] when TLS cannot be set up.
    pub fn build(mut self) -> Result<Client, Error> {
        self.credentials.check()?;
        let caller = self.options.caller(&self.base_url)?;
        let inner = Inner { caller, credentials: self.credentials };
        Ok(Client { inner: Arc::new(inner) })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // the URL is not shown before it is known to hold no password
        f.debug_struct("ClientBuilder")
            .field("credentials", &self.credentials)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Reads a listing page by page, as the pagers of other vendors do. This one has no pages: it
/// yields the whole listing once. Whether the vendor cuts long ones is not documented and cannot
/// be seen.
#[derive(Debug)]
pub struct RecordsPager {
    client: Client,
    request: RecordsRequest,
    state: PageState,
}

impl RecordsPager {
    /// The page; `None` after it. After an error it is tried again.
    ///
    /// # Errors
    ///
    /// As [`Client::records`].
    pub async fn next_page(&mut self) -> Result<Option<Page<Record>>, Error> {
        if self.state.is_done() {
            return Ok(None);
        }
        let page = self.client.records(&self.request).await?;
        self.client.advance(&mut self.state, RecordsRequest::NAME, &page)?;
        Ok(Some(page))
    }

    /// What names this listing. It is always at its beginning.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(self.request.fingerprint(), None)
    }
}

/// Reads a day of a hosted account page by page.
///
/// It ends at an empty page, and at one that does not say where the next one starts or says the
/// place that it was asked from. A place that comes a second time is an error, never a loop.
#[derive(Debug)]
pub struct HostedHistoryPager {
    client: Client,
    request: HostedHistoryRequest,
    state: PageState,
}

impl HostedHistoryPager {
    /// The next page; `None` after the last one. After an error the same page is tried again.
    ///
    /// # Errors
    ///
    /// As [`Client::hosted_history`].
    pub async fn next_page(&mut self) -> Result<Option<Page<HostedMessage>>, Error> {
        if self.state.is_done() {
            return Ok(None);
        }
        let request = match self.state.cursor() {
            None => self.request.clone(),
            Some(seq) => self.request.clone().with_seq(seq.as_str()),
        };
        let page = self.client.hosted_history(&request).await?;
        self.client.advance(&mut self.state, HostedHistoryRequest::NAME, &page)?;
        Ok(Some(page))
    }
}
