//! What the largest answers cost: the program's own peak, as the system counts it.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::server::{Answer, Server};
use super::vendors::{VENDORS, Vendor};
use crate::support::{Run, command};

const MIB: usize = 1024 * 1024;

/// The most that the program may need for an answer: what it takes up is capped at 64 MiB, and it
/// is there as bytes, as text of the record, and on its way into the archive.
const LIMIT_MIB: usize = 512;

/// Runs the program in a folder, and looks at its peak until it ends.
pub(super) fn watched(dir: &TempDir, args: &[&str]) -> (Run, usize) {
    let mut command = command(dir.path().to_path_buf(), args);
    // to files: a pipe that nobody reads would stop it
    let (out, err) = (dir.path().join("out"), dir.path().join("err"));
    command.stdout(fs::File::create(&out).unwrap()).stderr(fs::File::create(&err).unwrap());
    let mut child = command.stdin(Stdio::null()).spawn().unwrap();
    let status_file = format!("/proc/{}/status", child.id());
    let begun = Instant::now();
    let mut peak_kib = 0;
    let status = loop {
        let text = fs::read_to_string(&status_file).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<usize>().ok());
        peak_kib = peak_kib.max(peak.unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(begun.elapsed() < Duration::from_secs(100), "it does not end");
        std::thread::sleep(Duration::from_millis(1));
    };
    let text = |path| fs::read_to_string(path).unwrap();
    let run = Run { code: status.code().unwrap_or(-1), stdout: text(&out), stderr: text(&err) };
    (run, peak_kib / 1024)
}

fn sync(vendor: &Vendor, answer: Answer) -> (Run, TempDir) {
    let server = Server::start(vendor, answer);
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("chat-records.toml"), vendor.config(&server.url())).unwrap();
    let (run, peak_mib) = watched(&dir, &["sync", "-q", "--json"]);
    assert!((5..LIMIT_MIB).contains(&peak_mib), "{}: {peak_mib} MiB: {run:?}", vendor.name);
    assert!(!run.stderr.contains("panicked"), "{run:?}");
    (run, dir)
}

/// The vendor whose run has one window only.
fn jijyun() -> &'static Vendor {
    VENDORS.iter().find(|vendor| vendor.name == "jijyun").unwrap()
}

fn assert_too_large(answer: Answer) {
    let (run, _) = sync(jijyun(), answer);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("the answer is larger than the limit"), "{run:?}");
}

#[test]
fn fifty_megabytes_of_one_text_are_stored() {
    let vendor = jijyun();
    let text = vendor.record("big", "x".repeat(50 * MIB));
    let body = vendor.page(&[&vendor.record("g1", "one"), &text]);
    let (run, dir) = sync(vendor, Answer::ok(body));
    assert_eq!(run.json()["sources"][0]["messages_new"], 2, "{run:?}");
    let (verified, peak_mib) = watched(&dir, &["verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(peak_mib < LIMIT_MIB, "{peak_mib} MiB");
}

#[test]
fn fifty_megabytes_of_small_records_are_stored() {
    let vendor = jijyun();
    let records: Vec<Vec<u8>> =
        (0..1000).map(|id| vendor.record(&id.to_string(), "x".repeat(52_000))).collect();
    let rows: Vec<&[u8]> = records.iter().map(Vec::as_slice).collect();
    let (run, _) = sync(vendor, Answer::ok(vendor.page(&rows)));
    assert_eq!(run.json()["sources"][0]["messages_new"], 1000, "{run:?}");
}

#[test]
fn a_body_without_an_end_is_not_read_to_its_end() {
    assert_too_large(Answer { times: 10_000, ..Answer::ok(vec![b' '; MIB]) });
}

#[test]
fn a_small_body_that_unpacks_to_gigabytes_is_not_unpacked() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let mebibyte = vec![b' '; MIB];
    encoder.write_all(&mebibyte).unwrap();
    encoder.flush().unwrap();
    let mut body = encoder.get_ref().clone();
    encoder.write_all(&mebibyte).unwrap();
    encoder.flush().unwrap();
    // from here on each mebibyte looks the same
    let next = encoder.get_ref()[body.len()..].to_vec();
    for _ in 0..4 * 1024 {
        body.extend_from_slice(&next);
    }
    assert!(body.len() < 8 * MIB, "{}", body.len());
    assert_too_large(Answer { is_gzip: true, ..Answer::ok(body) });
}

#[test]
fn millions_of_small_things_are_refused_before_they_take_memory() {
    let vendor = jijyun();
    let of = |key: &str, value: &str| {
        let values = format!(",\"{key}\":[{}0]", value.repeat(3 * MIB));
        vendor.page(&[&vendor.record_with("x", values)])
    };
    let bodies =
        [vendor.page(&vec![&b"0"[..]; 6 * MIB]), of("unknown", "[],"), of("content", "{},")];
    for body in bodies {
        let (run, _) = sync(vendor, Answer::ok(body));
        assert_eq!(run.code, 1, "{run:?}");
    }
}
