//! Every code and status: which variant, which kind, whether to ask again, what to do.

use std::time::Duration;

use myscrm_qw::chat_core::{Endpoint, ErrorKind, Retry, VendorError, http};
use myscrm_qw::{ApiCode, Error, Trouble};

use crate::{answer, records_request, with_header};

fn read(answer: http::Response<Vec<u8>>) -> Error {
    records_request().read_response(answer).unwrap_err()
}

fn code(code: i64) -> Error {
    read(answer(200, format!(r#"{{"errcode":{code},"errmsg":"words"}}"#)))
}

#[test]
fn every_code_has_a_kind_a_verdict_and_advice() {
    use ErrorKind::{Auth, InvalidRequest, RateLimited, Server};
    let again = Retry::After(None);
    let never = Retry::Never;
    for (number, known, kind, retry, advice) in [
        (-1, ApiCode::Busy, Server, again, Some("try again later")),
        (100, ApiCode::Other(100), Server, never, None),
        (41053, ApiCode::NoConsent, InvalidRequest, never, Some("has not agreed")),
        (45009, ApiCode::CallLimit, RateLimited, again, Some("longer interval")),
        (45033, ApiCode::ConcurrencyLimit, RateLimited, again, Some("concurrency to 1")),
        (60020, ApiCode::AddressNotAllowed, Auth, never, Some("public address")),
        (301_052, ApiCode::ArchiveExpired, Auth, never, Some("renewed")),
        (301_053, ApiCode::ArchiveNotEnabled, Auth, never, Some("switched on")),
        (301_058, ApiCode::PullTooLarge, InvalidRequest, never, Some("smaller pages")),
        (301_059, ApiCode::NotInternalGroup, InvalidRequest, never, Some("leave the chat out")),
        (99999, ApiCode::Other(99999), Server, never, None),
    ] {
        let error = code(number);
        assert!(matches!(&error, Error::Api { code, .. } if *code == known), "{number}");
        assert_eq!((error.kind(), error.retry()), (kind, retry), "{number}");
        assert_eq!(error.vendor_code().unwrap(), number.to_string());
        assert_eq!(error.trace_id(), None);
        assert_eq!(error.asks_smaller_window(), number == 301_058, "{number}");
        assert_eq!(
            error.to_string(),
            format!("myscrm-qw refused chat-record/pull with code {number}: words")
        );
        match (error.advice(), advice) {
            (None, None) => {}
            (Some(found), Some(part)) => assert!(found.contains(part), "{number}: {found}"),
            (found, _) => panic!("{number}: {found:?}"),
        }
    }
}

#[test]
fn the_word_ok_is_no_success() {
    let error = read(answer(200, r#"{"errcode":100,"errmsg":"ok","list":[]}"#));
    assert!(matches!(error, Error::Api { code: ApiCode::Other(100), .. }));
}

#[test]
fn a_code_counts_under_any_status_and_in_either_type() {
    for status in [200, 400, 401, 500] {
        let error = read(answer(status, r#"{"errcode":"60020","errmsg":null}"#));
        assert!(
            matches!(&error, Error::Api { code: ApiCode::AddressNotAllowed, status: found, .. } if *found == status)
        );
        assert_eq!(error.to_string(), "myscrm-qw refused chat-record/pull with code 60020");
        assert_eq!(error.retry(), Retry::Never);
    }
}

#[test]
fn what_else_a_refusal_holds_does_not_matter() {
    for rest in [
        r#""list":{}"#,
        r#""list":"none""#,
        r#""list":7,"next_cursor":{}"#,
        r#""list":true,"errmsg":{"a":1}"#,
        r#""list":null,"next_cursor":[]"#,
    ] {
        let error = read(answer(200, format!(r#"{{{rest},"errcode":41053}}"#)));
        assert!(matches!(error, Error::Api { code: ApiCode::NoConsent, .. }), "{rest}");
    }
}

#[test]
fn the_status_decides_where_the_code_is_unknown() {
    let error = read(with_header(answer(429, r#"{"errcode":42900}"#), "retry-after", "7"));
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry(), Retry::After(Some(Duration::from_secs(7))));
    let error = read(answer(503, r#"{"errcode":50300}"#));
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Server, Retry::After(None)));
    for status in [401, 403] {
        let error = read(answer(status, r#"{"errcode":40100}"#));
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Auth, Retry::Never));
    }
    let error = read(answer(400, r#"{"errcode":40000}"#));
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Server, Retry::Never));
}

#[test]
fn a_limit_is_waited_out_as_long_as_asked() {
    let error = read(with_header(answer(200, r#"{"errcode":45009}"#), "retry-after", "30"));
    assert_eq!(error.retry(), Retry::After(Some(Duration::from_secs(30))));
}

#[test]
fn statuses_without_a_code() {
    use ErrorKind::{Auth, InvalidRequest, RateLimited, Server};
    let again = Retry::After(None);
    let page = "<html><body>Bad Gateway</body></html>";
    for (status, kind, retry) in [
        (301, InvalidRequest, Retry::Never),
        (400, InvalidRequest, Retry::Never),
        (401, Auth, Retry::Never),
        (403, Auth, Retry::Never),
        (404, InvalidRequest, Retry::Never),
        (408, Server, again),
        (429, RateLimited, again),
        (500, Server, again),
        (501, Server, Retry::Never),
        (502, Server, again),
        (503, Server, again),
        (504, Server, again),
    ] {
        for body in [page, "", r#"{"status":500,"error":"Internal Server Error"}"#] {
            let error = read(answer(status, body));
            assert!(matches!(&error, Error::Status { status: found, .. } if *found == status));
            assert_eq!((error.kind(), error.retry()), (kind, retry), "{status}");
            assert_eq!(
                error.to_string(),
                format!("myscrm-qw answered chat-record/pull with HTTP status {status}")
            );
        }
        let Error::Status { body, .. } = read(answer(status, page)) else { panic!("{status}") };
        assert_eq!(body.expose(), page);
    }
}

#[test]
fn a_named_delay_is_kept() {
    for status in [429, 503] {
        let error = read(with_header(answer(status, ""), "retry-after", "12"));
        assert_eq!(error.retry(), Retry::After(Some(Duration::from_secs(12))));
        let dated = with_header(answer(status, ""), "date", "Mon, 20 Jun 2022 07:41:25 GMT");
        let dated = with_header(dated, "retry-after", "Mon, 20 Jun 2022 07:41:55 GMT");
        assert_eq!(read(dated).retry(), Retry::After(Some(Duration::from_secs(30))));
    }
}

#[test]
fn a_garbled_success_is_read_again() {
    for body in [
        "",
        "<html>login</html>",
        r#"{"errcode":0,"list":[{"chat_record_id":"1"#,
        "\u{feff}",
        "null,",
    ] {
        let error = read(answer(200, body));
        assert!(matches!(error, Error::Decode { trouble: Trouble::Garbled, .. }), "{body:?}");
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Decode, Retry::After(None)));
        assert!(error.advice().unwrap().contains("not JSON"));
        assert!(std::error::Error::source(&error).is_some());
    }
    let error = read(answer(200, b"{\"errcode\":0,\"errmsg\":\"\xff\"}".to_vec()));
    assert_eq!(error.retry(), Retry::After(None));
}

#[test]
fn a_success_of_another_shape_is_not_read_again() {
    for body in [
        "{}",
        "null",
        "[]",
        "7",
        r#"{"errcode":null}"#,
        r#"{"errmsg":"ok"}"#,
        r#"{"errcode":"OK","list":[]}"#,
        r#"{"errcode":0,"list":{}}"#,
        r#"{"status":200}"#,
    ] {
        let error = read(answer(200, body));
        assert!(matches!(error, Error::Decode { trouble: Trouble::OtherShape, .. }), "{body}");
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Decode, Retry::Never));
        assert_eq!(error.advice(), None);
    }
}

#[test]
fn success_under_a_bad_status_is_not_believed() {
    let error = read(answer(500, r#"{"errcode":0,"list":[]}"#));
    assert!(matches!(error, Error::Status { status: 500, .. }));
}

#[test]
fn the_vendor_s_words_are_one_short_line() {
    let words = "字\\n".repeat(300);
    let error = read(answer(200, format!(r#"{{"errcode":-1,"errmsg":"{words}"}}"#)));
    let text = error.to_string();
    assert!(!text.contains('\n') && text.chars().count() < 260, "{text}");
}

#[cfg(feature = "client")]
mod client {
    use std::time::Duration;

    use myscrm_qw::Error;
    use myscrm_qw::chat_core::{ReplayTransport, TransportErrorKind};

    use crate::{answer, client, fixture, page_of, records_request, with_header};

    #[tokio::test]
    async fn what_passes_by_itself_is_tried_again() {
        let (client, transport) = client(
            ReplayTransport::new()
                .answer(200, fixture("error--1.json"))
                .answer_with(with_header(answer(429, ""), "retry-after", "7"))
                .answer(200, "<html>")
                .fail(TransportErrorKind::Connect)
                .answer(200, fixture("error-45033.json"))
                .answer(200, page_of(0..1, "")),
        );
        client.records(&records_request()).await.unwrap();
        assert_eq!(transport.take_requests().len(), 6);
        assert!(transport.waits().contains(&Duration::from_secs(7)));
    }

    #[tokio::test]
    async fn what_does_not_is_not() {
        for name in ["100", "41053", "60020", "301052", "301053", "301058", "301059", "400001"] {
            let (client, transport) =
                client(ReplayTransport::new().answer(200, fixture(&format!("error-{name}.json"))));
            let error = client.records(&records_request()).await.unwrap_err();
            assert!(matches!(error, Error::Api { .. }), "{name}");
            assert_eq!(transport.take_requests().len(), 1, "{name}");
        }
    }
}
