//! Vendors that take so many calls in a second and refuse the others.

use std::time::Duration;

use chat_archive::Archive;
use chat_core::UnixMillis;
use chat_records::config::Config;
use chat_sim::myscrm::MyscrmOptions;
use chat_sim::nxlink::NxlinkOptions;
use chat_sim::{Outcome, Sim, SimOptions};
use chat_sync::{Job, Settings, SyncOptions, SyncReport, sync};

use crate::secrets::Fake;

async fn run(sim: &Sim) -> SyncReport {
    let dir = tempfile::tempdir().unwrap();
    let config = Config::parse("pace", &sim.config_toml(|secret| secret.to_plain())).unwrap();
    let jobs = config.sources.iter().map(|source| {
        let mut source = source.clone();
        source.settings.min_interval = Duration::ZERO;
        let start = source.settings.start.unwrap_or(UnixMillis::new(0));
        let mut settings = Settings::new(start);
        (settings.concurrency, settings.media) = (8, false);
        Job { source: source.build(&Fake::good()).unwrap(), settings }
    });
    let archive = Archive::open(&dir.path().join("archive")).unwrap();
    sync(archive, jobs.collect(), SyncOptions::default()).await.unwrap()
}

async fn check(is_silent: bool) {
    let options = SimOptions::default()
        .with_nxlink(NxlinkOptions::default().with_records(3000))
        .with_myscrm(MyscrmOptions::default().with_records(200))
        .with_max_per_second(25)
        .with_silent_limit(is_silent);
    let sim = Sim::start(options).await.unwrap();
    let report = run(&sim).await;
    assert!(report.is_complete(), "{report:?}");
    let mut refused_in_all = 0;
    for vendor in sim.vendors() {
        let mut sources = report.sources.iter();
        let source = sources.find(|source| source.vendor == vendor.name()).unwrap();
        assert_eq!(source.messages_new, vendor.records().len() as u64);
        let requests = vendor.requests();
        let outcomes = requests.log.iter().map(|entry| &entry.outcome);
        let refused = outcomes.filter(|outcome| **outcome == Outcome::Http(429)).count();
        // the calls that were under way together, and a few that find the pace
        assert!(refused <= 16, "{}: {refused} of {} refused", vendor.name(), requests.total);
        refused_in_all += refused;
    }
    assert!(refused_in_all > 0, "the limit was never met");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_arrives_where_a_vendor_says_when_to_come_again() {
    check(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_arrives_where_a_vendor_only_refuses() {
    check(true).await;
}
