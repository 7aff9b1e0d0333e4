//! The client: the only file that sends, with its parts in `client/`.

mod calls;
mod listing;
mod pager;
mod session;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chat_core::{
    CallCount, Caller, Clock, ConnectOptions, Endpoint, Failed, Page, RetryPolicy, Transport,
    UnixMillis,
};

use session::{Session, TokenCell, prove_credentials};

use crate::auth::Credentials;
use crate::error::Error;
use crate::media::{DownloadRequest, DownloadedFile};
use crate::paging::OffsetUnit;
use crate::records::{Record, RecordsRequest};
use crate::token::AccessTokenRequest;
use crate::user::User;

pub use calls::{CallsClient, CallsClientBuilder};
pub use pager::RecordsPager;

/// The vendor documents no limit; this is what its pages recommend elsewhere.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// Pages of fewer records are rarely cut: it is cheaper to look behind them than to cut their span
/// of time.
const PAGE_FLOOR: u32 = 10;

/// Reads chat history. Cheap to clone; clones share connections, pace, tokens and what was learned
/// of the server.
///
/// ```no_run
/// # async fn example() -> Result<(), bes_ccmessaging::Error> {
/// use bes_ccmessaging::{Client, Credentials};
/// use bes_ccmessaging::chat_core::UnixMillis;
///
/// let credentials = Credentials::new("app-key", "app-secret", "202207292843442389", "WEB");
/// let client = Client::builder("https://service.besclouds.com", credentials).build()?;
/// let request = client
///     .records_of("1659490221026188522")
///     .with_start(UnixMillis::new(1_659_910_093_000))
///     .with_end(UnixMillis::new(1_659_938_956_000));
/// let page = client.records(&request).await?;
/// println!("{} records", page.items.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    /// Calls to the API.
    caller: Caller,
    /// Calls for access tokens, which may live behind another port.
    token_caller: Caller,
    credentials: Credentials,
    locale: String,
    token_lifetime_s: u32,
    access_token: TokenCell,
    /// One token for each user of each channel.
    messaging_tokens: Mutex<BTreeMap<(String, User), Arc<TokenCell>>>,
    /// The most records that any page had so far: the server's own limit is no lower.
    largest_page: AtomicU64,
    /// Pages of fewer records are looked behind; those of as many or more count as cut.
    page_floor: u64,
    offset_unit: async_lock::Mutex<Option<OffsetUnit>>,
    /// True once a page behind a first one was what the unit lets expect.
    is_unit_confirmed: AtomicBool,
}

impl Client {
    /// A client for a domain, as `https://service.besclouds.com`. No domain is a default: each
    /// deployment has its own.
    pub fn builder(base_url: impl AsRef<str>, credentials: Credentials) -> ClientBuilder {
        ClientBuilder {
            base_url: base_url.as_ref().to_owned(),
            token_url: None,
            credentials,
            locale: "zh".to_owned(),
            token_lifetime_s: AccessTokenRequest::DEFAULT_LIFETIME_S,
            page_floor: PAGE_FLOOR,
            options: ConnectOptions::new(MIN_INTERVAL),
        }
    }

    /// A request for the records of a user of this client's channel.
    pub fn records_of(&self, user: impl Into<User>) -> RecordsRequest {
        let credentials = &self.inner.credentials;
        RecordsRequest::new(credentials.channel_id(), credentials.channel(), user)
    }

    /// Reads one page, exactly as `request` asks. The page never has a `next`: the vendor gives
    /// neither a total nor a cursor. [`records_pager`](Self::records_pager) goes on from page to
    /// page.
    ///
    /// Tokens are fetched and renewed as needed. Failures that pass by themselves are tried again;
    /// see [`ClientBuilder::with_retry_policy`].
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] before anything is sent: no user, or one whose id is longer than
    /// 32 characters, a limit of 0, an end before the start. Else the error of the last attempt:
    /// the vendor refused this call or a token for it, could not be reached, or answered something
    /// that is no page.
    pub async fn records(&self, request: &RecordsRequest) -> Result<Page<Record>, Error> {
        self.call_records(request).await.map_err(|failed| failed.error)
    }

    /// Fetches a file of a message.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] before anything is sent: no file, or one of a type that the
    /// vendor does not serve. Else as [`records`](Self::records); the vendor's codes are 13, 401
    /// and 2.
    pub async fn download(&self, request: &DownloadRequest) -> Result<DownloadedFile, Error> {
        self.call_download(request).await.map_err(|failed| failed.error)
    }

    /// How many requests were sent so far, by this client and its clones, those for tokens
    /// included.
    pub fn calls(&self) -> CallCount {
        let (api, token) = (self.inner.caller.calls(), self.inner.token_caller.calls());
        CallCount::new(api.requests + token.requests, api.retries + token.retries)
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.inner.credentials
    }

    pub(crate) fn now(&self) -> UnixMillis {
        self.inner.caller.now()
    }

    /// True once it is known that the server ignores `offset`.
    pub(crate) fn ignores_offset(&self) -> bool {
        self.inner.offset_unit.try_lock().is_some_and(|unit| *unit == Some(OffsetUnit::Ignored))
    }

    pub(crate) async fn call_records(
        &self,
        request: &RecordsRequest,
    ) -> Result<Page<Record>, Failed<Error>> {
        self.call(request, request.channel_id(), request.user()).await
    }

    pub(crate) async fn call_download(
        &self,
        request: &DownloadRequest,
    ) -> Result<DownloadedFile, Failed<Error>> {
        self.call(request, request.channel_id(), request.user()).await
    }

    /// Makes sure that there is an access token.
    pub(crate) async fn prove_credentials(&self) -> Result<(), Failed<Error>> {
        prove_credentials(&self.inner).await
    }

    /// Makes a call with the tokens of a user of a channel.
    async fn call<E>(
        &self,
        endpoint: &E,
        channel_id: &str,
        user: &User,
    ) -> Result<E::Output, Failed<Error>>
    where
        E: Endpoint<Error = Error>,
    {
        let session = Session::new(&self.inner, channel_id, user);
        let called = self.inner.caller.call(endpoint, &session).await;
        called.map_err(|failed| session.complete(failed))
    }
}

/// An error that no attempt of its own led to.
const fn unsent(error: Error) -> Failed<Error> {
    Failed::new(error, 0)
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
    token_url: Option<String>,
    credentials: Credentials,
    locale: String,
    token_lifetime_s: u32,
    page_floor: u32,
    options: ConnectOptions,
}

impl ClientBuilder {
    /// Another place for access tokens; by default the base URL. Newer pages of the vendor's name
    /// its port 28070, as `https://service.besclouds.com:28070`.
    #[must_use]
    pub fn with_token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = Some(url.into());
        self
    }

    /// Another language for the tokens of users: a language with or without a country, as `en` or
    /// `zh_CN`. `zh` by default.
    #[must_use]
    pub fn with_locale(mut self, locale: impl Into<String>) -> Self {
        self.locale = locale.into();
        self
    }

    /// Another lifetime to ask for with access tokens, 1 to 3600 seconds; 600 by default, as in the
    /// vendor's own example.
    #[must_use]
    pub const fn with_token_lifetime_s(mut self, lifetime_s: u32) -> Self {
        self.token_lifetime_s = lifetime_s;
        self
    }

    /// The least records of a page that counts as cut without a look behind it. A smaller page, as
    /// long as no larger one was seen, is looked behind with one or two more calls at the next
    /// offsets; one of this size or more is read again in shorter spans of time (or followed, by a
    /// pager), which costs more calls and depends on no offset. 10 by default; with 1 no page is
    /// looked behind.
    #[must_use]
    pub const fn with_page_floor(mut self, records: u32) -> Self {
        self.page_floor = records;
        self
    }

    /// How often and how patiently a call is tried; by default [`RetryPolicy::default`].
    #[must_use]
    pub fn with_retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.options.policy = policy;
        self
    }

    /// The least time between the starts of two requests; a second by default, zero for none. The
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

    /// Lets URLs start with `http://`, which is refused by default except on loopback.
    #[must_use]
    pub const fn allow_http(mut self, allow: bool) -> Self {
        self.options.allow_http = allow;
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] when a URL cannot be used, a credential is empty or holds white
    /// space, a setting is out of range, or there is no transport. [`Error::Transport`] when TLS
    /// cannot be set up.
    pub fn build(mut self) -> Result<Client, Error> {
        self.credentials.check()?;
        if !(1..=AccessTokenRequest::MAX_LIFETIME_S).contains(&self.token_lifetime_s) {
            return Err(Error::invalid("the lifetime of a token is not 1 to 3600 seconds"));
        }
        if self.page_floor == 0 || self.locale.is_empty() {
            return Err(Error::invalid("the page floor is 0, or the locale is empty"));
        }
        let token_url = self.token_url.as_ref().unwrap_or(&self.base_url);
        let inner = Inner {
            caller: self.options.caller(&self.base_url)?,
            token_caller: self.options.caller(token_url)?,
            credentials: self.credentials,
            locale: self.locale,
            token_lifetime_s: self.token_lifetime_s,
            access_token: TokenCell::default(),
            messaging_tokens: Mutex::default(),
            largest_page: AtomicU64::new(0),
            page_floor: u64::from(self.page_floor),
            offset_unit: async_lock::Mutex::default(),
            is_unit_confirmed: AtomicBool::new(false),
        };
        Ok(Client { inner: Arc::new(inner) })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // the URLs are not shown before they are known to hold no password
        f.debug_struct("ClientBuilder")
            .field("credentials", &self.credentials)
            .field("locale", &self.locale)
            .field("token_lifetime_s", &self.token_lifetime_s)
            .field("page_floor", &self.page_floor)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
