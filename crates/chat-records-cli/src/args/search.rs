//! The arguments of `search`.

use clap::{Args, ValueEnum};

use super::FilterArgs;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chat-records search 发票                            wherever these characters stand in a row
  chat-records search 发票 OR invoice                 one of them
  chat-records search invoice NOT paid                the one without the other
  chat-records search '\"paid in full\" -draft'       in a row, and something excluded
  chat-records search 'invo*' --kind file             words that begin so, in messages with files
  chat-records search 退款 -C 2 --from 2025-01-01     with two messages before and after
  chat-records search 👍 --limit 1000 --json | jq     for programs

Several words must all be there. Case, width and accents do not count; words of scripts with spaces
are found whole, or by their beginning with a star. Parentheses group. Texts and names of files are
looked at, in the newest form of each message.

On a terminal each hit has a heading and its text. Elsewhere it is a line: time, source, conversation,
id, sender, kind, text, with a tab between them; with -C a `>` before a hit, a space before what stands
around it, and a line `--` between hits. It ends with 0 also when nothing is found, and
with 1 when the index does not know all messages yet.")]
pub(crate) struct SearchArgs {
    /// What to look for
    #[arg(value_name = "QUERY", required = true)]
    pub(crate) query: Vec<String>,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    /// How many messages to show at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// Which come first: those that came into the archive last, or those that fit best
    #[arg(long, value_name = "ORDER", default_value = "newest")]
    pub(crate) sort: Sort,
    /// How many messages to show before and after each, from its conversation
    #[arg(short = 'C', long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=20))]
    pub(crate) context: u32,
}

/// Which messages come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    /// Those that came into the archive last
    Newest,
    /// Those that have the words more often, in fewer words
    Relevance,
}
