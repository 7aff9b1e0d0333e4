//! Cursors: opaque, sealed, and good only for the request that they were issued to.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::timeline::{Entry, Row};
use crate::mix::Mix;

/// Two positions, the number of the page and the time of issue.
const PLAIN_BYTES: usize = 2 * ENTRY_BYTES + 4 + 8;

const ENTRY_BYTES: usize = 25;

const TAG_BYTES: usize = 8;

/// What identifies a request but for its cursor.
pub(super) type Binding = [u8; 32];

/// Where a walk goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Behind this one; `None` is the start.
    pub(super) after: Option<Entry>,
    /// Where the page began at whose end the cursor was issued.
    pub(super) before: Option<Entry>,
    /// How many pages were sent before.
    pub(super) page: u32,
    /// By the virtual clock.
    pub(super) issued_ms: i64,
}

impl Cursor {
    /// The cursor's text. It holds `+`, `/` and `=`: a client that puts it into a query as it is breaks it.
    pub(super) fn seal(&self, seed: u64, binding: &Binding) -> String {
        let mut plain = Vec::with_capacity(PLAIN_BYTES);
        write_entry(self.after, &mut plain);
        write_entry(self.before, &mut plain);
        plain.extend_from_slice(&self.page.to_be_bytes());
        plain.extend_from_slice(&self.issued_ms.to_be_bytes());
        let mut text = String::new();
        for salt in 0..=u8::MAX {
            let mut bytes = vec![salt];
            bytes.extend(masked(seed, salt, &plain));
            bytes.extend_from_slice(&tag(seed, binding, salt, &plain));
            text.clear();
            STANDARD.encode_string(bytes, &mut text);
            if text.contains('+') && text.contains('/') {
                break;
            }
        }
        text
    }

    /// The cursor of a text that was issued to this request.
    pub(super) fn open(seed: u64, binding: &Binding, text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).ok()?;
        let (salt, rest) = bytes.split_first()?;
        let (hidden, found) = rest.split_at_checked(PLAIN_BYTES)?;
        let plain: Vec<u8> = masked(seed, *salt, hidden).collect();
        if tag(seed, binding, *salt, &plain) != found {
            return None;
        }
        let (after, rest) = read_entry(&plain)?;
        let (before, rest) = read_entry(rest)?;
        let (page, issued) = rest.split_first_chunk()?;
        Some(Self {
            after,
            before,
            page: u32::from_be_bytes(*page),
            issued_ms: i64::from_be_bytes(*issued.first_chunk()?),
        })
    }
}

fn write_entry(entry: Option<Entry>, out: &mut Vec<u8>) {
    let start = Entry::message(Row { time_ms: 0, chat: 0, position: 0 });
    let (kind, Entry { at_ms, row, .. }) = match entry {
        None => (0, start),
        Some(entry) => (1 + u8::from(entry.is_recall), entry),
    };
    out.push(kind);
    out.extend_from_slice(&at_ms.to_be_bytes());
    out.extend_from_slice(&row.time_ms.to_be_bytes());
    out.extend_from_slice(&row.chat.to_be_bytes());
    out.extend_from_slice(&row.position.to_be_bytes());
}

fn read_entry(bytes: &[u8]) -> Option<(Option<Entry>, &[u8])> {
    let (kind, rest) = bytes.split_first()?;
    let (at_ms, rest) = rest.split_first_chunk()?;
    let (time_ms, rest) = rest.split_first_chunk()?;
    let (chat, rest) = rest.split_first_chunk()?;
    let (position, rest) = rest.split_first_chunk()?;
    let row = Row {
        time_ms: i64::from_be_bytes(*time_ms),
        chat: u32::from_be_bytes(*chat),
        position: u32::from_be_bytes(*position),
    };
    let entry = Entry { at_ms: i64::from_be_bytes(*at_ms), is_recall: *kind == 2, row };
    Some(((*kind != 0).then_some(entry), rest))
}

/// Hides bytes, or shows them again.
fn masked(seed: u64, salt: u8, bytes: &[u8]) -> impl Iterator<Item = u8> {
    let mut mix = Mix::of(&[seed, 61, salt.into()]);
    let mask = std::iter::repeat_with(move || mix.next().to_be_bytes()).flatten();
    bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask)
}

fn tag(seed: u64, binding: &Binding, salt: u8, plain: &[u8]) -> [u8; TAG_BYTES] {
    let mut hash = Sha256::new();
    hash.update(Mix::of(&[seed, 62]).next().to_be_bytes());
    hash.update(binding);
    hash.update([salt]);
    hash.update(plain);
    hash.finalize().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_only_what_they_are_bound_to() {
        let row = Row { time_ms: -5, chat: 3, position: 70_000 };
        for cursor in [
            Cursor { after: None, before: None, page: 0, issued_ms: 0 },
            Cursor {
                after: Some(Entry::recall(1_760_594_400_000, row)),
                before: Some(Entry::message(row)),
                page: 7,
                issued_ms: 1_760_594_400_001,
            },
        ] {
            let text = cursor.seal(1, &[9; 32]);
            for character in ['+', '/', '='] {
                assert!(text.contains(character), "{text}");
            }
            assert_eq!(Cursor::open(1, &[9; 32], &text), Some(cursor));
            assert_eq!(Cursor::open(1, &[8; 32], &text), None);
            assert_eq!(Cursor::open(2, &[9; 32], &text), None);
            assert_eq!(Cursor::open(1, &[9; 32], &text.replace('+', " ")), None);
            assert_eq!(Cursor::open(1, &[9; 32], &text[4..]), None);
        }
    }
}
