#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod config;
pub mod source;

pub use source::{SourceConfig, SourceSettings, Vendor};

#[cfg(feature = "bes-ccmessaging")]
pub use bes_ccmessaging;
pub use chat_core;
#[cfg(feature = "jijyun")]
pub use jijyun;
#[cfg(feature = "myscrm-qw")]
pub use myscrm_qw;
#[cfg(feature = "nxlink")]
pub use nxlink;
