//! The most memory that a sync holds, and whether it grows with what it brings.

use crate::report::{Budget, Row};
use crate::sample::Sample;
use crate::vendors;
use crate::world::{Setting, World};

use super::sync;

/// Of the design.
const MOST_MIB: f64 = 64.0;
const MOST_GROWTH: f64 = 1.2;

/// How many times the records of the large archive are those of the small one.
const TIMES: u32 = 10;

pub(crate) fn run(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let (records, more) = (setting.records, setting.records.saturating_mul(TIMES));
    let small = peak(setting, records)?;
    let mut rows = vec![row(records, &small)];
    if !setting.is_quick {
        let large = peak(setting, more)?;
        rows.push(row(more, &large));
        let growth = Row::new("memory", "growth", "MiB", &large).with_floor(&large, &small);
        rows.push(growth.with_budget(Budget::RatioAtMost(MOST_GROWTH)));
    }
    Ok(rows)
}

fn row(records: u32, peak: &Sample) -> Row {
    Row::new("memory", format!("{records} records"), "MiB", peak)
        .with_budget(Budget::AtMost(MOST_MIB))
}

/// Once: a peak is much the same each time.
fn peak(setting: &Setting, records: u32) -> anyhow::Result<Sample> {
    let world = World::new(vendors::simulated(vendors::MOST, records))?;
    let (_folder, usage) = sync::synced(setting, &world)?;
    Ok([usage.peak_mib()].into_iter().collect())
}
