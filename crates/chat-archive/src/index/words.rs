//! How text is cut for the search index, and how a query is: in one form of width, case and
//! accents, words as they are, and each character of a script that is written without spaces by
//! itself, so that a phrase of them is found wherever it stands.

use std::iter;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_normalization::{IsNormalized, is_nfc_quick};

/// Stands between two single characters that something else stood between, so that a phrase does
/// not reach from one sentence into the next. No text has it as a token.
const BREAK: char = '\u{E000}';
/// Characters of a word that count; what is longer is no word.
const WORD_CHARS: usize = 64;

/// A token of a text, and the bytes that it was made from.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) folded: String,
    pub(crate) bytes: Range<usize>,
    /// It goes on with whatever letters follow: it is a word.
    pub(crate) is_word: bool,
}

/// What becomes of a token.
trait Sink {
    /// Begins a token.
    fn begin(&mut self, at: usize, is_word: bool);
    /// A character of it.
    fn push(&mut self, folded: char);
    /// How far it reaches, so far.
    fn reach(&mut self, end: usize);
}

/// The tokens of a text with a space between them: what the index is given.
pub(crate) fn split(text: &str) -> String {
    let mut joined = Joined(String::with_capacity(text.len() + text.len() / 3));
    cut(text, &mut joined);
    joined.0
}

/// The tokens of a text.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut listed = Listed(Vec::new());
    cut(text, &mut listed);
    listed.0
}

struct Joined(String);

impl Sink for Joined {
    fn begin(&mut self, _: usize, _: bool) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
    }

    fn push(&mut self, folded: char) {
        self.0.push(folded);
    }

    fn reach(&mut self, _: usize) {}
}

struct Listed(Vec<Token>);

impl Sink for Listed {
    fn begin(&mut self, at: usize, is_word: bool) {
        self.0.push(Token { folded: String::new(), bytes: at..at, is_word });
    }

    fn push(&mut self, folded: char) {
        if let Some(token) = self.0.last_mut() {
            token.folded.push(folded);
        }
    }

    fn reach(&mut self, end: usize) {
        if let Some(token) = self.0.last_mut() {
            token.bytes.end = end;
        }
    }
}

/// Goes over a text in the smallest pieces that can be folded by themselves.
fn cut(text: &str, sink: &mut impl Sink) {
    let mut cutter = Cutter { sink, last: Class::Gap, has_gap: false, chars: 0 };
    let mut chars = text.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        let mut end = start + first.len_utf8();
        while let Some((at, next)) = chars.next_if(|(_, next)| !begins_piece(*next)) {
            end = at + next.len_utf8();
        }
        let folded = if end == start + first.len_utf8() { folds_to(first) } else { None };
        if let Some(folded) = folded {
            cutter.take(folded, start..end);
        } else if let Some(piece) = text.get(start..end) {
            let plain = piece.nfkd().filter(|c| !is_accent(*c)).nfc();
            for folded in plain.flat_map(char::to_lowercase) {
                match folded {
                    'ß' => iter::repeat_n('s', 2).for_each(|s| cutter.take(s, start..end)),
                    'ς' => cutter.take('σ', start..end),
                    _ => cutter.take(folded, start..end),
                }
            }
        }
    }
}

/// What a character is for the cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A token of its own, in a script without spaces.
    Single,
    /// A token of its own: emoji and other signs.
    Sign,
    /// Part of a word.
    Letter,
    /// Part of a word that began; by itself it is nothing.
    Mark,
    /// Not there, as far as people see.
    Hidden,
    /// Between tokens.
    Gap,
}

struct Cutter<'s, S> {
    sink: &'s mut S,
    last: Class,
    has_gap: bool,
    chars: usize,
}

impl<S: Sink> Cutter<'_, S> {
    fn take(&mut self, folded: char, bytes: Range<usize>) {
        let class = class(folded);
        let goes_on = self.last == Class::Letter && !self.has_gap;
        match class {
            Class::Hidden => return,
            Class::Mark if !goes_on => return,
            Class::Gap => {
                self.has_gap = true;
                return;
            }
            Class::Letter | Class::Mark if goes_on => self.chars += 1,
            _ => {
                if class == Class::Single && self.last == Class::Single && self.has_gap {
                    self.sink.begin(bytes.start, false);
                    self.sink.push(BREAK);
                }
                self.sink.begin(bytes.start, class == Class::Letter);
                self.chars = 1;
                self.last = class;
                self.has_gap = false;
            }
        }
        if self.chars <= WORD_CHARS {
            self.sink.push(folded);
        }
        self.sink.reach(bytes.end);
    }
}

/// Whether a character never becomes one with those before it.
fn begins_piece(c: char) -> bool {
    if c < '\u{300}' || folds_to(c).is_some() {
        return true;
    }
    let mut first = None;
    decompose_compatible(c, |part| {
        first.get_or_insert(part);
    });
    first.is_none_or(|first| {
        canonical_combining_class(first) == 0
            && is_nfc_quick(iter::once(first)) != IsNormalized::Maybe
    })
}

/// What the most frequent characters become, without a look into the tables.
fn folds_to(c: char) -> Option<char> {
    match c {
        '\0'..='\x7f' => Some(c.to_ascii_lowercase()),
        '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30A1}'..='\u{30FC}'
        | '\u{3001}'..='\u{3029}'
        | '\u{1F300}'..='\u{1FAFF}' => Some(c),
        // of double width
        '\u{FF01}'..='\u{FF5E}' => {
            char::from_u32(u32::from(c) - 0xFEE0).map(|c| c.to_ascii_lowercase())
        }
        _ => None,
    }
}

/// Marks that people leave out when they search: accents of Latin, Greek and Cyrillic letters,
/// points of Hebrew and Arabic ones, the frames around digits.
fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}'
        | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

fn class(c: char) -> Class {
    match c {
        '0'..='9' | 'a'..='z' => Class::Letter,
        '\0'..='\x7f' => Class::Gap,
        // Han with its radicals and strokes, kana, bopomofo, hangul with its parts
        '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{302F}'
        | '\u{3031}'..='\u{3035}' | '\u{3038}'..='\u{303C}' | '\u{3040}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{1B000}'..='\u{1B16F}' | '\u{20000}'..='\u{3FFFD}'
        | '\u{1100}'..='\u{11FF}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}'
        // Thai, Lao, Myanmar, Khmer
        | '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{A9E0}'..='\u{A9FF}' | '\u{AA60}'..='\u{AA7F}' => Class::Single,
        // variants of a sign, joiners, marks of direction
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{E0000}'..='\u{E0FFF}' => Class::Hidden,
        '\u{2190}'..='\u{23FF}' | '\u{2500}'..='\u{27BF}' | '\u{2900}'..='\u{297F}'
        | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FBFF}' => Class::Sign,
        _ if c.is_alphanumeric() => Class::Letter,
        _ if canonical_combining_class(c) != 0 => Class::Mark,
        _ => Class::Gap,
    }
}
