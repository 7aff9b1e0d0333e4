//! The list of calls: its answers, and the users that it names.

use bes_ccmessaging::chat_core::{Endpoint, ErrorKind, Page, Retry, UnixMillis, VendorError};
use bes_ccmessaging::{ApiCode, Call, CallsRequest, Error, Timestamp};

use crate::answer;

fn read(status: u16, body: &str) -> Result<Page<Call>, Error> {
    let request = CallsRequest::new(1, 7, UnixMillis::new(0), UnixMillis::new(1));
    request.read_response(answer(status, body))
}

/// An answer with a row for each caller and media type, and a count.
#[cfg(feature = "client")]
fn calls(rows: &[(&str, i64)], first_id: u32, count: u32) -> String {
    let rows: Vec<String> = rows
        .iter()
        .zip(first_id..)
        .map(|((caller, media), id)| {
            format!(r#"{{"callId":"c-{id}","callerNo":"{caller}","mediaType":"{media}"}}"#)
        })
        .collect();
    let rows = rows.join(",");
    format!(r#"{{"resultCode":"0100000","resultDesc":{{"data":[{rows}],"count":"{count}"}}}}"#)
}

#[test]
fn rows_are_read_with_texts_or_numbers() {
    let page = read(
        200,
        r#"{"resultCode":"0100000","resultDesc":{"count":"3","data":[
            {"callId":"c-1","callerNo":"fixture-user-1","calleeNo":"7","callBegin":"1700000000000",
             "callEnd":1700000060000,"mediaType":"53","subMediaType":"1","agentId":"x"},
            {"callId":1,"callerNo":42,"mediaType":5},
            {"callerNo":{}}]}}"#,
    )
    .unwrap();
    assert_eq!((page.items.len(), page.skipped.len(), page.total), (2, 1, Some(3)));
    let chat = &page.items[0];
    assert!(chat.is_chat());
    assert_eq!(chat.caller_no.as_deref(), Some("fixture-user-1"));
    assert_eq!(chat.callee_no.as_deref(), Some("7"));
    assert_eq!(chat.call_begin, Some(Timestamp::Millis(1_700_000_000_000)));
    assert_eq!(chat.call_end, Some(Timestamp::Millis(1_700_000_060_000)));
    assert_eq!((chat.media_type, chat.sub_media_type), (Some(53), Some(1)));
    assert!(!page.items[1].is_chat());
    assert_eq!(page.items[1].call_id.as_deref(), Some("1"));
    assert_eq!(page.skipped[0].error.path, "resultDesc.data[2].callerNo");
}

#[test]
fn no_rows() {
    for body in [
        r#"{"resultCode":"0100000"}"#,
        r#"{"resultCode":"0100000","resultDesc":null}"#,
        r#"{"resultCode":"0100000","resultDesc":{"data":null,"count":0}}"#,
        r#"{"resultCode":"0100000","resultDesc":{}}"#,
    ] {
        assert!(read(200, body).unwrap().items.is_empty(), "{body}");
    }
}

#[test]
fn refusals_have_words_instead_of_rows() {
    use ErrorKind::{Auth, InvalidRequest, Server};
    for (number, code, kind) in [
        ("0100001", ApiCode::CallFailed, Server),
        ("0100002", ApiCode::InvalidParameter, InvalidRequest),
        ("0100003", ApiCode::UnsupportedVersion, Server),
        ("0100999", ApiCode::UnknownFailure, Server),
        ("0101001", ApiCode::AbnormalInspection, Server),
        ("0101002", ApiCode::UnknownNumber, Server),
        ("0101003", ApiCode::InsufficientPermission, Auth),
        ("0109999", ApiCode::Other("0109999".to_owned()), Server),
    ] {
        let body = format!(r#"{{"resultCode":"{number}","resultDesc":"words"}}"#);
        let error = read(200, &body).unwrap_err();
        assert!(matches!(&error, Error::Api { code: found, .. } if *found == code), "{number}");
        assert_eq!((error.kind(), error.retry()), (kind, Retry::Never), "{number}");
        assert_eq!(
            error.to_string(),
            format!("bes-ccmessaging refused vdn/querycalls with code {number}: words")
        );
        assert!(!error.asks_smaller_window());
    }
    // the code is text: without its zero it is another one
    let error = read(200, r#"{"resultCode":100000,"resultDesc":{}}"#).unwrap_err();
    assert!(matches!(error, Error::Api { .. }));
    let error = read(200, r#"{"resultCode":"0100000","resultDesc":"words"}"#).unwrap_err();
    assert!(matches!(error, Error::Decode { is_garbled: false, .. }));
    let error = read(200, r#"{"resultCode":"0100000","resultDesc":{"data":{}}}"#).unwrap_err();
    assert!(matches!(error, Error::Decode { is_garbled: false, .. }));
}

#[test]
fn a_wrong_signature_and_a_locked_address_are_never_tried_again() {
    let locked = r#"{"timestamp":1700000000000,"status":403,"error":"Forbidden","message":"fixture","path":"/x"}"#;
    for (status, body, words) in
        [(401, "", "the signature was not accepted"), (403, locked, "the vendor locks an address")]
    {
        let error = read(status, body).unwrap_err();
        assert!(matches!(error, Error::Status { is_token_refused: false, .. }));
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Auth, Retry::Never));
        assert!(error.advice().unwrap().starts_with(words), "{:?}", error.advice());
    }
}

#[cfg(feature = "client")]
mod client {
    use std::sync::Arc;

    use bes_ccmessaging::chat_core::{ErrorKind, ReplayTransport, Source, UnixMillis, Window};
    use bes_ccmessaging::{AccessKey, CallsClient, RecordSource, TimestampForm};

    use super::calls;
    use crate::{NOW_MS, after_tokens, client, header, page_of};

    fn list(transport: ReplayTransport) -> (CallsClient, Arc<ReplayTransport>) {
        let transport = Arc::new(transport);
        let key = AccessKey::new("TESTAK", "TESTSK");
        let client = CallsClient::builder("https://cms.example.com:28443", key, 1, 7)
            .with_min_interval(std::time::Duration::ZERO)
            .with_clock(Arc::new(|| UnixMillis::new(NOW_MS)))
            .with_transport(transport.clone())
            .build()
            .unwrap();
        (client, transport)
    }

    #[tokio::test]
    async fn the_users_of_a_day_s_chats_are_listed_page_by_page() {
        let rows: Vec<(String, i64)> = (0..100).map(|n| (format!("user-{n}"), 53)).collect();
        let rows: Vec<(&str, i64)> = rows.iter().map(|(id, media)| (&**id, *media)).collect();
        let (calls_client, transport) = list(
            ReplayTransport::new()
                .answer(200, calls(&rows, 0, 103))
                .answer(200, calls(&[("user-7", 53), ("voice", 5), ("user-100", 53)], 100, 103)),
        );
        let users = calls_client.chat_users().await.unwrap();
        assert_eq!(users.len(), 101);
        assert!(users.iter().any(|user| user.id() == "user-100"));
        assert!(!users.iter().any(|user| user.id() == "voice"));
        assert_eq!(calls_client.calls().requests, 2);

        let requests = transport.take_requests();
        for (request, offset) in requests.iter().zip([0, 100]) {
            let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
            assert_eq!(
                body,
                serde_json::json!({"ccId": 1, "vdn": 7, "beginDate": NOW_MS - 86_400_000,
                    "endDate": NOW_MS, "isCallIn": "true", "limit": 100, "offset": offset})
            );
            assert!(
                header(request, "authorization")
                    .starts_with("auth-v2/TESTAK/2023-11-14T22:13:20Z/host/")
            );
        }
        assert_ne!(header(&requests[0], "authorization"), header(&requests[1], "authorization"));
    }

    #[tokio::test]
    async fn milliseconds_can_be_chosen() {
        let transport = Arc::new(ReplayTransport::new().answer(200, calls(&[], 0, 0)));
        let key = AccessKey::new("TESTAK", "TESTSK");
        let client = CallsClient::builder("https://cms.example.com", key, 1, 7)
            .with_timestamp_form(TimestampForm::Milliseconds)
            .with_clock(Arc::new(|| UnixMillis::new(NOW_MS)))
            .with_transport(transport.clone())
            .build()
            .unwrap();
        let all = client.calls_within(Window::new(0, 1));
        assert!(client.list_calls(&all).await.unwrap().items.is_empty());
        let request = transport.take_requests().remove(0);
        assert!(header(&request, "authorization").contains("/2023-11-14T22:13:20.000Z/"));
    }

    #[tokio::test]
    async fn a_list_without_a_count_ends_where_nothing_new_comes() {
        let uncounted =
            |ids: &str| format!(r#"{{"resultCode":"0100000","resultDesc":{{"data":[{ids}]}}}}"#);
        let row = r#"{"callId":"c-1","callerNo":"u","mediaType":53}"#;
        let (calls_client, transport) =
            list(ReplayTransport::new().answer(200, uncounted(row)).answer(200, uncounted(row)));
        assert_eq!(calls_client.chat_users().await.unwrap().len(), 1);
        assert_eq!(transport.take_requests().len(), 2);
    }

    #[tokio::test]
    async fn a_refused_signature_is_sent_once() {
        for status in [401, 403] {
            let (calls_client, transport) =
                list(ReplayTransport::new().answer(status, "").answer(200, calls(&[], 0, 0)));
            calls_client.chat_users().await.unwrap_err();
            assert_eq!(transport.take_requests().len(), 1, "{status}");
        }
    }

    #[tokio::test]
    async fn a_source_takes_its_users_from_the_list() {
        let (listed, _) = list(
            ReplayTransport::new()
                .answer(200, calls(&[("user-2", 53), ("user-1", 53), ("user-2", 53)], 0, 3))
                .answer(200, calls(&[("user-1", 53)], 0, 1)),
        );
        let (client, transport) = client(after_tokens().answer(200, page_of(0..0)));
        let source = RecordSource::new("bes", client, listed);
        let keys: Vec<String> =
            source.partitions().await.unwrap().into_iter().map(|part| part.key).collect();
        assert_eq!(keys, ["user-1", "user-2"]);
        let capabilities = source.capabilities();
        assert!(capabilities.partial_partitions);
        assert!(capabilities.assumptions.last().unwrap().contains("caller's number"));
        source.check().await.unwrap();
        assert_eq!(transport.take_requests().len(), 3);
        assert_eq!(source.calls().requests, 5);
        assert!(source.notices().is_empty());
        assert!(source.lacking().is_empty());
    }

    async fn lacking(pages: Vec<String>) -> (usize, Vec<String>) {
        let sent = pages.len();
        let queue = pages.into_iter().fold(ReplayTransport::new(), |q, body| q.answer(200, body));
        let (listed, transport) = list(queue);
        let source = RecordSource::new("bes", client(ReplayTransport::new()).0, listed);
        let partitions = source.partitions().await.unwrap().len();
        assert_eq!(transport.take_requests().len(), sent, "all pages are asked for, and no more");
        (partitions, source.lacking())
    }

    /// A page of chats with these numbers.
    fn chats(numbers: std::ops::Range<u32>, count: u32) -> String {
        let callers: Vec<String> = numbers.clone().map(|n| format!("user-{n}")).collect();
        let rows: Vec<(&str, i64)> = callers.iter().map(|caller| (&**caller, 53)).collect();
        calls(&rows, numbers.start, count)
    }

    #[tokio::test]
    async fn different_calls_are_held_against_the_count() {
        // a server whose pages overlap, so that the rows add up to the count
        let (found, words) = lacking(vec![chats(0..100, 150), chats(50..100, 150)]).await;
        assert_eq!(found, 100);
        assert_eq!(
            words,
            ["50 calls of the list were counted but not shown, so customers may be missing"]
        );
        // a server that gives fewer than it is asked for
        let pages = vec![chats(0..50, 120), chats(100..120, 120), chats(0..0, 120)];
        let (found, words) = lacking(pages).await;
        assert_eq!((found, words.len()), (70, 1));
    }

    #[tokio::test]
    async fn a_count_is_no_end_of_full_pages() {
        // it counts the calls of the page
        let pages = vec![chats(0..100, 100), chats(100..200, 100), chats(200..203, 3)];
        let (found, words) = lacking(pages).await;
        assert_eq!((found, words.len()), (203, 0));
    }

    #[tokio::test]
    async fn gaps_between_pages_that_are_not_counted_are_told() {
        let uncounted = |body: String| body.replace(r#","count":"0""#, "");
        let pages = vec![chats(0..50, 0), chats(100..120, 0), chats(0..0, 0)];
        let (found, words) = lacking(pages.into_iter().map(uncounted).collect()).await;
        assert_eq!(found, 70);
        assert!(words[0].contains("not full before its end"), "{words:?}");
    }

    #[tokio::test]
    async fn chats_without_a_usable_caller_are_told() {
        let long = "7".repeat(33);
        let row = |id: &str, caller: &str| {
            format!(r#"{{"callId":"{id}","callerNo":{caller},"mediaType":53}}"#)
        };
        let rows = [
            row("1", "null"),
            row("2", &format!(r#""{long}""#)),
            row("3", "123456789012345678901234"),
        ];
        let body = format!(
            r#"{{"resultCode":"0100000","resultDesc":{{"count":3,"data":[{}]}}}}"#,
            rows.join(",")
        );
        let (listed, _) = list(ReplayTransport::new().answer(200, body));
        let source = RecordSource::new("bes", client(ReplayTransport::new()).0, listed);
        let partitions = source.partitions().await.unwrap();
        assert_eq!(partitions[0].key, "123456789012345678901234", "every digit");
        assert_eq!(partitions.len(), 1);
        assert_eq!(
            source.lacking(),
            [
                "2 calls of the list are chats without a user id that can be asked for, so customers \
              may be missing"
            ]
        );
    }

    #[tokio::test]
    async fn calls_that_are_not_shown_or_not_readable_are_told() {
        let body = r#"{"resultCode":"0100000","resultDesc":{"count":5,"data":[7,{"callId":"1"}]}}"#;
        let (listed, _) =
            list(ReplayTransport::new().answer(200, body).answer(200, calls(&[], 0, 5)));
        let source = RecordSource::new("bes", client(ReplayTransport::new()).0, listed);
        assert!(source.partitions().await.unwrap().is_empty());
        assert_eq!(
            source.lacking(),
            [
                "1 calls of the list could not be read, so customers may be missing",
                "3 calls of the list were counted but not shown, so customers may be missing",
            ]
        );
    }

    #[tokio::test]
    async fn a_check_reads_one_page_of_the_list() {
        let (listed, transport) =
            list(ReplayTransport::new().answer(200, calls(&[("user-1", 53)], 0, 5000)));
        let (client, _) = client(after_tokens().answer(200, page_of(0..0)));
        RecordSource::new("bes", client, listed).check().await.unwrap();
        assert_eq!(transport.take_requests().len(), 1);
    }

    #[tokio::test]
    async fn without_a_chat_in_a_day_the_credentials_are_checked_all_the_same() {
        let check = |queue: ReplayTransport| async {
            let (listed, _) = list(ReplayTransport::new().answer(200, calls(&[], 0, 0)));
            let (client, transport) = client(queue);
            let checked = RecordSource::new("bes", client, listed).check().await;
            (checked, transport.take_requests().len())
        };
        let granted = ReplayTransport::new().answer(200, crate::access_token("access-1"));
        let (checked, sent) = check(granted).await;
        checked.unwrap();
        assert_eq!(sent, 1);
        let (checked, _) = check(ReplayTransport::new().answer(401, "")).await;
        let error = checked.unwrap_err();
        assert_eq!((error.kind, error.attempts), (ErrorKind::Auth, 1));
    }
}
