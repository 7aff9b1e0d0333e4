//! What a sync engine sees.

use std::io::Write;
use std::sync::Arc;

use nxlink::chat_core::http::{Request, Response};
use nxlink::chat_core::{
    BoxFuture, Cursor, ErrorKind, MediaError, MediaErrorKind, MediaInfo, MediaItem, MediaLink,
    PageRequest, Partition, ReplayTransport, Source, Transport, TransportError, UnixMillis, Window,
    Windowing,
};
use nxlink::{Channel, RecordSource};

use crate::{answer, builder, client, fixture, page_of, query, with_header};

fn source(transport: ReplayTransport) -> (RecordSource, Arc<ReplayTransport>) {
    let (client, transport) = client(transport);
    (RecordSource::new("hk", client, "+08:00".parse().unwrap()), transport)
}

/// 2025-11-01 from 09:00:00 to 10:00:00 at +08:00.
const WINDOW: Window = Window::new(1_761_958_800_000, 1_761_962_400_000);

fn first_page() -> PageRequest {
    PageRequest::first(Partition::whole(), Some(WINDOW))
}

#[test]
fn what_its_records_mean_depends_on_is_in_its_fingerprint() {
    let (source, _) = source(ReplayTransport::new());
    let all = source.fingerprint();
    assert_eq!(all, source.clone().with_page_size(20).fingerprint());
    assert_ne!(all, source.clone().with_channel(None).fingerprint());
    let (client, _) = client(ReplayTransport::new());
    let elsewhere = RecordSource::new("hk", client, "+07:00".parse().unwrap());
    assert_ne!(all, elsewhere.fingerprint());
}

#[tokio::test]
async fn it_says_what_it_is() {
    let (source, _) = source(ReplayTransport::new());
    assert_eq!((source.name(), source.vendor()), ("hk", "nxlink"));
    assert_eq!(source.partitions().await.unwrap(), [Partition::whole()]);
    let capabilities = source.capabilities();
    assert_eq!(
        capabilities.windowing,
        Windowing::Closed { grain_ms: 1000, max_ms: None, max_rows: 5000 }
    );
    assert!(capabilities.has_total);
    assert_eq!(capabilities.page_size, 100);
    assert!(capabilities.assumptions.len() >= 5);
    assert_eq!(source.clone().with_page_size(20).capabilities().page_size, 20);
    assert!(source.notices().is_empty());
}

#[tokio::test]
async fn a_window_becomes_wall_clock_times_of_which_both_ends_count() {
    let (source, transport) = source(ReplayTransport::new().answer(200, page_of(0..1, 1)));
    source.fetch(&first_page()).await.unwrap();
    let request = transport.take_requests().remove(0);
    for (name, value) in [
        ("start_time", "2025-11-01 09:00:00"),
        ("end_time", "2025-11-01 10:00:00"),
        ("order_by", "asc"),
        ("page_number", "1"),
        ("page_size", "100"),
        ("channel", "2"),
    ] {
        assert_eq!(query(&request, name).as_deref(), Some(value), "{name}");
    }
}

#[tokio::test]
async fn parts_of_a_second_are_rounded_outwards() {
    let (source, transport) = source(ReplayTransport::new().answer(200, page_of(0..1, 1)));
    let window = Window::new(WINDOW.from_ms + 400, WINDOW.to_ms + 400);
    source.fetch(&PageRequest::first(Partition::whole(), Some(window))).await.unwrap();
    let request = transport.take_requests().remove(0);
    assert_eq!(query(&request, "start_time").unwrap(), "2025-11-01 09:00:00");
    assert_eq!(query(&request, "end_time").unwrap(), "2025-11-01 10:00:01");
}

#[tokio::test]
async fn settings_reach_the_request() {
    let (source, transport) =
        source(ReplayTransport::new().answer(200, page_of(0..0, 0)).answer(200, page_of(0..0, 0)));
    let whole = PageRequest::first(Partition::whole(), None);
    let seven = source.clone().with_channel(Some(Channel::from(7))).with_page_size(20);
    seven.fetch(&whole).await.unwrap();
    source.clone().with_channel(None).fetch(&whole).await.unwrap();
    let requests = transport.take_requests();
    assert_eq!(query(&requests[0], "channel").as_deref(), Some("7"));
    assert_eq!(query(&requests[0], "page_size").as_deref(), Some("20"));
    assert_eq!(query(&requests[0], "start_time"), None);
    assert_eq!(query(&requests[1], "channel"), None);

    let error = source.with_page_size(101).fetch(&whole).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0));
}

#[tokio::test]
async fn pages_are_fetched_by_cursor_and_read_again_from_their_bytes() {
    let (source, transport) = source(
        ReplayTransport::new()
            .answer(200, page_of(0..100, 150))
            .answer(200, fixture("page-bad-record.json")),
    );
    let page = source.fetch(&first_page()).await.unwrap();
    assert_eq!((page.records.len(), page.total), (100, Some(150)));
    assert_eq!(page.next, Cursor::new("2"));
    assert_eq!(source.cursor_after(None), Cursor::new("2"));
    assert_eq!(source.cursor_after(page.next.as_ref()), Cursor::new("3"));
    assert_eq!(source.cursor_after(Cursor::new("x").as_ref()), None);

    let second = source.fetch(&first_page().at(page.next)).await.unwrap();
    assert_eq!(query(&transport.take_requests()[1], "page_number").unwrap(), "2");
    assert_eq!((second.records.len(), second.skipped.len()), (2, 6));
    let again = source.read(&Partition::whole(), second.raw.as_bytes().to_vec()).unwrap();
    for (a, b) in second.records.iter().zip(&again.records) {
        assert_eq!((&a.message, &a.span), (&b.message, &b.span));
        let raw: serde_json::Value = serde_json::from_slice(second.raw.record(&a.span)).unwrap();
        assert_eq!(raw["id"], a.message.id.as_str());
    }
    assert_eq!(second.skipped, again.skipped);
    assert_eq!(second.raw, again.raw);

    let error = source.fetch(&first_page().at(Cursor::new("x"))).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0));
    let error = source.read(&Partition::whole(), fixture("error-1005.json")).unwrap_err();
    assert_eq!(error.vendor_code.as_deref(), Some("1005"));
}

#[tokio::test]
async fn errors_say_how_often_it_was_tried_and_whether_less_would_do() {
    let (source, _) =
        source(ReplayTransport::new().answer(502, "").answer(200, fixture("error-22072.json")));
    let error = source.fetch(&first_page()).await.unwrap_err();
    assert_eq!(error.attempts, 2);
    assert_eq!(error.trace_id.as_deref(), Some("trace.fixture.1"));
    assert!(error.asks_smaller_window);
    assert_eq!((source.calls().requests, source.calls().retries), (2, 1));
}

#[tokio::test]
async fn a_check_is_one_small_call() {
    let (source, transport) = source(
        ReplayTransport::new()
            .answer(200, page_of(0..0, 0))
            .answer(200, fixture("error-1005.json")),
    );
    source.check().await.unwrap();
    let request = transport.take_requests().remove(0);
    assert_eq!(query(&request, "page_size").unwrap(), "1");
    assert_eq!(query(&request, "start_time").unwrap(), "2022-06-20 15:41:24");
    assert_eq!(query(&request, "end_time").unwrap(), "2022-06-20 15:41:26");
    let error = source.check().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Auth);
    assert!(error.to_string().contains("gateway of the region"), "{error}");
}

#[tokio::test]
async fn a_wrong_clock_is_a_notice() {
    let refusal = answer(200, fixture("error-1004.json"));
    let refusal = with_header(refusal, "date", "Mon, 20 Jun 2022 07:36:25 GMT");
    let (source, _) =
        source(ReplayTransport::new().answer_with(refusal).answer(200, page_of(0..0, 0)));
    source.check().await.unwrap();
    assert_eq!(
        source.notices(),
        [
            "the local clock is 300 s ahead of the server's; requests are signed with the server's time"
        ]
    );
}

#[test]
fn a_fresh_link_is_no_change() {
    let (source, _) = source(ReplayTransport::new());
    let same = |a: &str, b: &str| source.same_content(a.as_bytes(), b.as_bytes());
    let old = r#"{"id":"1","media_link":"https://a.example.com/1","status":"sent"}"#;
    assert!(same(old, old));
    assert!(same(old, r#"{"status":"sent","media_link":"https://a.example.com/2","id":"1"}"#));
    assert!(same(old, r#"{"id": "1", "status": "sent"}"#));
    assert!(!same(old, r#"{"id":"1","media_link":"https://a.example.com/1","status":"read"}"#));
    assert!(!same(old, r#"{"id":"1","status":"sent","user_emoji":"👍"}"#));
    // space and escapes say nothing, wherever they are
    let nested = r#"{"id":"1","content":{"a":[1,2]}}"#;
    assert!(same(nested, r#"{"id":"1","media_link":"x","content":{"a":[1, 2]}}"#));
    assert!(same(nested, r#"{"\u0069d":"1","media_link":"x","content":{"a":[1,2]}}"#));
    assert!(!same(nested, r#"{"id":"1","content":{"a":[2,1]}}"#));
    assert!(same("not json", "not json"));
    assert!(!same("not json", "also not json"));
    assert!(!same("7", "8"));
}

#[tokio::test]
async fn a_link_is_renewed_by_reading_the_record_again() {
    let (source, transport) = source(
        ReplayTransport::new()
            .answer(200, page_of(0..100, 101))
            .answer(200, fixture("page-media.json"))
            .answer(200, page_of(0..1, 1))
            .answer(200, fixture("page-media.json")),
    );
    let mut item = MediaItem::new(Partition::whole(), "1190000000000000001");
    item.conversation_id = Some("fixture-conversation-1".to_owned());
    item.sent_at = Some(UnixMillis::new(1_761_958_800_000));
    let links = source.renew_media(&item).await.unwrap().unwrap();
    let [Some(link)] = &links[..] else { panic!("{links:?}") };
    assert_eq!(link.expires_at(), Some(UnixMillis::new(1_761_962_460_000)));
    assert_eq!(link.expose(), "https://media.example.com/1?Expires=1761962460&Signature=fixture");
    let requests = transport.take_requests();
    assert_eq!(requests.len(), 2);
    for (name, value) in [
        ("saas_conversation_id", "fixture-conversation-1"),
        ("start_time", "2025-11-01 08:59:59"),
        ("end_time", "2025-11-01 09:00:01"),
        ("page_number", "2"),
    ] {
        assert_eq!(query(&requests[1], name).as_deref(), Some(value), "{name}");
    }

    assert!(source.renew_media(&item).await.unwrap().is_none(), "no longer listed");
    item.record_id = "1190000000000000008".to_owned();
    assert!(source.renew_media(&item).await.unwrap().unwrap().is_empty(), "no file");
    (item.conversation_id, item.sent_at) = (None, None);
    let error = source.renew_media(&item).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0));
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
            Box::pin(std::future::ready(Ok(answer(200, page_of(0..0, 0)))))
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
    let able = RecordSource::new("hk", client, "+08:00".parse().unwrap());
    let mut sink = Vec::new();
    let info = able.fetch_media(&link, &mut sink, 10).await.unwrap();
    assert_eq!((info.size_bytes, &sink[..]), (5, &b"bytes"[..]));

    let (unable, _) = source(ReplayTransport::new());
    let error = unable.fetch_media(&link, &mut Vec::new(), 10).await.unwrap_err();
    assert!(matches!(error.kind(), MediaErrorKind::Refused(_)));
    assert_eq!(error.to_string(), "the link was refused: this transport fetches no files");
}
