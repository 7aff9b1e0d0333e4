//! First, middle, last, empty and short pages; cursors that come again; resuming.

use myscrm_qw::chat_core::{Checkpoint, Cursor, ReplayTransport};
use myscrm_qw::{
    Error, MessageType, Order, RawRecordsRequest, RecordsPager, RecordsRequest, SenderType,
};

use crate::{
    END, START, client, fixture, page_of, query, raw_request, records_request, sealed_page_of,
};

async fn ids(pager: &mut RecordsPager) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    while let Some(page) = pager.next_page().await.unwrap() {
        found.push(page.items.into_iter().map(|record| record.id).collect());
    }
    found
}

#[tokio::test]
async fn a_listing_is_walked_from_cursor_to_cursor() {
    let (client, transport) = client(
        ReplayTransport::new()
            .answer(200, page_of(0..2, "a+b/c=="))
            .answer(200, page_of(2..4, "客 %"))
            .answer(200, page_of(4..5, "")),
    );
    let mut pager = client.records_pager(records_request());
    assert_eq!(ids(&mut pager).await, [vec!["0", "1"], vec!["2", "3"], vec!["4"]]);
    assert!(pager.next_page().await.unwrap().is_none(), "the end stays the end");
    let requests = transport.take_requests();
    let cursors: Vec<_> = requests.iter().map(|r| query(r, "cursor").unwrap()).collect();
    assert_eq!(cursors, ["", "a+b/c==", "客 %"]);
    assert!(requests[1].uri().query().unwrap().contains("cursor=a%2Bb%2Fc%3D%3D"));
    // all else stays the same
    for name in ["chat_id", "start_time", "end_time", "page_size", "asc", "app_id"] {
        let values: Vec<_> = requests.iter().map(|request| query(request, name)).collect();
        assert!(values[0].is_some() && values.windows(2).all(|v| v[0] == v[1]), "{name}");
    }
}

#[tokio::test]
async fn empty_and_short_pages_with_a_cursor_do_not_end_it() {
    let (client, _) = client(
        ReplayTransport::new()
            .answer(200, page_of(0..1, "1"))
            .answer(200, fixture("page-thin.json"))
            .answer(200, page_of(1..2, "")),
    );
    let pages = ids(&mut client.records_pager(records_request())).await;
    assert_eq!(pages, [vec!["0"], vec![], vec!["1"]]);
}

#[tokio::test]
async fn a_missing_null_or_empty_cursor_is_the_end() {
    for end in [r#","next_cursor":"""#, r#","next_cursor":null"#, ""] {
        let body = format!(r#"{{"errcode":0,"list":[{{"chat_record_id":"1"}}]{end}}}"#);
        let (client, transport) = client(ReplayTransport::new().answer(200, body));
        assert_eq!(ids(&mut client.records_pager(records_request())).await.len(), 1, "{end}");
        assert_eq!(transport.take_requests().len(), 1);
    }
}

#[test]
fn a_cursor_of_another_type_is_not_the_end() {
    use myscrm_qw::chat_core::Endpoint;
    use myscrm_qw::{ExternalUsersRequest, GroupChatsRequest, MemberType};
    let groups = GroupChatsRequest::new("m", MemberType::Employee);
    for cursor in [r#"{"position":"2"}"#, r#"["2"]"#, "true", "false"] {
        let body = format!(
            r#"{{"errcode":0,"list":[],"external_userids":[],"encrypted":"","next_cursor":{cursor}}}"#
        );
        let answer = || crate::answer(200, body.clone());
        let raw = raw_request().read_response(answer());
        for error in [
            records_request().read_response(answer()).unwrap_err(),
            raw.and_then(|sealed| sealed.into_page(&crate::keys())).unwrap_err(),
            ExternalUsersRequest::new().read_response(answer()).unwrap_err(),
            groups.read_response(answer()).unwrap_err(),
        ] {
            assert!(matches!(error, Error::Decode { .. }), "{cursor}: {error:?}");
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert_eq!(source, "it is neither text nor a number at `next_cursor`");
        }
    }
    let large = r#"{"errcode":0,"list":[],"next_cursor":123456789012345678901234567890}"#;
    let page = records_request().read_response(crate::answer(200, large)).unwrap();
    assert_eq!(page.next, Cursor::new("123456789012345678901234567890"));
}

#[test]
fn a_success_that_holds_something_else_is_not_an_empty_page() {
    use myscrm_qw::chat_core::Endpoint;
    use myscrm_qw::{ExternalUsersRequest, GroupChatsRequest, MemberType};
    let groups = GroupChatsRequest::new("m", MemberType::Employee);
    let read = |body: &str| {
        let answer = || crate::answer(200, body.to_owned());
        [
            records_request().read_response(answer()).err(),
            raw_request().read_response(answer()).err(),
            ExternalUsersRequest::new().read_response(answer()).err(),
            groups.read_response(answer()).err(),
        ]
    };
    for error in read(r#"{"errcode":0,"data":{"list":[{"chat_record_id":"1"}]}}"#) {
        assert!(matches!(error, Some(Error::Decode { .. })), "{error:?}");
    }
    // empty values may be left out, and a cursor shows that this is the place for them
    for body in [
        r#"{"errcode":0}"#,
        r#"{"errcode":0,"errmsg":"ok"}"#,
        r#"{"errcode":0,"next_cursor":"","sum":0}"#,
    ] {
        assert_eq!(read(body).map(|error| error.is_some()), [false; 4], "{body}");
    }
}

#[tokio::test]
async fn a_cursor_that_comes_again_is_an_error() {
    let (client, _) = client(
        ReplayTransport::new()
            .answer(200, page_of(0..1, "a"))
            .answer(200, page_of(1..2, "b"))
            .answer(200, page_of(2..3, "a")),
    );
    let mut pager = client.records_pager(records_request());
    pager.next_page().await.unwrap();
    pager.next_page().await.unwrap();
    let error = pager.next_page().await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "it leads back to a page that was read already");
}

#[tokio::test]
async fn fifty_empty_pages_in_a_row_are_an_error() {
    let mut queue = ReplayTransport::new();
    for number in 0..60 {
        queue = queue.answer(200, page_of(0..0, &number.to_string()));
    }
    let (client, transport) = client(queue);
    let mut pager = client.records_pager(records_request());
    let mut read = 0;
    let error = loop {
        match pager.next_page().await {
            Ok(page) => read += usize::from(page.is_some()),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Decode { .. }));
    assert_eq!((read, transport.take_requests().len()), (49, 50));
}

#[tokio::test]
async fn a_stored_page_reads_as_it_did() {
    let page = myscrm_qw::read_page(page_of(0..2, "c").into_bytes()).unwrap();
    assert_eq!((page.items.len(), page.next), (2, Cursor::new("c")));
    assert!(myscrm_qw::read_page(b"{".to_vec()).is_err());
    assert!(myscrm_qw::read_page(fixture("error-100.json")).is_err());
}

#[tokio::test]
async fn a_walk_goes_on_from_its_checkpoint() {
    let (client, transport) = client(
        ReplayTransport::new()
            .answer(200, page_of(0..2, "a"))
            .answer(200, page_of(2..4, "b"))
            .answer(200, page_of(4..5, "")),
    );
    let mut pager = client.records_pager(records_request());
    pager.next_page().await.unwrap();
    let saved = serde_json::to_string(&pager.checkpoint()).unwrap();
    drop(pager);

    let checkpoint: Checkpoint = serde_json::from_str(&saved).unwrap();
    let mut pager = client.records_pager_from(records_request(), checkpoint).unwrap();
    assert_eq!(ids(&mut pager).await, [vec!["2", "3"], vec!["4"]]);
    assert_eq!(pager.checkpoint().cursor, Cursor::new("b"), "at most the last page is repeated");
    assert_eq!(query(&transport.take_requests()[1], "cursor").unwrap(), "a");
}

#[tokio::test]
async fn a_failed_page_is_tried_again_by_the_next_call() {
    let (client, transport) = client(
        ReplayTransport::new()
            .answer(200, page_of(0..2, "a"))
            .answer(200, fixture("error-100.json"))
            .answer(200, page_of(2..3, "")),
    );
    let mut pager = client.records_pager(records_request());
    pager.next_page().await.unwrap();
    let before = pager.checkpoint();
    assert!(pager.next_page().await.is_err());
    assert_eq!(pager.checkpoint(), before);
    assert_eq!(pager.next_page().await.unwrap().unwrap().items[0].id, "2");
    let requests = transport.take_requests();
    assert_eq!(query(&requests[1], "cursor"), query(&requests[2], "cursor"));
}

#[test]
fn a_checkpoint_of_another_request_is_refused() {
    let (client, _) = client(ReplayTransport::new());
    let own = client.records_pager(records_request()).checkpoint();
    assert!(client.records_pager_from(records_request(), own.clone()).is_ok());
    let elsewhere = records_request().with_cursor(Cursor::new("c"));
    assert!(client.records_pager_from(elsewhere, own.clone()).is_ok(), "whichever page");
    for other in [
        RecordsRequest::new("another", START, END),
        RecordsRequest::new("fixture-chat", START, START),
        records_request().with_keyword("k"),
        records_request().with_message_type(MessageType::Text),
        records_request().with_sender_type(SenderType::Employee),
        records_request().with_order(Order::Descending),
        records_request().with_page_size(7),
    ] {
        let refused = client.records_pager_from(other, own.clone());
        assert!(matches!(refused, Err(Error::InvalidRequest { .. })));
    }
    let refused = client.raw_records_pager_from(raw_request(), own);
    assert!(matches!(refused, Err(Error::InvalidRequest { .. })));
}

#[tokio::test]
async fn raw_listings_are_walked_alike() {
    let (client, transport) = client(
        ReplayTransport::new()
            .answer(200, sealed_page_of(0..2, "a"))
            .answer(200, r#"{"errcode":0,"next_cursor":"b"}"#)
            .answer(200, sealed_page_of(2..3, "")),
    );
    let mut pager = client.raw_records_pager(raw_request());
    let mut found = Vec::new();
    while let Some(page) = pager.next_page().await.unwrap() {
        found.push(page.items.len());
    }
    assert_eq!(found, [2, 0, 1]);
    assert!(pager.next_page().await.unwrap().is_none());
    let requests = transport.take_requests();
    let cursors: Vec<_> = requests.iter().map(|r| query(r, "cursor").unwrap()).collect();
    assert_eq!(cursors, ["", "a", "b"]);
    let checkpoint = pager.checkpoint();
    let other = RawRecordsRequest::new(START, START);
    assert!(client.raw_records_pager_from(other, checkpoint.clone()).is_err());
    assert!(client.raw_records_pager_from(raw_request(), checkpoint).is_ok());
}
