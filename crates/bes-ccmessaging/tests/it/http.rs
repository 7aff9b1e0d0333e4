//! Round trips over a real socket.

use std::sync::Arc;
use std::time::Duration;

use bes_ccmessaging::chat_core::UnixMillis;
use bes_ccmessaging::{AccessKey, CallsClient, Client, DownloadRequest, SignedRequest, User};
use httpmock::{Method, MockServer};

use crate::{CHANNEL_ID, NOW_MS, USER, access_token, credentials, fixture, messaging_token};

#[tokio::test]
async fn tokens_a_page_and_a_file() {
    let server = MockServer::start_async().await;
    let access = server
        .mock_async(|when, then| {
            when.method(Method::POST)
                .path("/token/apigovernance/api/oauth/tokenByAkSk")
                .header("content-type", "application/json")
                .header("x-token-expire", "600")
                .json_body(serde_json::json!({
                    "app_key": "fixture-key", "app_secret": "fixture-secret"
                }));
            then.status(200).body(access_token("access-1"));
        })
        .await;
    let messaging = server
        .mock_async(|when, then| {
            when.method(Method::POST)
                .path("/apiaccess/ccmessaging/applyToken")
                .header("x-app-key", "fixture-key")
                .header("authorization", "Bearer access-1")
                .json_body(serde_json::json!({
                    "userId": USER, "userName": "客户甲", "channelId": CHANNEL_ID, "locale": "zh"
                }));
            then.status(200).body(messaging_token("abc%3D"));
        })
        .await;
    let history = server
        .mock_async(|when, then| {
            when.method(Method::POST)
                .path("/apiaccess/ccmessaging/queryHistoryChatMessage")
                .header("x-app-key", "fixture-key")
                .header("authorization", "Bearer access-1")
                .header("ccmessaging-token", "abc%3D")
                .header("content-type", "application/json")
                .json_body(serde_json::json!({
                    "channelId": CHANNEL_ID, "userId": USER, "limit": "100", "offset": "0",
                    "startTime": "1659910093000", "endTime": "1659938956000", "channel": "WEB"
                }));
            then.status(200).header("ccmessaging-token", "def%3D").body(fixture("page-text.json"));
        })
        .await;
    let download = server
        .mock_async(|when, then| {
            when.method(Method::POST)
                .path("/apiaccess/ccmessaging/downloadFileStream")
                .header("ccmessaging-token", "def%3D")
                .json_body(serde_json::json!({
                    "fileId": "100-x/a", "channel": "WEB", "fileType": "jpg"
                }));
            then.status(200).body(r#"{"resultCode":"0","fileStream":"aGVsbG8="}"#);
        })
        .await;

    let client = Client::builder(server.base_url(), credentials())
        .with_token_url(server.url("/token"))
        .with_min_interval(Duration::ZERO)
        .build()
        .unwrap();
    let user = User::new(USER).with_name("客户甲");
    let request = client
        .records_of(user.clone())
        .with_start(UnixMillis::new(1_659_910_093_000))
        .with_end(UnixMillis::new(1_659_938_956_000));
    let page = client.records(&request).await.unwrap();
    assert_eq!(page.items[0].content.as_deref(), Some("<p>32131</p>"));
    assert_eq!(page.raw.as_bytes(), fixture("page-text.json"));
    let file = DownloadRequest::new(CHANNEL_ID, user, "100-x/a", "jpg");
    assert_eq!(client.download(&file).await.unwrap().bytes, b"hello");
    for mock in [access, messaging, history, download] {
        mock.assert_async().await;
    }
    assert_eq!(client.calls().requests, 4);
}

#[tokio::test]
async fn the_host_that_is_signed_is_the_one_that_is_sent() {
    let server = MockServer::start_async().await;
    let host = server.address().to_string();
    let body = format!(
        r#"{{"ccId":1,"vdn":7,"beginDate":{},"endDate":{NOW_MS},"isCallIn":"true","limit":100,"offset":0}}"#,
        NOW_MS - 86_400_000
    );
    let authorization = SignedRequest::new("POST", "/rest/cmsapp/v2/openapi/vdn/querycalls")
        .with_header("host", &host)
        .with_body(body.as_bytes())
        .authorization("TESTAK", "TESTSK", "2023-11-14T22:13:20Z");
    let mock = server
        .mock_async(|when, then| {
            when.method(Method::POST)
                .path("/rest/cmsapp/v2/openapi/vdn/querycalls")
                .header("host", &host)
                .header("authorization", &authorization)
                .header("content-type", "application/json; charset=UTF-8")
                .body(&body);
            then.status(200).body(
                r#"{"resultCode":"0100000","resultDesc":{"count":"1","data":[
                    {"callId":"c","callerNo":"fixture-user-1","mediaType":"53"}]}}"#,
            );
        })
        .await;
    let calls = CallsClient::builder(server.base_url(), AccessKey::new("TESTAK", "TESTSK"), 1, 7)
        .with_clock(Arc::new(|| UnixMillis::new(NOW_MS)))
        .build()
        .unwrap();
    assert_eq!(calls.chat_users().await.unwrap(), [User::new(USER)]);
    mock.assert_async().await;
}
