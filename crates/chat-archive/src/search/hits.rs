//! The messages that a query finds, a page at a time.

use rusqlite::{OptionalExtension as _, ToSql};

use super::query::{SearchOrder, SearchQuery};
use crate::error::ArchiveError;
use crate::kept::KeptMessage;
use crate::reader::Reader;

/// Hits that are looked at for one page, where filters leave most of them out.
const LOOKED_AT: usize = 50_000;
/// Hits that are ranked.
const RANKED: usize = 10_000;

/// A message that a query finds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Hit {
    /// The message, in its newest form, without the bytes that the vendor sent.
    pub message: KeptMessage,
    /// The number of its conversation; `None` if that is not summed up yet.
    pub conversation: Option<i64>,
}

/// A page of hits.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Hits {
    /// The hits, at most as many as asked for. Where filters leave out nearly all, there may be
    /// fewer, or none, and still more behind them.
    pub hits: Vec<Hit>,
    /// Where to go on; `None`: that was all.
    pub next: Option<i64>,
    /// Whether there may be hits that were not ranked: by relevance, only the newest 10,000 are.
    pub is_bounded: bool,
}

/// The rows of the index that have the words, newest first.
const WITH_WORDS: &str = "SELECT rowid FROM search
     WHERE search MATCH ?1 AND rowid < ?2 AND rowid >= ?3 ORDER BY rowid DESC";
const WITH_RANK: &str = "SELECT rowid, rank FROM search
     WHERE search MATCH ?1 AND rowid < ?2 AND rowid >= ?3 ORDER BY rowid DESC";

/// Whether a message passes the filters.
const PASSES: &str = "SELECT 1 FROM message m JOIN source s ON s.id = m.source
     WHERE m.id = ?1 AND (?2 IS NULL OR s.name = ?2)
       AND (?3 IS NULL OR m.sent_at_ms >= ?3) AND (?4 IS NULL OR m.sent_at_ms < ?4)
       AND (?5 IS NULL OR m.sender_id = ?5 OR m.sender_name = ?5)
       AND (?6 IS NULL OR m.kind = ?6) AND (?7 IS NULL OR m.direction = ?7)
       AND (?8 IS NULL OR ?8 = CASE WHEN m.status IS NOT 'deleted'
                AND EXISTS (SELECT 1 FROM recall r WHERE r.message = m.id)
            THEN 'recalled' ELSE m.status END)
       AND (?9 IS NULL OR EXISTS (
           SELECT 1 FROM conversation c WHERE c.id = ?9 AND c.source = m.source
               AND c.conversation_id IS m.conversation_id))";

/// The numbers between which the messages of a conversation lie.
const SPAN: &str = "SELECT min(m.id), max(m.id) FROM conversation c JOIN message m
         ON m.source = c.source AND m.conversation_id IS c.conversation_id
     WHERE c.id = ?1";

impl Reader {
    /// Messages that a query finds, at most `limit` of them, from where `after` says, which is what
    /// [`Hits::next`] of the page before was.
    ///
    /// Only what the search index knows is found: see [`Reader::behind`].
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn search(
        &self,
        query: &SearchQuery,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Hits, ArchiveError> {
        let sql = |error| self.layout.sql(error);
        // one snapshot for all statements
        let _snapshot = self.db.unchecked_transaction().map_err(sql)?;
        let (numbers, next, is_bounded) = match query.order {
            SearchOrder::Newest => {
                self.newest(query, after, limit).map(|(numbers, next)| (numbers, next, false))
            }
            SearchOrder::Relevance => self.best(query, after, limit),
        }
        .map_err(sql)?;
        let mut hits = Vec::with_capacity(numbers.len());
        for number in numbers {
            if let Some(message) = self.message(number)? {
                hits.push(Hit { message, conversation: self.conversation_of(number)? });
            }
        }
        Ok(Hits { hits, next, is_bounded })
    }

    fn newest(
        &self,
        query: &SearchQuery,
        after: Option<i64>,
        limit: usize,
    ) -> rusqlite::Result<(Vec<i64>, Option<i64>)> {
        let mut numbers = Vec::new();
        let mut last = None;
        let walk = self.walk(query, WITH_WORDS, after, LOOKED_AT, &mut |number, _| {
            if numbers.len() == limit {
                return false;
            }
            last = Some(number);
            numbers.push(number);
            true
        })?;
        Ok(match walk {
            Walk::Ended => (numbers, None),
            Walk::Stopped => (numbers, last.or(after)),
            Walk::Tired(at) => (numbers, Some(at)),
        })
    }

    fn best(
        &self,
        query: &SearchQuery,
        after: Option<i64>,
        limit: usize,
    ) -> rusqlite::Result<(Vec<i64>, Option<i64>, bool)> {
        let mut ranked = Vec::new();
        let walk = self.walk(query, WITH_RANK, None, LOOKED_AT, &mut |number, rank| {
            let has_room = ranked.len() < RANKED;
            if has_room {
                ranked.push((rank, number));
            }
            has_room
        })?;
        // a better rank is a smaller one; of the same rank, the newest
        ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let passed = usize::try_from(after.unwrap_or(0)).unwrap_or(0);
        let page = ranked.iter().skip(passed).take(limit).map(|(_, number)| *number);
        let page: Vec<i64> = page.collect();
        let reached = passed.saturating_add(page.len());
        let next = (reached < ranked.len()).then(|| i64::try_from(reached).ok()).flatten();
        Ok((page, next, !matches!(walk, Walk::Ended)))
    }

    /// Hands on the hits that pass the filters, newest first, until `each` has enough of them or
    /// `bound` of those with the words were looked at.
    pub(super) fn walk(
        &self,
        query: &SearchQuery,
        select: &'static str,
        after: Option<i64>,
        bound: usize,
        each: &mut dyn FnMut(i64, f64) -> bool,
    ) -> rusqlite::Result<Walk> {
        let mut passes =
            if query.has_filters() { Some(self.db.prepare_cached(PASSES)?) } else { None };
        let filter = &query.filter;
        let (first, last) = match query.conversation {
            Some(number) => {
                let mut span = self.db.prepare_cached(SPAN)?;
                let span = span.query_row([number], |row| {
                    Ok(row.get(0).ok().zip(row.get::<_, i64>(1).ok()))
                })?;
                let Some(span) = span else { return Ok(Walk::Ended) };
                span
            }
            None => (i64::MIN, i64::MAX),
        };
        let before = after.unwrap_or(i64::MAX).min(last.saturating_add(1));
        let mut hits = self.db.prepare_cached(select)?;
        let has_rank = hits.column_count() > 1;
        let words = query.fts();
        let mut rows = hits.query(rusqlite::params![words, before, first])?;
        let mut looked_at = 0;
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(0)?;
            if looked_at == bound {
                return Ok(Walk::Tired(number.saturating_add(1)));
            }
            looked_at += 1;
            if let Some(passes) = &mut passes {
                let values: [&dyn ToSql; 9] = [
                    &number,
                    &filter.source,
                    &filter.from_ms,
                    &filter.to_ms,
                    &filter.sender,
                    &filter.kind,
                    &query.direction,
                    &query.status,
                    &query.conversation,
                ];
                if passes.query_row(values, |_| Ok(())).optional()?.is_none() {
                    continue;
                }
            }
            let rank = if has_rank { row.get(1)? } else { 0.0 };
            if !each(number, rank) {
                return Ok(Walk::Stopped);
            }
        }
        Ok(Walk::Ended)
    }

    /// The same without ranks.
    pub(super) fn walk_words(
        &self,
        query: &SearchQuery,
        bound: usize,
        each: &mut dyn FnMut(i64) -> bool,
    ) -> rusqlite::Result<Walk> {
        self.walk(query, WITH_WORDS, None, bound, &mut |number, _| each(number))
    }
}

/// How a walk over hits ended.
pub(super) enum Walk {
    /// There are no more.
    Ended,
    /// It was told to.
    Stopped,
    /// It looked at as many as it may; those below this number are left.
    Tired(i64),
}

impl SearchQuery {
    pub(super) fn has_filters(&self) -> bool {
        let filter = &self.filter;
        filter.source.is_some()
            || filter.from_ms.is_some()
            || filter.to_ms.is_some()
            || filter.sender.is_some()
            || filter.kind.is_some()
            || self.conversation.is_some()
            || self.direction.is_some()
            || self.status.is_some()
    }
}
