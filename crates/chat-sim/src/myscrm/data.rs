//! The messages that exist: when, in which chat, in which place of it. Sixteen bytes each, once in the order of the whole
//! enterprise and once in that of the chat; the rest of a message is computed from the seed whenever it is read.

use std::{collections::HashMap, ops::RangeInclusive};

use super::{
    ids, late,
    people::{Chat, Person, people},
    timeline::{Entry, Row, Timeline},
};
use crate::{mix::Mix, rhythm};

/// The times that the ids of records are made for: 1970 to 2286.
pub(super) const TIMES_MS: RangeInclusive<i64> = 0..=9_999_999_999_999;

/// How far the customers' clocks on the wall are ahead of UTC: they sleep at night.
const CHINA_MS: i64 = 8 * 3_600_000;

/// All that one enterprise said.
pub(super) struct Data {
    pub(super) seed: u64,
    /// Of all chats.
    pub(super) all: Timeline,
    pub(super) chats: Vec<Chat>,
    pub(super) employees: Vec<Person>,
    pub(super) customers: Vec<Person>,
    chats_by_id: HashMap<String, u32>,
}

impl Data {
    /// Generates `records` messages between two times.
    pub(super) fn generate(
        seed: u64,
        records: u32,
        chats: u32,
        from_ms: i64,
        until_ms: i64,
    ) -> Self {
        let (employees, customers, chats) = people(seed, chats, from_ms);
        let mut times = Vec::new();
        times.reserve_exact(records as usize);
        let span_ms = until_ms.saturating_sub(from_ms).max(1).cast_unsigned();
        let (mut left, mut session, mut offsets) = (records, 0, Vec::new());
        while left > 0 {
            let mut mix = Mix::of(&[seed, 1, session]);
            // the first conversations leave no chat empty, if there are records enough
            let in_turn = session < chats.len() as u64;
            let chat = if in_turn { session } else { mix.below(chats.len() as u64) };
            let chat = u32::try_from(chat).unwrap_or(0);
            let length = rhythm::length(&mut mix).min(left);
            let duration = rhythm::offsets_ms(&mut mix, length, span_ms, &mut offsets);
            let start = rhythm::start_ms(&mut mix, from_ms + CHINA_MS, span_ms - duration);
            let mut last = 0;
            for offset in &offsets {
                // some messages have the very millisecond of the one before
                last = if mix.chance(3) { last } else { *offset };
                times.push((start - CHINA_MS + last.cast_signed(), chat));
            }
            left -= length;
            session += 1;
        }
        times.sort_unstable();
        let chats_by_id =
            chats.iter().zip(0..).map(|(chat, index)| (chat.id.clone(), index)).collect();
        let all = Timeline::default();
        let mut data = Self { seed, all, chats, employees, customers, chats_by_id };
        data.all.reserve(times.len());
        for (at_ms, chat) in times {
            data.add(at_ms, chat);
        }
        data.all.sort_recalls();
        for chat in &mut data.chats {
            chat.timeline.sort_recalls();
        }
        data
    }

    pub(super) fn chat(&self, row: Row) -> Option<&Chat> {
        self.chats.get(row.chat as usize)
    }

    pub(super) fn chat_index(&self, id: &str) -> Option<u32> {
        self.chats_by_id.get(id).copied()
    }

    /// What has this platform id.
    pub(super) fn find(&self, id: &str) -> Option<Entry> {
        let entry = ids::parse_record_id(self.seed, id)?;
        if !entry.is_recall {
            return self.all.has_row(entry.row).then_some(entry);
        }
        // the id of a recall tells its own time, not that of the message
        let chat = self.chat(entry.row)?;
        chat.timeline
            .recalls()
            .iter()
            .copied()
            .find(|recall| (recall.at_ms, recall.row.position) == (entry.at_ms, entry.row.position))
    }

    /// Adds messages later than all others, but not before `now_ms`.
    pub(super) fn insert_at_head(&mut self, count: u64, now_ms: i64) {
        let mut mix = Mix::of(&[self.seed, 2, self.all.rows().len() as u64]);
        for _ in 0..count {
            let after_last = self.all.rows().last().map_or(0, |row| row.time_ms + 1);
            let chat = u32::try_from(mix.index(self.chats.len())).unwrap_or(0);
            self.insert(now_ms.max(after_last), chat);
        }
    }

    /// Adds messages right after one.
    pub(super) fn insert_after(&mut self, count: u64, neighbor: Row) {
        for _ in 0..count {
            self.insert(neighbor.time_ms, neighbor.chat);
        }
    }

    fn insert(&mut self, time_ms: i64, chat: u32) {
        self.add(time_ms, chat);
        self.all.sort_last();
        if let Some(chat) = self.chats.get_mut(chat as usize) {
            chat.timeline.sort_last();
        }
    }

    /// Appends a message, and its recall if it has one; the caller puts them in their place.
    fn add(&mut self, time_ms: i64, chat: u32) {
        let Some(talk) = self.chats.get_mut(chat as usize) else { return };
        let position = u32::try_from(talk.timeline.rows().len()).unwrap_or(u32::MAX);
        let row = Row { time_ms, chat, position };
        let recall = late::recall_ms(self.seed, row).map(|at_ms| Entry::recall(at_ms, row));
        talk.timeline.push(row, recall);
        self.all.push(row, recall);
    }
}
