//! Rules for single files that their text shows.
//!
//! The words searched for are put together from parts, so that this file passes its own check.

use regex_lite::Regex;

use crate::findings::Findings;
use crate::tree::Tree;

/// A longer file is split: `records.rs` and `records/<part>.rs`.
const MOST_LINES: usize = 600;

/// The only files that read the clock.
const CLOCK_FILES: [&str; 2] = ["time.rs", "clock.rs"];

/// Words of unfinished work in Rust code, and what to do about them.
const UNFINISHED: [(&str, &str); 3] = [
    (concat!("todo", "!"), "unfinished; write the code"),
    (concat!("unimpl", "emented!"), "unfinished; write the code"),
    (concat!("#[ign", "ore"), "a test that never runs; assert today's behavior and explain it"),
];

const FIX_LATER: &str = concat!("FIX", "ME");

pub(super) fn check(tree: &Tree, findings: &mut Findings) {
    let home = Regex::new(r"(^|[^A-Za-z0-9_.:/*-])/(home|root|Users|work)/[A-Za-z0-9_.-]").ok();
    for (path, text) in tree.texts() {
        any_file(path, text, home.as_ref(), findings);
        if has_extension(path, "rs") {
            rust_file(path, text, findings);
        }
    }
}

fn any_file(path: &str, text: &str, home: Option<&Regex>, findings: &mut Findings) {
    // Snapshots hold what the code wrote, samples what a vendor sent.
    let written_by_hand = !has_extension(path, "snap") && !has_extension(path, "json");
    for (index, line) in text.lines().enumerate() {
        if written_by_hand && line.ends_with([' ', '\t']) {
            findings.add_line(path, index, "space at the end of the line; remove it");
        }
        if line.contains(FIX_LATER) {
            findings.add_line(
                path,
                index,
                format_args!("`{FIX_LATER}`; fix it, or say in a sentence what is known"),
            );
        }
        if home.is_some_and(|home| home.is_match(line)) {
            findings.add_line(
                path,
                index,
                "a path of one machine; write it relative to the workspace",
            );
        }
    }
}

fn rust_file(path: &str, text: &str, findings: &mut Findings) {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if name == "mod.rs" {
        findings.add(path, format_args!("rename it to {folder}.rs"));
    }
    let is_source = format!("/{folder}/").contains("/src/");
    let count = text.lines().count();
    if is_source && count > MOST_LINES {
        findings
            .add(path, format_args!("{count} lines, more than {MOST_LINES}; split it into parts"));
    }
    for (index, line) in text.lines().enumerate() {
        for (word, advice) in UNFINISHED.iter().filter(|(word, _)| line.contains(word)) {
            findings.add_line(path, index, format_args!("`{word}`: {advice}"));
        }
        let clock = concat!("SystemTime", "::now");
        if line.contains(clock) && !CLOCK_FILES.contains(&name) {
            findings.add_line(
                path,
                index,
                format_args!("`{clock}`; take the time from the caller or from time.rs"),
            );
        }
    }
    if is_source && path.starts_with("crates/") {
        for index in public_reqwest(text) {
            findings.add_line(
                path,
                index,
                "reqwest in a public signature; wrap it in a type of ours",
            );
        }
    }
}

/// Lines of public functions whose signature names `reqwest::`.
fn public_reqwest(text: &str) -> Vec<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let is_public = |line: &str| {
        let head = line.split('(').next().unwrap_or(line).trim_start();
        head.starts_with("pub ") && head.split(' ').any(|word| word == "fn")
    };
    let starts = (0..lines.len()).filter(|&index| is_public(lines[index]));
    starts
        .filter(|&start| {
            for line in &lines[start..] {
                let signature = line.split(['{', ';']).next().unwrap_or(line);
                if signature.contains("reqwest::") {
                    return true;
                }
                if signature.len() < line.len() {
                    break;
                }
            }
            false
        })
        .collect()
}

fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, found)| found == extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Findings {
        let mut findings = Findings::default();
        check(&Tree::of(&[(path, text)]), &mut findings);
        findings
    }

    #[test]
    fn unfinished_work_and_untidy_lines_are_found() {
        let text = format!(
            "fn a() {{ {}() }} \nfn b() {{ {}() }}\n{}]\n// {FIX_LATER}\n",
            UNFINISHED[0].0, UNFINISHED[1].0, UNFINISHED[2].0
        );
        let found = findings("crates/one/src/a.rs", &text);
        assert_eq!(found.matching("a.rs:1: space at the end").len(), 1);
        assert_eq!(found.matching("write the code").len(), 2);
        assert_eq!(found.matching("a.rs:3: `#[ig").len(), 1);
        assert_eq!(found.matching("a.rs:4").len(), 1);
        assert_eq!(found.matching("").len(), 5);
        assert!(findings("crates/one/tests/it/snapshots/a.snap", "wide \n").is_empty());
    }

    #[test]
    fn long_files_and_mod_files_are_found() {
        let long = "// A line.\n".repeat(MOST_LINES + 1);
        assert_eq!(findings("crates/one/src/a.rs", &long).matching("601 lines").len(), 1);
        assert!(findings("crates/one/tests/it/a.rs", &long).is_empty(), "tests may be long");
        assert_eq!(
            findings("crates/one/src/parts/mod.rs", "")
                .matching("rename it to crates/one/src/parts.rs")
                .len(),
            1
        );
    }

    #[test]
    fn the_clock_is_read_in_its_own_files_only() {
        let text = format!("let now = {}::now();\n", "SystemTime");
        assert_eq!(findings("crates/one/src/a.rs", &text).matching("a.rs:1: `SystemTime").len(), 1);
        assert!(findings("crates/one/src/time.rs", &text).is_empty());
        assert!(findings("crates/one/src/clock.rs", &text).is_empty());
    }

    #[test]
    fn reqwest_is_found_in_public_signatures_of_one_and_many_lines() {
        for text in [
            "pub fn client() -> reqwest::Client {",
            "    pub async fn send(\n        &self,\n        client: &reqwest::Client,\n    ) {",
        ] {
            let found = findings("crates/one/src/a.rs", text);
            assert_eq!(found.matching("a.rs:1: reqwest in a public signature").len(), 1, "{text}");
        }
        for text in [
            "pub fn client() { reqwest::Client::new() }",
            "pub(crate) fn client() -> reqwest::Client {",
            "fn client() -> reqwest::Client {",
            "pub fn one(\n    a: u8,\n) {\n    reqwest::get();\n}",
        ] {
            assert!(findings("crates/one/src/a.rs", text).is_empty(), "{text}");
        }
    }

    #[test]
    fn paths_of_one_machine_are_found_but_not_addresses() {
        for folder in ["home", "work", "root", "Users"] {
            let line = format!("see \"/{folder}/someone/file\"\n");
            assert_eq!(
                findings("crates/one/README.md", &line).matching("README.md:1").len(),
                1,
                "{folder}"
            );
        }
        assert!(findings("README.md", "https://example.com/home/page and ./work/x\n").is_empty());
    }
}
