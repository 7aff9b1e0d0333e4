//! The facade through its public API.
#![allow(clippy::unwrap_used, reason = "tests")]

mod config;
mod conformance;
mod examples;
mod offline;
mod pace;
mod secrets;
mod sources;
mod vendors;
