//! The one writer of an archive.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use chat_core::{Partition, UnixMillis};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::index::Key;
use crate::layout::Layout;
use crate::raw::{PAGES_KEPT, PageCache};
use crate::schema;

/// A source's number in this archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId {
    pub(crate) row: i64,
    /// Counts how often the meaning of the source's records has changed.
    pub(crate) generation: i64,
}

/// A partition's number in this archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionId(pub(crate) i64);

/// An archive open for writing. There is one writer at a time; readers are welcome beside it.
pub struct Archive {
    pub(crate) layout: Layout,
    pub(crate) db: Connection,
    pub(crate) pages: PageCache,
    /// Messages stored since the search index last took some.
    pub(crate) unindexed: u64,
    /// Where conversations are summed up next while nothing else is to be done; `None`: nowhere.
    pub(crate) summed_to: Option<Key>,
    /// Held, never read: the lock ends with it.
    _lock: File,
}

impl Archive {
    /// Opens the archive in a folder, creating both where there are none, and brings an older one
    /// to today's schema. Everything is created for the owner only.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written, another run holds the archive, a newer version wrote it,
    /// or the database is damaged.
    pub fn open(dir: &Path) -> Result<Self, ArchiveError> {
        let layout = Layout::new(dir);
        layout.create()?;
        let lock = layout.lock()?;
        let mut db = layout.connect_writer()?;
        schema::check(&db, &layout)?;
        layout.tune_writer(&db)?;
        schema::migrate(&mut db, &layout)?;
        Ok(Self {
            layout,
            db,
            pages: PageCache::new(PAGES_KEPT),
            unindexed: 0,
            summed_to: None,
            _lock: lock,
        })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.layout.dir
    }

    /// The folder of the media files.
    pub fn media_dir(&self) -> PathBuf {
        self.layout.media()
    }

    /// Finds or adds a source, and notes what it assumes. `fingerprint` stands for all that its
    /// records' meaning depends on; if it is not the one of before, what was covered is forgotten,
    /// so that everything is read again. `true`: it was forgotten.
    ///
    /// # Errors
    ///
    /// When the name belongs to another vendor's records, or the database fails.
    pub fn source(
        &mut self,
        name: &str,
        vendor: &str,
        fingerprint: &str,
        assumptions: &[Cow<'static, str>],
    ) -> Result<(SourceId, bool), ArchiveError> {
        let assumptions = serde_json::to_string(assumptions).unwrap_or_default();
        let found = self.write(|tx| {
            let before: Option<String> = tx
                .query_row("SELECT fingerprint FROM source WHERE name = ?1", [name], |row| {
                    row.get(0)
                })
                .optional()?;
            let changed = before.is_some_and(|before| before != fingerprint);
            let id = tx
                .query_row(
                    "INSERT INTO source (name, vendor, fingerprint, generation, assumptions)
                     VALUES (?1, ?2, ?3, 1, ?4)
                     ON CONFLICT (name) DO UPDATE SET assumptions = excluded.assumptions,
                         fingerprint = excluded.fingerprint, generation = generation + ?5
                     WHERE vendor = excluded.vendor RETURNING id, generation",
                    params![name, vendor, fingerprint, assumptions, changed],
                    |row| Ok(SourceId { row: row.get(0)?, generation: row.get(1)? }),
                )
                .optional()?;
            if let (Some(id), true) = (id, changed) {
                for table in ["covered", "open_window", "open_member"] {
                    let parts = "SELECT id FROM part WHERE source = ?1";
                    tx.execute(&format!("DELETE FROM {table} WHERE part IN ({parts})"), [id.row])?;
                }
            }
            Ok(id.map(|id| (id, changed)))
        })?;
        let taken = || ArchiveErrorKind::NameTaken { source: name.to_owned() };
        found.ok_or_else(|| ArchiveError::new(taken(), &self.layout.dir))
    }

    /// Finds or adds a partition of a source.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn partition(
        &mut self,
        source: SourceId,
        partition: &Partition,
    ) -> Result<PartitionId, ArchiveError> {
        let ids = self.name_partitions(source, std::slice::from_ref(partition))?;
        ids.first().copied().ok_or_else(|| {
            ArchiveError::corrupt("a partition that was added is not there", &self.layout.dir)
        })
    }

    /// Notes that the last run of a source names these partitions, and finds or adds them. Status
    /// is judged by what the last run named.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn name_partitions(
        &mut self,
        source: SourceId,
        partitions: &[Partition],
    ) -> Result<Vec<PartitionId>, ArchiveError> {
        self.write(|tx| {
            let run: i64 = tx.query_row(
                "SELECT coalesce(max(id), 0) FROM run WHERE source = ?1",
                [source.row],
                |row| row.get(0),
            )?;
            let mut name = tx.prepare_cached(
                "INSERT INTO part (source, key, generation, run) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (source, key) DO UPDATE SET generation = ?3, run = ?4 RETURNING id",
            )?;
            let ids = partitions.iter().map(|partition| {
                let values = params![source.row, partition.key, source.generation, run];
                name.query_row(values, |row| row.get(0).map(PartitionId))
            });
            ids.collect()
        })
    }

    /// Notes that a run over a source begins.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn begin_run(&mut self, source: SourceId, now: UnixMillis) -> Result<i64, ArchiveError> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO run (source, started_ms) VALUES (?1, ?2)",
                params![source.row, now.get()],
            )?;
            Ok(tx.last_insert_rowid())
        })
    }

    /// Notes how a run ended. One that was killed has no end, and `status` says so.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn end_run(
        &mut self,
        run: i64,
        now: UnixMillis,
        verdict: &str,
        error: Option<&str>,
    ) -> Result<(), ArchiveError> {
        self.write(|tx| {
            tx.execute(
                "UPDATE run SET ended_ms = ?2, verdict = ?3, error = ?4 WHERE id = ?1",
                params![run, now.get(), verdict, error],
            )
            .map(drop)
        })
    }

    /// Runs `work` in one transaction that takes the write lock at its start.
    pub(crate) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, ArchiveError> {
        let run = |db: &mut Connection| {
            let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&tx)?;
            tx.commit()?;
            Ok(done)
        };
        run(&mut self.db).map_err(|error| self.layout.sql(error))
    }
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive").field("dir", &self.layout.dir).finish_non_exhaustive()
    }
}
