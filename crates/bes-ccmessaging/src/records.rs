//! The call `POST /apiaccess/ccmessaging/queryHistoryChatMessage`, after the vendor's page
//! "查询历史消息 (queryHistoryChatMessage)": what is asked, and how a page is read.

mod documented;
mod known;
mod library;
mod listing;
mod loose;
mod record;

use std::fmt;

use chat_core::{Endpoint, Page, UnixMillis, Url, http};
use serde::Serialize;
use sha2::{Digest, Sha256};

use listing::read_records;

use crate::error::Error;
use crate::user::User;
use crate::wire::{believed, post};

pub use known::{MODEL, unknown_values, unmodelled_keys};
pub use library::{LibraryFile, SizeUnit};
pub use listing::read_page;
pub use loose::{RawJson, Timestamp};
pub(crate) use loose::{exact_text, time};
pub use record::{ChannelType, ContentDealType, ControlType, MediaType, Record, SourceType};

/// Whose records to list, of what time, and which of them.
///
/// Give both times: what the vendor lists without them is not documented. `Debug` does not show
/// the user.
///
/// ```
/// use bes_ccmessaging::RecordsRequest;
/// use bes_ccmessaging::chat_core::UnixMillis;
///
/// let request = RecordsRequest::new("202207292843442389", "WEB", "1659490221026188522")
///     .with_start(UnixMillis::new(1_659_910_093_000))
///     .with_end(UnixMillis::new(1_659_938_956_000));
/// ```
#[derive(Clone, PartialEq)]
pub struct RecordsRequest {
    channel_id: String,
    channel: String,
    user: User,
    start: Option<UnixMillis>,
    end: Option<UnixMillis>,
    limit: u32,
    offset: u64,
}

impl RecordsRequest {
    /// How many records are asked for by default. The vendor's maximum is not documented.
    pub const DEFAULT_LIMIT: u32 = 100;

    /// The records of a user (`userId`) of a channel (`channelId`, `channel`), from the first on.
    pub fn new(
        channel_id: impl Into<String>,
        channel: impl Into<String>,
        user: impl Into<User>,
    ) -> Self {
        Self {
            channel_id: channel_id.into(),
            channel: channel.into(),
            user: user.into(),
            start: None,
            end: None,
            limit: Self::DEFAULT_LIMIT,
            offset: 0,
        }
    }

    /// From this time on (`startTime`). Whether that very millisecond counts is not documented.
    #[must_use]
    pub const fn with_start(mut self, start: UnixMillis) -> Self {
        self.start = Some(start);
        self
    }

    /// Up to this time (`endTime`). Whether that very millisecond counts is not documented.
    #[must_use]
    pub const fn with_end(mut self, end: UnixMillis) -> Self {
        self.end = Some(end);
        self
    }

    /// At most so many records (`limit`); 100 by default. A server may give fewer without a word.
    #[must_use]
    pub const fn with_limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// From another position on (`offset`). Whether it counts records or pages is not documented;
    /// a pager finds out.
    #[must_use]
    pub const fn with_offset(mut self, offset: u64) -> Self {
        self.offset = offset;
        self
    }

    /// The configuration id of the channel.
    pub fn channel_id(&self) -> &str {
        &self.channel_id
    }

    /// Whose records.
    pub const fn user(&self) -> &User {
        &self.user
    }

    /// How many records are asked for at most.
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// A name for the listing, whichever part of it: for checkpoints. It is a digest, because it
    /// holds a person's id and checkpoints are written to disk.
    #[cfg_attr(not(feature = "client"), expect(dead_code, reason = "the pager uses it"))]
    pub(crate) fn fingerprint(&self) -> String {
        let time = |time: Option<UnixMillis>| time.map_or(String::new(), |t| t.get().to_string());
        let mut hash = Sha256::new();
        let parts: [&str; 6] = [
            &self.channel_id,
            &self.channel,
            self.user.id(),
            &time(self.start),
            &time(self.end),
            &self.limit.to_string(),
        ];
        for part in parts {
            // lengths keep one value from running into the next
            hash.update(format!("{}:{part};", part.len()));
        }
        let digest = hash.finalize();
        format!("{} {}", Self::NAME, hex::encode(digest.get(..16).unwrap_or(&digest)))
    }

    fn check(&self) -> Result<(), Error> {
        self.user.check()?;
        if self.channel_id.is_empty() || self.channel.is_empty() {
            return Err(Error::invalid("the channel id or the channel is empty"));
        }
        if self.limit == 0 {
            return Err(Error::invalid("limit is 0"));
        }
        if let (Some(start), Some(end)) = (self.start, self.end)
            && end < start
        {
            return Err(Error::invalid("the end is before the start"));
        }
        Ok(())
    }
}

impl fmt::Debug for RecordsRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordsRequest")
            .field("channel_id", &self.channel_id)
            .field("channel", &self.channel)
            .field("start", &self.start)
            .field("end", &self.end)
            .field("limit", &self.limit)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

impl Endpoint for RecordsRequest {
    type Output = Page<Record>;
    type Error = Error;
    const NAME: &'static str = "ccmessaging/queryHistoryChatMessage";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        /// Every value is a text, numbers too.
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            channel_id: &'a str,
            user_id: &'a str,
            limit: String,
            offset: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            start_time: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            end_time: Option<String>,
            channel: &'a str,
        }
        self.check()?;
        let time = |time: Option<UnixMillis>| time.map(|time| time.get().to_string());
        let body = Body {
            channel_id: &self.channel_id,
            user_id: self.user.id(),
            limit: self.limit.to_string(),
            offset: self.offset.to_string(),
            start_time: time(self.start),
            end_time: time(self.end),
            channel: &self.channel,
        };
        post(base, &["apiaccess", "ccmessaging", "queryHistoryChatMessage"], &body)
    }

    /// The page has no `next`: what comes behind it depends on more than one answer.
    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Page<Record>, Error> {
        let (parts, body) = answer.into_parts();
        match read_records(&body).and_then(|records| believed(&parts, records)) {
            Ok(records) => Ok(records.into_page(body)),
            Err(failure) => Err(Error::from_answer(Self::NAME, &parts, &body, failure)),
        }
    }
}
