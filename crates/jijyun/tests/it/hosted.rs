//! The history of hosted accounts: how it is read, and what becomes of each kind.

use jijyun::chat_core::{Endpoint, Kind, Message, MessageView, Page, UnixMillis};
use jijyun::{
    ContactType, Conversion, HostedHistoryRequest, HostedMessage, HostedOrigin, HostedType,
};

use crate::answer;

/// The shape of the vendor's page; its values are fillers.
const PAGE: &str = r#"{"Code":2000,"Msg":"成功","RequestId":"t-1","Data":{"botId":"b","botWeixin":"w",
    "imBotId":"1688850000000000","seq":17,"messages":[
    {"messageId":"m1","chatId":"c1","timestamp":1754452800000,"type":7,"source":0,"contactType":1,
     "contactName":"客户甲","avatar":"https://media.example.com/a","imContactId":"7881300000000000",
     "imRoomId":"","roomTopic":"","wecomChatId":"","externalUserId":"wm1",
     "customerExternalUserId":"wm1","coworker":false,"botId":"b",
     "Payload":{"TextPayload":{"mention":[],"text":"你好"},"RawPayload":{"content":"原文"}}},
    {"messageId":"m2","chatId":"c2","timestamp":1754452801000,"type":7,"source":6,"contactType":3,
     "contactName":"同事","imContactId":"1688850000000001","imRoomId":"R:1","roomTopic":"群",
     "wecomChatId":"wr1","coworker":true,"botId":"b",
     "Payload":{"TextPayload":{"text":"群里","quoteMessage":{"messageId":"m1","content":"你好"}}}}]}}"#;

fn read(body: impl Into<Vec<u8>>) -> Page<HostedMessage> {
    HostedHistoryRequest::new("1", "2025-08-06").read_response(answer(200, body)).unwrap()
}

/// A message of a type with this payload.
fn of_type(number: u32, payload: &serde_json::Value) -> Message {
    let json = serde_json::json!({"messageId": "m", "type": number, "Payload": payload});
    let message: HostedMessage = serde_json::from_value(json).unwrap();
    message.into_message(&Conversion::new("s"))
}

#[test]
fn a_page_converts_as_before() {
    let page = read(PAGE);
    assert_eq!(page.trace_id.as_deref(), Some("t-1"));
    assert_eq!(page.next.as_ref().unwrap().as_str(), "17");
    let first = &page.items[0];
    assert_eq!(first.message_type, Some(HostedType::Text));
    assert_eq!(first.origin, Some(HostedOrigin::Phone));
    assert_eq!(first.contact_type, Some(ContactType::WeChat));
    assert_eq!(first.at(), Some(UnixMillis::new(1_754_452_800_000)));
    assert_eq!(first.im_room_id, None);
    let conversion = Conversion::new("s");
    let messages: Vec<Message> =
        page.items.iter().map(|message| message.to_message(&conversion)).collect();
    let shown: Vec<MessageView<'_>> = messages.iter().map(MessageView::of).collect();
    insta::assert_json_snapshot!("hosted", shown);
}

#[test]
fn what_was_read_is_written_with_the_vendor_s_keys() {
    let page = read(PAGE);
    let written = serde_json::to_value(&page.items[0]).unwrap();
    let sent: serde_json::Value = serde_json::from_slice(page.raw_record(0).unwrap()).unwrap();
    for (key, value) in sent.as_object().unwrap() {
        if value != "" {
            assert_eq!(written[key], *value, "{key}");
        }
    }
    assert_eq!(serde_json::from_value::<HostedMessage>(written).unwrap(), page.items[0]);
}

#[test]
fn a_message_needs_its_id_and_nothing_else() {
    let page = read(
        r#"{"Code":2000,"Data":{"seq":1,"messages":[{"messageId":1},{"messageId":""},{"type":7},null,
            {"messageId":"n","Payload":null,"timestamp":"1754452800000","type":"7","source":99},
            {"messageId":"o","Payload":"text"},{"messageId":"p","chatId":{}}]}}"#,
    );
    let ids: Vec<&str> = page.items.iter().map(|message| message.message_id.as_str()).collect();
    assert_eq!(ids, ["1", "n", "o"]);
    let places: Vec<usize> = page.skipped.iter().map(|skipped| skipped.index).collect();
    assert_eq!(places, [1, 2, 3, 6]);
    assert_eq!(page.items[1].origin, Some(HostedOrigin::Other(99)));
    assert_eq!(page.items[1].timestamp, Some(1_754_452_800_000));
    let message = page.items[2].to_message(&Conversion::new("s"));
    assert_eq!((message.kind, message.text), (Kind::from("other"), None));
}

#[test]
fn nothing_says_which_way_a_message_went() {
    for message in read(PAGE).items {
        let message = message.into_message(&Conversion::new("s"));
        assert_eq!(message.direction, None);
        assert!(message.recipients.is_empty());
    }
}

#[test]
fn every_type_has_a_kind() {
    for (number, kind) in [
        (0, "other"),
        (1, "file"),
        (2, "voice"),
        (3, "card"),
        (4, "mixed"),
        (5, "emotion"),
        (6, "image"),
        (7, "text"),
        (8, "location"),
        (9, "miniprogram"),
        (10, "10"),
        (11, "recall"),
        (12, "link"),
        (13, "video"),
        (14, "14"),
        (15, "15"),
        (16, "16"),
        (9999, "9999"),
        (10000, "system"),
        (10001, "system"),
        (77, "77"),
    ] {
        let message = of_type(number, &serde_json::json!({"RawPayload": {"content": "x"}}));
        assert_eq!(message.kind.as_str(), kind);
        assert_eq!(message.text.as_deref(), Some("x"), "{number}");
    }
}

#[test]
fn the_payload_of_the_kind_is_read_from_among_the_others() {
    let link = "https://media.example.com/1";
    let all = serde_json::json!({"RawPayload": {"content": "原文"}, "TextPayload": {"text": "文字"},
        "ImagePayload": {"imageUrl": link}, "FilePayload": {}});
    assert_eq!(of_type(7, &all).text.as_deref(), Some("文字"));
    let image = of_type(6, &all);
    assert_eq!(image.attachments[0].link.as_ref().unwrap().expose(), link);
    assert_eq!(image.text, None);
    let raw =
        serde_json::json!({"TextPayload": {"text": "文字"}, "RawPayload": {"content": "原文"}});
    assert_eq!(of_type(10000, &raw).text.as_deref(), Some("原文"));
    assert_eq!(of_type(7, &serde_json::json!({})).text, None);
    // of a file, JSON in the raw text is the vendor's; of a text, it is what somebody typed
    let json = serde_json::json!({"imageUrl": link, "text": "图"}).to_string();
    let raw = serde_json::json!({"RawPayload": {"content": json}});
    let image = of_type(6, &raw);
    assert_eq!(image.attachments[0].link.as_ref().unwrap().expose(), link);
    assert_eq!(image.text.as_deref(), Some("图"));
    assert_eq!(of_type(7, &raw).text.as_deref(), Some(json.as_str()));
    assert_eq!(of_type(10, &raw).text.as_deref(), Some(json.as_str()));
    // all members at once, as in what is posted
    assert_eq!(of_type(7, &serde_json::json!({"text": "平"})).text.as_deref(), Some("平"));
}

#[test]
fn files_and_readable_parts() {
    let link = "https://media.example.com/1";
    for (number, payload, kind, name) in [
        (
            1,
            serde_json::json!({"fileUrl": link, "name": "a.txt", "size": 9}),
            Kind::File,
            Some("a.txt"),
        ),
        (2, serde_json::json!({"voiceUrl": link, "duration": 3}), Kind::Voice, None),
        (5, serde_json::json!({"imageUrl": link}), Kind::Emotion, None),
        (6, serde_json::json!({"url": link}), Kind::Image, None),
        (13, serde_json::json!({"videoUrl": link}), Kind::Video, None),
    ] {
        let message = of_type(number, &serde_json::json!({"SomePayload": payload}));
        let [file] = &message.attachments[..] else { panic!("{number}") };
        assert_eq!((&file.kind, file.file_name.as_deref()), (&kind, name));
        assert_eq!(file.link.as_ref().unwrap().expose(), link);
        assert_eq!((file.size_bytes, file.duration_ms), (None, None));
    }
    for (number, payload, text) in [
        (2, serde_json::json!({"voiceUrl": link, "text": "转写"}), "转写"),
        (3, serde_json::json!({"name": "名片"}), "名片"),
        (8, serde_json::json!({"name": "门店", "latitude": "1", "longitude": "2"}), "门店, (1, 2)"),
        (9, serde_json::json!({"title": "小程序"}), "小程序"),
        (
            12,
            serde_json::json!({"title": "题", "url": "https://a.example.com"}),
            "题\nhttps://a.example.com",
        ),
    ] {
        let message = of_type(number, &serde_json::json!({"SomePayload": payload}));
        assert_eq!(message.text.as_deref(), Some(text));
    }
}

#[test]
fn the_object_of_a_message_s_own_type_is_the_one_that_counts() {
    let link = "https://media.example.com/1";
    let file = |number, payload: serde_json::Value| {
        let message = of_type(number, &payload);
        message.attachments.first()?.link.as_ref().map(|link| link.expose().to_owned())
    };
    for (number, payload) in [
        (6, serde_json::json!({"FilePayload": {"name": ""}, "ImagePayload": {"imageUrl": link}})),
        (6, serde_json::json!({"FilePayload": {"url": "x"}, "ImagePayload": {"url": link}})),
        (6, serde_json::json!({"FilePayload": {"url": "x"}, "PicPayload": {"imageUrl": link}})),
        (6, serde_json::json!({"APayload": {"width": 1}, "PicPayload": {"url": link}})),
        (1, serde_json::json!({"APayload": {"url": "x"}, "FilePayload": {"fileUrl": link}})),
        (2, serde_json::json!({"APayload": {"url": "x"}, "VoicePayload": {"url": link}})),
        (13, serde_json::json!({"ImagePayload": {"url": "x"}, "VideoPayload": {"url": link}})),
        (5, serde_json::json!({"APayload": {"url": "x"}, "EmoticonPayload": {"imageUrl": link}})),
        (
            6,
            serde_json::json!({"FilePayload": {"name": ""},
                "RawPayload": {"content": format!(r#"{{"imageUrl":"{link}"}}"#)}}),
        ),
    ] {
        assert_eq!(file(number, payload.clone()).as_deref(), Some(link), "{number} {payload}");
    }
    let link = serde_json::json!({"APayload": {"x": 1}, "UrlPayload": {"title": "题"}});
    assert_eq!(of_type(12, &link).text.as_deref(), Some("题"));
    let place =
        serde_json::json!({"CardPayload": {"name": "x"}, "LocationPayload": {"name": "门店"}});
    assert_eq!(of_type(8, &place).text.as_deref(), Some("门店"));
    let only = serde_json::json!({"APayload": {"quoteMessage": {"messageId": "q"}}});
    assert_eq!(of_type(6, &only).reply_to.unwrap().as_str(), "q");
}

#[test]
fn flags_and_payloads_are_read_in_either_spelling() {
    let message = |rest: &str| {
        let body = format!(r#"{{"Code":2000,"Data":{{"messages":[{{"messageId":"m",{rest}}}]}}}}"#);
        let mut page = read(body);
        assert!(page.skipped.is_empty(), "{rest}");
        page.items.remove(0)
    };
    for (flag, read) in [
        ("true", Some(true)),
        ("1", Some(true)),
        ("\"true\"", Some(true)),
        ("false", Some(false)),
        ("0", Some(false)),
        ("\"0\"", Some(false)),
        ("2", None),
        ("\"\"", None),
        ("null", None),
        ("{}", None),
    ] {
        assert_eq!(message(&format!(r#""coworker":{flag}"#)).coworker, read, "{flag}");
    }
    let text = |rest: &str| message(rest).to_message(&Conversion::new("s")).text;
    let documented = r#""type":7,"Payload":{"TextPayload":{"text":"你好"}}"#;
    assert_eq!(text(documented).as_deref(), Some("你好"));
    assert_eq!(text(&documented.replace("\"Payload\"", "\"payload\"")).as_deref(), Some("你好"));
    let both = format!(r#""payload":{{"text":"x"}},{documented}"#);
    assert_eq!(text(&both).as_deref(), Some("你好"), "the documented one counts");
}
