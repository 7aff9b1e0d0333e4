//! The frame of the pages of a folder, and where their links lead.

use std::collections::HashSet;
use std::path::Path;

use chat_archive::{KeptFile, KeptMessage};
use maud::{Markup, html};

use super::conversation::Remembered;
use super::media;
use crate::assets::{Asset, FOLDER_STYLE, ICON, STYLE};
use crate::layout::Shell;
use crate::places::Places;
use crate::words::Words;

/// Nothing runs on these pages, whatever is written in them, and nothing is loaded but pictures,
/// sound and the style sheet, from the folder. A page from disk has no origin: what `'self'` means
/// there is the browser's choice, so `file:` says it as well.
const NO_SCRIPT: &str = "default-src 'none'; style-src 'self' file:; img-src 'self' file:; \
                         media-src 'self' file:; form-action 'self' file:; base-uri 'none'";
/// The page that searches loads the index as scripts. Texts never become markup there.
const WITH_SCRIPT: &str = "default-src 'none'; script-src 'self' file:; style-src 'self' file:; \
                           img-src 'self' file:; form-action 'self' file:; base-uri 'none'";

/// The script of the page that searches.
pub(super) const FIND: &str = "assets/find.js";
/// The page that searches.
pub(super) const SEARCH: &str = "search.html";
/// The first page of the list of all conversations.
pub(super) const LIST: &str = "list/all-1.html";

/// A page about to be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'f> {
    pub(super) words: &'f Words,
    /// The way to the first page: nothing, `../`, `../../`.
    pub(super) root: &'static str,
    pub(super) title: &'f str,
    /// The page of the navigation that it is.
    pub(super) here: &'f str,
}

impl Frame<'_> {
    /// The whole page around what it shows.
    pub(super) fn show(&self, main: &Markup) -> String {
        let Self { words, root, title, here } = *self;
        let searches = here == SEARCH;
        let asset = |asset: &Asset| format!("{root}assets/{}", asset.hashed_name());
        let pages = [("index.html", words.frame.home), (LIST, words.frame.conversations)];
        let pages = pages.map(|(path, word)| (format!("{root}{path}"), word, here == path));
        let shell = Shell {
            words,
            title,
            // the policy counts for what comes behind it
            head: html! {
                meta http-equiv="Content-Security-Policy"
                    content=(if searches { WITH_SCRIPT } else { NO_SCRIPT });
                meta name="referrer" content="no-referrer";
                link rel="icon" href=(asset(&ICON));
                link rel="stylesheet" href=(asset(&STYLE));
                link rel="stylesheet" href=(asset(&FOLDER_STYLE));
                @if searches { script defer src={ (root) (FIND) } {} }
            },
            home: format!("{root}index.html"),
            pages: pages.into(),
            // it works without a script up to the page that searches
            search: (!searches).then(|| (format!("{root}{SEARCH}"), None)),
        };
        shell.around(main).into_string()
    }

    /// The same around the main part, which has this class.
    pub(super) fn show_main(&self, class: &str, content: &Markup) -> String {
        self.show(&html! { main #main .(class) tabindex="-1" { (content) } })
    }
}

/// Links of a page of a conversation.
#[derive(Debug)]
pub(super) struct OnDisk<'p> {
    pub(super) dir: &'p Path,
    pub(super) root: &'static str,
    /// Messages of the page so far.
    pub(super) here: &'p HashSet<i64>,
    /// Those of earlier pages of the conversation.
    pub(super) earlier: &'p Remembered,
}

/// Characters of a text that a bubble of a file shows; all of a longer one lies beside.
pub(super) const LONGEST: usize = 5_000;

/// Where all of a long text lies.
pub(super) fn text_path(message: &KeptMessage) -> String {
    format!("text/{:03}/{}-{}.txt", message.number / 1000, message.number, message.version)
}

impl Places for OnDisk<'_> {
    fn asset(&self, asset: &Asset) -> String {
        format!("{}assets/{}", self.root, asset.hashed_name())
    }

    fn home(&self) -> String {
        format!("{}index.html", self.root)
    }

    fn media(&self, file: &KeptFile) -> Option<String> {
        let name = media::name(file)?;
        self.dir.join(&name).exists().then(|| format!("{}{name}", self.root))
    }

    fn message(&self, number: i64) -> Option<String> {
        if self.here.contains(&number) {
            return Some(format!("#m{number}"));
        }
        self.earlier.file_of(number).map(|file| format!("{file}#m{number}"))
    }

    fn forms(&self, _: &KeptMessage) -> Option<String> {
        None
    }

    fn longest_text(&self) -> usize {
        LONGEST
    }

    fn whole_text(&self, message: &KeptMessage) -> Option<String> {
        Some(format!("{}{}", self.root, text_path(message)))
    }
}
