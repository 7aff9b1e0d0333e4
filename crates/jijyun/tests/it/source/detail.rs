//! Conversations that are read whole.

use jijyun::chat_core::{
    Cursor, ErrorKind, IdOrigin, MediaErrorKind, MediaItem, MediaLink, PageRequest, Partition,
    ReplayTransport, Source,
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
    assert!(first.next.as_ref().unwrap().as_str().starts_with("0/2 "), "each once");
    reads_again(&source, &partition, &first);

    let second = source.fetch(&first_page().at(first.next.clone())).await.unwrap();
    assert_eq!(ids(&second), ["chat/1/b", "chat/1/a"], "in the vendor's order");
    assert!(second.next.as_ref().unwrap().as_str().starts_with("1/2 "));
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

    // without it, the pages that were stored with it are still what they were, and the reverse
    let plain = source.clone().with_history_detail(false);
    reads_again(&plain, &partition, &first);
    reads_again(&plain, &partition, &second);
    let listed = plain.read(&partition, listing(&["chat/1"]).into_bytes()).unwrap();
    assert_eq!(listed.records.len(), 1);
    reads_again(&source, &partition, &listed);
}

#[tokio::test]
async fn the_answer_is_stored_byte_for_byte_beside_its_conversation() {
    let answer = history(&["a"]);
    let (source, _) = one(ReplayTransport::new()
        .answer(200, listing(&[r#"a\"客"#]))
        .answer(200, answer.as_str()));
    let source = source.with_history_detail(true);
    let first = source.fetch(&first_page()).await.unwrap();
    let page = source.fetch(&first_page().at(first.next)).await.unwrap();
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
    assert!(page.next.as_ref().unwrap().as_str().starts_with("0/1 "));
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
    let (source, transport) = one(ReplayTransport::new()
        .answer(200, listing(&["a", "b"]))
        .answer(200, fixture("error-4000.json"))
        .answer(200, history(&["1"])));
    let source = source.with_history_detail(true);
    let cursor = source.fetch(&first_page()).await.unwrap().next;
    let error = source.fetch(&first_page().at(cursor.clone())).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    assert!(error.message.contains("chat/history/detail"), "{error}");
    let after = source.cursor_after(cursor.as_ref());
    assert_eq!(source.cursor_after(after.as_ref()), None);
    let page = source.fetch(&first_page().at(after)).await.unwrap();
    assert_eq!((ids(&page), &page.next), (vec!["b/1"], &None));
    transport.take_requests();
    for wrong in ["a", "1/1 x", "0/0 x", "1 x", "-1/2 x", "0/1"] {
        let asked = first_page().at(Cursor::new(wrong));
        let error = source.fetch(&asked).await.unwrap_err();
        assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0), "{wrong}");
        assert_eq!(source.cursor_after(Cursor::new(wrong).as_ref()), None);
    }
    assert!(transport.take_requests().is_empty());
}

#[test]
fn a_cursor_knows_what_is_left() {
    let (source, _) = one(ReplayTransport::new());
    assert!(!source.capabilities().finite_cursors, "a listing has no cursors");
    assert!(source.with_history_detail(true).capabilities().finite_cursors);
}

#[tokio::test]
async fn cursors_stay_short_however_many_conversations_there_are() {
    let chat_ids: Vec<String> = (0..3000).map(|number| format!("chat-{number}")).collect();
    let chat_ids: Vec<&str> = chat_ids.iter().map(String::as_str).collect();
    let queue = ReplayTransport::new().answer(200, listing(&chat_ids));
    let (source, transport) =
        one((0..3).fold(queue, |queue, _| queue.answer(200, history(&["m"]))));
    let source = source.with_history_detail(true);
    let mut next = source.fetch(&first_page()).await.unwrap().next;
    for _ in 0..3 {
        assert!(next.as_ref().unwrap().as_str().len() < 40, "{next:?}");
        next = source.fetch(&first_page().at(next)).await.unwrap().next;
    }
    assert!(next.unwrap().as_str().starts_with("3/3000 "));
    assert_eq!(transport.take_requests().len(), 4, "the list is asked for once");
}

#[tokio::test]
async fn after_a_new_start_the_same_list_goes_on_where_it_was() {
    let list = listing(&["a", "b", "c"]);
    let (source, _) =
        one(ReplayTransport::new().answer(200, list.as_str()).answer(200, history(&["1"])));
    let source = source.with_history_detail(true);
    let next = source.fetch(&first_page()).await.unwrap().next;
    let next = source.fetch(&first_page().at(next)).await.unwrap().next;

    let (again, transport) = one(ReplayTransport::new()
        .answer(200, list)
        .answer(200, history(&["2"]))
        .answer(200, history(&["3"])));
    let again = again.with_history_detail(true);
    let second = again.fetch(&first_page().at(next)).await.unwrap();
    assert_eq!(ids(&second), ["b/2"]);
    let third = again.fetch(&first_page().at(second.next)).await.unwrap();
    assert_eq!((ids(&third), &third.next), (vec!["c/3"], &None));
    let asked = transport.take_requests();
    let paths: Vec<&str> = asked.iter().map(|request| request.uri().path()).collect();
    let (list, history) = ("/v1/openapi/chat/record", "/v1/openapi/chat/history/detail");
    assert_eq!(paths, [list, history, history]);
}

#[tokio::test]
async fn after_a_new_start_another_list_is_walked_from_its_beginning() {
    let (source, _) =
        one(ReplayTransport::new().answer(200, listing(&["a", "b"])).answer(200, history(&["1"])));
    let source = source.with_history_detail(true);
    let next = source.fetch(&first_page()).await.unwrap().next;
    let next = source.fetch(&first_page().at(next)).await.unwrap().next;

    // what had not been read moved to the front
    let (again, _) =
        one(ReplayTransport::new().answer(200, listing(&["b", "a"])).answer(200, history(&["2"])));
    let again = again.with_history_detail(true);
    let list = again.fetch(&first_page().at(next.clone())).await.unwrap();
    assert!(list.records.is_empty());
    reads_again(&again, &Partition::new(CUSTOMER), &list);
    let first = again.fetch(&first_page().at(list.next)).await.unwrap();
    assert_eq!(ids(&first), ["b/2"]);

    let (empty, _) = one(ReplayTransport::new().answer(200, r#"{"Code":2000,"Data":[]}"#));
    let list = empty.with_history_detail(true).fetch(&first_page().at(next)).await.unwrap();
    assert_eq!(list.next, None);
}

#[tokio::test]
async fn customers_have_lists_of_their_own() {
    let (source, _) = one(ReplayTransport::new()
        .answer(200, listing(&["a", "b"]))
        .answer(200, listing(&["a", "b"]))
        .answer(200, history(&["1"]))
        .answer(200, history(&["2"]))
        .answer(200, history(&["3"])));
    let source = source.with_history_detail(true);
    let other = PageRequest::first(Partition::new("other"), None);
    let next = source.fetch(&first_page()).await.unwrap().next;
    source.fetch(&other).await.unwrap();
    let next = source.fetch(&first_page().at(next)).await.unwrap().next;
    let last = source.fetch(&first_page().at(next.clone())).await.unwrap();
    assert_eq!(last.next, None);
    // the list of the one was forgotten, that of the other is still there
    assert_eq!(ids(&source.fetch(&other.at(next)).await.unwrap()), ["b/3"]);
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
