//! Receipts: the signature, what is missing, how old, and what is in them.

use std::time::Duration;

use nxlink::chat_core::http::{HeaderMap, HeaderName, HeaderValue};
use nxlink::chat_core::{Secret, UnixMillis};
use nxlink::webhook::{ChargeDirection, ChargeType, Freshness, Notification, VerifyError, verify};
use nxlink::{Channel, MessageType, RecordStatus};

use crate::{ACCESS_KEY, ACCESS_SECRET, NOW_MS};

const BODY: &[u8] = br#"{"statuses":[{"id":"wamid.TEST","status":"read"}]}"#;
/// Vector G; see `auth.rs`.
const MD5: &str = "a96488d86c73753a41f1dea2d7aad044";
const SHA256: &str = "732313a0d4e9d48d7966486c5ac13b08d6ac55ab27efe5fb9599e76769c8184f";
const NAMES: [&str; 6] = ["accesskey", "action", "biztype", "ts", "algorithm", "sign"];

fn headers(algorithm: &'static str, sign: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let values = [ACCESS_KEY, "mt", "2", "1655710885431", algorithm, sign];
    for (name, value) in NAMES.into_iter().zip(values) {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn secret() -> Secret {
    Secret::from(ACCESS_SECRET)
}

#[test]
fn good_signatures_are_accepted_in_any_case() {
    for (algorithm, sign) in [
        ("md5", MD5),
        ("MD5", &MD5.to_uppercase()),
        ("anything", MD5),
        ("sha256", SHA256),
        ("SHA256", &SHA256.to_uppercase()),
    ] {
        assert_eq!(verify(&headers(algorithm, sign), BODY, &secret(), None), Ok(()), "{algorithm}");
    }
}

#[test]
fn wrong_signatures_are_refused() {
    let refused = Err(VerifyError::BadSignature);
    let one_off = MD5.replace("a9", "a8");
    for (algorithm, sign) in [
        ("md5", SHA256),
        ("sha256", MD5),
        ("md5", &one_off),
        ("md5", &MD5[..30]),
        ("md5", "no hex"),
    ] {
        assert_eq!(verify(&headers(algorithm, sign), BODY, &secret(), None), refused, "{sign}");
    }
    let good = headers("md5", MD5);
    assert_eq!(verify(&good, b"{}", &secret(), None), refused);
    assert_eq!(verify(&good, BODY, &Secret::from("another"), None), refused);
    for name in ["accesskey", "action", "biztype", "ts"] {
        let mut changed = good.clone();
        changed.insert(name, HeaderValue::from_static("1655710885432"));
        assert_eq!(verify(&changed, BODY, &secret(), None), refused, "{name}");
    }
}

#[test]
fn each_header_must_be_there_once() {
    for name in NAMES {
        let missing = Err(VerifyError::MissingHeader(name));
        let mut without = headers("md5", MD5);
        without.remove(name);
        assert_eq!(verify(&without, BODY, &secret(), None), missing);
        let mut empty = headers("md5", MD5);
        empty.insert(name, HeaderValue::from_static(""));
        assert_eq!(verify(&empty, BODY, &secret(), None), missing);
        let mut twice = headers("md5", MD5);
        twice.append(name, twice[name].clone());
        assert_eq!(verify(&twice, BODY, &secret(), None), missing);
    }
}

#[test]
fn old_and_future_ones_are_refused_if_asked() {
    let at = |offset_ms| {
        let now = UnixMillis::new(NOW_MS + offset_ms);
        let freshness = Freshness::new(now, Duration::from_secs(300));
        verify(&headers("md5", MD5), BODY, &secret(), Some(freshness))
    };
    for offset_ms in [0, 300_000, -300_000] {
        assert_eq!(at(offset_ms), Ok(()), "{offset_ms}");
    }
    for offset_ms in [300_001, -300_001] {
        assert_eq!(at(offset_ms), Err(VerifyError::Stale), "{offset_ms}");
    }
}

#[test]
fn a_status_is_read() {
    let body = r#"{"app_id":"app","business_phone":"10000000001","channel":2,"wabaId":"w",
        "contacts":[{"wa_id":"","user_id":"HK.1","profile":{"name":"客户甲"}}, {}],
        "metadata":{"display_phone_number":"10000000001","phone_number_id":1},
        "statuses":[{"id":"wamid.FIXTURE1","status":"Delivered","timestamp":"1660019987",
          "recipient_id":"10000000002","conversation":{"id":"c","expiration_timestamp":1660106400,
          "origin":{"type":"business_initiated"}},
          "costs":[{"currency":"USD","foreign_price":0.05,"cdr_type":4,"message_id":"m","direction":1}]},
         {"status":"failed","errors":[{"code":"470","title":"too late"}],"timestamp":"TIMESTAMP"},
         {"status":"teleported","novel":{"key":[1]}}]}"#;
    let notification = Notification::read(body.as_bytes()).unwrap();
    assert_eq!(notification.channel, Some(Channel::WhatsApp));
    assert_eq!(notification.contacts[0].wa_id, None);
    assert_eq!(notification.contacts[0].user_id.as_deref(), Some("HK.1"));
    let [delivered, failed, novel] = &notification.statuses[..] else { panic!() };
    assert_eq!(delivered.status, Some(RecordStatus::Delivered));
    assert_eq!(delivered.at(), Some(UnixMillis::new(1_660_019_987_000)));
    let origin = delivered.conversation.as_ref().unwrap().origin.as_ref().unwrap();
    assert_eq!(origin.origin_type.as_deref(), Some("business_initiated"));
    assert_eq!(delivered.costs[0].foreign_price.as_deref(), Some("0.05"));
    assert_eq!(delivered.costs[0].charge_type, Some(ChargeType::Marketing));
    assert_eq!(delivered.costs[0].direction, Some(ChargeDirection::Outbound));
    assert_eq!(failed.errors[0].code, Some(470));
    assert_eq!(failed.at(), None);
    assert_eq!(novel.status, Some(RecordStatus::from("teleported")));
}

#[test]
fn a_click_is_read() {
    let body = r#"{"business_phone":"10000000001","messages":[{"type":"button","from":"10000000002",
        "button":{"payload":"yes-1","text":"好"},"id":"wamid.FIXTURE2","timestamp":"1692266760",
        "context":{"from":"10000000001","id":"wamid.FIXTURE1"},"tag_name":"t","wa_ext":"{\"templateId\":1}"}],
        "statuses":null,"contacts":null,"metadata":null,"channel":"2"}"#;
    let notification = Notification::read(body.as_bytes()).unwrap();
    let click = &notification.messages[0];
    assert_eq!(click.message_type, Some(MessageType::Button));
    assert_eq!(click.button.as_ref().unwrap().payload.as_deref(), Some("yes-1"));
    assert_eq!(click.context.as_ref().unwrap().id.as_deref(), Some("wamid.FIXTURE1"));
    assert_eq!(click.at(), Some(UnixMillis::new(1_692_266_760_000)));
}

#[test]
fn nothing_at_all_is_read_too_and_garbage_is_not() {
    assert_eq!(Notification::read(b"{}").unwrap(), Notification::default());
    assert!(Notification::read(b"<html>").is_err());
    assert!(Notification::read(br#"{"statuses":{}}"#).is_err());
}
