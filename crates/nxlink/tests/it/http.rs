//! Round trips over a real socket.

use std::time::Duration;

use httpmock::{Method, MockServer};
use nxlink::chat_core::{MediaLink, UnixMillis};
use nxlink::{Client, RecordsRequest, SignatureAlgorithm};

use crate::{ACCESS_KEY, NOW_MS, credentials, fixture};

fn client(server: &MockServer) -> Client {
    Client::builder(server.base_url(), credentials())
        .with_signature(SignatureAlgorithm::Sha256)
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
                .path("/saas/openapi/chat/records")
                .header("accessKey", ACCESS_KEY)
                .header("ts", "1655710885431")
                .header("bizType", "2")
                .header("action", "mt")
                .header("algorithm", "sha256")
                .header("sign", "49f4b5a4b191465271ab63ae83bce7773847a3b0cc54b632dc5049b81d457f4a")
                .header("content-type", "application/json")
                .query_param("page_number", "1")
                .query_param("page_size", "100")
                .query_param("channel", "2")
                .query_param("order_by", "asc")
                .query_param("start_time", "2025-10-13 00:00:00")
                .query_param("tenant_id", "1")
                .query_param("appkey", "fixture+appkey")
                .is_true(|request| request.body_ref().is_empty());
            then.status(200)
                .header("content-type", "application/json;charset=UTF-8")
                .body(fixture("page-text.json"));
        })
        .await;
    let request = RecordsRequest::new().with_start_time("2025-10-13 00:00:00".parse().unwrap());
    let page = client(&server).records(&request).await.unwrap();
    mock.assert_async().await;
    assert_eq!(page.items[0].content.as_deref(), Some("你好"));
    assert_eq!(page.raw.as_bytes(), fixture("page-text.json"));
}

#[tokio::test]
async fn a_file_without_the_vendor_s_headers() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(Method::GET)
                .path("/23")
                .query_param("Expires", "1760597396")
                .header_missing("accesskey")
                .header_missing("sign")
                .header_missing("ts")
                .header_missing("biztype")
                .header_missing("action");
            then.status(200).header("content-type", "image/jpeg").body("bytes");
        })
        .await;
    let link = MediaLink::new(server.url("/23?Expires=1760597396&"), None);
    let mut file = Vec::new();
    let info = client(&server).fetch_media(&link, &mut file, 1024).await.unwrap();
    mock.assert_async().await;
    assert_eq!((info.size_bytes, &file[..]), (5, &b"bytes"[..]));
    assert_eq!(info.mime_type.as_deref(), Some("image/jpeg"));
}
