//! Wall-clock text: `yyyy-MM-dd HH:mm:ss`, without a zone. Times are seconds since 1970 as the vendor's clocks on the wall
//! show them, so that only the conversion from the virtual clock needs the offset.

use jiff::{Timestamp, civil::DateTime, fmt::strtime::BrokenDownTime, tz::Offset};

const FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// The seconds in an offset such as `+08:00`.
pub(super) fn offset_seconds(text: &str) -> Option<i64> {
    let offset = BrokenDownTime::parse("%:z", text).ok()?.offset()?;
    Some(offset.seconds().into())
}

/// Reads a time of the vendor's form; other forms are refused.
pub(super) fn parse(text: &str) -> Option<i64> {
    if text.len() != "yyyy-MM-dd HH:mm:ss".len() {
        return None;
    }
    let time = DateTime::strptime(FORMAT, text).ok()?;
    Some(Offset::UTC.to_timestamp(time).ok()?.as_second())
}

/// Appends the text of a time.
pub(super) fn write(wall_s: i64, out: &mut Vec<u8>) {
    let time = Offset::UTC.to_datetime(Timestamp::from_second(wall_s).unwrap_or_default());
    let year = time.year().unsigned_abs();
    two_digits(year / 100, out);
    two_digits(year % 100, out);
    let parts =
        [(b'-', time.month()), (b'-', time.day()), (b' ', time.hour()), (b':', time.minute())];
    for (separator, part) in parts.into_iter().chain([(b':', time.second())]) {
        out.push(separator);
        two_digits(u16::from(part.unsigned_abs()), out);
    }
}

/// The date of a time, `yyyy-MM-dd`.
pub(super) fn date(wall_s: i64) -> String {
    Offset::UTC.to_datetime(Timestamp::from_second(wall_s).unwrap_or_default()).date().to_string()
}

fn two_digits(n: u16, out: &mut Vec<u8>) {
    for digit in [n / 10 % 10, n % 10] {
        out.push(b'0' + u8::try_from(digit).unwrap_or(0));
    }
}
