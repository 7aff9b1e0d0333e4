//! Every code and status: which variant, which kind, whether to ask again, what to do.

use std::time::Duration;

use bes_ccmessaging::chat_core::{Endpoint, ErrorKind, Retry, VendorError, http};
use bes_ccmessaging::{ApiCode, Error, RecordsRequest};

use crate::{CHANNEL_ID, USER, answer, fixture, with_header};

fn read(answer: http::Response<Vec<u8>>) -> Error {
    RecordsRequest::new(CHANNEL_ID, "WEB", USER).read_response(answer).unwrap_err()
}

#[test]
fn the_codes_of_chat_history() {
    for (number, code) in [
        (r#""1""#, ApiCode::Failed),
        ("1", ApiCode::Failed),
        (r#""7""#, ApiCode::Other("7".to_owned())),
        (r#""0100000""#, ApiCode::Other("0100000".to_owned())),
    ] {
        let error = read(answer(200, format!(r#"{{"resultCode":{number},"resultDesc":"words"}}"#)));
        assert!(matches!(&error, Error::Api { code: found, .. } if *found == code), "{number}");
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Server, Retry::Never));
        assert_eq!(error.vendor_code().unwrap(), code.as_str());
        assert!(error.asks_smaller_window());
        assert!(error.advice().unwrap().contains("shorter span of time"));
        assert_eq!(
            error.to_string(),
            format!(
                "bes-ccmessaging refused ccmessaging/queryHistoryChatMessage with code {code}: words"
            )
        );
    }
}

#[test]
fn what_else_a_refusal_holds_does_not_matter() {
    for rest in [
        r#""messageList":null"#,
        r#""messageList":{}"#,
        r#""messageList":"none""#,
        r#""messageList":7,"resultDesc":{}"#,
        r#""messageList":[{"id":"1"}],"resultDesc":[]"#,
    ] {
        let error = read(answer(200, format!(r#"{{{rest},"resultCode":"1"}}"#)));
        assert!(matches!(error, Error::Api { code: ApiCode::Failed, .. }), "{rest}");
    }
}

#[test]
fn a_gateway_s_refusal_is_read_too() {
    let error = read(answer(200, fixture("error-gateway.json")));
    assert!(matches!(&error, Error::Api { code, .. } if code.as_str() == "60000011"));
    assert!(
        error.to_string().ends_with("code 60000011: fixture: the gateway knows no such service")
    );
}

#[test]
fn statuses_without_a_code() {
    use ErrorKind::{InvalidRequest, RateLimited, Server};
    let again = Retry::After(None);
    let page = "<html><body>Bad Gateway</body></html>";
    for (status, kind, retry, advice) in [
        (301, InvalidRequest, Retry::Never, Some("the server redirects")),
        (400, InvalidRequest, Retry::Never, Some("check the base URL, the channel id")),
        (404, InvalidRequest, Retry::Never, Some("check the base URL: it is the domain alone")),
        (408, Server, again, None),
        (418, RateLimited, again, Some("a firewall refused")),
        (429, RateLimited, again, Some("too many calls")),
        (500, Server, again, Some("the vendor calls this a business failure")),
        (501, Server, Retry::Never, None),
        (502, Server, again, None),
        (503, Server, again, None),
        (504, Server, again, None),
    ] {
        for body in [page, "", r#"{"status":500,"error":"Internal Server Error"}"#] {
            let error = read(answer(status, body));
            assert!(matches!(
                &error,
                Error::Status { status: found, is_token_refused: false, is_web_page, .. }
                    if *found == status && *is_web_page == (body == page)
            ));
            assert_eq!((error.kind(), error.retry()), (kind, retry), "{status}");
            assert_eq!(error.asks_smaller_window(), status == 500);
            match (error.advice(), advice) {
                (None, None) => {}
                (Some(found), Some(start)) => assert!(found.starts_with(start), "{found}"),
                (found, _) => panic!("{status}: {found:?}"),
            }
            assert_eq!(
                error.to_string(),
                format!(
                    "bes-ccmessaging answered ccmessaging/queryHistoryChatMessage with HTTP status {status}"
                )
            );
        }
        let Error::Status { body, .. } = read(answer(status, page)) else { panic!("{status}") };
        assert_eq!(body.expose(), page);
    }
}

#[test]
fn a_token_is_blamed_where_the_vendor_blames_it() {
    for (status, body, is_blamed, advice) in [
        (401, &b""[..], true, "fresh tokens were refused too"),
        (401, b"<html>", true, "fresh tokens were refused too"),
        (401, br#"{"resultCode":"1"}"#, true, "fresh tokens were refused too"),
        (401, br#"{"resultCode":"0","messageList":[]}"#, true, "fresh tokens were refused too"),
        (403, &fixture("error-http-403-token.json"), true, "fresh tokens were refused too"),
        (403, br#"{"exceptionInfo":"Illegal TOKEN"}"#, true, "fresh tokens were refused too"),
        (403, &fixture("error-http-403.json"), false, "check the app key, and whether"),
        (403, br#"{"resultDesc":"expired token"}"#, false, "check the app key, and whether"),
        (403, b"<html>expired token</html>", false, "a firewall refused"),
        (403, b"\n <!DOCTYPE html>", false, "a firewall refused"),
        (403, b"", false, "check the app key, and whether"),
    ] {
        let error = read(answer(status, body));
        assert!(
            matches!(error, Error::Status { is_token_refused, .. } if is_token_refused == is_blamed),
            "{error:?}"
        );
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Auth, Retry::Never));
        assert!(error.advice().unwrap().starts_with(advice), "{:?}", error.advice());
        assert!(!error.asks_smaller_window());
    }
}

#[test]
fn a_code_under_a_status_of_failure() {
    let with_code = |status| read(answer(status, r#"{"resultCode":"1","resultDesc":"words"}"#));
    // "business failure": the same again next time, though perhaps not over a shorter span
    let error = with_code(500);
    assert!(matches!(error, Error::Api { status: 500, .. }));
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Server, Retry::Never));
    assert!(error.asks_smaller_window());
    let error = with_code(503);
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Server, Retry::After(None)));
    for status in [418, 429] {
        let error = with_code(status);
        assert_eq!((error.kind(), error.retry()), (ErrorKind::RateLimited, Retry::After(None)));
    }
    assert_eq!(with_code(400).retry(), Retry::Never);
}

#[test]
fn a_named_delay_is_kept() {
    for status in [429, 503] {
        let error = read(with_header(answer(status, ""), "retry-after", "12"));
        assert_eq!(error.retry(), Retry::After(Some(Duration::from_secs(12))));
        let dated = with_header(answer(status, ""), "date", "Mon, 20 Jun 2022 07:41:25 GMT");
        let dated = with_header(dated, "retry-after", "Mon, 20 Jun 2022 07:41:55 GMT");
        assert_eq!(read(dated).retry(), Retry::After(Some(Duration::from_secs(30))));
        // without the server's own time a date says nothing
        let undated =
            with_header(answer(status, ""), "retry-after", "Mon, 20 Jun 2022 07:41:55 GMT");
        assert_eq!(read(undated).retry(), Retry::After(Some(Duration::ZERO)));
    }
}

#[test]
fn a_garbled_success_is_read_again() {
    for body in ["", "<html>login</html>", r#"{"resultCode":"0","messageList":[{"id":"1"#, "null,"]
    {
        let error = read(answer(200, body));
        assert!(matches!(error, Error::Decode { is_garbled: true, .. }), "{body:?}");
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Decode, Retry::After(None)));
        assert!(error.advice().unwrap().starts_with("the answer is not JSON"));
        assert!(std::error::Error::source(&error).is_some());
    }
    let error = read(answer(200, b"{\"resultCode\":\"0\",\"resultDesc\":\"\xff\"}".to_vec()));
    assert_eq!(error.retry(), Retry::After(None));
}

#[test]
fn a_success_of_another_shape_is_not_read_again() {
    for body in [
        "{}",
        "null",
        "[]",
        "7",
        r#"{"resultCode":null,"messageList":[]}"#,
        r#"{"resultCode":{},"messageList":[]}"#,
        r#"{"resultCode":"0","messageList":{}}"#,
        r#"{"messageList":[]}"#,
    ] {
        let error = read(answer(200, body));
        assert!(matches!(error, Error::Decode { is_garbled: false, .. }), "{body}");
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Decode, Retry::Never));
        assert_eq!(error.advice(), None);
    }
}

#[test]
fn success_under_a_bad_status_is_not_believed() {
    let error = read(answer(502, r#"{"resultCode":"0","messageList":[]}"#));
    assert!(matches!(error, Error::Status { status: 502, .. }));
}

#[test]
fn the_vendor_s_words_are_one_short_line() {
    let words = "字\\n".repeat(300);
    let error = read(answer(200, format!(r#"{{"resultCode":"1","resultDesc":"{words}"}}"#)));
    let text = error.to_string();
    assert!(!text.contains('\n') && text.chars().count() < 300, "{text}");
}

#[cfg(feature = "client")]
mod client {
    use std::time::Duration;

    use bes_ccmessaging::chat_core::{Source, TransportErrorKind};
    use bes_ccmessaging::{RecordSource, User};

    use crate::{USER, after_tokens, answer, client, fixture, page_of, with_header};

    #[tokio::test]
    async fn what_passes_by_itself_is_tried_again() {
        let (client, transport) = client(
            after_tokens()
                .answer(500, "<html>")
                .answer_with(with_header(answer(429, ""), "retry-after", "7"))
                .answer(200, "<html>")
                .fail(TransportErrorKind::Connect)
                .answer(200, page_of(0..1)),
        );
        client.records(&client.records_of(USER)).await.unwrap();
        assert_eq!(transport.take_requests().len(), 7);
        assert!(transport.waits().contains(&Duration::from_secs(7)));
    }

    #[tokio::test]
    async fn what_does_not_is_not() {
        for (status, name) in [(200, "1"), (200, "7"), (200, "gateway"), (500, "http-500")] {
            let body = fixture(&format!("error-{name}.json"));
            let (client, transport) = client(after_tokens().answer(status, body));
            client.records(&client.records_of(USER)).await.unwrap_err();
            assert_eq!(transport.take_requests().len(), 3, "{name}");
        }
    }

    #[tokio::test]
    async fn attempts_at_tokens_are_counted() {
        let mut queue = bes_ccmessaging::chat_core::ReplayTransport::new();
        for _ in 0..5 {
            queue = queue.answer(503, "");
        }
        let (client, _) = client(queue);
        let source = RecordSource::new("bes", client, vec![User::new(USER)]);
        let error = source.check().await.unwrap_err();
        assert_eq!(error.attempts, 5);
        assert!(error.message.contains("oauth/tokenByAkSk"), "{error}");
    }
}

#[test]
fn a_code_is_one_short_line_too() {
    let request = RecordsRequest::new(CHANNEL_ID, "WEB", USER);
    let body = format!(r#"{{"resultCode":"\u001b[31m\n{}"}}"#, "7".repeat(500));
    let shown = request.read_response(answer(200, body)).unwrap_err().to_string();
    assert!(!shown.contains(char::is_control) && shown.len() < 120, "{shown}");
}
