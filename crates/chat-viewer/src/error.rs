//! What can keep the pages from being served.

use std::io;

use chat_archive::ArchiveError;

/// Why the pages are not served. `Display` says what in one line; the cause is the source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ViewerError {
    /// The archive cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The port cannot be had.
    #[error("port {port} of 127.0.0.1 cannot be listened on")]
    Bind {
        /// The port that was asked for.
        port: u16,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The system gives no random bytes for the token.
    #[error("the system gives no random bytes, and without them the pages would be open to all")]
    NoRandom(#[source] io::Error),
    /// The socket failed while pages were served.
    #[error("the pages cannot be served any more")]
    Serve(#[source] io::Error),
}
