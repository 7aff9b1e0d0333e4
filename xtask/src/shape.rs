//! `cargo xtask shape`: what every crate must look like, and the house rules that text shows.

mod arrows;
mod facade;
mod folders;
mod lib_file;
mod licenses;
mod manifests;
mod readmes;
mod source;
mod vendor_crate;
mod words;

use crate::findings::Findings;
use crate::tree::Tree;
use crate::vendors::VENDORS;
use crate::workspace;

/// Checks the whole workspace.
///
/// # Errors
///
/// When a check finds something, or the workspace cannot be read.
pub(crate) fn run() -> anyhow::Result<()> {
    let tree = Tree::load(workspace::root())?;
    let metadata = workspace::metadata()?;
    let mut findings = Findings::default();
    folders::check(&tree, VENDORS, &mut findings);
    vendor_crate::check(&tree, VENDORS, &mut findings);
    manifests::check(&tree, &mut findings);
    readmes::check(&tree, &mut findings);
    facade::check(&tree, VENDORS, &mut findings);
    arrows::check(&arrows::of_packages(&metadata), VENDORS, &mut findings);
    licenses::check(&tree, &mut findings);
    words::check(&tree, &mut findings);
    source::check(&tree, &mut findings);
    findings.finish("shape")
}
