//! The records that exist: when, of which user, in which call. The rest of a record is computed from the seed whenever it is
//! read (`facts`, `late`, `content`, `render`).

use std::{collections::HashMap, ops::Range};

use super::{
    library,
    options::{BesOptions, Bounds, OffsetUnit, Order},
    people::{self, AGENTS},
};
use crate::{mix::Mix, rhythm, text};

/// A record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// When it was sent, Unix seconds: the vendor tells no more.
    pub(super) sent_s: i64,
    /// What it is computed from; no other record of its user has the same.
    pub(super) key: u32,
    /// Index of its call.
    pub(super) call: u32,
}

impl Row {
    pub(super) fn sent_ms(self) -> i64 {
        self.sent_s.saturating_mul(1000)
    }
}

/// A call: a customer and an agent, for as long as they are connected.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub(super) start_s: i64,
    pub(super) end_s: i64,
    pub(super) agent: u8,
    pub(super) topic: u8,
}

/// A user's records, oldest first, and calls in the order in which they came to be.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    pub(super) rows: Vec<Row>,
    pub(super) calls: Vec<Call>,
    next_key: u32,
}

/// What is asked of a user's records. A missing time is no bound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) user: usize,
    pub(super) from_ms: Option<i64>,
    pub(super) until_ms: Option<i64>,
    pub(super) limit: u64,
    pub(super) offset: u64,
}

/// All records of the channel.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) seed: u64,
    pub(super) users: Vec<String>,
    index: HashMap<String, usize>,
    /// The sizes of the library's files: to know one, the file must be made.
    pub(super) bytes_of_library: Vec<u64>,
    pub(super) timelines: Vec<Timeline>,
}

impl Data {
    /// Generates the records between two times, Unix seconds.
    pub(super) fn generate(options: &BesOptions, from_s: i64, until_s: i64) -> Self {
        let seed = options.seed;
        let users: Vec<_> = (0..options.users).map(|user| people::user_id(seed, user)).collect();
        let index = users.iter().enumerate().map(|(at, id)| (id.clone(), at)).collect();
        let timelines = users.iter().map(|_| Timeline::default()).collect();
        let bytes_of_library = library::sizes(seed, options.media_bytes);
        let mut data = Self { seed, users, index, bytes_of_library, timelines };
        let span_ms = until_s.saturating_sub(from_s).max(1).saturating_mul(1000).cast_unsigned();
        let mut left = options.records;
        let mut offsets = Vec::new();
        let mut calls = 0;
        while left > 0 {
            let mut mix = Mix::of(&[seed, 1, calls]);
            calls += 1;
            let length = rhythm::length(&mut mix).min(left);
            let duration = rhythm::offsets_ms(&mut mix, length, span_ms, &mut offsets);
            let start_ms = rhythm::start_ms(&mut mix, from_s * 1000, span_ms - duration);
            // the lesser of two draws: some users write much, others little
            let user = mix.index(data.users.len()).min(mix.index(data.users.len()));
            if let Some(timeline) = data.timelines.get_mut(user) {
                let at = |offset: &u64| (start_ms + offset.cast_signed()).div_euclid(1000);
                let end_s = offsets.last().map_or(from_s, at);
                let call = timeline.open_call(&mut mix, start_ms.div_euclid(1000), end_s);
                for offset in &offsets {
                    timeline.push(at(offset), call);
                }
            }
            left -= length;
        }
        for timeline in &mut data.timelines {
            timeline.rows.sort_by_key(|row| row.sent_s);
        }
        data
    }

    pub(super) fn record_count(&self) -> usize {
        self.timelines.iter().map(|timeline| timeline.rows.len()).sum()
    }

    /// When the first record was sent, Unix seconds.
    pub(super) fn first_s(&self) -> Option<i64> {
        self.timelines.iter().filter_map(|line| line.rows.first()).map(|row| row.sent_s).min()
    }

    pub(super) fn user(&self, id: &str) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// The ordinal of a user's first record.
    pub(super) fn base(&self, user: usize) -> usize {
        self.timelines.iter().take(user).map(|timeline| timeline.rows.len()).sum()
    }

    /// A user's record by its key, and its ordinal.
    pub(super) fn find(&self, user: u32, key: u32) -> Option<(usize, Row, Call)> {
        let user = user as usize;
        let timeline = self.timelines.get(user)?;
        let at = timeline.rows.iter().position(|row| row.key == key)?;
        let row = *timeline.rows.get(at)?;
        Some((self.base(user) + at, row, *timeline.calls.get(row.call as usize)?))
    }

    /// The ordinals of a page, in the order of the answer.
    pub(super) fn page(&self, wanted: &Wanted, options: &BesOptions) -> Vec<usize> {
        let window = self.window(wanted, options);
        let limit = wanted.limit.min(options.limit_cap.into());
        let skip = match options.offset_unit {
            OffsetUnit::Records => wanted.offset,
            OffsetUnit::Pages => wanted.offset.saturating_mul(limit),
            OffsetUnit::PagesFromOne => wanted.offset.saturating_sub(1).saturating_mul(limit),
            OffsetUnit::Ignored => 0,
        };
        let clamp = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(window.len());
        let (first, last) = (clamp(skip), clamp(skip.saturating_add(limit)));
        let base = self.base(wanted.user);
        match options.order {
            Order::Ascending => (first..last).map(|at| base + window.start + at).collect(),
            Order::Descending => (first..last).map(|at| base + window.end - 1 - at).collect(),
        }
    }

    /// Adds records of one user, later than all others of all users, but not before `now_s`.
    pub(super) fn insert_later(&mut self, user: usize, count: u64, now_s: i64) {
        let latest_s =
            self.timelines.iter().filter_map(|line| line.rows.last()).map(|row| row.sent_s).max();
        let sent_s = latest_s.map_or(now_s, |latest| now_s.max(latest + 1));
        let seed = self.seed;
        let Some(timeline) = self.timelines.get_mut(user) else { return };
        let mut mix = Mix::of(&[seed, 2, user as u64, timeline.next_key.into()]);
        let call = match timeline.calls.len().checked_sub(1) {
            Some(last) => u32::try_from(last).unwrap_or(0),
            None => timeline.open_call(&mut mix, sent_s, sent_s),
        };
        for _ in 0..count {
            timeline.push(sent_s, call);
        }
        if let Some(call) = timeline.calls.get_mut(call as usize) {
            call.end_s = call.end_s.max(sent_s);
        }
    }

    /// Adds records in the middle of a window; nothing if it is empty.
    pub(super) fn insert_in_window(&mut self, wanted: &Wanted, count: u64, options: &BesOptions) {
        for _ in 0..count {
            let window = self.window(wanted, options);
            let Some(timeline) = self.timelines.get_mut(wanted.user) else { return };
            let middle = window.start + window.len() / 2;
            let Some(neighbor) = timeline.rows.get(middle).copied().filter(|_| !window.is_empty())
            else {
                return;
            };
            timeline.push(neighbor.sent_s, neighbor.call);
            timeline.rows.get_mut(middle + 1..).unwrap_or_default().rotate_right(1);
        }
    }

    /// The indices of a user's records that match.
    fn window(&self, wanted: &Wanted, options: &BesOptions) -> Range<usize> {
        let Some(Timeline { rows, .. }) = self.timelines.get(wanted.user) else { return 0..0 };
        if options.ignores_times {
            return 0..rows.len();
        }
        let is_inclusive = options.bounds == Bounds::Inclusive;
        let low = wanted.from_ms.map_or(0, |from| {
            rows.partition_point(|row| {
                row.sent_ms() < from || !is_inclusive && row.sent_ms() == from
            })
        });
        let high = wanted.until_ms.map_or(rows.len(), |until| {
            rows.partition_point(|row| {
                row.sent_ms() < until || is_inclusive && row.sent_ms() == until
            })
        });
        low..high.max(low)
    }
}

impl Timeline {
    /// Appends a row; the caller puts it in its place.
    fn push(&mut self, sent_s: i64, call: u32) {
        self.rows.push(Row { sent_s, key: self.next_key, call });
        self.next_key += 1;
    }

    fn open_call(&mut self, mix: &mut Mix, start_s: i64, end_s: i64) -> u32 {
        let small = |n: usize| u8::try_from(n).unwrap_or(0);
        let (agent, topic) = (small(mix.index(AGENTS.len())), small(mix.index(text::topics())));
        // a call begins some seconds before its first message
        let start_s = start_s - mix.between(1, 120).cast_signed();
        self.calls.push(Call { start_s, end_s, agent, topic });
        u32::try_from(self.calls.len() - 1).unwrap_or(u32::MAX)
    }
}
