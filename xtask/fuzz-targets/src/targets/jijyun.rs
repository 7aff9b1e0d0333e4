//! Yuju AI.

use jijyun::webhook::{Event, Notification};
use jijyun::{
    AssistantsRequest, CheckRequest, ContactRequest, ContactsRequest, Conversion, HistoryRequest,
    HostedAccountsRequest, HostedHistoryRequest, RecordsRequest, read_page,
};

use crate::checks;

fn conversion() -> Conversion {
    Conversion::new("fuzz").with_customer_id("fuzz-customer")
}

/// The records of a customer, as they came and as they are stored, and their messages.
pub fn jijyun_page(data: &[u8]) {
    if let Some(page) = checks::read(&RecordsRequest::new("fuzz-customer"), data) {
        checks::page(&page, data);
    }
    if let Ok(page) = read_page(data.to_vec()) {
        checks::page(&page, data);
        for record in &page.items {
            checks::message(&record.to_message(&conversion()));
        }
    }
}

/// The other calls: conversations, hosted accounts, contacts.
pub fn jijyun_calls(data: &[u8]) {
    if let Some(page) = checks::read(&HistoryRequest::new("fuzz-chat"), data) {
        checks::page(&page, data);
        for message in &page.items {
            checks::message(&message.to_message("fuzz-chat", &conversion()));
        }
    }
    let hosted = HostedHistoryRequest::new("fuzz-bot", "2025-01-01");
    if let Some(page) = checks::read(&hosted, data) {
        checks::page(&page, data);
        for message in &page.items {
            checks::message(&message.to_message(&conversion()));
        }
    }
    let _ = checks::read(&HostedAccountsRequest::new(), data).map(|page| format!("{page:?}"));
    let _ = checks::read(&AssistantsRequest::new(), data).map(|page| format!("{page:?}"));
    let _ = checks::read(&ContactsRequest::new(), data).map(|page| format!("{page:?}"));
    let _ =
        checks::read(&ContactRequest::new("fuzz-contact"), data).map(|page| format!("{page:?}"));
    let _ = checks::read(&CheckRequest::new(), data);
}

/// A notification, and its message.
pub fn jijyun_webhook(data: &[u8]) {
    let Ok(notification) = Notification::read(data) else { return };
    let _ = format!("{notification:?}");
    match &notification.event {
        Event::Aggregated(push) => checks::message(&push.to_message(&conversion())),
        Event::Hosted(push) => checks::message(&push.to_message(&conversion())),
        _ => {}
    }
}
