//! One message as a bubble.

use std::borrow::Cow;

use chat_archive::{KeptMessage, Person};
use maud::{Markup, html};

use super::when::Wall;
use super::{file, icon, text};
use crate::places::Places;
use crate::words::Words;

/// Characters of a text on paper.
const LONGEST_ON_PAPER: usize = 1_000_000;
const LONGEST_QUOTE: usize = 140;
/// Characters of names and ids, and of words of the vendor.
pub(crate) const LONGEST_NAME: usize = 120;
const LONGEST_WORD: usize = 40;
/// Files and reactions that a bubble shows.
const MOST_FILES: usize = 10;
const MOST_REACTIONS: usize = 20;
/// Other forms that a bubble shows.
const MOST_FORMS: usize = 10;

/// A message and what its bubble shows beside it.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The message in its newest form.
    pub(crate) message: KeptMessage,
    /// The message that it quotes, where it quotes one.
    pub(crate) quoted: Option<KeptMessage>,
    /// Of a recalled or deleted one: the newest form that has content.
    pub(crate) content: Option<KeptMessage>,
    /// Other forms of it, to be shown folded; where they have a page of their own, none.
    pub(crate) earlier: Vec<KeptMessage>,
}

impl Entry {
    /// A message that nothing is known about beside it.
    pub(crate) const fn new(message: KeptMessage) -> Self {
        Self { message, quoted: None, content: None, earlier: Vec::new() }
    }
}

/// How a bubble stands among the others.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stance {
    /// The one before is by the same person: no name again.
    pub(crate) follows: bool,
    /// It is what was looked for.
    pub(crate) is_target: bool,
    /// On paper, with this number: nothing is folded or left for another page.
    pub(crate) on_paper: Option<u64>,
}

/// The bubble of a message, as an item of the list of a thread.
pub(crate) fn shown(entry: &Entry, stance: Stance, words: &Words, places: &dyn Places) -> Markup {
    let message = &entry.message;
    let side = match message.direction.as_deref() {
        Some("outbound") => "outbound",
        Some("system") => "system",
        _ if matches!(message.kind.as_str(), "system" | "recall" | "agree" | "disagree") => {
            "system"
        }
        _ => "inbound",
    };
    let direction = match side {
        "outbound" => Some(words.thread.outbound),
        "inbound" if message.direction.is_some() => Some(words.thread.inbound),
        _ => None,
    };
    html! {
        li.message.(side).follows[stance.follows].target[stance.is_target]
            id={ "m" (message.number) } tabindex="-1" {
            @if side != "system" { (avatar(message.sender.as_ref(), words)) }
            article.bubble {
                header.who {
                    span.name dir="auto" { (name(message.sender.as_ref(), words)) }
                    @if let Some(role) = role(message.sender.as_ref(), words) { span.role dir="auto" { (role) } }
                    @if let Some(direction) = direction { span.unseen { ", " (direction) } }
                }
                (quote(entry, words, places))
                (body(entry, stance, words, places))
                (earlier(entry, stance, words, places))
                (reactions(message, stance, words))
                (foot(message, stance, words, places))
            }
        }
    }
}

/// Who it is, in the best words there are.
pub(crate) fn name<'p>(person: Option<&'p Person>, words: &Words) -> Cow<'p, str> {
    let named = person.and_then(|person| person.name.as_deref().or(person.id.as_deref()));
    let name = named.unwrap_or(match person.and_then(|person| person.kind.as_deref()) {
        Some("customer") => words.thread.customer,
        Some("agent") => words.thread.agent,
        Some("bot") => words.thread.bot,
        Some("system") => words.thread.system,
        Some(word) => word,
        None => words.thread.unknown_person,
    });
    text::plain(name, LONGEST_NAME)
}

fn role<'p>(person: Option<&'p Person>, words: &Words) -> Option<Cow<'p, str>> {
    let person = person.filter(|person| person.name.is_some() || person.id.is_some())?;
    match person.kind.as_deref()? {
        "agent" => Some(words.thread.agent.into()),
        "bot" => Some(words.thread.bot.into()),
        "customer" | "system" => None,
        word => Some(text::plain(word, LONGEST_WORD)),
    }
}

fn avatar(person: Option<&Person>, words: &Words) -> Markup {
    let name = name(person, words);
    let key = person.and_then(|person| person.id.as_deref()).unwrap_or(&name);
    // any spread will do, as long as one person always has one color
    let hue =
        key.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % 8;
    let initial = name.chars().find(|letter| letter.is_alphanumeric()).unwrap_or('·');
    html! { span class={ "avatar hue-" (hue) } aria-hidden="true" { (initial) } }
}

fn quote(entry: &Entry, words: &Words, places: &dyn Places) -> Markup {
    let is_quote = entry.message.reply_to.is_some() && entry.message.kind != "recall";
    html! {
        @match &entry.quoted {
            Some(quoted) => {
                blockquote.quote {
                    a href=[places.message(quoted.number)] {
                        span.unseen { (words.thread.in_reply) " " }
                        cite dir="auto" { (name(quoted.sender.as_ref(), words)) }
                        span.quoted dir="auto" { (gist(quoted, words)) }
                    }
                }
            }
            None if is_quote => {
                blockquote.quote.missing { (words.thread.in_reply) " " (words.thread.quoted_missing) }
            }
            None => {}
        }
    }
}

/// A message in one line.
pub(crate) fn gist(message: &KeptMessage, words: &Words) -> Markup {
    let text = message.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    html! {
        @if message.kind != "text" { "[" (kind_name(&message.kind, words)) "] " }
        @if let Some(text) = text {
            @let (beginning, is_cut) = text::beginning(text, LONGEST_QUOTE);
            (beginning) @if is_cut { "…" }
        } @else if let Some(name) = message.attachments.iter().find_map(|file| file.file_name.as_ref()) {
            (text::plain(name, LONGEST_NAME))
        }
    }
}

/// A kind in words.
pub(crate) fn kind_name<'w>(kind: &'w str, words: &Words) -> Cow<'w, str> {
    text::plain(words.thread.kinds.name(kind), LONGEST_WORD)
}

fn body(entry: &Entry, stance: Stance, words: &Words, places: &dyn Places) -> Markup {
    let message = &entry.message;
    let gone = match message.status.as_deref() {
        Some("recalled") => Some(words.thread.recalled),
        Some("deleted") => Some(words.thread.deleted),
        _ => None,
    };
    let Some(gone) = gone else { return content(message, stance, words, places) };
    html! {
        p.gone { (icon::of_kind("recall")) (gone) }
        @if let Some(earlier) = &entry.content {
            details.was open[stance.on_paper.is_some()] {
                summary { (words.thread.was) }
                (content(earlier, stance, words, places))
            }
        }
    }
}

/// One of our own sentences, in which commands stand between backticks.
pub(crate) fn coded(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 0 { (part) } @else { code { (part) } }
        }
    }
}

/// Other forms: what they said, where it differs.
fn earlier(entry: &Entry, stance: Stance, words: &Words, places: &dyn Places) -> Markup {
    let (shown, left_out) = entry.earlier.split_at(entry.earlier.len().min(MOST_FORMS));
    let is_other = |form: &KeptMessage| {
        let files = |message: &KeptMessage| -> Vec<_> {
            let files = message.attachments.iter();
            files.map(|file| (file.file_name.clone(), file.sha256.clone())).collect()
        };
        form.text != entry.message.text || files(form) != files(&entry.message)
    };
    html! {
        @if !shown.is_empty() {
            details.was {
                summary { ((words.thread.versions)(entry.message.versions)) }
                @for form in shown {
                    p.facts {
                        ((words.message.version)(form.version))
                        @if let Some(status) = form.status.as_deref() {
                            " · " (words.thread.status.name(status))
                        }
                    }
                    @if is_other(form) { (content(form, stance, words, places)) }
                }
                @if !left_out.is_empty() { p.facts { ((words.export.more_forms)(left_out.len())) } }
            }
        }
    }
}

/// What a message says and brings.
fn content(message: &KeptMessage, stance: Stance, words: &Words, places: &dyn Places) -> Markup {
    let text = message.text.as_deref().filter(|text| !text.trim().is_empty());
    let files = &message.attachments;
    html! {
        @match message.kind.as_str() {
            "text" | "system" => {
                @if let Some(text) = text { (paragraph(message, text, stance, words, places)) }
                @else if files.is_empty() { p.nothing { (words.thread.nothing) } }
            }
            // the file says what it is
            "image" | "voice" | "video" | "audio" | "file" | "emotion" if !files.is_empty() => {
                @if let Some(text) = text { (paragraph(message, text, stance, words, places)) }
            }
            kind => {
                div class={ "card" } {
                    p.kind dir="auto" { (icon::of_kind(kind)) (kind_name(kind, words)) }
                    @if let Some(text) = text { (paragraph(message, text, stance, words, places)) }
                }
            }
        }
        @if stance.on_paper.is_some() {
            @for one in files { (file::printed(one, words, places)) }
        } @else {
            // where a message has no page of its own, they stand nowhere else
            @let most = places.forms(message).map_or(usize::MAX, |_| MOST_FILES);
            @for one in files.iter().take(most) { (file::shown(one, words, places)) }
            (more(message, files.len(), most, words, places))
        }
    }
}

/// That there is more than is shown, and where.
fn more(
    message: &KeptMessage,
    count: usize,
    most: usize,
    words: &Words,
    places: &dyn Places,
) -> Markup {
    let more = count.saturating_sub(most);
    html! {
        @if more > 0 { p { a.more href=[places.forms(message)] { ((words.thread.and_more)(more)) } } }
    }
}

fn paragraph(
    message: &KeptMessage,
    all: &str,
    stance: Stance,
    words: &Words,
    places: &dyn Places,
) -> Markup {
    let most = if stance.on_paper.is_some() { LONGEST_ON_PAPER } else { places.longest_text() };
    let (beginning, is_cut) = text::beginning(all, most);
    html! {
        p.text dir="auto" { (text::linked(beginning)) @if is_cut { "…" } }
        @if is_cut {
            @if let Some(whole) = places.whole_text(message) { p { a.more href=(whole) { (words.thread.more) } } }
        }
    }
}

fn reactions(message: &KeptMessage, stance: Stance, words: &Words) -> Markup {
    let reactions = message.reactions();
    let most = if stance.on_paper.is_some() { usize::MAX } else { MOST_REACTIONS };
    html! {
        @if !reactions.is_empty() {
            ul.reactions aria-label=(words.thread.reactions) {
                @for reaction in reactions.iter().take(most) {
                    li dir="auto" { (text::plain(reaction, LONGEST_WORD)) }
                }
                @if reactions.len() > most { li { "…" } }
            }
        }
    }
}

fn foot(message: &KeptMessage, stance: Stance, words: &Words, places: &dyn Places) -> Markup {
    let wall = message.sent_at_ms.and_then(|ms| Wall::new(ms, message.offset_minutes));
    let here = places.message(message.number);
    html! {
        footer.foot {
            @if let Some(number) = stance.on_paper { span.number { (number) } }
            a.time href=[here] title=(words.thread.link_to_this) {
                @match wall {
                    Some(wall) => time datetime=(wall.machine()) title=(wall.full()) { (wall.clock()) },
                    None => span { "#" }
                }
            }
            (ticks(message, words))
            @if let Some(forms) = places.forms(message) {
                a.forms href=(forms) {
                    @if message.versions > 1 { ((words.thread.versions)(message.versions)) }
                    @else { (words.thread.details) }
                }
            }
        }
    }
}

/// How far it got. The drawing is for eyes, the words for all.
fn ticks(message: &KeptMessage, words: &Words) -> Markup {
    let Some(status) = message.status.as_deref() else { return html! {} };
    let path = match status {
        "queued" => "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4l3 2",
        "sent" => "M5 13l4 4L19 7",
        "delivered" | "read" => "M2 13l4 4L16 7M9 15l2 2L21 7",
        "failed" => "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v5M12 16h.01",
        "recalled" | "deleted" => return html! {},
        word => return html! { span.status dir="auto" { (text::plain(word, LONGEST_WORD)) } },
    };
    let name = words.thread.status.name(status);
    html! {
        span class={ "ticks " (status) } title=(name) {
            (icon::drawn(path)) span.unseen[status != "failed"] { (name) }
        }
    }
}
