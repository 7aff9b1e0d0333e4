//! What a sync engine needs of the vendor: `chat_core::Source`.

mod groups;
mod lasting;
mod renew;

use std::borrow::Cow;
use std::fmt;
use std::future::ready;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use chat_core::{
    BoxFuture, CallCount, Capabilities, ErrorKind, Failed, MediaError, MediaInfo, MediaItem,
    MediaLink, Message, Page, PageRequest, Partition, Source, SourceError, SourcePage, UnixMillis,
    VendorError, Window, Windowing,
};
use sha2::{Digest, Sha256};

use crate::client::Client;
use crate::convert::{Conversion, VENDOR, until};
use crate::error::Error;
use crate::records::raw::{self, RawRecord, RawRecordsRequest};
use crate::records::{
    ExternalUsersRequest, Order, Record, RecordsRequest, read_page, short_digest,
};

/// To be raised when `convert.rs` gives other messages for the same records.
const CONVERSION: u32 = 2;

const SECOND_MS: i64 = 1000;
const DAY_MS: i64 = 86_400_000;
/// Three days is the limit of raw listings, and whether exactly three pass is not documented.
const RAW_WINDOW_MS: i64 = 2 * DAY_MS;
const DEFAULT_WINDOW_DAYS: u32 = 3;

/// What the vendor's pages leave open, and what is done about it.
const ASSUMPTIONS: [&str; 8] = [
    "start_time and end_time select by send time; whether they are inclusive is not documented, so \
     each window begins a second early",
    "an empty next_cursor is the end; pages that are short or empty before it are not",
    "a recall changes the record that it recalls, comes as a record of its own, or both",
    "errcode 0 is success, whatever errmsg says; the codes are those of enterprise WeChat beneath, \
     for the platform lists none",
    "where a plain recall comes as a record of its own only, the message that it recalls is not \
     marked: the record does not name it",
    "links to files live for an hour, and reading a record again gives fresh ones",
    "an empty address of a file means that the platform does not have the file, or not yet: the \
     message has an attachment without a link, and the look-back reads it again",
    "records arrive some 20 seconds after they were sent: a window should end some minutes ago",
];

const CHAT_ASSUMPTIONS: [&str; 4] = [
    "single chats cannot be listed: those that are not named in the configuration are missing",
    "group chats are listed by member: those without an external contact are missing unless they, \
     or an employee in them, are named",
    "a plain record does not say whether an employee or a customer sent it: direction is unknown",
    "the plain listing names no limit for page_size and for the span of time; those of the raw \
     listing are kept",
];

const RAW_ASSUMPTIONS: [&str; 3] = [
    "without chat_id the raw listing is that of the whole enterprise",
    "sender_type 1 is an employee and 2 an external contact, as in the plain listing",
    "the bodies of raw records are enterprise WeChat's own; the vendor shows that of a picture only",
];

/// The records of an application as a [`Source`]: chat by chat, or raw and all at once.
///
/// In raw mode a stored page is not the vendor's answer, which is encrypted, but
/// [that answer opened](crate::Encrypted::into_page); so it is read again without keys.
///
/// `Debug` shows how many chats and employees were named, not which.
#[derive(Clone)]
pub struct RecordSource {
    client: Client,
    conversion: Conversion,
    page_size: u32,
    mode: Mode,
    /// What the last list of chats is known to lack.
    lacking: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone)]
enum Mode {
    Chats { chats: Vec<String>, groups: bool, employees: Vec<String>, window_days: u32 },
    Raw,
}

impl RecordSource {
    /// Some chats (`chat_id`s) that `client` can read, under a name of the caller's: plain records,
    /// one partition for each chat.
    pub fn new<C: Into<String>>(
        name: impl Into<Arc<str>>,
        client: Client,
        chats: impl IntoIterator<Item = C>,
    ) -> Self {
        let mode = Mode::Chats {
            chats: chats.into_iter().map(Into::into).collect(),
            groups: false,
            employees: Vec::new(),
            window_days: DEFAULT_WINDOW_DAYS,
        };
        Self::of(name.into(), client, mode)
    }

    /// All raw records of the enterprise, in one partition. `client` must have the
    /// [keys](crate::ClientBuilder::with_decryption_keys).
    pub fn raw(name: impl Into<Arc<str>>, client: Client) -> Self {
        Self::of(name.into(), client, Mode::Raw)
    }

    fn of(name: Arc<str>, client: Client, mode: Mode) -> Self {
        Self {
            client,
            conversion: Conversion::new(name),
            page_size: RecordsRequest::DEFAULT_PAGE_SIZE,
            mode,
            lacking: Arc::default(),
        }
    }

    /// Also all group chats that an external contact is in. That takes a call for each contact,
    /// every time. Of no effect in raw mode, which reads every chat.
    #[must_use]
    pub fn with_groups(mut self) -> Self {
        if let Mode::Chats { groups, .. } = &mut self.mode {
            *groups = true;
        }
        self
    }

    /// Also all group chats that these employees (`qw_user_id`s) are in. Of no effect in raw mode.
    #[must_use]
    pub fn with_groups_of_employees<E: Into<String>>(
        mut self,
        ids: impl IntoIterator<Item = E>,
    ) -> Self {
        if let Mode::Chats { employees, .. } = &mut self.mode {
            employees.extend(ids.into_iter().map(Into::into));
        }
        self
    }

    /// Pages of another size, 1 to 1000; 100 by default. Another size fails when a page is fetched.
    #[must_use]
    pub const fn with_page_size(mut self, page_size: u32) -> Self {
        self.page_size = page_size;
        self
    }

    /// Windows of at most so many days, at least one; 3 by default. Of no effect in raw mode, whose
    /// windows have 2.
    #[must_use]
    pub fn with_window_days(mut self, days: u32) -> Self {
        if let Mode::Chats { window_days, .. } = &mut self.mode {
            *window_days = days.max(1);
        }
        self
    }

    fn conversion_of(&self, partition: &Partition) -> Conversion {
        match self.mode {
            Mode::Chats { .. } => self.conversion.clone().with_chat_id(partition.key.as_str()),
            Mode::Raw => self.conversion.clone(),
        }
    }

    fn chat_request(&self, chat: &str, window: Window) -> RecordsRequest {
        let (start, end) = asked(window);
        RecordsRequest::new(chat, start, end).with_page_size(self.page_size)
    }

    fn raw_request(&self, window: Window) -> RawRecordsRequest {
        let (start, end) = asked(window);
        RawRecordsRequest::new(start, end).with_page_size(self.page_size)
    }

    async fn fetch_page(&self, request: &PageRequest) -> Result<SourcePage, SourceError> {
        let Some(window) = request.window else {
            return Err(SourceError::unsent(Error::invalid(
                "records are asked for by a span of time",
            )));
        };
        let cursor = request.cursor.clone();
        let asked_at = self.client.now();
        let mut page = match self.mode {
            Mode::Chats { .. } => {
                let asked = self.chat_request(&request.partition.key, window).with_cursor(cursor);
                let page = self.client.call(&asked).await?;
                self.convert(&request.partition, page, Record::into_message)
            }
            Mode::Raw => {
                let asked = self.raw_request(window).with_cursor(cursor);
                let page = self.client.call_raw(&asked).await?;
                self.convert(&request.partition, page, RawRecord::into_message)
            }
        };
        let files = page.records.iter_mut().flat_map(|record| &mut record.message.attachments);
        for file in files {
            file.link = file.link.take().map(|link| end_within_the_hour(link, asked_at));
        }
        Ok(page)
    }

    fn convert<R>(
        &self,
        partition: &Partition,
        page: Page<R>,
        into_message: fn(R, &Conversion) -> Message,
    ) -> SourcePage {
        let conversion = self.conversion_of(partition);
        SourcePage::from_page(page, |record| into_message(record, &conversion))
    }

    /// The cheapest call: one record of the last second, or a list; raw, the newest record that can
    /// be asked for, for keys show in a record only.
    async fn check_credentials(&self) -> Result<(), SourceError> {
        let now = self.client.now();
        let back_to = |ms: i64| Window::new(now.plus_ms(-ms).get(), now.get());
        let checked = match &self.mode {
            Mode::Raw => {
                let request = self.raw_request(back_to(RAW_WINDOW_MS)).with_page_size(1);
                let request = request.with_order(Order::Descending);
                self.client.call_raw(&request).await.map(drop)
            }
            Mode::Chats { chats, .. } => {
                if let Some(chat) = chats.first() {
                    let request = self.chat_request(chat, back_to(SECOND_MS)).with_page_size(1);
                    self.client.call(&request).await.map(drop)
                } else {
                    let request = ExternalUsersRequest::new().with_last_chat_at(now);
                    self.client.call(&request).await.map(drop)
                }
            }
        };
        match checked {
            // who is told that this chat may not be read is known, and may read others
            Err(Failed { error: error @ Error::Api { .. }, .. })
                if error.kind() == ErrorKind::InvalidRequest =>
            {
                Ok(())
            }
            checked => Ok(checked?),
        }
    }

    async fn list_partitions(&self) -> Result<Vec<Partition>, SourceError> {
        let Mode::Chats { chats, groups, employees, .. } = &self.mode else {
            return Ok(vec![Partition::whole()]);
        };
        let mut found = groups::Found::new(&self.client);
        found.add(chats.iter().cloned());
        for employee in employees {
            found.groups_of_employee(employee).await?;
        }
        if *groups {
            found.groups_of_external_users().await?;
        }
        let (chats, lacking) = found.done();
        *self.lacking.lock().unwrap_or_else(PoisonError::into_inner) = lacking;
        Ok(chats.into_iter().map(Partition::new).collect())
    }
}

/// What is asked for a window: a second more, since nothing says whether its bounds count.
fn asked(window: Window) -> (UnixMillis, UnixMillis) {
    let start = window.from().plus_ms(-SECOND_MS);
    (start.max(UnixMillis::new(0)), window.to())
}

/// A link that does not say itself when it dies.
fn end_within_the_hour(link: MediaLink, asked_at: UnixMillis) -> MediaLink {
    let expires_at = link.expires_at().unwrap_or_else(|| until(asked_at));
    link.with_expires_at(Some(expires_at))
}

impl fmt::Debug for RecordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RecordSource");
        shown.field("name", &self.conversion.source).field("client", &self.client);
        shown.field("page_size", &self.page_size);
        match &self.mode {
            Mode::Chats { chats, groups, employees, window_days } => shown
                .field("mode", &"chats")
                .field("chats", &chats.len())
                .field("groups", groups)
                .field("employees", &employees.len())
                .field("window_days", window_days),
            Mode::Raw => shown.field("mode", &"raw"),
        };
        shown.finish_non_exhaustive()
    }
}

impl Source for RecordSource {
    fn name(&self) -> &str {
        &self.conversion.source
    }

    fn vendor(&self) -> &'static str {
        VENDOR
    }

    fn fingerprint(&self) -> String {
        // the application id opens chats: a digest tells applications apart as well
        let app =
            short_digest(Sha256::new_with_prefix(self.client.credentials().app_id().expose()));
        let mode = match self.mode {
            Mode::Chats { .. } => "chat",
            Mode::Raw => "raw",
        };
        format!("app {app}, mode {mode}, conversion {CONVERSION}")
    }

    fn capabilities(&self) -> Capabilities {
        let (max_ms, own, partial): (_, &[&str], _) = match &self.mode {
            Mode::Chats { groups, employees, window_days, .. } => {
                let window_ms = i64::from(*window_days) * DAY_MS;
                (window_ms, &CHAT_ASSUMPTIONS, *groups || !employees.is_empty())
            }
            Mode::Raw => (RAW_WINDOW_MS, &RAW_ASSUMPTIONS, false),
        };
        let windowing = Windowing::Closed {
            grain_ms: SECOND_MS,
            max_ms: Some(max_ms),
            // without a total nothing tells that a window is large
            max_rows: u64::MAX,
        };
        let mut capabilities = Capabilities::new(windowing, self.page_size);
        capabilities.partial_partitions = partial;
        capabilities.states_end = true;
        capabilities.assumptions =
            ASSUMPTIONS.iter().chain(own).map(|sentence| Cow::Borrowed(*sentence)).collect();
        capabilities
    }

    fn check(&self) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(self.check_credentials())
    }

    fn partitions(&self) -> BoxFuture<'_, Result<Vec<Partition>, SourceError>> {
        match self.mode {
            Mode::Chats { .. } => Box::pin(self.list_partitions()),
            Mode::Raw => Box::pin(ready(Ok(vec![Partition::whole()]))),
        }
    }

    fn lacking(&self) -> Vec<String> {
        self.lacking.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fetch<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> BoxFuture<'a, Result<SourcePage, SourceError>> {
        Box::pin(self.fetch_page(request))
    }

    fn read(&self, partition: &Partition, body: Vec<u8>) -> Result<SourcePage, SourceError> {
        match self.mode {
            Mode::Chats { .. } => {
                let page = read_page(body).map_err(SourceError::unsent)?;
                Ok(self.convert(partition, page, Record::into_message))
            }
            Mode::Raw => {
                let page = raw::read_page(body).map_err(SourceError::unsent)?;
                Ok(self.convert(partition, page, RawRecord::into_message))
            }
        }
    }

    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        a == b || lasting::same(a, b)
    }

    fn renew_media<'a>(
        &'a self,
        item: &'a MediaItem,
    ) -> BoxFuture<'a, Result<Option<Vec<Option<MediaLink>>>, SourceError>> {
        Box::pin(self.fresh_links(item))
    }

    fn fetch_media<'a>(
        &'a self,
        link: &'a MediaLink,
        sink: &'a mut (dyn Write + Send),
        limit_bytes: u64,
    ) -> BoxFuture<'a, Result<MediaInfo, MediaError>> {
        Box::pin(self.client.fetch_media(link, sink, limit_bytes))
    }

    fn calls(&self) -> CallCount {
        self.client.calls()
    }
}
