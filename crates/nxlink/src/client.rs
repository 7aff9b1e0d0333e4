//! The client: the only file that sends.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use chat_core::{
    CallCount, Caller, Checkpoint, Clock, ConnectOptions, Cursor, DecodeError, Endpoint, Failed,
    MediaError, MediaInfo, MediaLink, Page, PageState, RetryPolicy, Transport, UnixMillis,
};

use crate::auth::{Credentials, SignatureAlgorithm, Signer};
use crate::error::{ApiCode, Error};
use crate::records::{Record, RecordsRequest};

/// The gateway of Indonesia. Keys, tenants and records belong to one region each.
pub const GATEWAY_IDN: &str = "https://api-idn.nxlink.ai";
/// The gateway of Hong Kong, for Asia and the Pacific.
pub const GATEWAY_HK: &str = "https://api-hk.nxlink.ai";
/// The gateway of the Americas. The vendor documents chat records on the other two only.
pub const GATEWAY_AMERICAS: &str = "https://chl-api.nxlink.ai";

/// The pace that is known to be borne; the vendor names no limit.
const MIN_INTERVAL: Duration = Duration::from_millis(500);

/// Reads chat records. Cheap to clone; clones share connections, pace and what was learned of the
/// server's clock.
///
/// ```no_run
/// # async fn example() -> Result<(), nxlink::Error> {
/// use nxlink::{Client, Credentials, GATEWAY_HK, RecordsRequest};
///
/// let credentials = Credentials::new(1, "appkey", "access-key", "access-secret");
/// let client = Client::builder(GATEWAY_HK, credentials).build()?;
/// let page = client.records(&RecordsRequest::new()).await?;
/// println!("{} of {:?} records", page.items.len(), page.total);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    caller: Caller,
    signer: Signer,
}

impl Client {
    /// A client for a gateway, as [`GATEWAY_HK`]. No gateway is a default: the credentials say
    /// nothing of theirs.
    pub fn builder(base_url: impl AsRef<str>, credentials: Credentials) -> ClientBuilder {
        ClientBuilder {
            base_url: base_url.as_ref().to_owned(),
            credentials,
            algorithm: SignatureAlgorithm::default(),
            options: ConnectOptions::new(MIN_INTERVAL),
        }
    }

    /// Reads one page.
    ///
    /// Failures that pass by themselves are tried again, each time signed anew; see
    /// [`ClientBuilder::with_retry_policy`].
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] before anything is sent: a page size that is not 1 to 100, an end
    /// before the start, an empty filter. Else the error of the last attempt: the vendor refused
    /// the call, could not be reached, or answered something that is no page.
    pub async fn records(&self, request: &RecordsRequest) -> Result<Page<Record>, Error> {
        self.call(request).await.map_err(|failed| failed.error)
    }

    /// Reads a listing page by page, from the page that `request` names.
    pub fn records_pager(&self, request: RecordsRequest) -> RecordsPager {
        RecordsPager { client: self.clone(), request, state: PageState::start() }
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
        if checkpoint.request != request.fingerprint() {
            return Err(Error::invalid("the checkpoint is of another request"));
        }
        let state = match checkpoint.cursor {
            None => PageState::start(),
            Some(cursor) => {
                page_number(&cursor)?;
                PageState::resume(cursor)
            }
        };
        Ok(RecordsPager { client: self.clone(), request, state })
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

    /// How far the server's clock is ahead of the local one, in milliseconds, as far as that had
    /// to be learned. Requests are signed with the server's time.
    pub fn clock_offset_ms(&self) -> i64 {
        self.inner.signer.clock_offset_ms()
    }

    pub(crate) fn tenant_id(&self) -> i64 {
        self.inner.signer.credentials().tenant_id()
    }

    pub(crate) fn now(&self) -> UnixMillis {
        self.inner.caller.now()
    }

    /// Makes a call, and completes its error with what only the client knows.
    pub(crate) async fn call<E>(&self, endpoint: &E) -> Result<E::Output, Failed<Error>>
    where
        E: Endpoint<Error = Error>,
    {
        let Inner { caller, signer, .. } = &*self.inner;
        caller.call(endpoint, signer).await.map_err(|mut failed| {
            failed.error.mask(&signer.credentials().blots());
            if let Error::Api { code, server_time, clock_offset_ms, .. } = &mut failed.error
                && *code == ApiCode::TimestampExpired
            {
                let ahead = |server: UnixMillis| server.get().saturating_sub(self.now().get());
                *clock_offset_ms = server_time.map(ahead);
            }
            failed
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("caller", &self.inner.caller)
            .field("signer", &self.inner.signer)
            .finish_non_exhaustive()
    }
}

/// Sets a [`Client`] up.
pub struct ClientBuilder {
    base_url: String,
    credentials: Credentials,
    algorithm: SignatureAlgorithm,
    options: ConnectOptions,
}

impl ClientBuilder {
    /// Another digest for signatures; MD5 by default.
    #[must_use]
    pub const fn with_signature(mut self, algorithm: SignatureAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// How often and how patiently a call is tried; by default [`RetryPolicy::default`].
    #[must_use]
    pub fn with_retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.options.policy = policy;
        self
    }

    /// The least time between the starts of two requests; 500 ms by default, zero for none. The
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
    /// query holds the appkey.
    #[must_use]
    pub const fn allow_http(mut self, allow: bool) -> Self {
        self.options.allow_http = allow;
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] when the base URL cannot be used, a credential is empty or holds
    /// white space, or there is no transport. [`Error::Transport`] when TLS cannot be set up.
    pub fn build(mut self) -> Result<Client, Error> {
        self.credentials.check()?;
        let caller = self.options.caller(&self.base_url)?;
        let signer = Signer::new(self.credentials, self.algorithm);
        let inner = Inner { caller, signer };
        Ok(Client { inner: Arc::new(inner) })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // the URL is not shown before it is known to hold no password
        f.debug_struct("ClientBuilder")
            .field("credentials", &self.credentials)
            .field("algorithm", &self.algorithm)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Reads a listing page by page.
///
/// It ends where page number times page size reaches the vendor's `total`, never at a page that is
/// short or empty before that; without a total, at the first empty page. Store a page, then save
/// [`checkpoint`](Self::checkpoint): a crash then repeats one page and skips none.
///
/// Pages are counted, so records that are added or removed in front of the present page shift the
/// others. Walk a span of time that has ended, oldest first, and compare the number of distinct
/// ids with the total.
#[derive(Debug)]
pub struct RecordsPager {
    client: Client,
    request: RecordsRequest,
    state: PageState,
}

impl RecordsPager {
    /// The next page; `None` after the last one. After an error the same page is tried again.
    ///
    /// # Errors
    ///
    /// As [`Client::records`].
    pub async fn next_page(&mut self) -> Result<Option<Page<Record>>, Error> {
        if self.state.is_done() {
            return Ok(None);
        }
        let number = match self.state.cursor() {
            None => self.request.page_number(),
            Some(cursor) => page_number(cursor)?,
        };
        let request = self.request.clone().with_page_number(number);
        let page = self.client.records(&request).await?;
        if self.state.advance(page.next.clone()).is_err() {
            let source = DecodeError::new("it leads back to a page that was read already");
            return Err(Error::unreadable(RecordsRequest::NAME, page.raw.as_bytes(), source));
        }
        Ok(Some(page))
    }

    /// Where the next page starts, to be saved once the last one is stored. After the end, it is
    /// where the last page started.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(self.request.fingerprint(), self.state.cursor().cloned())
    }
}

/// Our cursors are page numbers.
pub(crate) fn page_number(cursor: &Cursor) -> Result<u32, Error> {
    let number = cursor.as_str().parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Error::invalid("the cursor is not a page number"))
}
