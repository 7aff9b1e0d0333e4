//! How text is cut for the search index: each Han, kana or hangul character by itself, so that a
//! phrase of them is found wherever it stands.

use unicode_normalization::UnicodeNormalization as _;

/// The text with a space on both sides of each character that stands for itself, in one form of
/// width and case.
pub(crate) fn split(text: &str) -> String {
    let mut split = String::with_capacity(text.len() + text.len() / 2);
    for character in text.nfkc().flat_map(char::to_lowercase) {
        if is_single(character) {
            split.extend([' ', character, ' ']);
        } else {
            split.push(character);
        }
    }
    split
}

/// Whether a character is a token of its own.
pub(crate) fn is_single(character: char) -> bool {
    matches!(character,
        '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30FF}'
        | '\u{3130}'..='\u{318F}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}')
}
