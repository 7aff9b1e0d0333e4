//! What the engine needs of an archive. It knows no other way to one.

use std::borrow::Cow;
use std::path::PathBuf;

use chat_archive::{
    Archive, ArchiveError, CoveredWindow, MediaBookmark, MediaCounts, MediaFailure, MediaTask,
    MessageCount, OpenWindow, PartitionId, Reader, SavedMedia, SourceId, StoredPage, ToStore,
};
use chat_core::{Partition, UnixMillis, Window};

/// What an archive knows to have: all that a plan is made from.
pub trait Holdings {
    /// Why it failed.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The closed windows of a partition, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn coverage(&mut self, partition: PartitionId) -> Result<Vec<CoveredWindow>, Self::Error>;

    /// The windows that an earlier run left open.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn open_windows(&mut self, partition: PartitionId) -> Result<Vec<OpenWindow>, Self::Error>;

    /// Counts the messages of a partition in stretches of `step_ms` from the window's beginning.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn message_counts(
        &mut self,
        partition: PartitionId,
        window: Window,
        step_ms: i64,
    ) -> Result<Vec<MessageCount>, Self::Error>;
}

/// A place to keep records. Each method that writes does all of its work or none, durably.
pub trait Store: Holdings + Send + 'static {
    /// Finds or adds a source, and notes what it assumes. If `fingerprint` is not the one of
    /// before, what was covered is forgotten, and `true` says so.
    ///
    /// # Errors
    ///
    /// When the store fails, or the name belongs to another vendor's records.
    fn source(
        &mut self,
        name: &str,
        vendor: &str,
        fingerprint: &str,
        assumptions: &[Cow<'static, str>],
    ) -> Result<(SourceId, bool), Self::Error>;

    /// Finds or adds the partitions of a source that the run under way reads.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn name_partitions(
        &mut self,
        source: SourceId,
        partitions: &[Partition],
    ) -> Result<Vec<PartitionId>, Self::Error>;

    /// The partitions of a source that were read since the meaning of its records last changed, in
    /// the order in which they were added.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn partitions(
        &mut self,
        source: SourceId,
    ) -> Result<Vec<(PartitionId, Partition)>, Self::Error>;

    /// Stores pages, each with its checkpoint, and what became of windows, in their order: all of
    /// it or nothing. Says what each page brought.
    ///
    /// # Errors
    ///
    /// When the store fails; then nothing of any of it is stored.
    fn store_together(&mut self, all: &[ToStore<'_>]) -> Result<Vec<StoredPage>, Self::Error>;

    /// Notes that a run begins; returns its number.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn begin_run(&mut self, source: SourceId, now: UnixMillis) -> Result<i64, Self::Error>;

    /// Brings what people read of the records up to date, the search index and the list of
    /// conversations, until all is done or `stop` says so.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn index(&mut self, stop: &dyn Fn() -> bool) -> Result<(), Self::Error>;

    /// Does a little of that while nothing else is to be written. `true`: there may be more of it
    /// to do now, and it is asked again at once. What goes wrong shows in [`Store::index`].
    fn index_while_idle(&mut self) -> bool;

    /// Notes how a run ended.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn end_run(
        &mut self,
        run: i64,
        now: UnixMillis,
        verdict: &str,
        error: Option<&str>,
    ) -> Result<(), Self::Error>;

    /// The folder that files are received in, with what downloads left behind removed. Saved files
    /// that are missing from it are to be fetched again, as far as that is cheap to see.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    fn prepare_media(&mut self) -> Result<PathBuf, Self::Error>;

    /// Where the files begin that earlier runs left to be fetched and that are due `now`. Files
    /// that are found later are not among them.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn lacking_media_start(
        &mut self,
        source: SourceId,
        now: UnixMillis,
    ) -> Result<MediaBookmark, Self::Error>;

    /// Where the files begin that were never tried, those of this run included.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn untried_media_start(&mut self, source: SourceId) -> Result<MediaBookmark, Self::Error>;

    /// Up to `limit` of those files, and where the next ones begin.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn lacking_media(
        &mut self,
        bookmark: &MediaBookmark,
        limit: usize,
    ) -> Result<(Vec<MediaTask>, MediaBookmark), Self::Error>;

    /// Notes that a file was fetched.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn media_saved(
        &mut self,
        task: &MediaTask,
        saved: &SavedMedia,
        now: UnixMillis,
    ) -> Result<(), Self::Error>;

    /// Notes that a file could not be fetched.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn media_failed(
        &mut self,
        task: &MediaTask,
        failure: &MediaFailure,
        now: UnixMillis,
    ) -> Result<(), Self::Error>;

    /// Has all files of a source fetched again that are lacking, missing or damaged, however often
    /// they were tried.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn retry_media(&mut self, source: SourceId) -> Result<(), Self::Error>;

    /// How many files of a source are lacking; `saved` is not counted.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn lacking_counts(&mut self, source: SourceId) -> Result<MediaCounts, Self::Error>;
}

impl Holdings for Archive {
    type Error = ArchiveError;

    fn coverage(&mut self, partition: PartitionId) -> Result<Vec<CoveredWindow>, ArchiveError> {
        Self::coverage(self, partition)
    }

    fn open_windows(&mut self, partition: PartitionId) -> Result<Vec<OpenWindow>, ArchiveError> {
        Self::open_windows(self, partition)
    }

    fn message_counts(
        &mut self,
        partition: PartitionId,
        window: Window,
        step_ms: i64,
    ) -> Result<Vec<MessageCount>, ArchiveError> {
        Self::message_counts(self, partition, window, step_ms)
    }
}

impl Holdings for Reader {
    type Error = ArchiveError;

    fn coverage(&mut self, partition: PartitionId) -> Result<Vec<CoveredWindow>, ArchiveError> {
        Self::coverage(self, partition)
    }

    fn open_windows(&mut self, partition: PartitionId) -> Result<Vec<OpenWindow>, ArchiveError> {
        Self::open_windows(self, partition)
    }

    fn message_counts(
        &mut self,
        partition: PartitionId,
        window: Window,
        step_ms: i64,
    ) -> Result<Vec<MessageCount>, ArchiveError> {
        Self::message_counts(self, partition, window, step_ms)
    }
}

impl Store for Archive {
    fn source(
        &mut self,
        name: &str,
        vendor: &str,
        fingerprint: &str,
        assumptions: &[Cow<'static, str>],
    ) -> Result<(SourceId, bool), ArchiveError> {
        Self::source(self, name, vendor, fingerprint, assumptions)
    }

    fn name_partitions(
        &mut self,
        source: SourceId,
        partitions: &[Partition],
    ) -> Result<Vec<PartitionId>, ArchiveError> {
        Self::name_partitions(self, source, partitions)
    }

    fn partitions(
        &mut self,
        source: SourceId,
    ) -> Result<Vec<(PartitionId, Partition)>, ArchiveError> {
        Self::partitions(self, source)
    }

    fn store_together(&mut self, all: &[ToStore<'_>]) -> Result<Vec<StoredPage>, ArchiveError> {
        Self::store_together(self, all)
    }

    fn begin_run(&mut self, source: SourceId, now: UnixMillis) -> Result<i64, ArchiveError> {
        Self::begin_run(self, source, now)
    }

    fn index(&mut self, stop: &dyn Fn() -> bool) -> Result<(), ArchiveError> {
        Self::index(self, stop).map(drop)
    }

    fn index_while_idle(&mut self) -> bool {
        Self::index_while_idle(self)
    }

    fn end_run(
        &mut self,
        run: i64,
        now: UnixMillis,
        verdict: &str,
        error: Option<&str>,
    ) -> Result<(), ArchiveError> {
        Self::end_run(self, run, now, verdict, error)
    }

    fn prepare_media(&mut self) -> Result<PathBuf, ArchiveError> {
        self.remove_partial_media()?;
        self.mend_missing_media()?;
        Ok(self.media_dir())
    }

    fn lacking_media_start(
        &mut self,
        source: SourceId,
        now: UnixMillis,
    ) -> Result<MediaBookmark, ArchiveError> {
        Self::lacking_media_start(self, source, now)
    }

    fn untried_media_start(&mut self, source: SourceId) -> Result<MediaBookmark, ArchiveError> {
        Ok(Self::untried_media_start(source))
    }

    fn lacking_media(
        &mut self,
        bookmark: &MediaBookmark,
        limit: usize,
    ) -> Result<(Vec<MediaTask>, MediaBookmark), ArchiveError> {
        Self::lacking_media(self, bookmark, limit)
    }

    fn media_saved(
        &mut self,
        task: &MediaTask,
        saved: &SavedMedia,
        now: UnixMillis,
    ) -> Result<(), ArchiveError> {
        Self::media_saved(self, task, saved, now)
    }

    fn media_failed(
        &mut self,
        task: &MediaTask,
        failure: &MediaFailure,
        now: UnixMillis,
    ) -> Result<(), ArchiveError> {
        Self::media_failed(self, task, failure, now)
    }

    fn retry_media(&mut self, source: SourceId) -> Result<(), ArchiveError> {
        Self::retry_media(self, source)
    }

    fn lacking_counts(&mut self, source: SourceId) -> Result<MediaCounts, ArchiveError> {
        Self::lacking_counts(self, source)
    }
}
