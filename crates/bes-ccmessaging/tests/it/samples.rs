//! Every sample: parse → snapshot → convert → snapshot.

use std::collections::BTreeSet;

use bes_ccmessaging::chat_core::{
    Endpoint, Message, MessageView, PageView, SourceError, UnixMillis, VendorError,
};
use bes_ccmessaging::{
    Conversion, Record, RecordsRequest, Timestamp, read_page, unknown_values, unmodelled_keys,
};

use crate::{CHANNEL_ID, USER, answer, fixture, fixtures};

fn request() -> RecordsRequest {
    RecordsRequest::new(CHANNEL_ID, "WEB", USER)
}

fn records(name: &str) -> Vec<Record> {
    request().read_response(answer(200, fixture(name))).unwrap().items
}

#[test]
fn every_sample_reads_and_converts_as_before() {
    for file in std::fs::read_dir(fixtures()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let body = std::fs::read(&path).unwrap();
        if let Some(name) = stem.strip_prefix("error-") {
            // the status is a part of the name, where it is not 200
            let status = name.strip_prefix("http-").and_then(|name| name.split('-').next());
            let status = status.map_or(200, |status| status.parse().unwrap());
            let error = request().read_response(answer(status, body)).expect_err(&stem);
            insta::assert_debug_snapshot!(
                format!("{stem}.error"),
                (error.to_string(), error.retry(), SourceError::from_vendor(&error, 1))
            );
            continue;
        }
        let page = request().read_response(answer(200, body)).expect(&stem);
        insta::assert_json_snapshot!(format!("{stem}.parsed"), PageView::of(&page));
        let conversion = Conversion::new("sample", USER);
        let messages: Vec<Message> =
            page.items.iter().map(|record| record.to_message(&conversion)).collect();
        let shown: Vec<MessageView<'_>> = messages.iter().map(MessageView::of).collect();
        insta::assert_json_snapshot!(format!("{stem}.messages"), shown);
    }
}

/// An answer too long to be read in one pass: white space at its end moves nothing.
fn padded(mut body: Vec<u8>) -> Vec<u8> {
    body.resize(body.len() + (1 << 20), b' ');
    body
}

#[test]
fn every_page_reads_the_same_in_one_pass_and_record_by_record() {
    for file in std::fs::read_dir(fixtures()).unwrap() {
        let path = file.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if !stem.starts_with("page-")
            || path.extension().is_none_or(|extension| extension != "json")
        {
            continue;
        }
        let body = std::fs::read(&path).unwrap();
        let [one, each] = [body.clone(), padded(body)]
            .map(|body| request().read_response(answer(200, body)).unwrap());
        assert_eq!(
            (&one.items, &one.spans, &one.skipped),
            (&each.items, &each.spans, &each.skipped)
        );
        assert_eq!((&one.next, one.total, &one.trace_id), (&each.next, each.total, &each.trace_id));
        assert!(one.raw.as_bytes().len() < each.raw.as_bytes().len(), "{stem}");
    }
}

#[test]
fn the_vendor_s_own_sample_is_known_to_the_last_key_and_word() {
    let body = fixture("page-text.json");
    assert_eq!(unmodelled_keys(&body), [""; 0]);
    assert_eq!(unknown_values(&body), [""; 0]);
    let sample: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(sample["messageList"][0].as_object().unwrap().len(), 30);
}

#[test]
fn new_keys_and_words_are_reported_with_their_paths() {
    let body = fixture("page-unknown.json");
    assert_eq!(
        BTreeSet::from_iter(unmodelled_keys(&body)),
        BTreeSet::from(
            [
                "hint",
                "messageList[0].emotion",
                "messageList[0].sentiment",
                "messageList[6].multiMediaLibraryInfo.license",
            ]
            .map(str::to_owned)
        )
    );
    assert_eq!(
        BTreeSet::from_iter(unknown_values(&body)),
        BTreeSet::from(
            [
                "messageList[1].channel",
                "messageList[2].sourceType",
                "messageList[3].controlType",
                "messageList[4].mediaType",
                "messageList[5].contentDealType",
                "messageList[6].multiMediaLibraryInfo.mediaType",
                "messageList[6].multiMediaLibraryInfo.sizeUnit",
            ]
            .map(str::to_owned)
        )
    );
    let in_text = r#"{"messageList":[{"multiMediaLibraryInfo":"{\"sizeUnit\":\"GB\",\"x\":1}"}]}"#;
    let path = |key: &str| vec![format!("messageList[0].multiMediaLibraryInfo.{key}")];
    assert_eq!(unmodelled_keys(in_text.as_bytes()), path("x"));
    assert_eq!(unknown_values(in_text.as_bytes()), path("sizeUnit"));
}

#[test]
fn what_was_read_is_written_with_the_vendor_s_keys_and_reads_the_same() {
    for name in ["text", "older", "full", "unknown", "shapes", "spellings", "media", "recall"] {
        let page = read_page(fixture(&format!("page-{name}.json"))).unwrap();
        for (index, record) in page.items.iter().enumerate() {
            let written = serde_json::to_string(record).unwrap();
            assert_eq!(serde_json::from_str::<Record>(&written).unwrap(), *record, "{name}");
            let value: serde_json::Value = serde_json::from_str(&written).unwrap();
            // white space in what is kept as it came is lost on the way through a value
            assert_eq!(serde_json::from_value::<Record>(value.clone()).unwrap().id, record.id);
            let sent: serde_json::Value =
                serde_json::from_slice(page.raw_record(index).unwrap()).unwrap();
            for key in value.as_object().unwrap().keys() {
                let other = key.replace("Id", "_id");
                assert!(sent.get(key).or(sent.get(other)).is_some(), "{name}: {key}");
            }
        }
    }
    let full = read_page(fixture("page-full.json")).unwrap();
    let mut written = serde_json::to_value(&full.items[0]).unwrap();
    let mut sent: serde_json::Value = serde_json::from_slice(full.raw_record(0).unwrap()).unwrap();
    // numbers that are kept as text, and what is null
    for record in [&mut written, &mut sent] {
        let record = record.as_object_mut().unwrap();
        record.retain(|key, value| {
            !["partdbId", "sendStatus"].contains(&key.as_str()) && !value.is_null()
        });
    }
    assert_eq!(written, sent);
}

#[test]
fn lists_that_are_null_or_missing_are_empty_pages() {
    for body in [
        r#"{"resultCode":"0"}"#,
        r#"{"resultCode":0,"messageList":null}"#,
        r#"{"resultCode":"0","messageList":[],"resultDesc":{}}"#,
    ] {
        let page = request().read_response(answer(200, body)).unwrap();
        assert!(page.items.is_empty() && page.next.is_none() && page.total.is_none(), "{body}");
    }
}

#[test]
fn raw_bytes_and_spans_are_exact() {
    // white space, key order, escapes and digits that a rewriting would change
    let first =
        "{ \"content\" :\t\"\\u597d\", \"id\":170545700488056410206491753983 , \"n\": 1.50e+1}";
    let second = "\"no record\"";
    let third = "{\"id\":\"3\",\"content\":\"👍\"}";
    let body = format!(
        "{{\"messageList\" : [\n {first} ,{second},\n{third}\n ] , \"resultCode\":\"0\"}}\n"
    );
    let page = request().read_response(answer(200, body.clone())).unwrap();
    assert_eq!(page.raw.as_bytes(), body.as_bytes());
    assert_eq!(page.raw_record(0).unwrap(), first.as_bytes());
    assert_eq!(page.raw_record(1).unwrap(), third.as_bytes());
    assert_eq!(page.raw.record(&page.skipped[0].span), second.as_bytes());
    assert_eq!(page.skipped[0].index, 1);
    assert_eq!(page.items[0].id, "170545700488056410206491753983");
    assert_eq!(page.items[0].content.as_deref(), Some("好"));
}

#[test]
fn ids_and_long_numbers_keep_every_digit() {
    let shapes = records("page-shapes.json");
    assert_eq!(shapes[0].id, "999999999999999999999999999999");
    assert_eq!(shapes[1].id, "170000000000010000000000000002");
    assert_eq!(shapes[1].partdb_id.as_deref(), Some("1234567890123456789012345"));
    assert_eq!(shapes[2].partdb_id.as_deref(), Some("1234567890123456789012346"));
    assert_eq!(shapes[3].partdb_id.as_deref(), Some("0.5"));
}

#[test]
fn a_key_that_comes_twice_does_not_cost_the_record() {
    let shapes = records("page-shapes.json");
    assert_eq!(shapes[2].receive_time, Some(Timestamp::Millis(1_700_000_003_500)), "the last");
    assert_eq!(shapes[3].receive_time, Some(Timestamp::Millis(1_700_000_004_000)), "not null");
    let twice = r#"{"id":"1","id":"2","content":"a","content":"b","x":1,"x":2}"#;
    let record: Record = serde_json::from_str(twice).unwrap();
    assert_eq!((&*record.id, record.content.as_deref()), ("2", Some("b")));
}

#[test]
fn both_spellings_are_read_and_may_come_together() {
    let spelled = records("page-spellings.json");
    let chats: Vec<_> = spelled.iter().map(|record| record.chat_id.as_deref().unwrap()).collect();
    let expected = [1, 2, 3, 4, 5].map(|number| format!("fixture-chat-{number}"));
    assert_eq!(chats, expected);
    for record in &spelled[..4] {
        assert_eq!(record.tenant_id.as_deref(), Some("fixture-tenant"));
    }
}

#[test]
fn zero_is_never_and_what_is_no_time_is_kept() {
    let shapes = records("page-shapes.json");
    assert_eq!(shapes[0].sent_at(), Some(UnixMillis::new(1_700_000_001_000)), "text");
    assert_eq!(shapes[1].sent_at(), Some(UnixMillis::new(1_700_000_002_000)), "a float");
    let Some(Timestamp::Other(raw)) = &shapes[4].send_time else { panic!("{shapes:?}") };
    assert_eq!(raw.as_str(), r#""2023-11-14 22:13:25""#);
    assert_eq!(shapes[4].sent_at(), None);
    assert!(matches!(shapes[4].recall_time, Some(Timestamp::Other(_))));
    let never = shapes[5].to_message(&Conversion::new("s", USER));
    assert_eq!((never.sent_at, never.received_at, never.updated_at), (None, None, None));
    assert_eq!((never.read_at, never.recalled_at, never.status), (None, None, None));
}

#[test]
fn undocumented_members_are_kept_as_they_came() {
    let full = &records("page-full.json")[0];
    assert_eq!(full.content_key.as_ref().unwrap().as_str(), r#""fixture-key""#);
    let email: serde_json::Value =
        serde_json::from_str(full.email.as_ref().unwrap().as_str()).unwrap();
    assert_eq!(email["subject"], "fixture");
    let shapes = records("page-shapes.json");
    assert_eq!(shapes[1].error_msg.as_ref().unwrap().as_str(), "1700000002000");
    assert!(shapes[4].error_msg.as_ref().unwrap().as_str().contains("\"code\": 7"));
}
