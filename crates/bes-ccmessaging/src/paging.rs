//! Positions in a listing that has no total, no cursor, and an `offset` of an unknown unit.

use std::collections::HashSet;

use chat_core::{Cursor, DecodeError, Page};
use sha2::{Digest, Sha256};

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
    /// How many records the pages to tell by should have. Larger ones are asked for only where
    /// smaller ones hold one row several times.
    pub(crate) const PROBES: [u32; 3] = [2, 5, 20];

    /// Tells by the pages at the offsets 0 and 1.
    pub(crate) fn by_second(at_0: &HashSet<Row>, at_1: &HashSet<Row>) -> Told {
        // also if it is empty: counted in records, all but the first would be left
        if at_0.is_disjoint(at_1) {
            Told::Unit(Self::PagesFrom0)
        } else if at_0 == at_1 {
            Told::SamePage
        } else {
            Told::Unit(Self::Records)
        }
    }

    /// Tells by the pages at the offsets 0 and 2, where the one at 1 is the first again.
    pub(crate) fn by_third(at_0: &HashSet<Row>, at_2: &HashSet<Row>) -> Option<Self> {
        if at_0.is_disjoint(at_2) {
            Some(Self::PagesFrom1)
        } else {
            (at_0 == at_2).then_some(Self::Ignored)
        }
    }

    /// Whether a page, and the one at the offset before its own, are what they are if `offset`
    /// counts this. The one before is never empty, for there is something before the page.
    pub(crate) fn fits(self, before: &HashSet<Row>, page: &HashSet<Row>) -> bool {
        let common = before.intersection(page).count();
        match self {
            // they overlap, unless the server gives one record at a time
            Self::Records => before.len() == 1 || common > 0,
            // a row at the end of one page may come again at the beginning of the next
            Self::PagesFrom0 | Self::PagesFrom1 => {
                let least = before.len().min(page.len());
                !before.is_empty() && (common == 0 || common * 2 < least)
            }
            Self::Ignored => false,
        }
    }
}

/// What tells a row from others: its id, or a digest of its bytes if it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Row {
    Id(String),
    Bytes([u8; 32]),
}

/// The rows of a page, each once. One that comes twice says nothing of how many a server gives, and
/// to go on behind both would leave one out.
pub(crate) fn rows(page: &Page<Record>) -> HashSet<Row> {
    let read = page.items.iter().map(|record| Row::Id(record.id.clone()));
    let bytes = page.skipped.iter().map(|skipped| page.raw.record(&skipped.span));
    read.chain(bytes.map(|bytes| Row::Bytes(Sha256::digest(bytes).into()))).collect()
}

/// What the page at offset 1 tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// What `offset` counts.
    Unit(OffsetUnit),
    /// It is the page at offset 0 again: only the one at 2 tells.
    SamePage,
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

    /// True if every page had one record, so that pages counted from 0 are records.
    pub(crate) const fn is_one_by_one(self) -> bool {
        self.records == self.pages
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
    DecodeError::new("pages at different offsets do not tell what `offset` counts")
}
