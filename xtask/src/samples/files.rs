//! What the files alone show: samples are JSON, hold no secret, are described, and have snapshots.

use std::collections::BTreeSet;

use super::{lists, secrets};
use crate::findings::Findings;
use crate::tree::Tree;
use crate::vendors::Vendor;

/// How insta names the snapshots of the module `samples` in the test binary `it`.
const PREFIX: &str = "it__samples__";

pub(super) fn check(tree: &Tree, vendor: &Vendor, findings: &mut Findings) {
    let folder = vendor.fixtures_dir();
    let lists = lists::read(tree, vendor).unwrap_or_else(|error| {
        let error = error.to_string();
        let line = error.lines().last().unwrap_or_default();
        findings.add(
            format_args!("{folder}/{}", lists::FILE),
            format_args!("not valid ({line}); correct it"),
        );
        lists::Lists::default()
    });
    let readme = format!("{folder}/README.md");
    let provenance = tree.text(&readme).unwrap_or_default();
    if provenance.is_empty() {
        findings.add(
            &readme,
            "missing; say for each sample where it is from, when, and what was masked or repaired",
        );
    }
    let mut seen = String::new();
    let mut expected = BTreeSet::new();
    for name in tree.below(&folder) {
        let path = format!("{folder}/{name}");
        let Some(stem) = name.strip_suffix(".json").filter(|stem| !stem.contains('/')) else {
            if name != "README.md" && name != lists::FILE {
                findings.add(
                    path,
                    "not a sample; this folder holds JSON samples, README.md and samples.toml only",
                );
            }
            continue;
        };
        let text = tree.text(&path).unwrap_or_default();
        seen.push_str(text);
        if !provenance.is_empty() && !provenance.contains(stem) {
            findings.add(
                &readme,
                format_args!("does not mention {name}; say where it is from and what was masked"),
            );
        }
        match serde_json::from_str::<serde_json::Value>(text) {
            Err(error) => findings.add(
                &path,
                format_args!("not valid JSON ({error}); repair it and note the repair"),
            ),
            Ok(value) => {
                for secret in secrets::find(&value) {
                    if !lists.allow.iter().any(|allow| allow.text == secret.text) {
                        findings.add(
                            &path,
                            format_args!(
                                "{secret}; mask it, or list it under [[allow]] in {}",
                                lists::FILE
                            ),
                        );
                    }
                }
            }
        }
        expected.extend(snapshots_of(stem));
    }
    if expected.is_empty() {
        findings.add(&folder, "no sample; a vendor crate starts with its samples");
    }
    for allow in lists.allow.iter().filter(|allow| !seen.contains(&allow.text)) {
        findings.add(
            format_args!("{folder}/{}", lists::FILE),
            format_args!("no sample has the allowed text `{}`; remove the entry", allow.text),
        );
    }
    for entry in lists.ignored.iter().chain(&lists.unknown) {
        if let Some(sample) =
            entry.sample.as_deref().filter(|sample| !tree.contains(&format!("{folder}/{sample}")))
        {
            findings.add(
                format_args!("{folder}/{}", lists::FILE),
                format_args!(
                    "the entry for `{}` names the sample {sample}, which is not here; correct it",
                    entry.path
                ),
            );
        }
    }
    snapshots(tree, vendor, &expected, findings);
}

fn snapshots_of(stem: &str) -> Vec<String> {
    let kinds: &[&str] =
        if stem.starts_with("error-") { &["error"] } else { &["parsed", "messages"] };
    kinds.iter().map(|kind| format!("{PREFIX}{stem}.{kind}.snap")).collect()
}

fn snapshots(tree: &Tree, vendor: &Vendor, expected: &BTreeSet<String>, findings: &mut Findings) {
    let folder = vendor.snapshots_dir();
    let bless =
        format!("run `cargo xtask samples {} --bless` and review the difference", vendor.name);
    let present: BTreeSet<&str> = tree.below(&folder).collect();
    for name in expected.iter().filter(|name| !present.contains(name.as_str())) {
        findings.add(format_args!("{folder}/{name}"), format_args!("missing; {bless}"));
    }
    for name in present.iter().filter(|name| name.starts_with(PREFIX) && !expected.contains(**name))
    {
        findings
            .add(format_args!("{folder}/{name}"), format_args!("belongs to no sample; {bless}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXTURES: &str = "fixtures/acme";
    const SNAPSHOTS: &str = "crates/acme/tests/it/snapshots";

    fn findings(files: &[(&str, &str)]) -> Findings {
        let mut findings = Findings::default();
        check(&Tree::of(files), &Vendor::sample("acme"), &mut findings);
        findings
    }

    #[test]
    fn complete_samples_have_no_findings() {
        let found = findings(&[
            (&format!("{FIXTURES}/README.md"), "page-text, error-7"),
            (&format!("{FIXTURES}/page-text.json"), "{}"),
            (&format!("{FIXTURES}/error-7.json"), "{}"),
            (&format!("{SNAPSHOTS}/it__samples__page-text.parsed.snap"), ""),
            (&format!("{SNAPSHOTS}/it__samples__page-text.messages.snap"), ""),
            (&format!("{SNAPSHOTS}/it__samples__error-7.error.snap"), ""),
            (&format!("{SNAPSHOTS}/it__request__first.snap"), ""),
        ]);
        assert_eq!(found.matching(""), [""; 0]);
    }

    #[test]
    fn each_fault_is_found() {
        let found = findings(&[
            (&format!("{FIXTURES}/README.md"), "page-text"),
            (&format!("{FIXTURES}/page-text.json"), "{} // no"),
            (&format!("{FIXTURES}/page-mail.json"), r#"{"a": "someone@company.cn"}"#),
            (&format!("{FIXTURES}/notes.txt"), ""),
            (
                &format!("{FIXTURES}/samples.toml"),
                "[[allow]]\ntext = 'gone'\nreason = 'r'\n[[ignored]]\nsample = 'page-no.json'\npath = 'a'\nreason = 'r'",
            ),
            (&format!("{SNAPSHOTS}/it__samples__page-text.parsed.snap"), ""),
            (&format!("{SNAPSHOTS}/it__samples__page-old.parsed.snap"), ""),
        ]);
        for expected in [
            "page-text.json: not valid JSON",
            "page-mail.json: an e-mail address at a",
            "README.md: does not mention page-mail.json",
            "notes.txt: not a sample",
            "samples.toml: no sample has the allowed text `gone`",
            "the entry for `a` names the sample page-no.json",
            "it__samples__page-text.messages.snap: missing",
            "it__samples__page-mail.parsed.snap: missing",
            "it__samples__page-mail.messages.snap: missing",
            "it__samples__page-old.parsed.snap: belongs to no sample",
        ] {
            assert_eq!(found.matching(expected).len(), 1, "{expected}: {:?}", found.matching(""));
        }
        assert_eq!(found.matching("").len(), 10);
    }

    #[test]
    fn what_the_vendor_prints_itself_may_be_allowed() {
        let allow = "[[allow]]\ntext = 'someone@company.cn'\nreason = 'printed on the page'";
        let found = findings(&[
            (&format!("{FIXTURES}/page-mail.json"), r#"{"a": "someone@company.cn"}"#),
            (&format!("{FIXTURES}/samples.toml"), allow),
        ]);
        assert_eq!(found.matching("an e-mail address").len(), 0);
    }

    #[test]
    fn a_vendor_without_samples_is_found() {
        let found = findings(&[]);
        assert_eq!(found.matching("fixtures/acme: no sample").len(), 1);
        assert_eq!(found.matching("fixtures/acme/README.md: missing").len(), 1);
    }
}
