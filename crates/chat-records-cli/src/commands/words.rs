//! How numbers and times are put for people.

use chat_core::{UnixMillis, UtcOffset};
use chat_records::config::Config;

/// A number and the words that go with it.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The offset to show a source's times in; UTC once it has left the configuration.
pub(super) fn offset(config: &Config, source: &str) -> UtcOffset {
    config.source(source).map_or(UtcOffset::UTC, |source| source.settings.utc_offset)
}

/// From day to day.
pub(super) fn span(first_ms: Option<i64>, last_ms: Option<i64>, offset: UtcOffset) -> String {
    match (first_ms, last_ms) {
        (Some(first), Some(last)) => format!("{} to {}", date(first, offset), date(last, offset)),
        _ => "-".to_owned(),
    }
}

fn date(ms: i64, offset: UtcOffset) -> String {
    time(ms, offset).chars().take_while(|c| *c != 'T').collect()
}

/// An instant, without fractions that are none.
pub(super) fn time(ms: i64, offset: UtcOffset) -> String {
    UnixMillis::new(ms).to_rfc3339(offset).replace(".000", "")
}
