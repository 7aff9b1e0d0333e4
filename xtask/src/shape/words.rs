//! Nothing vendor-specific enters the crates that all vendors share, not even as an example.

use crate::findings::Findings;
use crate::tree::Tree;

/// Vendors, their products, and the messengers behind them.
const WORDS: [&str; 9] =
    ["bes-", "ccmessaging", "huawei", "jijyun", "myscrm", "nxcloud", "nxlink", "wecom", "whatsapp"];

/// Tests of the archive and the engine may be of a vendor; `chat-core` knows none at all.
const SHARED: [&str; 3] =
    ["crates/chat-core/", "crates/chat-archive/src/", "crates/chat-sync/src/"];

pub(super) fn check(tree: &Tree, findings: &mut Findings) {
    let is_shared = |path: &str| SHARED.iter().any(|folder| path.starts_with(folder));
    for (path, text) in tree.texts().filter(|(path, _)| is_shared(path)) {
        for (index, line) in text.lines().enumerate() {
            let line = line.to_lowercase();
            for word in WORDS.iter().filter(|word| has_word_start(&line, word)) {
                findings.add_line(
                    path,
                    index,
                    format_args!("`{word}` in the shared crate; say it in neutral words"),
                );
            }
        }
    }
}

/// Whether the word occurs other than at the end of a longer one, as in "describes-".
fn has_word_start(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(position, _)| !line[..position].ends_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendor_words_are_found_in_any_case_and_place() {
        let mut findings = Findings::default();
        let tree = Tree::of(&[
            ("crates/chat-core/src/lib.rs", "//! Shared.\n\n/// Like `NXLink` and BES-x.\n"),
            ("crates/chat-core/README.md", "It describes-well.\n"),
            ("crates/chat-archive/src/kept.rs", "/// `jijyun`\n"),
            ("crates/chat-archive/tests/it/main.rs", "// nxlink\n"),
            ("crates/nxlink/src/lib.rs", "//! NXLink\n"),
        ]);
        check(&tree, &mut findings);
        assert_eq!(
            findings.matching(""),
            [
                "crates/chat-archive/src/kept.rs:1: `jijyun` in the shared crate; say it in neutral words",
                "crates/chat-core/src/lib.rs:3: `bes-` in the shared crate; say it in neutral words",
                "crates/chat-core/src/lib.rs:3: `nxlink` in the shared crate; say it in neutral words",
            ]
        );
    }
}
