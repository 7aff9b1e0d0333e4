//! The files of a form, against those that its bytes name.

use chat_core::{Attachment, Message};
use rusqlite::{Connection, Transaction, params};

use super::{FormKey, Remake};
use crate::media::MediaState;

/// What is stored of a file.
struct Stored {
    ordinal: i64,
    first_version: i64,
    kind: String,
    file_name: Option<String>,
    mime_type: Option<String>,
    size_bytes: Option<u64>,
    duration_ms: Option<u64>,
}

impl Stored {
    fn is(&self, named: &Attachment) -> bool {
        self.kind == named.kind.as_str()
            && self.file_name == named.file_name
            && self.mime_type == named.mime_type
            && self.size_bytes == named.size_bytes
            && self.duration_ms == named.duration_ms
    }

    fn is_at(&self, named: &[Attachment]) -> bool {
        let at = usize::try_from(self.ordinal).ok();
        at.and_then(|at| named.get(at)).is_some_and(|named| self.is(named))
    }
}

impl Remake<'_> {
    /// True if the files of a form are not those that its bytes name. The current form has all of
    /// them; an earlier one those that came with it, for others may have passed on to later forms.
    pub(super) fn attachments_differ(
        &self,
        key: &FormKey,
        message: &Message,
    ) -> rusqlite::Result<bool> {
        let named = &message.attachments;
        let stored = stored(self.db, key)?;
        let is_whole = !key.is_current || stored.len() == named.len();
        Ok(!is_whole || !stored.iter().all(|file| file.is_at(named)))
    }
}

/// The files that came with a form; of the current one, all that it has.
fn stored(db: &Connection, key: &FormKey) -> rusqlite::Result<Vec<Stored>> {
    let mut query = db.prepare_cached(
        "SELECT ordinal, first_version, kind, file_name, mime_type, size_bytes, duration_ms
         FROM attachment
         WHERE message = ?1
           AND (first_version = ?2 OR ?3 AND first_version <= ?2 AND last_version >= ?2)
         ORDER BY ordinal, first_version",
    )?;
    let rows = query.query_map(params![key.id, key.version, key.is_current], |row| {
        Ok(Stored {
            ordinal: row.get(0)?,
            first_version: row.get(1)?,
            kind: row.get(2)?,
            file_name: row.get(3)?,
            mime_type: row.get(4)?,
            size_bytes: row.get(5)?,
            duration_ms: row.get(6)?,
        })
    })?;
    rows.collect()
}

/// Makes the files of a form those that its bytes name. A file that was saved stays with the one
/// that it was saved for: the same one by all that is known of it, else the next one of its kind.
pub(super) fn put_right(
    tx: &Transaction<'_>,
    key: &FormKey,
    message: &Message,
) -> rusqlite::Result<()> {
    let stored = stored(tx, key)?;
    let named = &message.attachments;
    let mut wanted: Vec<(usize, &Attachment)> = named.iter().enumerate().collect();
    let mut left: Vec<Stored> = Vec::new();
    for file in stored {
        let at = wanted
            .iter()
            .position(|(ordinal, one)| i64::try_from(*ordinal) == Ok(file.ordinal) && file.is(one));
        match at {
            Some(at) => drop(wanted.remove(at)),
            None => left.push(file),
        }
    }
    let mut moved: Vec<(Stored, usize, &Attachment)> = Vec::new();
    for same in [true, false] {
        for (ordinal, one) in std::mem::take(&mut wanted) {
            let found = left.iter().position(|file| {
                file.first_version == key.version
                    && if same { file.is(one) } else { file.kind == one.kind.as_str() }
            });
            match found {
                Some(found) => moved.push((left.remove(found), ordinal, one)),
                None => wanted.push((ordinal, one)),
            }
        }
    }
    for file in &left {
        let sql = if file.first_version == key.version {
            "DELETE FROM attachment WHERE message = ?1 AND ordinal = ?2 AND first_version = ?3"
        } else {
            // it belongs to the forms before
            "UPDATE attachment SET last_version = ?4 - 1
             WHERE message = ?1 AND ordinal = ?2 AND first_version = ?3 AND ?4 > 0"
        };
        let mut drop_file = tx.prepare_cached(sql)?;
        if file.first_version == key.version {
            drop_file.execute(params![key.id, file.ordinal, file.first_version])?;
        } else {
            drop_file.execute(params![key.id, file.ordinal, file.first_version, key.version])?;
        }
    }
    // out of the way first: two of them may change places
    for (file, _, _) in &moved {
        tx.prepare_cached(
            "UPDATE attachment SET ordinal = -1 - ordinal
             WHERE message = ?1 AND ordinal = ?2 AND first_version = ?3",
        )?
        .execute(params![key.id, file.ordinal, file.first_version])?;
    }
    for (file, ordinal, one) in &moved {
        tx.prepare_cached(
            "UPDATE attachment SET ordinal = ?4, kind = ?5, file_name = ?6, mime_type = ?7,
                 size_bytes = ?8, duration_ms = ?9
             WHERE message = ?1 AND ordinal = -1 - ?2 AND first_version = ?3",
        )?
        .execute(params![
            key.id,
            file.ordinal,
            file.first_version,
            ordinal,
            one.kind.as_str(),
            one.file_name,
            one.mime_type,
            one.size_bytes,
            one.duration_ms
        ])?;
    }
    if !key.is_current {
        // what an earlier form shares with others is stored with the first of them
        return Ok(());
    }
    for (ordinal, one) in wanted {
        tx.prepare_cached(
            "INSERT INTO attachment (message, ordinal, first_version, last_version, kind,
                 file_name, mime_type, size_bytes, duration_ms, state)
             VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            key.id,
            ordinal,
            key.version,
            one.kind.as_str(),
            one.file_name,
            one.mime_type,
            one.size_bytes,
            one.duration_ms,
            MediaState::first(one).as_str()
        ])?;
    }
    Ok(())
}
