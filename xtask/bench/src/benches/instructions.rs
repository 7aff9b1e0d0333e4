//! Instructions of reading and converting a record, counted by valgrind: the same on a busy machine,
//! so that a change for the worse shows at once.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use super::decode::{RECORDS, Subject};
use crate::report::{Budget, Row};
use crate::sample::Sample;
use crate::vendors;
use crate::world::Setting;

/// How often the page is read beyond the first time, which everything of a process has: so neither the
/// start nor what is made once counts.
const MORE: u32 = 3;

/// A count may be so many times the one that is kept.
const MOST_TIMES_THE_KEPT: f64 = 1.02;

/// The counts that are kept, of the profile `dist`.
fn kept_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json")
}

pub(crate) fn run(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    if !has_valgrind() {
        println!("instructions are not counted: valgrind is not installed");
        return Ok(Vec::new());
    }
    let mut kept = kept()?;
    let mut rows = Vec::new();
    let vendors = if setting.is_quick { &[vendors::MOST][..] } else { &vendors::ALL };
    for vendor in vendors {
        let subject = Subject::of(vendor)?;
        let (measured, floor) = per_record(&subject)?;
        rows.push(
            Row::new("instructions", *vendor, "a record", &measured).with_floor(&measured, &floor),
        );
        let now = measured.summary().median.round();
        if setting.keeps {
            kept.insert((*vendor).to_owned(), now);
        } else if setting.checks {
            let before = kept.get(*vendor).with_context(|| {
                format!("{} has no count of {vendor}; --keep adds it", kept_file().display())
            })?;
            let before = [*before].into_iter().collect();
            rows.push(
                Row::new("instructions", format!("{vendor}, kept"), "a record", &measured)
                    .with_floor(&measured, &before)
                    .with_budget(Budget::RatioAtMost(MOST_TIMES_THE_KEPT)),
            );
        }
    }
    if setting.keeps {
        fs::write(kept_file(), serde_json::to_string_pretty(&kept)? + "\n")?;
    }
    Ok(rows)
}

fn has_valgrind() -> bool {
    let mut valgrind = Command::new("valgrind");
    let status = valgrind.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn kept() -> anyhow::Result<BTreeMap<String, f64>> {
    let path = kept_file();
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    serde_json::from_slice(&fs::read(&path)?)
        .with_context(|| format!("{} cannot be read", path.display()))
}

/// Instructions for a record of the page, and of its floor.
fn per_record(subject: &Subject) -> anyhow::Result<(Sample, Sample)> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("page"), &subject.body)?;
    fs::write(folder.path().join("config"), &subject.config)?;
    let count = |reads, skims| counted(folder.path(), subject, reads, skims);
    let once = count(1, 1)?;
    #[expect(clippy::cast_precision_loss, reason = "a page is small")]
    let records = f64::from(MORE) * RECORDS as f64;
    let sample = |all: f64| [(all - once) / records].into_iter().collect();
    Ok((sample(count(1 + MORE, 1)?), sample(count(1, 1 + MORE)?)))
}

/// All instructions of a process that reads the page so many times.
fn counted(folder: &Path, subject: &Subject, reads: u32, skims: u32) -> anyhow::Result<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=counted"])
        .arg(std::env::current_exe()?)
        .args(["floor", "decode", "--page", "page", "--config", "config"])
        .args(["--vendor", subject.vendor, "--partition", &subject.partition.key])
        .args(["--reads", &reads.to_string(), "--skims", &skims.to_string()])
        .current_dir(folder)
        .output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "valgrind: {}", told.trim());
    let text = fs::read_to_string(folder.join("counted"))?;
    let totals = text.lines().find_map(|line| line.strip_prefix("totals: "));
    totals.and_then(|totals| totals.trim().parse().ok()).context("callgrind counted nothing")
}
