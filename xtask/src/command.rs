//! Starting other programs, with the command line shown first.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;

/// A cargo command in the root of the workspace, by the cargo that started this program.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(crate::workspace::root());
    // cargo set this for xtask; a subcommand such as machete would take itself for the one meant
    command.env_remove("CARGO_PKG_NAME");
    command
}

/// A git command in a folder.
pub(crate) fn git(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("--no-pager").args(args).current_dir(folder);
    command
}

/// Prints and runs the command; its output goes where ours goes.
///
/// # Errors
///
/// When it cannot be started or does not succeed.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let line = line(command);
    println!("$ {line}");
    let status = command.status().with_context(|| format!("`{line}` could not be started"))?;
    anyhow::ensure!(status.success(), "`{line}` failed ({status})");
    Ok(())
}

/// Prints and runs the command and returns what it wrote to its standard output.
///
/// # Errors
///
/// When it cannot be started, does not succeed, or writes something that is not text.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let line = line(command);
    println!("$ {line}");
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("`{line}` could not be started"))?;
    anyhow::ensure!(output.status.success(), "`{line}` failed ({})", output.status);
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{line}` printed something that is not text"))
}

/// Whether the command can be started and succeeds. Prints nothing.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Whether cargo has this subcommand.
pub(crate) fn is_installed(subcommand: &str) -> bool {
    succeeds(&mut cargo(&[subcommand, "--version"]))
}

/// Says how to get a subcommand that is missing.
///
/// # Errors
///
/// When it is missing.
pub(crate) fn demand(subcommand: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        is_installed(subcommand),
        "cargo-{subcommand} is not installed; run `cargo install --locked cargo-{subcommand}`"
    );
    Ok(())
}

/// The command as one would type it, with the variables that were set for it.
fn line(command: &Command) -> String {
    let mut words = Vec::new();
    for (name, value) in command.get_envs().filter_map(|(name, value)| Some((name, value?))) {
        words.push(format!("{}={}", name.to_string_lossy(), quoted(&value.to_string_lossy())));
    }
    let program = Path::new(command.get_program());
    words.push(program.file_name().unwrap_or_default().to_string_lossy().into_owned());
    words.extend(command.get_args().map(|word| quoted(&word.to_string_lossy())));
    words.join(" ")
}

fn quoted(word: &str) -> String {
    if word.contains([' ', '"', '*', '{', '&']) { format!("'{word}'") } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("/somewhere/bin/cargo");
        command.args(["doc", "--config", "a = 1"]).env("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(line(&command), "RUSTDOCFLAGS='-D warnings' cargo doc --config 'a = 1'");
    }

    #[test]
    fn a_failing_command_is_an_error_that_names_it() {
        let error = run(&mut cargo(&["no-such-subcommand-here"])).unwrap_err();
        assert!(error.to_string().contains("`cargo no-such-subcommand-here` failed"), "{error}");
    }
}
