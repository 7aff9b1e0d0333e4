//! The word that was probably meant.

/// The one of `known` that is most like `word`, if any is like it at all.
///
/// ```
/// use chat_records::config::nearest;
///
/// assert_eq!(nearest("tennant_id", ["tenant_id", "base_url"]), Some("tenant_id"));
/// assert_eq!(nearest("color", ["tenant_id", "base_url"]), None);
/// ```
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // below this, a suggestion is more of a riddle than a help
    const LEAST: f64 = 0.7;
    // no known word is this long, and comparing takes the time of both lengths multiplied
    const LONGEST: usize = 100;
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|known| {
            let simple = known.to_lowercase();
            // one is a part of the other: `secret` for `access_secret`
            let part = word.len() >= 3 && (simple.contains(&word) || word.contains(&simple));
            let score = strsim::normalized_damerau_levenshtein(&word, &simple)
                .max(strsim::jaro_winkler(&word, &simple) - 0.1);
            (if part { score.max(LEAST) } else { score }, known)
        })
        .filter(|(score, _)| *score >= LEAST)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

/// `; did you mean "x"?`, or the list of what is known.
pub(crate) fn hint(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("; did you mean {near:?}?"),
        None => format!("; known here: {}", known.join(", ")),
    }
}
