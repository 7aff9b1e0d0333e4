//! What the tools are put through.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use chat_sim::nxlink::{NxlinkHandle, NxlinkOptions};
use chat_sim::{Action, Fault, Faults, SimOptions, When};
use serde_json::Value;
use serde_json::value::RawValue;
use tempfile::TempDir;

use super::results::{Errors, ErrorsRun, Killed, KilledRun, Results, Same, SameRun, Speed};
use super::setup::Tools;
use super::tool::{self, Tool};
use crate::machine::Machine;
use crate::sample::Sample;
use crate::world::{Setting, World};

/// Whose speed is measured. The taught ones look at each answer twice, so that they are no faster.
const FAST: [Tool; 5] =
    [Tool::ChatRecords, Tool::ChatRecordsParallel, Tool::Dlt, Tool::DltParallel, Tool::Singer];
const LATENCIES_MS: [u64; 2] = [0, 20];

const WITH_ERRORS: [Tool; 5] =
    [Tool::ChatRecords, Tool::Dlt, Tool::DltTaught, Tool::Singer, Tool::SingerTaught];
const ERROR_EVERY: u64 = 50;

const KILLED: [Tool; 3] = [Tool::ChatRecords, Tool::DltTaught, Tool::SingerTaught];
const KILLED_AFTER: u64 = 120;
/// Long enough that the kill comes when it should.
const KILLED_LATENCY_MS: u64 = 5;

/// Records of the runs that show what is kept.
const RECORDS: u32 = 20_000;
const SAME_RECORDS: u32 = 2_000;
const SAME: [Tool; 4] = [Tool::ChatRecords, Tool::Dlt, Tool::DltTaught, Tool::Singer];

pub(crate) fn run(setting: &Setting, machine: Machine, tools: &Tools) -> anyhow::Result<Results> {
    // the shortest comes first: each interpreter then has compiled what it imports
    let same = same(tools)?;
    let errors = errors(tools)?;
    let killed = killed(tools)?;
    let mut speeds = Vec::new();
    for latency_ms in LATENCIES_MS {
        speeds.extend(speed(setting, tools, latency_ms)?);
    }
    Ok(Results {
        date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
        machine,
        versions: tools.versions.clone(),
        records: setting.records,
        rounds: setting.rounds,
        speed: speeds,
        errors,
        killed,
        same,
    })
}

fn simulated(options: NxlinkOptions, latency_ms: u64) -> anyhow::Result<World> {
    World::new(SimOptions::default().with_nxlink(options).with_latency_ms(latency_ms))
}

fn folder() -> anyhow::Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("chat-records-peers-").tempdir()?)
}

fn speed(setting: &Setting, tools: &Tools, latency_ms: u64) -> anyhow::Result<Vec<Speed>> {
    let world = simulated(NxlinkOptions::default().with_records(setting.records), latency_ms)?;
    let mut samples: [[Sample; 3]; FAST.len()] = Default::default();
    let records = f64::from(setting.records);
    for round in 1..=setting.rounds {
        for (tool, samples) in FAST.into_iter().zip(&mut samples) {
            let folder = folder()?;
            let (usage, output) = tool.run(tools, &world, folder.path())?;
            let told = || String::from_utf8_lossy(&output.stderr).trim().to_owned();
            anyhow::ensure!(usage.code == Some(0), "{}: {}", tool.name(), told());
            let (kept, more) = tool::distinct(&tool.records(tools, folder.path())?)?;
            let there = world.nxlink()?.record_count();
            anyhow::ensure!((kept, more) == (there, 0), "{} has {kept}: {}", tool.name(), told());
            let values = [records / usage.wall_s, usage.cpu_s() / records * 1e6, usage.peak_mib()];
            println!(
                "{latency_ms} ms, round {round}, {}: {:.0} records/s, {:.1} µs, {:.0} MiB",
                tool.name(),
                values[0],
                values[1],
                values[2]
            );
            samples.iter_mut().zip(values).for_each(|(sample, value)| sample.push(value));
        }
    }
    let speeds = FAST.into_iter().zip(&samples).map(|(tool, [pace, cpu, peak])| Speed {
        tool,
        latency_ms,
        records_per_s: pace.summary(),
        cpu_us: cpu.summary(),
        peak_mib: peak.summary(),
    });
    Ok(speeds.collect())
}

fn errors(tools: &Tools) -> anyhow::Result<Errors> {
    let world = simulated(NxlinkOptions::default().with_records(RECORDS), 0)?;
    let mut runs = Vec::new();
    for tool in WITH_ERRORS {
        let refusal = Action::Api { code: -1, message: "busy".to_owned() };
        // its count begins anew
        world
            .nxlink()?
            .set_faults(Faults::default().with(Fault::new(When::Every(ERROR_EVERY), refusal)));
        let folder = folder()?;
        let before = world.nxlink()?.requests().total;
        let (usage, _) = tool.run(tools, &world, folder.path())?;
        let (kept, _) = tool::distinct(&tool.records(tools, folder.path())?)?;
        let requests = world.nxlink()?.requests().total - before;
        println!("errors, {}: {kept} kept, exit code {:?}", tool.name(), usage.code);
        runs.push(ErrorsRun { tool, kept, exit_code: usage.code, requests });
    }
    Ok(Errors { every: ERROR_EVERY, records: RECORDS, runs })
}

fn killed(tools: &Tools) -> anyhow::Result<Killed> {
    let world = simulated(NxlinkOptions::default().with_records(RECORDS), KILLED_LATENCY_MS)?;
    let mut runs = Vec::new();
    for tool in KILLED {
        let folder = folder()?;
        let before = world.nxlink()?.requests().total;
        kill(tool, tools, &world, folder.path(), before + KILLED_AFTER)
            .with_context(|| tool.name())?;
        let (usage, output) = tool.run(tools, &world, folder.path())?;
        let told = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(usage.code == Some(0), "{}: {}", tool.name(), told.trim());
        let (kept, duplicates) = tool::distinct(&tool.records(tools, folder.path())?)?;
        let requests = world.nxlink()?.requests().total - before;
        println!("killed, {}: {requests} requests, {kept} kept, {duplicates} more", tool.name());
        runs.push(KilledRun { tool, requests, kept, duplicates });
    }
    Ok(Killed { after: KILLED_AFTER, records: RECORDS, runs })
}

/// Starts the tool and kills it when the vendor has been asked so often.
fn kill(
    tool: Tool,
    tools: &Tools,
    world: &World,
    folder: &Path,
    requests: u64,
) -> anyhow::Result<()> {
    let log = std::fs::File::create(folder.join("killed.log"))?;
    let mut process = tool.start(tools, world, folder)?.command(folder).stderr(log).spawn()?;
    while world.nxlink()?.requests().total < requests {
        if let Some(status) = process.try_wait()? {
            anyhow::bail!("it ended before it was killed, {status}");
        }
        thread::sleep(Duration::from_millis(1));
    }
    process.kill()?;
    process.wait()?;
    Ok(())
}

fn same(tools: &Tools) -> anyhow::Result<Same> {
    let options = NxlinkOptions::default().with_records(SAME_RECORDS).with_keep_sent(true);
    let world = simulated(options, 0)?;
    let mut runs = Vec::new();
    for tool in SAME {
        let folder = folder()?;
        let (usage, output) = tool.run(tools, &world, folder.path())?;
        let told = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(usage.code == Some(0), "{}: {}", tool.name(), told.trim());
        let records = tool.records(tools, folder.path())?;
        let (mut values, mut bytes) = (0, 0);
        for record in &records {
            let (is_same, is_exact) = is_as_sent(world.nxlink()?, record)?;
            values += usize::from(is_same);
            bytes += usize::from(is_exact);
        }
        println!("same, {}: {values} in values, {bytes} in bytes", tool.name());
        runs.push(SameRun { tool, values, bytes });
    }
    Ok(Same { records: SAME_RECORDS, runs })
}

/// Whether a record has the values that the vendor sent, and whether it has the bytes.
fn is_as_sent(vendor: &NxlinkHandle, record: &RawValue) -> anyhow::Result<(bool, bool)> {
    let id = tool::id(record)?;
    let sent = vendor.raw_as_sent(&id).with_context(|| format!("{id} was never sent"))?;
    let (one, other) = (values(record.get().as_bytes())?, values(&sent)?);
    Ok((one == other, record.get().as_bytes() == sent))
}

/// The values of a record. A key that is absent and one that is null count as the same.
fn values(record: &[u8]) -> anyhow::Result<Value> {
    let mut value: Value = serde_json::from_slice(record)?;
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_and_null_are_the_same_and_other_values_are_not() {
        let of = |text: &str| values(text.as_bytes()).unwrap();
        assert_eq!(of(r#"{"a":1,"b":null}"#), of(r#"{ "a": 1 }"#));
        assert_ne!(of(r#"{"a":1}"#), of(r#"{"a":"1"}"#));
        assert_ne!(
            of(r#"{"at":"2025-01-01 00:00:00"}"#),
            of(r#"{"at":"2025-01-01 00:00:00+00:00"}"#)
        );
    }
}
