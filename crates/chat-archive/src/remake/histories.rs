//! Messages with several forms: their states, which follow from all of them.

use chat_core::{Message, Partition, Status, UnixMillis, Window};
use rusqlite::{OptionalExtension as _, params};

use super::{Change, FormKey, PageRow, Remake, form_key};
use crate::store::history::{History, Own};

/// What the archive says of a message with several forms.
struct Held {
    record_id: String,
    source: i64,
    page: i64,
    version: i64,
    versions: i64,
    /// How many forms there are in all.
    forms: usize,
}

impl Remake<'_> {
    /// Notes what one of several forms of a message says.
    pub(super) fn note_form(
        &self,
        page: &PageRow,
        key: &FormKey,
        message: &Message,
    ) -> rusqlite::Result<()> {
        self.db
            .prepare_cached("INSERT OR REPLACE INTO temp.own VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![
                key.id,
                key.version,
                message.status.as_ref().map(Status::as_str),
                message.updated_at.map(UnixMillis::get),
                page.id,
                page.fetched_ms,
                !message.is_without_id(),
            ])
            .map(drop)
    }

    /// Compares the states of all messages with several forms.
    pub(super) fn histories(&mut self) -> rusqlite::Result<()> {
        self.note_touched()?;
        let mut query = self.db.prepare(
            "SELECT id, version, status, updated_at_ms, page, fetched_ms, named
             FROM temp.own
             ORDER BY id, version",
        )?;
        let mut rows = query.query([])?;
        let mut message = None;
        let mut forms: Vec<Own> = Vec::new();
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            if let Some(before) = message.replace(id).filter(|before| *before != id) {
                self.history(before, &forms)?;
                forms.clear();
            }
            forms.push(Own {
                version: row.get(1)?,
                status: row.get::<_, Option<String>>(2)?.as_deref().map(Status::from),
                updated_at_ms: row.get(3)?,
                page: row.get(4)?,
                fetched_ms: row.get(5)?,
                is_named: row.get(6)?,
            });
        }
        message.map_or(Ok(()), |last| self.history(last, &forms))
    }

    /// Notes all forms of the messages that got one just now: until then they may have had one only,
    /// which was not worth a note.
    fn note_touched(&mut self) -> rusqlite::Result<()> {
        let mut forms = self.db.prepare(
            "SELECT f.page, f.raw_start, f.raw_bytes, f.id, f.version, 0, p.id, p.key, p.source,
                    g.from_ms, g.to_ms, g.fetched_ms
             FROM (SELECT page, raw_start, raw_bytes, id, version FROM message
                   UNION ALL SELECT page, raw_start, raw_bytes, id, version FROM message_version) f
             JOIN temp.touched t ON t.id = f.id JOIN page g ON g.id = f.page
             JOIN part p ON p.id = g.part",
        )?;
        let mut rows = forms.query([])?;
        while let Some(row) = rows.next()? {
            let key = form_key(row)?;
            let page = PageRow {
                id: key.page,
                part: row.get(6)?,
                partition: Partition::new(row.get::<_, String>(7)?),
                source: row.get(8)?,
                window: Window::new(row.get(9)?, row.get(10)?),
                fetched_ms: row.get(11)?,
            };
            let Some(body) = self.cache.get(self.db, page.id)? else { continue };
            let Some(held) = self.held.get(&page.source) else { continue };
            let Ok(read) = held.reader.read(&page.partition, body.to_vec()) else { continue };
            let record = read.records.iter().find(|record| record.span.start == key.start);
            if let Some(record) = record {
                self.note_form(&page, &key, &record.message)?;
            }
        }
        Ok(())
    }

    fn history(&mut self, id: i64, forms: &[Own]) -> rusqlite::Result<()> {
        // one without a current form is told where its bytes are
        let Some(held) = self.held_history(id)? else { return Ok(()) };
        if held.forms != forms.len() {
            // some of them could not be read, which was told
            return Ok(());
        }
        let history = History::of(forms);
        let as_they_came = forms.iter().zip(1..).all(|(form, number)| form.version == number);
        let (source, page, name) = (held.source, held.page, Some(held.record_id));
        if !as_they_came || history.current != held.version {
            self.told(source, page, name, Some(held.version), Change::Order);
            return Ok(());
        }
        for (version, status) in &history.statuses {
            let is_current = *version == held.version;
            let table = if is_current { "message" } else { "message_version" };
            let status = status.as_ref().map(Status::as_str);
            let sql = format!(
                "SELECT status IS ?3, first_seen_ms = ?4 FROM {table} WHERE id = ?1 AND version = ?2"
            );
            let values = params![id, version, status, history.first_seen_ms];
            let (same_status, same_time): (bool, bool) = self
                .db
                .prepare_cached(&sql)?
                .query_row(values, |row| Ok((row.get(0)?, row.get(1)?)))?;
            let mut columns = Vec::new();
            if !same_status {
                columns.push("status");
            }
            if !same_time {
                columns.push("first_seen_ms");
            }
            let counted = i64::try_from(forms.len()).unwrap_or(i64::MAX);
            if is_current && held.versions != counted {
                columns.push("versions");
            }
            if columns.is_empty() {
                continue;
            }
            if let Some(tx) = self.tx {
                let sql = format!(
                    "UPDATE {table} SET status = ?3, first_seen_ms = ?4 WHERE id = ?1 AND version = ?2"
                );
                tx.prepare_cached(&sql)?.execute(values)?;
                if is_current {
                    tx.prepare_cached("UPDATE message SET versions = ?2 WHERE id = ?1")?
                        .execute([id, counted])?;
                }
            }
            self.told(source, page, name.clone(), Some(*version), Change::Columns { columns });
        }
        Ok(())
    }

    fn held_history(&self, id: i64) -> rusqlite::Result<Option<Held>> {
        self.db
            .prepare_cached(
                "SELECT record_id, source, page, version, versions,
                        1 + (SELECT count(*) FROM message_version v WHERE v.id = m.id)
                 FROM message m WHERE id = ?1",
            )?
            .query_row([id], |row| {
                Ok(Held {
                    record_id: row.get(0)?,
                    source: row.get(1)?,
                    page: row.get(2)?,
                    version: row.get(3)?,
                    versions: row.get(4)?,
                    forms: row.get(5)?,
                })
            })
            .optional()
    }
}
