//! The figures as a part of a README, between two marks.

use std::fmt::Write as _;

use anyhow::Context as _;

use super::results::Results;

const BEGIN: &str = "<!-- written by `cargo xtask bench peers` -->\n";
const END: &str = "<!-- up to here -->";

/// Puts a part between the marks of a text.
///
/// # Errors
///
/// When the marks are not there.
pub(crate) fn put(text: &str, part: &str) -> anyhow::Result<String> {
    let (before, rest) = text
        .split_once(BEGIN)
        .with_context(|| format!("the README lacks the line {}", BEGIN.trim_end()))?;
    let (_, after) =
        rest.split_once(END).with_context(|| format!("the README lacks the line {END}"))?;
    Ok(format!("{before}{BEGIN}\n{}\n\n{END}{after}", part.trim()))
}

/// All that is between the marks.
pub(crate) fn of(results: &Results) -> String {
    let parts = [head(results), speed(results), errors(results), killed(results), same(results)];
    parts.join("\n\n")
}

fn head(results: &Results) -> String {
    let Results { date, machine, versions, rounds, .. } = results;
    let busy =
        if machine.is_busy() { ", too busy for wall times: go by CPU time and memory" } else { "" };
    format!(
        "Measured on {date} with chat-records {}, dlt {}, singer-sdk {} and Python {}. {}{busy}. Speeds \
         are medians; rounds, in turns: {rounds}.\n\n\
         ![Speed, CPU time, memory and what was kept, as bars; the tables below have the same figures](images/peers.svg)",
        versions.chat_records,
        versions.dlt,
        versions.singer_sdk,
        versions.python,
        machine.hardware()
    )
}

fn speed(results: &Results) -> String {
    let mut table = format!(
        "| A vendor that answers everything; {} records | records/s | records/s, 20 ms an answer | CPU for a record | peak memory |\n\
         | --- | --: | --: | --: | --: |",
        grouped(results.records as usize)
    );
    for at_once in results.speed.iter().filter(|speed| speed.latency_ms == 0) {
        let later = results
            .speed
            .iter()
            .find(|speed| speed.tool == at_once.tool && speed.latency_ms == 20)
            .map_or_else(|| "–".to_owned(), |speed| rounded(speed.records_per_s.median));
        row(
            &mut table,
            &[
                at_once.tool.name(),
                &rounded(at_once.records_per_s.median),
                &later,
                &format!("{} µs", rounded(at_once.cpu_us.median)),
                &format!("{} MiB", rounded(at_once.peak_mib.median)),
            ],
        );
    }
    table
}

fn errors(results: &Results) -> String {
    let errors = &results.errors;
    let mut table = format!(
        "| Every {}th answer is an error in HTTP 200; {} records exist | kept | exit code | requests |\n\
         | --- | --: | --: | --: |",
        errors.every,
        grouped(errors.records as usize)
    );
    for run in &errors.runs {
        let code = run.exit_code.map_or_else(|| "–".to_owned(), |code| code.to_string());
        row(&mut table, &[run.tool.name(), &grouped(run.kept), &code, &run.requests.to_string()]);
    }
    table
}

fn killed(results: &Results) -> String {
    let killed = &results.killed;
    let mut table = format!(
        "| Killed after {} requests and started again; {} records on {} pages | requests, both runs | kept | duplicates |\n\
         | --- | --: | --: | --: |",
        killed.after,
        grouped(killed.records as usize),
        grouped(killed.records as usize / 100)
    );
    for run in &killed.runs {
        row(
            &mut table,
            &[
                run.tool.name(),
                &run.requests.to_string(),
                &grouped(run.kept),
                &grouped(run.duplicates),
            ],
        );
    }
    table
}

fn same(results: &Results) -> String {
    let same = &results.same;
    let mut table = format!(
        "| {} records read out again | same values as sent | same bytes as sent |\n\
         | --- | --: | --: |",
        grouped(same.records as usize)
    );
    for run in &same.runs {
        row(&mut table, &[run.tool.name(), &grouped(run.values), &grouped(run.bytes)]);
    }
    table
}

/// A further line of a table.
fn row(table: &mut String, cells: &[&str]) {
    // writing into a text cannot fail
    let _ = write!(table, "\n| {} |", cells.join(" | "));
}

/// With a comma between thousands.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (digit, left) in digits.chars().zip((0..digits.len()).rev()) {
        text.push(digit);
        if left > 0 && left % 3 == 0 {
            text.push(',');
        }
    }
    text
}

/// Small values with one decimal, others with none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is measured is neither negative nor astronomic"
)]
pub(crate) fn rounded(value: f64) -> String {
    if value < 20.0 { format!("{value:.1}") } else { grouped(value.round() as usize) }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::json;

    use super::super::chart;
    use super::*;

    /// Figures that could have been measured.
    pub(crate) fn results() -> Results {
        let speed = |tool: &str, latency_ms: u64, pace: f64| {
            let of = |median: f64| json!({"median": median, "low": median, "high": median});
            json!({"tool": tool, "latency_ms": latency_ms, "records_per_s": of(pace),
                   "cpu_us": of(12.34), "peak_mib": of(168.6)})
        };
        let results = json!({
            "date": "2026-11-22",
            "machine": {"program": "chat-records 0.1.0", "rustc": "rustc 1.88.0", "is_release": true,
                        "cpus": 2, "cpu": null, "load": null, "records": 50_000, "rounds": 3},
            "versions": {"chat_records": "0.1.0", "dlt": "1.31.0", "singer_sdk": "0.54.9",
                         "python": "3.11.7"},
            "records": 50_000,
            "rounds": 3,
            "speed": [speed("chat-records", 0, 61_234.4), speed("singer", 0, 7_000.0),
                      speed("chat-records", 20, 4_321.0)],
            "errors": {"every": 50, "records": 20_000, "runs": [
                {"tool": "chat-records", "kept": 20_000, "exit_code": 1, "requests": 205},
                {"tool": "dlt", "kept": 4_900, "exit_code": 0, "requests": 50}]},
            "killed": {"after": 120, "records": 20_000, "runs": [
                {"tool": "singer-taught", "requests": 223, "kept": 20_000, "duplicates": 2_013}]},
            "same": {"records": 2_000, "runs": [
                {"tool": "dlt-taught", "values": 2_000, "bytes": 0}]},
        });
        serde_json::from_value(results).unwrap()
    }

    #[test]
    fn each_figure_stands_in_its_row() {
        let page = of(&results());
        for line in [
            "| chat-records | 61,234 | 4,321 | 12.3 µs | 169 MiB |",
            "| Singer tap | 7,000 | – | 12.3 µs | 169 MiB |",
            "| Every 50th answer is an error in HTTP 200; 20,000 records exist | kept | exit code | requests |",
            "| chat-records | 20,000 | 1 | 205 |",
            "| dlt | 4,900 | 0 | 50 |",
            "| Singer tap, taught | 223 | 20,000 | 2,013 |",
            "| dlt, taught | 2,000 | 0 |",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
        assert!(
            page.contains("dlt 1.31.0, singer-sdk 0.54.9 and Python 3.11.7. 2 CPUs. Speeds"),
            "{page}"
        );
    }

    #[test]
    fn a_busy_machine_is_told() {
        let mut value = serde_json::to_value(results()).unwrap();
        for (load, is_told) in [(1.9, false), (2.1, true)] {
            value["machine"]["load"] = json!([load, 0.1, 0.1]);
            let results = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(of(&results).contains("too busy"), is_told);
        }
    }

    #[test]
    fn only_what_is_between_the_marks_changes_and_again_nothing_does() {
        let text = format!("before\n\n{BEGIN}old\n{END}\n\nafter\n");
        let once = put(&text, "new\n").unwrap();
        assert_eq!(once, format!("before\n\n{BEGIN}\nnew\n\n{END}\n\nafter\n"));
        assert_eq!(put(&once, "new").unwrap(), once);
        assert!(put("no marks", "new").is_err());
        assert!(put(BEGIN, "new").is_err());
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([7.94, 19.96, 20.4, 61_234.4].map(rounded), ["7.9", "20.0", "20", "61,234"]);
    }

    /// Nobody edits table or chart by hand: they are those of the figures that are kept.
    #[test]
    fn the_readme_and_the_chart_show_the_kept_figures() {
        let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
        let program = bench.join("../../crates/chat-records-cli");
        let read = |path: &Path| fs::read_to_string(path).unwrap();
        let kept: Results = serde_json::from_str(&read(&bench.join("peers/results.json"))).unwrap();
        let readme = read(&program.join("README.md"));
        assert_eq!(put(&readme, &of(&kept)).unwrap(), readme);
        assert_eq!(chart::of(&kept).unwrap(), read(&program.join("images/peers.svg")));
    }
}
