//! Stored text: shown as it is, with its addresses as links.

use std::borrow::Cow;

use maud::{Markup, html};

/// Text with its `http` and `https` addresses as links. Line breaks are kept by the style sheet.
pub(crate) fn linked(text: &str) -> Markup {
    html! {
        @for piece in Pieces(text) {
            @match piece {
                Piece::Words(words) => (words),
                Piece::Address(address) => {
                    a href=(address) rel="noopener noreferrer nofollow" target="_blank" { (address) }
                }
            }
        }
    }
}

/// At most so many characters of a text, and whether that is not all of it.
pub(crate) fn beginning(text: &str, characters: usize) -> (&str, bool) {
    match text.char_indices().nth(characters) {
        Some((end, _)) => (text.get(..end).unwrap_or(text), true),
        None => (text, false),
    }
}

enum Piece<'t> {
    Words(&'t str),
    Address(&'t str),
}

struct Pieces<'t>(&'t str);

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        let text = self.0;
        if text.is_empty() {
            return None;
        }
        let start = next_address(text);
        match start {
            Some((0, length)) => {
                let (address, rest) = text.split_at(length);
                self.0 = rest;
                Some(Piece::Address(address))
            }
            Some((start, _)) => {
                let (words, rest) = text.split_at(start);
                self.0 = rest;
                Some(Piece::Words(words))
            }
            None => {
                self.0 = "";
                Some(Piece::Words(text))
            }
        }
    }
}

/// Where the next address begins, and how long it is.
fn next_address(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find("http") {
        let start = from + found;
        let rest = text.get(start..)?;
        let scheme = ["https://", "http://"].iter().find(|scheme| rest.starts_with(**scheme));
        let preceded = text.get(..start)?.ends_with(|last: char| last.is_ascii_alphanumeric());
        if let (Some(scheme), false) = (scheme, preceded) {
            let run = rest.bytes().take_while(|byte| may_be_in_address(*byte)).count();
            let length = if run > LONGEST_ADDRESS { 0 } else { address_length(rest, run) };
            if length > scheme.len() {
                return Some((start, length));
            }
            // no shorter part of it is an address, and each character is looked at once
            from = start + run;
            continue;
        }
        from = start + "http".len();
    }
    None
}

/// Longer ones are no addresses that anyone follows.
const LONGEST_ADDRESS: usize = 2_048;

const fn may_be_in_address(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(byte, b'<' | b'>' | b'"' | b'`' | b'{' | b'}' | b'|' | b'\\' | b'^')
}

/// Up to the first character that belongs to no address (Chinese text follows without a space),
/// without the marks that end a sentence, or brackets that were opened before.
fn address_length(text: &str, run: usize) -> usize {
    let mut address = text.as_bytes().get(..run).unwrap_or_default();
    // how many more of each kind are closed than opened
    let more = |open, close| {
        address
            .iter()
            .fold(0_i32, |more, byte| more + i32::from(*byte == close) - i32::from(*byte == open))
    };
    let (mut round, mut square) = (more(b'(', b')'), more(b'[', b']'));
    while let Some((last, rest)) = address.split_last() {
        match last {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' => {}
            b')' if round > 0 => round -= 1,
            b']' if square > 0 => square -= 1,
            _ => break,
        }
        address = rest;
    }
    address.len()
}

/// A stored name, id or word for a line of its own: at most so many characters, and what would turn
/// the direction of the text or move the cursor as a visible mark, so that it looks like nothing
/// that it is not.
pub(crate) fn plain(text: &str, most: usize) -> Cow<'_, str> {
    let (beginning, is_cut) = beginning(text, most);
    if !is_cut && !beginning.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(beginning.len() + 3);
    for c in beginning.chars() {
        match c {
            c if is_hidden(c) => {
                shown.extend(format!("\u{2423}U+{:04X}\u{2423}", u32::from(c)).chars());
            }
            c => shown.push(c),
        }
    }
    if is_cut {
        shown.push('…');
    }
    Cow::Owned(shown)
}

fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &str) -> Vec<&str> {
        let pieces = Pieces(text).filter_map(|piece| match piece {
            Piece::Address(address) => Some(address),
            Piece::Words(_) => None,
        });
        pieces.collect()
    }

    #[test]
    fn addresses_are_found_where_people_write_them() {
        for (text, found) in [
            ("see https://a.example/b?c=d&e=f.", &["https://a.example/b?c=d&e=f"][..]),
            ("发票在https://a.example/票，请看", &["https://a.example/"]),
            (
                "(http://a.example/x(1)) http://b.example",
                &["http://a.example/x(1)", "http://b.example"],
            ),
            ("javascript:alert(1) data:text/html,x ftp://a", &[]),
            ("https:// http", &[]),
            ("xhttp://a.example", &[]),
            ("httpd.conf https:a", &[]),
            ("http://a.example\"onmouseover=\"x", &["http://a.example"]),
        ] {
            assert_eq!(addresses(text), found, "{text}");
        }
    }

    #[test]
    fn no_character_is_lost_and_none_is_markup() {
        let text = "<b>http://a.example/?a=<i>&\"' 你好 http";
        let shown = linked(text).into_string();
        assert!(!shown.contains("<b>") && !shown.contains("<i>"), "{shown}");
        let all: String = Pieces(text)
            .map(|piece| match piece {
                Piece::Words(text) | Piece::Address(text) => text,
            })
            .collect();
        assert_eq!(all, text);
    }

    #[test]
    fn a_beginning_ends_between_characters() {
        assert_eq!(beginning("发票", 1), ("发", true));
        assert_eq!(beginning("发票", 2), ("发票", false));
    }

    #[test]
    fn long_and_bracketed_texts_take_no_time() {
        let long = format!("http://a{}", ")".repeat(100_000));
        assert_eq!(addresses(&long), [""; 0]);
        let many = "http://a)".repeat(20_000);
        assert_eq!(addresses(&many).len(), 0, "one address without an end");
        let shut = format!("http://a/(b{} x", ")".repeat(1_000));
        assert_eq!(addresses(&shut), ["http://a/(b)"]);
    }

    #[test]
    fn names_show_what_would_turn_them_around() {
        assert_eq!(plain("王芳 שלום", 10), "王芳 שלום");
        assert_eq!(plain("invoice\u{202E}fdp.exe", 99), "invoice␣U+202E␣fdp.exe");
        assert_eq!(plain("a\nb\u{0}", 99), "a␣U+000A␣b␣U+0000␣");
        assert_eq!(plain("发票发票", 3), "发票发…");
    }
}
