//! What a sync engine needs of a vendor: partitions, windows, pages, media. No vendor in sight.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io::Write;

use serde::{Deserialize, Serialize};

use crate::{
    BoxFuture, Cursor, ErrorKind, Likeness, MediaError, MediaInfo, MediaLink, Message, Page,
    RawPage, SkippedRecord, Span, UnixMillis, VendorError,
};

/// A vendor account that records can be read from.
pub trait Source: fmt::Debug + Send + Sync {
    /// Its name in the configuration.
    fn name(&self) -> &str;

    /// The vendor's name, as in the configuration.
    fn vendor(&self) -> &'static str;

    /// All that the set of its records and their meaning depend on: the account, filters, the zone,
    /// the version of the conversion. When it changes, an archive reads everything again. It holds
    /// no secret, and no address that may change from run to run.
    fn fingerprint(&self) -> String;

    /// What the vendor's API can do.
    fn capabilities(&self) -> Capabilities;

    /// Tries the credentials with the cheapest call.
    ///
    /// # Errors
    ///
    /// When the vendor refuses the call or cannot be reached.
    fn check(&self) -> BoxFuture<'_, Result<(), SourceError>>;

    /// The independent parts of the account: all of it, one per user, one per chat.
    ///
    /// # Errors
    ///
    /// When they must be asked for and cannot be had.
    fn partitions(&self) -> BoxFuture<'_, Result<Vec<Partition>, SourceError>>;

    /// What the last list of [partitions](Self::partitions) is known to lack, a sentence each: a
    /// run over the others is not complete.
    fn lacking(&self) -> Vec<String> {
        Vec::new()
    }

    /// Reads one page. Records [without ids](Message::without_id) of one conversation must all be on
    /// the same page, and so must those that have a [`Likeness`].
    ///
    /// # Errors
    ///
    /// The error of the last attempt, when the page could not be had or not be read.
    fn fetch<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> BoxFuture<'a, Result<SourcePage, SourceError>>;

    /// Reads a stored answer again. Pure: the same bytes give the same messages.
    ///
    /// # Errors
    ///
    /// When the bytes are no page of this vendor.
    fn read(&self, partition: &Partition, body: Vec<u8>) -> Result<SourcePage, SourceError>;

    /// The cursor of the page after one that could not be read, where positions can be counted.
    fn cursor_after(&self, failed: Option<&Cursor>) -> Option<Cursor> {
        let _ = failed;
        None
    }

    /// True if two forms of a record say the same, leaving out what the vendor makes up anew at
    /// each reading (signed links, computed fields).
    fn same_content(&self, a: &[u8], b: &[u8]) -> bool;

    /// Reads a record again to get fresh links to its files, in the order of its attachments.
    /// `None`: the vendor no longer lists the record.
    ///
    /// # Errors
    ///
    /// When the record could not be asked for.
    fn renew_media<'a>(
        &'a self,
        item: &'a MediaItem,
    ) -> BoxFuture<'a, Result<Option<Vec<Option<MediaLink>>>, SourceError>>;

    /// Fetches a file into `sink`, at most `limit_bytes`.
    ///
    /// # Errors
    ///
    /// When the link is dead or refused, the file too large, or the connection breaks.
    fn fetch_media<'a>(
        &'a self,
        link: &'a MediaLink,
        sink: &'a mut (dyn Write + Send),
        limit_bytes: u64,
    ) -> BoxFuture<'a, Result<MediaInfo, MediaError>>;

    /// How many calls were made so far.
    fn calls(&self) -> CallCount;

    /// Things the user should know although the calls passed (a wrong local clock).
    fn notices(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What a vendor's API can do, and what it leaves open.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a vendor")]
pub struct Capabilities {
    /// How a listing can be narrowed by time.
    pub windowing: Windowing,
    /// The vendor says how many records a listing has.
    pub has_total: bool,
    /// How many records a page has at most.
    pub page_size: u32,
    /// The list of partitions may leave out some that it named before: those that an archive knows
    /// are read too.
    pub partial_partitions: bool,
    /// A cursor knows what is left, so neither empty pages nor pages that cannot be read end a
    /// listing early.
    pub finite_cursors: bool,
    /// An answer says itself whether more follows. Where only a page that is not full tells the end,
    /// and nothing counts the records, time that was never read is asked for twice.
    pub states_end: bool,
    /// What is assumed because the vendor's page does not say it, a sentence each.
    pub assumptions: Vec<Cow<'static, str>>,
}

impl Capabilities {
    /// What every source must say of itself; nothing is assumed.
    pub const fn new(windowing: Windowing, page_size: u32) -> Self {
        Self {
            windowing,
            has_total: false,
            page_size,
            partial_partitions: false,
            finite_cursors: false,
            states_end: false,
            assumptions: Vec::new(),
        }
    }
}

/// How a listing can be narrowed by time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Windowing {
    /// Not at all: a partition is one listing.
    Whole {
        /// How far back a listing reaches, in milliseconds, where the vendor lists the last days
        /// only.
        reach_ms: Option<i64>,
    },
    /// From and to, at a grain.
    Closed {
        /// The smallest step, in milliseconds.
        grain_ms: i64,
        /// The longest window the vendor takes, in milliseconds.
        max_ms: Option<i64>,
        /// How many records a window should hold at most; larger ones are split.
        max_rows: u64,
    },
}

/// An independent part of an account. `key` is `""` where there is only one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Partition {
    /// Its stable key, in the vendor's words.
    pub key: String,
}

impl Partition {
    /// The part with this key.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into() }
    }

    /// The only part.
    pub fn whole() -> Self {
        Self::new("")
    }
}

/// A span of time: `from_ms` belongs to it, `to_ms` no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a span has two ends")]
pub struct Window {
    /// First millisecond.
    pub from_ms: i64,
    /// First millisecond after it.
    pub to_ms: i64,
}

impl Window {
    /// The span between two instants.
    pub const fn new(from_ms: i64, to_ms: i64) -> Self {
        Self { from_ms, to_ms }
    }

    /// Its first instant.
    pub const fn from(&self) -> UnixMillis {
        UnixMillis::new(self.from_ms)
    }

    /// The first instant after it.
    pub const fn to(&self) -> UnixMillis {
        UnixMillis::new(self.to_ms)
    }

    /// Its length in milliseconds.
    pub const fn len_ms(&self) -> i64 {
        self.to_ms - self.from_ms
    }
}

/// Which page to read. A plain value: with the credentials, it is all that a worker needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageRequest {
    /// The part of the account.
    pub partition: Partition,
    /// The span of time, where the vendor can narrow by one.
    pub window: Option<Window>,
    /// The position; `None` is the first page.
    pub cursor: Option<Cursor>,
}

impl PageRequest {
    /// The first page of a listing.
    pub const fn first(partition: Partition, window: Option<Window>) -> Self {
        Self { partition, window, cursor: None }
    }

    /// The page at a position of the same listing.
    #[must_use]
    pub fn at(mut self, cursor: Option<Cursor>) -> Self {
        self.cursor = cursor;
        self
    }
}

/// One page, in neutral words and as it came.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SourcePage {
    /// The records that could be read, in the vendor's order.
    pub records: Vec<SourceRecord>,
    /// The records that could not be read.
    pub skipped: Vec<SkippedRecord>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
    /// How many records the vendor says the whole listing has.
    pub total: Option<u64>,
    /// The vendor gives no total, and may have withheld records of the asked window: shorter
    /// windows are the surer way to them than [`next`](Self::next).
    pub may_be_cut: bool,
    /// The answer, byte for byte.
    pub raw: RawPage,
}

impl SourcePage {
    /// A page without records.
    pub const fn new(raw: RawPage) -> Self {
        Self {
            records: Vec::new(),
            skipped: Vec::new(),
            next: None,
            total: None,
            may_be_cut: false,
            raw,
        }
    }

    /// A page of a vendor's records, each as `convert` puts it. Its trace id is left behind.
    pub fn from_page<T>(page: Page<T>, convert: impl FnMut(T) -> Message) -> Self {
        let messages = page.items.into_iter().map(convert).zip(page.spans);
        Self {
            records: messages.map(|(message, span)| SourceRecord::new(message, span)).collect(),
            skipped: page.skipped,
            next: page.next,
            total: page.total,
            ..Self::new(page.raw)
        }
    }
}

/// A message, and where its record's bytes lie in the page. `Debug` shows ids and kinds only.
#[derive(Clone)]
#[non_exhaustive]
pub struct SourceRecord {
    /// The neutral form.
    pub message: Message,
    /// Its record's bytes in the page.
    pub span: Span,
    /// How it is found again where ids do not tell. `None`: by its id, and
    /// [without one](Message::without_id) by all of its bytes.
    pub likeness: Option<Likeness>,
}

impl SourceRecord {
    /// A message and the place of its bytes.
    pub const fn new(message: Message, span: Span) -> Self {
        Self { message, span, likeness: None }
    }
}

impl fmt::Debug for SourceRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceRecord")
            .field("message", &self.message)
            .field("span", &self.span)
            .finish_non_exhaustive()
    }
}

/// A record whose files need fresh links.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaItem {
    /// The part of the account it was read from.
    pub partition: Partition,
    /// The record's id.
    pub record_id: String,
    /// The thread it belongs to.
    pub conversation_id: Option<String>,
    /// When it was sent.
    pub sent_at: Option<UnixMillis>,
}

impl MediaItem {
    /// A record of a partition.
    pub fn new(partition: Partition, record_id: impl Into<String>) -> Self {
        Self { partition, record_id: record_id.into(), conversation_id: None, sent_at: None }
    }
}

/// How many calls were made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallCount {
    /// Requests sent, each attempt counted.
    pub requests: u64,
    /// Attempts after the first of a call.
    pub retries: u64,
}

impl CallCount {
    /// So many requests, of which so many were retries.
    pub const fn new(requests: u64, retries: u64) -> Self {
        Self { requests, retries }
    }
}

/// Why a source could not do what it was asked, for any vendor.
///
/// `Display` is the whole story in one line: the vendor's error, its causes, how often it was
/// tried. It holds no secret and no chat text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceError {
    /// The sort of failure.
    pub kind: ErrorKind,
    /// What happened.
    pub message: String,
    /// What the reader can do about it.
    pub advice: Option<String>,
    /// The vendor's own code.
    pub vendor_code: Option<String>,
    /// The vendor's id of the call.
    pub trace_id: Option<String>,
    /// How many times the call was tried; 0 if nothing was sent.
    pub attempts: u32,
    /// The same request over a shorter span of time may pass.
    pub asks_smaller_window: bool,
}

impl SourceError {
    /// An error in words, about which nothing else is known.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            advice: None,
            vendor_code: None,
            trace_id: None,
            attempts: 0,
            asks_smaller_window: false,
        }
    }

    /// Neutral form of a vendor's error, after so many attempts.
    pub fn from_vendor<E: VendorError>(error: &E, attempts: u32) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            message.push_str(": ");
            message.push_str(&error.to_string());
            cause = error.source();
        }
        Self {
            advice: error.advice().map(Cow::into_owned),
            vendor_code: error.vendor_code().map(Cow::into_owned),
            trace_id: error.trace_id().map(str::to_owned),
            attempts,
            asks_smaller_window: error.asks_smaller_window(),
            ..Self::new(error.kind(), message)
        }
    }

    /// Neutral form of a vendor's error that came before anything was sent.
    #[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
    pub fn unsent<E: VendorError>(error: E) -> Self {
        Self::from_vendor(&error, 0)
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.attempts > 1 {
            write!(f, " (after {} attempts)", self.attempts)?;
        }
        if let Some(advice) = &self.advice {
            write!(f, "; {advice}")?;
        }
        Ok(())
    }
}

impl StdError for SourceError {}
