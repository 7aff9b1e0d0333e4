//! Which records of a reading are known. Pure.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;

use super::align;
use crate::ledger::Hash;

/// Fewer may be alike by chance.
const RUN: usize = 3;
/// A vendor's "last days" may be whole days.
const SLACK_MS: i64 = 24 * 3_600_000;
/// Of what is no longer shown, so much is looked through for what came back.
const MAX_HIDDEN: usize = 4000;

/// A record that is stored.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) likeness: Hash,
    /// Its place in the last reading, if it was in it.
    pub(super) shown: Option<usize>,
    /// The reading before it came: it was sent later than that.
    pub(super) sent_after_ms: Option<i64>,
    pub(super) first_seen_ms: i64,
}

/// The time of a reading, and what the vendor can show then.
#[derive(Clone, Copy)]
pub(super) struct Present {
    pub(super) now_ms: i64,
    /// How far back the vendor shows records, if not all of them.
    pub(super) reach_ms: Option<i64>,
    /// When the partition was read to its end before.
    pub(super) read_before: Option<i64>,
}

impl Present {
    /// True if a record can still be shown: it was sent before it was first seen.
    pub(super) fn may_show(&self, known: &Known) -> bool {
        self.reach_ms.is_none_or(|reach_ms| {
            let oldest = self.now_ms.saturating_sub(reach_ms).saturating_sub(SLACK_MS);
            known.first_seen_ms >= oldest
        })
    }

    /// True if a record must still be shown: it was sent after the reading before it came.
    pub(super) fn must_show(&self, known: &Known) -> bool {
        let Some(sent_after_ms) = known.sent_after_ms else { return false };
        self.reach_ms.is_none_or(|reach_ms| {
            sent_after_ms.saturating_add(reach_ms).saturating_sub(SLACK_MS) > self.now_ms
        })
    }
}

/// Which record of a list one of a reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// This one, in its place.
    InOrder(usize),
    /// This one, although the order says otherwise.
    Elsewhere(usize),
}

impl Found {
    pub(super) const fn at(self) -> usize {
        match self {
            Self::InOrder(at) | Self::Elsewhere(at) => at,
        }
    }
}

/// What a reading is.
pub(super) struct Recognized {
    /// For each record, what it is; `None` if it is not in the list. Those in order ascend.
    pub(super) of: Vec<Option<Found>>,
    /// The reading has the opposite order, and `of` is that of the reading turned around.
    pub(super) reversed: bool,
}

/// Recognizes the records of a reading in the list that was made from earlier ones.
pub(super) fn recognize(own: &[Known], read: &[Hash], present: &Present) -> Recognized {
    let mut shown = positions(own, |known| known.shown.is_some());
    shown.sort_by_key(|at| own.get(*at).and_then(|known| known.shown));
    let last = likenesses(own, &shown);
    // no vendor promises that the order stays what it was
    let turned = is_reversed(&last, read);
    let mut in_order = read.to_vec();
    if turned {
        in_order.reverse();
    }
    let mut of = common(own, &shown, &in_order);
    // the last reading may itself be turned around in the list
    let was_turned = is_descending(&shown);
    if was_turned {
        of.reverse();
        in_order.reverse();
    }
    // a few that are alike and too old to be shown still are chance
    let young = |at: &usize| own.get(*at).is_some_and(|known| present.may_show(known));
    if of.iter().flatten().count() < RUN && !of.iter().flatten().any(young) {
        of.fill(None);
    }
    let found = of.clone();
    keep_ascending(&mut of);
    returned(own, &in_order, &mut of, present);
    let mut of: Vec<Option<Found>> = of
        .into_iter()
        .zip(found)
        .map(|(at, found)| match found {
            Some(found) if at != Some(found) => Some(Found::Elsewhere(found)),
            _ => at.map(Found::InOrder),
        })
        .collect();
    moved(own, &in_order, &mut of, present);
    Recognized { of, reversed: turned != was_turned }
}

/// True if most steps are backwards.
fn is_descending(places: &[usize]) -> bool {
    let steps = || places.iter().zip(places.iter().skip(1));
    steps().filter(|(one, next)| one > next).count() * 2 > steps().count()
}

/// Keeps as many as can be kept of those that ascend.
fn keep_ascending(places: &mut [Option<usize>]) {
    // for each length, where the stretch that ends lowest ends
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; places.len()];
    let value = |at: &usize| places.get(*at).copied().flatten();
    for (at, place) in places.iter().enumerate() {
        let Some(place) = *place else { continue };
        let length = ends.partition_point(|end| value(end).is_some_and(|end| end < place));
        let last = length.checked_sub(1).and_then(|length| ends.get(length).copied());
        if let Some(slot) = before.get_mut(at) {
            *slot = last;
        }
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut kept = HashSet::new();
    let mut next = ends.last().copied();
    while let Some(at) = next {
        kept.insert(at);
        next = before.get(at).copied().flatten();
    }
    for (_, place) in places.iter_mut().enumerate().filter(|(at, _)| !kept.contains(at)) {
        *place = None;
    }
}

fn positions(known: &[Known], wanted: impl Fn(&Known) -> bool) -> Vec<usize> {
    known.iter().enumerate().filter(|(_, known)| wanted(known)).map(|(at, _)| at).collect()
}

/// True if what occurs once in both lists is in the opposite order, but for one step in ten: a text
/// that left and came again elsewhere turns a step around too.
fn is_reversed(held: &[Hash], read: &[Hash]) -> bool {
    let anchors = align::anchors(held, read);
    let steps = || anchors.iter().zip(anchors.iter().skip(1));
    let forward = steps().filter(|(one, next)| one.0 < next.0).count();
    anchors.len() >= RUN && forward * 10 < anchors.len()
}

fn likenesses(own: &[Known], among: &[usize]) -> Vec<Hash> {
    among.iter().filter_map(|at| own.get(*at)).map(|known| known.likeness).collect()
}

/// Which of some stored records those of a reading are, by their order.
fn common(own: &[Known], among: &[usize], read: &[Hash]) -> Vec<Option<usize>> {
    let places = align::align(&likenesses(own, among), read).into_iter();
    places.map(|place| among.get(place?).copied()).collect()
}

/// Finds records that are shown again after they were not. Only between the same neighbors; and
/// only if many come back in a row, or if they are young enough to be shown still.
fn returned(own: &[Known], read: &[Hash], of: &mut [Option<usize>], present: &Present) {
    let mut from = 0;
    while from < of.len() {
        let gap =
            from..of.iter().skip(from).position(Option::is_some).map_or(of.len(), |at| from + at);
        if gap.is_empty() {
            from += 1;
            continue;
        }
        let before = gap.start.checked_sub(1).and_then(|at| of.get(at).copied().flatten());
        let after = of.get(gap.end).copied().flatten().unwrap_or(own.len());
        let hidden: Vec<usize> = (before.map_or(0, |at| at + 1)..after)
            .filter(|at| own.get(*at).is_some_and(|known| known.shown.is_none()))
            .take(MAX_HIDDEN)
            .collect();
        let part = read.get(gap.clone()).unwrap_or_default();
        let found = common(own, &hidden, part);
        for run in runs(&found) {
            let items = found.get(run.clone()).unwrap_or_default();
            let young = |at: &usize| own.get(*at).is_some_and(|known| present.may_show(known));
            if run.len() >= RUN || items.iter().flatten().all(young) {
                for (slot, item) in of.iter_mut().skip(gap.start + run.start).zip(items) {
                    *slot = *item;
                }
            }
        }
        from = gap.end;
    }
}

/// The stretches without a gap.
fn runs(found: &[Option<usize>]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, _) in found.iter().enumerate().filter(|(_, item)| item.is_some()) {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

/// Finds records that are shown in another place than before, if they must still be shown: one that
/// may have left can be followed by one that is alike.
fn moved(own: &[Known], read: &[Hash], of: &mut [Option<Found>], present: &Present) {
    let taken: HashSet<usize> = of.iter().flatten().map(|found| found.at()).collect();
    let mut certain: HashMap<Hash, VecDeque<usize>> = HashMap::new();
    for (at, known) in own.iter().enumerate() {
        if !taken.contains(&at) && present.must_show(known) {
            certain.entry(known.likeness).or_default().push_back(at);
        }
    }
    for (slot, likeness) in of.iter_mut().zip(read).filter(|(slot, _)| slot.is_none()) {
        let at = certain.get_mut(likeness).and_then(VecDeque::pop_front);
        *slot = at.map(Found::Elsewhere);
    }
}
