//! Exports of a whole archive, each beside reading the same rows and writing as many bytes.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use super::sync;
use crate::child;
use crate::floor::Took;
use crate::report::Row;
use crate::sample::Sample;
use crate::vendors;
use crate::world::{Setting, World};

/// A form, and whether it has what the vendor sent.
const FORMS: [(&str, bool); 4] =
    [("jsonl", true), ("csv", false), ("sqlite", true), ("parquet", true)];

pub(crate) fn run(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let world = World::new(vendors::simulated(vendors::MOST, setting.records))?;
    let (folder, _) = sync::synced(setting, &world)?;
    let mut rows = Vec::new();
    for (form, with_raw) in FORMS {
        if is_built(setting, folder.path(), form)? {
            rows.push(row(setting, folder.path(), form, with_raw)?);
        } else {
            println!("export {form} is not in this build of the program");
        }
    }
    Ok(rows)
}

/// Parquet is a feature of the build.
fn is_built(setting: &Setting, folder: &Path, form: &str) -> anyhow::Result<bool> {
    if form != "parquet" {
        return Ok(true);
    }
    let mut export = std::process::Command::new(&setting.program);
    export.current_dir(folder).args(["export", "--quiet", "--format", form, "-o", "probe"]);
    Ok(export.output()?.status.success())
}

fn row(setting: &Setting, folder: &Path, form: &str, with_raw: bool) -> anyhow::Result<Row> {
    let records = f64::from(setting.records);
    let (mut measured, mut floor, mut peak) = (Sample::default(), Sample::default(), 0.0_f64);
    let (file, copy) = (format!("export.{form}"), format!("floor.{form}"));
    let mut bytes = 0;
    for _ in 0..setting.rounds {
        // what was exported before must not be compared or replaced
        let _ = fs::remove_file(folder.join(&file));
        let usage =
            setting.program(folder, &["export", "--quiet", "--format", form, "-o", &file])?;
        bytes = fs::metadata(folder.join(&file))?.len();
        let written = bytes.to_string();
        let mut args = vec!["floor", "export", "--archive", "archive", "--bytes", &written];
        args.extend(["--into", &copy]);
        if with_raw {
            args.push("--raw");
        }
        let (_, printed) = child::measured(folder, &std::env::current_exe()?, &args)?;
        let took: Took =
            serde_json::from_slice(&printed).context("the floor did not say what it took")?;
        measured.push(usage.cpu_s() / records * 1e6);
        floor.push(took.cpu_s / records * 1e6);
        peak = peak.max(usage.peak_mib());
    }
    #[expect(clippy::cast_precision_loss, reason = "the length of a file")]
    let mib = bytes as f64 / 1_048_576.0;
    Ok(Row::new("export", form, "µs/record", &measured)
        .with_floor(&measured, &floor)
        .with_fact("mib", mib)
        .with_fact("peak_mib", peak))
}
