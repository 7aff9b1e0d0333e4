//! First, last, empty and short pages; what `offset` counts; resuming.

use std::collections::BTreeSet;
use std::sync::Arc;

use bes_ccmessaging::chat_core::{Checkpoint, Cursor, UnixMillis, VendorError};
use bes_ccmessaging::{Client, Error, RecordsPager, RecordsRequest};

use crate::server::{Offset, Server};
use crate::{NOW_MS, USER, after_tokens, answer, builder, client, member, operations, page_of};

/// So many records, one a second, oldest first.
fn records(count: u32) -> Vec<(u32, i64)> {
    (0..count).map(|id| (id, NOW_MS + i64::from(id) * 1000)).collect()
}

fn all(client: &Client) -> RecordsRequest {
    client
        .records_of(USER)
        .with_start(UnixMillis::new(NOW_MS))
        .with_end(UnixMillis::new(NOW_MS + 1_000_000_000))
}

async fn ids(pager: &mut RecordsPager) -> Result<Vec<Vec<String>>, Error> {
    let mut found = Vec::new();
    while let Some(page) = pager.next_page().await? {
        found.push(page.items.into_iter().map(|record| record.id).collect());
    }
    Ok(found)
}

/// The distinct ids of a walk, and how often it asked for history.
async fn walk(server: Server, limit: u32) -> (Result<usize, Error>, usize) {
    let server = Arc::new(server);
    let client = server.client();
    let mut pager = client.records_pager(all(&client).with_limit(limit));
    let found = ids(&mut pager).await;
    let found = found.map(|pages| pages.into_iter().flatten().collect::<BTreeSet<_>>().len());
    let seen = server.seen();
    let asked = operations(&seen).iter().filter(|name| name.starts_with("query")).count();
    (found, asked)
}

#[tokio::test]
async fn every_way_of_counting_is_walked_to_the_end() {
    for offset in [Offset::Records, Offset::PagesFrom0, Offset::PagesFrom1] {
        for newest_first in [false, true] {
            for cap in [10, 13, 20, 100] {
                for count in [0, 1, 9, 10, 11, 20, 39, 40, 41, 100, 101, 250] {
                    let mut server = Server::new(records(count));
                    (server.offset, server.newest_first, server.cap) = (offset, newest_first, cap);
                    let (found, _) = walk(server, 100).await;
                    let case = format!("{offset:?}, cap {cap}, {count} records");
                    assert_eq!(found.expect(&case), count as usize, "{case}");
                }
            }
        }
    }
}

#[tokio::test]
async fn small_pages_are_walked_too() {
    for offset in [Offset::Records, Offset::PagesFrom0, Offset::PagesFrom1] {
        for limit in [1, 2, 3, 5] {
            for count in 0..9 {
                let mut server = Server::new(records(count));
                server.offset = offset;
                let (found, _) = walk(server, limit).await;
                let case = format!("{offset:?}, limit {limit}, {count} records");
                assert_eq!(found.expect(&case), count as usize, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_page_that_is_shorter_than_one_before_is_whole() {
    let server = Arc::new(Server::new(records(9)));
    let client = server.client();
    for (expected, why) in [(2, "looked behind"), (2, "as long as any"), (1, "shorter")] {
        let request = match why {
            "shorter" => all(&client).with_end(UnixMillis::new(NOW_MS + 7000)),
            _ => all(&client),
        };
        client.records_pager(request).next_page().await.unwrap();
        let seen = server.seen();
        let asked = operations(&seen).iter().filter(|name| name.starts_with("query")).count();
        assert_eq!(asked, expected, "{why}");
    }
    assert_eq!(walk(Server::new(Vec::new()), 100).await.1, 1, "empty");
    // ten may be all that this server gives: two small pages, an empty one and the one before tell
    assert_eq!(walk(Server::new(records(10)), 100).await.1, 5);
}

#[tokio::test]
async fn servers_with_tiny_pages_are_walked_too() {
    for offset in [Offset::Records, Offset::PagesFrom0, Offset::PagesFrom1] {
        for cap in 2..10 {
            for count in 0..25 {
                let mut server = Server::new(records(count));
                (server.offset, server.cap) = (offset, cap);
                let (found, _) = walk(server, 100).await;
                let case = format!("{offset:?}, cap {cap}, {count} records");
                assert_eq!(found.expect(&case), count as usize, "{case}");
            }
        }
    }
    let mut server = Server::new(records(7));
    server.cap = 1;
    assert_eq!(walk(server, 100).await.0.unwrap(), 7, "one by one");
}

#[tokio::test]
async fn without_a_floor_nothing_is_looked_behind() {
    for count in [0, 1, 2, 7] {
        let mut server = Server::new(records(count));
        server.cap = 3;
        let server = Arc::new(server);
        let client = builder().with_page_floor(1).with_transport(server.clone()).build().unwrap();
        let pages = ids(&mut client.records_pager(all(&client))).await.unwrap();
        assert_eq!(pages.concat().len(), count as usize);
        let looked = server.seen().iter().any(|request| {
            member(request, "offset") == "1" && !["2", "100"].contains(&&*member(request, "limit"))
        });
        assert!(!looked, "{count}");
    }
}

#[tokio::test]
async fn a_small_page_of_a_server_that_ignores_the_offset_is_whole() {
    let mut server = Server::new(records(4));
    server.offset = Offset::Ignored;
    let (found, asked) = walk(server, 100).await;
    assert_eq!((found.unwrap(), asked), (4, 3));
}

#[tokio::test]
async fn an_offset_that_is_ignored_is_an_error_and_not_the_end() {
    let mut server = Server::new(records(100));
    (server.offset, server.cap) = (Offset::Ignored, 20);
    let (found, asked) = walk(server, 100).await;
    let error = found.unwrap_err();
    assert!(matches!(&error, Error::Decode { is_garbled: false, .. }));
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.starts_with("`offset` is ignored"), "{cause}");
    assert_eq!(error.retry(), bes_ccmessaging::chat_core::Retry::Never);
    assert_eq!(asked, 4, "one page, and three to tell by");
}

#[tokio::test]
async fn pages_that_tell_nothing_are_an_error() {
    let (client, _) = client(
        after_tokens()
            .answer(200, page_of(0..10))
            .answer(200, page_of(0..2))
            .answer(200, page_of(0..2))
            .answer(200, page_of(1..3))
            .answer(200, page_of(0..1)),
    );
    let mut pager = client.records_pager(all(&client));
    pager.next_page().await.unwrap();
    let cause = |error: &Error| std::error::Error::source(error).unwrap().to_string();
    let error = pager.next_page().await.unwrap_err();
    assert!(cause(&error).contains("do not tell"), "{error:?}");
    // nothing is learned from that: the next try asks again
    assert!(pager.next_page().await.is_err());
}

#[tokio::test]
async fn a_page_without_a_new_record_is_an_error_and_not_the_end() {
    let (client, transport) = client(
        after_tokens()
            .answer(200, page_of(0..10))
            .answer(200, page_of(0..2))
            .answer(200, page_of(1..3))
            .answer(200, page_of(2..7))
            // from the offset before on
            .answer(200, page_of(1..7)),
    );
    let mut pager = client.records_pager(all(&client));
    pager.next_page().await.unwrap();
    let before = pager.checkpoint();
    let error = pager.next_page().await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "it holds only records of earlier pages");
    assert_eq!(pager.checkpoint(), before);
    let requests = transport.take_requests();
    let asked: Vec<_> = requests[2..]
        .iter()
        .map(|request| (member(request, "offset"), member(request, "limit")))
        .collect();
    let asked: Vec<(&str, &str)> = asked.iter().map(|(o, l)| (&**o, &**l)).collect();
    assert_eq!(asked, [("0", "100"), ("0", "2"), ("1", "2"), ("10", "100"), ("9", "100")]);
}

#[tokio::test]
async fn a_page_of_which_nothing_can_be_read_is_not_the_end() {
    let unreadable = r#"{"resultCode":"0","messageList":[null,7]}"#;
    let (client, _) = client(
        after_tokens()
            .answer(200, page_of(0..10))
            .answer(200, page_of(0..2))
            .answer(200, page_of(1..3))
            .answer(200, unreadable)
            // from the offset before on
            .answer(200, r#"{"resultCode":"0","messageList":[{"id":"9"},null,7]}"#)
            .answer(200, page_of(12..13))
            .answer(200, page_of(0..0)),
    );
    let pages = ids(&mut client.records_pager(all(&client))).await.unwrap();
    let lengths: Vec<usize> = pages.iter().map(Vec::len).collect();
    assert_eq!(lengths, [10, 0, 1, 0]);
}

/// The distinct ids and the rows that could not be read, or the error.
async fn walk_all(server: Server) -> Result<(usize, BTreeSet<Vec<u8>>), Error> {
    let client = Arc::new(server).client();
    let mut pager = client.records_pager(all(&client));
    let (mut ids, mut bad) = (BTreeSet::new(), BTreeSet::new());
    while let Some(page) = pager.next_page().await? {
        bad.extend(page.skipped.iter().map(|skipped| page.raw.record(&skipped.span).to_vec()));
        ids.extend(page.items.into_iter().map(|record| record.id));
    }
    Ok((ids.len(), bad))
}

#[tokio::test]
async fn rows_that_come_twice_or_cannot_be_read_do_not_mislead() {
    for offset in [Offset::Records, Offset::PagesFrom0, Offset::PagesFrom1] {
        for (first_twice, bad) in
            [(true, vec![]), (false, vec![0]), (false, vec![0, 1, 2]), (true, vec![0, 250])]
        {
            let mut server = Server::new(records(250));
            (server.offset, server.first_twice) = (offset, first_twice);
            server.bad.clone_from(&bad);
            let case = format!("{offset:?}, {first_twice}, {bad:?}");
            let (read, unread) = walk_all(server).await.expect(&case);
            let bad = bad.iter().filter(|id| **id < 250).count();
            assert_eq!((read, unread.len()), (250 - bad, bad), "{case}");
        }
    }
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_records_behind_a_small_page_too() {
    for offset in [Offset::Records, Offset::PagesFrom0, Offset::PagesFrom1] {
        for (cap, count, bad) in [(3, 4, 3..4), (9, 17, 9..17), (5, 6, 0..1), (4, 12, 2..9)] {
            let mut server = Server::new(records(count));
            (server.offset, server.cap) = (offset, cap);
            server.bad = bad.clone().collect();
            let case = format!("{offset:?}, cap {cap} of {count}, {bad:?}");
            let (read, unread) = walk_all(server).await.expect(&case);
            assert_eq!((read, unread.len()), (count as usize - bad.len(), bad.len()), "{case}");
        }
    }
}

#[tokio::test]
async fn what_small_pages_told_is_held_against_the_second_page() {
    // a record came between the small pages: pages look like records, or records like pages
    for (at_0, at_1, behind, before) in [
        (0..2, 1..3, 0..0, 0..0),
        (0..2, 1..3, 500..510, 490..500),
        (0..2, 2..4, 1..11, 0..10),
        (0..2, 2..4, 10..20, 0..0),
    ] {
        let (client, _) = client(
            after_tokens()
                .answer(200, page_of(0..10))
                .answer(200, page_of(at_0.clone()))
                .answer(200, page_of(at_1.clone()))
                .answer(200, page_of(behind.clone()))
                .answer(200, page_of(before.clone()))
                // it is asked again, and is right now
                .answer(200, page_of(0..2))
                .answer(200, page_of(1..3))
                .answer(200, page_of(10..12))
                .answer(200, page_of(9..12))
                .answer(200, page_of(0..0)),
        );
        let case = format!("{at_0:?}, {at_1:?}, {behind:?}, {before:?}");
        let mut pager = client.records_pager(all(&client));
        pager.next_page().await.unwrap();
        let error = pager.next_page().await.expect_err(&case);
        let why = std::error::Error::source(&error).unwrap().to_string();
        assert!(why.contains("do not tell"), "{case}: {why}");
        let rest = ids(&mut pager).await.expect(&case).concat();
        assert_eq!(rest, ["10", "11"], "{case}");
    }
}

#[tokio::test]
async fn a_full_page_that_shrinks_to_nothing_tells_nothing() {
    // ten records, and then a single row: nobody knows where to go on
    let (client, _) =
        client([2, 5, 20].iter().fold(after_tokens().answer(200, page_of(0..10)), |queue, _| {
            queue.answer(200, page_of(0..1))
        }));
    let mut pager = client.records_pager(all(&client));
    pager.next_page().await.unwrap();
    let error = pager.next_page().await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("do not tell"), "{cause}");
}

#[tokio::test]
async fn pages_of_nothing_but_the_same_unreadable_rows_are_an_error() {
    let unreadable = r#"{"resultCode":"0","messageList":[null,7]}"#;
    let server = Arc::new(Server::new(records(250)).instead(move |operation, body| {
        let offset = body["offset"].as_str().and_then(|text| text.parse::<u64>().ok());
        (operation.starts_with("query") && offset > Some(98)).then(|| answer(200, unreadable))
    }));
    let client = server.client();
    let mut pager = client.records_pager(all(&client));
    let error = loop {
        match pager.next_page().await {
            Ok(page) => assert!(page.is_some(), "that is no end"),
            Err(error) => break error,
        }
    };
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "it holds only records of earlier pages");
    assert!(server.seen().len() < 12);
}

#[tokio::test]
async fn what_offset_counts_is_found_out_once() {
    let server = Arc::new(Server::new(records(250)));
    let client = server.client();
    for _ in 0..3 {
        assert_eq!(ids(&mut client.records_pager(all(&client))).await.unwrap().concat().len(), 250);
    }
    let requests = server.seen();
    let probes = requests.iter().filter(|request| member(request, "limit") == "2").count();
    assert_eq!(probes, 2);
}

#[tokio::test]
async fn a_single_page_has_no_next() {
    let (client, transport) = client(after_tokens().answer(200, page_of(0..100)));
    let request = client.records_of(USER).with_offset(7).with_limit(100);
    let page = client.records(&request).await.unwrap();
    assert_eq!((page.items.len(), page.next, page.total), (100, None, None));
    assert_eq!(member(&transport.take_requests()[2], "offset"), "7");
}

#[tokio::test]
async fn a_walk_goes_on_from_its_checkpoint_in_another_client() {
    for offset in [Offset::Records, Offset::PagesFrom0, Offset::PagesFrom1] {
        let mut server = Server::new(records(55));
        (server.offset, server.cap) = (offset, 20);
        let server = Arc::new(server);
        let client = server.client();
        let mut pager = client.records_pager(all(&client));
        pager.next_page().await.unwrap();
        pager.next_page().await.unwrap();
        let saved = serde_json::to_string(&pager.checkpoint()).unwrap();
        drop(pager);

        let checkpoint: Checkpoint = serde_json::from_str(&saved).unwrap();
        let fresh = server.client();
        let mut pager = fresh.records_pager_from(all(&fresh), checkpoint).unwrap();
        let rest = ids(&mut pager).await.unwrap().concat();
        assert_eq!(rest.first().map(String::as_str), Some("40"), "{offset:?}");
        assert_eq!(rest.len(), 15, "{offset:?}");
    }
}

#[tokio::test]
async fn a_failed_page_is_tried_again_by_the_next_call() {
    let (client, transport) = client(
        after_tokens()
            .answer_with(answer(404, ""))
            .answer(200, page_of(0..1))
            .answer(200, page_of(0..0)),
    );
    let mut pager = client.records_pager(all(&client));
    assert!(pager.next_page().await.is_err());
    assert_eq!(pager.next_page().await.unwrap().unwrap().items[0].id, "0");
    assert!(pager.next_page().await.unwrap().is_none());
    assert!(pager.next_page().await.unwrap().is_none(), "the end stays the end");
    assert_eq!(transport.take_requests().len(), 5);
}

#[test]
fn a_checkpoint_of_another_request_is_refused() {
    let (client, _) = client(after_tokens());
    let own = client.records_pager(all(&client)).checkpoint();
    assert!(!own.request.contains(USER), "it is written to disk");
    assert!(client.records_pager_from(all(&client), own.clone()).is_ok());
    assert!(client.records_pager_from(all(&client).with_offset(9), own.clone()).is_ok());
    let elsewhere = RecordsRequest::new("1", "WEB", USER);
    let others = [
        all(&client).with_limit(7),
        all(&client).with_start(UnixMillis::new(1)),
        all(&client).with_end(UnixMillis::new(NOW_MS + 1)),
        client.records_of(USER),
        client.records_of("other"),
        elsewhere,
    ];
    for other in others {
        let refused = client.records_pager_from(other, own.clone());
        assert!(matches!(refused, Err(Error::InvalidRequest { .. })));
    }
    for cursor in
        ["0", "100", "100-1", "100-1-0", "0-1-100", "100-1-99999999999", "a-b-c", "1-1-1-1"]
    {
        let broken = Checkpoint::new(own.request.clone(), Cursor::new(cursor));
        let refused = client.records_pager_from(all(&client), broken);
        assert!(matches!(refused, Err(Error::InvalidRequest { .. })), "{cursor}");
    }
}
