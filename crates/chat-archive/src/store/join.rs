//! Which records of a reading by one call are which of a list that another call showed. Pure.
//!
//! The order of both is the vendor's, and they need not have the same one: it may be turned around,
//! in whole or in part. So the words are aligned in one direction, then what is left in the other;
//! then those that are left are told by their words alone. Files, for which calls show different
//! words, are told by what is between the same neighbors.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::ops::Bound;

use super::align;
use super::lists::{Confidence, Marks};
use crate::ledger::Hash;

/// From so many words that occur once in both lists, they tell the direction.
const MANY: usize = 16;

/// A record, as far as two calls show the same of it.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself")]
pub(super) struct Kin {
    pub(super) words: Option<Hash>,
    pub(super) may_be_file: bool,
    pub(super) is_inbound: bool,
    /// It may be one of the others.
    pub(super) is_free: bool,
    /// If it is held: it must be in the reading. One that may as well have left is taken for one of
    /// the reading only if the order says so.
    pub(super) must_be: bool,
}

impl Kin {
    pub(super) const fn of(marks: &Marks, is_inbound: bool) -> Self {
        let Marks { words, may_be_file, .. } = *marks;
        Self { words, may_be_file, is_inbound, is_free: true, must_be: true }
    }
}

/// Adds to the pairs those that are found; `pairs` has the place in `held` of each record that was
/// read. How sure each new one is.
pub(super) fn join(
    held: &[Kin],
    read: &[Kin],
    pairs: &mut [Option<usize>],
) -> Vec<Option<Confidence>> {
    let mut joining =
        Joining { held, read, pairs, taken: BTreeSet::new(), sure: vec![None; read.len()] };
    joining.taken = joining.pairs.iter().flatten().copied().collect();
    if held.iter().any(|kin| kin.is_free) && read.iter().any(|kin| kin.is_free) {
        let backwards = joining.in_likelier_order();
        // as where the vendor shows one part of a conversation turned around
        joining.in_order(!backwards);
        joining.by_words();
        joining.files_between_neighbors();
        joining.files_beside_neighbors();
        joining.nearest_files();
    }
    joining.sure
}

struct Joining<'a> {
    held: &'a [Kin],
    read: &'a [Kin],
    pairs: &'a mut [Option<usize>],
    /// Places in `held` that have a pair.
    taken: BTreeSet<usize>,
    sure: Vec<Option<Confidence>>,
}

struct Alignment {
    is_backwards: bool,
    worth: i64,
    pairs: Vec<Option<Aligned>>,
}

struct Aligned {
    read: usize,
    held: usize,
    sure: Confidence,
}

impl Joining<'_> {
    fn free_held(&self) -> impl Iterator<Item = (usize, &Kin)> {
        let kin = self.held.iter().enumerate();
        kin.filter(|(at, kin)| kin.is_free && !self.taken.contains(at))
    }

    fn free_read(&self) -> impl Iterator<Item = (usize, &Kin)> {
        let kin = self.read.iter().enumerate().zip(self.pairs.iter());
        kin.filter(|((_, kin), pair)| kin.is_free && pair.is_none()).map(|(read, _)| read)
    }

    fn pair(&mut self, read: usize, held: usize, sure: Confidence) {
        if let (Some(slot), Some(sureness)) = (self.pairs.get_mut(read), self.sure.get_mut(read))
            && self.taken.insert(held)
        {
            *slot = Some(held);
            *sureness = Some(sure);
        }
    }

    /// Pairs all that is aligned in the likelier direction; `true` if that is backwards.
    fn in_likelier_order(&mut self) -> bool {
        let aligned = if let Some(backwards) = self.told_direction() {
            self.aligned(backwards)
        } else {
            let [forwards, backwards] = [false, true].map(|backwards| self.aligned(backwards));
            if backwards.worth > forwards.worth { backwards } else { forwards }
        };
        let is_backwards = aligned.is_backwards;
        for Aligned { read, held, sure } in aligned.pairs.into_iter().flatten() {
            self.pair(read, held, sure);
        }
        is_backwards
    }

    /// The direction that most steps have between words that occur once, where there are many: to
    /// align long lists in the other one would take long.
    fn told_direction(&self) -> Option<bool> {
        let words = |(_, kin): (usize, &Kin)| kin.words;
        let held: Vec<Hash> = self.free_held().filter_map(words).collect();
        let read: Vec<Hash> = self.free_read().filter_map(words).collect();
        let anchors = align::anchors(&held, &read);
        let steps = anchors.iter().zip(anchors.iter().skip(1));
        let backwards = steps.filter(|(one, next)| one.0 > next.0).count();
        (anchors.len() >= MANY).then_some(backwards * 2 > anchors.len())
    }

    /// Pairs what is left and aligned in this direction, each stretch that has what must be there.
    fn in_order(&mut self, backwards: bool) {
        let aligned = self.aligned(backwards);
        for stretch in aligned.pairs.split(Option::is_none) {
            let must_be = |held: usize| self.held.get(held).is_some_and(|kin| kin.must_be);
            if stretch.iter().flatten().any(|pair| must_be(pair.held)) {
                for Aligned { read, held, sure } in stretch.iter().flatten() {
                    self.pair(*read, *held, *sure);
                }
            }
        }
    }

    fn aligned(&self, backwards: bool) -> Alignment {
        let with_words = |(at, kin): (usize, &Kin)| kin.words.map(|words| (at, words));
        let held: Vec<(usize, Hash)> = self.free_held().filter_map(with_words).collect();
        let mut read: Vec<(usize, Hash)> = self.free_read().filter_map(with_words).collect();
        if backwards {
            read.reverse();
        }
        let words = |list: &[(usize, Hash)]| list.iter().map(|(_, words)| *words).collect();
        let (held_words, read_words): (Vec<_>, Vec<_>) = (words(&held), words(&read));
        let unique: HashSet<usize> =
            align::anchors(&held_words, &read_words).into_iter().map(|(_, at)| at).collect();
        let found = align::align(&held_words, &read_words);
        let is_anchor =
            |at: usize| unique.contains(&at) && found.get(at).is_some_and(Option::is_some);
        let pair = |(number, place): (usize, &Option<usize>)| {
            let (held, _) = held.get((*place)?).copied()?;
            let (read, _) = read.get(number).copied()?;
            let is_near = (number.saturating_sub(1)..=number + 1).any(is_anchor);
            let sure = if is_near { Confidence::Anchored } else { Confidence::Ordered };
            Some(Aligned { read, held, sure })
        };
        let worth = align::worth(&held_words, &read_words, &found);
        let is_backwards = backwards;
        Alignment { is_backwards, worth, pairs: found.iter().enumerate().map(pair).collect() }
    }

    /// Pairs what is left and has the same words, wherever it is.
    fn by_words(&mut self) {
        let mut offered: HashMap<Hash, VecDeque<usize>> = HashMap::new();
        for (at, kin) in self.free_held().filter(|(_, kin)| kin.must_be) {
            if let Some(words) = kin.words {
                offered.entry(words).or_default().push_back(at);
            }
        }
        let mut asked: HashMap<Hash, Vec<usize>> = HashMap::new();
        for (at, kin) in self.free_read() {
            if let Some(words) = kin.words {
                asked.entry(words).or_default().push(at);
            }
        }
        for (words, asked) in asked {
            let Some(offered) = offered.get(&words) else { continue };
            let is_unique = (asked.len(), offered.len()) == (1, 1);
            let sure = if is_unique { Confidence::Anchored } else { Confidence::Guessed };
            for (read, held) in asked.iter().zip(offered) {
                self.pair(*read, *held, sure);
            }
        }
    }

    /// Places of files in `held` that are free, by direction.
    fn files(&self, is_inbound: bool, wanted: impl Fn(&Kin) -> bool) -> BTreeSet<usize> {
        let of_side = |kin: &Kin| kin.may_be_file && kin.is_inbound == is_inbound;
        let files = self.free_held().filter(|(_, kin)| of_side(kin) && wanted(kin));
        files.map(|(at, _)| at).collect()
    }

    /// Pairs the files between two neighbors, if both lists have as many there. What one such place
    /// tells can settle the next.
    fn files_between_neighbors(&mut self) {
        let mut files = [false, true].map(|is_inbound| self.files(is_inbound, |_| true));
        loop {
            let mut found = Vec::new();
            for gap in self.gaps() {
                for (is_inbound, files) in [false, true].into_iter().zip(&files) {
                    let of_side = |at: &&usize| {
                        self.read.get(**at).is_some_and(|kin| kin.is_inbound == is_inbound)
                    };
                    let asked: Vec<usize> = gap.files.iter().filter(of_side).copied().collect();
                    let between =
                        (Bound::Excluded(gap.low), Bound::Excluded(gap.high.max(gap.low + 1)));
                    let offered: Vec<usize> =
                        files.range(between).take(asked.len() + 1).copied().collect();
                    if asked.len() == offered.len() {
                        let mut asked = asked;
                        if gap.backwards {
                            asked.reverse();
                        }
                        found.extend(asked.into_iter().zip(offered));
                    }
                }
            }
            if found.is_empty() {
                return;
            }
            for (read, held) in found {
                for files in &mut files {
                    files.remove(&held);
                }
                self.pair(read, held, Confidence::Ordered);
            }
        }
    }

    /// The files that are left in `read`, between those that have pairs.
    fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let mut before: Option<usize> = None;
        let mut files = Vec::new();
        for ((at, kin), pair) in self.read.iter().enumerate().zip(self.pairs.iter()) {
            match pair {
                None if kin.is_free && kin.may_be_file => files.push(at),
                None => {}
                Some(pair) => {
                    let files = std::mem::take(&mut files);
                    if let (Some(before), false) = (before, files.is_empty()) {
                        let (low, high) = (before.min(*pair), before.max(*pair));
                        gaps.push(Gap { files, low, high, backwards: *pair < before });
                    }
                    before = Some(*pair);
                }
            }
        }
        gaps
    }

    /// Pairs a file that is left with the one beside the pair of what is beside it.
    fn files_beside_neighbors(&mut self) {
        let mut files = [false, true].map(|is_inbound| self.files(is_inbound, |_| true));
        let upwards: Vec<usize> = (0..self.read.len()).collect();
        for (order, back) in [(upwards.clone(), 1), (upwards.into_iter().rev().collect(), -1)] {
            for at in order {
                let Some(kin) = self.read.get(at).filter(|kin| kin.is_free && kin.may_be_file)
                else {
                    continue;
                };
                let beside =
                    at.checked_add_signed(-back).and_then(|at| self.pairs.get(at).copied());
                let (Some(None), Some(Some(beside))) = (self.pairs.get(at).copied(), beside) else {
                    continue;
                };
                let [outbound, inbound] = &mut files;
                let files = if kin.is_inbound { inbound } else { outbound };
                let mut sides = [beside.checked_sub(1), beside.checked_add(1)]
                    .into_iter()
                    .flatten()
                    .filter(|side| files.contains(side));
                if let (Some(side), None) = (sides.next(), sides.next()) {
                    files.remove(&side);
                    self.pair(at, side, Confidence::Guessed);
                }
            }
        }
    }

    /// Pairs each file that is left with the nearest one of its direction.
    fn nearest_files(&mut self) {
        let mut files = [false, true].map(|is_inbound| self.files(is_inbound, |kin| kin.must_be));
        let mut near = 0;
        for at in 0..self.read.len() {
            if let Some(pair) = self.pairs.get(at).copied().flatten() {
                near = pair;
                continue;
            }
            let Some(kin) = self.read.get(at).filter(|kin| kin.is_free && kin.may_be_file) else {
                continue;
            };
            let [outbound, inbound] = &mut files;
            let files = if kin.is_inbound { inbound } else { outbound };
            let (before, after) =
                (files.range(..near).next_back().copied(), files.range(near..).next().copied());
            let nearest = match (before, after) {
                (Some(before), Some(after)) if near - before < after - near => Some(before),
                (before, after) => after.or(before),
            };
            if let Some(nearest) = nearest {
                files.remove(&nearest);
                self.pair(at, nearest, Confidence::Guessed);
                near = nearest;
            }
        }
    }
}

/// Files between two records whose pairs are known.
struct Gap {
    files: Vec<usize>,
    /// The places of these two, and whether the second one comes first.
    low: usize,
    high: usize,
    backwards: bool,
}
