//! The texts that a release changes. Everything else in them stays as it is.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use cargo_metadata::semver::Version;
use jiff::civil::Date;
use toml_edit::{DocumentMut, Item, Value};

const UNRELEASED: &str = "## Unreleased";

pub(super) fn read(root: &Path, path: &str) -> anyhow::Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("{path} could not be read"))
}

/// Reads a file, changes its text and writes it.
pub(super) fn change(
    root: &Path,
    path: &str,
    edit: impl FnOnce(&str) -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    let text = edit(&read(root, path)?).with_context(|| format!("{path} could not be changed"))?;
    fs::write(root.join(path), text).with_context(|| format!("{path} could not be written"))
}

/// What a changelog says under Unreleased; nothing if it has no such heading.
pub(super) fn unreleased(changelog: &str) -> Option<&str> {
    let (_, rest) = changelog.split_once(&format!("\n{UNRELEASED}\n"))?;
    Some(rest.split_once("\n## ").map_or(rest, |(part, _)| part))
}

/// The changelog with what was unreleased under the version and its day.
pub(super) fn cut(changelog: &str, version: &Version, date: Date) -> String {
    let heading = format!("\n{UNRELEASED}\n");
    changelog.replacen(&heading, &format!("{heading}\n## [{version}] - {date}\n"), 1)
}

/// The manifest of a crate with the version.
pub(super) fn own_version(manifest: &str, version: &Version) -> anyhow::Result<String> {
    let mut manifest: DocumentMut = manifest.parse()?;
    let stated = manifest.get_mut("package").and_then(|package| package.get_mut("version"));
    set(stated.and_then(Item::as_value_mut).context("the package has no version")?, version);
    Ok(manifest.to_string())
}

/// The manifest at the root with the version that dependents inherit. No crate depends on the program.
pub(super) fn shared_version(
    manifest: &str,
    package: &str,
    version: &Version,
) -> anyhow::Result<String> {
    let mut manifest: DocumentMut = manifest.parse()?;
    let shared = manifest
        .get_mut("workspace")
        .and_then(|workspace| workspace.get_mut("dependencies")?.as_table_like_mut())
        .context("there are no workspace dependencies")?;
    for (key, entry) in shared.iter_mut() {
        let named = entry.get("package").and_then(Item::as_str).unwrap_or(key.get());
        if named == package && entry.get("path").is_some() {
            let stated = entry.get_mut("version").and_then(Item::as_value_mut);
            set(stated.with_context(|| format!("`{}` has no version", key.get()))?, version);
        }
    }
    Ok(manifest.to_string())
}

/// Puts the version in the place of another, with the spaces and comments around it.
fn set(stated: &mut Value, version: &Version) {
    let around = stated.decor().clone();
    *stated = Value::from(version.to_string());
    *stated.decor_mut() = around;
}

/// A README with the version in the lines that show how to depend on the package.
pub(super) fn shown_version(readme: &str, package: &str, version: &Version) -> String {
    let shown = format!("{}.{}", version.major, version.minor);
    let lines = readme.split_inclusive('\n').map(|line| match stated_version(line, package) {
        Some(stated) => line.replacen(&format!("\"{stated}\""), &format!("\"{shown}\""), 1),
        None => line.to_owned(),
    });
    lines.collect()
}

/// The version in a line such as `name = "1.2"` or `key = { package = "name", version = "1.2" }`.
fn stated_version(line: &str, package: &str) -> Option<String> {
    let line: toml::Table = line.parse().ok()?;
    let (key, entry) = line.iter().next()?;
    let named = entry.get("package").and_then(toml::Value::as_str).unwrap_or(key);
    let stated = entry.as_str().or_else(|| entry.get("version")?.as_str())?;
    (named == package).then(|| stated.to_owned())
}
