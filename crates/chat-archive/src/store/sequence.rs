//! Ids for records to which the vendor gives none.
//!
//! A reading shows a conversation as an ordered list. It is aligned with what the archive holds of
//! it: what both have is the same record, what only the reading has is new, and what only the
//! archive has is no longer shown. So a record keeps its id however often it is read, and a text
//! that was sent twice is there twice.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

use chat_core::SourceRecord;
use rusqlite::{Transaction, params};
use sha2::{Digest as _, Sha256};

use super::{Identity, PageToStore, align};
use crate::archive::SourceId;
use crate::ledger::Hash;

/// Records that are no longer shown are taken for shown again if so many come back in a row: a
/// vendor that left them out for a while, not new records that happen to be alike.
const RUN: usize = 3;
/// A vendor's "last days" may be whole days.
const SLACK_MS: i64 = 24 * 3_600_000;
/// The way ids are derived; part of each, so that another way never meets them.
const ID_TAG: &str = "d1";

/// The conversations on a page whose records have no ids.
pub(super) struct Sequences {
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

struct Item {
    likeness: Hash,
    shown: bool,
    part: i64,
    record_id: String,
    /// `None` until the record is stored.
    message: Option<i64>,
    first_seen_ms: i64,
}

/// Aligns the records without ids of a page with what is stored.
pub(super) fn identify(
    tx: &Transaction<'_>,
    page: &PageToStore<'_>,
) -> rusqlite::Result<Sequences> {
    let records = &page.page.records;
    let mut sequences = Sequences { conversations: Vec::new(), places: vec![None; records.len()] };
    for (conversation, members) in by_conversation(page) {
        let likenesses: Vec<Hash> = members
            .iter()
            .filter_map(|index| records.get(*index))
            .map(|r| digest(page, r))
            .collect();
        let stored = load(tx, page.source, conversation)?;
        let oldest_shown = page.reach_ms.map(|reach_ms| {
            page.fetched_at.get().saturating_sub(reach_ms).saturating_sub(SLACK_MS)
        });
        let matches = matches(&stored, &likenesses, oldest_shown);
        let new = New {
            conversation,
            part: page.partition.0,
            likenesses: &likenesses,
            first_seen_ms: page.fetched_at.get(),
        };
        let (merged, places) = merge(stored, &matches, &new);
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
            tx.prepare_cached("DELETE FROM sequence WHERE source = ?1 AND conversation_id = ?2")?
                .execute(params![source.row, conversation.id])?;
            let mut insert =
                tx.prepare_cached("INSERT INTO sequence VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
            for (ordinal, item) in conversation.items.iter().enumerate() {
                insert.execute(params![
                    source.row,
                    conversation.id,
                    ordinal,
                    item.message,
                    item.likeness,
                    item.shown,
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

fn load(tx: &Transaction<'_>, source: SourceId, conversation: &str) -> rusqlite::Result<Vec<Item>> {
    let mut query = tx.prepare_cached(
        "SELECT q.likeness, q.shown, m.part, m.record_id, m.id, m.first_seen_ms
         FROM sequence q JOIN message m ON m.id = q.message
         WHERE q.source = ?1 AND q.conversation_id = ?2 ORDER BY q.ordinal",
    )?;
    let items = query.query_map(params![source.row, conversation], |row| {
        Ok(Item {
            likeness: row.get(0)?,
            shown: row.get(1)?,
            part: row.get(2)?,
            record_id: row.get(3)?,
            message: row.get(4)?,
            first_seen_ms: row.get(5)?,
        })
    })?;
    items.collect()
}

/// Which stored item each record of a reading is; ascending. Readings that come in the opposite
/// order are told by `reversed`.
struct Matches {
    of: Vec<Option<usize>>,
    reversed: bool,
}

fn matches(stored: &[Item], read: &[Hash], oldest_shown: Option<i64>) -> Matches {
    let shown: Vec<usize> =
        stored.iter().enumerate().filter(|(_, item)| item.shown).map(|(at, _)| at).collect();
    // no vendor promises that the order stays what it was
    let reversed = is_reversed(stored, &shown, read);
    let mut in_order = read.to_vec();
    if reversed {
        in_order.reverse();
    }
    let mut found = Matches { of: common(stored, &shown, &in_order), reversed };
    // a few that are alike and too old to be shown still are chance
    let young = |at: &usize| is_young(stored, *at, oldest_shown);
    if found.of.iter().flatten().count() < RUN && !found.of.iter().flatten().any(young) {
        found.of.fill(None);
    }
    returned(stored, &in_order, &mut found.of, oldest_shown);
    found
}

/// True if most of what occurs once in both lists is in the opposite order.
fn is_reversed(stored: &[Item], shown: &[usize], read: &[Hash]) -> bool {
    let old = likenesses(stored, shown);
    let anchors = align::anchors(&old, read);
    let steps = || anchors.iter().zip(anchors.iter().skip(1));
    let backward = steps().filter(|(one, next)| next.0 < one.0).count();
    anchors.len() >= RUN && backward > anchors.len() / 2
}

fn likenesses(stored: &[Item], among: &[usize]) -> Vec<Hash> {
    among.iter().filter_map(|at| stored.get(*at)).map(|item| item.likeness).collect()
}

/// Which of some stored items the records of a reading are.
fn common(stored: &[Item], among: &[usize], read: &[Hash]) -> Vec<Option<usize>> {
    let places = align::align(&likenesses(stored, among), read).into_iter();
    places.map(|place| among.get(place?).copied()).collect()
}

/// Finds records that are shown again after they were not. Only between the same neighbors; and
/// only if many come back in a row, or if they are young enough to be shown still.
fn returned(stored: &[Item], read: &[Hash], of: &mut [Option<usize>], oldest_shown: Option<i64>) {
    let mut from = 0;
    while from < of.len() {
        let gap =
            from..of.iter().skip(from).position(Option::is_some).map_or(of.len(), |at| from + at);
        if gap.is_empty() {
            from += 1;
            continue;
        }
        let before = gap.start.checked_sub(1).and_then(|at| of.get(at).copied().flatten());
        let after = of.get(gap.end).copied().flatten().unwrap_or(stored.len());
        let hidden: Vec<usize> = (before.map_or(0, |at| at + 1)..after)
            .filter(|at| stored.get(*at).is_some_and(|item| !item.shown))
            .collect();
        let part = read.get(gap.clone()).unwrap_or_default();
        let found = common(stored, &hidden, part);
        for run in runs(&found) {
            let items = found.get(run.clone()).unwrap_or_default();
            let young = |at: &usize| is_young(stored, *at, oldest_shown);
            if run.len() >= RUN || items.iter().flatten().all(young) {
                for (slot, item) in of.iter_mut().skip(gap.start + run.start).zip(items) {
                    *slot = *item;
                }
            }
        }
        from = gap.end;
    }
}

/// True if a record can still be shown: it was sent before it was first seen, and the vendor shows
/// nothing that was sent earlier than `oldest_shown`.
fn is_young(stored: &[Item], at: usize, oldest_shown: Option<i64>) -> bool {
    let seen = stored.get(at).map_or(i64::MIN, |item| item.first_seen_ms);
    oldest_shown.is_none_or(|oldest| seen >= oldest)
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

/// What new records of a conversation are made from.
struct New<'a> {
    conversation: &'a str,
    part: i64,
    likenesses: &'a [Hash],
    first_seen_ms: i64,
}

/// The list with what is new in it, and where each record of the reading is in it.
fn merge(stored: Vec<Item>, matches: &Matches, new: &New<'_>) -> (Conversation, Vec<usize>) {
    let mut copies: HashMap<Hash, u64> = HashMap::new();
    for item in &stored {
        *copies.entry(item.likeness).or_default() += 1;
    }
    let before: Vec<bool> = stored.iter().map(|item| item.shown).collect();
    let mut left =
        stored.into_iter().enumerate().map(|(at, item)| (at, Item { shown: false, ..item }));
    let mut items: Vec<Item> = Vec::with_capacity(before.len());
    let mut places = Vec::with_capacity(new.likenesses.len());
    let mut fresh = 0;
    let mut likenesses: Vec<&Hash> = new.likenesses.iter().collect();
    if matches.reversed {
        likenesses.reverse();
    }
    for (likeness, stored_at) in likenesses.into_iter().zip(&matches.of) {
        if let Some(wanted) = stored_at {
            for (at, item) in left.by_ref() {
                let found = at == *wanted;
                items.push(Item { shown: found, ..item });
                if found {
                    break;
                }
            }
        } else {
            let copy = copies.entry(*likeness).or_default();
            *copy += 1;
            fresh += 1;
            items.push(Item {
                likeness: *likeness,
                shown: true,
                part: new.part,
                record_id: derived_id(new.conversation, likeness, *copy),
                message: None,
                first_seen_ms: new.first_seen_ms,
            });
        }
        places.push(items.len() - 1);
    }
    items.extend(left.map(|(_, item)| item));
    if matches.reversed {
        places.reverse();
    }
    let changed = fresh > 0 || items.iter().map(|item| item.shown).ne(before);
    (Conversation { id: new.conversation.to_owned(), items, changed }, places)
}

/// An id that depends on the conversation, the record and how many alike came before it; so the
/// same readings give the same ids in any archive.
fn derived_id(conversation: &str, likeness: &Hash, copy: u64) -> String {
    let mut hash = Sha256::new();
    hash.update((conversation.len() as u64).to_be_bytes());
    hash.update(conversation);
    hash.update(likeness);
    hash.update(copy.to_be_bytes());
    let digest: Hash = hash.finalize().into();
    format!("{ID_TAG}-{}", hex::encode(digest.get(..16).unwrap_or_default()))
}
