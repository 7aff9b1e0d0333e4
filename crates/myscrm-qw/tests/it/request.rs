//! The requests that are built, and those that are refused before anything is sent.

use std::fmt::Write;

use myscrm_qw::chat_core::{Authorize, Cursor, Endpoint, UnixMillis, Url};
use myscrm_qw::{
    Action, Authorizer, Error, ExternalUsersRequest, GroupChatsRequest, MemberType, MessageType,
    Order, RawRecordRequest, RawRecordsRequest, RecordsRequest, ResizeMode, SenderType,
    SingleChatRequest, ThumbOption,
};

use crate::{END, NOW_MS, START, credentials, raw_request, records_request};

const HOST: &str = "https://nbd-api.myscrm.cn";

/// Method, path, sorted query, headers and body of the finished request.
async fn shown<E: Endpoint<Error = Error>>(endpoint: &E, base: &str) -> String {
    let mut built = endpoint.build_request(&Url::parse(base).unwrap()).unwrap();
    let authorizer = Authorizer::new(credentials());
    authorizer.authorize(&mut built, UnixMillis::new(NOW_MS)).await.unwrap();
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
    insta::assert_snapshot!("least", shown(&records_request(), HOST).await);
}

#[tokio::test]
async fn every_parameter() {
    let request = RecordsRequest::new("a&b=c/客", START, END)
        .with_keyword("保证 一定+")
        .with_message_type(MessageType::Text)
        .with_sender_type(SenderType::Employee)
        .with_thumb_option(ThumbOption::raw("image/resize,w_106"))
        .with_page_size(10)
        .with_order(Order::Descending)
        .with_cursor(Cursor::new("a+b/c=="));
    insta::assert_snapshot!("every-parameter", shown(&request, "https://nbd-api.myscrm.cn/").await);
}

#[tokio::test]
async fn raw_requests() {
    insta::assert_snapshot!("raw-least", shown(&raw_request(), HOST).await);
    let request = RawRecordsRequest::new(START, END)
        .with_chat_id("fixture-chat")
        .with_action(Action::Recall)
        .with_message_types([MessageType::Text, MessageType::Image])
        .with_thumb_option(
            ThumbOption::resize().with_mode(ResizeMode::Fixed).with_width(100).with_height(100),
        )
        .with_page_size(1000)
        .with_order(Order::Descending)
        .with_cursor(Cursor::new("a+b/c=="));
    insta::assert_snapshot!("raw-every-parameter", shown(&request, HOST).await);
    let request = RawRecordRequest::new("fixture-record")
        .with_action(Action::Send)
        .with_thumb_option(ThumbOption::raw("image/resize,m_fixed,w_100,h_100/rotate,90"));
    insta::assert_snapshot!("raw-one", shown(&request, HOST).await);
}

#[tokio::test]
async fn requests_for_chats() {
    insta::assert_snapshot!("external-users", shown(&ExternalUsersRequest::new(), HOST).await);
    let later = ExternalUsersRequest::new().with_last_chat_at(START).with_cursor(Cursor::new("c"));
    insta::assert_snapshot!("external-users-later", shown(&later, HOST).await);
    let groups = GroupChatsRequest::new("wmFixtureCustomer", MemberType::ExternalContact);
    insta::assert_snapshot!("group-chats", shown(&groups, HOST).await);
    let named = GroupChatsRequest::new("fixture-employee", MemberType::Employee)
        .with_name("业主 群")
        .with_cursor(Cursor::new("c"));
    insta::assert_snapshot!("group-chats-named", shown(&named, HOST).await);
    let single = SingleChatRequest::new("fixture-chat");
    insta::assert_snapshot!("single-chat", shown(&single, HOST).await);
}

#[tokio::test]
async fn a_base_url_may_have_a_path() {
    for base in ["http://127.0.0.1:9/qw", "http://127.0.0.1:9/qw/"] {
        let text = shown(&records_request(), base).await;
        assert!(text.starts_with("GET /qw/bff-nbd-qw-openapi/v1/chat-record/pull\n"), "{text}");
    }
}

#[test]
fn sizes_of_small_pictures() {
    for (option, text) in [
        (ThumbOption::resize().with_width(106), "image/resize,w_106"),
        (
            ThumbOption::resize().with_mode(ResizeMode::Fill).with_longest(1).with_shortest(16384),
            "image/resize,m_fill,l_1,s_16384",
        ),
        (ThumbOption::resize().with_percent(50).with_enlarging(), "image/resize,p_50,limit_0"),
        (ThumbOption::resize().with_mode(ResizeMode::Fit), "image/resize,m_lfit"),
        (ThumbOption::resize().with_mode(ResizeMode::Cover), "image/resize,m_mfit"),
        (ThumbOption::resize().with_mode(ResizeMode::Pad), "image/resize,m_pad"),
    ] {
        assert_eq!(option.as_str(), text);
        let base = Url::parse(HOST).unwrap();
        assert!(records_request().with_thumb_option(option).build_request(&base).is_ok(), "{text}");
    }
}

fn refused<E: Endpoint<Error = Error>>(endpoint: &E, reason: &str) {
    let Err(error) = endpoint.build_request(&Url::parse(HOST).unwrap()) else { panic!("{reason}") };
    assert!(matches!(error, Error::InvalidRequest { .. }));
    assert_eq!(error.to_string(), format!("invalid myscrm-qw request: {reason}"));
}

#[test]
fn wrong_requests_are_refused() {
    let new = records_request;
    let sides = "the sides of a thumbnail have 1 to 16384 pixels";
    let thumb = |option| new().with_thumb_option(option);
    for (request, reason) in [
        (RecordsRequest::new("", START, END), "chat_id is empty"),
        (RecordsRequest::new("c", END, START), "end_time is before start_time"),
        (
            RecordsRequest::new("c", UnixMillis::new(-1), END),
            "start_time and end_time count from 1970",
        ),
        (new().with_keyword(""), "keyword is empty"),
        (new().with_message_type(MessageType::from("")), "type is empty"),
        (new().with_page_size(0), "page_size is 0, not 1 to 1000"),
        (new().with_page_size(1001), "page_size is 1001, not 1 to 1000"),
        (thumb(ThumbOption::raw("")), "thumb_option is empty"),
        (thumb(ThumbOption::resize().with_width(0)), sides),
        (thumb(ThumbOption::resize().with_height(16385)), sides),
        (
            thumb(ThumbOption::resize().with_percent(1001)),
            "a thumbnail has 1 to 1000 percent of the picture",
        ),
    ] {
        refused(&request, reason);
    }
    let too_long = UnixMillis::new(START.get() + RawRecordsRequest::MAX_SPAN_MS + 1);
    for (request, reason) in [
        (RawRecordsRequest::new(END, START), "end_time is before start_time"),
        (RawRecordsRequest::new(START, too_long), "raw records can be asked for by 3 days at most"),
        (raw_request().with_chat_id(""), "chat_id is empty"),
        (raw_request().with_action(Action::from("")), "action is empty"),
        (raw_request().with_message_types([MessageType::from("")]), "a word of msg_types is empty"),
        (raw_request().with_page_size(1001), "page_size is 1001, not 1 to 1000"),
    ] {
        refused(&request, reason);
    }
    refused(&RawRecordRequest::new(""), "chat_record_id is empty");
    refused(&SingleChatRequest::new(""), "chat_id is empty");
    refused(&GroupChatsRequest::new("", MemberType::Employee), "member_id is empty");
    let unnamed = GroupChatsRequest::new("m", MemberType::Employee).with_name("");
    refused(&unnamed, "name is empty");
}

#[cfg(feature = "client")]
mod client {
    use std::sync::Arc;

    use myscrm_qw::chat_core::ReplayTransport;
    use myscrm_qw::{Client, Credentials, Error, HOST};

    use crate::{client, credentials, records_request};

    #[tokio::test]
    async fn nothing_is_sent_for_a_wrong_request() {
        let (client, transport) = client(ReplayTransport::new());
        let wrong = records_request().with_page_size(1001);
        let error = client.records(&wrong).await.unwrap_err();
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
        assert!(build(HOST, false).is_ok());
        assert!(build("http://127.0.0.1:8080", false).is_ok());
        assert!(build("http://api.example.com", true).is_ok());
        for base in
            ["http://api.example.com", "ftp://a.example.com", "no url", "https://u:p@a.example.com"]
        {
            assert!(matches!(build(base, false), Err(Error::InvalidRequest { .. })), "{base}");
        }
    }

    #[test]
    fn credentials_that_cannot_work_are_refused() {
        let app = || Credentials::new("app");
        let header = "an extra header cannot be sent: check name and value";
        for (wrong, reason) in [
            (Credentials::new(""), "the app_id is empty"),
            (Credentials::new("app\n"), "the app_id holds white space or a line end"),
            (app().with_extra_query([("", "v")]), "a parameter of the extra query has no name"),
            (app().with_extra_headers([("no name", "v")]), header),
            (app().with_extra_headers([("x-key", "line\nend")]), header),
        ] {
            let transport = Arc::new(ReplayTransport::new());
            let built = Client::builder(HOST, wrong).with_transport(transport).build();
            let expected = format!("invalid myscrm-qw request: {reason}");
            assert_eq!(built.unwrap_err().to_string(), expected);
        }
    }

    #[cfg(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")))]
    #[test]
    fn without_a_transport_there_is_no_client() {
        let error = Client::builder(HOST, credentials()).build().unwrap_err();
        assert!(error.to_string().contains("there is no transport"), "{error}");
    }
}
