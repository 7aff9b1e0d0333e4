//! Which stored record each one of a reading is, and how sure that is. Pure.

use std::collections::{HashMap, HashSet, VecDeque};

use super::join::{Kin, join};
use super::lists::{Confidence, Item, List, Marks, Stored, digest_of_id};
use super::recognize::{Found, Present, Recognized, recognize};
use crate::ledger::Hash;

/// A record of a reading.
#[derive(Clone)]
pub(super) struct Read {
    pub(super) marks: Marks,
    /// The vendor's.
    pub(super) id: Option<String>,
    pub(super) is_inbound: bool,
}

impl Read {
    /// What tells it among its own: see [`Item::known`].
    fn key(&self) -> Hash {
        self.id.as_deref().map_or(self.marks.likeness, digest_of_id)
    }
}

/// Where a record of a reading is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the list that the reading is of.
    Own(Found),
    /// In another list so far: its number, and the place in it.
    Other(usize, usize),
}

/// What is found out about a record of a reading.
#[derive(Clone, Copy)]
pub(super) struct Match {
    /// `None`: it is new.
    pub(super) place: Option<Place>,
    /// `None`: the vendor's id tells.
    pub(super) sure: Option<Confidence>,
}

/// Finds the records of a reading. `true`: the reading has the opposite order, was turned around,
/// and so are the matches.
pub(super) fn find(
    stored: &Stored,
    named: bool,
    reading: &mut [Read],
    present: &Present,
) -> (Vec<Match>, bool) {
    let keys: Vec<Hash> = reading.iter().map(Read::key).collect();
    let known: Vec<_> = stored.own.iter().map(|item| item.known(named)).collect();
    let Recognized { of, reversed } = recognize(&known, &keys, present);
    if reversed {
        reading.reverse();
    }
    let own_messages = stored.own.iter().filter_map(|item| item.message).collect();
    let mut finding = Finding {
        stored,
        named,
        reading,
        present,
        places: of.into_iter().map(|found| found.map(Place::Own)).collect(),
        sure: vec![None; reading.len()],
        unavailable: own_messages,
    };
    finding.by_words();
    finding.by_id();
    finding.same_call();
    finding.judge();
    finding.other_calls();
    (finding.matches(), reversed)
}

struct Finding<'a> {
    stored: &'a Stored,
    named: bool,
    reading: &'a [Read],
    present: &'a Present,
    places: Vec<Option<Place>>,
    sure: Vec<Option<Confidence>>,
    /// Messages that no record of another list may be any more.
    unavailable: HashSet<i64>,
}

impl Finding<'_> {
    /// Where likenesses are told in another way than before and the bytes changed as well, the
    /// words are left.
    fn by_words(&mut self) {
        let version = self.reading.first().map(|read| read.marks.version);
        let is_old = |item: &Item| Some(item.marks.version) != version;
        if self.named || !self.stored.own.iter().any(is_old) {
            return;
        }
        let taken: HashSet<usize> = self.own_places().collect();
        let own = self.stored.own.iter().enumerate();
        let held: Vec<Kin> = own
            .map(|(at, item)| Kin {
                is_free: is_old(item) && !taken.contains(&at),
                must_be: self.present.must_show(&item.known(false)),
                ..Kin::of(&item.marks, item.is_inbound)
            })
            .collect();
        let found = self.joined(&held, |place| match place {
            Place::Own(found) => Some(found.at()),
            Place::Other(..) => None,
        });
        let found = found.into_iter();
        let found = found.map(|(at, place, _)| (at, Place::Own(Found::Elsewhere(place)))).collect();
        self.place(found);
    }

    /// Joins the records that are not found yet with those of a list, in which `place_of` tells the
    /// places of the others. Gives the number of each, its place in the list, and how sure it is.
    fn joined(
        &self,
        held: &[Kin],
        place_of: impl Fn(Place) -> Option<usize>,
    ) -> Vec<(usize, usize, Confidence)> {
        let records = self.reading.iter().zip(&self.places);
        let read: Vec<Kin> = records
            .map(|(read, place)| Kin {
                is_free: place.is_none() && read.id.is_some() == self.named,
                ..Kin::of(&read.marks, read.is_inbound)
            })
            .collect();
        let mut pairs: Vec<Option<usize>> =
            self.places.iter().map(|place| place.and_then(&place_of)).collect();
        let sure = join(held, &read, &mut pairs).into_iter().zip(pairs).enumerate();
        sure.filter_map(|(at, (sure, place))| Some((at, place?, sure?))).collect()
    }

    fn own_places(&self) -> impl Iterator<Item = usize> {
        self.places.iter().filter_map(|place| match place {
            Some(Place::Own(found)) => Some(found.at()),
            _ => None,
        })
    }

    fn unplaced(&self) -> impl Iterator<Item = (usize, &Read)> {
        let reads = self.reading.iter().enumerate().zip(&self.places);
        reads.filter(|(_, place)| place.is_none()).map(|(read, _)| read)
    }

    fn place(&mut self, found: Vec<(usize, Place)>) {
        for (at, place) in found {
            if let Some(slot) = self.places.get_mut(at) {
                *slot = Some(place);
            }
        }
    }

    /// The vendor's ids tell, whatever the order says; they count in all partitions.
    fn by_id(&mut self) {
        if !self.named {
            return;
        }
        let mut known: HashMap<&str, Place> = HashMap::new();
        for (number, list) in self.stored.others.iter().enumerate().filter(|(_, list)| list.named) {
            for (at, item) in list.items.iter().enumerate().filter(|(_, item)| item.is_named) {
                known.entry(&item.record_id).or_insert(Place::Other(number, at));
            }
        }
        for (at, item) in self.stored.own.iter().enumerate().filter(|(_, item)| item.is_named) {
            known.insert(&item.record_id, Place::Own(Found::Elsewhere(at)));
        }
        let found = self.unplaced();
        let found = found.filter_map(|(at, read)| Some((at, *known.get(read.id.as_deref()?)?)));
        let found = found.collect();
        self.place(found);
    }

    /// Records without ids that the same call showed to other partitions, if they can still be
    /// shown.
    fn same_call(&mut self) {
        let mut offered: HashMap<Hash, VecDeque<(Place, i64)>> = HashMap::new();
        for (number, list) in self.lists(self.named) {
            for (at, item) in list.items.iter().enumerate() {
                let known = item.known(list.named);
                if let Some(message) =
                    self.available(item).filter(|_| self.present.may_show(&known))
                {
                    let offer = (Place::Other(number, at), message);
                    offered.entry(known.likeness).or_default().push_back(offer);
                }
            }
        }
        let (mut found, mut taken) = (Vec::new(), HashSet::new());
        for (at, read) in self.unplaced().filter(|(_, read)| read.id.is_none()) {
            let Some(offered) = offered.get_mut(&read.marks.likeness) else { continue };
            // several lists may offer the same one
            while let Some((place, message)) = offered.pop_front() {
                if taken.insert(message) {
                    found.push((at, place));
                    break;
                }
            }
        }
        self.unavailable.extend(taken);
        self.place(found);
    }

    fn lists(&self, named: bool) -> impl Iterator<Item = (usize, &List)> {
        self.stored.others.iter().enumerate().filter(move |(_, list)| list.named == named)
    }

    fn available(&self, item: &Item) -> Option<i64> {
        item.message.filter(|message| !self.unavailable.contains(message))
    }

    fn item(&self, place: Place) -> Option<&Item> {
        match place {
            Place::Own(found) => self.stored.own.get(found.at()),
            Place::Other(list, at) => self.stored.others.get(list)?.items.get(at),
        }
    }

    /// How sure each is that was found among its own, or was not.
    fn judge(&mut self) {
        let mut read: HashMap<Hash, usize> = HashMap::new();
        let mut held: HashMap<Hash, HashSet<i64>> = HashMap::new();
        for one in self.reading {
            *read.entry(one.key()).or_default() += 1;
        }
        let lists = self.lists(self.named).flat_map(|(_, list)| &list.items);
        for item in self.stored.own.iter().chain(lists) {
            let key = item.known(self.named).likeness;
            if read.contains_key(&key) {
                held.entry(key).or_default().extend(item.message);
            }
        }
        // those that are alike and were not found in this reading
        let mut left: HashMap<Hash, usize> =
            held.iter().map(|(key, held)| (*key, held.len())).collect();
        for (one, _) in self.reading.iter().zip(&self.places).filter(|(_, one)| one.is_some()) {
            left.entry(one.key()).and_modify(|left| *left = left.saturating_sub(1));
        }
        let has_left = |key: &Hash| left.get(key).is_some_and(|left| *left > 0);
        let is_unique = |one: &Read| {
            let key = one.key();
            read.get(&key) == Some(&1) && held.get(&key).is_none_or(|held| held.len() <= 1)
        };
        let unique: Vec<bool> = self.reading.iter().map(is_unique).collect();
        for (at, one) in self.reading.iter().enumerate().filter(|(_, one)| one.id.is_none()) {
            let is_unique = unique.get(at) == Some(&true);
            let near = at.saturating_sub(1)..=at + 1;
            let is_near = near.clone().any(|at| unique.get(at) == Some(&true));
            let in_doubt = match self.places.get(at).copied().flatten() {
                Some(Place::Own(Found::InOrder(_))) => false,
                Some(_) => !is_unique,
                None => has_left(&one.key()),
            };
            let sure = match in_doubt {
                true => Confidence::Guessed,
                false if is_near => Confidence::Anchored,
                false => Confidence::Ordered,
            };
            if let Some(slot) = self.sure.get_mut(at) {
                *slot = Some(sure);
            }
        }
    }

    /// Records that so far only the other kind of call showed: the one gives ids, the other none.
    fn other_calls(&mut self) {
        for number in 0..self.stored.others.len() {
            let Some(list) = self.stored.others.get(number).filter(|one| one.named != self.named)
            else {
                continue;
            };
            let held: Vec<Kin> = list.items.iter().map(|item| self.kin(item)).collect();
            let numbers: HashMap<Option<i64>, usize> =
                list.items.iter().enumerate().map(|(at, item)| (item.message, at)).collect();
            let found =
                self.joined(&held, |place| numbers.get(&self.item(place)?.message).copied());
            for (at, place, sure) in found {
                if let (Some(slot), Some(old)) = (self.places.get_mut(at), self.sure.get_mut(at)) {
                    *slot = Some(Place::Other(number, place));
                    *old = Some(sure);
                }
                self.unavailable.extend(list.items.get(place).and_then(|item| item.message));
            }
        }
    }

    fn kin(&self, item: &Item) -> Kin {
        let known = item.known(true);
        let (may_be, must_be) = if self.named {
            // what has the vendor's id is no other one; a call that gives ids shows all there is
            (!item.is_named, true)
        } else {
            (item.is_named && self.present.may_show(&known), self.present.must_show(&known))
        };
        let is_free = may_be && self.available(item).is_some();
        Kin { is_free, must_be, ..Kin::of(&item.marks, item.is_inbound) }
    }

    fn matches(self) -> Vec<Match> {
        let matches = self.places.into_iter().zip(self.sure);
        matches.map(|(place, sure)| Match { place, sure }).collect()
    }
}
