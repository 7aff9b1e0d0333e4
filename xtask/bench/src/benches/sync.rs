//! `sync --no-media` into a new archive: CPU time of the program beside that of its two floors, which
//! get the pages that the archive then holds, and as many more as the program had to ask for to know
//! that it has all.

use anyhow::Context as _;
use tempfile::TempDir;

use crate::child::{self, Usage};
use crate::floor::Took;
use crate::pages::{self, ReadPage};
use crate::report::{Budget, Row};
use crate::sample::Sample;
use crate::vendors;
use crate::world::{Setting, World};

/// Of the design.
const MOST_TIMES_THE_FLOOR: f64 = 1.5;

/// The other vendors have this part of the records, so that all of them take no longer than one.
const SHARE_OF_OTHERS: u32 = 4;

pub(crate) fn run(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for vendor in vendors::ALL {
        let share = if vendor == vendors::MOST { 1 } else { SHARE_OF_OTHERS };
        rows.extend(of_vendor(setting, vendor, setting.records / share)?);
    }
    Ok(rows)
}

/// What a floor took, round by round.
#[derive(Default)]
struct Floor {
    whole: Sample,
    fetch: Sample,
    decode: Sample,
    store: Sample,
}

impl Floor {
    fn push(&mut self, took: &Took, records: f64) {
        self.whole.push(took.cpu_s / records * 1e6);
        self.fetch.push(took.fetch_s / records * 1e6);
        self.decode.push(took.decode_s / records * 1e6);
        self.store.push(took.store_s / records * 1e6);
    }

    fn facts(&self, row: Row) -> Row {
        row.with_fact("floor_fetch_us", self.fetch.summary().median)
            .with_fact("floor_decode_us", self.decode.summary().median)
            .with_fact("floor_store_us", self.store.summary().median)
    }
}

/// The row with the budget, and the one beside the lower floor.
#[expect(clippy::cast_precision_loss, reason = "counts of answers")]
fn of_vendor(setting: &Setting, vendor: &str, records: u32) -> anyhow::Result<[Row; 2]> {
    let world = World::new(vendors::simulated(vendor, records))?;
    let (mut measured, mut schema, mut bare) =
        (Sample::default(), Floor::default(), Floor::default());
    let mut more: [Sample; 5] = Default::default();
    let records = f64::from(records);
    let (mut asked, mut kept) = (0, 0);
    for _ in 0..setting.rounds {
        let before = world.answers()?;
        let (folder, usage) = synced(setting, &world)?;
        asked = world.answers()? - before;
        let pages = pages::read(&folder.path().join("archive"))?;
        kept = pages.len();
        schema.push(&floor_of(&world, &folder, pages.clone(), asked, "schema")?, records);
        bare.push(&floor_of(&world, &folder, pages, asked, "bare")?, records);
        measured.push(usage.cpu_s() / records * 1e6);
        let values = [
            usage.user_s / records * 1e6,
            usage.system_s / records * 1e6,
            usage.wall_s,
            records / usage.wall_s,
            usage.peak_mib(),
        ];
        more.iter_mut().zip(values).for_each(|(sample, value)| sample.push(value));
    }
    let names = ["user_us", "system_us", "wall_s", "records_per_s", "peak_mib"];
    let row = Row::new("sync", vendor, "µs/record", &measured)
        .with_floor(&measured, &schema.whole)
        .with_budget(Budget::RatioAtMost(MOST_TIMES_THE_FLOOR))
        .with_fact("records", records)
        .with_fact("answers", asked as f64)
        .with_fact("answers_kept", kept as f64);
    let row = schema.facts(row);
    let row = names
        .into_iter()
        .zip(&more)
        .fold(row, |row, (name, sample)| row.with_fact(name, sample.summary().median));
    let beside_bare = Row::new("sync", format!("{vendor}, bare rows"), "µs/record", &measured)
        .with_floor(&measured, &bare.whole);
    Ok([row, bare.facts(beside_bare)])
}

/// A sync of everything into a new archive.
pub(crate) fn synced(setting: &Setting, world: &World) -> anyhow::Result<(TempDir, Usage)> {
    let folder = world.folder("")?;
    let usage = setting.program(folder.path(), &["sync", "--no-media", "--quiet"])?;
    let found: usize = pages::database(&folder.path().join("archive"))?.query_row(
        "SELECT count(*) FROM message",
        [],
        |row| row.get(0),
    )?;
    let there = world.vendor()?.record_count();
    anyhow::ensure!(found == there, "the archive has {found} messages of {there}");
    Ok((folder, usage))
}

fn floor_of(
    world: &World,
    folder: &TempDir,
    pages: Vec<ReadPage>,
    asked: u64,
    extent: &str,
) -> anyhow::Result<Took> {
    let path = |name: &str| folder.path().join(name).display().to_string();
    let not_kept = asked.saturating_sub(pages.len() as u64).to_string();
    let server = pages::Server::start(world.runtime(), pages)?;
    let (archive, config, into) =
        (path("archive"), path("chat-records.toml"), path(&format!("{extent}.db")));
    let url = format!("http://{}", server.address);
    let args = ["floor", "sync", "--archive", &archive, "--config", &config, "--url", &url];
    let args =
        [&args[..], &["--into", &into, "--extent", extent, "--not-kept", &not_kept]].concat();
    let (_, printed) = child::measured(folder.path(), &std::env::current_exe()?, &args)?;
    serde_json::from_slice(&printed).context("the floor did not say what it took")
}
