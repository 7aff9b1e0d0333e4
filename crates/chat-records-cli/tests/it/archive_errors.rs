//! Archives that cannot be used: one clear sentence, exit code 1, nothing lost.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use chat_archive::Archive;

use crate::support::{Run, World};

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_archive_yet() {
    let world = World::new(10).await;
    for args in [&["status"][..], &["verify"], &["export", "--format", "jsonl"]] {
        let run = world.run(args);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{run:?}");
        assert!(run.error().contains("there is no archive"), "{run:?}");
    }
    let run = world.run(&["status", "--json"]);
    assert!(run.json()["error"].as_str().unwrap().contains("there is no archive"), "{run:?}");
    assert!(!world.path("archive").exists(), "looking creates nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_of_a_newer_version_is_left_alone() {
    let world = World::new(10).await;
    assert_eq!(world.run(&["sync"]).code, 0);
    let database = world.path("archive/archive.db");
    let connection = rusqlite::Connection::open(&database).unwrap();
    let version: i64 =
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    connection.pragma_update(None, "user_version", version + 1).unwrap();
    drop(connection);
    for args in [&["sync"][..], &["status"], &["verify"], &["export", "--format", "jsonl"]] {
        let run = world.run(args);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.error().contains("use a newer chat-records"), "{run:?}");
    }
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection.pragma_update(None, "user_version", version).unwrap();
    drop(connection);
    world.assert_complete();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_do_not_write_at_the_same_time() {
    let world = World::new(10).await;
    let held = Archive::open(&world.path("archive")).unwrap();
    let run = world.run(&["sync"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.error().contains("by another run"), "{run:?}");
    assert_eq!(world.nxlink().requests().total, 0);
    // reading beside the writer is fine
    assert_eq!(world.run(&["verify"]).code, 0);
    drop(held);
    assert_eq!(world.run(&["sync"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_is_named() {
    let world = World::new(10).await;
    let mode = |path: &str, mode| {
        fs::set_permissions(world.path(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    fs::create_dir(world.path("closed")).unwrap();
    world.configure(|text| text.replace("archive = \"archive\"", "archive = \"closed/archive\""));
    for file in ["chat-records.toml", "appkey", "access_key", "access_secret"] {
        mode(file, 0o644);
    }
    mode("", 0o755);
    mode("closed", 0o555);
    let mut command = world.command(&["sync", "-q"]);
    if rustix::process::geteuid().is_root() {
        // nobody: to root, no folder is closed. The binary itself may lie where nobody can read
        let copy = world.path("chat-records");
        // by another process: a file that this one holds open for writing, or a child that another
        // test is starting meanwhile, cannot be run
        let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_chat-records")).arg(&copy).status();
        assert!(copied.unwrap().success());
        command = Command::new(copy);
        command.current_dir(world.dir.path()).args(["sync", "-q"]).uid(65_534).gid(65_534);
    }
    let run = Run::of(&command.output().unwrap());
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.error().contains("cannot be written to; check the permissions"), "{run:?}");
    assert_eq!(world.nxlink().requests().total, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_afterwards_is_found() {
    let world = World::new(60).await;
    assert_eq!(world.run(&["sync"]).code, 0);
    let line = world.exported().into_iter().find(|line| line.raw("attachments") != "[]").unwrap();
    let attachment = line.value("attachments")[0].clone();
    let path = world.path("archive").join(attachment["path"].as_str().unwrap());
    let mut bytes = fs::read(&path).unwrap();
    bytes[7] ^= 1;
    fs::write(&path, bytes).unwrap();
    let run = world.run(&["verify"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains(attachment["sha256"].as_str().unwrap()), "{run:?}");
    assert_eq!(run.error(), "1 thing differs from what was stored");
    let run = world.run(&["verify", "--json"]);
    assert_eq!((run.code, &run.json()["clean"]), (1, &false.into()));
}
