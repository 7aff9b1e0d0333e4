//! The rules for the manifests of the crates.

use toml::{Table, Value};

use crate::findings::Findings;
use crate::tree::Tree;

/// Inherited from `[workspace.package]`, so that they are stated once.
const INHERITED: [&str; 4] = ["edition", "license", "repository", "rust-version"];

/// What only this workspace needs. `xtask/fuzz` is none of its packages.
const TOOLS: [&str; 3] =
    ["xtask/Cargo.toml", "xtask/bench/Cargo.toml", "xtask/fuzz-targets/Cargo.toml"];

/// The program alone may need a newer Rust than the libraries.
const PROGRAM: &str = "chat-records-cli";

/// What every package contains; samples and snapshots stay out.
const INCLUDED: [&str; 4] = ["src/**/*.rs", "README.md", "CHANGELOG.md", "LICENSE-*"];

/// The registry takes at most five keywords and five categories.
const MOST_LABELS: usize = 5;

pub(super) fn check(tree: &Tree, findings: &mut Findings) {
    let root = tree.manifest("Cargo.toml");
    for folder in tree.folders("crates") {
        let path = format!("crates/{folder}/Cargo.toml");
        let manifest = tree.manifest(&path);
        package(&path, folder, &manifest, findings);
        let is_library = tree.contains(&format!("crates/{folder}/src/lib.rs"));
        documentation(&path, is_library, &manifest, findings);
        version(&path, folder, &manifest, &root, findings);
        lints(&path, &manifest, findings);
        dependencies(&path, &manifest, findings);
    }
    for path in TOOLS.into_iter().filter(|path| tree.contains(path)) {
        tool(path, &tree.manifest(path), findings);
    }
}

fn tool(path: &str, manifest: &Table, findings: &mut Findings) {
    lints(path, manifest, findings);
    dependencies(path, manifest, findings);
    if manifest.get("package").and_then(|package| package.get("publish"))
        != Some(&Value::Boolean(false))
    {
        findings.add(path, "it is not for others; set `publish = false`");
    }
}

fn package(path: &str, folder: &str, manifest: &Table, findings: &mut Findings) {
    let Some(package) = manifest.get("package").and_then(Value::as_table) else {
        findings.add(path, "has no [package], or is not valid TOML");
        return;
    };
    for key in INHERITED {
        let exempt = key == "rust-version" && folder == PROGRAM && package.contains_key(key);
        if !exempt && !is_inherited(package.get(key)) {
            findings
                .add(path, format_args!("`{key}` is stated here; write `{key}.workspace = true`"));
        }
    }
    for key in ["description", "readme"] {
        if package.get(key).and_then(Value::as_str).is_none_or(str::is_empty) {
            findings.add(path, format_args!("no `{key}`; published crates need one"));
        }
    }
    for key in ["keywords", "categories"] {
        let count = package.get(key).and_then(Value::as_array).map_or(0, Vec::len);
        if count == 0 || count > MOST_LABELS {
            findings
                .add(path, format_args!("`{key}` has {count} entries; give 1 to {MOST_LABELS}"));
        }
    }
    let include = package.get("include").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for pattern in INCLUDED {
        if !include.iter().any(|entry| entry.as_str() == Some(pattern)) {
            findings.add(path, format_args!("`include` lacks \"{pattern}\"; add it"));
        }
    }
}

/// docs.rs builds one feature set of a library, and nothing of a program.
fn documentation(path: &str, is_library: bool, manifest: &Table, findings: &mut Findings) {
    let package = manifest.get("package");
    let docs_rs = package.and_then(|package| package.get("metadata")?.get("docs")?.get("rs"));
    let all = docs_rs.and_then(|docs_rs| docs_rs.get("all-features"));
    if is_library && all != Some(&Value::Boolean(true)) {
        findings.add(
            path,
            "docs.rs would leave features out; add `[package.metadata.docs.rs]` with `all-features = true`",
        );
    }
    if !is_library && package.and_then(|package| package.get("documentation")).is_none() {
        findings.add(path, "docs.rs has no page of a program; say where its `documentation` is");
    }
}

/// The version stands in the crate's manifest and in the root's, which dependents inherit from; cargo
/// notices only when the two do not fit.
fn version(path: &str, folder: &str, manifest: &Table, root: &Table, findings: &mut Findings) {
    let Some(stated) = manifest.get("package").and_then(|package| package.get("version")?.as_str())
    else {
        findings.add(path, "no `version` of its own; the crates are released one by one");
        return;
    };
    let shared = root.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let asked = shared
        .and_then(|shared| shared.as_table())
        .into_iter()
        .flat_map(Table::values)
        .find(|value| {
            let place = value.get("path").and_then(Value::as_str);
            place.and_then(|place| place.strip_prefix("crates/")) == Some(folder)
        })
        .and_then(|value| value.get("version")?.as_str());
    if asked.is_some_and(|asked| asked != stated) {
        findings.add(
            path,
            format_args!(
                "`version` is {stated} and the root manifest asks for {}; write the same in both",
                asked.unwrap_or_default()
            ),
        );
    }
}

fn lints(path: &str, manifest: &Table, findings: &mut Findings) {
    if !is_inherited(manifest.get("lints")) {
        findings.add(
            path,
            "the lints of the workspace are not on; add `[lints]` with `workspace = true`",
        );
    }
}

fn dependencies(path: &str, manifest: &Table, findings: &mut Findings) {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flatten();
    let tables =
        std::iter::once(manifest).chain(targets.filter_map(|(_, target)| target.as_table()));
    for table in tables {
        for kind in ["dependencies", "build-dependencies", "dev-dependencies"] {
            for (name, value) in table.get(kind).and_then(Value::as_table).into_iter().flatten() {
                dependency(path, kind, name, value, findings);
            }
        }
    }
}

fn dependency(path: &str, kind: &str, name: &str, value: &Value, findings: &mut Findings) {
    if value.is_str() || value.get("version").is_some() {
        findings.add(
            path,
            format_args!("the version of `{name}` is stated here; move it to the root and write `workspace = true`"),
        );
    } else if value.get("path").is_some() && kind != "dev-dependencies" {
        findings.add(
            path,
            format_args!("`{name}` is named by its path; write `{name}.workspace = true`"),
        );
    } else if is_inherited(Some(value)) && kind == "dev-dependencies" && is_ours(name) {
        // An inherited one brings its version along, and publishing would then wait on itself.
        findings.add(
            path,
            format_args!("the dev-dependency `{name}` must be path only; write its `path`"),
        );
    } else if value.get("git").is_some() {
        findings.add(
            path,
            format_args!("`{name}` comes from git; published crates cannot depend on it"),
        );
    }
}

fn is_ours(name: &str) -> bool {
    name.starts_with("chat-") || crate::vendors::VENDORS.iter().any(|vendor| vendor.name == name)
}

fn is_inherited(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")) == Some(&Value::Boolean(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[package]
name = "acme"
version = "0.2.0"
description = "Client for acme"
keywords = ["chat"]
categories = ["api-bindings"]
readme = "README.md"
edition.workspace = true
license.workspace = true
repository.workspace = true
rust-version.workspace = true
include = ["src/**/*.rs", "README.md", "CHANGELOG.md", "LICENSE-*"]
[dependencies]
chat-core.workspace = true
serde = { workspace = true, optional = true }
[dev-dependencies]
chat-sim = { path = "../chat-sim" }
[package.metadata.docs.rs]
all-features = true
[lints]
workspace = true
"#;

    fn check_manifest(folder: &str, text: &str) -> Findings {
        let xtask = "package.publish = false\nlints.workspace = true";
        let root = "workspace.dependencies.acme = { path = 'crates/acme', version = '0.2.0' }";
        let (path, lib) =
            (format!("crates/{folder}/Cargo.toml"), format!("crates/{folder}/src/lib.rs"));
        let mut files = vec![(&*path, text), ("xtask/Cargo.toml", xtask), ("Cargo.toml", root)];
        if folder != PROGRAM {
            files.push((&lib, ""));
        }
        let mut findings = Findings::default();
        check(&Tree::of(&files), &mut findings);
        findings
    }

    #[test]
    fn a_good_manifest_has_no_findings() {
        assert_eq!(check_manifest("acme", GOOD).matching(""), [""; 0]);
    }

    #[test]
    fn each_broken_rule_is_found() {
        for (from, to, expected) in [
            ("[lints]\nworkspace = true", "", "lints of the workspace are not on"),
            (
                "rust-version.workspace = true",
                "rust-version = '1.90'",
                "`rust-version` is stated here",
            ),
            ("version = \"0.2.0\"", "version.workspace = true", "no `version` of its own"),
            ("\"0.2.0\"", "\"0.2.1\"", "is 0.2.1 and the root manifest asks for 0.2.0"),
            ("license.workspace = true", "license = 'MIT'", "`license` is stated here"),
            ("description = \"Client for acme\"", "", "no `description`"),
            ("keywords = [\"chat\"]", "keywords = []", "`keywords` has 0 entries"),
            ("all-features = true", "", "docs.rs would leave features out"),
            (", \"LICENSE-*\"", "", "`include` lacks \"LICENSE-*\""),
            (
                "chat-core.workspace = true",
                "serde_json = '1'",
                "version of `serde_json` is stated here",
            ),
            (
                "chat-core.workspace = true",
                "url = { version = '2' }",
                "version of `url` is stated here",
            ),
            (
                "chat-core.workspace = true",
                "chat-core = { path = '../chat-core' }",
                "named by its path",
            ),
            ("{ path = \"../chat-sim\" }", "{ workspace = true }", "must be path only"),
            ("{ path = \"../chat-sim\" }", "{ git = 'ssh://host/x' }", "comes from git"),
            (
                "[lints]",
                "[target.'cfg(unix)'.dependencies]\nlibc = '0.2'\n[lints]",
                "version of `libc`",
            ),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let found = check_manifest("acme", &GOOD.replace(from, to));
            assert_eq!(found.matching(expected).len(), 1, "{expected}: {:?}", found.matching(""));
            assert_eq!(found.matching("").len(), 1, "{expected}: {:?}", found.matching(""));
        }
    }

    #[test]
    fn the_program_may_state_its_own_rust_version_and_says_where_its_documentation_is() {
        let own = "rust-version = '1.95'\ndocumentation = 'https://example.org'";
        let text = GOOD.replace("rust-version.workspace = true", own);
        assert!(check_manifest(PROGRAM, &text).is_empty());
        let found = check_manifest(PROGRAM, GOOD);
        assert_eq!(found.matching("say where its `documentation` is").len(), 1);
    }
}
