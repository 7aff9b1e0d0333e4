//! One message: its forms, its bytes, where it stands.

use rusqlite::{OptionalExtension as _, params};

use crate::error::ArchiveError;
use crate::kept::{Form, KeptMessage, select_current};
use crate::raw::PageCache;
use crate::reader::Reader;

const SELECT_ONE: &str =
    select_current!("FROM message m JOIN source s ON s.id = m.source WHERE m.id = ?1");

impl Reader {
    /// The current form of a message, by its number in this archive; `None` if there is none.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn message(&self, number: i64) -> Result<Option<KeptMessage>, ArchiveError> {
        let form = self.current_form(number).map_err(|error| self.layout.sql(error))?;
        form.map(|form| self.with_files(form)).transpose()
    }

    /// All forms of a message in the order of their versions, each with the bytes that the vendor
    /// sent; empty if there is no such message.
    ///
    /// # Errors
    ///
    /// When the database fails, or a stored page is missing or damaged.
    pub fn forms(&self, number: i64) -> Result<Vec<KeptMessage>, ArchiveError> {
        let sql = |error| self.layout.sql(error);
        // one snapshot for all statements
        let _snapshot = self.db.unchecked_transaction().map_err(sql)?;
        let Some(current) = self.current_form(number).map_err(sql)? else {
            return Ok(Vec::new());
        };
        let mut forms = match current.message.versions {
            ..=1 => Vec::new(),
            _ => self.other_forms(number).map_err(sql)?,
        };
        let version = current.message.version;
        let place = forms.partition_point(|form| form.message.version < version);
        forms.insert(place, current);
        let mut cache = PageCache::new(1);
        forms.into_iter().map(|form| self.with_raw(form, &mut cache)).collect()
    }

    /// At most `limit` forms of a message with versions below `before`, the newest of them, in the
    /// order of their versions, each with the bytes that the vendor sent.
    ///
    /// # Errors
    ///
    /// When the database fails, or a stored page is missing or damaged.
    pub fn forms_before(
        &self,
        number: i64,
        before: i64,
        limit: usize,
    ) -> Result<Vec<KeptMessage>, ArchiveError> {
        let sql = |error| self.layout.sql(error);
        // one snapshot for all statements
        let _snapshot = self.db.unchecked_transaction().map_err(sql)?;
        let Some(current) = self.current_form(number).map_err(sql)? else {
            return Ok(Vec::new());
        };
        let mut forms = self.other_forms(number).map_err(sql)?;
        forms.push(current);
        forms.retain(|form| form.message.version < before);
        forms.sort_by_key(|form| form.message.version);
        let older = forms.len().saturating_sub(limit);
        let mut cache = PageCache::new(1);
        forms.into_iter().skip(older).map(|form| self.with_raw(form, &mut cache)).collect()
    }

    /// The forms of a message beside the current one, in the order of their versions, without their
    /// bytes.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn earlier_forms(&self, number: i64) -> Result<Vec<KeptMessage>, ArchiveError> {
        let forms = self.other_forms(number).map_err(|error| self.layout.sql(error))?;
        forms.into_iter().map(|form| self.with_files(form)).collect()
    }

    /// The current form of the message that another one quotes; `None` if it quotes none, or the
    /// quoted one is not there. Before [`Archive::index`](crate::Archive::index) knows of a first
    /// quote, this looks at each message of the part.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn quoted(&self, by: i64) -> Result<Option<KeptMessage>, ArchiveError> {
        let find = || {
            self.db
                .prepare_cached(
                    "SELECT coalesce(
                         (SELECT q.id FROM message q
                          WHERE q.part = m.part AND q.platform_id = m.reply_to),
                         (SELECT q.id FROM message q
                          WHERE q.part = m.part AND q.record_id = m.reply_to))
                     FROM message m WHERE m.id = ?1 AND m.reply_to IS NOT NULL",
                )?
                .query_row([by], |row| row.get::<_, Option<i64>>(0))
                .optional()
        };
        match find().map_err(|error| self.layout.sql(error))?.flatten() {
            Some(number) => self.message(number),
            None => Ok(None),
        }
    }

    /// The number of the message of a source that has this id. Where several parts of the source
    /// have one, that of the part that `beside` is in, else the oldest.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn find_message(
        &self,
        source: &str,
        id: &str,
        beside: Option<i64>,
    ) -> Result<Option<i64>, ArchiveError> {
        let find = || {
            self.db
                .prepare_cached(
                    "SELECT m.id FROM part p JOIN message m ON m.part = p.id AND m.record_id = ?2
                     WHERE p.source = (SELECT id FROM source WHERE name = ?1)
                     ORDER BY p.id IS (SELECT part FROM message WHERE id = ?3) DESC, m.id LIMIT 1",
                )?
                .query_row(params![source, id, beside], |row| row.get(0))
                .optional()
        };
        find().map_err(|error| self.layout.sql(error))
    }

    /// The number of the conversation that a message is in; `None` if it is not summed up yet.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn conversation_of(&self, message: i64) -> Result<Option<i64>, ArchiveError> {
        let find = || {
            self.db
                .prepare_cached(
                    "SELECT c.id FROM message m JOIN conversation c
                         ON c.source = m.source AND c.conversation_id IS m.conversation_id
                     WHERE m.id = ?1",
                )?
                .query_row([message], |row| row.get(0))
                .optional()
        };
        find().map_err(|error| self.layout.sql(error))
    }

    fn current_form(&self, number: i64) -> rusqlite::Result<Option<Form>> {
        self.db.prepare_cached(SELECT_ONE)?.query_row([number], Form::read).optional()
    }
}
