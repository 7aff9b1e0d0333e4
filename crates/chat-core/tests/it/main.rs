//! The shared parts through their public API.
#![allow(clippy::unwrap_used, reason = "tests")]

mod base_url;
mod download;
mod examples;
mod redaction;
mod retry;
mod time;
mod whole;
