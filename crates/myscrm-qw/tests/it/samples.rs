//! Every sample: parse → snapshot → convert → snapshot.

use std::collections::BTreeSet;

use myscrm_qw::chat_core::{
    Endpoint, Message, MessageView, Page, PageView, SourceError, UnixMillis, VendorError,
};
use myscrm_qw::{
    Conversion, MessageType, RawRecord, Record, RecordsRequest, raw, read_page, unknown_values,
    unmodelled_keys,
};

use crate::{answer, fixture, fixtures, records_request};

fn conversion() -> Conversion {
    Conversion::new("sample").with_chat_id("asked-chat")
}

/// What a snapshot shows of a page; links of records look like links.
fn snapshot<R: serde::Serialize>(stem: &str, page: &Page<R>, messages: &[Message]) {
    insta::assert_json_snapshot!(format!("{stem}.parsed"), PageView::of(page), {
        ".**.oss_url" => "[link]",
        ".**.thumb_url" => "[link]",
    });
    let shown: Vec<MessageView<'_>> = messages.iter().map(MessageView::of).collect();
    insta::assert_json_snapshot!(format!("{stem}.messages"), shown);
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
        if stem.starts_with("page-raw-") {
            let page = raw::read_page(body).expect(&stem);
            let messages: Vec<_> =
                page.items.iter().map(|record| record.to_message(&conversion())).collect();
            snapshot(&stem, &page, &messages);
            continue;
        }
        let read = records_request().read_response(answer(200, body));
        if stem.starts_with("error-") {
            let error = read.expect_err(&stem);
            insta::assert_debug_snapshot!(
                format!("{stem}.error"),
                (error.to_string(), error.retry(), SourceError::from_vendor(&error, 1))
            );
            continue;
        }
        let page = read.expect(&stem);
        let messages: Vec<_> =
            page.items.iter().map(|record| record.to_message(&conversion())).collect();
        snapshot(&stem, &page, &messages);
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
            || stem.starts_with("page-raw-")
            || path.extension().is_none_or(|extension| extension != "json")
        {
            continue;
        }
        let body = std::fs::read(&path).unwrap();
        let [one, each] = [body.clone(), padded(body)]
            .map(|body| records_request().read_response(answer(200, body)).unwrap());
        assert_eq!(
            (&one.items, &one.spans, &one.skipped),
            (&each.items, &each.spans, &each.skipped)
        );
        assert_eq!((&one.next, one.total, &one.trace_id), (&each.next, each.total, &each.trace_id));
        assert!(one.raw.as_bytes().len() < each.raw.as_bytes().len(), "{stem}");
    }
}

#[test]
fn the_vendor_s_own_sample_is_known_to_the_last_key() {
    let body = fixture("page-text.json");
    assert_eq!(unmodelled_keys(&body), [""; 0]);
    // the page has the word `action` where an action belongs
    assert_eq!(unknown_values(&body), ["list[0].action"]);
    let page = records_request().read_response(answer(200, body)).unwrap();
    let record = &page.items[0];
    assert_eq!(record.id, "3a0c793e-042b-228c-699d-7a5d84b41611");
    assert_eq!(record.recalled_at, Some(UnixMillis::new(1_689_651_340_643)));
    assert_eq!(record.keyword_rules[0].keywords, ["保证", "一定"]);
    // all 14 bodies are there, and the type tells which one counts
    let message = record.to_message(&conversion());
    assert_eq!(message.id.as_str(), record.id);
    assert_eq!(message.text.as_deref(), Some("您好,请问您有什么需要咨询的"));
    assert!(message.attachments.is_empty());
}

#[test]
fn the_type_decides_and_never_what_is_there() {
    let body = fixture("page-text.json");
    let page = records_request().read_response(answer(200, body)).unwrap();
    let record = &page.items[0];
    for (word, kind, files) in [
        ("image", "image", 1),
        ("video", "video", 1),
        ("voice", "voice", 1),
        ("agree", "agree", 0),
        ("disagree", "disagree", 0),
        ("file", "file", 1),
        ("miniprogram", "miniprogram", 0),
        ("weapp", "miniprogram", 0),
        ("redpacket", "redpacket", 0),
        ("link", "link", 0),
        ("card", "card", 0),
        ("location", "location", 0),
        ("docmsg", "document", 0),
        ("doc", "document", 0),
        ("emotion", "emotion", 1),
        ("vote", "vote", 0),
        ("hologram", "hologram", 0),
    ] {
        let mut record = record.clone();
        record.message_type = Some(MessageType::from(word));
        let message = record.to_message(&conversion());
        assert_eq!(message.kind.as_str(), kind);
        assert_eq!(message.attachments.len(), files, "{word}");
        assert_ne!(message.text.as_deref(), Some("您好,请问您有什么需要咨询的"), "{word}");
    }
    let mut record = record.clone();
    record.message_type = None;
    let message = record.to_message(&conversion());
    assert_eq!((message.kind.as_str(), message.text), ("other", None));
}

#[test]
fn new_keys_and_words_are_reported_with_their_paths() {
    let paths = |found: Vec<String>| BTreeSet::from_iter(found);
    let known = |paths: &[&str]| -> BTreeSet<String> {
        paths.iter().map(|path| (*path).to_owned()).collect()
    };
    let body = fixture("page-unknown.json");
    assert_eq!(
        paths(unmodelled_keys(&body)),
        known(&[
            "list[0].hologram",
            "list[0].mood",
            "list[2].emotion.frames",
            "list[4].hit_keyword_rules[0].level",
            "list[4].text.at",
            "request_id",
        ])
    );
    assert_eq!(
        paths(unknown_values(&body)),
        known(&[
            "list[0].action",
            "list[0].type",
            "list[2].emotion.type",
            "list[3].redpacket.type"
        ])
    );
    let body = fixture("page-raw-unknown.json");
    assert_eq!(
        paths(unmodelled_keys(&body)),
        known(&["decrypted[0].hologram", "decrypted[1].text.at"])
    );
    assert_eq!(
        paths(unknown_values(&body)),
        known(&[
            "decrypted[0].msgtype",
            "decrypted[0].sender_type",
            "decrypted[1].action",
            "decrypted[2].vote.votetype",
            "decrypted[3].meeting.meetingtype",
            "decrypted[3].meeting.status",
            "decrypted[4].info.invitetype",
            "decrypted[5].sphfeed.feed_type",
        ])
    );
}

/// The vendor fills in what is not there; we leave it out.
fn without_blanks(value: &mut serde_json::Value) {
    let is_blank = |value: &serde_json::Value| {
        value.is_null()
            || value == ""
            || value == &serde_json::json!([])
            || value == &serde_json::json!({})
    };
    match value {
        serde_json::Value::Object(fields) => {
            fields.values_mut().for_each(without_blanks);
            fields.retain(|key, value| {
                let never = key.ends_with("_time") && value.as_f64() == Some(0.0);
                !(is_blank(value) || never)
            });
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(without_blanks),
        // a place is read as a point, whole or not
        serde_json::Value::Number(number) if number.as_i64().is_some() || number.is_f64() => {
            *value = serde_json::json!(number.as_f64().unwrap());
        }
        // large ones are ids, and kept as text
        serde_json::Value::Number(number) => *value = serde_json::json!(number.to_string()),
        _ => {}
    }
}

#[test]
fn what_was_read_is_written_with_the_vendor_s_keys_and_reads_the_same() {
    for name in ["text", "types", "recalled"] {
        let body = fixture(&format!("page-{name}.json"));
        let page = records_request().read_response(answer(200, body)).unwrap();
        for (index, record) in page.items.iter().enumerate() {
            let mut written = serde_json::to_value(record).unwrap();
            assert_eq!(serde_json::from_value::<Record>(written.clone()).unwrap(), *record);
            let mut sent = serde_json::from_slice(page.raw_record(index).unwrap()).unwrap();
            without_blanks(&mut sent);
            without_blanks(&mut written);
            assert_eq!(written, sent, "{name} {index}");
        }
    }
    let page = raw::read_page(fixture("page-raw-types.json")).unwrap();
    for (index, record) in page.items.iter().enumerate() {
        let mut written = serde_json::to_value(record).unwrap();
        assert_eq!(serde_json::from_value::<RawRecord>(written.clone()).unwrap(), *record);
        let mut sent = serde_json::from_slice(page.raw_record(index).unwrap()).unwrap();
        without_blanks(&mut sent);
        without_blanks(&mut written);
        assert_eq!(written, sent, "{index}");
    }
}

#[test]
fn lists_that_are_null_or_missing_are_empty_pages() {
    for body in [
        r#"{"errcode":0}"#,
        r#"{"errcode":0,"errmsg":null,"list":null,"next_cursor":null}"#,
        r#"{"errcode":"0","list":[]}"#,
        // zeros may be left out, if there is something of what was asked for
        r#"{"list":[]}"#,
        r#"{"list":null,"next_cursor":""}"#,
        r#"{"errcode":null,"errmsg":"","list":[]}"#,
    ] {
        let page = records_request().read_response(answer(200, body)).unwrap();
        assert!(page.items.is_empty() && page.next.is_none() && page.total.is_none(), "{body}");
    }
}

#[test]
fn raw_bytes_and_spans_are_exact() {
    // white space, key order, escapes and digits that a rewriting would change
    let first =
        "{ \"sender_id\" :\t\"\\u597d\", \"chat_record_id\":18446744073709551615 , \"n\": 1.50e+1}";
    let second = "\"no record\"";
    let third = "{\"chat_record_id\":\"3\",\"type\":\"text\",\"text\":{\"content\":\"👍\"}}";
    let body = format!("{{\"list\" : [\n {first} ,{second},\n{third}\n ] , \"errcode\":0}}\n");
    let page =
        RecordsRequest::read_response(&records_request(), answer(200, body.clone())).unwrap();
    assert_eq!(page.raw.as_bytes(), body.as_bytes());
    assert_eq!(page.raw_record(0).unwrap(), first.as_bytes());
    assert_eq!(page.raw_record(1).unwrap(), third.as_bytes());
    assert_eq!(page.raw.record(&page.skipped[0].span), second.as_bytes());
    assert_eq!(page.skipped[0].index, 1);
    assert_eq!(page.items[0].id, "18446744073709551615");
    assert_eq!(page.items[0].sender_id.as_deref(), Some("好"));
}

#[test]
fn ids_are_never_rounded() {
    let id = |json: &str| {
        serde_json::from_str::<Record>(&format!(r#"{{"chat_record_id":{json}}}"#)).map(|r| r.id)
    };
    assert_eq!(id("-7").unwrap(), "-7");
    assert_eq!(id("\"21904336554441465850\"").unwrap(), "21904336554441465850");
    for json in ["21904336554441465850", "1.5", "1e3", "true", "[]", "null", "\"\""] {
        assert!(id(json).is_err(), "{json}");
    }
}

#[test]
fn the_two_sides_of_a_single_chat_tell_the_direction() {
    let chat = r#"{"errcode":0,"external_user":{"external_userid":"wmFixtureCustomer","name":"客户"},
        "employee":{"qw_user_id":"fixture-employee","name":"员工"}}"#;
    let chat = myscrm_qw::SingleChatRequest::new("c").read_response(answer(200, chat)).unwrap();
    let conversion = Conversion::new("s").with_single_chat(chat);
    let page = records_request().read_response(answer(200, fixture("page-types.json"))).unwrap();
    let shown = |index: usize| {
        let message = page.items[index].to_message(&conversion);
        let party = |party: &myscrm_qw::chat_core::Participant| {
            let kind = party.kind.as_ref().map(ToString::to_string);
            (kind.unwrap(), party.name.clone().unwrap())
        };
        let direction = message.direction.unwrap().as_str();
        (direction, party(message.sender.as_ref().unwrap()), party(&message.recipients[0]))
    };
    let agent = ("agent".to_owned(), "员工".to_owned());
    let customer = ("customer".to_owned(), "客户".to_owned());
    assert_eq!(shown(0), ("outbound", agent.clone(), customer.clone()));
    assert_eq!(shown(4), ("inbound", customer, agent));
}

#[test]
fn what_does_not_count_does_not_cost_the_record() {
    for rest in [
        r#""emotion":{"width":"auto"}"#,
        r#""location":"""#,
        r#""location":{"latitude":"north"},"image":false"#,
        r#""voice":{"length":3.5},"video":[1]"#,
        r#""file":{"filename":{}},"agree":"yes""#,
        r#""hit_keyword_rules":"none""#,
        r#""hit_keyword_rules":[7,{"rule_id":{},"rule_name":[],"keywords":{}}]"#,
        r#""title":{},"votetype":"open","corp_id":[],"roomid":{},"info":7"#,
    ] {
        let own = r#""text":{"content":"words"}"#;
        let plain = format!(r#"{{"chat_record_id":"1","type":"text",{own},{rest}}}"#);
        let page = read_page(format!(r#"{{"errcode":0,"list":[{plain}]}}"#).into()).unwrap();
        assert_eq!(page.skipped, [], "{rest}");
        let message = page.items[0].to_message(&conversion());
        assert_eq!(message.text.as_deref(), Some("words"), "{rest}");

        let raw = plain.replace(r#""type":"#, r#""msgtype":"#);
        let raw = format!(r#"{{"errcode":0,"decrypted":[{raw}]}}"#);
        let page = raw::read_page(raw.into()).unwrap();
        assert_eq!(page.skipped, [], "{rest}");
        let message = page.items[0].to_message(&conversion());
        assert_eq!(message.text.as_deref(), Some("words"), "{rest}");
    }
    // a number that cannot be read does not cost the file beside it
    let voice = r#"{"chat_record_id":"1","type":"voice","voice":{"oss_url":"https://media.example.com/1","length":3.5}}"#;
    let page = read_page(format!(r#"{{"errcode":0,"list":[{voice}]}}"#).into()).unwrap();
    let files = page.items[0].to_message(&conversion()).attachments;
    assert_eq!((files.len(), files[0].duration_ms), (1, None));
    assert!(files[0].link.is_some());
}

#[test]
fn a_record_whose_own_body_cannot_be_read_is_skipped_at_its_place() {
    let good = r#"{"chat_record_id":"1","type":"text","text":null}"#;
    for (word, key, body) in [
        ("text", "text", r#""words""#),
        ("text", "text", r#"{"content":{}}"#),
        ("miniprogram", "miniprogram", "7"),
        ("file", "file", "[1]"),
    ] {
        // the type may come behind its body
        let bad = format!(r#"{{"chat_record_id":"2","{key}":{body},"type":"{word}"}}"#);
        let list = format!(r#"{{"errcode":0,"list":["?",{good},{bad},{good},{bad}]}}"#);
        let page = read_page(list.into()).unwrap();
        assert_eq!((page.items.len(), page.spans.len()), (2, 2));
        let skipped: Vec<_> = page.skipped.iter().map(|s| (s.index, s.error.to_string())).collect();
        let words = |index: usize| {
            (
                index,
                format!("the body of the record's type could not be read at `list[{index}].{key}`"),
            )
        };
        assert_eq!(skipped[1..], [words(2), words(4)]);
        assert_eq!(page.raw.record(&page.skipped[1].span), bad.as_bytes());
        assert_eq!(page.raw_record(1).unwrap(), good.as_bytes());
    }
    let raw = r#"{"errcode":0,"decrypted":[{"chat_record_id":"1","msgtype":"vote","votetitle":{}},
        {"chat_record_id":"2","msgtype":"vote","vote":{}},{"chat_record_id":"3","msgtype":"docmsg","docmsg":"d"},
        {"chat_record_id":"4","msgtype":"docmsg","docmsg":"d","doc":{"title":"t"}}]}"#;
    let page = raw::read_page(raw.into()).unwrap();
    let kept: Vec<&str> = page.items.iter().map(|record| record.id.as_str()).collect();
    assert_eq!((kept, page.skipped.len()), (vec!["2", "4"], 2));
    assert!(page.skipped[0].error.to_string().ends_with("at `decrypted[0].votetitle`"));
}

#[test]
fn a_key_that_comes_twice_in_a_body_does_not_cost_it() {
    let body = r#"{"content":"first","content":"last"}"#;
    let record = format!(r#"{{"chat_record_id":"1","type":"text","text":{body}}}"#);
    let page = read_page(format!(r#"{{"errcode":0,"list":[{record}]}}"#).into()).unwrap();
    let text = page.items[0].text.as_ref().unwrap();
    assert_eq!(text.content.as_deref(), Some("last"));
}
