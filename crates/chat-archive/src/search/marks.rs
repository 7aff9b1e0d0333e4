//! Where in a text the words of a query stand.

use std::fmt;
use std::ops::Range;

use super::query::{Phrase, SearchQuery};
use crate::index::words::{self, Token};

/// Part of a text, around the first place that a query finds. `Debug` shows lengths only.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snippet {
    /// The part.
    pub text: String,
    /// What to mark in it: bytes, in order, none over another.
    pub marks: Vec<Range<usize>>,
    /// Whether something stands before it.
    pub has_before: bool,
    /// Whether something stands behind it.
    pub has_after: bool,
}

impl fmt::Debug for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snippet")
            .field("bytes", &self.text.len())
            .field("marks", &self.marks.len())
            .finish_non_exhaustive()
    }
}

impl SearchQuery {
    /// The bytes of a text to mark: in order, none over another, none within a character. What the
    /// query excludes is not marked.
    pub fn marks(&self, text: &str) -> Vec<Range<usize>> {
        let tokens = words::tokens(text);
        let mut found = Vec::new();
        for phrase in self.phrases() {
            for (start, first) in tokens.iter().enumerate() {
                let there = tokens.get(start..start + phrase.tokens.len());
                if let Some(last) = there.filter(|there| phrase.is(there)).and_then(<[_]>::last) {
                    found.push(first.bytes.start..last.bytes.end);
                }
            }
        }
        found.sort_unstable_by_key(|range| range.start);
        let mut marks: Vec<Range<usize>> = Vec::new();
        for range in found {
            match marks.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => marks.push(range),
            }
        }
        marks
    }

    /// At most `chars` characters of a text, around the first place to mark; its beginning, if
    /// there is none.
    pub fn snippet(&self, text: &str, chars: usize) -> Snippet {
        let marks = self.marks(text);
        let first = marks.first().map_or(0, |mark| mark.start);
        // a third of it before the place, unless the text ends soon behind it
        let behind = text.get(first..).unwrap_or_default();
        let room = chars.saturating_sub(behind.chars().take(chars).count()).max(chars / 3);
        let before = text.get(..first).unwrap_or_default();
        let start = before.char_indices().rev().take(room).last().map_or(first, |(at, _)| at);
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.char_indices().nth(chars).map_or(text.len(), |(at, _)| start + at);
        let shown = marks.iter().filter(|mark| mark.start < end && mark.end > start);
        let marks = shown.map(|mark| mark.start.max(start) - start..mark.end.min(end) - start);
        Snippet {
            text: text.get(start..end).unwrap_or_default().to_owned(),
            marks: marks.collect(),
            has_before: start > 0,
            has_after: end < text.len(),
        }
    }
}

impl Phrase {
    fn is(&self, there: &[Token]) -> bool {
        let Some((last, others)) = self.tokens.split_last() else { return false };
        let Some((last_there, others_there)) = there.split_last() else { return false };
        let is_last = if self.is_prefix {
            last_there.folded.starts_with(&last.folded)
        } else {
            last_there.folded == last.folded
        };
        is_last
            && others.len() == others_there.len()
            && others.iter().zip(others_there).all(|(a, b)| a.folded == b.folded)
    }
}
