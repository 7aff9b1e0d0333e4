//! The program `chat-records`: arguments in, exit code out. What it does is in `commands`.

mod args;
mod commands;
mod config;
mod failure;
mod filter;
mod output;
mod progress;
mod signals;
mod when;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::output::Output;

fn main() -> ExitCode {
    // half of what aws-lc-rs takes to compile, the libraries' own choice; nothing was chosen before
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error).into(),
    };
    let output = Output::new(&cli.global);
    let exit = match commands::run(&cli, &output) {
        Ok(exit) => exit,
        Err(failure) => output.failure(&failure),
    };
    exit.into()
}
