//! Ids for records to which the vendor gives none.
//!
//! A reading shows a conversation as an ordered list. It is aligned with what the archive holds of
//! it: what both have is the same record, what only the reading has is new, and what only the
//! archive has is no longer shown. So a record keeps its id however often it is read, and a text
//! that was sent twice is there twice.
//!
//! Each partition has a list of its own, for two customers may see parts of one conversation; what
//! one of them brings is looked for among what the others brought. So has each kind of call: one
//! may give ids where the other gives none, and when an id becomes known, the record that had a
//! derived one gets it.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use chat_core::{Direction, SourceRecord};
use rusqlite::Transaction;
use sha2::{Digest as _, Sha256};

use super::lists::{self, Confidence, Item, Marks, Stored, Which};
use super::matching::{Match, Place, Read, find};
use super::recognize::{Found, Present};
use super::{Identity, PageToStore};
use crate::archive::SourceId;
use crate::ledger::Hash;

/// The way ids are derived; part of each, so that another way never meets them.
const ID_TAG: &str = "d1";

/// The conversations on a page that have lists.
pub(super) struct Sequences {
    part: i64,
    conversations: Vec<Conversation>,
    /// For each record of the page: its conversation, and its place in that one's list.
    places: Vec<Option<(usize, usize)>>,
}

struct Conversation {
    id: String,
    named: bool,
    /// The list as it will be: all that was known, and what is new.
    items: Vec<Item>,
    changed: bool,
}

/// Finds out which records of a page are known, where ids do not tell. Gives ids that became known
/// to records that had derived ones.
pub(super) fn identify(
    tx: &Transaction<'_>,
    page: &PageToStore<'_>,
    raw_digest: &dyn Fn(usize) -> Hash,
) -> rusqlite::Result<Sequences> {
    let records = &page.page.records;
    let part = page.partition.0;
    let mut sequences =
        Sequences { part, conversations: Vec::new(), places: vec![None; records.len()] };
    let conversations = by_conversation(page);
    if conversations.is_empty() {
        return Ok(sequences);
    }
    let read_before: Option<i64> = tx
        .prepare_cached("SELECT max(to_ms) FROM covered WHERE part = ?1")?
        .query_row([part], |row| row.get(0))?;
    let present = Present { now_ms: page.fetched_at.get(), reach_ms: page.reach_ms, read_before };
    for ((conversation, named), members) in conversations {
        let listed = Reading::of(page, &members, raw_digest);
        let which = Which { source: page.source.row, part, named, conversation };
        let mut stored = Stored::load(tx, which)?;
        stored.renew_marks(tx, named, listed.version, &listed.by_bytes)?;
        // without a name, it is nobody else's
        let scope = if conversation.is_empty() {
            format!("\0{}", page.partition_key.key)
        } else {
            conversation.to_owned()
        };
        let new = New { which, scope: &scope, present: &present };
        let merged = merge(stored, listed.records, &new);
        for (item, id) in &merged.named {
            lists::give_id(tx, item, id)?;
        }
        let number = sequences.conversations.len();
        for (member, at) in members.iter().zip(listed.numbers) {
            let place = merged.places.get(at).map(|place| (number, *place));
            if let Some(slot) = sequences.places.get_mut(*member) {
                *slot = place;
            }
        }
        let (id, items, changed) = (conversation.to_owned(), merged.items, merged.changed);
        sequences.conversations.push(Conversation { id, named, items, changed });
    }
    Ok(sequences)
}

impl Sequences {
    /// What a record is known by; `None` if the vendor's id alone says it.
    pub(super) fn identity(&self, record: usize) -> Option<Identity<'_>> {
        let (conversation, place) = (*self.places.get(record)?)?;
        let item = self.conversations.get(conversation)?.items.get(place)?;
        Some(Identity { part: item.part, record_id: &item.record_id })
    }

    /// Notes the row of a record.
    pub(super) fn stored(&mut self, record: usize, row: i64) {
        let Some(Some((conversation, place))) = self.places.get(record).copied() else { return };
        let conversation = self.conversations.get_mut(conversation);
        if let Some(item) = conversation.and_then(|found| found.items.get_mut(place)) {
            item.message = Some(row);
        }
    }

    /// Writes the lists that changed.
    pub(super) fn save(&self, tx: &Transaction<'_>, source: SourceId) -> rusqlite::Result<()> {
        for one in self.conversations.iter().filter(|found| found.changed) {
            let (part, named, conversation) = (self.part, one.named, one.id.as_str());
            lists::save(tx, Which { source: source.row, part, named, conversation }, &one.items)?;
        }
        Ok(())
    }
}

/// The positions of the records that have lists, conversation by conversation, in the page's order.
/// `true`: from a call that gives ids.
fn by_conversation<'a>(page: &PageToStore<'a>) -> Vec<((&'a str, bool), Vec<usize>)> {
    let mut conversations: Vec<((&str, bool), Vec<usize>)> = Vec::new();
    let mut numbers: HashMap<(&str, bool), usize> = HashMap::new();
    for (index, record) in page.page.records.iter().enumerate() {
        if record.likeness.is_none() && !record.message.is_without_id() {
            continue;
        }
        let id = record.message.conversation_id.as_ref().map_or("", |id| id.as_str());
        let key = (id, record.likeness.as_ref().is_some_and(|likeness| likeness.gives_ids));
        match numbers.entry(key) {
            Entry::Occupied(number) => {
                if let Some((_, members)) = conversations.get_mut(*number.get()) {
                    members.push(index);
                }
            }
            Entry::Vacant(slot) => {
                slot.insert(conversations.len());
                conversations.push((key, vec![index]));
            }
        }
    }
    conversations
}

/// A conversation as a page shows it.
struct Reading {
    /// Each id once.
    records: Vec<Read>,
    /// For each record of the page that is in it: its number here.
    numbers: Vec<usize>,
    /// Of the likenesses.
    version: u32,
    /// What the records without ids are told by, by their bytes.
    by_bytes: HashMap<Hash, Marks>,
}

impl Reading {
    fn of(page: &PageToStore<'_>, members: &[usize], raw_digest: &dyn Fn(usize) -> Hash) -> Self {
        let mut reading = Self {
            records: Vec::with_capacity(members.len()),
            numbers: Vec::with_capacity(members.len()),
            version: 0,
            by_bytes: HashMap::new(),
        };
        let mut ids: HashMap<&str, usize> = HashMap::new();
        for record in members.iter().filter_map(|index| page.page.records.get(*index)) {
            let bytes = raw_digest(record.span.start);
            let marks = marks(record, bytes);
            reading.version = marks.version;
            let id = (!record.message.is_without_id()).then(|| record.message.id.as_str());
            if let Some(number) = id.and_then(|id| ids.get(id)) {
                reading.numbers.push(*number);
                continue;
            }
            let number = reading.records.len();
            match id {
                Some(id) => drop(ids.insert(id, number)),
                None => drop(reading.by_bytes.insert(bytes, marks)),
            }
            reading.numbers.push(number);
            let is_inbound = record.message.direction == Some(Direction::Inbound);
            reading.records.push(Read { marks, id: id.map(str::to_owned), is_inbound });
        }
        reading
    }
}

fn marks(record: &SourceRecord, bytes: Hash) -> Marks {
    let digest = |text: &str| Sha256::digest(text).into();
    match &record.likeness {
        Some(likeness) => Marks {
            likeness: digest(&likeness.own),
            version: likeness.version,
            words: likeness.words.as_deref().map(digest),
            may_be_file: likeness.may_be_file,
        },
        None => Marks { likeness: bytes, version: 0, words: None, may_be_file: false },
    }
}

/// What new records of a conversation are made from.
struct New<'a> {
    which: Which<'a>,
    /// What ids are derived from: the conversation, or whose it is.
    scope: &'a str,
    present: &'a Present,
}

/// A list with a reading in it.
struct Merged {
    items: Vec<Item>,
    /// Where each record of the reading is.
    places: Vec<usize>,
    changed: bool,
    /// Records as they were, and the ids that became known of them.
    named: Vec<(Item, String)>,
}

fn merge(stored: Stored, mut reading: Vec<Read>, new: &New<'_>) -> Merged {
    let named = new.which.named;
    let (found, reversed) = find(&stored, named, &mut reading, new.present);
    let mut ids = Ids::of(&stored);
    let Stored { own, others } = stored;
    let mut merging = Merging::new(own);
    let mut became_known = Vec::new();
    let mut origins = Vec::with_capacity(reading.len());
    for (read, Match { place, sure }) in reading.into_iter().zip(found) {
        let other = match place {
            Some(Place::Own(Found::InOrder(at))) => {
                merging.take_up_to(at);
                origins.push(Origin::Old(at, read.marks, sure));
                continue;
            }
            Some(Place::Own(Found::Elsewhere(at))) => {
                origins.push(Origin::Old(at, read.marks, sure));
                continue;
            }
            Some(Place::Other(list, at)) => others.get(list).and_then(|list| list.items.get(at)),
            None => None,
        };
        let item = Item {
            marks: read.marks,
            shown: None,
            sent_after_ms: new.present.read_before,
            confidence: sure.filter(|_| read.id.is_none()),
            ..match (other, read.id) {
                (Some(item), Some(id)) if !item.is_named => {
                    let confidence = item.confidence.min(sure);
                    became_known.push((Item { confidence, ..item.clone() }, id.clone()));
                    let derived_id = Some(item.record_id.clone());
                    Item { record_id: id, is_named: true, derived_id, ..item.clone() }
                }
                (Some(item), _) => item.clone(),
                (None, id) => Item {
                    marks: read.marks,
                    shown: None,
                    sent_after_ms: None,
                    first_seen_ms: new.present.now_ms,
                    confidence: None,
                    part: new.which.part,
                    is_named: id.is_some(),
                    record_id: id.unwrap_or_else(|| ids.derive(new.scope, &read.marks.likeness)),
                    derived_id: None,
                    is_inbound: read.is_inbound,
                    message: None,
                },
            }
        };
        origins.push(Origin::New(merging.add(item)));
    }
    let (items, places, changed) = merging.finish(&origins, reversed);
    Merged { items, places, changed, named: became_known }
}

/// Where a record of a reading comes from.
enum Origin {
    /// This one of the old list, and what is told of it now.
    Old(usize, Marks, Option<Confidence>),
    /// This place of the new one.
    New(usize),
}

/// A new list in the making.
struct Merging {
    before: Vec<Item>,
    items: Vec<Item>,
    /// Where each item of the old list is in the new one.
    moved_to: Vec<usize>,
}

impl Merging {
    fn new(own: Vec<Item>) -> Self {
        let (items, moved_to) = (Vec::with_capacity(own.len()), Vec::with_capacity(own.len()));
        Self { before: own, items, moved_to }
    }

    /// Takes the next items of the old list over, up to this one.
    fn take_up_to(&mut self, last: usize) {
        let next = self.moved_to.len();
        for item in self.before.iter().take(last.saturating_add(1)).skip(next) {
            self.moved_to.push(self.items.len());
            self.items.push(item.clone());
        }
    }

    fn add(&mut self, item: Item) -> usize {
        self.items.push(item);
        self.items.len() - 1
    }

    /// The list, where each record of the reading is in it, and whether it is another than before.
    /// `reversed`: the origins are those of the reading turned around.
    fn finish(mut self, origins: &[Origin], reversed: bool) -> (Vec<Item>, Vec<usize>, bool) {
        self.take_up_to(usize::MAX);
        let mut places = Vec::with_capacity(origins.len());
        for origin in origins {
            places.push(match origin {
                Origin::New(place) => *place,
                Origin::Old(at, marks, sure) => {
                    let place = self.moved_to.get(*at).copied().unwrap_or_default();
                    if let Some(item) = self.items.get_mut(place) {
                        item.marks = *marks;
                        item.confidence = item.confidence.min(*sure);
                    }
                    place
                }
            });
        }
        if reversed {
            places.reverse();
        }
        self.items.iter_mut().for_each(|item| item.shown = None);
        for (shown, place) in places.iter().enumerate() {
            if let Some(item) = self.items.get_mut(*place) {
                item.shown = Some(shown);
            }
        }
        let changed = self.items != self.before;
        (self.items, places, changed)
    }
}

/// The ids that are given in a conversation.
struct Ids {
    given: HashSet<String>,
    /// How many records are alike, by their likeness.
    copies: HashMap<Hash, u64>,
}

impl Ids {
    fn of(stored: &Stored) -> Self {
        let mut ids = Self { given: HashSet::new(), copies: HashMap::new() };
        let mut seen = HashSet::new();
        let others = stored.others.iter().flat_map(|list| &list.items);
        for item in stored.own.iter().chain(others) {
            ids.given.insert(item.record_id.clone());
            ids.given.extend(item.derived_id.clone());
            if seen.insert(item.message) {
                *ids.copies.entry(item.marks.likeness).or_default() += 1;
            }
        }
        ids
    }

    /// An id that depends on the conversation, the record and how many alike came before it; so the
    /// same readings give the same ids in any archive.
    fn derive(&mut self, scope: &str, likeness: &Hash) -> String {
        let copy = self.copies.entry(*likeness).or_default();
        loop {
            *copy += 1;
            let mut hash = Sha256::new();
            hash.update((scope.len() as u64).to_be_bytes());
            hash.update(scope);
            hash.update(likeness);
            hash.update(copy.to_be_bytes());
            let digest: Hash = hash.finalize().into();
            let id = format!("{ID_TAG}-{}", hex::encode(digest.get(..16).unwrap_or_default()));
            // one that is counted under another likeness by now may have it
            if self.given.insert(id.clone()) {
                return id;
            }
        }
    }
}
