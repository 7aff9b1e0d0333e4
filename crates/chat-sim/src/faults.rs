//! Faults by rule: what should go wrong, and when.
//!
//! Rules come from TOML ([`Faults::from_toml`]) or from code. Each rule keeps its own count of the requests it sees.
//!
//! ```
//! use chat_sim::{Action, Fault, Faults, When};
//!
//! let from_code = Faults::default()
//!     .with(Fault::new(When::Every(5), Action::Http { status: 503, retry_after: Some(1), body: None }))
//!     .with(Fault::new(When::First(1), Action::Truncate).with_path("media"));
//!
//! let from_toml = Faults::from_toml(r#"
//!     [[fault]]
//!     every = 5
//!     kind = "http"
//!     status = 503
//!     retry_after = 1
//!
//!     [[fault]]
//!     path = "media"
//!     first = 1
//!     kind = "truncate"
//! "#)?;
//! assert_eq!(from_code, from_toml);
//! # Ok::<(), chat_sim::Error>(())
//! ```

mod draft;
mod engine;
mod parse;

pub(crate) use draft::{Draft, Tweak};
pub(crate) use engine::{Break, Edit, Engine, Host, Seen};

use crate::{Error, VENDORS};

/// When a rule fires. Requests are counted from 1, per rule, over those whose vendor and path match; retries count.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum When {
    /// Every Nth request.
    Every(u64),
    /// The requests with these ordinals.
    At(Vec<u64>),
    /// The first N requests.
    First(u64),
    /// Every request.
    Always,
    /// Any answer that would contain the record with this ordinal, counted from 0 partition by partition in time order; any
    /// request for that record's file, for rules about files.
    Record(u64),
    /// Requests for this page, counted from 1.
    Page(u64),
}

/// What a rule does to the answer. The variant's name in TOML (`kind`) is its snake case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// An HTTP error.
    Http {
        /// The status.
        status: u16,
        /// `Retry-After`, in seconds.
        retry_after: Option<u64>,
        /// The body; default is what the vendor sends with this status, or the status's name as plain text.
        body: Option<String>,
    },
    /// An error in the vendor's envelope, with HTTP 200.
    Api {
        /// The vendor's code.
        code: i64,
        /// The vendor's message.
        message: String,
    },
    /// The body is cut in the middle although `Content-Length` announces all of it.
    Truncate,
    /// An HTML error page, as proxies send them.
    Html {
        /// The status; 200 if nothing else is said.
        status: u16,
    },
    /// HTTP 200 with an empty body.
    Empty,
    /// A slow answer.
    Slow {
        /// Milliseconds before the answer begins.
        delay_ms: u64,
        /// Milliseconds between two of the about twenty pieces that the body is cut into; 0 sends it whole.
        drip_ms: u64,
    },
    /// The connection is reset.
    Reset {
        /// False: before anything is answered. True: after the headers and half of the body.
        after_headers: bool,
    },
    /// The body is sent again and again and never ends; no `Content-Length` announces it.
    Endless,
    /// Records are inserted before answering, newer than all others.
    InsertAtHead {
        /// How many.
        count: u64,
    },
    /// Records are inserted before answering, in the middle of the requested window: `total` moves while paging.
    InsertInWindow {
        /// How many.
        count: u64,
    },
    /// Rows of the page are sent twice.
    DuplicateRows {
        /// How many of them.
        count: u64,
    },
    /// Rows are left out of this answer; `total` says nothing of it.
    ShortPage {
        /// How many of them, from the end of the page (from the matched record on, with [`When::Record`]).
        drop: u64,
    },
    /// A page without rows; `total` says nothing of it.
    EmptyPage,
    /// `total` is wrong in this answer.
    WrongTotal {
        /// By how much; may be negative.
        by: i64,
    },
    /// Message types, statuses and template enumerations that no document names, in every third row.
    UnknownEnum,
    /// Keys that no document names, in every third row.
    UnknownKeys,
    /// Explicit nulls where values are expected, in every third row.
    NullRequired,
    /// One row (the matched record, or the middle one) that cannot be read as a record.
    BadRecord {
        /// How it is spoiled.
        form: BadForm,
    },
    /// The rows of the page before are sent again.
    RepeatPage,
    /// The next position that the answer names is the one that was asked for.
    RepeatCursor,
    /// Tokens that the vendor issued so far end before it answers: a client that has none but those is refused in the
    /// vendor's own words.
    TokenExpired {
        /// The vendor's name of the token, where it issues several; `None` is all of them.
        token: Option<String>,
    },
    /// Media links that expired before they were issued.
    ExpiredMedia,
    /// The media host does not find the file.
    #[doc(alias = "media_404")]
    Media404,
    /// The media host sends a file of another type, and says so in `Content-Type`.
    WrongMime,
}

/// How [`Action::BadRecord`] spoils a row. In TOML: `form = "id"` (the default) or `form = "text"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BadForm {
    /// The row is an object whose `id` is an empty object.
    #[default]
    Id,
    /// The row is a bare text.
    Text,
}

impl Action {
    /// The name of the action in TOML.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Http { .. } => "http",
            Self::Api { .. } => "api",
            Self::Truncate => "truncate",
            Self::Html { .. } => "html",
            Self::Empty => "empty",
            Self::Slow { .. } => "slow",
            Self::Reset { .. } => "reset",
            Self::Endless => "endless",
            Self::InsertAtHead { .. } => "insert_at_head",
            Self::InsertInWindow { .. } => "insert_in_window",
            Self::DuplicateRows { .. } => "duplicate_rows",
            Self::ShortPage { .. } => "short_page",
            Self::EmptyPage => "empty_page",
            Self::WrongTotal { .. } => "wrong_total",
            Self::UnknownEnum => "unknown_enum",
            Self::UnknownKeys => "unknown_keys",
            Self::NullRequired => "null_required",
            Self::BadRecord { .. } => "bad_record",
            Self::RepeatPage => "repeat_page",
            Self::RepeatCursor => "repeat_cursor",
            Self::TokenExpired { .. } => "token_expired",
            Self::ExpiredMedia => "expired_media",
            Self::Media404 => "media_404",
            Self::WrongMime => "wrong_mime",
        }
    }
}

/// One rule: when, where and what.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The vendor it is for; `None` is for every vendor.
    pub vendor: Option<String>,
    /// A part of the path it is for; `media` stands for all requests for files, `token` for all requests for tokens. `None`:
    /// requests for files if the action is about those, otherwise requests for records.
    pub path: Option<String>,
    /// When it fires.
    pub when: When,
    /// It stops after firing this often; `None` never stops.
    pub times: Option<u64>,
    /// What it does.
    pub action: Action,
}

impl Fault {
    /// A rule for every vendor and for requests for records, except for `media_404` and `wrong_mime`, which are about files.
    pub fn new(when: When, action: Action) -> Self {
        Self { vendor: None, path: None, when, times: None, action }
    }

    /// Only for this vendor, such as `nxlink`.
    #[must_use]
    pub fn with_vendor(mut self, vendor: impl Into<String>) -> Self {
        self.vendor = Some(vendor.into());
        self
    }

    /// Only for paths that contain this; `media` stands for all requests for files, `token` for all requests for tokens.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Stops after firing `times` times.
    #[must_use]
    pub fn with_times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }
}

/// Fault rules in order. All rules that fire act on the answer; of those that replace it as a whole
/// (`http`, `api`, `html`, `empty`, `media_404`), and of those that break it (`truncate`, `reset`, `endless`), the first one does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Faults {
    /// The rules.
    pub rules: Vec<Fault>,
}

impl Faults {
    /// Adds a rule at the end.
    #[must_use]
    pub fn with(mut self, fault: Fault) -> Self {
        self.rules.push(fault);
        self
    }

    /// Reads `[[fault]]` tables.
    ///
    /// # Errors
    ///
    /// When the text is not TOML, when a key is unknown or does not belong to its rule's kind, when a value has the wrong
    /// type or range, when a rule has not exactly one of `every`, `at`, `first`, `always`, `record`, `page`, and when it
    /// names a vendor that cannot be simulated.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let faults = parse::rules(text)?;
        faults.check()?;
        Ok(faults)
    }

    /// A rule for a vendor that does not exist would never fire, and whoever wrote it would think that all went well.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (index, fault) in self.rules.iter().enumerate() {
            if let Some(vendor) = fault.vendor.as_deref().filter(|name| !VENDORS.contains(name)) {
                let there_is = VENDORS.join(", ");
                let reason = format!("no vendor is named \"{vendor}\"; there is {there_is}");
                return Err(Error::Fault { rule: index + 1, reason });
            }
        }
        Ok(())
    }
}
