//! The calls `GET /open-nbd-qw-msgaudit/v1/raw-chat-record/pull` and `…/get`, after the vendor's
//! pages of these names (read in November 2026): records in the shape of WeCom, encrypted, of one
//! chat or of the whole enterprise.
//!
//! An answer holds one cipher text. [`Encrypted::into_page`] opens it and makes a page whose bytes
//! can be kept and [read again](read_page) without keys: all keys of the answer with their values as
//! they came, the known ones first; in place of `encrypted` it has, at the end, `decrypted`, and in
//! it what was decrypted, byte for byte.

pub mod bodies;
mod page;
mod record;

use std::fmt;

use chat_core::{Cursor, Endpoint, UnixMillis, Url, http};

use super::{
    Action, MessageType, Order, RecordsRequest, ThumbOption, build, check_filled, check_page_size,
    check_span, position, read,
};
use crate::error::Error;

pub(super) use page::OpenEnvelope;
pub use page::{Encrypted, read_page};
pub use record::RawRecord;

/// Which raw records to list, and which page of them.
///
/// It asks **oldest first**, in pages of 100: the vendor's own defaults are newest first and 10.
/// `Debug` shows which filters are set, not their values.
#[derive(Clone, PartialEq)]
pub struct RawRecordsRequest {
    start_time: UnixMillis,
    end_time: UnixMillis,
    chat_id: Option<String>,
    action: Option<Action>,
    message_types: Vec<MessageType>,
    thumb_option: Option<ThumbOption>,
    page_size: u32,
    order: Order,
    cursor: Option<Cursor>,
}

impl RawRecordsRequest {
    /// The longest span of time that can be asked for: 3 days, in milliseconds. Whether exactly so
    /// much passes is not documented.
    pub const MAX_SPAN_MS: i64 = 3 * 86_400_000;

    /// The first page of the whole enterprise in a span of time (`start_time`, `end_time`) of at
    /// most 3 days.
    pub const fn new(start_time: UnixMillis, end_time: UnixMillis) -> Self {
        Self {
            start_time,
            end_time,
            chat_id: None,
            action: None,
            message_types: Vec::new(),
            thumb_option: None,
            page_size: RecordsRequest::DEFAULT_PAGE_SIZE,
            order: Order::Ascending,
            cursor: None,
        }
    }

    /// Only one chat (`chat_id`). That it may be left out is not documented.
    #[must_use]
    pub fn with_chat_id(mut self, chat_id: impl Into<String>) -> Self {
        self.chat_id = Some(chat_id.into());
        self
    }

    /// Only what was sent, or only recalls (`action`).
    #[must_use]
    pub fn with_action(mut self, action: Action) -> Self {
        self.action = Some(action);
        self
    }

    /// Only records of these types (`msg_types`).
    #[must_use]
    pub fn with_message_types(mut self, types: impl IntoIterator<Item = MessageType>) -> Self {
        self.message_types.extend(types);
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
        super::fingerprint(Self::NAME, self.clone().with_cursor(None).query())
    }

    fn check(&self) -> Result<(), Error> {
        check_filled("chat_id", self.chat_id.as_deref())?;
        check_filled("action", self.action.as_ref().map(Action::as_str))?;
        check_span(self.start_time, self.end_time)?;
        if self.end_time.get() - self.start_time.get() > Self::MAX_SPAN_MS {
            return Err(Error::invalid("raw records can be asked for by 3 days at most"));
        }
        if self.message_types.iter().any(|word| word.as_str().is_empty()) {
            return Err(Error::invalid("a word of msg_types is empty"));
        }
        check_page_size(self.page_size)?;
        self.thumb_option.as_ref().map_or(Ok(()), ThumbOption::check)
    }

    fn query(&self) -> impl Iterator<Item = (&'static str, String)> {
        let types: Vec<&str> = self.message_types.iter().map(MessageType::as_str).collect();
        let types = (!types.is_empty()).then(|| types.join(","));
        [
            ("start_time", Some(self.start_time.get().to_string())),
            ("end_time", Some(self.end_time.get().to_string())),
            ("chat_id", self.chat_id.clone()),
            ("action", self.action.as_ref().map(|action| action.as_str().to_owned())),
            ("msg_types", types),
            ("asc", Some(self.order.as_str().to_owned())),
            ("thumb_option", self.thumb_option.as_ref().map(|option| option.as_str().to_owned())),
            ("page_size", Some(self.page_size.to_string())),
            ("cursor", Some(position(self.cursor.as_ref()))),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

impl fmt::Debug for RawRecordsRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRecordsRequest")
            .field("start_time", &self.start_time)
            .field("end_time", &self.end_time)
            .field("by_chat", &self.chat_id.is_some())
            .field("by_action", &self.action.is_some())
            .field("by_types", &self.message_types.len())
            .field("thumb_option", &self.thumb_option)
            .field("page_size", &self.page_size)
            .field("order", &self.order)
            .field("is_first", &self.cursor.is_none())
            .finish_non_exhaustive()
    }
}

impl Endpoint for RawRecordsRequest {
    type Output = Encrypted;
    type Error = Error;
    const NAME: &'static str = "raw-chat-record/pull";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        self.check()?;
        build(base, &["open-nbd-qw-msgaudit", "v1", "raw-chat-record", "pull"], self.query())
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Encrypted, Error> {
        read(Self::NAME, answer, |body| Encrypted::read(Self::NAME, body)).map(|(sealed, _)| sealed)
    }
}

/// Which raw record to read: for fresh links to its files.
#[derive(Debug, Clone, PartialEq)]
pub struct RawRecordRequest {
    id: String,
    action: Option<Action>,
    thumb_option: Option<ThumbOption>,
}

impl RawRecordRequest {
    /// The record with this id (`chat_record_id`).
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), action: None, thumb_option: None }
    }

    /// What happened (`action`). It is in the vendor's sample and not in its table.
    #[must_use]
    pub fn with_action(mut self, action: Action) -> Self {
        self.action = Some(action);
        self
    }

    /// With links to pictures of such a size beside the others (`thumb_option`).
    #[must_use]
    pub fn with_thumb_option(mut self, option: ThumbOption) -> Self {
        self.thumb_option = Some(option);
        self
    }
}

impl Endpoint for RawRecordRequest {
    type Output = Encrypted;
    type Error = Error;
    const NAME: &'static str = "raw-chat-record/get";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        check_filled("chat_record_id", Some(&self.id))?;
        check_filled("action", self.action.as_ref().map(Action::as_str))?;
        self.thumb_option.as_ref().map_or(Ok(()), ThumbOption::check)?;
        let query = [
            ("chat_record_id", Some(self.id.clone())),
            ("action", self.action.as_ref().map(|action| action.as_str().to_owned())),
            ("thumb_option", self.thumb_option.as_ref().map(|option| option.as_str().to_owned())),
        ];
        let query = query.into_iter().filter_map(|(name, value)| Some((name, value?)));
        build(base, &["open-nbd-qw-msgaudit", "v1", "raw-chat-record", "get"], query)
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Encrypted, Error> {
        read(Self::NAME, answer, |body| Encrypted::read(Self::NAME, body)).map(|(sealed, _)| sealed)
    }
}
