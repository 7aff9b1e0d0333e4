//! What the figures were measured on: without it they cannot be compared.

use std::fmt;
use std::fs;
use std::process::Command;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::world::Setting;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// What the program says of itself.
    program: String,
    rustc: String,
    /// False for a build without optimizations: its figures mean nothing.
    is_release: bool,
    cpus: usize,
    cpu: Option<String>,
    /// Over one, five and fifteen minutes, when the run began.
    load: Option<[f64; 3]>,
    records: u32,
    rounds: u32,
}

impl Machine {
    pub(crate) fn of(setting: &Setting) -> anyhow::Result<Self> {
        let (rustc, program) = (first_line("rustc")?, first_line(&setting.program)?);
        Ok(Self {
            program,
            rustc,
            is_release: !cfg!(debug_assertions),
            cpus: std::thread::available_parallelism()?.get(),
            cpu: cpu(),
            load: load(),
            records: setting.records,
            rounds: setting.rounds,
        })
    }

    /// Whether more wanted to run than there are CPUs before anything was measured.
    #[expect(clippy::cast_precision_loss, reason = "a count of CPUs")]
    pub(crate) fn is_busy(&self) -> bool {
        self.load.is_some_and(|[one, ..]| one > self.cpus as f64)
    }

    /// Its CPUs, and how busy they were.
    pub(crate) fn hardware(&self) -> String {
        let cpu = self.cpu.as_ref().map(|cpu| format!(" ({cpu})"));
        let load = self.load.map(|[one, five, fifteen]| format!(", load {one} {five} {fifteen}"));
        format!("{} CPUs{}{}", self.cpus, cpu.unwrap_or_default(), load.unwrap_or_default())
    }
}

fn first_line(program: impl AsRef<std::ffi::OsStr>) -> anyhow::Result<String> {
    let shown = program.as_ref().display().to_string();
    let output = Command::new(program)
        .arg("--version")
        .output()
        .with_context(|| format!("{shown} --version could not be started"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn load() -> Option<[f64; 3]> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    let mut numbers = text.split(' ').map_while(|word| word.parse().ok());
    Some([numbers.next()?, numbers.next()?, numbers.next()?])
}

fn cpu() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(": ")?.1.to_owned())
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { program, rustc, records, rounds, .. } = self;
        let hardware = self.hardware();
        write!(f, "{program}, {rustc}, {hardware}, {records} records, {rounds} rounds")?;
        if !self.is_release {
            write!(f, "; NOT a release build: these figures say nothing of speed")?;
        }
        Ok(())
    }
}
