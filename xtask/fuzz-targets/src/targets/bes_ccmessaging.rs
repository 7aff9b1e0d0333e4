//! Huawei Cloud CEC.

use bes_ccmessaging::{
    AccessTokenRequest, CallsRequest, Conversion, Credentials, DownloadRequest,
    MessagingTokenRequest, RecordsRequest, User, read_page,
};
use chat_core::UnixMillis;

use crate::checks;

fn user() -> User {
    User::new("fuzz-user")
}

/// A page of records, as it came and as it is stored, and its messages.
pub fn bes_ccmessaging_page(data: &[u8]) {
    if let Some(page) = checks::read(&RecordsRequest::new("1", "WEB", user()), data) {
        checks::page(&page, data);
    }
    if let Ok(page) = read_page(data.to_vec()) {
        checks::page(&page, data);
        let conversion = Conversion::new("fuzz", "fuzz-user");
        for record in &page.items {
            checks::message(&record.to_message(&conversion));
        }
    }
}

/// The text of a message, which may be HTML: what is left of it is no longer than it was.
pub fn bes_ccmessaging_html(data: &[u8]) {
    let content = String::from_utf8_lossy(data);
    let content = serde_json::Value::from(content);
    let body = format!(
        r#"{{"resultCode":"0","messageList":[{{"id":"1","mediaType":"HTML","content":{content}}},{{"id":"2","mediaType":"TEXT","content":{content}}}]}}"#
    );
    let page = read_page(body.into_bytes()).expect("a text is a text");
    assert_eq!((page.items.len(), page.skipped.len()), (2, 0));
    for record in &page.items {
        checks::message(&record.to_message(&Conversion::new("fuzz", "fuzz-user")));
    }
}

/// The other calls: tokens, files, voice calls.
pub fn bes_ccmessaging_calls(data: &[u8]) {
    let (user, credentials) = (user(), Credentials::new("fuzz-key", "fuzz-secret", "1", "WEB"));
    if let Some(token) = checks::read(&AccessTokenRequest::new(&credentials), data) {
        let _ = format!("{token:?}");
    }
    if let Some(token) = checks::read(&MessagingTokenRequest::new("1", &user, "zh_CN"), data) {
        let _ = format!("{token:?}");
    }
    if let Some(file) = checks::read(&DownloadRequest::new("1", "fuzz-user", "1", "png"), data) {
        let _ = format!("{file:?}");
    }
    let calls = CallsRequest::new(1, 1, UnixMillis::new(0), UnixMillis::new(1));
    if let Some(calls) = checks::read(&calls, data) {
        checks::page(&calls, data);
    }
}
