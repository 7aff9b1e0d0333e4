//! `cargo xtask bench peers`: the program beside other tools that could do a part of its work, all
//! against the same simulated vendor.

mod cases;
mod chart;
mod page;
mod results;
mod setup;
mod tool;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use crate::cli::Peers;
use crate::machine::Machine;
use crate::world::Setting;
use results::Results;

/// The files that a run writes.
struct Files {
    results: PathBuf,
    chart: PathBuf,
    readme: PathBuf,
}

impl Files {
    fn of(args: &Peers) -> anyhow::Result<Self> {
        let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
        let program = bench.join("../../crates/chat-records-cli");
        let Some(folder) = &args.into else {
            return Ok(Self {
                results: bench.join("peers/results.json"),
                chart: program.join("images/peers.svg"),
                readme: program.join("README.md"),
            });
        };
        fs::create_dir_all(folder.join("images"))?;
        let readme = folder.join("README.md");
        if !readme.exists() {
            fs::copy(program.join("README.md"), &readme)?;
        }
        Ok(Self {
            results: folder.join("results.json"),
            chart: folder.join("images/peers.svg"),
            readme,
        })
    }

    fn write(&self, results: &Results) -> anyhow::Result<()> {
        let written = |path: &Path, text: String| {
            fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
        };
        let readme = fs::read_to_string(&self.readme)
            .with_context(|| format!("{} cannot be read", self.readme.display()))?;
        written(&self.readme, page::put(&readme, &page::of(results))?)?;
        written(&self.chart, chart::of(results)?)?;
        written(&self.results, serde_json::to_string_pretty(results)? + "\n")
    }
}

pub(crate) fn run(args: &Peers) -> anyhow::Result<ExitCode> {
    let files = Files::of(args)?;
    if args.draw {
        let kept = fs::read(&files.results)
            .with_context(|| format!("{} cannot be read", files.results.display()))?;
        files.write(&serde_json::from_slice(&kept)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let program = crate::program(args.program.as_deref())?;
    let folder = match &args.tools {
        Some(folder) => folder.clone(),
        None => std::env::current_exe()?
            .parent()
            .and_then(Path::parent)
            .context("the target folder is not known; name one with --tools")?
            .join("peers"),
    };
    let tools = match setup::tools(&folder, &program) {
        Ok(tools) => tools,
        Err(error) => {
            eprintln!("bench peers: {error:#}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let setting = Setting {
        rounds: args.rounds,
        records: args.records,
        is_quick: false,
        checks: false,
        keeps: false,
        program,
    };
    let machine = Machine::of(&setting)?;
    println!("{machine}");
    let results = cases::run(&setting, machine, &tools)?;
    files.write(&results)?;
    println!("\n{}", page::of(&results));
    println!("written to {} and {}", files.readme.display(), files.chart.display());
    Ok(ExitCode::SUCCESS)
}
