//! A simulated vendor in this process, and folders in which the program runs against it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chat_sim::nxlink::NxlinkHandle;
use chat_sim::{Sim, SimOptions, SimVendor};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::child::{self, Usage};

/// What a run is asked to do.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) rounds: u32,
    pub(crate) records: u32,
    pub(crate) is_quick: bool,
    /// Compares counts of instructions with those that are kept.
    pub(crate) checks: bool,
    /// Keeps them.
    pub(crate) keeps: bool,
    pub(crate) program: PathBuf,
}

impl Setting {
    /// Runs the program in a folder to its end.
    pub(crate) fn program(&self, folder: &Path, args: &[&str]) -> anyhow::Result<Usage> {
        child::measured(folder, &self.program, args).map(|(usage, _)| usage)
    }
}

/// A simulated vendor that answers until it is dropped.
#[derive(Debug)]
pub(crate) struct World {
    sim: Sim,
    runtime: Runtime,
}

impl World {
    pub(crate) fn new(options: SimOptions) -> anyhow::Result<Self> {
        let runtime = runtime()?;
        let sim = runtime.block_on(Sim::start(options))?;
        Ok(Self { sim, runtime })
    }

    pub(crate) const fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(crate) fn vendor(&self) -> anyhow::Result<&dyn SimVendor> {
        self.sim.vendors().next().context("no vendor is simulated")
    }

    pub(crate) fn nxlink(&self) -> anyhow::Result<&NxlinkHandle> {
        self.sim.nxlink().context("the vendor is not simulated")
    }

    /// How many requests came so far.
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    pub(crate) fn calls(&self) -> anyhow::Result<f64> {
        Ok(self.vendor()?.requests().total as f64)
    }

    /// How many answers with records the vendor gave so far: those of the path that is asked most.
    pub(crate) fn answers(&self) -> anyhow::Result<u64> {
        Ok(self.vendor()?.requests().by_path.into_values().max().unwrap_or(0))
    }

    /// How long the vendor worked at its answers so far, in milliseconds.
    pub(crate) fn answering_ms(&self) -> anyhow::Result<f64> {
        Ok(self.vendor()?.requests().answering.as_secs_f64() * 1e3)
    }

    /// The configuration for the vendor, its secrets included.
    pub(crate) fn config(&self) -> String {
        self.sim.config_toml(|secret| secret.to_plain())
    }

    /// A new folder with that configuration, and `more` in the source's table.
    pub(crate) fn folder(&self, more: &str) -> anyhow::Result<TempDir> {
        let folder = tempfile::Builder::new().prefix("chat-records-bench-").tempdir()?;
        self.configure(folder.path(), more)?;
        Ok(folder)
    }

    /// Writes that configuration into a folder.
    pub(crate) fn configure(&self, folder: &Path, more: &str) -> anyhow::Result<()> {
        let config = format!("archive = \"archive\"\n\n{}\n{more}\n", self.config().trim_end());
        Ok(fs::write(folder.join("chat-records.toml"), config)?)
    }
}

/// Two threads, so that the vendor is never what the program waits for.
fn runtime() -> anyhow::Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

/// A runtime for a process that does one thing after another.
pub(crate) fn single() -> anyhow::Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
