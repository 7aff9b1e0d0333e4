//! Settings of a simulated Yuju AI.

use std::{fmt, ops::RangeInclusive};

use crate::Error;

/// In which order the messages of a conversation are listed. The vendor does not say; clients must cope with each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum MessageOrder {
    /// As in the vendor's sample: first what was said to the AI, oldest first, then what was said to people, newest first.
    #[default]
    AsSampled,
    /// The latest message comes first.
    NewestFirst,
    /// The first message comes first.
    OldestFirst,
}

/// What `Data` is where there are no records. The vendor does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum NoRecords {
    /// `[]`
    #[default]
    EmptyList,
    /// `null`
    Null,
}

/// What an empty filter finds in the list of contacts. The vendor does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum EmptyFilter {
    /// All contacts.
    #[default]
    ListsAll,
    /// No contact.
    ListsNone,
}

/// What `content` holds for pictures, files, voices and films. The vendor does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum MediaContent {
    /// A word in brackets, such as `[图片]`.
    #[default]
    Label,
    /// The link to the file.
    Link,
    /// A JSON document with the link and the name of the file.
    Json,
}

/// Which keys a message has in the answer of `chat/history/detail`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Details {
    /// Those of the vendor's pushed messages: type, time and user as well.
    #[default]
    Pushed,
    /// Only id, direction and content, which are all that was ever seen here.
    Seen,
}

/// What to simulate. The defaults give 2,000 messages of 25 customers over 25 days, the last of them two minutes old.
#[derive(Clone)]
pub struct JijyunOptions {
    pub(super) records: u32,
    pub(super) customers: u32,
    pub(super) silent_customers: u32,
    pub(super) seed: u64,
    pub(super) span_days: u32,
    pub(super) until_ms: Option<i64>,
    pub(super) hosted_accounts: u8,
    pub(super) api_key: String,
    pub(super) order: MessageOrder,
    pub(super) cut_after: Option<u32>,
    pub(super) no_records: NoRecords,
    pub(super) empty_filter: EmptyFilter,
    pub(super) media_content: MediaContent,
    pub(super) details: Details,
    pub(super) ai_sender: String,
    pub(super) shared_conversation: bool,
    pub(super) customers_all: bool,
    pub(super) allowance: Option<u64>,
    pub(super) media_bytes: (u64, u64),
}

impl Default for JijyunOptions {
    fn default() -> Self {
        Self {
            records: 2_000,
            customers: 25,
            silent_customers: 2,
            seed: 1,
            span_days: 25,
            until_ms: None,
            hosted_accounts: 2,
            api_key: "sim-api-key".to_owned(),
            order: MessageOrder::default(),
            cut_after: None,
            no_records: NoRecords::default(),
            empty_filter: EmptyFilter::default(),
            media_content: MediaContent::default(),
            details: Details::default(),
            ai_sender: "客服".to_owned(),
            shared_conversation: false,
            customers_all: false,
            allowance: None,
            media_bytes: (1_000, 60_000),
        }
    }
}

impl JijyunOptions {
    /// How many messages there are at the start. Each takes about twenty bytes of memory.
    #[must_use]
    pub fn with_records(mut self, records: u32) -> Self {
        self.records = records;
        self
    }

    /// How many customers talk, in one to four conversations each; at least 1.
    #[must_use]
    pub fn with_customers(mut self, customers: u32) -> Self {
        self.customers = customers;
        self
    }

    /// How many more contacts there are that never said a word; default 2.
    #[must_use]
    pub fn with_silent_customers(mut self, silent_customers: u32) -> Self {
        self.silent_customers = silent_customers;
        self
    }

    /// What all data is derived from: the same seed, [`JijyunOptions::with_until_ms`] and other settings give the same
    /// messages.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Over how many days the messages are spread; at least 1.
    #[must_use]
    pub fn with_span_days(mut self, span_days: u32) -> Self {
        self.span_days = span_days;
        self
    }

    /// No message is later than this, in milliseconds since the Unix epoch; default is two minutes before the clock's time
    /// at the start. Messages are served whatever the clock says later: one set back does not hide them.
    #[must_use]
    pub fn with_until_ms(mut self, until_ms: i64) -> Self {
        self.until_ms = Some(until_ms);
        self
    }

    /// How many hosted `WeCom` accounts there are; default 2. Every second customer talks to one of them.
    #[must_use]
    pub fn with_hosted_accounts(mut self, hosted_accounts: u8) -> Self {
        self.hosted_accounts = hosted_accounts;
        self
    }

    /// The only key.
    #[must_use]
    pub fn with_api_key(mut self, api_key: impl Into<String>) -> Self {
        self.api_key = api_key.into();
        self
    }

    /// In which order `chat/record` lists the messages of a conversation.
    #[must_use]
    pub fn with_order(mut self, order: MessageOrder) -> Self {
        self.order = order;
        self
    }

    /// An answer of `chat/record` holds at most so many messages, and nothing in it says that older ones were left out.
    /// Nothing is cut by default.
    #[must_use]
    pub fn with_cut_after(mut self, cut_after: u32) -> Self {
        self.cut_after = Some(cut_after);
        self
    }

    /// What `Data` is for customers without records.
    #[must_use]
    pub fn with_no_records(mut self, no_records: NoRecords) -> Self {
        self.no_records = no_records;
        self
    }

    /// What an empty filter finds in the list of contacts.
    #[must_use]
    pub fn with_empty_filter(mut self, empty_filter: EmptyFilter) -> Self {
        self.empty_filter = empty_filter;
        self
    }

    /// What `chat/record` says of pictures, files, voices and films.
    #[must_use]
    pub fn with_media_content(mut self, media_content: MediaContent) -> Self {
        self.media_content = media_content;
        self
    }

    /// Which keys the messages of `chat/history/detail` have.
    #[must_use]
    pub fn with_details(mut self, details: Details) -> Self {
        self.details = details;
        self
    }

    /// The `sender_type` of what the AI answers. The vendor does not show one; default is `客服`, as for people.
    #[must_use]
    pub fn with_ai_sender(mut self, ai_sender: impl Into<String>) -> Self {
        self.ai_sender = ai_sender.into();
        self
    }

    /// The first conversation of the first customer is answered for the second customer as well; default false.
    #[must_use]
    pub fn with_shared_conversation(mut self, shared_conversation: bool) -> Self {
        self.shared_conversation = shared_conversation;
        self
    }

    /// The configuration says `customers = "all"` and not their ids; default false.
    #[must_use]
    pub fn with_customers_all(mut self, customers_all: bool) -> Self {
        self.customers_all = customers_all;
        self
    }

    /// How many calls are paid for: after them, HTTP 402 is the answer. Checking the key is free. Not limited by default.
    #[must_use]
    pub fn with_allowance(mut self, allowance: u64) -> Self {
        self.allowance = Some(allowance);
        self
    }

    /// The size of files, 1,000 to 60,000 bytes by default. Pictures are never smaller than about 2,000 bytes.
    #[must_use]
    pub fn with_media_bytes(mut self, media_bytes: RangeInclusive<u64>) -> Self {
        self.media_bytes = media_bytes.into_inner();
        self
    }

    /// Checks all settings but the times.
    pub(super) fn check(&self) -> Result<(), Error> {
        let fail = |name, reason: &str| Err(Error::Option { name, reason: reason.to_owned() });
        if self.customers == 0 {
            return fail("customers", "must be at least 1");
        }
        if self.customers.checked_add(self.silent_customers).is_none() {
            return fail("silent_customers", "are too many");
        }
        if self.span_days == 0 {
            return fail("span_days", "must be at least 1");
        }
        if self.api_key.is_empty() {
            return fail("api_key", "must not be empty");
        }
        if self.cut_after == Some(0) {
            return fail("cut_after", "must be at least 1");
        }
        let (smallest, largest) = self.media_bytes;
        if smallest > largest || largest > 1 << 30 {
            return fail("media_bytes", "must be a range of at most 1 GiB");
        }
        Ok(())
    }
}

impl fmt::Debug for JijyunOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JijyunOptions")
            .field("records", &self.records)
            .field("customers", &self.customers)
            .field("silent_customers", &self.silent_customers)
            .field("seed", &self.seed)
            .field("span_days", &self.span_days)
            .field("until_ms", &self.until_ms)
            .field("hosted_accounts", &self.hosted_accounts)
            .field("order", &self.order)
            .field("cut_after", &self.cut_after)
            .field("no_records", &self.no_records)
            .field("empty_filter", &self.empty_filter)
            .field("media_content", &self.media_content)
            .field("details", &self.details)
            .field("ai_sender", &self.ai_sender)
            .field("shared_conversation", &self.shared_conversation)
            .field("customers_all", &self.customers_all)
            .field("allowance", &self.allowance)
            .field("media_bytes", &self.media_bytes)
            .finish_non_exhaustive()
    }
}
