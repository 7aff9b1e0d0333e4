//! What can go wrong with an archive, in sentences for people.

use std::io;
use std::path::{Path, PathBuf};

/// Why the archive could not do what it was asked. `Display` says what and where in one line; the
/// cause is the source.
#[derive(Debug, thiserror::Error)]
#[error("{}", .kind.sentence(.path))]
pub struct ArchiveError {
    kind: ArchiveErrorKind,
    path: PathBuf,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of [`ArchiveError`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArchiveErrorKind {
    /// There is no archive.
    NotFound,
    /// Another run is writing to it.
    Locked,
    /// It was written by a newer version of this program.
    Newer {
        /// The schema version found.
        found: i64,
        /// The newest one this program knows.
        known: i64,
    },
    /// A source of this name holds another vendor's records.
    NameTaken {
        /// The name.
        source: String,
    },
    /// It has no message of an id.
    NoSuchMessage {
        /// The id.
        id: String,
    },
    /// It has several messages of an id.
    Ambiguous {
        /// The id.
        id: String,
        /// Where: source and partition.
        places: Vec<(String, String)>,
    },
    /// It does not hold any more what was sealed.
    NotAsSealed {
        /// How it differs.
        how: &'static str,
    },
    /// It cannot be written to.
    ReadOnly,
    /// There is no space left.
    DiskFull,
    /// What is there is no archive, or is damaged.
    Corrupt,
    /// Reading or writing failed.
    Io,
    /// What was read could not be written to where it should go.
    Output,
}

impl ArchiveErrorKind {
    fn sentence(&self, path: &Path) -> String {
        let path = path.display();
        match self {
            Self::NotFound => format!("there is no archive at {path}"),
            Self::Locked => format!(
                "the archive at {path} is being written to by another run; wait for it to end"
            ),
            Self::Newer { found, known } => format!(
                "the archive at {path} has schema version {found}, this program knows up to \
                 {known}"
            ),
            Self::NameTaken { source } => format!(
                "the archive at {path} holds another vendor's records under the name \"{source}\"; \
                 give the source another name"
            ),
            Self::NoSuchMessage { id } => {
                format!("the archive at {path} has no message with the id {id:?} there")
            }
            Self::Ambiguous { id, places } => {
                let places: Vec<String> = places
                    .iter()
                    .map(|(source, part)| format!("partition {part:?} of source {source}"))
                    .collect();
                format!(
                    "several messages have the id {id:?}; say which one is meant: that in {}",
                    places.join(" or ")
                )
            }
            Self::NotAsSealed { how } => format!(
                "the archive at {path} does not fit its last seal, so it was not sealed again: \
                 {how}; keep a copy of it and of its seal.json"
            ),
            Self::ReadOnly => {
                format!("the archive at {path} cannot be written to; check the permissions")
            }
            Self::DiskFull => format!(
                "no space is left for the archive at {path}; free some and run again: what was \
                 stored is safe"
            ),
            Self::Corrupt => format!("the archive at {path} is damaged or is no archive"),
            Self::Output => "the output could not be written".to_owned(),
            Self::Io => format!("the archive at {path} could not be read or written"),
        }
    }
}

impl ArchiveError {
    pub(crate) fn new(kind: ArchiveErrorKind, path: &Path) -> Self {
        Self { kind, path: path.to_owned(), source: None }
    }

    pub(crate) fn sql(error: rusqlite::Error, path: &Path) -> Self {
        use rusqlite::ErrorCode;
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => ArchiveErrorKind::DiskFull,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => ArchiveErrorKind::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ArchiveErrorKind::Locked,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => ArchiveErrorKind::Corrupt,
            _ => ArchiveErrorKind::Io,
        };
        Self { kind, path: path.to_owned(), source: Some(error.into()) }
    }

    pub(crate) fn io(error: io::Error, path: &Path) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => ArchiveErrorKind::NotFound,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                ArchiveErrorKind::ReadOnly
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ArchiveErrorKind::DiskFull,
            _ => ArchiveErrorKind::Io,
        };
        Self { kind, path: path.to_owned(), source: Some(error.into()) }
    }

    pub(crate) fn corrupt(what: &'static str, path: &Path) -> Self {
        Self { kind: ArchiveErrorKind::Corrupt, path: path.to_owned(), source: Some(what.into()) }
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind, to branch on.
    pub const fn kind(&self) -> &ArchiveErrorKind {
        &self.kind
    }
}
