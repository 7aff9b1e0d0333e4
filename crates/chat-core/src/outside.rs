//! Words from outside, made fit to be shown: short, in one line, and without secrets.

#[cfg(feature = "client")]
use std::cmp::Reverse;
#[cfg(feature = "client")]
use std::fmt;

#[cfg(feature = "client")]
use url::form_urlencoded;

#[cfg(feature = "client")]
use crate::{BodyExcerpt, Secret};

/// How many characters of a vendor's words an error keeps.
pub const MAX_WORDS: usize = 200;

/// A vendor's words in one line of at most so many characters: they end up in terminals and logs.
pub fn shortened(words: String, longest: usize) -> String {
    if words.len() <= longest && !words.contains(char::is_control) {
        return words;
    }
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    words.chars().take(longest).map(printable).collect()
}

/// True for a body that is JSON, of whatever shape.
pub fn is_json(body: &[u8]) -> bool {
    std::str::from_utf8(body)
        .is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}

/// Blots secrets out of words that come from outside: as they are, as a query writes them, and as
/// JSON writes them.
#[cfg(feature = "client")]
pub struct Blots {
    /// The longest first: one may hold another.
    forms: Vec<Secret>,
}

#[cfg(feature = "client")]
impl Blots {
    /// For these secrets. Empty ones are passed over.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let secrets = secrets.into_iter().filter(|secret| !secret.is_empty());
        let mut forms: Vec<Secret> = secrets.flat_map(forms_of).map(Secret::new).collect();
        forms.sort_by_key(|form| Reverse(form.expose().len()));
        Self { forms }
    }

    /// The words without secrets. Those of at least `longest` characters may have been cut in the
    /// middle of one, so at their end its beginning goes, too.
    pub fn out_of(&self, words: &str, longest: usize) -> String {
        let is_cut = words.chars().count() >= longest;
        let forms = || self.forms.iter().map(Secret::expose);
        let beginnings = forms().filter(|_| is_cut).flat_map(|form| {
            let cuts = form.char_indices().skip(1).map(|(cut, _)| cut).chain([form.len()]);
            cuts.filter_map(|cut| form.get(..cut))
        });
        let cut_off = beginnings.filter(|part| words.ends_with(part)).map(str::len).max();
        let rest = cut_off.and_then(|length| words.get(..words.len() - length));
        let shown = rest.map_or_else(|| words.to_owned(), |rest| format!("{rest}***"));
        forms().fold(shown, |shown, form| shown.replace(form, "***"))
    }

    /// An excerpt without secrets, whether or not it is the whole of its answer.
    pub fn out_of_excerpt(&self, excerpt: &mut BodyExcerpt) {
        excerpt.change(|text| self.out_of(text, 0));
    }
}

#[cfg(feature = "client")]
impl fmt::Debug for Blots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blots").field("forms", &self.forms.len()).finish()
    }
}

/// A secret as it stands, as queries write it, with escapes in capitals or not, and as JSON writes
/// it.
#[cfg(feature = "client")]
fn forms_of(secret: &str) -> [String; 7] {
    let in_form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    // what a form leaves as it is and a query may escape, or the other way round
    let in_query = in_form.replace('+', "%20").replace('*', "%2A").replace("%7E", "~");
    let json = serde_json::Value::from(secret).to_string();
    let json = json.get(1..json.len() - 1).unwrap_or(secret).to_owned();
    let escaped = json.replace('/', "\\/");
    let lower = [with_lower_case_escapes(&in_form), with_lower_case_escapes(&in_query)];
    let [in_form_lower, in_query_lower] = lower;
    [secret.to_owned(), in_form_lower, in_query_lower, in_form, in_query, json, escaped]
}

#[cfg(feature = "client")]
fn with_lower_case_escapes(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        format!("{text}%{}{rest}", digits.to_ascii_lowercase())
    })
}

#[cfg(all(test, feature = "client"))]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_blotted_out_in_every_form() {
        let blots = Blots::new(["a b/c*~\"d", "a b", ""]);
        for form in [
            "a b/c*~\"d",
            "a+b%2Fc*%7E%22d",
            "a+b%2fc*%7e%22d",
            "a%20b%2Fc%2A~%22d",
            "a%20b%2fc%2a~%22d",
            "a b/c*~\\\"d",
            "a b\\/c*~\\\"d",
        ] {
            assert_eq!(blots.out_of(&format!("<{form}>"), 100), "<***>", "{form}");
        }
        assert!(!format!("{blots:?}").contains("a b"));
    }

    #[test]
    fn the_longer_secret_goes_first_and_a_beginning_goes_from_words_that_were_cut() {
        let blots = Blots::new(["secret", "secret-of-secrets"]);
        assert_eq!(blots.out_of("secret-of-secrets secret", 100), "*** ***");
        assert_eq!(blots.out_of("key secret-of-s", 15), "key ***");
        assert_eq!(blots.out_of("key secr", 8), "key ***");
        assert_eq!(blots.out_of("key secret", 10), "key ***");
        assert_eq!(blots.out_of("key secr", 9), "key secr", "they were not cut");
        assert_eq!(blots.out_of("key s", 5), "key ***");
    }

    #[test]
    fn an_excerpt_keeps_the_length_of_its_answer() {
        let mut excerpt = BodyExcerpt::new(b"{\"key\":\"secret\"}");
        Blots::new(["secret"]).out_of_excerpt(&mut excerpt);
        assert_eq!(excerpt.expose(), "{\"key\":\"***\"}");
        assert_eq!(format!("{excerpt:?}"), "BodyExcerpt(16 bytes)");
    }

    #[test]
    fn words_become_short_and_one_line() {
        assert_eq!(shortened("a\nb\u{1b}[0m".to_owned(), 200), "a b [0m");
        assert_eq!(shortened("发票发票".to_owned(), 2), "发票");
    }
}
