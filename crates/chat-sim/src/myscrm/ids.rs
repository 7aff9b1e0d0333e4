//! The ids of records: the platform's, which find their record again, and WeCom's, which do not.

use std::fmt::Write as _;

use super::timeline::{Entry, Row};
use crate::mix::Mix;

/// From the first of January of the year 1, where the platform's ids count milliseconds from, to 1970.
const YEAR_ONE_MS: i64 = 62_135_596_800_000;

const POSITION_BITS: u32 = 31;

/// The platform's id of a message or recall: a GUID that begins with the time at which the platform stored it.
pub(super) fn record_id(seed: u64, entry: Entry) -> String {
    let stored_ms = entry.at_ms + lag_ms(seed, entry) + YEAR_ONE_MS;
    let id =
        u128::from(stored_ms.cast_unsigned()) << 80 | hidden(seed, stored_ms, place(seed, entry));
    guid(id)
}

/// The record of an id, if there can be one. Of a recall the message's time is left open.
pub(super) fn parse_record_id(seed: u64, text: &str) -> Option<Entry> {
    let id = u128::from_str_radix(&text.replace('-', ""), 16).ok()?;
    let stored_ms = i64::try_from(id >> 80).ok()?;
    let place = hidden(seed, stored_ms, id & ((1 << 80) - 1));
    let low = u64::try_from(place >> 16 & u128::from(u32::MAX)).ok()?;
    let row = Row {
        time_ms: 0,
        chat: u32::try_from(place >> 48).ok()?,
        position: u32::try_from(low & ((1 << POSITION_BITS) - 1)).ok()?,
    };
    let mut entry = Entry { at_ms: 0, is_recall: low >> POSITION_BITS == 1, row };
    entry.at_ms = stored_ms - YEAR_ONE_MS - lag_ms(seed, entry);
    if !entry.is_recall {
        entry.row.time_ms = entry.at_ms;
    }
    (record_id(seed, entry) == text).then_some(entry)
}

/// Appends WeCom's id of a message or recall. Its number is too large for 64 bits.
pub(super) fn write_msgid(seed: u64, entry: Entry, out: &mut String) {
    let mut mix = stream(seed, 32, entry);
    let number = mix.below(10_000_000_000_000_000_000);
    let at_ms = entry.at_ms + mix.between(500, 6_000).cast_signed();
    // writing to a String cannot fail
    let _ = write!(out, "2{number:019}_{at_ms}_external");
}

/// A GUID that looks random, from a stream.
pub(super) fn random_guid(mix: &mut Mix) -> String {
    let bits = u128::from(mix.next()) << 64 | u128::from(mix.next());
    // the version and the variant of random ones
    let bits = bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    guid(bits)
}

fn guid(bits: u128) -> String {
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        bits >> 96,
        bits >> 80 & 0xffff,
        bits >> 64 & 0xffff,
        bits >> 48 & 0xffff,
        bits & 0xffff_ffff_ffff
    )
}

/// Chat, position and kind in 64 bits, and 16 more to check them.
fn place(seed: u64, entry: Entry) -> u128 {
    let low = u64::from(entry.is_recall) << POSITION_BITS | u64::from(entry.row.position);
    let check = stream(seed, 33, entry).below(1 << 16);
    u128::from(entry.row.chat) << 48 | u128::from(low) << 16 | u128::from(check)
}

/// Hides 80 bits, or shows them again.
fn hidden(seed: u64, stored_ms: i64, bits: u128) -> u128 {
    let mut mix = Mix::of(&[seed, 34, stored_ms.cast_unsigned()]);
    let mask = u128::from(mix.next()) << 64 | u128::from(mix.next());
    (bits ^ mask) & ((1 << 80) - 1)
}

/// How long after the event the platform stored it.
fn lag_ms(seed: u64, entry: Entry) -> i64 {
    stream(seed, 35, entry).between(3_000, 40_000).cast_signed()
}

fn stream(seed: u64, what: u64, entry: Entry) -> Mix {
    let Row { chat, position, .. } = entry.row;
    Mix::of(&[seed, what, chat.into(), position.into(), entry.is_recall.into()])
}
