//! The pages of one conversation, written while its messages come.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::io;

use chat_archive::KeptMessage;
use jiff::civil::Date;
use maud::{Markup, PreEscaped, html};

use super::Folder;
use super::frame::{Frame, LIST, LONGEST, OnDisk, text_path};
use super::index::Record;
use super::lists::Row;
use super::target;
use crate::pages::conversation::{entry, title_of};
use crate::render::bubble::{self, Entry, Stance};
use crate::render::text::beginning;
use crate::render::thread;
use crate::render::when::Wall;
use crate::words::{Words, grouped};

/// Conversations of one folder.
pub(super) const SHARD: u64 = 1_000;
/// Messages of a page.
const PAGE: usize = 200;
/// Characters of a page beyond which the next message goes to a new one.
const PAGE_BYTES: usize = 120_000;
/// Bytes of texts beyond which a page ends as well: they wait in memory for the title.
const WAITING: usize = 2 << 20;
/// Rows of a page of contents.
const CONTENTS: usize = 1_000;
/// Messages on earlier pages that a quote can lead to.
const REMEMBERED: usize = 50_000;
/// Characters of names and titles: a vendor may send anything.
const LONGEST_NAME: usize = 200;
/// Characters of a text that a search knows.
const SEARCHED: usize = 1_000_000;
const ROOT: &str = "../../";

/// A conversation whose messages come one by one.
#[derive(Debug)]
pub(super) struct Conversation {
    number: u64,
    source: usize,
    source_name: String,
    id: Option<String>,
    title: Option<String>,
    names: Vec<String>,
    messages: u64,
    page: Page,
    pages: u64,
    contents: Vec<Content>,
    remembered: Remembered,
    first_ms: Option<i64>,
    last: Option<Last>,
}

#[derive(Debug)]
struct Last {
    sent_ms: Option<i64>,
    offset: Option<i16>,
    instant_ms: i64,
    text: String,
}

/// A page being filled.
#[derive(Debug, Default)]
struct Page {
    markup: String,
    numbers: HashSet<i64>,
    before: Option<Entry>,
    first: Option<Date>,
    last: Option<Date>,
    /// Months with the first message of each.
    months: Vec<((i16, i8), i64)>,
    /// What a search finds, and when it was. They wait for the title.
    records: Vec<(i64, Record)>,
    /// Bytes of their texts.
    waiting: usize,
}

/// A row of the contents: a page.
#[derive(Debug)]
struct Content {
    page: u64,
    messages: usize,
    first: Option<Date>,
    last: Option<Date>,
    months: Vec<((i16, i8), i64)>,
}

/// Pages of messages, the latest of them only.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    conversation: u64,
    pages: HashMap<i64, u64>,
    order: VecDeque<i64>,
}

impl Remembered {
    /// The file that a message is in, in the folder of the page.
    pub(super) fn file_of(&self, number: i64) -> Option<String> {
        self.pages.get(&number).map(|page| format!("{}-{page}.html", self.conversation))
    }

    fn add(&mut self, numbers: &HashSet<i64>, page: u64) {
        // in order of their numbers, so that what is forgotten does not depend on chance
        for number in numbers.iter().copied().collect::<BTreeSet<_>>() {
            self.pages.insert(number, page);
            self.order.push_back(number);
        }
        while self.order.len() > REMEMBERED {
            if let Some(oldest) = self.order.pop_front() {
                self.pages.remove(&oldest);
            }
        }
    }
}

/// The path of a page of a conversation below the folder.
pub(super) fn path(conversation: u64, page: u64) -> String {
    format!("c/{:03}/{conversation}-{page}.html", conversation / SHARD)
}

/// The name of a page of its contents, in the same folder; the first has no number.
fn contents_name(conversation: u64, part: usize) -> String {
    match part {
        0 => format!("{conversation}.html"),
        part => format!("{conversation}.{}.html", part + 1),
    }
}

impl Conversation {
    pub(super) fn new(number: u64, source: usize, first: &KeptMessage) -> Self {
        Self {
            number,
            source,
            source_name: first.source.clone(),
            id: first.conversation_id.clone(),
            title: None,
            names: Vec::new(),
            messages: 0,
            page: Page::default(),
            pages: 0,
            contents: Vec::new(),
            remembered: Remembered { conversation: number, ..Remembered::default() },
            first_ms: None,
            last: None,
        }
    }

    /// Whether a message belongs to it.
    pub(super) fn has(&self, message: &KeptMessage) -> bool {
        self.source_name == message.source && self.id == message.conversation_id
    }

    pub(super) fn add(&mut self, folder: &mut Folder<'_>, message: KeptMessage) -> io::Result<()> {
        let Page { numbers, markup, waiting, .. } = &self.page;
        if numbers.len() >= PAGE || markup.len() >= PAGE_BYTES || *waiting >= WAITING {
            self.turn(folder, true)?;
        }
        self.people(&message);
        let mut entry = entry(folder.reader, message).map_err(io::Error::other)?;
        if entry.message.versions > 1 {
            let forms = folder.reader.earlier_forms(entry.message.number);
            entry.earlier = forms.map_err(io::Error::other)?;
        }
        for form in entry.earlier.iter().chain([&entry.message]).chain(&entry.content) {
            put_text(folder, form)?;
            if folder.with_media {
                form.attachments.iter().try_for_each(|file| folder.media.place(file))?;
            }
        }
        let message = &entry.message;
        let wall = message.sent_at_ms.and_then(|ms| Wall::new(ms, message.offset_minutes));
        let date = wall.map(Wall::date);
        let page = &mut self.page;
        page.numbers.insert(message.number);
        let places = OnDisk {
            dir: folder.dir(),
            root: ROOT,
            here: &page.numbers,
            earlier: &self.remembered,
        };
        let item =
            thread::item(page.before.as_ref(), &entry, Stance::default(), folder.words, &places);
        page.markup.push_str(&item.into_string());
        page.first = page.first.or(date);
        page.last = date.or(page.last);
        if let Some(month) = date.map(|date| (date.year(), date.month()))
            && page.months.last().is_none_or(|(last, _)| *last != month)
        {
            page.months.push((month, message.number));
        }
        let instant_ms = message.sent_at_ms.unwrap_or(message.first_seen_ms);
        self.messages += 1;
        self.first_ms = self.first_ms.or(message.sent_at_ms);
        self.last = Some(Last {
            sent_ms: message.sent_at_ms,
            offset: message.offset_minutes,
            instant_ms,
            text: bubble::gist(message, folder.words).into_string(),
        });
        let record = record(self.number, self.pages + 1, self.source, message, folder.words);
        page.waiting += record.text.len() + record.files.len();
        page.records.push((instant_ms, record));
        // the next one asks who wrote it and when, not what: it may have been long
        let mut before = Entry::new(entry.message);
        before.message.text = None;
        before.message.attachments.clear();
        page.before = Some(before);
        Ok(())
    }

    /// Notes who the customers in it are, up to the first few.
    fn people(&mut self, message: &KeptMessage) {
        if self.names.len() >= 3 || self.title.is_some() {
            return;
        }
        for name in message.customers().into_iter().filter_map(|person| person.name) {
            if self.names.len() < 3 && !self.names.contains(&name) {
                self.names.push(name);
            }
        }
    }

    /// Writes the page and begins the next.
    fn turn(&mut self, folder: &mut Folder<'_>, has_next: bool) -> io::Result<()> {
        self.pages += 1;
        let mut page = std::mem::take(&mut self.page);
        let title = self.title.get_or_insert_with(|| {
            let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
            let title = title_of(&names, self.id.as_deref(), folder.words);
            title.chars().take(LONGEST_NAME).collect()
        });
        let words = folder.words;
        for (instant_ms, mut record) in std::mem::take(&mut page.records) {
            record.title.clone_from(title);
            folder.index.add(instant_ms, &record)?;
        }
        let content = html! {
            (self.head(&page, has_next, words))
            ol.thread { (PreEscaped(&page.markup)) }
            (self.turner(has_next, words))
        };
        let title = self.title.as_deref().unwrap_or_default();
        let frame = Frame { words, root: ROOT, title, here: LIST };
        folder.put(&path(self.number, self.pages), &frame.show_main("conversation", &content))?;
        self.remembered.add(&page.numbers, self.pages);
        self.contents.push(Content {
            page: self.pages,
            messages: page.numbers.len(),
            first: page.first,
            last: page.last,
            months: page.months,
        });
        Ok(())
    }

    /// Writes what is left of it; gives its row for the lists.
    pub(super) fn finish(mut self, folder: &mut Folder<'_>) -> io::Result<()> {
        self.turn(folder, false)?;
        if self.pages > 1 {
            self.write_contents(folder)?;
        }
        let Some(last) = self.last else { return Ok(()) };
        let day = |ms: Option<i64>| {
            let wall = ms.and_then(|ms| Wall::new(ms, last.offset));
            wall.map(|wall| wall.date().to_string())
        };
        let row = Row {
            conversation: self.number,
            source: self.source,
            title: self.title.unwrap_or_default(),
            messages: self.messages,
            first: day(self.first_ms),
            last: day(last.sent_ms),
            gist: last.text,
            has_contents: self.pages > 1,
        };
        folder.lists.add(last.instant_ms, &row)
    }

    fn head(&self, page: &Page, has_next: bool, words: &Words) -> Markup {
        let title = self.title.as_deref().unwrap_or_default();
        let is_one = self.pages == 1 && !has_next;
        html! {
            div.thread-head {
                div {
                    h1 dir="auto" { (title) }
                    p.facts {
                        (self.source_name)
                        @if is_one { " · " ((words.thread.messages)(self.messages)) }
                        @else { " · " ((words.export.page)(self.pages)) }
                        (span(page.first, page.last))
                    }
                }
            }
            (self.turner(has_next, words))
        }
    }

    fn turner(&self, has_next: bool, words: &Words) -> Markup {
        let file = |page: u64| format!("{}-{page}.html", self.number);
        html! {
            @if self.pages > 1 || has_next {
                nav.turn aria-label=(words.thread.pages) {
                    @if self.pages > 2 { a.end href=(file(1)) { (words.thread.first) } }
                    @if self.pages > 1 {
                        a rel="prev" href=(file(self.pages - 1)) { (words.thread.earlier) }
                    }
                    a.end href=(contents_name(self.number, 0)) { (words.export.contents) }
                    @if has_next {
                        a rel="next" href=(file(self.pages + 1)) { (words.thread.later) }
                    }
                }
            }
        }
    }

    /// Pages that lead to all pages and months: a conversation may have thousands.
    fn write_contents(&self, folder: &mut Folder<'_>) -> io::Result<()> {
        let words = folder.words;
        let title = self.title.as_deref().unwrap_or_default();
        let parts = self.contents.len().div_ceil(CONTENTS);
        let mut month = None;
        for (part, rows) in self.contents.chunks(CONTENTS).enumerate() {
            let name = |part: usize| contents_name(self.number, part);
            let mut months = Vec::new();
            for row in rows {
                for (found, message) in &row.months {
                    // a month that began on the page before is listed there
                    if month.replace(*found) != Some(*found) {
                        months.push((*found, row.page, *message));
                    }
                }
            }
            let content = html! {
                h1 dir="auto" { (title) }
                p.facts {
                    (self.source_name) " · " ((words.thread.messages)(self.messages))
                    @if parts > 1 { " · " ((words.export.page_of)(part as u64 + 1, parts as u64)) }
                }
                @if !months.is_empty() {
                    h2 { (words.export.months) }
                    ul.months {
                        @for ((year, month), page, message) in &months {
                            li { a href={ (self.number) "-" (page) ".html#m" (message) } {
                                (year) "-" (format!("{month:02}"))
                            } }
                        }
                    }
                }
                h2 { (words.export.contents) }
                ul.rows {
                    @for row in rows {
                        li {
                            a href={ (self.number) "-" (row.page) ".html" } { ((words.export.page)(row.page)) }
                            " " span.facts {
                                (grouped(row.messages as u64)) (span(row.first, row.last))
                            }
                        }
                    }
                }
                @if parts > 1 {
                    nav.turn aria-label=(words.thread.pages) {
                        @if part > 0 { a rel="prev" href=(name(part - 1)) { (words.thread.earlier) } }
                        @if part + 1 < parts { a rel="next" href=(name(part + 1)) { (words.thread.later) } }
                    }
                }
            };
            let frame = Frame { words, root: ROOT, title, here: LIST };
            let path = format!("c/{:03}/{}", self.number / SHARD, name(part));
            folder.put(&path, &frame.show_main("conversation", &content))?;
        }
        Ok(())
    }
}

/// A message as a search finds it.
fn record(
    conversation: u64,
    page: u64,
    source: usize,
    message: &KeptMessage,
    words: &Words,
) -> Record {
    let wall = message.sent_at_ms.and_then(|ms| Wall::new(ms, message.offset_minutes));
    let time = wall.map(|wall| format!("{} {}", wall.date(), wall.clock()));
    let cut = |text: &str, most: usize| beginning(text, most).0.to_owned();
    let mut files = String::new();
    for name in message.attachments.iter().filter_map(|file| file.file_name.as_deref()) {
        if files.len() < SEARCHED {
            files.push_str(beginning(name, SEARCHED).0);
            files.push('\n');
        }
    }
    let kind = match message.kind.as_str() {
        "text" => "",
        kind => words.thread.kinds.name(kind),
    };
    Record {
        conversation,
        page,
        number: message.number,
        source,
        title: String::new(),
        sender: cut(&bubble::name(message.sender.as_ref(), words), LONGEST_NAME),
        time: time.unwrap_or_default(),
        kind: cut(kind, LONGEST_NAME),
        text: cut(message.text.as_deref().unwrap_or_default(), SEARCHED),
        files,
    }
}

fn span(first: Option<Date>, last: Option<Date>) -> Markup {
    html! {
        @if let (Some(first), Some(last)) = (first, last) {
            " · " time datetime=(first) { (first) }
            @if first != last { " – " time datetime=(last) { (last) } }
        }
    }
}

/// Puts all of a text that is too long for a bubble beside the pages.
fn put_text(folder: &mut Folder<'_>, form: &KeptMessage) -> io::Result<()> {
    let Some(text) = form.text.as_deref().filter(|text| text.chars().nth(LONGEST).is_some()) else {
        return Ok(());
    };
    let path = folder.dir().join(text_path(form));
    if path.exists() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        target::create_dir(parent)?;
    }
    // without the mark, a browser would guess at the encoding
    target::write(&path, format!("\u{feff}{text}").as_bytes())
}
