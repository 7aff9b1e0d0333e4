//! `plan`: what the next sync would do, and that it does that.

use std::fs;

use chat_sim::myscrm::MyscrmOptions;
use chat_sim::{Faults, SimOptions};
use serde_json::Value;

use crate::support::{World, keys};
use crate::vendors::Vendors;

type Span = (String, i64, i64);

/// Its windows and their reasons.
fn windows(source: &Value) -> Vec<(Span, String)> {
    let windows = source["windows"].as_array().unwrap().iter();
    let span = |window: &Value| {
        let ms = |key: &str| window[key].as_i64().unwrap();
        (window["partition"].as_str().unwrap().to_owned(), ms("from_ms"), ms("to_ms"))
    };
    let reason = |window: &Value| window["reason"].as_str().unwrap_or_default().to_owned();
    windows.map(|window| (span(window), reason(window))).collect()
}

fn reasons(source: &Value) -> Vec<String> {
    windows(source).into_iter().map(|(_, reason)| reason).collect()
}

/// All but the last, whose end is the present.
fn settled(mut spans: Vec<(Span, String)>) -> Vec<(String, i64, i64)> {
    spans.sort();
    spans.pop();
    spans.into_iter().map(|(span, _)| span).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_sync_is_planned_without_an_archive_and_without_a_call() {
    let world = World::new(300).await;
    let run = world.run(&["plan", "--json"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    assert_eq!(world.calls(), 0);
    assert!(!world.path("archive").exists());
    let document = run.json();
    assert_eq!(keys(&document), ["estimated_calls", "estimated_duration_ms", "sources"]);
    let source = &document["sources"][0];
    assert_eq!(
        keys(source),
        [
            "error",
            "estimated_calls",
            "estimated_duration_ms",
            "estimated_records",
            "from_scratch",
            "media",
            "pace_ms",
            "partitions",
            "partitions_from_archive",
            "source",
            "vendor",
            "windows",
            "windows_without_estimate"
        ]
    );
    assert_eq!(
        keys(&source["windows"][0]),
        ["estimated_calls", "estimated_records", "from_ms", "partition", "reason", "to_ms"]
    );
    assert_eq!(source["from_scratch"], true);
    assert_eq!(source["estimated_records"], Value::Null, "nothing is known, and that is said");
    assert_eq!(reasons(source), ["read", "read"]);
    let told = world.run(&["plan"]);
    for part in ["RECORDS (EST.)", "unknown", "an unknown number of records, at least 2 calls"] {
        assert!(told.stdout.contains(part), "{part}: {told:?}");
    }
    // and a sync does just that
    let sync = world.run(&["sync", "--json", "-q", "--no-media"]);
    let done = &sync.json()["sources"][0];
    assert_eq!(settled(windows(source)), settled(windows(done)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sync_will_do_is_planned_with_its_reasons_and_about_its_cost() {
    let world = World::new(900).await;
    world.set_faults("[[fault]]\nrecord = 20\nkind = \"bad_record\"\n");
    assert_eq!(world.run(&["sync", "-q", "--no-media"]).code, 1);
    world.set_faults("");
    let held = fs::read(world.path("archive/archive.db")).unwrap();
    let calls = world.calls();
    let run = world.run(&["plan", "--json"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(world.calls(), calls, "a plan asks for nothing");
    assert_eq!(fs::read(world.path("archive/archive.db")).unwrap(), held, "and writes nothing");
    let document = run.json();
    let source = &document["sources"][0];
    let why = reasons(source);
    assert_eq!(why[..8], ["repair"; 8].map(str::to_owned), "{why:?}");
    assert!(why[8..].contains(&"look_back".to_owned()), "{why:?}");
    assert!(source["media"]["pending"].as_u64().unwrap() > 0, "{source}");
    let records = source["estimated_records"].as_u64().unwrap();
    assert!((700..=1100).contains(&records), "{records}");

    let sync = world.run(&["sync", "--json", "-q", "--no-media"]);
    assert_eq!(sync.code, 0, "{sync:?}");
    let done = &sync.json()["sources"][0];
    assert_eq!(settled(windows(source)), settled(windows(done)));
    let (planned, sent) = (source["estimated_calls"].as_u64().unwrap(), world.calls() - calls);
    assert!(planned.abs_diff(sent) <= sent / 2 + 2, "{planned} planned, {sent} sent");

    // the options of sync do to a plan what they do to sync
    let plan = |args: &[&str]| {
        let run = world.run(&[&["plan", "--json"], args].concat());
        assert_eq!(run.code, 0, "{run:?}");
        run.json()["sources"][0].clone()
    };
    let full = plan(&["--full", "--no-media"]);
    assert_eq!((reasons(&full), &full["media"]), (vec!["again".to_owned(); 2], &Value::Null));
    let start = world.nxlink().start_date();
    let day = plan(&["--since", &start, "--until", &start, "--full"]);
    let spans = windows(&day);
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].0.2 - spans[0].0.1, 86_400_000);
    let offline = plan(&["--offline"]);
    assert_eq!(
        (&offline["partitions_from_archive"], &offline["partitions"]),
        (&true.into(), &1.into())
    );
    // what the configuration says of the pace is in the time
    world.configure(|text| text.replace("min_interval_ms = 0", "min_interval_ms = 60000"));
    let slow = plan(&["--full"]);
    let calls = slow["estimated_calls"].as_i64().unwrap();
    assert_eq!(slow["estimated_duration_ms"].as_i64().unwrap(), calls * 60_000);
    let told = world.run(&["plan", "--full"]);
    assert!(told.stdout.contains("no two calls within 60000 ms"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_calls_needs_parts_that_the_archive_knows() {
    let world = World::new(60).await;
    let run = world.run(&["plan", "--offline"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.error().contains("plan without --offline"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_another_vendor_s_records_has_no_plan() {
    let vendors = Vendors::with(SimOptions::all(20).only(&["nxlink", "bes-ccmessaging"])).await;
    assert_eq!(vendors.run(&["sync", "nxlink", "-q", "--no-media"]).code, 0);
    let swap = |text: String| {
        let text = text.replace("[sources.nxlink]", "[sources.other]");
        text.replace("[sources.bes-ccmessaging]", "[sources.nxlink]")
    };
    vendors.configure(swap);
    let run = vendors.run(&["plan", "nxlink", "--offline", "--json"]);
    assert_eq!(run.code, 1, "{run:?}");
    let source = &run.json()["sources"][0];
    assert_eq!(source["partitions_from_archive"], true);
    let error = source["error"].as_str().unwrap();
    assert!(error.contains("records of nxlink under this name"), "{error}");
    // to ask the source would not help
    assert!(run.error().ends_with(error), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_list_lacks_ends_a_plan_as_it_ends_a_sync_and_the_rest_is_planned() {
    let myscrm = MyscrmOptions::default().with_records(60);
    let vendors = Vendors::with(SimOptions::default().with_myscrm(myscrm)).await;
    vendors.configure(|text| text + "employees = [\"e1\", \"e2\"]\n");
    let refused = "[[fault]]\npath = \"list-by-member\"\nfirst = 1\nkind = \"api\"\ncode = 41053\n";
    let refuse = || {
        let faults = Faults::from_toml(refused).unwrap();
        vendors.sim.vendors().for_each(|vendor| vendor.set_faults(faults.clone()));
    };
    refuse();
    let run = vendors.run(&["plan"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.error().contains("could not be listed"), "{run:?}");
    assert!(run.stdout.contains(" windows in ") && run.stdout.contains(" calls and "), "{run:?}");
    refuse();
    let sync = vendors.run(&["sync", "-q", "--no-media"]);
    assert_eq!(sync.code, 1, "{sync:?}");
    assert_eq!(sync.error(), run.error());
    assert_eq!(vendors.run(&["plan"]).code, 0);
}
