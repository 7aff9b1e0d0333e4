//! Nothing that is formatted shows ids of applications, keys, names, texts or links.

use std::error::Error as StdError;
use std::fmt::{Debug, Write};

use myscrm_qw::chat_core::{Cursor, Endpoint, Secret, TransportError, TransportErrorKind};
use myscrm_qw::webhook::{CallbackError, Signed};
use myscrm_qw::{
    Authorizer, CipherError, Conversion, Credentials, DecryptionKeys, EncodingAesKey,
    ExternalUsersRequest, GroupChatsRequest, MemberType, MessageType, RawRecord, Record,
    RecordsRequest, SingleChatRequest,
};

use crate::{END, KEY, START, answer, key, keys, raw_request, records_request, sealed};

/// In every value that must not be seen.
const MARKER: &str = "MARKER";

fn assert_silent(what: &str, shown: &str) {
    assert!(!shown.contains(MARKER), "{what} shows {shown}");
    assert!(!shown.contains(KEY), "{what} shows a key");
}

fn silent(value: &impl Debug) {
    assert_silent("Debug", &format!("{value:?}"));
    assert_silent("Debug", &format!("{value:#?}"));
}

fn silent_error(error: &dyn StdError) {
    let mut text = format!("{error:?} {error:#?} {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(text, " {error:?} {error}").unwrap();
        cause = error.source();
    }
    assert_silent("an error", &text);
}

fn credentials() -> Credentials {
    Credentials::new("MARKER-app")
        .with_extra_query([("orgcode", "MARKER-org")])
        .with_extra_headers([("x-key", "MARKER-key")])
}

/// All bodies of a fixture in one record, each text in them replaced by the marker.
fn marked(fixture: &str, list: &str) -> Vec<String> {
    fn mark(value: &mut serde_json::Value, key: &str) {
        match value {
            serde_json::Value::String(text) => {
                let kept =
                    ["chat_record_id", "action", "type", "msgtype", "chat_id", "create_time"];
                if !kept.contains(&key) {
                    MARKER.clone_into(text);
                }
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| mark(item, key)),
            serde_json::Value::Object(fields) => {
                fields.iter_mut().for_each(|(key, value)| mark(value, key));
            }
            _ => {}
        }
    }
    let mut page: serde_json::Value = serde_json::from_slice(&crate::fixture(fixture)).unwrap();
    mark(&mut page[list], "");
    page[list].as_array().unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn credentials_and_keys() {
    silent(&credentials());
    silent(&Authorizer::new(credentials()).with_hook(std::sync::Arc::new(|_, _| {})));
    silent(&key());
    silent(&keys().with_receive_id("ww"));
    silent(&Secret::from(MARKER));
    let encrypted = key().encrypt([0; 16], MARKER.as_bytes(), MARKER).unwrap();
    silent(&keys().decrypt(&encrypted).unwrap());
    silent_error(&CipherError);
    for wrong in [format!("{KEY}x"), MARKER.to_owned()] {
        silent_error(&EncodingAesKey::new(wrong).unwrap_err());
    }
}

#[test]
fn requests() {
    silent(
        &RecordsRequest::new(MARKER, START, END)
            .with_keyword(MARKER)
            .with_message_type(MessageType::from(MARKER))
            .with_cursor(Cursor::new(MARKER)),
    );
    silent(&raw_request().with_chat_id(MARKER).with_cursor(Cursor::new(MARKER)));
    silent(&GroupChatsRequest::new(MARKER, MemberType::Employee).with_name(MARKER));
    silent(&ExternalUsersRequest::new());
}

#[test]
fn plain_records_pages_and_messages() {
    for json in marked("page-text.json", "list").iter().chain(&marked("page-types.json", "list")) {
        let record: Record = serde_json::from_str(json).unwrap();
        assert!(serde_json::to_string(&record).unwrap().contains(MARKER));
        silent(&record);
        silent(&(&record.text, &record.image, &record.video, &record.voice, &record.agree));
        silent(&(&record.disagree, &record.file, &record.mini_program, &record.red_packet));
        silent(&(&record.link, &record.card, &record.location, &record.document));
        silent(&(&record.emotion, &record.keyword_rules));
        let message = record.to_message(&Conversion::new("s"));
        silent(&message);
        silent(&(&message.attachments, &message.sender, &message.recipients));
    }
    let body = format!(
        r#"{{"errcode":0,"list":[{}, {{"chat_record_id":{{}},"text":"MARKER"}}, "MARKER"]}}"#,
        marked("page-text.json", "list")[0]
    );
    let page = records_request().read_response(answer(200, body)).unwrap();
    assert_eq!((page.items.len(), page.skipped.len()), (1, 2));
    silent(&page);
}

#[test]
fn raw_records_and_what_was_encrypted() {
    for json in marked("page-raw-types.json", "decrypted") {
        let record: RawRecord = serde_json::from_str(&json).unwrap();
        assert!(serde_json::to_string(&record).unwrap().contains(MARKER));
        silent(&record);
        silent(&(&record.text, &record.image, &record.revoke, &record.chat_record));
        silent(&(&record.todo, &record.vote, &record.collect, &record.meeting, &record.info));
        silent(&(&record.calendar, &record.mixed, &record.call, &record.shared_document));
        silent(&(&record.weapp, &record.channel_feed, &record.file, &record.location));
        silent(&record.to_message(&Conversion::new("s")));
    }
    let answered = answer(200, sealed(r#"[{"chat_record_id":"1","from":"MARKER"},"MARKER"]"#, ""));
    let encrypted = raw_request().read_response(answered).unwrap();
    silent(&encrypted);
    silent(&encrypted.into_page(&keys()).unwrap());
}

#[test]
fn chats_and_their_sides() {
    let body = r#"{"errcode":0,"external_user":{"external_userid":"MARKER","name":"MARKER","avatar":"MARKER",
        "corp_name":"MARKER","remark":"MARKER","description":"MARKER"},
        "employee":{"qw_user_id":"MARKER","name":"MARKER","avatar_url":"MARKER"}}"#;
    let chat = SingleChatRequest::new("c").read_response(answer(200, body)).unwrap();
    silent(&chat);
    silent(&(&chat.external_user, &chat.employee));
    silent(&Conversion::new("s").with_single_chat(chat));
    let body = r#"{"errcode":0,"list":[{"chat_id":"c","name":"MARKER","avatar_url":"MARKER"}]}"#;
    let groups = GroupChatsRequest::new("m", MemberType::Employee);
    silent(&groups.read_response(answer(200, body)).unwrap());
    let body = r#"{"errcode":0,"external_userids":["MARKER"]}"#;
    silent(&ExternalUsersRequest::new().read_response(answer(200, body)).unwrap());
}

#[test]
fn errors_of_every_variant() {
    let read =
        |status, body: &str| records_request().read_response(answer(status, body)).unwrap_err();
    for (status, body) in [
        (502, "<html>MARKER</html>"),
        (200, "<html>MARKER</html>"),
        (200, r#"{"errcode":0,"list":"MARKER"}"#),
        (200, r#"{"errcode":"MARKER","list":[]}"#),
        (200, r#"{"errcode":100,"list":["MARKER"],"data":"MARKER"}"#),
        (200, r#"{"errcode":0,"list":[{"text":"MARKER"#),
    ] {
        silent_error(&read(status, body));
    }
    silent_error(&myscrm_qw::Error::from(TransportError::new(TransportErrorKind::Connect)));
    let base = myscrm_qw::chat_core::Url::parse("https://nbd-api.myscrm.cn").unwrap();
    let wrong = records_request().with_keyword(MARKER).with_page_size(0);
    silent_error(&wrong.build_request(&base).unwrap_err());
}

#[test]
fn errors_of_decryption() {
    let open = |message: &str, keys: &DecryptionKeys| {
        let encrypted = raw_request().read_response(answer(200, sealed(message, ""))).unwrap();
        encrypted.into_page(keys).unwrap_err()
    };
    let wrong = DecryptionKeys::new([EncodingAesKey::new("A".repeat(43)).unwrap()]);
    for error in [
        open(r#"["MARKER"]"#, &wrong),
        open("MARKER", &keys()),
        open(r#"{"from":"MARKER"}"#, &keys()),
        open(r#""MARKER""#, &keys()),
    ] {
        silent_error(&error);
    }
}

#[test]
fn callbacks() {
    silent(&Signed { signature: MARKER, timestamp: MARKER, nonce: MARKER, encrypted: MARKER });
    silent_error(&CallbackError::BadSignature);
    silent_error(&CallbackError::from(CipherError));
}

#[cfg(feature = "client")]
mod client {
    use std::sync::Arc;

    use myscrm_qw::chat_core::{PageRequest, Partition, ReplayTransport, Source, Window};
    use myscrm_qw::{Client, ClientBuilder, Credentials, Error, HOST, RecordSource};

    use super::{MARKER, assert_silent, credentials, keys, silent, silent_error};
    use crate::{answer, raw_request, records_request, sealed};

    fn builder() -> ClientBuilder {
        Client::builder(HOST, credentials())
            .with_decryption_keys(keys())
            .with_request_hook(Arc::new(|_, _| {}))
            .with_min_interval(std::time::Duration::ZERO)
    }

    fn client(body: &str) -> Client {
        let transport = ReplayTransport::new().answer_with(answer(200, body));
        builder().with_transport(Arc::new(transport)).build().unwrap()
    }

    #[tokio::test]
    async fn clients_pagers_and_sources() {
        silent(&builder());
        silent(&Client::builder("https://MARKER:MARKER@api.example.com/?MARKER", credentials()));
        let record = r#"{"chat_record_id":"1","text":{"content":"MARKER"}}"#;
        let client = client(&format!(r#"{{"errcode":0,"list":[{record}]}}"#));
        silent(&client);
        let mut pager = client.records_pager(records_request().with_keyword(MARKER));
        silent(&pager.next_page().await.unwrap());
        silent(&pager);
        silent(&pager.checkpoint());
        let chats = RecordSource::new("s", client.clone(), ["MARKER"]).with_groups();
        silent(&chats.with_groups_of_employees(["MARKER"]));
        let source = RecordSource::raw("s", client);
        silent(&source);
        assert_silent("a fingerprint", &source.fingerprint());
        let client = self::client(&sealed(r#"[{"chat_record_id":"1","from":"MARKER"}]"#, ""));
        let mut pager = client.raw_records_pager(raw_request().with_chat_id(MARKER));
        silent(&pager.next_page().await.unwrap());
        silent(&(&pager, pager.checkpoint()));
    }

    #[test]
    fn refused_base_urls() {
        for base in
            ["https://MARKER:MARKER@api.example.com", "https://api.example.com/?MARKER", "MARKER"]
        {
            silent_error(&Client::builder(base, credentials()).build().unwrap_err());
        }
    }

    #[tokio::test]
    async fn secrets_that_the_vendor_repeats_in_its_answer() {
        let echo = r#"{"errcode":100,"errmsg":"app MARKER-app, org MARKER-org, key MARKER-key"}"#;
        let error = client(echo).records(&records_request()).await.unwrap_err();
        silent_error(&error);
        assert!(error.to_string().ends_with("app ***, org ***, key ***"), "{error}");
        // one that is cut in two where the words are shortened
        let long = format!(r#"{{"errcode":100,"errmsg":"{}MARKER-app"}}"#, "x".repeat(193));
        let error = client(&long).records(&records_request()).await.unwrap_err();
        silent_error(&error);
        assert!(!error.to_string().contains("MARK"), "{error}");
        let source = RecordSource::new("s", client(echo), ["chat"]);
        let window = Some(Window::new(0, 1000));
        let request = PageRequest::first(Partition::new("chat"), window);
        let error = source.fetch(&request).await.unwrap_err();
        silent_error(&error);
        assert_silent("the message", &error.message);
    }

    #[tokio::test]
    async fn secrets_that_are_repeated_in_another_form() {
        // as it was sent, in either case, and as JSON has it
        let credentials = Credentials::new("MARKER/app+id")
            .with_extra_query([("short", "MARKER"), ("long", "MARKER-and-more")]);
        let transport = ReplayTransport::new()
            .answer(200, r#"{"errcode":100,"errmsg":"?app_id=MARKER%2Fapp%2Bid&b=MARKER%2fapp%2bid MARKER-and-more MARKER"}"#)
            .answer(400, r#"{"asked":"MARKER\/app+id","again":"MARKER/app+id"}"#)
            .answer(200, r#"{"asked":"MARKER%2Fapp%2Bid"}"#)
            .answer(400, "asked by MARKER%2Fapp%2Bi");
        let client = Client::builder(HOST, credentials)
            .with_transport(Arc::new(transport))
            .with_min_interval(std::time::Duration::ZERO)
            .build()
            .unwrap();
        let error = client.records(&records_request()).await.unwrap_err();
        assert!(error.to_string().ends_with("?app_id=***&b=*** *** ***"), "{error}");
        for left in [r#"{"asked":"***","again":"***"}"#, r#"{"asked":"***"}"#, "asked by ***"] {
            let error = client.records(&records_request()).await.unwrap_err();
            let (Error::Status { body, .. } | Error::Decode { body, .. }) = &error else {
                panic!("{error}")
            };
            assert_eq!(body.expose(), left);
        }
    }
}
