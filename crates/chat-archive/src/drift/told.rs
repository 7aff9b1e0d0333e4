//! Against what the types know, and against what the vendor's page says.

use chat_core::model::{Field, Presence};
use serde_json::Value;

use super::{DriftKind, Findings};
use crate::shape::{ELEMENT, HIDDEN, Node, Odd, Standing, Tree, Type, What};

/// The nodes below a node, itself first.
pub(super) fn below(tree: &Tree, index: usize) -> Vec<usize> {
    let mut found = vec![index];
    let mut next = 0;
    while let Some(node) = found.get(next).and_then(|index| tree.nodes.get(*index)) {
        // depth first, so that the order is that of the answer
        let at = next + 1;
        found.splice(at..at, node.children.iter().copied());
        next += 1;
    }
    found
}

/// Keys and words that the types do not know.
pub(super) fn types(tree: &Tree, root: usize, findings: &mut Findings) {
    for index in below(tree, root) {
        let Some(node) = tree.nodes.get(index) else { continue };
        if node.standing == Standing::Unknown {
            let of =
                node.parent.and_then(|parent| tree.nodes.get(parent)).map_or(0, |up| up.objects);
            let seen = (node.first, node.last_ms);
            findings.add(DriftKind::UnknownKey, &node.path, kinds(node), (node.seen, of), seen);
        }
        for fact in &node.facts {
            match &fact.what {
                What::Word(word) => {
                    let is_unknown = word.as_deref().is_none_or(|word| {
                        node.is_unknown.is_some_and(|is_unknown| is_unknown(&Value::from(word)))
                    });
                    if is_unknown {
                        let detail = fact.what.to_string();
                        findings.of_fact(DriftKind::UnknownWord, node, detail, fact);
                    }
                }
                What::Odd(Odd::Unreadable) => {
                    findings.of_fact(DriftKind::Unreadable, node, String::new(), fact);
                }
                _ => {}
            }
        }
    }
}

/// The types that a path had.
pub(super) fn kinds(node: &Node) -> String {
    let kinds = node.facts.iter().filter_map(|fact| match fact.what {
        What::Type(Type::Absent) => None,
        What::Type(kind) => Some(kind.as_str()),
        _ => None,
    });
    kinds.collect::<Vec<_>>().join(", ")
}

/// What the page says otherwise.
pub(super) fn page(tree: &Tree, root: usize, findings: &mut Findings) {
    let Some(top) = tree.nodes.get(root) else { return };
    let answer = tree.model.answers.iter().find(|answer| answer.name == top.name);
    let Some(documented) = answer.map(|answer| answer.documented) else { return };
    for (path, fields) in documented.objects {
        let found = below(tree, root)
            .into_iter()
            .filter_map(|index| tree.nodes.get(index))
            .find(|node| node.path == *path && node.objects > 0);
        if let Some(object) = found {
            for field in *fields {
                of_field(tree, object, field, findings);
            }
            not_named(tree, object, fields, findings);
        }
    }
    if let Some(fact) = top.fact(&What::Odd(Odd::FewerRows)) {
        findings.of_fact(DriftKind::FewerRows, top, String::new(), fact);
    }
}

fn child<'t>(tree: &'t Tree, object: &Node, name: &str) -> Option<&'t Node> {
    let mut children = object.children.iter().filter_map(|child| tree.nodes.get(*child));
    children.find(|child| child.name == name)
}

fn of_field(tree: &Tree, object: &Node, field: &Field, findings: &mut Findings) {
    let objects = object.objects;
    let absent = match field.presence {
        Presence::Mandatory => Some(DriftKind::MandatoryAbsent),
        Presence::Unsaid => Some(DriftKind::ListedAbsent),
        Presence::Optional => None,
    };
    let Some(node) = child(tree, object, field.name) else {
        if let Some(what) = absent {
            let dot = if object.path.is_empty() { "" } else { "." };
            let path = format!("{}{dot}{}", object.path, field.name);
            let seen = (object.first, object.last_ms);
            findings.add(what, &path, String::new(), (objects, objects), seen);
        }
        return;
    };
    for fact in &node.facts {
        match &fact.what {
            What::Type(Type::Null) if field.presence == Presence::Mandatory => {
                let seen = (fact.first, fact.last_ms);
                let times = (fact.seen, objects);
                findings.add(DriftKind::MandatoryNull, &node.path, String::new(), times, seen);
            }
            What::Type(Type::Absent) => {
                if let Some(what) = absent {
                    let seen = (fact.first, fact.last_ms);
                    findings.add(what, &node.path, String::new(), (fact.seen, objects), seen);
                }
            }
            What::Type(Type::Null) => {}
            What::Type(kind) if kind.as_str() != field.json.as_str() => {
                let detail = format!("{}, the page says {}", kind.as_str(), field.json.as_str());
                findings.of_fact(DriftKind::OtherType, node, detail, fact);
            }
            What::Word(Some(word))
                if !field.words.is_empty()
                    && !field.words.iter().any(|named| named.eq_ignore_ascii_case(word)) =>
            {
                findings.of_fact(DriftKind::WordNotNamed, node, word.as_str(), fact);
            }
            _ => {}
        }
    }
}

/// Keys that the page does not name. What the types do not know either is told already.
fn not_named(tree: &Tree, object: &Node, fields: &[Field], findings: &mut Findings) {
    for child in object.children.iter().filter_map(|child| tree.nodes.get(*child)) {
        let is_key = child.name != ELEMENT && child.name != HIDDEN;
        let is_named = fields.iter().any(|field| field.name == child.name);
        if !is_key || is_named || child.standing == Standing::Unknown {
            continue;
        }
        let alike = fields.iter().find(|field| spelling(field.name) == spelling(&child.name));
        let (what, detail) = match alike {
            Some(field) => (DriftKind::OtherSpelling, field.name.to_owned()),
            None => (DriftKind::KeyNotNamed, kinds(child)),
        };
        let seen = (child.first, child.last_ms);
        findings.add(what, &child.path, detail, (child.seen, object.objects), seen);
    }
}

/// A key without what spellings differ in.
fn spelling(key: &str) -> String {
    key.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}
