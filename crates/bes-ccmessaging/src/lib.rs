// the examples of the README need the client
#![cfg_attr(feature = "client", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "client"),
    doc = "Types, signing and parsing of the chat history of Huawei Cloud CEC / AICC."
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
mod calls;
#[cfg(feature = "client")]
mod client;
mod content;
mod convert;
mod error;
mod html;
mod media;
#[cfg(feature = "client")]
mod paging;
mod records;
mod signature;
#[cfg(feature = "client")]
mod source;
mod token;
mod user;
mod wire;

pub use auth::Credentials;
pub use calls::{Call, CallsRequest};
pub use chat_core;
#[cfg(feature = "client")]
pub use client::{CallsClient, CallsClientBuilder, Client, ClientBuilder, RecordsPager};
pub use convert::{Conversion, VENDOR};
pub use error::{ApiCode, Error};
pub use media::{DownloadRequest, DownloadedFile};
pub use records::{
    ChannelType, ContentDealType, ControlType, LibraryFile, MODEL, MediaType, RawJson, Record,
    RecordsRequest, SizeUnit, SourceType, Timestamp, read_page, unknown_values, unmodelled_keys,
};
pub use signature::{AccessKey, CallsSigner, SignedRequest, TimestampForm};
#[cfg(feature = "client")]
pub use source::{RecordSource, Users};
pub use token::{AccessToken, AccessTokenRequest, MessagingTokenRequest};
pub use user::User;
