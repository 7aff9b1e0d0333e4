//! Verify: recompute every hash from the bytes, make every message anew from them, and name what
//! differs.

mod coverage;
mod hashes;
mod twice;

use std::sync::Arc;

use chat_core::Source;
use serde::Serialize;

use crate::error::ArchiveError;
use crate::reader::Reader;
use crate::remake::{Change, Done, LeftOut, Remade, Remake};

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
    /// Message forms made anew from their bytes.
    pub remade: u64,
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
    /// Message forms that were made anew from their bytes and compared.
    pub remade: u64,
    /// Sources whose messages were not made anew.
    pub left_out: Vec<LeftOut>,
    /// Message forms that rebuilds added.
    pub rebuilt_forms: u64,
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
        self.differences.push(Difference::new(what, how));
    }
}

/// One thing that is not as it was stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// Which thing: `page 12`, `message 34 version 1`, `media ab/cdef…`, `ledger 56`.
    pub what: String,
    /// How it differs. Never what it says.
    pub how: String,
    /// Of a message: its source.
    pub source: Option<String>,
    /// Of a message: its id.
    pub id: Option<String>,
    /// Of a message: the columns that differ.
    pub columns: Vec<&'static str>,
}

impl Difference {
    pub(crate) fn new(what: impl Into<String>, how: &str) -> Self {
        Self { what: what.into(), how: how.to_owned(), ..Self::default() }
    }

    fn of(remade: Remade) -> Self {
        let Remade { source, id, version, page, change } = remade;
        let what = match (&id, version) {
            (Some(id), Some(version)) => format!("message {id} version {version}"),
            (Some(id), None) => format!("message {id}"),
            (None, _) => format!("page {page}"),
        };
        let how = change.in_words();
        let columns = if let Change::Columns { columns } = change { columns } else { Vec::new() };
        Self { what, how, source: Some(source), id, columns }
    }
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
        self.verify_with(&[], progress)
    }

    /// The same; and makes the messages of these sources anew from their stored pages, and compares
    /// every column. The sources are asked nothing.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn verify_with(
        &self,
        sources: &[Arc<dyn Source>],
        progress: &mut dyn FnMut(&VerifyProgress),
    ) -> Result<VerifyReport, ArchiveError> {
        let mut report = VerifyReport::default();
        let mut done = VerifyProgress::default();
        let sql = |error| self.layout.sql(error);
        let snapshot = self.db.unchecked_transaction().map_err(sql)?;
        hashes::database(&snapshot, &mut report).map_err(sql)?;
        hashes::ledger(&snapshot, &mut report).map_err(sql)?;
        hashes::pages(&snapshot, &mut report, &mut |report| {
            done.pages = report.pages;
            done.messages = report.messages;
            progress(&done);
        })
        .map_err(sql)?;
        twice::check(&snapshot, &mut report).map_err(sql)?;
        coverage::check(&snapshot, &mut report).map_err(sql)?;
        let mut differences = Vec::new();
        let mut tell = |remade| differences.push(Difference::of(remade));
        let outcome = Remake::compare(&snapshot, &mut tell)
            .run(sources, &mut |Done { forms, .. }| {
                done.remade = forms;
                progress(&done);
            })
            .map_err(sql)?;
        report.differences.append(&mut differences);
        report.remade = outcome.done.forms;
        report.left_out = outcome.left_out;
        hashes::media(&snapshot, &self.layout.media(), &mut report, &mut |report| {
            done.media = report.media;
            progress(&done);
        })
        .map_err(sql)?;
        Ok(report)
    }
}
