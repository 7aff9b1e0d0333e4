//! Archives that somebody changed: one clear sentence, exit code 1, no more memory than usual.

use std::fs;

use rusqlite::{Connection, params};
use tempfile::TempDir;

use super::memory::watched;
use crate::support::{Run, World};

const READING: [&[&str]; 3] = [&["status"], &["verify"], &["export", "--format", "jsonl"]];

async fn synced() -> World {
    let world = World::new(60).await;
    assert_eq!(world.run(&["sync", "-q"]).code, 0);
    world
}

fn database(world: &World) -> Connection {
    Connection::open(world.path("archive/archive.db")).unwrap()
}

fn assert_told(run: &Run, what: &str) {
    assert_eq!(run.code, 1, "{what}: {run:?}");
    assert!(!run.stderr.contains("panicked"), "{what}: {run:?}");
    assert!(run.error().len() < 400, "{what}: {run:?}");
    // what was told before it failed is whole: lines of an export, or a page of words
    let (lines, words): (Vec<&str>, Vec<&str>) =
        run.stdout.lines().partition(|line| line.starts_with('{'));
    assert!(words.join("\n").len() < 8000, "{what}: {run:?}");
    for line in lines {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{what}: {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_database_is_one_sentence() {
    let world = synced().await;
    let path = world.path("archive/archive.db");
    let good = fs::read(&path).unwrap();
    let mut holed = good.clone();
    for page in holed.chunks_mut(4096).skip(1) {
        page.fill(0xaa);
    }
    let mut long = good.clone();
    long.truncate(5000);
    for (what, bytes) in [
        ("text", b"this is no database".repeat(1000)),
        ("zeros", vec![0; 100_000]),
        ("holes", holed),
        ("cut", long),
        ("nothing", Vec::new()),
    ] {
        for side in ["archive/archive.db-wal", "archive/archive.db-shm"] {
            let _ = fs::remove_file(world.path(side));
        }
        for args in READING {
            fs::write(&path, &bytes).unwrap();
            let run = world.run(args);
            assert_told(&run, &format!("{what}: {args:?}"));
            let error = run.error();
            assert!(
                ["is damaged or is no archive", "differ", "there is no archive"]
                    .iter()
                    .any(|words| error.contains(words)),
                "{what}: {args:?}: {error}"
            );
            if what == "text" {
                assert!(error.contains("move it away and run `sync` again"), "{args:?}: {error}");
            }
        }
        if what != "nothing" {
            fs::write(&path, &bytes).unwrap();
            assert_told(&world.run(&["sync", "-q"]), what);
        }
    }
    // and the good one is as good as before
    fs::write(&path, &good).unwrap();
    assert_eq!(world.run(&["verify"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_was_emptied_is_found() {
    let world = synced().await;
    assert!(database(&world).execute("DELETE FROM ledger", []).unwrap() > 0);
    let run = world.run(&["verify"]);
    assert_told(&run, "ledger");
    assert!(run.error().contains("differ"), "{run:?}");
    assert_eq!(world.run(&["export", "--format", "jsonl"]).code, 0);
}

/// A frame of zstd that unpacks to so many pieces of 128 KiB; each takes four bytes.
fn bomb(pieces: usize) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x70];
    for piece in 0..pieces {
        let last = u32::from(piece + 1 == pieces);
        let header = last | 1 << 1 | (128 * 1024) << 3;
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.push(b' ');
    }
    frame
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_unpacks_to_gigabytes_is_not_unpacked() {
    let world = synced().await;
    for said in [4096, 60 << 20, 1 << 30, i64::MAX] {
        let change = "UPDATE page SET body = ?1, body_bytes = ?2 WHERE body IS NOT NULL";
        assert!(database(&world).execute(change, params![bomb(8 * 1024), said]).unwrap() > 0);
        for args in [&["verify"][..], &["export", "--format", "jsonl"]] {
            let (run, peak_mib) = watched(&world.dir, args);
            assert_told(&run, &format!("{said}: {args:?}"));
            assert!((5..256).contains(&peak_mib), "{said}: {args:?}: {peak_mib} MiB");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_a_file_leads_nowhere_else() {
    let world = synced().await;
    let change = "UPDATE attachment SET sha256 = CAST('../../../../../../../../etc/passwd' AS BLOB)
         WHERE state = 'saved'";
    assert!(database(&world).execute(change, []).unwrap() > 0);
    for args in [&["verify"][..], &["export", "--format", "jsonl"]] {
        let run = world.run(args);
        assert_told(&run, &format!("{args:?}"));
        assert!(!run.stdout.contains("etc/passwd"), "{run:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_numbers_in_the_database_are_told() {
    for change in [
        "UPDATE message SET raw_start = 9223372036854775807",
        "UPDATE message SET raw_bytes = -1",
        "UPDATE message SET sent_at_ms = 9223372036854775807, sent_offset = 32767",
        "UPDATE message SET sent_at_ms = 'yesterday'",
        "UPDATE message SET reactions = '[[['",
        "UPDATE message SET raw_sha256 = x'00'",
        "UPDATE page SET spans = x'ffffffffffffffff00'",
        "UPDATE page SET root = NULL WHERE 0; UPDATE ledger SET hash = x''",
        "UPDATE source SET assumptions = '{', fingerprint = x'ff'",
    ] {
        let world = synced().await;
        database(&world).execute_batch(change).unwrap();
        for args in READING.into_iter().chain([&["sync", "-q"][..]]) {
            let run = world.run(args);
            assert!(matches!(run.code, 0 | 1), "{change}: {args:?}: {run:?}");
            assert!(!run.stderr.contains("panicked"), "{change}: {args:?}: {run:?}");
            if run.code == 1 {
                assert!(run.error().len() < 400, "{change}: {args:?}: {run:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_is_a_file_is_one_sentence() {
    let world = World::new(10).await;
    fs::write(world.path("archive"), "a file").unwrap();
    for args in READING.into_iter().chain([&["sync", "-q"][..]]) {
        assert_told(&world.run(args), &format!("{args:?}"));
    }
    let empty = TempDir::new().unwrap();
    fs::remove_file(world.path("archive")).unwrap();
    std::os::unix::fs::symlink(empty.path().join("nowhere"), world.path("archive")).unwrap();
    for args in READING.into_iter().chain([&["sync", "-q"][..]]) {
        assert_told(&world.run(args), &format!("{args:?}"));
    }
}
