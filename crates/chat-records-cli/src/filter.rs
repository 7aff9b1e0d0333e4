//! The options that choose messages, in the archive's terms.

use chat_archive::{ConversationFilter, Filter, Reader};
use chat_core::UtcOffset;

use crate::args::FilterArgs;
use crate::config::{self, Loaded};
use crate::failure::Failure;
use crate::when::When;

/// The filter in the archive's terms.
pub(crate) fn of(args: &FilterArgs, loaded: &Loaded, reader: &Reader) -> Result<Filter, Failure> {
    if let Some(name) = &args.source {
        // a source that left the configuration is still in the archive
        let configured = loaded.config.sources.iter().map(|source| source.name.as_str());
        let held = reader.sources()?;
        let mut known: Vec<&str> = held.iter().map(String::as_str).collect();
        known.extend(configured);
        known.sort_unstable();
        known.dedup();
        if !known.contains(&name.as_str()) {
            return Err(config::unknown_source(name, &known));
        }
    }
    let mut filter = Filter::default();
    filter.source.clone_from(&args.source);
    filter.sender.clone_from(&args.sender);
    filter.kind.clone_from(&args.kind);
    let first = |when: When| Ok::<_, Failure>(when.first_ms(offset(when, args, loaded)?));
    let after = |when: When| Ok::<_, Failure>(when.after_ms(offset(when, args, loaded)?));
    filter.from_ms = args.from.map(first).transpose()?;
    filter.to_ms = args.to.map(after).transpose()?;
    if let (Some(from_ms), Some(to_ms)) = (filter.from_ms, filter.to_ms)
        && from_ms >= to_ms
    {
        return Err(Failure::usage_text("--from is later than --to; swap them"));
    }
    Ok(filter)
}

/// The same for conversations.
pub(crate) fn of_conversations(filter: &Filter) -> ConversationFilter {
    let mut conversations = ConversationFilter::default();
    conversations.source.clone_from(&filter.source);
    conversations.kind.clone_from(&filter.kind);
    conversations.from_ms = filter.from_ms;
    conversations.to_ms = filter.to_ms;
    conversations
}

/// The offset that a time without one is meant in: that of the sources, if they agree.
fn offset(when: When, args: &FilterArgs, loaded: &Loaded) -> Result<UtcOffset, Failure> {
    if let Some(offset) = when.offset {
        return Ok(offset);
    }
    let mut offsets = loaded
        .config
        .sources
        .iter()
        .filter(|source| args.source.as_ref().is_none_or(|name| *name == source.name))
        .map(|source| source.settings.utc_offset);
    let unclear = || {
        Failure::usage_text(
            "the sources are in several time zones (utc_offset), so say which one is meant, as in \
             2025-01-31T18:00:00+08:00, or choose a source with --source",
        )
    };
    let first = offsets.next().ok_or_else(unclear)?;
    if offsets.all(|offset| offset == first) { Ok(first) } else { Err(unclear()) }
}
