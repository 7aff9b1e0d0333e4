//! Reads a query. Whatever is typed gives a query or one sentence on what is wrong with it.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::query::{Node, Phrase, SearchQuery};
use crate::index::words;

/// Characters of a query: longer than anything that one looks for, and quick to look for.
const CHARS: usize = 1_000;
/// Words and phrases of a query.
const PHRASES: usize = 100;
/// Parentheses in each other: the index's own reader has a limit too.
const DEPTH: usize = 10;

/// Why something is no query; it says where, and never repeats what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// No letter, digit, Han character or emoji is in it.
    #[error(
        "there is nothing to look for in the query; it needs a letter, a digit, a Chinese \
         character or an emoji"
    )]
    Nothing,
    /// It only says what is not wanted.
    #[error(
        "the query only says what must not be there, at character {at}; put a word that must be \
         there before it, as in: invoice -paid"
    )]
    OnlyExcluded {
        /// The character at which it does, from 1.
        at: usize,
    },
    /// A quotation mark has no partner.
    #[error("the quotation mark at character {at} of the query is not closed; close or drop it")]
    OpenQuote {
        /// Its place, from 1.
        at: usize,
    },
    /// A parenthesis has no partner.
    #[error(
        "the parenthesis at character {at} of the query has no partner; add it or drop this one"
    )]
    Parenthesis {
        /// Its place, from 1.
        at: usize,
    },
    /// An operator lacks a side.
    #[error(
        "the {operator} at character {at} of the query has nothing to join there; add a word, or \
         write \"{operator}\" in quotation marks to look for the word itself"
    )]
    Operator {
        /// `AND`, `OR` or `NOT`.
        operator: &'static str,
        /// Its place, from 1.
        at: usize,
    },
    /// It is longer than any query needs to be.
    #[error("the query is longer than {CHARS} characters; shorten it")]
    TooLong,
    /// It has more parts than any query needs.
    #[error(
        "the query has more than {PHRASES} words, or parentheses in more than {DEPTH} others; shorten it"
    )]
    TooMany,
}

impl SearchQuery {
    /// Reads what someone typed.
    ///
    /// - `invoice paid`, `invoice AND paid`: both; `invoice OR receipt`: one of them;
    ///   `invoice -paid`, `invoice NOT paid`: the one without the other. `OR` joins less closely
    ///   than the others, and parentheses group.
    /// - `"paid in full"`: in a row. Punctuation, case, width and accents do not count.
    /// - `invo*`: words that begin so.
    /// - `发票`: wherever these characters stand in a row.
    ///
    /// # Errors
    ///
    /// When nothing is to be looked for, something has no partner, or it is too long.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.chars().nth(CHARS).is_some() {
            return Err(QueryError::TooLong);
        }
        let mut parser = Parser { items: items(text)?.into_iter().peekable(), phrases: 0 };
        let root = parser.any(0)?;
        if let Some((at, _)) = parser.items.next() {
            return Err(QueryError::Parenthesis { at });
        }
        match root {
            Part::Wanted(node) => Ok(Self::of(node)),
            Part::Excluded(at, _) => Err(QueryError::OnlyExcluded { at }),
            Part::Empty => Err(QueryError::Nothing),
        }
    }
}

/// A piece of a query.
enum Item {
    Open,
    Close,
    And,
    Or,
    Not,
    Minus,
    Term(Phrase),
}

/// What a part of a query comes to.
enum Part {
    Wanted(Node),
    /// What must not be there, and where that is said.
    Excluded(usize, Node),
    /// Punctuation only.
    Empty,
}

/// The pieces with their places, from 1.
fn items(text: &str) -> Result<Vec<(usize, Item)>, QueryError> {
    let mut items = Vec::new();
    let mut chars = text.chars().zip(1..).peekable();
    while let Some((c, at)) = chars.next() {
        match c {
            '(' | '（' => items.push((at, Item::Open)),
            ')' | '）' => items.push((at, Item::Close)),
            '"' | '“' | '”' | '「' | '＂' => {
                let mut quoted = String::new();
                loop {
                    match chars.next() {
                        Some(('"' | '“' | '”' | '」' | '＂', _)) => break,
                        Some((c, _)) => quoted.push(c),
                        None => return Err(QueryError::OpenQuote { at }),
                    }
                }
                let is_prefix = chars.next_if(|(c, _)| is_star(*c)).is_some();
                items.push((at, Item::Term(phrase(&quoted, is_prefix))));
            }
            _ if c.is_whitespace() => {}
            '-' | '－' if chars.peek().is_some_and(|(next, _)| !next.is_whitespace()) => {
                items.push((at, Item::Minus));
            }
            _ => {
                let mut word = String::from(c);
                while let Some((c, _)) = chars.next_if(|(c, _)| is_of_word(*c)) {
                    word.push(c);
                }
                let item = match word.as_str() {
                    "AND" => Item::And,
                    "OR" => Item::Or,
                    "NOT" => Item::Not,
                    _ => Item::Term(phrase(&word, word.ends_with(is_star))),
                };
                items.push((at, item));
            }
        }
    }
    Ok(items)
}

fn is_star(c: char) -> bool {
    matches!(c, '*' | '＊')
}

fn is_of_word(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '(' | ')' | '（' | '）' | '"' | '“' | '”' | '「' | '＂')
}

fn phrase(text: &str, is_prefix: bool) -> Phrase {
    let tokens = words::tokens(text);
    // a character that stands for itself is not the beginning of another one
    let is_prefix = is_prefix && tokens.last().is_some_and(|token| token.is_word);
    Phrase { tokens, is_prefix }
}

struct Parser {
    items: Peekable<IntoIter<(usize, Item)>>,
    phrases: usize,
}

impl Parser {
    /// Parts with `OR` between them.
    fn any(&mut self, depth: usize) -> Result<Part, QueryError> {
        let mut wanted = Vec::new();
        let mut excluded = Vec::new();
        loop {
            match self.all(depth)? {
                Part::Wanted(node) => wanted.push(node),
                Part::Excluded(at, node) => excluded.push((at, node)),
                Part::Empty => {}
            }
            let Some((at, _)) = self.items.next_if(|(_, item)| matches!(item, Item::Or)) else {
                break;
            };
            if !self.has_part() {
                return Err(QueryError::Operator { operator: "OR", at });
            }
        }
        let Some((at, _)) = excluded.first() else { return Ok(one_of(wanted, Node::Any)) };
        let at = *at;
        if !wanted.is_empty() {
            return Err(QueryError::OnlyExcluded { at });
        }
        // lacking one of them is not having all of them
        let nodes = excluded.into_iter().map(|(_, node)| node).collect();
        Ok(match one_of(nodes, Node::All) {
            Part::Wanted(node) => Part::Excluded(at, node),
            part => part,
        })
    }

    /// Parts beside each other.
    fn all(&mut self, depth: usize) -> Result<Part, QueryError> {
        let mut wanted = Vec::new();
        let mut excluded = Vec::new();
        if !self.has_part() {
            match self.items.peek() {
                Some((at, Item::And)) => {
                    return Err(QueryError::Operator { operator: "AND", at: *at });
                }
                Some((at, Item::Or)) => {
                    return Err(QueryError::Operator { operator: "OR", at: *at });
                }
                _ => return Ok(Part::Empty),
            }
        }
        while self.has_part() {
            match self.one(depth)? {
                Part::Wanted(node) => wanted.push(node),
                Part::Excluded(at, node) => excluded.push((at, node)),
                Part::Empty => {}
            }
            if let Some((at, _)) = self.items.next_if(|(_, item)| matches!(item, Item::And))
                && !self.has_part()
            {
                return Err(QueryError::Operator { operator: "AND", at });
            }
        }
        let first = excluded.first().map(|(at, _)| *at);
        let others: Vec<Node> = excluded.into_iter().map(|(_, node)| node).collect();
        Ok(match (one_of(wanted, Node::All), first) {
            (Part::Wanted(node), Some(_)) => Part::Wanted(Node::Without(Box::new(node), others)),
            (Part::Empty, Some(at)) => match one_of(others, Node::Any) {
                Part::Wanted(node) => Part::Excluded(at, node),
                part => part,
            },
            (part, _) => part,
        })
    }

    /// A word, a phrase, or what is in parentheses, perhaps excluded.
    fn one(&mut self, depth: usize) -> Result<Part, QueryError> {
        let mut not = None;
        while let Some((at, item)) =
            self.items.next_if(|(_, item)| matches!(item, Item::Not | Item::Minus))
        {
            // two of them are none
            not = if not.is_some() { None } else { Some(at) };
            if !self.has_part() {
                match item {
                    Item::Not => return Err(QueryError::Operator { operator: "NOT", at }),
                    _ => return Ok(Part::Empty),
                }
            }
        }
        let part = match self.items.next() {
            Some((_, Item::Term(phrase))) if phrase.tokens.is_empty() => Part::Empty,
            Some((_, Item::Term(phrase))) => {
                self.phrases += 1;
                if self.phrases > PHRASES {
                    return Err(QueryError::TooMany);
                }
                Part::Wanted(Node::Phrase(phrase))
            }
            Some((at, Item::Open)) => {
                if depth == DEPTH {
                    return Err(QueryError::TooMany);
                }
                let inner = self.any(depth + 1)?;
                if self.items.next_if(|(_, item)| matches!(item, Item::Close)).is_none() {
                    return Err(QueryError::Parenthesis { at });
                }
                inner
            }
            _ => Part::Empty,
        };
        Ok(match (part, not) {
            (Part::Wanted(node), Some(at)) => Part::Excluded(at, node),
            (Part::Excluded(_, node), Some(_)) => Part::Wanted(node),
            (part, _) => part,
        })
    }

    fn has_part(&mut self) -> bool {
        self.items.peek().is_some_and(|(_, item)| {
            matches!(item, Item::Term(_) | Item::Open | Item::Not | Item::Minus)
        })
    }
}

fn one_of(mut nodes: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Part {
    match nodes.pop() {
        None => Part::Empty,
        Some(node) if nodes.is_empty() => Part::Wanted(node),
        Some(node) => {
            nodes.push(node);
            Part::Wanted(many(nodes))
        }
    }
}
