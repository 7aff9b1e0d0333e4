//! What `content` says, by its kind. The samples show most of it; here are the edges.

use bes_ccmessaging::chat_core::{Kind, Message};
use bes_ccmessaging::{Conversion, Record};
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
fn a_single_paragraph_reads_as_it_would_beside_another_tag() {
    for inner in
        ["32131", "a b", "a  b", " a", "a ", "a\nb", "a\tb", "&amp;", "a<br>b", "\u{a0}a", "字", ""]
    {
        let alone = text(&format!("<p>{inner}</p>"));
        assert_eq!(alone, text(&format!("<p>{inner}</p><b></b>")), "{inner:?}");
    }
}

#[test]
fn long_lines_are_not_broken_and_very_long_html_is_left_as_it_is() {
    let long = "字 ".repeat(2000);
    assert_eq!(text(&format!("<p>{long}</p>")).as_deref(), Some(long.trim_end()));
    let deep = "<div>".repeat(20_000);
    assert_eq!(text(&deep).as_deref(), Some(&*deep));
    let nested = format!("{}inner", "<div>".repeat(2000));
    assert_eq!(text(&nested).as_deref(), Some("inner"));
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
    for content in ["77", "78", "", "something"] {
        let target = image(content, of_library.clone());
        let id = if content == "78" { "78" } else { "77" };
        assert_eq!((&target["file_id"], &target["file_type"]), (&json!(id), &json!("mp4")));
        assert_eq!(target["is_library_file"], true, "{content}");
    }
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
