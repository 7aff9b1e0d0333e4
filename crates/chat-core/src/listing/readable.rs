//! Answers that are not quite text, or hold more than any page: what is wrong with a record is the
//! record's, and costs neither its page nor the machine's memory.

use std::borrow::Cow;

use crate::DecodeError;

/// The most records that a page may have. The largest page that a vendor is known to send has a
/// thousand; the shortest record takes two bytes on the wire and a hundred times that in memory.
pub const MAX_PAGE_RECORDS: usize = 100_000;

/// The most values that a record may have, for the same reason.
const MAX_RECORD_VALUES: usize = 100_000;

/// Stands for a byte that cannot be: no vendor sends it, and JSON allows it in a text.
pub const GARBLED: char = '\u{7f}';

/// An answer as text of the same length, so that places in it stay what they are: each byte that is
/// not UTF-8, and each bare control character in a JSON text, becomes [`GARBLED`]. Only a record may
/// have such bytes, and [`ReadRecords::into_page`](crate::ReadRecords::into_page) counts it as
/// skipped.
///
/// # Errors
///
/// When a byte outside of all lists is not UTF-8: what says where the next page is must be sure.
pub fn readable(body: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    // most answers have no line breaks either, so that they are not looked at byte by byte; the
    // least of all bytes is found many at a time
    let least = body.iter().fold(u8::MAX, |least, byte| least.min(*byte));
    let whole = std::str::from_utf8(body);
    if let Ok(text) = whole
        && least >= b' '
    {
        return Ok(text.into());
    }
    let mut text = Cow::from(body);
    let mut place = Place::default();
    let mut at = 0;
    for chunk in body.utf8_chunks() {
        for byte in chunk.valid().bytes() {
            place.pass(byte);
            if byte < b' ' && place.is_in_text && place.lists > 0 {
                replace(&mut text, at);
            }
            at += 1;
        }
        if !chunk.invalid().is_empty() && place.lists == 0 {
            return Err(DecodeError::new("it is not UTF-8 text"));
        }
        // one for each byte, though together they may have been meant as one character
        for _ in chunk.invalid() {
            replace(&mut text, at);
            at += 1;
        }
        place.is_escaped = place.is_escaped && chunk.invalid().is_empty();
    }
    match (text, whole) {
        (Cow::Borrowed(_), Ok(text)) => Ok(text.into()),
        (text, _) => String::from_utf8(text.into_owned())
            .map(Cow::Owned)
            .map_err(|_| DecodeError::new("it is not UTF-8 text")),
    }
}

fn replace(text: &mut Cow<'_, [u8]>, at: usize) {
    if let Some(byte) = text.to_mut().get_mut(at) {
        *byte = GARBLED as u8;
    }
}

/// True for a record long enough to have too many values.
pub(super) const fn may_have_too_many_values(bytes: usize) -> bool {
    // a value takes two bytes at least, its comma included
    bytes >= 2 * MAX_RECORD_VALUES
}

/// True for a record that would take far more memory than its bytes.
pub(super) fn has_too_many_values(record: &str) -> bool {
    if !may_have_too_many_values(record.len()) {
        return false;
    }
    let mut place = Place::default();
    record.bytes().for_each(|byte| place.pass(byte));
    place.commas > MAX_RECORD_VALUES
}

/// Where one is in a JSON text.
#[derive(Default)]
struct Place {
    is_in_text: bool,
    is_escaped: bool,
    /// Lists that were opened and not closed yet.
    lists: usize,
    /// Commas between values.
    commas: usize,
}

impl Place {
    fn pass(&mut self, byte: u8) {
        match byte {
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' if self.is_in_text => self.is_escaped = true,
            b'"' => self.is_in_text = !self.is_in_text,
            _ if self.is_in_text => {}
            b'[' => self.lists += 1,
            b']' => self.lists = self.lists.saturating_sub(1),
            b',' => self.commas += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_in_a_list_are_marked_and_keep_their_places() {
        let body = b"{\"a\":\"[\\\"\",\"list\":[{\"t\":\"x\xff\xfey\"},{\"t\":\"\xe4\xbd\xa0\"}]}";
        let text = readable(body).unwrap();
        assert_eq!(text.len(), body.len());
        assert!(text.contains("x\u{7f}\u{7f}y"));
        assert!(text.ends_with("[{\"t\":\"x\u{7f}\u{7f}y\"},{\"t\":\"你\"}]}"));
        assert!(matches!(readable("你好".as_bytes()), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn bare_control_characters_in_texts_are_marked_and_line_breaks_between_values_stay() {
        let body = b"{\n\"a\":\"\\\"\",\n\t\"list\":[\n{\"t\":\"x\ny\0\"}]\r\n}";
        let text = readable(body).unwrap();
        assert!(text.ends_with("[\n{\"t\":\"x\x7fy\x7f\"}]\r\n}"));
        assert!(text.starts_with("{\n\"a\":\"\\\"\",\n\t\"list\""));
        let pretty = b"{\n  \"list\": [\n    1\n  ]\n}";
        assert!(matches!(readable(pretty), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn bytes_outside_of_lists_are_an_error() {
        for body in [&b"\xff"[..], b"{\"list\":[1],\"next\":\"\xff\"}", b"{\"a\":\"[\xff\"}"] {
            assert_eq!(readable(body).unwrap_err().what, "it is not UTF-8 text");
        }
    }

    #[test]
    fn values_are_counted_and_commas_in_texts_are_not() {
        assert!(has_too_many_values(&format!("[{}0]", "0,".repeat(MAX_RECORD_VALUES + 1))));
        assert!(!has_too_many_values(&format!("[\"{}\"]", ",".repeat(1_000_000))));
    }
}
