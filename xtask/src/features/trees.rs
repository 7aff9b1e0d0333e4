//! What each feature brings in. `cargo tree` reads the lock file only, so that even the TLS choices
//! that do not compile on this machine are checked.

use std::collections::BTreeSet;

use crate::command::{self, cargo};
use crate::findings::Findings;
use crate::vendors::Vendor;

/// What must and must not be among the dependencies with these features and no default ones.
struct Rule {
    features: &'static [&'static str],
    required: &'static [&'static str],
    forbidden: &'static [&'static str],
}

/// HTTP clients, runtimes and TLS.
const STACK: &[&str] = &[
    "reqwest",
    "hyper",
    "tokio",
    "rustls",
    "native-tls",
    "openssl",
    "openssl-sys",
    "ring",
    "aws-lc-rs",
];

const RULES: [Rule; 5] = [
    // Types, signing and parsing.
    Rule { features: &[], required: &[], forbidden: STACK },
    // The client for any transport: whoever brings their own gets none of ours.
    Rule { features: &["client"], required: &[], forbidden: STACK },
    Rule {
        features: &["rustls"],
        required: &["reqwest", "rustls", "aws-lc-rs"],
        forbidden: &["native-tls", "openssl", "openssl-sys"],
    },
    Rule {
        features: &["rustls-no-provider"],
        required: &["reqwest", "rustls"],
        forbidden: &["aws-lc-rs", "ring", "native-tls", "openssl", "openssl-sys"],
    },
    Rule {
        features: &["native-tls"],
        required: &["reqwest", "native-tls"],
        forbidden: &["rustls", "ring", "aws-lc-rs"],
    },
];

pub(super) fn check(vendors: &[Vendor], findings: &mut Findings) {
    for vendor in vendors {
        let manifest = format!("{}/Cargo.toml", vendor.crate_dir());
        for rule in &RULES {
            match tree(vendor.name, rule.features) {
                Ok(text) => assess(&manifest, rule, &text, findings),
                Err(error) => {
                    findings.add(&manifest, format_args!("{error:#}; the feature must exist"));
                }
            }
        }
    }
}

fn tree(package: &str, features: &[&str]) -> anyhow::Result<String> {
    let mut command = cargo(&["tree", "--edges=normal", "--prefix=none", "--no-default-features"]);
    command.args(["--package", package]);
    if !features.is_empty() {
        command.args(["--features", &features.join(",")]);
    }
    command::output(&mut command)
}

fn assess(manifest: &str, rule: &Rule, tree: &str, findings: &mut Findings) {
    let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let with = match rule.features {
        [] => "without features".to_owned(),
        features => format!("with the feature {} alone", features.join(" and ")),
    };
    for name in rule.required.iter().filter(|name| !names.contains(**name)) {
        findings.add(
            manifest,
            format_args!("{with}, {name} is missing; see `cargo tree --edges=normal`"),
        );
    }
    for name in rule.forbidden.iter().filter(|name| names.contains(**name)) {
        findings.add(
            manifest,
            format_args!("{with}, {name} is brought in; find out by whom: `cargo tree -i {name}`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_forbidden_crates_are_found() {
        let mut findings = Findings::default();
        let rule = &RULES[2];
        assert_eq!(rule.features, ["rustls"]);
        let text = "acme v0.1.0 (path)\nreqwest v0.13.5\nrustls v0.23.1\nopenssl v0.10.1\nrustls-pki-types v1.0.0 (*)\n";
        assess("crates/acme/Cargo.toml", rule, text, &mut findings);
        assert_eq!(findings.matching("aws-lc-rs is missing").len(), 1);
        assert_eq!(findings.matching("openssl is brought in").len(), 1);
        assert_eq!(findings.matching("").len(), 2);
    }
}
