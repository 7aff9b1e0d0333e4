//! The deeper checks of `cargo xtask ci`: each is a tool of its own, called the same way everywhere.

use std::process::Command;

use anyhow::Context as _;

use crate::command::{self, cargo};
use crate::workspace;
use crate::worktree::Worktree;

/// Its features are the vendors and the choices of TLS; those of the vendor crates add nothing new.
const FACADE: &str = "chat-records";

pub(super) fn deny() -> anyhow::Result<()> {
    command::demand("deny")?;
    command::run(&mut cargo(&["deny", "check", "licenses", "bans", "sources"]))
}

pub(super) fn advisories() -> anyhow::Result<()> {
    command::demand("deny")?;
    command::run(&mut cargo(&["deny", "check", "advisories"]))
}

pub(super) fn unused() -> anyhow::Result<()> {
    command::demand("machete")?;
    // with the metadata of cargo it knows the names of libraries that differ from their packages'
    command::run(&mut cargo(&["machete", "--with-metadata"]))
}

/// Compiles everything with the promised version. The step `features` compares it with what the
/// dependencies declare, which needs no older toolchain.
pub(super) fn msrv() -> anyhow::Result<()> {
    let metadata = workspace::metadata()?;
    let promised = metadata.packages.iter().filter(|package| workspace::is_published(package));
    let promised = promised.filter_map(|package| package.rust_version.as_ref()).max();
    let promised = promised.context("no manifest has a `rust-version`")?;
    let toolchain = format!("{}.{}", promised.major, promised.minor);
    let mut rustup = Command::new("rustup");
    anyhow::ensure!(
        command::succeeds(rustup.args(["run", &toolchain, "rustc", "--version"])),
        "Rust {toolchain} is not installed; run `rustup toolchain install {toolchain} --profile minimal`"
    );
    let mut check = Command::new("rustup");
    check.args(["run", &toolchain, "cargo", "check", "--workspace", "--all-targets"]);
    check.args(workspace::all_features()?).current_dir(workspace::root());
    command::run(&mut check)
}

/// Compiles the last commit with the lowest version of each direct dependency, so that the manifests
/// ask for no less than the code needs.
pub(super) fn minimal() -> anyhow::Result<()> {
    let metadata = workspace::metadata()?;
    let target = metadata.target_directory.as_std_path();
    let worktree = Worktree::add(workspace::root(), target.join("minimal"))?;
    let mut update = cargo(&["update", "--quiet", "-Z", "direct-minimal-versions"]);
    // the option is a nightly one, of cargo and not of the compiler
    command::run(update.current_dir(worktree.folder()).env("RUSTC_BOOTSTRAP", "1")).context(
        "a dependency asks for more than the root manifest does; raise the version there",
    )?;
    let mut check = cargo(&["check", "--workspace"]);
    check.args(workspace::all_features()?).current_dir(worktree.folder());
    command::run(check.env("CARGO_TARGET_DIR", target))
}

pub(super) fn powerset() -> anyhow::Result<()> {
    command::demand("hack")?;
    let mut check = cargo(&["hack", "check", "--package", FACADE, "--feature-powerset"]);
    // these two only name others
    check.args(["--exclude-features", "default,full"]);
    if !workspace::has_native_tls() {
        check.args(["--exclude-features", workspace::NATIVE_TLS]);
    }
    command::run(&mut check)
}
