//! What a sync engine sees, and that its way of walking finds everything.

use std::collections::BTreeSet;
use std::sync::Arc;

use bes_ccmessaging::chat_core::{
    Cursor, ErrorKind, MediaItem, PageRequest, Partition, ReplayTransport, Source, SourceError,
    UnixMillis, Window, Windowing,
};
use bes_ccmessaging::{Client, Credentials, RecordSource, User};

use crate::server::{Offset, Server};
use crate::{
    CHANNEL_ID, NOW_MS, USER, after_tokens, answer, builder, client, fixture, member,
    messaging_token, operations, page_of,
};

fn source(transport: ReplayTransport) -> (RecordSource, Arc<ReplayTransport>) {
    let (client, transport) = client(transport);
    (of(client), transport)
}

fn of(client: Client) -> RecordSource {
    RecordSource::new("bes", client, vec![User::new(USER)])
}

const HOUR: Window = Window::new(NOW_MS, NOW_MS + 3_600_000);

fn page_request(window: Window) -> PageRequest {
    PageRequest::first(Partition::new(USER), Some(window))
}

#[tokio::test]
async fn it_says_what_it_is() {
    let (client, _) = client(ReplayTransport::new());
    let users = vec![User::new("b"), User::new("a"), User::new("b").with_name("n")];
    let source = RecordSource::new("bes", client, users);
    assert_eq!((source.name(), source.vendor()), ("bes", "bes-ccmessaging"));
    let partitions = source.partitions().await.unwrap();
    assert_eq!(partitions, [Partition::new("a"), Partition::new("b")]);
    let capabilities = source.capabilities();
    assert_eq!(
        capabilities.windowing,
        Windowing::Closed { grain_ms: 1000, max_ms: None, max_rows: u64::MAX }
    );
    assert!(!capabilities.has_total && !capabilities.partial_partitions);
    assert_eq!(capabilities.page_size, 100);
    assert!(capabilities.assumptions.len() >= 5);
    assert_eq!(source.clone().with_page_size(20).capabilities().page_size, 20);
    assert!(source.notices().is_empty());
}

#[test]
fn what_its_records_mean_depends_on_is_in_its_fingerprint() {
    let fingerprint = |key: &str, id: &str, channel: &str| {
        let client = Client::builder(
            "https://bes.example.com",
            Credentials::new(key, "secret", id, channel),
        );
        let client = client.with_transport(Arc::new(ReplayTransport::new())).build().unwrap();
        of(client).fingerprint()
    };
    let own = fingerprint("fixture-key", CHANNEL_ID, "WEB");
    assert!(!own.contains("fixture-key"), "{own}");
    assert!(own.contains(CHANNEL_ID) && own.contains("conversion 1"), "{own}");
    assert_eq!(own, fingerprint("fixture-key", CHANNEL_ID, "WEB"));
    assert_ne!(own, fingerprint("other-key", CHANNEL_ID, "WEB"));
    assert_ne!(own, fingerprint("fixture-key", "1", "WEB"));
    assert_ne!(own, fingerprint("fixture-key", CHANNEL_ID, "WECHAT"));
}

#[tokio::test]
async fn a_window_is_asked_for_a_millisecond_early_and_to_whole_seconds() {
    let (source, transport) =
        source((0..3).fold(after_tokens(), |queue, _| queue.answer(200, page_of(0..0))));
    source.fetch(&page_request(HOUR)).await.unwrap();
    let ragged = Window::new(HOUR.from_ms + 400, HOUR.to_ms + 400);
    source.fetch(&page_request(ragged)).await.unwrap();
    source.fetch(&page_request(Window::new(0, 1000))).await.unwrap();
    let requests = transport.take_requests();
    let times = |index: usize| {
        ["startTime", "endTime"].map(|name| member(&requests[index], name).parse::<i64>().unwrap())
    };
    assert_eq!(times(2), [HOUR.from_ms - 1, HOUR.to_ms]);
    assert_eq!(times(3), [HOUR.from_ms - 1, HOUR.to_ms + 1000]);
    assert_eq!(member(&requests[2], "limit"), "100");
    assert_eq!(member(&requests[2], "channel"), "WEB");
    assert_eq!(times(4), [0, 1000], "no time is before 1970");
}

#[tokio::test]
async fn pages_are_converted_and_read_again_from_their_bytes() {
    let (source, _) = source(
        after_tokens()
            .answer(200, fixture("page-text.json"))
            .answer(200, page_of(0..0))
            .answer(200, fixture("page-bad-record.json"))
            // what is behind it
            .answer(200, page_of(0..0)),
    );
    let page = source.fetch(&page_request(HOUR)).await.unwrap();
    let message = &page.records[0].message;
    assert_eq!(message.text.as_deref(), Some("32131"));
    assert_eq!(message.sender.as_ref().unwrap().id.as_ref().unwrap().as_str(), USER);
    assert_eq!(&*message.source, "bes");
    assert_eq!((page.may_be_cut, &page.next, page.total), (false, &None, None));

    let second = source.fetch(&page_request(HOUR)).await.unwrap();
    assert_eq!((second.records.len(), second.skipped.len()), (2, 6));
    let body = second.raw.as_bytes().to_vec();
    let again = source.read(&Partition::new(USER), body).unwrap();
    for (a, b) in second.records.iter().zip(&again.records) {
        assert_eq!((&a.message, &a.span), (&b.message, &b.span));
        let raw: serde_json::Value = serde_json::from_slice(second.raw.record(&a.span)).unwrap();
        assert_eq!(raw["id"], a.message.id.as_str());
    }
    assert_eq!((second.skipped, second.raw), (again.skipped, again.raw));
    let error = source.read(&Partition::new(USER), fixture("error-1.json")).unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::Server, 0));
}

#[tokio::test]
async fn a_page_may_be_cut_if_it_is_as_long_as_any_before() {
    let (source, _) = source(
        after_tokens()
            .answer(200, page_of(0..9))
            // what is behind it
            .answer(200, page_of(1..9))
            .answer(200, page_of(0..10))
            .answer(200, page_of(0..11))
            .answer(200, page_of(0..10))
            .answer(200, page_of(0..100))
            .answer(200, page_of(0..99))
            .answer(200, page_of(0..100))
            .answer(200, page_of(0..0)),
    );
    let mut cut = Vec::new();
    for _ in 0..8 {
        let page = source.fetch(&page_request(HOUR)).await.unwrap();
        assert_eq!(page.may_be_cut, page.next.is_some(), "where to go on is always said");
        cut.push(page.may_be_cut);
    }
    assert_eq!(cut, [false, true, true, false, true, false, true, false]);
}

#[tokio::test]
async fn a_smaller_page_size_makes_smaller_pages_full() {
    let (source, transport) =
        source(after_tokens().answer(200, page_of(0..5)).answer(200, page_of(0..4)));
    let source = source.with_page_size(5);
    assert!(source.fetch(&page_request(HOUR)).await.unwrap().may_be_cut);
    assert!(!source.fetch(&page_request(HOUR)).await.unwrap().may_be_cut);
    assert_eq!(member(&transport.take_requests()[2], "limit"), "5");
}

/// Walks as an engine does: cuts windows in halves while pages may be cut, and follows `next` where
/// they cannot be cut any more. Windows in which something went wrong are listed.
async fn walk(source: &RecordSource, whole: Window) -> (BTreeSet<String>, Vec<String>) {
    let mut found = BTreeSet::new();
    let mut broken = Vec::new();
    let mut windows = vec![(whole, false)];
    while let Some((window, is_part)) = windows.pop() {
        let mut request = page_request(window);
        let mut of_window = BTreeSet::new();
        loop {
            let page = match source.fetch(&request).await {
                Ok(page) => page,
                Err(error) => {
                    broken.push(error.message);
                    break;
                }
            };
            let near = window.from_ms - 1000..=window.to_ms + 1000;
            let strays = page.records.iter().any(|record| {
                record.message.sent_at.is_some_and(|sent| !near.contains(&sent.instant.get()))
            });
            if page.may_be_cut && window.len_ms() > 1000 && !(strays && is_part) {
                let half = window.len_ms() / 2 / 1000 * 1000;
                let middle = window.from_ms + half.max(1000);
                windows.push((Window::new(middle, window.to_ms), true));
                windows.push((Window::new(window.from_ms, middle), true));
                break;
            }
            let known = of_window.len();
            let is_empty = page.records.is_empty();
            of_window
                .extend(page.records.iter().map(|record| record.message.id.as_str().to_owned()));
            found.extend(of_window.iter().cloned());
            if request.cursor.is_some() && !is_empty && known == of_window.len() {
                broken.push("nothing new".to_owned());
                break;
            }
            let Some(next) = page.next else { break };
            request = request.at(Some(next));
        }
    }
    (found, broken)
}

/// An hour with records all over it, some bursts, and records at both its ends.
fn busy_hour() -> Vec<(u32, i64)> {
    let mut records: Vec<(u32, i64)> =
        (0..300).map(|id| (id, NOW_MS + i64::from(id) * 11_987)).collect();
    // 70 within one second, and 45 at one millisecond
    records.extend((0..70).map(|id| (1000 + id, NOW_MS + 600_000 + i64::from(id) * 13)));
    records.extend((0..45).map(|id| (2000 + id, NOW_MS + 1_200_999)));
    records.extend([(3000, NOW_MS), (3001, NOW_MS + 3_599_999)]);
    records
}

#[tokio::test]
async fn an_hour_is_read_whole_whatever_the_server_is_like() {
    let all: BTreeSet<String> = busy_hour().iter().map(|(id, _)| id.to_string()).collect();
    for offset in [Offset::Records, Offset::PagesFrom0, Offset::PagesFrom1] {
        for (inclusive, by_second, newest_first) in [
            (true, false, false),
            (false, false, false),
            (true, true, true),
            (false, true, false),
            (true, false, true),
        ] {
            for (cap, twice) in [(3, 0), (10, 0), (20, 0), (100, 0), (20, 3)] {
                let mut server = Server::new(busy_hour());
                (server.offset, server.cap, server.inclusive) = (offset, cap, inclusive);
                server.twice = twice;
                (server.by_second, server.newest_first) = (by_second, newest_first);
                let source = of(Arc::new(server).client());
                let (found, broken) = walk(&source, HOUR).await;
                let case =
                    format!("{offset:?}, {inclusive}, {by_second}, {newest_first}, {cap}, {twice}");
                assert_eq!(broken, [""; 0], "{case}");
                let missing: Vec<_> = all.difference(&found).collect();
                assert!(missing.is_empty(), "{case}: {missing:?}");
                assert!(source.notices().is_empty(), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn an_offset_that_is_ignored_breaks_only_the_full_seconds() {
    let mut server = Server::new(busy_hour());
    (server.offset, server.cap) = (Offset::Ignored, 20);
    let server = Arc::new(server);
    let source = of(server.client());
    let (found, broken) = walk(&source, HOUR).await;
    assert!(!broken.is_empty());
    assert!(broken.iter().all(|reason| reason.contains("`offset` is ignored")), "{broken:?}");
    for (id, at) in busy_hour() {
        let is_in_burst = (1000..3000).contains(&id)
            || (at - NOW_MS - 600_000).abs() < 3000
            || (at - NOW_MS - 1_200_999).abs() < 3000;
        assert!(is_in_burst || found.contains(&id.to_string()), "{id}");
    }
    let probes = server.seen().iter().filter(|request| member(request, "limit") == "2").count();
    assert_eq!(probes, 3, "found out once");
    let cursor = Cursor::new("20-1-20");
    assert_eq!(source.cursor_after(cursor.as_ref()), None, "there is no going on");
    assert!(source.notices()[0].starts_with("the vendor ignores the offset"));
}

#[tokio::test]
async fn times_that_are_ignored_are_noticed_and_borne() {
    let mut server = Server::new(busy_hour());
    (server.ignores_times, server.cap) = (true, 20);
    let source = of(Arc::new(server).client());
    let (found, broken) = walk(&source, HOUR).await;
    assert_eq!((found.len(), broken.len()), (busy_hour().len(), 0));
    assert!(source.notices()[0].starts_with("the vendor answers with records of other times"));
}

#[tokio::test]
async fn positions_can_be_counted_but_behind_a_first_page() {
    let (source, _) = source(ReplayTransport::new());
    assert_eq!(source.cursor_after(None), None);
    assert_eq!(source.cursor_after(Cursor::new("100-1-100").as_ref()), Cursor::new("200-2-100"));
    assert_eq!(source.cursor_after(Cursor::new("x").as_ref()), None);
    let error = source.fetch(&page_request(HOUR).at(Cursor::new("x"))).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0));
}

#[tokio::test]
async fn old_times_that_are_refused_ask_for_smaller_windows() {
    let refusing = |status, body: &'static str| {
        Server::new(Vec::new()).instead(move |operation, _| {
            operation.starts_with("query").then(|| answer(status, body))
        })
    };
    let refused = r#"{"resultCode":"1","resultDesc":"fixture"}"#;
    for (status, body) in [(500, ""), (500, refused), (200, refused)] {
        let source = of(Arc::new(refusing(status, body)).client());
        let error = source.fetch(&page_request(HOUR)).await.unwrap_err();
        assert!(error.asks_smaller_window, "{status} {body}");
        assert_eq!(error.kind, ErrorKind::Server);
    }
    for status in [400, 404, 502] {
        let source = of(Arc::new(refusing(status, "")).client());
        let error = source.fetch(&page_request(HOUR)).await.unwrap_err();
        assert!(!error.asks_smaller_window, "{status}");
    }
}

#[tokio::test]
async fn credentials_are_checked_with_one_record_of_the_last_second() {
    let (source, transport) = source(after_tokens().answer(200, page_of(0..0)));
    source.check().await.unwrap();
    let requests = transport.take_requests();
    let fields = ["userId", "limit", "offset"].map(|name| member(&requests[2], name));
    assert_eq!(fields, [USER, "1", "0"]);
    assert_eq!(member(&requests[2], "startTime"), (NOW_MS - 1001).to_string());
    assert_eq!(member(&requests[2], "endTime"), NOW_MS.to_string());
}

#[tokio::test]
async fn one_user_whom_the_vendor_does_not_know_is_not_the_end() {
    let unknown = r#"{"resultCode":"1","resultDesc":"fixture: unknown user"}"#;
    let check = |transport| async {
        let (client, transport) = client(transport);
        let users = vec![User::new("a"), User::new("b"), User::new("c")];
        let checked = RecordSource::new("bes", client, users).check().await;
        let requests = transport.take_requests();
        (checked, operations(&requests).len())
    };
    let (checked, _) = check(
        ReplayTransport::new()
            .answer(200, crate::access_token("access-1"))
            .answer(200, unknown)
            .answer(200, messaging_token("token-1"))
            .answer(200, page_of(0..0)),
    )
    .await;
    checked.unwrap();
    let (checked, sent) = check(
        ReplayTransport::new()
            .answer(200, crate::access_token("access-1"))
            .answer(200, unknown)
            .answer(200, unknown)
            .answer(200, unknown),
    )
    .await;
    let error: SourceError = checked.unwrap_err();
    assert!(error.message.contains("applyToken"), "{error}");
    assert_eq!(sent, 4, "nobody is known");
    let (checked, sent) = check(after_tokens().answer(403, "<html>")).await;
    assert_eq!((checked.unwrap_err().kind, sent), (ErrorKind::Auth, 3));
    let (checked, sent) = check(after_tokens().answer(404, "")).await;
    assert_eq!((checked.unwrap_err().kind, sent), (ErrorKind::InvalidRequest, 3));
}

#[tokio::test]
async fn three_users_who_are_refused_do_not_stop_the_others() {
    let users = || (0..5).map(|n| User::new(format!("user-{n}"))).collect::<Vec<_>>();
    let refusing = |status, body: &'static str, operation: &'static str| {
        Arc::new(
            Server::new(Vec::new())
                .instead(move |asked, _| (asked == operation).then(|| answer(status, body))),
        )
    };
    let unknown = r#"{"resultCode":"1","resultDesc":"fixture: unknown user"}"#;
    for (status, operation) in
        [(200, "applyToken"), (500, "applyToken"), (200, "queryHistoryChatMessage")]
    {
        let server = refusing(status, unknown, operation);
        let source = RecordSource::new("bes", server.client(), users());
        source.check().await.unwrap();
        assert!(server.seen().len() <= 7, "three users are enough");
    }
    // what is not about a user is said at once
    for (status, body, operation, kind) in [
        (200, unknown, "tokenByAkSk", ErrorKind::Auth),
        (404, "", "applyToken", ErrorKind::InvalidRequest),
        (503, "", "applyToken", ErrorKind::Server),
        (429, unknown, "applyToken", ErrorKind::RateLimited),
    ] {
        let server = refusing(status, body, operation);
        let error = RecordSource::new("bes", server.client(), users()).check().await.unwrap_err();
        assert_eq!(error.kind, kind, "{operation} {status}");
    }
}

#[tokio::test]
async fn ids_that_no_request_may_have_are_refused_before_anything_is_sent() {
    for id in [String::new(), "a".repeat(33)] {
        let (client, transport) = client(ReplayTransport::new());
        let users = vec![User::new("a"), User::new(&*id)];
        let error = RecordSource::new("bes", client, users).check().await.unwrap_err();
        assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0));
        assert_eq!(error.message, "1 user ids are empty or longer than 32 characters");
        assert_eq!(transport.take_requests().len(), 0);
    }
}

#[tokio::test]
async fn without_users_there_is_nothing_to_check() {
    let (client, transport) = client(ReplayTransport::new());
    let error = RecordSource::new("bes", client, Vec::new()).check().await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0));
    assert_eq!(transport.take_requests().len(), 0);
}

#[tokio::test]
async fn long_ids_are_tried_but_told() {
    let (client, transport) = client(after_tokens().answer(200, page_of(0..0)));
    let long = "a".repeat(25);
    let source = RecordSource::new("bes", client, vec![User::new(&*long), User::new("b")]);
    assert!(source.notices()[0].starts_with("1 user ids are longer than 24 characters"));
    let request = PageRequest::first(Partition::new(long), Some(HOUR));
    source.fetch(&request).await.unwrap();
    let too_long = PageRequest::first(Partition::new("a".repeat(33)), Some(HOUR));
    let error = source.fetch(&too_long).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0));
    assert_eq!(transport.take_requests().len(), 3);
}

#[test]
fn every_member_counts_and_their_order_does_not() {
    let (source, _) = source(ReplayTransport::new());
    let same = |a: &str, b: &str| source.same_content(a.as_bytes(), b.as_bytes());
    let old = r#"{"id":"1","content":"a","partdbId":1234567890123456789012345}"#;
    assert!(same(old, old));
    assert!(same(old, r#"{ "partdbId":1234567890123456789012345, "content":"a","id":"1" }"#));
    assert!(!same(old, r#"{"id":"1","content":"a","partdbId":1234567890123456789012346}"#));
    assert!(!same(old, r#"{"id":"1","content":"a"}"#));
    assert!(!same(
        old,
        r#"{"id":"1","content":"a","partdbId":1234567890123456789012345,"readTime":1}"#
    ));
    assert!(same("not json", "not json"));
    assert!(!same("not json", "also not json"));
    assert!(!same("7", "8"));
}

#[tokio::test]
async fn links_are_had_again_by_reading_the_record_again() {
    let mut records = busy_hour();
    records.truncate(1);
    let body = fixture("page-media.json");
    let (source, transport) = source(
        after_tokens()
            .answer(200, body.clone())
            .answer(200, body.clone())
            .answer(200, page_of(0..3)),
    );
    let media: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let record = &media["messageList"][0];
    let mut item = MediaItem::new(Partition::new(USER), record["id"].as_str().unwrap());
    item.sent_at = record["sendTime"].as_i64().map(UnixMillis::new);
    let links = source.renew_media(&item).await.unwrap().unwrap();
    let [Some(link)] = &links[..] else { panic!("{links:?}") };
    assert!(link.expose().contains("100000000001-fixture/a.jpg"));
    let requests = transport.take_requests();
    let sent_ms = record["sendTime"].as_i64().unwrap();
    assert_eq!(member(&requests[2], "startTime"), (sent_ms - 1).to_string());
    assert_eq!(member(&requests[2], "endTime"), (sent_ms + 1000).to_string());

    item.record_id = media["messageList"][10]["id"].as_str().unwrap().to_owned();
    assert!(source.renew_media(&item).await.unwrap().unwrap().is_empty(), "no file");
    assert!(source.renew_media(&item).await.unwrap().is_none(), "no longer listed");
    item.sent_at = None;
    let error = source.renew_media(&item).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0));
}

#[tokio::test]
async fn a_record_behind_a_full_page_is_found_too() {
    let server = Arc::new(Server::new((0..250).map(|id| (id, NOW_MS + 5)).collect()));
    let client = builder().with_transport(server.clone()).build().unwrap();
    let mut item = MediaItem::new(Partition::new(USER), "249");
    item.sent_at = Some(UnixMillis::new(NOW_MS + 5));
    assert!(of(client).renew_media(&item).await.unwrap().is_some());
}

#[tokio::test]
async fn a_record_is_not_looked_for_without_end() {
    for body in [page_of(0..100), r#"{"resultCode":"0","messageList":[null,7]}"#.to_owned()] {
        let server = Arc::new(Server::new(vec![]).instead(move |operation, body_asked| {
            let limit = body_asked["limit"].as_str().and_then(|text| text.parse::<u32>().ok());
            let offset = body_asked["offset"].as_str().and_then(|text| text.parse::<u32>().ok());
            operation.starts_with("query").then(|| match (limit, offset) {
                // the small pages count records, and then every page is the same
                (Some(limit @ 2), Some(offset)) => answer(200, page_of(offset..offset + limit)),
                (_, Some(0)) => answer(200, page_of(0..100)),
                _ => answer(200, body.clone()),
            })
        }));
        let mut item = MediaItem::new(Partition::new(USER), "249");
        item.sent_at = Some(UnixMillis::new(NOW_MS + 5));
        let error = of(server.client()).renew_media(&item).await.unwrap_err();
        assert_eq!((error.kind, error.attempts), (ErrorKind::Decode, 0));
        assert!(error.message.contains("repeats its pages"), "{}", error.message);
        assert!(server.seen().len() < 12);
    }
}
