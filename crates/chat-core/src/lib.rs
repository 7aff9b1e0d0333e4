#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "client")]
mod connect;
pub mod de;
mod endpoint;
mod error;
mod id;
mod likeness;
mod listing;
mod media;
mod message;
#[doc(hidden)]
pub mod model;
mod open_enum;
mod outside;
#[cfg(feature = "client")]
mod pace;
mod page;
#[cfg(feature = "client")]
mod retry;
mod secret;
mod source;
mod time;
mod transport;
#[cfg(feature = "test-util")]
mod view;

#[cfg(feature = "client")]
pub use connect::{ConnectError, ConnectOptions};
pub use endpoint::{Authorize, BaseUrlError, Endpoint, check_base_url, is_loopback};
pub use error::{
    BodyExcerpt, DecodeError, ErrorKind, Retry, VendorError, after_colon, retry_after, server_time,
};
pub use id::{ConversationId, MessageId, ParticipantId, PlatformId};
pub use likeness::Likeness;
pub use listing::{
    GARBLED, Loose, MAX_PAGE_RECORDS, RawList, ReadRecords, WholeList, read_envelope, read_object,
    read_whole, readable,
};
pub use media::{MediaError, MediaErrorKind, MediaInfo, MediaLink};
pub use message::{
    Attachment, Direction, IdOrigin, Kind, Message, Participant, SenderKind, Status,
};
#[cfg(feature = "client")]
pub use outside::Blots;
pub use outside::{MAX_WORDS, is_json, shortened};
pub use page::{Checkpoint, Cursor, Page, PageState, PagingError, RawPage, SkippedRecord, Span};
#[cfg(feature = "client")]
pub use retry::{Caller, Failed, RetryPolicy};
pub use secret::Secret;
pub use source::{
    CallCount, Capabilities, MediaItem, PageRequest, Partition, Source, SourceError, SourcePage,
    SourceRecord, Window, Windowing,
};
pub use time::{Clock, ParseTimeError, SentAt, SentAtOrigin, UnixMillis, UtcOffset, WallTime};
#[cfg(feature = "test-util")]
pub use transport::ReplayTransport;
pub use transport::{BoxFuture, MAX_BODY_BYTES, Transport, TransportError, TransportErrorKind};
#[cfg(feature = "reqwest")]
pub use transport::{MediaPolicy, ReqwestTransport};
#[cfg(feature = "test-util")]
pub use view::{MessageView, PageView};

pub use http;
#[doc(hidden)]
pub use serde as __serde;
pub use url::Url;
