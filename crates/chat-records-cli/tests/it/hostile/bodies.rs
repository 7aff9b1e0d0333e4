//! Hostile answers, read by every vendor's client over a real socket.

use chat_core::{ErrorKind, MAX_PAGE_RECORDS, SourceError, SourcePage};

use super::server::{Answer, Server};
use super::vendors::{VENDORS, Vendor};

const MARKER: &str = "MARKER";

async fn fetch(vendor: &Vendor, answer: Answer) -> Result<SourcePage, SourceError> {
    vendor.fetch(&Server::start(vendor, answer).url()).await
}

/// Asserts that the answer is refused in one clear sentence that shows nothing of it.
async fn assert_refused(vendor: &Vendor, answer: Answer, kind: ErrorKind, why: &str) {
    let error = fetch(vendor, answer).await.expect_err(why);
    let sentence = error.to_string();
    assert_eq!(error.kind, kind, "{}: {why}: {sentence}", vendor.name);
    assert!(!sentence.contains(['\n', '\r', '\0', '\u{1b}']), "{}: {sentence:?}", vendor.name);
    assert!(!sentence.contains(MARKER), "{}: {sentence}", vendor.name);
    assert!(sentence.len() < 400, "{}: {sentence}", vendor.name);
    assert!(sentence.contains(why), "{}: {why}: {sentence}", vendor.name);
}

/// Asserts that a record costs nothing but itself: those beside it are there, byte for byte.
async fn assert_alone(vendor: &Vendor, what: &str, record: &[u8], is_read: bool) {
    let good = [vendor.record("g1", "one"), vendor.record("g2", "two")];
    let body = vendor.page(&[&good[0], record, &good[1]]);
    let page = fetch(vendor, Answer::ok(body.clone())).await;
    let page = page.unwrap_or_else(|error| panic!("{}: {what}: {error}", vendor.name));
    let read: Vec<&[u8]> = page.records.iter().map(|row| page.raw.record(&row.span)).collect();
    let skipped: Vec<&[u8]> = page.skipped.iter().map(|row| page.raw.record(&row.span)).collect();
    let expected =
        if is_read { vec![&good[0][..], record, &good[1]] } else { vec![&good[0][..], &good[1]] };
    assert!(read == expected, "{}: {what}: {} read, {skipped:?}", vendor.name, read.len());
    assert!(page.raw.as_bytes() == body, "{}: {what}: the page is kept", vendor.name);
    if !is_read {
        assert!(skipped == [record], "{}: {what}", vendor.name);
        assert_eq!(page.skipped[0].index, 1, "{}: {what}", vendor.name);
        let sentence = page.skipped[0].error.to_string();
        assert!(!sentence.contains(MARKER), "{}: {what}: {sentence}", vendor.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_page_is_one_clear_error() {
    for vendor in &VENDORS {
        let good = vendor.page(&[&vendor.record("g1", MARKER)]);
        let deep = [&b"["[..], b"{\"list\":", b"{\"Data\":"].map(|open| open.repeat(100_000));
        let html = format!("<html><body>{MARKER}</body></html>");
        let bodies: [(&str, Vec<u8>); 11] = [
            ("deep lists", deep[0].clone()),
            ("deep objects", deep[1].clone()),
            ("deep data", deep[2].clone()),
            ("nothing", Vec::new()),
            ("a page of HTML", html.into_bytes()),
            ("a byte order mark", [b"\xef\xbb\xbf", &good[..]].concat()),
            ("something behind it", [&good[..], b" MARKER"].concat()),
            ("a number", b"1e999".to_vec()),
            ("zeros", vec![0; 1000]),
            ("UTF-16", good.iter().flat_map(|byte| [*byte, 0]).collect()),
            ("half of it", good[..good.len() - 5].to_vec()),
        ];
        for (what, body) in bodies {
            let error = fetch(vendor, Answer::ok(body)).await.expect_err(what);
            assert_eq!(error.kind, ErrorKind::Decode, "{}: {what}: {error}", vendor.name);
            let sentence = error.to_string();
            assert!(sentence.len() < 400, "{}: {what}: {sentence}", vendor.name);
            assert!(!sentence.contains(MARKER), "{}: {what}: {sentence}", vendor.name);
            assert!(!sentence.contains(|c: char| c.is_control()), "{}: {what}", vendor.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_records_than_a_page_can_have_are_refused() {
    let many = vec![&b"0"[..]; 2 * MAX_PAGE_RECORDS];
    let why = "more records than a page can have";
    for vendor in &VENDORS {
        let answer = Answer::ok(vendor.page(&many));
        if vendor.name == "jijyun" {
            // only the conversation is too long, and others may be beside it
            let page = fetch(vendor, answer).await.unwrap();
            let sentence = page.skipped[0].error.to_string();
            assert!(page.skipped.len() == 1 && sentence.contains(why), "{sentence}");
        } else {
            assert_refused(vendor, answer, ErrorKind::Decode, why).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_with_bytes_that_are_no_text_costs_only_itself() {
    for vendor in &VENDORS {
        for (what, text) in [
            ("a stray byte", &b"MARKER \xff"[..]),
            ("a cut character", b"MARKER \xe4\xbd"),
            ("a surrogate as bytes", b"\xed\xa0\x80"),
            ("GB 18030", b"\xc4\xe3\xba\xc3"),
            ("a bare line break", b"MARKER\nMARKER"),
            ("a bare zero", b"MARKER\0"),
            ("a bare escape", b"\x1b[2J"),
        ] {
            assert_alone(vendor, what, &vendor.record("bad", text), false).await;
        }
        // there the content may be of any shape, and what cannot be read of it stays in the bytes
        let is_read = vendor.name == "bes-ccmessaging";
        assert_alone(vendor, "half a surrogate", &vendor.record("x", "\\ud800"), is_read).await;
        assert_alone(vendor, "escaped zeros", &vendor.record("good", "\\u0000\\u001b"), true).await;
        assert_alone(vendor, "a bare delete", &vendor.record("good", "\u{7f}"), true).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_with_strange_values_costs_at_most_itself() {
    for vendor in &VENDORS {
        let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
        let deep = [&b",\"unknown\":"[..], &deep].concat();
        assert_alone(vendor, "a deep value", &vendor.record_with("good", deep), true).await;
        let digits = format!(",\"unknown\":{}", "9".repeat(400));
        assert_alone(vendor, "400 digits", &vendor.record_with("good", digits), true).await;
        let half = ",\"unknown\":\"\\udc00\\ud800\"";
        assert_alone(vendor, "half a surrogate", &vendor.record_with("good", half), true).await;
        let long = vendor.record("good", "x".repeat(10_000_000));
        assert_alone(vendor, "10 MB of text", &long, true).await;
        let many = [&b",\"unknown\":["[..], &b"0,".repeat(200_000), b"0]"].concat();
        assert_alone(vendor, "far too many values", &vendor.record_with("bad", many), false).await;
        for record in [&b"null"[..], b"0", b"\"MARKER\"", b"[]", b"[[[]]]", b"1e999"] {
            assert_alone(vendor, "no object", record, false).await;
        }
    }
}

/// Keys that every vendor's records are read by, with values that no vendor sends.
#[tokio::test(flavor = "multi_thread")]
async fn strange_numbers_and_keys_that_come_twice_keep_the_page() {
    let keys = [
        "id",
        "chat_record_id",
        "content",
        "type",
        "message_type",
        "chat_type",
        "sendTime",
        "send_time",
        "created_at",
        "readTime",
        "isForwarded",
        "is_recall",
        "text",
        "no",
    ];
    let values = [
        "1e999",
        "-1e999",
        "18446744073709551616",
        "-9223372036854775809",
        "1e-999",
        "{}",
        "[]",
        "[[]]",
        "null",
        "true",
        "\"\\u0000\"",
        "\"99999999999999999999\"",
    ];
    for vendor in &VENDORS {
        let good = vendor.record("g1", "one");
        let mut records = Vec::new();
        for key in keys {
            for value in values {
                // beside the good one of the same name, which makes some of them come twice
                records.push(vendor.record_with("x", format!(",\"{key}\":{value}")));
                records.push(format!("{{\"{key}\":{value}}}").into_bytes());
            }
        }
        records.push(good.clone());
        let rows: Vec<&[u8]> = records.iter().map(Vec::as_slice).collect();
        let page = fetch(vendor, Answer::ok(vendor.page(&rows))).await.unwrap();
        assert_eq!(page.records.len() + page.skipped.len(), records.len(), "{}", vendor.name);
        let last = page.records.last().unwrap();
        assert!(page.raw.record(&last.span) == good, "{}", vendor.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_in_the_listing_must_be_text() {
    // what says where the next page is lies outside of the records
    let vendor = VENDORS.iter().find(|vendor| vendor.name == "myscrm-qw").unwrap();
    let body = b"{\"errcode\":0,\"list\":[],\"next_cursor\":\"a\xffb\"}";
    let why = "it is not UTF-8 text";
    assert_refused(vendor, Answer::ok(&body[..]), ErrorKind::Decode, why).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_whose_id_is_no_text_gives_its_messages_to_no_other() {
    let vendor = VENDORS.iter().find(|vendor| vendor.name == "jijyun").unwrap();
    let message = vendor.record("1", "one");
    let conversation =
        |id: &[u8]| [b"{\"chat_id\":\"", id, b"\",\"messages\":[", &message, b"]}"].concat();
    let (bad, good) = (conversation(b"a\xff"), conversation(b"b"));
    let body = [b"{\"Code\":2000,\"Data\":[", &bad[..], b",", &good, b"]}"].concat();
    let page = fetch(vendor, Answer::ok(body)).await.unwrap();
    let ids: Vec<_> = page.records.iter().map(|row| &row.message.conversation_id).collect();
    assert_eq!(ids, [&Some(chat_core::ConversationId::new("b"))]);
    assert_eq!(page.skipped.len(), 1);
    assert!(page.raw.record(&page.skipped[0].span) == bad);
}
