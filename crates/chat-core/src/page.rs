//! Pages, cursors, and the state of a walk from page to page.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::DecodeError;

/// An opaque position in a listing. Only the vendor crate that made it can read it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// Wraps a position. An empty text means "no more" to every vendor, so it is `None`.
    pub fn new(position: impl Into<String>) -> Option<Self> {
        Some(position.into()).filter(|position| !position.is_empty()).map(Self)
    }

    /// The position as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a record's bytes lie in its page.
pub type Span = Range<usize>;

/// A vendor's answer, byte for byte. `Debug` shows its length only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RawPage(Vec<u8>);

impl RawPage {
    /// Takes an answer over.
    pub const fn new(body: Vec<u8>) -> Self {
        Self(body)
    }

    /// The bytes as they came.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes of one record; empty if the span is not of this page.
    pub fn record(&self, span: &Span) -> &[u8] {
        self.0.get(span.clone()).unwrap_or_default()
    }

    /// Gives the bytes back.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for RawPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawPage({} bytes)", self.0.len())
    }
}

/// One page of a listing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<T> {
    /// The records that could be read, in the vendor's order.
    pub items: Vec<T>,
    /// Where each item's bytes lie in [`raw`](Self::raw), in the same order.
    pub spans: Vec<Span>,
    /// The records that could not be read. Their bytes are in [`raw`](Self::raw).
    pub skipped: Vec<SkippedRecord>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
    /// How many records the vendor says the whole listing has.
    pub total: Option<u64>,
    /// The vendor's id of the call.
    pub trace_id: Option<String>,
    /// The answer, byte for byte.
    pub raw: RawPage,
}

impl<T> Page<T> {
    /// A page without records.
    pub const fn new(raw: RawPage) -> Self {
        Self {
            items: Vec::new(),
            spans: Vec::new(),
            skipped: Vec::new(),
            next: None,
            total: None,
            trace_id: None,
            raw,
        }
    }

    /// The bytes of the item at `index`, as the vendor sent them.
    pub fn raw_record(&self, index: usize) -> Option<&[u8]> {
        self.spans.get(index).map(|span| self.raw.record(span))
    }
}

/// A record that could not be read. Its bytes are kept with the page.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SkippedRecord {
    /// Its position in the page, from 0, counting all records.
    pub index: usize,
    /// Where its bytes lie in the page.
    pub span: Span,
    /// Why.
    pub error: DecodeError,
}

impl SkippedRecord {
    /// A record at `index` of its page that could not be read.
    pub const fn new(index: usize, span: Span, error: DecodeError) -> Self {
        Self { index, span, error }
    }
}

/// A walk from page to page: start, then more, then done.
///
/// Only a missing cursor ends it. A cursor that was seen before is an error, never a loop.
#[derive(Debug, Clone, Default)]
pub struct PageState {
    next: Option<Cursor>,
    seen: BTreeSet<Cursor>,
    done: bool,
}

impl PageState {
    /// Before the first page.
    pub fn start() -> Self {
        Self::default()
    }

    /// At a position that was saved earlier.
    pub fn resume(cursor: Cursor) -> Self {
        Self { seen: BTreeSet::from([cursor.clone()]), next: Some(cursor), done: false }
    }

    /// The cursor of the page to ask for now (`None`: the first one).
    pub const fn cursor(&self) -> Option<&Cursor> {
        self.next.as_ref()
    }

    /// True once the last page was taken.
    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// Moves on to what a page says comes next.
    ///
    /// # Errors
    ///
    /// When the vendor names a cursor that was already used.
    pub fn advance(&mut self, next: Option<Cursor>) -> Result<(), PagingError> {
        match next {
            None => self.done = true,
            Some(cursor) if self.seen.insert(cursor.clone()) => self.next = Some(cursor),
            Some(cursor) => return Err(PagingError { cursor }),
        }
        Ok(())
    }
}

/// The vendor sent a cursor a second time, so paging would never end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the cursor {:?} came a second time", .cursor.as_str())]
pub struct PagingError {
    cursor: Cursor,
}

/// A position in one listing, to be saved after its page was stored.
///
/// Resuming from it repeats at most one page and never skips one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Checkpoint {
    /// The request it belongs to, in words of its own; resuming another request with it is refused.
    pub request: String,
    /// Where the next page starts; `None` at the start.
    pub cursor: Option<Cursor>,
}

impl Checkpoint {
    /// A position in the listing that `request` names.
    pub fn new(request: impl Into<String>, cursor: Option<Cursor>) -> Self {
        Self { request: request.into(), cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missing_cursor_ends_the_walk() {
        let mut state = PageState::start();
        assert_eq!(state.cursor(), None);
        state.advance(Cursor::new("2")).unwrap();
        state.advance(Cursor::new("3")).unwrap();
        assert_eq!(state.cursor().map(Cursor::as_str), Some("3"));
        assert!(!state.is_done());
        state.advance(Cursor::new("")).unwrap();
        assert!(state.is_done());
    }

    #[test]
    fn a_cursor_that_comes_again_is_an_error() {
        let mut state = PageState::start();
        state.advance(Cursor::new("a")).unwrap();
        state.advance(Cursor::new("b")).unwrap();
        assert!(state.advance(Cursor::new("a")).is_err());
        let mut resumed = PageState::resume(Cursor::new("b").unwrap());
        assert!(resumed.advance(Cursor::new("b")).is_err());
    }
}
