//! What cargo knows about the workspace.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::Context as _;
use cargo_metadata::{CargoOpt, Metadata, MetadataCommand, Package};

/// The feature that needs a library of the system on Linux.
pub(crate) const NATIVE_TLS: &str = "native-tls";

/// The root folder of the workspace.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// The packages of the workspace, without resolving what they depend on.
pub(crate) fn metadata() -> anyhow::Result<Metadata> {
    metadata_in(root())
}

/// The same for a workspace anywhere.
pub(crate) fn metadata_in(root: &Path) -> anyhow::Result<Metadata> {
    command(root).no_deps().exec().context("cargo metadata failed")
}

/// The packages of the workspace and all that they can depend on.
pub(crate) fn resolved_metadata() -> anyhow::Result<Metadata> {
    command(root()).features(CargoOpt::AllFeatures).exec().context("cargo metadata failed")
}

fn command(root: &Path) -> MetadataCommand {
    let mut command = MetadataCommand::new();
    command.manifest_path(root.join("Cargo.toml"));
    command
}

/// Whether `cargo publish` would accept the package.
pub(crate) fn is_published(package: &Package) -> bool {
    package.publish.as_ref().is_none_or(|registries| !registries.is_empty())
}

/// Whether the feature `native-tls` compiles here: on Linux it needs the headers of OpenSSL.
///
/// CI does not install them. Without them everything but that feature is built, and
/// `cargo xtask features` still checks its dependency tree, which takes no compiler.
pub(crate) fn has_native_tls() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let found = !cfg!(target_os = "linux")
            || crate::command::succeeds(Command::new("pkg-config").args(["--exists", "openssl"]));
        if !found {
            println!("note: no OpenSSL headers here, so the feature {NATIVE_TLS} is not built");
        }
        found
    })
}

/// The arguments that switch on all features, as far as they compile here.
pub(crate) fn all_features() -> anyhow::Result<Vec<String>> {
    Ok(all_features_of(metadata()?.packages.iter()))
}

/// The same for some packages.
pub(crate) fn all_features_of<'list>(
    packages: impl Iterator<Item = &'list Package>,
) -> Vec<String> {
    if has_native_tls() {
        return vec!["--all-features".to_owned()];
    }
    let names: Vec<String> = packages
        .flat_map(|package| {
            let features = package.features.keys().filter(|feature| *feature != NATIVE_TLS);
            features.map(|feature| format!("{}/{feature}", package.name))
        })
        .collect();
    vec!["--features".to_owned(), names.join(",")]
}
