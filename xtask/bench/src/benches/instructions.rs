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

/// How often the page is read in the two runs whose difference is taken: so neither the start nor
/// what is made once counts.
const READS: (u32, u32) = (1, 4);

/// A count may be so many times the one that is kept.
const MOST_TIMES_THE_KEPT: f64 = 1.02;

/// The counts that are kept, of the release profile.
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
        let count = |what| -> anyhow::Result<Sample> {
            Ok([per_record(&subject, what)?].into_iter().collect())
        };
        let (measured, floor) = (count("read")?, count("skim")?);
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

/// Instructions for a record of the page.
fn per_record(subject: &Subject, what: &str) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("page"), &subject.body)?;
    fs::write(folder.path().join("config"), &subject.config)?;
    let (few, many) = READS;
    let count = |reads| counted(folder.path(), subject, what, reads);
    let counted = count(many)? - count(few)?;
    #[expect(clippy::cast_precision_loss, reason = "a page is small")]
    let records = RECORDS as f64;
    Ok(counted / f64::from(many - few) / records)
}

/// All instructions of a process that reads the page so many times.
fn counted(folder: &Path, subject: &Subject, what: &str, reads: u32) -> anyhow::Result<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=counted"])
        .arg(std::env::current_exe()?)
        .args(["floor", "decode", "--what", what, "--vendor", subject.vendor])
        .args(["--partition", &subject.partition.key, "--reads", &reads.to_string()])
        .args(["--page", "page", "--config", "config"])
        .current_dir(folder)
        .output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "valgrind: {}", told.trim());
    let text = fs::read_to_string(folder.join("counted"))?;
    let totals = text.lines().find_map(|line| line.strip_prefix("totals: "));
    totals.and_then(|totals| totals.trim().parse().ok()).context("callgrind counted nothing")
}
