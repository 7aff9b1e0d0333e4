//! Promises that hold for every vendor.

use chat_core::http::{Response, StatusCode};
use chat_core::{Endpoint, Message, Page, UtcOffset, VendorError};

/// Reads an answer under a good status and under a bad one; what was read under the good one.
pub(crate) fn read<E: Endpoint>(endpoint: &E, body: &[u8]) -> Option<E::Output> {
    for status in [StatusCode::BAD_GATEWAY, StatusCode::TOO_MANY_REQUESTS] {
        let mut answer = Response::new(body.to_vec());
        *answer.status_mut() = status;
        let read = endpoint.read_response(answer);
        told(read.err().as_ref().expect("an answer under a bad status is no good one"));
    }
    match endpoint.read_response(Response::new(body.to_vec())) {
        Ok(output) => Some(output),
        Err(error) => {
            told(&error);
            None
        }
    }
}

/// Everything that can be asked of an error.
pub(crate) fn told(error: &impl VendorError) {
    assert!(!error.to_string().is_empty());
    let _ = (error.kind(), error.retry(), error.vendor_code(), error.trace_id(), error.advice());
    let _ = format!("{error:?}");
}

/// Every record of a page is where the page says it is: a JSON object, in order, none inside another.
pub(crate) fn page<T>(page: &Page<T>, body: &[u8]) {
    assert_eq!(page.raw.as_bytes(), body, "the page's bytes are the answer's");
    assert_eq!(page.items.len(), page.spans.len(), "a span for each item");
    for index in 0..page.items.len() {
        let raw = page.raw_record(index).unwrap();
        let text = std::str::from_utf8(raw).expect("a record is UTF-8");
        assert!(text.starts_with('{') && text.ends_with('}'), "a record is an object");
        let record: Result<&serde_json::value::RawValue, _> = serde_json::from_str(text);
        assert!(record.is_ok(), "a record is JSON");
    }
    for skipped in &page.skipped {
        assert!(
            page.raw.as_bytes().get(skipped.span.clone()).is_some(),
            "a skipped record's bytes"
        );
        let _ = skipped.error.to_string();
    }
    let mut spans: Vec<_> =
        page.spans.iter().chain(page.skipped.iter().map(|row| &row.span)).collect();
    spans.sort_by_key(|span| span.start);
    assert!(spans.is_sorted_by(|a, b| a.end <= b.start), "records do not overlap");
}

/// What is made of a message later: it is shown, compared, and its times are written.
pub(crate) fn message(message: &Message) {
    let _ = format!("{message:?}");
    assert_eq!(message, &message.clone());
    for offset in [UtcOffset::UTC, "+14:00".parse().unwrap(), "-12:00".parse().unwrap()] {
        for at in [message.updated_at, message.received_at, message.read_at, message.recalled_at] {
            let _ = at.map(|at| at.to_rfc3339(offset));
        }
    }
    let _ = message.sent_at.map(chat_core::SentAt::to_rfc3339);
}
