//! The harness on very few records: every figure is there, and the verdicts follow from them. How
//! fast anything is must not decide here.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The program that is measured. The tests of the whole workspace have built it; a run of these
/// tests alone builds it once.
fn program() -> PathBuf {
    let bench = Path::new(env!("CARGO_BIN_EXE_bench"));
    let program = bench.with_file_name("chat-records");
    if !program.exists() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let build = Command::new(cargo).args(["build", "--package", "chat-records-cli"]).status();
        assert!(build.unwrap().success());
    }
    program
}

fn bench(args: &[&str]) -> Output {
    let mut bench = Command::new(env!("CARGO_BIN_EXE_bench"));
    bench.args(args).arg("--program").arg(program()).output().unwrap()
}

/// Measures, and gives the rows.
fn rows(args: &[&str]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("report.json");
    let output = bench(&[args, &["--json", json.to_str().unwrap()]].concat());
    let report = std::fs::read_to_string(json).unwrap_or_else(|_| panic!("{output:?}"));
    let report: Value = serde_json::from_str(&report).unwrap();
    let rows = report["rows"].as_array().unwrap().clone();
    let table = String::from_utf8(output.stdout).unwrap();
    for row in &rows {
        let name = format!("{} {}", row["bench"].as_str().unwrap(), row["name"].as_str().unwrap());
        assert!(table.contains(&name), "{name}: {table}");
    }
    let is_over = rows.iter().any(|row| row["verdict"] == "OVER");
    assert_eq!(output.status.code(), Some(i32::from(is_over)), "{table}");
    rows
}

/// Checks what must hold of every row, and gives its names.
fn names(rows: &[Value]) -> Vec<String> {
    let named = rows.iter().map(|row| {
        let value = |key: &str| row[key]["median"].as_f64();
        let measured = value("measured").unwrap();
        // what is left of a difference of two times may be less than nothing
        let is_difference = row["bench"] == "unchanged";
        assert!(measured.is_finite() && (is_difference || measured > 0.0), "{row}");
        // starts have several rounds in one, all others one, whose ratio is that of the medians
        if let Some(floor) = value("floor").filter(|_| row["bench"] != "cold-start") {
            let ratio = value("ratio").unwrap();
            assert!((ratio - measured / floor).abs() < 1e-9, "{row}");
        }
        if let Some(most) = row["budget"]["ratio_at_most"].as_f64() {
            let verdict = if value("ratio").unwrap() <= most { "within" } else { "OVER" };
            assert_eq!(row["verdict"], verdict, "{row}");
        }
        format!("{} {}", row["bench"].as_str().unwrap(), row["name"].as_str().unwrap())
    });
    named.collect()
}

#[test]
fn pages_are_decoded_beside_their_floor() {
    let rows = rows(&["decode", "--quick", "--rounds", "1"]);
    let expected = ["decode nxlink", "decode bes-ccmessaging", "decode jijyun", "decode myscrm-qw"];
    assert_eq!(names(&rows), expected);
    assert!(rows.iter().all(|row| row["budget"]["ratio_at_most"] == 2.0), "{rows:?}");
}

#[test]
fn a_sync_is_measured_beside_its_floor() {
    let rows = rows(&["sync", "--rounds", "1", "--records", "200"]);
    let vendors = ["nxlink", "bes-ccmessaging", "jijyun", "myscrm-qw"];
    let both = |vendor| [format!("sync {vendor}"), format!("sync {vendor}, bare rows")];
    assert_eq!(names(&rows), vendors.map(both).concat());
    for row in &rows {
        let facts = &row["facts"];
        let parts = ["floor_fetch_us", "floor_decode_us", "floor_store_us"];
        let sum: f64 = parts.iter().map(|part| facts[part].as_f64().unwrap()).sum();
        assert!((sum - row["floor"]["median"].as_f64().unwrap()).abs() < 0.01, "{row}");
    }
    for pair in rows.chunks(2) {
        assert_eq!(pair[0]["budget"]["ratio_at_most"], 1.5, "{}", pair[0]);
        assert!(pair[0]["facts"]["peak_mib"].as_f64().unwrap() > 1.0, "{}", pair[0]);
        assert_eq!(pair[0]["measured"], pair[1]["measured"], "{}", pair[1]);
        assert!(pair[1]["budget"].is_null(), "{}", pair[1]);
    }
}

/// A verdict on the measured value itself.
fn assert_at_most(row: &Value, most: f64) {
    assert_eq!(row["budget"]["at_most"], most, "{row}");
    let is_within = row["measured"]["median"].as_f64().unwrap() <= most;
    assert_eq!(row["verdict"], if is_within { "within" } else { "OVER" }, "{row}");
}

#[test]
fn a_sync_is_measured_at_several_concurrencies() {
    let rows = rows(&["latency", "--quick", "--rounds", "1", "--records", "200"]);
    let at = |concurrency| format!("latency 20 ms × {concurrency}");
    assert_eq!(names(&rows), [at(1), at(4), at(8), at(16)]);
    let wall = |row: &Value| row["measured"]["median"].as_f64().unwrap();
    for row in &rows {
        assert!(row["facts"]["calls"].as_f64().unwrap() >= 2.0, "{row}");
        assert!(wall(row) > 40.0, "two calls of 20 ms each: {row}");
        let times = row["ratio"]["median"].as_f64().unwrap();
        assert!((times - wall(&rows[0]) / wall(row)).abs() < 1e-9, "{row}");
    }
    assert_eq!(rows[2]["budget"]["ratio_at_least"], 6.0, "{:?}", rows[2]);
    assert!(rows[2]["verdict"].is_string(), "{:?}", rows[2]);
}

#[test]
fn memory_is_measured_with_ten_times_the_records() {
    let rows = rows(&["memory", "--rounds", "1", "--records", "200"]);
    assert_eq!(names(&rows), ["memory 200 records", "memory 2000 records", "memory growth"]);
    rows[..2].iter().for_each(|row| assert_at_most(row, 64.0));
    assert_eq!(rows[2]["budget"]["ratio_at_most"], 1.2, "{:?}", rows[2]);
    assert!(rows[0]["measured"]["median"].as_f64().unwrap() > 1.0, "{:?}", rows[0]);
}

#[test]
fn a_sync_without_news_is_measured_beside_its_calls() {
    let rows = rows(&["unchanged", "--rounds", "1", "--records", "200"]);
    assert_eq!(names(&rows), ["unchanged beside its calls"]);
    assert_at_most(&rows[0], 50.0);
    let fact = |name: &str| rows[0]["facts"][name].as_f64().unwrap();
    assert!(fact("calls") >= 1.0, "{rows:?}");
    let beside = rows[0]["measured"]["median"].as_f64().unwrap();
    assert!(fact("answering_ms") > 0.0, "{rows:?}");
    let calls_ms = fact("calls_ms") + fact("answering_ms");
    assert!((fact("wall_ms") - calls_ms - beside).abs() < 1e-6, "{rows:?}");
}

#[test]
fn searching_and_exporting_are_measured_on_an_archive() {
    let rows = rows(&["search", "export", "--rounds", "1", "--records", "200"]);
    let mut names = names(&rows);
    // where the program is built with it
    names.retain(|name| name != "export parquet");
    let expected = [
        "search first page",
        "search by relevance",
        "search count",
        "search facets",
        "export jsonl",
        "export csv",
        "export sqlite",
    ];
    assert_eq!(names, expected);
    for row in rows.iter().filter(|row| row["bench"] == "export") {
        assert!(row["facts"]["mib"].as_f64().unwrap() > 0.01, "{row}");
    }
}

#[test]
fn starts_are_measured() {
    let rows = rows(&["cold-start", "--rounds", "1", "--records", "200"]);
    let expected = ["cold-start --version", "cold-start status", "cold-start view, first byte"];
    assert_eq!(names(&rows), expected);
}

#[test]
fn instructions_are_counted_where_valgrind_is() {
    let rows = rows(&["instructions", "--quick"]);
    let has_valgrind = Command::new("valgrind").arg("--version").output().is_ok();
    let expected: &[&str] = if has_valgrind { &["instructions nxlink"] } else { &[] };
    assert_eq!(names(&rows), expected);
}

#[test]
fn a_program_that_is_not_there_is_an_error_that_says_how_to_build_it() {
    let mut bench = Command::new(env!("CARGO_BIN_EXE_bench"));
    let output = bench.args(["decode", "--program", "no-such-program"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("no-such-program: build it first"), "{told}");
}
