//! Huawei's online customer service (CEC, AICC): the history of chats, per user of a channel, and what opens it.
//!
//! Mirrors the vendor's pages "查询历史消息 (queryHistoryChatMessage)", "applyToken", "tokenByAkSk", "downloadFileStream"
//! and, for calls, "querycalls" of the CC-CMS interface reference.

mod api;
mod auth;
mod calls;
mod content;
mod data;
mod download;
mod facts;
mod files;
mod handle;
mod history;
mod late;
mod library;
mod options;
mod people;
mod render;
mod sign;
mod tokens;
mod words;
mod world;

pub use handle::BesHandle;
pub use options::{BesOptions, Bounds, EmptyList, OffsetUnit, Order, TokenForm};
