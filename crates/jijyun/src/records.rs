//! The calls, what they ask and how their answers are read. This file keeps
//! `POST /v1/openapi/chat/record`, after the vendor's page "查询联系人对话记录" (the chat records
//! of a contact; last changed on 2025-07-17); each other call has a file of its own.

mod accounts;
mod aggregated;
mod assistants;
mod check;
mod contacts;
mod documented;
mod envelope;
mod fields;
mod history;
mod hosted;
#[cfg(feature = "client")]
mod kept;
mod known;
mod listing;
mod payload;
mod record;
mod wire;

use std::fmt;

use chat_core::{Endpoint, Page, Url, http, open_enum};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Error;
use listing::Listing;

pub use accounts::{HostedAccount, HostedAccountsRequest};
pub use aggregated::{
    AggregatedContent, AggregatedMessage, AggregatedType, ForwardType, User, UserAddition, UserType,
};
pub use assistants::{Assistant, AssistantsRequest};
pub use check::CheckRequest;
pub use contacts::{Contact, ContactRequest, ContactsRequest};
pub use history::HistoryRequest;
pub use hosted::{ContactType, HostedHistoryRequest, HostedMessage, HostedOrigin, HostedType};
pub use known::{MODEL, unknown_values, unmodelled_keys};
pub use listing::read_page;
pub use payload::Payload;
pub use record::{Label, MessageType, Record, SenderType};

pub(crate) use aggregated::Content;
pub(crate) use envelope::inside;
#[cfg(feature = "client")]
pub(crate) use fields::object_in;
pub(crate) use fields::{loose_flag, loose_object, loose_text};
#[cfg(feature = "client")]
pub(crate) use hosted::read_hosted;
#[cfg(feature = "client")]
pub(crate) use kept::KeptHistory;
#[cfg(feature = "client")]
pub(crate) use listing::Conversations;
pub(crate) use payload::PayloadContent;

/// Which records to read: those of one contact.
///
/// All seven fields are always sent, as the vendor's sample does: empty text and empty lists where
/// nothing is set. `Debug` shows which are set, not their values.
///
/// ```
/// use jijyun::{Days, RecordsRequest};
///
/// let request = RecordsRequest::new("57a286a608894aa7b26a9e589f4d3333").with_days(Days::Seven);
/// ```
#[derive(Clone, PartialEq, Serialize)]
pub struct RecordsRequest {
    customer_id: String,
    days: Days,
    start_time: String,
    end_time: String,
    chat_source: Vec<FilterValue>,
    chat_robot: Vec<FilterValue>,
    seat_member: Vec<FilterValue>,
}

open_enum! {
    /// How many days a listing goes back (`days`), a number as text. Which numbers are allowed is
    /// known of these three only.
    pub enum Days {
        /// The last day.
        One = "1",
        /// The last seven days.
        Seven = "7",
        /// The last thirty days.
        Thirty = "30",
    }
}

impl Days {
    /// The number, if it is one of at least 1.
    pub fn count(&self) -> Option<u32> {
        self.as_str().parse().ok().filter(|days| *days > 0)
    }
}

/// A value of a filter whose type the vendor does not document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum FilterValue {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl From<i64> for FilterValue {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for FilterValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for FilterValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl RecordsRequest {
    /// What the last thirty days have of a contact (`customer_id`: 32 hexadecimal digits; believed
    /// to be the `id` of a [`Contact`]).
    pub fn new(customer_id: impl Into<String>) -> Self {
        Self {
            customer_id: customer_id.into(),
            days: Days::Thirty,
            start_time: String::new(),
            end_time: String::new(),
            chat_source: Vec::new(),
            chat_robot: Vec::new(),
            seat_member: Vec::new(),
        }
    }

    /// Another number of days (`days`). The vendor ignores it if both times are set.
    #[must_use]
    pub fn with_days(mut self, days: Days) -> Self {
        self.days = days;
        self
    }

    /// From this time on (`start_time`). The format is not documented: the text is sent as it is.
    #[must_use]
    pub fn with_start_time(mut self, time: impl Into<String>) -> Self {
        self.start_time = time.into();
        self
    }

    /// Up to this time (`end_time`), likewise.
    #[must_use]
    pub fn with_end_time(mut self, time: impl Into<String>) -> Self {
        self.end_time = time.into();
        self
    }

    /// Only some channels (`chat_source`). The values are not documented.
    #[must_use]
    pub fn with_chat_source<V: Into<FilterValue>>(
        mut self,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.chat_source = values.into_iter().map(Into::into).collect();
        self
    }

    /// Only some AI assistants (`chat_robot`). The values are not documented; ids of
    /// [`AssistantsRequest`] are likely.
    #[must_use]
    pub fn with_chat_robot<V: Into<FilterValue>>(
        mut self,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.chat_robot = values.into_iter().map(Into::into).collect();
        self
    }

    /// Only some human agents (`seat_member`). The values are not documented.
    #[must_use]
    pub fn with_seat_member<V: Into<FilterValue>>(
        mut self,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.seat_member = values.into_iter().map(Into::into).collect();
        self
    }

    /// A name for the listing: for checkpoints. It is a digest, because a filter may name a person
    /// and checkpoints are written to disk.
    #[cfg_attr(not(feature = "client"), expect(dead_code, reason = "the pager uses it"))]
    pub(crate) fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.body());
        format!("{} {}", Self::NAME, hex::encode(digest.get(..16).unwrap_or(&digest)))
    }

    fn body(&self) -> Vec<u8> {
        // texts and numbers are always JSON
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl fmt::Debug for RecordsRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordsRequest")
            .field("days", &self.days.count())
            .field("by_start_time", &!self.start_time.is_empty())
            .field("by_end_time", &!self.end_time.is_empty())
            .field("by_chat_source", &!self.chat_source.is_empty())
            .field("by_chat_robot", &!self.chat_robot.is_empty())
            .field("by_seat_member", &!self.seat_member.is_empty())
            .finish_non_exhaustive()
    }
}

impl Endpoint for RecordsRequest {
    type Output = Page<Record>;
    type Error = Error;
    const NAME: &'static str = "chat/record";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        // an empty id might quietly list everything, or nothing
        wire::filled("customer_id", &self.customer_id)?;
        wire::post(base, &["v1", "openapi", "chat", "record"], self.body())
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Page<Record>, Error> {
        let (listing, body) = envelope::read_answer(Self::NAME, answer, Listing::read)?;
        Ok(listing.into_page(body))
    }
}
