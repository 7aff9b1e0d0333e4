//! Exports: filters, files, pipes.

use std::fs;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Run, World};

const EXPORT: [&str; 3] = ["export", "--format", "jsonl"];

/// How many lines an export with these options has.
fn count(world: &World, options: &[&str]) -> usize {
    let run = world.run(&[&EXPORT, options].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    run.stdout.lines().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_choose() {
    let world = World::new(300).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    let lines = world.exported();
    assert_eq!(count(&world, &["--source", "nxlink"]), 300);
    let of_kind = |kind: &str| lines.iter().filter(|line| line.text("kind") == kind).count();
    assert_eq!(count(&world, &["--kind", "text"]), of_kind("text"));
    assert!(of_kind("text") < 300);

    let sender = lines[0].value("sender");
    let name = sender["name"].as_str().unwrap();
    let of_name = lines.iter().filter(|line| line.value("sender")["name"] == name).count();
    assert_eq!(count(&world, &["--sender", name]), of_name);

    // both days belong to the span, in the time of the source
    let day = lines[0].text("sent_at")[..10].to_owned();
    let of_day = lines.iter().filter(|line| line.text("sent_at").starts_with(&day)).count();
    assert_eq!(count(&world, &["--from", &day, "--to", &day]), of_day);
    let moment = lines[0].text("sent_at");
    let of_moment = lines.iter().filter(|line| line.text("sent_at") == moment).count();
    assert_eq!(count(&world, &["--from", &moment, "--to", &moment]), of_moment);

    let run = world.run(&[&EXPORT[..], &["--from", "2025-02-01", "--to", "2025-01-01"]].concat());
    assert_eq!((run.code, run.error()), (2, "--from is later than --to; swap them"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_whole_or_not_there() {
    let world = World::new(120).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    let target = world.path("out.jsonl");
    fs::write(&target, "old").unwrap();
    let run = world.run(&[&EXPORT[..], &["-o", "out.jsonl", "--json"]].concat());
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.json(),
        serde_json::json!({ "format": "jsonl", "file": "out.jsonl", "messages": 120 })
    );
    let stdout = world.run(&EXPORT).stdout;
    assert_eq!(fs::read_to_string(&target).unwrap(), stdout);
    assert_eq!(world.run(&[&EXPORT[..], &["-o", "-"]].concat()).stdout, stdout);
    let left = fs::read_dir(world.dir.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"));
    assert_eq!(left.count(), 0);

    for (file, error) in [
        (
            "nowhere/out.jsonl",
            "nowhere/out.jsonl cannot be written: nowhere is no folder; make it first",
        ),
        (".", ". is a folder"),
    ] {
        let run = world.run(&[&EXPORT[..], &["-o", file]].concat());
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.error().contains(error), "{run:?}");
    }
    // a device stays a device
    assert_eq!(world.run(&[&EXPORT[..], &["-o", "/dev/null"]].concat()).code, 0);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn json_and_lines_do_not_mix() {
    let world = World::new(10).await;
    let run = world.run(&[&EXPORT[..], &["--json"]].concat());
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.json()["error"].as_str().unwrap().contains("leave out --json"), "{run:?}");
    let run = world.run(&["export", "--format", "xml"]);
    assert_eq!(run.code, 2, "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_has_seen_enough_is_no_error_to_print() {
    let world = World::new(300).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    let mut child =
        world.command(&EXPORT).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(1), "not everything was written");
}

/// What is in the folder of an export besides the archive and the configuration.
fn files(world: &World) -> Vec<String> {
    let names = fs::read_dir(world.path("out")).unwrap();
    let mut names: Vec<String> =
        names.map(|name| name.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Those of them that are not whole.
fn parts(world: &World) -> Vec<String> {
    files(world).into_iter().filter(|name| name.starts_with(".chat-records-")).collect()
}

async fn synced(records: u32) -> World {
    let world = World::new(records).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    fs::create_dir(world.path("out")).unwrap();
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_is_written_and_says_how_much() {
    let world = synced(150).await;
    let forms: &[&str] = if cfg!(feature = "parquet") {
        &["jsonl", "csv", "sqlite", "parquet"]
    } else {
        &["jsonl", "csv", "sqlite"]
    };
    for form in forms {
        let file = format!("out/messages.{form}");
        let run = world.run(&["export", "--format", form, "-o", &file, "--json"]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
        assert_eq!(
            run.json(),
            serde_json::json!({ "format": form, "file": file, "messages": 150 })
        );
        let file = format!("out/conversations.{form}");
        let args = ["export", "--of", "conversations", "--format", form, "-o", &file, "--json"];
        let run = world.run(&args);
        assert_eq!(run.code, 0, "{run:?}");
        let held = world.run(&["status", "--json"]).json();
        assert_eq!(run.json()["conversations"], held["sources"][0]["conversations"], "{run:?}");
    }
    assert_eq!(files(&world).len(), forms.len() * 2);

    let rows = |sql: &str| -> u64 {
        let db = rusqlite::Connection::open(world.path("out/messages.sqlite")).unwrap();
        db.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(rows("SELECT count(*) FROM messages WHERE json_valid(raw)"), 150);
    // the options for columns
    let csv = |options: &[&str]| {
        let run = world.run(&[&["export", "--format", "csv"], options].concat());
        assert_eq!(run.code, 0, "{run:?}");
        run.stdout
    };
    assert!(csv(&[]).starts_with("vendor,source,id,"));
    assert!(!csv(&[]).lines().next().unwrap().contains("raw"));
    assert!(csv(&["--raw"]).lines().next().unwrap().ends_with(",raw"));
    assert!(csv(&["--bom"]).starts_with("\u{feff}vendor"));
    let run = world.run(&["export", "--format", "sqlite", "--no-raw", "-o", "out/messages.sqlite"]);
    assert_eq!(run.stdout, "wrote 150 messages to out/messages.sqlite\n");
    assert_eq!(rows("SELECT count(*) FROM pragma_table_info('messages') WHERE name = 'raw'"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_go_together_is_said_before_anything_is_read() {
    let world = World::new(1).await;
    for (args, error) in [
        ("--format sqlite", "it cannot go to standard output; name a file with -o"),
        ("--format jsonl --no-raw", "its lines have the same keys, always"),
        ("--format jsonl --bom", "--bom is for --format csv"),
        ("--format csv --of conversations --versions", "--versions does not go with --of"),
        ("--format csv --of conversations --raw", "--raw does not go with --of"),
        ("--format csv --of conversations --no-raw", "--no-raw does not go with --of"),
        ("--format csv --of conversations --sender a", "choose by --source, --from"),
    ] {
        let run = world.run(&[&["export"], &args.split(' ').collect::<Vec<_>>()[..]].concat());
        assert_eq!(run.code, 2, "{args}: {run:?}");
        assert!(run.error().contains(error), "{args}: {run:?}");
    }
    #[cfg(not(feature = "parquet"))]
    {
        let run = world.run(&["export", "--format", "parquet", "-o", "messages.parquet"]);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.error().contains("--features parquet"), "{run:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_conversations_that_is_behind_is_said() {
    let world = synced(60).await;
    let export = ["export", "--of", "conversations", "--format", "jsonl"];
    assert_eq!(world.run(&export).code, 0);
    let db = rusqlite::Connection::open(world.path("archive/archive.db")).unwrap();
    db.execute("INSERT INTO unindexed SELECT id FROM message LIMIT 7", []).unwrap();
    let run = world.run(&export);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("7 messages"), "{run:?}");
    assert!(run.stderr.contains("run `sync`"), "{run:?}");
    let run = world.run(&[&export[..], &["-o", "out/c.jsonl", "--json"]].concat());
    assert_eq!(run.json()["behind"], serde_json::json!([7, 0]), "{run:?}");
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    assert_eq!(world.run(&export).code, 0);
}

/// Stops the program in the middle of an export, when its file is there and not named yet; `None`
/// if it was faster.
fn stopped_within(world: &World, form: &str) -> Option<Child> {
    let args = ["export", "--format", form, "-o", "out/all", "-q"];
    let mut child =
        world.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while child.try_wait().unwrap().is_none() {
        if !parts(world).is_empty() {
            kill_process(Pid::from_child(&child), Signal::STOP).unwrap();
            return Some(child);
        }
        std::thread::yield_now();
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_export_leaves_nothing_and_a_killed_one_no_half_file() {
    let world = synced(1200).await;
    for form in ["jsonl", "csv", "sqlite"] {
        fs::write(world.path("out/all"), "old").unwrap();
        let ways: [(&[Signal], i32); 4] = [
            (&[Signal::INT], 130),
            (&[Signal::TERM], 130),
            (&[Signal::INT, Signal::TERM], 130),
            (&[Signal::KILL], -1),
        ];
        for (signals, code) in ways {
            let interrupted = (0..50).any(|_| {
                let Some(child) = stopped_within(&world, form) else { return false };
                for signal in signals.iter().chain(&[Signal::CONT]) {
                    kill_process(Pid::from_child(&child), *signal).unwrap();
                }
                let run = Run::of(&child.wait_with_output().unwrap());
                // it may have been at its end
                let was_whole = run.code == 0;
                assert!(was_whole || run.code == code, "{form}: {run:?}");
                if was_whole {
                    fs::write(world.path("out/all"), "old").unwrap();
                }
                !was_whole
            });
            assert!(interrupted, "{form}: never caught in the middle");
            assert_eq!(fs::read_to_string(world.path("out/all")).unwrap(), "old", "{form}");
            if code == 130 {
                assert_eq!(files(&world), ["all"], "{form}");
            }
        }
        for part in parts(&world) {
            fs::remove_file(world.path("out").join(part)).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_export_takes_the_place_of_the_archive() {
    let world = synced(20).await;
    std::os::unix::fs::symlink("../archive/archive.db", world.path("out/link.db")).unwrap();
    std::os::unix::fs::symlink("../archive/new.db", world.path("out/new.db")).unwrap();
    for file in
        ["archive/archive.db", "archive/x.db", "archive/media/x", "out/link.db", "out/new.db"]
    {
        let run = world.run(&["export", "--format", "sqlite", "-o", file]);
        assert_eq!(run.code, 2, "{file}: {run:?}");
        assert!(run.error().contains("is in the archive's folder"), "{file}: {run:?}");
    }
    let mut inside = world.command(&["export", "--format", "jsonl", "-o", "archive.db"]);
    inside.current_dir(world.path("archive")).arg("--config").arg("../chat-records.toml");
    assert_eq!(Run::of(&inside.output().unwrap()).code, 2);
    assert_eq!(world.exported().len(), 20);

    // a link stays a link, also to a file that is not there yet
    std::os::unix::fs::symlink("target.jsonl", world.path("out/link.jsonl")).unwrap();
    for _ in 0..2 {
        let run = world.run(&["export", "--format", "jsonl", "-o", "out/link.jsonl"]);
        assert_eq!(run.code, 0, "{run:?}");
        assert!(fs::symlink_metadata(world.path("out/link.jsonl")).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(world.path("out/target.jsonl")).unwrap().lines().count(), 20);
    }
    std::os::unix::fs::symlink("circle", world.path("out/circle")).unwrap();
    let run = world.run(&["export", "--format", "jsonl", "-o", "out/circle"]);
    assert_eq!((run.code, run.error()), (1, "out/circle cannot be written"));
}
