//! The tree of JSON paths: what is counted, and where it was first seen.

use std::ops::Range;

use chat_core::model::{Model, Shape};
use serde_json::Value;

use super::facts::{Form, Odd, Type, What};
use super::safe;

/// A vendor whose keys are ids would make a path for each of them.
const MOST_PATHS: usize = 4000;
/// How many keys of one object are shown that the types do not know.
const MOST_UNKNOWN_KEYS: usize = 32;
/// How many words of one enum are shown that the types do not know.
const MOST_WORDS: usize = 64;
/// A key that was nearly always there is gone when so many objects in a row lack it.
pub(crate) const GONE_AFTER: u64 = 20;

/// The name of what a list holds.
pub(crate) const ELEMENT: &str = "[]";
/// The name of keys that are not shown.
pub(crate) const HIDDEN: &str = "*";

/// Where something was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sighting {
    pub(crate) page: i64,
    /// The record's place among the page's records; `None`: around them.
    pub(crate) record: Option<u32>,
    pub(crate) ms: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) what: What,
    pub(crate) seen: u64,
    /// How many values the path had before the first of these.
    pub(crate) after: u64,
    pub(crate) first: Sighting,
    pub(crate) last_ms: i64,
}

/// How a key stands to the types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A field reads it, or it is no key.
    Known,
    /// Its object is known, and no field reads it.
    Unknown,
    /// It is in something whose keys nobody knows.
    Beyond,
}

/// What a number at the top of an answer says of its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    Total,
    PageNumber,
    PageSize,
    Rows,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) parent: Option<usize>,
    pub(crate) children: Vec<usize>,
    /// What is known of the objects here.
    pub(crate) shape: Option<&'static Shape>,
    pub(crate) standing: Standing,
    /// The enum here: whether it does not know a word.
    pub(crate) is_unknown: Option<fn(&Value) -> bool>,
    pub(crate) claim: Option<Claim>,
    /// Values seen.
    pub(crate) seen: u64,
    /// How many of them were objects.
    pub(crate) objects: u64,
    /// `objects` of the parent before this was first seen.
    pub(crate) after: u64,
    /// `objects` of the parent when this was last seen.
    pub(crate) last_of: u64,
    pub(crate) shortest: Option<u64>,
    pub(crate) longest: Option<u64>,
    pub(crate) first: Sighting,
    pub(crate) last_ms: i64,
    pub(crate) facts: Vec<Fact>,
    /// The row, if it has one.
    pub(crate) id: Option<i64>,
    pub(crate) is_dirty: bool,
}

impl Node {
    /// Counts a property; `after`: how many values there were before the first with it.
    fn count(&mut self, what: What, after: u64, at: Sighting) {
        self.is_dirty = true;
        if let Some(fact) = self.facts.iter_mut().find(|fact| fact.what == what) {
            fact.seen += 1;
            fact.last_ms = at.ms;
        } else {
            self.facts.push(Fact { what, seen: 1, after, first: at, last_ms: at.ms });
        }
    }

    pub(crate) fn fact(&self, what: &What) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.what == *what)
    }
}

/// The paths of a source's answers. A parent stands before its children.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) model: Model,
    pub(crate) nodes: Vec<Node>,
    pub(crate) at: Sighting,
    claims: [Option<i64>; 4],
}

/// No node: what is there is not looked at.
pub(super) const NOWHERE: usize = usize::MAX;

impl Tree {
    pub(crate) fn new(model: Model) -> Self {
        let at = Sighting { page: 0, record: None, ms: 0 };
        Self { model, nodes: Vec::new(), at, claims: [None; 4] }
    }

    /// Looks at a page.
    pub(crate) fn page(&mut self, page: i64, ms: i64, body: &[u8], spans: &[Range<usize>]) {
        self.at = Sighting { page, record: None, ms };
        self.claims = [None; 4];
        let answer = (self.model.answer_of)(body);
        let Some(answer) = self.model.answers.get(answer) else { return };
        let root = self.root(answer.name);
        if super::visit::page(self, root, body, spans).is_err() {
            self.note(root, What::Odd(Odd::Unreadable));
        }
        self.check_claims(root);
    }

    /// The node of a kind of answer.
    pub(crate) fn root(&mut self, name: &str) -> usize {
        let found = self.nodes.iter().position(|node| node.parent.is_none() && node.name == name);
        found.unwrap_or_else(|| self.add(None, name))
    }

    /// What a list holds.
    pub(super) fn element(&mut self, list: usize) -> usize {
        self.named(list, ELEMENT)
    }

    /// The member of an object. `hint` is where it likely is among those that were seen.
    pub(super) fn member(&mut self, object: usize, key: &str, hint: usize) -> usize {
        let Some(node) = self.nodes.get(object) else { return NOWHERE };
        // a key may be called as we call what is none
        let is = |child: &usize| {
            self.nodes.get(*child).is_some_and(|child| child.name == key) && !is_ours(key)
        };
        let likely = node.children.get(hint).copied().filter(is);
        if let Some(child) = likely.or_else(|| node.children.iter().copied().find(is)) {
            return child;
        }
        let is_known = match node.shape {
            Some(shape) => (shape.keys)().contains(&key),
            None => self.is_documented(&node.path, key),
        };
        let strangers = node.children.iter().filter(|child| {
            self.nodes.get(**child).is_some_and(|child| child.standing != Standing::Known)
        });
        // where nobody knows the keys, they may be names of people, however they look
        let may_be_shown = node.shape.is_some() && safe::is_code(key);
        let is_shown = is_known || may_be_shown && strangers.count() < MOST_UNKNOWN_KEYS;
        self.named(object, if is_shown { key } else { HIDDEN })
    }

    /// True if the vendor's page names this key of what is at a path.
    fn is_documented(&self, path: &str, key: &str) -> bool {
        let objects = self.model.answers.iter().flat_map(|answer| answer.documented.objects);
        objects
            .filter(|(object, _)| *object == path)
            .any(|(_, fields)| fields.iter().any(|field| field.name == key))
    }

    /// The child of exactly this name.
    fn named(&mut self, parent: usize, name: &str) -> usize {
        let Some(node) = self.nodes.get(parent) else { return NOWHERE };
        let is = |child: &usize| self.nodes.get(*child).is_some_and(|child| child.name == name);
        match node.children.iter().copied().find(is) {
            Some(child) => child,
            None if self.nodes.len() >= MOST_PATHS => NOWHERE,
            None => self.add(Some(parent), name),
        }
    }

    /// Adds a node, and what the model knows of it.
    pub(crate) fn add(&mut self, parent: Option<usize>, name: &str) -> usize {
        let index = self.nodes.len();
        let mut node = Node {
            name: name.to_owned(),
            path: String::new(),
            parent,
            children: Vec::new(),
            shape: None,
            standing: Standing::Known,
            is_unknown: None,
            claim: None,
            seen: 0,
            objects: 0,
            after: 0,
            last_of: 0,
            shortest: None,
            longest: None,
            first: self.at,
            last_ms: self.at.ms,
            facts: Vec::new(),
            id: None,
            is_dirty: true,
        };
        match parent.and_then(|parent| self.nodes.get_mut(parent)) {
            None => {
                let answer = self.model.answers.iter().find(|answer| answer.name == name);
                node.shape = answer.map(|answer| answer.shape);
            }
            Some(above) => {
                above.children.push(index);
                place(&mut node, above, &self.model);
            }
        }
        self.nodes.push(node);
        index
    }

    /// Notes that there is a value.
    pub(super) fn see(&mut self, index: usize) {
        let at = self.at;
        let parent = self.nodes.get(index).and_then(|node| node.parent);
        let of = parent
            .and_then(|parent| self.nodes.get(parent))
            .map(|above| (above.objects, above.first));
        let Some(node) = self.nodes.get_mut(index) else { return };
        if let Some((of, since)) = of {
            if node.seen == 0 && of > 1 && node.name != ELEMENT {
                node.after = of - 1;
                // the objects before it were without it
                let what = What::Type(Type::Absent);
                let last_ms = at.ms;
                node.facts.push(Fact { what, seen: of - 1, after: 0, first: since, last_ms });
            }
            node.last_of = of;
        }
        node.seen += 1;
        node.last_ms = at.ms;
        node.is_dirty = true;
    }

    /// Counts a property of the value that was seen last.
    pub(super) fn note(&mut self, index: usize, what: What) {
        let at = self.at;
        if let Some(node) = self.nodes.get_mut(index) {
            node.count(what, node.seen.saturating_sub(1), at);
        }
    }

    /// Notes a text: its form, its length, and its word if it is one of an enum.
    pub(super) fn text(&mut self, index: usize, text: &str) {
        self.see(index);
        self.note(index, What::Type(Type::String));
        let form = Form::of(text);
        self.note(index, What::Form(form));
        let length = text.chars().count() as u64;
        if let Some(node) = self.nodes.get_mut(index) {
            node.shortest = Some(node.shortest.map_or(length, |shortest| shortest.min(length)));
            node.longest = Some(node.longest.map_or(length, |longest| longest.max(length)));
        }
        if let Some(class) = length.checked_ilog2() {
            self.note(index, What::Length(class / 2));
        }
        if form != Form::Empty {
            self.word(index, text, || Value::from(text));
        }
        if form == Form::NumberText {
            self.claim(index, || text.parse().ok());
        }
    }

    /// Notes a number.
    pub(super) fn number(&mut self, index: usize, whole: Option<i64>, value: &dyn Fn() -> Value) {
        self.see(index);
        self.note(index, What::Type(Type::Number));
        self.note(index, What::Form(if whole.is_some() { Form::Whole } else { Form::Fraction }));
        if let Some(whole) = whole {
            let digits = whole.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
            self.note(index, What::Digits(digits));
        }
        if self.nodes.get(index).is_some_and(|node| node.is_unknown.is_some()) {
            self.word(index, &value().to_string(), value);
        }
        self.claim(index, || whole);
    }

    fn word(&mut self, index: usize, word: &str, value: impl FnOnce() -> Value) {
        let at = self.at;
        let Some(node) = self.nodes.get_mut(index) else { return };
        let Some(is_unknown) = node.is_unknown else { return };
        let after = node.seen.saturating_sub(1);
        let same =
            |fact: &&mut Fact| matches!(&fact.what, What::Word(Some(known)) if known == word);
        if let Some(fact) = node.facts.iter_mut().find(same) {
            fact.seen += 1;
            fact.last_ms = at.ms;
            return;
        }
        // what an enum names is shown, and of the rest what looks like a word of an enum
        let is_unknown = is_unknown(&value());
        let words = node.facts.iter().filter(|fact| matches!(fact.what, What::Word(_))).count();
        let is_shown = !is_unknown || safe::is_code_or_number(word) && words < MOST_WORDS;
        if is_shown && word.len() <= 64 {
            let what = What::Word(Some(word.to_owned()));
            node.facts.push(Fact { what, seen: 1, after, first: at, last_ms: at.ms });
        } else {
            node.count(What::Word(None), after, at);
        }
    }

    /// An object begins.
    pub(super) fn open(&mut self, index: usize) {
        if let Some(node) = self.nodes.get_mut(index) {
            node.objects += 1;
        }
    }

    /// An object ends: notes the keys that it did not have.
    pub(super) fn close(&mut self, index: usize) {
        let at = self.at;
        let Some(node) = self.nodes.get(index) else { return };
        let objects = node.objects;
        for place in 0..node.children.len() {
            let child = self.nodes.get(index).and_then(|node| node.children.get(place).copied());
            let Some(child) = child.and_then(|child| self.nodes.get_mut(child)) else { continue };
            if child.last_of == objects || is_ours(&child.name) {
                continue;
            }
            let is_gone = objects - child.last_of == GONE_AFTER
                && child.seen >= GONE_AFTER
                && child.seen.saturating_mul(10) >= child.last_of.saturating_mul(9);
            child.count(What::Type(Type::Absent), child.seen, at);
            if is_gone {
                child.count(What::Odd(Odd::Gone), child.seen, at);
            }
        }
    }

    /// A list at a path had so many elements.
    pub(super) fn rows(&mut self, index: usize, rows: usize) {
        if self.nodes.get(index).is_some_and(|node| node.claim == Some(Claim::Rows)) {
            self.claim(index, || i64::try_from(rows).ok());
        }
    }

    fn claim(&mut self, index: usize, number: impl FnOnce() -> Option<i64>) {
        let claim = self.nodes.get(index).and_then(|node| node.claim);
        if let Some(place) = claim.and_then(|claim| self.claims.get_mut(claim as usize)) {
            *place = number();
        }
    }

    /// Compares the number of rows with what the answer itself says.
    fn check_claims(&mut self, root: usize) {
        let [Some(total), Some(number), Some(size), Some(rows)] = self.claims else { return };
        if number < 1 || size < 1 {
            return;
        }
        let before = (number - 1).saturating_mul(size);
        if rows < total.saturating_sub(before).clamp(0, size) {
            self.note(root, What::Odd(Odd::FewerRows));
        }
    }
}

/// True for the names of nodes that are no keys.
fn is_ours(key: &str) -> bool {
    key == ELEMENT || key == HIDDEN
}

/// What the node above and the model know of a node.
fn place(node: &mut Node, above: &Node, model: &Model) {
    let name = node.name.as_str();
    node.path = match (above.path.is_empty(), name) {
        (_, ELEMENT) => format!("{}{ELEMENT}", above.path),
        (true, _) => name.to_owned(),
        (false, _) => format!("{}.{name}", above.path),
    };
    if name == ELEMENT {
        node.shape = above.shape;
        node.is_unknown = above.is_unknown;
        node.standing =
            if above.standing == Standing::Known { Standing::Known } else { Standing::Beyond };
        return;
    }
    node.standing = match above.shape {
        _ if above.standing != Standing::Known => Standing::Beyond,
        None => Standing::Beyond,
        Some(shape) if (shape.keys)().contains(&name) => Standing::Known,
        Some(_) => Standing::Unknown,
    };
    let Some(shape) = above.shape.filter(|_| node.standing == Standing::Known) else { return };
    node.shape = shape.inner.iter().find(|(key, _)| *key == name).map(|(_, inner)| *inner);
    node.is_unknown = shape.words.iter().find(|(key, _)| *key == name).map(|(_, word)| *word);
    if above.parent.is_none() {
        let answer = model.answers.iter().find(|answer| answer.name == above.name);
        node.claim = answer.and_then(|answer| answer.documented.count).and_then(|count| {
            [
                (count.total, Claim::Total),
                (count.page_number, Claim::PageNumber),
                (count.page_size, Claim::PageSize),
                (count.rows, Claim::Rows),
            ]
            .into_iter()
            .find_map(|(key, claim)| (key == name).then_some(claim))
        });
    }
}
