//! How a run ends: the exit codes, and errors that know theirs.

use std::fmt::Display;
use std::process::ExitCode;

use chat_archive::{ArchiveError, ArchiveErrorKind};
use chat_viewer::{ExportError, ViewerError};

/// The exit codes that users and scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything asked for is there, and proven or provisional.
    Good,
    /// Something is missing, broken or failed, and the output says what.
    Lacking,
    /// The arguments or the configuration are wrong; nothing was sent.
    Usage,
    /// Interrupted; the checkpoint is safe.
    Interrupted,
}

impl Exit {
    /// The number that the process ends with.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Lacking => 1,
            Self::Usage => 2,
            Self::Interrupted => 130,
        }
    }

    /// 0 if all is well, else 1.
    pub(crate) const fn good_if(all_well: bool) -> Self {
        if all_well { Self::Good } else { Self::Lacking }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// An error that ends the run, and with which code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) error: anyhow::Error,
}

impl Failure {
    /// The arguments or the configuration are wrong.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Usage, error: error.into() }
    }

    /// The arguments or the configuration are wrong, in these words.
    pub(crate) fn usage_text(text: impl Display) -> Self {
        Self::usage(anyhow::anyhow!("{text}"))
    }

    /// What of this program helps against it: the libraries know none of its commands.
    pub(crate) fn advice(&self) -> Option<&'static str> {
        if let Some(ViewerError::Bind { .. }) = self.error.downcast_ref() {
            return Some("choose another --port");
        }
        let archive = self.error.chain().find_map(|cause| {
            // what is transparent hides the error that it is
            match (cause.downcast_ref(), cause.downcast_ref()) {
                (Some(ViewerError::Archive(error)), _) | (_, Some(ExportError::Archive(error))) => {
                    Some(error)
                }
                _ => cause.downcast_ref::<ArchiveError>(),
            }
        })?;
        match archive.kind() {
            ArchiveErrorKind::NotFound => Some("run `sync` first"),
            ArchiveErrorKind::Corrupt => {
                Some("bring back a copy of it, or move it away and run `sync` again")
            }
            ArchiveErrorKind::Newer { .. } => Some("use a newer chat-records"),
            ArchiveErrorKind::NotAsSealed { .. } => Some("see `verify --key`"),
            _ => None,
        }
    }

    /// Whoever read the standard output has seen enough (`| head`): no error worth a line.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        self.error.chain().any(|cause| {
            cause
                .downcast_ref::<std::io::Error>()
                .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
        })
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { exit: Exit::Lacking, error: error.into() }
    }
}
