//! Reading one page of 100 records and converting them, raw bytes kept, beside `serde_json` reading
//! the same page into borrowed records and nothing more.

use std::hint::black_box;
use std::sync::Arc;

use anyhow::Context as _;
use chat_core::{PageRequest, Partition, Source, UnixMillis, Window, Windowing};

use crate::report::{Budget, Row};
use crate::sample::{Sample, thread_cpu};
use crate::vendors;
use crate::world::{Setting, World};

/// Records of the page.
pub(crate) const RECORDS: usize = 100;

/// Pages that are read between two looks at the clock. As many copies lie in memory, for both sides.
const BATCH: usize = 16;

const DAY_MS: i64 = 86_400_000;

/// Of the design.
const MOST_TIMES_THE_FLOOR: f64 = 2.0;

/// A page as a vendor sends it, and what reads it.
pub(crate) struct Subject {
    pub(crate) vendor: &'static str,
    pub(crate) source: Arc<dyn Source>,
    pub(crate) partition: Partition,
    pub(crate) body: Vec<u8>,
    /// What the source is built from.
    pub(crate) config: String,
}

pub(crate) fn run(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let least_s = if setting.is_quick { 0.02 } else { 0.1 };
    vendors::ALL.iter().map(|vendor| row(&Subject::of(vendor)?, setting.rounds, least_s)).collect()
}

impl Subject {
    /// The first page of a simulated vendor.
    pub(crate) fn of(vendor: &'static str) -> anyhow::Result<Self> {
        // a vendor without pages answers all there is
        let records = if vendor == "jijyun" { RECORDS } else { 4 * RECORDS };
        let world = World::new(vendors::crowded(vendor, u32::try_from(records)?))?;
        let config = world.config();
        let source = vendors::source(&config)?;
        let now = UnixMillis::now();
        let window = match source.capabilities().windowing {
            Windowing::Closed { .. } => Some(Window::new(now.get() - 3 * DAY_MS, now.get())),
            _ => None,
        };
        let page = world.runtime().block_on(async {
            let partitions = source.partitions().await?;
            let partition = partitions.into_iter().next().context("no partition")?;
            let request = PageRequest::first(partition, window);
            anyhow::Ok((source.fetch(&request).await?, request.partition))
        })?;
        let (page, partition) = page;
        let subject = Self { vendor, source, partition, body: page.raw.into_bytes(), config };
        let (read, skimmed) = (subject.read(subject.body.clone())?, subject.skim(&subject.body)?);
        anyhow::ensure!(
            (read, skimmed) == (RECORDS, RECORDS),
            "{vendor}: the page has {read} records, and {skimmed} for the floor, not {RECORDS}"
        );
        Ok(subject)
    }

    /// What is measured. How many records it gave.
    pub(crate) fn read(&self, body: Vec<u8>) -> anyhow::Result<usize> {
        let page = self.source.read(&self.partition, body)?;
        Ok(black_box(&page).records.len())
    }

    /// Its floor.
    pub(crate) fn skim(&self, body: &[u8]) -> anyhow::Result<usize> {
        Ok(vendors::skim(self.vendor, body)?)
    }
}

fn row(subject: &Subject, rounds: u32, least_s: f64) -> anyhow::Result<Row> {
    let (mut measured, mut floor) = (Sample::default(), Sample::default());
    for _ in 0..rounds {
        measured.push(per_page(subject, least_s, |body| subject.read(body))?);
        floor.push(per_page(subject, least_s, |body| subject.skim(&body))?);
    }
    let us = measured.summary().median;
    #[expect(clippy::cast_precision_loss, reason = "a page is small")]
    let (bytes, records) = (subject.body.len() as f64, RECORDS as f64);
    Ok(Row::new("decode", subject.vendor, "µs/page", &measured)
        .with_floor(&measured, &floor)
        .with_budget(Budget::RatioAtMost(MOST_TIMES_THE_FLOOR))
        .with_fact("page_bytes", bytes)
        .with_fact("mb_per_s", bytes / us)
        .with_fact("records_per_s", records * 1e6 / us))
}

/// CPU time for a page in microseconds, over at least so much CPU time.
fn per_page(
    subject: &Subject,
    least_s: f64,
    mut read: impl FnMut(Vec<u8>) -> anyhow::Result<usize>,
) -> anyhow::Result<f64> {
    let (mut spent_s, mut pages) = (0.0, 0.0);
    while spent_s < least_s {
        let copies = vec![subject.body.clone(); BATCH];
        let begun = thread_cpu();
        for body in copies {
            black_box(read(body)?);
            pages += 1.0;
        }
        spent_s += thread_cpu() - begun;
    }
    Ok(spent_s / pages * 1e6)
}
