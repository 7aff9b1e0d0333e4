//! Settings of a simulated enterprise-WeChat middle platform.

use std::{fmt, ops::RangeInclusive, time::Duration};

use axum::http::HeaderName;

use super::crypt::Cipher;
use crate::Error;

/// Whether the ends of a time window belong to it; the vendor's pages do not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Bounds {
    /// Both do.
    #[default]
    Inclusive,
    /// The start does, the end does not.
    EndExclusive,
    /// Neither does.
    Exclusive,
}

/// What to simulate. The defaults give 2,000 records in 15 chats over 20 days, the last of them two minutes old.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent settings, each off by default")]
pub struct MyscrmOptions {
    pub(super) records: u32,
    pub(super) chats: u32,
    pub(super) seed: u64,
    pub(super) span_days: u32,
    pub(super) until_ms: Option<i64>,
    pub(super) raw_mode: bool,
    pub(super) app_id: String,
    pub(super) encoding_aes_key: String,
    pub(super) required_header: Option<(String, String)>,
    pub(super) required_query: Option<(String, String)>,
    pub(super) bounds: Bounds,
    pub(super) max_window: Option<Duration>,
    pub(super) max_page_size: u32,
    pub(super) thin_pages: bool,
    pub(super) all_bodies: bool,
    pub(super) integers_as_text: bool,
    pub(super) zeros_absent: bool,
    pub(super) undocumented_types: bool,
    pub(super) shared_recall_ids: bool,
    pub(super) recalls_apart: bool,
    pub(super) blank_empty_pages: bool,
    pub(super) errors_say_ok: bool,
    pub(super) single_use_cursors: bool,
    pub(super) cursor_life: Option<Duration>,
    pub(super) rules_life: Duration,
    pub(super) media_life: Duration,
    pub(super) media_bytes: (u64, u64),
    pub(super) media_bytes_per_second: Option<u64>,
    pub(super) keep_sent: bool,
}

impl Default for MyscrmOptions {
    fn default() -> Self {
        Self {
            records: 2_000,
            chats: 15,
            seed: 1,
            span_days: 20,
            until_ms: None,
            raw_mode: false,
            app_id: "5f0e7a52-0000-4000-8000-00000000a001".to_owned(),
            encoding_aes_key: "SimulatedEncodingAesKey0123456789abcdefghiJ".to_owned(),
            required_header: None,
            required_query: None,
            bounds: Bounds::Inclusive,
            max_window: None,
            max_page_size: 1_000,
            thin_pages: false,
            all_bodies: false,
            integers_as_text: false,
            zeros_absent: false,
            undocumented_types: false,
            shared_recall_ids: false,
            recalls_apart: false,
            blank_empty_pages: false,
            errors_say_ok: false,
            single_use_cursors: false,
            cursor_life: None,
            rules_life: Duration::from_secs(10 * 60),
            media_life: Duration::from_secs(60 * 60),
            media_bytes: (1_000, 60_000),
            media_bytes_per_second: None,
            keep_sent: false,
        }
    }
}

impl MyscrmOptions {
    /// How many messages there are at the start. Each takes about thirty bytes of memory.
    #[must_use]
    pub fn with_records(mut self, records: u32) -> Self {
        self.records = records;
        self
    }

    /// How many chats they are in; at least 1. Every third one is a group.
    #[must_use]
    pub fn with_chats(mut self, chats: u32) -> Self {
        self.chats = chats;
        self
    }

    /// What all data is derived from: the same seed, [`MyscrmOptions::with_until_ms`] and other settings give the same records.
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

    /// No message is later than this, in milliseconds since the Unix epoch; default is two minutes before the clock's time
    /// at the start. Messages are served whatever the clock says later: one set back does not hide them.
    #[must_use]
    pub fn with_until_ms(mut self, until_ms: i64) -> Self {
        self.until_ms = Some(until_ms);
        self
    }

    /// Whether the configuration, and all that the handle says of records, is about the encrypted records of the whole
    /// enterprise instead of the plain ones of single chats. Both are served either way.
    #[must_use]
    pub fn with_raw_mode(mut self, raw_mode: bool) -> Self {
        self.raw_mode = raw_mode;
        self
    }

    /// The only application.
    #[must_use]
    pub fn with_app_id(mut self, app_id: impl Into<String>) -> Self {
        self.app_id = app_id.into();
        self
    }

    /// The key of encrypted records: 43 characters.
    #[must_use]
    pub fn with_encoding_aes_key(mut self, key: impl Into<String>) -> Self {
        self.encoding_aes_key = key.into();
        self
    }

    /// A header that every call to the API must carry; none by default.
    #[must_use]
    pub fn with_required_header(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.required_header = Some((name.into(), value.into()));
        self
    }

    /// A pair that the query of every call to the API must hold; none by default.
    #[must_use]
    pub fn with_required_query(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.required_query = Some((name.into(), value.into()));
        self
    }

    /// Whether the ends of a time window belong to it.
    #[must_use]
    pub fn with_bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// The longest window that the plain pull takes; not limited by default. The raw pull takes three days.
    #[must_use]
    pub fn with_max_window(mut self, max_window: Duration) -> Self {
        self.max_window = Some(max_window);
        self
    }

    /// The largest page that both pulls give, 1,000 by default; at least 10, which is what they give if nothing is asked.
    #[must_use]
    pub fn with_max_page_size(mut self, max_page_size: u32) -> Self {
        self.max_page_size = max_page_size;
        self
    }

    /// Cuts pages before they are filtered, so that they hold fewer records than there are matches for, and sends every
    /// third page of a walk without records, but with a cursor.
    #[must_use]
    pub fn with_thin_pages(mut self, thin_pages: bool) -> Self {
        self.thin_pages = thin_pages;
        self
    }

    /// Gives every plain record the bodies of all fourteen types, as the sample of the vendor's page shows it; those of
    /// other types than its own hold empty texts and zeros.
    #[must_use]
    pub fn with_all_bodies(mut self, all_bodies: bool) -> Self {
        self.all_bodies = all_bodies;
        self
    }

    /// Sends integers of 64 bits as text, as protobuf's JSON does.
    #[must_use]
    pub fn with_integers_as_text(mut self, integers_as_text: bool) -> Self {
        self.integers_as_text = integers_as_text;
        self
    }

    /// Leaves out zeros, false, empty texts and empty lists, as protobuf's JSON does; only `errcode` is always sent.
    #[must_use]
    pub fn with_zeros_absent(mut self, zeros_absent: bool) -> Self {
        self.zeros_absent = zeros_absent;
        self
    }

    /// Adds messages of types that the plain pull's page does not know (merged chats, votes, meetings and others), two in a
    /// hundred. The plain pull sends them without a body.
    #[must_use]
    pub fn with_undocumented_types(mut self, undocumented_types: bool) -> Self {
        self.undocumented_types = undocumented_types;
        self
    }

    /// Gives a raw record of a recall the platform id of the message that it recalls, so that only `action` tells them apart.
    #[must_use]
    pub fn with_shared_recall_ids(mut self, shared_recall_ids: bool) -> Self {
        self.shared_recall_ids = shared_recall_ids;
        self
    }

    /// Leaves a raw message as it is when it is recalled: only the record of the recall tells.
    #[must_use]
    pub fn with_recalls_apart(mut self, recalls_apart: bool) -> Self {
        self.recalls_apart = recalls_apart;
        self
    }

    /// Sends an empty text instead of an encrypted empty list for a raw page without records.
    #[must_use]
    pub fn with_blank_empty_pages(mut self, blank_empty_pages: bool) -> Self {
        self.blank_empty_pages = blank_empty_pages;
        self
    }

    /// Lets `errmsg` be "ok" in errors too.
    #[must_use]
    pub fn with_errors_say_ok(mut self, errors_say_ok: bool) -> Self {
        self.errors_say_ok = errors_say_ok;
        self
    }

    /// Refuses a cursor that was answered before. A client that lost the answer has to begin its window anew.
    #[must_use]
    pub fn with_single_use_cursors(mut self, single_use_cursors: bool) -> Self {
        self.single_use_cursors = single_use_cursors;
        self
    }

    /// How long cursors live by the virtual clock; for ever by default.
    #[must_use]
    pub fn with_cursor_life(mut self, cursor_life: Duration) -> Self {
        self.cursor_life = Some(cursor_life);
        self
    }

    /// How often the keyword rules change, in whole seconds of the virtual clock: some are switched on or off and hit other
    /// words; default 10 minutes. Zero changes them with every answer.
    #[must_use]
    pub fn with_rules_life(mut self, rules_life: Duration) -> Self {
        self.rules_life = rules_life;
        self
    }

    /// How long media links live, in whole seconds of the virtual clock; default 60 minutes.
    #[must_use]
    pub fn with_media_life(mut self, media_life: Duration) -> Self {
        self.media_life = media_life;
        self
    }

    /// The size of files, 1,000 to 60,000 bytes by default. Pictures are never smaller than about 2,000 bytes.
    #[must_use]
    pub fn with_media_bytes(mut self, media_bytes: RangeInclusive<u64>) -> Self {
        self.media_bytes = media_bytes.into_inner();
        self
    }

    /// How many bytes of a file go over one connection in a second; not limited by default.
    #[must_use]
    pub fn with_media_bytes_per_second(mut self, rate: u64) -> Self {
        self.media_bytes_per_second = Some(rate);
        self
    }

    /// Keeps the bytes that each record was last sent as, for [`super::MyscrmHandle::raw_as_sent`]. Takes memory.
    #[must_use]
    pub fn with_keep_sent(mut self, keep_sent: bool) -> Self {
        self.keep_sent = keep_sent;
        self
    }

    /// Checks all settings; gives the cipher of the key.
    pub(super) fn check(&self) -> Result<Cipher, Error> {
        let fail = |name, reason: &str| Err(Error::Option { name, reason: reason.to_owned() });
        if self.span_days == 0 {
            return fail("span_days", "must be at least 1");
        }
        if !(1..=100_000).contains(&self.chats) {
            return fail("chats", "must be from 1 to 100,000");
        }
        if self.max_page_size < 10 {
            return fail("max_page_size", "must be at least 10");
        }
        let (smallest, largest) = self.media_bytes;
        if smallest > largest || largest > 1 << 30 {
            return fail("media_bytes", "must be a range of at most 1 GiB");
        }
        if self.media_bytes_per_second == Some(0) {
            return fail("media_bytes_per_second", "must be at least 1");
        }
        let header = self.required_header.as_ref();
        if header.is_some_and(|(name, _)| name.parse::<HeaderName>().is_err()) {
            return fail("required_header", "must be a header's name");
        }
        match Cipher::new(&self.encoding_aes_key) {
            Some(cipher) => Ok(cipher),
            None => fail("encoding_aes_key", "must be 43 letters and digits"),
        }
    }
}

impl fmt::Debug for MyscrmOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MyscrmOptions")
            .field("records", &self.records)
            .field("chats", &self.chats)
            .field("seed", &self.seed)
            .field("span_days", &self.span_days)
            .field("until_ms", &self.until_ms)
            .field("raw_mode", &self.raw_mode)
            .field("bounds", &self.bounds)
            .field("max_window", &self.max_window)
            .field("max_page_size", &self.max_page_size)
            .field("thin_pages", &self.thin_pages)
            .field("all_bodies", &self.all_bodies)
            .field("integers_as_text", &self.integers_as_text)
            .field("zeros_absent", &self.zeros_absent)
            .field("undocumented_types", &self.undocumented_types)
            .field("shared_recall_ids", &self.shared_recall_ids)
            .field("recalls_apart", &self.recalls_apart)
            .field("blank_empty_pages", &self.blank_empty_pages)
            .field("errors_say_ok", &self.errors_say_ok)
            .field("single_use_cursors", &self.single_use_cursors)
            .field("cursor_life", &self.cursor_life)
            .field("rules_life", &self.rules_life)
            .field("media_life", &self.media_life)
            .field("media_bytes", &self.media_bytes)
            .field("media_bytes_per_second", &self.media_bytes_per_second)
            .field("keep_sent", &self.keep_sent)
            .finish_non_exhaustive()
    }
}
