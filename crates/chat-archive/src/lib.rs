#![doc = include_str!("../README.md")]

mod archive;
mod counts;
mod coverage;
mod error;
mod export;
mod known;
mod layout;
mod ledger;
mod media;
mod raw;
mod reader;
mod schema;
mod store;
mod verify;

pub use archive::{Archive, PartitionId, SourceId};
pub use counts::MessageCount;
pub use coverage::{CoveredWindow, OpenWindow, Verdict};
pub use error::{ArchiveError, ArchiveErrorKind};
pub use export::Filter;
pub use known::{KnownSource, LastPages};
pub use media::{
    MediaBookmark, MediaCounts, MediaFailure, MediaState, MediaTask, MediaWriter, SavedMedia,
};
pub use reader::{
    BrokenWindow, Gap, GapPlace, LackingMedia, PartStatus, Reader, RunSummary, SourceStatus,
    VerdictCounts,
};
pub use store::{PageToStore, StoredPage};
pub use verify::{Difference, VerifyProgress, VerifyReport};
