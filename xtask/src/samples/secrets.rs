//! A search for what must not be in a sample: credentials, signatures, people's numbers and addresses.
//!
//! The rules prefer a false alarm, which an entry in `samples.toml` settles, to a leak.

use std::fmt;

use regex_lite::Regex;
use serde_json::Value;

/// Text that looks secret. It prints what it is and where, not the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Secret {
    what: &'static str,
    path: String,
    pub(super) text: String,
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the top" } else { &self.path };
        write!(f, "{} at {path}", self.what)
    }
}

/// Looks for secrets in all keys and values, strings of JSON inside of strings included.
pub(super) fn find(value: &Value) -> Vec<Secret> {
    let mut search = Search { rules: rules(), found: Vec::new() };
    search.value(value, "", "");
    search.found
}

/// Text of a rule that is none: addresses made for examples, masks, and made-up digits.
fn is_harmless(text: &str) -> bool {
    let lower = text.to_lowercase();
    let example = [
        "example.com",
        "example.org",
        "example.net",
        "example.invalid",
        ".example",
        ".invalid",
        ".test",
    ];
    text.contains('*')
        || lower.contains("xxx")
        || lower.contains("masked")
        || lower.contains("fixture")
        || example.iter().any(|domain| lower.ends_with(domain))
        || has_repeated_run(text)
}

/// Six equal characters in a row hardly occur in real keys and numbers.
fn has_repeated_run(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(6).any(|run| run.iter().all(|byte| *byte == run[0]))
}

struct Rule {
    what: &'static str,
    /// The secret is the first group, or the whole match.
    pattern: Regex,
    /// A second look at the match.
    confirm: fn(&str) -> bool,
}

fn rules() -> Vec<Rule> {
    type Row = (&'static str, &'static str, fn(&str) -> bool);
    let rows: [Row; 10] = [
        ("an access key", r"\b(?:AK|SK|ak|sk|pk|rk)[-_][A-Za-z0-9][A-Za-z0-9_-]{5,}", |_| true),
        (
            "a cloud access key",
            r"\b(?:AKIA[A-Z0-9]{12,}|LTAI[A-Za-z0-9]{8,}|AKID[A-Za-z0-9]{12,})",
            |_| true,
        ),
        ("a private key", r"-----BEGIN [A-Z ]+-----", |_| true),
        ("a bearer token", r"(?i)\bbearer\s+([A-Za-z0-9._~+/=-]{8,})", |_| true),
        ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]+", |_| true),
        (
            "a signed parameter",
            r"(?i)[?&;](?:x-(?:oss|amz|cos)-)?(?:signature|sign|sig|token|security-token|credential|ossaccesskeyid|awsaccesskeyid|q-signature|q-ak|auth_key|key|apikey|api_key|access_token|secret)=([^&\s#]{3,})",
            |_| true,
        ),
        ("a hexadecimal token", r"\b[0-9a-fA-F]{32,}\b", has_letters_and_digits),
        ("a long token", r"[A-Za-z0-9+_-]{40,}={0,2}", |text| {
            has_letters_and_digits(text)
                && text.contains(char::is_uppercase)
                && text.contains(char::is_lowercase)
        }),
        (
            "an e-mail address",
            r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
            |_| true,
        ),
        // A mainland mobile number, wherever it stands.
        ("a phone number", r"(?:^|[^0-9A-Za-z.])(1[3-9][0-9]{9})(?:$|[^0-9A-Za-z])", |_| true),
    ];
    rows.into_iter()
        .filter_map(|(what, pattern, confirm)| {
            Some(Rule { what, pattern: Regex::new(pattern).ok()?, confirm })
        })
        .collect()
}

fn has_letters_and_digits(text: &str) -> bool {
    text.contains(|character: char| character.is_ascii_digit())
        && text.contains(|character: char| character.is_ascii_alphabetic())
}

struct Search {
    rules: Vec<Rule>,
    found: Vec<Secret>,
}

impl Search {
    fn value(&mut self, value: &Value, path: &str, key: &str) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    self.text(key, &path);
                    self.value(value, &path, key);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(item, &format!("{path}[{index}]"), key);
                }
            }
            Value::String(text) => {
                if let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text)
                {
                    return self.value(&inner, path, key);
                }
                self.text(text, path);
                self.number_of_person(text, path, key);
                self.message_id(text, path);
            }
            Value::Number(number) => self.number_of_person(&number.to_string(), path, key),
            Value::Bool(_) | Value::Null => {}
        }
    }

    fn text(&mut self, text: &str, path: &str) {
        let mut found = Vec::new();
        for rule in &self.rules {
            for captures in rule.pattern.captures_iter(text) {
                let Some(hit) = captures.get(1).or_else(|| captures.get(0)) else { continue };
                if (rule.confirm)(hit.as_str()) {
                    found.push((rule.what, hit.as_str()));
                }
            }
        }
        for (what, hit) in found {
            self.add(what, path, hit);
        }
    }

    /// A run of digits under a key that names a person's number.
    fn number_of_person(&mut self, text: &str, path: &str, key: &str) {
        const KEYS: [&str; 12] = [
            "from",
            "to",
            "phone",
            "mobile",
            "tel",
            "telephone",
            "wa_id",
            "waid",
            "msisdn",
            "caller",
            "callee",
            "user_channel_id",
        ];
        let key = key.to_lowercase();
        let names_a_number = KEYS.contains(&key.as_str())
            || ["phone", "mobile", "_tel", "wa_id"].iter().any(|end| key.ends_with(end));
        let digits: String =
            text.chars().filter(|character| !"+-() ".contains(*character)).collect();
        if names_a_number
            && (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
        {
            self.add("a phone number", path, text);
        }
    }

    /// Message ids of the messenger hold the customer's number, encoded.
    fn message_id(&mut self, text: &str, path: &str) {
        for (position, prefix) in text.match_indices("wamid.") {
            let rest = &text[position + prefix.len()..];
            let length = rest.bytes().take_while(|byte| base64_value(*byte).is_some()).count();
            let bytes = decode_base64(&rest[..length]);
            let runs = bytes.split(|byte| !byte.is_ascii_digit());
            if runs
                .filter(|run| run.len() >= 8)
                .any(|run| !has_repeated_run(&String::from_utf8_lossy(run)))
            {
                let text = format!("{prefix}{}", &rest[..length]);
                // Not through `add`: a mask behind the number does not hide it.
                self.found.push(Secret {
                    what: "a message id with a phone number inside",
                    path: path.to_owned(),
                    text,
                });
            }
        }
    }

    fn add(&mut self, what: &'static str, path: &str, text: &str) {
        let known = self.found.iter().any(|secret| secret.path == path && secret.text == text);
        if !known && !is_harmless(text) {
            self.found.push(Secret { what, path: path.to_owned(), text: text.to_owned() });
        }
    }
}

fn base64_value(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

fn decode_base64(text: &str) -> Vec<u8> {
    let values: Vec<u32> = text.bytes().filter_map(base64_value).collect();
    values
        .chunks(4)
        .flat_map(|chunk| {
            let bits =
                chunk.iter().fold(0, |bits, value| bits << 6 | value) << (6 * (4 - chunk.len()));
            bits.to_be_bytes().into_iter().skip(1).take(chunk.len() * 6 / 8)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn whats(value: &Value) -> Vec<&'static str> {
        find(value).iter().map(|secret| secret.what).collect()
    }

    #[test]
    fn secrets_are_found() {
        // Put together from parts, so that no scanner takes this file for a leak.
        let hex = "0123456789abcdef".repeat(2);
        let token = format!("{}Z", "aB3xY9qLmN".repeat(4));
        for (value, expected) in [
            (json!({"a": format!("AK-{}", "9f8e7d6c")}), "an access key"),
            (json!({"a": format!("LTAI{}", "5tAbCdEfGh")}), "a cloud access key"),
            (json!({"a": format!("-----BEGIN {}-----", "PRIVATE KEY")}), "a private key"),
            (json!({"a": "Authorization: Bearer abc.def-123"}), "a bearer token"),
            (json!({"a": format!("eyJ{}.eyJzdWIi.sig", "hbGciOiJIUzI1NiJ9")}), "a JSON web token"),
            (json!({"u": "https://host/f.png?Expires=1&Signature=ab%2Fcd"}), "a signed parameter"),
            (json!({"u": "https://host/f.png?x-oss-signature=abcdef"}), "a signed parameter"),
            (json!({"a": [{"b": hex}]}), "a hexadecimal token"),
            (json!({"a": token}), "a long token"),
            (json!({"a": "mail someone@company.com.cn now"}), "an e-mail address"),
            (json!({"a": "我的电话13912345678吗"}), "a phone number"),
            (json!({"from": "85291234567"}), "a phone number"),
            (json!({"to": 85_291_234_567_u64}), "a phone number"),
            (json!({"customer_phone": "+852 9123-4567"}), "a phone number"),
            (json!({"content": "{\"mobile\": \"0755-1234567\"}"}), "a phone number"),
            (
                json!({"id": "wamid.HBgLODUyOTEyMzQ1NjcVAgARGBI2****"}),
                "a message id with a phone number inside",
            ),
        ] {
            assert_eq!(whats(&value), [expected], "{value}");
        }
    }

    #[test]
    fn ids_masks_and_made_up_values_pass() {
        for value in [
            json!({"id": "1184532473820278785", "sent": 1_705_457_000_000_u64}),
            json!({"from": "852xxxx4115", "to": "10000000002", "agent": "677"}),
            json!({"id": "5c82cf0c-8db0-4bcd-94de-dece5c011f8b-258262"}),
            json!({"trace": "ee0e7427****4dd58c43****92ed9958.316.17223233548652651"}),
            json!({"id": "wamid.FIXTURE1", "mail": "a@example.com"}),
            json!({"url": "https://host/f.png?Expires=1700000000&Signature=***"}),
            json!({"url": "https://example.com/some/long/path/without/any/secret/inside/of/it/Really1"}),
            json!({"text": "ask-me-anything and task_force_one"}),
        ] {
            assert_eq!(whats(&value), [""; 0], "{value}");
        }
    }

    #[test]
    fn the_message_names_the_place_and_not_the_text() {
        let found = find(&json!({"list": [{"from": "85291234567"}]}));
        assert_eq!(found[0].to_string(), "a phone number at list[0].from");
    }

    #[test]
    fn base64_is_decoded() {
        assert_eq!(decode_base64("aGVsbG8="), b"hello");
        assert_eq!(decode_base64("aGVsbA"), b"hell");
    }
}
