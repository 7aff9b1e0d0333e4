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
    /// It was in the last reading.
    pub(super) is_shown: bool,
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
    fn may_show(&self, known: &Known) -> bool {
        self.reach_ms.is_none_or(|reach_ms| {
            let oldest = self.now_ms.saturating_sub(reach_ms).saturating_sub(SLACK_MS);
            known.first_seen_ms >= oldest
        })
    }

    /// True if a record must still be shown: it was sent after the reading before it came.
    fn must_show(&self, known: &Known) -> bool {
        let Some(sent_after_ms) = known.sent_after_ms else { return false };
        self.reach_ms.is_none_or(|reach_ms| {
            sent_after_ms.saturating_add(reach_ms).saturating_sub(SLACK_MS) > self.now_ms
        })
    }
}

/// Which stored record one of a reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// This one of the partition's list, in its place.
    InOrder(usize),
    /// This one of the partition's list, although the order says otherwise.
    Elsewhere(usize),
    /// This one, which so far only other partitions showed.
    OfAnother(usize),
}

impl Found {
    const fn in_order(self) -> Option<usize> {
        match self {
            Self::InOrder(at) => Some(at),
            Self::Elsewhere(_) | Self::OfAnother(_) => None,
        }
    }
}

/// What a reading is.
pub(super) struct Recognized {
    /// For each record, what it is; `None` if it is new. Those in order ascend.
    pub(super) of: Vec<Option<Found>>,
    /// The reading has the opposite order, and `of` is that of the reading turned around.
    pub(super) reversed: bool,
}

/// Recognizes the records of a reading among the partition's own and those of others.
pub(super) fn recognize(
    own: &[Known],
    others: &[Known],
    read: &[Hash],
    present: &Present,
) -> Recognized {
    let shown: Vec<usize> = positions(own, |known| known.is_shown);
    // no vendor promises that the order stays what it was
    let reversed = is_reversed(own, &shown, read);
    let mut in_order = read.to_vec();
    if reversed {
        in_order.reverse();
    }
    let mut of = common(own, &shown, &in_order);
    // a few that are alike and too old to be shown still are chance
    let young = |at: &usize| own.get(*at).is_some_and(|known| present.may_show(known));
    if of.iter().flatten().count() < RUN && !of.iter().flatten().any(young) {
        of.fill(None);
    }
    returned(own, &in_order, &mut of, present);
    let mut of: Vec<Option<Found>> = of.into_iter().map(|at| at.map(Found::InOrder)).collect();
    moved(own, &in_order, &mut of, present);
    brought_by_others(others, &in_order, &mut of, present);
    Recognized { of, reversed }
}

fn positions(known: &[Known], wanted: impl Fn(&Known) -> bool) -> Vec<usize> {
    known.iter().enumerate().filter(|(_, known)| wanted(known)).map(|(at, _)| at).collect()
}

/// True if what occurs once in both lists is in the opposite order, but for one step in ten: a text
/// that left and came again elsewhere turns a step around too.
fn is_reversed(own: &[Known], shown: &[usize], read: &[Hash]) -> bool {
    let anchors = align::anchors(&likenesses(own, shown), read);
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
            .filter(|at| own.get(*at).is_some_and(|known| !known.is_shown))
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
    let taken: HashSet<usize> = of.iter().flatten().filter_map(|found| found.in_order()).collect();
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

/// Finds records that only other partitions showed so far, if they can still be shown.
fn brought_by_others(others: &[Known], read: &[Hash], of: &mut [Option<Found>], present: &Present) {
    let mut offered: HashMap<Hash, VecDeque<usize>> = HashMap::new();
    for at in positions(others, |known| present.may_show(known)) {
        if let Some(known) = others.get(at) {
            offered.entry(known.likeness).or_default().push_back(at);
        }
    }
    for (slot, likeness) in of.iter_mut().zip(read).filter(|(slot, _)| slot.is_none()) {
        let at = offered.get_mut(likeness).and_then(VecDeque::pop_front);
        *slot = at.map(Found::OfAnother);
    }
}
