//! The public interface of a crate against that of its last release, by cargo-semver-checks.

use std::path::Path;

use cargo_metadata::semver::Version;
use cargo_metadata::{Package, Target};

use super::history::{self, Git};
use crate::command::{self, cargo};
use crate::workspace;

/// Whether the package is a library and the tool is at hand.
pub(super) fn can_compare(package: &Package) -> bool {
    if !package.targets.iter().any(Target::is_lib) {
        return false;
    }
    let found = command::is_installed("semver-checks");
    if !found {
        println!(
            "note: cargo-semver-checks is not installed, so the public interface is not compared \
             with that of the last release; `cargo install --locked cargo-semver-checks`"
        );
    }
    found
}

/// Compares the library in the workspace `root` with its release. What is built goes to `target`.
///
/// # Errors
///
/// When the version does not say how much the interface changed.
pub(super) fn compare(
    root: &Path,
    target: &Path,
    package: &Package,
    last: &Version,
) -> anyhow::Result<()> {
    let tag = history::tag(&package.name, last);
    let mut check = cargo(&["semver-checks", "--package", &package.name, "--baseline-rev", &tag]);
    command::run(check.current_dir(root).env("CARGO_TARGET_DIR", target))
}

/// Compares every library that was released before.
///
/// # Errors
///
/// When the tool is missing, or an interface changed by more than its version says.
pub(crate) fn compare_all() -> anyhow::Result<()> {
    command::demand("semver-checks")?;
    let metadata = workspace::metadata()?;
    let git = Git::new(workspace::root());
    let libraries = metadata.packages.iter().filter(|package| {
        workspace::is_published(package) && package.targets.iter().any(Target::is_lib)
    });
    for package in libraries {
        match git.last_release(&package.name)? {
            None => println!("note: {} was never released", package.name),
            Some(last) => {
                let target = metadata.target_directory.as_std_path();
                compare(workspace::root(), target, package, &last)?;
            }
        }
    }
    Ok(())
}
