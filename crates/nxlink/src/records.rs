//! The call `GET /saas/openapi/chat/records`, after the vendor's wiki page
//! "IDN openapi‐chat‐records" (read in November 2026): what is asked, and how a page is read.

mod documented;
mod known;
mod listing;
mod record;
mod template;

use std::fmt;

use chat_core::{DecodeError, Endpoint, Page, Url, WallTime, http};
use sha2::{Digest, Sha256};

use listing::Listing;

use crate::error::{Error, Failure};

pub use known::{MODEL, unknown_values, unmodelled_keys};
pub use listing::read_page;
pub use record::{Channel, ChatType, MessageType, Record, RecordStatus};
pub use template::{
    Button, ButtonType, Component, ComponentType, Example, FlowAction, HeaderFormat, NamedExamples,
    ParameterFormat, Quality, QualityScore, Template, TemplateCategory, TemplateStatus,
};

/// Which records to list, and which page of them.
///
/// Without filters it asks for everything, in pages of 100, **oldest first**: the vendor's own
/// default is newest first, and then new messages push records from page to page while one reads.
/// Ask for a span of time that has ended, too.
///
/// Tenant and application are not part of it: they belong to the
/// [`Credentials`](crate::Credentials). `Debug` shows which filters are set, not their values.
///
/// ```
/// use nxlink::RecordsRequest;
///
/// let request = RecordsRequest::new()
///     .with_start_time("2025-10-13 00:00:00".parse()?)
///     .with_end_time("2025-10-13 23:59:59".parse()?);
/// # Ok::<(), nxlink::chat_core::ParseTimeError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct RecordsRequest {
    page_number: u32,
    page_size: u32,
    channel: Option<Channel>,
    business_channel_id: Option<String>,
    customer_id: Option<String>,
    conversation_id: Option<String>,
    agent_account: Option<String>,
    start_time: Option<WallTime>,
    end_time: Option<WallTime>,
    order: Order,
}

/// The order of a listing (`order_by`). The vendor does not say by which time it orders.
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
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "asc",
            Self::Descending => "desc",
        }
    }
}

impl Default for RecordsRequest {
    fn default() -> Self {
        Self::new()
    }
}

impl RecordsRequest {
    /// The most records that a page may have.
    pub const MAX_PAGE_SIZE: u32 = 100;

    /// The first page of everything on WhatsApp, oldest first.
    pub const fn new() -> Self {
        Self {
            page_number: 1,
            page_size: Self::MAX_PAGE_SIZE,
            channel: Some(Channel::WhatsApp),
            business_channel_id: None,
            customer_id: None,
            conversation_id: None,
            agent_account: None,
            start_time: None,
            end_time: None,
            order: Order::Ascending,
        }
    }

    /// Another channel (`channel`). The vendor says that only 2, WhatsApp, is supported.
    #[must_use]
    pub const fn with_channel(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// Without `channel`. The vendor calls it mandatory; servers were seen to answer with the
    /// records of every channel.
    #[must_use]
    pub const fn without_channel(mut self) -> Self {
        self.channel = None;
        self
    }

    /// Another page (`page_number`), from 1.
    #[must_use]
    pub const fn with_page_number(mut self, page_number: u32) -> Self {
        self.page_number = page_number;
        self
    }

    /// Other pages (`page_size`): 1 to 100 records.
    #[must_use]
    pub const fn with_page_size(mut self, page_size: u32) -> Self {
        self.page_size = page_size;
        self
    }

    /// Only one channel of the business (`business_channel_id`).
    #[must_use]
    pub fn with_business_channel_id(mut self, id: impl Into<String>) -> Self {
        self.business_channel_id = Some(id.into());
        self
    }

    /// Only one customer (`customer_id`).
    #[must_use]
    pub fn with_customer_id(mut self, id: impl Into<String>) -> Self {
        self.customer_id = Some(id.into());
        self
    }

    /// Only one conversation (`saas_conversation_id`).
    #[must_use]
    pub fn with_conversation_id(mut self, id: impl Into<String>) -> Self {
        self.conversation_id = Some(id.into());
        self
    }

    /// Only one agent (`agent_account`, an e-mail address). The answer then repeats this text in
    /// every record's `agent_account`, so it says nothing of the agent any more.
    #[must_use]
    pub fn with_agent_account(mut self, account: impl Into<String>) -> Self {
        self.agent_account = Some(account.into());
        self
    }

    /// From this time on (`start_time`), on the vendor's own clock; its zone is not documented.
    #[must_use]
    pub const fn with_start_time(mut self, time: WallTime) -> Self {
        self.start_time = Some(time);
        self
    }

    /// Up to this time (`end_time`), on the vendor's own clock; believed to be inclusive.
    #[must_use]
    pub const fn with_end_time(mut self, time: WallTime) -> Self {
        self.end_time = Some(time);
        self
    }

    /// Another order (`order_by`). Always sent: the vendor's default is not ours.
    #[must_use]
    pub const fn with_order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// The page asked for, from 1.
    pub const fn page_number(&self) -> u32 {
        self.page_number
    }

    /// A name for the listing, whichever page of it: for checkpoints. It is a digest, because a
    /// filter may hold an e-mail address and checkpoints are written to disk.
    #[cfg_attr(not(feature = "client"), expect(dead_code, reason = "the pager uses it"))]
    pub(crate) fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for (name, value) in self.clone().with_page_number(0).query() {
            // lengths keep one value from running into the next
            hash.update(format!("{name}={}:{value};", value.len()));
        }
        let digest = hash.finalize();
        format!("{} {}", Self::NAME, hex::encode(digest.get(..16).unwrap_or(&digest)))
    }

    fn check(&self) -> Result<(), Error> {
        if self.page_number == 0 {
            return Err(Error::invalid("page_number counts from 1"));
        }
        if !(1..=Self::MAX_PAGE_SIZE).contains(&self.page_size) {
            return Err(Error::invalid(format!("page_size is {}, not 1 to 100", self.page_size)));
        }
        if let (Some(start), Some(end)) = (self.start_time, self.end_time)
            && end < start
        {
            return Err(Error::invalid("end_time is before start_time"));
        }
        let filters = [
            ("business_channel_id", &self.business_channel_id),
            ("customer_id", &self.customer_id),
            ("conversation_id", &self.conversation_id),
            ("agent_account", &self.agent_account),
        ];
        for (name, value) in filters {
            // an empty filter would quietly list everything
            if value.as_ref().is_some_and(String::is_empty) {
                return Err(Error::invalid(format!("{name} is empty")));
            }
        }
        Ok(())
    }

    fn query(&self) -> impl Iterator<Item = (&'static str, String)> {
        [
            ("page_number", Some(self.page_number.to_string())),
            ("page_size", Some(self.page_size.to_string())),
            ("channel", self.channel.map(|channel| channel.value().to_string())),
            ("business_channel_id", self.business_channel_id.clone()),
            ("customer_id", self.customer_id.clone()),
            ("saas_conversation_id", self.conversation_id.clone()),
            ("agent_account", self.agent_account.clone()),
            ("start_time", self.start_time.map(|time| time.to_string())),
            ("end_time", self.end_time.map(|time| time.to_string())),
            ("order_by", Some(self.order.as_str().to_owned())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

impl fmt::Debug for RecordsRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordsRequest")
            .field("page_number", &self.page_number)
            .field("page_size", &self.page_size)
            .field("channel", &self.channel)
            .field("by_business_channel", &self.business_channel_id.is_some())
            .field("by_customer", &self.customer_id.is_some())
            .field("by_conversation", &self.conversation_id.is_some())
            .field("by_agent", &self.agent_account.is_some())
            .field("start_time", &self.start_time)
            .field("end_time", &self.end_time)
            .field("order", &self.order)
            .finish()
    }
}

impl Endpoint for RecordsRequest {
    type Output = Page<Record>;
    type Error = Error;
    const NAME: &'static str = "chat/records";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        self.check()?;
        let mut url = base.clone();
        match url.path_segments_mut() {
            Ok(mut path) => path.pop_if_empty().extend(["saas", "openapi", "chat", "records"]),
            Err(()) => return Err(Error::invalid("the base URL cannot be extended")),
        };
        url.query_pairs_mut().extend_pairs(self.query());
        http::Request::get(url.as_str())
            .body(Vec::new())
            .map_err(|_| Error::invalid("the base URL cannot be used"))
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Page<Record>, Error> {
        let (parts, body) = answer.into_parts();
        match Listing::read(&body) {
            Ok(listing) if parts.status.is_success() => {
                Ok(listing.into_page(self.page_number, self.page_size, body))
            }
            // a good body under a bad status is not to be trusted
            Ok(_) => {
                let failure = Failure::Unreadable(DecodeError::new("it claims success"));
                Err(Error::from_answer(Self::NAME, &parts, &body, failure))
            }
            Err(failure) => Err(Error::from_answer(Self::NAME, &parts, &body, failure)),
        }
    }
}
