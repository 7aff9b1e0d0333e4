//! What a run did, and what is missing: the truth behind the exit code.

use std::fmt;

use chat_archive::{CoveredWindow, MediaCounts, Verdict};
use serde::{Serialize, Serializer};

/// What a run did, source by source. As JSON it is the output of `sync --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SyncReport {
    /// Each source, in the order of the jobs.
    pub sources: Vec<SourceReport>,
    /// The worst of their verdicts.
    pub verdict: RunVerdict,
}

impl SyncReport {
    pub(crate) fn new(sources: Vec<SourceReport>) -> Self {
        let verdict = sources.iter().map(|source| source.verdict).max();
        Self { sources, verdict: verdict.unwrap_or(RunVerdict::Proven) }
    }

    /// True if everything that was asked for is there: every window proven or provisional, every
    /// record readable, every file saved (unless files were not asked for).
    pub fn is_complete(&self) -> bool {
        self.sources.iter().all(SourceReport::is_complete)
    }
}

/// What a run did with one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SourceReport {
    /// Its name.
    pub source: String,
    /// Its vendor.
    pub vendor: String,
    /// The worst of its windows' verdicts.
    pub verdict: RunVerdict,
    /// Records that were not known.
    pub messages_new: u64,
    /// Records that came in a new form.
    pub messages_changed: u64,
    /// Different records that the run met.
    pub messages_seen: u64,
    /// Pages stored.
    pub pages: u64,
    /// Requests beyond the first of each call.
    pub retries: u64,
    /// Records that could not be read; their bytes are kept.
    pub skipped: u64,
    /// Files.
    pub media: MediaReport,
    /// Every window that was walked.
    pub windows: Vec<WindowReport>,
    /// What stopped the source.
    pub error: Option<String>,
}

impl SourceReport {
    pub(crate) fn new(source: &str, vendor: &str) -> Self {
        Self {
            source: source.to_owned(),
            vendor: vendor.to_owned(),
            verdict: RunVerdict::Proven,
            messages_new: 0,
            messages_changed: 0,
            messages_seen: 0,
            pages: 0,
            retries: 0,
            skipped: 0,
            media: MediaReport::default(),
            windows: Vec::new(),
            error: None,
        }
    }

    fn is_complete(&self) -> bool {
        self.error.is_none()
            && matches!(self.verdict, RunVerdict::Proven | RunVerdict::Provisional)
            && self.skipped == 0
            && self.media.is_complete()
    }
}

/// Files: what this run saved, and what the archive still lacks of the source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MediaReport {
    /// Saved by this run.
    pub saved: u64,
    /// Links that were dead before it was the file's turn, or came with no record of this run, and
    /// were asked for again.
    #[serde(skip_serializing_if = "is_zero")]
    pub renewed: u64,
    /// Still to be fetched.
    pub pending: u64,
    /// The link died and could not be renewed.
    pub expired: u64,
    /// Could not be had.
    pub failed: u64,
    /// Files were not asked for, so that none is missing.
    #[serde(skip)]
    pub(crate) not_asked: bool,
}

impl MediaReport {
    pub(crate) fn lacking(&mut self, counts: MediaCounts) {
        self.pending = counts.pending;
        self.expired = counts.expired;
        self.failed = counts.failed;
    }

    const fn is_complete(&self) -> bool {
        self.not_asked || self.pending + self.expired + self.failed == 0
    }
}

/// What fetching files again did, source by source. As JSON it is the output of
/// `media retry --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RetryReport {
    /// Each source, in the order of the jobs.
    pub sources: Vec<MediaRetry>,
}

impl RetryReport {
    pub(crate) const fn new(sources: Vec<MediaRetry>) -> Self {
        Self { sources }
    }

    /// True if no file is lacking.
    pub fn is_complete(&self) -> bool {
        self.sources.iter().all(|source| source.error.is_none() && source.media.is_complete())
    }
}

/// What fetching files again did with one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MediaRetry {
    /// Its name.
    pub source: String,
    /// Its vendor.
    pub vendor: String,
    /// Files.
    pub media: MediaReport,
    /// What stopped it.
    pub error: Option<String>,
}

impl MediaRetry {
    pub(crate) fn new(source: &str, vendor: &str) -> Self {
        Self {
            source: source.to_owned(),
            vendor: vendor.to_owned(),
            media: MediaReport::default(),
            error: None,
        }
    }
}

/// A window that was walked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WindowReport {
    /// The partition's key; empty where there is only one.
    pub partition: String,
    /// First millisecond.
    pub from_ms: i64,
    /// First millisecond after it.
    pub to_ms: i64,
    /// How sure we are.
    pub verdict: Verdict,
    /// How many records the vendor said there are.
    pub expected: Option<u64>,
    /// How many different ones arrived.
    pub distinct: u64,
    /// Why it is broken.
    pub reason: Option<String>,
}

impl WindowReport {
    pub(crate) fn new(partition: &str, closed: &CoveredWindow) -> Self {
        Self {
            partition: partition.to_owned(),
            from_ms: closed.window.from_ms,
            to_ms: closed.window.to_ms,
            verdict: closed.verdict,
            expected: closed.expected,
            distinct: closed.distinct,
            reason: closed.reason.clone(),
        }
    }
}

/// The verdict on a run, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RunVerdict {
    /// All windows are proven.
    Proven,
    /// All are proven or provisional.
    Provisional,
    /// The run was asked to stop; the checkpoint is safe.
    Interrupted,
    /// A window is broken, or the source failed.
    Broken,
}

impl RunVerdict {
    /// `proven`, `provisional`, `interrupted` or `broken`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Provisional => "provisional",
            Self::Interrupted => "interrupted",
            Self::Broken => "broken",
        }
    }
}

impl From<Verdict> for RunVerdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Proven => Self::Proven,
            Verdict::Provisional => Self::Provisional,
            Verdict::Broken => Self::Broken,
        }
    }
}

impl fmt::Display for RunVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RunVerdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}
