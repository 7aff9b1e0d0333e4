//! `verify`: computes every hash of the archive again.

use chat_archive::{Reader, VerifyReport};
use serde::Serialize;

use super::Outcome;
use crate::args::Global;
use crate::config;
use crate::failure::Exit;
use crate::output::{Output, Tone, print_error};
use crate::progress::Ticker;
use crate::signals;

/// The document of `verify --json`.
#[derive(Debug, Serialize)]
struct Document<'r> {
    clean: bool,
    #[serde(flatten)]
    report: &'r VerifyReport,
}

/// How many differences are listed for people; `--json` has them all.
const LISTED: usize = 50;

/// Verifies the archive.
pub(super) fn run(global: &Global, output: &Output) -> Outcome {
    let loaded = config::load(global, output)?;
    signals::on_interrupt(signals::exit_at_once)?;
    let reader = Reader::open(&loaded.archive)?;
    let mut ticker = Ticker::new(output, "verifying");
    let report = reader.verify(&mut |done| {
        ticker.tick(|| {
            format!("{} pages, {} messages, {} files", done.pages, done.messages, done.media)
        });
    })?;
    ticker.finish();
    if output.is_json {
        output.document(&Document { clean: report.is_clean(), report: &report })?;
    } else {
        print(&report, output)?;
    }
    Ok(Exit::good_if(report.is_clean()))
}

fn print(report: &VerifyReport, output: &Output) -> anyhow::Result<()> {
    output.line(format!(
        "checked {} pages, {} messages, {} files and {} ledger entries",
        report.pages, report.messages, report.media, report.ledger_entries
    ))?;
    if let Some(head) = &report.head {
        output.line(format!("head {head}"))?;
    }
    for difference in report.differences.iter().take(LISTED) {
        output.tinted(Tone::Bad, format!("{}: {}", difference.what, difference.how))?;
    }
    let more = report.differences.len().saturating_sub(LISTED);
    if more > 0 {
        output.tinted(Tone::Bad, format!("and {more} more; --json lists them all"))?;
    }
    match report.differences.len() {
        0 => output.tinted(Tone::Good, "everything is as it was stored")?,
        1 => print_error("1 thing differs from what was stored"),
        number => print_error(&format!("{number} things differ from what was stored")),
    }
    Ok(())
}
