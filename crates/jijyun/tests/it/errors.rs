//! Every code and status: which variant, which kind, whether to ask again, what to do.

use std::time::Duration;

use jijyun::chat_core::{Endpoint, ErrorKind, Retry, VendorError, http};
use jijyun::{
    ApiCode, AssistantsRequest, CheckRequest, ContactRequest, ContactsRequest, Error,
    HistoryRequest, HostedAccountsRequest, HostedHistoryRequest, RecordsRequest,
};

use crate::{CUSTOMER, answer, with_header};

fn read(answer: http::Response<Vec<u8>>) -> Error {
    RecordsRequest::new(CUSTOMER).read_response(answer).unwrap_err()
}

#[test]
fn every_code_has_a_kind_a_verdict_and_advice() {
    use ErrorKind::{InvalidRequest, Server};
    for (number, known, kind, advice) in [
        (4000, ApiCode::Refused, InvalidRequest, Some("check the ids")),
        (0, ApiCode::Placeholder, Server, None),
        (2001, ApiCode::Other(2001), Server, None),
        (-1, ApiCode::Other(-1), Server, None),
        (99999, ApiCode::Other(99999), Server, None),
    ] {
        let body = format!(r#"{{"Code":{number},"Data":null,"Msg":"words","RequestId":"t-1"}}"#);
        let error = read(answer(200, body));
        assert!(matches!(&error, Error::Api { code, .. } if *code == known), "{number}");
        assert_eq!((error.kind(), error.retry()), (kind, Retry::Never), "{number}");
        assert_eq!(error.vendor_code().unwrap(), number.to_string());
        assert_eq!(error.trace_id(), Some("t-1"));
        assert!(!error.asks_smaller_window());
        assert_eq!(
            error.to_string(),
            format!("jijyun refused chat/record with code {number}: words")
        );
        match (error.advice(), advice) {
            (None, None) => {}
            (Some(found), Some(part)) => assert!(found.contains(part), "{number}: {found}"),
            (found, _) => panic!("{number}: {found:?}"),
        }
    }
}

#[test]
fn a_code_counts_in_either_type() {
    let error = read(answer(200, r#"{"Code":"4000","Msg":null}"#));
    assert!(matches!(error, Error::Api { code: ApiCode::Refused, .. }));
    assert_eq!(error.to_string(), "jijyun refused chat/record with code 4000");
}

#[test]
fn the_reason_may_be_in_the_data() {
    for (rest, shown) in [
        (r#""Msg":"参数错误","Data":"缺少参数""#, ": 参数错误: 缺少参数"),
        (r#""Msg":"参数错误","Data":"参数错误""#, ": 参数错误"),
        (r#""Msg":"","Data":"缺少参数""#, ": 缺少参数"),
        (r#""Data":"缺少参数""#, ": 缺少参数"),
        (r#""Msg":"参数错误","Data":{"why":"缺少参数"}"#, ": 参数错误"),
        (r#""Msg":"参数错误","Data":17"#, ": 参数错误"),
        (r#""Msg":"参数错误","Data":[]"#, ": 参数错误"),
        (r#""Msg":{"a":1},"Data":null,"RequestId":[]"#, ""),
    ] {
        let error = read(answer(200, format!(r#"{{"Code":4000,{rest}}}"#)));
        assert_eq!(error.to_string(), format!("jijyun refused chat/record with code 4000{shown}"));
    }
}

#[test]
fn what_a_status_says_for_certain_no_code_takes_back() {
    use ErrorKind::{Auth, InvalidRequest, RateLimited, Server};
    let again = Retry::After(None);
    for (status, code, kind, retry) in [
        (401, 4000, Auth, Retry::Never),
        (402, 4000, Auth, Retry::Never),
        (403, 4001, Auth, Retry::Never),
        (429, 4000, RateLimited, again),
        (429, 4290, RateLimited, again),
        (503, 4000, InvalidRequest, Retry::Never),
        (503, 5030, Server, again),
        (400, 4000, InvalidRequest, Retry::Never),
        (400, 4001, Server, Retry::Never),
    ] {
        let error = read(answer(status, format!(r#"{{"Code":{code}}}"#)));
        assert!(matches!(&error, Error::Api { status: found, .. } if *found == status));
        assert_eq!((error.kind(), error.retry()), (kind, retry), "{status} {code}");
    }
}

#[test]
fn statuses_without_a_code() {
    use ErrorKind::{Auth, InvalidRequest, RateLimited, Server};
    let again = Retry::After(None);
    let page = "<html><body>Bad Gateway</body></html>";
    for (status, kind, retry, advice) in [
        (301, InvalidRequest, Retry::Never, Some("redirects")),
        (400, InvalidRequest, Retry::Never, None),
        (401, Auth, Retry::Never, Some("check the key")),
        (402, Auth, Retry::Never, Some("allowance of API calls is used up")),
        (403, Auth, Retry::Never, Some("check the key")),
        (404, InvalidRequest, Retry::Never, Some("check the base URL")),
        (408, Server, again, None),
        (429, RateLimited, again, Some("longer interval")),
        (500, Server, again, Some("check them")),
        (501, Server, Retry::Never, None),
        (502, Server, again, Some("check them")),
        (503, Server, again, Some("check them")),
        (504, Server, again, Some("check them")),
    ] {
        for body in [page, "", r#"{"error":"no"}"#] {
            let error = read(answer(status, body));
            assert!(matches!(&error, Error::Status { status: found, .. } if *found == status));
            assert_eq!((error.kind(), error.retry()), (kind, retry), "{status}");
            assert_eq!(
                error.to_string(),
                format!("jijyun answered chat/record with HTTP status {status}")
            );
            let found = error.advice();
            assert_eq!(found.is_some(), advice.is_some(), "{status}");
            assert!(advice.is_none_or(|part| found.unwrap().contains(part)), "{status}");
        }
        let Error::Status { body, .. } = read(answer(status, page)) else { panic!("{status}") };
        assert_eq!(body.expose(), page);
    }
}

#[test]
fn words_and_request_id_are_read_under_a_bad_status_too() {
    let error = read(answer(402, r#"{"Msg":"API请求次数不足","RequestId":"t-2"}"#));
    assert!(matches!(error, Error::Status { status: 402, .. }));
    assert_eq!(error.trace_id(), Some("t-2"));
    assert_eq!(
        error.to_string(),
        "jijyun answered chat/record with HTTP status 402: API请求次数不足"
    );
}

#[test]
fn a_named_delay_is_kept() {
    for status in [429, 503] {
        let error = read(with_header(answer(status, ""), "retry-after", "12"));
        assert_eq!(error.retry(), Retry::After(Some(Duration::from_secs(12))));
        let error = read(with_header(answer(status, r#"{"Code":1}"#), "retry-after", "12"));
        assert_eq!(error.retry(), Retry::After(Some(Duration::from_secs(12))));
        let dated = with_header(answer(status, ""), "date", "Mon, 20 Jun 2022 07:41:25 GMT");
        let dated = with_header(dated, "retry-after", "Mon, 20 Jun 2022 07:41:55 GMT");
        assert_eq!(read(dated).retry(), Retry::After(Some(Duration::from_secs(30))));
    }
}

#[test]
fn a_garbled_success_is_read_again() {
    for body in ["", "<html>login</html>", r#"{"Code":2000,"Data":[{"chat_id":"1"#, "\u{feff}"] {
        let error = read(answer(200, body));
        assert!(matches!(error, Error::Decode { is_garbled: true, .. }), "{body:?}");
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Decode, Retry::After(None)));
        assert_eq!(error.to_string(), "jijyun's answer to chat/record could not be read");
        assert!(std::error::Error::source(&error).is_some());
        assert!(error.advice().unwrap().contains("chat.jijyun.cn"));
    }
    let error = read(answer(200, b"{\"Code\":2000,\"Msg\":\"\xff\"}".to_vec()));
    assert_eq!(error.retry(), Retry::After(None));
}

#[test]
fn a_success_of_another_shape_is_not_read_again() {
    for body in [
        "{}",
        "null",
        "[2000]",
        "7",
        r#"{"Code":null,"Data":[]}"#,
        r#"{"Code":"OK","Data":[]}"#,
        r#"{"code":2000,"data":[]}"#,
        r#"{"Code":2000,"Data":"暂无数据"}"#,
        r#"{"Code":2000,"Data":{"list":[]}}"#,
        r#"{"Code":2000,"Data":7}"#,
    ] {
        let error = read(answer(200, body));
        assert!(matches!(error, Error::Decode { is_garbled: false, .. }), "{body}");
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Decode, Retry::Never));
    }
}

#[test]
fn success_under_a_bad_status_is_not_believed() {
    let error = read(answer(500, r#"{"Code":2000,"Data":[],"Msg":"成功"}"#));
    assert!(matches!(error, Error::Status { status: 500, .. }));
}

#[test]
fn the_vendor_s_words_are_one_short_line() {
    let words = "字\\n".repeat(300);
    let error = read(answer(200, format!(r#"{{"Code":4000,"Msg":"{words}"}}"#)));
    let text = error.to_string();
    assert!(!text.contains('\n') && text.chars().count() < 260, "{text}");
}

#[test]
fn every_call_is_named_in_its_errors() {
    fn shown<E: Endpoint<Error = Error>>(endpoint: &E) -> String {
        let refused = answer(200, r#"{"Code":4000}"#);
        let refused = endpoint.read_response(refused).map(drop).unwrap_err().to_string();
        let unauthorized = endpoint.read_response(answer(401, "")).map(drop).unwrap_err();
        assert_eq!(unauthorized.kind(), ErrorKind::Auth);
        refused.replace("jijyun refused ", "").replace(" with code 4000", "")
    }
    let day = HostedHistoryRequest::new("1", "2025-08-06");
    for (found, name) in [
        (shown(&RecordsRequest::new(CUSTOMER)), "chat/record"),
        (shown(&ContactsRequest::new()), "contacts"),
        (shown(&ContactRequest::new("1")), "contacts/detail"),
        (shown(&AssistantsRequest::new()), "aibot-list"),
        (shown(&HistoryRequest::new("1")), "chat/history/detail"),
        (shown(&HostedAccountsRequest::new()), "bot/list"),
        (shown(&day), "chat/corpwechat/message/history"),
        (shown(&CheckRequest::new()), "check"),
    ] {
        assert_eq!(found, name);
    }
}

#[cfg(feature = "client")]
mod client {
    use std::time::Duration;

    use jijyun::chat_core::{ReplayTransport, TransportErrorKind};
    use jijyun::{Error, RecordsRequest};

    use crate::{CUSTOMER, answer, client, fixture, with_header};

    #[tokio::test]
    async fn what_passes_by_itself_is_tried_again_with_patience() {
        let (client, transport) = client(
            ReplayTransport::new()
                .answer(503, "")
                .answer_with(with_header(answer(429, ""), "retry-after", "7"))
                .answer(200, "<html>")
                .answer(200, fixture("page-text.json")),
        );
        client.records(&RecordsRequest::new(CUSTOMER)).await.unwrap();
        assert_eq!(transport.take_requests().len(), 4);
        assert!(transport.waits().contains(&Duration::from_secs(7)));
        assert!(transport.waits()[0] >= Duration::from_millis(1200));
    }

    #[tokio::test]
    async fn after_four_attempts_it_is_enough() {
        let (client, transport) = client(
            ReplayTransport::new()
                .answer(503, "")
                .fail(TransportErrorKind::Connect)
                .answer(500, "")
                .answer(503, "")
                .answer(200, fixture("page-text.json")),
        );
        let error = client.records(&RecordsRequest::new(CUSTOMER)).await.unwrap_err();
        assert!(matches!(error, Error::Status { status: 503, .. }));
        assert_eq!(transport.take_requests().len(), 4);
    }

    #[tokio::test]
    async fn what_does_not_is_not() {
        for (status, body) in [
            (200, fixture("error-4000.json")),
            (200, fixture("error-0.json")),
            (200, fixture("error-5001.json")),
            (200, fixture("error-text.json")),
            (401, Vec::new()),
            (402, Vec::new()),
            (400, Vec::new()),
        ] {
            let (client, transport) = client(ReplayTransport::new().answer(status, body));
            client.records(&RecordsRequest::new(CUSTOMER)).await.unwrap_err();
            assert_eq!(transport.take_requests().len(), 1, "{status}");
        }
    }
}
