//! `demo`: everything, on simulated vendors.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chat_core::UnixMillis;
use chat_sim::Sim;
use chat_sync::SyncReport;
use serde::{Deserialize, Serialize};

use super::Outcome;
use super::sim::World;
use super::sync::{self, Wish};
use crate::args::{DemoArgs, Global};
use crate::config::{self, DEFAULT_FILE};
use crate::failure::Failure;
use crate::output::Output;

/// What a demo's folder remembers, so that the same records are there the next time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    records: u32,
    until_ms: i64,
}

const REMEMBERED_FILE: &str = "demo.json";

/// What to do with the archive of a demo; its texts have this word.
const LOOK_AT_IT: [&str; 5] =
    ["view --open", "search 发票", "status", "export --format csv -o messages.csv", "verify"];

/// The last record is a bit older than the end of what a sync reads.
const NEWEST_AGE_MS: i64 = 2 * 60 * 1000;

/// The document of `demo --json`: that of `sync`, and where to find it all.
#[derive(Debug, Serialize)]
struct Document<'r> {
    #[serde(flatten)]
    report: &'r SyncReport,
    config: &'r Path,
}

/// Starts the simulated vendors, syncs all of them, and shows what came of it.
pub(super) async fn run(args: &DemoArgs, output: &Output) -> Outcome {
    let dir = &args.dir;
    let remembered = remembered(args)?;
    let world = World {
        records: remembered.records,
        seed: 1,
        span_days: None,
        until_ms: Some(remembered.until_ms),
        media_life_s: None,
    };
    let sim = Sim::start(world.all()).await.context("the simulated vendors cannot start")?;
    let file = write_files(dir, remembered, &sim)
        .with_context(|| format!("the demo's folder {} cannot be written", dir.display()))?;
    output.note(format!(
        "simulated vendors with {} records each are running; configuration: {}",
        remembered.records,
        file.display()
    ));

    let global = Global { config: Some(file.clone()), json: false, quiet: false, verbose: false };
    let loaded = config::load(&global, output)?;
    let ready = loaded.build(&loaded.choose(&[])?, output)?;
    let (report, exit) = sync::pull(&loaded, &ready, Wish::default(), output).await?;
    sim.shutdown().await;
    if output.is_json {
        output.document(&Document { report: &report, config: &file })?;
    } else {
        sync::print(&report, &loaded, output)?;
        next_steps(&file, output)?;
    }
    sync::complain(&report, output);
    Ok(exit)
}

/// The records of an earlier demo in this folder, or new ones.
fn remembered(args: &DemoArgs) -> Result<Remembered, Failure> {
    let shown = args.dir.display();
    let new = Remembered {
        records: args.records,
        until_ms: UnixMillis::now().plus_ms(-NEWEST_AGE_MS).get(),
    };
    let old = fs::read(args.dir.join(REMEMBERED_FILE));
    let old = old.ok().and_then(|bytes| serde_json::from_slice::<Remembered>(&bytes).ok());
    match old {
        Some(old) if old.records == new.records => Ok(old),
        Some(old) => Err(Failure::usage_text(format!(
            "{shown} holds a demo with {} records each; choose another --dir, or --records {0}",
            old.records
        ))),
        None if args.dir.join(DEFAULT_FILE).exists() => Err(Failure::usage_text(format!(
            "{shown} holds a {DEFAULT_FILE} that is not of a demo; choose another --dir"
        ))),
        None => Ok(new),
    }
}

/// Writes the configuration, each secret in a file of its own. The addresses change from run to
/// run, so they are written anew.
fn write_files(dir: &Path, remembered: Remembered, sim: &Sim) -> anyhow::Result<PathBuf> {
    let is_new = !dir.exists();
    let secrets = dir.join("secrets");
    let mut folder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.recursive(true).create(&secrets)?;
    let mut failed = None;
    let sources = sim.config_toml(|secret| {
        let name = format!("{}-{}", secret.source, secret.key);
        if let Err(error) = write_private(&secrets.join(&name), secret.value.as_bytes()) {
            failed = Some(error);
        }
        secret.to_file(&format!("secrets/{name}"))
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let text = format!(
        "# Written by `chat-records demo`. The addresses are those of simulated vendors, which run\n\
         # as long as the demo does: to sync again, run the demo again.\n\n\
         archive = \"archive\"\n\n{sources}"
    );
    if is_new {
        // it is often made inside of a repository, and belongs into none
        write_private(&dir.join(".gitignore"), b"*\n")?;
    }
    write_private(&dir.join(REMEMBERED_FILE), &serde_json::to_vec(&remembered)?)?;
    let file = dir.join(DEFAULT_FILE);
    write_private(&file, text.as_bytes())?;
    Ok(file)
}

/// Writes a file that only its owner can read, whole or not at all.
fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.persist(path)?;
    Ok(())
}

fn next_steps(file: &Path, output: &Output) -> anyhow::Result<()> {
    // as it was called, so that the lines can be copied
    let program = std::env::args().next().unwrap_or_else(|| "chat-records".to_owned());
    let file = file.display();
    output.line("\nLook at it:")?;
    for command in LOOK_AT_IT {
        output.line(format!("  {program} {command} --config {file}"))?;
    }
    Ok(())
}
