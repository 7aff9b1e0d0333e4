//! The attempt loop: what is tried again, how often, after which wait, signed with which time.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chat_core::{
    Authorize, Caller, Endpoint, ErrorKind, ReplayTransport, Retry, RetryPolicy, TransportError,
    TransportErrorKind, UnixMillis, Url, VendorError, http, retry_after,
};

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("no answer")]
    Transport(#[from] TransportError),
    #[error("status {0}")]
    Status(u16, Option<Duration>),
}

impl VendorError for Failure {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Transport(_) => ErrorKind::Transport,
            Self::Status(429, _) => ErrorKind::RateLimited,
            Self::Status(401, _) => ErrorKind::Auth,
            Self::Status(..) => ErrorKind::Server,
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Transport(error) if error.is_retryable() => Retry::After(None),
            Self::Status(429 | 500.., wait) => Retry::After(*wait),
            _ => Retry::Never,
        }
    }
}

struct Ping;

impl Endpoint for Ping {
    type Output = Vec<u8>;
    type Error = Failure;
    const NAME: &'static str = "ping";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Failure> {
        Ok(http::Request::get(base.as_str()).body(Vec::new()).unwrap())
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Vec<u8>, Failure> {
        match answer.status().as_u16() {
            200 => Ok(answer.into_body()),
            status => Err(Failure::Status(status, retry_after(answer.headers()))),
        }
    }
}

/// Signs with the time, and can learn once.
#[derive(Default)]
struct Stamp {
    times: Mutex<Vec<i64>>,
    learns: AtomicBool,
    fresh: Mutex<Vec<String>>,
}

impl Authorize<Failure> for Stamp {
    async fn authorize(
        &self,
        request: &mut http::Request<Vec<u8>>,
        now: UnixMillis,
    ) -> Result<(), Failure> {
        self.times.lock().unwrap().push(now.get());
        request.headers_mut().insert("ts", now.get().into());
        Ok(())
    }

    fn learn(&self, headers: &http::HeaderMap, _now: UnixMillis) {
        let token = headers.get("token").and_then(|token| token.to_str().ok());
        self.fresh.lock().unwrap().extend(token.map(str::to_owned));
    }

    async fn recover(&self, error: &Failure, _now: UnixMillis) -> bool {
        matches!(error, Failure::Status(401, _)) && self.learns.load(Ordering::Relaxed)
    }
}

fn caller(transport: &Arc<ReplayTransport>) -> Caller {
    let ticks = AtomicI64::new(0);
    Caller::new(Url::parse("https://example.com").unwrap(), Arc::clone(transport) as _)
        .with_clock(Arc::new(move || UnixMillis::new(ticks.fetch_add(1, Ordering::Relaxed))))
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[test]
fn each_attempt_is_built_and_signed_anew() {
    let transport =
        ReplayTransport::new().answer(500, "").fail(TransportErrorKind::Timeout).answer(200, "ok");
    let (transport, stamp) = (Arc::new(transport), Stamp::default());
    let caller = caller(&transport);
    assert_eq!(run(caller.call(&Ping, &stamp)).unwrap(), b"ok");
    let sent: Vec<_> =
        transport.take_requests().iter().map(|r| r.headers()["ts"].clone()).collect();
    assert_eq!(sent.len(), 3);
    assert!(sent[0] != sent[1] && sent[1] != sent[2], "{sent:?}");
    assert_eq!((caller.calls().requests, caller.calls().retries), (3, 2));
    let waits = transport.waits();
    assert!(
        waits[0] >= Duration::from_millis(500) && waits[1] >= Duration::from_secs(1),
        "{waits:?}"
    );
}

#[test]
fn attempts_end() {
    let mut transport = ReplayTransport::new();
    for _ in 0..9 {
        transport = transport.answer(502, "");
    }
    let transport = Arc::new(transport);
    let failed = run(caller(&transport).call(&Ping, &Stamp::default())).unwrap_err();
    assert_eq!(failed.attempts, 5);
    assert_eq!(transport.take_requests().len(), 5);
}

#[test]
fn what_cannot_pass_is_not_tried_again() {
    for status in [400, 401, 404] {
        let transport = Arc::new(ReplayTransport::new().answer(status, "").answer(200, ""));
        let failed = run(caller(&transport).call(&Ping, &Stamp::default())).unwrap_err();
        assert_eq!(failed.attempts, 1, "{status}");
    }
}

#[test]
fn what_was_learned_is_worth_one_attempt_at_once() {
    let transport = ReplayTransport::new().answer(401, "").answer(401, "").answer(200, "");
    let (transport, stamp) = (Arc::new(transport), Stamp::default());
    stamp.learns.store(true, Ordering::Relaxed);
    let failed = run(caller(&transport).call(&Ping, &stamp)).unwrap_err();
    assert_eq!(failed.attempts, 2);
    assert_eq!(transport.waits(), []);
}

#[test]
fn headers_of_any_answer_are_learned_from() {
    let answer = |status: u16, token: &'static str| {
        let mut answer = http::Response::new(Vec::new());
        *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
        answer.headers_mut().insert("token", http::HeaderValue::from_static(token));
        answer
    };
    let transport =
        ReplayTransport::new().answer_with(answer(500, "one")).answer_with(answer(200, "two"));
    let (transport, stamp) = (Arc::new(transport), Stamp::default());
    run(caller(&transport).call(&Ping, &stamp)).unwrap();
    assert_eq!(*stamp.fresh.lock().unwrap(), ["one", "two"]);
}

#[test]
fn the_vendors_delay_wins() {
    let busy = || {
        let mut answer = http::Response::new(Vec::new());
        *answer.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
        answer.headers_mut().insert("retry-after", 2.into());
        answer
    };
    let transport = Arc::new(ReplayTransport::new().answer_with(busy()).answer(200, ""));
    run(caller(&transport).call(&Ping, &Stamp::default())).unwrap();
    assert_eq!(transport.waits()[0], Duration::from_secs(2));
}

#[test]
fn a_wait_that_is_too_long_is_not_begun() {
    let mut busy = http::Response::new(Vec::new());
    *busy.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
    busy.headers_mut().insert("retry-after", 3600.into());
    let transport = Arc::new(ReplayTransport::new().answer_with(busy).answer(200, ""));
    let failed = run(caller(&transport).call(&Ping, &Stamp::default())).unwrap_err();
    assert_eq!((failed.attempts, transport.waits().len()), (1, 0));
    let mut patience = RetryPolicy::default();
    patience.max_attempts = 1;
    let transport = Arc::new(ReplayTransport::new().answer(500, "").answer(200, ""));
    let failed = run(caller(&transport).with_policy(patience).call(&Ping, &Stamp::default()));
    assert_eq!(failed.unwrap_err().attempts, 1);
}

#[test]
fn starts_are_spaced() {
    let transport =
        Arc::new(ReplayTransport::new().answer(200, "").answer(200, "").answer(200, ""));
    let caller = caller(&transport).with_min_interval(Duration::from_secs(40));
    for _ in 0..3 {
        run(caller.call(&Ping, &Stamp::default())).unwrap();
    }
    // nobody really waited, so the third one waits for the second one's turn too
    let waits = transport.waits();
    assert_eq!(waits.len(), 2);
    assert!(waits[0] > Duration::from_secs(39) && waits[1] > Duration::from_secs(79), "{waits:?}");
}

#[test]
fn a_refusal_slows_all_calls_of_the_credential_down() {
    let transport =
        Arc::new(ReplayTransport::new().answer(429, "").answer(200, "").answer(200, ""));
    let caller = caller(&transport);
    for _ in 0..2 {
        run(caller.call(&Ping, &Stamp::default())).unwrap();
    }
    let waits = transport.waits();
    // the wait after the refusal, and what is left of it; then the new interval
    assert_eq!(waits.len(), 3, "{waits:?}");
    assert!(waits[2] > waits[1], "{waits:?}");
}

#[test]
fn a_call_that_is_one_too_many_is_tried_longer_than_one_that_fails() {
    let transport = (0..20).fold(ReplayTransport::new(), |answers, _| answers.answer(429, ""));
    let transport = Arc::new(transport);
    let failed = run(caller(&transport).call(&Ping, &Stamp::default())).unwrap_err();
    assert_eq!(failed.attempts, 9);
    let longest = transport.waits().into_iter().max().unwrap();
    assert!(longest.abs_diff(RetryPolicy::default().max_delay) < Duration::from_secs(1));
}
