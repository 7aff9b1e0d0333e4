//! What changed between two texts, by words; a Han character is a word.

use maud::{Markup, html};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::words::Words;

/// Words that are compared; of longer texts each is only shown.
const MOST: usize = 4_000;

/// The words that were taken out and put in, among those that stayed; `None` if the texts are too
/// long to be compared.
pub(crate) fn shown(before: &str, after: &str, words: &Words) -> Option<Markup> {
    let (before, after) = (split(before), split(after));
    if before.len() + after.len() > MOST {
        return None;
    }
    let pieces = capture_diff_slices(Algorithm::Myers, &before, &after);
    let of = |all: &[&str], from: usize, length: usize| -> String {
        all.iter().skip(from).take(length).copied().collect()
    };
    Some(html! {
        p.text.difference dir="auto" {
            @for piece in pieces {
                @match piece {
                    DiffOp::Equal { old_index, len, .. } => (of(&before, old_index, len)),
                    DiffOp::Delete { old_index, old_len, .. } => {
                        (taken_out(&of(&before, old_index, old_len), words))
                    }
                    DiffOp::Insert { new_index, new_len, .. } => {
                        (put_in(&of(&after, new_index, new_len), words))
                    }
                    DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                        (taken_out(&of(&before, old_index, old_len), words))
                        (put_in(&of(&after, new_index, new_len), words))
                    }
                }
            }
        }
    })
}

fn taken_out(text: &str, words: &Words) -> Markup {
    html! { del { span.unseen { "[" (words.message.removed) ": " } (text) span.unseen { "]" } } }
}

fn put_in(text: &str, words: &Words) -> Markup {
    html! { ins { span.unseen { "[" (words.message.added) ": " } (text) span.unseen { "]" } } }
}

/// Runs of letters and digits that are written without spaces between them, and single characters.
fn split(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if joins(first) {
            rest.find(|c| !joins(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, others) = rest.split_at(length);
        words.push(word);
        rest = others;
    }
    words
}

/// Whether a character is part of a longer word: not so in Chinese and Japanese.
fn joins(c: char) -> bool {
    c.is_alphanumeric() && !matches!(u32::from(c), 0x2E80..=0x9FFF | 0xF900..=0xFAFF | 0x20000..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_han_characters_are_compared_one_by_one() {
        assert_eq!(split("Größe 42，发票ok"), ["Größe", " ", "42", "，", "发", "票", "ok"]);
        let words = Words::for_languages("en");
        let shown = shown("下午三点 <b>", "下午四点 ok", words).unwrap().into_string();
        assert!(shown.contains("下午<del>") && shown.contains("三<span"), "{shown}");
        assert!(shown.contains("<ins>") && !shown.contains("<b>"), "{shown}");
    }

    #[test]
    fn texts_that_are_too_long_are_not_compared() {
        let long = "字".repeat(MOST);
        assert!(shown(&long, "x", Words::for_languages("en")).is_none());
    }
}
