//! Tests of the crate through its public API, without a network.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod aggregated;
mod auth;
mod calls;
mod errors;
#[cfg(feature = "rustls")]
mod examples;
mod hosted;
#[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
mod http;
#[cfg(feature = "client")]
mod paging;
mod redaction;
mod request;
mod samples;
#[cfg(feature = "client")]
mod source;
mod webhook;

use std::path::{Path, PathBuf};

use jijyun::{Credentials, chat_core};

const CUSTOMER: &str = "57a286a608894aa7b26a9e589f4d3333";

/// The vendor's host; the crate names it where there is a client.
const HOST: &str = "https://chat.jijyun.cn";

fn credentials() -> Credentials {
    Credentials::new("fixture+key")
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/jijyun")
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(fixtures().join(name)).expect(name)
}

/// An answer with a status and a body.
fn answer(status: u16, body: impl Into<Vec<u8>>) -> chat_core::http::Response<Vec<u8>> {
    let mut answer = chat_core::http::Response::new(body.into());
    *answer.status_mut() = chat_core::http::StatusCode::from_u16(status).unwrap();
    answer
}

/// The same with a header.
fn with_header(
    mut answer: chat_core::http::Response<Vec<u8>>,
    name: &'static str,
    value: &'static str,
) -> chat_core::http::Response<Vec<u8>> {
    let value = chat_core::http::HeaderValue::from_static(value);
    answer.headers_mut().insert(name, value);
    answer
}

/// A client that answers from a queue, and the queue.
#[cfg(feature = "client")]
fn client(
    transport: chat_core::ReplayTransport,
) -> (jijyun::Client, std::sync::Arc<chat_core::ReplayTransport>) {
    let transport = std::sync::Arc::new(transport);
    let client = builder().with_transport(transport.clone()).build().unwrap();
    (client, transport)
}

#[cfg(feature = "client")]
fn builder() -> jijyun::ClientBuilder {
    jijyun::Client::builder(jijyun::BASE_URL, credentials())
        .with_min_interval(std::time::Duration::ZERO)
}

/// The JSON that a request carries.
#[cfg(feature = "client")]
fn body(request: &chat_core::http::Request<Vec<u8>>) -> serde_json::Value {
    serde_json::from_slice(request.body()).unwrap()
}
