//! What was asked of a simulated vendor, for assertions in tests.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How many requests the log keeps. Counters are not limited.
const LOG_LIMIT: usize = 16_384;

/// How one request was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// A success in the vendor's own words.
    Ok,
    /// An error in the vendor's own words, with the vendor's code.
    Api(i64),
    /// An HTTP status other than 200 and 206, or a rule's HTML page or empty body, with its status.
    Http(u16),
    /// A fault rule cut the answer short or reset the connection.
    Broken,
}

/// One request as the simulator saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestEntry {
    /// The path without the query; that of a request to a media host begins with `media/`.
    pub path: String,
    /// The part of the vendor's records that was asked for, if the request said so.
    pub partition: Option<String>,
    /// The page asked for, counted from 1, if the request said so.
    pub page_number: Option<u64>,
    /// The start of the time window, as sent.
    pub start_time: Option<String>,
    /// The end of the time window, as sent.
    pub end_time: Option<String>,
    /// How it was answered.
    pub outcome: Outcome,
    /// The kinds of the fault rules that fired, in file order.
    pub faults: Vec<&'static str>,
}

/// Counters and the log of requests to one vendor since its start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Requests {
    /// All requests, media included.
    pub total: u64,
    /// Requests per path; all files of the media host count as `media`.
    pub by_path: BTreeMap<String, u64>,
    /// Requests that were answered with a success.
    pub answered_ok: u64,
    /// How often fault rules fired, per kind.
    pub faults_fired: BTreeMap<&'static str, u64>,
    /// How long the answers were worked at, pauses that were asked for aside: who measures a
    /// client takes it off.
    pub answering: Duration,
    /// The latest requests, oldest first; at most 16,384.
    pub log: VecDeque<RequestEntry>,
}

#[derive(Debug, Default)]
pub(crate) struct RequestLog(Mutex<Requests>);

impl RequestLog {
    pub(crate) fn add(&self, entry: RequestEntry, answering: Duration) {
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.total += 1;
        requests.answering += answering;
        let path = if entry.path.starts_with("media/") { "media" } else { &entry.path };
        if let Some(count) = requests.by_path.get_mut(path) {
            *count += 1;
        } else {
            requests.by_path.insert(path.to_owned(), 1);
        }
        requests.answered_ok += u64::from(entry.outcome == Outcome::Ok);
        for kind in &entry.faults {
            *requests.faults_fired.entry(kind).or_default() += 1;
        }
        if requests.log.len() == LOG_LIMIT {
            requests.log.pop_front();
        }
        requests.log.push_back(entry);
    }

    pub(crate) fn snapshot(&self) -> Requests {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
