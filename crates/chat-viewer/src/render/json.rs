//! JSON, indented for reading. Nothing but the space between tokens is changed: numbers, escapes
//! and the order of keys stay as the vendor wrote them.

/// Deeper levels are not indented further: a record of brackets would grow with their square.
const DEEPEST: usize = 24;

/// The text of a valid JSON value, a member a line; at most about `most` bytes, and whether that is
/// not all of it.
pub(crate) fn indented(json: &str, most: usize) -> (String, bool) {
    let mut out = String::with_capacity(json.len().min(most) + 64);
    let mut depth = 0_usize;
    let mut in_text = false;
    let mut is_escaped = false;
    let mut is_empty = false;
    for c in json.chars() {
        if out.len() >= most {
            return (out, true);
        }
        if in_text {
            out.push(c);
            in_text = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
            continue;
        }
        let closes = matches!(c, '}' | ']');
        if c.is_ascii_whitespace() {
            continue;
        }
        if closes {
            depth = depth.saturating_sub(1);
        }
        if is_empty != closes {
            line(&mut out, depth);
        }
        is_empty = false;
        match c {
            '{' | '[' => {
                out.push(c);
                depth += 1;
                is_empty = true;
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                in_text = c == '"';
                out.push(c);
            }
        }
    }
    (out, false)
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth.min(DEEPEST)));
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn only_the_space_between_tokens_changes() {
        let raw = r#"{"b" :1.50, "a":[ ],"c":{},"t":"x \"{[,:]}\\","n":[1,[2e5 ,null]]}"#;
        let (shown, is_cut) = indented(raw, 10_000);
        insta::assert_snapshot!(shown, @r#"
        {
          "b": 1.50,
          "a": [],
          "c": {},
          "t": "x \"{[,:]}\\",
          "n": [
            1,
            [
              2e5,
              null
            ]
          ]
        }
        "#);
        assert!(!is_cut);
        for raw in ["1", "\"a b\"", "[]", "[[[]]]", "{\"a\":{\"b\":[{}]}}", "[\"\\\\\",\"\"]"] {
            let squeezed: String = indented(raw, 1000).0.split(['\n']).map(str::trim).collect();
            assert_eq!(squeezed.replace(": ", ":"), raw);
        }
    }

    #[test]
    fn deep_and_long_records_end() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let (shown, is_cut) = indented(&deep, 1_000_000);
        assert!(is_cut && shown.len() < 1_000_100);
        assert_eq!(indented("\"长长长长\"", 4).0, "\"长");
    }
}
