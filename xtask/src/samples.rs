//! `cargo xtask samples`: the vendors' samples, and the snapshots that the crates' tests keep of them.
//!
//! The names are a contract with `tests/it/samples.rs` of each vendor crate: the sample
//! `page-text.json` has the snapshots `page-text.parsed` and `page-text.messages`, the sample
//! `error-1001.json` has `error-1001.error`.

mod files;
mod lists;
#[cfg(test)]
mod modeled;
mod secrets;
mod suites;

use crate::findings::Findings;
use crate::tree::Tree;
use crate::vendors;
use crate::workspace;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Check this vendor only.
    vendor: Option<String>,
    /// Write all snapshots anew and delete those that no test uses.
    #[arg(long)]
    bless: bool,
}

/// Checks the samples, or accepts what the code makes of them today.
///
/// # Errors
///
/// When a check finds something, or with `--bless` a test fails for another reason than a snapshot.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let only = args.vendor.as_deref();
    let chosen = vendors::named(only)?;
    if args.bless {
        let suites = suites::build(only)?;
        for vendor in &chosen {
            suites.bless(vendor)?;
        }
    }
    let mut findings = Findings::default();
    let tree = Tree::load(workspace::root())?;
    for vendor in &chosen {
        files::check(&tree, vendor, &mut findings);
    }
    // What the files show is reported even if the tests cannot be built.
    if let Err(error) =
        suites::build(only).and_then(|suites| suites.check_all(&chosen, only, &mut findings))
    {
        findings.add(
            "tests",
            format_args!("{error:#}; they must build before the snapshots can be compared"),
        );
    }
    findings.finish("samples")
}

/// The step of CI.
///
/// # Errors
///
/// As [`run`].
pub(crate) fn check_all() -> anyhow::Result<()> {
    run(&Args { vendor: None, bless: false })
}
