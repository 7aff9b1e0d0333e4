//! Errors: kinds to branch on, verdicts on asking again, and bodies that do not print themselves.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::{TransportError, UnixMillis};

/// What sort of failure, to branch on. The text for people is the error's `Display`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request was wrong: fix it, then try.
    InvalidRequest,
    /// The credentials were refused, or lack a permission.
    Auth,
    /// Too many calls.
    RateLimited,
    /// No answer came.
    Transport,
    /// The vendor failed.
    Server,
    /// The answer could not be read.
    Decode,
}

/// Whether asking again may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a third answer would have to change every caller")]
pub enum Retry {
    /// The same request will fail the same way.
    Never,
    /// It may pass; wait as long as the vendor asked for, if it did.
    After(Option<Duration>),
}

/// What every vendor's error can tell.
pub trait VendorError: std::error::Error + From<TransportError> + Send + Sync + 'static {
    /// The sort of failure.
    fn kind(&self) -> ErrorKind;

    /// Whether asking again may help.
    fn retry(&self) -> Retry;

    /// The vendor's own code, if it gave one.
    fn vendor_code(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// The vendor's id of the call, for its support.
    fn trace_id(&self) -> Option<&str> {
        None
    }

    /// What the reader can do about it, in one sentence.
    fn advice(&self) -> Option<Cow<'static, str>> {
        None
    }

    /// True if the same request over a shorter span of time may pass.
    fn asks_smaller_window(&self) -> bool {
        false
    }
}

/// The beginning of an answer, for whoever debugs. At most 2 KiB, cut at a character.
///
/// Answers hold people's chats: `Debug` shows the length only, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct BodyExcerpt {
    text: String,
    full_len: usize,
}

impl BodyExcerpt {
    const LIMIT: usize = 2048;

    /// The beginning of a body. Bytes that are not UTF-8 become the replacement character.
    pub fn new(body: &[u8]) -> Self {
        let mut text =
            String::from_utf8_lossy(body.get(..Self::LIMIT).unwrap_or(body)).into_owned();
        // the replacement character is longer than what it replaces, so this can exceed the limit
        while text.len() > Self::LIMIT {
            text.pop();
        }
        Self { text, full_len: body.len() }
    }

    /// The text itself. It may hold personal data.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Changes the text; the length of the whole answer stays known.
    #[cfg(feature = "client")]
    pub(crate) fn change(&mut self, change: impl FnOnce(&str) -> String) {
        self.text = change(&self.text);
    }
}

impl fmt::Debug for BodyExcerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BodyExcerpt({} bytes)", self.full_len)
    }
}

/// Where and how JSON could not be read. Never the offending text, which may be someone's chat.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// The class of failure, in words.
    pub what: &'static str,
    /// The JSON path of the value, as `list[3].id`; empty at the top.
    pub path: String,
    /// Line, from 1; 0 if unknown.
    pub line: usize,
    /// Column, from 1; 0 if unknown.
    pub column: usize,
}

impl DecodeError {
    /// A failure that serde did not find.
    pub fn new(what: &'static str) -> Self {
        Self { what, path: String::new(), line: 0, column: 0 }
    }

    /// What `serde_json` says of a failure, without the text that it quotes.
    pub(crate) fn from_json(error: &serde_json::Error) -> Self {
        use serde_json::error::Category;
        let what = match error.classify() {
            Category::Syntax => "it is not valid JSON",
            Category::Data => "a value has another type than expected",
            Category::Eof => "it ends too early",
            Category::Io => "it could not be read",
        };
        Self { what, path: String::new(), line: error.line(), column: error.column() }
    }

    /// Reads JSON; on failure reads once more to name the path.
    ///
    /// # Errors
    ///
    /// When the bytes are not JSON of this type.
    pub fn read<'de, T: serde::Deserialize<'de>>(body: &'de [u8]) -> Result<T, Self> {
        serde_json::from_slice(body).map_err(|first| Self::located::<T>(body, &first))
    }

    /// Like [`read`](Self::read), of what is known to be text.
    ///
    /// # Errors
    ///
    /// When it is not JSON of this type.
    pub fn read_text<'de, T: serde::Deserialize<'de>>(text: &'de str) -> Result<T, Self> {
        serde_json::from_str(text).map_err(|first| Self::located::<T>(text.as_bytes(), &first))
    }

    /// The error with its place, which takes a second and slower reading.
    fn located<'de, T: serde::Deserialize<'de>>(
        body: &'de [u8],
        first: &serde_json::Error,
    ) -> Self {
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let path = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
            Err(error) => error.path().to_string(),
            Ok(_) => String::new(),
        };
        Self { path: if path == "." { String::new() } else { path }, ..Self::from_json(first) }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)?;
        if !self.path.is_empty() {
            write!(f, " at `{}`", self.path)?;
        }
        if self.line > 0 {
            write!(f, " (line {}, column {})", self.line, self.column)?;
        }
        Ok(())
    }
}

impl std::error::Error for DecodeError {}

/// The time by the server's clock, from the `Date` header.
pub fn server_time(headers: &http::HeaderMap) -> Option<UnixMillis> {
    UnixMillis::from_http_date(headers.get(http::header::DATE)?.to_str().ok()?)
}

/// The wait that a `Retry-After` header asks for, in seconds or until an HTTP date.
///
/// A date is measured by the server's own clock; without that clock the wait is zero, which means
/// "as long as you think right".
pub fn retry_after(headers: &http::HeaderMap) -> Option<Duration> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = UnixMillis::from_http_date(text)?;
    let wait = server_time(headers).map_or(0, |now| until.get().saturating_sub(now.get()));
    Some(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
}

/// The vendor's words behind a colon, for the end of a sentence; nothing if there are none.
pub fn after_colon(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_short_and_silent() {
        let body = "聊".repeat(2000);
        let excerpt = BodyExcerpt::new(body.as_bytes());
        assert!(excerpt.expose().len() <= 2048);
        assert_eq!(format!("{excerpt:?}"), "BodyExcerpt(6000 bytes)");
    }

    #[test]
    fn a_decode_error_names_the_path_and_not_the_text() {
        #[derive(Debug, serde::Deserialize)]
        struct Row {
            #[expect(dead_code, reason = "only its type matters")]
            size: u32,
        }
        let error = DecodeError::read::<Vec<Row>>(br#"[{"size": "MARKER"}]"#).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("[0].size"), "{shown}");
        assert!(!shown.contains("MARKER"), "{shown}");
    }

    #[test]
    fn retry_after_takes_seconds_and_dates() {
        let mut headers = http::HeaderMap::new();
        assert_eq!(retry_after(&headers), None);
        headers.insert("retry-after", http::HeaderValue::from_static("7"));
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(7)));
        let until = http::HeaderValue::from_static("Sun, 06 Nov 1994 08:49:47 GMT");
        headers.insert("retry-after", until);
        assert_eq!(retry_after(&headers), Some(Duration::ZERO));
        headers.insert("date", http::HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(10)));
        headers.insert("date", http::HeaderValue::from_static("Sun, 06 Nov 1994 08:49:57 GMT"));
        assert_eq!(retry_after(&headers), Some(Duration::ZERO));
    }
}
