//! The client: the only file that sends.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use chat_core::{
    CallCount, Caller, Checkpoint, Clock, ConnectOptions, Cursor, DecodeError, Endpoint, Failed,
    MediaError, MediaInfo, MediaLink, Page, PageState, RetryPolicy, Transport, UnixMillis, Url,
    http,
};

use crate::auth::{Authorizer, Credentials, RequestHook};
use crate::crypto::DecryptionKeys;
use crate::error::Error;
use crate::records::raw::{Encrypted, RawRecord, RawRecordRequest, RawRecordsRequest};
use crate::records::{
    ExternalUsers, ExternalUsersRequest, GroupChat, GroupChatsRequest, Record, RecordsRequest,
    SingleChat, SingleChatRequest,
};

/// The platform's API.
pub const HOST: &str = "https://nbd-api.myscrm.cn";

/// Five calls a second; the vendor names no limit.
const MIN_INTERVAL: Duration = Duration::from_millis(200);
/// So many empty pages in a row, each with a cursor to the next, end a walk with an error: filters
/// may thin pages out, but not for ever.
pub(crate) const MAX_EMPTY_PAGES: u32 = 50;

/// Reads chat records. Cheap to clone; clones share connections and pace.
///
/// ```no_run
/// # async fn example() -> Result<(), myscrm_qw::Error> {
/// use myscrm_qw::chat_core::UnixMillis;
/// use myscrm_qw::{Client, Credentials, HOST, RecordsRequest};
///
/// let client = Client::builder(HOST, Credentials::new("app-id")).build()?;
/// let (start, end) = (UnixMillis::new(1_689_732_852_000), UnixMillis::new(1_689_819_252_000));
/// let page = client.records(&RecordsRequest::new("chat-1", start, end)).await?;
/// println!("{} records", page.items.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    caller: Caller,
    authorizer: Authorizer,
    keys: DecryptionKeys,
}

impl Client {
    /// A client for the platform at a base URL, as [`HOST`].
    pub fn builder(base_url: impl AsRef<str>, credentials: Credentials) -> ClientBuilder {
        ClientBuilder {
            base_url: base_url.as_ref().to_owned(),
            credentials,
            keys: DecryptionKeys::default(),
            hook: None,
            options: options(),
        }
    }

    /// Reads one page of the records of a chat.
    ///
    /// Failures that pass by themselves are tried again; see [`ClientBuilder::with_retry_policy`].
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] before anything is sent: a page size that is not 1 to 1000, an end
    /// before the start, an empty filter. Else the error of the last attempt: the vendor refused
    /// the call, could not be reached, or answered something that is no page.
    pub async fn records(&self, request: &RecordsRequest) -> Result<Page<Record>, Error> {
        self.call(request).await.map_err(|failed| failed.error)
    }

    /// Reads the records of a chat page by page, from the page that `request` names.
    pub fn records_pager(&self, request: RecordsRequest) -> RecordsPager {
        let walk = Walk::from(request.cursor().cloned());
        RecordsPager { client: self.clone(), request, walk }
    }

    /// Goes on where a pager of the same request stopped.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] when the checkpoint is of another request.
    pub fn records_pager_from(
        &self,
        request: RecordsRequest,
        checkpoint: Checkpoint,
    ) -> Result<RecordsPager, Error> {
        let walk = Walk::resume(&request.fingerprint(), checkpoint)?;
        Ok(RecordsPager { client: self.clone(), request, walk })
    }

    /// Reads and opens one page of raw records. Its bytes are those of
    /// [`Encrypted::into_page`](crate::Encrypted::into_page).
    ///
    /// # Errors
    ///
    /// As [`records`](Self::records); and when no key is set, or none opens the answer.
    pub async fn raw_records(&self, request: &RawRecordsRequest) -> Result<Page<RawRecord>, Error> {
        self.call_raw(request).await.map_err(|failed| failed.error)
    }

    /// Reads raw records page by page, from the page that `request` names.
    pub fn raw_records_pager(&self, request: RawRecordsRequest) -> RawRecordsPager {
        let walk = Walk::from(request.cursor().cloned());
        RawRecordsPager { client: self.clone(), request, walk }
    }

    /// Goes on where a pager of the same request stopped.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] when the checkpoint is of another request.
    pub fn raw_records_pager_from(
        &self,
        request: RawRecordsRequest,
        checkpoint: Checkpoint,
    ) -> Result<RawRecordsPager, Error> {
        let walk = Walk::resume(&request.fingerprint(), checkpoint)?;
        Ok(RawRecordsPager { client: self.clone(), request, walk })
    }

    /// Reads and opens one raw record; `None` if the answer holds none.
    ///
    /// # Errors
    ///
    /// As [`raw_records`](Self::raw_records).
    pub async fn raw_record(&self, request: &RawRecordRequest) -> Result<Option<RawRecord>, Error> {
        self.call_raw_one(request).await.map_err(|failed| failed.error)
    }

    /// Reads one page of the external contacts who have chats.
    ///
    /// # Errors
    ///
    /// As [`records`](Self::records).
    pub async fn external_users(
        &self,
        request: &ExternalUsersRequest,
    ) -> Result<ExternalUsers, Error> {
        self.call(request).await.map_err(|failed| failed.error)
    }

    /// Reads one page of the group chats of a member.
    ///
    /// # Errors
    ///
    /// As [`records`](Self::records).
    pub async fn group_chats(&self, request: &GroupChatsRequest) -> Result<Page<GroupChat>, Error> {
        self.call(request).await.map_err(|failed| failed.error)
    }

    /// Reads who the two sides of a single chat are.
    ///
    /// # Errors
    ///
    /// As [`records`](Self::records).
    pub async fn single_chat(&self, request: &SingleChatRequest) -> Result<SingleChat, Error> {
        self.call(request).await.map_err(|failed| failed.error)
    }

    /// Fetches a file by its link into `sink`, at most `limit_bytes`, without any header of the
    /// vendor's.
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

    pub(crate) fn credentials(&self) -> &Credentials {
        self.inner.authorizer.credentials()
    }

    pub(crate) fn now(&self) -> UnixMillis {
        self.inner.caller.now()
    }

    /// Makes a call, and blots secrets out of what a failure says and keeps.
    pub(crate) async fn call<E>(&self, endpoint: &E) -> Result<E::Output, Failed<Error>>
    where
        E: Endpoint<Error = Error>,
    {
        let Inner { caller, authorizer, .. } = &*self.inner;
        caller.call(endpoint, authorizer).await.map_err(|mut failed| {
            failed.error.mask(&authorizer.credentials().blots());
            failed
        })
    }

    pub(crate) async fn call_raw(
        &self,
        request: &RawRecordsRequest,
    ) -> Result<Page<RawRecord>, Failed<Error>> {
        self.call_sealed(request, Encrypted::into_page).await
    }

    pub(crate) async fn call_raw_one(
        &self,
        request: &RawRecordRequest,
    ) -> Result<Option<RawRecord>, Failed<Error>> {
        self.call_sealed(request, Encrypted::into_record).await
    }

    /// Asks for nothing that could not be opened.
    async fn call_sealed<E, T>(
        &self,
        request: &E,
        open: fn(Encrypted, &DecryptionKeys) -> Result<T, Error>,
    ) -> Result<T, Failed<Error>>
    where
        E: Endpoint<Output = Encrypted, Error = Error>,
        T: Send,
    {
        let keys = &self.inner.keys;
        if keys.is_empty() {
            return Err(Failed::new(Error::no_key(), 0));
        }
        self.call(&Sealed { request, keys, open }).await
    }
}

/// A call whose answer is opened as soon as it comes, so that a failure of that counts as one of the
/// call.
struct Sealed<'a, E, T> {
    request: &'a E,
    keys: &'a DecryptionKeys,
    open: fn(Encrypted, &DecryptionKeys) -> Result<T, Error>,
}

impl<E, T> Endpoint for Sealed<'_, E, T>
where
    E: Endpoint<Output = Encrypted, Error = Error>,
    T: Send,
{
    type Output = T;
    type Error = Error;
    const NAME: &'static str = E::NAME;

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        self.request.build_request(base)
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<T, Error> {
        (self.open)(self.request.read_response(answer)?, self.keys)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("caller", &self.inner.caller)
            .field("authorizer", &self.inner.authorizer)
            .finish_non_exhaustive()
    }
}

/// Six attempts, waiting from 1 s to 60 s: the platform's limits are not known.
fn options() -> ConnectOptions {
    let mut options = ConnectOptions::new(MIN_INTERVAL);
    options.policy.max_attempts = 6;
    options.policy.min_delay = Duration::from_secs(1);
    options.policy.max_delay = Duration::from_secs(60);
    options
}

/// Sets a [`Client`] up.
pub struct ClientBuilder {
    base_url: String,
    credentials: Credentials,
    keys: DecryptionKeys,
    hook: Option<RequestHook>,
    options: ConnectOptions,
}

impl ClientBuilder {
    /// The keys that open raw records; none by default.
    #[must_use]
    pub fn with_decryption_keys(mut self, keys: DecryptionKeys) -> Self {
        self.keys = keys;
        self
    }

    /// A hook that sees each request as it is about to be sent, in every attempt, with the present:
    /// for whatever the platform's rules for API calls ask beyond parameters and headers.
    #[must_use]
    pub fn with_request_hook(mut self, hook: RequestHook) -> Self {
        self.hook = Some(hook);
        self
    }

    /// How often and how patiently a call is tried; by default 6 times, waiting from 1 s to 60 s, 5
    /// minutes in all.
    #[must_use]
    pub fn with_retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.options.policy = policy;
        self
    }

    /// The least time between the starts of two requests; 200 ms by default, zero for none. The
    /// vendor documents no limit.
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

    /// Lets a base URL start with `http://`, which is refused by default except on loopback: the
    /// query holds the application id.
    #[must_use]
    pub const fn allow_http(mut self, allow: bool) -> Self {
        self.options.allow_http = allow;
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] when the base URL cannot be used, the application id is empty or
    /// holds white space, an extra parameter or header cannot be sent, or there is no transport.
    /// [`Error::Transport`] when TLS cannot be set up.
    pub fn build(mut self) -> Result<Client, Error> {
        self.credentials.check()?;
        let caller = self.options.caller(&self.base_url)?;
        let mut authorizer = Authorizer::new(self.credentials);
        if let Some(hook) = self.hook {
            authorizer = authorizer.with_hook(hook);
        }
        let inner = Inner { caller, authorizer, keys: self.keys };
        Ok(Client { inner: Arc::new(inner) })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // the URL is not shown before it is known to hold no password
        f.debug_struct("ClientBuilder")
            .field("credentials", &self.credentials)
            .field("keys", &self.keys)
            .field("hook", &self.hook.is_some())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Where a walk from page to page is, and for how long it has found nothing.
#[derive(Debug)]
struct Walk {
    state: PageState,
    empty_in_a_row: u32,
}

impl Walk {
    fn from(cursor: Option<Cursor>) -> Self {
        let state = cursor.map_or_else(PageState::start, PageState::resume);
        Self { state, empty_in_a_row: 0 }
    }

    fn resume(fingerprint: &str, checkpoint: Checkpoint) -> Result<Self, Error> {
        if checkpoint.request != fingerprint {
            return Err(Error::invalid("the checkpoint is of another request"));
        }
        Ok(Self::from(checkpoint.cursor))
    }

    /// Moves on behind a page.
    fn advance<T>(&mut self, name: &'static str, page: &Page<T>) -> Result<(), Error> {
        let failed = |what| Error::unreadable(name, page.raw.as_bytes(), DecodeError::new(what));
        self.empty_in_a_row = if page.items.is_empty() && page.skipped.is_empty() {
            self.empty_in_a_row + 1
        } else {
            0
        };
        if self.empty_in_a_row >= MAX_EMPTY_PAGES && page.next.is_some() {
            return Err(failed("50 pages in a row were empty, and it promises more"));
        }
        self.state
            .advance(page.next.clone())
            .map_err(|_| failed("it leads back to a page that was read already"))
    }
}

/// Reads the records of a chat page by page.
///
/// It ends where a page names no further one, never at a page that is short or empty: filters may
/// thin pages out. Store a page, then save [`checkpoint`](Self::checkpoint): a crash then repeats
/// one page and skips none. How long a cursor can be used is not documented; if it cannot be any
/// more, walk the span of time again.
#[derive(Debug)]
pub struct RecordsPager {
    client: Client,
    request: RecordsRequest,
    walk: Walk,
}

impl RecordsPager {
    /// The next page; `None` after the last one. After an error the same page is tried again.
    ///
    /// # Errors
    ///
    /// As [`Client::records`]; and when the vendor leads back to a page that was read, or through 50
    /// empty pages in a row.
    pub async fn next_page(&mut self) -> Result<Option<Page<Record>>, Error> {
        if self.walk.state.is_done() {
            return Ok(None);
        }
        let request = self.request.clone().with_cursor(self.walk.state.cursor().cloned());
        let page = self.client.records(&request).await?;
        self.walk.advance(RecordsRequest::NAME, &page)?;
        Ok(Some(page))
    }

    /// Where the next page starts, to be saved once the last one is stored. After the end, it is
    /// where the last page started.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(self.request.fingerprint(), self.walk.state.cursor().cloned())
    }
}

/// Reads raw records page by page, as [`RecordsPager`] does plain ones.
#[derive(Debug)]
pub struct RawRecordsPager {
    client: Client,
    request: RawRecordsRequest,
    walk: Walk,
}

impl RawRecordsPager {
    /// The next page; `None` after the last one. After an error the same page is tried again.
    ///
    /// # Errors
    ///
    /// As [`Client::raw_records`]; and when the vendor leads back to a page that was read, or
    /// through 50 empty pages in a row.
    pub async fn next_page(&mut self) -> Result<Option<Page<RawRecord>>, Error> {
        if self.walk.state.is_done() {
            return Ok(None);
        }
        let request = self.request.clone().with_cursor(self.walk.state.cursor().cloned());
        let page = self.client.raw_records(&request).await?;
        self.walk.advance(RawRecordsRequest::NAME, &page)?;
        Ok(Some(page))
    }

    /// Where the next page starts, to be saved once the last one is stored. After the end, it is
    /// where the last page started.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(self.request.fingerprint(), self.walk.state.cursor().cloned())
    }
}
