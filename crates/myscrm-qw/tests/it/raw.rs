//! Encrypted answers: how they are opened, and what their pages are.

use myscrm_qw::chat_core::{Cursor, Endpoint, ErrorKind, Retry, VendorError};
use myscrm_qw::raw::{bodies::ChatRecordItem, read_page};
use myscrm_qw::{DecryptionKeys, EncodingAesKey, Error, RawRecordRequest, Trouble};

use crate::{answer, fixture, keys, raw_request, sealed};

/// Three records; the bytes are such that a rewriting would change them.
const RECORDS: &str = "[ {\"chat_record_id\" : \"r1\",\"n\":1.50e+1},\n\"no record\",{\"chat_record_id\":\"r2\",\"msgtype\":\"text\",\"text\":{\"content\":\"\\u60a8好\"}} ]";

fn other_keys() -> DecryptionKeys {
    DecryptionKeys::new([EncodingAesKey::new("A".repeat(43)).unwrap()])
}

#[test]
fn a_page_holds_what_was_decrypted_byte_for_byte() {
    let answered = answer(200, sealed(RECORDS, "next=="));
    let page = raw_request().read_response(answered).unwrap().into_page(&keys()).unwrap();
    let expected =
        format!(r#"{{"errcode":0,"errmsg":"ok","next_cursor":"next==","decrypted":{RECORDS}}}"#);
    assert_eq!(std::str::from_utf8(page.raw.as_bytes()).unwrap(), expected);
    assert_eq!(page.next, Cursor::new("next=="));
    assert_eq!(page.raw_record(0).unwrap(), br#"{"chat_record_id" : "r1","n":1.50e+1}"#);
    assert_eq!((page.items.len(), page.skipped.len()), (2, 1));

    let again = read_page(page.raw.as_bytes().to_vec()).unwrap();
    assert_eq!(
        (&again.items, &again.spans, &again.skipped),
        (&page.items, &page.spans, &page.skipped)
    );
    assert_eq!((again.next, again.raw), (page.next, page.raw));
}

#[test]
fn keys_that_nobody_knows_are_kept() {
    let answered =
        sealed("[]", "n").replacen('{', r#"{"trace":{"id":1.50},"decrypted":7,"a\"b":[],"#, 1);
    let page = raw_request().read_response(answer(200, answered)).unwrap().into_page(&keys());
    let page = page.unwrap();
    assert_eq!(
        std::str::from_utf8(page.raw.as_bytes()).unwrap(),
        r#"{"errcode":0,"errmsg":"ok","next_cursor":"n","a\"b":[],"trace":{"id":1.50},"decrypted":[]}"#
    );
    assert_eq!(read_page(page.raw.into_bytes()).unwrap().next, Cursor::new("n"));
}

#[test]
fn an_answer_without_a_cipher_text_is_an_empty_page() {
    for (body, next) in [
        (r#"{"errcode":0}"#, None),
        (r#"{"errcode":0,"errmsg":"ok","encrypted":"","next_cursor":""}"#, None),
        (r#"{"errcode":0,"encrypted":null,"next_cursor":"n"}"#, Cursor::new("n")),
        (r#"{"encrypted":""}"#, None),
    ] {
        let sealed = raw_request().read_response(answer(200, body)).unwrap();
        // there is nothing to open, so no key is missed
        let page = sealed.into_page(&DecryptionKeys::default()).unwrap();
        assert!(page.items.is_empty() && page.skipped.is_empty(), "{body}");
        assert_eq!(page.next, next, "{body}");
        read_page(page.raw.into_bytes()).unwrap();
    }
    let sealed = raw_request().read_response(answer(200, sealed("[]", ""))).unwrap();
    assert!(sealed.into_page(&keys()).unwrap().items.is_empty());
}

#[test]
fn a_list_that_is_null_is_empty_and_one_that_is_none_is_an_error() {
    let open = |message| {
        raw_request().read_response(answer(200, sealed(message, ""))).unwrap().into_page(&keys())
    };
    assert!(open("null").unwrap().items.is_empty());
    for message in ["{}", "7", "\"text\""] {
        let error = open(message).unwrap_err();
        assert!(matches!(error, Error::Decode { trouble: Trouble::OtherShape, .. }), "{message}");
    }
}

#[test]
fn a_single_record_is_read_like_one_of_a_page() {
    let get = |message: &str| {
        let request = RawRecordRequest::new("r1");
        request.read_response(answer(200, sealed(message, ""))).unwrap().into_record(&keys())
    };
    let record =
        get(r#"{"chat_record_id":"r1","action":"send","msgtype":"text"}"#).unwrap().unwrap();
    assert_eq!(record.id, "r1");
    for message in [r#"{"msgtype":"text"}"#, "[]", "7"] {
        let error = get(message).unwrap_err();
        assert_eq!(
            error.to_string(),
            "myscrm-qw's answer to raw-chat-record/get could not be read"
        );
        assert_eq!(error.retry(), Retry::Never);
    }
    let nothing = RawRecordRequest::new("r1").read_response(answer(200, r#"{"errcode":0}"#));
    assert_eq!(nothing.unwrap().into_record(&keys()).unwrap(), None);
}

#[test]
fn what_no_key_opens_is_one_clear_error() {
    let sealed = |message| raw_request().read_response(answer(200, sealed(message, ""))).unwrap();
    // a wrong key, and a right one over something that is no JSON
    for error in [
        sealed(RECORDS).into_page(&other_keys()).unwrap_err(),
        sealed("no JSON").into_page(&keys()).unwrap_err(),
        sealed(RECORDS).into_page(&keys().with_receive_id("another")).unwrap_err(),
    ] {
        assert!(matches!(error, Error::Decode { trouble: Trouble::Locked, .. }));
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Decode, Retry::Never));
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(source, "it could not be decrypted with the configured keys");
        let advice = error.advice().unwrap();
        for part in ["EncodingAESKey", "chat archive", "present one", "receiver"] {
            assert!(advice.contains(part), "{advice}");
        }
    }
    let error = sealed(RECORDS).into_page(&DecryptionKeys::default()).unwrap_err();
    assert!(matches!(error, Error::InvalidRequest { .. }));
    assert!(error.to_string().contains("no encoding AES key is set"), "{error}");
}

#[test]
fn codes_count_before_anything_is_opened() {
    let refused = answer(200, r#"{"errcode":301053,"errmsg":"ok","encrypted":"?"}"#);
    let error = raw_request().read_response(refused).unwrap_err();
    assert_eq!(error.to_string(), "myscrm-qw refused raw-chat-record/pull with code 301053: ok");
    for body in ["{}", r#"{"errmsg":"ok"}"#, r#"{"errcode":0,"encrypted":[]}"#, r#"{"errcode":[]}"#]
    {
        let error = raw_request().read_response(answer(200, body)).unwrap_err();
        assert!(matches!(error, Error::Decode { trouble: Trouble::OtherShape, .. }), "{body}");
    }
    // a stored page of the other sort, and a page that was never opened
    for body in [fixture("page-empty.json"), crate::sealed("[]", "").into_bytes()] {
        assert!(matches!(read_page(body).unwrap_err(), Error::Decode { .. }));
    }
}

#[test]
fn records_passed_on_have_seconds_or_milliseconds() {
    let at = |json: &str| {
        let item: ChatRecordItem = serde_json::from_str(json).unwrap();
        item.sent_at().map(myscrm_qw::chat_core::UnixMillis::get)
    };
    assert_eq!(at(r#"{"msgtime":1761958700}"#), Some(1_761_958_700_000));
    assert_eq!(at(r#"{"msgtime":"1761958700123"}"#), Some(1_761_958_700_123));
    assert_eq!(at(r#"{"msgtime":0}"#), None);
    assert_eq!(at("{}"), None);
}

#[test]
fn messages_in_messages_are_followed_to_a_depth() {
    let mut inner = r#"{"content":"innermost"}"#.to_owned();
    let mut word = "ChatRecordText";
    for _ in 0..12 {
        let content = serde_json::to_string(&inner).unwrap();
        inner = format!(r#"{{"title":"t","item":[{{"type":"{word}","content":{content}}}]}}"#);
        word = "ChatRecordChatRecord";
    }
    let record = format!(r#"{{"chat_record_id":"1","msgtype":"chatrecord","chatrecord":{inner}}}"#);
    let record: myscrm_qw::RawRecord = serde_json::from_str(&record).unwrap();
    let text = record.to_message(&myscrm_qw::Conversion::new("s")).text.unwrap();
    assert_eq!(text, ["t"; 9].join("\n"));
}

#[test]
fn a_part_that_cannot_be_read_does_not_put_links_into_the_text() {
    let link = r#"{\"oss_url\":\"https://media.example.com/1?Signature=fixture\",\"md5sum\":{}}"#;
    let items: Vec<String> = ["image", "hologram"]
        .iter()
        .map(|word| format!(r#"{{"type":"{word}","content":"{link}"}}"#))
        .collect();
    let record = format!(
        r#"{{"chat_record_id":"1","msgtype":"mixed","mixed":{{"item":[{}]}}}}"#,
        items.join(",")
    );
    let record: myscrm_qw::RawRecord = serde_json::from_str(&record).unwrap();
    let message = record.to_message(&myscrm_qw::Conversion::new("s"));
    assert_eq!((message.text, message.attachments.len()), (None, 0));
}
