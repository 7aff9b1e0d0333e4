//! How many hits a query has, and what they are.

use std::collections::BTreeMap;

use super::hits::Walk;
use super::query::SearchQuery;
use crate::error::ArchiveError;
use crate::reader::Reader;

/// Hits that are counted at most.
const COUNTED: usize = 100_000;
/// Hits that are counted at most where each must be looked up for the filters.
const COUNTED_FILTERED: usize = 20_000;
/// Hits whose facets are told.
const FACETED: usize = 5_000;

/// How many hits a query has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct HitCount {
    /// So many, or at least so many.
    pub hits: u64,
    /// Whether there are no more.
    pub is_exact: bool,
}

/// What the newest hits of a query are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facets {
    /// Hits by source.
    pub sources: BTreeMap<String, u64>,
    /// Hits by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Hits by the month in which they were sent, as `2025-03` in the vendor's own time; those
    /// without a time are in none.
    pub months: BTreeMap<String, u64>,
    /// How many of the newest hits were looked at.
    pub hits: u64,
    /// Whether there are no others.
    pub is_all: bool,
}

impl Reader {
    /// How many messages a query finds; it stops counting where that would take long.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn count_hits(&self, query: &SearchQuery) -> Result<HitCount, ArchiveError> {
        let mut hits = 0;
        let bound = if query.has_filters() { COUNTED_FILTERED } else { COUNTED };
        let walk = self.walk_words(query, bound, &mut |_| {
            hits += 1;
            true
        });
        let is_exact = matches!(walk.map_err(|error| self.layout.sql(error))?, Walk::Ended);
        Ok(HitCount { hits, is_exact })
    }

    /// What the newest hits of a query are, at most 5,000 of them.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn facets(&self, query: &SearchQuery) -> Result<Facets, ArchiveError> {
        let read = || -> rusqlite::Result<Facets> {
            let _snapshot = self.db.unchecked_transaction()?;
            let mut numbers = Vec::new();
            let walk = self.walk_words(query, COUNTED_FILTERED, &mut |number| {
                let has_room = numbers.len() < FACETED;
                if has_room {
                    numbers.push(number);
                }
                has_room
            })?;
            let mut facets = Facets { is_all: matches!(walk, Walk::Ended), ..Facets::default() };
            let mut find = self.db.prepare_cached(
                "SELECT s.name, m.kind,
                        strftime('%Y-%m', m.sent_at_ms / 1000 + coalesce(m.sent_offset, 0) * 60,
                                 'unixepoch')
                 FROM message m JOIN source s ON s.id = m.source WHERE m.id = ?1",
            )?;
            for number in numbers {
                let mut rows = find.query([number])?;
                let Some(row) = rows.next()? else { continue };
                *facets.sources.entry(row.get(0)?).or_default() += 1;
                *facets.kinds.entry(row.get(1)?).or_default() += 1;
                if let Some(month) = row.get::<_, Option<String>>(2)? {
                    *facets.months.entry(month).or_default() += 1;
                }
                facets.hits += 1;
            }
            Ok(facets)
        };
        read().map_err(|error| self.layout.sql(error))
    }
}
