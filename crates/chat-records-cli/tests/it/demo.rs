//! `demo`: the first thing that anyone runs.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use crate::support::{Run, command, without_roots};

fn run(dir: &TempDir, args: &[&str]) -> Run {
    Run::of(&command(dir.path().to_path_buf(), args).output().unwrap())
}

#[test]
fn a_demo_shows_everything_and_can_be_run_again() {
    let dir = TempDir::new().unwrap();
    let demo = ["demo", "--records", "300"];
    let first = run(&dir, &demo);
    assert_eq!(first.code, 0, "{first:?}");
    for part in [
        "SOURCE",
        "nxlink",
        "300",
        "0 broken",
        "provisional",
        "status --config",
        "view --open",
        "search",
    ] {
        assert!(first.stdout.contains(part), "{part}: {first:?}");
    }
    let secret = dir.path().join("chat-records-demo/secrets/nxlink-access_secret");
    assert_eq!(fs::metadata(secret).unwrap().permissions().mode() & 0o777, 0o600);

    let ignored = dir.path().join("chat-records-demo/.gitignore");
    assert_eq!(fs::read_to_string(ignored).unwrap(), "*\n");

    let second = run(&dir, &[&demo[..], &["--json"]].concat());
    assert_eq!(second.code, 0, "{second:?}");
    assert_eq!(second.json()["sources"][0]["messages_new"], 0);
    assert_eq!(second.json()["config"], "chat-records-demo/chat-records.toml");

    // the lines that it printed work
    let config = ["--config", "chat-records-demo/chat-records.toml"];
    for command in [
        &["status"][..],
        &["verify"],
        &["search", "发票", "--limit", "999"],
        &["export", "--format", "csv"],
    ] {
        let run = run(&dir, &[command, &config].concat());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    }
}

#[test]
fn a_demo_needs_no_root_certificates() {
    let dir = TempDir::new().unwrap();
    let mut demo = command(dir.path().to_path_buf(), &["demo", "--records", "100", "--json"]);
    without_roots(&mut demo);
    let run = Run::of(&demo.output().unwrap());
    assert_eq!(run.code, 0, "{run:?}");
    let sources = run.json()["sources"].as_array().unwrap().clone();
    assert!(sources.iter().all(|source| source["messages_new"] == 100), "{run:?}");
    assert!(sources.iter().any(|source| source["media"]["saved"].as_u64() > Some(0)), "{run:?}");
}

#[test]
fn a_demo_does_not_touch_what_is_not_its_own() {
    let dir = TempDir::new().unwrap();
    assert_eq!(run(&dir, &["demo", "--dir", "d", "--records", "20"]).code, 0);
    let run_again = run(&dir, &["demo", "--dir", "d", "--records", "30"]);
    assert_eq!(run_again.code, 2);
    assert!(run_again.error().contains("choose another --dir"), "{run_again:?}");

    let own = dir.path().join("chat-records.toml");
    fs::write(&own, "mine").unwrap();
    let refused = run(&dir, &["demo", "--dir", "."]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert_eq!(fs::read_to_string(own).unwrap(), "mine");
}
