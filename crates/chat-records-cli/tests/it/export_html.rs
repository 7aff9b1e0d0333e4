//! `export --format html` from outside: what it says, how it ends, what it leaves.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Run, World};

const EXPORT: [&str; 5] = ["export", "--format", "html", "-o", "chats"];

fn entries(world: &World) -> Vec<String> {
    let entries = fs::read_dir(world.dir.path()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn is_part(name: &str) -> bool {
    name.rsplit('.').next() == Some("part")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_says_what_is_in_it() {
    let world = World::new(150).await;
    assert_eq!(world.run(&["sync"]).code, 0);
    let lines = world.exported();
    let run = world.run(&[&EXPORT[..], &["--json"]].concat());
    assert_eq!(run.code, 0, "{run:?}");
    let document = run.json();
    assert_eq!(
        (document["format"].as_str(), document["file"].as_str()),
        (Some("html"), Some("chats"))
    );
    assert_eq!(document["messages"].as_u64(), Some(lines.len() as u64));
    assert!(document["files"].as_u64().unwrap() > 0, "{document}");
    assert_eq!(document["files_missing"].as_u64(), Some(0));
    let mark: serde_json::Value =
        serde_json::from_slice(&fs::read(world.path("chats/chat-records.json")).unwrap()).unwrap();
    assert_eq!(mark["export"]["messages"], document["messages"]);

    // once more, in the language of the system, of one kind
    let kind = lines[0].text("kind");
    let of_kind = lines.iter().filter(|line| line.text("kind") == kind).count();
    let output = world
        .command(&[&EXPORT[..], &["--kind", &kind, "--no-media"]].concat())
        .env("LC_ALL", "zh_CN.UTF-8")
        .output()
        .unwrap();
    let run = Run::of(&output);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains(&format!("wrote {of_kind} messages in ")), "{run:?}");
    assert!(run.stdout.ends_with("open chats/index.html\n"), "{run:?}");
    let index = fs::read_to_string(world.path("chats/index.html")).unwrap();
    assert!(index.contains("lang=\"zh-Hans\"") && index.contains("未包含图片"), "{index}");
    assert!(!world.path("chats/media").exists());

    // a file that is gone from the archive is missed, and said
    fs::remove_dir_all(world.path("archive/media")).unwrap();
    let run = world.run(&EXPORT);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("not in its folder; `verify` names them"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_go_with_pages_is_said_and_nothing_is_written() {
    let world = World::new(10).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    let html = &["export", "--format", "html"];
    for (options, said) in [
        (&[][..], "name one with -o"),
        (&["-o", "-"], "name one with -o"),
        (&["-o", "chats", "--of", "conversations"], "--of conversations"),
        (&["-o", "chats", "--versions"], "every form is in the pages"),
        (&["-o", "chats", "--raw"], "--format jsonl has it"),
        (&["-o", "chats", "--bom"], "--bom is for"),
        (&["-o", "archive/chats"], "is in the archive's folder"),
    ] {
        let run = world.run(&[&html[..], options].concat());
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.error().contains(said), "{run:?}");
    }
    for option in [&["--no-media"][..], &["--lang", "en"]] {
        let run = world.run(&[&["export", "--format", "csv"], option].concat());
        assert_eq!(run.code, 2, "{run:?}");
    }
    fs::create_dir(world.path("chats")).unwrap();
    fs::write(world.path("chats/mine.txt"), "mine").unwrap();
    let run = world.run(&EXPORT);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.error().contains("chats holds something that is no export of this program"),
        "{run:?}"
    );
    assert_eq!(fs::read_to_string(world.path("chats/mine.txt")).unwrap(), "mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_export_leaves_nothing() {
    let world = World::new(1200).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    let child =
        world.command(&EXPORT).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    // the folder with another name is there as soon as something is written
    while !entries(&world).iter().any(|name| is_part(name)) {
        assert!(begun.elapsed() < Duration::from_secs(20), "nothing is written");
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let run = Run::of(&child.wait_with_output().unwrap());
    assert_eq!(run.code, 130, "{run:?}");
    assert!(run.stderr.contains("interrupted; the folder was not written"), "{run:?}");
    let left = entries(&world);
    assert!(!left.iter().any(|name| name == "chats" || is_part(name)), "{left:?}");
}
