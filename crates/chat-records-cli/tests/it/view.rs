//! `view`: the pages, for as long as the program runs, beside a sync too.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{World, command};

/// The program, and the address that it printed.
struct Viewing {
    child: Child,
    address: String,
}

impl Viewing {
    fn start(world: &World, args: &[&str]) -> Self {
        Self::start_command(world.command(args))
    }

    fn start_command(mut command: std::process::Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let line = lines.find(|line| line.as_ref().unwrap().contains("http")).unwrap().unwrap();
        let address = line.split('"').find(|part| part.starts_with("http")).unwrap().to_owned();
        Self { child, address }
    }

    fn get(&self, path: &str) -> String {
        let (host, root) = self.address.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut socket = TcpStream::connect(host).unwrap();
        let request =
            format!("GET /{root}{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    }

    fn end(mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.child.wait().unwrap().code()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_are_served_until_the_program_is_asked_to_end() {
    let world = World::new(30).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    for signal in [Signal::INT, Signal::TERM] {
        let viewing = Viewing::start(&world, &["view"]);
        assert!(viewing.get("").starts_with("HTTP/1.1 200 OK"));
        assert!(viewing.get("conversations").contains("conversation/1"));
        // a connection that is kept open does not hold it up
        let host = viewing.address.split('/').nth(2).unwrap().to_owned();
        let _idle = TcpStream::connect(host).unwrap();
        assert_eq!(viewing.end(signal), Some(0), "that is how it ends");
    }
    let mut json = world.command(&["view", "--json"]);
    let mut child = json.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let out = BufReader::new(child.stdout.as_mut().unwrap());
    let document: Value =
        serde_json::Deserializer::from_reader(out).into_iter().next().unwrap().unwrap();
    assert!(document["address"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_may_run_at_the_same_time() {
    let world = World::with(1500, |options| options.with_latency_ms(20)).await;
    world.configure(|text| {
        text.replace("min_interval_ms = 0", "min_interval_ms = 0\npage_size = 20")
    });
    let mut sync = world.start_until(&["sync", "--no-media"], 20);
    let viewing = Viewing::start(&world, &["view"]);
    let mut seen = 0;
    while sync.try_wait().unwrap().is_none() {
        for path in ["", "conversations", "message/1"] {
            assert!(viewing.get(path).starts_with("HTTP/1.1 200 OK"), "{path}");
        }
        seen += 1;
    }
    assert!(seen > 2, "{seen} looks while it ran");
    assert_eq!(sync.wait().unwrap().code(), Some(0), "the sync was not disturbed");
    assert!(viewing.get("conversations").contains("conversation/"));
    assert_eq!(viewing.end(Signal::INT), Some(0));
    world.assert_complete();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_the_pages_from_being_served_is_said() {
    let world = World::new(5).await;
    let none = world.run(&["view"]);
    assert_eq!(none.code, 1, "{none:?}");
    assert!(none.stderr.contains("run `sync` first"), "{none:?}");
    let empty = tempfile::tempdir().unwrap();
    let unconfigured = command(empty.path().to_owned(), &["view"]).output().unwrap();
    assert_eq!(unconfigured.status.code(), Some(2));
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let busy = world.run(&["view", "--port", &port]);
    assert_eq!(busy.code, 1, "{busy:?}");
    assert!(busy.stderr.contains(&port) && busy.stderr.contains("another --port"), "{busy:?}");
    // a copy needs no configuration
    let archive = world.path("archive");
    let copy = command(
        empty.path().to_owned(),
        &["view", "--json", "--archive", archive.to_str().unwrap()],
    );
    let viewing = Viewing::start_command(copy);
    assert!(viewing.get("").starts_with("HTTP/1.1 200 OK"));
    assert_eq!(viewing.end(Signal::INT), Some(0));
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_browser_is_told_the_address() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new(5).await;
    assert_eq!(world.run(&["sync", "--no-media"]).code, 0);
    let told = world.path("told");
    let browser = world.path("xdg-open");
    // a pipe: reading waits until the browser was told
    assert!(std::process::Command::new("mkfifo").arg(&told).status().unwrap().success());
    std::fs::write(&browser, format!("#!/bin/sh\necho \"$1\" > {}\n", told.display())).unwrap();
    std::fs::set_permissions(&browser, PermissionsExt::from_mode(0o700)).unwrap();
    let mut command = world.command(&["view", "--open"]);
    command.env("PATH", format!("{}:/usr/bin:/bin", world.dir.path().display()));
    let viewing = Viewing::start_command(command);
    let once = std::fs::read_to_string(&told).unwrap().trim().to_owned();
    assert_ne!(once, viewing.address, "others can read what a browser is started with");
    let opened = Viewing { child: viewing.child, address: once };
    let answer = opened.get("");
    let root = viewing.address.splitn(4, '/').nth(3).unwrap();
    assert!(answer.starts_with("HTTP/1.1 303") && answer.contains(&format!("location: /{root}")));
    assert!(opened.get("").starts_with("HTTP/1.1 403"), "it leads there once");
    let viewing = Viewing { child: opened.child, address: viewing.address };
    assert!(viewing.get("").starts_with("HTTP/1.1 200"));
    assert_eq!(viewing.end(Signal::INT), Some(0));
}
