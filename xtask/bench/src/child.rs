//! Processes whose resources are counted.
//!
//! Between the harness and the measured process stands a small one: a process begins with the peak
//! memory of the one that started it, and the harness holds all the records.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::time::Instant;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use wait4::Wait4 as _;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to write what it took.
    usage: PathBuf,
    /// The command.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

/// What a process took, from its start to its end.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Usage {
    pub(crate) user_s: f64,
    pub(crate) system_s: f64,
    pub(crate) wall_s: f64,
    /// The most memory that it held, in bytes.
    peak_bytes: u64,
    pub(crate) code: Option<i32>,
}

impl Usage {
    /// CPU time, that of the kernel on its behalf included, in seconds.
    pub(crate) fn cpu_s(&self) -> f64 {
        self.user_s + self.system_s
    }

    #[expect(clippy::cast_precision_loss, reason = "exact up to petabytes")]
    pub(crate) fn peak_mib(&self) -> f64 {
        self.peak_bytes as f64 / 1_048_576.0
    }
}

/// The process in the middle.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (program, rest) = args.command.split_first().context("no command")?;
    let begun = Instant::now();
    let ended = Command::new(program)
        .args(rest)
        .spawn()
        .with_context(|| format!("{} could not be started", program.display()))?
        .wait4()?;
    let usage = Usage {
        user_s: ended.rusage.utime.as_secs_f64(),
        system_s: ended.rusage.stime.as_secs_f64(),
        wall_s: begun.elapsed().as_secs_f64(),
        peak_bytes: ended.rusage.maxrss,
        code: ended.status.code(),
    };
    fs::write(&args.usage, serde_json::to_vec(&usage)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs a command in a folder to its end, whatever its exit code; what it took, and what it printed.
/// `set` changes what the command is given.
///
/// # Errors
///
/// When it could not be started.
pub(crate) fn watched(
    folder: &Path,
    program: &Path,
    args: &[&str],
    set: impl FnOnce(&mut Command),
) -> anyhow::Result<(Usage, Output)> {
    let report = tempfile::NamedTempFile::new()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("child").arg(report.path()).arg(program).args(args);
    command.current_dir(folder).env_remove("CHAT_RECORDS_CONFIG").stdin(Stdio::null());
    set(&mut command);
    let output = command.output()?;
    let usage = fs::read(report.path())?;
    let usage: Usage =
        serde_json::from_slice(&usage).with_context(|| said(program, args, &output))?;
    Ok((usage, output))
}

/// Runs a command in a folder to its end; what it took, and what it printed.
///
/// # Errors
///
/// When it does not end with exit code 0, with what it said.
pub(crate) fn measured(
    folder: &Path,
    program: &Path,
    args: &[&str],
) -> anyhow::Result<(Usage, Vec<u8>)> {
    let (usage, output) = watched(folder, program, args, |_| ())?;
    let said = || said(program, args, &output);
    anyhow::ensure!(usage.code == Some(0), "exit code {:?}: {}", usage.code, said());
    Ok((usage, output.stdout))
}

fn said(program: &Path, args: &[&str], output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    format!("{} {}: {}", program.display(), args.join(" "), told.trim())
}
