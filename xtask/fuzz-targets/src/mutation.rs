//! Changing good inputs, for the short run that needs no fuzzer: bytes as they fall, and what is
//! known to hurt readers of JSON.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::Target;

/// What is put in place of a value, or anywhere.
const TOKENS: [&[u8]; 40] = [
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"\"\"",
    b"0",
    b"-0",
    b"-1",
    b"1.5",
    b"1e999",
    b"-1e999",
    b"1e-999",
    b"9223372036854775807",
    b"9223372036854775808",
    b"-9223372036854775809",
    b"18446744073709551616",
    b"1760000000000000000000000000000000000000000",
    b"\"1e999\"",
    b"\"-9223372036854775808\"",
    b"\"\\ud800\"",
    b"\"\\udc00\\ud800\"",
    b"\"\\u0000\"",
    b"\"\\u202e\\u001b[2J\"",
    b"\xff",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\0",
    b"\n",
    b"{\"id\":{}}",
    b"[null]",
    b"[[1],{\"a\":[]}]",
    b"\"{\\\"a\\\":1}\"",
    b"\"2025-02-30 24:60:61\"",
    b"\"<p>&#xD800;&#x110000;<br\"",
    b"\"\xf0\x9f\x98\x80\"",
    b",",
    b"\"",
    b"}",
    b"]",
];

/// Deep enough for a reader that goes down level by level, and short enough to be quick.
const DEPTH: usize = 5000;

/// What leads one level down.
const OPENINGS: &[&[u8]] = &[b"[", b"{\"a\":", b"\"[", b"<div>"];

/// One change.
#[derive(Debug, Clone)]
enum Change {
    /// A byte becomes another one.
    Byte(Index, u8),
    /// Bytes are put in between.
    Insert(Index, Vec<u8>),
    /// Bytes are taken away.
    Remove(Index, usize),
    /// Bytes are there twice.
    Repeat(Index, usize),
    /// What stands behind a colon, up to the next comma or bracket, becomes something else.
    Value(Index, Vec<u8>),
    /// The end is missing.
    Cut(Index),
    /// The end is that of another input.
    Splice(Index, Index, Index),
}

/// Inputs for a target: each is a good one with up to eight changes.
pub fn inputs(target: &Target) -> impl Strategy<Value = Vec<u8>> + use<> {
    let seeds = (target.seeds)();
    (any::<Index>(), vec(change(), 0..8)).prop_map(move |(first, changes)| {
        let mut input = first.get(&seeds).clone();
        for change in &changes {
            apply(&mut input, change, &seeds);
        }
        input
    })
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        1 => (at(), piece()).prop_map(|(at, piece)| Change::Insert(at, piece)),
        1 => (at(), 1..40usize).prop_map(|(at, len)| Change::Remove(at, len)),
        1 => (at(), 1..400usize).prop_map(|(at, len)| Change::Repeat(at, len)),
        4 => (at(), piece()).prop_map(|(at, piece)| Change::Value(at, piece)),
        1 => at().prop_map(Change::Cut),
        1 => (at(), at(), at()).prop_map(|(at, other, from)| Change::Splice(at, other, from)),
    ]
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        20 => select(&TOKENS[..]).prop_map(<[u8]>::to_vec),
        4 => vec(any::<u8>(), 1..12),
        1 => select(OPENINGS).prop_map(|open| open.repeat(DEPTH)),
        1 => Just([b"[".repeat(DEPTH), b"]".repeat(DEPTH)].concat()),
    ]
}

fn apply(input: &mut Vec<u8>, change: &Change, seeds: &[Vec<u8>]) {
    // one more, so that there is a place in an empty input, and one behind the last byte
    let place = |at: &Index, input: &Vec<u8>| at.index(input.len() + 1);
    match change {
        Change::Byte(at, byte) => {
            let at = place(at, input);
            if let Some(found) = input.get_mut(at) {
                *found = *byte;
            }
        }
        Change::Insert(at, piece) => {
            let at = place(at, input);
            input.splice(at..at, piece.iter().copied());
        }
        Change::Remove(at, len) => {
            let at = place(at, input);
            input.drain(at..input.len().min(at + len));
        }
        Change::Repeat(at, len) => {
            let at = place(at, input);
            let twice = input[at..input.len().min(at + len)].to_vec();
            input.splice(at..at, twice);
        }
        Change::Value(at, piece) => {
            let colons: Vec<usize> = input
                .iter()
                .enumerate()
                .filter(|(_, byte)| **byte == b':')
                .map(|(at, _)| at)
                .collect();
            let start = if colons.is_empty() { 0 } else { at.get(&colons) + 1 };
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b'\n');
            let end = input[start..].iter().position(ends).map_or(input.len(), |len| start + len);
            input.splice(start..end, piece.iter().copied());
        }
        Change::Cut(at) => input.truncate(place(at, input)),
        Change::Splice(at, other, from) => {
            input.truncate(place(at, input));
            let other = other.get(seeds);
            input.extend_from_slice(&other[place(from, other)..]);
        }
    }
}
