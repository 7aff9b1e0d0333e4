//! A sync that finds nothing new: what it takes beside its calls, which are bare calls for the same
//! pages and the time that the vendor works at its answers.

use anyhow::Context as _;

use super::sync;
use crate::child;
use crate::floor::Took;
use crate::pages;
use crate::report::{Budget, Row};
use crate::sample::Sample;
use crate::vendors;
use crate::world::{Setting, World};

/// Of the design.
const MOST_MS: f64 = 50.0;

pub(crate) fn run(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let world = World::new(vendors::simulated(vendors::MOST, setting.records))?;
    let (folder, _) = sync::synced(setting, &world)?;
    // the pages that are read again are the last ones
    let mut pages = pages::read(&folder.path().join("archive"))?;
    pages.reverse();
    let count = pages.len();
    let server = pages::Server::start(world.runtime(), pages)?;
    let url = format!("http://{}", server.address);
    let (mut beside, mut walls, mut cpu) =
        (Sample::default(), Sample::default(), Sample::default());
    let (mut bare, mut answered) = (Sample::default(), Sample::default());
    let mut calls = 0.0;
    for _ in 0..setting.rounds {
        let (before, answering_ms) = (world.calls()?, world.answering_ms()?);
        let usage = setting.program(folder.path(), &["sync", "--no-media", "--quiet"])?;
        calls = world.calls()? - before;
        let answering_ms = world.answering_ms()? - answering_ms;
        let (asked, there) = (format!("{calls}"), count.to_string());
        let args = ["floor", "calls", "--url", &url, "--calls", &asked, "--pages", &there];
        let (_, printed) = child::measured(folder.path(), &std::env::current_exe()?, &args)?;
        let took: Took =
            serde_json::from_slice(&printed).context("the floor did not say what it took")?;
        beside.push((usage.wall_s - took.wall_s) * 1e3 - answering_ms);
        answered.push(answering_ms);
        walls.push(usage.wall_s * 1e3);
        cpu.push(usage.cpu_s() * 1e3);
        bare.push(took.wall_s * 1e3);
    }
    let row = Row::new("unchanged", "beside its calls", "ms", &beside)
        .with_budget(Budget::AtMost(MOST_MS))
        .with_fact("calls", calls)
        .with_fact("wall_ms", walls.summary().median)
        .with_fact("cpu_ms", cpu.summary().median)
        .with_fact("calls_ms", bare.summary().median)
        .with_fact("answering_ms", answered.summary().median);
    Ok(vec![row])
}
