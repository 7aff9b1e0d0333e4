//! The frame of every page.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::assets::{ICON, LISTS, SCRIPT, STYLE};
use crate::places::Places as _;
use crate::render::bubble::coded;
use crate::visit::Visit;
use crate::words::Words;

/// Chooses a text in the reader's language.
type Label = fn(&Words) -> &'static str;

/// The pages that the navigation names: path, and the word for it.
const NAVIGATION: [(&str, Label); 3] = [
    ("", |words| words.frame.home),
    ("conversations", |words| words.frame.conversations),
    ("charts", |words| words.charts.title),
];

/// A page about to be shown.
#[derive(Debug)]
pub(crate) struct Frame<'v> {
    visit: &'v Visit,
    title: &'v str,
    here: Option<&'static str>,
    class: &'static str,
}

impl<'v> Frame<'v> {
    /// A page with this title.
    pub(crate) const fn new(visit: &'v Visit, title: &'v str) -> Self {
        Self { visit, title, here: None, class: "page" }
    }

    /// It is, or belongs to, this page of the navigation.
    pub(crate) const fn at(mut self, path: &'static str) -> Self {
        self.here = Some(path);
        self
    }

    /// The class of `main`, for the style sheet.
    pub(crate) const fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    /// The whole page around what it shows.
    #[expect(clippy::needless_pass_by_value, reason = "nobody needs the content a second time")]
    pub(crate) fn show(self, content: Markup) -> Markup {
        let Self { visit, title, here, class } = self;
        let (words, places) = (visit.words, visit.places());
        let shell = Shell {
            words,
            title,
            head: html! {
                link rel="icon" href=(places.asset(&ICON));
                link rel="stylesheet" href=(places.asset(&STYLE));
                link rel="stylesheet" href=(places.asset(&LISTS));
                script defer src=(places.asset(&SCRIPT)) {}
            },
            home: places.home(),
            pages: NAVIGATION
                .iter()
                .map(|(path, word)| (places.page(path), word(words), here == Some(path)))
                .collect(),
            search: Some((places.page("search"), Some(&visit.query))),
        };
        shell.around(&html! {
            main #main .(class) tabindex="-1" { (content) }
            (keys(words))
        })
    }
}

/// What is around the main part of every page, whether it is served or lies in a folder.
pub(crate) struct Shell<'s> {
    pub(crate) words: &'s Words,
    pub(crate) title: &'s str,
    /// What else is in the head: icon, styles, scripts.
    pub(crate) head: Markup,
    pub(crate) home: String,
    /// The navigation: address, word, and whether this is the page.
    pub(crate) pages: Vec<(String, &'s str, bool)>,
    /// Where the field for a search leads to, and what is in it; `None`: the page has one of its own.
    pub(crate) search: Option<(String, Option<&'s str>)>,
}

impl Shell<'_> {
    /// The whole page around its main part and what follows that.
    pub(crate) fn around(&self, main: &Markup) -> Markup {
        let Self { words, title, head, home, pages, search } = self;
        html! {
            (DOCTYPE)
            html lang=(words.code) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex";
                    title { (title) " · " (words.frame.product) }
                    (head)
                }
                body {
                    a.skip href="#main" { (words.frame.skip) }
                    header.top {
                        a.brand href=(home) { (LOGO) span { (words.frame.product) } }
                        nav aria-label=(words.frame.navigation) {
                            @for (address, word, is_here) in pages {
                                a href=(address) aria-current=[is_here.then_some("page")] { (word) }
                            }
                        }
                        @if let Some((address, query)) = search {
                            form.find role="search" action=(address) method="get" {
                                input #find type="search" name="q" value=[query] dir="auto"
                                    placeholder=(words.frame.search_hint) aria-label=(words.frame.search)
                                    autocomplete="off" spellcheck="false" maxlength="500";
                                button type="submit" { (words.frame.search) }
                            }
                        }
                    }
                    (main)
                }
            }
        }
    }
}

/// What the keys do; the script opens it.
fn keys(words: &Words) -> Markup {
    html! {
        dialog #keys aria-labelledby="keys-title" {
            h2 #keys-title { (words.frame.keys) }
            dl {
                @for (keys, what) in words.frame.key_list {
                    dt { @for key in keys.split(' ') { kbd { (key) } " " } }
                    dd { (what) }
                }
            }
            form method="dialog" { button { (words.frame.close) } }
        }
    }
}

/// The sign beside the name.
const LOGO: PreEscaped<&str> = PreEscaped(
    r#"<svg class="logo" viewBox="0 0 32 32" aria-hidden="true"><path class="logo-back" d="M7 3h18a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4H14l-7 6v-6a4 4 0 0 1-4-4V7a4 4 0 0 1 4-4z"/><path class="logo-line" d="M9 10h14M9 16h9"/></svg>"#,
);

/// A page for whoever may not see any other: no style, no link.
pub(crate) fn refusal(words: &Words, title: &str, advice: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(words.code) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
            }
            body { main { h1 { (title) } p { (coded(advice)) } } }
        }
    }
}
