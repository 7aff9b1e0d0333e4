//! `search`: finds messages by their words.

use std::borrow::Cow;

use chat_archive::{Hit, KeptMessage, Reader, SearchOrder, SearchQuery, ThreadPlace};
use serde::Serialize;

use super::{Outcome, export, words};
use crate::args::{Global, SearchArgs, Sort};
use crate::config;
use crate::failure::{Exit, Failure};
use crate::filter;
use crate::output::{Output, Tone, flat};

/// Hits that are read from the archive at a time.
const PAGE: usize = 100;
/// Characters of a text that a terminal shows.
const SHOWN: usize = 300;

/// The document of `search --json`.
#[derive(Debug, Serialize)]
struct Document<'h> {
    hits: Vec<HitDocument<'h>>,
    /// How many there are, shown or not.
    total: u64,
    /// False: there are more than `total`.
    total_is_exact: bool,
    /// Messages that the search index does not know yet.
    not_indexed: u64,
}

#[derive(Debug, Serialize)]
struct HitDocument<'h> {
    message: &'h KeptMessage,
    /// Its number in the archive.
    conversation: Option<i64>,
    /// What was found in the text: first character and the one behind the last, from 0.
    marks: Vec<[usize; 2]>,
    before: &'h [KeptMessage],
    after: &'h [KeptMessage],
}

/// A hit with what stands around it.
#[derive(Debug)]
struct Found {
    hit: Hit,
    before: Vec<KeptMessage>,
    after: Vec<KeptMessage>,
}

pub(super) fn run(args: &SearchArgs, global: &Global, output: &Output) -> Outcome {
    let mut query = SearchQuery::parse(&args.query.join(" ")).map_err(Failure::usage)?;
    let loaded = config::load(global, output)?;
    let reader = Reader::open(&loaded.archive)?;
    query.filter = filter::of(&args.filter, &loaded, &reader)?;
    query.order = match args.sort {
        Sort::Newest => SearchOrder::Newest,
        Sort::Relevance => SearchOrder::Relevance,
    };
    let limit = usize::try_from(args.limit)?;
    let context = usize::try_from(args.context)?;
    let mut all = Vec::new();
    let (mut shown, mut after, mut is_bounded) = (0, None, false);
    while shown < limit {
        let page = reader.search(&query, after, PAGE.min(limit - shown))?;
        for hit in page.hits {
            let found = around(&reader, hit, context)?;
            if output.is_json {
                all.push(found);
            } else {
                print(&found, &query, shown, context, output)?;
            }
            shown += 1;
        }
        after = page.next;
        is_bounded |= page.is_bounded;
        if after.is_none() {
            break;
        }
    }
    let not_indexed = reader.behind()?.messages;
    let has_more = after.is_some();
    if output.is_json {
        let count = reader.count_hits(&query)?;
        output.document(&Document {
            hits: all.iter().map(|found| found.document(&query)).collect(),
            total: count.hits.max(shown as u64),
            total_is_exact: count.is_exact || !(has_more || is_bounded),
            not_indexed,
        })?;
    } else if shown == 0 {
        output.note("no messages match");
    } else if has_more {
        let count = reader.count_hits(&query)?;
        let least = if count.is_exact { "" } else { "at least " };
        output.note(format!("{shown} of {least}{} messages; --limit shows more", count.hits));
    }
    if is_bounded {
        output.note("only the newest hits were ranked; filters, or rarer words, leave fewer");
    }
    export::warn_of_messages_without_time(&reader, &query.filter, output)?;
    if not_indexed > 0 {
        output.warn(format!(
            "{} not in the search index yet; the next sync brings {}",
            words::count(not_indexed, "message is", "messages are"),
            if not_indexed == 1 { "it" } else { "them" }
        ));
        return Ok(Exit::Lacking);
    }
    Ok(Exit::Good)
}

/// The hit with so many messages of its conversation on both sides.
fn around(reader: &Reader, hit: Hit, context: usize) -> Result<Found, Failure> {
    let beside = |place| -> Result<Vec<KeptMessage>, Failure> {
        let (Some(conversation), true) = (hit.conversation, context > 0) else {
            return Ok(Vec::new());
        };
        let thread = reader.thread(conversation, place, context)?;
        Ok(thread.map(|thread| thread.messages).unwrap_or_default())
    };
    let number = hit.message.number;
    let (before, after) =
        (beside(ThreadPlace::Before(number))?, beside(ThreadPlace::After(number))?);
    Ok(Found { hit, before, after })
}

impl Found {
    fn document(&self, query: &SearchQuery) -> HitDocument<'_> {
        let text = self.hit.message.text.as_deref().unwrap_or_default();
        let (mut bytes, mut chars) = (0, 0);
        // each place is behind the one before, so the text is gone through once
        let mut place = |at: usize| {
            chars += text.get(bytes..at).unwrap_or_default().chars().count();
            bytes = at;
            chars
        };
        let marks = query.marks(text).into_iter().map(|mark| [place(mark.start), place(mark.end)]);
        HitDocument {
            message: &self.hit.message,
            conversation: self.hit.conversation,
            marks: marks.collect(),
            before: &self.before,
            after: &self.after,
        }
    }
}

/// Prints a hit with what stands around it.
fn print(
    found: &Found,
    query: &SearchQuery,
    index: usize,
    context: usize,
    output: &Output,
) -> anyhow::Result<()> {
    let messages = found.before.iter().map(|message| (message, false));
    let messages = messages
        .chain([(&found.hit.message, true)])
        .chain(found.after.iter().map(|message| (message, false)));
    if output.is_seen() {
        if index > 0 {
            output.line("")?;
        }
        output.pieces(&heading(&found.hit))?;
        for (message, is_hit) in messages {
            output.pieces(&for_people(message, is_hit, query))?;
        }
    } else {
        if index > 0 && context > 0 {
            output.line("--")?;
        }
        for (message, is_hit) in messages {
            let line = for_programs(message, found.hit.conversation);
            match (context, is_hit) {
                (0, _) => output.line(line)?,
                (_, true) => output.line(format!(">\t{line}"))?,
                (_, false) => output.line(format!(" \t{line}"))?,
            }
        }
    }
    Ok(())
}

fn heading(hit: &Hit) -> Vec<(Tone, Cow<'_, str>)> {
    let message = &hit.message;
    let conversation =
        hit.conversation.map(|number| format!("  conversation {number}")).unwrap_or_default();
    let rest = format!("  {}{conversation}  id {}", message.kind, message.id);
    vec![(Tone::Heading, message.source.as_str().into()), (Tone::Faint, rest.into())]
}

/// Time, sender, and the part of the text with what was looked for.
fn for_people<'m>(
    message: &'m KeptMessage,
    is_hit: bool,
    query: &SearchQuery,
) -> Vec<(Tone, Cow<'m, str>)> {
    // the date and the seconds of a time with an offset
    let time = message.sent_at.as_deref().map_or_else(
        || "no time".to_owned(),
        |time| time.get(..19).unwrap_or(time).replace('T', " "),
    );
    let tone = if is_hit { Tone::Plain } else { Tone::Faint };
    let arrow = if is_hit { "> " } else { "  " };
    let mut pieces = vec![
        (tone, arrow.into()),
        (Tone::Faint, format!("{time}  ").into()),
        (tone, format!("{}: ", sender(message)).into()),
    ];
    let mut marked = |text: &str| {
        let snippet = query.snippet(text.trim_end(), SHOWN);
        if snippet.has_before {
            pieces.push((tone, "…".into()));
        }
        let mut reached = 0;
        let mut piece = |tone, from, to| {
            let piece = snippet.text.get(from..to).unwrap_or_default();
            pieces.push((tone, piece.to_owned().into()));
        };
        for mark in &snippet.marks {
            piece(tone, reached, mark.start);
            piece(Tone::Found, mark.start, mark.end);
            reached = mark.end;
        }
        piece(tone, reached, snippet.text.len());
        if snippet.has_after {
            pieces.push((tone, "…".into()));
        }
    };
    if let Some(text) = &message.text {
        marked(text);
    }
    for file in &message.attachments {
        marked(&format!(" [{}]", file.file_name.as_deref().unwrap_or(&file.kind)));
    }
    pieces
}

/// A line with a tab between its values.
fn for_programs(message: &KeptMessage, conversation: Option<i64>) -> String {
    let conversation = conversation.map(|number| number.to_string());
    let names = message.attachments.iter().filter_map(|file| file.file_name.as_deref());
    let texts: Vec<&str> = message.text.as_deref().into_iter().chain(names).collect();
    let texts = texts.join(" ");
    let values = [
        message.sent_at.as_deref().unwrap_or_default(),
        &message.source,
        conversation.as_deref().unwrap_or_default(),
        &message.id,
        sender(message),
        &message.kind,
        texts.trim_end(),
    ];
    values.map(|value| flat(value).into_owned()).join("\t")
}

/// Who wrote it, as well as that is known.
fn sender(message: &KeptMessage) -> &str {
    let sender = message.sender.as_ref();
    let of = |get: fn(&chat_archive::Person) -> Option<&str>| sender.and_then(get);
    of(|sender| sender.name.as_deref())
        .or_else(|| of(|sender| sender.id.as_deref()))
        .or_else(|| of(|sender| sender.kind.as_deref()))
        .or(message.direction.as_deref())
        .unwrap_or("?")
}
