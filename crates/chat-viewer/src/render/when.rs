//! Times as the vendor tells them: in its offset, not in that of whoever reads.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use crate::words::Words;

/// A time on the vendor's wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wall {
    at: DateTime,
    offset: Offset,
}

impl Wall {
    /// An instant in Unix milliseconds, told in an offset in minutes; UTC if there is none. `None`
    /// if it is in no year that people have.
    pub(crate) fn new(ms: i64, offset_minutes: Option<i16>) -> Option<Self> {
        let offset = offset(offset_minutes);
        let at = Timestamp::from_millisecond(ms).ok()?;
        Some(Self { at: offset.to_datetime(at), offset })
    }

    /// Its day.
    pub(crate) fn date(self) -> Date {
        self.at.date()
    }

    /// `14:03`.
    pub(crate) fn clock(self) -> String {
        format!("{:02}:{:02}", self.at.hour(), self.at.minute())
    }

    /// `2025-10-13 16:29:09 +08:00`.
    pub(crate) fn full(self) -> String {
        let (at, offset) = (self.at, self.offset());
        let clock = format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
        format!("{} {clock} {offset}", at.date())
    }

    /// `+08:00`.
    pub(crate) fn offset(self) -> String {
        let seconds = self.offset.seconds();
        let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// For `datetime` of a `time`.
    pub(crate) fn machine(self) -> String {
        self.full().replacen(' ', "T", 1).replace(' ', "")
    }
}

/// A day in words: `Monday, 13 October 2025`.
pub(crate) fn day(date: Date, words: &Words) -> String {
    let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
    let month = usize::from(date.month().unsigned_abs()).saturating_sub(1);
    if words.is_chinese() {
        let weekday = ["一", "二", "三", "四", "五", "六", "日"].get(weekday).unwrap_or(&"");
        format!("{}年{}月{}日 星期{weekday}", date.year(), date.month(), date.day())
    } else {
        let weekday = WEEKDAYS.get(weekday).unwrap_or(&"");
        let month = MONTHS.get(month).unwrap_or(&"");
        format!("{weekday}, {} {month} {}", date.day(), date.year())
    }
}

/// When a day begins in an offset, in Unix milliseconds.
pub(crate) fn day_begins_ms(date: Date, offset_minutes: Option<i16>) -> Option<i64> {
    let midnight = date.to_datetime(jiff::civil::Time::midnight());
    offset(offset_minutes).to_timestamp(midnight).ok().map(Timestamp::as_millisecond)
}

/// A length: `1:05`.
pub(crate) fn length(ms: u64) -> String {
    let seconds = ms.div_ceil(1000);
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

/// A size: `1.4 MB`.
pub(crate) fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut tenths = bytes / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < units.len() {
        tenths /= 1000;
        unit += 1;
    }
    let unit = units.get(unit).unwrap_or(&"");
    match tenths {
        ..100 => format!("{}.{} {unit}", tenths / 10, tenths % 10),
        _ => format!("{} {unit}", tenths / 10),
    }
}

fn offset(minutes: Option<i16>) -> Offset {
    Offset::from_seconds(i32::from(minutes.unwrap_or(0)) * 60).unwrap_or(Offset::UTC)
}

const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_offset_of_the_vendor() {
        let wall = Wall::new(1_760_372_949_000, Some(480)).unwrap();
        assert_eq!(wall.full(), "2025-10-14 00:29:09 +08:00");
        assert_eq!(wall.machine(), "2025-10-14T00:29:09+08:00");
        assert_eq!(wall.clock(), "00:29");
        assert_eq!(
            Wall::new(1_760_372_949_000, Some(-210)).unwrap().full(),
            "2025-10-13 12:59:09 -03:30"
        );
        assert_eq!(Wall::new(1_760_372_949_000, None).unwrap().date().to_string(), "2025-10-13");
        assert_eq!(Wall::new(i64::MAX, None), None);
    }

    #[test]
    fn days_are_named_in_both_languages_and_begin_at_midnight_there() {
        let date: Date = "2025-10-13".parse().unwrap();
        assert_eq!(day(date, Words::for_languages("en")), "Monday, 13 October 2025");
        assert_eq!(day(date, Words::for_languages("zh")), "2025年10月13日 星期一");
        assert_eq!(day_begins_ms(date, Some(480)), Some(1_760_284_800_000));
    }

    #[test]
    fn lengths_and_sizes_are_short() {
        assert_eq!(length(0), "0:00");
        assert_eq!(length(4_200), "0:05");
        assert_eq!(length(3_665_000), "1:01:05");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_000), "1.0 kB");
        assert_eq!(size(15_300), "15 kB");
        assert_eq!(size(1_400_000), "1.4 MB");
        assert_eq!(size(u64::MAX), "18446744 TB");
    }
}
