//! How a record is found again where ids do not tell.

use std::fmt;

/// What tells that two readings show the same record, where at least one of them has no id for it.
/// `Debug` shows no text.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Likeness {
    /// To be raised when the same record gets other texts here: it is then told by its bytes once.
    pub version: u32,
    /// What two readings of the record by the same call have in common.
    pub own: String,
    /// What readings by any call have in common. `None`: no other call shows it.
    pub words: Option<String>,
    /// It is, or may stand for, a file, of which calls show different things. Such a record can
    /// be found by its place.
    pub may_be_file: bool,
    /// It comes from a call that gives records ids, even if it has none itself. Such an id counts
    /// in the whole conversation, whichever partition shows it.
    pub gives_ids: bool,
}

impl Likeness {
    /// Of a record that only one call shows, without an id.
    pub fn new(version: u32, own: impl Into<String>) -> Self {
        let (own, words, may_be_file, gives_ids) = (own.into(), None, false, false);
        Self { version, own, words, may_be_file, gives_ids }
    }

    /// With what other calls show of it too.
    #[must_use]
    pub fn with_words(mut self, words: impl Into<String>) -> Self {
        self.words = Some(words.into());
        self
    }

    /// Tells whether it is, or may stand for, a file.
    #[must_use]
    pub const fn with_may_be_file(mut self, may_be_file: bool) -> Self {
        self.may_be_file = may_be_file;
        self
    }

    /// Of a call that gives ids.
    #[must_use]
    pub const fn with_ids(mut self) -> Self {
        self.gives_ids = true;
        self
    }
}

impl fmt::Debug for Likeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Likeness")
            .field("version", &self.version)
            .field("may_be_file", &self.may_be_file)
            .field("gives_ids", &self.gives_ids)
            .finish_non_exhaustive()
    }
}
