//! `cargo xtask bench`: what the budgets are about, each measured beside its floor in the same run.
//! The README says what each row means.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for terminals")]

mod benches;
mod child;
mod cli;
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
use clap::{Parser, Subcommand, ValueEnum};

use crate::cli::{Measure, Name, Peers};
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
    measure: Measure,
}

/// Beside measuring the program alone: the comparison, and what this program is started as by itself,
/// so that it is a process whose resources are counted.
#[derive(Debug, Subcommand)]
enum Part {
    /// Measures the program beside other tools and writes the figures into its README.
    Peers(Peers),
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
        None => run(&cli.measure),
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
fn run(args: &Measure) -> anyhow::Result<ExitCode> {
    let program = program(args.program.as_deref())?;
    let setting = Setting {
        rounds: args.rounds.unwrap_or(if args.quick { 3 } else { 5 }),
        records: args.records.unwrap_or(if args.quick { 20_000 } else { 100_000 }),
        is_quick: args.quick,
        checks: args.check,
        keeps: args.keep,
        program,
    };
    let names = if args.names.is_empty() { Name::value_variants() } else { &args.names };
    let mut report = Report::new(Machine::of(&setting)?);
    println!("{}", report.machine);
    for &name in names {
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
            "{}: build it first, `cargo build --profile dist -p chat-records-cli`",
            program.display()
        )
    })
}
