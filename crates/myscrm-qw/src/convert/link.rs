//! When a link to a file dies.

use chat_core::{UnixMillis, Url, UtcOffset, WallTime};

/// How long a link lives, by the vendor's page.
#[cfg(feature = "client")]
const LIFE_MS: i64 = 3_600_000;

/// What the link itself says: `Expires` in Unix seconds, or `x-oss-expires`, which is such a number
/// or counts seconds from `x-oss-date`.
pub(super) fn expiry(link: &str) -> Option<UnixMillis> {
    let url = Url::parse(link).ok()?;
    let value = |name: &str| {
        let pair = url.query_pairs().find(|(key, _)| key.eq_ignore_ascii_case(name));
        pair.map(|(_, value)| value.into_owned())
    };
    let ms = |name| value(name)?.parse::<i64>().ok()?.checked_mul(1000);
    if let Some(expires) = ms("expires") {
        return Some(UnixMillis::new(expires));
    }
    let expires = ms("x-oss-expires")?;
    match value("x-oss-date") {
        Some(date) => Some(instant(&date)?.plus_ms(expires)),
        None => Some(UnixMillis::new(expires)),
    }
}

/// Reads `20251101T090000Z`.
fn instant(text: &str) -> Option<UnixMillis> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let (year, month, day) = (date.get(..4)?, date.get(4..6)?, date.get(6..)?);
    let (hour, minute, second) = (time.get(..2)?, time.get(2..4)?, time.get(4..)?);
    let wall = format!("{year}-{month}-{day} {hour}:{minute}:{second}");
    Some(wall.parse::<WallTime>().ok()?.at(UtcOffset::UTC))
}

/// When a link that was asked for at `asked_at` dies at the latest.
#[cfg(feature = "client")]
pub(crate) const fn until(asked_at: UnixMillis) -> UnixMillis {
    asked_at.plus_ms(LIFE_MS)
}
