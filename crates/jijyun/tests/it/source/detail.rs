//! Conversations that are read whole.

use jijyun::chat_core::{
    Cursor, ErrorKind, IdOrigin, MediaErrorKind, MediaItem, MediaLink, Partition, ReplayTransport,
    Source,
};

use super::{first_page, ids, one, reads_again};
use crate::{CUSTOMER, body, fixture};

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
