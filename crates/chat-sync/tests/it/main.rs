//! The engine through its public API: real archives, sources made up for the purpose.
#![allow(clippy::unwrap_used, reason = "tests")]

mod adversary;
mod audit;
mod completeness;
mod examples;
mod idle;
mod late;
mod listing;
mod media;
mod moving;
mod plan;
mod renewal;
mod stopping;
mod together;
mod uncounted;
