//! Files by message, for whoever wants to know which are lacking and why.

use std::path::PathBuf;

use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;

use super::{MAX_RUNS, media_path};
use crate::error::ArchiveError;
use crate::reader::Reader;

/// A file of a message. It has neither link nor file name, for names of files are what people say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MediaEntry {
    /// The source's name in the configuration.
    pub source: String,
    /// The id of the message.
    pub message_id: String,
    /// Its position among the message's files, from 0.
    pub ordinal: u64,
    /// `image`, `video`, `file` and so on.
    pub kind: String,
    /// `saved`, `pending`, `expired`, `failed` or `none`.
    pub state: String,
    /// How many runs tried to have it.
    pub tries: u32,
    /// It was tried so often that only [`Archive::retry_media`](crate::Archive::retry_media) has it
    /// tried again.
    pub given_up: bool,
    /// No run before this time tries it again, in Unix milliseconds; `None`: the next one does, or
    /// none does.
    pub next_try_ms: Option<i64>,
    /// Why it could not be had.
    pub reason: Option<String>,
    /// The type that the vendor states.
    pub declared_type: Option<String>,
    /// What the first bytes say it is, once it is saved.
    pub detected_type: Option<String>,
    /// Its size, or what the vendor says of that.
    pub size_bytes: Option<u64>,
}

/// A saved file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaFile {
    /// Where it lies.
    pub path: PathBuf,
    /// What its first bytes say it is.
    pub detected_type: Option<String>,
    /// Its size.
    pub size_bytes: u64,
}

impl Reader {
    /// The saved file with this SHA-256; `None` if the archive lists none. Nothing but the digest
    /// decides where it lies.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn media_file(&self, sha256: &[u8; 32]) -> Result<Option<MediaFile>, ArchiveError> {
        let find = || {
            self.db
                .prepare_cached(
                    "SELECT detected_type, size_bytes FROM media_file WHERE sha256 = ?1",
                )?
                .query_row([sha256], |row| {
                    let path = media_path(&self.layout.media(), sha256);
                    Ok(MediaFile { path, detected_type: row.get(0)?, size_bytes: row.get(1)? })
                })
                .optional()
        };
        find().map_err(|error| self.layout.sql(error))
    }

    /// The files of a source that are lacking, or all of them, in the order in which their messages
    /// were first seen.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn media_list(&self, source: &str, all: bool) -> Result<Vec<MediaEntry>, ArchiveError> {
        let read = || -> rusqlite::Result<Vec<_>> {
            let mut query = self.db.prepare(
                "SELECT s.name, m.record_id, a.ordinal, a.kind, a.state, a.tries, a.next_try_ms,
                        a.reason, a.mime_type, f.detected_type,
                        coalesce(f.size_bytes, a.size_bytes)
                 FROM attachment a JOIN message m ON m.id = a.message
                 JOIN source s ON s.id = m.source
                 LEFT JOIN media_file f ON f.sha256 = a.sha256 AND a.state = 'saved'
                 WHERE s.name = ?1 AND (?2 OR a.state IN ('pending', 'expired', 'failed'))
                 ORDER BY a.message, a.ordinal, a.first_version",
            )?;
            let rows = query.query_map(params![source, all], |row| {
                let tries: u32 = row.get(5)?;
                let state: String = row.get(4)?;
                let is_lacking = state != "saved" && state != "none";
                let given_up = is_lacking && tries >= MAX_RUNS;
                let next_try_ms: i64 = row.get(6)?;
                let waits = is_lacking && !given_up && next_try_ms > 0;
                Ok(MediaEntry {
                    source: row.get(0)?,
                    message_id: row.get(1)?,
                    ordinal: row.get(2)?,
                    kind: row.get(3)?,
                    state,
                    tries,
                    given_up,
                    next_try_ms: waits.then_some(next_try_ms),
                    reason: row.get(7)?,
                    declared_type: row.get(8)?,
                    detected_type: row.get(9)?,
                    size_bytes: row.get(10)?,
                })
            })?;
            rows.collect()
        };
        read().map_err(|error| self.layout.sql(error))
    }
}
