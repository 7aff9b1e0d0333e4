//! When people write: how long conversations are, how fast they go, at what hours they begin.

use crate::mix::Mix;

/// How often a start by night is thrown away before it is accepted.
const NIGHT_TRIES: usize = 4;

/// Several to some dozens, about 20 on average.
pub(crate) fn length(mix: &mut Mix) -> u32 {
    let length = match mix.below(20) {
        0..=9 => mix.between(5, 15),
        10..=16 => mix.between(15, 30),
        _ => mix.between(30, 60),
    };
    u32::try_from(length).unwrap_or(1)
}

/// Fills in the milliseconds from a conversation's start to each of its records; gives the last of them.
pub(crate) fn offsets_ms(mix: &mut Mix, length: u32, span_ms: u64, offsets: &mut Vec<u64>) -> u64 {
    offsets.clear();
    let mut at = 0;
    for _ in 0..length {
        offsets.push(at);
        at += match mix.below(100) {
            // several in one second
            0..=14 => mix.between(20, 400),
            15..=59 => mix.between(1_000, 30_000),
            60..=89 => mix.between(30_000, 300_000),
            90..=97 => mix.between(300_000, 3_600_000),
            _ => mix.between(3_600_000, 10_800_000),
        };
    }
    let duration = offsets.last().copied().unwrap_or(0);
    if duration <= span_ms {
        return duration;
    }
    for offset in offsets {
        let scaled = u128::from(*offset) * u128::from(span_ms) / u128::from(duration);
        *offset = u64::try_from(scaled).unwrap_or(span_ms);
    }
    span_ms
}

/// A start that is mostly by day.
pub(crate) fn start_ms(mix: &mut Mix, from_ms: i64, room_ms: u64) -> i64 {
    let mut start = from_ms;
    for _ in 0..NIGHT_TRIES {
        start = from_ms + mix.below(room_ms + 1).cast_signed();
        if (8..22).contains(&(start.div_euclid(3_600_000).rem_euclid(24))) {
            break;
        }
    }
    start
}
