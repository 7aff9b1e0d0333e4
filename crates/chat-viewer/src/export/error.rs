//! What can keep a folder from being written.

use std::io;
use std::path::PathBuf;

use chat_archive::ArchiveError;

/// Why a folder was not written. `Display` says what in one line; the cause is the source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The archive cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Something else has the name.
    #[error(
        "{} holds something that is no export of this program; name a folder that is new or empty",
        path.display()
    )]
    Taken {
        /// The folder that was asked for.
        path: PathBuf,
    },
    /// The folder would be in the archive's, or the archive's in it.
    #[error("{} is in the archive's folder or around it; name another place", path.display())]
    Overlaps {
        /// The folder that was asked for.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("the export cannot be written to {}{}", path.display(), advice(source))]
    Write {
        /// The folder that was asked for.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The caller asked to stop; nothing is left under the folder's name.
    #[error("the export was stopped; nothing was written")]
    Stopped,
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; no space is left there, so free some and export again"
        }
        io::ErrorKind::NotFound => "; the folder that holds it must be there first",
        _ => "",
    }
}
