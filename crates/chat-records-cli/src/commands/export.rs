//! `export`: writes messages to a file or to standard output.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use chat_archive::{Exported, Reader};
use serde::Serialize;

use super::{Outcome, coverage};
use crate::args::{ExportArgs, Format, Global};
use crate::config;
use crate::failure::{Exit, Failure};
use crate::filter;
use crate::output::Output;
use crate::progress::Ticker;
use crate::signals;

const BUFFER_BYTES: usize = 1 << 18;

/// The document of `export -o FILE --json`.
#[derive(Debug, Serialize)]
struct Document<'p> {
    format: &'static str,
    file: Option<&'p Path>,
    messages: u64,
    /// Lines, with `--versions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    forms: Option<u64>,
}

/// Exports the messages that pass the filter.
pub(super) fn run(args: &ExportArgs, global: &Global, output: &Output) -> Outcome {
    let Format::Jsonl = args.format;
    let target = args.output.as_deref().filter(|path| path.as_os_str() != "-");
    if target.is_none() && output.is_json {
        return Err(Failure::usage_text(
            "--json prints one JSON document, and an export to standard output is many; leave out \
             --json, or name a file with -o",
        ));
    }
    let loaded = config::load(global, output)?;
    let reader = Reader::open(&loaded.archive)?;
    let mut filter = filter::of(&args.filter, &loaded, &reader)?;
    filter.versions = args.versions;

    let stop = Arc::new(AtomicBool::new(false));
    let request = Arc::clone(&stop);
    signals::on_interrupt(move || request.store(true, Ordering::Relaxed))?;
    let mut ticker = Ticker::new(output, "exporting");
    let mut write = |out: &mut dyn Write| {
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, Stoppable { out, stop: &stop });
        let exported = reader.export_jsonl(&filter, &mut out, &mut |count| {
            ticker.tick(|| format!("{count} messages"));
        })?;
        out.flush()?;
        anyhow::Ok(exported)
    };
    let written = match target {
        Some(path) => to_file(path, &mut write),
        None => write(&mut io::stdout().lock()),
    };
    ticker.finish();
    if stop.load(Ordering::Relaxed) {
        output.note("interrupted; the file was not written");
        return Ok(Exit::Interrupted);
    }
    let Exported { messages, lines, .. } = written?;
    if filter.from_ms.is_some() || filter.to_ms.is_some() {
        let left_out = reader.count_without_time(&filter)?;
        if left_out > 0 {
            output.warn(format!(
                "{} without a time left out; leave out --from and --to to get them",
                coverage::count(left_out, "message", "messages")
            ));
        }
    }
    if output.is_json {
        let forms = args.versions.then_some(lines);
        output.document(&Document { format: "jsonl", file: target, messages, forms })?;
    } else if let Some(path) = target {
        let forms = if args.versions { format!("{lines} forms of ") } else { String::new() };
        output.line(format!("wrote {forms}{messages} messages to {}", path.display()))?;
    }
    Ok(Exit::Good)
}

/// Writes beside the file and renames at the end, so that the name never stands for a part. What
/// is no regular file (a device, a pipe) is written to directly.
pub(super) fn to_file<T>(
    path: &Path,
    write: &mut dyn FnMut(&mut dyn Write) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let shown = path.display();
    // a link stays a link: the file that it names is replaced
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let fail = || format!("{shown} cannot be written");
    if path.is_dir() {
        anyhow::bail!("{shown} is a folder; name a file in it");
    }
    if path.exists() && !path.is_file() {
        return write(&mut File::options().write(true).open(&path).with_context(fail)?);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let mut temporary = tempfile::Builder::new()
        .prefix(".chat-records-")
        .suffix(".part")
        .tempfile_in(folder)
        .with_context(fail)?;
    let written = write(&mut temporary)?;
    temporary.as_file().sync_all().with_context(fail)?;
    temporary.persist(&path).map_err(|error| error.error).with_context(fail)?;
    Ok(written)
}

/// Stops writing once the user asked for it.
struct Stoppable<'w> {
    out: &'w mut dyn Write,
    stop: &'w AtomicBool,
}

impl Write for Stoppable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            // not `Interrupted`: that one means "try again"
            return Err(io::Error::other("interrupted"));
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
