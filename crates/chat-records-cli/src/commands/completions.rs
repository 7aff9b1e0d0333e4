//! `completions` and `man`: what the command line says of itself.

use clap::CommandFactory as _;

use super::Outcome;
use crate::args::{Cli, CompletionsArgs};
use crate::failure::Exit;
use crate::output::write_out;

/// Prints the completion script of a shell.
pub(super) fn shell(args: &CompletionsArgs) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "chat-records", &mut script);
    write_out(&script)?;
    Ok(Exit::Good)
}

/// Prints the manual page, all commands in it.
pub(super) fn manual() -> Outcome {
    let mut command = Cli::command();
    // built, the commands know the global options
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
        let man = clap_mangen::Man::new(command.clone());
        page.extend_from_slice(
            format!(".SH \"COMMAND {}\"\n", command.get_name().to_uppercase()).as_bytes(),
        );
        man.render_synopsis_section(&mut page)?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
        man.render_extra_section(&mut page)?;
    }
    write_out(&page)?;
    Ok(Exit::Good)
}
