//! Tests of the crate through its public API, without a network.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod auth;
mod calls;
mod content;
mod errors;
#[cfg(feature = "rustls")]
mod examples;
#[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
mod http;
mod media;
#[cfg(feature = "client")]
mod paging;
mod redaction;
mod request;
mod samples;
#[cfg(feature = "client")]
mod server;
mod signature;
#[cfg(feature = "client")]
mod source;
mod token;

use std::path::{Path, PathBuf};

use bes_ccmessaging::{Credentials, chat_core};

const CHANNEL_ID: &str = "200000000000000001";
const USER: &str = "fixture-user-1";
/// 2023-11-14 22:13:20 UTC.
const NOW_MS: i64 = 1_700_000_000_000;

fn credentials() -> Credentials {
    Credentials::new("fixture-key", "fixture-secret", CHANNEL_ID, "WEB")
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bes-ccmessaging")
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

/// A page of records that have nothing but an id.
#[cfg(feature = "client")]
fn page_of(ids: std::ops::Range<u32>) -> String {
    let list: Vec<String> = ids.map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
    format!(r#"{{"messageList":[{}],"resultCode":"0","resultDesc":"success"}}"#, list.join(","))
}

/// A good answer of `tokenByAkSk`.
fn access_token(token: &str) -> String {
    format!(
        r#"{{"AccessToken":"{token}","ApplyType":"Bearer","CreateTime":"1700000000","Expires":"600","Scope":"s","AppKey":"k","UserID":"Anonymous"}}"#
    )
}

/// A good answer of `applyToken`.
fn messaging_token(token: &str) -> String {
    format!(r#"{{"resultCode":"0","token":"{token}"}}"#)
}

/// A queue of answers that begins with those for the two tokens.
#[cfg(feature = "client")]
fn after_tokens() -> chat_core::ReplayTransport {
    chat_core::ReplayTransport::new()
        .answer(200, access_token("access-1"))
        .answer(200, messaging_token("token-1"))
}

/// A client that answers from a queue at a fixed time, and the queue.
#[cfg(feature = "client")]
fn client(
    transport: chat_core::ReplayTransport,
) -> (bes_ccmessaging::Client, std::sync::Arc<chat_core::ReplayTransport>) {
    let transport = std::sync::Arc::new(transport);
    let client = builder().with_transport(transport.clone()).build().unwrap();
    (client, transport)
}

#[cfg(feature = "client")]
fn builder() -> bes_ccmessaging::ClientBuilder {
    bes_ccmessaging::Client::builder("https://bes.example.com", credentials())
        .with_min_interval(std::time::Duration::ZERO)
        .with_clock(std::sync::Arc::new(|| chat_core::UnixMillis::new(NOW_MS)))
}

/// The last part of each request's path.
#[cfg(feature = "client")]
fn operations(requests: &[chat_core::http::Request<Vec<u8>>]) -> Vec<&str> {
    requests.iter().map(|request| request.uri().path().rsplit('/').next().unwrap()).collect()
}

/// A member of a request's JSON body, as text.
#[cfg(feature = "client")]
fn member(request: &chat_core::http::Request<Vec<u8>>, name: &str) -> String {
    let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
    body[name].as_str().unwrap_or_default().to_owned()
}

/// A header of a request.
#[cfg(feature = "client")]
fn header<'a>(request: &'a chat_core::http::Request<Vec<u8>>, name: &str) -> &'a str {
    request.headers()[name].to_str().unwrap()
}
