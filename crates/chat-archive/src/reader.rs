//! Reading an archive beside its writer.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use chat_core::UnixMillis;
use rusqlite::{Connection, OptionalExtension as _};
use serde::Serialize;

use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::layout::Layout;
use crate::media::MediaCounts;
use crate::schema;

/// How many earlier forms a source has.
const VERSIONS: &str = "SELECT count(*) FROM message_version WHERE source = ?1";

/// How many files of a source are there.
const SAVED: &str = "
    SELECT count(*) FROM attachment INDEXED BY attachment_saved
    WHERE source = ?1 AND state = 'saved'";

/// How many files of a source are lacking, and why. Those that were never tried may be nearly all, so
/// that they are what is left of all: that is but the length of an index.
const LACKING: &str = "
    WITH tried AS MATERIALIZED (
        SELECT state, reason, count(*) AS files
        FROM attachment INDEXED BY attachment_tried
        WHERE state IN ('pending', 'expired', 'failed')
          AND (state <> 'pending' OR reason IS NOT NULL) AND source = ?1
        GROUP BY state, reason),
    untried AS MATERIALIZED (
        SELECT count(*) - (SELECT coalesce(sum(files), 0) FROM tried) AS files
        FROM attachment INDEXED BY attachment_lacking
        WHERE state IN ('pending', 'expired', 'failed') AND source = ?1)
    SELECT 'pending', NULL, files FROM untried WHERE files > 0
    UNION ALL SELECT state, reason, files FROM tried
    ORDER BY 3 DESC";

/// What a source holds by the sums of its conversations; no row while they do not know all messages
/// in their newest form.
const SUMMED_UP: &str = "
    SELECT coalesce(sum(messages), 0), count(conversation_id), min(first_sent_ms),
           max(last_sent_ms)
    FROM conversation INDEXED BY conversation_sums WHERE source = ?1
    HAVING NOT EXISTS (SELECT 1 FROM unindexed) AND NOT EXISTS (SELECT 1 FROM stale)
       AND (SELECT up_to FROM indexed) >= (SELECT coalesce(max(id), 0) FROM message)";
/// The same by its messages, in one go over an index.
const ONE_BY_ONE: &str = "
    SELECT coalesce(sum(messages), 0), count(conversation_id), min(first_sent_ms),
           max(last_sent_ms)
    FROM (SELECT conversation_id, count(*) AS messages, min(sent_at_ms) AS first_sent_ms,
                 max(sent_at_ms) AS last_sent_ms
          FROM message WHERE source = ?1 GROUP BY conversation_id)";

/// An archive open for reading.
pub struct Reader {
    pub(crate) layout: Layout,
    pub(crate) db: Connection,
}

/// What the archive holds of a source. What it covers and what it lacks is told of the partitions
/// that the last run named: one that left the configuration is not waited for.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SourceStatus {
    /// Its name in the configuration.
    pub source: String,
    /// Its vendor.
    pub vendor: String,
    /// Messages.
    pub messages: u64,
    /// Earlier forms of messages, beside the current ones.
    pub versions: u64,
    /// Conversations.
    pub conversations: u64,
    /// Records that could not be read, in time that was not read well since; their bytes are kept.
    pub skipped: u64,
    /// When the first message was sent, in Unix milliseconds.
    pub first_sent_at_ms: Option<i64>,
    /// When the last message was sent, in Unix milliseconds.
    pub last_sent_at_ms: Option<i64>,
    /// Since when the archive covers all parts of the source that it has read, in Unix
    /// milliseconds.
    pub covered_from_ms: Option<i64>,
    /// Until when it covers any of them, in Unix milliseconds.
    pub covered_to_ms: Option<i64>,
    /// Windows by verdict.
    pub windows: VerdictCounts,
    /// Windows that are broken, with the reason.
    pub broken: Vec<BrokenWindow>,
    /// What is covered of each partition.
    pub parts: Vec<PartStatus>,
    /// Spans that were never read, in partitions of which others were.
    pub gaps: Vec<Gap>,
    /// The keys of partitions of which nothing was read to its end yet.
    pub never_read: Vec<String>,
    /// Files by state.
    pub media: MediaCounts,
    /// Why files are lacking.
    pub media_lacking: Vec<LackingMedia>,
    /// What is assumed because the vendor's page does not say it.
    pub assumptions: Vec<String>,
    /// The last run.
    pub last_run: Option<RunSummary>,
}

/// Windows by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VerdictCounts {
    /// Complete, and older than the look-back.
    pub proven: u64,
    /// Complete so far.
    pub provisional: u64,
    /// Not complete.
    pub broken: u64,
    /// Being walked, or left in the middle.
    pub open: u64,
}

/// A window that is not complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BrokenWindow {
    /// The partition's key.
    pub partition: String,
    /// First millisecond.
    pub from_ms: i64,
    /// First millisecond after it.
    pub to_ms: i64,
    /// How many records the vendor said there are.
    pub expected: Option<u64>,
    /// How many arrived.
    pub distinct: u64,
    /// Why.
    pub reason: Option<String>,
    /// When that was found.
    pub checked_ms: i64,
}

/// What is covered of a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PartStatus {
    /// Its key.
    pub partition: String,
    /// Since when; `None` if nothing was read to its end yet.
    pub covered_from_ms: Option<i64>,
    /// Until when.
    pub covered_to_ms: Option<i64>,
}

/// A span of time that was never read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Gap {
    /// The partition's key.
    pub partition: String,
    /// First millisecond.
    pub from_ms: i64,
    /// First millisecond after it.
    pub to_ms: i64,
    /// Where it lies.
    pub place: GapPlace,
}

/// Where a gap lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum GapPlace {
    /// Before all that was read of the partition.
    Start,
    /// Between windows that were read.
    Between,
    /// Behind all that was read of the partition, in time that was read of others.
    End,
}

impl SourceStatus {
    /// Counts the time from `start` on as asked for: what lies before the first window of a
    /// partition is a gap.
    pub fn reach_back_to(&mut self, start: UnixMillis) {
        let from_ms = start.get();
        let late = self.parts.iter().filter_map(|part| {
            let to_ms = part.covered_from_ms.filter(|first| from_ms < *first)?;
            let partition = part.partition.clone();
            Some(Gap { partition, from_ms, to_ms, place: GapPlace::Start })
        });
        self.gaps.extend(late);
        self.gaps.sort_by(|a, b| (&a.partition, a.from_ms).cmp(&(&b.partition, b.from_ms)));
    }
}

/// Files that are lacking for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LackingMedia {
    /// `pending`, `expired` or `failed`.
    pub state: String,
    /// Why; `None` if they were not tried yet.
    pub reason: Option<String>,
    /// How many.
    pub files: u64,
}

/// How a run went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RunSummary {
    /// When it began, in Unix milliseconds.
    pub started_ms: i64,
    /// When it ended; `None` if it was killed or is under way.
    pub ended_ms: Option<i64>,
    /// Its verdict.
    pub verdict: Option<String>,
    /// What stopped it.
    pub error: Option<String>,
}

/// How much a source holds.
struct Held {
    messages: u64,
    conversations: u64,
    first_sent_at_ms: Option<i64>,
    last_sent_at_ms: Option<i64>,
}

impl Reader {
    /// Opens the archive in a folder.
    ///
    /// # Errors
    ///
    /// When there is none, a newer version wrote it, or it is damaged.
    pub fn open(dir: &Path) -> Result<Self, ArchiveError> {
        let layout = Layout::new(dir);
        let db = layout.connect_reader()?;
        schema::check(&db, &layout)?;
        if schema::is_empty(&db, &layout)? {
            return Err(ArchiveError::new(ArchiveErrorKind::NotFound, &layout.dir));
        }
        Ok(Self { layout, db })
    }

    /// What ends whatever this reader is doing, from another thread.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.db.get_interrupt_handle())
    }

    /// The names of all sources that the archive has records of.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn sources(&self) -> Result<Vec<String>, ArchiveError> {
        let read = || -> rusqlite::Result<Vec<_>> {
            let mut query = self.db.prepare("SELECT name FROM source ORDER BY name")?;
            query.query_map([], |row| row.get(0))?.collect()
        };
        read().map_err(|error| self.layout.sql(error))
    }

    /// A number that is another one whenever somebody else changed the archive since this reader
    /// last asked; it means nothing to any other reader.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn data_version(&self) -> Result<i64, ArchiveError> {
        self.db
            .pragma_query_value(None, "data_version", |row| row.get(0))
            .map_err(|error| self.layout.sql(error))
    }

    /// What the archive holds, source by source.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn status(&self) -> Result<Vec<SourceStatus>, ArchiveError> {
        let read = || -> rusqlite::Result<Vec<_>> {
            let mut query = self
                .db
                .prepare("SELECT id, name, vendor, assumptions FROM source ORDER BY name")?;
            let sources = query.query_map([], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?))
            })?;
            sources
                .map(|row| {
                    let (id, name, vendor, assumptions) = row?;
                    self.source_status(id, name, vendor, &assumptions)
                })
                .collect()
        };
        read().map_err(|error| self.layout.sql(error))
    }

    fn source_status(
        &self,
        id: i64,
        source: String,
        vendor: String,
        assumptions: &str,
    ) -> rusqlite::Result<SourceStatus> {
        let count = |sql: &str| self.db.query_row(sql, [id], |row| row.get::<_, u64>(0));
        let held = self.held(id)?;
        let media_lacking = media_lacking(&self.db, id)?;
        let saved = count(SAVED)?;
        let lacking = media_lacking.iter().map(|lacking| (lacking.state.as_str(), lacking.files));
        let parts = self.parts(id)?;
        let covered_to_ms = parts.iter().filter_map(|part| part.covered_to_ms).max();
        let never_read = parts.iter().filter(|part| part.covered_from_ms.is_none());
        Ok(SourceStatus {
            source,
            vendor,
            messages: held.messages,
            versions: count(VERSIONS)?,
            conversations: held.conversations,
            // a window read well since has what could not be read before
            skipped: count(
                "SELECT count(*) FROM skipped k JOIN page g ON g.id = k.page
                 WHERE k.source = ?1 AND NOT EXISTS (
                     SELECT 1 FROM covered c
                     WHERE c.part = g.part AND c.verdict != 'broken'
                         AND c.checked_ms > k.last_seen_ms
                         AND c.from_ms < g.to_ms AND c.to_ms > g.from_ms)
                 OR k.source = ?1 AND EXISTS (
                     SELECT 1 FROM covered c
                     WHERE c.part = g.part AND c.verdict = 'broken'
                         AND c.from_ms < g.to_ms AND c.to_ms > g.from_ms)",
            )?,
            first_sent_at_ms: held.first_sent_at_ms,
            last_sent_at_ms: held.last_sent_at_ms,
            covered_from_ms: parts.iter().filter_map(|part| part.covered_from_ms).max(),
            covered_to_ms,
            windows: self.verdicts(id)?,
            broken: self.broken(id)?,
            gaps: self.gaps(id, &parts)?,
            never_read: never_read.map(|part| part.partition.clone()).collect(),
            parts,
            media: MediaCounts::by_state(lacking.chain([("saved", saved)])),
            media_lacking,
            assumptions: serde_json::from_str(assumptions).unwrap_or_default(),
            last_run: self.last_run(id)?,
        })
    }

    /// Counts the messages of a source: by the conversations that they were summed up in, of which
    /// there are far fewer, or one by one while the sums do not know all of them.
    fn held(&self, source: i64) -> rusqlite::Result<Held> {
        let read = |sql: &str| {
            self.db.query_row(sql, [source], |row| {
                Ok(Held {
                    messages: row.get(0)?,
                    conversations: row.get(1)?,
                    first_sent_at_ms: row.get(2)?,
                    last_sent_at_ms: row.get(3)?,
                })
            })
        };
        read(SUMMED_UP).optional()?.map_or_else(|| read(ONE_BY_ONE), Ok)
    }

    fn verdicts(&self, source: i64) -> rusqlite::Result<VerdictCounts> {
        let states = counts(
            &self.db,
            "SELECT verdict, count(*) FROM covered c JOIN part p ON p.id = c.part
             WHERE p.source = ?1 AND p.run = (SELECT max(run) FROM part WHERE source = ?1)
             GROUP BY verdict
             UNION ALL
             SELECT 'open', count(*) FROM open_window o JOIN part p ON p.id = o.part
             WHERE p.source = ?1 AND p.run = (SELECT max(run) FROM part WHERE source = ?1)",
            source,
        )?;
        let count = |word: &str| states.get(word).copied().unwrap_or(0);
        Ok(VerdictCounts {
            proven: count("proven"),
            provisional: count("provisional"),
            broken: count("broken"),
            open: count("open"),
        })
    }

    fn broken(&self, source: i64) -> rusqlite::Result<Vec<BrokenWindow>> {
        let mut query = self.db.prepare(
            "SELECT p.key, c.from_ms, c.to_ms, c.expected, c.distinct_ids, c.reason, c.checked_ms
             FROM covered c JOIN part p ON p.id = c.part
             WHERE p.source = ?1 AND c.verdict = 'broken'
                 AND p.run = (SELECT max(run) FROM part WHERE source = ?1)
             ORDER BY p.key, c.from_ms",
        )?;
        let rows = query.query_map([source], |row| {
            Ok(BrokenWindow {
                partition: row.get(0)?,
                from_ms: row.get(1)?,
                to_ms: row.get(2)?,
                expected: row.get(3)?,
                distinct: row.get(4)?,
                reason: row.get(5)?,
                checked_ms: row.get(6)?,
            })
        })?;
        rows.collect()
    }

    fn parts(&self, source: i64) -> rusqlite::Result<Vec<PartStatus>> {
        let mut query = self.db.prepare(
            "SELECT p.key, min(c.from_ms), max(c.to_ms)
             FROM part p LEFT JOIN covered c ON c.part = p.id
             WHERE p.source = ?1 AND p.run = (SELECT max(run) FROM part WHERE source = ?1)
             GROUP BY p.id ORDER BY p.key",
        )?;
        let rows = query.query_map([source], |row| {
            Ok(PartStatus {
                partition: row.get(0)?,
                covered_from_ms: row.get(1)?,
                covered_to_ms: row.get(2)?,
            })
        })?;
        rows.collect()
    }

    fn gaps(&self, source: i64, parts: &[PartStatus]) -> rusqlite::Result<Vec<Gap>> {
        let mut query = self.db.prepare(
            "SELECT key, reached, from_ms FROM (
                 SELECT p.key, c.from_ms,
                        lag(c.to_ms) OVER (PARTITION BY c.part ORDER BY c.from_ms) AS reached
                 FROM covered c JOIN part p ON p.id = c.part
                 WHERE p.source = ?1 AND p.run = (SELECT max(run) FROM part WHERE source = ?1))
             WHERE reached < from_ms",
        )?;
        let rows = query.query_map([source], |row| {
            let (partition, from_ms, to_ms) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Gap { partition, from_ms, to_ms, place: GapPlace::Between })
        })?;
        let mut gaps = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        // a run reads all partitions up to the same instant, if nothing keeps it from it
        let reached = parts.iter().filter_map(|part| part.covered_to_ms).max();
        gaps.extend(parts.iter().filter_map(|part| {
            let (from_ms, to_ms) = (part.covered_to_ms?, reached?);
            let partition = part.partition.clone();
            (from_ms < to_ms).then_some(Gap { partition, from_ms, to_ms, place: GapPlace::End })
        }));
        gaps.sort_by(|a, b| (&a.partition, a.from_ms).cmp(&(&b.partition, b.from_ms)));
        Ok(gaps)
    }

    fn last_run(&self, source: i64) -> rusqlite::Result<Option<RunSummary>> {
        self.db
            .query_row(
                "SELECT started_ms, ended_ms, verdict, error FROM run
                 WHERE source = ?1 ORDER BY id DESC LIMIT 1",
                [source],
                |row| {
                    Ok(RunSummary {
                        started_ms: row.get(0)?,
                        ended_ms: row.get(1)?,
                        verdict: row.get(2)?,
                        error: row.get(3)?,
                    })
                },
            )
            .optional()
    }
}

/// Ends what a [`Reader`] is doing, which then fails; from [`Reader::interrupter`].
pub struct Interrupter(rusqlite::InterruptHandle);

impl Interrupter {
    /// Ends it now. If it does nothing, nothing happens.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

impl fmt::Debug for Interrupter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupter").finish_non_exhaustive()
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("dir", &self.layout.dir).finish_non_exhaustive()
    }
}

/// The files that a source lacks, most of one kind first.
pub(crate) fn media_lacking(db: &Connection, source: i64) -> rusqlite::Result<Vec<LackingMedia>> {
    let mut query = db.prepare(LACKING)?;
    let rows = query.query_map([source], |row| {
        Ok(LackingMedia { state: row.get(0)?, reason: row.get(1)?, files: row.get(2)? })
    })?;
    rows.collect()
}

pub(crate) fn counts(
    db: &Connection,
    sql: &str,
    source: i64,
) -> rusqlite::Result<BTreeMap<String, u64>> {
    let mut query = db.prepare(sql)?;
    let rows = query.query_map([source], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, StatementStatus};

    #[test]
    fn the_forms_of_a_source_are_counted_without_a_look_at_those_of_others() -> rusqlite::Result<()>
    {
        let db = Connection::open_in_memory()?;
        db.execute_batch(include_str!("schema.sql"))?;
        db.execute_batch(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
             INSERT INTO message_version (id, version, source) SELECT i, 1, 1 + (i = 7) FROM n",
        )?;
        let mut query = db.prepare(super::VERSIONS)?;
        assert_eq!(query.query_row([2], |row| row.get::<_, u64>(0))?, 1);
        let steps = query.get_status(StatementStatus::VmStep);
        assert!(steps < 100, "{steps}");
        Ok(())
    }
}
