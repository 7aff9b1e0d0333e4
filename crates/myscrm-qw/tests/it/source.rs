//! What a sync engine sees.

mod groups;
mod renew;

use std::io::Write;
use std::sync::Arc;

use myscrm_qw::chat_core::http::{Request, Response};
use myscrm_qw::chat_core::{
    BoxFuture, Cursor, ErrorKind, MediaError, MediaErrorKind, MediaInfo, MediaLink, PageRequest,
    Partition, ReplayTransport, Source, SourcePage, Transport, TransportError, UnixMillis, Window,
    Windowing,
};
use myscrm_qw::{Client, Credentials, HOST, RecordSource};

use crate::{NOW_MS, answer, builder, client, fixture, page_of, query, sealed, sealed_page_of};

const DAY_MS: i64 = 86_400_000;
/// 2025-11-01 from 01:00 to 02:00 UTC.
const WINDOW: Window = Window::new(1_761_958_800_000, 1_761_962_400_000);
/// An hour after the present.
const HOUR_LATER: UnixMillis = UnixMillis::new(NOW_MS + 3_600_000);

fn chats(transport: ReplayTransport) -> (RecordSource, Arc<ReplayTransport>) {
    let (client, transport) = client(transport);
    (RecordSource::new("qw", client, ["chat-1", "chat-2"]), transport)
}

fn raw(transport: ReplayTransport) -> (RecordSource, Arc<ReplayTransport>) {
    let (client, transport) = client(transport);
    (RecordSource::raw("qw", client), transport)
}

fn chat() -> Partition {
    Partition::new("chat-1")
}

fn first_page() -> PageRequest {
    PageRequest::first(chat(), Some(WINDOW))
}

fn first_raw_page() -> PageRequest {
    PageRequest::first(Partition::whole(), Some(WINDOW))
}

/// The records of a fixture of raw records, as the vendor would send them.
fn sealed_fixture(name: &str) -> String {
    let body = String::from_utf8(fixture(name)).unwrap();
    let (_, records) = body.split_once("\"decrypted\":").unwrap();
    sealed(records.trim().strip_suffix('}').unwrap(), "")
}

#[test]
fn what_its_records_mean_depends_on_is_in_its_fingerprint() {
    let (source, _) = chats(ReplayTransport::new());
    let all = source.fingerprint();
    assert_eq!(all, source.clone().with_page_size(20).with_groups().fingerprint());
    let (client, _) = client(ReplayTransport::new());
    assert_ne!(all, RecordSource::raw("qw", client).fingerprint());
    let transport = Arc::new(ReplayTransport::new());
    let other = Client::builder(HOST, Credentials::new("other")).with_transport(transport).build();
    assert_ne!(all, RecordSource::new("qw", other.unwrap(), ["chat-1"]).fingerprint());
    assert!(!all.contains("fixture-app"), "{all}");
}

#[tokio::test]
async fn it_says_what_it_is() {
    let (source, transport) = chats(ReplayTransport::new());
    assert_eq!((source.name(), source.vendor()), ("qw", "myscrm-qw"));
    let named = [Partition::new("chat-1"), Partition::new("chat-2")];
    assert_eq!(source.partitions().await.unwrap(), named);
    assert_eq!(transport.take_requests().len(), 0);
    let capabilities = source.capabilities();
    let windows = |days| Windowing::Closed {
        grain_ms: 1000,
        max_ms: Some(days * DAY_MS),
        max_rows: u64::MAX,
    };
    assert_eq!(capabilities.windowing, windows(3));
    assert!(!capabilities.has_total && !capabilities.partial_partitions);
    assert_eq!(capabilities.page_size, 100);
    let assumed = |part: &str| capabilities.assumptions.iter().any(|words| words.contains(part));
    assert!(assumed("single chats cannot be listed") && assumed("direction is unknown"));
    let other = source.clone().with_page_size(20).with_window_days(0).capabilities();
    assert_eq!((other.page_size, other.windowing), (20, windows(1)));
    assert!(source.clone().with_groups().capabilities().partial_partitions);
    let employees = source.clone().with_groups_of_employees(["e"]);
    assert!(employees.capabilities().partial_partitions);

    let (source, _) = raw(ReplayTransport::new());
    assert_eq!(source.partitions().await.unwrap(), [Partition::whole()]);
    let same = source.clone().with_groups().with_groups_of_employees(["e"]).with_window_days(9);
    for capabilities in [source.capabilities(), same.capabilities()] {
        assert_eq!(capabilities.windowing, windows(2));
        assert!(!capabilities.partial_partitions);
    }
    assert!(source.notices().is_empty());
}

#[tokio::test]
async fn a_window_begins_a_second_early() {
    let (source, transport) =
        chats(ReplayTransport::new().answer(200, page_of(0..1, "")).answer(200, page_of(0..1, "")));
    source.fetch(&first_page()).await.unwrap();
    let early = PageRequest::first(chat(), Some(Window::new(500, 2000)));
    source.fetch(&early).await.unwrap();
    let requests = transport.take_requests();
    for (name, value) in [
        ("chat_id", "chat-1"),
        ("start_time", "1761958799000"),
        ("end_time", "1761962400000"),
        ("asc", "true"),
        ("page_size", "100"),
        ("cursor", ""),
    ] {
        assert_eq!(query(&requests[0], name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(query(&requests[1], "start_time").as_deref(), Some("0"));

    let (source, transport) = raw(ReplayTransport::new().answer(200, sealed_page_of(0..1, "")));
    source.fetch(&first_raw_page()).await.unwrap();
    let request = transport.take_requests().remove(0);
    for (name, value) in [("start_time", "1761958799000"), ("end_time", "1761962400000")] {
        assert_eq!(query(&request, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(query(&request, "chat_id"), None);

    let windowless = PageRequest::first(chat(), None);
    let error = source.fetch(&windowless).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0));
    let error = source.with_page_size(1001).fetch(&first_raw_page()).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0));
}

/// Two readings of the same page differ in nothing but when links die.
fn assert_same(fetched: &SourcePage, read: &SourcePage) {
    assert_eq!(fetched.records.len(), read.records.len());
    for (a, b) in fetched.records.iter().zip(&read.records) {
        let mut message = a.message.clone();
        for (file, other) in message.attachments.iter_mut().zip(&b.message.attachments) {
            let link =
                |file: &Option<MediaLink>| file.as_ref().map(|link| link.expose().to_owned());
            assert_eq!(link(&file.link), link(&other.link));
            file.link.clone_from(&other.link);
        }
        assert_eq!((&message, &a.span), (&b.message, &b.span));
        let raw: serde_json::Value = serde_json::from_slice(fetched.raw.record(&a.span)).unwrap();
        let ids = ["chat_record_id", "msgid"].map(|key| raw[key].as_str().unwrap_or_default());
        let id = ids.into_iter().find(|id| !id.is_empty()).unwrap();
        assert!(message.id.as_str().starts_with(id));
    }
    assert_eq!((&fetched.skipped, &fetched.raw), (&read.skipped, &read.raw));
    assert_eq!((&fetched.next, fetched.total), (&read.next, read.total));
}

#[tokio::test]
async fn pages_are_fetched_by_cursor_and_read_again_from_their_bytes() {
    let (source, transport) = chats(
        ReplayTransport::new()
            .answer(200, fixture("page-types.json"))
            .answer(200, fixture("page-bad-record.json")),
    );
    let page = source.fetch(&first_page()).await.unwrap();
    assert_eq!((page.records.len(), page.total), (16, None));
    assert_eq!(page.next, Cursor::new("fixture+cursor/2=="));
    let conversation = page.records[0].message.conversation_id.as_ref().unwrap();
    assert_eq!(conversation.as_str(), "chat-1");
    assert_same(&page, &source.read(&chat(), page.raw.as_bytes().to_vec()).unwrap());
    // nobody can know what comes behind a page that cannot be read
    assert_eq!(source.cursor_after(page.next.as_ref()), None);

    let second = source.fetch(&first_page().at(page.next)).await.unwrap();
    assert_eq!(query(&transport.take_requests()[1], "cursor").unwrap(), "fixture+cursor/2==");
    assert_eq!((second.records.len(), second.skipped.len()), (3, 6));
    assert_same(&second, &source.read(&chat(), second.raw.as_bytes().to_vec()).unwrap());
    let error = source.read(&chat(), fixture("error-41053.json")).unwrap_err();
    assert_eq!(error.vendor_code.as_deref(), Some("41053"));
}

#[tokio::test]
async fn raw_pages_are_kept_opened_and_read_without_keys() {
    let names = [
        "page-raw-types",
        "page-raw-drift",
        "page-raw-nulls",
        "page-raw-bad-record",
        "page-raw-empty",
    ];
    let mut queue = ReplayTransport::new();
    for name in names {
        queue = queue.answer(200, sealed_fixture(&format!("{name}.json")));
    }
    let (source, _) = raw(queue);
    let keyless = Client::builder(HOST, Credentials::new("a"))
        .with_transport(Arc::new(ReplayTransport::new()))
        .build()
        .unwrap();
    let reader = RecordSource::raw("qw", keyless);
    for name in names {
        let page = source.fetch(&first_raw_page()).await.unwrap();
        assert!(page.raw.as_bytes().starts_with(br#"{"errcode":0,"errmsg":"ok","next_cursor":"""#));
        assert_same(
            &page,
            &reader.read(&Partition::whole(), page.raw.as_bytes().to_vec()).unwrap(),
        );
        let expected = myscrm_qw::raw::read_page(fixture(&format!("{name}.json"))).unwrap();
        assert_eq!(page.records.len(), expected.items.len(), "{name}");
    }
    let error = reader.fetch(&first_raw_page()).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0));
    assert!(error.message.contains("no encoding AES key is set"), "{error}");
}

/// A raw source whose key opens nothing.
fn locked(transport: ReplayTransport) -> RecordSource {
    let wrong = myscrm_qw::EncodingAesKey::new("A".repeat(43)).unwrap();
    let client = builder()
        .with_decryption_keys(myscrm_qw::DecryptionKeys::new([wrong]))
        .with_transport(Arc::new(transport))
        .build()
        .unwrap();
    RecordSource::raw("qw", client)
}

#[tokio::test]
async fn what_no_key_opens_costs_its_window_and_not_the_source() {
    let source =
        locked(ReplayTransport::new().answer(502, "").answer(200, sealed_page_of(0..1, "")));
    let error = source.fetch(&first_raw_page()).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::Decode, 2));
    assert_eq!(
        error.message,
        "myscrm-qw's answer to raw-chat-record/pull could not be read: \
         it could not be decrypted with the configured keys"
    );
    assert!(error.advice.unwrap().contains("EncodingAESKey"));
}

#[tokio::test]
async fn a_check_finds_a_key_that_opens_nothing() {
    let source = locked(ReplayTransport::new().answer(200, sealed_page_of(0..1, "")));
    let error = source.check().await.unwrap_err();
    assert!(error.message.contains("could not be decrypted"), "{error}");
    // a record is needed for that: the newest of all that can be asked for
    let (source, transport) = raw(ReplayTransport::new().answer(200, sealed_page_of(0..1, "")));
    source.check().await.unwrap();
    let request = transport.take_requests().remove(0);
    for (name, value) in [("page_size", "1"), ("asc", "false"), ("start_time", "1761789599000")] {
        assert_eq!(query(&request, name).as_deref(), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_chat_that_may_not_be_read_does_not_fail_the_check() {
    for name in ["error-41053.json", "error-301059.json"] {
        let (source, _) = chats(ReplayTransport::new().answer(200, fixture(name)));
        source.check().await.unwrap();
    }
    for answered in [fixture("error-301053.json"), fixture("error-100.json")] {
        let (source, _) = chats(ReplayTransport::new().answer(200, answered));
        source.check().await.unwrap_err();
    }
    let (source, _) = chats(ReplayTransport::new().answer(404, "<html>"));
    source.check().await.unwrap_err();
}

#[tokio::test]
async fn links_that_do_not_say_when_they_die_live_an_hour() {
    let (source, _) = chats(ReplayTransport::new().answer(200, fixture("page-shapes.json")));
    let page = source.fetch(&first_page()).await.unwrap();
    let ends: Vec<_> = page
        .records
        .iter()
        .flat_map(|record| &record.message.attachments)
        .map(|file| file.link.as_ref().and_then(MediaLink::expires_at))
        .collect();
    let stated = UnixMillis::new(1_761_962_460_000);
    let counted = UnixMillis::new(1_761_962_400_000);
    assert_eq!(ends, [Some(stated), Some(counted), Some(stated), Some(HOUR_LATER)]);
    let read = source.read(&chat(), page.raw.into_bytes()).unwrap();
    let last = read.records[4].message.attachments[0].link.as_ref().unwrap();
    assert_eq!(last.expires_at(), None, "a page that is read again does not know when it came");
}

#[tokio::test]
async fn errors_say_how_often_it_was_tried_and_whether_less_would_do() {
    let (source, _) =
        chats(ReplayTransport::new().answer(502, "").answer(200, fixture("error-301058.json")));
    let error = source.fetch(&first_page()).await.unwrap_err();
    assert_eq!(error.attempts, 2);
    assert!(error.asks_smaller_window);
    assert_eq!((source.calls().requests, source.calls().retries), (2, 1));
}

#[tokio::test]
async fn a_check_is_one_small_call() {
    let (source, transport) = chats(
        ReplayTransport::new()
            .answer(200, page_of(0..0, ""))
            .answer(200, fixture("error-60020.json")),
    );
    source.check().await.unwrap();
    let request = transport.take_requests().remove(0);
    for (name, value) in
        [("page_size", "1"), ("start_time", "1761962398000"), ("end_time", "1761962400000")]
    {
        assert_eq!(query(&request, name).as_deref(), Some(value), "{name}");
    }
    let error = source.check().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Auth);
    assert!(error.to_string().contains("public address"), "{error}");

    let (client, transport) =
        client(ReplayTransport::new().answer(200, r#"{"errcode":0,"external_userids":[]}"#));
    RecordSource::new("qw", client, [""; 0]).with_groups().check().await.unwrap();
    let request = transport.take_requests().remove(0);
    assert!(request.uri().path().ends_with("/chat/external-user-id/list"));
    assert_eq!(query(&request, "last_chat_at").as_deref(), Some("1761962400000"));

    let (source, transport) = raw(ReplayTransport::new().answer(200, sealed_page_of(0..0, "")));
    source.check().await.unwrap();
    assert_eq!(query(&transport.take_requests()[0], "page_size").as_deref(), Some("1"));
}

#[test]
fn fresh_links_and_computed_rules_are_no_change() {
    let (source, _) = chats(ReplayTransport::new());
    let same = |a: &str, b: &str| source.same_content(a.as_bytes(), b.as_bytes());
    let old = r#"{"chat_record_id":"1","hit_keyword_rules":[],"image":{"oss_url":"https://a.example.com/1","thumb_url":"t"},"is_recall":false}"#;
    assert!(same(old, old));
    assert!(same(
        old,
        r#"{"is_recall":false,"image":{"oss_url":"https://a.example.com/2"},"chat_record_id":"1","hit_keyword_rules":[{"rule_id":"r"}]}"#
    ));
    assert!(!same(old, &old.replace("false", "true")));
    assert!(!same(old, r#"{"chat_record_id":"1","is_recall":false}"#));
    // the picture of a preview is at the same place, whatever its link is signed with
    let link = |picture: &str, url: &str| {
        format!(r#"{{"chat_record_id":"1","link":{{"image_url":"{picture}","url":"{url}"}}}}"#)
    };
    let [one, two] = ["https://a.example.com/1?Signature=a", "https://a.example.com/1?Signature=b"];
    assert!(same(&link(one, "u"), &link(two, "u")));
    assert!(!same(&link(one, "u"), &link("https://a.example.com/2?Signature=a", "u")));
    assert!(!same(&link(one, one), &link(one, two)), "where a link leads is what was sent");
    // links in texts inside of a record
    let mixed = |link: &str, word: &str| {
        let inner = format!(r#"{{"oss_url":"{link}","filename":"{word}"}}"#);
        let inner = serde_json::json!({"item": [{"type": "file", "content": inner}]}).to_string();
        let item = serde_json::json!({"type": "ChatRecordMixed", "content": inner});
        serde_json::json!({"chat_record_id": "1", "chatrecord": {"item": [item]}}).to_string()
    };
    assert!(same(&mixed("a", "w"), &mixed("b", "w")));
    assert!(!same(&mixed("a", "w"), &mixed("a", "x")));
    // what people write is never taken apart
    let text = |content: &str| serde_json::json!({"text": {"content": content}}).to_string();
    assert!(!same(&text(r#"{"oss_url":"a"}"#), &text(r#"{"oss_url":"b"}"#)));
    assert!(same("not json", "not json"));
    assert!(!same("not json", "also not json"));
    assert!(!same("7", "8"));
}

#[tokio::test]
async fn files_come_through_the_transport_if_it_can() {
    /// Answers every link with the same bytes.
    #[derive(Debug)]
    struct Files;

    impl Transport for Files {
        fn send(
            &self,
            _: Request<Vec<u8>>,
        ) -> BoxFuture<'_, Result<Response<Vec<u8>>, TransportError>> {
            Box::pin(std::future::ready(Ok(answer(200, page_of(0..0, "")))))
        }

        fn sleep(&self, _: std::time::Duration) -> BoxFuture<'_, ()> {
            Box::pin(std::future::ready(()))
        }

        fn download<'a>(
            &'a self,
            _: &'a MediaLink,
            sink: &'a mut (dyn Write + Send),
            _: u64,
        ) -> BoxFuture<'a, Result<MediaInfo, MediaError>> {
            sink.write_all(b"bytes").unwrap();
            Box::pin(std::future::ready(Ok(MediaInfo::new(5, None))))
        }
    }

    let link = MediaLink::new("https://media.example.com/1", None);
    let client = builder().with_transport(Arc::new(Files)).build().unwrap();
    let able = RecordSource::new("qw", client, ["chat-1"]);
    let mut sink = Vec::new();
    let info = able.fetch_media(&link, &mut sink, 10).await.unwrap();
    assert_eq!((info.size_bytes, &sink[..]), (5, &b"bytes"[..]));

    let (unable, _) = chats(ReplayTransport::new());
    let error = unable.fetch_media(&link, &mut Vec::new(), 10).await.unwrap_err();
    assert!(matches!(error.kind(), MediaErrorKind::Refused(_)));
}
