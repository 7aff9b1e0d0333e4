//! First, middle, last, empty and short pages; resuming.

use nxlink::chat_core::{Checkpoint, Cursor, Endpoint, ReplayTransport};
use nxlink::{Error, RecordsPager, RecordsRequest};

use crate::{answer, client, fixture, page_of, query};

async fn ids(pager: &mut RecordsPager) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    while let Some(page) = pager.next_page().await.unwrap() {
        found.push(page.items.into_iter().map(|record| record.id).collect());
    }
    found
}

fn by_two() -> RecordsRequest {
    RecordsRequest::new().with_page_size(2)
}

#[tokio::test]
async fn a_listing_is_walked_to_its_total() {
    let (client, transport) = client(
        ReplayTransport::new()
            .answer(200, page_of(0..2, 5))
            .answer(200, page_of(2..4, 5))
            .answer(200, page_of(4..5, 5)),
    );
    let mut pager = client.records_pager(by_two());
    assert_eq!(ids(&mut pager).await, [vec!["0", "1"], vec!["2", "3"], vec!["4"]]);
    assert!(pager.next_page().await.unwrap().is_none(), "the end stays the end");
    let requests = transport.take_requests();
    let numbers: Vec<_> = requests.iter().map(|r| query(r, "page_number").unwrap()).collect();
    assert_eq!(numbers, ["1", "2", "3"]);
}

#[tokio::test]
async fn a_total_that_the_pages_fill_exactly_ends_there() {
    let (client, transport) =
        client(ReplayTransport::new().answer(200, page_of(0..2, 4)).answer(200, page_of(2..4, 4)));
    assert_eq!(ids(&mut client.records_pager(by_two())).await.len(), 2);
    assert_eq!(transport.take_requests().len(), 2);
}

#[tokio::test]
async fn empty_and_short_pages_do_not_end_it_before_the_total() {
    let (client, _) = client(
        ReplayTransport::new()
            .answer(200, page_of(0..1, 6))
            .answer(200, page_of(0..0, 6))
            .answer(200, page_of(4..6, 6)),
    );
    let pages = ids(&mut client.records_pager(by_two())).await;
    assert_eq!(pages, [vec!["0"], vec![], vec!["4", "5"]]);
}

#[tokio::test]
async fn the_last_total_counts() {
    let (client, _) = client(
        ReplayTransport::new()
            .answer(200, page_of(0..2, 2 + 1))
            .answer(200, page_of(2..4, 5))
            .answer(200, page_of(4..5, 5)),
    );
    assert_eq!(ids(&mut client.records_pager(by_two())).await.len(), 3);
}

#[tokio::test]
async fn without_a_total_an_empty_page_is_the_end() {
    let untold = |ids: &str| format!(r#"{{"code":0,"list":[{ids}]}}"#);
    let (client, _) = client(
        ReplayTransport::new()
            .answer(200, untold(r#"{"id":1}"#))
            // a page of which nothing can be read is not empty
            .answer(200, untold("null"))
            .answer(200, untold("")),
    );
    assert_eq!(ids(&mut client.records_pager(by_two())).await.len(), 3);
}

#[test]
fn a_server_that_gives_smaller_pages_is_walked_in_its_own_steps() {
    let next = |echo: &str| {
        let body = format!(r#"{{"code":0,"total":60,"page_size":{echo},"list":[{{"id":1}}]}}"#);
        RecordsRequest::new().read_response(answer(200, body)).unwrap().next
    };
    assert_eq!(next("50"), Cursor::new("2"), "clamped to 50 of the 100 asked for");
    for echo in ["100", "0", "-1", "500", "null", "\"?\""] {
        assert_eq!(next(echo), None, "{echo}");
    }
}

#[test]
fn the_request_and_not_the_echo_says_which_page_it_is() {
    let body = r#"{"code":0,"total":5,"page_number":1,"list":[{"id":1}]}"#;
    let request = by_two().with_page_number(3);
    assert_eq!(request.read_response(answer(200, body)).unwrap().next, None);
    let huge = r#"{"code":0,"total":9223372036854775807,"list":[]}"#;
    let last = by_two().with_page_number(u32::MAX);
    assert_eq!(last.read_response(answer(200, huge)).unwrap().next, None);
}

#[tokio::test]
async fn a_stored_page_reads_as_it_did() {
    let page = nxlink::read_page(fixture("page-last.json"), 2).unwrap();
    assert_eq!((page.items.len(), page.next), (1, None));
    let page = nxlink::read_page(page_of(0..2, 5).into_bytes(), 2).unwrap();
    assert_eq!(page.next, Cursor::new("2"));
    assert!(nxlink::read_page(b"{".to_vec(), 2).is_err());
}

#[tokio::test]
async fn a_walk_goes_on_from_its_checkpoint() {
    let (client, transport) = client(
        ReplayTransport::new()
            .answer(200, page_of(0..2, 5))
            .answer(200, page_of(2..4, 5))
            .answer(200, page_of(4..5, 5)),
    );
    let mut pager = client.records_pager(by_two());
    pager.next_page().await.unwrap();
    let saved = serde_json::to_string(&pager.checkpoint()).unwrap();
    drop(pager);

    let checkpoint: Checkpoint = serde_json::from_str(&saved).unwrap();
    let mut pager = client.records_pager_from(by_two(), checkpoint).unwrap();
    assert_eq!(ids(&mut pager).await, [vec!["2", "3"], vec!["4"]]);
    assert_eq!(pager.checkpoint().cursor, Cursor::new("3"), "at most the last page is repeated");
    assert_eq!(query(&transport.take_requests()[1], "page_number").unwrap(), "2");
}

#[tokio::test]
async fn a_failed_page_is_tried_again_by_the_next_call() {
    let (client, transport) = client(
        ReplayTransport::new()
            .answer(200, page_of(0..2, 3))
            .answer(200, fixture("error-1005.json"))
            .answer(200, page_of(2..3, 3)),
    );
    let mut pager = client.records_pager(by_two());
    pager.next_page().await.unwrap();
    let before = pager.checkpoint();
    assert!(pager.next_page().await.is_err());
    assert_eq!(pager.checkpoint(), before);
    assert_eq!(pager.next_page().await.unwrap().unwrap().items[0].id, "2");
    let requests = transport.take_requests();
    assert_eq!(query(&requests[1], "page_number"), query(&requests[2], "page_number"));
}

#[test]
fn a_checkpoint_of_another_request_is_refused() {
    let (client, _) = client(ReplayTransport::new());
    let own = client.records_pager(by_two()).checkpoint();
    assert!(client.records_pager_from(by_two(), own.clone()).is_ok());
    let others = [
        by_two().with_customer_id("1"),
        by_two().with_conversation_id("1"),
        by_two().without_channel(),
        by_two().with_order(nxlink::Order::Descending),
        RecordsRequest::new(),
    ];
    for other in others {
        let refused = client.records_pager_from(other, own.clone());
        assert!(matches!(refused, Err(Error::InvalidRequest { .. })));
    }
    for cursor in ["0", "-1", "page 2"] {
        let broken = Checkpoint::new(own.request.clone(), Cursor::new(cursor));
        let refused = client.records_pager_from(by_two(), broken);
        assert!(matches!(refused, Err(Error::InvalidRequest { .. })), "{cursor}");
    }
}
