//! `check`: tries the credentials of each source with the cheapest call.

use chat_core::SourceError;
use futures_util::future::join_all;
use serde::Serialize;

use super::Outcome;
use crate::args::{Global, SourcesArgs};
use crate::config::{self, Ready};
use crate::failure::Exit;
use crate::output::{Cell, Output, Table, Tone, print_error};
use crate::signals;

/// The document of `check --json`.
#[derive(Debug, Serialize)]
struct Report {
    sources: Vec<Checked>,
    ok: bool,
}

#[derive(Debug, Serialize)]
struct Checked {
    source: String,
    vendor: &'static str,
    ok: bool,
    /// What happened, in the vendor's words and in ours.
    error: Option<String>,
    /// What to do about it.
    advice: Option<String>,
    /// The vendor's own code.
    vendor_code: Option<String>,
    /// The vendor's id of the call, for its support.
    trace_id: Option<String>,
    /// What to know although the call passed.
    notices: Vec<String>,
}

/// Checks the sources, all at once.
pub(super) async fn run(args: &SourcesArgs, global: &Global, output: &Output) -> Outcome {
    let loaded = config::load(global, output)?;
    let ready = loaded.build(&loaded.choose(&args.sources)?, output)?;
    signals::on_interrupt(signals::exit_at_once)?;
    let sources = join_all(ready.iter().map(check)).await;
    let report = Report { ok: sources.iter().all(|source| source.ok), sources };
    if output.is_json {
        output.document(&report)?;
    } else {
        print(&report, output)?;
    }
    Ok(Exit::good_if(report.ok))
}

async fn check(ready: &Ready) -> Checked {
    let error: Option<SourceError> = ready.source.check().await.err();
    let mut checked = Checked {
        source: ready.config.name.clone(),
        vendor: ready.source.vendor(),
        ok: error.is_none(),
        error: None,
        advice: None,
        vendor_code: None,
        trace_id: None,
        notices: ready.source.notices(),
    };
    if let Some(mut error) = error {
        checked.advice = error.advice.take();
        checked.error = Some(error.to_string());
        checked.vendor_code = error.vendor_code;
        checked.trace_id = error.trace_id;
    }
    checked
}

fn print(report: &Report, output: &Output) -> anyhow::Result<()> {
    let mut table = Table::new(&["SOURCE", "VENDOR", "CHECK"]);
    for source in &report.sources {
        let check = if source.ok {
            Cell::text("ok").in_tone(Tone::Good)
        } else {
            Cell::text("failed").in_tone(Tone::Bad)
        };
        table.push(vec![Cell::text(&source.source), Cell::text(source.vendor), check]);
    }
    output.table(&table)?;
    for source in &report.sources {
        if let Some(error) = &source.error {
            let advice =
                source.advice.as_ref().map_or(String::new(), |advice| format!("; {advice}"));
            let trace =
                source.trace_id.as_ref().map_or(String::new(), |id| format!(" (trace id {id})"));
            print_error(&format!("{}: {error}{trace}{advice}", source.source));
        }
        for notice in &source.notices {
            output.note(format!("{}: {notice}", source.source));
        }
    }
    Ok(())
}
