//! How links to files are renewed.

use myscrm_qw::chat_core::{ErrorKind, MediaItem, Partition, ReplayTransport, Source, UnixMillis};

use super::{HOUR_LATER, chat, chats, raw};
use crate::{fixture, page_of, query, sealed};

#[tokio::test]
async fn a_plain_link_is_renewed_by_reading_its_second_again() {
    let (source, transport) = chats(
        ReplayTransport::new()
            .answer(200, page_of(0..1, "1"))
            .answer(200, fixture("page-shapes.json"))
            .answer(200, page_of(0..1, ""))
            .answer(200, page_of(0..1, "")),
    );
    let mut item = MediaItem::new(chat(), "fixture-record-05");
    item.sent_at = Some(UnixMillis::new(1_761_958_800_000));
    let links = source.renew_media(&item).await.unwrap().unwrap();
    let [Some(link)] = &links[..] else { panic!("{links:?}") };
    assert_eq!(link.expose(), "https://media.example.com/4.jpg");
    assert_eq!(link.expires_at(), Some(HOUR_LATER));
    let requests = transport.take_requests();
    assert_eq!(requests.len(), 2);
    for (name, value) in [
        ("chat_id", "chat-1"),
        ("start_time", "1761958799000"),
        ("end_time", "1761958801000"),
        ("cursor", "1"),
    ] {
        assert_eq!(query(&requests[1], name).as_deref(), Some(value), "{name}");
    }

    assert!(source.renew_media(&item).await.unwrap().is_none(), "no longer listed");
    item.record_id = "0".to_owned();
    assert!(source.renew_media(&item).await.unwrap().unwrap().is_empty(), "no file");
    item.sent_at = None;
    let error = source.renew_media(&item).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidRequest, 0));
}

#[tokio::test]
async fn a_raw_link_is_renewed_by_id() {
    let record = r#"{"chat_record_id":"r/1","msgtype":"image","image":{"oss_url":"https://media.example.com/1"}}"#;
    let (source, transport) = raw(ReplayTransport::new()
        .answer(200, sealed(record, ""))
        .answer(200, sealed(record, ""))
        .answer(200, r#"{"errcode":0,"errmsg":"ok","encrypted":""}"#));
    let item = MediaItem::new(Partition::whole(), "r/1");
    let links = source.renew_media(&item).await.unwrap().unwrap();
    let [Some(link)] = &links[..] else { panic!("{links:?}") };
    assert_eq!(link.expires_at(), Some(HOUR_LATER));
    let recall = MediaItem::new(Partition::whole(), "r/1/recall");
    source.renew_media(&recall).await.unwrap();
    assert!(source.renew_media(&item).await.unwrap().is_none());
    let asked: Vec<_> = transport
        .take_requests()
        .iter()
        .map(|r| (query(r, "chat_record_id").unwrap(), query(r, "action").unwrap()))
        .collect();
    let name = |action: &str| ("r/1".to_owned(), action.to_owned());
    assert_eq!(asked, [name("send"), name("recall"), name("send")]);
}

/// The id of a message may be WeCom's, or hold an action that nobody knows.
#[tokio::test]
async fn a_raw_record_that_has_no_id_to_ask_for_is_found_by_its_time() {
    let image = r#""msgtype":"image","image":{"oss_url":"https://media.example.com/1"}"#;
    let other = format!(r#"{{"chat_record_id":"another",{image}}}"#);
    for (id, record) in [
        ("m1", format!(r#"{{"msgid":"m1",{image}}}"#)),
        ("r1/edit", format!(r#"{{"chat_record_id":"r1","action":"edit",{image}}}"#)),
    ] {
        for first in [
            sealed(&other, ""),
            r#"{"errcode":0,"encrypted":""}"#.to_owned(),
            String::from_utf8(fixture("error-400001.json")).unwrap(),
        ] {
            let (source, transport) = raw(ReplayTransport::new()
                .answer(200, first)
                .answer(200, sealed(&format!("[{other}]"), "2"))
                .answer(200, sealed(&format!("[{record}]"), "")));
            let mut item = MediaItem::new(Partition::whole(), id);
            item.sent_at = Some(UnixMillis::new(1_761_958_800_000));
            item.conversation_id = Some("c1".to_owned());
            let links = source.renew_media(&item).await.unwrap().unwrap();
            let [Some(link)] = &links[..] else { panic!("{links:?}") };
            assert_eq!(link.expires_at(), Some(HOUR_LATER));
            let requests = transport.take_requests();
            for (name, value) in
                [("chat_id", "c1"), ("start_time", "1761958799000"), ("end_time", "1761958801000")]
            {
                assert_eq!(query(&requests[2], name).as_deref(), Some(value), "{name}");
            }
        }
    }
    let timeless = MediaItem::new(Partition::whole(), "m1");
    let (source, _) = raw(ReplayTransport::new()
        .answer(200, sealed(&other, ""))
        .answer(200, fixture("error-400001.json")));
    let error = source.renew_media(&timeless).await.unwrap_err();
    assert!(error.message.contains("has no time to find it by"), "{error}");
    let error = source.renew_media(&timeless).await.unwrap_err();
    assert_eq!(error.vendor_code.as_deref(), Some("400001"));
}
