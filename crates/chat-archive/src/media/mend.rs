//! Files that the index has and the folder has not, or not as they were: to be fetched again.

use std::io;

use rusqlite::params;

use super::media_path;
use crate::archive::{Archive, SourceId};
use crate::error::ArchiveError;
use crate::ledger::{Hash, hash_file};

/// More saved files than this are not looked for in each run.
const MOST_LOOKED_FOR: u64 = 10_000;

const MISSING: &str = "the file was missing from the archive's folder";
const DAMAGED: &str = "the file in the archive's folder was damaged";

impl Archive {
    /// Has files fetched again that were saved and are no longer in the folder; returns how many
    /// digests are missing. Nothing is read, so a damaged file is not noticed; in an archive with
    /// more than 10,000 files nothing is looked for, so that a run with nothing new stays short.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn mend_missing_media(&mut self) -> Result<u64, ArchiveError> {
        let media_dir = self.layout.media();
        self.write(|tx| {
            let files: u64 =
                tx.query_row("SELECT count(*) FROM media_file", [], |row| row.get(0))?;
            if files > MOST_LOOKED_FOR {
                return Ok(0);
            }
            let missing: Vec<Hash> = {
                let mut query = tx.prepare_cached("SELECT sha256 FROM media_file")?;
                let known = query.query_map([], |row| row.get::<_, Hash>(0))?;
                let gone = |sha256: &Hash| {
                    let found = media_path(&media_dir, sha256).try_exists();
                    matches!(found, Ok(false))
                };
                known.filter(|row| row.as_ref().map_or(true, gone)).collect::<Result<_, _>>()?
            };
            fetch_again(tx, None, &missing, MISSING)
        })
    }

    /// Has every file of a source fetched again that could not be had so far, however often it was
    /// tried, and every saved one whose bytes are missing from the folder or are not those that
    /// were stored. All saved files of the source are read.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn retry_media(&mut self, source: SourceId) -> Result<(), ArchiveError> {
        let media_dir = self.layout.media();
        self.write(|tx| {
            let (mut missing, mut damaged) = (Vec::new(), Vec::new());
            {
                let mut query = tx.prepare(
                    "SELECT DISTINCT sha256 FROM attachment
                     WHERE source = ?1 AND state = 'saved'",
                )?;
                let mut rows = query.query([source.row])?;
                while let Some(row) = rows.next()? {
                    let sha256: Hash = row.get(0)?;
                    match hash_file(&media_path(&media_dir, &sha256)) {
                        Ok((found, _)) if found == sha256 => {}
                        Err(error) if error.kind() == io::ErrorKind::NotFound => {
                            missing.push(sha256);
                        }
                        _ => damaged.push(sha256),
                    }
                }
            }
            fetch_again(tx, Some(source), &missing, MISSING)?;
            fetch_again(tx, Some(source), &damaged, DAMAGED)?;
            tx.execute(
                "UPDATE attachment SET tries = 0, next_try_ms = 0
                 WHERE state IN ('pending', 'expired', 'failed') AND source = ?1",
                [source.row],
            )?;
            Ok(())
        })
    }
}

/// The digest stays in the index: it says what the file was.
fn fetch_again(
    tx: &rusqlite::Transaction<'_>,
    source: Option<SourceId>,
    files: &[Hash],
    reason: &str,
) -> rusqlite::Result<u64> {
    if !files.is_empty() {
        let names: Vec<String> = files.iter().map(hex::encode).collect();
        tx.execute(
            "UPDATE attachment SET state = 'pending', tries = 0, next_try_ms = 0, reason = ?2
             WHERE state = 'saved' AND sha256 IN (SELECT unhex(value) FROM json_each(?1))
               AND (?3 IS NULL OR source = ?3)",
            params![
                serde_json::to_string(&names).unwrap_or_default(),
                reason,
                source.map(|source| source.row)
            ],
        )?;
    }
    Ok(files.len() as u64)
}
