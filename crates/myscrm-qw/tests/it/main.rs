//! Tests of the crate through its public API, without a network.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod auth;
#[cfg(feature = "client")]
mod chats;
mod crypto;
mod errors;
#[cfg(feature = "rustls")]
mod examples;
#[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
mod http;
#[cfg(feature = "client")]
mod paging;
mod raw;
mod redaction;
mod request;
mod samples;
#[cfg(feature = "client")]
mod source;
mod webhook;

use std::path::{Path, PathBuf};

use myscrm_qw::chat_core::UnixMillis;
use myscrm_qw::{
    Credentials, DecryptionKeys, EncodingAesKey, RawRecordsRequest, RecordsRequest, chat_core,
};

const NOW_MS: i64 = 1_761_962_400_000;
/// The span of the vendor's own sample: a day.
const START: UnixMillis = UnixMillis::new(1_689_732_852_000);
const END: UnixMillis = UnixMillis::new(1_689_819_252_000);
/// The key of the published example of a Java library; its last two bits are set.
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

fn credentials() -> Credentials {
    Credentials::new("fixture-app+id")
}

fn records_request() -> RecordsRequest {
    RecordsRequest::new("fixture-chat", START, END)
}

fn raw_request() -> RawRecordsRequest {
    RawRecordsRequest::new(START, END)
}

fn key() -> EncodingAesKey {
    EncodingAesKey::new(KEY).unwrap()
}

fn keys() -> DecryptionKeys {
    DecryptionKeys::new([key()])
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/myscrm-qw")
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

/// An answer with this in its cipher text.
fn sealed(message: &str, next: &str) -> String {
    let encrypted = key().encrypt(*b"0123456789abcdef", message.as_bytes(), "wwfixture").unwrap();
    format!(r#"{{"errcode":0,"errmsg":"ok","encrypted":"{encrypted}","next_cursor":"{next}"}}"#)
}

/// A page of records that have nothing but an id.
#[cfg(feature = "client")]
fn page_of(ids: std::ops::Range<u32>, next: &str) -> String {
    let list: Vec<String> = ids.map(|id| format!(r#"{{"chat_record_id":"{id}"}}"#)).collect();
    format!(r#"{{"errcode":0,"errmsg":"ok","list":[{}],"next_cursor":"{next}"}}"#, list.join(","))
}

/// The same, raw.
#[cfg(feature = "client")]
fn sealed_page_of(ids: std::ops::Range<u32>, next: &str) -> String {
    let list: Vec<String> = ids.map(|id| format!(r#"{{"chat_record_id":"{id}"}}"#)).collect();
    sealed(&format!("[{}]", list.join(",")), next)
}

/// A client that answers from a queue at a fixed time, and the queue.
#[cfg(feature = "client")]
fn client(
    transport: chat_core::ReplayTransport,
) -> (myscrm_qw::Client, std::sync::Arc<chat_core::ReplayTransport>) {
    let transport = std::sync::Arc::new(transport);
    let client = builder().with_transport(transport.clone()).build().unwrap();
    (client, transport)
}

#[cfg(feature = "client")]
fn builder() -> myscrm_qw::ClientBuilder {
    myscrm_qw::Client::builder(myscrm_qw::HOST, credentials())
        .with_decryption_keys(keys())
        .with_min_interval(std::time::Duration::ZERO)
        .with_clock(std::sync::Arc::new(|| UnixMillis::new(NOW_MS)))
}

/// The value of a parameter of a request's query, read as RFC 3986 has it: a `+` is a `+`.
#[cfg(feature = "client")]
fn query(request: &chat_core::http::Request<Vec<u8>>, name: &str) -> Option<String> {
    let uri = request.uri().to_string().replace('+', "%2B");
    let url = chat_core::Url::parse(&uri).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
