//! What `content` says, by its kind. The samples show most of it; here are the edges.

use std::time::{Duration, Instant};

use bes_ccmessaging::chat_core::{Kind, Message, Status};
use bes_ccmessaging::{Conversion, Record};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert, prop_oneof, proptest};
use proptest::string::string_regex;
use serde_json::{Value, json};

use crate::USER;

fn message(record: Value) -> Message {
    let mut record = record;
    record["id"] = "1".into();
    let record: Record = serde_json::from_value(record).unwrap();
    record.to_message(&Conversion::new("s", USER))
}

fn text(content: &str) -> Option<String> {
    message(json!({"mediaType": "TEXT", "content": content})).text
}

/// What a link of ours holds.
fn target(message: &Message) -> Value {
    let link = message.attachments[0].link.as_ref().unwrap();
    assert_eq!(link.expires_at(), None);
    serde_json::from_str(link.expose()).unwrap()
}

#[test]
fn plain_text_is_not_touched() {
    for plain in [
        "1 < 2",
        "a<b and c>d",
        "if (a<b) { return c>d; }",
        "Vec<String>, List<T>, <3, <>, </>, <p",
        "<name> said <mail@example.com>",
        "&lt;p&gt; &amp; &nbsp;",
        "  leading, trailing  \n and lines\n",
        "<picture>",
    ] {
        assert_eq!(text(plain).as_deref(), Some(plain));
    }
}

#[test]
fn html_is_reduced_to_what_a_reader_sees() {
    for (html, plain) in [
        ("<p>32131</p>", "32131"),
        ("<P>32131</P>", "32131"),
        ("a<br>b<br/>c<br />d", "a\nb\nc\nd"),
        ("<p>1 &lt; 2 &amp;&amp; 3 &gt; 2</p>", "1 < 2 && 3 > 2"),
        ("<span style=\"color:red\">红</span>", "红"),
        ("<a href='https://shop.example.com'>link</a>", "link"),
        ("<p onclick=\"x()\">safe<script>alert(1)</script></p>", "safe"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("bold</b>", "bold"),
        ("<p>👍🏽 好</p>", "👍🏽 好"),
    ] {
        assert_eq!(text(html).as_deref(), Some(plain), "{html}");
    }
    assert_eq!(text("<p></p>"), None);
    assert_eq!(text("<p><img src=\"a\"></p>"), None);
}

#[test]
fn elements_that_say_how_text_looks_leave_no_trace() {
    for (html, plain) in [
        ("<s>old</s> <del>older</del> new", "old older new"),
        ("<center>a</center>", "a"),
        ("<p><center>a</center></p>", "a"),
        ("<p>a<!-- b -->c</p>", "ac"),
        ("x<sup>2</sup>", "x2"),
        ("<p>smile <img src=\"1.png\" alt=\"[微笑]\"> and go</p>", "smile [微笑] and go"),
        ("<ol start=\"9\"><li>a<li>b</ol>", "a\nb"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<p>a&nbsp;b &#x41; &#99999999999;</p>", "a\u{a0}b A \u{fffd}"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</table>", "1\n2\n3"),
        ("<title>t</title><p>a</p>", "a"),
    ] {
        assert_eq!(text(html).as_deref(), Some(plain), "{html}");
    }
}

#[test]
fn no_number_and_no_nesting_in_html_ends_or_holds_up_the_reader() {
    for (html, plain) in [
        ("<table><tr><td colspan=\"18446744073709551615\">a</td><td>b</td></tr></table>", "a\nb"),
        ("<table><tr><td rowspan=\"-1\" colspan=\"0\">a</td></tr></table>", "a"),
        ("<ol start=\"9223372036854775807\"><li>a<li>b</ol>", "a\nb"),
        ("<ol start=\"-9223372036854775808\"><li>a<li>b</ol>", "a\nb"),
    ] {
        assert_eq!(text(html).as_deref(), Some(plain), "{html}");
    }
    let started = Instant::now();
    let attributes: Vec<String> = (0..100_000).map(|n| format!("a{n}=b")).collect();
    let attributes = attributes.join(" ");
    for tag in ["<div>", "<s>", "<ul><li>", "<table><tr><td>", "<b><p><i>", "<a href=x>", "</p>"] {
        assert_eq!(text(&format!("{}inner", tag.repeat(100_000))).as_deref(), Some("inner"));
    }
    assert_eq!(text(&format!("<p {attributes}>inner")).as_deref(), Some("inner"));
    // no tag at all, however much it looks like one
    for (many, end) in [("<", ""), ("<b ", ""), ("<b x", ">"), ("<p x", ">="), ("</", ">")] {
        let none = format!("{}{end}", many.repeat(100_000));
        assert!(text(&none).is_some_and(|text| text == none), "{many}");
    }
    // a square of these lengths takes minutes
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[test]
fn long_lines_are_not_broken() {
    let long = "字 ".repeat(100_000);
    assert_eq!(text(&format!("<p>{long}</p>")).as_deref(), Some(long.trim_end()));
}

fn piece() -> impl Strategy<Value = String> {
    let tag = "</?(p|div|s|b|ul|ol|li|table|tr|td|pre|script|style|img|a|title|br|svg|plaintext)";
    let number = "(-?[0-9]{1,40}|[a-z]{0,3})";
    let tags =
        format!("{tag}( (colspan|rowspan|start|alt|href|x)=[\"']?{number}[\"']?){{0,3}} ?/?>?");
    prop_oneof![
        string_regex(&tags).unwrap(),
        "&(#x?[0-9a-f]{0,12}|[a-z]{0,6});?",
        "<!(--|DOCTYPE|\\[CDATA\\[)?.{0,4}(-->|>)?",
        "\\PC{0,6}",
        any::<char>().prop_map(String::from),
    ]
}

proptest! {
    #[test]
    fn any_html_can_be_read(pieces in vec(piece(), 0..40)) {
        let content = pieces.concat();
        if let Some(text) = text(&content) {
            prop_assert!(text.len() <= content.len() * 4);
        }
    }
}

#[test]
fn file_names_may_hold_commas_or_be_missing() {
    let file = |content: &str| message(json!({"mediaType": "FILE", "content": content}));
    let named = file("a, b, c.pdf,26964,100-x/y,PDF");
    assert_eq!(named.attachments[0].file_name.as_deref(), Some("a, b, c.pdf"));
    assert_eq!(named.attachments[0].size_bytes, Some(26964));
    assert_eq!(
        target(&named),
        json!({"user": USER, "file_id": "100-x/y", "file_type": "pdf",
               "is_library_file": false, "size_bytes": 26964})
    );
    assert_eq!(named.text, None);
    let nameless = file(",7000,100-x,docx");
    assert_eq!(nameless.attachments[0].file_name, None);
    assert_eq!(target(&nameless)["size_bytes"], 7000);
    // without a size it is no name, size, id and extension
    for other in ["a,b,c,d e", "a file, says the customer", "x,many,id,e.x"] {
        let other_message = file(other);
        assert!(other_message.attachments.is_empty(), "{other}");
        assert_eq!(other_message.text.as_deref(), Some(other));
    }
}

#[test]
fn an_extension_comes_from_where_it_is_said() {
    let image = |content: &str, more: Value| {
        let mut record = json!({"mediaType": "IMAGE", "content": content});
        for (key, value) in more.as_object().unwrap() {
            record[key] = value.clone();
        }
        target(&message(record))
    };
    let local = json!({"contentDealType": "1"});
    let library = json!({"contentDealType": 1, "multiMediaLibraryInfo": {"mediaFileType": ".JPG"}});
    for (content, more, id, kind) in [
        ("key,png", json!({}), "key", json!("png")),
        ("a/key.PNG", json!({}), "a/key.PNG", json!("png")),
        ("a.b/key", json!({}), "a.b/key", json!("jpg")),
        ("key", json!({}), "key", json!("jpg")),
        ("a/key.png", local.clone(), "local/a/key.png", json!("png")),
        ("key,gif", local.clone(), "local/key", json!("gif")),
        ("key", local, "local/key", json!("jpg")),
        ("key", library.clone(), "local/key", json!("jpg")),
        ("key.png", library, "local/key.png", json!("png")),
    ] {
        let target = image(content, more);
        assert_eq!((&target["file_id"], &target["file_type"]), (&json!(id), &kind), "{content}");
        assert_eq!(target["is_library_file"], false);
    }
    // else it is the one that the vendor's page shows with its sort
    for (media_type, kind) in [
        ("AUDIO", json!("mp3")),
        ("VIDEO", json!("mp4")),
        ("FILE_VIDEO", json!("mp4")),
        ("FILE_IMAGE", json!("jpg")),
        ("FILE", Value::Null),
    ] {
        let target = target(&message(json!({"mediaType": media_type, "content": "key"})));
        assert_eq!(target["file_type"], kind, "{media_type}");
    }
    let of_library = json!({"multiMediaLibraryInfo": {"id": "77", "mediaFileType": "mp4"}});
    for (content, id, is_library) in
        [("77", "77", true), ("78", "78", true), ("", "77", true), ("key", "key", false)]
    {
        let target = image(content, of_library.clone());
        assert_eq!((&target["file_id"], &target["file_type"]), (&json!(id), &json!("mp4")));
        assert_eq!(target["is_library_file"], is_library, "{content}");
    }
}

#[test]
fn a_file_of_its_own_is_not_hidden_by_the_library() {
    let library = json!({"id": "lib-7", "mediaFileType": "mp4", "fileName": "other.mp4"});
    let file = |media_type: &str, content: &str| {
        let record = json!({"mediaType": media_type, "content": content,
            "multiMediaLibraryInfo": library.clone()});
        target(&message(record))
    };
    let own = file("FILE", "a.pdf,7,100-x/y,pdf");
    assert_eq!((&own["file_id"], &own["file_type"]), (&json!("100-x/y"), &json!("pdf")));
    assert_eq!((&own["size_bytes"], &own["is_library_file"]), (&json!(7), &json!(false)));
    for (media_type, content) in [("IMAGE", "lib-7"), ("CARD", "words"), ("RICHTEXT", "words")] {
        let of_library = file(media_type, content);
        assert_eq!(
            (&of_library["file_id"], &of_library["is_library_file"]),
            (&json!("lib-7"), &json!(true))
        );
    }
    // words instead of a file stay words
    let words = message(json!({"mediaType": "IMAGE", "content": "no picture",
        "multiMediaLibraryInfo": library.clone()}));
    assert_eq!(words.text.as_deref(), Some("no picture"));
    assert!(words.attachments.is_empty());
}

#[test]
fn a_place_is_no_file_however_its_description_ends() {
    for content in ["31.2/121.4/Road 7,jpg", "31.2/121.4/x.png"] {
        let place = message(json!({"mediaType": "LOCATE", "content": content}));
        assert!(place.attachments.is_empty(), "{content}");
        assert!(place.text.unwrap().ends_with("(31.2, 121.4)"), "{content}");
    }
    let map = message(json!({"mediaType": "LOCATE", "content": "key,jpg"}));
    assert_eq!(target(&map)["file_id"], "key");
}

#[test]
fn what_has_not_the_form_of_its_kind_stays_as_it_is() {
    for (kind, content) in [
        ("WEBCARD", "[\"title\"]"),
        ("WEBCARD", "{broken"),
        ("WEBCARD", "7"),
        ("LOCATE", "near the river / bridge"),
        ("IMAGE", "sorry, no picture"),
        ("IMAGE", "{\"a\":1}"),
        ("IMAGE", "[图片]"),
        ("IMAGE", "https://img.example.com/a.jpg"),
        ("VIDEO", "//img.example.com/[a].mp4"),
        ("SOMETHING", "fixture"),
    ] {
        let message = message(json!({"mediaType": kind, "content": content}));
        assert_eq!(message.text.as_deref(), Some(content), "{kind}");
        assert!(message.attachments.is_empty(), "{kind}");
    }
}

#[test]
fn text_is_never_taken_for_a_file() {
    for media_type in [json!("TEXT"), json!("EMAIL"), json!(null)] {
        for content in ["a,jpg", "a,1,b,jpg", "77"] {
            let record = json!({"mediaType": media_type, "content": content,
                "multiMediaLibraryInfo": {"id": "77", "mediaFileType": "jpg"}});
            let message = message(record);
            assert!(message.attachments.is_empty());
            assert_eq!(message.text.as_deref(), Some(content));
        }
    }
}

#[test]
fn a_conversation_is_the_chat_or_else_the_call() {
    let conversation =
        |record: Value| message(record).conversation_id.map(|id| id.as_str().to_owned());
    let both = json!({"chatId": "chat", "callId": "call"});
    assert_eq!(conversation(both).as_deref(), Some("chat"));
    assert_eq!(conversation(json!({"callId": "call"})).as_deref(), Some("call"));
    assert_eq!(conversation(json!({})), None);
}

#[test]
fn the_asked_user_is_the_customer_whatever_the_record_says() {
    let inbound = message(json!({"sourceType": "USER", "userId": "other", "senderNickname": "n"}));
    let sender = inbound.sender.unwrap();
    assert_eq!((sender.id.unwrap().as_str(), sender.name.as_deref()), (USER, Some("n")));
    assert!(inbound.recipients.is_empty());
    let outbound = message(json!({"sourceType": "AGENT", "senderNickname": "n"}));
    assert_eq!(outbound.sender.unwrap().id, None);
    assert_eq!(outbound.recipients[0].id.as_ref().unwrap().as_str(), USER);
}

#[test]
fn a_word_that_is_not_known_stays_the_kind() {
    let kind = |word: &str| message(json!({"mediaType": word})).kind;
    assert_eq!(kind("HOLOGRAM"), Kind::from("HOLOGRAM"));
    assert_eq!(kind("template"), Kind::Template);
}

#[test]
fn words_about_a_failure_make_a_message_failed() {
    let status = |record: Value| message(record).status;
    for (error, failed) in [
        (json!("fixture: not delivered"), Some(Status::Failed)),
        (json!("消息发送失败"), Some(Status::Failed)),
        (json!(""), None),
        (json!("  "), None),
        (json!("1700000000000"), None),
        (json!(1_700_000_000_000_i64), None),
        (json!({"code": 7}), None),
        (json!(null), None),
    ] {
        assert_eq!(status(json!({"errorMsg": error.clone()})), failed, "{error}");
    }
    let both = json!({"errorMsg": "words", "readTime": 5});
    assert_eq!(status(both), Some(Status::Failed));
    let recalled = json!({"errorMsg": "words", "recallTime": 5, "readTime": 5});
    assert_eq!(status(recalled), Some(Status::Recalled));
}

#[test]
fn only_an_id_may_cost_a_record() {
    for odd in [json!({"a": 1}), json!(["b"]), json!("odd"), json!(7.5), json!(true)] {
        let keys = [
            "channel",
            "channelConfigId",
            "userId",
            "senderNickname",
            "senderAvatar",
            "sendTime",
            "receiveTime",
            "controlType",
            "sourceType",
            "mediaType",
            "callId",
            "tenantId",
            "tenant_id",
            "partdbId",
            "messageCode",
            "associationContentId",
            "sendStatus",
            "recallTime",
            "modifiedTime",
            "errorMsg",
            "dayOfYear",
            "isForwarded",
            "forwardTime",
            "contentDealType",
            "contentKey",
            "multiMediaLibraryInfo",
            "chatId",
            "chat_id",
            "readTime",
            "email",
        ];
        for key in keys {
            let read = serde_json::from_value::<Record>(
                json!({"id": "1", "content": "said", key: odd.clone()}),
            );
            assert_eq!(read.unwrap().content.as_deref(), Some("said"), "{key}: {odd}");
        }
    }
    assert_eq!(message(json!({"content": {"a": "b"}})).text.as_deref(), Some("{\"a\":\"b\"}"));
    let card = json!({"mediaType": "WEBCARD", "content": {"title": "t"}});
    assert_eq!(message(card).text.as_deref(), Some("t"));
    for id in [json!(null), json!({}), json!([]), json!("")] {
        assert!(serde_json::from_value::<Record>(json!({"id": id})).is_err());
    }
}

/// Only an id may cost a record, whatever stands in its other members.
#[test]
fn what_is_no_value_at_all_costs_only_itself() {
    for strange in [r#""\ud83d""#, "1e999", r#"["\ud83d"]"#, r#"{"a":1e999}"#] {
        for member in ["senderNickname", "dayOfYear", "mediaType", "isRead", "sendTime", "email"] {
            let record = format!(r#"{{"id":"1","content":"hello","{member}":{strange}}}"#);
            let record: Record =
                serde_json::from_str(&record).unwrap_or_else(|error| panic!("{record}: {error}"));
            assert_eq!(record.content.as_deref(), Some("hello"));
            assert_eq!((record.sender_nickname, record.day_of_year), (None, None), "{strange}");
        }
    }
}
