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
    /// It was saved once, so it is not dropped: its link may be dead by now.
    was_saved: bool,
}

/// How the files of a form are, against those that its bytes name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Files {
    /// They are not the same.
    pub(super) differ: bool,
    /// Behind them there is one that was saved, and that the bytes do not name.
    pub(super) has_kept: bool,
}

impl Stored {
    fn is(&self, named: &Attachment) -> bool {
        self.kind == named.kind.as_str()
            && self.file_name == named.file_name
            && self.mime_type == named.mime_type
            && self.size_bytes == named.size_bytes
            && self.duration_ms == named.duration_ms
    }

    fn is_in(&self, place: usize) -> bool {
        usize::try_from(self.ordinal) == Ok(place)
    }

    fn is_at(&self, named: &[Attachment]) -> bool {
        let at = usize::try_from(self.ordinal).ok();
        at.and_then(|at| named.get(at)).is_some_and(|named| self.is(named))
    }

    /// True if it was saved, and is behind those that are named.
    fn is_kept(&self, named: &[Attachment]) -> bool {
        self.was_saved && usize::try_from(self.ordinal).is_ok_and(|at| at >= named.len())
    }
}

impl Remake<'_> {
    /// Compares the files of a form with those that its bytes name. The current form has all of
    /// them; an earlier one those that came with it, for others may have passed on to later forms.
    pub(super) fn files(&self, key: &FormKey, message: &Message) -> rusqlite::Result<Files> {
        let named = &message.attachments;
        let (kept, stored): (Vec<_>, Vec<_>) =
            stored(self.db, key)?.into_iter().partition(|file| file.is_kept(named));
        let is_whole = !key.is_current || stored.len() == named.len();
        let differ = !is_whole || !stored.iter().all(|file| file.is_at(named));
        Ok(Files { differ, has_kept: !kept.is_empty() })
    }
}

/// The files that came with a form; of the current one, all that it has.
fn stored(db: &Connection, key: &FormKey) -> rusqlite::Result<Vec<Stored>> {
    let mut query = db.prepare_cached(
        "SELECT ordinal, first_version, kind, file_name, mime_type, size_bytes, duration_ms,
                sha256 IS NOT NULL
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
            was_saved: row.get(7)?,
        })
    })?;
    rows.collect()
}

/// Makes the files of a form those that its bytes name. A file that was saved stays with the one
/// that it was saved for: the same one by all that is known of it, else the next one of its kind,
/// else the one in its place. If there is none, it stays behind the others.
pub(super) fn put_right(
    tx: &Transaction<'_>,
    key: &FormKey,
    message: &Message,
) -> rusqlite::Result<()> {
    let named = &message.attachments;
    let mut wanted: Vec<(usize, &Attachment)> = named.iter().enumerate().collect();
    let mut left: Vec<Stored> = Vec::new();
    for file in stored(tx, key)? {
        let at = wanted.iter().position(|(ordinal, one)| file.is_in(*ordinal) && file.is(one));
        match at {
            Some(at) => drop(wanted.remove(at)),
            None => left.push(file),
        }
    }
    let ways: [fn(&Stored, usize, &Attachment) -> bool; 3] = [
        |file, _, one| file.is(one),
        |file, _, one| file.kind == one.kind.as_str(),
        |file, ordinal, _| file.was_saved && file.is_in(ordinal),
    ];
    let mut moved: Vec<(Stored, usize, &Attachment)> = Vec::new();
    for is_its in ways {
        for (ordinal, one) in std::mem::take(&mut wanted) {
            let found = left
                .iter()
                .position(|file| file.first_version == key.version && is_its(file, ordinal, one));
            match found {
                Some(found) => moved.push((left.remove(found), ordinal, one)),
                None => wanted.push((ordinal, one)),
            }
        }
    }
    let (own, shared): (Vec<Stored>, Vec<Stored>) =
        left.into_iter().partition(|file| file.first_version == key.version);
    for file in shared {
        // it belongs to the forms before
        tx.prepare_cached(
            "UPDATE attachment SET last_version = ?4 - 1
             WHERE message = ?1 AND ordinal = ?2 AND first_version = ?3 AND ?4 > 0",
        )?
        .execute(params![key.id, file.ordinal, file.first_version, key.version])?;
    }
    let (kept, dropped): (Vec<Stored>, Vec<Stored>) =
        own.into_iter().partition(|file| file.was_saved);
    for file in dropped {
        tx.prepare_cached(
            "DELETE FROM attachment WHERE message = ?1 AND ordinal = ?2 AND first_version = ?3",
        )?
        .execute(params![key.id, file.ordinal, key.version])?;
    }
    // out of the way first: two of them may change places
    for file in moved.iter().map(|(file, _, _)| file).chain(&kept) {
        tx.prepare_cached(
            "UPDATE attachment SET ordinal = -1 - ordinal
             WHERE message = ?1 AND ordinal = ?2 AND first_version = ?3",
        )?
        .execute(params![key.id, file.ordinal, key.version])?;
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
            key.version,
            ordinal,
            one.kind.as_str(),
            one.file_name,
            one.mime_type,
            one.size_bytes,
            one.duration_ms
        ])?;
    }
    for (file, ordinal) in kept.iter().zip(named.len()..) {
        tx.prepare_cached(
            "UPDATE attachment SET ordinal = ?4
             WHERE message = ?1 AND ordinal = -1 - ?2 AND first_version = ?3",
        )?
        .execute(params![key.id, file.ordinal, key.version, ordinal])?;
    }
    if !key.is_current {
        // what an earlier form shares with others is stored with the first of them
        return Ok(());
    }
    for (ordinal, one) in wanted {
        tx.prepare_cached(
            "INSERT INTO attachment (message, ordinal, first_version, last_version, source, kind,
                 file_name, mime_type, size_bytes, duration_ms, state)
             SELECT id, ?2, ?3, ?3, source, ?4, ?5, ?6, ?7, ?8, ?9 FROM message WHERE id = ?1",
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
