//! Tests of the crate through its public API, without a network.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod auth;
mod errors;
#[cfg(feature = "rustls")]
mod examples;
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

use nxlink::{Credentials, chat_core};

/// The inputs of the vendor's own signing example, but for tenant and application.
const ACCESS_KEY: &str = "fme2na3kdi3ki";
const ACCESS_SECRET: &str = "abciiiko2k3";
const NOW_MS: i64 = 1_655_710_885_431;

fn credentials() -> Credentials {
    Credentials::new(1, "fixture+appkey", ACCESS_KEY, ACCESS_SECRET)
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/nxlink")
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
fn page_of(ids: std::ops::Range<u32>, total: u32) -> String {
    let list: Vec<String> = ids.map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
    format!(r#"{{"code":0,"total":{total},"list":[{}]}}"#, list.join(","))
}

/// A client that answers from a queue at a fixed time, and the queue.
#[cfg(feature = "client")]
fn client(
    transport: chat_core::ReplayTransport,
) -> (nxlink::Client, std::sync::Arc<chat_core::ReplayTransport>) {
    let transport = std::sync::Arc::new(transport);
    let client = builder().with_transport(transport.clone()).build().unwrap();
    (client, transport)
}

#[cfg(feature = "client")]
fn builder() -> nxlink::ClientBuilder {
    nxlink::Client::builder(nxlink::GATEWAY_HK, credentials())
        .with_min_interval(std::time::Duration::ZERO)
        .with_clock(std::sync::Arc::new(|| chat_core::UnixMillis::new(NOW_MS)))
}

/// The value of a parameter of a request's query.
#[cfg(feature = "client")]
fn query(request: &chat_core::http::Request<Vec<u8>>, name: &str) -> Option<String> {
    let url = chat_core::Url::parse(&request.uri().to_string()).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
