//! `drift`: what differs from the types, from the vendor's page and from earlier runs.

mod mutations;
mod samples;

use std::fs;

use chat_archive::Archive;
use rusqlite::Connection;
use serde_json::Value;

use crate::support::{Run, World};

/// The findings of a source: what, and where.
fn findings(run: &Run, source: &str) -> Vec<Value> {
    let document = run.json();
    let sources = document["sources"].as_array().unwrap();
    let found = sources.iter().find(|drift| drift["source"] == source).unwrap();
    found["findings"].as_array().unwrap().clone()
}

fn has(findings: &[Value], what: &str, path: &str) -> bool {
    findings.iter().any(|finding| finding["what"] == what && finding["path"] == path)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_brings_that_was_never_there_is_new() {
    let world = World::new(120).await;
    assert_eq!(world.run(&["sync"]).code, 0);
    let first = world.run(&["drift", "--json", "--fail-on-new"]);
    assert_eq!((first.code, &first.json()["new"]), (0, &0.into()), "{first:?}");

    world.set_faults("[[fault]]\nalways = true\nkind = \"unknown_keys\"\n");
    // old enough that a run which begins at once reads them
    world.clock().set_offset(-60_000);
    world.nxlink().insert_records(30);
    world.clock().set_offset(0);
    assert_eq!(world.run(&["sync"]).code, 0);
    // it only looks: no secret is needed, and nothing is sent
    for secret in ["appkey", "access_key", "access_secret"] {
        fs::remove_file(world.path(secret)).unwrap();
    }
    let calls = world.calls();
    let run = world.run(&["drift", "--json"]);
    assert_eq!((run.code, world.calls()), (0, calls), "{run:?}");
    let all = findings(&run, "nxlink");
    let new = all
        .iter()
        .find(|finding| finding["what"] == "new_key")
        .unwrap_or_else(|| panic!("{all:?}"));
    assert!(new["is_new"] == true && new["times"].as_u64().unwrap() > 0, "{new}");
    assert!(has(&all, "unknown_key", new["path"].as_str().unwrap()), "{all:?}");
    assert_eq!(world.run(&["drift", "--fail-on-new"]).code, 1);

    let table = world.run(&["drift"]);
    assert!(table.stdout.contains(new["path"].as_str().unwrap()), "{table:?}");
    assert!(table.stdout.contains("remarks on the vendor's page"), "{table:?}");
    let verbose = world.run(&["drift", "-v"]);
    assert!(verbose.stdout.contains("list[].agent_account: described as"), "{verbose:?}");

    // since before the first run, nothing had come before it
    let all_time = world.run(&["drift", "--since", "2000-01-01", "--json"]);
    assert_eq!(all_time.json()["new"], 0, "{all_time:?}");
    assert_eq!(world.run(&["drift", "elsewhere"]).code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_record_of_a_difference_can_be_looked_at() {
    let world = World::new(60).await;
    assert_eq!(world.run(&["sync"]).code, 0);
    let all = findings(&world.run(&["drift", "--json"]), "nxlink");
    let finding = all
        .iter()
        .find(|finding| finding["record_id"].is_string() && finding["what"] == "listed_absent")
        .unwrap_or_else(|| panic!("{all:?}"));
    let place = format!("{}.{}", finding["page"], finding["record"]);
    let shown = world.run(&["drift", "--show", &place]);
    assert_eq!(shown.code, 0, "{shown:?}");
    let id = finding["record_id"].as_str().unwrap();
    assert_eq!(shown.stdout.trim_end(), world.nxlink().raw_record(id).unwrap());
    let key = finding["path"].as_str().unwrap().rsplit('.').next().unwrap();
    assert!(!shown.stdout.contains(&format!("\"{key}\":")), "{shown:?}");
    let json = world.run(&["drift", "--show", &place, "--json"]).json();
    assert_eq!(json["answer"]["id"], id);
    let page = world.run(&["drift", "--show", &finding["page"].to_string()]);
    assert!(page.stdout.contains(id) && page.stdout.contains("traceId"), "{page:?}");
    for wrong in ["9999", "1.9999", "x", "1.x"] {
        assert_eq!(world.run(&["drift", "--show", wrong]).code, 2, "{wrong}");
    }
}

/// Packs up to 255 bytes as a stored answer is packed: a zstd frame with one block as it is.
fn packed(answer: &[u8]) -> Vec<u8> {
    let bytes = u8::try_from(answer.len()).unwrap();
    let [low, high, ..] = (u32::from(bytes) << 3 | 1).to_le_bytes();
    let head = [0x28, 0xb5, 0x2f, 0xfd, 0x20, bytes, low, high, 0];
    [&head[..], answer].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_json_is_shown_as_it_is() {
    let world = World::new(20).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    let answer = b"<html>\xff\x1b[31m</html>";
    let database = Connection::open(world.path("archive/archive.db")).unwrap();
    let change = "UPDATE page SET body = ?1, body_bytes = ?2 WHERE id = 1";
    let bytes = answer.len();
    assert_eq!(database.execute(change, (packed(answer), bytes)).unwrap(), 1);
    drop(database);
    let shown = world.run(&["drift", "--show", "1", "--json"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert_eq!(shown.json()["answer"], "<html>\u{fffd}\u{1b}[31m</html>");
    let shown = world.command(&["drift", "--show", "1"]).output().unwrap();
    assert_eq!((shown.status.code(), &shown.stdout[..]), (Some(0), &answer[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shape_is_kept_where_it_can_be_and_no_sync_needs_it() {
    let world = World::new(40).await;
    assert_eq!(world.run(&["sync"]).code, 0);
    // beside a writer nothing can be kept, and what is told is the same
    let writer = Archive::open(&world.path("archive")).unwrap();
    let taken = world.run(&["drift", "--json"]).stdout;
    drop(writer);
    let database = || Connection::open(world.path("archive/archive.db")).unwrap();
    let kept = || -> i64 {
        database().query_row("SELECT count(*) FROM shape", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(kept(), 0);
    for _ in 0..2 {
        assert_eq!(world.run(&["drift", "--json"]).stdout, taken);
        assert!(kept() > 0);
    }
    database().execute_batch("DROP VIEW shape; DROP TABLE shape_fact;").unwrap();
    assert_eq!(world.run(&["sync"]).code, 0);
    world.assert_complete();
    assert_eq!(world.run(&["verify"]).code, 0);
    assert_eq!(world.run(&["drift"]).code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_was_never_synced_is_told() {
    let world = World::new(5).await;
    let run = world.run(&["drift"]);
    assert_eq!(run.code, 1);
    assert!(run.error().contains("there is no archive"), "{run:?}");
    drop(Archive::open(&world.path("archive")).unwrap());
    let run = world.run(&["drift", "--json"]);
    assert_eq!((run.code, &run.json()["never_synced"][0]), (1, &"nxlink".into()), "{run:?}");
}
