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
