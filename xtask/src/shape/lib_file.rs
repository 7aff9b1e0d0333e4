//! A reader of `lib.rs`, by lines: rustfmt has laid the file out.

use std::collections::BTreeSet;

/// The index of the first line that is not docs, an attribute, `mod` or `use`.
pub(super) fn first_logic(text: &str) -> Option<usize> {
    let mut open_attribute = 0;
    let mut in_use = false;
    for (index, line) in text.lines().enumerate() {
        let mut line = line.trim();
        if in_use {
            in_use = !line.ends_with(';');
            continue;
        }
        if open_attribute > 0 || line.starts_with("#[") || line.starts_with("#![") {
            let end;
            (open_attribute, end) = attribute_end(line, open_attribute);
            line = line[end..].trim();
        }
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        line = line.split(" //").next().unwrap_or(line).trim();
        let item =
            line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
        if item.starts_with("use ") {
            in_use = !line.ends_with(';');
        } else if !(item.starts_with("mod ") && item.ends_with(';')) {
            return Some(index);
        }
    }
    None
}

/// How many brackets are open after the attribute's part of the line, and where that part ends.
fn attribute_end(line: &str, mut open: usize) -> (usize, usize) {
    for (position, character) in line.char_indices() {
        match character {
            '[' => open += 1,
            ']' if open == 1 => return (0, position + 1),
            ']' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    (open, line.len())
}

/// All names in the `pub use` items.
pub(super) fn exported_names(text: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for item in text.split("pub use ").skip(1) {
        let item = item.split(';').next().unwrap_or(item);
        names
            .extend(item.split(|character: char| !character.is_alphanumeric() && character != '_'));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docs_attributes_modules_and_uses_are_no_logic() {
        let text = "//! Docs.\n#![doc = include_str!(\"../README.md\")]\n\
            #![cfg_attr(\n    docsrs,\n    feature(doc_cfg)\n)]\n\nmod auth; // private\npub mod webhook;\n\
            #[cfg(feature = \"client\")]\nmod client;\n#[doc(hidden)] pub use a::b;\n\
            pub use records::{\n    One,\n    Two,\n};\npub(crate) use error::Error;\n";
        assert_eq!(first_logic(text), None);
    }

    #[test]
    fn functions_types_and_inline_modules_are_logic() {
        for item in [
            "fn main() {}",
            "pub struct One;",
            "mod inner {",
            "pub const A: u8 = 1;",
            "impl One {}",
        ] {
            assert_eq!(first_logic(&format!("//! Docs.\n{item}\n")), Some(1), "{item}");
        }
    }

    #[test]
    fn names_come_from_public_uses_only() {
        let names =
            exported_names("use a::One;\npub use b::{\n    Two,\n    inner::Three as Four,\n};\n");
        assert!(names.contains("Two") && names.contains("Four") && !names.contains("One"));
    }
}
