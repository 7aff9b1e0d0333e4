//! What an archive knows of a source, without adding to it: for plans and audits.

use chat_core::Partition;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::archive::{Archive, PartitionId, SourceId};
use crate::error::ArchiveError;
use crate::media::MediaCounts;
use crate::reader::{self, Reader};

/// A source that was synced before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownSource {
    /// Its number.
    pub id: SourceId,
    /// Its vendor.
    pub vendor: String,
    /// All that the meaning of its records depended on at the last sync.
    pub fingerprint: String,
}

/// How the last pages of a source came.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct LastPages {
    /// How many records were on one, on average, where that is known.
    pub records: Option<f64>,
    /// The usual time from one page to the next, in milliseconds.
    pub pace_ms: Option<i64>,
}

impl Archive {
    /// Finds a source by its name.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn known_source(&self, name: &str) -> Result<Option<KnownSource>, ArchiveError> {
        known_source(&self.db, name).map_err(|error| self.layout.sql(error))
    }

    /// The partitions of a source that were read since the meaning of its records last changed, in
    /// the order in which they were added.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn partitions(
        &self,
        source: SourceId,
    ) -> Result<Vec<(PartitionId, Partition)>, ArchiveError> {
        partitions(&self.db, source).map_err(|error| self.layout.sql(error))
    }

    /// The partitions that the last run of a source named.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn last_partitions(
        &self,
        source: SourceId,
    ) -> Result<Vec<(PartitionId, Partition)>, ArchiveError> {
        last_partitions(&self.db, source).map_err(|error| self.layout.sql(error))
    }

    /// How many files of a source are lacking, by state; `saved` is not counted, since that would
    /// mean to look at every file there is.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn lacking_counts(&self, source: SourceId) -> Result<MediaCounts, ArchiveError> {
        lacking_counts(&self.db, source).map_err(|error| self.layout.sql(error))
    }
}

impl Reader {
    /// Finds a source by its name.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn known_source(&self, name: &str) -> Result<Option<KnownSource>, ArchiveError> {
        known_source(&self.db, name).map_err(|error| self.layout.sql(error))
    }

    /// The partitions of a source that were read since the meaning of its records last changed, in
    /// the order in which they were added.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn partitions(
        &self,
        source: SourceId,
    ) -> Result<Vec<(PartitionId, Partition)>, ArchiveError> {
        partitions(&self.db, source).map_err(|error| self.layout.sql(error))
    }

    /// The partitions that the last run of a source named.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn last_partitions(
        &self,
        source: SourceId,
    ) -> Result<Vec<(PartitionId, Partition)>, ArchiveError> {
        last_partitions(&self.db, source).map_err(|error| self.layout.sql(error))
    }

    /// How many files of a source are lacking; `saved` is not counted.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn lacking_counts(&self, source: SourceId) -> Result<MediaCounts, ArchiveError> {
        lacking_counts(&self.db, source).map_err(|error| self.layout.sql(error))
    }

    /// How the last hundred pages of a source came.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn last_pages(&self, source: SourceId) -> Result<LastPages, ArchiveError> {
        last_pages(&self.db, source).map_err(|error| self.layout.sql(error))
    }
}

fn known_source(db: &Connection, name: &str) -> rusqlite::Result<Option<KnownSource>> {
    db.query_row(
        "SELECT id, generation, vendor, fingerprint FROM source WHERE name = ?1",
        [name],
        |row| {
            let id = SourceId { row: row.get(0)?, generation: row.get(1)? };
            Ok(KnownSource { id, vendor: row.get(2)?, fingerprint: row.get(3)? })
        },
    )
    .optional()
}

fn partitions(
    db: &Connection,
    source: SourceId,
) -> rusqlite::Result<Vec<(PartitionId, Partition)>> {
    let mut query = db.prepare_cached(
        "SELECT id, key FROM part WHERE source = ?1 AND generation = ?2 ORDER BY id",
    )?;
    let rows = query.query_map([source.row, source.generation], |row| {
        Ok((PartitionId(row.get(0)?), Partition::new(row.get::<_, String>(1)?)))
    })?;
    rows.collect()
}

fn last_partitions(
    db: &Connection,
    source: SourceId,
) -> rusqlite::Result<Vec<(PartitionId, Partition)>> {
    let mut query = db.prepare_cached(
        "SELECT id, key FROM part WHERE source = ?1 AND generation = ?2
             AND run = (SELECT max(run) FROM part WHERE source = ?1) ORDER BY id",
    )?;
    let rows = query.query_map([source.row, source.generation], |row| {
        Ok((PartitionId(row.get(0)?), Partition::new(row.get::<_, String>(1)?)))
    })?;
    rows.collect()
}

fn lacking_counts(db: &Connection, source: SourceId) -> rusqlite::Result<MediaCounts> {
    let lacking = reader::media_lacking(db, source.row)?;
    Ok(MediaCounts::by_state(lacking.iter().map(|lacking| (lacking.state.as_str(), lacking.files))))
}

fn last_pages(db: &Connection, source: SourceId) -> rusqlite::Result<LastPages> {
    const SPAN_BYTES: f64 = 8.0;
    let mut query = db.prepare(
        "SELECT g.fetched_ms, length(g.spans) FROM page g JOIN part p ON p.id = g.part
         WHERE p.source = ?1 ORDER BY g.id DESC LIMIT 100",
    )?;
    let rows = query
        .query_map(params![source.row], |row| Ok((row.get(0)?, row.get::<_, Option<f64>>(1)?)))?;
    let pages = rows.collect::<rusqlite::Result<Vec<(i64, Option<f64>)>>>()?;
    let sizes: Vec<f64> = pages.iter().filter_map(|(_, bytes)| *bytes).collect();
    #[expect(clippy::cast_precision_loss, reason = "a hundred at most")]
    let records = sizes.iter().sum::<f64>() / sizes.len() as f64 / SPAN_BYTES;
    // between two runs lie hours, so the middle one is meant
    let mut gaps: Vec<i64> =
        pages.iter().zip(pages.iter().skip(1)).map(|(late, early)| late.0 - early.0).collect();
    gaps.sort_unstable();
    Ok(LastPages {
        records: Some(records).filter(|records| *records > 0.0),
        pace_ms: gaps.get(gaps.len() / 2).copied(),
    })
}
