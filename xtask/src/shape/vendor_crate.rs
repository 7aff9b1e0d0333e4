//! The shape that all vendor crates share: files, public names, README headings, endpoints.

use super::lib_file;
use crate::findings::Findings;
use crate::tree::Tree;
use crate::vendors::Vendor;

/// Beside those that every crate has.
const FILES: [&str; 19] = [
    "examples/pull.rs",
    "src/auth.rs",
    "src/client.rs",
    "src/convert.rs",
    "src/error.rs",
    "src/lib.rs",
    "src/records.rs",
    "src/records/documented.rs",
    "src/source.rs",
    "tests/it/auth.rs",
    "tests/it/errors.rs",
    "tests/it/examples.rs",
    "tests/it/http.rs",
    "tests/it/main.rs",
    "tests/it/paging.rs",
    "tests/it/redaction.rs",
    "tests/it/request.rs",
    "tests/it/samples.rs",
    "tests/it/source.rs",
];

const FILES_OF_ALL: [&str; 5] =
    ["CHANGELOG.md", "Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// Folders whose content is free: parts of the files of the same names, and what the tests wrote.
const FOLDERS: [&str; 6] = [
    "src/client/",
    "src/convert/",
    "src/records/",
    "src/source/",
    "tests/it/snapshots/",
    "tests/it/source/",
];

const PUBLIC_NAMES: [&str; 7] =
    ["Client", "ClientBuilder", "Credentials", "Error", "Record", "RecordsPager", "RecordsRequest"];

const HEADINGS: [&str; 6] =
    ["Quick start", "Capabilities", "Configuration", "Errors", "Known gaps", "Mapping"];

pub(super) fn check(tree: &Tree, vendors: &[Vendor], findings: &mut Findings) {
    for vendor in vendors {
        files(tree, vendor, findings);
        lib(tree, vendor, findings);
        readme(tree, vendor, findings);
        endpoints(tree, vendor, findings);
    }
}

fn files(tree: &Tree, vendor: &Vendor, findings: &mut Findings) {
    let folder = vendor.crate_dir();
    for file in FILES {
        let path = format!("{folder}/{file}");
        if !tree.contains(&path) {
            findings.add(path, "missing; every vendor crate has this file");
        }
    }
    for file in tree.below(&folder) {
        let expected = FILES.contains(&file)
            || FILES_OF_ALL.contains(&file)
            || vendor.extra_files.contains(&file)
            || FOLDERS.iter().any(|folder| file.starts_with(folder));
        if !expected {
            findings.add(
                format_args!("{folder}/{file}"),
                "no vendor crate has this file; move its content to one of the shared files, to src/records/, \
                 or list it in xtask/src/vendors.rs",
            );
        }
    }
}

fn lib(tree: &Tree, vendor: &Vendor, findings: &mut Findings) {
    let path = format!("{}/src/lib.rs", vendor.crate_dir());
    let Some(text) = tree.text(&path) else { return };
    if let Some(line) = lib_file::first_logic(text) {
        findings.add_line(
            &path,
            line,
            "logic in lib.rs; keep docs, `mod` and `use` here and move the rest to a module",
        );
    }
    let exported = lib_file::exported_names(text);
    for name in PUBLIC_NAMES {
        if !exported.contains(name) {
            findings.add(
                &path,
                format_args!(
                    "does not re-export `{name}`; every vendor crate has this public name"
                ),
            );
        }
    }
}

fn readme(tree: &Tree, vendor: &Vendor, findings: &mut Findings) {
    let path = format!("{}/README.md", vendor.crate_dir());
    let Some(text) = tree.text(&path) else { return };
    let headings: Vec<String> = text
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim().to_lowercase())
        .collect();
    for heading in HEADINGS {
        if !headings.iter().any(|found| found.starts_with(&heading.to_lowercase())) {
            findings.add(&path, format_args!("no heading `{heading}`; add the section"));
        }
    }
}

fn endpoints(tree: &Tree, vendor: &Vendor, findings: &mut Findings) {
    let sources = format!("{}/src/", vendor.crate_dir());
    for endpoint in vendor.endpoints {
        let literal = format!("\"{endpoint}\"");
        if !tree.texts().any(|(path, text)| path.starts_with(&sources) && text.contains(&literal)) {
            findings.add(
                &sources,
                format_args!("no endpoint is named {literal}; give it this NAME or correct xtask/src/vendors.rs"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIB: &str = "//! Docs.\nmod client;\n\
        pub use client::{Client, ClientBuilder, RecordsPager};\n\
        pub use records::{Record, RecordsRequest};\npub use auth::Credentials;\npub use error::Error;\n";
    const README: &str = "# acme\n## Quick start\n## Capabilities\n## Configuration\n## Errors\n\
        ## Known gaps\n## Mapping of words\n";

    /// The findings on a vendor crate that is complete but for these changes; `None` removes a file.
    fn findings(changes: &[(&str, Option<&str>)]) -> Findings {
        let mut files: Vec<(String, String)> =
            FILES.iter().map(|file| (format!("crates/acme/{file}"), String::new())).collect();
        for (path, text) in [
            ("src/lib.rs", Some(LIB)),
            ("README.md", Some(README)),
            ("src/records.rs", Some("const NAME: &str = \"records\";")),
        ]
        .iter()
        .chain(changes)
        {
            let path = format!("crates/acme/{path}");
            files.retain(|(file, _)| *file != path);
            files.extend(text.map(|text| (path, text.to_owned())));
        }
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (&**path, &**text)).collect();
        let mut findings = Findings::default();
        check(&Tree::of(&files), &[Vendor::sample("acme")], &mut findings);
        findings
    }

    #[test]
    fn a_complete_crate_has_no_findings() {
        let free =
            [("src/records/template.rs", Some("")), ("tests/it/snapshots/it__x.snap", Some(""))];
        assert_eq!(findings(&free).matching(""), [""; 0]);
    }

    #[test]
    fn missing_and_extra_files_are_found() {
        let found =
            findings(&[("src/auth.rs", None), ("src/util.rs", Some("")), ("build.rs", Some(""))]);
        assert_eq!(found.matching("crates/acme/src/auth.rs: missing").len(), 1);
        assert_eq!(
            found.matching("crates/acme/src/util.rs: no vendor crate has this file").len(),
            1
        );
        assert_eq!(found.matching("crates/acme/build.rs: no vendor crate").len(), 1);
        assert_eq!(found.matching("").len(), 3);
    }

    #[test]
    fn missing_names_headings_endpoints_and_logic_are_found() {
        let lib = LIB.replace("RecordsPager", "Pager") + "fn helper() {}\n";
        let found = findings(&[
            ("src/lib.rs", Some(&lib)),
            ("README.md", Some(&README.replace("## Known gaps\n", ""))),
            ("src/records.rs", Some("")),
        ]);
        assert_eq!(found.matching("does not re-export `RecordsPager`").len(), 1);
        assert_eq!(found.matching("src/lib.rs:7: logic in lib.rs").len(), 1);
        assert_eq!(found.matching("no heading `Known gaps`").len(), 1);
        assert_eq!(found.matching("no endpoint is named \"records\"").len(), 1);
        assert_eq!(found.matching("").len(), 4);
    }
}
