//! Every feature of a vendor crate can be switched on from the facade.

use std::collections::BTreeMap;

use toml::Value;

use crate::findings::Findings;
use crate::tree::Tree;
use crate::vendors::Vendor;

const FACADE: &str = "crates/chat-records/Cargo.toml";

/// The features that all vendor crates have and that the facade passes on under the same name.
const SHARED: [&str; 4] = ["client", "native-tls", "rustls", "rustls-no-provider"];

type Features = BTreeMap<String, Vec<String>>;

pub(super) fn check(tree: &Tree, vendors: &[Vendor], findings: &mut Findings) {
    let facade = features(tree, FACADE);
    let has = |feature: &str, entry: &str| {
        facade.get(feature).is_some_and(|entries| entries.iter().any(|found| found == entry))
    };
    for vendor in vendors {
        let name = vendor.name;
        let path = format!("{}/Cargo.toml", vendor.crate_dir());
        let own = features(tree, &path);
        if own.get("default").is_none_or(|entries| entries != &["rustls"]) {
            findings.add(&path, "the default features must be `default = [\"rustls\"]`");
        }
        for feature in SHARED.iter().filter(|feature| !own.contains_key(**feature)) {
            findings.add(&path, format_args!("no feature `{feature}`; every vendor crate has it"));
        }
        if !has(name, &format!("dep:{name}")) {
            findings.add(
                FACADE,
                format_args!("no feature for the vendor; add `{name} = [\"dep:{name}\"]`"),
            );
        }
        if !has("full", name) {
            findings.add(FACADE, format_args!("`full` lacks `{name}`; add it"));
        }
        for feature in SHARED {
            // Weak, so that a choice of TLS switches no vendor on.
            let entry = format!("{name}?/{feature}");
            if !has(feature, &entry) {
                findings.add(
                    FACADE,
                    format_args!("`{feature}` does not reach the vendor; add \"{entry}\" to it"),
                );
            }
        }
        for feature in own
            .keys()
            .filter(|feature| *feature != "default" && !SHARED.contains(&feature.as_str()))
        {
            let entries = [format!("{name}/{feature}"), format!("{name}?/{feature}")];
            if !facade.values().flatten().any(|found| entries.contains(found)) {
                findings.add(
                    FACADE,
                    format_args!("no feature reaches \"{name}/{feature}\"; forward it"),
                );
            }
        }
    }
}

fn features(tree: &Tree, path: &str) -> Features {
    let manifest = tree.manifest(path);
    let table = manifest.get("features").and_then(Value::as_table).into_iter().flatten();
    table
        .map(|(name, entries)| {
            let entries = entries.as_array().into_iter().flatten().filter_map(Value::as_str);
            (name.clone(), entries.map(str::to_owned).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VENDOR: &str = "[features]\ndefault = ['rustls']\nclient = []\nrustls = []\nnative-tls = []\n\
        rustls-no-provider = []\nwebhook = []\n";
    const GOOD: &str = "[features]\ndefault = ['rustls']\nacme = ['dep:acme']\nfull = ['acme']\n\
        client = ['acme?/client']\nrustls = ['acme?/rustls']\nnative-tls = ['acme?/native-tls']\n\
        rustls-no-provider = ['acme?/rustls-no-provider']\nwebhook = ['acme?/webhook']\n";

    fn findings(facade: &str, vendor: &str) -> Vec<String> {
        let mut findings = Findings::default();
        let tree = Tree::of(&[(FACADE, facade), ("crates/acme/Cargo.toml", vendor)]);
        check(&tree, &[Vendor::sample("acme")], &mut findings);
        findings.matching("").into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_facade_that_forwards_all_has_no_findings() {
        assert_eq!(findings(GOOD, VENDOR), [""; 0]);
    }

    #[test]
    fn each_missing_entry_is_found() {
        for (from, to, expected) in [
            ("acme = ['dep:acme']", "", "no feature for the vendor"),
            ("full = ['acme']", "full = []", "`full` lacks `acme`"),
            ("'acme?/native-tls'", "", "`native-tls` does not reach the vendor"),
            ("'acme?/rustls'", "'acme/rustls'", "`rustls` does not reach the vendor"),
            ("'acme?/webhook'", "", "no feature reaches \"acme/webhook\""),
        ] {
            let found = findings(&GOOD.replace(from, to), VENDOR);
            assert!(found.len() == 1 && found[0].contains(expected), "{expected}: {found:?}");
        }
        let found =
            findings(GOOD, &VENDOR.replace("client = []\n", "").replace("['rustls']", "[]"));
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
