//! The program `chat-records` from outside: the real binary, simulated vendors over real sockets.
#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "figures, with --no-capture")]

mod all_vendors;
mod archive_errors;
mod audit;
mod browser;
mod clocks;
mod commands;
mod config_errors;
mod demo;
mod disk;
mod drift;
mod every_fault;
mod evidence;
mod export;
mod export_html;
mod hostile;
mod ids;
mod interrupts;
mod kills;
mod late;
mod late_figures;
mod ledger;
mod media;
mod plan;
mod search;
mod support;
mod sync;
mod tls;
mod vendor_errors;
mod vendors;
mod view;
