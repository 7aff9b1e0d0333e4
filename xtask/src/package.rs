//! Packages as they would be published.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::Package;
use toml::{Table, Value};

use crate::command::{self, cargo};
use crate::tree::Tree;
use crate::workspace;

/// Packs crates of the workspace in `root` in the order of their dependencies and compiles each from
/// its package, which shows a file missing from `include` or a path outside of the crate. What they
/// depend on in the workspace must be among them, unless the registry has it. What is built goes to
/// `target`.
///
/// # Errors
///
/// When a package cannot be made or does not compile, or when something is not committed and
/// `allow_dirty` is not given.
pub(crate) fn check(
    root: &Path,
    target: &Path,
    names: &[&str],
    allow_dirty: bool,
) -> anyhow::Result<()> {
    let metadata = workspace::metadata_in(root)?;
    let chosen: Vec<&Package> =
        metadata.packages.iter().filter(|package| names.contains(&package.name.as_str())).collect();
    let specs = names.iter().flat_map(|name| ["--package", *name]);
    let cargo = |subcommand| {
        let mut command = cargo(&[subcommand]);
        command.current_dir(root).env("CARGO_TARGET_DIR", target).args(specs.clone());
        command
    };
    command::run(&mut cargo("clean"))?;
    forget_unpacked(&chosen)?;
    let mut package = cargo("package");
    if allow_dirty {
        package.arg("--allow-dirty");
    }
    package.args(workspace::all_features_of(chosen.into_iter()));
    // A packed crate is outside of the workspace and has lost its profile. With the same profile
    // and all features, the dependencies are those that the tests have built already.
    let mut manifest = Tree::load(root)?.manifest("Cargo.toml");
    let profile = manifest.remove("profile").unwrap_or(Value::Table(Table::new()));
    let settings = profile.get("dev").map(|dev| settings("profile.dev", dev)).unwrap_or_default();
    command::run(package.args(settings.iter().flat_map(|setting| ["--config", setting])))
}

/// Removes what an earlier run unpacked: cargo knows a package by name and version, and would take
/// yesterday's for a version that is not published yet.
fn forget_unpacked(packages: &[&Package]) -> anyhow::Result<()> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    let Some(Ok(registries)) = home.map(|home| fs::read_dir(home.join("registry/src"))) else {
        return Ok(());
    };
    for registry in registries {
        let registry = registry?;
        // a registry in a folder has no host, so its name begins with the dash before its hash
        if !registry.file_name().to_string_lossy().starts_with('-') {
            continue;
        }
        for package in packages {
            let unpacked = registry.path().join(format!("{}-{}", package.name, package.version));
            if unpacked.is_dir() {
                fs::remove_dir_all(unpacked)?;
            }
        }
    }
    Ok(())
}

/// The values in a table, each as an argument for `--config`.
fn settings(prefix: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Table(table) => table
            .iter()
            .flat_map(|(key, value)| settings(&format!("{prefix}.{}", quoted_key(key)), value))
            .collect(),
        value => vec![format!("{prefix}={value}")],
    }
}

fn quoted_key(key: &str) -> String {
    let is_bare =
        key.chars().all(|character| character.is_ascii_alphanumeric() || "-_".contains(character));
    if is_bare { key.to_owned() } else { format!("\"{key}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_becomes_settings() {
        let text = "debug = 'line-tables-only'\n[package.'*']\nopt-level = 1\n[package.sha2]\nopt-level = 3\n";
        let profile: Table = text.parse().unwrap();
        let mut settings = settings("profile.dev", &Value::Table(profile));
        settings.sort();
        assert_eq!(
            settings,
            [
                "profile.dev.debug=\"line-tables-only\"",
                "profile.dev.package.\"*\".opt-level=1",
                "profile.dev.package.sha2.opt-level=3",
            ]
        );
    }
}
