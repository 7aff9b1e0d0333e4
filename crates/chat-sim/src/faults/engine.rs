//! Rules at work: counts requests per rule and says what to do to each answer.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::{Action, Fault, Faults, When};

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Host {
    /// Records, and whatever else is no file and no token.
    #[default]
    Api,
    Media,
    Token,
}

/// What rules can see of a request.
pub(crate) struct Seen<'a> {
    pub(crate) host: Host,
    /// As in the request log: a media path begins with `media/`.
    pub(crate) path: &'a str,
    pub(crate) page_number: Option<u64>,
    /// Would the answer contain the record with this ordinal? Asked only by rules that want to know.
    pub(crate) has_record: &'a dyn Fn(u64) -> bool,
}

/// A change of the page, and the record it is about if the rule named one.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub(crate) action: Action,
    pub(crate) record: Option<u64>,
}

/// How an answer is broken on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    Truncate,
    ResetBefore,
    ResetAfterHeaders,
    Endless,
}

/// Everything that the rules want for one request.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) delay: Duration,
    pub(crate) drip: Option<Duration>,
    /// Replaces the answer.
    pub(crate) answer: Option<Action>,
    pub(crate) broken: Option<Break>,
    /// In file order.
    pub(crate) edits: Vec<Edit>,
    pub(crate) fired: Vec<&'static str>,
}

/// The rules of one vendor.
#[derive(Debug)]
pub(crate) struct Engine {
    vendor: &'static str,
    kinds: &'static [&'static str],
    rules: Mutex<Vec<Rule>>,
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    seen: u64,
    fired: u64,
}

impl Engine {
    /// The engine of a vendor to which only these kinds of faults make sense.
    pub(crate) fn new(
        vendor: &'static str,
        kinds: &'static [&'static str],
        faults: Faults,
    ) -> Self {
        let engine = Self { vendor, kinds, rules: Mutex::default() };
        engine.set(faults);
        engine
    }

    /// Replaces all rules; counts start anew.
    pub(crate) fn set(&self, faults: Faults) {
        let ours = |fault: &Fault| {
            fault.vendor.as_deref().is_none_or(|vendor| vendor == self.vendor)
                && self.kinds.contains(&fault.action.kind())
        };
        let rules =
            faults.rules.into_iter().filter(ours).map(|fault| Rule { fault, seen: 0, fired: 0 });
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules.collect();
    }

    pub(crate) fn plan(&self, seen: &Seen<'_>) -> Plan {
        let mut plan = Plan::default();
        for rule in self.rules.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            if rule.sees(seen) && rule.fires(seen) {
                plan.add(&rule.fault);
            }
        }
        plan
    }
}

impl Rule {
    fn sees(&self, seen: &Seen<'_>) -> bool {
        let action = &self.fault.action;
        let about_media = matches!(action, Action::Media404 | Action::WrongMime);
        let possible = match seen.host {
            Host::Api => !about_media,
            Host::Media => {
                about_media
                    || is_for_any_host(action)
                    || matches!(action, Action::TokenExpired { .. })
            }
            Host::Token => is_for_any_host(action) || matches!(action, Action::Api { .. }),
        };
        possible
            && match self.fault.path.as_deref() {
                Some("media") if seen.host == Host::Media => true,
                Some("token") if seen.host == Host::Token => true,
                Some(part) => seen.path.contains(part),
                None => seen.host == if about_media { Host::Media } else { Host::Api },
            }
    }

    fn fires(&mut self, seen: &Seen<'_>) -> bool {
        self.seen += 1;
        if self.fault.times.is_some_and(|times| self.fired >= times) {
            return false;
        }
        let fires = match &self.fault.when {
            When::Every(n) => self.seen.checked_rem(*n) == Some(0),
            When::At(ordinals) => ordinals.contains(&self.seen),
            When::First(n) => self.seen <= *n,
            When::Always => true,
            When::Record(ordinal) => (seen.has_record)(*ordinal),
            When::Page(page) => seen.page_number == Some(*page),
        };
        self.fired += u64::from(fires);
        fires
    }
}

fn is_for_any_host(action: &Action) -> bool {
    matches!(
        action,
        Action::Http { .. }
            | Action::Truncate
            | Action::Html { .. }
            | Action::Empty
            | Action::Slow { .. }
            | Action::Reset { .. }
            | Action::Endless
    )
}

impl Plan {
    fn add(&mut self, fault: &Fault) {
        self.fired.push(fault.action.kind());
        let broken = match fault.action {
            Action::Slow { delay_ms, drip_ms } => {
                self.delay += Duration::from_millis(delay_ms);
                if drip_ms > 0 {
                    self.drip = Some(Duration::from_millis(drip_ms));
                }
                return;
            }
            Action::Http { .. }
            | Action::Api { .. }
            | Action::Html { .. }
            | Action::Empty
            | Action::Media404 => {
                self.answer.get_or_insert_with(|| fault.action.clone());
                return;
            }
            Action::Truncate => Break::Truncate,
            Action::Reset { after_headers: false } => Break::ResetBefore,
            Action::Reset { after_headers: true } => Break::ResetAfterHeaders,
            Action::Endless => Break::Endless,
            _ => {
                let record =
                    if let When::Record(ordinal) = fault.when { Some(ordinal) } else { None };
                self.edits.push(Edit { action: fault.action.clone(), record });
                return;
            }
        };
        self.broken.get_or_insert(broken);
    }
}
