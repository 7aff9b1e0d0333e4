#![doc = include_str!("../README.md")]

mod archive;
mod audit;
mod browse;
mod counts;
mod coverage;
mod drift;
mod error;
mod export;
mod figures;
mod index;
mod kept;
mod known;
mod layout;
mod ledger;
mod media;
mod proof;
mod raw;
mod reader;
mod rebuild;
mod remake;
mod schema;
mod seal;
mod search;
mod shape;
mod standing;
mod store;
mod verify;

pub use archive::{Archive, PartitionId, SourceId};
pub use audit::{Among, Compared, DrawnMessage, MessageRow};
pub use browse::{
    ConversationFilter, ConversationKey, ConversationList, ConversationSummary, ListPlace, Party,
    Thread, ThreadPlace,
};
pub use counts::MessageCount;
pub use coverage::{CoveredWindow, OpenWindow, Verdict};
pub use drift::{Drift, DriftKind, Finding, PageNote};
pub use error::{ArchiveError, ArchiveErrorKind};
pub use export::{CsvOptions, Exported, Filter, Progress};
pub use figures::{AgentFigures, FigureFilter, Figures, Responses, Tally, Traffic};
pub use index::Behind;
pub use kept::{KeptFile, KeptMessage, Person};
pub use known::{KnownSource, LastPages};
pub use media::{
    MediaBookmark, MediaCounts, MediaEntry, MediaFailure, MediaFile, MediaState, MediaTask,
    MediaWriter, SavedMedia,
};
pub use proof::{About, Entry, LedgerHead, Proof, Step};
pub use raw::PageDigest;
pub use reader::{
    BrokenWindow, Gap, GapPlace, Interrupter, LackingMedia, PartStatus, Reader, RunSummary,
    SourceStatus, VerdictCounts,
};
pub use rebuild::{RebuildMode, RebuildReport};
pub use remake::{Change, LeftOut, Remade};
pub use seal::{Seal, SealReport};
pub use search::{
    Facets, Hit, HitCount, Hits, QueryError, SearchOrder, SearchQuery, Snippet, search_tokens,
};
pub use standing::Standing;
pub use store::{PageToStore, SameContent, StoredPage, ToStore};
pub use verify::{Difference, VerifyProgress, VerifyReport};
