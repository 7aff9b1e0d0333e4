//! Search: what people type, the messages that have it, and where in their texts it stands.

mod facets;
mod hits;
mod marks;
mod parse;
mod query;

pub use self::facets::{Facets, HitCount};
pub use self::hits::{Hit, Hits};
pub use self::marks::Snippet;
pub use self::parse::QueryError;
pub use self::query::{SearchOrder, SearchQuery};
use crate::index::words;

/// The tokens of a text as the search index cuts it, with a space between them: words in one form
/// of width, case and accents, and each character by itself of a script that is written without
/// spaces. Between two of those, U+E000 stands for what was between them in the text.
pub fn search_tokens(text: &str) -> String {
    words::split(text)
}
