//! Disks that are full or cannot be written: one clear sentence, exit code 1, and what was stored
//! is safe. On a real small file system, in a mount namespace that ends with the test.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Run, World};

/// What a script printed on standard output, and the output of each step of it.
struct Steps(World);

impl Steps {
    /// Runs a script that may mount; `false` if this machine lets nobody do so.
    ///
    /// In the script, `run NAME ARGS…` runs the program and keeps what it printed under that name.
    fn run(&self, script: &str) -> bool {
        let program = env!("CARGO_BIN_EXE_chat-records");
        let script = format!(
            "set -e\n\
             run() {{\n  name=$1\n  shift\n  code=0\n\
             \x20 '{program}' \"$@\" > $name.out 2> $name.err || code=$?\n  echo $code > $name.code\n}}\n\
             {script}"
        );
        let dir = self.0.dir.path();
        for rights in [&["--mount"][..], &["--user", "--map-root-user", "--mount"]] {
            let try_it = Command::new("unshare")
                .args(rights)
                .args(["sh", "-c", "mount -t tmpfs -o size=1m none \"$0\""])
                .arg(dir.join("small"))
                .output();
            if try_it.is_ok_and(|tried| tried.status.success()) {
                let mut command = Command::new("unshare");
                command.args(rights).args(["sh", "-c", &script]).current_dir(dir);
                let ran = command.env_remove("CHAT_RECORDS_CONFIG").output().unwrap();
                assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
                return true;
            }
        }
        eprintln!("not tried: nobody may mount here");
        false
    }

    fn step(&self, name: &str) -> Run {
        let read = |end: &str| fs::read_to_string(self.0.path(&format!("{name}.{end}"))).unwrap();
        Run { code: read("code").trim().parse().unwrap(), stdout: read("out"), stderr: read("err") }
    }
}

/// An archive on a small file system of its own, below the folder `small`.
async fn steps() -> Steps {
    let world = World::with(600, |options| options).await;
    fs::create_dir(world.path("small")).unwrap();
    world.configure(|text| text.replace("archive = \"archive\"", "archive = \"small/archive\""));
    Steps(world)
}

fn lines(export: &Path) -> usize {
    fs::read_to_string(export).unwrap().lines().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_nothing_is_lost() {
    let steps = steps().await;
    let script = "
        mount -t tmpfs -o size=600k none small
        run full sync -q --no-media
        run again sync -q --no-media
        mount -o remount,size=900k small
        run files sync -q
        run status status
        mount -o remount,size=64m small
        run room sync -q
        run verify verify -q
        run export export --format jsonl -o all.jsonl
        mkdir tiny
        mount -t tmpfs -o size=300k none tiny
        run pages export --format html -o tiny/chats
        ls -A tiny > pages.left
    ";
    if !steps.run(script) {
        return;
    }
    let run = steps.step("pages");
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.error().contains("tiny/chats; no space is left there, so free some"), "{run:?}");
    assert_eq!(fs::read_to_string(steps.0.path("pages.left")).unwrap(), "");
    for name in ["full", "again"] {
        let run = steps.step(name);
        assert_eq!(run.code, 1, "{name}: {run:?}");
        assert!(run.error().contains("no space is left"), "{name}: {run:?}");
        assert!(run.error().contains("free some"), "{name}: {run:?}");
    }
    // room for the messages, and not for all of their files
    let run = steps.step("files");
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("no space is left"), "{run:?}");
    assert_eq!(steps.step("status").code, 1);
    for name in ["room", "verify", "export"] {
        let run = steps.step(name);
        assert_eq!(run.code, 0, "{name}: {run:?}");
    }
    assert_eq!(lines(&steps.0.path("all.jsonl")), 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_on_a_read_only_disk_can_be_read() {
    let steps = steps().await;
    let script = "
        mount -t tmpfs -o size=64m none small
        run sync sync -q
        mount -o remount,ro small
        run again sync -q
        run status status
        run verify verify -q
        run export export --format jsonl -o all.jsonl
    ";
    if !steps.run(script) {
        return;
    }
    assert_eq!(steps.step("sync").code, 0);
    let run = steps.step("again");
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.error().contains("cannot be written to; check the permissions"), "{run:?}");
    for name in ["status", "verify", "export"] {
        let run = steps.step(name);
        assert_eq!(run.code, 0, "{name}: {run:?}");
    }
    assert_eq!(lines(&steps.0.path("all.jsonl")), 600);
}
