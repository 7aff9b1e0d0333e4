//! The arguments of `export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::FilterArgs;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chat-records export --format jsonl -o messages.jsonl
  chat-records export --format jsonl --source hk --from 2025-01-01 --to 2025-01-31 | head
  chat-records export --format csv --bom -o messages.csv         opens in Excel
  chat-records export --format sqlite -o messages.db             then: sqlite3 messages.db
  chat-records export --format parquet --no-raw -o messages.parquet
  chat-records export --format csv --of conversations -o conversations.csv
  chat-records export --format jsonl --versions -o forms.jsonl
  chat-records export --format html -o chats                     then open chats/index.html

A row is one message with its newest content; `raw` in it is the record as the vendor sent it, byte
for byte. Both days belong to the span. With --versions, a row is one form of a message: `version`
counts them in the order in which they arrived, and the filters look at the newest one; in SQLite
the earlier ones have a table of their own. In CSV a text that a spreadsheet could run as a formula
has a ' in front.

With --of conversations, a row is a conversation: first and last time, counts, participants, and how
long the first answer took. --from and --to choose conversations with a message in the span, --kind
those with a message of the kind.

With --format html, FILE is a folder of pages with a search that works without a server; copies of
the saved files lie beside them. An earlier export of that name is replaced, anything else is not.

A file gets its name when it is whole; an export that was interrupted leaves none.")]
pub(crate) struct ExportArgs {
    /// The form of the export
    #[arg(long)]
    pub(crate) format: Format,
    /// What a row is
    #[arg(long, value_name = "WHAT", default_value = "messages")]
    pub(crate) of: Of,
    /// Every form of each message, in the order of their versions, and not the newest one alone
    #[arg(long)]
    pub(crate) versions: bool,
    #[command(flatten)]
    pub(crate) columns: ColumnArgs,
    #[command(flatten)]
    pub(crate) pages: PagesArgs,
    /// The file to write; `-` or nothing is standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ColumnArgs {
    /// With what the vendor sent, where that is not so anyway: in CSV
    #[arg(long, conflicts_with = "no_raw")]
    pub(crate) raw: bool,
    /// Without what the vendor sent: smaller, and much faster
    #[arg(long)]
    pub(crate) no_raw: bool,
    /// Begin a CSV file with a byte order mark, by which Excel knows UTF-8
    #[arg(long)]
    pub(crate) bom: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PagesArgs {
    /// With --format html: without pictures, voice and other files
    #[arg(long)]
    pub(crate) no_media: bool,
    /// With --format html: the language of the pages [default: that of the system, else en]
    #[arg(long, value_name = "LANG")]
    pub(crate) lang: Option<Lang>,
}

/// A language of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// English
    En,
    /// Chinese
    Zh,
}

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One row a line, as JSON
    Jsonl,
    /// Comma-separated values, for spreadsheets
    Csv,
    /// Apache Parquet, for `DuckDB`, pandas, Polars, Spark; a feature of the build
    Parquet,
    /// A plain SQLite database
    Sqlite,
    /// A folder of pages that any browser opens from disk
    Html,
}

/// What a row of an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Of {
    /// A message
    Messages,
    /// A conversation
    Conversations,
}
