//! Yuju AI's (语聚AI, of Jijyun) open API: the chat records of a contact, `POST /v1/openapi/chat/record`, the calls around
//! it that list and complete them, and the host of the files that messages name.
//!
//! Mirrors the vendor's page "查询联系人对话记录" of 2025-07-17, and what is known of the other calls.

mod api;
mod ask;
mod contacts;
mod data;
mod facts;
mod files;
mod handle;
mod hosted;
mod options;
mod people;
mod render;
mod select;
mod talk;
mod times;
mod world;

pub use handle::JijyunHandle;
pub use options::{Details, EmptyFilter, JijyunOptions, MediaContent, MessageOrder, NoRecords};
