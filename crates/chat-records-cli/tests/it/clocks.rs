//! Time as machines have it: zones, clocks that are wrong, and machines that sleep.

use std::time::{Duration, Instant};

use chat_sim::{Outcome, RequestEntry};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Run, World};

#[tokio::test(flavor = "multi_thread")]
async fn the_zone_of_the_machine_changes_nothing() {
    let world = World::new(120).await;
    let mut exports = Vec::new();
    // zones with a summer time, half an hour off, and far east
    for zone in ["UTC", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati"] {
        let synced = world.command(&["sync", "-q", "--no-media"]).env("TZ", zone).output().unwrap();
        assert_eq!(Run::of(&synced).code, 0, "{zone}");
        let days = ["export", "--format", "jsonl", "--from", "2020-03-29", "--to", "2035-11-01"];
        let exported = world.command(&days).env("TZ", zone).output().unwrap();
        assert_eq!(exported.status.code(), Some(0), "{zone}");
        let text = String::from_utf8(exported.stdout).unwrap();
        let lines = text.lines().map(|line| {
            let mut line: serde_json::Map<_, _> = serde_json::from_str(line).unwrap();
            // when it was read, and links that are made for each answer
            line.retain(|key, _| !["first_seen_ms", "last_seen_ms", "raw"].contains(&key.as_str()));
            line
        });
        exports.push(lines.collect::<Vec<_>>());
        std::fs::remove_dir_all(world.path("archive")).unwrap();
    }
    assert_eq!(exports[0].len(), 120);
    for export in &exports[1..] {
        assert_eq!(export, &exports[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_slept_in_the_middle_of_downloads_gets_every_file() {
    let world = World::with(400, |options| options.with_latency_ms(10)).await;
    let mut child = world.start_until(&["sync", "-q"], 2);
    let patience = Instant::now();
    while !world.nxlink().requests().by_path.contains_key("media") {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        assert!(patience.elapsed() < Duration::from_secs(30), "it fetches no file");
        std::thread::sleep(Duration::from_millis(1));
    }
    kill_process(Pid::from_child(&child), Signal::STOP).unwrap();
    // the links that it holds die while it sleeps
    world.clock().advance(Duration::from_secs(3 * 3600));
    kill_process(Pid::from_child(&child), Signal::CONT).unwrap();
    let run = Run::of(&child.wait_with_output().unwrap());
    assert_eq!(run.code, 0, "{run:?}");
    let requests = world.nxlink().requests();
    let is_dead = |entry: &RequestEntry| {
        entry.path.starts_with("media/") && !matches!(entry.outcome, Outcome::Ok)
    };
    assert!(requests.log.iter().any(is_dead), "a link died");
    let lines = world.exported();
    let files = lines.iter().flat_map(|line| line.value("attachments").as_array().unwrap().clone());
    let states: Vec<String> =
        files.map(|file| file["state"].as_str().unwrap().to_owned()).collect();
    assert!(states.len() > 20 && states.iter().all(|state| state == "saved"), "{states:?}");
    assert_eq!(world.run(&["verify", "-q"]).code, 0);
}
