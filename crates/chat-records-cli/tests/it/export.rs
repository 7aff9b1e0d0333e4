//! Exports: filters, files, pipes.

use std::fs;
use std::process::Stdio;

use crate::support::World;

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
        ("nowhere/out.jsonl", "nowhere/out.jsonl cannot be written"),
        ("archive", "archive is a folder"),
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
