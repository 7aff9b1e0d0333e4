//! What changes after it was read: recalls, and what the vendor makes up anew at each reading.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use chat_sim::bes::BesOptions;
use chat_sim::jijyun::JijyunOptions;
use chat_sim::myscrm::MyscrmOptions;
use chat_sim::nxlink::NxlinkOptions;
use chat_sim::{Clock, SimOptions, SimVendor};
use serde_json::Value;

use crate::support::Line;
use crate::vendors::Vendors;

const HOUR_MS: i64 = 3_600_000;
const SYNC: [&str; 4] = ["sync", "--json", "-q", "--no-media"];

fn hours_ago(hours: i64) -> i64 {
    Clock::default().now_ms() - hours * HOUR_MS
}

/// Simulated vendors whose present is `hours` ago.
async fn vendors_of(hours: i64, options: SimOptions) -> Vendors {
    let clock = Clock::default();
    clock.freeze_at(hours_ago(hours));
    Vendors::with(options.with_clock(clock)).await
}

fn forms(vendors: &Vendors) -> BTreeMap<String, Vec<Line>> {
    let mut forms: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for line in vendors.lines(&["export", "--format", "jsonl", "--versions"]) {
        forms.entry(line.text("id")).or_default().push(line);
    }
    forms
}

fn is_recalled(line: &Line) -> bool {
    line.value("status") == "recalled"
}

/// Syncs, lets people recall messages, and syncs again: what was said before is still there.
async fn recalls_keep_what_was_said(options: SimOptions, is_a_form: bool) {
    let vendors = vendors_of(30, options).await;
    vendors.sim.vendors().for_each(|vendor| vendor.insert_records(500));
    assert_eq!(vendors.run(&SYNC).code, 0);
    let before = forms(&vendors);
    vendors.sim.clock().advance(Duration::from_secs(26 * 3600));
    assert_eq!(vendors.run(&SYNC).code, 0);
    let after = forms(&vendors);
    let mut recalled = 0;
    for (id, lines) in &after {
        let was = before.get(id).filter(|lines| !lines.iter().any(is_recalled));
        let now = lines.iter().find(|line| is_recalled(line));
        let (Some(was), Some(now)) = (was, now) else { continue };
        recalled += 1;
        assert_ne!(now.value("recalled_at_ms"), Value::Null);
        // the first form is what was said, to the byte and in words
        let said = (lines[0].raw("raw"), lines[0].raw("text"), lines[0].raw("kind"));
        assert_eq!(said, (was[0].raw("raw"), was[0].raw("text"), was[0].raw("kind")));
        let versions: Vec<Value> = lines.iter().map(|line| line.value("version")).collect();
        let expected =
            if is_a_form { vec![Value::from(1), Value::from(2)] } else { vec![1.into()] };
        assert_eq!(versions, expected);
        assert_eq!(lines[0].keys(), now.keys());
    }
    assert!(recalled > 3, "{recalled}");
    let told = vendors.run(&["export", "--format", "jsonl", "--versions", "-o", "f", "--json"]);
    let written = told.json();
    assert_eq!(written["forms"], after.values().map(Vec::len).sum::<usize>());
    assert_eq!(written["messages"], after.len());
    assert_eq!(vendors.run(&["verify", "-q"]).code, 0);
    // reading it all again brings nothing
    let again = vendors.run(&SYNC).json();
    let source = &again["sources"][0];
    assert_eq!((&source["messages_new"], &source["messages_changed"]), (&0.into(), &0.into()));
    assert_eq!(forms(&vendors).len(), after.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn recalls_keep_what_was_said_at_bes() {
    let bes = BesOptions::default().with_records(200).with_span_days(2);
    recalls_keep_what_was_said(SimOptions::default().with_bes(bes), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recalls_keep_what_was_said_in_chats_of_myscrm() {
    let plain = MyscrmOptions::default().with_records(200).with_span_days(2);
    recalls_keep_what_was_said(SimOptions::default().with_myscrm(plain), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recalls_keep_what_was_said_in_raw_records_of_myscrm() {
    let raw = MyscrmOptions::default().with_records(200).with_span_days(2).with_raw_mode(true);
    recalls_keep_what_was_said(SimOptions::default().with_myscrm(raw), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recall_that_is_only_a_record_of_its_own_marks_its_message() {
    let raw = MyscrmOptions::default().with_records(200).with_span_days(2).with_raw_mode(true);
    let raw = raw.with_recalls_apart(true);
    recalls_keep_what_was_said(SimOptions::default().with_myscrm(raw.clone()), false).await;
    // and where both come at once, each recall has its message
    let vendors = vendors_of(1, SimOptions::default().with_myscrm(raw)).await;
    assert_eq!(vendors.run(&SYNC).code, 0);
    let lines = vendors.lines(&["export", "--format", "jsonl"]);
    let recalls = lines.iter().filter(|line| line.value("kind") == "recall").count();
    let marked = lines.iter().filter(|line| is_recalled(line)).count();
    assert!(marked > 3, "{marked}");
    assert_eq!(marked, recalls);
}

/// Signed links, computed fields and whatever else comes anew with each reading.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_up_at_each_reading_is_no_change() {
    // old enough that nothing else changes any more
    let until_ms = hours_ago(6 * 24);
    let small = 300;
    let all = SimOptions::default()
        .with_nxlink(NxlinkOptions::default().with_records(small).with_until_ms(until_ms))
        .with_bes(BesOptions::default().with_records(small).with_until_ms(until_ms))
        .with_jijyun(JijyunOptions::default().with_records(small).with_until_ms(until_ms))
        .with_myscrm(MyscrmOptions::default().with_records(small).with_until_ms(until_ms));
    let raw = MyscrmOptions::default().with_raw_mode(true).with_records(small);
    let raw = SimOptions::default().with_myscrm(raw.with_until_ms(until_ms));
    let mut renewed = BTreeSet::new();
    for options in [all, raw] {
        let vendors = vendors_of(2, options).await;
        let config = vendors.dir.path().join("chat-records.toml");
        let text = fs::read_to_string(&config).unwrap();
        let text = text.replace("vendor = ", "lookback_days = 400\nvendor = ");
        fs::write(&config, text).unwrap();
        let raws = |vendor: &dyn SimVendor| -> Vec<Vec<u8>> {
            vendor.records().into_iter().map(|record| record.raw).collect()
        };
        let first = vendors.run(&SYNC).json();
        let before: Vec<_> = vendors.sim.vendors().map(raws).collect();
        vendors.sim.clock().advance(Duration::from_secs(90 * 60));
        let again = vendors.run(&SYNC).json();
        let sources = |report: &Value| report["sources"].as_array().unwrap().clone();
        for (source, before) in sources(&again).iter().zip(sources(&first)) {
            assert_eq!(source["messages_seen"], before["messages_new"], "{source}");
            assert_eq!(
                (&source["messages_new"], &source["messages_changed"]),
                (&0.into(), &0.into())
            );
        }
        for (vendor, before) in vendors.sim.vendors().zip(before) {
            if raws(vendor) != before {
                renewed.insert(vendor.name().to_owned());
            }
        }
        assert!(forms(&vendors).values().all(|lines| lines[0].value("version") == 1));
    }
    // the others' records have neither signed links nor computed fields
    assert_eq!(renewed.into_iter().collect::<Vec<_>>(), ["myscrm-qw", "nxlink"]);
}
