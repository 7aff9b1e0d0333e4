//! The archive through its public API, on real files.
#![allow(clippy::unwrap_used, reason = "tests")]

mod browse;
mod calls;
mod coverage;
mod drift;
mod evidence;
mod examples;
mod exports;
mod figures;
mod forms;
mod joined;
mod list;
mod made_up;
mod media;
mod named;
mod open;
mod proof;
mod rebuild;
mod recalls;
mod remade;
mod seal;
mod search;
mod store;
mod support;
mod together;
mod unnamed;
mod vendor_model;
