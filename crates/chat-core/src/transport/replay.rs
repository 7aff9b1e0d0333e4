//! A transport without a network: answers from a queue, remembers what it was asked.

use std::collections::VecDeque;
use std::fmt;
use std::future::ready;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::{BoxFuture, Transport, TransportError, TransportErrorKind};

type Answer = Result<http::Response<Vec<u8>>, TransportErrorKind>;

/// Answers from a queue and never waits. For tests of clients and of code that uses them.
///
/// When the queue is empty, requests fail as if no connection could be made. `Debug` counts, and
/// shows neither requests nor answers.
#[derive(Default)]
pub struct ReplayTransport {
    answers: Mutex<VecDeque<Answer>>,
    seen: Mutex<Vec<http::Request<Vec<u8>>>>,
    waits: Mutex<Vec<Duration>>,
}

impl ReplayTransport {
    /// With an empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an answer with a status and a body.
    #[must_use]
    pub fn answer(self, status: u16, body: impl Into<Vec<u8>>) -> Self {
        let mut answer = http::Response::new(body.into());
        *answer.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
        self.answer_with(answer)
    }

    /// Adds a whole answer.
    #[must_use]
    pub fn answer_with(self, answer: http::Response<Vec<u8>>) -> Self {
        self.push(Ok(answer));
        self
    }

    /// Adds a failure to answer.
    #[must_use]
    pub fn fail(self, kind: TransportErrorKind) -> Self {
        self.push(Err(kind));
        self
    }

    fn push(&self, answer: Answer) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push_back(answer);
    }

    /// Takes the requests seen so far.
    pub fn take_requests(&self) -> Vec<http::Request<Vec<u8>>> {
        std::mem::take(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The waits asked for so far.
    pub fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for ReplayTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner).len();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).len();
        write!(f, "ReplayTransport({answers} answers left, {seen} requests seen)")
    }
}

impl Transport for ReplayTransport {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        let answer = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let answer = answer.unwrap_or(Err(TransportErrorKind::Connect));
        Box::pin(ready(answer.map_err(TransportError::new)))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).push(duration);
        Box::pin(ready(()))
    }
}
