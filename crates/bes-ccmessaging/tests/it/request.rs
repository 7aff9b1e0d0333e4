//! The requests that are built, and those that are refused before anything is sent.

use std::fmt::Write;

use bes_ccmessaging::chat_core::http::Request;
use bes_ccmessaging::chat_core::{Endpoint, UnixMillis, Url};
use bes_ccmessaging::{
    AccessTokenRequest, CallsRequest, DownloadRequest, Error, MessagingTokenRequest,
    RecordsRequest, User,
};

use crate::{CHANNEL_ID, NOW_MS, USER, credentials};

const BASE: &str = "https://bes.example.com";

/// Method, address, headers and body of a request.
fn shown(built: &Request<Vec<u8>>) -> String {
    let mut text = format!("{} {}\n", built.method(), built.uri());
    let mut headers: Vec<_> = built.headers().iter().collect();
    headers.sort_by_key(|(name, _)| name.as_str());
    for (name, value) in headers {
        writeln!(text, "{name}: {}", value.to_str().unwrap()).unwrap();
    }
    writeln!(text, "{}", std::str::from_utf8(built.body()).unwrap()).unwrap();
    text
}

fn build(endpoint: &impl Endpoint<Error = Error>) -> Request<Vec<u8>> {
    endpoint.build_request(&Url::parse(BASE).unwrap()).unwrap()
}

fn at(ms: i64) -> UnixMillis {
    UnixMillis::new(ms)
}

/// The request of the vendor's own page.
fn sample() -> RecordsRequest {
    RecordsRequest::new("202207292843442389", "WEB", "1659490221026188522")
        .with_limit(1)
        .with_start(at(1_659_910_093_000))
        .with_end(at(1_659_938_956_000))
}

#[test]
fn the_vendor_s_own_request() {
    let built = build(&sample());
    insta::assert_snapshot!("sample", shown(&built));
    let printed = r#"{"channelId":"202207292843442389","userId":"1659490221026188522","limit":"1","offset":"0","startTime":"1659910093000","endTime":"1659938956000","channel":"WEB"}"#;
    assert_eq!(std::str::from_utf8(built.body()).unwrap(), printed);
}

#[test]
fn the_least_request() {
    insta::assert_snapshot!("least", shown(&build(&RecordsRequest::new("1", "WECHAT", USER))));
}

#[test]
fn the_calls_for_tokens() {
    let credentials = credentials();
    let access = AccessTokenRequest::new(&credentials).with_lifetime_s(3600);
    insta::assert_snapshot!("access-token", shown(&build(&access)));
    let user = User::new(USER).with_name("客户甲");
    let messaging = MessagingTokenRequest::new(CHANNEL_ID, &user, "zh");
    insta::assert_snapshot!("messaging-token", shown(&build(&messaging)));
}

#[test]
fn a_user_s_name_is_its_own_id_where_none_is_known() {
    let user = User::from(USER.to_owned());
    let built = build(&MessagingTokenRequest::new(CHANNEL_ID, &user, "en_US"));
    let body: serde_json::Value = serde_json::from_slice(built.body()).unwrap();
    assert_eq!((&body["userName"], &body["locale"]), (&USER.into(), &"en_US".into()));
}

#[test]
fn the_call_for_a_file() {
    let file = DownloadRequest::new(CHANNEL_ID, USER, "local/a/b.PDF", "PDF");
    insta::assert_snapshot!("download", shown(&build(&file)));
    let built = build(&DownloadRequest::new(CHANNEL_ID, USER, "1", "png").of_library(true));
    let body = std::str::from_utf8(built.body()).unwrap();
    assert_eq!(
        body,
        r#"{"fileId":"1","channel":"WEB","fileType":"png","multiMedia":"multiMedia"}"#
    );
}

#[test]
fn the_list_of_calls() {
    let day = CallsRequest::new(1, 7, at(NOW_MS - 86_400_000), at(NOW_MS));
    insta::assert_snapshot!("calls", shown(&build(&day.with_limit(50).with_page(3))));
}

#[test]
fn a_base_url_may_have_a_path_and_a_port() {
    for base in ["http://127.0.0.1:9/bes", "http://127.0.0.1:9/bes/"] {
        let built = sample().build_request(&Url::parse(base).unwrap()).unwrap();
        assert_eq!(
            built.uri(),
            "http://127.0.0.1:9/bes/apiaccess/ccmessaging/queryHistoryChatMessage"
        );
    }
}

#[test]
fn wrong_requests_are_refused() {
    let base = Url::parse(BASE).unwrap();
    let refused = |error: Error, reason: &str| {
        assert!(matches!(error, Error::InvalidRequest { .. }));
        assert_eq!(error.to_string(), format!("invalid bes-ccmessaging request: {reason}"));
    };
    let of = |user: &str| RecordsRequest::new(CHANNEL_ID, "WEB", user);
    let long = "a".repeat(33);
    for (request, reason) in [
        (of(""), "the user id is empty"),
        (of(&long), "the user id has 33 characters, more than 32"),
        (RecordsRequest::new("", "WEB", USER), "the channel id or the channel is empty"),
        (RecordsRequest::new("1", "", USER), "the channel id or the channel is empty"),
        (of(USER).with_limit(0), "limit is 0"),
        (of(USER).with_start(at(2)).with_end(at(1)), "the end is before the start"),
    ] {
        refused(request.build_request(&base).unwrap_err(), reason);
    }
    assert!(of(&"字".repeat(32)).build_request(&base).is_ok());

    let user = User::new(long);
    let token = MessagingTokenRequest::new(CHANNEL_ID, &user, "zh");
    refused(token.build_request(&base).unwrap_err(), "the user id has 33 characters, more than 32");
    let credentials = credentials();
    for lifetime_s in [0, 3601] {
        let token = AccessTokenRequest::new(&credentials).with_lifetime_s(lifetime_s);
        refused(
            token.build_request(&base).unwrap_err(),
            "the lifetime of a token is not 1 to 3600 seconds",
        );
    }
    let file = |id, kind| DownloadRequest::new(CHANNEL_ID, USER, id, kind).build_request(&base);
    refused(file("", "jpg").unwrap_err(), "the file id is empty");
    refused(file("1", "exe").unwrap_err(), "the vendor does not serve files of this type");
    let calls = |cc_id, vdn| CallsRequest::new(cc_id, vdn, at(1), at(2));
    for (request, reason) in [
        (calls(0, 1), "the call center's id is not 1 to 65535"),
        (calls(65_536, 1), "the call center's id is not 1 to 65535"),
        (calls(1, 0), "the virtual call center's id is not 1 to 5000"),
        (calls(1, 5001), "the virtual call center's id is not 1 to 5000"),
        (calls(1, 1).with_limit(101), "limit is not 1 to 100, or page is 0"),
        (calls(1, 1).with_limit(0), "limit is not 1 to 100, or page is 0"),
        (calls(1, 1).with_page(0), "limit is not 1 to 100, or page is 0"),
        (CallsRequest::new(1, 1, at(2), at(1)), "the end is before the start"),
    ] {
        refused(request.build_request(&base).unwrap_err(), reason);
    }
}

#[cfg(feature = "client")]
mod client {
    use std::sync::Arc;

    use bes_ccmessaging::chat_core::ReplayTransport;
    use bes_ccmessaging::{AccessKey, CallsClient, Client, ClientBuilder, Credentials, Error};

    use crate::{CHANNEL_ID, client, credentials};

    #[tokio::test]
    async fn nothing_is_sent_for_a_wrong_request() {
        let (client, transport) = client(ReplayTransport::new());
        let error = client.records(&client.records_of("")).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest { .. }));
        assert_eq!(transport.take_requests().len(), 0);
        assert_eq!(client.calls().requests, 0);
    }

    fn build(
        base: &str,
        credentials: Credentials,
        set: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Client, Error> {
        let transport = Arc::new(ReplayTransport::new());
        set(Client::builder(base, credentials).with_transport(transport)).build()
    }

    #[test]
    fn plain_http_is_refused_but_on_loopback_or_when_allowed() {
        assert!(build("http://127.0.0.1:8080", credentials(), |builder| builder).is_ok());
        let allowed = build("http://bes.example.com", credentials(), |b| b.allow_http(true));
        assert!(allowed.is_ok());
        for wrong in
            ["http://bes.example.com", "ftp://a.example.com", "no url", "https://u:p@a.example.com"]
        {
            let built = build(wrong, credentials(), |builder| builder);
            assert!(matches!(built, Err(Error::InvalidRequest { .. })), "{wrong}");
            let built = build("https://a.example.com", credentials(), |b| b.with_token_url(wrong));
            assert!(matches!(built, Err(Error::InvalidRequest { .. })), "{wrong}");
            let key = AccessKey::new("TESTAK", "TESTSK");
            let transport = Arc::new(ReplayTransport::new());
            let calls = CallsClient::builder(wrong, key, 1, 1).with_transport(transport).build();
            assert!(matches!(calls, Err(Error::InvalidRequest { .. })), "{wrong}");
        }
    }

    #[test]
    fn credentials_and_settings_that_cannot_work_are_refused() {
        let with = |key: &str, secret: &str, id: &str, channel: &str| {
            build("https://a.example.com", Credentials::new(key, secret, id, channel), |b| b)
        };
        for (built, reason) in [
            (with("", "s", CHANNEL_ID, "WEB"), "the app key is empty"),
            (with("k", "", CHANNEL_ID, "WEB"), "the app secret is empty"),
            (with("k", "s", "", "WEB"), "the channel id is empty"),
            (with("k", "s", CHANNEL_ID, ""), "the channel is empty"),
            (with("k", "s\n", CHANNEL_ID, "WEB"), "the app secret holds white space or a line end"),
            (
                with("钥匙", "s", CHANNEL_ID, "WEB"),
                "the app key holds characters that no header carries",
            ),
            (
                build("https://a.example.com", credentials(), |b| b.with_token_lifetime_s(0)),
                "the lifetime of a token is not 1 to 3600 seconds",
            ),
            (
                build("https://a.example.com", credentials(), |b| b.with_page_floor(0)),
                "the page floor is 0, or the locale is empty",
            ),
        ] {
            let error = built.unwrap_err();
            assert_eq!(error.to_string(), format!("invalid bes-ccmessaging request: {reason}"));
        }
        for (access, secret) in [("", "s"), ("a", ""), ("a/b", "s"), ("a", "s ")] {
            let key = AccessKey::new(access, secret);
            let transport = Arc::new(ReplayTransport::new());
            let calls = CallsClient::builder("https://a.example.com", key, 1, 1);
            assert!(calls.with_transport(transport).build().is_err(), "{access} {secret}");
        }
    }

    #[cfg(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")))]
    #[test]
    fn without_a_transport_there_is_no_client() {
        let error = Client::builder("https://a.example.com", credentials()).build().unwrap_err();
        assert!(error.to_string().contains("there is no transport"), "{error}");
    }
}
