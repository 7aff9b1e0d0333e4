// the examples of the README need the client
#![cfg_attr(feature = "client", doc = include_str!("../README.md"))]
#![cfg_attr(not(feature = "client"), doc = "Types and parsing of Yuju AI's chat records.")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
#[cfg(feature = "client")]
mod client;
mod convert;
mod error;
mod records;
#[cfg(feature = "client")]
mod source;
pub mod webhook;

pub use auth::Credentials;
pub use chat_core;
#[cfg(feature = "client")]
pub use client::{BASE_URL, Client, ClientBuilder, HostedHistoryPager, RecordsPager};
pub use convert::{Conversion, VENDOR};
pub use error::{ApiCode, Error};
pub use records::{
    AggregatedContent, AggregatedMessage, AggregatedType, Assistant, AssistantsRequest,
    CheckRequest, Contact, ContactRequest, ContactType, ContactsRequest, Days, FilterValue,
    ForwardType, HistoryRequest, HostedAccount, HostedAccountsRequest, HostedHistoryRequest,
    HostedMessage, HostedOrigin, HostedType, Label, MODEL, MessageType, Payload, Record,
    RecordsRequest, SenderType, User, UserAddition, UserType, read_page, unknown_values,
    unmodelled_keys,
};
#[cfg(feature = "client")]
pub use source::{HostedSource, RecordSource, Selection};
