//! What following late statuses costs, and what it finds, against fixed look-backs: thirty days of
//! a simulated vendor whose messages are read up to three days after they were sent. In the process
//! and not over the program, because thirty days pass in seconds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chat_archive::{Archive, Filter, Reader, Verdict};
use chat_core::{Clock, Source, UnixMillis, UtcOffset};
use chat_records::nxlink::{Client, Credentials, RecordSource};
use chat_sim::nxlink::NxlinkOptions;
use chat_sim::{Faults, Sim, SimOptions, SimVendor as _};
use chat_sync::{Job, RunVerdict, Settings, SourceReport, SyncOptions, WindowReport, sync};
use tempfile::TempDir;

use crate::support::{Line, bring_cryptography};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const BEGIN_MS: i64 = 1_760_000_400_000;
const END_MS: i64 = BEGIN_MS + 30 * DAY_MS;
/// Two pages a day: as 200 records a day are at the vendor's own size of pages, in a fifth of the
/// time.
const RECORDS: u32 = 1200;
const PAGE_SIZE: u32 = 20;

/// A month at a vendor's, an archive, and what is between them.
struct Month {
    sim: Sim,
    clock: Clock,
    source: Arc<dyn Source>,
    settings: Settings,
    dir: TempDir,
}

impl Month {
    async fn new(lookback_ms: i64, late_ms: i64) -> Self {
        let options =
            NxlinkOptions::default().with_records(RECORDS).with_until_ms(END_MS).with_span_days(30);
        let sim = Sim::start(SimOptions::default().with_nxlink(options)).await.unwrap();
        let vendor = sim.nxlink().unwrap();
        let time = sim.clock().clone();
        let clock: Clock = Arc::new(move || UnixMillis::new(time.now_ms()));
        let credentials = Credentials::new(
            i64::try_from(vendor.tenant_id()).unwrap(),
            vendor.appkey(),
            vendor.access_key(),
            vendor.access_secret(),
        );
        bring_cryptography();
        let client = Client::builder(vendor.base_url(), credentials)
            .with_min_interval(Duration::ZERO)
            .with_clock(Arc::clone(&clock))
            .build()
            .unwrap();
        let offset: UtcOffset = vendor.utc_offset().parse().unwrap();
        let source: Arc<dyn Source> =
            Arc::new(RecordSource::new("hk", client, offset).with_page_size(PAGE_SIZE));
        let mut settings = Settings::new(UnixMillis::new(BEGIN_MS - DAY_MS));
        (settings.media, settings.lookback_ms, settings.late_ms) = (false, lookback_ms, late_ms);
        Self { sim, clock, source, settings, dir: tempfile::tempdir().unwrap() }
    }

    async fn sync_at(&self, now_ms: i64) -> SourceReport {
        self.sim.clock().freeze_at(now_ms);
        let job = Job { source: Arc::clone(&self.source), settings: self.settings.clone() };
        let options = SyncOptions::default().with_clock(Arc::clone(&self.clock));
        let archive = Archive::open(self.dir.path()).unwrap();
        sync(archive, vec![job], options).await.unwrap().sources.remove(0)
    }

    fn reader(&self) -> Reader {
        Reader::open(self.dir.path()).unwrap()
    }

    /// How many records are not as the vendor has them now.
    fn stale(&self) -> usize {
        let mut export = Vec::new();
        self.reader().export_jsonl(&Filter::default(), &mut export, &mut |_| Ok(())).unwrap();
        let held: BTreeMap<String, Line> = String::from_utf8(export)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<Line>(line).unwrap())
            .map(|line| (line.text("id"), line))
            .collect();
        // the newest minute is left to the next run
        let settled_ms = (self.clock)().get() - 120_000;
        let records = self.sim.nxlink().unwrap().records().into_iter();
        let stale = records.filter(|record| record.sent_at_ms.unwrap() < settled_ms).filter(|r| {
            let line = &held[r.id.as_ref().unwrap()];
            !self.source.same_content(line.raw("raw").as_bytes(), &r.raw)
        });
        stale.count()
    }
}

/// What came of thirty days.
#[derive(Debug)]
struct Figures {
    requests: u64,
    fixed: u64,
    stale: usize,
}

impl Figures {
    #[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
    fn requests_per_fix(&self) -> f64 {
        self.requests as f64 / self.fixed as f64
    }
}

async fn thirty_days(lookback_ms: i64, late_ms: i64, every_ms: i64) -> Figures {
    let month = Month::new(lookback_ms, late_ms).await;
    let mut fixed = 0;
    let mut now_ms = BEGIN_MS;
    while now_ms < END_MS {
        now_ms += every_ms;
        let report = month.sync_at(now_ms).await;
        assert!(report.verdict <= RunVerdict::Provisional, "{report:?}");
        fixed += report.messages_changed;
    }
    Figures { requests: month.source.calls().requests, fixed, stale: month.stale() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_window_that_fails_is_told_and_stays_proven() {
    let month = Month::new(DAY_MS, 30 * DAY_MS).await;
    assert_eq!(month.sync_at(BEGIN_MS + 4 * DAY_MS).await.verdict, RunVerdict::Provisional);
    // a record of the first day, which is due on the eighth: its window cannot be had whole
    let rule = "[[fault]]\nrecord = 20\nkind = \"wrong_total\"\nby = 1\n";
    month.sim.nxlink().unwrap().set_faults(Faults::from_toml(rule).unwrap());
    let report = month.sync_at(BEGIN_MS + 8 * DAY_MS).await;
    assert_eq!(report.verdict, RunVerdict::Broken);
    let broken = report.windows.iter().filter(|window| window.verdict == Verdict::Broken);
    assert!(broken.clone().all(|window| window.to_ms <= BEGIN_MS + DAY_MS), "{report:?}");
    assert_eq!(broken.count(), 1);
    assert_eq!(month.reader().status().unwrap()[0].broken, []);
    // and it is due until it was had
    month.sim.nxlink().unwrap().set_faults(Faults::default());
    let report = month.sync_at(BEGIN_MS + 8 * DAY_MS + HOUR_MS).await;
    assert_eq!(report.verdict, RunVerdict::Provisional);
    let is_late = |window: &WindowReport| window.to_ms <= BEGIN_MS + DAY_MS;
    assert_eq!(report.windows.iter().filter(|window| is_late(window)).count(), 1);
    assert!(report.messages_seen > 0, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "the table of figures, shown with --no-capture")]
async fn following_what_is_open_finds_more_than_a_day_and_costs_less_than_three() {
    let policies = [
        ("24 h, fixed", DAY_MS, 0),
        ("72 h, fixed", 3 * DAY_MS, 0),
        ("24 h, then what is open", DAY_MS, 30 * DAY_MS),
    ];
    let runs =
        policies.map(|(_, lookback, late)| tokio::spawn(thirty_days(lookback, late, 6 * HOUR_MS)));
    let mut figures = Vec::new();
    println!("look-back                requests  fixed  requests/fix  stale at the end");
    for ((name, ..), run) in policies.iter().zip(runs) {
        let got = run.await.unwrap();
        let Figures { requests, fixed, stale } = got;
        println!("{name:24} {requests:>8} {fixed:>6} {:>13.2} {stale:>17}", got.requests_per_fix());
        figures.push(got);
    }
    let [day, three_days, open] = &figures[..] else { unreachable!() };
    assert!(open.stale < day.stale, "{figures:?}");
    assert!(open.requests_per_fix() < three_days.requests_per_fix(), "{figures:?}");
}
