//! The command line.

mod export;
mod search;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use self::export::{ExportArgs, Format, Lang, Of};
pub(crate) use self::search::{SearchArgs, Sort};
use crate::commands::Place;
use crate::when::When;

/// Get your chat records out of your service vendors, and keep them.
///
/// Every run ends with a verdict on what the archive has and what it lacks, and the exit code
/// tells the truth.
#[derive(Debug, Parser)]
#[command(name = "chat-records", version, propagate_version = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Begin here:
  chat-records demo              try everything on simulated vendors, no account needed
  chat-records init              write a commented chat-records.toml, then fill it in
  chat-records check             try the credentials
  chat-records sync              fill the archive; run it again at any time, it goes on

Exit codes:
  0    everything asked for is there, and proven or provisional
  1    something is missing, broken or failed, and the output says what
  2    the arguments or the configuration are wrong; nothing was sent
  130  interrupted; what was stored is safe, and the next sync goes on";

/// Options of all commands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of all commands")]
pub(crate) struct Global {
    /// The configuration [default: chat-records.toml]
    #[arg(long, global = true, value_name = "FILE", env = "CHAT_RECORDS_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Print exactly one JSON document on standard output, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print no progress and no notes on standard error
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Print more: `sync` each window of time, `status` what is assumed of the vendor,
    /// `rebuild` each message that comes out otherwise
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try everything on simulated vendors: no account, no network
    Demo(DemoArgs),
    /// Write a commented configuration to fill in
    Init,
    /// Try the credentials of each source with the cheapest call
    Check(SourcesArgs),
    /// Say what the next sync would do, and about what it would cost; nothing is read or written
    Plan(PlanArgs),
    /// Pull, store and verify records, and save their media
    Sync(SyncArgs),
    /// Read records drawn at random again, compare, and say how many can be stale or missing
    Audit(AuditArgs),
    /// List files that are not in the archive, or fetch them again
    #[command(subcommand)]
    Media(MediaCommand),
    /// Show what the archive holds, per source, and what it lacks
    Status(SourcesArgs),
    /// Find messages by their words, Chinese included
    Search(SearchArgs),
    /// Write messages or conversations to a file or to standard output
    Export(ExportArgs),
    /// Show the archive as web pages on this machine until Ctrl-C: read, search, print
    View(ViewArgs),
    /// Compute every hash of the archive again, make every message anew from its bytes, and name
    /// what differs; or prove that a message is there
    Verify(VerifyArgs),
    /// Make all messages anew from the stored pages, after an upgrade; nothing is sent
    Rebuild(RebuildArgs),
    /// Show where answers differ from the types, the vendor's page and earlier runs
    Drift(DriftArgs),
    /// Serve simulated vendors on this machine until Ctrl-C
    Sim(SimArgs),
    /// Print the completion script of a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  chat-records demo --dir /tmp/demo --records 20000

The folder then holds a configuration, its secrets and an archive. Run it again with the same
folder and it reads only what may have changed.")]
pub(crate) struct DemoArgs {
    /// Where to put the configuration and the archive
    #[arg(long, value_name = "DIR", default_value = "chat-records-demo")]
    pub(crate) dir: PathBuf,
    /// How many records each simulated vendor has
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) records: u32,
}

#[derive(Debug, Args)]
pub(crate) struct SourcesArgs {
    /// Names of sources in the configuration; all of them if none is named
    #[arg(value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chat-records sync                                   all sources
  chat-records sync hk --since 2025-03-01             one source, from that day on
  chat-records sync --since 2025-03-01 --until 2025-03-31 --full
                                                      read a month again, whatever is known of it

Both days belong to the span. A date or time without an offset is meant in the offset of the
source. Ctrl-C stops after the pages in flight; a second one stops at once. Neither loses a page.")]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    pub(crate) wish: WishArgs,
}

/// What to sync.
#[derive(Debug, Args)]
pub(crate) struct WishArgs {
    #[command(flatten)]
    pub(crate) sources: SourcesArgs,
    /// Only from this date or time on [default: `start` of the source]
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<When>,
    /// Only up to this date or time, which is included [default: now]
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<When>,
    /// Leave media for later
    #[arg(long)]
    pub(crate) no_media: bool,
    /// Read windows again that are proven already
    #[arg(long)]
    pub(crate) full: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MediaCommand {
    /// List files that could not be saved, with the reason
    #[command(after_help = "\
Examples:
  chat-records media list                             what is lacking
  chat-records media list hk --all --json             every file of a source, with the type that
                                                      was declared and the one that it has

A sync tries a file that could not be had again, ever less often, and ten times in all. Names of
files are not shown: they are what people wrote. It ends with 1 if a file is lacking.")]
    List(MediaListArgs),
    /// Fetch lacking, missing and damaged files again, now
    #[command(after_help = "\
Examples:
  chat-records media retry                            all sources
  chat-records media retry hk                         one source

Every saved file is read and compared with its digest first. It ends with 0 if no file is lacking
afterwards, else with 1.")]
    Retry(SourcesArgs),
}

#[derive(Debug, Args)]
pub(crate) struct MediaListArgs {
    #[command(flatten)]
    pub(crate) sources: SourcesArgs,
    /// Saved files too, and those that the vendor gives no link to
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chat-records plan                                   all sources
  chat-records plan hk --since 2025-03-01 --full      what the same options of sync would do
  chat-records plan --offline                         send nothing at all

The plan is made by what sync itself uses, from the archive; where there is none yet, it is that of
the first sync. No record is asked for. Only where the parts of a source (users, chats, customers)
are not in the configuration are they asked for; with --offline those of the last sync are taken
instead. Numbers of records, calls and time are estimates from what was read before.")]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) wish: WishArgs,
    /// Send nothing: take the parts of each source from the archive, as the last sync named them
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chat-records audit                                  500 records of each source
  chat-records audit hk --sample 3000                 a narrower bound, six times the calls
  chat-records audit --seed 7                         the same records as another audit with it

Each record in the archive is equally likely to be drawn. The time around it is read again from the
vendor and compared, a few records at a time. What is found stale or missing is handed to the next
sync, which repairs it; nothing else is written. How the bound is computed, and what it assumes, is
in the README of the crate `chat-sync`.")]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub(crate) sources: SourcesArgs,
    /// How many records to draw of each source
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) sample: u32,
    /// What the draw is made from: the same seed, the same records [default: the time]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chat-records view --open                            and open them in the browser
  chat-records view --port 8080 --archive /mnt/copy   a copy, without a configuration

It prints the address of the pages. Whoever has that address can read everything, so it holds a
secret that is a new one each time. Only this machine can open it, nothing in the pages can change
the archive, and a sync may run at the same time. Ctrl-C ends it, with 0.")]
pub(crate) struct ViewArgs {
    /// The port of 127.0.0.1 [default: one that is free]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// Open the pages in the browser
    #[arg(long)]
    pub(crate) open: bool,
    /// The archive's folder [default: that of the configuration]
    #[arg(long, value_name = "DIR")]
    pub(crate) archive: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chat-records verify                                 hashes, and messages against their bytes
  chat-records verify --archive /mnt/copy             the hashes of a copy, without a configuration
  chat-records verify --key seal.key --seal kept.json nobody rewrote the ledger since it was sealed
  chat-records verify --proof 2025011398734 -o proof.json

Nothing is sent, and no secret is read but --key. With `seal_key` in the configuration each sync
ends with a seal; copy `seal.json` from the archive to where its keeper cannot write.")]
pub(crate) struct VerifyArgs {
    /// The archive's folder; messages are made anew only if --config is given as well
    /// [default: that of the configuration]
    #[arg(long, value_name = "DIR")]
    pub(crate) archive: Option<PathBuf>,
    /// Check the seals with this key: the path of a file, or env:NAME
    #[arg(long, value_name = "FILE|env:NAME")]
    pub(crate) key: Option<String>,
    /// Also check a seal that was kept elsewhere, a copy of seal.json; may be repeated
    #[arg(long = "seal", value_name = "FILE", requires = "key")]
    pub(crate) seals: Vec<PathBuf>,
    /// Write a proof that this message is in the archive, and check nothing else
    #[arg(long, value_name = "MESSAGE_ID", allow_hyphen_values = true, conflicts_with = "key")]
    pub(crate) proof: Option<String>,
    /// Where to write the proof; `-` or nothing is standard output
    #[arg(short, long, value_name = "FILE", requires = "proof")]
    pub(crate) output: Option<PathBuf>,
    /// The message of this source, where several have one of that id
    #[arg(long, value_name = "SOURCE", requires = "proof")]
    pub(crate) source: Option<String>,
    /// The message of this partition: a chat, a user, a customer
    #[arg(long, value_name = "KEY", requires = "proof")]
    pub(crate) partition: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chat-records rebuild --dry-run -v                   each message that would come out otherwise
  chat-records rebuild hk                             one source

It reads the pages that are stored with today's program and configuration, in one transaction, and
needs no secret. Run `verify` before an upgrade, and this after it.")]
pub(crate) struct RebuildArgs {
    #[command(flatten)]
    pub(crate) sources: SourcesArgs,
    /// Tell what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FilterArgs {
    /// Only this source
    #[arg(long, value_name = "SOURCE")]
    pub(crate) source: Option<String>,
    /// Only messages sent at this date or time, or later
    #[arg(long, value_name = "WHEN")]
    pub(crate) from: Option<When>,
    /// Only messages sent up to this date or time, which is included
    #[arg(long, value_name = "WHEN")]
    pub(crate) to: Option<When>,
    /// Only messages of this sender, by id or name
    #[arg(long, value_name = "SENDER")]
    pub(crate) sender: Option<String>,
    /// Only messages of this kind: text, image, voice, video, file, location, template and so on
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chat-records drift                                  all sources, new since the last run
  chat-records drift hk --since 2025-03-01            new since that day
  chat-records drift --fail-on-new --json             for a job that should notice
  chat-records drift --show 12.3                      record 3 of page 12, as the vendor sent it

It looks at the archive only: no secret, nothing is sent. It tells paths, types, counts and words of
enums, never what people wrote; --show prints a record whole. A difference is no error: the exit
code is 0, unless --fail-on-new is given or a source was never synced.")]
pub(crate) struct DriftArgs {
    #[command(flatten)]
    pub(crate) sources: SourcesArgs,
    /// New is what came at this date or time, or later [default: since the last run began]
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<When>,
    /// End with 1 if anything is new
    #[arg(long)]
    pub(crate) fail_on_new: bool,
    /// Print a stored answer or one of its records, and nothing else
    #[arg(long, value_name = "PAGE[.RECORD]", conflicts_with_all = ["sources", "since", "fail_on_new"])]
    pub(crate) show: Option<Place>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chat-records sim                                    all vendors, on free ports
  chat-records sim nxlink --port 8080 --records 20000 --latency-ms 20
  chat-records sim nxlink --faults faults.toml

It prints the addresses and the sections for a chat-records.toml, with the simulated credentials.
A file of faults has rules such as:

  [[fault]]
  every = 50
  kind = \"api\"
  code = -1
  message = \"failed\"")]
pub(crate) struct SimArgs {
    /// Which vendors to simulate; all of them if none is named
    #[arg(value_name = "VENDOR")]
    pub(crate) vendors: Vec<String>,
    /// What should go wrong, as rules in TOML
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// The first port; a vendor takes two, one for its API and the next one for media
    /// [default: free ones]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=65_534))]
    pub(crate) port: Option<u16>,
    /// How many records each vendor has
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    pub(crate) records: u32,
    /// What the records are made from: the same seed, the same records
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// No record is later than this date or time; without an offset, UTC is meant
    /// [default: two minutes ago]
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<When>,
    /// How many days the records are spread over [default: about a month]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) span_days: Option<u32>,
    /// How long every answer takes at least
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency_ms: u64,
    /// How many calls a vendor takes in a second; more get HTTP 429 [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_per_second: Option<u32>,
    /// How many bytes of files a vendor sends in a second, over all connections together
    /// [default: no limit]
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) media_rate: Option<u64>,
    /// How many seconds links to files live, at vendors whose links die [default: an hour]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) media_life: Option<u32>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  chat-records completions bash > ~/.local/share/bash-completion/completions/chat-records")]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
