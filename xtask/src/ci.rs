//! `cargo xtask ci`: every check, in order, the same here and on the server.
//!
//! The order puts what takes seconds before what takes minutes. All steps use the dev profile and
//! one target folder, and there are only three feature sets (bare, default, all), so that a
//! dependency is compiled once per set at most: checked for clippy, docs and features, built for
//! tests, samples and packages.
//!
//! The deeper checks need tools, an older compiler or the network. They run once a week and before a
//! release: `cargo xtask ci --deep`.

mod deep;

use std::env;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::command::{self, cargo};
use crate::workspace;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Run this step only.
    step: Option<Step>,
    /// Run the deeper checks instead, which need more than Rust.
    #[arg(long, conflicts_with = "step")]
    deep: bool,
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
    /// Deep: licenses, banned crates, sources of all dependencies.
    Deny,
    /// Deep: known weaknesses of the dependencies; their list comes from the network.
    Advisories,
    /// Deep: dependencies that nothing uses.
    Unused,
    /// Deep: all targets with the Rust version that the manifests promise.
    Msrv,
    /// Deep: the lowest versions that the manifests ask for.
    Minimal,
    /// Deep: every set of features of the facade.
    Powerset,
    /// Deep: public interfaces against those of the last releases.
    Semver,
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

const DEEP: [Row; 7] = [
    (Step::Deny, "deny", deep::deny),
    (Step::Advisories, "advisories", deep::advisories),
    (Step::Unused, "unused", deep::unused),
    (Step::Msrv, "msrv", deep::msrv),
    (Step::Minimal, "minimal", deep::minimal),
    (Step::Powerset, "powerset", deep::powerset),
    (Step::Semver, "semver", crate::release::interface::compare_all),
];

/// Runs the steps and stops at the first that fails.
///
/// # Errors
///
/// When a step fails; the error names it.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let chosen: Vec<&Row> = match args.step {
        Some(only) => STEPS.iter().chain(&DEEP).filter(|(step, ..)| *step == only).collect(),
        None if args.deep => DEEP.iter().collect(),
        None => STEPS.iter().collect(),
    };
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
    if command::is_installed("nextest") {
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

fn package() -> anyhow::Result<()> {
    let metadata = workspace::metadata()?;
    let published = metadata.packages.iter().filter(|package| workspace::is_published(package));
    let names: Vec<&str> = published.map(|package| package.name.as_str()).collect();
    // A change that is not committed yet is normal at one's desk, and a mistake in CI.
    let allow_dirty = env::var_os("CI").is_none();
    let target = metadata.target_directory.as_std_path();
    crate::package::check(workspace::root(), target, &names, allow_dirty)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_step_has_a_row_under_its_own_name() {
        let rows: Vec<_> =
            STEPS.iter().chain(&DEEP).map(|(step, name, _)| (*step, (*name).to_owned())).collect();
        let steps: Vec<_> = Step::value_variants()
            .iter()
            .map(|step| (*step, step.to_possible_value().unwrap().get_name().to_owned()))
            .collect();
        assert_eq!(rows, steps);
    }
}
