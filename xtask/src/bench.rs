//! `cargo xtask bench`: builds the program and the harness as packages ship the program, and runs the
//! harness.
//!
//! The harness is a package of its own (`xtask/bench`), so that the other commands need not wait for
//! what it depends on. What can be asked for is read here already: a wrong word is refused at once.

#[path = "../bench/src/cli.rs"]
mod cli;

use std::env;
use std::process::Command;

use crate::command::{self, cargo};
use crate::workspace;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    measure: cli::Measure,
}

#[derive(Debug, clap::Subcommand)]
enum Part {
    /// Measure the program beside other tools and write the figures into its README.
    Peers(cli::Peers),
}

impl Args {
    /// Whether the program of this workspace is measured, and not another build or none.
    const fn needs_program(&self) -> bool {
        match &self.part {
            Some(Part::Peers(peers)) => !peers.draw && peers.program.is_none(),
            None => self.measure.program.is_none(),
        }
    }
}

/// Builds both in steps of their own, since one build would give the program the features that only
/// the harness asks for.
///
/// # Errors
///
/// When something does not build, cannot be measured, or is over its budget.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let build = ["build", "--profile", "dist", "--package"];
    if args.needs_program() {
        command::run(cargo(&build).arg("chat-records-cli"))?;
    }
    command::run(cargo(&build).arg("bench"))?;
    let folder = workspace::metadata()?.target_directory.join("dist");
    let mut bench = Command::new(folder.join("bench"));
    // as they were typed, behind `xtask bench`
    command::run(bench.args(env::args_os().skip(2)).current_dir(workspace::root()))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn read(words: &[&str]) -> Result<Args, clap::Error> {
        match crate::Cli::try_parse_from([&["cargo xtask", "bench"], words].concat())?.task {
            crate::Task::Bench(args) => Ok(args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_the_harness_does_not_know_is_refused_before_anything_is_built() {
        for wrong in [&["nonsense"][..], &["sync", "nonsense"], &["--nonsense"], &["--rounds", "0"]]
        {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
        let told = read(&["nonsense"]).unwrap_err().to_string();
        assert!(told.contains("possible values: decode, sync"), "{told}");
        assert!(read(&["peers", "sync"]).is_err());
    }

    #[test]
    fn the_program_is_built_where_it_is_measured() {
        for with in [&[][..], &["decode", "cold-start", "--quick"], &["peers", "--rounds", "1"]] {
            assert!(read(with).unwrap().needs_program(), "{with:?}");
        }
        for without in [&["sync", "--program", "other"][..], &["peers", "--draw"]] {
            assert!(!read(without).unwrap().needs_program(), "{without:?}");
        }
    }
}
