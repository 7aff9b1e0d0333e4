//! Putting new records in: the one statement that most records of a first sync need. It is kept for
//! the page, and what is the same in all its records is bound once.

use chat_core::{Message, Status};
use rusqlite::{CachedStatement, Transaction};

use super::columns::{COUNT, Columns};
use super::{INSERT_NEW, Identity, PageToStore, Place};

/// Where the parameters of the statement begin that a message alone decides.
const FIRST_COLUMN: usize = 5;

pub(super) struct Insert<'a> {
    tx: &'a Transaction<'a>,
    statement: CachedStatement<'a>,
    /// Which of those parameters the record before has left with a value.
    is_bound: [bool; COUNT],
}

impl<'a> Insert<'a> {
    pub(super) fn new(
        tx: &'a Transaction<'a>,
        context: &PageToStore<'_>,
        page: i64,
    ) -> rusqlite::Result<Self> {
        let mut statement = tx.prepare_cached(INSERT_NEW)?;
        let fetched_ms = context.fetched_at.get();
        let versions = 1;
        for (at, value) in [
            (2, context.source.row),
            (25, versions),
            (26, versions),
            (27, fetched_ms),
            (28, fetched_ms),
            (29, page),
            (33, context.source.generation),
        ] {
            statement.raw_bind_parameter(at, value)?;
        }
        Ok(Self { tx, statement, is_bound: [false; COUNT] })
    }

    /// Puts a record in; its row, or `None` if it is known.
    pub(super) fn record(
        &mut self,
        message: &Message,
        identity: Identity<'_>,
        place: Place<'_>,
    ) -> rusqlite::Result<Option<i64>> {
        let statement = &mut self.statement;
        statement.raw_bind_parameter(3, identity.record_id)?;
        statement.raw_bind_parameter(4, identity.part)?;
        let columns = Columns::of(message);
        for (at, (value, is_bound)) in columns.each().zip(&mut self.is_bound).enumerate() {
            let has_value = !Columns::is_null(value);
            if has_value || *is_bound {
                statement.raw_bind_parameter(FIRST_COLUMN + at, value)?;
                *is_bound = has_value;
            }
        }
        statement.raw_bind_parameter(24, message.status.as_ref().map(Status::as_str))?;
        statement.raw_bind_parameter(30, place.start)?;
        statement.raw_bind_parameter(31, place.bytes)?;
        statement.raw_bind_parameter(32, place.sha256)?;
        // without RETURNING, which keeps its rows in a table of its own for each call
        let written = statement.raw_execute()?;
        Ok((written > 0).then(|| self.tx.last_insert_rowid()))
    }
}
