//! NXLink.

use std::time::Duration;

use chat_core::http::{HeaderMap, HeaderName, HeaderValue};
use chat_core::{Secret, UnixMillis};
use nxlink::webhook::{Freshness, Notification, verify};
use nxlink::{Conversion, RecordsRequest, read_page};

use crate::checks;

/// A page of records, as it came and as it is stored, and its messages.
pub fn nxlink_page(data: &[u8]) {
    let conversion = Conversion::new("fuzz", "+08:00".parse().unwrap());
    if let Some(page) = checks::read(&RecordsRequest::new(), data) {
        checks::page(&page, data);
    }
    if let Ok(page) = read_page(data.to_vec(), 100) {
        checks::page(&page, data);
        for record in &page.items {
            checks::message(&record.to_message(&conversion));
        }
    }
}

/// A notification, and its signature: the headers are the first lines, the body is what follows.
pub fn nxlink_webhook(data: &[u8]) {
    if let Ok(notification) = Notification::read(data) {
        let _ = format!("{notification:?}");
        let _ = notification.statuses.iter().map(nxlink::webhook::StatusChange::at).count();
        let _ = notification.messages.iter().map(nxlink::webhook::ButtonClick::at).count();
    }
    let names = ["accesskey", "action", "biztype", "ts", "algorithm", "sign"];
    let mut headers = HeaderMap::new();
    let mut rest = data;
    for name in names {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        if let Ok(value) = HeaderValue::from_bytes(&rest[..end]) {
            headers.append(HeaderName::from_static(name), value);
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    let freshness = Freshness::new(UnixMillis::new(i64::MAX), Duration::from_secs(60));
    let verified = verify(&headers, rest, &Secret::new("fuzz-secret"), Some(freshness));
    assert!(verified.is_err(), "nobody guesses a signature");
}
