//! What a sync engine sees.

mod detail;
mod hosted;

use std::sync::Arc;

use jijyun::chat_core::{
    ErrorKind, IdOrigin, PageRequest, Partition, ReplayTransport, Source, SourcePage, Windowing,
};
use jijyun::{Days, Error, RecordSource, Selection};

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
    assert!(source.lacking().is_empty());
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
    assert_eq!((second.records.len(), second.skipped.len()), (3, 7));
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
    assert_eq!(source.lacking(), ["2 contacts of the vendor's list have no id that can be read"]);
    assert!(source.clone().notices().is_empty());
    let error = source.partitions().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Auth);
    assert!(error.to_string().contains("allowance of API calls is used up"), "{error}");
    assert!(source.lacking().is_empty(), "of a list that did not come nothing is known");
}

#[tokio::test]
async fn a_contact_is_read_for_its_id_whatever_else_it_is() {
    let list = r#"{"Code":2000,"Data":[{"id":"A","name":"x"},{"id":"B","company":{"name":"y"},
        "name":["x"],"roomTopic":{},"create_time":[]},{"id":7,"mobile":13800000000}]}"#;
    let (source, _) = source(ReplayTransport::new().answer(200, list), Selection::All);
    let partitions = source.partitions().await.unwrap();
    assert_eq!(partitions, ["A", "B", "7"].map(Partition::new));
    assert!(source.lacking().is_empty());
}

#[tokio::test]
async fn what_the_list_of_contacts_lacks_is_said() {
    for (data, lacking) in [
        (
            r#"[{"id":"A"},{"name":"x"}]"#,
            "1 contact of the vendor's list has no id that can be read",
        ),
        (
            r#"[{"id":"A"},{"id":{}},7]"#,
            "2 contacts of the vendor's list have no id that can be read",
        ),
        (
            r#"{"data":[{"id":"A"}],"total":2}"#,
            "the vendor says that it has 2 contacts, and lists 1",
        ),
        (
            r#"{"data":[{"id":"A"}],"page":{"total":"3"}}"#,
            "the vendor says that it has 3 contacts, and lists 1",
        ),
        (
            r#"{"data":[],"page":[],"total":1}"#,
            "the vendor says that it has 1 contact, and lists 0",
        ),
    ] {
        let body = format!(r#"{{"Code":2000,"Data":{data}}}"#);
        let (source, _) = source(ReplayTransport::new().answer(200, body), Selection::All);
        source.partitions().await.unwrap();
        assert_eq!(source.lacking(), [lacking], "{data}");
    }
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

#[test]
fn white_space_is_no_change() {
    let (source, _) = one(ReplayTransport::new());
    let same = |a: &str, b: &str| source.same_content(a.as_bytes(), b.as_bytes());
    assert!(same(r#"{"a":1,"b":[2]}"#, r#"{ "b": [2], "a": 1 }"#));
    assert!(!same(r#"{"a":1}"#, r#"{"a":2}"#));
    assert!(same("not json", "not json"));
    assert!(!same("not json", "also not json"));
    assert!(!same(r#"{"avatar":1}"#, r#"{"avatar":2}"#), "of records nothing is left out");
}

#[tokio::test]
async fn messages_of_conversations_without_an_id_are_kept_apart() {
    let body = r#"{"Code":2000,"Data":[
        {"messages":[{"content":"a"},7,{"content":"b","chat_id":"own"}]},
        {"chat_id":"c","messages":[{"content":"d"}]},
        {"chat_id":{},"messages":[{"content":"e"}]}]}"#;
    let (source, _) = one(ReplayTransport::new().answer(200, body));
    let page = source.fetch(&first_page()).await.unwrap();
    let texts: Vec<_> = page.records.iter().map(|one| one.message.text.as_deref()).collect();
    assert_eq!(texts, [Some("b"), Some("d")], "a message may name its conversation itself");
    let skipped: Vec<(usize, &[u8])> =
        page.skipped.iter().map(|one| (one.index, page.raw.record(&one.span))).collect();
    let bytes: [(usize, &[u8]); 3] =
        [(0, br#"{"content":"a"}"#), (1, b"7"), (4, br#"{"content":"e"}"#)];
    assert_eq!(skipped, bytes);
    let reason = page.skipped[0].error.to_string();
    assert_eq!(reason, "a message is in a conversation without `chat_id`");
    reads_again(&source, &Partition::new(CUSTOMER), &page);
    assert!(source.capabilities().assumptions.iter().any(|one| one.contains("has a chat_id")));
}
