//! Whole conversations: how lenient their reading is, and what becomes of each kind.

use jijyun::chat_core::{Endpoint, IdOrigin, Kind, Message, MessageView, Page, UnixMillis};
use jijyun::{AggregatedMessage, AggregatedType, Conversion, ForwardType, HistoryRequest};

use crate::answer;

fn read(body: impl Into<Vec<u8>>) -> Page<AggregatedMessage> {
    HistoryRequest::new("chat-1").read_response(answer(200, body)).unwrap()
}

fn history(messages: &str) -> Page<AggregatedMessage> {
    read(format!(r#"{{"Code":2000,"Data":{{"message":[{messages}]}},"Msg":"成功"}}"#))
}

fn message(json: &str) -> Message {
    let page = history(json);
    assert_eq!(page.items.len(), 1, "{:?}", page.skipped);
    page.items[0].to_message("chat-1", &Conversion::new("s"))
}

/// A message of a type with this content.
fn of_type(number: u32, content: &serde_json::Value) -> Message {
    let json = serde_json::json!({"message_id": "m", "message_type": number,
        "message_content": content, "message_forward_type": "incoming"});
    message(&json.to_string())
}

#[test]
fn a_conversation_converts_as_before() {
    let page = history(
        r#"{"message_id":"api_2","message_type":2,"message_forward_type":"outgoing",
            "message_create_time":1785312000500,"message_content":{"text":"您好","message_id":"b2"},
            "user":{"user_id":"u2","user_name":"助手","user_type":3}},
           {"message_id":"api_1i","message_type":2,"message_forward_type":"incoming",
            "message_create_time":1785312000000,
            "message_content":{"message_id":"b3","text":"{\"text\":\"好\",\"quote_message\":{\"quote_message_id\":\"b2\",\"sender\":\"助手\",\"content\":\"您好\",\"quote_message_type\":2}}"},
            "user":{"user_id":"u1","user_name":"客户甲","user_type":1}},
           {"message_id":"api_0i","message_forward_type":"incoming","message_content":{"text":"最早"}}"#,
    );
    let conversion = Conversion::new("s");
    let messages: Vec<Message> =
        page.items.iter().map(|message| message.to_message("chat-1", &conversion)).collect();
    let shown: Vec<MessageView<'_>> = messages.iter().map(MessageView::of).collect();
    insta::assert_json_snapshot!("conversation", shown);
}

#[test]
fn next_to_nothing_is_enough() {
    let page = history(
        r#"{},{"message_id":7},"no message",{"message_id":{}},{"message_id":"m","novel":{"a":[1]}}"#,
    );
    assert_eq!((page.items.len(), page.skipped.len()), (3, 2));
    let none = page.items[0].to_message("chat-1", &Conversion::new("s"));
    assert_eq!((none.id.as_str(), none.id_origin), ("", IdOrigin::Derived));
    assert_eq!(none.conversation_id.unwrap().as_str(), "chat-1");
    assert_eq!((none.direction, none.sender, none.kind), (None, None, Kind::from("other")));
    let seven = page.items[1].to_message("chat-1", &Conversion::new("s"));
    assert_eq!((seven.id.as_str(), seven.id_origin), ("chat-1/7", IdOrigin::Vendor));
}

#[test]
fn values_of_other_types_do_not_cost_the_message() {
    let page = history(
        r#"{"message_id":"m","message_type":"2","message_create_time":"1785312000000",
            "message_forward_type":null,"message_content":"只有文字","user":"某人",
            "message_trigger_type":"?","message_trigger_name":{}},
           {"message_id":"n","message_type":[],"message_create_time":"昨天","message_content":[1],
            "message_forward_type":"sideways","user":{"user_type":"1","user_id":5,"user_addition":7}}"#,
    );
    assert!(page.skipped.is_empty());
    let [first, second] = &page.items[..] else { panic!() };
    assert_eq!(first.message_type, Some(AggregatedType::Text));
    assert_eq!(first.at(), Some(UnixMillis::new(1_785_312_000_000)));
    assert_eq!(first.message_content.text().as_deref(), Some("只有文字"));
    assert_eq!((&first.user, first.message_trigger_type), (&None, None));
    assert_eq!((second.message_type, second.at()), (None, None));
    assert_eq!(second.message_forward_type, Some(ForwardType::from("sideways")));
    assert_eq!(second.user.as_ref().unwrap().user_id.as_deref(), Some("5"));
    let message = second.to_message("chat-1", &Conversion::new("s"));
    assert_eq!((message.text, message.direction, message.sent_at), (None, None, None));
}

#[test]
fn nothing_found_is_an_empty_page() {
    for body in [
        r#"{"Code":2000}"#,
        r#"{"Code":2000,"Data":null}"#,
        r#"{"Code":2000,"Data":{}}"#,
        r#"{"Code":2000,"Data":[]}"#,
        r#"{"Code":2000,"Data":{"message":null}}"#,
        r#"{"Code":2000,"Data":{"message":[]}}"#,
    ] {
        assert!(read(body).items.is_empty(), "{body}");
    }
    for body in [
        r#"{"Code":2000,"Data":"x"}"#,
        r#"{"Code":2000,"Data":[1]}"#,
        r#"{"Code":2000,"Data":{"message":{}}}"#,
    ] {
        assert!(HistoryRequest::new("c").read_response(answer(200, body)).is_err(), "{body}");
    }
}

#[test]
fn raw_bytes_and_spans_are_exact() {
    let first = "{ \"message_id\" : \"\\u597d\", \"n\": 1.50e+1}";
    let body = format!("{{\"Data\":{{\"message\":[\n{first} ]}},\"Code\":2000}}");
    let page = read(body.clone());
    assert_eq!(page.raw.as_bytes(), body.as_bytes());
    assert_eq!(page.raw_record(0).unwrap(), first.as_bytes());
}

#[test]
fn every_type_has_a_kind() {
    for (number, kind) in [
        (1, "system"),
        (2, "text"),
        (3, "voice"),
        (4, "card"),
        (5, "location"),
        (6, "video"),
        (7, "link"),
        (8, "file"),
        (9, "image"),
        (10, "10"),
        (11, "11"),
        (12, "mixed"),
        (99, "99"),
    ] {
        assert_eq!(of_type(number, &serde_json::json!({"text": "x"})).kind.as_str(), kind);
    }
}

#[test]
fn files_have_their_links_and_names() {
    let link = "https://media.example.com/1";
    let inner = serde_json::json!({"fileUrl": link, "name": "报价.pdf", "size": 10}).to_string();
    for (number, content, kind, name, text) in [
        (
            3,
            serde_json::json!({"voice_url": link, "duration": 3, "text": "转写"}),
            Kind::Voice,
            None,
            Some("转写"),
        ),
        (6, serde_json::json!({"video_url": link}), Kind::Video, None, None),
        (9, serde_json::json!({"url": link}), Kind::Image, None, None),
        (8, serde_json::json!({"text": inner}), Kind::File, Some("报价.pdf"), None),
        (8, serde_json::json!({"url": link, "name": "a.txt"}), Kind::File, Some("a.txt"), None),
    ] {
        let message = of_type(number, &content);
        let [file] = &message.attachments[..] else { panic!("{content}") };
        assert_eq!(file.kind, kind);
        assert_eq!(file.link.as_ref().unwrap().expose(), link);
        assert_eq!(file.file_name.as_deref(), name);
        // the units are not documented
        assert_eq!((file.size_bytes, file.duration_ms), (None, None));
        assert_eq!(message.text.as_deref(), text);
    }
    let lost = of_type(8, &serde_json::json!({"text": r#"{"name":"a.txt"}"#}));
    assert_eq!(lost.attachments[0].link, None);
    assert!(of_type(9, &serde_json::json!({})).attachments.is_empty());
    assert!(of_type(2, &serde_json::json!({"text": "x", "url": link})).attachments.is_empty());
}

#[test]
fn what_a_person_reads_is_the_text() {
    let forwarded = serde_json::json!({"title": "聊天记录", "chatHistoryList": [
        {"senderName": "甲", "corpName": "公司", "message": {"content": "一"}},
        {"senderName": "乙", "message": {}}, {"message": {"content": "三"}}, 7]});
    for (number, content, text) in [
        (4, serde_json::json!({"name": "名片甲"}), Some("名片甲")),
        (
            5,
            serde_json::json!({"name": "门店", "address": "一号", "latitude": "1.5", "longitude": 2}),
            Some("门店, 一号, (1.5, 2)"),
        ),
        (
            7,
            serde_json::json!({"title": "题", "link": "https://a.example.com"}),
            Some("题\nhttps://a.example.com"),
        ),
        (7, serde_json::json!({"url": "https://a.example.com"}), Some("https://a.example.com")),
        (
            11,
            serde_json::json!({"advertiser_name": "广告主", "phone_num": "10000000002"}),
            Some("广告主\n10000000002"),
        ),
        (12, serde_json::json!({"text": forwarded.to_string()}), Some("聊天记录\n甲: 一\n乙\n三")),
        (12, serde_json::json!({"text": "不是 JSON"}), Some("不是 JSON")),
        (10, serde_json::json!({"text": "抖音"}), Some("抖音")),
        (2, serde_json::json!({}), None),
    ] {
        assert_eq!(of_type(number, &content).text.as_deref(), text, "{number}");
    }
}

#[test]
fn json_that_a_customer_types_stays_what_was_typed() {
    for text in [
        r#"{"text":"内层"}"#,
        r#"{"fileUrl":"https://media.example.com/1","name":"a"}"#,
        r#"{"quote_message":"no object","text":"x"}"#,
        r#"[{"quote_message":{}}]"#,
        "{",
    ] {
        let message = of_type(2, &serde_json::json!({"text": text}));
        assert_eq!(message.text.as_deref(), Some(text));
        assert_eq!(message.reply_to, None);
        assert!(message.attachments.is_empty());
    }
}

#[test]
fn the_user_is_who_wrote_unless_that_cannot_be() {
    let party = |forward: &str, user_type: u32| {
        message(&format!(
            r#"{{"message_id":"m","message_forward_type":"{forward}",
                "user":{{"user_id":"u","user_name":"名","user_type":{user_type}}}}}"#
        ))
    };
    for (user_type, kind) in [
        (1, "customer"),
        (2, "agent"),
        (3, "bot"),
        (4, "system"),
        (5, "bot"),
        (6, "6"),
        (7, "agent"),
    ] {
        let sender = party("incoming", user_type).sender.unwrap();
        assert_eq!(sender.kind.unwrap().as_str(), kind);
        assert_eq!(sender.id.unwrap().as_str(), "u");
        assert_eq!(sender.name.as_deref(), Some("名"));
    }
    let answered = party("outgoing", 3);
    assert!(answered.sender.is_some() && answered.recipients.is_empty());
    let sent = party("outgoing", 1);
    assert!(sent.sender.is_none());
    assert_eq!(sent.recipients[0].id.as_ref().unwrap().as_str(), "u");
}
