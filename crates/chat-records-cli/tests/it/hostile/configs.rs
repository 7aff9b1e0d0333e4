//! Configuration files that nobody meant to write.

use std::fs;

use tempfile::TempDir;

use crate::support::{Run, command};

fn run(text: &[u8], args: &[&str]) -> Run {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("chat-records.toml"), text).unwrap();
    Run::of(&command(dir.path().to_path_buf(), args).output().unwrap())
}

#[test]
fn a_hostile_configuration_is_one_clear_sentence() {
    let source = |more: &str| format!("[sources.a]\nvendor = \"nxlink\"\n{more}").into_bytes();
    let long = "x".repeat(1_000_000);
    for (what, text) in [
        ("bytes that are no text", b"archive = \"\xff\xfe\"".to_vec()),
        ("zeros", vec![0; 10_000]),
        ("nothing", Vec::new()),
        ("deep lists", [b"a = ".to_vec(), b"[".repeat(100_000)].concat()),
        ("deep tables", [b"a = ".to_vec(), b"{a=".repeat(100_000)].concat()),
        ("deep keys", [b"a.".repeat(100_000), b"a = 1".to_vec()].concat()),
        ("commands for the terminal", source("\"\\u001b[2J\\u202e\" = 1")),
        ("a long key", source(&format!("{long} = 1"))),
        ("a long value", source(&format!("base_url = \"{long}\""))),
        ("a number too large", source("tenant_id = 99999999999999999999")),
        ("a number below all", source("tenant_id = -9223372036854775808")),
        ("infinity", source("lookback_days = inf")),
        ("keys twice", source("tenant_id = 1\ntenant_id = 2")),
        ("a source without a name", b"[sources.\"\"]\nvendor = \"nxlink\"".to_vec()),
        ("a source with a path", b"[sources.\"../../etc\"]\nvendor = \"nxlink\"".to_vec()),
        ("sources that are no table", b"sources = 1".to_vec()),
        ("HTML", b"<html><body>MARKER</body></html>".to_vec()),
    ] {
        for args in [&["sync"][..], &["status"]] {
            let run = run(&text, args);
            assert_eq!(run.code, 2, "{what}: {run:?}");
            let error = run.error();
            assert!(error.contains("chat-records.toml"), "{what}: {error}");
            assert!(!error.contains(['\u{1b}', '\u{202e}']), "{what}: {error:?}");
            assert!(error.len() < 1500, "{what}: {} characters", error.len());
        }
    }
}

#[test]
fn an_archive_or_a_secret_at_a_strange_place_is_one_clear_sentence() {
    let nxlink = "[sources.a]\nvendor = \"nxlink\"\nbase_url = \"http://127.0.0.1:9\"\n\
                  tenant_id = 1\nappkey = \"k\"\naccess_key = \"k\"\nutc_offset = \"+08:00\"\n\
                  start = \"2025-01-01\"\n";
    for (archive, secret) in [
        ("/dev/null", "access_secret = \"s\""),
        ("/proc/1", "access_secret = \"s\""),
        ("chat-records.toml", "access_secret = \"s\""),
        ("archive\\u0000", "access_secret = \"s\""),
        ("archive", "access_secret = { file = \"/\" }"),
        ("archive", "access_secret = { file = \"a\\u0000b\" }"),
        ("archive", "access_secret = { env = \"A=B\" }"),
        ("archive", "access_secret = { env = \"\" }"),
    ] {
        let run =
            run(format!("archive = \"{archive}\"\n{nxlink}{secret}").as_bytes(), &["sync", "-q"]);
        assert!(matches!(run.code, 1 | 2), "{archive} {secret}: {run:?}");
        assert!(run.error().len() < 500, "{run:?}");
        assert!(!run.stderr.contains('\0'), "{run:?}");
    }
}
