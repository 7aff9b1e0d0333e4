//! The shape of a source's answers: which paths, types, forms, lengths and words were seen in the
//! stored pages, how often, and where first. It holds nothing that people wrote.

mod facts;
mod load;
mod safe;
mod tree;
mod visit;

use chat_core::model::Model;
use rusqlite::Connection;

use crate::archive::Archive;
use crate::error::ArchiveError;
use crate::raw::{decode_spans, decompress};
use crate::reader::Reader;

pub(crate) use facts::{Form, Odd, Type, What};
pub(crate) use tree::{ELEMENT, Fact, GONE_AFTER, HIDDEN, Node, Sighting, Standing, Tree};

/// Pages that are looked at between two writes, so that a stop costs little.
const PAGES_AT_ONCE: u64 = 1000;

/// How many pages of a source the shape was taken from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The last page.
    pub(crate) page: i64,
    pub(crate) pages: u64,
    pub(crate) records: u64,
}

/// The shape of a source's answers.
#[derive(Debug)]
pub(crate) struct Shapes {
    pub(crate) tree: Tree,
    pub(crate) taken: Taken,
}

impl Shapes {
    /// Looks at the next stored pages, at most so many; `false`: there are no more.
    fn catch_up(&mut self, db: &Connection, source: i64, limit: u64) -> rusqlite::Result<bool> {
        let mut query = db.prepare_cached(
            "SELECT g.id, g.fetched_ms, g.body, g.body_bytes, g.spans
             FROM page g JOIN part p ON p.id = g.part
             WHERE p.source = ?1 AND g.id > ?2 AND g.body IS NOT NULL ORDER BY g.id LIMIT ?3",
        )?;
        let mut rows = query.query((source, self.taken.page, limit))?;
        let mut found = 0;
        while let Some(row) = rows.next()? {
            let (page, fetched_ms): (i64, i64) = (row.get(0)?, row.get(1)?);
            let stored: Vec<u8> = row.get(2)?;
            let spans = decode_spans(&row.get::<_, Option<Vec<u8>>>(4)?.unwrap_or_default());
            // a page that cannot be unpacked is for `verify` to tell
            if let Ok(body) = decompress(&stored, row.get(3)?) {
                self.tree.page(page, fetched_ms, &body, &spans);
                self.taken.pages += 1;
                self.taken.records += spans.len() as u64;
            }
            self.taken.page = page;
            found += 1;
        }
        Ok(found == limit)
    }
}

impl Archive {
    /// Looks at the pages of a source that were stored since the last time, and keeps what shape
    /// they have. Returns how many pages there were. Nothing else depends on it: [`Reader::drift`]
    /// looks at what was left out.
    ///
    /// # Errors
    ///
    /// When the database fails; what was kept before stays.
    pub fn keep_shape(&mut self, source: &str, model: &Model) -> Result<u64, ArchiveError> {
        let mut run = || -> rusqlite::Result<u64> {
            let Some(id) = load::source(&self.db, source)? else { return Ok(0) };
            let mut shapes = load::read(&self.db, id, *model)?;
            let before = shapes.taken.pages;
            loop {
                let seen = shapes.taken.page;
                let more = shapes.catch_up(&self.db, id, PAGES_AT_ONCE)?;
                if shapes.taken.page > seen {
                    let tx = self.db.transaction()?;
                    load::write(&tx, id, &mut shapes)?;
                    tx.commit()?;
                }
                if !more {
                    return Ok(shapes.taken.pages - before);
                }
            }
        };
        run().map_err(|error| self.layout.sql(error))
    }
}

impl Reader {
    /// The shape of a source's answers, up to the last stored page.
    pub(crate) fn shapes(&self, source: i64, model: &Model) -> rusqlite::Result<Shapes> {
        let mut shapes = load::read(&self.db, source, *model)?;
        while shapes.catch_up(&self.db, source, PAGES_AT_ONCE)? {}
        Ok(shapes)
    }
}
