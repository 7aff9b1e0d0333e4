//! Every code and status: which variant, which kind, whether to ask again, what to do.

use std::time::Duration;

use nxlink::chat_core::{Endpoint, ErrorKind, Retry, VendorError, http};
use nxlink::{ApiCode, Error, RecordsRequest};

use crate::{answer, with_header};

fn read(answer: http::Response<Vec<u8>>) -> Error {
    RecordsRequest::new().read_response(answer).unwrap_err()
}

fn code(code: i64) -> Error {
    read(answer(200, format!(r#"{{"code":{code},"message":"words","traceId":"t-1"}}"#)))
}

#[test]
fn every_code_has_a_kind_a_verdict_and_advice() {
    use ErrorKind::{Auth, InvalidRequest, Server};
    let again = Retry::After(None);
    for (number, known, kind, retry, advice) in [
        (-1, ApiCode::Failed, Server, again, Some("try again later")),
        (1000, ApiCode::Other(1000), Auth, Retry::Never, None),
        (1001, ApiCode::MissingHeader, Auth, Retry::Never, Some("a header is missing")),
        (1002, ApiCode::WrongParameter, Auth, Retry::Never, Some("bizType or action")),
        (1003, ApiCode::BadSignature, Auth, Retry::Never, Some("check the access secret")),
        (1004, ApiCode::TimestampExpired, Auth, again, Some("check the local clock")),
        (1005, ApiCode::AccessDenied, Auth, Retry::Never, Some("gateway of the region")),
        (1006, ApiCode::Other(1006), Auth, Retry::Never, None),
        (1007, ApiCode::Other(1007), Auth, Retry::Never, None),
        (1008, ApiCode::Other(1008), Auth, Retry::Never, None),
        (1009, ApiCode::Other(1009), Auth, Retry::Never, None),
        (1010, ApiCode::Other(1010), Server, Retry::Never, None),
        (21058, ApiCode::MissingTenantId, InvalidRequest, Retry::Never, Some("set tenant_id")),
        (21059, ApiCode::MissingAppkey, InvalidRequest, Retry::Never, Some("set appkey")),
        (
            22016,
            ApiCode::NoWhatsAppApplication,
            InvalidRequest,
            Retry::Never,
            Some("WhatsApp application"),
        ),
        (
            22072,
            ApiCode::InvalidParameter,
            InvalidRequest,
            Retry::Never,
            Some("shorter span of time"),
        ),
        (99999, ApiCode::Other(99999), Server, Retry::Never, None),
    ] {
        let error = code(number);
        assert!(matches!(&error, Error::Api { code, .. } if *code == known), "{number}");
        assert_eq!(error.kind(), kind, "{number}");
        assert_eq!(error.retry(), retry, "{number}");
        assert_eq!(error.vendor_code().unwrap(), number.to_string());
        assert_eq!(error.trace_id(), Some("t-1"));
        assert_eq!(error.asks_smaller_window(), number == 22072, "{number}");
        assert_eq!(
            error.to_string(),
            format!("nxlink refused chat/records with code {number}: words")
        );
        match (error.advice(), advice) {
            (None, None) => {}
            (Some(found), Some(part)) => assert!(found.contains(part), "{number}: {found}"),
            (found, _) => panic!("{number}: {found:?}"),
        }
    }
}

#[test]
fn the_signature_s_usual_suspects_are_named() {
    let advice = code(1003).advice().unwrap();
    for suspect in ["access secret", "Content-Type", "md5"] {
        assert!(advice.contains(suspect), "{advice}");
    }
}

#[test]
fn a_code_counts_under_any_status_and_in_either_type() {
    for status in [200, 400, 401, 500] {
        let error = read(answer(status, r#"{"code":"1005","message":null}"#));
        assert!(
            matches!(&error, Error::Api { code: ApiCode::AccessDenied, status: found, .. } if *found == status)
        );
        assert_eq!(error.to_string(), "nxlink refused chat/records with code 1005");
        assert_eq!(error.retry(), Retry::Never);
    }
}

#[test]
fn what_else_a_refusal_holds_does_not_matter() {
    for rest in [
        r#""list":{}"#,
        r#""list":"none""#,
        r#""list":7,"total":"?""#,
        r#""list":true,"message":{"a":1},"traceId":[]"#,
        r#""data":null,"list":0.5,"page_size":[]"#,
        r#""list":-7"#,
    ] {
        let error = read(answer(200, format!(r#"{{{rest},"code":1003}}"#)));
        assert!(matches!(error, Error::Api { code: ApiCode::BadSignature, .. }), "{rest}");
    }
}

#[test]
fn the_status_decides_where_the_code_is_unknown() {
    let error = read(with_header(answer(429, r#"{"code":42900}"#), "retry-after", "7"));
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry(), Retry::After(Some(Duration::from_secs(7))));
    let error = read(answer(503, r#"{"code":50300}"#));
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Server, Retry::After(None)));
    let error = read(answer(400, r#"{"code":40000}"#));
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Server, Retry::Never));
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
                format!("nxlink answered chat/records with HTTP status {status}")
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
        // without the server's own time a date says nothing
        let undated =
            with_header(answer(status, ""), "retry-after", "Mon, 20 Jun 2022 07:41:55 GMT");
        assert_eq!(read(undated).retry(), Retry::After(Some(Duration::ZERO)));
    }
}

#[test]
fn a_garbled_success_is_read_again() {
    for body in ["", "<html>login</html>", r#"{"code":0,"list":[{"id":"1"#, "\u{feff}", "null,"] {
        let error = read(answer(200, body));
        assert!(matches!(error, Error::Decode { is_garbled: true, .. }), "{body:?}");
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Decode, Retry::After(None)));
        assert_eq!(error.to_string(), "nxlink's answer to chat/records could not be read");
        assert!(std::error::Error::source(&error).is_some());
    }
    let error = read(answer(200, b"{\"code\":0,\"message\":\"\xff\"}".to_vec()));
    assert_eq!(error.retry(), Retry::After(None));
}

#[test]
fn a_success_of_another_shape_is_not_read_again() {
    for body in [
        "{}",
        "null",
        "[]",
        "7",
        r#"{"code":null,"list":[]}"#,
        r#"{"code":"OK","list":[]}"#,
        r#"{"code":0,"list":{}}"#,
        r#"{"status":200}"#,
    ] {
        let error = read(answer(200, body));
        assert!(matches!(error, Error::Decode { is_garbled: false, .. }), "{body}");
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Decode, Retry::Never));
    }
}

#[test]
fn success_under_a_bad_status_is_not_believed() {
    let error = read(answer(500, r#"{"code":0,"list":[]}"#));
    assert!(matches!(error, Error::Status { status: 500, .. }));
}

#[test]
fn the_vendor_s_words_are_one_short_line() {
    let words = "字\\n".repeat(300);
    let error = read(answer(200, format!(r#"{{"code":-1,"message":"{words}"}}"#)));
    let text = error.to_string();
    assert!(!text.contains('\n') && text.chars().count() < 260, "{text}");
}

#[cfg(feature = "client")]
mod client {
    use std::time::Duration;

    use nxlink::chat_core::{ReplayTransport, TransportErrorKind};
    use nxlink::{Error, RecordsRequest};

    use crate::{answer, client, fixture, page_of, with_header};

    #[tokio::test]
    async fn what_passes_by_itself_is_tried_again() {
        let (client, transport) = client(
            ReplayTransport::new()
                .answer(200, fixture("error--1.json"))
                .answer_with(with_header(answer(429, ""), "retry-after", "7"))
                .answer(200, "<html>")
                .fail(TransportErrorKind::Connect)
                .answer(200, page_of(0..1, 1)),
        );
        client.records(&RecordsRequest::new()).await.unwrap();
        assert_eq!(transport.take_requests().len(), 5);
        assert!(transport.waits().contains(&Duration::from_secs(7)));
    }

    #[tokio::test]
    async fn what_does_not_is_not() {
        for name in ["1001", "1002", "1003", "1005", "21058", "21059", "22016", "22072", "30001"] {
            let (client, transport) =
                client(ReplayTransport::new().answer(200, fixture(&format!("error-{name}.json"))));
            let error = client.records(&RecordsRequest::new()).await.unwrap_err();
            assert!(matches!(error, Error::Api { .. }), "{name}");
            assert_eq!(transport.take_requests().len(), 1, "{name}");
        }
    }
}
