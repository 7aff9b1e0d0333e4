//! When a link to a file dies.

use std::borrow::Cow;

use chat_core::{MediaLink, UnixMillis, UtcOffset, WallTime};

/// How long a link lives, by the vendor's page.
#[cfg(feature = "client")]
const LIFE_MS: i64 = 3_600_000;

/// What the link itself says: `Expires` in Unix seconds, or `x-oss-expires`, which is such a number
/// or counts seconds from `x-oss-date`.
pub(super) fn expiry(link: &MediaLink) -> Option<UnixMillis> {
    let (mut plain, mut oss, mut oss_date) = (None, None, None);
    for (key, value) in link.query_pairs() {
        let place = match &*key {
            key if key.eq_ignore_ascii_case("expires") => &mut plain,
            key if key.eq_ignore_ascii_case("x-oss-expires") => &mut oss,
            key if key.eq_ignore_ascii_case("x-oss-date") => &mut oss_date,
            _ => continue,
        };
        // the first one counts
        place.get_or_insert(value);
    }
    let ms = |value: Option<Cow<'_, str>>| value?.parse::<i64>().ok()?.checked_mul(1000);
    if let Some(expires) = ms(plain) {
        return Some(UnixMillis::new(expires));
    }
    let expires = ms(oss)?;
    match oss_date {
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
