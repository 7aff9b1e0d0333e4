//! How a sync scales with its concurrency when each answer takes a while.

use crate::report::{Budget, Row};
use crate::sample::Sample;
use crate::vendors;
use crate::world::{Setting, World};

const CONCURRENCIES: [usize; 4] = [1, 4, 8, 16];

/// Of the design: at this latency so many requests at once are so much faster than one.
const BUDGET: (u64, usize, f64) = (20, 8, 6.0);

/// As many records as take seconds at the highest latency, and not minutes.
const MOST_RECORDS: u32 = 20_000;

/// A round is long, and its parts are compared with each other.
const MOST_ROUNDS: u32 = 3;

pub(crate) fn run(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let latencies: &[u64] = if setting.is_quick { &[20] } else { &[0, 5, 20, 100] };
    let records = setting.records.min(MOST_RECORDS);
    let mut rows = Vec::new();
    for latency_ms in latencies {
        let options = vendors::simulated(vendors::MOST, records).with_latency_ms(*latency_ms);
        rows.extend(of_latency(setting, &World::new(options)?, *latency_ms, records)?);
    }
    Ok(rows)
}

fn of_latency(
    setting: &Setting,
    world: &World,
    latency_ms: u64,
    records: u32,
) -> anyhow::Result<Vec<Row>> {
    let mut walls: [Sample; CONCURRENCIES.len()] = Default::default();
    let mut calls = [0.0; CONCURRENCIES.len()];
    for _ in 0..setting.rounds.min(MOST_ROUNDS) {
        for ((concurrency, wall), calls) in CONCURRENCIES.iter().zip(&mut walls).zip(&mut calls) {
            let before = world.calls()?;
            let folder = world.folder(&format!("concurrency = {concurrency}"))?;
            let usage = setting.program(folder.path(), &["sync", "--no-media", "--quiet"])?;
            wall.push(usage.wall_s * 1e3);
            *calls = world.calls()? - before;
        }
    }
    let [one, ..] = &walls;
    let rows = CONCURRENCIES.iter().zip(&walls).zip(calls).map(|((concurrency, wall), calls)| {
        let row = Row::new("latency", format!("{latency_ms} ms × {concurrency}"), "ms", wall)
            .with_ratio(&one.per(wall))
            .with_fact("records", f64::from(records))
            .with_fact("calls", calls);
        let (budget_ms, budget_concurrency, least) = BUDGET;
        if (latency_ms, *concurrency) == (budget_ms, budget_concurrency) {
            return row.with_budget(Budget::RatioAtLeast(least));
        }
        row
    });
    Ok(rows.collect())
}
