//! Simulated vendors through their sockets, asked as a client would.
#![allow(clippy::unwrap_used, reason = "tests")]

mod auth;
mod bes;
mod data;
mod faults;
mod jijyun;
mod media;
mod myscrm;
mod records;
mod sim;
mod support;
