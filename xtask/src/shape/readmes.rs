//! What the page of a crate shows first, and that its features are explained.

use toml::Value;

use crate::findings::Findings;
use crate::tree::Tree;

/// Code that begins below this line is not what a reader meets first.
const FIRST_LINES: usize = 40;

/// About ten lines are read, a screenful is skipped. Hidden lines do not count.
const MOST_LINES: usize = 25;

/// What makes the README the crate's documentation, and its code a test.
const INCLUDED: &str = "include_str!(\"../README.md\")";

pub(super) fn check(tree: &Tree, findings: &mut Findings) {
    for folder in tree.folders("crates") {
        let path = format!("crates/{folder}/README.md");
        // a missing one is found by the rules for folders
        let Some(text) = tree.text(&path) else { continue };
        match tree.text(&format!("crates/{folder}/src/lib.rs")) {
            Some(lib) => library(&path, folder, text, lib, findings),
            None => program(&path, text, findings),
        }
        features(tree, folder, &path, text, findings);
    }
}

fn library(path: &str, folder: &str, text: &str, lib: &str, findings: &mut Findings) {
    let first = blocks(text).into_iter().find(Block::is_rust);
    match first {
        Some(block) if block.line >= FIRST_LINES => findings.add_line(
            path,
            block.line,
            format_args!(
                "the first code stands too low; show some in the first {FIRST_LINES} lines"
            ),
        ),
        Some(block) if block.shown > MOST_LINES => findings.add_line(
            path,
            block.line,
            format_args!("the first example has {} lines; show at most {MOST_LINES}", block.shown),
        ),
        Some(_) => {}
        None => findings.add(path, "shows no code; a crate page begins with a working example"),
    }
    for block in blocks(text).iter().filter(|block| block.words().any(|word| word == "ignore")) {
        findings.add_line(path, block.line, "this code is never compiled; take `ignore` away");
    }
    if !lib.contains(INCLUDED) {
        findings.add(
            format_args!("crates/{folder}/src/lib.rs"),
            format_args!("the README's code is not compiled; add `#![doc = {INCLUDED}]`"),
        );
    }
}

fn program(path: &str, text: &str, findings: &mut Findings) {
    let shows = |block: &Block<'_>| block.info == "sh" && block.line < FIRST_LINES;
    if !blocks(text).iter().any(shows) {
        findings.add(
            path,
            format_args!("shows no command in the first {FIRST_LINES} lines; add an `sh` block"),
        );
    }
}

fn features(tree: &Tree, folder: &str, path: &str, text: &str, findings: &mut Findings) {
    let manifest = tree.manifest(&format!("crates/{folder}/Cargo.toml"));
    let features = manifest.get("features").and_then(Value::as_table);
    for feature in features.into_iter().flat_map(|features| features.keys()) {
        if feature != "default" && !text.contains(&format!("`{feature}`")) {
            findings.add(path, format_args!("says nothing of the feature `{feature}`; explain it"));
        }
    }
}

/// A fenced block of a README.
struct Block<'text> {
    /// The index of its first line.
    line: usize,
    /// What stands behind the opening fence.
    info: &'text str,
    /// How many lines of it readers see.
    shown: usize,
}

impl<'text> Block<'text> {
    fn words(&self) -> impl Iterator<Item = &'text str> {
        self.info.split([',', ' ']).filter(|word| !word.is_empty())
    }

    /// Whether rustdoc compiles it.
    fn is_rust(&self) -> bool {
        self.words().all(|word| ["rust", "no_run"].contains(&word))
    }
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for (line, content) in text.lines().enumerate() {
        match (open.take(), content.strip_prefix("```")) {
            (None, Some(info)) => open = Some(Block { line, info: info.trim(), shown: 0 }),
            (None, None) => {}
            (Some(block), Some(_)) => blocks.push(block),
            (Some(block), None) => {
                let hidden = content == "#" || content.starts_with("# ");
                open = Some(Block { shown: block.shown + usize::from(!hidden), ..block });
            }
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIB: &str = "#![doc = include_str!(\"../README.md\")]";
    const README: &str =
        "# one\n```toml\nx\n```\n```no_run\n# hidden\nuse one;\n```\n`rustls` is a feature.\n";
    const MANIFEST: &str = "[features]\ndefault = []\nrustls = []";

    fn findings(readme: &str, lib: Option<&str>) -> Findings {
        let mut files = vec![("crates/one/README.md", readme), ("crates/one/Cargo.toml", MANIFEST)];
        files.extend(lib.map(|lib| ("crates/one/src/lib.rs", lib)));
        let mut findings = Findings::default();
        check(&Tree::of(&files), &mut findings);
        findings
    }

    #[test]
    fn a_page_with_code_and_its_features_has_no_findings() {
        assert_eq!(findings(README, Some(LIB)).matching(""), [""; 0]);
    }

    #[test]
    fn each_broken_rule_is_found() {
        let low = format!("{}{README}", "\n".repeat(FIRST_LINES));
        let long = README.replace("use one;\n", &"use one;\n".repeat(MOST_LINES + 1));
        for (readme, lib, expected) in [
            (README.replace("no_run", "text"), LIB, "shows no code"),
            (low, LIB, "README.md:45: the first code stands too low"),
            (long, LIB, "has 26 lines"),
            (format!("{README}```rust,ignore\nx\n```\n"), LIB, "README.md:10: this code is never"),
            (README.replace("`rustls`", "rustls"), LIB, "nothing of the feature `rustls`"),
            (README.to_owned(), "mod one;", "src/lib.rs: the README's code is not compiled"),
        ] {
            let found = findings(&readme, Some(lib));
            assert_eq!(found.matching(expected).len(), 1, "{expected}: {:?}", found.matching(""));
            assert_eq!(found.matching("").len(), 1, "{expected}: {:?}", found.matching(""));
        }
    }

    #[test]
    fn a_program_shows_commands() {
        assert_eq!(findings(README, None).matching("shows no command").len(), 1);
        let readme = README.replace("no_run", "sh");
        assert_eq!(findings(&readme, None).matching(""), [""; 0]);
    }
}
