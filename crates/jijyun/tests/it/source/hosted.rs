//! What a sync engine sees of hosted accounts.

use std::sync::Arc;

use jijyun::chat_core::{
    Cursor, ErrorKind, MediaErrorKind, MediaItem, MediaLink, PageRequest, Partition,
    ReplayTransport, Source, UnixMillis, Window, Windowing,
};
use jijyun::{HostedSource, Selection};

use super::{DAY_MS, ids, reads_again};
use crate::{body, client};

const ACCOUNT: &str = "1688850000000000";
/// 2025-08-06 at 00:00 in China.
const DAY_FROM: i64 = 1_754_409_600_000;

fn source(transport: ReplayTransport, accounts: Selection) -> (HostedSource, Arc<ReplayTransport>) {
    let (client, transport) = client(transport);
    (HostedSource::new("hosted", client, accounts), transport)
}

fn one(transport: ReplayTransport) -> (HostedSource, Arc<ReplayTransport>) {
    source(transport, Selection::these([ACCOUNT]))
}

fn first_page(window: Window) -> PageRequest {
    PageRequest::first(Partition::new(ACCOUNT), Some(window))
}

/// A page of messages that were sent outside of every window here.
fn page_of(ids: &[&str], seq: u32) -> String {
    let rows: Vec<String> = ids
        .iter()
        .map(|id| {
            format!(
                r#"{{"messageId":"{id}","timestamp":1000,"type":6,
                    "Payload":{{"ImagePayload":{{"imageUrl":"https://media.example.com/{id}"}}}}}}"#
            )
        })
        .collect();
    format!(r#"{{"Code":2000,"Data":{{"seq":{seq},"messages":[{}]}}}}"#, rows.join(","))
}

/// Walks a window; the days and places asked for, and the ids that came.
async fn walked(window: Window, pages: &[String]) -> (Vec<String>, Vec<String>) {
    let queue = ReplayTransport::new();
    let (source, transport) =
        one(pages.iter().fold(queue, |queue, page| queue.answer(200, page.as_str())));
    let (mut request, mut found) = (first_page(window), Vec::new());
    loop {
        let page = source.fetch(&request).await.unwrap();
        reads_again(&source, &request.partition, &page);
        found.extend(ids(&page).into_iter().map(str::to_owned));
        if page.next.is_none() {
            break;
        }
        request = request.at(page.next);
    }
    let requests = transport.take_requests();
    let asked = requests.iter().map(|request| {
        let sent = body(request);
        assert_eq!(sent["imBotId"], ACCOUNT);
        format!("{} {}", sent["snapshotDay"].as_str().unwrap(), sent["seq"].as_str().unwrap())
    });
    (asked.collect(), found)
}

#[tokio::test]
async fn it_says_what_it_is() {
    let (source, _) = one(ReplayTransport::new());
    assert_eq!((source.name(), source.vendor()), ("hosted", "jijyun"));
    assert_eq!(source.partitions().await.unwrap(), [Partition::new(ACCOUNT)]);
    let capabilities = source.capabilities();
    let Windowing::Closed { grain_ms, max_ms, .. } = capabilities.windowing else { panic!() };
    assert_eq!((grain_ms, max_ms), (3_600_000, Some(DAY_MS)));
    assert!(!capabilities.has_total && !capabilities.partial_partitions);
    assert_eq!(capabilities.page_size, 100);
    assert!(capabilities.assumptions.iter().any(|one| one.contains("+08:00")));
    assert_eq!(source.clone().with_page_size(10).capabilities().page_size, 10);
    assert_eq!(source.fingerprint(), source.clone().with_page_size(10).fingerprint());
    assert!(source.lacking().is_empty());
}

#[tokio::test]
async fn a_day_is_walked_place_by_place() {
    let day = Window::new(DAY_FROM, DAY_FROM + DAY_MS);
    let pages = [page_of(&["a", "b"], 17), page_of(&["c"], 23), page_of(&[], 23)];
    let (asked, found) = walked(day, &pages).await;
    assert_eq!(asked, ["2025-08-06 0", "2025-08-06 17", "2025-08-06 23"]);
    assert_eq!(found, ["a", "b", "c"], "whenever they were sent");
}

#[tokio::test]
async fn every_day_that_a_window_touches_is_asked_for() {
    for (from, to, days) in [
        (DAY_FROM, DAY_FROM + 1, vec!["2025-08-06 0"]),
        (DAY_FROM - 1, DAY_FROM, vec!["2025-08-05 0"]),
        (DAY_FROM - 1, DAY_FROM + 1, vec!["2025-08-05 0", "2025-08-06 0"]),
        // a day of UTC
        (
            DAY_FROM + 8 * 3_600_000,
            DAY_FROM + 8 * 3_600_000 + DAY_MS,
            vec!["2025-08-06 0", "2025-08-07 0"],
        ),
        (DAY_FROM + 25 * DAY_MS, DAY_FROM + 27 * DAY_MS, vec!["2025-08-31 0", "2025-09-01 0"]),
    ] {
        let pages = vec![page_of(&["a"], 0); days.len()];
        let (asked, found) = walked(Window::new(from, to), &pages).await;
        assert_eq!(
            (asked, found.len()),
            (days.iter().map(ToString::to_string).collect(), days.len())
        );
    }
}

#[tokio::test]
async fn days_with_pages_follow_each_other() {
    let window = Window::new(DAY_FROM - 1, DAY_FROM + 1);
    let pages = [page_of(&["a"], 5), page_of(&[], 5), page_of(&["b"], 9), page_of(&["c"], 9)];
    let (asked, found) = walked(window, &pages).await;
    assert_eq!(asked, ["2025-08-05 0", "2025-08-05 5", "2025-08-06 0", "2025-08-06 9"]);
    assert_eq!(found, ["a", "b", "c"]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_before_anything_is_sent() {
    let (source, transport) = one(ReplayTransport::new());
    let day = Window::new(DAY_FROM, DAY_FROM + DAY_MS);
    let whole = PageRequest::first(Partition::new(ACCOUNT), None);
    for asked in [
        whole,
        first_page(day).at(Cursor::new("2025-08-06")),
        first_page(day).at(Cursor::new("yesterday 0")),
        first_page(day).at(Cursor::new("2025-08-06 ")),
    ] {
        let error = source.fetch(&asked).await.unwrap_err();
        assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0), "{asked:?}");
    }
    let error = source.with_page_size(0).fetch(&first_page(day)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    assert!(transport.take_requests().is_empty());
}

#[tokio::test]
async fn all_accounts_are_those_of_the_list() {
    let list = r#"{"Code":2000,"Data":[{"imBotId":"1"},{"wxid":"2"},{"name":"x"}]}"#;
    let (source, transport) = source(
        ReplayTransport::new()
            .answer(200, list)
            .answer(200, r#"{"Code":2000,"Data":[{"name":"x"}]}"#)
            .answer(200, r#"{"Code":2000,"Data":[]}"#),
        Selection::All,
    );
    assert!(source.capabilities().partial_partitions);
    assert!(source.capabilities().assumptions.iter().any(|one| one.contains("botWxid")));
    let partitions = source.partitions().await.unwrap();
    assert_eq!(partitions, [Partition::new("1"), Partition::new("2")]);
    assert_eq!(transport.take_requests()[0].uri().path(), "/v1/api/ai/marketing/bot/list");
    let lacking = source.lacking();
    assert_eq!(lacking, ["1 hosted account of the vendor's list has no id that can be read"]);

    let error = source.partitions().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Decode);
    assert!(error.to_string().contains("name the accounts by their imBotId"), "{error}");
    assert!(source.partitions().await.unwrap().is_empty());
}

#[tokio::test]
async fn accounts_that_the_list_counts_and_does_not_name_are_said() {
    let many = r#"{"data":[{"wxid":"1"},{"wxid":"2"},{"wxid":"2"}],"page":{"total":3},"total":3}"#;
    let few = r#"{"data":[{"wxid":"1"}],"page":{"total":3},"total":2}"#;
    let answer = |data: &str| format!(r#"{{"Code":2000,"Data":{data}}}"#);
    let (source, _) = source(
        ReplayTransport::new().answer(200, answer(many)).answer(200, answer(few)),
        Selection::All,
    );
    source.partitions().await.unwrap();
    assert!(source.lacking().is_empty(), "one that is listed twice is no other one");
    assert_eq!(source.partitions().await.unwrap(), [Partition::new("1")]);
    let lacking = source.lacking();
    assert_eq!(lacking, ["the vendor says that it has 3 hosted accounts, and lists 1"]);
}

#[tokio::test]
async fn a_check_is_the_call_for_it() {
    let (source, _) =
        one(ReplayTransport::new().answer(200, r#"{"success":true}"#).answer(402, ""));
    source.check().await.unwrap();
    assert_eq!(source.check().await.unwrap_err().kind, ErrorKind::Auth);
    assert_eq!(source.calls().requests, 2);
}

#[tokio::test]
async fn a_file_s_link_is_renewed_by_reading_its_day_again() {
    let (source, transport) = one(ReplayTransport::new()
        .answer(200, page_of(&["a"], 5))
        .answer(200, page_of(&["b"], 9))
        .answer(200, page_of(&["a"], 5))
        .answer(200, page_of(&[], 5))
        // a server that goes in circles
        .answer(200, page_of(&["a"], 5))
        .answer(200, page_of(&["c"], 7))
        .answer(200, page_of(&["a"], 5)));
    let mut item = MediaItem::new(Partition::new(ACCOUNT), "b");
    item.sent_at = Some(UnixMillis::new(DAY_FROM));
    let links = source.renew_media(&item).await.unwrap().unwrap();
    let [Some(link)] = &links[..] else { panic!("{links:?}") };
    assert_eq!(link.expose(), "https://media.example.com/b");
    let sent = body(&transport.take_requests()[1]);
    assert_eq!((&sent["snapshotDay"], &sent["seq"]), (&"2025-08-06".into(), &"5".into()));
    assert!(source.renew_media(&item).await.unwrap().is_none(), "no longer listed");
    assert!(source.renew_media(&item).await.unwrap().is_none(), "and it ends");
    for far in [i64::MIN, i64::MAX] {
        // a time from outside may be anything
        item.sent_at = Some(UnixMillis::new(far));
        assert!(source.renew_media(&item).await.is_err());
    }
    item.sent_at = None;
    let error = source.renew_media(&item).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0));

    let link = MediaLink::new("https://media.example.com/1", None);
    let error = source.fetch_media(&link, &mut Vec::new(), 10).await.unwrap_err();
    assert!(matches!(error.kind(), MediaErrorKind::Refused(_)));
    assert!(source.same_content(br#"{"a":1}"#, br#"{ "a": 1 }"#));
}

#[test]
fn another_picture_of_the_contact_is_no_other_message() {
    let (source, _) = one(ReplayTransport::new());
    let same = |a: &str, b: &str| source.same_content(a.as_bytes(), b.as_bytes());
    let message = r#"{"messageId":"m","avatar":"https://media.example.com/1?t=1","type":7}"#;
    assert!(same(message, r#"{"messageId":"m","avatar":"https://media.example.com/2","type":7}"#));
    assert!(same(message, r#"{"messageId":"m","type":7}"#));
    assert!(!same(message, r#"{"messageId":"m","avatar":"https://media.example.com/1?t=1"}"#));
    let inside = r#"{"Payload":{"avatar":"1"}}"#;
    assert!(!same(inside, &inside.replace('1', "2")), "what a message says counts");
}
