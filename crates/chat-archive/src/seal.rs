//! Seals: small statements that nobody without the key can make, each on all that the archive held
//! at a time.

use std::fmt;
use std::io::Write as _;

use chat_core::{Secret, UnixMillis};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::archive::Archive;
use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::ledger::Hash;
use crate::reader::Reader;
use crate::verify::Difference;

/// What a seal's first line says; another way to seal would have another one.
const FORMAT: &str = "chat-records seal 1";

/// What the archive held when it was sealed, and the proof that the holder of the key says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Seal {
    /// `chat-records seal 1`.
    pub format: String,
    /// How many entries the ledger had.
    pub entries: u64,
    /// The hash of the last one, in hex.
    pub head: String,
    /// When it was sealed, in Unix milliseconds.
    pub sealed_ms: i64,
    /// HMAC-SHA-256 over the four lines before, each with a line feed at its end, in hex.
    pub hmac: String,
}

impl Seal {
    fn new(entries: u64, head: &Hash, sealed_ms: i64, key: &Secret) -> Self {
        let (format, head) = (FORMAT.to_owned(), hex::encode(head));
        let mut seal = Self { format, entries, head, sealed_ms, hmac: String::new() };
        seal.hmac =
            seal.mac(key).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default();
        seal
    }

    pub(crate) fn of_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            format: FORMAT.to_owned(),
            entries: row.get("entries")?,
            head: row.get("head")?,
            sealed_ms: row.get("sealed_ms")?,
            hmac: row.get("hmac")?,
        })
    }

    fn mac(&self, key: &Secret) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::new_from_slice(key.expose().as_bytes()).ok()?;
        mac.update(self.statement().as_bytes());
        Some(mac)
    }

    /// What is sealed.
    fn statement(&self) -> String {
        format!("{}\n{}\n{}\n{}\n", self.format, self.entries, self.head, self.sealed_ms)
    }

    /// True if it was made with this key.
    pub fn is_sealed_with(&self, key: &Secret) -> bool {
        let Ok(hmac) = hex::decode(&self.hmac) else { return false };
        self.format == FORMAT && self.mac(key).is_some_and(|mac| mac.verify_slice(&hmac).is_ok())
    }

    /// How the ledger differs from what was sealed; `None` if it has the same entries still.
    fn difference(&self, ledger: &Connection) -> rusqlite::Result<Option<&'static str>> {
        let head: Option<Hash> = match i64::try_from(self.entries) {
            Ok(last) => ledger
                .prepare_cached("SELECT hash FROM ledger WHERE seq = ?1")?
                .query_row([last], |row| row.get(0))
                .optional()?,
            // no ledger has so many
            Err(_) => None,
        };
        Ok(match head {
            None => Some("the ledger has fewer entries than were sealed"),
            Some(head) if hex::encode(head) != self.head => {
                Some("the ledger was written anew since")
            }
            Some(_) => None,
        })
    }
}

/// What the ledger says of its seals.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct SealReport {
    /// Seals that were checked.
    pub seals: u64,
    /// The last one that the archive has.
    pub last: Option<Seal>,
    /// Entries of the ledger after it.
    pub unsealed_entries: u64,
    /// Everything that differs.
    pub differences: Vec<Difference>,
}

impl Archive {
    /// Seals the ledger as it is, and writes the seal into the archive and beside it, as
    /// `seal.json`. `None`: nothing was stored yet.
    ///
    /// # Errors
    ///
    /// When the last seal of this key, in the archive or beside it, says that the ledger was cut or
    /// written anew: a new seal would hide that, so there is none. When the database or the file
    /// cannot be read or written.
    pub fn seal(&mut self, key: &Secret, now: UnixMillis) -> Result<Option<Seal>, ArchiveError> {
        self.check_last(key)?;
        let seal = self.write(|tx| {
            let last: Option<(u64, Hash)> = tx
                .query_row("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            let Some((entries, head)) = last else { return Ok(None) };
            let seal = Seal::new(entries, &head, now.get(), key);
            tx.execute(
                "INSERT INTO seal (entries, head, sealed_ms, hmac) VALUES (?1, ?2, ?3, ?4)",
                params![seal.entries, seal.head, seal.sealed_ms, seal.hmac],
            )?;
            Ok(Some(seal))
        })?;
        if let Some(seal) = &seal {
            self.write_beside(seal).map_err(|error| ArchiveError::io(error, &self.layout.dir))?;
        }
        Ok(seal)
    }

    /// Checks the last seals that this key made. Those of another key say nothing here.
    fn check_last(&self, key: &Secret) -> Result<(), ArchiveError> {
        let beside =
            self.read_beside().map_err(|error| ArchiveError::io(error, &self.layout.dir))?;
        let check = || -> rusqlite::Result<Option<&'static str>> {
            let last = self
                .db
                .query_row("SELECT * FROM seal ORDER BY id DESC LIMIT 1", [], Seal::of_row)
                .optional()?;
            for seal in last.iter().chain(&beside).filter(|seal| seal.is_sealed_with(key)) {
                if let Some(how) = seal.difference(&self.db)? {
                    return Ok(Some(how));
                }
            }
            Ok(None)
        };
        match check().map_err(|error| self.layout.sql(error))? {
            Some(how) => {
                Err(ArchiveError::new(ArchiveErrorKind::NotAsSealed { how }, &self.layout.dir))
            }
            None => Ok(()),
        }
    }

    /// The seal beside the archive; `None` if there is none, or what is there is none.
    fn read_beside(&self) -> std::io::Result<Option<Seal>> {
        match std::fs::read(self.layout.seal()) {
            Ok(text) => Ok(serde_json::from_slice(&text).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write_beside(&self, seal: &Seal) -> std::io::Result<()> {
        let mut text = serde_json::to_string_pretty(seal)?;
        text.push('\n');
        let mut file = tempfile::NamedTempFile::new_in(&self.layout.dir)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(self.layout.seal()).map_err(|error| error.error)?;
        crate::layout::sync_dir(&self.layout.dir)
    }
}

impl Reader {
    /// Checks the archive's seals, and others that were kept elsewhere, against the ledger. Whether
    /// the ledger's own chain holds, [`verify`](Self::verify) tells.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn check_seals(&self, key: &Secret, kept: &[Seal]) -> Result<SealReport, ArchiveError> {
        let check = || -> rusqlite::Result<SealReport> {
            let snapshot = self.db.unchecked_transaction()?;
            let mut report = SealReport::default();
            let mut query = snapshot.prepare("SELECT * FROM seal ORDER BY id")?;
            let seals = query.query_map([], Seal::of_row)?;
            for seal in seals {
                let seal = seal?;
                self.check_seal(&seal, key, &Whose::Archive, &mut report)?;
                report.last = Some(seal);
            }
            for seal in kept {
                self.check_seal(seal, key, &Whose::Kept, &mut report)?;
            }
            let entries: u64 =
                snapshot
                    .query_row("SELECT coalesce(max(seq), 0) FROM ledger", [], |row| row.get(0))?;
            let sealed = report.last.as_ref().map_or(0, |seal| seal.entries);
            report.unsealed_entries = entries.saturating_sub(sealed);
            if report.last.is_none() {
                let how = "there is none in the archive";
                report.differences.push(Difference::new("seal", how));
            }
            Ok(report)
        };
        check().map_err(|error| self.layout.sql(error))
    }

    fn check_seal(
        &self,
        seal: &Seal,
        key: &Secret,
        whose: &Whose,
        report: &mut SealReport,
    ) -> rusqlite::Result<()> {
        report.seals += 1;
        let how = if seal.is_sealed_with(key) {
            seal.difference(&self.db)?
        } else {
            Some("it was not made with this key, or was changed since")
        };
        let Some(how) = how else { return Ok(()) };
        let what = format!("{whose} over {} entries", seal.entries);
        report.differences.push(Difference::new(what, how));
        Ok(())
    }
}

/// Where a seal comes from.
enum Whose {
    Archive,
    Kept,
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Archive => "seal",
            Self::Kept => "kept seal",
        })
    }
}
