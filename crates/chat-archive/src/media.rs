//! Files beside the messages: what is to be fetched, what was, and why not.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chat_core::{MediaItem, MediaLink, Partition, UnixMillis};
use rusqlite::params;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::archive::{Archive, SourceId};
use crate::error::ArchiveError;
use crate::layout::{private_dir, sync_dir};
use crate::ledger::{self, Hash};

/// A file that could not be had in so many runs is not tried any more.
const MAX_RUNS: u32 = 10;

/// How it stands with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaState {
    /// In the archive.
    Saved,
    /// Still to be fetched.
    Pending,
    /// Its link died and the vendor gives no other.
    Expired,
    /// It could not be had, for the reason noted.
    Failed,
    /// The vendor gave no way to it.
    None,
}

impl MediaState {
    /// Of a file that nobody tried to fetch yet.
    pub(crate) const fn first(named: &chat_core::Attachment) -> Self {
        if named.link.is_some() { Self::Pending } else { Self::None }
    }

    /// `saved`, `pending`, `expired`, `failed` or `none`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Pending => "pending",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::None => "none",
        }
    }
}

/// A file to fetch.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MediaTask {
    pub(crate) message: i64,
    pub(crate) ordinal: usize,
    pub(crate) first_version: i64,
    /// The record it belongs to.
    pub item: MediaItem,
    /// The type the vendor states.
    pub mime_type: Option<String>,
    /// The link that came with the record; `None` if the record must be read again for one.
    pub link: Option<MediaLink>,
}

/// Where one is among the files that earlier runs left to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaBookmark {
    source: SourceId,
    /// Message, ordinal and version of the last one taken.
    after: (i64, i64, i64),
    /// The last message that was known when the run began.
    last_message: i64,
}

impl MediaTask {
    /// Its position among the record's files, from 0.
    pub const fn ordinal(&self) -> usize {
        self.ordinal
    }
}

/// Why a file was not fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a failure has a state and a reason")]
pub struct MediaFailure {
    /// What state it leaves the file in; `Pending` means that the next run tries again.
    pub state: MediaState,
    /// Why, in words without names or links.
    pub reason: String,
}

/// A file that lies in the archive's folder and is not yet in its index.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SavedMedia {
    sha256: Hash,
    size_bytes: u64,
    detected_type: Option<&'static str>,
}

impl SavedMedia {
    /// What its first bytes say it is.
    pub const fn detected_type(&self) -> Option<&'static str> {
        self.detected_type
    }
}

/// Counts of files by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MediaCounts {
    /// In the archive.
    pub saved: u64,
    /// Still to be fetched.
    pub pending: u64,
    /// The link died and could not be renewed.
    pub expired: u64,
    /// Could not be had.
    pub failed: u64,
}

impl MediaCounts {
    pub(crate) fn from_states(states: &BTreeMap<String, u64>) -> Self {
        let count = |state: MediaState| states.get(state.as_str()).copied().unwrap_or(0);
        Self {
            saved: count(MediaState::Saved),
            pending: count(MediaState::Pending),
            expired: count(MediaState::Expired),
            failed: count(MediaState::Failed),
        }
    }
}

/// Receives a file. It gets its final name, the digest of its bytes, only when it is complete.
/// `Debug` shows its size only.
pub struct MediaWriter {
    dir: PathBuf,
    file: NamedTempFile,
    hasher: Sha256,
    size_bytes: u64,
    head: Vec<u8>,
}

impl MediaWriter {
    const HEAD_BYTES: usize = 512;

    /// Begins a file in the archive's media folder.
    ///
    /// # Errors
    ///
    /// When no file can be created there.
    pub fn create(media_dir: &Path) -> io::Result<Self> {
        // tempfile creates for the owner only
        let file = tempfile::Builder::new().prefix("incoming-").tempfile_in(media_dir)?;
        let dir = media_dir.to_owned();
        Ok(Self { dir, file, hasher: Sha256::new(), size_bytes: 0, head: Vec::new() })
    }

    /// What the first bytes say the file is.
    pub fn detected_type(&self) -> Option<&'static str> {
        infer::get(&self.head).map(|found| found.mime_type())
    }

    /// Makes the file durable under its digest. Only then may the index speak of it: after a power
    /// cut there may be a file too many, never one too few.
    ///
    /// # Errors
    ///
    /// When the file cannot be written or renamed.
    pub fn finish(self) -> io::Result<SavedMedia> {
        let detected_type = self.detected_type();
        let sha256: Hash = self.hasher.finalize().into();
        let path = media_path(&self.dir, &sha256);
        if !path.is_file() {
            let parent = path.parent().unwrap_or(&self.dir);
            private_dir(parent)?;
            self.file.as_file().sync_all()?;
            self.file.persist(&path).map_err(|error| error.error)?;
            sync_dir(parent)?;
            sync_dir(&self.dir)?;
        }
        Ok(SavedMedia { sha256, size_bytes: self.size_bytes, detected_type })
    }
}

impl fmt::Debug for MediaWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MediaWriter({} bytes)", self.size_bytes)
    }
}

impl Write for MediaWriter {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let written = self.file.write(chunk)?;
        let chunk = chunk.get(..written).unwrap_or(chunk);
        self.hasher.update(chunk);
        self.size_bytes += chunk.len() as u64;
        let missing = Self::HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend_from_slice(chunk.get(..missing).unwrap_or(chunk));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// `ab/cdef…` below the media folder. Names from outside never become paths.
pub(crate) fn media_path(media_dir: &Path, sha256: &Hash) -> PathBuf {
    let name = hex::encode(sha256);
    let (shard, rest) = name.split_at(2);
    media_dir.join(shard).join(rest)
}

impl Archive {
    /// Notes that a file was fetched.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn media_saved(
        &mut self,
        task: &MediaTask,
        saved: &SavedMedia,
        now: UnixMillis,
    ) -> Result<(), ArchiveError> {
        self.write(|tx| {
            let added = tx
                .prepare_cached(
                    "INSERT INTO media_file VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                )?
                .execute(params![saved.sha256, saved.size_bytes, saved.detected_type, now.get()])?;
            if added > 0 {
                let entry = ledger::media_entry(saved.size_bytes, now.get(), &saved.sha256);
                ledger::append(tx, &entry)?;
            }
            tx.prepare_cached(
                "UPDATE attachment SET state = 'saved', sha256 = ?4, tries = tries + 1, reason = NULL
                 WHERE message = ?1 AND ordinal = ?2 AND first_version = ?3",
            )?
            .execute(params![task.message, task.ordinal, task.first_version, saved.sha256])
            .map(drop)
        })
    }

    /// Notes that a file could not be fetched.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn media_failed(
        &mut self,
        task: &MediaTask,
        failure: &MediaFailure,
    ) -> Result<(), ArchiveError> {
        self.write(|tx| {
            tx.prepare_cached(
                "UPDATE attachment SET state = ?4, tries = tries + 1, reason = ?5
                 WHERE message = ?1 AND ordinal = ?2 AND first_version = ?3",
            )?
            .execute(params![
                task.message,
                task.ordinal,
                task.first_version,
                failure.state.as_str(),
                failure.reason
            ])
            .map(drop)
        })
    }

    /// Where the files begin that earlier runs left to be fetched: those that were not, and those
    /// that could not be had, until they were tried in ten runs. Files that are found later are not
    /// among them.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn lacking_media_start(&self, source: SourceId) -> Result<MediaBookmark, ArchiveError> {
        let last_message = self
            .db
            .query_row("SELECT coalesce(max(id), 0) FROM message", [], |row| row.get(0))
            .map_err(|error| self.layout.sql(error))?;
        Ok(MediaBookmark { source, after: (0, 0, 0), last_message })
    }

    /// Up to `limit` of those files, and where the next ones begin. Their links are not kept: the
    /// records must be read again.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn lacking_media(
        &self,
        bookmark: &MediaBookmark,
        limit: usize,
    ) -> Result<(Vec<MediaTask>, MediaBookmark), ArchiveError> {
        let read = || -> rusqlite::Result<Vec<_>> {
            // the order of the join is given: from the few files to their messages
            let mut query = self.db.prepare_cached(
                "SELECT a.message, a.ordinal, a.first_version, a.mime_type, m.record_id,
                        m.conversation_id, m.sent_at_ms, p.key
                 FROM attachment a INDEXED BY attachment_lacking
                 CROSS JOIN message m ON m.id = a.message JOIN part p ON p.id = m.part
                 WHERE a.state IN ('pending', 'expired', 'failed') AND m.source = ?1
                   AND a.tries < ?2 AND a.message <= ?3
                   AND (a.message, a.ordinal, a.first_version) > (?4, ?5, ?6)
                 ORDER BY a.message, a.ordinal, a.first_version LIMIT ?7",
            )?;
            let (message, ordinal, version) = bookmark.after;
            let span = params![
                bookmark.source.row,
                MAX_RUNS,
                bookmark.last_message,
                message,
                ordinal,
                version,
                limit
            ];
            let rows = query.query_map(span, |row| {
                let key: String = row.get(7)?;
                let record_id: String = row.get(4)?;
                let mut item = MediaItem::new(Partition::new(key), record_id);
                item.conversation_id = row.get(5)?;
                item.sent_at = row.get::<_, Option<i64>>(6)?.map(UnixMillis::new);
                Ok(MediaTask {
                    message: row.get(0)?,
                    ordinal: row.get(1)?,
                    first_version: row.get(2)?,
                    item,
                    mime_type: row.get(3)?,
                    link: None,
                })
            })?;
            rows.collect()
        };
        let tasks = read().map_err(|error| self.layout.sql(error))?;
        let mut next = bookmark.clone();
        if let Some(last) = tasks.last() {
            let ordinal = i64::try_from(last.ordinal).unwrap_or(i64::MAX);
            next.after = (last.message, ordinal, last.first_version);
        }
        Ok((tasks, next))
    }

    /// How many files of a source are lacking, by state; `saved` is not counted, since that would
    /// mean to look at every file there is.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn lacking_counts(&self, source: SourceId) -> Result<MediaCounts, ArchiveError> {
        let states = crate::reader::counts(
            &self.db,
            "SELECT a.state, count(*) FROM attachment a INDEXED BY attachment_lacking
             CROSS JOIN message m ON m.id = a.message
             WHERE a.state IN ('pending', 'expired', 'failed') AND m.source = ?1 GROUP BY a.state",
            source.row,
        );
        Ok(MediaCounts::from_states(&states.map_err(|error| self.layout.sql(error))?))
    }

    /// Removes what downloads that were cut off left behind.
    ///
    /// # Errors
    ///
    /// When the media folder cannot be read.
    pub fn remove_partial_media(&self) -> Result<(), ArchiveError> {
        let clean = || {
            for entry in fs::read_dir(self.layout.media())? {
                let entry = entry?;
                if entry.file_name().to_string_lossy().starts_with("incoming-") {
                    fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        };
        clean().map_err(|error: io::Error| ArchiveError::io(error, &self.layout.dir))
    }
}
