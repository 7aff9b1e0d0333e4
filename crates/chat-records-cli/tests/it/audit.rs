//! `audit`: what the archive has against what the vendor says now, from outside.

use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;

use crate::support::{World, keys};

const DAY_MS: i64 = 86_400_000;

/// A vendor whose clock stands still, fully synced, with all windows proven.
async fn synced(records: u32) -> World {
    synced_early(records, 0).await
}

/// The same by the vendor's clock of so many days ago, so that nothing has happened yet to what was
/// sent since.
async fn synced_early(records: u32, days: i64) -> World {
    let world = World::new(records).await;
    world.clock().freeze_at(world.clock().now_ms() - days * DAY_MS);
    world.configure(|text| text + "lookback_days = 0\n");
    let run = world.run(&["sync", "-q", "--no-media"]);
    assert_eq!(run.code, 0, "{run:?}");
    world
}

fn source(document: &Value) -> &Value {
    &document["sources"][0]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_archive_gets_its_bound_and_the_same_seed_draws_the_same() {
    let world = synced(900).await;
    let run = world.run(&["audit", "--sample", "60", "--seed", "7", "--json", "-q"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    let document = run.json();
    assert_eq!(keys(&document), ["clean", "sample", "seed", "sources"]);
    let found = source(&document);
    assert_eq!(
        keys(found),
        [
            "bound",
            "calls",
            "compared",
            "drawable",
            "drawn",
            "drawn_beside_missing",
            "drawn_stale",
            "error",
            "findings",
            "gone",
            "missing",
            "newer",
            "records_read",
            "source",
            "stale",
            "stored",
            "unread",
            "unreadable",
            "vendor",
            "windows"
        ]
    );
    assert_eq!(keys(&found["bound"]), ["beside_missing_at_most", "confidence", "stale_at_most"]);
    assert_eq!((&found["compared"], &found["drawable"]), (&Value::from(60), &Value::from(900)));
    let stale_at_most = found["bound"]["stale_at_most"].as_f64().unwrap();
    assert!((stale_at_most - 0.048_7).abs() < 0.000_1, "{stale_at_most}");
    assert!(found["windows"].as_u64().unwrap() <= 19, "fifty records to a window: {found}");
    let again = world.run(&["audit", "--sample", "60", "--seed", "7", "--json", "-q"]);
    assert_eq!(again.json(), document);

    let told = world.run(&["audit", "--sample", "60", "--seed", "7", "-q"]);
    assert_eq!(told.code, 0, "{told:?}");
    let sentence = "nxlink: 60 of 900 records compared: 0 stale, and 0 with a missing one beside \
                    them; so at most 4.88 % of records are stale, and at most 4.88 % have a \
                    missing one beside them, each with 95 % confidence\nseed 7\n";
    assert_eq!(told.stdout, sentence);
    assert_eq!(world.run(&["status", "-q"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_that_changed_late_are_found_repaired_and_found_no_more() {
    let world = synced_early(600, 20).await;
    // what was sent in those days is delivered, read or failed by now
    world.clock().advance(Duration::from_secs(20 * 86_400));
    let run = world.run(&["audit", "--sample", "600", "--json"]);
    assert_eq!(run.code, 1, "{run:?}");
    let document = run.json();
    let found = source(&document);
    assert_eq!(document["clean"], false);
    assert!(found["stale"].as_u64().unwrap() > 0, "{found}");
    assert_eq!((&found["missing"], &found["gone"]), (&Value::from(0), &Value::from(0)));
    assert!(run.stderr.contains("the next sync repairs them"), "{run:?}");
    // nothing was stored but the doubt
    let status = world.run(&["status", "--json"]);
    assert_eq!(status.code, 1, "{status:?}");
    let reason = status.json()["sources"][0]["broken"][0]["reason"].clone();
    assert!(reason.as_str().unwrap().starts_with("an audit found records"), "{reason}");
    assert_eq!(status.json()["sources"][0]["versions"], 0);

    let run = world.run(&["sync", "--json", "-q", "--no-media"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(run.json()["sources"][0]["messages_changed"], found["stale"]);
    let run = world.run(&["audit", "--sample", "600", "--json", "-q"]);
    assert_eq!((run.code, &run.json()["clean"]), (0, &Value::from(true)), "{run:?}");
    assert_eq!(world.run(&["status", "-q"]).code, 0);
    assert_eq!(world.run(&["verify", "-q"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_taken_out_of_the_archive_is_found_and_fetched_again() {
    let world = synced(600).await;
    let taken = world.nxlink().ids()[100].clone();
    let archive = Connection::open(world.path("archive/archive.db")).unwrap();
    archive.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    let gone = "SELECT id FROM message WHERE record_id = ?1";
    archive
        .execute(&format!("DELETE FROM attachment WHERE message IN ({gone})"), [&taken])
        .unwrap();
    assert_eq!(archive.execute("DELETE FROM message WHERE record_id = ?1", [&taken]).unwrap(), 1);
    drop(archive);
    // its window is proven, so no sync would look there again
    assert_eq!(world.run(&["sync", "-q", "--no-media"]).code, 0);
    assert_eq!(world.exported().len(), 599);

    let run = world.run(&["audit", "--sample", "600", "--json"]);
    assert_eq!(run.code, 1, "{run:?}");
    let document = run.json();
    let found = source(&document);
    assert_eq!((&found["missing"], &found["stale"]), (&Value::from(1), &Value::from(0)), "{found}");
    let beside = found["drawn_beside_missing"].as_u64().unwrap();
    assert!((1..=120).contains(&beside), "those of its window or two: {found}");
    assert_eq!(world.run(&["sync", "-q", "--no-media"]).code, 0);
    world.assert_complete();
    assert_eq!(world.run(&["audit", "--sample", "600", "-q"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_needs_an_archive_and_a_vendor_that_answers() {
    let world = World::new(60).await;
    let run = world.run(&["audit"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.error().contains("there is no archive"), "{run:?}");
    assert!(!world.path("archive").exists(), "an audit of nothing leaves nothing behind");
    assert_eq!(world.run(&["sync", "-q", "--no-media"]).code, 0);
    world.set_faults("[[fault]]\nalways = true\nkind = \"http\"\nstatus = 401\n");
    let run = world.run(&["audit", "--json"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(source(&run.json())["error"].is_string(), "{run:?}");
    assert_eq!(source(&run.json())["bound"], Value::Null);
    world.set_faults("");
    assert_eq!(world.run(&["status", "-q"]).code, 0, "what could not be read is not doubted");
    assert_eq!(world.run(&["audit", "--sample", "0"]).code, 2);
    assert_eq!(world.run(&["audit", "nxlnk"]).code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_to_which_nothing_comes_is_not_clean() {
    let world = synced(120).await;
    // an account that may see nothing any more: each window is answered, and empty
    let blind = World::new(0).await;
    blind.clock().freeze_at(world.clock().now_ms());
    let archive = format!("archive = {:?}", world.path("archive"));
    blind.configure(|text| text.replacen("archive = \"archive\"", &archive, 1));
    let run = blind.run(&["audit", "--json"]);
    let document = run.json();
    let found = source(&document);
    assert_eq!((run.code, &document["clean"]), (1, &false.into()), "{run:?}");
    assert_eq!((&found["drawn"], &found["compared"]), (&120.into(), &0.into()), "{found}");
    assert!(run.error().contains("none of the 120 records that were drawn came"), "{run:?}");
    assert_eq!(world.run(&["status", "-q"]).code, 0, "what did not come is not doubted");
}
