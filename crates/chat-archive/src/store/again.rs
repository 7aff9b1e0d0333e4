//! A record that is known: whether it says something new, and when it was last seen.

use std::collections::VecDeque;
use std::ops::Range;

use chat_core::{Message, Status, UnixMillis};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::seen::last_seen;
use super::{
    INSERT_VERSION, Identity, Numbering, PageWriter, Place, REPLACE_CURRENT, history, seen,
};
use crate::ledger::Hash;

macro_rules! find {
    ($tail:literal) => {
        concat!(
            "SELECT id, raw_sha256, page, raw_start, raw_bytes, version, versions, status,
                    updated_at_ms, first_seen_ms, ",
            last_seen!("message"),
            ", generation, id_origin = 'vendor', part, record_id
             FROM message WHERE ",
            $tail
        )
    };
}

/// What is known of a record.
pub(super) const FIND: &str = find!("part = ?1 AND record_id = ?2");
const FIND_AFTER: &str = find!("id > ?1 ORDER BY id LIMIT 16");
const FIND_BEFORE: &str = find!("id < ?1 ORDER BY id DESC LIMIT 16");

/// What the archive holds of a record that came again.
pub(super) struct Known {
    pub(super) id: i64,
    pub(super) raw_sha256: Hash,
    pub(super) page: i64,
    pub(super) raw_start: usize,
    pub(super) raw_bytes: usize,
    pub(super) version: i64,
    pub(super) versions: i64,
    pub(super) status: Option<String>,
    pub(super) updated_at_ms: Option<i64>,
    pub(super) first_seen_ms: i64,
    pub(super) last_seen_ms: i64,
    pub(super) generation: i64,
    /// Its current form has the vendor's id.
    pub(super) is_named: bool,
}

/// Messages that most likely come next: those beside the last one, if that was beside the one before
/// it. Read several at a time, which costs half of looking each one up.
#[derive(Default)]
pub(super) struct Ahead {
    last: Option<i64>,
    step: i64,
    rows: VecDeque<(String, Known)>,
}

impl Ahead {
    /// The record, if it is the one that was expected.
    fn next(
        &mut self,
        tx: &Transaction<'_>,
        identity: Identity<'_>,
    ) -> rusqlite::Result<Option<Known>> {
        if self.rows.is_empty()
            && let Some(last) = self.last
            && self.step.abs() == 1
        {
            let sql = if self.step > 0 { FIND_AFTER } else { FIND_BEFORE };
            let mut find = tx.prepare_cached(sql)?;
            let mut rows = find.query([last])?;
            while let Some(row) = rows.next()?
                && row.get(13) == Ok(identity.part)
                // one that cannot be read is no trouble of those beside it
                && let (Ok(record_id), Ok(known)) = (row.get(14), Known::of(row))
            {
                self.rows.push_back((record_id, known));
            }
        }
        let next = self.rows.pop_front().filter(|(record_id, _)| record_id == identity.record_id);
        if next.is_none() {
            self.rows.clear();
            self.step = 0;
        }
        Ok(next.map(|(_, known)| known))
    }

    fn found(&mut self, id: i64) {
        self.step = self.last.replace(id).map_or(0, |last| id.saturating_sub(last));
    }
}

impl Known {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            raw_sha256: row.get(1)?,
            page: row.get(2)?,
            raw_start: row.get(3)?,
            raw_bytes: row.get(4)?,
            version: row.get(5)?,
            versions: row.get(6)?,
            status: row.get(7)?,
            updated_at_ms: row.get(8)?,
            first_seen_ms: row.get(9)?,
            last_seen_ms: row.get(10)?,
            generation: row.get(11)?,
            is_named: row.get(12)?,
        })
    }
}

impl PageWriter<'_> {
    /// A record that is known: unchanged, changed, or an earlier form that comes late.
    pub(super) fn again(
        &mut self,
        known: &Known,
        message: &Message,
        identity: Identity<'_>,
        place: Place<'_>,
    ) -> rusqlite::Result<i64> {
        let id = known.id;
        if self.met.as_ref().is_some_and(|met| met.contains(&id)) {
            // a second time on one page: what is written of it comes first
            self.write_met()?;
            let known = self.known(identity)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            return self.again(&known, message, identity, place);
        }
        self.stored.seen += u64::from(known.last_seen_ms < self.context.run_started.get());
        if message.is_without_id() && known.is_named {
            self.plainer(known, identity, message, place)?;
            return Ok(id);
        }
        let updated_at_ms = message.updated_at.map(UnixMillis::get);
        let late = history::is_late(updated_at_ms, known.updated_at_ms);
        let form = self.known_form(known, place, late)?;
        let is_other_reading = known.generation != self.context.source.generation;
        if let Some(version) = form
            && !is_other_reading
        {
            self.met(id)?;
            self.fresh_links(id, version, message)?;
            return Ok(id);
        }
        let before = known.status.as_deref().map(Status::from);
        let status = history::merged(message.status.clone(), before);
        if let Some(version) = form {
            if version == known.version && self.is_current_form(known, place)? {
                self.made_anew(known, identity, message, status.as_ref())?;
            } else {
                self.met(id)?;
            }
            self.fresh_links(id, version, message)?;
            return Ok(id);
        }
        self.stored.changed += 1;
        let number = known.versions + 1;
        let numbering =
            Numbering { id, version: number, versions: number, first_seen_ms: known.first_seen_ms };
        seen::settle(self.tx, id)?;
        if late {
            let own = message.status.as_ref();
            self.form(INSERT_VERSION, &numbering, identity, message, own, place)?;
            self.tx
                .prepare_cached(
                    "UPDATE message SET versions = ?2, status = ?3, last_seen_ms = ?4 WHERE id = ?1",
                )?
                .execute(params![
                    id,
                    number,
                    status.as_ref().map(Status::as_str),
                    self.context.fetched_at.get()
                ])?;
            self.earlier_attachments(known, number, message)?;
        } else {
            self.tx
                .prepare_cached("INSERT INTO message_version SELECT * FROM message WHERE id = ?1")?
                .execute([id])?;
            self.form(REPLACE_CURRENT, &numbering, identity, message, status.as_ref(), place)?;
            self.renumber_attachments(known, number, message)?;
        }
        Ok(id)
    }

    /// The same bytes, which mean something else by now: another offset, a better conversion.
    fn made_anew(
        &self,
        known: &Known,
        identity: Identity<'_>,
        message: &Message,
        status: Option<&Status>,
    ) -> rusqlite::Result<()> {
        let numbering = Numbering {
            id: known.id,
            version: known.version,
            versions: known.versions,
            first_seen_ms: known.first_seen_ms,
        };
        let place = Place {
            page: known.page,
            start: known.raw_start,
            bytes: known.raw_bytes,
            sha256: &known.raw_sha256,
        };
        seen::settle(self.tx, known.id)?;
        self.form(REPLACE_CURRENT, &numbering, identity, message, status, place)
    }

    /// Notes that a message came again. A run of them is written at once: most pages bring the same
    /// messages in the same order as before.
    pub(super) fn met(&mut self, id: i64) -> rusqlite::Result<()> {
        match &self.met {
            Some(met) if met.end().checked_add(1) == Some(id) => {
                self.met = Some(*met.start()..=id);
            }
            Some(met) if met.start().checked_sub(1) == Some(id) => {
                self.met = Some(id..=*met.end());
            }
            _ => {
                self.write_met()?;
                self.met = Some(id..=id);
            }
        }
        Ok(())
    }

    pub(super) fn write_met(&mut self) -> rusqlite::Result<()> {
        let Some(met) = self.met.take() else { return Ok(()) };
        seen::again(self.tx, &met, self.context.fetched_at.get())
    }

    /// Most pages bring the same messages in the same order as before, so that those beside the last
    /// one are tried before a record is searched for.
    pub(super) fn known(&mut self, identity: Identity<'_>) -> rusqlite::Result<Option<Known>> {
        let mut known = self.ahead.next(self.tx, identity)?;
        if known.is_none() {
            let values = params![identity.part, identity.record_id];
            known = self.find.query_row(values, Known::of).optional()?;
        }
        if let Some(known) = &known {
            self.ahead.found(known.id);
        }
        Ok(known)
    }

    /// The form of the record that these bytes, or bytes that say the same, are stored as.
    fn known_form(
        &mut self,
        known: &Known,
        place: Place<'_>,
        late: bool,
    ) -> rusqlite::Result<Option<i64>> {
        if known.raw_sha256 == *place.sha256 {
            return Ok(Some(known.version));
        }
        let current = (known.page, known.raw_start..known.raw_start + known.raw_bytes);
        let is_same = self.says_the_same(current, place)?;
        if is_same || known.versions == 1 {
            return Ok(is_same.then_some(known.version));
        }
        // an earlier form is old news if it comes out of order; else the vendor went back to it
        let seen_before = known.last_seen_ms < self.context.run_started.get();
        if seen_before && !late {
            return Ok(None);
        }
        self.earlier_form(known, place)
    }

    fn earlier_form(&mut self, known: &Known, place: Place<'_>) -> rusqlite::Result<Option<i64>> {
        let earlier: Vec<(i64, Hash, i64, usize, usize)> = self
            .tx
            .prepare_cached(
                "SELECT version, raw_sha256, page, raw_start, raw_bytes FROM message_version
                 WHERE id = ?1",
            )?
            .query_map([known.id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        for (version, sha256, page, start, bytes) in earlier {
            if sha256 == *place.sha256 || self.says_the_same((page, start..start + bytes), place)? {
                return Ok(Some(version));
            }
        }
        Ok(None)
    }

    /// True if the bytes of a stored form say the same as those of this page's record.
    pub(super) fn says_the_same(
        &mut self,
        (page, old): (i64, Range<usize>),
        place: Place<'_>,
    ) -> rusqlite::Result<bool> {
        let new = self.context.page.raw.record(&(place.start..place.start + place.bytes));
        if page == self.page {
            return Ok((self.same_content)(self.context.page.raw.record(&old), new));
        }
        let body = self.cache.get(self.tx, page)?;
        let old = body.as_ref().and_then(|body| body.get(old));
        Ok(old.is_some_and(|old| (self.same_content)(old, new)))
    }

    /// Of bytes that are known: true if they say what the current form says.
    fn is_current_form(&mut self, known: &Known, place: Place<'_>) -> rusqlite::Result<bool> {
        Ok(known.raw_sha256 == *place.sha256 || self.earlier_form(known, place)?.is_none())
    }
}
