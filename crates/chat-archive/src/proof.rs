//! Proofs: that one record is in the archive, for whoever does not have the rest.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;

use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::ledger::{Hash, MerkleStep, link, merkle_path, root_of};
use crate::raw::{decode_spans, decompress, leaves};
use crate::reader::Reader;
use crate::seal::Seal;

/// That a record is in the archive: its bytes, and the hashes from there to the ledger's head, or
/// to the first seal behind it. `Debug` shows no record.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct Proof {
    /// `chat-records proof 1`.
    pub format: &'static str,
    /// What the archive says of the record. This alone is not proven: the record's bytes are.
    pub about: About,
    /// The record as the vendor sent it, in Base64.
    pub record_base64: String,
    /// From the SHA-256 of the record to the root of its page.
    pub path: Vec<Step>,
    /// The page's entry in the ledger.
    pub page: Entry,
    /// The entries after it, up to the head.
    pub chain: Vec<String>,
    /// How many entries the ledger has up to the head.
    pub entries: u64,
    /// The hash of the last of them, in hex.
    pub head: String,
    /// The seal on that head, if there is one.
    pub seal: Option<Seal>,
}

/// Where the archive has the record.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct About {
    /// The source.
    pub source: String,
    /// Its vendor.
    pub vendor: String,
    /// The part of the source.
    pub partition: String,
    /// The message's id.
    pub id: String,
    /// Which of its forms.
    pub version: i64,
}

/// A step towards a root.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// On which side the neighbor is: `left` or `right`.
    pub side: &'static str,
    /// The neighbor's hash, in hex.
    pub hash: String,
}

/// An entry of the ledger.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// Its number, from 1.
    pub number: u64,
    /// The hash of the entry before, in hex.
    pub previous: String,
    /// What it says.
    pub entry: String,
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proof")
            .field("about", &self.about)
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

/// Where the ledger ends.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LedgerHead {
    /// How many entries it has.
    pub entries: u64,
    /// The hash of the last of them, in hex; it stands for all entries up to there.
    pub head: String,
    /// The newest seal in the archive.
    pub last_seal: Option<Seal>,
}

/// Where a message lies.
struct Found {
    about: About,
    page: i64,
    start: usize,
    bytes: usize,
}

impl Reader {
    /// Where the ledger ends; `None` if nothing was stored yet.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn ledger_head(&self) -> Result<Option<LedgerHead>, ArchiveError> {
        let read = || {
            let snapshot = self.db.unchecked_transaction()?;
            let last = snapshot
                .query_row("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1", [], |row| {
                    Ok((row.get(0)?, row.get::<_, Hash>(1)?))
                })
                .optional()?;
            let Some((entries, head)) = last else { return Ok(None) };
            let last_seal = snapshot
                .query_row("SELECT * FROM seal ORDER BY id DESC LIMIT 1", [], Seal::of_row)
                .optional()?;
            Ok(Some(LedgerHead { entries, head: hex::encode(head), last_seal }))
        };
        read().map_err(|error| self.layout.sql(error))
    }

    /// Proves that the current form of a message is in the archive. `source` and `partition` decide
    /// where several have a message of this id.
    ///
    /// # Errors
    ///
    /// When there is no such message or more than one, or what is stored does not prove it.
    pub fn prove(
        &self,
        id: &str,
        source: Option<&str>,
        partition: Option<&str>,
    ) -> Result<Proof, ArchiveError> {
        let sql = |error| self.layout.sql(error);
        let snapshot = self.db.unchecked_transaction().map_err(sql)?;
        let mut found = self.find(id, source, partition).map_err(sql)?;
        let one = match found.len() {
            1 => found.pop(),
            _ => None,
        };
        let Some(found) = one else {
            let places = found.into_iter().map(|found| (found.about.source, found.about.partition));
            let kind = match places.collect::<Vec<_>>() {
                none if none.is_empty() => ArchiveErrorKind::NoSuchMessage { id: id.to_owned() },
                places => ArchiveErrorKind::Ambiguous { id: id.to_owned(), places },
            };
            return Err(ArchiveError::new(kind, &self.layout.dir));
        };
        let proof = self.proof(found).map_err(sql)?;
        drop(snapshot);
        proof.ok_or_else(|| {
            let what = "what is stored does not prove the message; verifying the archive names it";
            ArchiveError::corrupt(what, &self.layout.dir)
        })
    }

    fn find(
        &self,
        id: &str,
        source: Option<&str>,
        partition: Option<&str>,
    ) -> rusqlite::Result<Vec<Found>> {
        let mut query = self.db.prepare(
            "SELECT s.name, s.vendor, p.key, m.version, m.page, m.raw_start, m.raw_bytes
             FROM part p JOIN source s ON s.id = p.source
                  JOIN message m ON m.part = p.id AND m.record_id = ?1
             WHERE (?2 IS NULL OR s.name = ?2) AND (?3 IS NULL OR p.key = ?3) ORDER BY p.id",
        )?;
        let found = query.query_map(params![id, source, partition], |row| {
            Ok(Found {
                about: About {
                    source: row.get(0)?,
                    vendor: row.get(1)?,
                    partition: row.get(2)?,
                    id: id.to_owned(),
                    version: row.get(3)?,
                },
                page: row.get(4)?,
                start: row.get(5)?,
                bytes: row.get(6)?,
            })
        })?;
        found.collect()
    }

    /// `None`: the stored bytes and hashes do not fit together.
    fn proof(&self, found: Found) -> rusqlite::Result<Option<Proof>> {
        let (body, body_bytes, spans): (Option<Vec<u8>>, usize, Option<Vec<u8>>) =
            self.db.query_row(
                "SELECT body, body_bytes, spans FROM page WHERE id = ?1",
                [found.page],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
        let Ok(body) = decompress(&body.unwrap_or_default(), body_bytes) else { return Ok(None) };
        let spans = decode_spans(&spans.unwrap_or_default());
        let span = found.start..found.start + found.bytes;
        let at = spans.iter().position(|one| *one == span);
        let (Some(at), Some(record)) = (at, body.get(span)) else { return Ok(None) };
        let leaves = leaves(&body, &spans);
        // the first leaf is the envelope
        let path = merkle_path(&leaves, at + 1);
        let root = root_of(crate::ledger::sha256(record), &path);
        let mut ledger = self.db.prepare(
            "SELECT seq, entry, hash FROM ledger WHERE seq >= coalesce(
                 (SELECT seq FROM ledger WHERE entry LIKE 'page ' || ?1 || ' %'), 0) - 1
             ORDER BY seq",
        )?;
        let mut rows = ledger.query([found.page])?;
        let mut previous = Hash::default();
        let mut page = None;
        let (mut head, mut entries, mut chain) = (previous, 0_u64, Vec::new());
        let mut seal = None;
        while let Some(row) = rows.next()? {
            let (seq, entry, hash): (u64, String, Hash) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if page.is_some() {
                if link(&head, &entry) != hash {
                    return Ok(None);
                }
                chain.push(entry);
            } else if entry.starts_with(&format!("page {} ", found.page)) {
                let is_its = entry.split(' ').nth(3) == Some(hex::encode(root).as_str());
                if !is_its || link(&previous, &entry) != hash {
                    return Ok(None);
                }
                page = Some(Entry { number: seq, previous: hex::encode(previous), entry });
            } else {
                previous = hash;
                continue;
            }
            (head, entries) = (hash, seq);
            seal = self.seal_over(seq, &hash)?;
            if seal.is_some() {
                break;
            }
        }
        let Some(page) = page else { return Ok(None) };
        let path = path.iter().map(|step| match step {
            MerkleStep::Left(hash) => Step { side: "left", hash: hex::encode(hash) },
            MerkleStep::Right(hash) => Step { side: "right", hash: hex::encode(hash) },
        });
        Ok(Some(Proof {
            format: "chat-records proof 1",
            about: found.about,
            record_base64: STANDARD.encode(record),
            path: path.collect(),
            page,
            chain,
            entries,
            head: hex::encode(head),
            seal,
        }))
    }

    /// The seal on a head.
    fn seal_over(&self, entries: u64, head: &Hash) -> rusqlite::Result<Option<Seal>> {
        self.db
            .prepare_cached(
                "SELECT * FROM seal WHERE entries = ?1 AND head = ?2 ORDER BY id LIMIT 1",
            )?
            .query_row(params![entries, hex::encode(head)], Seal::of_row)
            .optional()
    }
}
