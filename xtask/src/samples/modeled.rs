//! Whether the vendor crates' types know every key and every value of the samples.
//!
//! A test, not part of the program: only tests link the vendor crates, so a vendor crate that does
//! not compile cannot stop `cargo xtask shape`. `cargo xtask samples` runs it.

use std::env;

use super::lists::{self, Entry};
use crate::tree::Tree;
use crate::vendors::{self, Vendor};
use crate::workspace;

/// Set by `cargo xtask samples <vendor>`.
pub(super) const VENDOR: &str = "XTASK_VENDOR";

#[test]
fn every_key_and_value_of_the_samples_is_modeled() {
    let tree = Tree::load(workspace::root()).unwrap();
    let mut problems = Vec::new();
    for vendor in vendors::named(env::var(VENDOR).ok().as_deref()).unwrap() {
        // A list that is not valid is reported with the other files.
        let Ok(lists) = lists::read(&tree, &vendor) else { continue };
        problems.extend(compare(
            &tree,
            &vendor,
            vendor.unmodeled_keys,
            &lists.ignored,
            "the types ignore",
            "ignored",
        ));
        problems.extend(compare(
            &tree,
            &vendor,
            vendor.unknown_values,
            &lists.unknown,
            "no variant for",
            "unknown",
        ));
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// Paths that `find` reports and the list does not cover, and entries that cover nothing.
fn compare(
    tree: &Tree,
    vendor: &Vendor,
    find: fn(&[u8]) -> Vec<String>,
    list: &[Entry],
    what: &str,
    section: &str,
) -> Vec<String> {
    let folder = vendor.fixtures_dir();
    let mut used = vec![false; list.len()];
    let mut problems = Vec::new();
    for name in tree.below(&folder).filter(|name| name.strip_suffix(".json").is_some()) {
        let text = tree.text(&format!("{folder}/{name}")).unwrap_or_default();
        for path in find(text.as_bytes()) {
            let covering: Vec<usize> =
                (0..list.len()).filter(|&entry| list[entry].covers(name, &path)).collect();
            if covering.is_empty() {
                problems.push(format!(
                    "{folder}/{name}: {what} `{path}`; model it, or list it under [[{section}]] in {}",
                    lists::FILE
                ));
            }
            for entry in covering {
                used[entry] = true;
            }
        }
    }
    for (entry, _) in list.iter().zip(used).filter(|(_, used)| !used) {
        problems.push(format!(
            "{folder}/{}: `{}` under [[{section}]] covers nothing; remove the entry",
            lists::FILE,
            entry.path
        ));
    }
    problems
}

#[test]
fn uncovered_paths_and_idle_entries_are_reported() {
    let tree = Tree::of(&[
        ("fixtures/acme/page-text.json", "{}"),
        (
            "fixtures/acme/samples.toml",
            "[[ignored]]\npath = 'list[].known'\nreason = 'r'\n[[ignored]]\npath = 'idle'\nreason = 'r'\n",
        ),
    ]);
    let vendor = Vendor::sample("acme");
    let lists = lists::read(&tree, &vendor).unwrap();
    let find: fn(&[u8]) -> Vec<String> =
        |_| vec!["list[0].known".to_owned(), "list[0].fresh".to_owned()];
    assert_eq!(
        compare(&tree, &vendor, find, &lists.ignored, "the types ignore", "ignored"),
        [
            "fixtures/acme/page-text.json: the types ignore `list[0].fresh`; \
             model it, or list it under [[ignored]] in samples.toml",
            "fixtures/acme/samples.toml: `idle` under [[ignored]] covers nothing; remove the entry",
        ]
    );
}
