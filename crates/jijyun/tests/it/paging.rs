//! The one page of a listing; the pages of a day of a hosted account.

use jijyun::chat_core::{Checkpoint, Cursor, ReplayTransport};
use jijyun::{Days, Error, HostedHistoryRequest, RecordsRequest, read_page};

use crate::{CUSTOMER, body, client, fixture};

#[tokio::test]
async fn a_listing_is_one_page() {
    let (client, transport) = client(ReplayTransport::new().answer(200, fixture("page-text.json")));
    let mut pager = client.records_pager(RecordsRequest::new(CUSTOMER));
    let page = pager.next_page().await.unwrap().unwrap();
    assert_eq!((page.items.len(), page.next, page.total), (7, None, None));
    assert!(pager.next_page().await.unwrap().is_none());
    assert!(pager.next_page().await.unwrap().is_none(), "the end stays the end");
    assert_eq!(transport.take_requests().len(), 1);
}

#[tokio::test]
async fn an_empty_listing_is_one_page_too() {
    let (client, _) = client(ReplayTransport::new().answer(200, fixture("page-empty.json")));
    let mut pager = client.records_pager(RecordsRequest::new(CUSTOMER));
    assert!(pager.next_page().await.unwrap().unwrap().items.is_empty());
    assert!(pager.next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn a_failed_page_is_tried_again_by_the_next_call() {
    let (client, _) = client(
        ReplayTransport::new()
            .answer(200, fixture("error-4000.json"))
            .answer(200, fixture("page-text.json")),
    );
    let mut pager = client.records_pager(RecordsRequest::new(CUSTOMER));
    assert!(pager.next_page().await.is_err());
    assert_eq!(pager.next_page().await.unwrap().unwrap().items.len(), 7);
}

#[tokio::test]
async fn a_checkpoint_starts_the_same_listing_again_and_no_other() {
    let (client, _) = client(ReplayTransport::new().answer(200, fixture("page-text.json")));
    let request = RecordsRequest::new(CUSTOMER);
    let saved = serde_json::to_string(&client.records_pager(request.clone()).checkpoint()).unwrap();
    let own: Checkpoint = serde_json::from_str(&saved).unwrap();
    let mut pager = client.records_pager_from(request.clone(), own.clone()).unwrap();
    assert_eq!(pager.next_page().await.unwrap().unwrap().items.len(), 7);
    assert_eq!(pager.checkpoint(), own);

    for other in [
        RecordsRequest::new("another"),
        request.clone().with_days(Days::One),
        request.clone().with_start_time("2025-01-01"),
        request.clone().with_chat_source(["x"]),
    ] {
        let refused = client.records_pager_from(other, own.clone());
        assert!(matches!(refused, Err(Error::InvalidRequest { .. })));
    }
    let broken = Checkpoint::new(own.request, Cursor::new("2"));
    let refused = client.records_pager_from(request, broken);
    assert!(matches!(refused, Err(Error::InvalidRequest { .. })));
}

#[test]
fn a_stored_page_reads_as_it_did() {
    let page = read_page(fixture("page-text.json")).unwrap();
    assert_eq!(page.items.len(), 7);
    assert!(read_page(fixture("error-4000.json")).is_err());
    assert!(read_page(b"{".to_vec()).is_err());
}

/// A page of a hosted account's day.
fn day_page(ids: &[&str], seq: &str) -> String {
    let messages: Vec<String> = ids.iter().map(|id| format!(r#"{{"messageId":"{id}"}}"#)).collect();
    format!(r#"{{"Code":2000,"Data":{{"seq":{seq},"messages":[{}]}}}}"#, messages.join(","))
}

async fn walked(answers: &[String]) -> (Vec<Vec<String>>, Vec<String>) {
    let transport =
        answers.iter().fold(ReplayTransport::new(), |queue, page| queue.answer(200, page.as_str()));
    let (client, transport) = client(transport);
    let mut pager = client.hosted_history_pager(HostedHistoryRequest::new("1", "2025-08-06"));
    let mut found = Vec::new();
    while let Some(page) = pager.next_page().await.unwrap() {
        found.push(page.items.into_iter().map(|message| message.message_id).collect());
    }
    let requests = transport.take_requests();
    let seqs = requests.iter().map(|request| body(request)["seq"].as_str().unwrap().to_owned());
    (found, seqs.collect())
}

#[tokio::test]
async fn a_day_ends_at_an_empty_page() {
    let (found, seqs) =
        walked(&[day_page(&["a", "b"], "17"), day_page(&["c"], "\"23\""), day_page(&[], "29")])
            .await;
    assert_eq!(found, [vec!["a", "b"], vec!["c"], vec![]]);
    assert_eq!(seqs, ["0", "17", "23"]);
}

#[tokio::test]
async fn a_day_ends_where_no_further_place_is_named() {
    for last in ["null", "17", "\"17\"", "\"\"", "0", "\"0\""] {
        let (found, seqs) = walked(&[day_page(&["a"], "17"), day_page(&["b"], last)]).await;
        assert_eq!(found, [vec!["a"], vec!["b"]], "{last}");
        assert_eq!(seqs, ["0", "17"], "{last}");
    }
    for whole in [
        r#"{"Code":2000,"Data":{"messages":[{"messageId":"a"}]}}"#,
        r#"{"Code":2000,"Data":{"seq":0,"messages":[{"messageId":"a"}]}}"#,
    ] {
        let (found, _) = walked(&[whole.to_owned()]).await;
        assert_eq!(found, [vec!["a"]], "{whole}");
    }
}

#[tokio::test]
async fn a_further_place_that_cannot_be_read_is_no_end() {
    for seq in ["{}", "[]", r#"{"next":"17"}"#, "[17]", "true", "false"] {
        let (client, _) = client(ReplayTransport::new().answer(200, day_page(&["a"], seq)));
        let mut pager = client.hosted_history_pager(HostedHistoryRequest::new("1", "2025-08-06"));
        let Err(Error::Decode { source, is_garbled: false, .. }) = pager.next_page().await else {
            panic!("{seq}")
        };
        assert_eq!(source.to_string(), "it is neither a text nor a number at `Data.seq`");
    }
}

#[tokio::test]
async fn a_day_without_messages_is_an_empty_page() {
    for none in [
        r#"{"Code":2000,"Data":{"seq":17,"messages":null}}"#,
        r#"{"Code":2000,"Data":{"seq":17}}"#,
        r#"{"Code":2000,"Data":{}}"#,
        r#"{"Code":2000,"Data":null}"#,
        r#"{"Code":2000}"#,
    ] {
        assert_eq!(walked(&[none.to_owned()]).await.0, [vec![""; 0]], "{none}");
    }
}

#[tokio::test]
async fn a_page_of_which_nothing_can_be_read_does_not_end_the_day() {
    let unreadable = r#"{"Code":2000,"Data":{"seq":17,"messages":[7]}}"#.to_owned();
    let (found, _) = walked(&[unreadable, day_page(&["b"], "null")]).await;
    assert_eq!(found, [vec![], vec!["b"]]);
}

#[tokio::test]
async fn a_place_that_comes_again_is_an_error() {
    let (client, _) = client(
        ReplayTransport::new()
            .answer(200, day_page(&["a"], "1"))
            .answer(200, day_page(&["b"], "2"))
            .answer(200, day_page(&["c"], "1")),
    );
    let mut pager = client.hosted_history_pager(HostedHistoryRequest::new("1", "2025-08-06"));
    pager.next_page().await.unwrap();
    pager.next_page().await.unwrap();
    assert!(matches!(pager.next_page().await, Err(Error::Decode { is_garbled: false, .. })));
}
