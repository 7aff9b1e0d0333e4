//! What git knows of earlier releases, and what the crates owe to each other.

use std::path::Path;

use anyhow::Context as _;
use cargo_metadata::semver::{Version, VersionReq};
use cargo_metadata::{DependencyKind, Metadata, Package};
use toml::Table;

use crate::command::{self, git};

/// The tag of a release.
pub(super) fn tag(package: &str, version: &Version) -> String {
    format!("{package}-v{version}")
}

/// The folder of a package, relative to the root.
pub(super) fn folder(metadata: &Metadata, package: &Package) -> anyhow::Result<String> {
    let folder = package.manifest_path.parent().context("a manifest without a folder")?;
    Ok(folder.strip_prefix(&metadata.workspace_root)?.as_str().replace('\\', "/"))
}

/// Whether who asks for `last` is content with `version`, as cargo reads it.
pub(super) fn is_compatible(last: &Version, version: &Version) -> bool {
    VersionReq::parse(&last.to_string()).is_ok_and(|asked| asked.matches(version))
}

/// The package and all of the workspace that it depends on, in the order of publication. What only
/// its tests need does not count.
pub(super) fn with_dependencies<'list>(
    metadata: &'list Metadata,
    package: &'list Package,
) -> Vec<&'list Package> {
    let mut order = Vec::new();
    visit(metadata, package, &mut order);
    order
}

fn visit<'list>(
    metadata: &'list Metadata,
    package: &'list Package,
    order: &mut Vec<&'list Package>,
) {
    if order.iter().any(|known| known.id == package.id) {
        return;
    }
    for needed in direct(metadata, package) {
        visit(metadata, needed, order);
    }
    order.push(package);
}

fn direct<'list>(
    metadata: &'list Metadata,
    package: &'list Package,
) -> impl Iterator<Item = &'list Package> {
    let needed =
        package.dependencies.iter().filter(|needed| needed.kind != DependencyKind::Development);
    needed.filter_map(|needed| {
        let place = needed.path.as_ref()?;
        metadata.packages.iter().find(|other| other.manifest_path.parent() == Some(place))
    })
}

/// The repository of the workspace.
#[derive(Debug)]
pub(super) struct Git<'root> {
    root: &'root Path,
}

impl<'root> Git<'root> {
    pub(super) fn new(root: &'root Path) -> Self {
        Self { root }
    }

    /// What a command that changes nothing prints.
    fn ask(&self, args: &[&str]) -> anyhow::Result<String> {
        let output = git(self.root, args).output().context("git could not be started")?;
        let told = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "git {} failed: {}", args.join(" "), told.trim());
        Ok(String::from_utf8(output.stdout)?)
    }

    pub(super) fn is_clean(&self) -> anyhow::Result<bool> {
        Ok(self.ask(&["status", "--porcelain"])?.is_empty())
    }

    /// The greatest version of the package that has a tag.
    pub(super) fn last_release(&self, package: &str) -> anyhow::Result<Option<Version>> {
        let prefix = format!("{package}-v");
        let tags = self.ask(&["tag", "--list", &format!("{prefix}*")])?;
        let versions = tags.lines().filter_map(|tag| tag.strip_prefix(&prefix)?.parse().ok());
        Ok(versions.max())
    }

    /// Why the package as it is here is not what was published; nothing if it is.
    pub(super) fn unpublished(
        &self,
        metadata: &Metadata,
        package: &Package,
    ) -> anyhow::Result<Option<String>> {
        let tag = tag(&package.name, &package.version);
        if self.ask(&["tag", "--list", &tag])?.is_empty() {
            return Ok(Some(format!("there is no tag {tag}")));
        }
        let folder = folder(metadata, package)?;
        // what a user of the crate compiles; tests and words may be newer
        let (source, manifest) = (format!("{folder}/src"), format!("{folder}/Cargo.toml"));
        let changed = self.ask(&["diff", "--name-only", &tag, "HEAD", "--", &source, &manifest])?;
        if let Some(file) = changed.lines().next() {
            return Ok(Some(format!("{file} was changed since {tag}")));
        }
        Ok(self.outgrown(metadata, package, &package.version)?.into_iter().next())
    }

    /// The crates of the workspace whose versions here are not compatible with those that this
    /// release of the package asked for, each in a sentence.
    pub(super) fn outgrown(
        &self,
        metadata: &Metadata,
        package: &Package,
        release: &Version,
    ) -> anyhow::Result<Vec<String>> {
        let tag = tag(&package.name, release);
        let manifest: Table = self.ask(&["show", &format!("{tag}:Cargo.toml")])?.parse()?;
        let shared = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
        let mut outgrown = Vec::new();
        for needed in direct(metadata, package) {
            let folder = folder(metadata, needed)?;
            let entries = shared.and_then(toml::Value::as_table).into_iter().flatten();
            let mut entries = entries.map(|(_, entry)| entry);
            let asked = entries
                .find(|entry| entry.get("path").and_then(toml::Value::as_str) == Some(&folder))
                .and_then(|entry| entry.get("version")?.as_str());
            if let Some(asked) = asked
                && !VersionReq::parse(asked)?.matches(&needed.version)
            {
                let (name, version) = (&needed.name, &needed.version);
                outgrown.push(format!("{tag} asks for {name} {asked}, and {version} is not that"));
            }
        }
        Ok(outgrown)
    }

    /// Moves the branch to a commit that stands on it, and tags it.
    pub(super) fn take_over(&self, commit: &str, tag: &str) -> anyhow::Result<()> {
        command::run(&mut git(self.root, &["merge", "--quiet", "--ff-only", commit]))?;
        command::run(&mut git(self.root, &["tag", "--annotate", "--message", tag, tag]))
    }
}
