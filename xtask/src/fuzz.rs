//! `cargo xtask fuzz`: every fuzz target for a bounded time, with libFuzzer by way of cargo-fuzz.
//!
//! What it needs is not asked of anyone who only builds or tests: the same functions have a short run
//! among the tests (`cargo test -p fuzz-targets`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use toml::{Table, Value};

use crate::command::{self, cargo};
use crate::workspace;

/// Seconds for each target if nothing else is said.
const SECONDS: u64 = 20;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// These targets only.
    targets: Vec<String>,
    /// Seconds for each target [default: 20].
    #[arg(long, conflicts_with = "runs")]
    seconds: Option<u64>,
    /// Inputs for each target, instead of a time.
    #[arg(long)]
    runs: Option<u64>,
}

/// Runs the targets one by one.
///
/// # Errors
///
/// When cargo-fuzz is not there, a target is unknown, or an input breaks a promise; the error says
/// where that input lies.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    anyhow::ensure!(
        command::is_installed("fuzz"),
        "cargo-fuzz is not installed; run `cargo install cargo-fuzz`, or `cargo test -p \
         fuzz-targets` for the short run that needs nothing"
    );
    let folder = workspace::root().join("xtask/fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml"))?;
    let known = names(&manifest)?;
    if let Some(stranger) = args.targets.iter().find(|name| !known.contains(name)) {
        anyhow::bail!("no target is named {stranger}; there are {}", known.join(", "));
    }
    // the same versions as everywhere; cargo adds what only libFuzzer needs
    fs::copy(workspace::root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let limit = args.runs.map_or_else(
        || format!("-max_total_time={}", args.seconds.unwrap_or(SECONDS)),
        |runs| format!("-runs={runs}"),
    );
    let wanted = |name: &&String| args.targets.is_empty() || args.targets.contains(name);
    let mut told = Vec::new();
    for name in known.iter().filter(wanted) {
        let executions = target(name, &limit)?;
        told.push(format!("{name:<24} {executions:>10}"));
    }
    println!("\n{:<24} {:>10}\n{}", "target", "executions", told.join("\n"));
    Ok(())
}

/// Runs one target; how many inputs it was given.
fn target(name: &str, limit: &str) -> anyhow::Result<u64> {
    let out = workspace::root().join("target/fuzz");
    let (corpus, findings) = (out.join("corpus").join(name), out.join("findings").join(name));
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&findings)?;
    // the sanitizers need a nightly compiler; the code has no `unsafe` that they would look into
    let mut fuzz = cargo(&["fuzz", "run", "--fuzz-dir", "xtask/fuzz", "--sanitizer", "none"]);
    fuzz.arg("--target-dir").arg(out.join("build")).arg(name).arg(&corpus);
    // libFuzzer writes what it finds to the first folder, and only reads the others
    fuzz.args(samples(name)?).arg("--").arg(limit);
    fuzz.arg(format!("-artifact_prefix={}/", findings.display()));
    fuzz.args(["-print_final_stats=1", "-timeout=10", "-rss_limit_mb=1024", "-verbosity=0"]);
    let told = told(&mut fuzz)?;
    let line = |mark: &str| told.lines().find_map(|line| Some(line.split_once(mark)?.1.trim()));
    if let Some(input) = line("Test unit written to") {
        anyhow::bail!("{name}: an input breaks a promise; it lies in {input}");
    }
    let executions = line("stat::number_of_executed_units:").and_then(|count| count.parse().ok());
    executions.with_context(|| format!("{name} did not run:\n{told}"))
}

/// Runs the command and returns what it wrote to its standard error, whether it succeeds or not.
fn told(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().context("cargo fuzz could not be started")?;
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The samples of the vendor whose name the target's name begins with.
fn samples(name: &str) -> anyhow::Result<Option<PathBuf>> {
    for entry in fs::read_dir(workspace::root().join("fixtures"))? {
        let path = entry?.path();
        if is_vendors(name, &path) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

fn is_vendors(name: &str, folder: &Path) -> bool {
    let vendor = folder.file_name().unwrap_or_default().to_string_lossy().replace('-', "_");
    name.strip_prefix(&vendor).is_some_and(|rest| rest.starts_with('_'))
}

/// The targets that a manifest names.
fn names(manifest: &str) -> anyhow::Result<Vec<String>> {
    let manifest: Table = manifest.parse().context("xtask/fuzz/Cargo.toml is no TOML")?;
    let programs = manifest.get("bin").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let names = programs.iter().filter_map(|program| program.get("name")?.as_str());
    Ok(names.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_begin_with_the_names_of_vendors() {
        assert!(is_vendors("myscrm_qw_page", Path::new("fixtures/myscrm-qw")));
        assert!(!is_vendors("nxlink_page", Path::new("fixtures/myscrm-qw")));
        assert!(!is_vendors("nxlinker_page", Path::new("fixtures/nxlink")));
        assert_eq!(samples("times").unwrap(), None);
        assert!(samples("bes_ccmessaging_html").unwrap().unwrap().is_dir());
    }

    #[test]
    fn the_manifest_names_the_targets() {
        let names = names(include_str!("../fuzz/Cargo.toml")).unwrap();
        assert!(names.contains(&"nxlink_page".to_owned()), "{names:?}");
        assert!(super::names("bin = 1").unwrap().is_empty());
    }
}
