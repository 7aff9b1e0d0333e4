//! What an audit found.

use serde::Serialize;

/// What an audit found, source by source.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AuditReport {
    /// What the draw was made from.
    pub seed: u64,
    /// How many records were to be drawn of each source.
    pub sample: u64,
    /// Each source, in the order of the jobs.
    pub sources: Vec<SourceAudit>,
    /// Nothing is stale or missing, all that was drawn could be read, and some of it came.
    pub clean: bool,
}

/// What an audit found in one source.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SourceAudit {
    /// Its name.
    pub source: String,
    /// Its vendor.
    pub vendor: String,
    /// Records in the archive.
    pub stored: u64,
    /// Those among them that could be drawn: in time that is proven or provisional, or in the last
    /// listing.
    pub drawable: u64,
    /// Records drawn.
    pub drawn: u64,
    /// Those among them that the vendor still shows, so that they could be compared.
    pub compared: u64,
    /// Those among them that are stale.
    pub drawn_stale: u64,
    /// Those among them in whose window a record is missing.
    pub drawn_beside_missing: u64,
    /// What follows for all records that could be drawn; `None` if none could be compared.
    pub bound: Option<Bound>,
    /// Windows that were read again.
    pub windows: u64,
    /// Requests sent.
    pub calls: u64,
    /// Records in what was read again, drawn or not; those where two windows meet may count twice.
    pub records_read: u64,
    /// Those among them that are stored in another form.
    pub stale: u64,
    /// Those among them that are not stored, although the archive claims to have their time.
    pub missing: u64,
    /// Those among them that could not be read as a record.
    pub unreadable: u64,
    /// Those among them that may have come since the last sync, where the vendor gives no times.
    pub newer: u64,
    /// Records that are stored and that the vendor no longer shows.
    pub gone: u64,
    /// Windows in which something is stale, missing or not readable.
    pub findings: Vec<AuditFinding>,
    /// Windows that could not be read again.
    pub unread: Vec<Unread>,
    /// What stopped the audit.
    pub error: Option<String>,
}

/// What holds for all records, as far as a sample can tell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Bound {
    /// How sure each of the two is; 1 if all records were compared.
    pub confidence: f64,
    /// No larger share of the records is stale.
    pub stale_at_most: f64,
    /// No larger share of the records has a missing one in its window.
    pub beside_missing_at_most: f64,
}

impl SourceAudit {
    /// All windows could be read, and no record that was drawn was in them: that is what an account
    /// without rights looks like.
    pub(super) fn came_to_nothing(&self) -> bool {
        self.drawn > 0 && self.compared == 0 && self.unread.is_empty()
    }

    pub(super) fn is_clean(&self) -> bool {
        self.error.is_none() && self.findings.is_empty() && self.unread.is_empty()
    }
}

impl Bound {
    pub(super) const fn new(confidence: f64, stale: f64, beside_missing: f64) -> Self {
        Self { confidence, stale_at_most: stale, beside_missing_at_most: beside_missing }
    }
}

/// A window with something in it that the next run repairs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AuditFinding {
    /// The partition's key.
    pub partition: String,
    /// First millisecond.
    pub from_ms: i64,
    /// First millisecond after it.
    pub to_ms: i64,
    /// Records stored in another form.
    pub stale: u64,
    /// Records not stored.
    pub missing: u64,
    /// Records that could not be read.
    pub unreadable: u64,
}

impl AuditFinding {
    /// Why the window is doubted.
    pub(super) fn reason(&self) -> String {
        let parts =
            [(self.stale, "stale"), (self.missing, "missing"), (self.unreadable, "not readable")];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let words: Vec<String> = parts.map(|(number, what)| format!("{number} {what}")).collect();
        format!("an audit found records that are not as the vendor has them: {}", words.join(", "))
    }
}

/// A window that could not be read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unread {
    /// The partition's key.
    pub partition: String,
    /// First millisecond.
    pub from_ms: i64,
    /// First millisecond after it.
    pub to_ms: i64,
    /// Why.
    pub reason: String,
}
