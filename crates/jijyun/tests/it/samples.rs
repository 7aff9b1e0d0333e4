//! Every sample: parse → snapshot → convert → snapshot.

use std::collections::BTreeSet;

use jijyun::chat_core::{
    Endpoint, IdOrigin, Message, MessageView, PageView, SourceError, VendorError,
};
use jijyun::{
    Conversion, Label, MessageType, Record, RecordsRequest, SenderType, unknown_values,
    unmodelled_keys,
};

use crate::{CUSTOMER, answer, fixture, fixtures};

fn read(body: impl Into<Vec<u8>>) -> jijyun::chat_core::Page<Record> {
    RecordsRequest::new(CUSTOMER).read_response(answer(200, body)).unwrap()
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
        let read = RecordsRequest::new(CUSTOMER).read_response(answer(200, body));
        if stem.starts_with("error-") {
            let error = read.expect_err(&stem);
            insta::assert_debug_snapshot!(
                format!("{stem}.error"),
                (error.to_string(), error.retry(), SourceError::from_vendor(&error, 1))
            );
            continue;
        }
        let page = read.expect(&stem);
        insta::assert_json_snapshot!(format!("{stem}.parsed"), PageView::of(&page));
        let conversion = Conversion::new("sample").with_customer_id(CUSTOMER);
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
        let [one, each] = [body.clone(), padded(body)].map(read);
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
}

#[test]
fn new_keys_and_words_are_reported_with_their_paths() {
    let body = fixture("page-unknown.json");
    assert_eq!(
        BTreeSet::from_iter(unmodelled_keys(&body)),
        BTreeSet::from(
            ["Data[0].messages[0].message_id", "Data[0].title", "Total"].map(str::to_owned)
        )
    );
    assert_eq!(
        BTreeSet::from_iter(unknown_values(&body)),
        BTreeSet::from(
            [
                "Data[0].messages[0].sender_type",
                "Data[0].messages[1].message_type",
                "Data[0].messages[1].sender_type",
                "Data[0].messages[3].sender_type",
            ]
            .map(str::to_owned)
        )
    );
}

#[test]
fn what_was_read_is_written_with_the_vendor_s_keys_and_reads_the_same() {
    for name in ["text", "labels", "repeated", "unknown", "shapes"] {
        let page = read(fixture(&format!("page-{name}.json")));
        for (index, record) in page.items.iter().enumerate() {
            let written = serde_json::to_string(record).unwrap();
            assert_eq!(serde_json::from_str::<Record>(&written).unwrap(), *record);
            if ["text", "labels", "repeated"].contains(&name) {
                let sent: serde_json::Value =
                    serde_json::from_slice(page.raw_record(index).unwrap()).unwrap();
                let mut written: serde_json::Value = serde_json::from_str(&written).unwrap();
                let chat_id = written.as_object_mut().unwrap().remove("chat_id");
                assert_eq!(written, sent, "{name}");
                assert_eq!(chat_id.unwrap().as_str(), record.chat_id.as_deref());
            }
        }
    }
}

#[test]
fn words_survive_byte_by_byte() {
    for (word, known) in [
        ("AI对话", Some(MessageType::AiDialogue)),
        ("人工对话", Some(MessageType::HumanDialogue)),
        ("ai对话", None),
        ("AI对话 ", None),
        // the same characters to the eye, in other code points
        ("\u{ff21}\u{ff29}对话", None),
    ] {
        let sent = serde_json::json!({"message_type": word});
        let record: Record = serde_json::from_value(sent.clone()).unwrap();
        let read = record.message_type.clone().unwrap();
        assert_eq!(read.as_str(), word);
        assert_eq!(Some(read).filter(|word| !word.is_other()), known);
        assert_eq!(serde_json::to_value(&record).unwrap(), sent);
    }
    assert_eq!(SenderType::from("用户"), SenderType::User);
    assert_eq!(SenderType::from("客服"), SenderType::Service);
    assert_eq!(SenderType::from("机器人").as_str(), "机器人");
}

#[test]
fn labels_are_told_and_stay_in_the_text() {
    let page = read(fixture("page-labels.json"));
    let labels: Vec<_> = page.items.iter().map(Record::label).collect();
    assert_eq!(
        labels,
        [
            Some((Label::VisitorSent, "你好")),
            Some((Label::HumanReply, "您好: 请讲")),
            Some((Label::ServiceReply, "")),
            // typed by the customer: an AI dialogue has no labels
            None,
            None,
            None,
            None,
        ]
    );
    let message = page.items[0].to_message(&Conversion::new("s"));
    assert_eq!(message.text.as_deref(), Some("访客发送: 你好"));
}

#[test]
fn the_order_and_repeats_are_the_vendor_s() {
    let page = read(fixture("page-repeated.json"));
    let shown: Vec<(&str, &str)> = page
        .items
        .iter()
        .map(|record| {
            let chat_id = record.chat_id.as_deref().unwrap();
            (&chat_id[chat_id.len() - 1..], record.content.as_deref().unwrap())
        })
        .collect();
    assert_eq!(shown, [("1", "好"), ("1", "好"), ("2", "别处"), ("1", "好")]);
    assert!(page.spans.windows(2).all(|pair| pair[0].end <= pair[1].start));
}

#[test]
fn messages_wait_for_an_id_and_have_no_time() {
    let page = read(fixture("page-text.json"));
    for record in &page.items {
        let message = record.to_message(&Conversion::new("s").with_customer_id(CUSTOMER));
        assert_eq!((message.id.as_str(), message.id_origin), ("", IdOrigin::Derived));
        assert_eq!(message.sent_at, None);
    }
}

#[test]
fn data_that_is_null_missing_or_empty_is_an_empty_page() {
    for body in [
        r#"{"Code":2000}"#,
        r#"{"Code":2000,"Data":null}"#,
        r#"{"Code":"2000","Data":[]}"#,
        r#"{"Code":" 2000 ","Data":[ ]}"#,
        r#"{"Code":2000.0,"Data":{ }}"#,
    ] {
        let page = read(body);
        assert!(page.items.is_empty() && page.skipped.is_empty(), "{body}");
        assert!(page.next.is_none() && page.total.is_none(), "{body}");
    }
}

#[test]
fn raw_bytes_and_spans_are_exact() {
    // white space, key order, escapes and digits that a rewriting would change
    let first =
        "{ \"sender_type\" :\t\"\\u7528户\", \"content\":1184532473820278785 , \"n\": 1.50e+1}";
    let second = "\"no message\"";
    let third = "{\"content\":\"👍\"}";
    let body = format!(
        "{{\"Data\" : [\n{{\"messages\":[ {first} ,{second}], \"chat_id\":\"a\"}},7,\
         {{\"chat_id\":\"b\",\"messages\":[\n{third}\n ]}} ] , \"Code\":2000}}\n"
    );
    let page = read(body.clone());
    assert_eq!(page.raw.as_bytes(), body.as_bytes());
    assert_eq!(page.raw_record(0).unwrap(), first.as_bytes());
    assert_eq!(page.raw_record(1).unwrap(), third.as_bytes());
    assert_eq!(page.raw.record(&page.skipped[0].span), second.as_bytes());
    assert_eq!(page.raw.record(&page.skipped[1].span), b"7");
    let places: Vec<usize> = page.skipped.iter().map(|skipped| skipped.index).collect();
    assert_eq!(places, [1, 2]);
    assert_eq!(page.items[0].sender_type, Some(SenderType::User));
    assert_eq!(page.items[0].content.as_deref(), Some("1184532473820278785"));
    assert_eq!(page.items[1].chat_id.as_deref(), Some("b"));
}
