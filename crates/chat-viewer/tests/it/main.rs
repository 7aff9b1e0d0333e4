//! The pages over real sockets.

#![expect(clippy::unwrap_used, reason = "test support")]

mod crawl;
mod examples;
mod folder;
mod hostile;
mod lists;
mod media;
mod message;
mod paging;
mod print;
mod security;
mod support;
mod thread;
