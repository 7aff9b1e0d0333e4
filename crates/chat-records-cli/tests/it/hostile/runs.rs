//! Whole runs of the program against hostile vendors: the right verdict, and nothing else lost.

use std::fs;

use tempfile::TempDir;

use super::server::{Answer, Server};
use super::vendors::{VENDORS, Vendor};
use crate::support::{Run, command};

const STRANGE: [char; 4] = ['\u{1b}', '\0', '\u{7}', '\u{202e}'];

struct Folder(TempDir);

impl Folder {
    fn new(vendor: &Vendor, answer: Answer) -> Self {
        let server = Server::start(vendor, answer);
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("chat-records.toml"), vendor.config(&server.url())).unwrap();
        Self(dir)
    }

    /// Runs the program; it neither panics nor commands the terminal.
    fn run(&self, args: &[&str]) -> Run {
        let run = Run::of(&command(self.0.path().to_path_buf(), args).output().unwrap());
        assert!(!run.stderr.contains("panicked"), "{run:?}");
        assert!(!run.stderr.contains(STRANGE), "{run:?}");
        // JSON is for programs, and escapes what commands a terminal itself
        let is_json = args.contains(&"--json") || args.contains(&"jsonl");
        let strange = if is_json { &STRANGE[..3] } else { &STRANGE[..] };
        assert!(!run.stdout.contains(strange), "{run:?}");
        run
    }
}

#[test]
fn a_garbled_record_is_counted_and_the_others_are_kept() {
    for vendor in &VENDORS {
        let good = [vendor.record("g1", "one"), vendor.record("g2", "\\u001b[2Jtwo")];
        let page = vendor.page(&[&good[0], &vendor.record("bad", b"x\xff"), &good[1]]);
        let folder = Folder::new(vendor, Answer::ok(page.clone()));
        let run = folder.run(&["sync", "-q", "--json"]);
        assert_eq!(run.code, 1, "{}: {run:?}", vendor.name);
        let source = &run.json()["sources"][0];
        assert_eq!(source["messages_new"], 2, "{}: {run:?}", vendor.name);
        assert!(source["skipped"].as_u64().unwrap() >= 1, "{}: {run:?}", vendor.name);
        let run = folder.run(&["status"]);
        assert_eq!(run.code, 1, "{}: {run:?}", vendor.name);
        assert_eq!(folder.run(&["verify"]).code, 0, "{}", vendor.name);
        let run = folder.run(&["export", "--format", "jsonl"]);
        assert_eq!((run.code, run.stdout.lines().count()), (0, 2), "{}", vendor.name);
        for (line, record) in run.stdout.lines().zip(&good) {
            let record = String::from_utf8(record.clone()).unwrap();
            assert!(line.ends_with(&format!("\"raw\":{record}}}")), "{}: {line}", vendor.name);
        }
    }
}

#[test]
fn an_answer_that_is_no_page_ends_the_run_with_a_sentence() {
    let vendor = VENDORS.iter().find(|vendor| vendor.name == "jijyun").unwrap();
    // only what is no JSON at all is tried again, and that takes its time
    for body in [b"{\"list\":1}".to_vec(), b"[[[[]]]]".to_vec()] {
        let folder = Folder::new(vendor, Answer::ok(body));
        let run = folder.run(&["check"]);
        assert_eq!(run.code, 1, "{run:?}");
        let run = folder.run(&["check", "--json"]);
        assert_eq!(run.json()["sources"][0]["ok"], false, "{run:?}");
    }
}

#[test]
fn a_vendor_s_words_do_not_command_the_terminal() {
    let words = "\\u001b[2J\\u202e\\u0007\\u0000 gone";
    for vendor in &VENDORS {
        let body = format!(
            "{{\"code\":21058,\"message\":\"{words}\",\"errcode\":60020,\"errmsg\":\"{words}\",\
             \"resultCode\":\"7\",\"resultDesc\":\"{words}\",\"Code\":4000,\"Msg\":\"{words}\"}}"
        );
        let folder = Folder::new(vendor, Answer::ok(body));
        for args in [&["check"][..], &["check", "--json"], &["sync"], &["status"]] {
            let run = folder.run(args);
            assert_eq!(run.code, 1, "{}: {args:?}: {run:?}", vendor.name);
        }
    }
}
