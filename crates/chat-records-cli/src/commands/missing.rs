//! Time that the archive lacks: what it is, and what mends it.

use std::collections::BTreeMap;

use chat_archive::{GapPlace, SourceStatus};
use chat_records::config::Config;
use serde::Serialize;

use super::words::{count, offset, time};

/// A span of time inside what was asked for that was never read, or not well.
#[derive(Debug, Serialize)]
pub(super) struct Missing<'s> {
    /// The partition's key.
    partition: &'s str,
    /// First millisecond; `None`: as far back as the vendor shows.
    from_ms: Option<i64>,
    /// First millisecond after it; `None`: up to now.
    to_ms: Option<i64>,
    what: What,
    /// Why it is broken.
    reason: Option<&'s str>,
    /// When it was found to be broken.
    checked_ms: Option<i64>,
    /// What to do about it.
    mended_by: &'static str,
}

/// What a missing span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum What {
    /// It was read, and something in it is missing.
    Broken,
    /// Not read, and before all that was.
    Start,
    /// Not read, between windows that were.
    Between,
    /// Not read, although other parts of the source were.
    End,
    /// Nothing of the partition was read to its end yet.
    NeverRead,
}

/// All that is missing of a source, partition by partition.
pub(super) fn missing<'s>(status: &'s SourceStatus, config: &Config) -> Vec<Missing<'s>> {
    let start = config.source(&status.source).map(|source| source.settings.start);
    // without a start, the vendor alone decides how far back it goes
    let shows_last_days = start.is_some_and(|start| start.is_none());
    let mut all: Vec<Missing<'s>> = Vec::new();
    all.extend(status.broken.iter().map(|window| Missing {
        partition: &window.partition,
        from_ms: Some(window.from_ms),
        to_ms: Some(window.to_ms),
        what: What::Broken,
        reason: window.reason.as_deref(),
        checked_ms: Some(window.checked_ms),
        mended_by: "the next sync repairs it before anything else",
    }));
    all.extend(status.gaps.iter().map(|gap| {
        let (what, mended_by) = match gap.place {
            GapPlace::End => (What::End, "the next sync reads it"),
            GapPlace::Between if shows_last_days => (
                What::Between,
                "nothing: the vendor shows the last days only, so sync more often from now on",
            ),
            GapPlace::Start => (What::Start, "sync without --since and --until"),
            _ => (What::Between, "sync without --since and --until"),
        };
        Missing {
            partition: &gap.partition,
            from_ms: Some(gap.from_ms),
            to_ms: Some(gap.to_ms),
            what,
            reason: None,
            checked_ms: None,
            mended_by,
        }
    }));
    all.extend(status.never_read.iter().map(|partition| Missing {
        partition,
        from_ms: start.flatten().map(chat_core::UnixMillis::get),
        to_ms: None,
        what: What::NeverRead,
        reason: None,
        checked_ms: None,
        mended_by: "the next sync reads it",
    }));
    all.sort_by_key(|missing| (missing.partition, missing.from_ms));
    all
}

/// The spans that were never read in words, those of many partitions together.
pub(super) fn unread_in_words(status: &SourceStatus, config: &Config) -> Vec<String> {
    let offset = offset(config, &status.source);
    let mut alike: BTreeMap<_, (Vec<&str>, &str)> = BTreeMap::new();
    for span in missing(status, config) {
        if let (Some(from_ms), Some(to_ms)) = (span.from_ms, span.to_ms)
            && span.what != What::Broken
        {
            let like = alike.entry((from_ms, to_ms, span.what));
            like.or_insert((Vec::new(), span.mended_by)).0.push(span.partition);
        }
    }
    let in_words = |((from_ms, to_ms, what), (partitions, mended_by)): (_, (Vec<&str>, &str))| {
        let of = match partitions.as_slice() {
            [""] => String::new(),
            [one] => format!(" of {one}"),
            many => format!(" of {}", count(many.len() as u64, "part", "parts")),
        };
        let but = if what == What::End { ", though other parts were" } else { "" };
        let (from, to) = (time(from_ms, offset), time(to_ms, offset));
        format!(
            "{}{of}: not read from {from} to {to}{but}; what mends it: {mended_by}",
            status.source
        )
    };
    alike.into_iter().map(in_words).collect()
}
