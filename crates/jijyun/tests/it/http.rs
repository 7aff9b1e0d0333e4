//! Round trips over a real socket.

use std::fmt::Write;
use std::time::Duration;

use httpmock::{Method, MockServer};
use jijyun::chat_core::MediaLink;
use jijyun::{Client, Error, RecordsRequest};

use crate::{CUSTOMER, credentials, fixture};

fn client(server: &MockServer) -> Client {
    Client::builder(server.base_url(), credentials())
        .with_min_interval(Duration::ZERO)
        .build()
        .unwrap()
}

#[tokio::test]
async fn one_page() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(Method::POST)
                .path("/v1/openapi/chat/record")
                .query_param("apiKey", "fixture+key")
                .header("content-type", "application/json")
                .header_missing("authorization")
                .body(
                    r#"{"customer_id":"57a286a608894aa7b26a9e589f4d3333","days":"30","start_time":"","end_time":"","chat_source":[],"chat_robot":[],"seat_member":[]}"#,
                );
            then.status(200)
                .header("content-type", "application/json;charset=UTF-8")
                .body(fixture("page-text.json"));
        })
        .await;
    let page = client(&server).records(&RecordsRequest::new(CUSTOMER)).await.unwrap();
    mock.assert_async().await;
    assert_eq!(page.items[0].content.as_deref(), Some("你好"));
    assert_eq!(page.raw.as_bytes(), fixture("page-text.json"));
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_key() {
    let server = MockServer::start_async().await;
    let elsewhere = MockServer::start_async().await;
    let target = elsewhere.url("/v1/openapi/chat/record");
    let followed = elsewhere.mock_async(|_, then| drop(then.status(200))).await;
    server.mock_async(|_, then| drop(then.status(307).header("location", target))).await;
    let error = client(&server).records(&RecordsRequest::new(CUSTOMER)).await.unwrap_err();
    assert!(matches!(error, Error::Status { status: 307, .. }));
    assert_eq!(followed.calls_async().await, 0);
}

#[tokio::test]
async fn no_error_of_the_transport_shows_the_key() {
    let server = MockServer::start_async().await;
    let gone = server.base_url().replace(&format!(":{}", server.port()), ":1");
    let client = Client::builder(gone, credentials())
        .with_min_interval(Duration::ZERO)
        .with_retry_policy({
            let mut once = jijyun::chat_core::RetryPolicy::default();
            once.max_attempts = 1;
            once
        })
        .build()
        .unwrap();
    let error = client.records(&RecordsRequest::new(CUSTOMER)).await.unwrap_err();
    let mut text = format!("{error:?} {error}");
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        write!(text, " {error:?} {error}").unwrap();
        cause = error.source();
    }
    assert!(matches!(error, Error::Transport(_)));
    assert!(!text.contains("fixture") && !text.contains("apiKey"), "{text}");
}

#[tokio::test]
async fn a_file_without_the_key() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(Method::GET).path("/1.jpg").query_param_missing("apiKey");
            then.status(200).header("content-type", "image/jpeg").body("bytes");
        })
        .await;
    let link = MediaLink::new(server.url("/1.jpg"), None);
    let mut file = Vec::new();
    let info = client(&server).fetch_media(&link, &mut file, 1024).await.unwrap();
    mock.assert_async().await;
    assert_eq!((info.size_bytes, &file[..]), (5, &b"bytes"[..]));
    assert_eq!(info.mime_type.as_deref(), Some("image/jpeg"));
}
