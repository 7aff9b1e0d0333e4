//! `cargo xtask bench`: what the budgets are about, each measured beside its floor in the same run.
//! The README says what each row means.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for terminals")]

mod benches;
mod child;
mod floor;
mod machine;
mod pages;
mod peers;
mod report;
mod sample;
mod vendors;
mod world;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::benches::Name;
use crate::machine::Machine;
use crate::report::Report;
use crate::world::Setting;

/// Measures what the budgets are about, each beside its floor in the same run.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    args: Args,
}

#[derive(Debug, clap::Args)]
struct Args {
    /// What to measure [default: all].
    #[arg(value_enum)]
    names: Vec<Name>,
    /// How often each is measured, in turns with its floor [default: 5, with --quick 3].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Records of the vendor that is measured most [default: 100,000, with --quick 20,000].
    #[arg(long, value_parser = clap::value_parser!(u32).range(100..))]
    records: Option<u32>,
    /// Fewer rounds and records, and nothing that takes minutes.
    #[arg(long)]
    quick: bool,
    /// Writes all that was measured to this file as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// With `instructions`: is over budget where a count is 2 % above the one that is kept.
    #[arg(long)]
    check: bool,
    /// With `instructions`: keeps the counts of this run.
    #[arg(long, conflicts_with = "check")]
    keep: bool,
    /// The program to measure [default: the one beside this one].
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// Beside measuring the program alone: the comparison, and what this program is started as by itself,
/// so that it is a process whose resources are counted.
#[derive(Debug, Subcommand)]
enum Part {
    /// Measures the program beside other tools and writes the figures into its README.
    Peers(peers::Args),
    /// Runs a command and writes down what it took.
    #[command(hide = true)]
    Child(child::Args),
    /// Does the least that a measured part of the program could do.
    #[command(hide = true)]
    Floor(floor::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.part {
        Some(Part::Peers(args)) => peers::run(&args),
        Some(Part::Child(args)) => child::run(&args),
        Some(Part::Floor(args)) => floor::run(&args),
        None => run(&cli.args),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Measures, and fails where something is over its budget.
fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let program = program(args.program.as_deref())?;
    let setting = Setting {
        rounds: args.rounds.unwrap_or(if args.quick { 3 } else { 5 }),
        records: args.records.unwrap_or(if args.quick { 20_000 } else { 100_000 }),
        is_quick: args.quick,
        checks: args.check,
        keeps: args.keep,
        program,
    };
    let names = if args.names.is_empty() { Name::all() } else { args.names.clone() };
    let mut report = Report::new(Machine::of(&setting)?);
    println!("{}", report.machine);
    for name in names {
        for row in benches::run(name, &setting).with_context(|| name.to_string())? {
            println!("{row}");
            report.rows.push(row);
        }
    }
    print!("\n{report}");
    if let Some(path) = &args.json {
        fs::write(path, report.to_json()?)
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(if report.is_within() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The program to measure.
fn program(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    let program = match given {
        Some(program) => program.to_owned(),
        None => std::env::current_exe()?.with_file_name("chat-records"),
    };
    program.canonicalize().with_context(|| {
        format!(
            "{}: build it first, `cargo build --release -p chat-records-cli`",
            program.display()
        )
    })
}
