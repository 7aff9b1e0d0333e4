//! Releases of a small workspace in a repository of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::*;
use crate::command::cargo;

const ROOT: &str = r#"[workspace]
resolver = "3"
members = ["crates/*"]

[workspace.dependencies]
one-core = { package = "one", path = "crates/one", version = "0.1.0" } # the first
two = { path = "crates/two", version = "0.1.0" }
"#;

const CHANGELOG: &str = "# Changelog\n\n## Unreleased\n\n### Added\n\n- It began.\n";

/// `one`, on which `two` depends; the tests of `one` need `two`.
struct Workspace(TempDir);

impl Workspace {
    fn new() -> Self {
        let workspace = Self(tempfile::tempdir().unwrap());
        workspace.write(".gitignore", "target\n");
        workspace.write("Cargo.toml", ROOT);
        let package = |name: &str| {
            format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\" # its own\nedition = \"2024\"\n\
                 description = \"A test\"\nlicense = \"MIT\"\nreadme = \"README.md\"\n\
                 repository = \"https://localhost/\"\n\n"
            )
        };
        let tests = "[dev-dependencies]\ntwo = { path = \"../two\" }\n";
        workspace.write("crates/one/Cargo.toml", &(package("one") + tests));
        workspace.write(
            "crates/two/Cargo.toml",
            &(package("two") + "[dependencies]\none-core.workspace = true\n"),
        );
        for name in ["one", "two"] {
            workspace.write(&format!("crates/{name}/src/lib.rs"), "//! A test.\n");
            workspace.write(&format!("crates/{name}/CHANGELOG.md"), CHANGELOG);
            let readme = format!("```toml\n{name} = \"0.1\"\nother = \"0.1\"\n```\n");
            workspace.write(&format!("crates/{name}/README.md"), &readme);
        }
        workspace.git(&["init", "--quiet"]);
        for (key, value) in [
            ("user.name", "test"),
            ("user.email", "test@localhost"),
            ("commit.gpgsign", "false"),
            ("tag.gpgsign", "false"),
        ] {
            workspace.git(&["config", key, value]);
        }
        let lock = cargo(&["generate-lockfile", "--offline"])
            .current_dir(workspace.root())
            .output()
            .unwrap();
        assert!(lock.status.success(), "{lock:?}");
        workspace.commit();
        workspace
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.root().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path}: {text}");
        self.write(path, &text.replace(from, to));
    }

    fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git").args(args).current_dir(self.root()).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "a change"]);
    }

    /// Commits, tags the package as released, and has something to tell for the next time.
    fn pretend_release(&self, package: &str, from: &str, to: &str) {
        let version = |version: &str| format!("version = \"{version}\"");
        self.replace(&format!("crates/{package}/Cargo.toml"), &version(from), &version(to));
        let place = format!("path = \"crates/{package}\", ");
        self.replace("Cargo.toml", &(place.clone() + &version(from)), &(place + &version(to)));
        cargo(&["update", "--workspace", "--offline", "--quiet"])
            .current_dir(self.root())
            .status()
            .unwrap();
        self.commit_if_changed();
        self.git(&["tag", &format!("{package}-v{to}")]);
    }

    fn commit_if_changed(&self) {
        if !self.git(&["status", "--porcelain"]).is_empty() {
            self.commit();
        }
    }

    fn prepare(&self, package: &str, version: &str, execute: bool) -> anyhow::Result<String> {
        let args = Args {
            package: package.to_owned(),
            version: version.parse().unwrap(),
            date: Some("2026-01-31".parse().unwrap()),
            execute,
        };
        prepare(self.root(), &args)
    }

    fn problems(&self, package: &str, version: &str) -> Vec<String> {
        let metadata = workspace::metadata_in(self.root()).unwrap();
        let package = published(&metadata, package).unwrap();
        let git = Git::new(self.root());
        let found = problems(&git, &metadata, package, &version.parse().unwrap()).unwrap();
        found.matching("").into_iter().map(str::to_owned).collect()
    }
}

#[test]
fn a_dry_run_changes_nothing() {
    let workspace = Workspace::new();
    let before = workspace.git(&["rev-parse", "HEAD"]);
    let said = workspace.prepare("one", "0.2.0", false).unwrap();
    assert!(said.starts_with("dry run: nothing was changed; the tag will be one-v0.2.0"), "{said}");
    assert_eq!(workspace.git(&["status", "--porcelain"]), "");
    assert_eq!(workspace.git(&["rev-parse", "HEAD"]), before);
    assert_eq!(workspace.git(&["tag"]), "");
    assert_eq!(workspace.git(&["worktree", "list"]).lines().count(), 1);
}

#[test]
fn a_release_states_the_version_everywhere_and_is_tagged() {
    let workspace = Workspace::new();
    let said = workspace.prepare("one", "0.2.0", true).unwrap();
    assert_eq!(
        said,
        "committed, with the tag one-v0.2.0; now:\n  cargo publish --package one\n  \
         git push origin HEAD one-v0.2.0"
    );
    assert_eq!(workspace.git(&["status", "--porcelain"]), "");
    assert_eq!(workspace.git(&["log", "-1", "--format=%s %D"]).trim(), {
        let branch = workspace.git(&["branch", "--show-current"]);
        format!("one: version 0.2.0 HEAD -> {}, tag: one-v0.2.0", branch.trim())
    });
    assert_eq!(
        workspace.read("crates/one/CHANGELOG.md"),
        "# Changelog\n\n## Unreleased\n\n## [0.2.0] - 2026-01-31\n\n### Added\n\n- It began.\n"
    );
    assert_eq!(workspace.read("Cargo.toml"), ROOT.replacen("0.1.0", "0.2.0", 1));
    assert!(workspace.read("crates/one/Cargo.toml").contains("version = \"0.2.0\" # its own\n"));
    let readme = workspace.read("crates/one/README.md");
    assert_eq!(readme, "```toml\none = \"0.2\"\nother = \"0.1\"\n```\n");
    assert!(workspace.read("Cargo.lock").contains("name = \"one\"\nversion = \"0.2.0\"\n"));
    // the other crate stays as it was
    assert_eq!(workspace.read("crates/two/CHANGELOG.md"), CHANGELOG);
    // now it may be released, as what it depends on is
    assert_eq!(workspace.problems("two", "0.1.0"), [""; 0]);
}

#[test]
fn a_package_that_does_not_build_stops_the_release_and_leaves_nothing() {
    let workspace = Workspace::new();
    workspace.write("crates/one/src/lib.rs", "//! A test.\nconst _: () = include!(\"../x\");\n");
    workspace.commit();
    let before = workspace.git(&["rev-parse", "HEAD"]);
    let error = workspace.prepare("one", "0.2.0", true).unwrap_err();
    assert!(error.to_string().contains("cargo package"), "{error:#}");
    assert_eq!(workspace.git(&["rev-parse", "HEAD"]), before);
    assert_eq!(workspace.git(&["tag"]), "");
    assert_eq!(workspace.git(&["status", "--porcelain"]), "");
    assert_eq!(workspace.git(&["worktree", "list"]).lines().count(), 1);
}

#[test]
fn a_crate_waits_for_what_it_depends_on() {
    let workspace = Workspace::new();
    assert_eq!(
        workspace.problems("two", "0.1.0"),
        ["two: release one first, on which it depends: there is no tag one-v0.1.0"]
    );
    // its tests need `two`, but who depends on it does not
    assert_eq!(workspace.problems("one", "0.1.0"), [""; 0]);

    workspace.git(&["tag", "one-v0.1.0"]);
    assert_eq!(workspace.problems("two", "0.1.0"), [""; 0]);
    workspace.write("crates/one/tests/it.rs", "");
    workspace.commit();
    assert_eq!(workspace.problems("two", "0.1.0"), [""; 0], "nobody compiles its tests");
    workspace.write("crates/one/src/new.rs", "");
    workspace.commit();
    assert_eq!(
        workspace.problems("two", "0.1.0"),
        ["two: release one first, on which it depends: crates/one/src/new.rs was changed since \
          one-v0.1.0"]
    );
}

#[test]
fn a_version_goes_up_and_as_far_as_the_change_asks() {
    let workspace = Workspace::new();
    assert_eq!(
        workspace.problems("one", "0.0.9"),
        ["one: 0.0.9 is less than 0.1.0, which the manifest has"]
    );
    workspace.git(&["tag", "one-v0.1.0"]);
    workspace.git(&["tag", "one-more-v0.9.0"]);
    assert_eq!(
        workspace.problems("one", "0.1.0"),
        ["one: 0.1.0 is released already; give a version above it"]
    );
    assert_eq!(workspace.problems("one", "0.1.1"), [""; 0]);
    workspace.replace("crates/one/CHANGELOG.md", "### Added", "### Breaking");
    workspace.commit();
    assert_eq!(
        workspace.problems("one", "0.1.1"),
        ["crates/one/CHANGELOG.md: tells of a breaking change, and 0.1.1 is compatible with 0.1.0"]
    );
    assert_eq!(workspace.problems("one", "0.2.0"), [""; 0]);
}

#[test]
fn a_breaking_release_reaches_those_who_depend_on_it() {
    let workspace = Workspace::new();
    workspace.git(&["tag", "one-v0.1.0"]);
    workspace.git(&["tag", "two-v0.1.0"]);
    workspace.pretend_release("one", "0.1.0", "0.1.1");
    assert_eq!(workspace.problems("two", "0.1.1"), [""; 0]);
    workspace.pretend_release("one", "0.1.1", "0.2.0");
    assert_eq!(
        workspace.problems("two", "0.1.1"),
        [
            "two: two-v0.1.0 asks for one 0.1.0, and 0.2.0 is not that; that breaks users, and 0.1.1 \
          is compatible with 0.1.0"
        ]
    );
    assert_eq!(workspace.problems("two", "0.2.0"), [""; 0]);
    // what is published of `two` brings the old `one` along
    workspace.write("crates/three/src/lib.rs", "//! A test.\n");
    workspace.write("crates/three/CHANGELOG.md", CHANGELOG);
    workspace.write(
        "crates/three/Cargo.toml",
        "[package]\nname = \"three\"\nversion = \"0.1.0\"\n[dependencies]\ntwo.workspace = true\n",
    );
    workspace.commit();
    assert_eq!(
        workspace.problems("three", "0.1.0"),
        [
            "three: release two first, on which it depends: two-v0.1.0 asks for one 0.1.0, and 0.2.0 \
          is not that"
        ]
    );
}

#[test]
fn work_in_progress_and_a_silent_changelog_are_refused() {
    let workspace = Workspace::new();
    workspace
        .write("crates/one/CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n## [0.0.1]\n- It.\n");
    assert_eq!(
        workspace.problems("one", "0.1.0"),
        [
            "one: not everything is committed; commit or undo it first",
            "crates/one/CHANGELOG.md: nothing is told under Unreleased; say what users will notice",
        ]
    );
    workspace.write("crates/one/CHANGELOG.md", "# Changelog\n");
    workspace.commit();
    assert_eq!(
        workspace.problems("one", "0.1.0"),
        ["crates/one/CHANGELOG.md: has no heading `## Unreleased`; add it on top"]
    );
    let error = workspace.prepare("one", "0.1.0", true).unwrap_err();
    assert_eq!(error.to_string(), "release: 1 problem");
    let error = workspace.prepare("four", "0.1.0", false).unwrap_err();
    assert_eq!(error.to_string(), "no published package is named four; there are one, two");
}
