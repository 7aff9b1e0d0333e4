//! Verify: recompute every hash from the bytes, and name what differs.

use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use rusqlite::Connection;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::error::ArchiveError;
use crate::ledger::{Hash, link, sha256};
use crate::media::media_path;
use crate::raw::{decode_spans, decompress, digest};
use crate::reader::Reader;

/// How far a verification has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifyProgress {
    /// Pages checked.
    pub pages: u64,
    /// Message forms checked.
    pub messages: u64,
    /// Files checked.
    pub media: u64,
}

/// What a verification found.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct VerifyReport {
    /// Ledger entries checked.
    pub ledger_entries: u64,
    /// Stored pages whose bytes were checked.
    pub pages: u64,
    /// Message forms checked against their page.
    pub messages: u64,
    /// Files checked.
    pub media: u64,
    /// The last hash of the ledger, in hex: it stands for all that was stored.
    pub head: Option<String>,
    /// Everything that differs.
    pub differences: Vec<Difference>,
}

impl VerifyReport {
    /// True if nothing differs.
    pub const fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }

    fn differs(&mut self, what: impl Into<String>, how: &str) {
        self.differences.push(Difference { what: what.into(), how: how.to_owned() });
    }
}

/// One thing that is not as it was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// Which thing: `page 12`, `message 34`, `media ab/cdef…`, `ledger 56`.
    pub what: String,
    /// How it differs.
    pub how: String,
}

impl Reader {
    /// Recomputes every hash of the archive: the ledger's chain, each page's root, each message's
    /// bytes in its page, each file.
    ///
    /// # Errors
    ///
    /// When the database or a file cannot be read at all. What can be read and differs is in the
    /// report.
    pub fn verify(
        &self,
        progress: &mut dyn FnMut(&VerifyProgress),
    ) -> Result<VerifyReport, ArchiveError> {
        let mut report = VerifyReport::default();
        let mut done = VerifyProgress::default();
        let sql = |error| self.layout.sql(error);
        let snapshot = self.db.unchecked_transaction().map_err(sql)?;
        database(&snapshot, &mut report).map_err(sql)?;
        ledger(&snapshot, &mut report).map_err(sql)?;
        pages(&snapshot, &mut report, &mut |report| {
            done.pages = report.pages;
            done.messages = report.messages;
            progress(&done);
        })
        .map_err(sql)?;
        media(&snapshot, &self.layout.media(), &mut report, &mut |report| {
            done.media = report.media;
            progress(&done);
        })
        .map_err(sql)?;
        Ok(report)
    }
}

/// The structure of the database file itself.
fn database(db: &Connection, report: &mut VerifyReport) -> rusqlite::Result<()> {
    let mut check = db.prepare("PRAGMA quick_check(20)")?;
    let lines = check.query_map([], |row| row.get::<_, String>(0))?;
    for line in lines {
        let line = line?;
        if line != "ok" {
            report.differs("archive.db", &line);
        }
    }
    Ok(())
}

fn ledger(db: &Connection, report: &mut VerifyReport) -> rusqlite::Result<()> {
    let mut query = db.prepare("SELECT seq, entry, hash FROM ledger ORDER BY seq")?;
    let mut rows = query.query([])?;
    let mut previous = Hash::default();
    let mut expected_seq = 1;
    while let Some(row) = rows.next()? {
        let (seq, entry, hash): (i64, String, Hash) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if seq != expected_seq {
            report.differs(format!("ledger {expected_seq}"), "the entry is missing");
        }
        if link(&previous, &entry) != hash {
            report
                .differs(format!("ledger {seq}"), "its hash does not follow from the entry before");
        }
        previous = hash;
        expected_seq = seq + 1;
        report.ledger_entries += 1;
    }
    report.head = (report.ledger_entries > 0).then(|| hex::encode(previous));
    // every page and file has its entry, and every entry its page or file
    missing(
        db,
        "SELECT 'page ' || id, 'page ' || id || ' ' || fetched_ms || ' ' || lower(hex(root))
                || CASE WHEN body IS NULL THEN ' seen ' ELSE ' kept ' END || new || ' ' || changed
         FROM page",
        report,
    )?;
    missing(
        db,
        "SELECT 'media ' || lower(hex(sha256)),
                'media ' || size_bytes || ' ' || saved_ms || ' ' || lower(hex(sha256))
         FROM media_file",
        report,
    )?;
    let things: u64 = db.query_row(
        "SELECT (SELECT count(*) FROM page) + (SELECT count(*) FROM media_file)",
        [],
        |row| row.get(0),
    )?;
    if things < report.ledger_entries {
        report.differs("ledger", "it speaks of pages or files that are gone");
    }
    Ok(())
}

fn missing(db: &Connection, things: &str, report: &mut VerifyReport) -> rusqlite::Result<()> {
    let sql = format!(
        "WITH thing (name, entry) AS ({things})
         SELECT name FROM thing WHERE entry NOT IN (SELECT entry FROM ledger)"
    );
    let mut query = db.prepare(&sql)?;
    let names = query.query_map([], |row| row.get::<_, String>(0))?;
    for name in names {
        report.differs(name?, "the ledger does not speak of it as it is");
    }
    Ok(())
}

/// A form of a message that lies on a page.
struct Form {
    page: i64,
    id: i64,
    version: i64,
    start: usize,
    bytes: usize,
    sha256: Hash,
}

fn pages(
    db: &Connection,
    report: &mut VerifyReport,
    progress: &mut dyn FnMut(&VerifyReport),
) -> rusqlite::Result<()> {
    let mut forms = db.prepare(
        "SELECT page, id, version, raw_start, raw_bytes, raw_sha256 FROM message
         UNION ALL
         SELECT page, id, version, raw_start, raw_bytes, raw_sha256 FROM message_version
         UNION ALL
         SELECT page, id, 0, raw_start, raw_bytes, sha256 FROM skipped
         ORDER BY page",
    )?;
    let mut forms = forms
        .query_map([], |row| {
            Ok(Form {
                page: row.get(0)?,
                id: row.get(1)?,
                version: row.get(2)?,
                start: row.get(3)?,
                bytes: row.get(4)?,
                sha256: row.get(5)?,
            })
        })?
        .peekable();
    let mut pages = db.prepare(
        "SELECT id, root, body, body_bytes, spans FROM page WHERE body IS NOT NULL ORDER BY id",
    )?;
    let mut rows = pages.query([])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let stored: Vec<u8> = row.get(2)?;
        let body_bytes: usize = row.get(3)?;
        let spans = decode_spans(&row.get::<_, Option<Vec<u8>>>(4)?.unwrap_or_default());
        let body = decompress(&stored, body_bytes).unwrap_or_default();
        if body.len() != body_bytes {
            report.differs(format!("page {id}"), "its bytes cannot be unpacked");
        } else if digest(&body, &spans).root != row.get::<_, Hash>(1)? {
            report.differs(format!("page {id}"), "its bytes are not those that were stored");
        }
        while let Some(form) =
            forms.next_if(|form| form.as_ref().map_or(true, |form| form.page <= id))
        {
            let form = form?;
            let page = (form.page == id).then_some((body.as_slice(), spans.as_slice()));
            check_form(&form, page, report);
        }
        report.pages += 1;
        progress(report);
    }
    for form in forms {
        check_form(&form?, None, report);
    }
    let stored: u64 =
        db.query_row("SELECT coalesce(sum(new + changed), 0) FROM page", [], |row| row.get(0))?;
    if stored != report.messages {
        let how = format!("{stored} message forms were stored, {} are there", report.messages);
        report.differs("messages", &how);
    }
    Ok(())
}

fn check_form(form: &Form, page: Option<(&[u8], &[Range<usize>])>, report: &mut VerifyReport) {
    let span = form.start..form.start + form.bytes;
    let raw =
        page.and_then(|(body, spans)| body.get(span.clone()).filter(|_| spans.contains(&span)));
    let what = || match form.version {
        0 => format!("unreadable record {}", form.id),
        version => format!("message {} version {version}", form.id),
    };
    report.messages += u64::from(form.version > 0);
    match raw {
        None => report.differs(what(), "its page does not have it where it should be"),
        Some(raw) if sha256(raw) != form.sha256 => {
            report.differs(what(), "its bytes in the page are not those that were stored");
        }
        Some(_) => {}
    }
}

fn media(
    db: &Connection,
    media_dir: &Path,
    report: &mut VerifyReport,
    progress: &mut dyn FnMut(&VerifyReport),
) -> rusqlite::Result<()> {
    let mut query = db.prepare("SELECT sha256, size_bytes FROM media_file ORDER BY sha256")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (expected, size_bytes): (Hash, u64) = (row.get(0)?, row.get(1)?);
        let name = || format!("media {}", hex::encode(expected));
        match hash_file(&media_path(media_dir, &expected)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                report.differs(name(), "the file is missing");
            }
            Err(_) => report.differs(name(), "the file cannot be read"),
            Ok((hash, size)) if hash != expected || size != size_bytes => {
                report.differs(name(), "the file's bytes are not those that were stored");
            }
            Ok(_) => {}
        }
        report.media += 1;
        progress(report);
    }
    let mut lost = db.prepare(
        "SELECT DISTINCT lower(hex(sha256)) FROM attachment
         WHERE state = 'saved' AND sha256 NOT IN (SELECT sha256 FROM media_file)",
    )?;
    for name in lost.query_map([], |row| row.get::<_, String>(0))? {
        report.differs(format!("media {}", name?), "the index does not know the file");
    }
    Ok(())
}

fn hash_file(path: &Path) -> io::Result<(Hash, u64)> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
    Ok((hasher.finalize().into(), fs::metadata(path)?.len()))
}
