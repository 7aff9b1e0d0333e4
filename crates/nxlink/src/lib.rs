// the examples of the README need the client
#![cfg_attr(feature = "client", doc = include_str!("../README.md"))]
#![cfg_attr(not(feature = "client"), doc = "Types, signing and parsing of NXLink's chat records.")]
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

pub use auth::{Credentials, SignatureAlgorithm, SignedParts, Signer};
pub use chat_core;
#[cfg(feature = "client")]
pub use client::{Client, ClientBuilder, GATEWAY_AMERICAS, GATEWAY_HK, GATEWAY_IDN, RecordsPager};
pub use convert::{Conversion, VENDOR};
pub use error::{ApiCode, Error};
pub use records::{
    Button, ButtonType, Channel, ChatType, Component, ComponentType, Example, FlowAction,
    HeaderFormat, MODEL, MessageType, NamedExamples, Order, ParameterFormat, Quality, QualityScore,
    Record, RecordStatus, RecordsRequest, Template, TemplateCategory, TemplateStatus, read_page,
    unknown_values, unmodelled_keys,
};
#[cfg(feature = "client")]
pub use source::RecordSource;
