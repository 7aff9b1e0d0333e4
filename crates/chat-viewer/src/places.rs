//! Where links lead: the same bubble is shown by the server and written into files.

use chat_archive::{KeptFile, KeptMessage};

use crate::assets::Asset;

/// How a page names other pages and files. All addresses are relative to it.
pub(crate) trait Places {
    /// The style sheet, the script.
    fn asset(&self, asset: &Asset) -> String;

    /// The first page.
    fn home(&self) -> String;

    /// The bytes of a saved file; `None` if the file is not there.
    fn media(&self, file: &KeptFile) -> Option<String>;

    /// A message where it stands in its conversation.
    fn message(&self, number: i64) -> Option<String>;

    /// All about a message: its forms, its bytes.
    fn forms(&self, message: &KeptMessage) -> Option<String>;

    /// Characters of a text that a bubble shows. Without an end, one page could weigh as much as
    /// the whole conversation.
    fn longest_text(&self) -> usize {
        1_200
    }

    /// All of the text of a form of a message that is longer.
    fn whole_text(&self, message: &KeptMessage) -> Option<String> {
        self.forms(message)
    }
}

/// Pages of the server.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    /// `./`, `../` and so on: the way from the page to the first one.
    root: String,
}

impl Served {
    /// For links on the page of this path, which begins with a slash and has no token.
    pub(crate) fn seen_from(path: &str) -> Self {
        let depth = path.matches('/').count().saturating_sub(1);
        Self { root: if depth == 0 { "./".into() } else { "../".repeat(depth) } }
    }

    /// A page by its path below the first one, as in `conversations`.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }

    /// A conversation, at its end.
    pub(crate) fn conversation(&self, number: i64) -> String {
        self.page(&format!("conversation/{number}"))
    }
}

impl Places for Served {
    fn asset(&self, asset: &Asset) -> String {
        self.page(&format!("assets/{}", asset.hashed_name()))
    }

    fn home(&self) -> String {
        self.root.clone()
    }

    fn media(&self, file: &KeptFile) -> Option<String> {
        file.path.as_ref()?;
        file.sha256.as_ref().map(|sha256| self.page(&format!("media/{sha256}")))
    }

    fn message(&self, number: i64) -> Option<String> {
        Some(self.page(&format!("at/{number}")))
    }

    fn forms(&self, message: &KeptMessage) -> Option<String> {
        Some(self.page(&format!("message/{}", message.number)))
    }
}
