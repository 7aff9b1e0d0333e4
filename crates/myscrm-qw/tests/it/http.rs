//! Round trips over a real socket.

use std::time::Duration;

use httpmock::{Method, MockServer};
use myscrm_qw::chat_core::{MediaLink, UnixMillis};
use myscrm_qw::{Client, MessageType};

use crate::{NOW_MS, credentials, fixture, keys, raw_request, records_request, sealed};

fn client(server: &MockServer) -> Client {
    let credentials = credentials()
        .with_extra_query([("orgcode", "fixture-org")])
        .with_extra_headers([("x-gateway-key", "fixture-key")]);
    Client::builder(server.base_url(), credentials)
        .with_decryption_keys(keys())
        .with_min_interval(Duration::ZERO)
        .with_clock(std::sync::Arc::new(|| UnixMillis::new(NOW_MS)))
        .build()
        .unwrap()
}

#[tokio::test]
async fn one_page() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(Method::GET)
                .path("/bff-nbd-qw-openapi/v1/chat-record/pull")
                .header("x-gateway-key", "fixture-key")
                .query_param("app_id", "fixture-app+id")
                .query_param("orgcode", "fixture-org")
                .query_param("chat_id", "fixture-chat")
                .query_param("start_time", "1689732852000")
                .query_param("end_time", "1689819252000")
                .query_param("page_size", "100")
                .query_param("cursor", "")
                .query_param("asc", "true")
                .is_true(|request| request.body_ref().is_empty());
            then.status(200)
                .header("content-type", "application/json;charset=UTF-8")
                .body(fixture("page-text.json"));
        })
        .await;
    let page = client(&server).records(&records_request()).await.unwrap();
    mock.assert_async().await;
    assert_eq!(page.items[0].message_type, Some(MessageType::Text));
    assert_eq!(page.raw.as_bytes(), fixture("page-text.json"));
}

#[tokio::test]
async fn one_raw_page() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(Method::GET).path("/open-nbd-qw-msgaudit/v1/raw-chat-record/pull");
            then.status(200).body(sealed(r#"[{"chat_record_id":"r1","msgtype":"text"}]"#, "c"));
        })
        .await;
    let page = client(&server).raw_records(&raw_request()).await.unwrap();
    mock.assert_async().await;
    assert_eq!(page.items[0].id, "r1");
    assert_eq!(
        std::str::from_utf8(page.raw.as_bytes()).unwrap(),
        r#"{"errcode":0,"errmsg":"ok","next_cursor":"c","decrypted":[{"chat_record_id":"r1","msgtype":"text"}]}"#
    );
}

#[tokio::test]
async fn a_file_without_the_vendor_s_headers() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(Method::GET)
                .path("/23")
                .query_param("Expires", "1761962460")
                .header_missing("x-gateway-key");
            then.status(200).header("content-type", "image/jpeg").body("bytes");
        })
        .await;
    let link = MediaLink::new(server.url("/23?Expires=1761962460&"), None);
    let mut file = Vec::new();
    let info = client(&server).fetch_media(&link, &mut file, 1024).await.unwrap();
    mock.assert_async().await;
    assert_eq!((info.size_bytes, &file[..]), (5, &b"bytes"[..]));
    assert_eq!(info.mime_type.as_deref(), Some("image/jpeg"));
}
