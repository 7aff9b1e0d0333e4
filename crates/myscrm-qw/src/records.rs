//! The call `GET /bff-nbd-qw-openapi/v1/chat-record/pull`, after the vendor's page "拉取指定聊天的聊天记录"
//! (records of one chat; read in November 2026): what is asked, and how a page is read. The other
//! calls that carry or list records have a file each below this one.

pub mod bodies;
mod documented;
mod external_users;
mod group_chats;
mod known;
mod loose;
mod page;
pub mod raw;
mod record;
mod single_chat;
mod thumb;
mod words;

use std::collections::BTreeMap;
use std::fmt;

use chat_core::de::{self, Scalar, number, word};
use chat_core::{Cursor, DecodeError, Endpoint, Loose, Page, UnixMillis, Url, http};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::value::RawValue;
#[cfg(feature = "client")]
use sha2::{Digest, Sha256};

use crate::error::{Error, Failure};
use crate::query;

pub use external_users::{ExternalUsers, ExternalUsersRequest};
pub use group_chats::{GroupChat, GroupChatsRequest, MemberType};
pub use known::{MODEL, unknown_values, unmodelled_keys};
pub use page::read_page;
pub use record::{KeywordRule, Record};
pub use single_chat::{Employee, ExternalUser, ExternalUserType, SingleChat, SingleChatRequest};
pub use thumb::{ResizeMode, ThumbOption};
pub use words::{Action, EmotionType, MessageType, RedPacketType, SenderType};

/// Which records of one chat to list, and which page of them.
///
/// It asks **oldest first**, in pages of 100: the vendor's own default is newest first. Ask for a
/// span of time that ended some minutes ago: records arrive about 20 seconds late. `Debug` shows
/// which filters are set, not their values.
///
/// ```
/// use myscrm_qw::RecordsRequest;
/// use myscrm_qw::chat_core::UnixMillis;
///
/// let (start, end) = (UnixMillis::new(1_689_732_852_000), UnixMillis::new(1_689_819_252_000));
/// let request = RecordsRequest::new("chat-1", start, end).with_page_size(200);
/// ```
#[derive(Clone, PartialEq)]
pub struct RecordsRequest {
    chat_id: String,
    start_time: UnixMillis,
    end_time: UnixMillis,
    keyword: Option<String>,
    message_type: Option<MessageType>,
    sender_type: Option<SenderType>,
    thumb_option: Option<ThumbOption>,
    page_size: u32,
    order: Order,
    cursor: Option<Cursor>,
}

/// The order of a listing by send time (`asc`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Order {
    /// Oldest first.
    #[default]
    Ascending,
    /// Newest first.
    Descending,
}

impl Order {
    /// The value of `asc`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "true",
            Self::Descending => "false",
        }
    }
}

impl RecordsRequest {
    /// The most records that a page is asked for. The vendor names no limit for this call; it is
    /// the one of "raw-chat-record/pull".
    pub const MAX_PAGE_SIZE: u32 = 1000;
    /// The size of pages unless another is set.
    pub const DEFAULT_PAGE_SIZE: u32 = 100;

    /// The first page of a chat (`chat_id`) in a span of time (`start_time`, `end_time`). Whether
    /// the two ends belong to it is not documented.
    pub fn new(chat_id: impl Into<String>, start_time: UnixMillis, end_time: UnixMillis) -> Self {
        Self {
            chat_id: chat_id.into(),
            start_time,
            end_time,
            keyword: None,
            message_type: None,
            sender_type: None,
            thumb_option: None,
            page_size: Self::DEFAULT_PAGE_SIZE,
            order: Order::Ascending,
            cursor: None,
        }
    }

    /// Only records whose text has this (`keyword`).
    #[must_use]
    pub fn with_keyword(mut self, keyword: impl Into<String>) -> Self {
        self.keyword = Some(keyword.into());
        self
    }

    /// Only records of this type (`type`).
    #[must_use]
    pub fn with_message_type(mut self, message_type: MessageType) -> Self {
        self.message_type = Some(message_type);
        self
    }

    /// Only records of such senders (`sender_type`).
    #[must_use]
    pub const fn with_sender_type(mut self, sender_type: SenderType) -> Self {
        self.sender_type = Some(sender_type);
        self
    }

    /// With links to pictures of such a size beside the others (`thumb_option`).
    #[must_use]
    pub fn with_thumb_option(mut self, option: ThumbOption) -> Self {
        self.thumb_option = Some(option);
        self
    }

    /// Other pages (`page_size`): 1 to 1000 records.
    #[must_use]
    pub const fn with_page_size(mut self, page_size: u32) -> Self {
        self.page_size = page_size;
        self
    }

    /// Another order (`asc`). Always sent: the vendor's default is not ours.
    #[must_use]
    pub const fn with_order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Another page (`cursor`), where an earlier one said that the next starts.
    #[must_use]
    pub fn with_cursor(mut self, cursor: Option<Cursor>) -> Self {
        self.cursor = cursor;
        self
    }

    /// The page asked for; `None` is the first one.
    pub const fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    /// A name for the listing, whichever page of it: for checkpoints.
    #[cfg(feature = "client")]
    pub(crate) fn fingerprint(&self) -> String {
        fingerprint(Self::NAME, self.clone().with_cursor(None).query())
    }

    fn check(&self) -> Result<(), Error> {
        check_filled("chat_id", Some(&self.chat_id))?;
        check_filled("keyword", self.keyword.as_deref())?;
        check_filled("type", self.message_type.as_ref().map(MessageType::as_str))?;
        check_span(self.start_time, self.end_time)?;
        check_page_size(self.page_size)?;
        self.thumb_option.as_ref().map_or(Ok(()), ThumbOption::check)
    }

    fn query(&self) -> impl Iterator<Item = (&'static str, String)> {
        [
            ("chat_id", Some(self.chat_id.clone())),
            ("keyword", self.keyword.clone()),
            ("start_time", Some(self.start_time.get().to_string())),
            ("end_time", Some(self.end_time.get().to_string())),
            ("type", self.message_type.as_ref().map(|word| word.as_str().to_owned())),
            ("thumb_option", self.thumb_option.as_ref().map(|option| option.as_str().to_owned())),
            ("page_size", Some(self.page_size.to_string())),
            ("cursor", Some(position(self.cursor.as_ref()))),
            ("asc", Some(self.order.as_str().to_owned())),
            ("sender_type", self.sender_type.map(|sender| sender.value().to_string())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

impl fmt::Debug for RecordsRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordsRequest")
            .field("start_time", &self.start_time)
            .field("end_time", &self.end_time)
            .field("by_keyword", &self.keyword.is_some())
            .field("by_type", &self.message_type.is_some())
            .field("sender_type", &self.sender_type)
            .field("thumb_option", &self.thumb_option)
            .field("page_size", &self.page_size)
            .field("order", &self.order)
            .field("is_first", &self.cursor.is_none())
            .finish_non_exhaustive()
    }
}

impl Endpoint for RecordsRequest {
    type Output = Page<Record>;
    type Error = Error;
    const NAME: &'static str = "chat-record/pull";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        self.check()?;
        build(base, &["bff-nbd-qw-openapi", "v1", "chat-record", "pull"], self.query())
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Page<Record>, Error> {
        let (records, body) = read(Self::NAME, answer, page::Listing::read)?;
        Ok(records.into_page(body))
    }
}

/// The request of one call, before the credentials.
fn build(
    base: &Url,
    path: &[&str],
    query: impl Iterator<Item = (&'static str, String)>,
) -> Result<http::Request<Vec<u8>>, Error> {
    let mut url = base.clone();
    match url.path_segments_mut() {
        Ok(mut segments) => segments.pop_if_empty().extend(path),
        Err(()) => return Err(Error::invalid("the base URL cannot be extended")),
    };
    let query: Vec<_> = query.collect();
    query::append(&mut url, query.iter().map(|(name, value)| (*name, value.as_str())));
    http::Request::get(url.as_str())
        .body(Vec::new())
        .map_err(|_| Error::invalid("the base URL cannot be used"))
}

/// Reads an answer of any status, and gives its body back.
fn read<T>(
    name: &'static str,
    answer: http::Response<Vec<u8>>,
    read: impl FnOnce(&[u8]) -> Result<T, Failure>,
) -> Result<(T, Vec<u8>), Error> {
    let (parts, body) = answer.into_parts();
    match read(&body) {
        Ok(read) if parts.status.is_success() => Ok((read, body)),
        // a good body under a bad status is not to be trusted
        Ok(_) => {
            let failure = Failure::Unreadable(DecodeError::new("it claims success"));
            Err(Error::from_answer(name, &parts, &body, failure))
        }
        Err(failure) => Err(Error::from_answer(name, &parts, &body, failure)),
    }
}

/// Whether an answer is a success: `errcode` alone decides, for `errmsg` may say "ok" beside a
/// failure. A code of 0 may be left out, as the platform leaves out other zeros, but then there must
/// be something of what was asked for.
fn succeeded(errcode: Option<i64>, errmsg: Loose<'_>, has_payload: bool) -> Result<(), Failure> {
    match errcode {
        Some(0) => Ok(()),
        Some(code) => Err(Failure::Refused { code, message: errmsg.text() }),
        None if has_payload => Ok(()),
        None => Err(Failure::Unreadable(DecodeError::new("it has no `errcode`"))),
    }
}

/// A key that counts as present even where its value is `null`.
fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Where the next page starts. Only a cursor that is absent, `null` or empty is the end: one of a
/// shape that nobody knows promises more, and where that is cannot be said.
fn next_page(cursor: Loose<'_>) -> Result<Option<Cursor>, Failure> {
    let Some(json) = cursor.json() else { return Ok(None) };
    // a number as it stands: one that is too large would come out rounded
    if json.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
        return Ok(Cursor::new(json));
    }
    serde_json::from_str::<String>(json).map(Cursor::new).map_err(|_| {
        let mut error = DecodeError::new("it is neither text nor a number");
        "next_cursor".clone_into(&mut error.path);
        Failure::Unreadable(error)
    })
}

/// What an answer holds beside the keys that are known.
fn other_keys<'a>(
    body: &'a [u8],
    known: &[&str],
) -> Result<BTreeMap<String, &'a RawValue>, Failure> {
    let mut keys: BTreeMap<String, &RawValue> =
        DecodeError::read(body).map_err(Failure::Unreadable)?;
    keys.retain(|key, _| !known.contains(&key.as_str()));
    Ok(keys)
}

/// Whether a success that names neither what was asked for nor a cursor is an empty one. It is where
/// nothing else is in it, for empty values may be left out; else what was asked for may be there
/// under a name that nobody knows.
fn check_bare(body: &[u8]) -> Result<(), Failure> {
    if other_keys(body, &["errcode", "errmsg"])?.is_empty() {
        return Ok(());
    }
    let what = "it has neither what was asked for nor `next_cursor`";
    Err(Failure::Unreadable(DecodeError::new(what)))
}

fn position(cursor: Option<&Cursor>) -> String {
    cursor.map_or("", Cursor::as_str).to_owned()
}

/// A digest, because a filter may be personal and checkpoints are written to disk.
#[cfg(feature = "client")]
fn fingerprint(name: &str, query: impl Iterator<Item = (&'static str, String)>) -> String {
    let mut hash = Sha256::new();
    for (name, value) in query {
        // lengths keep one value from running into the next
        hash.update(format!("{name}={}:{value};", value.len()));
    }
    format!("{name} {}", short_digest(hash))
}

/// The first 16 bytes of a digest: enough to tell things apart.
#[cfg(feature = "client")]
pub(crate) fn short_digest(hash: Sha256) -> String {
    let digest = hash.finalize();
    hex::encode(digest.get(..16).unwrap_or(&digest))
}

/// An empty filter would quietly list everything.
fn check_filled(name: &str, value: Option<&str>) -> Result<(), Error> {
    if value.is_some_and(str::is_empty) {
        return Err(Error::invalid(format!("{name} is empty")));
    }
    Ok(())
}

fn check_span(start: UnixMillis, end: UnixMillis) -> Result<(), Error> {
    if start.get() < 0 || end.get() < 0 {
        return Err(Error::invalid("start_time and end_time count from 1970"));
    }
    if end < start {
        return Err(Error::invalid("end_time is before start_time"));
    }
    Ok(())
}

fn check_page_size(page_size: u32) -> Result<(), Error> {
    if !(1..=RecordsRequest::MAX_PAGE_SIZE).contains(&page_size) {
        return Err(Error::invalid(format!("page_size is {page_size}, not 1 to 1000")));
    }
    Ok(())
}

/// An instant in milliseconds; absent, `null`, empty and 0 are `None`.
fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<UnixMillis>, D::Error> {
    Ok(de::opt_integer(deserializer)?.and_then(UnixMillis::unless_zero))
}

/// Yes or no, also as 0 and 1 and as text; absent, `null` and empty are `None`.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let text = match de::scalar(deserializer)? {
        Scalar::Bool(value) => return Ok(Some(value)),
        other => de::filled_text(other).map_err(D::Error::custom)?,
    };
    match text.as_deref() {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(_) => Err(D::Error::custom("neither true nor false")),
    }
}

/// An id: text, or a whole number as text; absent, `null` and empty are `None`. A number too large for
/// 64 bits would come out rounded, and two ids as one, so it is refused.
fn identifier<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let id = match de::scalar(deserializer)? {
        Scalar::Null => None,
        Scalar::Text(text) => Some(text.into_owned()),
        Scalar::Whole(number) => Some(number.to_string()),
        Scalar::Large(number) => Some(number.to_string()),
        _ => return Err(D::Error::custom("an id is a text or a whole number")),
    };
    Ok(id.filter(|id| !id.is_empty()))
}

/// The id of a record; what is none is found out once the record is read.
fn record_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    identifier(deserializer).map(Option::unwrap_or_default)
}

/// A number with a fraction, also as text; absent, `null` and empty are `None`.
fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let text = de::filled_text(deserializer)?;
    text.map(|text| text.trim().parse().map_err(|_| D::Error::custom("not a number"))).transpose()
}

/// True for what a reader would have filled in by itself.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A body of a record: a plain struct all of whose fields may be absent. `Debug` shows nothing of
/// it, for it is what people wrote.
macro_rules! body {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "crate::records::is_default")]
                pub $field: $type,
            )*
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}
use body;
