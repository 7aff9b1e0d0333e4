//! A message whose id the vendor gave, read again by a call that gives none.

use chat_core::Message;
use rusqlite::{OptionalExtension as _, params};

use super::{INSERT_VERSION, Identity, Known, Numbering, PageWriter, Place};

impl PageWriter<'_> {
    /// Such a form says less than the current one, so it is kept as an earlier one: once, unless
    /// the call begins to show something else.
    pub(super) fn plainer(
        &mut self,
        known: &Known,
        identity: Identity<'_>,
        message: &Message,
        place: Place<'_>,
    ) -> rusqlite::Result<()> {
        let before = self
            .tx
            .prepare_cached(
                "SELECT page, raw_start, raw_bytes, raw_sha256 = ?2 FROM message_version
                 WHERE id = ?1 AND id_origin = 'derived' ORDER BY version DESC LIMIT 1",
            )?
            .query_row(params![known.id, place.sha256], |row| {
                let (start, bytes): (usize, usize) = (row.get(1)?, row.get(2)?);
                Ok((row.get(0)?, start..start + bytes, row.get(3)?))
            })
            .optional()?;
        let is_known = match before {
            None => false,
            Some((_, _, true)) => true,
            Some((page, old, false)) => self.says_the_same((page, old), place)?,
        };
        self.met(known.id)?;
        if is_known {
            return Ok(());
        }
        self.stored.changed += 1;
        let number = known.versions + 1;
        let numbering = Numbering {
            id: known.id,
            version: number,
            versions: number,
            first_seen_ms: known.first_seen_ms,
        };
        let own = message.status.as_ref();
        self.form(INSERT_VERSION, &numbering, identity, message, own, place)?;
        self.tx
            .prepare_cached("UPDATE message SET versions = ?2 WHERE id = ?1")?
            .execute([known.id, number])
            .map(drop)
    }
}
