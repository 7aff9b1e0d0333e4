//! Each feature compiles alone: bare, one by one, and all together.
//!
//! Clippy, not `cargo check`: it reuses the dependencies that the step `clippy` has checked, and
//! its warnings show code that is dead under one feature only.

use std::collections::BTreeSet;

use crate::command::{self, cargo};
use crate::findings::Findings;
use crate::vendors::Vendor;
use crate::workspace;

/// The crates beside the vendors' that others depend on with chosen features.
const SHARED: [&str; 2] = ["chat-records-core", "chat-records"];

pub(super) fn check(vendors: &[Vendor], findings: &mut Findings) -> anyhow::Result<()> {
    let metadata = workspace::metadata()?;
    let names: Vec<&str> =
        SHARED.into_iter().chain(vendors.iter().map(|vendor| vendor.name)).collect();
    for package in metadata.packages.iter().filter(|package| names.contains(&package.name.as_str()))
    {
        for features in
            choices(package.features.keys().map(String::as_str), workspace::has_native_tls())
        {
            let mut command =
                cargo(&["clippy", "--quiet", "--package", &package.name, "--no-default-features"]);
            if !features.is_empty() {
                command.args(["--features", &features]);
            }
            command.args(["--", "-D", "warnings"]);
            if command::run(&mut command).is_err() {
                findings.add(
                    package
                        .manifest_path
                        .strip_prefix(&metadata.workspace_root)
                        .unwrap_or(&package.manifest_path),
                    format_args!("does not build with the features `{features}` (see above)"),
                );
            }
        }
    }
    Ok(())
}

/// No feature, each one, and all of them, as arguments for `--features`.
fn choices<'list>(
    features: impl Iterator<Item = &'list str>,
    native_tls: bool,
) -> BTreeSet<String> {
    let features: Vec<&str> = features
        .filter(|feature| {
            *feature != "default" && (native_tls || *feature != workspace::NATIVE_TLS)
        })
        .collect();
    let single = features.iter().map(|feature| (*feature).to_owned());
    single.chain([String::new(), features.join(",")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_choices_are_listed_once() {
        let features = ["client", "default", "native-tls", "rustls"];
        let listed =
            |native_tls| choices(features.into_iter(), native_tls).into_iter().collect::<Vec<_>>();
        assert_eq!(
            listed(true),
            ["", "client", "client,native-tls,rustls", "native-tls", "rustls"]
        );
        assert_eq!(listed(false), ["", "client", "client,rustls", "rustls"]);
        assert_eq!(choices(["default"].into_iter(), true).len(), 1);
    }
}
