//! The enterprise-WeChat middle platform (nbd-api.myscrm.cn): the plain and the encrypted records of chats, the endpoints
//! that list chats and customers, and the media host that links point to.
//!
//! Mirrors the vendor's guide pages "pull the chat records of one chat", "pull raw chat records", "get a raw chat record",
//! "get a single chat", "list the group chats of a member" and "list the external users of chats"; the encryption is that of
//! WeCom's page "encryption scheme".
//!
//! Where the pages are silent, this is invented:
//!
//! - The codes of errors, all with HTTP status 200: 40001 for a wrong `app_id`, header or query pair, 40002 for a parameter,
//!   40003 for a cursor, 40004 for a window that is too long, 40005 for what does not exist.
//! - Pages have 10 records if nothing is asked and at most 1,000, at the plain pull as at the raw one. Cursors are good for
//!   the request that they were issued to, with all its other parameters, and for as often as they are asked.
//! - The plain pull takes any window and never sends recalls as records of their own; the raw pull does, and marks the
//!   recalled message as well. A window of exactly three days passes there.
//! - Mini programs have the type `miniprogram` at the plain pull and `weapp` at the raw one.
//! - `thumb_url` is an empty text without `thumb_option` at the plain pull, and absent at the raw one.

mod api;
mod calls;
mod content;
mod crypt;
mod cursor;
mod data;
mod directory;
mod facts;
mod files;
mod handle;
mod ids;
mod keywords;
mod late;
mod options;
mod people;
mod query;
mod records;
mod render;
mod timeline;
mod world;

pub use handle::MyscrmHandle;
pub use options::{Bounds, MyscrmOptions};
