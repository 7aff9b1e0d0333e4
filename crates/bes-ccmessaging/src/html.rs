//! HTML as a person reads it. Nothing is built up from the tags, so that no nesting, attribute or
//! number in them costs more than its length.

use std::convert::Infallible;
use std::iter::Peekable;
use std::str::MatchIndices;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

/// Elements that mark a text as HTML. Text that merely holds a `<` has none of them.
const ELEMENTS: [&str; 52] = [
    "a",
    "b",
    "big",
    "blockquote",
    "body",
    "br",
    "center",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "ins",
    "li",
    "nobr",
    "ol",
    "p",
    "pre",
    "s",
    "script",
    "small",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "wbr",
    "xmp",
];

/// True if a text has a whole tag of an element that is in use: `<p>`, `<br/>`, `<a href="…">`.
/// `a<b and c>d` has none, for what is between the brackets is no attribute.
pub(crate) fn is_html(content: &str) -> bool {
    let mut ends = content.match_indices('>').peekable();
    let mut equals = content.match_indices('=').peekable();
    content.match_indices('<').any(|(start, _)| {
        let rest = content.get(start + 1..).unwrap_or_default();
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(length);
        if !ELEMENTS.iter().any(|element| element.eq_ignore_ascii_case(name)) {
            return false;
        }
        let name_end = content.len() - rest.len();
        let Some(end) = next_from(&mut ends, name_end) else { return false };
        let after_space = rest.trim_start();
        let is_bare = after_space.starts_with('>') || after_space.starts_with("/>");
        let is_apart = after_space.len() < rest.len();
        is_bare || is_apart && next_from(&mut equals, name_end).is_some_and(|equal| equal < end)
    })
}

/// The first match from a place on. Places grow, so every match is passed once.
fn next_from(matches: &mut Peekable<MatchIndices<'_, char>>, place: usize) -> Option<usize> {
    while matches.next_if(|(index, _)| *index < place).is_some() {}
    matches.peek().map(|(index, _)| *index)
}

/// What a reader sees: text without tags, comments, scripts and styles, with line breaks where
/// blocks begin and end, and the words that stand for pictures.
pub(crate) fn visible_text(html: &str) -> String {
    let mut text = Text::default();
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| {
        text.take(&event);
        None::<Infallible>
    });
    // the contents of scripts and styles are no tags
    emitter.naively_switch_states(true);
    // what it would yield is the callback's, which is nothing, so that it reads to the end
    if let Some(Ok(never)) = Tokenizer::new_with_emitter(html, emitter).next() {
        match never {}
    }
    text.written.trim().to_owned()
}

/// What stands between the last word and the next one.
#[derive(Default)]
enum Gap {
    #[default]
    None,
    Space,
    Lines(usize),
}

#[derive(Default)]
struct Text {
    written: String,
    gap: Gap,
    /// The element whose contents nobody sees.
    hidden: Option<Vec<u8>>,
    /// Open elements that keep their white space.
    preformatted: usize,
    is_in_image: bool,
    is_alternative: bool,
}

impl Text {
    fn take(&mut self, event: &CallbackEvent<'_>) {
        match event {
            CallbackEvent::OpenStartTag { name } => self.open(name),
            CallbackEvent::AttributeName { name } => {
                self.is_alternative = self.is_in_image && *name == b"alt";
            }
            CallbackEvent::AttributeValue { value } if self.is_alternative => {
                self.write(&String::from_utf8_lossy(value));
                self.is_alternative = false;
            }
            CallbackEvent::EndTag { name } => self.close(name),
            CallbackEvent::String { value } => self.write(&String::from_utf8_lossy(value)),
            _ => {}
        }
    }

    fn open(&mut self, name: &[u8]) {
        self.is_in_image = name == b"img";
        match name {
            b"br" => {
                let lines = if let Gap::Lines(lines) = self.gap { lines } else { 0 };
                self.gap = Gap::Lines(lines.saturating_add(1));
            }
            b"script" | b"style" | b"iframe" | b"noembed" | b"title" => {
                self.hidden = Some(name.to_owned());
            }
            b"pre" => self.preformatted = self.preformatted.saturating_add(1),
            _ => {}
        }
        self.part(name);
    }

    fn close(&mut self, name: &[u8]) {
        self.is_in_image = false;
        if self.hidden.as_deref() == Some(name) {
            self.hidden = None;
        }
        if name == b"pre" {
            self.preformatted = self.preformatted.saturating_sub(1);
        }
        self.part(name);
    }

    /// Blocks begin and end on lines of their own, some of them with an empty one between.
    fn part(&mut self, name: &[u8]) {
        let least = match name {
            b"p" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"blockquote" | b"pre" => 2,
            b"article" | b"body" | b"center" | b"dd" | b"div" | b"dl" | b"dt" | b"footer"
            | b"form" | b"header" | b"hr" | b"html" | b"li" | b"ol" | b"section" | b"table"
            | b"tbody" | b"td" | b"th" | b"thead" | b"tr" | b"ul" | b"xmp" => 1,
            _ => return,
        };
        let lines = if let Gap::Lines(lines) = self.gap { lines } else { 0 };
        self.gap = Gap::Lines(lines.max(least));
    }

    fn write(&mut self, text: &str) {
        if self.hidden.is_some() {
            return;
        }
        for c in text.chars().filter(|c| *c != '\0') {
            if self.preformatted == 0 && c.is_ascii_whitespace() {
                if matches!(self.gap, Gap::None) {
                    self.gap = Gap::Space;
                }
                continue;
            }
            let gap = std::mem::take(&mut self.gap);
            if !self.written.is_empty() {
                match gap {
                    Gap::None => {}
                    Gap::Space => self.written.push(' '),
                    Gap::Lines(lines) => self.written.extend(std::iter::repeat_n('\n', lines)),
                }
            }
            self.written.push(c);
        }
    }
}
