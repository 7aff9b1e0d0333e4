//! The top of the workspace, the crates there are, and the folder names.

use std::collections::BTreeSet;

use crate::findings::Findings;
use crate::tree::Tree;
use crate::vendors::Vendor;

/// Beside these only licenses and dotfiles may stand at the top.
const TOP: [&str; 12] = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "SECURITY.md",
    "clippy.toml",
    "crates",
    "deny.toml",
    "fixtures",
    "rustfmt.toml",
    "xtask",
];

/// The one crate whose folder does not bear its package's name: the short name is taken.
const RENAMED: (&str, &str) = ("chat-core", "chat-records-core");

pub(super) fn check(tree: &Tree, vendors: &[Vendor], findings: &mut Findings) {
    let top: BTreeSet<&str> =
        tree.paths().map(|path| path.split('/').next().unwrap_or(path)).collect();
    for entry in top {
        let tool = entry.starts_with('.') || entry.starts_with("LICENSE-");
        if !tool && !TOP.contains(&entry) {
            findings.add(
                entry,
                "does not belong at the top; move it into a crate, fixtures/ or xtask/",
            );
        }
    }
    for folder in tree.folders("crates") {
        let path = format!("crates/{folder}/Cargo.toml");
        let manifest = tree.manifest(&path);
        let package = manifest.get("package").and_then(|package| package.get("name")?.as_str());
        let expected = if folder == RENAMED.0 { RENAMED.1 } else { folder };
        if package != Some(expected) {
            findings.add(
                &path,
                format_args!("the package must be named `{expected}`, like its folder"),
            );
        }
        for file in ["README.md", "CHANGELOG.md"] {
            let path = format!("crates/{folder}/{file}");
            if !tree.contains(&path) {
                findings.add(path, "missing; every published crate has one");
            }
        }
    }
    for folder in tree.folders("fixtures") {
        if !vendors.iter().any(|vendor| vendor.name == folder) {
            findings.add(
                format_args!("fixtures/{folder}"),
                "no such vendor; add a row to xtask/src/vendors.rs",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_at_the_top_and_wrong_names_are_found() {
        let tree = Tree::of(&[
            (".ci/run", ""),
            ("LICENSE-MIT", ""),
            ("Makefile", ""),
            ("crates/README.md", ""),
            ("crates/chat-core/Cargo.toml", "package.name = 'chat-records-core'"),
            ("crates/chat-core/README.md", ""),
            ("crates/one/Cargo.toml", "package.name = 'two'"),
            ("crates/one/README.md", ""),
            ("crates/one/CHANGELOG.md", ""),
            ("fixtures/acme/README.md", ""),
            ("fixtures/other/README.md", ""),
        ]);
        let mut findings = Findings::default();
        check(&tree, &[Vendor::sample("acme")], &mut findings);
        assert_eq!(
            findings.matching(""),
            [
                "Makefile: does not belong at the top; move it into a crate, fixtures/ or xtask/",
                "crates/chat-core/CHANGELOG.md: missing; every published crate has one",
                "crates/one/Cargo.toml: the package must be named `one`, like its folder",
                "fixtures/other: no such vendor; add a row to xtask/src/vendors.rs",
            ]
        );
    }
}
