//! Files beside the messages: where they are, and what can go wrong on the way.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use url::form_urlencoded;

use crate::UnixMillis;

/// Where a file can be had: a signed link or a vendor's file id. Only its source can read it.
///
/// A signed link opens the file to anyone who holds it, so it is treated like a secret:
/// `Debug` prints a fixed text, and there is no `Display` and no `Serialize`.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaLink {
    target: String,
    expires_at: Option<UnixMillis>,
}

impl MediaLink {
    /// A link, and when it dies if that is known.
    pub fn new(target: impl Into<String>, expires_at: Option<UnixMillis>) -> Self {
        Self { target: target.into(), expires_at }
    }

    /// A link whose query says under `name`, in Unix seconds, when it dies.
    pub fn with_expiry_in_query(target: impl Into<String>, name: &str) -> Self {
        let link = Self::new(target, None);
        let expires_at = link.query_pairs().find(|(key, _)| key == name).and_then(|(_, value)| {
            value.parse::<i64>().ok()?.checked_mul(1000).map(UnixMillis::new)
        });
        link.with_expires_at(expires_at)
    }

    /// With another end of its life.
    #[must_use]
    pub const fn with_expires_at(mut self, expires_at: Option<UnixMillis>) -> Self {
        self.expires_at = expires_at;
        self
    }

    /// Names and values of its query, decoded: nothing where it has none.
    pub fn query_pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        // taken apart as a URL, it would be written anew as a whole for each link of a page
        let (link, _) = self.target.split_once('#').unwrap_or((&self.target, ""));
        let (_, query) = link.split_once('?').unwrap_or_default();
        form_urlencoded::parse(query.as_bytes())
    }

    /// The link itself: for fetching, never for printing.
    pub fn expose(&self) -> &str {
        &self.target
    }

    /// When it dies, if that is known.
    pub const fn expires_at(&self) -> Option<UnixMillis> {
        self.expires_at
    }
}

impl fmt::Debug for MediaLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MediaLink([REDACTED])")
    }
}

/// What came with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaInfo {
    /// Bytes written.
    pub size_bytes: u64,
    /// The type the host states.
    pub mime_type: Option<String>,
}

impl MediaInfo {
    /// A file of so many bytes, of the stated type.
    pub const fn new(size_bytes: u64, mime_type: Option<String>) -> Self {
        Self { size_bytes, mime_type }
    }
}

/// Why a file could not be had. The text names neither link nor file.
#[derive(Debug, thiserror::Error)]
#[error("{}", .kind.reason())]
pub struct MediaError {
    kind: MediaErrorKind,
    #[source]
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl MediaError {
    /// An error of a kind.
    pub const fn new(kind: MediaErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// With what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The failure of our own disk or folder that caused it, if that is what it was.
    pub fn into_io(self) -> Option<std::io::Error> {
        self.source?.downcast().ok().map(|error| *error)
    }

    /// The kind, to branch on.
    pub const fn kind(&self) -> &MediaErrorKind {
        &self.kind
    }
}

/// The kinds of [`MediaError`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaErrorKind {
    /// The link is dead; a renewed one may work.
    Expired,
    /// The host does not have the file.
    NotFound,
    /// The host answered with this status.
    Status(u16),
    /// The file is larger than allowed.
    TooLarge,
    /// The link points to where we do not go: another scheme, a private address, a redirect.
    Refused(&'static str),
    /// The connection failed or broke off.
    Interrupted,
    /// The file could not be written on our side.
    Local,
}

impl MediaErrorKind {
    fn reason(&self) -> String {
        match self {
            Self::Expired => "the link has expired".to_owned(),
            Self::NotFound => "the media host does not have the file".to_owned(),
            Self::Status(status) => format!("the media host answered HTTP status {status}"),
            Self::TooLarge => "the file is larger than the limit".to_owned(),
            Self::Refused(why) => format!("the link was refused: {why}"),
            Self::Interrupted => "the download broke off".to_owned(),
            Self::Local => "the file could not be written".to_owned(),
        }
    }

    /// True where asking again, perhaps with a renewed link, may help.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Expired | Self::Interrupted => true,
            Self::Status(status) => matches!(status, 408 | 429 | 500..=599),
            Self::NotFound | Self::TooLarge | Self::Refused(_) | Self::Local => false,
        }
    }
}
