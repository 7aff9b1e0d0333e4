//! The hashes: the ledger's chain, pages against it, records against their pages, files.

use std::io;
use std::ops::Range;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};

use super::VerifyReport;
use crate::ledger::{Hash, RebuildEntry, hash_file, link, sha256};
use crate::media::media_path;
use crate::raw::{PageDigest, decode_spans, decompress};

/// The structure of the database file itself.
pub(super) fn database(db: &Connection, report: &mut VerifyReport) -> rusqlite::Result<()> {
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

pub(super) fn ledger(db: &Connection, report: &mut VerifyReport) -> rusqlite::Result<()> {
    let mut query = db.prepare("SELECT seq, entry, hash FROM ledger ORDER BY seq")?;
    let mut rows = query.query([])?;
    let mut previous = Hash::default();
    let mut expected_seq = 1;
    let mut rebuilds = 0;
    while let Some(row) = rows.next()? {
        let (seq, entry, hash): (i64, String, Hash) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if seq != expected_seq {
            report.differs(format!("ledger {expected_seq}"), "the entry is missing");
        }
        if link(&previous, &entry) != hash {
            report
                .differs(format!("ledger {seq}"), "its hash does not follow from the entry before");
        }
        if let Some(rebuild) = RebuildEntry::parse(&entry) {
            rebuilds += 1;
            report.rebuilt_forms += rebuild.messages + rebuild.versions;
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
    if things + rebuilds < report.ledger_entries {
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

pub(super) fn pages(
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
        let digest = PageDigest::at(&body, spans);
        if body.len() != body_bytes {
            report.differs(format!("page {id}"), "its bytes cannot be unpacked");
        } else if digest.root != row.get::<_, Hash>(1)? {
            report.differs(format!("page {id}"), "its bytes are not those that were stored");
        }
        while let Some(form) =
            forms.next_if(|form| form.as_ref().map_or(true, |form| form.page <= id))
        {
            let form = form?;
            let page = (form.page == id).then_some((body.as_slice(), digest.spans.as_slice()));
            check_form(db, &form, page, report)?;
        }
        report.pages += 1;
        progress(report);
    }
    for form in forms {
        check_form(db, &form?, None, report)?;
    }
    let stored: u64 =
        db.query_row("SELECT coalesce(sum(new + changed), 0) FROM page", [], |row| row.get(0))?;
    let stored = stored + report.rebuilt_forms;
    if stored != report.messages {
        let how = format!("{stored} message forms were stored, {} are there", report.messages);
        report.differs("messages", &how);
    }
    Ok(())
}

fn check_form(
    db: &Connection,
    form: &Form,
    page: Option<(&[u8], &[Range<usize>])>,
    report: &mut VerifyReport,
) -> rusqlite::Result<()> {
    let span = form.start..form.start + form.bytes;
    let raw =
        page.and_then(|(body, spans)| body.get(span.clone()).filter(|_| spans.contains(&span)));
    report.messages += u64::from(form.version > 0);
    let how = match raw {
        None => "its page does not have it where it should be",
        Some(raw) if sha256(raw) != form.sha256 => {
            "its bytes in the page are not those that were stored"
        }
        Some(_) => return Ok(()),
    };
    if form.version == 0 {
        report.differs(format!("unreadable record {}", form.id), how);
        return Ok(());
    }
    let named: Option<(String, String)> = db
        .prepare_cached(
            "SELECT m.record_id, s.name FROM message m JOIN source s ON s.id = m.source
             WHERE m.id = ?1",
        )?
        .query_row([form.id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((id, source)) = named else {
        report.differs(format!("message row {} version {}", form.id, form.version), how);
        return Ok(());
    };
    report.differs(format!("message {id} version {}", form.version), how);
    if let Some(difference) = report.differences.last_mut() {
        difference.source = Some(source);
        difference.id = Some(id);
    }
    Ok(())
}

pub(super) fn media(
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
