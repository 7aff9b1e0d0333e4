//! The lists of conversations, newest first: of all, and of each source.

use std::io;
use std::path::Path;

use maud::{Markup, PreEscaped, html};
use serde::{Deserialize, Serialize};

use super::conversation::{SHARD, path};
use super::frame::{Frame, LIST};
use super::sorter::Sorter;
use super::target;
use crate::words::Words;

/// Conversations of a page.
const PAGE: u64 = 200;
/// Conversations that the first page shows.
const NEWEST: u64 = 10;

/// A conversation as a list shows it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) conversation: u64,
    /// Place of the source among the sources.
    pub(super) source: usize,
    pub(super) title: String,
    pub(super) messages: u64,
    pub(super) first: Option<String>,
    pub(super) last: Option<String>,
    /// The newest message in a line, as markup.
    pub(super) gist: String,
    /// It has several pages, and one that leads to them.
    pub(super) has_contents: bool,
}

/// Collects conversations, and writes the lists when all are there.
#[derive(Debug)]
pub(super) struct Lists {
    rows: Sorter,
    /// Conversations by source.
    pub(super) counts: Vec<u64>,
}

/// A list being written.
struct List {
    /// `all`, or the number of its source.
    name: String,
    title: String,
    rows: String,
    held: u64,
    page: u64,
    pages: u64,
}

impl Lists {
    pub(super) fn new(dir: &Path) -> Self {
        Self { rows: Sorter::new(dir), counts: Vec::new() }
    }

    pub(super) fn add(&mut self, instant_ms: i64, row: &Row) -> io::Result<()> {
        if self.counts.len() <= row.source {
            self.counts.resize(row.source + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(row.source) {
            *count += 1;
        }
        let number = i64::try_from(row.conversation).unwrap_or(i64::MAX);
        // `!` turns the order around
        self.rows.push((!instant_ms, !number), &serde_json::to_vec(row)?)
    }

    /// Writes the lists; gives the rows of the newest conversations, as the first page shows them,
    /// and how many pages it wrote.
    pub(super) fn write(
        self,
        dir: &Path,
        sources: &[String],
        words: &Words,
        each: &mut dyn FnMut() -> io::Result<()>,
    ) -> io::Result<(Markup, u64)> {
        target::create_dir(&dir.join("list"))?;
        let list = |name: String, title: String, count: u64| {
            let pages = count.div_ceil(PAGE).max(1);
            List { name, title, rows: String::new(), held: 0, page: 1, pages }
        };
        let total = self.counts.iter().sum();
        let mut all = list("all".into(), words.frame.conversations.into(), total);
        let mut by_source: Vec<List> = self
            .counts
            .iter()
            .zip(sources)
            .enumerate()
            .map(|(index, (count, name))| list(index.to_string(), name.clone(), *count))
            .collect();
        let (mut newest, mut seen) = (String::new(), 0);
        self.rows.each(&mut |_, row| {
            each()?;
            let row: Row = serde_json::from_slice(row)?;
            let name = sources.get(row.source).map_or("", String::as_str);
            all.add(dir, sources, words, &shown(&row, "../", Some(name), words))?;
            if let Some(list) = by_source.get_mut(row.source) {
                list.add(dir, sources, words, &shown(&row, "../", None, words))?;
            }
            seen += 1;
            if seen <= NEWEST {
                newest.push_str(&shown(&row, "", Some(name), words).into_string());
            }
            Ok(())
        })?;
        let mut pages = 0;
        for list in by_source.iter_mut().chain([&mut all]) {
            list.turn(dir, sources, words)?;
            pages += list.pages;
        }
        Ok((PreEscaped(newest), pages))
    }
}

/// The first page of the list of a source.
pub(super) fn of_source(source: usize) -> String {
    format!("list/{source}-1.html")
}

fn shown(row: &Row, root: &str, source: Option<&str>, words: &Words) -> Markup {
    let target = if row.has_contents {
        format!("{root}c/{:03}/{}.html", row.conversation / SHARD, row.conversation)
    } else {
        format!("{root}{}", path(row.conversation, 1))
    };
    html! {
        li {
            a.talk href=(target) {
                span.name dir="auto" { (row.title) }
                span.facts {
                    @if let Some(source) = source { (source) " · " }
                    ((words.thread.messages)(row.messages))
                    @match (&row.first, &row.last) {
                        (Some(first), Some(last)) if first != last => { " · " (first) " – " (last) }
                        (_, Some(last)) => { " · " (last) }
                        _ => {}
                    }
                }
                span.gist dir="auto" { (PreEscaped(&row.gist)) }
            }
        }
    }
}

impl List {
    fn add(
        &mut self,
        dir: &Path,
        sources: &[String],
        words: &Words,
        row: &Markup,
    ) -> io::Result<()> {
        if self.held == PAGE {
            self.turn(dir, sources, words)?;
            self.page += 1;
        }
        self.rows.push_str(&row.0);
        self.held += 1;
        Ok(())
    }

    fn turn(&mut self, dir: &Path, sources: &[String], words: &Words) -> io::Result<()> {
        let file = |page: u64| format!("{}-{page}.html", self.name);
        let content = html! {
            h1 { (self.title) }
            @if sources.len() > 1 {
                nav.choose aria-label=(words.home.sources) {
                    a.button href="all-1.html" aria-current=[(self.name == "all").then_some("true")] {
                        (words.export.all)
                    }
                    @for (index, source) in sources.iter().enumerate() {
                        a.button href={ (index) "-1.html" }
                            aria-current=[(self.name == index.to_string()).then_some("true")] { (source) }
                    }
                }
            }
            @if self.rows.is_empty() { p.empty { (words.thread.empty) } }
            @else { ul.rows { (PreEscaped(&self.rows)) } }
            @if self.pages > 1 {
                nav.turn aria-label=(words.thread.pages) {
                    @if self.page > 2 { a.end href=(file(1)) { "1" } }
                    @if self.page > 1 {
                        a rel="prev" href=(file(self.page - 1))
                            aria-label=((words.export.page)(self.page - 1)) { "←" }
                    }
                    span.facts { ((words.export.page_of)(self.page, self.pages)) }
                    @if self.page < self.pages {
                        a rel="next" href=(file(self.page + 1))
                            aria-label=((words.export.page)(self.page + 1)) { "→" }
                    }
                    @if self.page + 1 < self.pages { a.end href=(file(self.pages)) { (self.pages) } }
                }
            }
        };
        let frame = Frame { words, root: "../", title: &self.title, here: LIST };
        let page = frame.show_main("page", &content);
        target::write(&dir.join("list").join(file(self.page)), page.as_bytes())?;
        self.rows.clear();
        self.held = 0;
        Ok(())
    }
}
