//! The requests that are built, and those that are refused before anything is sent.

use std::fmt::Write;

use nxlink::chat_core::{Authorize, Endpoint, UnixMillis, Url};
use nxlink::{Channel, Error, Order, RecordsRequest, SignatureAlgorithm, Signer};

use crate::{NOW_MS, credentials};

/// Method, path, sorted query, headers and body of the signed request.
async fn shown(request: &RecordsRequest, base: &str) -> String {
    let mut built = request.build_request(&Url::parse(base).unwrap()).unwrap();
    let signer = Signer::new(credentials(), SignatureAlgorithm::Md5);
    signer.authorize(&mut built, UnixMillis::new(NOW_MS)).await.unwrap();
    let uri = built.uri();
    let mut text = format!("{} {}\n", built.method(), uri.path());
    let mut query: Vec<&str> = uri.query().unwrap().split('&').collect();
    query.sort_unstable();
    for pair in query {
        writeln!(text, "?{pair}").unwrap();
    }
    for (name, value) in built.headers() {
        writeln!(text, "{name}: {}", value.to_str().unwrap()).unwrap();
    }
    writeln!(text, "body: {} bytes", built.body().len()).unwrap();
    text
}

#[tokio::test]
async fn the_least_request() {
    let text = shown(&RecordsRequest::new(), "https://api-hk.nxlink.ai").await;
    insta::assert_snapshot!("least", text);
}

#[tokio::test]
async fn every_parameter() {
    let request = RecordsRequest::new()
        .with_channel(Channel::from(7))
        .with_page_number(3)
        .with_page_size(50)
        .with_business_channel_id("10086")
        .with_customer_id("1")
        .with_conversation_id("a&b=c/客")
        .with_agent_account("agent@example.com")
        .with_start_time("2025-01-01 00:00:00".parse().unwrap())
        .with_end_time("2025-01-01 23:59:59".parse().unwrap())
        .with_order(Order::Descending);
    insta::assert_snapshot!("every-parameter", shown(&request, "https://api-idn.nxlink.ai/").await);
}

#[tokio::test]
async fn the_channel_can_be_left_out() {
    let text = shown(&RecordsRequest::new().without_channel(), "https://api-hk.nxlink.ai").await;
    assert!(!text.contains("channel="), "{text}");
}

#[tokio::test]
async fn a_base_url_may_have_a_path() {
    for base in ["http://127.0.0.1:9/nxlink", "http://127.0.0.1:9/nxlink/"] {
        let text = shown(&RecordsRequest::new(), base).await;
        assert!(text.starts_with("GET /nxlink/saas/openapi/chat/records\n"), "{text}");
    }
}

#[test]
fn wrong_requests_are_refused() {
    let base = Url::parse("https://api-hk.nxlink.ai").unwrap();
    let day = |text: &str| text.parse().unwrap();
    let new = RecordsRequest::new;
    for (request, reason) in [
        (new().with_page_number(0), "page_number counts from 1"),
        (new().with_page_size(0), "page_size is 0, not 1 to 100"),
        (new().with_page_size(101), "page_size is 101, not 1 to 100"),
        (new().with_customer_id(""), "customer_id is empty"),
        (new().with_conversation_id(""), "conversation_id is empty"),
        (new().with_agent_account(""), "agent_account is empty"),
        (new().with_business_channel_id(""), "business_channel_id is empty"),
        (
            new().with_start_time(day("2025-01-02")).with_end_time(day("2025-01-01")),
            "end_time is before start_time",
        ),
    ] {
        let error = request.build_request(&base).unwrap_err();
        assert!(matches!(error, Error::InvalidRequest { .. }));
        assert_eq!(error.to_string(), format!("invalid nxlink request: {reason}"));
    }
    for size in [1, 100] {
        assert!(new().with_page_size(size).build_request(&base).is_ok());
    }
}

#[cfg(feature = "client")]
mod client {
    use std::sync::Arc;

    use nxlink::chat_core::ReplayTransport;
    use nxlink::{
        Client, Credentials, Error, GATEWAY_AMERICAS, GATEWAY_HK, GATEWAY_IDN, RecordsRequest,
    };

    use crate::{client, credentials};

    #[tokio::test]
    async fn nothing_is_sent_for_a_wrong_request() {
        let (client, transport) = client(ReplayTransport::new());
        let wrong = RecordsRequest::new().with_page_size(101);
        let error = client.records(&wrong).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest { .. }));
        assert_eq!(transport.take_requests().len(), 0);
        assert_eq!(client.calls().requests, 0);
    }

    #[test]
    fn all_gateways_are_good_base_urls() {
        for gateway in [GATEWAY_AMERICAS, GATEWAY_HK, GATEWAY_IDN] {
            let transport = Arc::new(ReplayTransport::new());
            let built = Client::builder(gateway, credentials()).with_transport(transport).build();
            assert!(built.is_ok(), "{gateway}");
        }
    }

    #[test]
    fn plain_http_is_refused_but_on_loopback_or_when_allowed() {
        let build = |base: &str, allow| {
            let transport = Arc::new(ReplayTransport::new());
            Client::builder(base, credentials()).with_transport(transport).allow_http(allow).build()
        };
        assert!(build("http://127.0.0.1:8080", false).is_ok());
        assert!(build("http://gateway.example.com", true).is_ok());
        for base in [
            "http://gateway.example.com",
            "ftp://a.example.com",
            "no url",
            "https://u:p@a.example.com",
        ] {
            assert!(matches!(build(base, false), Err(Error::InvalidRequest { .. })), "{base}");
        }
    }

    #[test]
    fn credentials_that_cannot_work_are_refused() {
        for (wrong, reason) in [
            (Credentials::new(1, "", "k", "s"), "the appkey is empty"),
            (Credentials::new(1, "a", "", "s"), "the access key is empty"),
            (Credentials::new(1, "a", "k", ""), "the access secret is empty"),
            (
                Credentials::new(1, "a", "k", "s\n"),
                "the access secret holds white space or a line end",
            ),
            (
                Credentials::new(1, "a", "钥匙", "s"),
                "the access key holds characters that no header carries",
            ),
        ] {
            let transport = Arc::new(ReplayTransport::new());
            let built = Client::builder(GATEWAY_HK, wrong).with_transport(transport).build();
            assert_eq!(built.unwrap_err().to_string(), format!("invalid nxlink request: {reason}"));
        }
    }

    #[cfg(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")))]
    #[test]
    fn without_a_transport_there_is_no_client() {
        let error = Client::builder(GATEWAY_HK, credentials()).build().unwrap_err();
        assert!(error.to_string().contains("there is no transport"), "{error}");
    }
}
