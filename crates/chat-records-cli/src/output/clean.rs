//! Text from outside, made harmless for terminals.

use std::borrow::Cow;

/// The text without characters that command a terminal or turn the direction of writing: names
/// and reasons come from vendors, and vendors pass on what anyone typed. Line breaks and tabs stay.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let is_bad = |c: char| is_command(c) && c != '\n' && c != '\t';
    if text.contains(is_bad) { text.replace(is_bad, "\u{fffd}").into() } else { text.into() }
}

/// The same in one line: line breaks and tabs become spaces, but those at the end.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    flat(text.trim_end())
}

/// The same for a piece of a line: spaces at its end stay.
pub(crate) fn flat(text: &str) -> Cow<'_, str> {
    if !text.contains(is_command) {
        return text.into();
    }
    text.replace("\r\n", " ")
        .replace(['\n', '\r', '\t'], " ")
        .replace(is_command, "\u{fffd}")
        .into()
}

fn is_command(c: char) -> bool {
    // the second part: marks that turn the direction of writing, and separators of lines
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_a_terminal_is_replaced() {
        assert_eq!(clean("a\u{1b}[31mb\u{7}\u{9b}"), "a\u{fffd}[31mb\u{fffd}\u{fffd}");
        assert_eq!(clean("顾客 😀\nof\ttwo lines"), "顾客 😀\nof\ttwo lines");
        assert_eq!(clean("ab\u{202e}cd"), "ab\u{fffd}cd");
    }

    #[test]
    fn one_line_is_one_line() {
        assert_eq!(one_line("a\r\nb\nc\td\n"), "a b c d");
        assert_eq!(one_line("a\u{2028}b\u{1b}"), "a\u{fffd}b\u{fffd}");
    }
}
