//! What happens during a run, for whoever shows progress.

use chat_archive::Verdict;

/// Something that happened. Holds no chat text, name or link.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The windows of a source are known.
    Planned {
        /// The source.
        source: &'a str,
        /// How many windows will be walked; splits add to it.
        windows: usize,
    },
    /// A window turned out to be large and was split.
    Split {
        /// The source.
        source: &'a str,
        /// Into how many parts.
        parts: usize,
    },
    /// The vendor said how many records a window has.
    Expecting {
        /// The source.
        source: &'a str,
        /// How many.
        records: u64,
    },
    /// A page was stored.
    Page {
        /// The source.
        source: &'a str,
        /// Records that were not known.
        new: u64,
        /// Records that came in a new form.
        changed: u64,
        /// Records on the page.
        records: u64,
    },
    /// A window got its verdict.
    Closed {
        /// The source.
        source: &'a str,
        /// The verdict.
        verdict: Verdict,
    },
    /// Files were found that are to be fetched.
    MediaFound {
        /// The source.
        source: &'a str,
        /// How many.
        files: u64,
    },
    /// A file was dealt with.
    MediaDone {
        /// The source.
        source: &'a str,
        /// It is in the archive.
        saved: bool,
    },
    /// The user should know this although nothing failed.
    Notice {
        /// The source.
        source: &'a str,
        /// A sentence.
        text: &'a str,
    },
}

/// Is told what happens. Called from several threads; it must not block for long.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event<'_>);
}

/// An observer that does nothing.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _event: &Event<'_>) {}
}
