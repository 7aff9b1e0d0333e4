//! What the fuzzers drive: every place where bytes from outside are read, one function each.
//!
//! libFuzzer (`xtask/fuzz`) and the short run of the tests (`tests/it`) call the same functions. A
//! function panics if a promise is broken: the code must not panic itself, whatever it is given, and
//! what it gives back must fit what it was given.
//!
//! `cargo +nightly fuzz run --fuzz-dir xtask/fuzz TARGET` adds the sanitizers. A new target is also a
//! row in [`TARGETS`], a line in the tests, and a file in `xtask/fuzz/`.

// these functions are tests: a panic is how they speak
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a panic is a finding")]

mod checks;
pub mod mutation;
mod seeds;
pub mod targets;

use std::fmt;

/// A function to be driven, and what to begin with.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a target is what is listed here")]
pub struct Target {
    /// Its name: the file in `xtask/fuzz/fuzz_targets`, and the beginning is the vendor's folder in
    /// `fixtures`, if it has one.
    pub name: &'static str,
    /// Takes any bytes; panics if a promise is broken.
    pub run: fn(&[u8]),
    /// Good inputs, for a fuzzer to change.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "archive", run: targets::archive, seeds: seeds::archive },
    Target {
        name: "bes_ccmessaging_calls",
        run: targets::bes_ccmessaging_calls,
        seeds: seeds::bes_calls,
    },
    Target { name: "bes_ccmessaging_html", run: targets::bes_ccmessaging_html, seeds: seeds::html },
    Target { name: "bes_ccmessaging_page", run: targets::bes_ccmessaging_page, seeds: seeds::bes },
    Target { name: "config", run: targets::config, seeds: seeds::config },
    Target { name: "jijyun_calls", run: targets::jijyun_calls, seeds: seeds::jijyun },
    Target { name: "jijyun_page", run: targets::jijyun_page, seeds: seeds::jijyun },
    Target { name: "jijyun_webhook", run: targets::jijyun_webhook, seeds: seeds::jijyun_webhook },
    Target { name: "myscrm_qw_calls", run: targets::myscrm_qw_calls, seeds: seeds::myscrm },
    Target { name: "myscrm_qw_page", run: targets::myscrm_qw_page, seeds: seeds::myscrm },
    Target {
        name: "myscrm_qw_sealed",
        run: targets::myscrm_qw_sealed,
        seeds: seeds::myscrm_sealed,
    },
    Target {
        name: "myscrm_qw_webhook",
        run: targets::myscrm_qw_webhook,
        seeds: seeds::myscrm_webhook,
    },
    Target { name: "nxlink_page", run: targets::nxlink_page, seeds: seeds::nxlink },
    Target { name: "nxlink_webhook", run: targets::nxlink_webhook, seeds: seeds::nxlink_webhook },
    Target { name: "times", run: targets::times, seeds: seeds::times },
];
