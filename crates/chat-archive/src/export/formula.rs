//! Texts that a spreadsheet would take for formulas.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

/// In front of what must not be run. Spreadsheets show it as part of the text.
const MARK: char = '\'';

/// The text with `'` in front if a spreadsheet could run it: where it begins with `=`, `+`, `-`,
/// `@`, a tab or a line break, in any of their forms, after characters that spreadsheets skip. A text
/// that begins with `'` gets another one, so that one less is the text again, always.
pub(super) fn neutralized(text: &str) -> Cow<'_, str> {
    if text.starts_with(MARK) || could_run(text) {
        let mut marked = String::with_capacity(text.len() + 1);
        marked.push(MARK);
        marked.push_str(text);
        marked.into()
    } else {
        text.into()
    }
}

fn could_run(text: &str) -> bool {
    for c in text.chars() {
        if matches!(c, '\t' | '\r' | '\n') || begins_formula(c) {
            return true;
        }
        if !is_skipped(c) {
            return false;
        }
    }
    false
}

fn begins_formula(c: char) -> bool {
    let is_sign = |c| matches!(c, '=' | '+' | '-' | '@' | '\u{2212}');
    // full-width, small, raised and lowered forms come down to the same signs
    is_sign(c) || !c.is_ascii() && std::iter::once(c).nfkc().next().is_some_and(is_sign)
}

/// Spaces, control characters, and characters without a width.
fn is_skipped(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_run_is_marked_and_nothing_else() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(1)",
            "\t=1",
            "\rx",
            "\nx",
            "  =1",
            "\u{3000}=1",
            "\u{a0}-1",
            "＝1",
            "＋1",
            "－1",
            "＠a",
            "﹦1",
            "⁼1",
            "−1",
            "\u{feff}=1",
            "\u{200b}=1",
            "\0=1",
            "'=1",
            "'",
            "=",
            "\u{202e}=1",
        ] {
            assert_eq!(neutralized(text), format!("'{text}"), "{text:?}");
        }
        for text in ["", " ", "a=1", "1+1", "你好", "😀", "\"=1", "{\"a\":1}", "[]", "(1)", "\0a"]
        {
            assert_eq!(neutralized(text), text, "{text:?}");
        }
    }
}
