//! One file a command.

mod audit;
mod check;
mod completions;
mod coverage;
mod demo;
mod drift;
mod export;
mod init;
mod media;
mod missing;
mod plan;
mod rebuild;
mod search;
mod sim;
mod status;
mod sync;
mod verify;
mod view;
mod words;

pub(crate) use drift::Place;

use crate::args::{Cli, Command};
use crate::failure::{Exit, Failure};
use crate::output::Output;

/// What a command comes to.
type Outcome = Result<Exit, Failure>;

/// Runs the command.
pub(crate) fn run(cli: &Cli, output: &Output) -> Outcome {
    let global = &cli.global;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match &cli.command {
            Command::Demo(args) => demo::run(args, output).await,
            Command::Init => init::run(global, output),
            Command::Check(args) => check::run(args, global, output).await,
            Command::Plan(args) => plan::run(args, global, output).await,
            Command::Sync(args) => sync::run(args, global, output).await,
            Command::Audit(args) => audit::run(args, global, output).await,
            Command::Media(args) => media::run(args, global, output).await,
            Command::Status(args) => status::run(args, global, output),
            Command::Search(args) => search::run(args, global, output),
            Command::Export(args) => export::run(args, global, output),
            Command::View(args) => view::run(args, global, output).await,
            Command::Verify(args) => verify::run(args, global, output),
            Command::Rebuild(args) => rebuild::run(args, global, output),
            Command::Drift(args) => drift::run(args, global, output),
            Command::Sim(args) => sim::run(args, output).await,
            Command::Completions(args) => completions::shell(args),
            Command::Man => completions::manual(),
        }
    })
}
