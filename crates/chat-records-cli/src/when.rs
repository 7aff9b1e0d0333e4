//! Times on the command line.

use std::str::FromStr;

use chat_core::{UtcOffset, WallTime};

/// A date, or a date and time, with or without an offset from UTC.
///
/// As the first or the last of a span it belongs to the span, all of it: the day if only a date
/// is given, else the second (the millisecond if one is given).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct When {
    wall: WallTime,
    ms: i64,
    unit_ms: i64,
    /// `None`: the offset of the source is meant.
    pub(crate) offset: Option<UtcOffset>,
}

impl When {
    /// Its first millisecond, where the source's offset is this.
    pub(crate) fn first_ms(self, offset: UtcOffset) -> i64 {
        self.wall.at(self.offset.unwrap_or(offset)).plus_ms(self.ms).get()
    }

    /// The first millisecond after it.
    pub(crate) fn after_ms(self, offset: UtcOffset) -> i64 {
        self.first_ms(offset).saturating_add(self.unit_ms)
    }
}

const WANTED: &str = "give a date such as 2025-01-31, or a time such as \"2025-01-31 18:00:00\" or \
                      2025-01-31T18:00:00+08:00";

impl FromStr for When {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const DATE: usize = 10;
        const TIME: usize = 19;
        const DAY_MS: i64 = 86_400_000;
        if text.len() == DATE {
            let wall = text.parse().map_err(|_| WANTED)?;
            return Ok(Self { wall, ms: 0, unit_ms: DAY_MS, offset: None });
        }
        let (time, rest) = text.split_at_checked(TIME).ok_or(WANTED)?;
        let wall = time.parse().map_err(|_| WANTED)?;
        let (ms, unit_ms, zone) = match rest.strip_prefix('.') {
            None => (0, 1000, rest),
            Some(fraction) => {
                let (digits, zone) = fraction.split_at_checked(3).ok_or(WANTED)?;
                if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(WANTED);
                }
                (digits.parse().map_err(|_| WANTED)?, 1, zone)
            }
        };
        let offset = match zone.trim_start() {
            "" => None,
            zone => Some(zone.parse().map_err(|_| WANTED)?),
        };
        Ok(Self { wall, ms, unit_ms, offset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_belong_to_the_span() {
        let offset: UtcOffset = "+08:00".parse().unwrap();
        let day: When = "2025-01-31".parse().unwrap();
        assert_eq!(day.after_ms(offset) - day.first_ms(offset), 86_400_000);
        assert_eq!(day.first_ms(offset), 1_738_252_800_000);
        let second: When = "2025-01-31 00:00:00".parse().unwrap();
        assert_eq!(second.first_ms(offset), day.first_ms(offset));
        assert_eq!(second.after_ms(offset) - second.first_ms(offset), 1000);
    }

    #[test]
    fn an_offset_of_its_own_wins() {
        let elsewhere: UtcOffset = "-03:00".parse().unwrap();
        for text in
            ["2025-01-31T00:00:00+08:00", "2025-01-31T00:00:00.000+08:00", "2025-01-30 16:00:00Z"]
        {
            let when: When = text.parse().unwrap();
            assert_eq!(when.first_ms(elsewhere), 1_738_252_800_000, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "yesterday",
            "2025-13-01",
            "2025-01-31 25:00:00",
            "2025-01-31T00:00:00.1",
            "聊天聊天聊天聊天聊天",
        ] {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }
}
