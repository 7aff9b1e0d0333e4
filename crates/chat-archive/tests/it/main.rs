//! The archive through its public API, on real files.
#![allow(clippy::unwrap_used, reason = "tests")]

mod coverage;
mod evidence;
mod media;
mod open;
mod store;
mod support;
mod unnamed;
