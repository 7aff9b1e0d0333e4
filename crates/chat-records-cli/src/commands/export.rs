//! `export`: writes messages or conversations to a file or to standard output.

mod form;
mod html;
mod target;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chat_archive::{ConversationFilter, Filter, Reader};
use serde::Serialize;

use self::form::{Form, What, Written};
pub(super) use self::target::{refuse_within, to_file};
use super::Outcome;
use super::words::count;
use crate::args::{ExportArgs, Format, Global, Of};
use crate::config;
use crate::failure::{Exit, Failure};
use crate::filter;
use crate::output::Output;
use crate::progress::{Amount, Ticker};
use crate::signals;

/// The document of `export -o FILE --json`.
#[derive(Debug, Serialize)]
struct Document<'p> {
    format: &'static str,
    file: Option<&'p Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<u64>,
    /// Lines, with `--versions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    forms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversations: Option<u64>,
    /// Messages and conversations that the table of conversations does not know yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    behind: Option<[u64; 2]>,
}

/// Exports what passes the filter.
pub(super) fn run(args: &ExportArgs, global: &Global, output: &Output) -> Outcome {
    if args.format == Format::Html {
        return html::run(args, global, output);
    }
    let form = Form::of(args)?;
    let target = args.output.as_deref().filter(|path| path.as_os_str() != "-");
    if target.is_none() {
        form.refuse_standard_output()?;
        if output.is_json {
            return Err(Failure::usage_text(
                "--json prints one JSON document, and an export to standard output is many; leave \
                 out --json, or name a file with -o",
            ));
        }
    }
    let loaded = config::load(global, output)?;
    if let Some(path) = target {
        refuse_within(&loaded.archive, path)?;
    }
    let reader = Reader::open(&loaded.archive)?;
    let mut filter = filter::of(&args.filter, &loaded, &reader)?;
    filter.versions = args.versions;
    filter.without_raw = !form.with_raw;
    let what = match args.of {
        Of::Messages => What::Messages(filter.clone()),
        Of::Conversations => What::Conversations(filter::of_conversations(&filter)),
    };

    let stop = Arc::new(AtomicBool::new(false));
    let request = Arc::clone(&stop);
    let interrupter = reader.interrupter();
    signals::on_interrupt(move || {
        request.store(true, Ordering::Relaxed);
        interrupter.interrupt();
    })?;
    let total = total(&reader, &what, output)?;
    let mut ticker = Ticker::new(output, "exporting");
    let amount = Amount::new(what.noun(), total);
    let written = form.write(&reader, &what, target, &mut |done| {
        if stop.load(Ordering::Relaxed) {
            // not `Interrupted`: that one means "try again"
            return Err(io::Error::other("interrupted"));
        }
        ticker.tick(|| amount.at(done));
        Ok(())
    });
    ticker.finish();
    if written.is_err() && stop.load(Ordering::Relaxed) {
        output.note(match target {
            Some(_) => "interrupted; the file was not written",
            None => "interrupted; what was printed is not all",
        });
        return Ok(Exit::Interrupted);
    }
    let written = written?;
    let behind = match what {
        What::Messages(filter) => {
            warn_of_messages_without_time(&reader, &filter, output)?;
            None
        }
        What::Conversations(filter) => {
            warn_of_conversations_without_time(&reader, &filter, output)?;
            warn_of_what_is_behind(&reader, output)?
        }
    };
    say(&written, form.name, target, behind, output)?;
    Ok(Exit::good_if(behind.is_none()))
}

/// How many rows there will be, where someone watches and it can be told.
fn total(reader: &Reader, what: &What, output: &Output) -> Result<Option<u64>, Failure> {
    Ok(match what {
        What::Messages(filter) if !output.is_quiet && !filter.versions => {
            Some(reader.count_messages(filter)?)
        }
        _ => None,
    })
}

/// Says how many messages a span of time leaves out because the vendor gives them none.
pub(super) fn warn_of_messages_without_time(
    reader: &Reader,
    filter: &Filter,
    output: &Output,
) -> Result<(), Failure> {
    if filter.from_ms.is_some() || filter.to_ms.is_some() {
        let left_out = reader.count_without_time(filter)?;
        if left_out > 0 {
            output.warn(format!(
                "{} without a time left out; leave out --from and --to to get them",
                count(left_out, "message", "messages")
            ));
        }
    }
    Ok(())
}

fn warn_of_conversations_without_time(
    reader: &Reader,
    filter: &ConversationFilter,
    output: &Output,
) -> Result<(), Failure> {
    if filter.from_ms.is_some() || filter.to_ms.is_some() {
        let left_out = reader.count_conversations_without_time(filter)?;
        if left_out > 0 {
            output.warn(format!(
                "{} without a time left out; leave out --from and --to to get them",
                count(left_out, "conversation", "conversations")
            ));
        }
    }
    Ok(())
}

/// The table of conversations is made after the messages: a run that was cut off leaves it behind.
fn warn_of_what_is_behind(reader: &Reader, output: &Output) -> Result<Option<[u64; 2]>, Failure> {
    let behind = reader.behind()?;
    if behind.messages == 0 && behind.conversations == 0 {
        return Ok(None);
    }
    output.warn(format!(
        "{} and {} are not in the table of conversations yet, so some rows are lacking or old; \
         run `sync`, which brings it up to date",
        count(behind.messages, "message", "messages"),
        count(behind.conversations, "conversation", "conversations"),
    ));
    Ok(Some([behind.messages, behind.conversations]))
}

fn say(
    written: &Written,
    format: &'static str,
    target: Option<&Path>,
    behind: Option<[u64; 2]>,
    output: &Output,
) -> anyhow::Result<()> {
    let (messages, forms, conversations) = match *written {
        Written::Messages { messages, forms } => (Some(messages), forms, None),
        Written::Conversations(conversations) => (None, None, Some(conversations)),
    };
    if output.is_json {
        let file = target;
        let document = Document { format, file, messages, forms, conversations, behind };
        output.document(&document)?;
    } else if let Some(path) = target {
        let what = match *written {
            Written::Messages { messages, forms } => {
                let forms = forms.map(|forms| format!("{forms} forms of ")).unwrap_or_default();
                format!("{forms}{}", count(messages, "message", "messages"))
            }
            Written::Conversations(rows) => count(rows, "conversation", "conversations"),
        };
        output.line(format!("wrote {what} to {}", path.display()))?;
    }
    Ok(())
}
