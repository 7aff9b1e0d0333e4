//! How it stands with a source, in one word.

use crate::SourceStatus;

/// How it stands with a source: the worst of its windows and its last run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// All windows are complete and older than the look-back.
    Proven,
    /// All windows are complete so far; some are still inside the look-back.
    Provisional,
    /// Nothing was read yet.
    Empty,
    /// There are gaps, or partitions of which nothing was read to its end.
    Incomplete,
    /// A run is under way, or was left in the middle.
    Interrupted,
    /// Something is missing, or the last run failed.
    Broken,
}

impl Standing {
    /// Its name in lower case, as `proven`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Provisional => "provisional",
            Self::Empty => "empty",
            Self::Incomplete => "incomplete",
            Self::Interrupted => "interrupted",
            Self::Broken => "broken",
        }
    }

    /// True if all that was asked for is there.
    pub const fn is_complete(self) -> bool {
        matches!(self, Self::Proven | Self::Provisional)
    }
}

impl SourceStatus {
    /// How it stands with the source.
    pub fn standing(&self) -> Standing {
        let windows = self.windows;
        let run = self.last_run.as_ref();
        let verdict = run.and_then(|run| run.verdict.as_deref());
        let never_ended = run.is_some_and(|run| run.ended_ms.is_none());
        if windows.broken > 0 || verdict == Some("broken") {
            Standing::Broken
        } else if windows.open > 0 || never_ended || verdict == Some("interrupted") {
            Standing::Interrupted
        } else if !self.gaps.is_empty() || !self.never_read.is_empty() {
            Standing::Incomplete
        } else if windows.provisional > 0 {
            Standing::Provisional
        } else if windows.proven > 0 {
            Standing::Proven
        } else {
            Standing::Empty
        }
    }
}
