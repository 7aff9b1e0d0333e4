//! Wall clocks and instants, against an independent date library.

use chat_core::{SentAt, UnixMillis, UtcOffset, WallTime};
use proptest::prelude::*;

proptest! {
    #[test]
    fn every_second_of_four_centuries_is_the_same_as_elsewhere(
        seconds in -6_311_433_600_i64..6_311_433_600,
        minutes in -1080i16..=1080,
    ) {
        let offset = UtcOffset::from_minutes(minutes).unwrap();
        let instant = UnixMillis::new(seconds * 1000 + 123);
        let wall = WallTime::of(instant, offset);
        let zone = jiff::tz::Offset::from_seconds(i32::from(minutes) * 60).unwrap().to_time_zone();
        let theirs = jiff::Timestamp::from_millisecond(instant.get()).unwrap().to_zoned(zone);
        prop_assert_eq!(wall.to_string(), theirs.strftime("%Y-%m-%d %H:%M:%S").to_string());
        prop_assert_eq!(wall.to_string().parse::<WallTime>().unwrap().at(offset).get(), seconds * 1000);
        let theirs = if minutes == 0 {
            theirs.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
        } else {
            theirs.strftime("%Y-%m-%dT%H:%M:%S.%3f%:z").to_string()
        };
        prop_assert_eq!(instant.to_rfc3339(offset), theirs);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,24}") {
        let _ = text.parse::<WallTime>();
        let _ = text.parse::<UtcOffset>();
        let _ = UnixMillis::from_http_date(&text);
    }
}

#[test]
fn text_that_is_no_time_is_refused() {
    for text in [
        "",
        "2025",
        "2025-13-01",
        "2025-02-29 00:00:00",
        "2025-10-13 24:00:00",
        "2025-10-13 16:29",
        "2025-10-13 16:60:00",
        "2025-1-3 16:29:09",
        "+2025-10-13",
        "2025-10-13 16:29:09 ",
    ] {
        assert!(text.parse::<WallTime>().is_err(), "{text}");
    }
    for text in ["", "08:00", "+8:00", "+08:60", "+19:00", "+0800", "+08", "UTC"] {
        assert!(text.parse::<UtcOffset>().is_err(), "{text}");
    }
}

#[test]
fn a_leap_second_is_the_second_before_it() {
    let leap: WallTime = "2016-12-31 23:59:60".parse().unwrap();
    assert_eq!(leap.to_string(), "2016-12-31 23:59:59");
    assert_eq!(
        "2025-10-13T16:29:09".parse::<WallTime>().unwrap().to_string(),
        "2025-10-13 16:29:09"
    );
    assert_eq!("2025-10-13".parse::<WallTime>().unwrap().to_string(), "2025-10-13 00:00:00");
}

#[test]
fn a_zone_is_never_guessed() {
    let offset: UtcOffset = "-03:30".parse().unwrap();
    let sent = SentAt::zoned("2025-10-13 16:29:09".parse().unwrap(), offset);
    assert_eq!(sent.to_rfc3339(), "2025-10-13T16:29:09.000-03:30");
    assert_eq!(sent.origin.as_str(), "zoned");
    let stated = SentAt::stated(UnixMillis::new(1_760_344_149_005));
    assert_eq!(stated.to_rfc3339(), "2025-10-13T08:29:09.005Z");
}

#[test]
fn http_dates_are_read() {
    let read = |text| UnixMillis::from_http_date(text).map(UnixMillis::get);
    assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777_000));
    assert_eq!(read("Sunday, 06-Nov-94 08:49:37 GMT"), None);
    assert_eq!(read("Sun, 06 Nov 1994 08:49:37 CET"), None);
}
