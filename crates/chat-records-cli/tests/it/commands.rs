//! `init`, `sim`, `completions`, `man`, and the command line itself.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::support::{Run, command};

fn run(dir: &TempDir, args: &[&str]) -> Run {
    Run::of(&command(dir.path().to_path_buf(), args).output().unwrap())
}

#[test]
fn init_writes_a_configuration_once() {
    let dir = TempDir::new().unwrap();
    let first = run(&dir, &["init"]);
    assert_eq!((first.code, first.stderr.as_str()), (0, ""), "{first:?}");
    let file = dir.path().join("chat-records.toml");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    let second = run(&dir, &["init"]);
    assert_eq!(second.code, 2);
    assert!(second.error().contains("there is a configuration already"), "{second:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    // it is one step from working: the secrets are missing
    let check = run(&dir, &["check"]);
    assert!(check.error().contains("NXLINK_APPKEY is not set"), "{check:?}");
    let elsewhere = run(&dir, &["init", "--config", "other.toml", "--json"]);
    assert_eq!(elsewhere.json(), serde_json::json!({ "config": "other.toml" }));
}

#[test]
fn the_command_line_explains_itself() {
    let dir = TempDir::new().unwrap();
    let help = run(&dir, &["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    for word in [
        "demo", "init", "check", "sync", "status", "search", "export", "verify", "rebuild", "sim",
        "130",
    ] {
        assert!(help.stdout.contains(word), "{word}");
    }
    for command in ["demo", "plan", "sync", "audit", "search", "export", "sim", "completions"] {
        let help = run(&dir, &[command, "--help"]);
        assert!(help.stdout.contains("Example"), "{command}");
    }
    let version = run(&dir, &["--version"]);
    assert_eq!(version.stdout, format!("chat-records {}\n", env!("CARGO_PKG_VERSION")));
    for wrong in [&["view"][..], &[], &["sync", "--fast"], &["export"], &["-q", "-v", "status"]] {
        assert_eq!(run(&dir, wrong).code, 2, "{wrong:?}");
    }
    let json = run(&dir, &["sync", "--fast", "--json"]);
    assert!(json.json()["error"].as_str().unwrap().contains("--fast"), "{json:?}");
}

#[test]
fn scripts_and_the_manual_are_printed() {
    let dir = TempDir::new().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&dir, &["completions", shell]);
        assert_eq!(script.code, 0);
        assert!(script.stdout.contains("chat-records"), "{shell}");
    }
    let manual = run(&dir, &["man"]);
    assert_eq!(manual.code, 0);
    for part in [".TH chat-records", "COMMAND SYNC", "since"] {
        assert!(manual.stdout.contains(part), "{part}");
    }
}

/// A simulator that ends with the test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_simulator_serves_until_it_is_told_to_end() {
    let dir = TempDir::new().unwrap();
    let faults = dir.path().join("faults.toml");
    fs::write(&faults, "[[fault]]\nfirst = 1\nkind = \"http\"\nstatus = 502\n").unwrap();
    let args = ["sim", "nxlink", "--records", "150", "--seed", "7", "--faults", "faults.toml"];
    let mut sim = Served(
        command(dir.path().to_path_buf(), &args)
            .stdout(Stdio::piped())
            .stderr(fs::File::create(dir.path().join("sim.err")).unwrap())
            .spawn()
            .unwrap(),
    );
    let mut config = String::new();
    let mut lines = BufReader::new(sim.0.stdout.take().unwrap()).lines();
    while !config.contains("min_interval_ms") {
        config += &(lines.next().unwrap().unwrap() + "\n");
    }
    fs::write(dir.path().join("chat-records.toml"), config).unwrap();
    let sync = run(&dir, &["sync", "--json", "-q"]);
    let notes = fs::read_to_string(dir.path().join("sim.err")).unwrap();
    assert_eq!(sim.0.try_wait().unwrap(), None, "the simulator ended: {notes}");
    assert_eq!(sync.code, 0, "{sync:?} {notes}");
    assert_eq!(sync.json()["sources"][0]["messages_new"], 150);
    assert_eq!(sync.json()["sources"][0]["retries"], 1);
    kill_process(Pid::from_child(&sim.0), Signal::INT).unwrap();
    assert_eq!(sim.0.wait().unwrap().code(), Some(0));
}

#[test]
fn a_simulator_that_makes_no_sense_is_refused() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("faults.toml"), "[[fault]]\nalways = true\nkind = \"htp\"\n")
        .unwrap();
    let rule = "[[fault]]\nalways = true\nkind = \"empty\"\nvendor = \"nxlnk\"\n";
    fs::write(dir.path().join("vendor.toml"), rule).unwrap();
    fs::write(dir.path().join("broken.toml"), "[[fault]\n").unwrap();
    for (args, error) in [
        (&["sim", "nxlnk"][..], "no simulated vendor is named \"nxlnk\"; did you mean \"nxlink\"?"),
        (&["sim", "--faults", "faults.toml"], "faults.toml: fault rule 1"),
        (
            &["sim", "--faults", "vendor.toml"],
            "vendor.toml: fault rule 1: no vendor is named \"nxlnk\"; there is nxlink, ",
        ),
        (&["sim", "--faults", "broken.toml"], "broken.toml: the faults are not valid TOML"),
        (&["sim", "--faults", "nowhere.toml"], "nowhere.toml: the faults cannot be read"),
    ] {
        let run = run(&dir, args);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.error().contains(error), "{run:?}");
    }
}
