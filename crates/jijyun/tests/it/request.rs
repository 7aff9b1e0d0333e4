//! The requests that are built, and those that are refused before anything is sent.

use std::fmt::Write;

use jijyun::chat_core::{Authorize, Endpoint, UnixMillis, Url};
use jijyun::{
    AssistantsRequest, CheckRequest, ContactRequest, ContactsRequest, Days, Error, FilterValue,
    HistoryRequest, HostedAccountsRequest, HostedHistoryRequest, RecordsRequest,
};

use crate::{CUSTOMER, HOST, credentials};

/// Method, path, query, headers and body of the request as it is sent.
async fn shown<E: Endpoint<Error = Error>>(request: &E, base: &str) -> String {
    let mut built = request.build_request(&Url::parse(base).unwrap()).unwrap();
    credentials().authorize(&mut built, UnixMillis::new(0)).await.unwrap();
    let uri = built.uri();
    let mut text = format!("{} {}\n", built.method(), uri.path());
    for pair in uri.query().unwrap().split('&') {
        writeln!(text, "?{pair}").unwrap();
    }
    for (name, value) in built.headers() {
        writeln!(text, "{name}: {}", value.to_str().unwrap()).unwrap();
    }
    write!(text, "\n{}", std::str::from_utf8(built.body()).unwrap()).unwrap();
    text
}

#[tokio::test]
async fn the_least_request_is_the_vendor_s_sample() {
    insta::assert_snapshot!("least", shown(&RecordsRequest::new(CUSTOMER), HOST).await);
}

#[tokio::test]
async fn every_field() {
    let request = RecordsRequest::new("a\"b/客")
        .with_days(Days::from("90"))
        .with_start_time("2025-01-01 00:00:00")
        .with_end_time("1735689599")
        .with_chat_source(["抖音企业号"])
        .with_chat_robot(["1".to_owned(), "2".to_owned()])
        .with_seat_member([FilterValue::from(7), FilterValue::from("八")]);
    insta::assert_snapshot!("every-field", shown(&request, "https://chat.jijyun.cn/").await);
}

#[tokio::test]
async fn the_other_calls() {
    let list = ContactsRequest::new().with_condition("name", "equal", "客户甲");
    let day = HostedHistoryRequest::new("1688850000000000", "2025-08-06");
    let further = day.clone().with_page_size(10).with_seq("17");
    insta::assert_snapshot!("check", shown(&CheckRequest::new(), HOST).await);
    insta::assert_snapshot!("contacts", shown(&ContactsRequest::new(), HOST).await);
    insta::assert_snapshot!("contacts-filtered", shown(&list, HOST).await);
    insta::assert_snapshot!("contact", shown(&ContactRequest::new("a&b=c/客"), HOST).await);
    insta::assert_snapshot!("assistants", shown(&AssistantsRequest::new(), HOST).await);
    insta::assert_snapshot!("history", shown(&HistoryRequest::new("chat-1"), HOST).await);
    insta::assert_snapshot!("accounts", shown(&HostedAccountsRequest::new(), HOST).await);
    insta::assert_snapshot!("hosted-history", shown(&day, HOST).await);
    insta::assert_snapshot!("hosted-history-further", shown(&further, HOST).await);
}

#[tokio::test]
async fn a_base_url_may_have_a_path() {
    for base in ["http://127.0.0.1:9/jijyun", "http://127.0.0.1:9/jijyun/"] {
        let text = shown(&RecordsRequest::new(CUSTOMER), base).await;
        assert!(text.starts_with("POST /jijyun/v1/openapi/chat/record\n"), "{text}");
    }
}

#[test]
fn wrong_requests_are_refused() {
    fn reason<E: Endpoint<Error = Error>>(request: &E) -> String {
        let error = request.build_request(&Url::parse(HOST).unwrap()).unwrap_err();
        assert!(matches!(error, Error::InvalidRequest { .. }));
        error.to_string()
    }
    let day = HostedHistoryRequest::new("1", "2025-08-06");
    for (found, expected) in [
        (reason(&RecordsRequest::new("")), "customer_id is empty"),
        (reason(&ContactRequest::new("")), "contact_id is empty"),
        (reason(&HistoryRequest::new("")), "chat_id is empty"),
        (reason(&HostedHistoryRequest::new("", "2025-08-06")), "imBotId is empty"),
        (reason(&HostedHistoryRequest::new("1", "")), "snapshotDay is empty"),
        (reason(&day.clone().with_seq("")), "seq is empty"),
        (reason(&day.with_page_size(0)), "pageSize is 0"),
    ] {
        assert_eq!(found, format!("invalid jijyun request: {expected}"));
    }
}

#[test]
fn days_are_text_with_names_for_the_known_numbers() {
    assert_eq!(["1", "7", "30"].map(Days::from), [Days::One, Days::Seven, Days::Thirty]);
    assert_eq!(Days::known(), ["1", "7", "30"]);
    for (text, count) in
        [("1", Some(1)), ("90", Some(90)), ("0", None), ("-1", None), ("", None), ("all", None)]
    {
        assert_eq!(Days::from(text).count(), count, "{text}");
        assert_eq!(Days::from(text).as_str(), text);
    }
}

#[cfg(feature = "client")]
mod client {
    use std::sync::Arc;

    use jijyun::chat_core::ReplayTransport;
    use jijyun::{BASE_URL, Client, Credentials, Error, RecordsRequest};

    use crate::{client, credentials};

    #[tokio::test]
    async fn nothing_is_sent_for_a_wrong_request() {
        let (client, transport) = client(ReplayTransport::new());
        let error = client.records(&RecordsRequest::new("")).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest { .. }));
        assert_eq!(transport.take_requests().len(), 0);
        assert_eq!(client.calls().requests, 0);
    }

    #[test]
    fn plain_http_is_refused_but_on_loopback_or_when_allowed() {
        let build = |base: &str, allow| {
            let transport = Arc::new(ReplayTransport::new());
            Client::builder(base, credentials()).with_transport(transport).allow_http(allow).build()
        };
        assert!(build(BASE_URL, false).is_ok());
        assert!(build("http://127.0.0.1:8080", false).is_ok());
        assert!(build("http://host.example.com", true).is_ok());
        for base in [
            "http://host.example.com",
            "ftp://a.example.com",
            "no url",
            "https://u:p@a.example.com",
            "https://a.example.com/?apiKey=k",
        ] {
            assert!(matches!(build(base, false), Err(Error::InvalidRequest { .. })), "{base}");
        }
    }

    #[test]
    fn credentials_that_cannot_work_are_refused() {
        for (wrong, reason) in [
            (Credentials::new(""), "the API key is empty"),
            (Credentials::new("key\n"), "the API key holds white space or a line end"),
            (Credentials::new("k").with_marketing_key(""), "the marketing key is empty"),
            (
                Credentials::new("k").with_marketing_key("a b"),
                "the marketing key holds white space or a line end",
            ),
        ] {
            let transport = Arc::new(ReplayTransport::new());
            let error =
                Client::builder(BASE_URL, wrong).with_transport(transport).build().unwrap_err();
            assert_eq!(error.to_string(), format!("invalid jijyun request: {reason}"));
        }
    }

    #[cfg(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")))]
    #[test]
    fn without_a_transport_there_is_no_client() {
        let error = Client::builder(BASE_URL, credentials()).build().unwrap_err();
        assert!(error.to_string().contains("there is no transport"), "{error}");
    }
}
