//! `cargo xtask ci`: every check, in order, the same here and on the server.
//!
//! The order puts what takes seconds before what takes minutes. All steps use the dev profile and
//! one target folder, and there are only three feature sets (bare, default, all), so that a
//! dependency is compiled once per set at most: checked for clippy, docs and features, built for
//! tests, samples and packages.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use toml::{Table, Value};

use crate::command::{self, cargo};
use crate::tree::Tree;
use crate::workspace;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Run this step only.
    step: Option<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Step {
    /// Formatting.
    Fmt,
    /// Files, manifests, arrows, house rules.
    Shape,
    /// Lints, for each feature set.
    Clippy,
    /// All tests, doc tests included.
    Test,
    /// Samples and their snapshots.
    Samples,
    /// Documentation without warnings.
    Doc,
    /// Feature forwarding, dependency trees, builds of each feature.
    Features,
    /// Packages as they would be published.
    Package,
}

type Row = (Step, &'static str, fn() -> anyhow::Result<()>);

const STEPS: [Row; 8] = [
    (Step::Fmt, "fmt", fmt),
    (Step::Shape, "shape", crate::shape::run),
    (Step::Clippy, "clippy", clippy),
    (Step::Test, "test", test),
    (Step::Samples, "samples", crate::samples::check_all),
    (Step::Doc, "doc", doc),
    (Step::Features, "features", crate::features::run),
    (Step::Package, "package", package),
];

/// Runs the steps and stops at the first that fails.
///
/// # Errors
///
/// When a step fails; the error names it.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let chosen: Vec<_> =
        STEPS.iter().filter(|(step, ..)| args.step.is_none_or(|only| only == *step)).collect();
    let start = Instant::now();
    let mut times = Vec::new();
    for (index, (_, name, check)) in chosen.iter().enumerate() {
        println!("\n== ci: step {} of {}: {name}", index + 1, chosen.len());
        let step_start = Instant::now();
        check().with_context(|| {
            format!("ci: step {name} failed after {}", seconds(step_start.elapsed()))
        })?;
        println!("== ci: {name} passed in {}", seconds(step_start.elapsed()));
        times.push(format!("{name} {}", seconds(step_start.elapsed())));
    }
    println!("\nci: {} in total ({})", seconds(start.elapsed()), times.join(", "));
    if let [(_, name, _)] = chosen[..] {
        println!("ci: step {name} passed");
    } else {
        println!("ci: all {} steps passed", chosen.len());
    }
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// Cargo with its arguments, the features last but before `rest`.
fn cargo_with(args: &[&str], features: &[String], rest: &[&str]) -> std::process::Command {
    let mut command = cargo(args);
    command.args(features).args(rest);
    command
}

fn fmt() -> anyhow::Result<()> {
    command::run(&mut cargo(&["fmt", "--all", "--check"]))
}

fn clippy() -> anyhow::Result<()> {
    let sets = [workspace::all_features()?, Vec::new(), vec!["--no-default-features".to_owned()]];
    for features in sets {
        command::run(&mut cargo_with(
            &["clippy", "--workspace", "--all-targets"],
            &features,
            &["--", "-D", "warnings"],
        ))?;
    }
    Ok(())
}

/// One run with all features: a test that needs a feature missing would only be skipped, and
/// clippy and `features` compile what the other sets leave out.
fn test() -> anyhow::Result<()> {
    let features = workspace::all_features()?;
    if command::succeeds(&mut cargo(&["nextest", "--version"])) {
        let mut nextest = cargo_with(&["nextest", "run", "--workspace"], &features, &[]);
        command::run(nextest.env("INSTA_UPDATE", "no"))?;
        return command::run(&mut cargo_with(&["test", "--workspace", "--doc"], &features, &[]));
    }
    // Building the runner would take longer than it saves.
    println!("note: cargo-nextest is not installed, so the tests run with `cargo test`");
    let mut test = cargo_with(&["test", "--workspace", "--no-fail-fast"], &features, &[]);
    command::run(test.env("INSTA_UPDATE", "no"))
}

fn doc() -> anyhow::Result<()> {
    let mut doc =
        cargo_with(&["doc", "--workspace", "--no-deps"], &workspace::all_features()?, &[]);
    command::run(doc.env("RUSTDOCFLAGS", "-Dwarnings"))
}

/// Packs all published crates in the order of their dependencies and compiles each from its
/// package, which shows a file missing from `include` or a path outside of the crate.
fn package() -> anyhow::Result<()> {
    let metadata = workspace::metadata()?;
    forget_packed(&metadata)?;
    let mut args = vec!["package", "--workspace"];
    for package in metadata.packages.iter().filter(|package| !workspace::is_published(package)) {
        args.extend(["--exclude", package.name.as_str()]);
    }
    // A change that is not committed yet is normal at one's desk, and a mistake in CI.
    if env::var_os("CI").is_none() {
        args.push("--allow-dirty");
    }
    // A packed crate is outside of the workspace and has lost its profile. With the same profile
    // and all features, the dependencies are those that the tests have built already.
    let tree = Tree::load(workspace::root())?;
    let profile =
        tree.manifest("Cargo.toml").remove("profile").unwrap_or(Value::Table(Table::new()));
    let settings: Vec<String> = profile
        .get("dev")
        .map(|dev| settings("profile.dev", dev))
        .unwrap_or_default()
        .into_iter()
        .flat_map(|setting| ["--config".to_owned(), setting])
        .collect();
    command::run(cargo_with(&args, &workspace::all_features()?, &[]).args(settings))
}

/// Removes what an earlier run unpacked and compiled: cargo knows a package by name and version, and
/// would take yesterday's for a version that is not published yet.
fn forget_packed(metadata: &cargo_metadata::Metadata) -> anyhow::Result<()> {
    let names = metadata.workspace_packages();
    let names = names.iter().filter(|package| workspace::is_published(package));
    let specs = names.flat_map(|package| ["--package", package.name.as_str()]);
    command::run(cargo(&["clean"]).args(specs))?;
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
        for package in metadata.workspace_packages() {
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
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_step_has_a_row_under_its_own_name() {
        let rows: Vec<_> =
            STEPS.iter().map(|(step, name, _)| (*step, (*name).to_owned())).collect();
        let steps: Vec<_> = Step::value_variants()
            .iter()
            .map(|step| (*step, step.to_possible_value().unwrap().get_name().to_owned()))
            .collect();
        assert_eq!(rows, steps);
    }

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
