//! Positions in a listing that has no total, no cursor, and an `offset` of an unknown unit.

use chat_core::{Cursor, DecodeError};

use crate::error::Error;
use crate::records::Record;

/// What `offset` counts. The vendor does not say, so it is found out from three small pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OffsetUnit {
    /// Records.
    Records,
    /// Pages, from 0.
    PagesFrom0,
    /// Pages, from 1.
    PagesFrom1,
    /// Nothing: every offset gives the same records.
    Ignored,
}

impl OffsetUnit {
    /// How many records the pages to tell by should have.
    pub(crate) const PROBE: u32 = 2;

    /// Tells by the pages at the offsets 0 and 1.
    pub(crate) fn by_second(at_0: &[Record], at_1: &[Record]) -> Told {
        match (at_0.len(), common(at_0, at_1), at_1.len()) {
            // also if it is empty: counted in records, one of the two would be left
            (2, 0, _) => Told::Unit(Self::PagesFrom0),
            (2, 1, _) => Told::Unit(Self::Records),
            (2, 2, 2) => Told::SamePage,
            _ => Told::Nothing,
        }
    }

    /// Tells by the pages at the offsets 0 and 2, where the one at 1 is the first again.
    pub(crate) fn by_third(at_0: &[Record], at_2: &[Record]) -> Option<Self> {
        match common(at_0, at_2) {
            0 => Some(Self::PagesFrom1),
            2 => Some(Self::Ignored),
            _ => None,
        }
    }
}

/// What the page at offset 1 tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// What `offset` counts.
    Unit(OffsetUnit),
    /// It is the page at offset 0 again: only the one at 2 tells.
    SamePage,
    /// It fits no way of counting.
    Nothing,
}

/// How many records of the first page are on another one too.
fn common(first: &[Record], other: &[Record]) -> usize {
    other.iter().filter(|record| first.iter().any(|known| known.id == record.id)).count()
}

/// How much of a listing was read: enough to ask for what comes next, whatever `offset` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// Records received.
    records: u64,
    /// Pages received.
    pages: u64,
    /// Records of the first page, which no later page may be asked to exceed: where a server
    /// silently gives fewer than it is asked for, pages of more would leave gaps.
    size: u32,
}

impl Position {
    /// Behind the first page.
    pub(crate) fn behind_first(received: u64, limit: u32) -> Self {
        let size = u32::try_from(received).map_or(limit, |received| received.min(limit));
        Self { records: received, pages: 1, size }
    }

    /// Behind the page at this position.
    #[must_use]
    pub(crate) const fn behind(self, received: u64) -> Self {
        Self {
            records: self.records.saturating_add(received),
            pages: self.pages.saturating_add(1),
            size: self.size,
        }
    }

    /// Behind the page at this position, of which it is not known how many records it has.
    #[must_use]
    pub(crate) fn behind_unread(self) -> Self {
        self.behind(u64::from(self.size))
    }

    /// The `offset` and `limit` of the page at this position.
    pub(crate) fn asked(self, unit: OffsetUnit, limit: u32) -> (u64, u32) {
        match unit {
            OffsetUnit::Records | OffsetUnit::Ignored => (self.records, limit),
            OffsetUnit::PagesFrom0 => (self.pages, self.size),
            OffsetUnit::PagesFrom1 => (self.pages.saturating_add(1), self.size),
        }
    }

    /// As `records-pages-size`.
    pub(crate) fn cursor(self) -> Option<Cursor> {
        Cursor::new(format!("{}-{}-{}", self.records, self.pages, self.size))
    }

    pub(crate) fn read(cursor: &Cursor) -> Result<Self, Error> {
        let mut parts = cursor.as_str().splitn(3, '-').map(str::parse::<u64>);
        let mut part = || parts.next().and_then(Result::ok).filter(|part| *part > 0);
        let (records, pages, size) = (part(), part(), part());
        let size = size.and_then(|size| u32::try_from(size).ok());
        match (records, pages, size) {
            (Some(records), Some(pages), Some(size)) => Ok(Self { records, pages, size }),
            _ => Err(Error::invalid("the cursor is not a position of this crate")),
        }
    }
}

/// Why a listing cannot be read behind its first page.
pub(crate) fn useless_offset() -> DecodeError {
    DecodeError::new("`offset` is ignored, so that records behind a full page cannot be asked for")
}

/// Why it is not known how to go on.
pub(crate) fn unclear_offset() -> DecodeError {
    DecodeError::new("three pages at different offsets do not tell what `offset` counts")
}
