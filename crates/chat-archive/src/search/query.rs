//! A query: what to look for, among which messages, and in which order.

use std::fmt;

use crate::export::Filter;
use crate::index::words::Token;

/// What to look for, read from what someone typed by [`SearchQuery::parse`], and among which
/// messages. `Debug` shows no words and no names.
#[derive(Clone)]
#[non_exhaustive]
pub struct SearchQuery {
    /// Among these messages; a search looks at the newest form of each, whatever
    /// [`Filter::versions`] says.
    pub filter: Filter,
    /// In the conversation of this number in the archive.
    pub conversation: Option<i64>,
    /// Of this direction: `inbound`, `outbound`, `system`.
    pub direction: Option<String>,
    /// Of this status.
    pub status: Option<String>,
    /// Which hits come first.
    pub order: SearchOrder,
    pub(super) root: Node,
}

/// Which hits come first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SearchOrder {
    /// Those that the archive got last. At any number of hits the first page is there at once.
    #[default]
    Newest,
    /// Those that have the words more often, and more of the rare ones, in fewer words; among the
    /// newest 10,000 hits.
    Relevance,
}

/// Part of a query.
#[derive(Clone)]
pub(super) enum Node {
    /// Tokens in a row.
    Phrase(Phrase),
    /// What has all of these.
    All(Vec<Node>),
    /// What has any of these.
    Any(Vec<Node>),
    /// What has the first and none of the others.
    Without(Box<Node>, Vec<Node>),
}

/// Tokens in a row; of the last one perhaps the beginning only.
#[derive(Clone)]
pub(super) struct Phrase {
    pub(super) tokens: Vec<Token>,
    pub(super) is_prefix: bool,
}

impl SearchQuery {
    pub(super) fn of(root: Node) -> Self {
        Self {
            filter: Filter::default(),
            conversation: None,
            direction: None,
            status: None,
            order: SearchOrder::Newest,
            root,
        }
    }

    /// The query as the index reads it.
    pub(super) fn fts(&self) -> String {
        let mut written = String::new();
        self.root.write(&mut written);
        written
    }

    /// The phrases that make a message a hit.
    pub(super) fn phrases(&self) -> Vec<&Phrase> {
        let mut found = Vec::new();
        self.root.collect(&mut found);
        found
    }
}

impl Node {
    /// Tokens hold letters, digits and signs only, so nothing in them can end the quotes.
    fn write(&self, to: &mut String) {
        let list = |nodes: &[Self], between: &str, to: &mut String| {
            to.push('(');
            for (index, node) in nodes.iter().enumerate() {
                if index > 0 {
                    to.push_str(between);
                }
                node.write(to);
            }
            to.push(')');
        };
        match self {
            Self::Phrase(phrase) => {
                to.push('"');
                for (index, token) in phrase.tokens.iter().enumerate() {
                    if index > 0 {
                        to.push(' ');
                    }
                    to.push_str(&token.folded);
                }
                to.push_str(if phrase.is_prefix { "\"*" } else { "\"" });
            }
            Self::All(nodes) => list(nodes, " AND ", to),
            Self::Any(nodes) => list(nodes, " OR ", to),
            Self::Without(node, others) => {
                to.push('(');
                node.write(to);
                to.push_str(" NOT ");
                list(others, " OR ", to);
                to.push(')');
            }
        }
    }

    fn collect<'n>(&'n self, found: &mut Vec<&'n Phrase>) {
        match self {
            Self::Phrase(phrase) => found.push(phrase),
            Self::All(nodes) | Self::Any(nodes) => {
                for node in nodes {
                    node.collect(found);
                }
            }
            Self::Without(node, _) => node.collect(found),
        }
    }
}

impl fmt::Debug for SearchQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchQuery")
            .field("phrases", &self.phrases().len())
            .field("filter", &self.filter)
            .field("conversation", &self.conversation)
            .field("direction", &self.direction)
            .field("status", &self.status)
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}
