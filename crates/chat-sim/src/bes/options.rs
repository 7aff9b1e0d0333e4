//! Settings of a simulated Huawei.

use std::{fmt, ops::RangeInclusive};

use crate::Error;

/// The longest user id that a history can be asked for.
pub(super) const LONGEST_USER_ID: usize = 24;

/// What `offset` counts. The vendor does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OffsetUnit {
    /// Records to leave out.
    #[default]
    Records,
    /// Pages of `limit` records, from 0.
    Pages,
    /// Pages of `limit` records, from 1; 0 is the first one as well.
    PagesFromOne,
    /// Nothing: every answer begins at the first record.
    Ignored,
}

/// In which order records come. The vendor does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Order {
    /// Latest first.
    #[default]
    Descending,
    /// Oldest first.
    Ascending,
}

/// Whether records sent exactly at `startTime` or `endTime` are found. The vendor does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Bounds {
    /// They are.
    #[default]
    Inclusive,
    /// They are not.
    Exclusive,
}

/// How `applyToken` answers. The vendor's samples disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TokenForm {
    /// `{"resultCode":"0","token":"…"}`
    #[default]
    Object,
    /// `{"token":"\"…\""}`: the token comes with quotes around it.
    Quoted,
    /// `"…"`
    Text,
}

/// How an answer without records says so. The vendor does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum EmptyList {
    /// `"messageList":[]`
    #[default]
    Array,
    /// `"messageList":null`
    Null,
    /// No `messageList` at all.
    Absent,
}

/// What to simulate. The defaults give 2,000 records of 20 users over 90 days, the last of them two minutes old.
#[derive(Clone)]
pub struct BesOptions {
    pub(super) records: u32,
    pub(super) users: u32,
    pub(super) seed: u64,
    pub(super) span_days: u32,
    pub(super) until_ms: Option<i64>,
    pub(super) app_key: String,
    pub(super) app_secret: String,
    pub(super) access_key: String,
    pub(super) secret_key: String,
    pub(super) channel_id: String,
    pub(super) channel: String,
    pub(super) has_token_listener: bool,
    pub(super) token_form: TokenForm,
    pub(super) limit_cap: u32,
    pub(super) offset_unit: OffsetUnit,
    pub(super) order: Order,
    pub(super) bounds: Bounds,
    pub(super) empty_list: EmptyList,
    pub(super) ignores_times: bool,
    pub(super) refused_before_ms: Option<i64>,
    pub(super) has_bare_ids: bool,
    pub(super) media_bytes: (u64, u64),
}

impl Default for BesOptions {
    fn default() -> Self {
        Self {
            records: 2_000,
            users: 20,
            seed: 1,
            span_days: 90,
            until_ms: None,
            app_key: "sim-app-key".to_owned(),
            app_secret: "sim-app-secret".to_owned(),
            access_key: "sim-access-key".to_owned(),
            secret_key: "sim-secret-key".to_owned(),
            channel_id: "202500000000000001".to_owned(),
            channel: "WEB".to_owned(),
            has_token_listener: false,
            token_form: TokenForm::default(),
            limit_cap: 100,
            offset_unit: OffsetUnit::default(),
            order: Order::default(),
            bounds: Bounds::default(),
            empty_list: EmptyList::default(),
            ignores_times: false,
            refused_before_ms: None,
            has_bare_ids: false,
            media_bytes: (1_000, 60_000),
        }
    }
}

impl BesOptions {
    /// How many records there are at the start, of all users together. Each takes about sixteen bytes of memory.
    #[must_use]
    pub fn with_records(mut self, records: u32) -> Self {
        self.records = records;
        self
    }

    /// How many users the channel has; at least 1. Some write much, some little, some nothing.
    #[must_use]
    pub fn with_users(mut self, users: u32) -> Self {
        self.users = users;
        self
    }

    /// What all data is derived from: the same seed, [`BesOptions::with_until_ms`] and other settings give the same records.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Over how many days the records are spread; at least 1.
    #[must_use]
    pub fn with_span_days(mut self, span_days: u32) -> Self {
        self.span_days = span_days;
        self
    }

    /// No record is later than this, in milliseconds since the Unix epoch; default is two minutes before the clock's time
    /// at the start. Records are served whatever the clock says later: one set back does not hide them.
    #[must_use]
    pub fn with_until_ms(mut self, until_ms: i64) -> Self {
        self.until_ms = Some(until_ms);
        self
    }

    /// The only application.
    #[must_use]
    pub fn with_app_key(mut self, app_key: impl Into<String>) -> Self {
        self.app_key = app_key.into();
        self
    }

    /// The secret of the application.
    #[must_use]
    pub fn with_app_secret(mut self, app_secret: impl Into<String>) -> Self {
        self.app_secret = app_secret.into();
        self
    }

    /// The key pair that signs requests for calls.
    #[must_use]
    pub fn with_signing_keys(
        mut self,
        access_key: impl Into<String>,
        secret_key: impl Into<String>,
    ) -> Self {
        self.access_key = access_key.into();
        self.secret_key = secret_key.into();
        self
    }

    /// The id of the only channel.
    #[must_use]
    pub fn with_channel_id(mut self, channel_id: impl Into<String>) -> Self {
        self.channel_id = channel_id.into();
        self
    }

    /// The channel's type, `WEB` by default.
    #[must_use]
    pub fn with_channel(mut self, channel: impl Into<String>) -> Self {
        self.channel = channel.into();
        self
    }

    /// Serves `tokenByAkSk` on the second port, and only there. By default it is where the rest of the API is.
    #[must_use]
    pub fn with_token_listener(mut self, has_token_listener: bool) -> Self {
        self.has_token_listener = has_token_listener;
        self
    }

    /// How `applyToken` answers.
    #[must_use]
    pub fn with_token_form(mut self, token_form: TokenForm) -> Self {
        self.token_form = token_form;
        self
    }

    /// The most records that one answer holds, 100 by default; at least 1. A larger `limit` is cut without a word.
    #[must_use]
    pub fn with_limit_cap(mut self, limit_cap: u32) -> Self {
        self.limit_cap = limit_cap;
        self
    }

    /// What `offset` counts.
    #[must_use]
    pub fn with_offset_unit(mut self, offset_unit: OffsetUnit) -> Self {
        self.offset_unit = offset_unit;
        self
    }

    /// In which order records come.
    #[must_use]
    pub fn with_order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Whether the ends of a window belong to it.
    #[must_use]
    pub fn with_bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// How an answer without records says so.
    #[must_use]
    pub fn with_empty_list(mut self, empty_list: EmptyList) -> Self {
        self.empty_list = empty_list;
        self
    }

    /// Takes no notice of `startTime` and `endTime`.
    #[must_use]
    pub fn with_ignored_times(mut self, ignores_times: bool) -> Self {
        self.ignores_times = ignores_times;
        self
    }

    /// Refuses windows that begin before this with HTTP 500, in milliseconds since the Unix epoch. None by default.
    #[must_use]
    pub fn with_refused_before_ms(mut self, unix_ms: i64) -> Self {
        self.refused_before_ms = Some(unix_ms);
        self
    }

    /// Sends no type along with the ids of pictures, sounds and films, as the vendor's newer pages say. To get a file, its type
    /// must be known, so that most of these cannot be had. By default the type is left out only where the id ends with it.
    #[must_use]
    pub fn with_bare_file_ids(mut self, has_bare_ids: bool) -> Self {
        self.has_bare_ids = has_bare_ids;
        self
    }

    /// The size of files, 1,000 to 60,000 bytes by default. Pictures are never smaller than about 2,000 bytes; files of more
    /// than 2 MiB are not given out.
    #[must_use]
    pub fn with_media_bytes(mut self, media_bytes: RangeInclusive<u64>) -> Self {
        self.media_bytes = media_bytes.into_inner();
        self
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let fail = |name, reason: &str| Err(Error::Option { name, reason: reason.to_owned() });
        for (name, value) in
            [("users", self.users), ("span_days", self.span_days), ("limit_cap", self.limit_cap)]
        {
            if value == 0 {
                return fail(name, "must be at least 1");
            }
        }
        let (smallest, largest) = self.media_bytes;
        if smallest > largest || largest > 1 << 30 {
            return fail("media_bytes", "must be a range of at most 1 GiB");
        }
        for (name, text) in [("channel_id", &self.channel_id), ("channel", &self.channel)] {
            if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return fail(name, "must be letters and digits");
            }
        }
        Ok(())
    }
}

impl fmt::Debug for BesOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BesOptions")
            .field("records", &self.records)
            .field("users", &self.users)
            .field("seed", &self.seed)
            .field("span_days", &self.span_days)
            .field("until_ms", &self.until_ms)
            .field("channel_id", &self.channel_id)
            .field("channel", &self.channel)
            .field("has_token_listener", &self.has_token_listener)
            .field("token_form", &self.token_form)
            .field("limit_cap", &self.limit_cap)
            .field("offset_unit", &self.offset_unit)
            .field("order", &self.order)
            .field("bounds", &self.bounds)
            .field("empty_list", &self.empty_list)
            .field("ignores_times", &self.ignores_times)
            .field("refused_before_ms", &self.refused_before_ms)
            .field("has_bare_ids", &self.has_bare_ids)
            .field("media_bytes", &self.media_bytes)
            .finish_non_exhaustive()
    }
}
