//! The arrows between the crates. A new arrow is a decision: change this file first.

use cargo_metadata::{DependencyKind, Metadata};

use crate::findings::Findings;
use crate::vendors::Vendor;

/// One crate of the workspace depends on another; both by folder.
#[derive(Debug, Clone)]
pub(super) struct Arrow {
    pub(super) from: String,
    pub(super) to: String,
    /// A dev-dependency: tests may see more than the code.
    pub(super) dev: bool,
}

/// Every dependency between packages of the workspace, optional and renamed ones included.
pub(super) fn of_packages(metadata: &Metadata) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    for package in &metadata.packages {
        let from = package.manifest_path.parent().and_then(|folder| folder.file_name());
        for dependency in &package.dependencies {
            let to = dependency.path.as_ref().and_then(|folder| folder.file_name());
            if let (Some(from), Some(to)) = (from, to) {
                let dev = dependency.kind == DependencyKind::Development;
                arrows.push(Arrow { from: from.to_owned(), to: to.to_owned(), dev });
            }
        }
    }
    arrows
}

pub(super) fn check(arrows: &[Arrow], vendors: &[Vendor], findings: &mut Findings) {
    for arrow in arrows {
        let Arrow { from, to, dev } = arrow;
        let Some(allowed) = allowed(from, *dev, vendors) else {
            findings.add(
                format_args!("crates/{from}/Cargo.toml"),
                format_args!("no arrows are known for this crate; decide them in xtask/src/shape/arrows.rs ({to})"),
            );
            continue;
        };
        if !allowed.permits(to) {
            let kind = if *dev { "dev-depend" } else { "depend" };
            findings.add(
                format_args!("crates/{from}/Cargo.toml"),
                format_args!(
                    "may not {kind} on {to}, only on {}; move the code, not the arrow",
                    allowed.describe()
                ),
            );
        }
    }
}

enum Allowed<'list> {
    Only(Vec<&'list str>),
    AllButXtask,
}

impl Allowed<'_> {
    fn permits(&self, to: &str) -> bool {
        match self {
            Self::Only(names) => names.contains(&to),
            Self::AllButXtask => to != "xtask",
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Only(names) if names.is_empty() => "crates from outside".to_owned(),
            Self::Only(names) => names.join(", "),
            Self::AllButXtask => "the other crates".to_owned(),
        }
    }
}

/// What a crate may depend on; `None` for a crate that nobody has placed yet.
fn allowed<'list>(from: &str, dev: bool, vendors: &'list [Vendor]) -> Option<Allowed<'list>> {
    let vendor_names = || vendors.iter().map(|vendor| vendor.name);
    let is_vendor = vendor_names().any(|name| name == from);
    Some(match from {
        "chat-core" => Allowed::Only(vec![]),
        // The simulator checks the clients from outside; only its tests may drive them.
        "chat-sim" if dev => Allowed::Only(vendor_names().chain(["chat-core"]).collect()),
        "chat-sim" | "chat-archive" if !dev => Allowed::Only(vec!["chat-core"]),
        "chat-sync" if !dev => Allowed::Only(vec!["chat-core", "chat-archive"]),
        "chat-viewer" if !dev => Allowed::Only(vec!["chat-archive"]),
        "chat-records" if !dev => Allowed::Only(vendor_names().chain(["chat-core"]).collect()),
        _ if is_vendor && dev => Allowed::Only(vec!["chat-core", "chat-sim"]),
        _ if is_vendor => Allowed::Only(vec!["chat-core"]),
        "chat-archive" | "chat-sync" | "chat-viewer" | "chat-records" | "chat-records-cli"
        | "xtask" | "bench" | "fuzz-targets" => Allowed::AllButXtask,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use cargo_metadata::MetadataCommand;

    use super::*;

    const VENDORS: [Vendor; 2] = [Vendor::sample("acme"), Vendor::sample("zeta")];

    fn permitted(from: &str, to: &str, dev: bool) -> bool {
        let mut findings = Findings::default();
        check(&[Arrow { from: from.to_owned(), to: to.to_owned(), dev }], &VENDORS, &mut findings);
        findings.is_empty()
    }

    #[test]
    fn the_arrows_of_the_design_hold() {
        for (from, to) in [
            ("acme", "chat-core"),
            ("chat-records", "acme"),
            ("chat-archive", "chat-core"),
            ("chat-sync", "chat-archive"),
            ("chat-sim", "chat-core"),
            ("chat-viewer", "chat-archive"),
            ("chat-records-cli", "chat-sim"),
        ] {
            assert!(permitted(from, to, false), "{from} -> {to}");
        }
        for (from, to) in [
            ("acme", "zeta"),
            ("acme", "chat-archive"),
            ("chat-core", "acme"),
            ("chat-sim", "acme"),
            ("chat-sync", "chat-records"),
            ("chat-archive", "chat-sync"),
            ("chat-viewer", "chat-sync"),
            ("chat-records-cli", "xtask"),
            ("newcomer", "chat-core"),
        ] {
            assert!(!permitted(from, to, false), "{from} -> {to}");
        }
    }

    #[test]
    fn tests_may_use_the_simulator_but_no_other_vendor() {
        assert!(permitted("acme", "chat-sim", true));
        assert!(permitted("chat-sim", "acme", true));
        assert!(!permitted("acme", "zeta", true));
        assert!(!permitted("chat-core", "chat-sim", true));
        assert!(!permitted("chat-sync", "xtask", true));
    }

    #[test]
    fn a_vendor_crate_that_imports_another_is_found_by_cargo_metadata() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let file = root.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write("Cargo.toml", "[workspace]\nresolver = '3'\nmembers = ['crates/*']\n");
        let package = |name: &str| {
            format!("[package]\nname = '{name}'\nversion = '0.1.0'\nedition = '2024'\n")
        };
        // Hidden behind a rename, an option and a target.
        let arrow = "[target.'cfg(unix)'.dependencies]\nhelper = { path = '../zeta', package = 'zeta', optional = true }\n";
        write("crates/acme/Cargo.toml", &(package("acme") + arrow));
        write("crates/zeta/Cargo.toml", &package("zeta"));
        write("crates/acme/src/lib.rs", "");
        write("crates/zeta/src/lib.rs", "");
        let metadata = MetadataCommand::new()
            .manifest_path(root.path().join("Cargo.toml"))
            .no_deps()
            .exec()
            .unwrap();
        let mut findings = Findings::default();
        check(&of_packages(&metadata), &VENDORS, &mut findings);
        assert_eq!(
            findings.matching(""),
            [
                "crates/acme/Cargo.toml: may not depend on zeta, only on chat-core; move the code, not the arrow"
            ]
        );
    }
}
