//! The Rust version that the libraries promise, against what their dependencies declare.
//!
//! This needs no older toolchain. Clippy's `incompatible_msrv` covers the standard library.

use cargo_metadata::semver::Version;
use cargo_metadata::{DependencyKind, Metadata};

use crate::findings::Findings;
use crate::workspace;

/// The program may need a newer Rust than the libraries.
const PROGRAM: &str = "chat-records-cli";

/// What one direct dependency of a library crate asks for.
#[derive(Debug)]
pub(super) struct Need {
    manifest: String,
    promised: Option<Version>,
    dependency: String,
    needed: Version,
}

/// The direct dependencies of the library crates, those of tests left out.
pub(super) fn needs(metadata: &Metadata) -> Vec<Need> {
    let mut needs = Vec::new();
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    for node in nodes.filter(|node| metadata.workspace_members.contains(&node.id)) {
        let package = &metadata[&node.id];
        if !workspace::is_published(package) || package.name.as_str() == PROGRAM {
            continue;
        }
        let manifest = package.manifest_path.strip_prefix(&metadata.workspace_root);
        let manifest = manifest.unwrap_or(&package.manifest_path).to_string();
        for dependency in &node.deps {
            let found = &metadata[&dependency.pkg];
            if dependency.dep_kinds.iter().all(|kind| kind.kind == DependencyKind::Development) {
                continue;
            }
            if let Some(needed) = &found.rust_version {
                needs.push(Need {
                    manifest: manifest.clone(),
                    promised: package.rust_version.clone(),
                    dependency: format!("{} {}", found.name, found.version),
                    needed: needed.clone(),
                });
            }
        }
    }
    needs
}

pub(super) fn check(needs: &[Need], findings: &mut Findings) {
    for need in needs {
        let Need { manifest, promised, dependency, needed } = need;
        match promised {
            None => {
                findings.add(manifest, "no `rust-version`; write `rust-version.workspace = true`");
            }
            Some(promised) if promised < needed => findings.add(
                manifest,
                format_args!(
                    "promises Rust {promised}, but {dependency} needs {needed}; \
                     raise `rust-version` in the root manifest, or hold the dependency back"
                ),
            ),
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_that_needs_more_is_found() {
        let need = |promised, needed| Need {
            manifest: "crates/one/Cargo.toml".to_owned(),
            promised,
            dependency: "other 1.2.3".to_owned(),
            needed,
        };
        let old = Version::new(1, 88, 0);
        let new = Version::new(1, 90, 0);
        let mut findings = Findings::default();
        let needs = [
            need(Some(new.clone()), old.clone()),
            need(Some(old.clone()), old.clone()),
            need(Some(old.clone()), new.clone()),
            need(None, old),
        ];
        check(&needs, &mut findings);
        assert_eq!(findings.matching("").len(), 2);
        assert_eq!(
            findings.matching("promises Rust 1.88.0, but other 1.2.3 needs 1.90.0").len(),
            1
        );
        assert_eq!(findings.matching("no `rust-version`").len(), 1);
    }

    #[test]
    fn the_needs_of_this_workspace_leave_the_program_and_xtask_out() {
        let needs = needs(&workspace::resolved_metadata().unwrap());
        assert!(needs.iter().any(|need| need.manifest == "crates/chat-core/Cargo.toml"));
        assert!(
            needs.iter().all(
                |need| need.manifest.starts_with("crates/") && !need.manifest.contains(PROGRAM)
            )
        );
    }
}
