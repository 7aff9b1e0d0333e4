//! Instants, wall-clock text without a zone, and the offset that turns one into the other.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Where the present comes from: the system in programs, a fixed value in tests.
pub type Clock = Arc<dyn Fn() -> UnixMillis + Send + Sync>;

const DAY_SECONDS: i64 = 86_400;

/// An instant, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct UnixMillis(i64);

impl UnixMillis {
    /// From milliseconds.
    pub const fn new(ms: i64) -> Self {
        Self(ms)
    }

    /// In milliseconds.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// A vendor's `0` for "never" is no instant.
    pub const fn unless_zero(ms: i64) -> Option<Self> {
        if ms == 0 { None } else { Some(Self(ms)) }
    }

    /// This instant `ms` milliseconds later (earlier when negative), at most the ends of the range.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The system's present. The one place where the clock is read.
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    pub fn now() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Self(since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The system's clock as a [`Clock`].
    pub fn system_clock() -> Clock {
        Arc::new(Self::now)
    }

    /// Reads the `Date` header of HTTP (`Sun, 06 Nov 1994 08:49:37 GMT`), to the second.
    pub fn from_http_date(text: &str) -> Option<Self> {
        let mut parts = text.trim().split_once(", ")?.1.split(' ');
        let day = parts.next()?;
        let month = parts.next()?;
        let month = 1 + MONTHS.iter().position(|name| *name == month)?;
        let year = parts.next()?;
        let wall = format!("{year}-{month:02}-{day:0>2} {}", parts.next()?);
        (parts.next()? == "GMT").then_some(())?;
        Some(wall.parse::<WallTime>().ok()?.at(UtcOffset::UTC))
    }

    /// RFC 3339 with milliseconds in the given offset, as `2025-10-13T16:29:09.000+08:00`;
    /// an offset of zero is written `Z`.
    pub fn to_rfc3339(self, offset: UtcOffset) -> String {
        let shown = self.plus_ms(i64::from(offset.minutes) * 60_000);
        let wall = WallTime::from_unix_seconds(shown.0.div_euclid(1000));
        let ms = shown.0.rem_euclid(1000);
        let zone = if offset.minutes == 0 { "Z".to_owned() } else { offset.to_string() };
        format!("{}T{}.{ms:03}{zone}", wall.date_text(), wall.time_text())
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A distance from UTC in whole minutes, as `+08:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UtcOffset {
    minutes: i16,
}

impl UtcOffset {
    /// No distance.
    pub const UTC: Self = Self { minutes: 0 };

    /// The distance in minutes, positive to the east.
    pub const fn minutes(self) -> i16 {
        self.minutes
    }

    /// From minutes; `None` beyond 18 hours.
    pub const fn from_minutes(minutes: i16) -> Option<Self> {
        if minutes.abs() <= 18 * 60 { Some(Self { minutes }) } else { None }
    }
}

impl fmt::Display for UtcOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minutes < 0 { '-' } else { '+' };
        let distance = self.minutes.abs();
        write!(f, "{sign}{:02}:{:02}", distance / 60, distance % 60)
    }
}

impl FromStr for UtcOffset {
    type Err = ParseTimeError;

    /// Reads `Z`, `+08:00`, `-03:30`.
    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        if text == "Z" {
            return Ok(Self::UTC);
        }
        let wrong = ParseTimeError { wanted: "an offset from UTC such as +08:00" };
        let [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] = text.as_bytes() else {
            return Err(wrong);
        };
        let (Some(hours), Some(minutes)) = (number([*h0, *h1]), number([*m0, *m1])) else {
            return Err(wrong);
        };
        if minutes > 59 {
            return Err(wrong);
        }
        let minutes = hours * 60 + minutes;
        let minutes = if *sign == b'-' { -minutes } else { minutes };
        i16::try_from(minutes).ok().and_then(Self::from_minutes).ok_or(wrong)
    }
}

/// What a clock on the wall shows: a date and a time to the second, and no zone.
///
/// It becomes an instant only with an offset that the caller knows; none is ever guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime {
    /// Seconds since 1970-01-01 00:00:00 on the same wall.
    seconds: i64,
}

impl WallTime {
    /// The instant when a clock at `offset` shows this.
    pub const fn at(self, offset: UtcOffset) -> UnixMillis {
        UnixMillis((self.seconds - offset.minutes as i64 * 60).saturating_mul(1000))
    }

    /// What a clock at `offset` shows at `instant`; parts of a second are dropped.
    pub const fn of(instant: UnixMillis, offset: UtcOffset) -> Self {
        Self { seconds: instant.0.div_euclid(1000) + offset.minutes as i64 * 60 }
    }

    const fn from_unix_seconds(seconds: i64) -> Self {
        Self { seconds }
    }

    fn date_text(self) -> String {
        let (year, month, day) = civil_from_days(self.seconds.div_euclid(DAY_SECONDS));
        format!("{year:04}-{month:02}-{day:02}")
    }

    fn time_text(self) -> String {
        let second = self.seconds.rem_euclid(DAY_SECONDS);
        format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
    }
}

impl fmt::Display for WallTime {
    /// As `2025-10-13 16:29:09`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.date_text(), self.time_text())
    }
}

impl FromStr for WallTime {
    type Err = ParseTimeError;

    /// Reads `2025-10-13 16:29:09` or a date alone (its midnight). A `T` may stand for the space.
    /// A leap second (`:60`) is read as the second before it, since Unix time has none.
    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        let wrong = ParseTimeError { wanted: "a time such as 2025-10-13 16:29:09" };
        let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, time @ ..] = text.as_bytes() else {
            return Err(wrong);
        };
        let (Some(year), Some(month), Some(day)) =
            (number([*y0, *y1, *y2, *y3]), number([*m0, *m1]), number([*d0, *d1]))
        else {
            return Err(wrong);
        };
        let days = days_from_civil(year, month, day);
        if civil_from_days(days) != (year, month, day) {
            return Err(wrong);
        }
        let mut seconds = days * DAY_SECONDS;
        if !time.is_empty() {
            let [b' ' | b'T', h0, h1, b':', m0, m1, b':', s0, s1] = time else {
                return Err(wrong);
            };
            let (Some(hour), Some(minute), Some(second)) =
                (number([*h0, *h1]), number([*m0, *m1]), number([*s0, *s1]))
            else {
                return Err(wrong);
            };
            if hour > 23 || minute > 59 || second > 60 {
                return Err(wrong);
            }
            seconds += hour * 3600 + minute * 60 + second.min(59);
        }
        Ok(Self { seconds })
    }
}

/// Text that is not a time in the wanted form. The text itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not {wanted}")]
pub struct ParseTimeError {
    wanted: &'static str,
}

/// The number that these digits write; `None` if one is no digit.
fn number<const WIDTH: usize>(digits: [u8; WIDTH]) -> Option<i64> {
    digits.into_iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'))
    })
}

/// Days since 1970-01-01 of a date in the Gregorian calendar, by counting whole 400-year eras
/// from a March-based year.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`].
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

/// When a message was sent, and how we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentAt {
    /// The instant.
    pub instant: UnixMillis,
    /// The offset to show it in.
    pub offset: UtcOffset,
    /// How we know.
    pub origin: SentAtOrigin,
}

impl SentAt {
    /// The vendor gave an instant.
    pub const fn stated(instant: UnixMillis) -> Self {
        Self { instant, offset: UtcOffset::UTC, origin: SentAtOrigin::Stated }
    }

    /// The vendor gave wall-clock text, and the caller its offset.
    pub const fn zoned(wall: WallTime, offset: UtcOffset) -> Self {
        Self { instant: wall.at(offset), offset, origin: SentAtOrigin::Zoned }
    }

    /// RFC 3339 with the offset and milliseconds.
    pub fn to_rfc3339(self) -> String {
        self.instant.to_rfc3339(self.offset)
    }
}

/// How an instant is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SentAtOrigin {
    /// The vendor gave an instant.
    Stated,
    /// Wall-clock text plus the configured offset.
    Zoned,
}

impl SentAtOrigin {
    /// `stated` or `zoned`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Zoned => "zoned",
        }
    }
}
