//! The way that all goes well.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::support::{World, keys};

/// The keys of an exported line, in their order.
const LINE_KEYS: [&str; 25] = [
    "vendor",
    "source",
    "id",
    "id_origin",
    "conversation_id",
    "direction",
    "sender",
    "recipients",
    "sent_at",
    "sent_at_ms",
    "sent_at_origin",
    "updated_at_ms",
    "received_at_ms",
    "read_at_ms",
    "recalled_at_ms",
    "kind",
    "text",
    "attachments",
    "status",
    "reply_to",
    "reactions",
    "version",
    "first_seen_ms",
    "last_seen_ms",
    "raw",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_record_arrives_once_and_as_it_was_sent() {
    let world = World::new(450).await;
    let run = world.run(&["sync", "--json", "-q"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(run.stderr, "");
    let report = run.json();
    assert_eq!(keys(&report), ["sources", "verdict"]);
    let source = &report["sources"][0];
    assert_eq!(
        keys(source),
        [
            "error",
            "media",
            "messages_changed",
            "messages_new",
            "messages_seen",
            "pages",
            "retries",
            "skipped",
            "source",
            "vendor",
            "verdict",
            "windows"
        ]
    );
    assert_eq!(keys(&source["media"]), ["expired", "failed", "pending", "saved"]);
    assert_eq!(
        keys(&source["windows"][0]),
        ["distinct", "expected", "from_ms", "partition", "reason", "to_ms", "verdict"]
    );
    assert_eq!(source["messages_new"], 450);
    assert_eq!(source["error"], Value::Null);
    assert!(source["media"]["saved"].as_u64().unwrap() > 0, "{source}");

    world.assert_complete();
    for line in world.exported() {
        assert_eq!(line.keys(), LINE_KEYS);
        let id = line.text("id");
        let sent = world.nxlink().raw_as_sent(&id).unwrap();
        assert_eq!(line.raw("raw").as_bytes(), sent, "{id}");
        for attachment in line.value("attachments").as_array().unwrap() {
            assert_eq!(attachment["state"], "saved", "{id}");
            let sha256 = attachment["sha256"].as_str().map(str::to_owned);
            assert_eq!(sha256, world.nxlink().media_sha256(&id));
            let path = format!("archive/{}", attachment["path"].as_str().unwrap());
            assert_eq!(fs::read(world.path(&path)).ok(), world.nxlink().media_bytes(&id));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sync_reads_the_look_back_and_stores_nothing_twice() {
    let world = World::new(450).await;
    assert_eq!(world.run(&["sync"]).code, 0);
    let first = world.calls();
    let run = world.run(&["sync", "--json"]);
    assert_eq!(run.code, 0, "{run:?}");
    let source = &run.json()["sources"][0];
    assert_eq!(source["messages_new"], 0);
    assert!(source["messages_seen"].as_u64().unwrap() < 450, "{source}");
    assert!(world.calls() - first < first, "{} then {}", first, world.calls());
    world.assert_complete();

    let run = world.run(&["sync", "--full", "--json"]);
    let source = &run.json()["sources"][0];
    assert_eq!((run.code, &source["messages_new"]), (0, &json!(0)));
    assert_eq!(source["messages_seen"], 450);
    world.assert_complete();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_see_tells_the_same() {
    let world = World::new(120).await;
    let run = world.run(&["sync"]);
    assert_eq!(run.code, 0, "{run:?}");
    for part in ["nxlink: 120 new messages, 0 changed", "VERDICT", "0 broken", "provisional"] {
        assert!(run.stdout.contains(part), "{part}: {run:?}");
    }
    assert!(!run.stdout.contains('\u{1b}'), "no colors without a terminal: {run:?}");
    let alone = World::new(1).await.run(&["sync"]);
    assert!(alone.stdout.contains("nxlink: 1 new message, 0 changed, 1 seen on "), "{alone:?}");

    let run = world.run(&["status"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    let said = run.stdout.lines().next().unwrap();
    assert!(said.starts_with("Complete so far: 120 messages and "), "{run:?}");
    assert!(said.ends_with(" of 1 source; nothing is known to be missing."), "{run:?}");
    assert!(!run.stdout.contains("What to do"), "{run:?}");
    let run = world.run(&["status", "--json"]);
    let status = run.json();
    assert_eq!(keys(&status), ["never_synced", "sources"]);
    assert_eq!(status["sources"][0]["messages"], 120);
    assert_eq!(status["sources"][0]["verdict"], "provisional");

    let run = world.run(&["verify"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("everything is as it was stored"), "{run:?}");
    let run = world.run(&["verify", "--json"]);
    assert_eq!(run.json()["clean"], true);
    assert_eq!(run.json()["messages"], 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_without_media_is_what_was_asked_for() {
    let world = World::new(300).await;
    let start = world.nxlink().start_date();
    let args = ["sync", "--since", &start, "--until", &start, "--no-media", "--json"];
    let run = world.run(&args);
    assert_eq!(run.code, 0, "{run:?}");
    let source = &run.json()["sources"][0];
    let seen = source["messages_seen"].as_u64().unwrap();
    assert!(seen > 0 && seen < 60, "{source}");
    assert_eq!(source["media"]["saved"], 0);
    for line in world.exported() {
        assert!(line.text("sent_at").starts_with(&start), "{start}");
    }

    let run = world.run(&["sync", "--since", "2025-02-01", "--until", "2025-01-01"]);
    assert_eq!((run.code, run.error()), (2, "--since is later than --until; swap them"));
    let run = world.run(&["sync", "--until", "2001-01-01"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.error().starts_with("nxlink: nothing is asked for: "), "{run:?}");
    let run = world.run(&["sync", "--since", "yesterday"]);
    assert_eq!(run.code, 2, "{run:?}");

    // and then all of it, with the files
    assert_eq!(world.run(&["sync"]).code, 0);
    world.assert_complete();
    let states: BTreeSet<String> = world
        .exported()
        .iter()
        .flat_map(|line| line.value("attachments").as_array().unwrap().clone())
        .map(|attachment| attachment["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states, BTreeSet::from(["saved".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_fails_does_not_stop_the_others() {
    let world = World::new(120).await;
    world.configure(|text| {
        let other = text.replace("[sources.nxlink]", "[sources.other]");
        let other =
            other.replace("archive = \"archive\"", "").replace("tenant_id = 1", "tenant_id = 2");
        text + &other
    });
    let run = world.run(&["sync", "--json"]);
    assert_eq!(run.code, 1, "{run:?}");
    let report = run.json();
    assert_eq!(report["verdict"], "broken");
    assert_eq!(report["sources"][0]["messages_new"], 120);
    assert_eq!(report["sources"][0]["verdict"], "provisional");
    assert_eq!(report["sources"][1]["source"], "other");
    assert!(report["sources"][1]["error"].is_string(), "{report}");
    assert!(run.stderr.contains("error: other: "), "{run:?}");
    world.assert_complete();

    let run = world.run(&["sync", "nxlink"]);
    assert_eq!(run.code, 0, "{run:?}");
    let run = world.run(&["status"]);
    assert_eq!(run.code, 1, "one source is lacking: {run:?}");
}
