//! `cargo xtask release <crate> <version>`: all that a release needs but the publishing itself.
//!
//! Everything is done in a worktree beside the real one, so that the dry run shows what would happen
//! and a check that fails leaves nothing behind.

mod edits;
mod history;
pub(crate) mod interface;
mod rehearsal;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use cargo_metadata::semver::Version;
use cargo_metadata::{Metadata, Package};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::findings::Findings;
use crate::workspace;
use history::Git;
use rehearsal::Rehearsal;

/// Its changes are also told in the changelog at the top.
const PROGRAM: &str = "chat-records-cli";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The package, such as chat-records-core.
    package: String,
    /// Its new version.
    version: Version,
    /// The day that the changelog states, such as 2026-01-31 [default: today in UTC].
    #[arg(long)]
    date: Option<Date>,
    /// Change the files, commit and tag. Nothing is pushed or published.
    #[arg(long)]
    execute: bool,
}

/// Prepares the release of one crate of this workspace.
///
/// # Errors
///
/// When the release would be wrong: all reasons are printed. Also when a check or git fails.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let root = workspace::root();
    let said = prepare(root, args)?;
    println!("\n{said}");
    Ok(())
}

/// The same for the workspace in `root`; returns what to do next.
fn prepare(root: &Path, args: &Args) -> anyhow::Result<String> {
    let git = Git::new(root);
    let metadata = workspace::metadata_in(root)?;
    let package = published(&metadata, &args.package)?;
    let last = git.last_release(&package.name)?;
    problems(&git, &metadata, package, &args.version)?.finish("release")?;

    let date = args.date.unwrap_or_else(|| jiff::Timestamp::now().to_zoned(TimeZone::UTC).date());
    let changelogs = changelogs(&metadata, package)?;
    let rehearsal = Rehearsal::begin(root, metadata.target_directory.as_std_path())?;
    edit(rehearsal.folder(), package, &metadata, &changelogs, &args.version, date)?;
    rehearsal.update_lock_file()?;
    rehearsal.show_changes()?;

    let names = history::with_dependencies(&metadata, package);
    let names: Vec<&str> = names.iter().map(|package| package.name.as_str()).collect();
    crate::package::check(rehearsal.folder(), rehearsal.target(), &names, true)?;
    if let Some(last) = &last
        && interface::can_compare(package)
    {
        interface::compare(rehearsal.folder(), rehearsal.target(), package, last)?;
    }

    let tag = history::tag(&package.name, &args.version);
    if args.execute {
        let message = format!("{}: version {}", package.name, args.version);
        git.take_over(&rehearsal.commit(&message)?, &tag)?;
    }
    Ok(next_steps(&package.name, &tag, args.execute))
}

/// Every reason against the release.
fn problems(
    git: &Git<'_>,
    metadata: &Metadata,
    package: &Package,
    version: &Version,
) -> anyhow::Result<Findings> {
    let last = git.last_release(&package.name)?;
    let mut findings = Findings::default();
    if !git.is_clean()? {
        findings.add(&package.name, "not everything is committed; commit or undo it first");
    }
    check_version(package, version, last.as_ref(), &mut findings);
    for path in changelogs(metadata, package)? {
        let text = edits::read(metadata.workspace_root.as_std_path(), &path)?;
        check_changelog(&path, &text, version, last.as_ref(), &mut findings);
    }
    check_order(git, metadata, package, &mut findings)?;
    if let Some(last) = &last {
        check_dependencies(git, metadata, package, (last, version), &mut findings)?;
    }
    Ok(findings)
}

fn next_steps(package: &str, tag: &str, done: bool) -> String {
    let mut text = String::new();
    if done {
        _ = writeln!(text, "committed, with the tag {tag}; now:");
    } else {
        _ = writeln!(text, "dry run: nothing was changed; the tag will be {tag}");
        _ = writeln!(text, "with --execute it is committed and tagged here; then:");
    }
    _ = writeln!(text, "  cargo publish --package {package}");
    _ = write!(text, "  git push origin HEAD {tag}");
    text
}

fn published<'list>(metadata: &'list Metadata, name: &str) -> anyhow::Result<&'list Package> {
    let all = || metadata.packages.iter().filter(|package| workspace::is_published(package));
    all().find(|package| package.name == name).with_context(|| {
        let names: Vec<&str> = all().map(|package| package.name.as_str()).collect();
        format!("no published package is named {name}; there are {}", names.join(", "))
    })
}

/// The changelogs that the release cuts, relative to the root.
fn changelogs(metadata: &Metadata, package: &Package) -> anyhow::Result<Vec<String>> {
    let folder = history::folder(metadata, package)?;
    let mut paths = vec![format!("{folder}/CHANGELOG.md")];
    if package.name == PROGRAM {
        paths.push("CHANGELOG.md".to_owned());
    }
    Ok(paths)
}

fn check_version(
    package: &Package,
    version: &Version,
    last: Option<&Version>,
    findings: &mut Findings,
) {
    if version < &package.version {
        findings.add(
            &package.name,
            format_args!("{version} is less than {}, which the manifest has", package.version),
        );
    }
    if let Some(last) = last.filter(|last| version <= last) {
        findings.add(
            &package.name,
            format_args!("{last} is released already; give a version above it"),
        );
    }
}

fn check_changelog(
    path: &str,
    text: &str,
    version: &Version,
    last: Option<&Version>,
    findings: &mut Findings,
) {
    match edits::unreleased(text) {
        None => findings.add(path, "has no heading `## Unreleased`; add it on top"),
        Some(part) if !part.lines().any(|line| line.starts_with("- ")) => {
            findings.add(path, "nothing is told under Unreleased; say what users will notice");
        }
        Some(part) => {
            let breaks = part.lines().any(|line| line.trim_end() == "### Breaking");
            if let Some(last) = last.filter(|last| breaks && history::is_compatible(last, version))
            {
                findings.add(
                    path,
                    format_args!(
                        "tells of a breaking change, and {version} is compatible with {last}"
                    ),
                );
            }
        }
    }
}

/// What the crate depends on is published first, in the state that it has here.
fn check_order(
    git: &Git<'_>,
    metadata: &Metadata,
    package: &Package,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    for needed in history::with_dependencies(metadata, package) {
        if needed.id == package.id {
            continue;
        }
        if let Some(reason) = git.unpublished(metadata, needed)? {
            findings.add(
                &package.name,
                format_args!("release {} first, on which it depends: {reason}", needed.name),
            );
        }
    }
    Ok(())
}

/// A breaking change of what a crate shows in its own interface is a breaking change of that crate.
fn check_dependencies(
    git: &Git<'_>,
    metadata: &Metadata,
    package: &Package,
    (last, version): (&Version, &Version),
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let is_library = package.targets.iter().any(cargo_metadata::Target::is_lib);
    if !is_library || !history::is_compatible(last, version) {
        return Ok(());
    }
    for reason in git.outgrown(metadata, package, last)? {
        findings.add(
            &package.name,
            format_args!("{reason}; that breaks users, and {version} is compatible with {last}"),
        );
    }
    Ok(())
}

/// Writes the new version into every file that states it.
fn edit(
    folder: &Path,
    package: &Package,
    metadata: &Metadata,
    changelogs: &[String],
    version: &Version,
    date: Date,
) -> anyhow::Result<()> {
    let crate_folder = history::folder(metadata, package)?;
    edits::change(folder, &format!("{crate_folder}/Cargo.toml"), |text| {
        edits::own_version(text, version)
    })?;
    edits::change(folder, "Cargo.toml", |text| {
        edits::shared_version(text, &package.name, version)
    })?;
    edits::change(folder, &format!("{crate_folder}/README.md"), |text| {
        Ok(edits::shown_version(text, &package.name, version))
    })?;
    for path in changelogs {
        edits::change(folder, path, |text| Ok(edits::cut(text, version, date)))?;
    }
    Ok(())
}
