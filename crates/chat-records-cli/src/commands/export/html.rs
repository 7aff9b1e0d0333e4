//! `export --format html`: a folder of pages.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chat_archive::Reader;
use chat_core::UnixMillis;
use chat_viewer::{ExportError, ExportStep, HtmlExported, HtmlOptions, Language, export_html};
use serde::Serialize;

use super::{count, refuse_within, warn_of_messages_without_time};
use crate::args::{ExportArgs, Global, Lang, Of};
use crate::commands::Outcome;
use crate::config;
use crate::failure::{Exit, Failure};
use crate::filter;
use crate::output::Output;
use crate::progress::{Amount, Ticker};
use crate::signals;

/// The document of `export --format html --json`.
#[derive(Debug, Serialize)]
struct Document<'p> {
    format: &'static str,
    file: &'p Path,
    #[serde(flatten)]
    exported: HtmlExported,
}

/// Writes the messages that pass the filter as a folder of pages.
pub(super) fn run(args: &ExportArgs, global: &Global, output: &Output) -> Outcome {
    let folder = folder(args)?;
    let loaded = config::load(global, output)?;
    refuse_within(&loaded.archive, folder)?;
    let reader = Reader::open(&loaded.archive)?;
    let mut options = HtmlOptions::default();
    options.filter = filter::of(&args.filter, &loaded, &reader)?;
    options.language = language(args.pages.lang);
    options.with_media = !args.pages.no_media;
    options.written_ms = Some(UnixMillis::now().get());

    let stop = Arc::new(AtomicBool::new(false));
    let request = Arc::clone(&stop);
    signals::on_interrupt(move || request.store(true, Ordering::Relaxed))?;
    let total = (!output.is_quiet).then(|| reader.count_messages(&options.filter)).transpose()?;
    let mut ticker = Ticker::new(output, "exporting");
    let amount = Amount::new("messages", total);
    let exported = export_html(
        &loaded.archive,
        folder,
        &options,
        &mut |step| {
            ticker.tick(|| match step {
                ExportStep::Pages(done) => amount.at(done),
                ExportStep::Index(done) => format!("index of the search, {done} rows"),
                _ => String::new(),
            });
        },
        &|| stop.load(Ordering::Relaxed),
    );
    ticker.finish();
    if matches!(exported, Err(ExportError::Stopped)) {
        output.note("interrupted; the folder was not written");
        return Ok(Exit::Interrupted);
    }
    let exported = exported?;
    warn_of_messages_without_time(&reader, &options.filter, output)?;
    if exported.files_missing > 0 {
        output.warn(format!(
            "{} that the archive lists {} not in its folder; `verify` names them",
            count(exported.files_missing, "file", "files"),
            if exported.files_missing == 1 { "is" } else { "are" },
        ));
    }
    if output.is_json {
        output.document(&Document { format: "html", file: folder, exported })?;
    } else {
        output.line(format!(
            "wrote {} in {} on {}, with {}; open {}",
            count(exported.messages, "message", "messages"),
            count(exported.conversations, "conversation", "conversations"),
            count(exported.pages, "page", "pages"),
            count(exported.files, "file", "files"),
            folder.join("index.html").display()
        ))?;
    }
    Ok(Exit::good_if(exported.files_missing == 0))
}

/// Where to, if the arguments go together.
fn folder(args: &ExportArgs) -> Result<&Path, Failure> {
    let columns = &args.columns;
    let refused = [
        (args.of == Of::Conversations, "--of conversations does not go with --format html"),
        (args.versions, "--versions is not needed with --format html: every form is in the pages"),
        (columns.raw, "--raw does not go with --format html; --format jsonl has it"),
        (columns.no_raw, "--no-raw is not needed with --format html: the pages have none"),
        (columns.bom, "--bom is for --format csv; leave it out"),
    ];
    if let Some((_, why)) = refused.into_iter().find(|(is_given, _)| *is_given) {
        return Err(Failure::usage_text(why));
    }
    let folder = args.output.as_deref().filter(|path| path.as_os_str() != "-");
    folder.ok_or_else(|| {
        Failure::usage_text("--format html writes a folder; name one with -o, as in: -o chats")
    })
}

/// As asked for, or as the system says.
fn language(asked: Option<Lang>) -> Language {
    match asked {
        Some(Lang::En) => Language::English,
        Some(Lang::Zh) => Language::Chinese,
        None => {
            let said = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(std::env::var_os);
            let first = said.into_iter().find(|value| !value.is_empty());
            match first {
                Some(value) if value.to_string_lossy().starts_with("zh") => Language::Chinese,
                _ => Language::English,
            }
        }
    }
}
