//! What a sync engine sees.

use std::sync::Arc;

use jijyun::chat_core::{
    Cursor, ErrorKind, IdOrigin, MediaErrorKind, MediaItem, MediaLink, PageRequest, Partition,
    ReplayTransport, Source, SourcePage, UnixMillis, Window, Windowing,
};
use jijyun::{Days, Error, HostedSource, RecordSource, Selection};

use crate::{CUSTOMER, body, client, fixture};

const DAY_MS: i64 = 86_400_000;

fn source(
    transport: ReplayTransport,
    customers: Selection,
) -> (RecordSource, Arc<ReplayTransport>) {
    let (client, transport) = client(transport);
    (RecordSource::new("yuju", client, customers), transport)
}

fn one(transport: ReplayTransport) -> (RecordSource, Arc<ReplayTransport>) {
    source(transport, Selection::these([CUSTOMER]))
}

fn first_page() -> PageRequest {
    PageRequest::first(Partition::new(CUSTOMER), None)
}

/// The answer that lists these conversations, each with one message.
fn listing(chat_ids: &[&str]) -> String {
    let rows: Vec<String> = chat_ids
        .iter()
        .map(|id| format!(r#"{{"chat_id":"{id}","messages":[{{"content":"x"}}]}}"#))
        .collect();
    format!(r#"{{"Code":2000,"Data":[{}]}}"#, rows.join(","))
}

/// The answer that holds a conversation.
fn history(ids: &[&str]) -> String {
    let rows: Vec<String> = ids
        .iter()
        .map(|id| {
            format!(
                r#"{{"message_id":"{id}","message_type":9,"message_forward_type":"incoming",
                    "message_create_time":1785312000000,
                    "message_content":{{"url":"https://media.example.com/{id}"}}}}"#
            )
        })
        .collect();
    format!("{{\"Code\":2000,\n \"Data\":{{\"message\":[{}]}}}}\n", rows.join(","))
}

/// A page that is read again from its stored bytes alone says the same.
fn reads_again(source: &dyn Source, partition: &Partition, page: &SourcePage) {
    let again = source.read(partition, page.raw.as_bytes().to_vec()).unwrap();
    assert_eq!(again.records.len(), page.records.len());
    for (a, b) in page.records.iter().zip(&again.records) {
        assert_eq!((&a.message, &a.span), (&b.message, &b.span));
        assert_eq!(a.likeness, b.likeness);
    }
    assert_eq!(page.skipped, again.skipped);
    assert_eq!(page.raw, again.raw);
}

fn ids(page: &SourcePage) -> Vec<&str> {
    page.records.iter().map(|record| record.message.id.as_str()).collect()
}

#[tokio::test]
async fn it_says_what_it_is() {
    let (source, _) = source(ReplayTransport::new(), Selection::these(["b", "a", "b"]));
    assert_eq!((source.name(), source.vendor()), ("yuju", "jijyun"));
    assert_eq!(
        source.partitions().await.unwrap(),
        [Partition::new("b"), Partition::new("a")],
        "each once, in the order given"
    );
    let capabilities = source.capabilities();
    assert_eq!(capabilities.windowing, Windowing::Whole { reach_ms: Some(30 * DAY_MS) });
    assert!(!capabilities.has_total && !capabilities.partial_partitions);
    let more = source.clone().with_history_detail(true).capabilities();
    assert!(more.assumptions.len() > capabilities.assumptions.len());
    assert!(source.notices().is_empty());
}

#[test]
fn days_must_be_a_number() {
    let (source, _) = one(ReplayTransport::new());
    for (days, reach) in [(Days::One, 1), (Days::Seven, 7), (Days::from("90"), 90)] {
        let source = source.clone().with_days(days).unwrap();
        let windowing = Windowing::Whole { reach_ms: Some(reach * DAY_MS) };
        assert_eq!(source.capabilities().windowing, windowing);
    }
    for days in ["", "0", "-7", "all", "7.5", "99999999999"] {
        let refused = source.clone().with_days(Days::from(days));
        assert!(matches!(refused, Err(Error::InvalidRequest { .. })), "{days}");
    }
}

#[test]
fn what_its_records_mean_depends_on_is_in_its_fingerprint() {
    let (source, _) = one(ReplayTransport::new());
    let plain = source.fingerprint();
    // a listing is always read whole, so how far it reaches does not matter
    assert_eq!(plain, source.clone().with_days(Days::One).unwrap().fingerprint());
    assert_ne!(plain, source.with_history_detail(true).fingerprint());
    assert!(!plain.contains("fixture"));
}

#[tokio::test]
async fn a_listing_is_fetched_and_read_again_from_its_bytes() {
    let (source, transport) = one(ReplayTransport::new()
        .answer(200, fixture("page-text.json"))
        .answer(200, fixture("page-bad-record.json")));
    let source = source.with_days(Days::Seven).unwrap();
    let page = source.fetch(&first_page()).await.unwrap();
    let sent = body(&transport.take_requests()[0]);
    assert_eq!((&sent["customer_id"], &sent["days"]), (&CUSTOMER.into(), &"7".into()));
    assert_eq!((page.records.len(), page.next.as_ref(), page.total), (7, None, None));
    assert!(!page.may_be_cut);
    let first = &page.records[0].message;
    assert_eq!((first.id.as_str(), first.id_origin), ("", IdOrigin::Derived));
    assert_eq!(first.sender.as_ref().unwrap().id.as_ref().unwrap().as_str(), CUSTOMER);
    assert_eq!(page.raw.as_bytes(), fixture("page-text.json"));
    reads_again(&source, &Partition::new(CUSTOMER), &page);

    let second = source.fetch(&first_page()).await.unwrap();
    assert_eq!((second.records.len(), second.skipped.len()), (4, 6));
    reads_again(&source, &Partition::new(CUSTOMER), &second);
    let error = source.read(&Partition::new(CUSTOMER), fixture("error-4000.json")).unwrap_err();
    assert_eq!(error.vendor_code.as_deref(), Some("4000"));
    assert_eq!(source.cursor_after(None), None);
}

#[test]
fn a_message_stays_like_itself_while_keys_come_and_go() {
    let (source, _) = one(ReplayTransport::new());
    let likeness = |message: &str| {
        let body = format!(r#"{{"Code":2000,"Data":[{{"chat_id":"c","messages":[{message}]}}]}}"#);
        let page = source.read(&Partition::new(CUSTOMER), body.into_bytes()).unwrap();
        page.records[0].likeness.clone().unwrap()
    };
    let known = likeness(r#"{"content":"好","message_type":"AI对话","sender_type":"用户"}"#);
    let more = r#"{"n":1, "sender_type":"用户", "content":"\u597d","message_type":"AI对话"}"#;
    assert_eq!(known, likeness(more));
    for other in [
        r#"{"content":"好的","message_type":"AI对话","sender_type":"用户"}"#,
        r#"{"content":"好","message_type":"人工对话","sender_type":"用户"}"#,
        r#"{"content":"好","message_type":"AI对话","sender_type":"客服"}"#,
        r#"{"content":"好","message_type":"AI对话用户"}"#,
        r#"{"content":"好"}"#,
    ] {
        assert_ne!(known, likeness(other), "{other}");
    }
}

#[tokio::test]
async fn all_customers_are_those_of_the_contacts_list() {
    let list = r#"{"Code":2000,"Data":[{"id":"c1"},{"name":"x"},{"id":"c2"},{"id":"c1"},7]}"#;
    let (source, transport) =
        source(ReplayTransport::new().answer(200, list).answer(402, ""), Selection::All);
    assert!(source.capabilities().partial_partitions);
    assert!(source.capabilities().assumptions.iter().any(|one| one.contains("contacts list")));
    let partitions = source.partitions().await.unwrap();
    assert_eq!(partitions, [Partition::new("c1"), Partition::new("c2")]);
    assert_eq!(body(&transport.take_requests()[0]), serde_json::json!({"filter": []}));
    assert_eq!(source.notices(), ["2 contacts of the vendor's list have no id and are not read"]);
    let error = source.partitions().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Auth);
    assert!(error.to_string().contains("allowance of API calls is used up"), "{error}");
}

#[tokio::test]
async fn a_check_is_the_call_for_it() {
    let (source, transport) = one(ReplayTransport::new()
        .answer(200, r#"{"success":true}"#)
        .answer(200, r#"{"success":false}"#)
        .answer(401, ""));
    source.check().await.unwrap();
    assert_eq!(transport.take_requests()[0].uri().path(), "/v1/openapi/check");
    for _ in 0..2 {
        let error = source.check().await.unwrap_err();
        assert_eq!((error.kind, error.attempts), (ErrorKind::Auth, 1));
        assert!(error.advice.unwrap().contains("check the key"));
    }
    assert_eq!(source.calls().requests, 3);
}

#[tokio::test]
async fn conversations_are_read_whole_on_request() {
    let (source, transport) = one(ReplayTransport::new()
        .answer(200, listing(&["chat/1", "chat 2", "chat/1"]))
        .answer(200, history(&["b", "a"]))
        .answer(200, r#"{"Code":2000,"Data":{"message":[]}}"#));
    let source = source.with_history_detail(true);
    let partition = Partition::new(CUSTOMER);

    let first = source.fetch(&first_page()).await.unwrap();
    assert!(first.records.is_empty(), "it only tells which conversations there are");
    assert_eq!(first.next, Cursor::new(r#"["chat/1","chat 2"]"#));
    reads_again(&source, &partition, &first);

    let second = source.fetch(&first_page().at(first.next)).await.unwrap();
    assert_eq!(ids(&second), ["chat/1/b", "chat/1/a"], "in the vendor's order");
    assert_eq!(second.next, Cursor::new(r#"["chat 2"]"#));
    let message = &second.records[0].message;
    assert_eq!(message.id_origin, IdOrigin::Vendor);
    assert_eq!(message.conversation_id.as_ref().unwrap().as_str(), "chat/1");
    reads_again(&source, &partition, &second);

    let third = source.fetch(&first_page().at(second.next.clone())).await.unwrap();
    assert_eq!((third.records.len(), third.next.as_ref()), (0, None));
    reads_again(&source, &partition, &third);

    let requests = transport.take_requests();
    assert_eq!(body(&requests[1]), serde_json::json!({"chat_id": "chat/1"}));
    assert_eq!(body(&requests[2]), serde_json::json!({"chat_id": "chat 2"}));

    // without it, the pages that were stored with it are still what they were
    reads_again(&source.with_history_detail(false), &partition, &second);
}

#[tokio::test]
async fn the_answer_is_stored_byte_for_byte_beside_its_conversation() {
    let answer = history(&["a"]);
    let (source, _) = one(ReplayTransport::new().answer(200, answer.as_str()));
    let source = source.with_history_detail(true);
    let asked = first_page().at(Cursor::new(r#"["a\"客"]"#));
    let page = source.fetch(&asked).await.unwrap();
    let expected = format!(r#"{{"chat_id":"a\"客","answer":{answer}}}"#);
    assert_eq!(std::str::from_utf8(page.raw.as_bytes()).unwrap(), expected);
    assert_eq!(ids(&page), ["a\"客/a"]);
    let raw: serde_json::Value =
        serde_json::from_slice(page.raw.record(&page.records[0].span)).unwrap();
    assert_eq!(raw["message_id"], "a");
}

#[tokio::test]
async fn conversations_that_cannot_be_asked_for_are_reported() {
    let body = r#"{"Code":2000,"Data":[7,{"messages":[{"content":"x"}]},{"chat_id":"c","messages":null}]}"#;
    let (source, _) =
        one(ReplayTransport::new().answer(200, body).answer(200, r#"{"Code":2000,"Data":[]}"#));
    let source = source.with_history_detail(true);
    let page = source.fetch(&first_page()).await.unwrap();
    assert_eq!(page.next, Cursor::new(r#"["c"]"#));
    let reasons: Vec<String> =
        page.skipped.iter().map(|skipped| skipped.error.to_string()).collect();
    assert_eq!(
        reasons,
        ["a record is not an object at `Data[0]`", "a conversation has no `chat_id` at `Data[1]`"]
    );
    reads_again(&source, &Partition::new(CUSTOMER), &page);
    assert_eq!(source.fetch(&first_page()).await.unwrap().next, None, "no conversations");
}

#[tokio::test]
async fn a_conversation_that_is_refused_does_not_cost_the_next_one() {
    let (source, _) = one(ReplayTransport::new().answer(200, fixture("error-4000.json")));
    let source = source.with_history_detail(true);
    let cursor = Cursor::new(r#"["a","b"]"#);
    let error = source.fetch(&first_page().at(cursor.clone())).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    assert!(error.message.contains("chat/history/detail"), "{error}");
    let after = source.cursor_after(cursor.as_ref());
    assert_eq!(after, Cursor::new(r#"["b"]"#));
    assert_eq!(source.cursor_after(after.as_ref()), None);
    for wrong in ["[]", "a", "[1]", "{}"] {
        let asked = first_page().at(Cursor::new(wrong));
        let error = source.fetch(&asked).await.unwrap_err();
        assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0), "{wrong}");
        assert_eq!(source.cursor_after(Cursor::new(wrong).as_ref()), None);
    }
}

#[tokio::test]
async fn a_file_s_link_is_renewed_by_reading_its_conversation_again() {
    let (source, _) =
        one(ReplayTransport::new().answer(200, history(&["b", "a"])).answer(200, history(&["b"])));
    let mut item = MediaItem::new(Partition::new(CUSTOMER), "chat/1/a");
    item.conversation_id = Some("chat/1".to_owned());
    let links = source.renew_media(&item).await.unwrap().unwrap();
    let [Some(link)] = &links[..] else { panic!("{links:?}") };
    assert_eq!((link.expose(), link.expires_at()), ("https://media.example.com/a", None));
    assert!(source.renew_media(&item).await.unwrap().is_none(), "no longer listed");
    item.conversation_id = None;
    let error = source.renew_media(&item).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0));

    let link = MediaLink::new("https://media.example.com/1", None);
    let error = source.fetch_media(&link, &mut Vec::new(), 10).await.unwrap_err();
    assert!(matches!(error.kind(), MediaErrorKind::Refused(_)));
}

#[test]
fn white_space_is_no_change() {
    let (source, _) = one(ReplayTransport::new());
    let same = |a: &str, b: &str| source.same_content(a.as_bytes(), b.as_bytes());
    assert!(same(r#"{"a":1,"b":[2]}"#, r#"{ "b": [2], "a": 1 }"#));
    assert!(!same(r#"{"a":1}"#, r#"{"a":2}"#));
    assert!(same("not json", "not json"));
    assert!(!same("not json", "also not json"));
}

mod hosted {
    use super::{
        Arc, Cursor, DAY_MS, ErrorKind, HostedSource, MediaErrorKind, MediaItem, MediaLink,
        PageRequest, Partition, ReplayTransport, Selection, Source, UnixMillis, Window, Windowing,
        body, client, ids, reads_again,
    };

    const ACCOUNT: &str = "1688850000000000";
    /// 2025-08-06 at 00:00 in China.
    const DAY_FROM: i64 = 1_754_409_600_000;

    fn source(
        transport: ReplayTransport,
        accounts: Selection,
    ) -> (HostedSource, Arc<ReplayTransport>) {
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
        assert!(source.notices().is_empty());
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
        let notices = source.notices();
        assert_eq!(notices, ["1 hosted accounts have no id that is known and are not read"]);

        let error = source.partitions().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Decode);
        assert!(error.to_string().contains("name the accounts by their imBotId"), "{error}");
        assert!(source.partitions().await.unwrap().is_empty());
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
}
