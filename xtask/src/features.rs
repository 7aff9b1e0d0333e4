//! `cargo xtask features`: features add up, and bring in what they say and no more.

mod builds;
mod rust_version;
mod trees;
mod wasm;

use crate::findings::Findings;
use crate::vendors::VENDORS;
use crate::workspace;

/// Checks the features of the library crates.
///
/// # Errors
///
/// When a check finds something.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut findings = Findings::default();
    rust_version::check(&rust_version::needs(&workspace::resolved_metadata()?), &mut findings);
    trees::check(VENDORS, &mut findings);
    builds::check(VENDORS, &mut findings)?;
    wasm::check(VENDORS, &mut findings);
    findings.finish("features")
}
