//! Against what came in earlier runs.

use super::told::{below, kinds};
use super::{DriftKind, Findings};
use crate::shape::{ELEMENT, Fact, Form, HIDDEN, Node, Odd, Tree, Type, What};

/// How many values must have been alike before another one is worth telling.
const ENOUGH: u64 = 20;

/// What is new among what was known of an answer.
pub(super) fn find(tree: &Tree, root: usize, findings: &mut Findings) {
    let since = findings.since;
    for index in below(tree, root) {
        let Some(node) = tree.nodes.get(index) else { continue };
        let above = node.parent.and_then(|parent| tree.nodes.get(parent));
        if node.first.ms >= since {
            // what is below something new is not told again
            if let Some(above) =
                above.filter(|above| above.first.ms < since && node.name != ELEMENT)
            {
                let seen = (node.first, node.last_ms);
                let times = (node.seen, above.objects);
                findings.add(DriftKind::NewKey, &node.path, kinds(node), times, seen);
            }
        } else if node.name != HIDDEN {
            of_node(node, above, findings);
        }
    }
}

fn of_node(node: &Node, above: Option<&Node>, findings: &mut Findings) {
    let since = findings.since;
    let objects = above.map_or(0, |above| above.objects);
    let gone = node
        .fact(&What::Odd(Odd::Gone))
        .filter(|_| objects.saturating_sub(node.last_of) >= crate::shape::GONE_AFTER);
    if let Some(fact) = gone {
        let times = (objects - node.last_of, objects);
        findings.add(DriftKind::Gone, &node.path, String::new(), times, (fact.first, fact.last_ms));
    }
    for fact in node.facts.iter().filter(|fact| fact.first.ms >= since) {
        let what = match &fact.what {
            What::Type(Type::Absent) if gone.is_none() && fact.after >= ENOUGH => {
                let seen = (fact.first, fact.last_ms);
                let times = (fact.seen, objects);
                findings.add(DriftKind::FirstAbsent, &node.path, String::new(), times, seen);
                continue;
            }
            What::Type(Type::Absent) => continue,
            What::Type(Type::Null) => Some(DriftKind::FirstNull),
            What::Type(_) => Some(DriftKind::NewType),
            What::Form(form) => is_other_form(node, fact, *form).then_some(DriftKind::NewForm),
            What::Length(class) => {
                let before = before(node, fact, |what| match what {
                    What::Length(class) => Some(*class),
                    _ => None,
                });
                is_far(*class, &before, 1, fact).then_some(DriftKind::OtherLength)
            }
            What::Digits(digits) => {
                // zero stands for none
                let before = before(node, fact, |what| match what {
                    What::Digits(digits) => Some(*digits).filter(|digits| *digits > 1),
                    _ => None,
                });
                (*digits > 1 && is_far(*digits, &before, 2, fact)).then_some(DriftKind::OtherLength)
            }
            What::Word(_) => Some(DriftKind::NewWord),
            What::Odd(_) => None,
        };
        if let Some(what) = what {
            findings.of_fact(what, node, fact.what.to_string(), fact);
        }
    }
}

/// True if all texts before looked alike, and this one looks otherwise.
fn is_other_form(node: &Node, fact: &Fact, form: Form) -> bool {
    let before = before(node, fact, |what| match what {
        What::Form(Form::Empty) => None,
        What::Form(form) => Some(*form),
        _ => None,
    });
    let is_other_type = matches!(form, Form::Whole | Form::Fraction)
        != before.iter().any(|form| matches!(form, Form::Whole | Form::Fraction));
    // another type is told as such
    fact.after >= ENOUGH && form != Form::Empty && before.len() == 1 && !is_other_type
}

/// True if a measure is more than `step` away from all before.
fn is_far(measure: u32, before: &[u32], step: u32, fact: &Fact) -> bool {
    let (Some(least), Some(most)) = (before.iter().min(), before.iter().max()) else {
        return false;
    };
    fact.after >= ENOUGH && (measure > most + step || measure + step < *least)
}

/// The like of a fact that was there before it.
fn before<T>(node: &Node, fact: &Fact, pick: impl Fn(&What) -> Option<T>) -> Vec<T> {
    let earlier = node.facts.iter().filter(|other| other.after < fact.after);
    earlier.filter_map(|other| pick(&other.what)).collect()
}
