//! The way of a request through a vendor: latency, the rate limit, the fault rules, the vendor's answer, the log.

use std::sync::Arc;
use std::time::Instant;

use axum::{
    body::{Bytes, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, Uri, header},
    response::Response,
};

use super::{Answer, Gate, KillSwitch, Throttle, replacement, send};
use crate::{
    faults::{Action, Edit, Host, Seen},
    log::{Outcome, RequestEntry},
};

/// Bodies of requests are read, but not without limit.
const LARGEST_BODY_BYTES: usize = 64 * 1024;

/// What one listener of a vendor says in the vendor's own words.
pub(crate) trait Site: Send + Sync + 'static {
    /// A request as far as the vendor understands it.
    type Asked: Send + Sync;

    fn gate(&self) -> &Gate;

    /// Reads a request without judging it, and says what rules and log see of it.
    fn hear(&self, request: Heard) -> (Self::Asked, Noted);

    /// Would the answer contain the record with this ordinal?
    fn has_record(&self, asked: &Self::Asked, ordinal: u64) -> bool;

    /// How a fault that replaces the answer looks in the vendor's words: its error body. `None` for what is the same
    /// everywhere.
    fn fault(&self, asked: &Self::Asked, action: &Action) -> Option<Reply>;

    /// The answer, changed as the rules want it.
    fn answer(&self, asked: &Self::Asked, edits: &[Edit]) -> Reply;
}

/// A request as it came.
pub(crate) struct Heard {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What rules and log see of a request.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    pub(crate) host: Host,
    pub(crate) path: String,
    pub(crate) partition: Option<String>,
    pub(crate) page_number: Option<u64>,
    pub(crate) start_time: Option<String>,
    pub(crate) end_time: Option<String>,
}

/// An answer, and how the log sees it.
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    pub(crate) outcome: Outcome,
    pub(crate) throttle: Throttle,
}

impl Reply {
    pub(crate) fn new(answer: Answer, outcome: Outcome) -> Self {
        Self { answer, outcome, throttle: Throttle::None }
    }

    /// A reply that its HTTP status says all about.
    pub(crate) fn of_status(answer: Answer) -> Self {
        let outcome = match answer.status {
            200 | 206 => Outcome::Ok,
            status => Outcome::Http(status),
        };
        Self::new(answer, outcome)
    }
}

/// Answers every request to a listener.
pub(super) async fn handle<S: Site>(
    State(site): State<Arc<S>>,
    ConnectInfo(switch): ConnectInfo<KillSwitch>,
    request: Request,
) -> Response {
    let gate = site.gate();
    if !gate.latency.is_zero() {
        tokio::time::sleep(gate.latency).await;
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_BODY_BYTES).await.unwrap_or_default();
    let heard = Heard { method: parts.method, uri: parts.uri, headers: parts.headers, body };
    let mut begun = Instant::now();
    let (asked, noted) = site.hear(heard);
    let Noted { host, path, partition, page_number, start_time, end_time } = noted;
    let mut entry = RequestEntry {
        path,
        partition,
        page_number,
        start_time,
        end_time,
        outcome: Outcome::Broken,
        faults: Vec::new(),
    };
    if host != Host::Media && !gate.limit.admits() {
        entry.outcome = Outcome::Http(429);
        gate.log.add(entry, begun.elapsed());
        let mut answer = Answer::new(429, "text/plain", "Too Many Requests");
        if !gate.limit.is_silent {
            answer = answer.with_header(header::RETRY_AFTER, "1");
        }
        return send(answer, Throttle::None, None, &gate.clock, &switch);
    }
    let plan = {
        // in a block of its own: a future that holds this over a pause could not change threads
        let has_record = |ordinal| site.has_record(&asked, ordinal);
        gate.faults.plan(&Seen { host, path: &entry.path, page_number, has_record: &has_record })
    };
    if !plan.delay.is_zero() {
        let pause = Instant::now();
        tokio::time::sleep(plan.delay).await;
        begun += pause.elapsed();
    }
    let reply = match &plan.answer {
        Some(action) => site
            .fault(&asked, action)
            .or_else(|| replaced(action))
            .unwrap_or_else(|| Reply::of_status(Answer::new(404, "text/plain", "Not Found"))),
        None => site.answer(&asked, &plan.edits),
    };
    entry.outcome = if plan.broken.is_some() { Outcome::Broken } else { reply.outcome };
    entry.faults = plan.fired;
    gate.log.add(entry, begun.elapsed());
    let throttle = match (&gate.media_line, plan.drip) {
        (_, Some(pause)) => Throttle::Drip(pause),
        (Some(line), None) if host == Host::Media => Throttle::Shared(line.clone()),
        (_, None) => reply.throttle,
    };
    send(reply.answer, throttle, plan.broken, &gate.clock, &switch)
}

/// A fault that looks the same at every vendor.
fn replaced(action: &Action) -> Option<Reply> {
    let answer = replacement(action)?;
    let outcome = Outcome::Http(answer.status);
    Some(Reply::new(answer, outcome))
}
