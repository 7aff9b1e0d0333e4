//! The tools of this workspace: `cargo xtask <command>`.
//!
//! CI is `cargo xtask ci`, the same on every machine. Each command has its own file.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for terminals")]

mod bench;
mod ci;
mod command;
mod features;
mod findings;
mod fuzz;
mod package;
mod release;
mod samples;
mod shape;
mod tree;
mod vendors;
mod workspace;
mod worktree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The tools of this workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run all checks in order, or one of them.
    Ci(ci::Args),
    /// Check the samples of the vendors and their snapshots.
    Samples(samples::Args),
    /// Check files, manifests, arrows between crates and house rules.
    Shape,
    /// Check features: forwarding, dependency trees, builds, minimum Rust version.
    Features,
    /// Drive every reader of outside data with libFuzzer for a while.
    Fuzz(fuzz::Args),
    /// Prepare the release of one crate; changes nothing unless told to, and never publishes.
    Release(release::Args),
    /// Measure what the budgets are about, each against its floor, as packages are built.
    Bench(bench::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Ci(args) => ci::run(&args),
        Task::Samples(args) => samples::run(&args),
        Task::Shape => shape::run(),
        Task::Features => features::run(),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Release(args) => release::run(&args),
        Task::Bench(args) => bench::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
