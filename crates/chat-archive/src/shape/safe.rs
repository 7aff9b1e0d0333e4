//! What of an answer a shape may hold: names of fields, words of enums, forms. Never what people
//! wrote, and nothing that names a person.

/// A name or word that can be shown: it looks like one that a programmer chose. Numbers of
/// telephones, ids, addresses, links and text in any other script do not.
pub(super) fn is_code(word: &str) -> bool {
    let starts = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    starts && plain && digits <= 3 && word.len() <= 40 && word.split(['_', '-']).all(is_part)
}

/// Ids made of letters are long, and change case more often than words that were put together.
fn is_part(part: &str) -> bool {
    let bytes = part.as_bytes();
    let humps = bytes
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    bytes.len() <= 24 && humps.count() <= 4
}

/// The same, or a number as short as codes are.
pub(super) fn is_code_or_number(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.len() <= 4 } else { is_code(word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fields_and_words_of_enums_can_be_shown() {
        for word in [
            "id",
            "_id",
            "text",
            "TRANS2AGENT",
            "multiMediaLibraryInfo",
            "meeting_voice_call",
            "customer_external_user_id",
            "LIMIT_EXCEEDED",
            "x-trace",
            "mp3",
        ] {
            assert!(is_code(word), "{word}");
        }
        for number in ["0", "-1", "2000"] {
            assert!(is_code_or_number(number), "{number}");
        }
    }

    #[test]
    fn nothing_that_may_name_a_person_can_be_shown() {
        for word in [
            "",
            "13800138000",
            "+8613800138000",
            "8613800138000",
            "王芳",
            "Wendy Wang",
            "wendy@example.com",
            "https://example.com/a",
            "wamid.HBgLODUy",
            "woD2JCDwAAmWSuw2xAxWsV1Nmihz5Kdx",
            "3a0c793e-042b-228c-699d-7a5d84b41611",
            "57a286a608894aa7b26a9e589f4d3333",
            "user13800",
            "aVeryLongWordWithoutAnyBreaks",
            "QxRtYbNmLkJhGfDs_PoIuYtReWqAsDfGhJkLzXcVb",
            "你好",
            "a b",
            "a.b",
        ] {
            assert!(!is_code_or_number(word), "{word}");
        }
    }
}
