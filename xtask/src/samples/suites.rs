//! The tests of the vendor crates, built once and then run directly.
//!
//! Running the binaries keeps the build in one feature set: `cargo test -p <vendor>` would compile
//! other features of the dependencies than the tests of the whole workspace have.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use cargo_metadata::Message;

use crate::command::{self, cargo};
use crate::findings::Findings;
use crate::vendors::Vendor;
use crate::workspace;

/// The unit test in `modeled.rs`.
const MODELED: &str = "samples::modeled::every_key_and_value_of_the_samples_is_modeled";

/// Set for it by us; also read there.
const VENDOR: &str = "XTASK_VENDOR";

/// The test binaries by the name of the package.
#[derive(Debug)]
pub(super) struct Suites(BTreeMap<String, PathBuf>);

/// Builds the `it` tests and those of xtask; of one vendor, or as in CI of the whole workspace.
pub(super) fn build(vendor: Option<&str>) -> anyhow::Result<Suites> {
    let packages = match vendor {
        Some(vendor) => vec!["--package", vendor, "--package", "xtask", "--all-features"],
        None => vec!["--workspace"],
    };
    let mut command = cargo(&[
        "test",
        "--no-run",
        "--message-format=json-render-diagnostics",
        "--test=it",
        "--bin=xtask",
    ]);
    command.args(packages);
    if vendor.is_none() {
        command.args(workspace::all_features()?);
    }
    let output = command::output(&mut command)?;
    let mut binaries = BTreeMap::new();
    for message in Message::parse_stream(output.as_bytes()) {
        if let Message::CompilerArtifact(artifact) = message?
            && artifact.profile.test
            && let Some(binary) = artifact.executable
            && let Some(folder) =
                artifact.manifest_path.parent().and_then(|folder| folder.file_name())
        {
            binaries.insert(folder.to_owned(), binary.into_std_path_buf());
        }
    }
    Ok(Suites(binaries))
}

impl Suites {
    /// Runs the tests of these vendors, and the one of xtask that reads their samples.
    pub(super) fn check_all(
        &self,
        vendors: &[Vendor],
        only: Option<&str>,
        findings: &mut Findings,
    ) -> anyhow::Result<()> {
        for vendor in vendors {
            self.check(vendor, findings)?;
        }
        self.check_modeled(only, findings)
    }

    /// Runs the vendor's tests: their snapshots must be the present ones, and all must be used.
    fn check(&self, vendor: &Vendor, findings: &mut Findings) -> anyhow::Result<()> {
        let list = references(vendor)?;
        let mut tests = self.tests(vendor, &list)?;
        if command::run(tests.env("INSTA_UPDATE", "no")).is_err() {
            findings.add(
                vendor.crate_dir(),
                format_args!(
                    "its tests fail (see above); if the new snapshots are right, `cargo xtask samples {} --bless`",
                    vendor.name
                ),
            );
            return Ok(());
        }
        for path in unused(vendor, &list)? {
            let path = path.strip_prefix(workspace::root()).unwrap_or(&path).display().to_string();
            findings.add(
                path,
                format_args!("no test uses it; `cargo xtask samples {} --bless`", vendor.name),
            );
        }
        Ok(())
    }

    /// Writes all snapshots anew, then deletes those that no test asked for.
    pub(super) fn bless(&self, vendor: &Vendor) -> anyhow::Result<()> {
        let list = references(vendor)?;
        let mut tests = self.tests(vendor, &list)?;
        command::run(tests.env("INSTA_UPDATE", "always").env("INSTA_FORCE_PASS", "1"))?;
        // After the run, not before: a test that cannot run must not cost its snapshots.
        for path in unused(vendor, &list)? {
            println!("deleting {}", path.display());
            fs::remove_file(&path)
                .with_context(|| format!("{} could not be deleted", path.display()))?;
        }
        Ok(())
    }

    /// Runs the test that needs the vendor crates linked in.
    fn check_modeled(&self, vendor: Option<&str>, findings: &mut Findings) -> anyhow::Result<()> {
        let mut test = self.binary("xtask")?;
        test.args([MODELED, "--exact", "--quiet"]).env("RUST_BACKTRACE", "0");
        if let Some(vendor) = vendor {
            test.env(VENDOR, vendor);
        }
        if command::run(&mut test).is_err() {
            findings.add("fixtures", "keys or values that the types do not know (see above)");
        }
        Ok(())
    }

    /// The vendor's tests, noting in `list` which snapshots they use.
    fn tests(&self, vendor: &Vendor, list: &Path) -> anyhow::Result<Command> {
        let mut tests = self.binary(vendor.name)?;
        let folder = workspace::root().join(vendor.crate_dir());
        tests.current_dir(&folder).env("CARGO_MANIFEST_DIR", &folder).arg("--quiet");
        tests.env("INSTA_SNAPSHOT_REFERENCES_FILE", list).stdin(Stdio::null());
        Ok(tests)
    }

    fn binary(&self, package: &str) -> anyhow::Result<Command> {
        let binary = self
            .0
            .get(package)
            .with_context(|| format!("{package} has no tests; add tests/it/main.rs"))?;
        Ok(Command::new(binary))
    }
}

/// The file that insta writes the paths of the used snapshots to, emptied.
fn references(vendor: &Vendor) -> anyhow::Result<PathBuf> {
    let folder = workspace::metadata()?.target_directory.into_std_path_buf().join("xtask");
    fs::create_dir_all(&folder)?;
    let list = folder.join(format!("snapshots-{}.txt", vendor.name));
    fs::write(&list, "")?;
    Ok(list)
}

/// The snapshots of a vendor that are not in the list.
fn unused(vendor: &Vendor, list: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = workspace::root().join(vendor.snapshots_dir());
    unused_in(&folder, &fs::read_to_string(list)?)
}

fn unused_in(folder: &Path, list: &str) -> anyhow::Result<Vec<PathBuf>> {
    let used: BTreeSet<PathBuf> =
        list.lines().filter_map(|line| Path::new(line).canonicalize().ok()).collect();
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut unused = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path().canonicalize()?;
        if path.extension().is_some_and(|extension| extension == "snap") && !used.contains(&path) {
            unused.push(path);
        }
    }
    Ok(unused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_and_the_test_have_the_names_that_are_used_here() {
        assert_eq!(VENDOR, super::super::modeled::VENDOR);
        let name = MODELED.rsplit("::").next().unwrap();
        assert!(include_str!("modeled.rs").contains(&format!("fn {name}()")));
    }

    #[test]
    fn snapshots_that_no_test_named_are_unused() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["used.snap", "unused.snap", "notes.md"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let list = format!("{}\n/nowhere/gone.snap\n", folder.path().join("used.snap").display());
        let unused = unused_in(folder.path(), &list).unwrap();
        assert_eq!(unused, [folder.path().canonicalize().unwrap().join("unused.snap")]);
        assert!(unused_in(&folder.path().join("absent"), "").unwrap().is_empty());
    }
}
