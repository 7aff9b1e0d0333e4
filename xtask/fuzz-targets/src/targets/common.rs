//! What belongs to no vendor.

use std::str::FromStr as _;

use chat_core::http::{HeaderMap, HeaderValue};
use chat_core::{SentAt, UnixMillis, UtcOffset, WallTime, retry_after};
use chat_records::config::Config;

/// A configuration file: a mistake in it is one sentence in one line.
pub fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(error) = Config::parse("fuzz.toml", text) {
        let sentence = error.to_string();
        assert!(sentence.starts_with("fuzz.toml"), "it names the file: {sentence}");
    }
}

/// Times as text: of records, of headers, of configurations.
pub fn times(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let offset = UtcOffset::from_str(&text).unwrap_or(UtcOffset::UTC);
    if let Ok(wall) = WallTime::from_str(&text) {
        assert_eq!(WallTime::from_str(&wall.to_string()), Ok(wall), "a time survives its text");
        let _ = SentAt::zoned(wall, offset).to_rfc3339();
    }
    if let Ok(millis) = text.trim().parse() {
        let at = UnixMillis::new(millis);
        let _ = (at.to_rfc3339(offset), SentAt::stated(at).to_rfc3339());
    }
    if let Ok(value) = HeaderValue::from_bytes(data) {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", value.clone());
        let _ = retry_after(&headers);
        headers.insert("date", value);
        let _ = retry_after(&headers);
    }
}
