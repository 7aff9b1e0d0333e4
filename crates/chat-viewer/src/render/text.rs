//! Stored text: shown as it is, with its addresses as links.

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
            let length = address_length(rest);
            if length > scheme.len() {
                return Some((start, length));
            }
        }
        from = start + "http".len();
    }
    None
}

/// Up to the first character that belongs to no address (Chinese text follows without a space),
/// without the marks that end a sentence, or brackets that were opened before.
fn address_length(text: &str) -> usize {
    let may = |c: char| {
        c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '`' | '{' | '}' | '|' | '\\' | '^')
    };
    let end = text.find(|c| !may(c)).unwrap_or(text.len());
    let mut address = text.get(..end).unwrap_or_default();
    while let Some(last) = address.chars().last() {
        let opens = |open| address.matches(open).count();
        let ends = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' => true,
            ')' => opens(')') > opens('('),
            ']' => opens(']') > opens('['),
            _ => false,
        };
        if !ends {
            break;
        }
        address = address.get(..address.len() - 1).unwrap_or_default();
    }
    address.len()
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
}
