//! A client for an API of one's own, of the parts that the vendor crates are made of: a call without
//! I/O, signing, the attempt loop, and a transport that counts what travels.
//!
//! ```text
//! cargo run -p chat-records-core --features client,test-util --example own_client
//! ```
//!
//! It needs no network: the answers come from a queue.

#![expect(clippy::print_stdout, reason = "a program for terminals")]

use std::error::Error as StdError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chat_core::{
    Authorize, BodyExcerpt, BoxFuture, Caller, DecodeError, Endpoint, ErrorKind, ReplayTransport,
    Retry, Secret, Transport, TransportError, TransportErrorKind, UnixMillis, Url, VendorError,
    http,
};
use serde::Deserialize;

/// What may go wrong. No text holds a key or what people wrote.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the notes could not be asked for")]
    Request(#[from] http::Error),
    #[error("the notes could not be reached")]
    Transport(#[from] TransportError),
    #[error("the notes were refused with HTTP status {status}")]
    Status { status: u16, body: BodyExcerpt },
    #[error("the notes could not be read")]
    Decode(#[from] DecodeError),
}

impl VendorError for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Request(_) => ErrorKind::InvalidRequest,
            Self::Transport(_) => ErrorKind::Transport,
            Self::Status { status: 401 | 403, .. } => ErrorKind::Auth,
            Self::Status { .. } => ErrorKind::Server,
            Self::Decode(_) => ErrorKind::Decode,
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Transport(error) if error.is_retryable() => Retry::After(None),
            Self::Status { status: 500.., .. } => Retry::After(None),
            _ => Retry::Never,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Note {
    id: String,
}

/// The call: how its request is built and how its answer is read.
struct Notes {
    room: &'static str,
}

impl Endpoint for Notes {
    type Output = Vec<Note>;
    type Error = Error;
    const NAME: &'static str = "notes";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        let uri = format!("{base}notes/{}", self.room);
        Ok(http::Request::get(uri).body(Vec::new())?)
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Vec<Note>, Error> {
        if answer.status().is_success() {
            return Ok(DecodeError::read(answer.body())?);
        }
        let body = BodyExcerpt::new(answer.body());
        Err(Error::Status { status: answer.status().as_u16(), body })
    }
}

/// Signs each attempt anew.
struct Key(Secret);

impl Authorize<Error> for Key {
    async fn authorize(
        &self,
        request: &mut http::Request<Vec<u8>>,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let value = format!("{} {}", self.0.expose(), now.get());
        let mut value = http::HeaderValue::try_from(value).map_err(http::Error::from)?;
        value.set_sensitive(true);
        request.headers_mut().insert(http::header::AUTHORIZATION, value);
        Ok(())
    }
}

/// Hands on to another transport, and counts the bytes that came back.
#[derive(Debug)]
struct Counting {
    inner: Arc<dyn Transport>,
    bytes: AtomicUsize,
}

impl Transport for Counting {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let answer = self.inner.send(request).await?;
            self.bytes.fetch_add(answer.body().len(), Ordering::Relaxed);
            Ok(answer)
        })
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.inner.sleep(duration)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn StdError>> {
    let replay = Arc::new(
        ReplayTransport::new()
            .fail(TransportErrorKind::Connect)
            .answer(503, "down for a moment")
            .answer(200, r#"[{"id": "1"}, {"id": "2", "unknown": true}]"#)
            .answer(403, "not yours"),
    );
    let counting = Arc::new(Counting { inner: replay.clone(), bytes: AtomicUsize::new(0) });
    let caller = Caller::new(Url::parse("https://notes.example")?, counting.clone());
    let key = Key(Secret::new("made up"));

    let notes =
        caller.call(&Notes { room: "kitchen" }, &key).await.map_err(|failed| failed.error)?;
    let ids: Vec<&str> = notes.iter().map(|note| note.id.as_str()).collect();
    println!(
        "notes {ids:?} after {} requests and {} waits",
        caller.calls().requests,
        replay.waits().len()
    );

    if let Err(failed) = caller.call(&Notes { room: "vault" }, &key).await {
        println!("{} ({:?}, tried {} time)", failed.error, failed.error.kind(), failed.attempts);
        if let Error::Status { body, .. } = &failed.error {
            println!("{body:?}, which only `expose` shows");
        }
    }
    println!("{} bytes came over the transport", counting.bytes.load(Ordering::Relaxed));
    Ok(())
}
