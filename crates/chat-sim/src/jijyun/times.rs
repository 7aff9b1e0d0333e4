//! The vendor's times as text. Where it says no zone, China's is meant: eight hours before UTC.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::Offset,
};

pub(super) const DAY_MS: i64 = 86_400_000;

pub(super) const ZONE_MS: i64 = 8 * 3_600_000;

/// The first millisecond of a day, `yyyy-MM-dd`.
pub(super) fn day_start_ms(text: &str) -> Option<i64> {
    if text.len() != "yyyy-MM-dd".len() {
        return None;
    }
    zoned(Date::strptime("%Y-%m-%d", text).ok()?.at(0, 0, 0, 0))
}

/// The first and the last millisecond of what a text means: a day, a second on the wall, or a Unix second. Which of them
/// `start_time` and `end_time` are is not documented; sibling calls use each.
pub(super) fn span_ms(text: &str) -> Option<(i64, i64)> {
    if let Some(start) = day_start_ms(text) {
        return Some((start, start + DAY_MS - 1));
    }
    let is_unix = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    let start = if is_unix {
        text.parse::<i64>().ok()? * 1000
    } else if text.len() == "yyyy-MM-dd HH:mm:ss".len() {
        zoned(DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?)?
    } else {
        return None;
    };
    Some((start, start + 999))
}

/// A time as contacts show it.
pub(super) fn wall(unix_ms: i64) -> String {
    let time = Timestamp::from_millisecond(unix_ms.saturating_add(ZONE_MS)).unwrap_or_default();
    Offset::UTC.to_datetime(time).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn zoned(wall: DateTime) -> Option<i64> {
    Some(Offset::UTC.to_timestamp(wall).ok()?.as_millisecond() - ZONE_MS)
}
