//! What a comparison found. It is kept as JSON; table and chart are made from it.

use serde::{Deserialize, Serialize};

use super::tool::Tool;
use crate::machine::Machine;
use crate::sample::Summary;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Results {
    /// In UTC.
    pub(crate) date: String,
    pub(crate) machine: Machine,
    pub(crate) versions: Versions,
    /// Of the runs whose speed was measured.
    pub(crate) records: u32,
    pub(crate) rounds: u32,
    pub(crate) speed: Vec<Speed>,
    pub(crate) errors: Errors,
    pub(crate) killed: Killed,
    pub(crate) same: Same,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Versions {
    pub(crate) chat_records: String,
    pub(crate) dlt: String,
    pub(crate) singer_sdk: String,
    pub(crate) python: String,
}

/// A vendor that answers everything, each time after so long.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Speed {
    pub(crate) tool: Tool,
    pub(crate) latency_ms: u64,
    pub(crate) records_per_s: Summary,
    /// CPU time of all its processes for a record, in microseconds.
    pub(crate) cpu_us: Summary,
    /// The most memory that one of its processes held.
    pub(crate) peak_mib: Summary,
}

/// A vendor that says in every so manieth answer, whose HTTP status is 200, that it failed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Errors {
    pub(crate) every: u64,
    pub(crate) records: u32,
    pub(crate) runs: Vec<ErrorsRun>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ErrorsRun {
    pub(crate) tool: Tool,
    /// Different records that it has.
    pub(crate) kept: usize,
    pub(crate) exit_code: Option<i32>,
    pub(crate) requests: u64,
}

/// Killed after so many requests, and started again.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Killed {
    pub(crate) after: u64,
    pub(crate) records: u32,
    pub(crate) runs: Vec<KilledRun>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KilledRun {
    pub(crate) tool: Tool,
    /// Of both runs.
    pub(crate) requests: u64,
    /// Different records that it has after the second run.
    pub(crate) kept: usize,
    /// Records that it has once more.
    pub(crate) duplicates: usize,
}

/// Whether the vendor's JSON comes back.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Same {
    pub(crate) records: u32,
    pub(crate) runs: Vec<SameRun>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SameRun {
    pub(crate) tool: Tool,
    /// Records whose values are the same.
    pub(crate) values: usize,
    /// Records that are the same byte for byte.
    pub(crate) bytes: usize,
}
