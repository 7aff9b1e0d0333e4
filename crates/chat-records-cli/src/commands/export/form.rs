//! The forms of an export: which can go where, and what writes them.

#[cfg(feature = "parquet")]
use std::io::IsTerminal as _;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use chat_archive::{ConversationFilter, CsvOptions, Exported, Filter, Progress, Reader};

use super::target::{to_file, to_path};
use crate::args::{ExportArgs, Format, Of};
use crate::failure::Failure;

const BUFFER_BYTES: usize = 1 << 18;

/// What to export.
pub(super) enum What {
    Messages(Filter),
    Conversations(ConversationFilter),
}

impl What {
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::Messages(_) => "messages",
            Self::Conversations(_) => "conversations",
        }
    }
}

/// What was exported.
pub(super) enum Written {
    Messages {
        messages: u64,
        /// Lines, if each form has its own.
        forms: Option<u64>,
    },
    Conversations(u64),
}

/// The form of an export, with what goes into it.
pub(super) struct Form {
    pub(super) name: &'static str,
    pub(super) with_raw: bool,
    kind: Kind,
}

enum Kind {
    /// Written from the beginning to the end.
    Stream(Stream),
    Sqlite,
}

#[derive(Clone, Copy)]
enum Stream {
    Jsonl,
    Csv(CsvOptions),
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Form {
    /// The form that the arguments ask for, if they go together.
    pub(super) fn of(args: &ExportArgs) -> Result<Self, Failure> {
        let format = args.format;
        let columns = &args.columns;
        if columns.bom && format != Format::Csv {
            return Err(Failure::usage_text("--bom is for --format csv; leave it out"));
        }
        if args.pages.no_media || args.pages.lang.is_some() {
            return Err(Failure::usage_text("--no-media and --lang are for --format html"));
        }
        if args.of == Of::Conversations {
            refuse_for_conversations(args)?;
        } else if columns.no_raw && format == Format::Jsonl {
            return Err(Failure::usage_text(
                "--no-raw does not go with --format jsonl: its lines have the same keys, always",
            ));
        }
        let (name, kind) = match format {
            Format::Jsonl => ("jsonl", Kind::Stream(Stream::Jsonl)),
            Format::Csv => {
                let mut options = CsvOptions::default();
                options.bom = columns.bom;
                ("csv", Kind::Stream(Stream::Csv(options)))
            }
            Format::Parquet => ("parquet", parquet()?),
            Format::Sqlite => ("sqlite", Kind::Sqlite),
            Format::Html => {
                return Err(Failure::usage_text("pages are a folder and no file"));
            }
        };
        let with_raw = columns.raw || !columns.no_raw && format != Format::Csv;
        Ok(Self { name, with_raw, kind })
    }

    /// Some forms cannot be printed.
    pub(super) fn refuse_standard_output(&self) -> Result<(), Failure> {
        match self.kind {
            Kind::Sqlite => Err(Failure::usage_text(
                "a SQLite database is not written from the beginning to the end, so it cannot go \
                 to standard output; name a file with -o",
            )),
            #[cfg(feature = "parquet")]
            Kind::Stream(Stream::Parquet) if io::stdout().is_terminal() => {
                Err(Failure::usage_text(
                    "Parquet is nothing to read on a terminal; name a file with -o",
                ))
            }
            Kind::Stream(_) => Ok(()),
        }
    }

    /// Writes all of it to the file, or to standard output.
    pub(super) fn write(
        &self,
        reader: &Reader,
        what: &What,
        target: Option<&Path>,
        progress: &mut Progress<'_>,
    ) -> anyhow::Result<Written> {
        match (&self.kind, target) {
            (Kind::Stream(stream), Some(path)) => {
                to_file(path, &mut |file| stream.write(reader, what, file, progress))
            }
            (Kind::Stream(stream), None) => stream.write(reader, what, &mut io::stdout(), progress),
            (Kind::Sqlite, Some(path)) => {
                to_path(path, &mut |path| to_database(reader, what, path, progress))
            }
            (Kind::Sqlite, None) => anyhow::bail!("a SQLite database needs a file"),
        }
    }
}

#[cfg(feature = "parquet")]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as without the feature")]
fn parquet() -> Result<Kind, Failure> {
    Ok(Kind::Stream(Stream::Parquet))
}

#[cfg(not(feature = "parquet"))]
fn parquet() -> Result<Kind, Failure> {
    Err(Failure::usage_text(
        "this program was built without Parquet; build it in with `cargo install --path \
         crates/chat-records-cli --features parquet`, or take --format csv or sqlite",
    ))
}

fn refuse_for_conversations(args: &ExportArgs) -> Result<(), Failure> {
    let refused = [
        (args.versions, "--versions", "a conversation has none"),
        (args.columns.raw, "--raw", "a conversation has none"),
        (args.columns.no_raw, "--no-raw", "a conversation has none"),
        (args.filter.sender.is_some(), "--sender", "choose by --source, --from, --to or --kind"),
    ];
    match refused.into_iter().find(|(is_given, ..)| *is_given) {
        Some((_, option, why)) => {
            Err(Failure::usage_text(format!("{option} does not go with --of conversations: {why}")))
        }
        None => Ok(()),
    }
}

impl Stream {
    fn write(
        self,
        reader: &Reader,
        what: &What,
        out: &mut (dyn Write + Send),
        progress: &mut Progress<'_>,
    ) -> anyhow::Result<Written> {
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, out);
        let written = match what {
            What::Messages(filter) => {
                let exported = match self {
                    Self::Jsonl => reader.export_jsonl(filter, &mut out, progress),
                    Self::Csv(options) => reader.export_csv(filter, options, &mut out, progress),
                    #[cfg(feature = "parquet")]
                    Self::Parquet => reader.export_parquet(filter, &mut out, progress),
                };
                messages(filter, exported?)
            }
            What::Conversations(filter) => Written::Conversations(match self {
                Self::Jsonl => reader.export_conversations_jsonl(filter, &mut out, progress),
                Self::Csv(options) => {
                    reader.export_conversations_csv(filter, options, &mut out, progress)
                }
                #[cfg(feature = "parquet")]
                Self::Parquet => reader.export_conversations_parquet(filter, &mut out, progress),
            }?),
        };
        out.flush()?;
        Ok(written)
    }
}

fn to_database(
    reader: &Reader,
    what: &What,
    path: &Path,
    progress: &mut Progress<'_>,
) -> anyhow::Result<Written> {
    Ok(match what {
        What::Messages(filter) => messages(filter, reader.export_sqlite(filter, path, progress)?),
        What::Conversations(filter) => {
            Written::Conversations(reader.export_conversations_sqlite(filter, path, progress)?)
        }
    })
}

fn messages(filter: &Filter, exported: Exported) -> Written {
    let Exported { messages, lines, .. } = exported;
    Written::Messages { messages, forms: filter.versions.then_some(lines) }
}
