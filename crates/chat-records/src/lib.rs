#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod config;
pub mod source;

pub use source::{SourceConfig, SourceSettings, Vendor};

pub use chat_core;
#[cfg(feature = "nxlink")]
pub use nxlink;
