//! `verify`: computes every hash of the archive again, makes every message anew from its bytes,
//! checks seals; or writes the proof of one message.

mod proof;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chat_archive::{Difference, Reader, Seal, SealReport, VerifyReport};
use chat_core::Source;
use serde::Serialize;

use super::{Outcome, words};
use crate::args::{Global, VerifyArgs};
use crate::config::{self, Loaded};
use crate::failure::{Exit, Failure};
use crate::output::{Output, Tone, print_error};
use crate::progress::Ticker;
use crate::signals;

/// The document of `verify --json`.
#[derive(Debug, Serialize)]
struct Document<'r> {
    clean: bool,
    #[serde(flatten)]
    report: &'r VerifyReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    seals: Option<&'r SealReport>,
}

/// How many differences are listed for people; `--json` has them all.
const LISTED: usize = 50;

/// Where the archive is, and who can read its pages again.
struct Place {
    archive: PathBuf,
    loaded: Option<Loaded>,
}

impl Place {
    /// With `--archive` the folder is all that is needed; a configuration that is named beside it is
    /// used as well.
    fn find(args: &VerifyArgs, global: &Global, output: &Output) -> Result<Self, Failure> {
        let named = global.config.as_ref().is_some_and(|path| !path.as_os_str().is_empty());
        let loaded = if args.archive.is_none() || named {
            Some(config::load(global, output)?)
        } else {
            None
        };
        let configured = loaded.as_ref().map(|loaded| loaded.archive.clone());
        let archive = args.archive.clone().or(configured).unwrap_or_default();
        Ok(Self { archive, loaded })
    }

    fn sources(&self) -> Result<Vec<Arc<dyn Source>>, Failure> {
        let sources = self.loaded.iter().flat_map(|loaded| &loaded.config.sources);
        sources.map(|source| source.build_offline().map_err(Failure::usage)).collect()
    }
}

/// Verifies the archive.
pub(super) fn run(args: &VerifyArgs, global: &Global, output: &Output) -> Outcome {
    let place = Place::find(args, global, output)?;
    if let Some(id) = &args.proof {
        return proof::run(id, args, &place.archive, output);
    }
    let key = args.key.as_ref().map(|key| config::key(key, output)).transpose()?;
    let kept = args.seals.iter().map(|path| read_seal(path)).collect::<Result<Vec<_>, _>>()?;
    let sources = place.sources()?;
    signals::on_interrupt(signals::exit_at_once)?;
    let reader = Reader::open(&place.archive)?;
    let mut ticker = Ticker::new(output, "verifying");
    let report = reader.verify_with(&sources, &mut |done| {
        ticker.tick(|| {
            format!(
                "{} pages, {} messages, {} of them made anew, {} files",
                done.pages, done.messages, done.remade, done.media
            )
        });
    })?;
    ticker.finish();
    let seals = key.map(|key| reader.check_seals(&key, &kept)).transpose()?;
    // without a configuration nobody asked for messages to be made anew
    let is_whole = place.loaded.is_none() || report.left_out.is_empty();
    let sealed = seals.as_ref().is_none_or(|seals| seals.differences.is_empty());
    let clean = report.is_clean() && sealed && is_whole;
    if output.is_json {
        output.document(&Document { clean, report: &report, seals: seals.as_ref() })?;
    } else {
        print(&report, seals.as_ref(), &place, output)?;
    }
    Ok(Exit::good_if(clean))
}

/// A seal that was kept elsewhere.
fn read_seal(path: &Path) -> Result<Seal, Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::usage_text(format!("{shown}: the seal cannot be read: {error}"))
    })?;
    serde_json::from_str(&text).map_err(|_| {
        Failure::usage_text(format!("{shown} is no seal; name a copy of the archive's seal.json"))
    })
}

fn print(
    report: &VerifyReport,
    seals: Option<&SealReport>,
    place: &Place,
    output: &Output,
) -> anyhow::Result<()> {
    output.line(format!(
        "checked {} pages, {} messages, {} files and {} ledger entries",
        report.pages, report.messages, report.media, report.ledger_entries
    ))?;
    if report.remade > 0 {
        let forms = words::count(report.remade, "form of a message", "forms of messages");
        output.line(format!("made {forms} anew from the stored bytes"))?;
    }
    if place.loaded.is_none() {
        let why = "messages were not made anew: that takes the configuration, --config FILE";
        output.tinted(Tone::Warn, why)?;
    } else {
        for left_out in &report.left_out {
            let text =
                format!("{}: messages were not made anew: {}", left_out.source, left_out.reason);
            output.tinted(Tone::Bad, text)?;
        }
    }
    if let Some(head) = &report.head {
        output.line(format!("head {head}"))?;
    }
    let sealed = seals.map_or(&[][..], |seals| &seals.differences);
    if let (Some(seals), true) = (seals, sealed.is_empty()) {
        let agree = words::count(seals.seals, "seal agrees", "seals agree");
        let since = words::count(seals.unsealed_entries, "entry is", "entries are");
        output.line(format!("{agree} with the ledger; {since} not sealed yet"))?;
    }
    if seals.is_some_and(|seals| seals.last.is_none()) {
        let why =
            "each sync with a seal_key ends with a seal; if the archive had any, they are gone";
        output.tinted(Tone::Bad, why)?;
    }
    let differences: Vec<&Difference> = report.differences.iter().chain(sealed).collect();
    for difference in differences.iter().take(LISTED) {
        let source = difference.source.as_ref().map_or(String::new(), |name| format!("{name}: "));
        output.tinted(Tone::Bad, format!("{source}{}: {}", difference.what, difference.how))?;
    }
    let more = differences.len().saturating_sub(LISTED);
    if more > 0 {
        output.tinted(Tone::Bad, format!("and {more} more; --json lists them all"))?;
    }
    let is_left_out = place.loaded.is_some() && !report.left_out.is_empty();
    if differences.iter().any(|difference| !difference.columns.is_empty()) {
        output.line(
            "messages that differ were changed in the database, or the configuration or the \
             program was since they were stored; `rebuild` makes them anew",
        )?;
    }
    match differences.len() {
        0 if is_left_out => print_error("some messages could not be compared with their bytes"),
        0 => output.tinted(Tone::Good, "everything is as it was stored")?,
        1 => print_error("1 thing differs from what was stored"),
        number => print_error(&format!("{number} things differ from what was stored")),
    }
    Ok(())
}
