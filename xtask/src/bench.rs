//! `cargo xtask bench`: builds the program and the harness in release and runs the harness.
//!
//! The harness is a package of its own (`xtask/bench`), so that the other commands need not wait for
//! what it depends on.

use std::ffi::OsString;

use crate::command::{self, cargo};
use crate::workspace;

#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    /// Handed on; `cargo xtask bench --help` names what there is.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    handed_on: Vec<OsString>,
}

/// Builds both in steps of their own, since one build would give the program the features that only
/// the harness asks for.
///
/// # Errors
///
/// When something does not build, cannot be measured, or is over its budget.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let release = ["build", "--release", "--package"];
    command::run(cargo(&release).arg("chat-records-cli"))?;
    command::run(cargo(&release).arg("bench"))?;
    let folder = workspace::metadata()?.target_directory.join("release");
    let mut bench = std::process::Command::new(folder.join("bench"));
    command::run(bench.args(&args.handed_on).current_dir(workspace::root()))
}
