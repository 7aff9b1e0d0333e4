//! Ids for records to which the vendor gives none.
//!
//! A reading shows a conversation as an ordered list. It is aligned with what the archive holds of
//! it: what both have is the same record, what only the reading has is new, and what only the
//! archive has is no longer shown. So a record keeps its id however often it is read, and a text
//! that was sent twice is there twice.
//!
//! Each partition has a list of its own, for two customers may see parts of one conversation; what
//! one of them brings is looked for among what the others brought.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use chat_core::SourceRecord;
use rusqlite::{Transaction, params};
use sha2::{Digest as _, Sha256};

use super::recognize::{Found, Known, Present, Recognized, recognize};
use super::{Identity, PageToStore};
use crate::archive::SourceId;
use crate::ledger::Hash;

/// The way ids are derived; part of each, so that another way never meets them.
const ID_TAG: &str = "d1";

/// The conversations on a page whose records have no ids.
pub(super) struct Sequences {
    part: i64,
    conversations: Vec<Conversation>,
    /// For each record of the page: its conversation, and its place in that one's list.
    places: Vec<Option<(usize, usize)>>,
}

struct Conversation {
    id: String,
    /// The list as it will be: all that was known, and what is new.
    items: Vec<Item>,
    changed: bool,
}

#[derive(Clone)]
struct Item {
    known: Known,
    /// Whose record it is, by its first reading.
    part: i64,
    record_id: String,
    /// `None` until the record is stored.
    message: Option<i64>,
}

/// Finds out which records without ids of a page are known.
pub(super) fn identify(
    tx: &Transaction<'_>,
    page: &PageToStore<'_>,
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
    for (conversation, members) in conversations {
        let likenesses: Vec<Hash> = members
            .iter()
            .filter_map(|index| records.get(*index))
            .map(|record| digest(page, record))
            .collect();
        let stored = load(tx, page.source, part, conversation)?;
        // without a name, it is nobody else's
        let scope = if conversation.is_empty() {
            format!("\0{}", page.partition_key.key)
        } else {
            conversation.to_owned()
        };
        let new = New { part, conversation, scope: &scope, likenesses: &likenesses };
        let (merged, places) = merge(stored, &present, &new);
        let number = sequences.conversations.len();
        for (member, place) in members.iter().zip(places) {
            if let Some(slot) = sequences.places.get_mut(*member) {
                *slot = Some((number, place));
            }
        }
        sequences.conversations.push(merged);
    }
    Ok(sequences)
}

impl Sequences {
    /// What a record is known by; `None` if the vendor says it.
    pub(super) fn identity(&self, record: usize) -> Option<Identity<'_>> {
        let item = self.item(record)?;
        Some(Identity { part: item.part, record_id: &item.record_id })
    }

    fn item(&self, record: usize) -> Option<&Item> {
        let (conversation, place) = (*self.places.get(record)?)?;
        self.conversations.get(conversation)?.items.get(place)
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
        for conversation in self.conversations.iter().filter(|found| found.changed) {
            tx.prepare_cached("DELETE FROM sequence WHERE part = ?1 AND conversation_id = ?2")?
                .execute(params![self.part, conversation.id])?;
            let mut insert =
                tx.prepare_cached("INSERT INTO sequence VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
            for (ordinal, item) in conversation.items.iter().enumerate() {
                insert.execute(params![
                    self.part,
                    conversation.id,
                    ordinal,
                    source.row,
                    item.message,
                    item.known.likeness,
                    item.known.is_shown,
                    item.known.sent_after_ms,
                ])?;
            }
        }
        Ok(())
    }
}
/// The positions of the records without ids, conversation by conversation, in the page's order.
fn by_conversation<'a>(page: &PageToStore<'a>) -> Vec<(&'a str, Vec<usize>)> {
    let mut conversations: Vec<(&str, Vec<usize>)> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for (index, record) in page.page.records.iter().enumerate() {
        if !record.message.is_without_id() {
            continue;
        }
        let id = record.message.conversation_id.as_ref().map_or("", |id| id.as_str());
        match numbers.entry(id) {
            Entry::Occupied(number) => {
                if let Some((_, members)) = conversations.get_mut(*number.get()) {
                    members.push(index);
                }
            }
            Entry::Vacant(slot) => {
                slot.insert(conversations.len());
                conversations.push((id, vec![index]));
            }
        }
    }
    conversations
}

fn digest(page: &PageToStore<'_>, record: &SourceRecord) -> Hash {
    let bytes = match &record.likeness {
        Some(likeness) => likeness.as_bytes(),
        None => page.page.raw.record(&record.span),
    };
    Sha256::digest(bytes).into()
}

/// What is stored of a conversation: this partition's list, and what only others have.
struct Stored {
    own: Vec<Item>,
    others: Vec<Item>,
}

fn load(
    tx: &Transaction<'_>,
    source: SourceId,
    part: i64,
    conversation: &str,
) -> rusqlite::Result<Stored> {
    let mut query = tx.prepare_cached(
        "SELECT q.part = ?2, q.likeness, q.shown, q.sent_after_ms, m.part, m.record_id, m.id,
                m.first_seen_ms
         FROM sequence q JOIN message m ON m.id = q.message
         WHERE q.source = ?1 AND q.conversation_id = ?3 AND (q.part = ?2 OR ?3 != '')
         ORDER BY q.part != ?2, q.part, q.ordinal",
    )?;
    let rows = query.query_map(params![source.row, part, conversation], |row| {
        let item = Item {
            known: Known {
                likeness: row.get(1)?,
                is_shown: row.get(2)?,
                sent_after_ms: row.get(3)?,
                first_seen_ms: row.get(7)?,
            },
            part: row.get(4)?,
            record_id: row.get(5)?,
            message: row.get(6)?,
        };
        Ok((row.get::<_, bool>(0)?, item))
    })?;
    let mut stored = Stored { own: Vec::new(), others: Vec::new() };
    let mut seen = HashSet::new();
    for row in rows {
        let (is_own, item) = row?;
        if is_own {
            seen.insert(item.message);
            stored.own.push(item);
        } else if seen.insert(item.message) {
            stored.others.push(item);
        }
    }
    Ok(stored)
}

/// What new records of a conversation are made from.
struct New<'a> {
    part: i64,
    conversation: &'a str,
    /// What ids are derived from: the conversation, or whose it is.
    scope: &'a str,
    likenesses: &'a [Hash],
}

/// The list with what is new in it, and where each record of the reading is in it.
fn merge(stored: Stored, present: &Present, new: &New<'_>) -> (Conversation, Vec<usize>) {
    let Stored { own, others } = stored;
    let mut copies: HashMap<Hash, u64> = HashMap::new();
    for item in own.iter().chain(&others) {
        *copies.entry(item.known.likeness).or_default() += 1;
    }
    let known = |items: &[Item]| items.iter().map(|item| item.known).collect::<Vec<_>>();
    let Recognized { of, reversed } =
        recognize(&known(&own), &known(&others), new.likenesses, present);
    let mut merging = Merging::new(own);
    let mut likenesses: Vec<Hash> = new.likenesses.to_vec();
    if reversed {
        likenesses.reverse();
    }
    let mut origins = Vec::with_capacity(likenesses.len());
    for (likeness, found) in likenesses.into_iter().zip(of) {
        let fresh = Known {
            likeness,
            is_shown: true,
            sent_after_ms: present.read_before,
            first_seen_ms: present.now_ms,
        };
        origins.push(match found {
            Some(Found::InOrder(at)) => {
                merging.take_up_to(at);
                Origin::Old(at)
            }
            Some(Found::Elsewhere(at)) => Origin::Old(at),
            Some(Found::OfAnother(at)) => {
                let item = others.get(at).cloned().map(|item| Item {
                    known: Known { first_seen_ms: item.known.first_seen_ms, ..fresh },
                    ..item
                });
                Origin::New(merging.add(item))
            }
            None => {
                let copy = copies.entry(likeness).or_default();
                *copy += 1;
                Origin::New(merging.add(Some(Item {
                    known: fresh,
                    part: new.part,
                    record_id: derived_id(new.scope, &likeness, *copy),
                    message: None,
                })))
            }
        });
    }
    let (items, mut places, changed) = merging.finish(&origins);
    if reversed {
        places.reverse();
    }
    (Conversation { id: new.conversation.to_owned(), items, changed }, places)
}

/// Where a record of a reading comes from.
enum Origin {
    /// This one of the old list.
    Old(usize),
    /// This place of the new one.
    New(usize),
}

/// A new list in the making.
struct Merging {
    left: std::iter::Enumerate<std::vec::IntoIter<Item>>,
    items: Vec<Item>,
    /// Where each item of the old list is in the new one.
    moved_to: Vec<usize>,
    before: Vec<bool>,
    added: bool,
}

impl Merging {
    fn new(own: Vec<Item>) -> Self {
        let before: Vec<bool> = own.iter().map(|item| item.known.is_shown).collect();
        Self {
            items: Vec::with_capacity(own.len()),
            moved_to: Vec::with_capacity(own.len()),
            left: own.into_iter().enumerate(),
            before,
            added: false,
        }
    }

    /// Takes the next items of the old list over, up to this one.
    fn take_up_to(&mut self, last: usize) {
        while self.moved_to.len() <= last {
            let Some((_, item)) = self.left.next() else { return };
            self.moved_to.push(self.items.len());
            self.items.push(item);
        }
    }

    fn add(&mut self, item: Option<Item>) -> usize {
        self.items.extend(item);
        self.added = true;
        self.items.len().saturating_sub(1)
    }

    /// The list, where each record of the reading is in it, and whether it is another than before.
    fn finish(mut self, origins: &[Origin]) -> (Vec<Item>, Vec<usize>, bool) {
        self.take_up_to(usize::MAX - 1);
        let place = |origin: &Origin| match *origin {
            Origin::Old(at) => self.moved_to.get(at).copied().unwrap_or_default(),
            Origin::New(place) => place,
        };
        let places: Vec<usize> = origins.iter().map(place).collect();
        let shown: HashSet<usize> = places.iter().copied().collect();
        for (at, item) in self.items.iter_mut().enumerate() {
            item.known.is_shown = shown.contains(&at);
        }
        let changed =
            self.added || self.items.iter().map(|item| item.known.is_shown).ne(self.before);
        (self.items, places, changed)
    }
}

/// An id that depends on the conversation, the record and how many alike came before it; so the
/// same readings give the same ids in any archive.
fn derived_id(scope: &str, likeness: &Hash, copy: u64) -> String {
    let mut hash = Sha256::new();
    hash.update((scope.len() as u64).to_be_bytes());
    hash.update(scope);
    hash.update(likeness);
    hash.update(copy.to_be_bytes());
    let digest: Hash = hash.finalize().into();
    format!("{ID_TAG}-{}", hex::encode(digest.get(..16).unwrap_or_default()))
}
