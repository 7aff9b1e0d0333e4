//! What a sync engine needs of the vendor: `chat_core::Source`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chat_core::{
    BoxFuture, CallCount, Capabilities, Cursor, ErrorKind, MediaError, MediaErrorKind, MediaInfo,
    MediaItem, MediaLink, Page, PageRequest, Partition, Source, SourceError, SourcePage,
    UnixMillis, VendorError, Window, Windowing,
};
use serde_json::value::RawValue;

use crate::client::{CallsClient, Client};
use crate::convert::{Conversion, VENDOR};
use crate::error::{ApiCode, Error};
use crate::media::{DownloadRequest, FileTarget};
use crate::paging::{Position, rows};
use crate::records::{Record, RecordsRequest, read_page};
use crate::user::User;

/// To be raised when `convert.rs` gives other messages for the same records.
const CONVERSION: u32 = 1;

/// The vendor's times may be precise to a second only.
const SECOND_MS: i64 = 1000;

/// So many users are tried. If all are refused and there are more, the others are left to show
/// themselves.
const CHECKED_USERS: usize = 3;

/// What the vendor's pages leave open, and what is done about it.
const ASSUMPTIONS: [&str; 11] = [
    "no call lists all users: the history is complete only for the users that are named",
    "sendTime, startTime and endTime are milliseconds since 1970 in UTC, as in the vendor's \
     samples",
    "startTime and endTime select by sendTime; windows overlap by a millisecond and end at whole \
     seconds, so that nothing is lost whether bounds count or not",
    "a page with fewer records than were asked for, and than an earlier page, is whole, for the \
     vendor gives no total; a page of fewer than ten if the next offset brings nothing new",
    "what offset counts is found out from small pages and held against a large one; it is needed \
     only for that and where a second has more records than a page",
    "the records of a span of time stay in the same order from call to call",
    "conversations that only a bot handled may be missing: the vendor lists those that reached an \
     agent",
    "file ids do not expire; files above 2 MB are refused unless the vendor has raised the limit",
    "a picture, video or sound that does not say its type is served as jpg, mp4 or mp3",
    "an extension bmp or jpeg is served like the documented ones",
    "each user has a token of its own; asking for one sends the name that was given with the user, \
     or else the user's id as the name, which is taken to change nothing there",
];

/// What is assumed where users come from the list of calls.
const CALLS_ASSUMPTION: &str = "the caller's number of a chat in the list of calls is the user's id in the channel; the list \
     has the chats of the last day that customers began, and no others; its count is the number \
     of all its calls";

/// Whose history is read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Users {
    /// These.
    Listed(Vec<User>),
    /// Those that had a chat in the last day. Run it every day.
    OfCalls(CallsClient),
}

impl From<Vec<User>> for Users {
    fn from(users: Vec<User>) -> Self {
        Self::Listed(users)
    }
}

impl From<CallsClient> for Users {
    fn from(calls: CallsClient) -> Self {
        Self::OfCalls(calls)
    }
}

/// The chat history of the users of one channel as a [`Source`]: a partition for each user.
///
/// `Debug` counts the users, and shows none.
#[derive(Clone)]
pub struct RecordSource {
    name: Arc<str>,
    client: Client,
    users: Arc<BTreeMap<String, User>>,
    calls: Option<CallsClient>,
    page_size: u32,
    ignores_times: Arc<AtomicBool>,
}

impl RecordSource {
    /// The history that `client` can read, of these users, under a name of the caller's.
    pub fn new(name: impl Into<Arc<str>>, client: Client, users: impl Into<Users>) -> Self {
        let (listed, calls) = match users.into() {
            Users::Listed(users) => (users, None),
            Users::OfCalls(calls) => (Vec::new(), Some(calls)),
        };
        let users = listed.into_iter().map(|user| (user.id().to_owned(), user)).collect();
        Self {
            name: name.into(),
            client,
            users: Arc::new(users),
            calls,
            page_size: RecordsRequest::DEFAULT_LIMIT,
            ignores_times: Arc::default(),
        }
    }

    /// Pages of another size; 100 by default, and 2 at least. The vendor's maximum is not
    /// documented: a server that gives fewer is noticed.
    #[must_use]
    pub const fn with_page_size(mut self, page_size: u32) -> Self {
        self.page_size = page_size;
        self
    }

    fn user(&self, id: &str) -> User {
        self.users.get(id).cloned().unwrap_or_else(|| User::new(id))
    }

    fn request(&self, user: User, window: Option<Window>) -> RecordsRequest {
        let request = self.client.records_of(user).with_limit(self.page_size);
        let Some(window) = window else { return request };
        // outwards to whole seconds, and a millisecond more at the start: neither bounds that do
        // not count nor a server that drops parts of a second lose anything then
        let start_ms = window.from_ms.div_euclid(SECOND_MS).saturating_mul(SECOND_MS);
        let end = window.to().plus_ms(SECOND_MS - 1).get().div_euclid(SECOND_MS);
        request
            .with_start(UnixMillis::new(start_ms.saturating_sub(1).max(0)))
            .with_end(UnixMillis::new(end.saturating_mul(SECOND_MS)))
    }

    async fn fetch_page(&self, asked: &PageRequest) -> Result<SourcePage, SourceError> {
        let user_id = asked.partition.key.as_str();
        let request = self.request(self.user(user_id), asked.window);
        let page = self.client.page_at(&request, asked.cursor.as_ref()).await?;
        self.watch_times(&page, asked.window);
        let may_be_cut = asked.cursor.is_none() && page.next.is_some();
        let mut page = self.convert(page, user_id);
        page.may_be_cut = may_be_cut;
        Ok(page)
    }

    /// Notes a server that answers with records of another time than it was asked for.
    fn watch_times(&self, page: &Page<Record>, window: Option<Window>) {
        let Some(window) = window else { return };
        let near = window.from().plus_ms(-SECOND_MS)..=window.to().plus_ms(SECOND_MS);
        if page.items.iter().filter_map(Record::sent_at).any(|sent_at| !near.contains(&sent_at)) {
            self.ignores_times.store(true, Ordering::Relaxed);
        }
    }

    fn convert(&self, page: Page<Record>, user_id: &str) -> SourcePage {
        let conversion = Conversion::new(Arc::clone(&self.name), user_id);
        SourcePage::from_page(page, |record| record.to_message(&conversion))
    }

    /// All users, or those on the first so many pages of the list of calls.
    async fn list_users(&self, pages: u32) -> Result<Vec<User>, SourceError> {
        match &self.calls {
            Some(calls) => Ok(calls.list_chat_users(pages).await?),
            None => Ok(self.users.values().cloned().collect()),
        }
    }

    async fn check_credentials(&self) -> Result<(), SourceError> {
        let unusable = self.users.values().filter(|user| user.check().is_err()).count();
        if unusable > 0 {
            let message = format!(
                "{unusable} user ids are empty or longer than {} characters",
                User::MAX_ID_CHARS
            );
            return Err(SourceError::new(ErrorKind::InvalidRequest, message));
        }
        let users = self.list_users(1).await?;
        if users.is_empty() && self.calls.is_none() {
            let message = "no user is named, and no documented call lists them";
            return Err(SourceError::new(ErrorKind::InvalidRequest, message));
        }
        if users.is_empty() {
            return Ok(self.client.prove_credentials().await?);
        }
        // the cheapest call: one record of the last second
        let now = self.client.now();
        let window = Window::new(now.plus_ms(-SECOND_MS).get(), now.get());
        let is_any_left = users.len() > CHECKED_USERS;
        let mut refusal = None;
        for user in users.into_iter().take(CHECKED_USERS) {
            let request = self.request(user, Some(window)).with_limit(1);
            match self.client.call_records(&request).await {
                Ok(_) => return Ok(()),
                // it may be this user whom the vendor does not know
                Err(failed) if is_about_user(&failed.error) => {
                    refusal.get_or_insert(failed);
                }
                Err(failed) => return Err(failed.into()),
            }
        }
        // nobody is refused as a user before the app itself was given a token
        refusal.filter(|_| !is_any_left).map_or(Ok(()), |failed| Err(failed.into()))
    }

    /// Reads the record again, in the seconds around its time.
    async fn fresh_links(
        &self,
        item: &MediaItem,
    ) -> Result<Option<Vec<Option<MediaLink>>>, SourceError> {
        let Some(sent_at) = item.sent_at else {
            let message = "the record has no time to look for it at";
            return Err(SourceError::new(ErrorKind::InvalidRequest, message));
        };
        let user_id = item.partition.key.as_str();
        let window = Window::new(sent_at.get(), sent_at.plus_ms(1).get());
        let request = self.request(self.user(user_id), Some(window));
        let (mut cursor, mut seen) = (None, HashSet::new());
        loop {
            let page = self.client.page_at(&request, cursor.as_ref()).await?;
            let known = seen.len();
            seen.extend(rows(&page));
            let is_new = seen.len() > known;
            let page = self.convert(page, user_id);
            let found = page.records.into_iter().map(|record| record.message);
            let is_it = |message: &chat_core::Message| message.id.as_str() == item.record_id;
            if let Some(message) = found.into_iter().find(is_it) {
                let links = message.attachments.into_iter().map(|attachment| attachment.link);
                return Ok(Some(links.collect()));
            }
            if page.next.is_none() {
                return Ok(None);
            }
            if !is_new {
                let message = "the server repeats its pages, so that the record is not found";
                return Err(SourceError::new(ErrorKind::Decode, message));
            }
            cursor = page.next;
        }
    }

    async fn download(
        &self,
        link: &MediaLink,
        sink: &mut (dyn Write + Send),
        limit_bytes: u64,
    ) -> Result<MediaInfo, MediaError> {
        let refused = |why| MediaError::new(MediaErrorKind::Refused(why));
        let target = FileTarget::read(link.expose());
        let target = target.ok_or_else(|| refused("it is no file of this vendor's"))?;
        let file_type = target.file_type.as_deref();
        let file_type = file_type.ok_or_else(|| refused("the message does not say its type"))?;
        if !DownloadRequest::is_served(file_type) {
            return Err(refused("the vendor does not serve files of its type"));
        }
        let channel_id = self.client.credentials().channel_id();
        let request =
            DownloadRequest::new(channel_id, self.user(&target.user), target.file_id, file_type)
                .of_library(target.is_library_file);
        let file =
            self.client.call_download(&request).await.map_err(|failed| lost(failed.error))?;
        let size_bytes = file.bytes.len() as u64;
        // a longer file is whole at any rate: the size is the sender's word
        if target.size_bytes.is_some_and(|stated| size_bytes < stated) {
            let cut = "the file is shorter than its message says";
            return Err(MediaError::new(MediaErrorKind::Interrupted).with_source(cut));
        }
        if size_bytes > limit_bytes {
            return Err(MediaError::new(MediaErrorKind::TooLarge));
        }
        sink.write_all(&file.bytes)
            .map_err(|error| MediaError::new(MediaErrorKind::Local).with_source(error))?;
        Ok(MediaInfo::new(size_bytes, None))
    }
}

impl fmt::Debug for RecordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordSource")
            .field("name", &self.name)
            .field("client", &self.client)
            .field("users", &self.users.len())
            .field("calls", &self.calls)
            .field("page_size", &self.page_size)
            .finish_non_exhaustive()
    }
}

impl Source for RecordSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn vendor(&self) -> &'static str {
        VENDOR
    }

    fn fingerprint(&self) -> String {
        let credentials = self.client.credentials();
        let app = credentials.app_key_digest();
        let (id, channel) = (credentials.channel_id(), credentials.channel());
        format!("app {app}, channel {id} {channel}, conversion {CONVERSION}")
    }

    fn capabilities(&self) -> Capabilities {
        let windowing = Windowing::Closed { grain_ms: SECOND_MS, max_ms: None, max_rows: u64::MAX };
        let mut capabilities = Capabilities::new(windowing, self.page_size);
        capabilities.assumptions = ASSUMPTIONS.map(Cow::Borrowed).to_vec();
        if self.calls.is_some() {
            capabilities.partial_partitions = true;
            capabilities.assumptions.push(Cow::Borrowed(CALLS_ASSUMPTION));
        }
        capabilities
    }

    fn check(&self) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(self.check_credentials())
    }

    fn partitions(&self) -> BoxFuture<'_, Result<Vec<Partition>, SourceError>> {
        Box::pin(async {
            let users = self.list_users(u32::MAX).await?;
            Ok(users.iter().map(|user| Partition::new(user.id())).collect())
        })
    }

    fn lacking(&self) -> Vec<String> {
        self.calls.as_ref().map(CallsClient::lacking).unwrap_or_default()
    }

    fn fetch<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> BoxFuture<'a, Result<SourcePage, SourceError>> {
        Box::pin(self.fetch_page(request))
    }

    fn read(&self, partition: &Partition, body: Vec<u8>) -> Result<SourcePage, SourceError> {
        let page = read_page(body).map_err(SourceError::unsent)?;
        Ok(self.convert(page, &partition.key))
    }

    fn cursor_after(&self, failed: Option<&Cursor>) -> Option<Cursor> {
        // behind a first page that failed, nobody knows how many records it would have had
        let failed = Position::read(failed?).ok()?;
        if self.client.ignores_offset() { None } else { failed.behind_unread().cursor() }
    }

    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        /// The members of a record: their order and the space between them mean nothing, but the
        /// digits of long numbers do.
        fn members(record: &[u8]) -> Option<BTreeMap<Cow<'_, str>, &str>> {
            let members: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_slice(record).ok()?;
            Some(members.into_iter().map(|(key, value)| (key, value.get())).collect())
        }
        a == b || members(a).is_some_and(|a| Some(a) == members(b))
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
        Box::pin(self.download(link, sink, limit_bytes))
    }

    fn calls(&self) -> CallCount {
        let own = self.client.calls();
        let listed = self.calls.as_ref().map(CallsClient::calls).unwrap_or_default();
        CallCount::new(own.requests + listed.requests, own.retries + listed.retries)
    }

    fn notices(&self) -> Vec<String> {
        let mut notices = Vec::new();
        if self.ignores_times.load(Ordering::Relaxed) {
            notices.push(
                "the vendor answers with records of other times than it is asked for: whole \
                 histories are read by offset, which is less sure than by time"
                    .to_owned(),
            );
        }
        if self.client.ignores_offset() {
            notices.push(
                "the vendor ignores the offset: where a second has more records than a page, the \
                 rest of them cannot be read"
                    .to_owned(),
            );
        }
        let long = self.users.keys().filter(|id| id.chars().count() > User::SAFE_ID_CHARS).count();
        if long > 0 {
            notices.push(format!(
                "{long} user ids are longer than 24 characters, which most of the vendor's pages \
                 do not allow"
            ));
        }
        notices
    }
}

/// True for a refusal by the calls that name a user, which may mean this user only.
fn is_about_user(error: &Error) -> bool {
    let is_server_s = matches!(error.kind(), ErrorKind::InvalidRequest | ErrorKind::Server);
    matches!(error, Error::Api { status: ..=500, .. } | Error::Status { status: 400 | 500, .. })
        && is_server_s
}

/// Why a file could not be had, of why the call failed.
fn lost(error: Error) -> MediaError {
    let kind = match &error {
        Error::InvalidRequest { .. } => MediaErrorKind::Refused("it names no file that can be had"),
        Error::Status { status, .. } => MediaErrorKind::Status(*status),
        Error::Api { code: ApiCode::MissingFileId, .. } => MediaErrorKind::NotFound,
        Error::Api { code: ApiCode::FileFailed, .. } => MediaErrorKind::Refused(
            "the vendor names one code (13) for a type that it does not serve, an empty file, a \
             failed storage and probably a file above 2 MB",
        ),
        Error::Api { code: ApiCode::MissingIdentity, .. } => {
            MediaErrorKind::Refused("the vendor finds no channel, user or tenant in the token")
        }
        Error::Api { .. } => MediaErrorKind::Refused("the vendor refused the download"),
        Error::Transport(_) | Error::Decode { .. } => MediaErrorKind::Interrupted,
    };
    MediaError::new(kind).with_source(error)
}
