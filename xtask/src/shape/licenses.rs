//! The license files: cargo packs only what lies in the crate's folder, so each crate has copies.

use crate::findings::Findings;
use crate::tree::Tree;

const FILES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

pub(super) fn check(tree: &Tree, findings: &mut Findings) {
    for file in FILES {
        let Some(original) = tree.text(file) else {
            findings.add(file, "missing at the top; add the text of the license");
            continue;
        };
        for folder in tree.folders("crates") {
            let path = format!("crates/{folder}/{file}");
            if tree.text(&path) != Some(original) {
                findings.add(&path, format_args!("missing or different; copy {file} from the top"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_different_copies_are_found() {
        let mut findings = Findings::default();
        let tree = Tree::of(&[
            ("LICENSE-MIT", "text"),
            ("crates/README.md", ""),
            ("crates/one/LICENSE-MIT", "text"),
            ("crates/two/LICENSE-MIT", "other"),
            ("crates/three/Cargo.toml", ""),
        ]);
        check(&tree, &mut findings);
        assert_eq!(
            findings.matching(""),
            [
                "LICENSE-APACHE: missing at the top; add the text of the license",
                "crates/three/LICENSE-MIT: missing or different; copy LICENSE-MIT from the top",
                "crates/two/LICENSE-MIT: missing or different; copy LICENSE-MIT from the top",
            ]
        );
    }
}
