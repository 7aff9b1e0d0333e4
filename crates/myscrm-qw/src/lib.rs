// the examples of the README need the client
#![cfg_attr(feature = "client", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "client"),
    doc = "Types, decryption and parsing of the chat records of the myscrm enterprise WeChat platform."
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
#[cfg(feature = "client")]
mod client;
mod convert;
mod crypto;
mod error;
mod query;
mod records;
#[cfg(feature = "client")]
mod source;
pub mod webhook;

pub use auth::{Authorizer, Credentials, RequestHook};
pub use chat_core;
#[cfg(feature = "client")]
pub use client::{Client, ClientBuilder, HOST, RawRecordsPager, RecordsPager};
pub use convert::{Conversion, VENDOR};
pub use crypto::{CipherError, Decrypted, DecryptionKeys, EncodingAesKey};
pub use error::{ApiCode, Error, Trouble};
pub use records::raw::{Encrypted, RawRecord, RawRecordRequest, RawRecordsRequest};
pub use records::{
    Action, EmotionType, Employee, ExternalUser, ExternalUserType, ExternalUsers,
    ExternalUsersRequest, GroupChat, GroupChatsRequest, KeywordRule, MODEL, MemberType,
    MessageType, Order, Record, RecordsRequest, RedPacketType, ResizeMode, SenderType, SingleChat,
    SingleChatRequest, ThumbOption, bodies, raw, read_page, unknown_values, unmodelled_keys,
};
#[cfg(feature = "client")]
pub use source::RecordSource;
