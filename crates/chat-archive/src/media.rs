//! Files beside the messages: what is to be fetched, what was, and why not.

mod file;
mod list;
mod mend;

use chat_core::{MediaItem, MediaLink, Partition, UnixMillis};
use rusqlite::params;
use serde::Serialize;

pub(crate) use self::file::media_path;
pub use self::file::{MediaWriter, SavedMedia};
pub use self::list::{MediaEntry, MediaFile};
use crate::archive::{Archive, SourceId};
use crate::error::ArchiveError;
use crate::ledger;

/// A file that could not be had in so many runs is not tried any more.
pub(crate) const MAX_RUNS: u32 = 10;
const HOUR_MS: i64 = 3_600_000;

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
    /// What the message says it is: `image`, `voice` and so on.
    pub kind: String,
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
    /// The last message that is looked at.
    last_message: i64,
    /// Files that were tried in as many runs are left out.
    tries_below: u32,
    /// So are those that are to be tried later than this.
    due_ms: i64,
}

impl MediaTask {
    /// Its position among the record's files, from 0.
    pub const fn ordinal(&self) -> usize {
        self.ordinal
    }

    /// What tells it from all other files of the archive.
    pub const fn key(&self) -> (i64, usize, i64) {
        (self.message, self.ordinal, self.first_version)
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
    /// It counts as one of the runs after which a file is given up; not if others than the file
    /// are to blame, such as refused credentials.
    pub counts: bool,
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
    pub(crate) fn by_state<'s>(states: impl IntoIterator<Item = (&'s str, u64)>) -> Self {
        let mut counts = Self::default();
        for (state, files) in states {
            match state {
                "saved" => counts.saved += files,
                "pending" => counts.pending += files,
                "expired" => counts.expired += files,
                "failed" => counts.failed += files,
                _ => {}
            }
        }
        counts
    }
}

/// Since when a file that could not be had in its nth run may be tried again. The first failure is
/// tried again by the next run; then the distance doubles, from an hour to five days.
const fn next_try(now: UnixMillis, tries: u32) -> UnixMillis {
    match tries {
        0 | 1 => UnixMillis::new(0),
        // there is no run behind the last one
        MAX_RUNS.. => now.plus_ms(HOUR_MS << (MAX_RUNS - 3)),
        tries => now.plus_ms(HOUR_MS << (tries - 2)),
    }
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
                "UPDATE attachment SET state = 'saved', sha256 = ?4, tries = tries + 1,
                     next_try_ms = 0, reason = NULL
                 WHERE message = ?1 AND ordinal = ?2 AND first_version = ?3",
            )?
            .execute(params![task.message, task.ordinal, task.first_version, saved.sha256])
            .map(drop)
        })
    }

    /// Notes that a file could not be fetched. After ten runs it is given up: then it is `Failed`,
    /// and left alone until [`retry_media`](Self::retry_media).
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn media_failed(
        &mut self,
        task: &MediaTask,
        failure: &MediaFailure,
        now: UnixMillis,
    ) -> Result<(), ArchiveError> {
        self.write(|tx| {
            let key = params![task.message, task.ordinal, task.first_version];
            let tries: u32 = tx
                .prepare_cached(
                    "SELECT tries FROM attachment
                     WHERE message = ?1 AND ordinal = ?2 AND first_version = ?3",
                )?
                .query_row(key, |row| row.get(0))?;
            let tries = tries + u32::from(failure.counts);
            let state = match failure.state {
                MediaState::Pending if tries >= MAX_RUNS => MediaState::Failed,
                state => state,
            };
            tx.prepare_cached(
                "UPDATE attachment SET state = ?4, tries = ?5, next_try_ms = ?6, reason = ?7
                 WHERE message = ?1 AND ordinal = ?2 AND first_version = ?3",
            )?
            .execute(params![
                task.message,
                task.ordinal,
                task.first_version,
                state.as_str(),
                tries,
                next_try(now, tries).get(),
                failure.reason
            ])
            .map(drop)
        })
    }

    /// Where the files begin that earlier runs left to be fetched and that are due `now`: those
    /// that were not tried, and those that could not be had, ever less often, until they were tried
    /// in ten runs. Files that are found later are not among them.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn lacking_media_start(
        &self,
        source: SourceId,
        now: UnixMillis,
    ) -> Result<MediaBookmark, ArchiveError> {
        let last_message = self
            .db
            .query_row("SELECT coalesce(max(id), 0) FROM message", [], |row| row.get(0))
            .map_err(|error| self.layout.sql(error))?;
        Ok(MediaBookmark {
            source,
            after: (0, 0, 0),
            last_message,
            tries_below: MAX_RUNS,
            due_ms: now.get(),
        })
    }

    /// Where the files begin that were never tried.
    pub const fn untried_media_start(source: SourceId) -> MediaBookmark {
        MediaBookmark {
            source,
            after: (0, 0, 0),
            last_message: i64::MAX,
            tries_below: 1,
            due_ms: i64::MAX,
        }
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
                        m.conversation_id, m.sent_at_ms, p.key, a.kind
                 FROM attachment a INDEXED BY attachment_lacking
                 CROSS JOIN message m ON m.id = a.message JOIN part p ON p.id = m.part
                 WHERE a.state IN ('pending', 'expired', 'failed') AND a.source = ?1
                   AND a.tries < ?2 AND a.next_try_ms <= ?8 AND a.message <= ?3
                   AND (a.message, a.ordinal, a.first_version) > (?4, ?5, ?6)
                 ORDER BY a.message, a.ordinal, a.first_version LIMIT ?7",
            )?;
            let (message, ordinal, version) = bookmark.after;
            let span = params![
                bookmark.source.row,
                bookmark.tries_below,
                bookmark.last_message,
                message,
                ordinal,
                version,
                limit,
                bookmark.due_ms
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
                    kind: row.get(8)?,
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

    /// Removes what downloads that were cut off left behind.
    ///
    /// # Errors
    ///
    /// When the media folder cannot be read.
    pub fn remove_partial_media(&self) -> Result<(), ArchiveError> {
        file::remove_incoming(&self.layout.media())
            .map_err(|error| ArchiveError::io(error, &self.layout.dir))
    }
}
