//! The records that exist: when, in which conversation, between whom. Sixteen bytes each; the rest of a record is
//! computed from the seed whenever it is read (`facts`, `late`, `render`).

use std::ops::RangeInclusive;

use super::{
    people::{self, AGENTS, LINES},
    query::Query,
};
use crate::{mix::Mix, rhythm, text};

/// 2016-11-01 00:00:00 on the wall, from which the vendor's snowflake ids count milliseconds.
const ID_EPOCH_MS: i64 = 1_477_958_400_000;

/// The times that an id can express with 19 digits or fewer: until 2086.
pub(super) const TIMES_MS: RangeInclusive<i64> = ID_EPOCH_MS..=ID_EPOCH_MS + (1 << 41) - 1;

/// The bits of an id below its milliseconds: ten for the worker, twelve for the sequence.
const ID_LOW_BITS: u32 = 22;

/// A record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) id: u64,
    /// Index of its conversation.
    pub(super) conversation: u32,
    /// Which record of its conversation it is.
    pub(super) position: u32,
}

impl Row {
    /// Milliseconds since 1970, wall clock.
    pub(super) fn created_ms(self) -> i64 {
        (self.id >> ID_LOW_BITS).cast_signed() + ID_EPOCH_MS
    }
}

/// A conversation: one customer and one agent on one business line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conversation {
    pub(super) customer: u32,
    next_position: u32,
    pub(super) agent: u8,
    pub(super) line: u8,
    pub(super) topic: u8,
}

/// The rows of one page, as indices into [`Data::rows`] in the order of the answer.
pub(super) struct Selection {
    pub(super) total: u64,
    pub(super) ordinals: Vec<usize>,
    /// The row in the middle of all that match.
    middle: Option<usize>,
}

/// All records of the tenant, oldest first.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) seed: u64,
    /// Ascending by id, which is ascending by time.
    pub(super) rows: Vec<Row>,
    pub(super) conversations: Vec<Conversation>,
    customers: u32,
    /// Before this all customers were created, wall clock.
    from_ms: i64,
}

impl Data {
    /// Generates `records` records between two wall-clock times in milliseconds.
    pub(super) fn generate(seed: u64, records: u32, from_ms: i64, until_ms: i64) -> Self {
        let mut data =
            Self { seed, rows: Vec::new(), conversations: Vec::new(), customers: 0, from_ms };
        data.rows.reserve_exact(records as usize);
        let span_ms = until_ms.saturating_sub(from_ms).max(1).cast_unsigned();
        let mut left = records;
        let mut offsets = Vec::new();
        while left > 0 {
            let mut mix = Mix::of(&[seed, 1, data.conversations.len() as u64]);
            let length = rhythm::length(&mut mix).min(left);
            let duration = rhythm::offsets_ms(&mut mix, length, span_ms, &mut offsets);
            let start_ms = rhythm::start_ms(&mut mix, from_ms, span_ms - duration);
            let conversation = data.open_conversation(&mut mix);
            for offset in &offsets {
                let worker = mix.between(1, 3) << 12 | mix.below(2);
                data.add(id_at(start_ms + offset.cast_signed()) | worker, conversation);
            }
            left -= length;
        }
        data.rows.sort_unstable_by_key(|row| row.id);
        let mut last = 0;
        for row in &mut data.rows {
            row.id = row.id.max(last + 1);
            last = row.id;
        }
        data
    }

    /// The row with this id and its ordinal.
    pub(super) fn find(&self, id: u64) -> Option<(usize, Row)> {
        let ordinal = self.rows.binary_search_by_key(&id, |row| row.id).ok()?;
        Some((ordinal, *self.rows.get(ordinal)?))
    }

    pub(super) fn conversation(&self, row: Row) -> Option<&Conversation> {
        self.conversations.get(row.conversation as usize)
    }

    /// A customer's id: a snowflake like a record's, older than all records, with the customer's index in the low bits.
    pub(super) fn customer_id(&self, customer: u32) -> u64 {
        let age_ms = Mix::of(&[self.seed, 5, customer.into()]).between(60_000, 30 * 86_400_000);
        id_at(self.from_ms - age_ms.cast_signed()) | u64::from(customer) & ((1 << ID_LOW_BITS) - 1)
    }

    /// The page that a query asks for.
    pub(super) fn select(&self, query: &Query) -> Selection {
        let low = query.from_s.map_or(0, |from| {
            self.rows.partition_point(|row| row.created_ms().div_euclid(1000) < from)
        });
        let high = query.until_s.map_or(self.rows.len(), |until| {
            self.rows.partition_point(|row| row.created_ms().div_euclid(1000) <= until)
        });
        let skip = (query.page_number - 1).saturating_mul(query.page_size);
        let window = low..high.max(low);
        if let Some(filter) = self.filter(query) {
            let matching: Vec<usize> =
                window.filter(|ordinal| self.rows.get(*ordinal).is_some_and(&filter)).collect();
            page(matching.len(), skip, query, |at| matching.get(at).copied())
        } else {
            page(window.len(), skip, query, |at| Some(low + at))
        }
    }

    /// Adds records later than all others, but not before `now_ms`.
    pub(super) fn insert_at_head(&mut self, count: u64, now_ms: i64) {
        let mut mix = Mix::of(&[self.seed, 2, self.rows.len() as u64]);
        for _ in 0..count {
            let after_last = self.rows.last().map_or(0, |row| row.id + 1);
            let conversation = self.any_conversation(&mut mix);
            self.add(id_at(now_ms).max(after_last), conversation);
        }
    }

    /// Adds records in the middle of what a query matches; nothing if it matches nothing.
    pub(super) fn insert_in_window(&mut self, count: u64, query: &Query) {
        for _ in 0..count {
            let Some(neighbor) =
                self.select(query).middle.and_then(|ordinal| self.rows.get(ordinal).copied())
            else {
                return;
            };
            let mut id = neighbor.id + 1;
            let at = loop {
                match self.rows.binary_search_by_key(&id, |row| row.id) {
                    Ok(_) => id += 1,
                    Err(at) => break at,
                }
            };
            self.add(id, neighbor.conversation);
            self.rows.get_mut(at..).unwrap_or_default().rotate_right(1);
        }
    }

    /// Appends a row; the caller puts it in its place.
    fn add(&mut self, id: u64, conversation: u32) {
        let Some(talk) = self.conversations.get_mut(conversation as usize) else { return };
        self.rows.push(Row { id, conversation, position: talk.next_position });
        talk.next_position += 1;
    }

    fn any_conversation(&mut self, mix: &mut Mix) -> u32 {
        if self.conversations.is_empty() {
            return self.open_conversation(mix);
        }
        u32::try_from(mix.index(self.conversations.len())).unwrap_or(0)
    }

    fn open_conversation(&mut self, mix: &mut Mix) -> u32 {
        let is_known = self.customers > 0 && mix.chance(30);
        let customer = if is_known {
            u32::try_from(mix.below(self.customers.into())).unwrap_or(0)
        } else {
            self.customers += 1;
            self.customers - 1
        };
        let small = |n: usize| u8::try_from(n).unwrap_or(0);
        self.conversations.push(Conversation {
            customer,
            next_position: 0,
            agent: small(mix.index(AGENTS.len())),
            line: small(mix.index(LINES.len())),
            topic: small(mix.index(text::topics())),
        });
        u32::try_from(self.conversations.len() - 1).unwrap_or(u32::MAX)
    }

    /// What the query asks of a row beside its time; `None` if nothing.
    fn filter<'a>(&'a self, query: &'a Query) -> Option<impl Fn(&Row) -> bool + 'a> {
        let conversation =
            query.conversation_id.as_deref().map(|id| people::parse_conversation_id(self.seed, id));
        let customer = query.customer_id.as_deref().map(|id| {
            // the index is in the low bits, but the rest must fit as well
            let id: u64 = id.parse().ok()?;
            let index = u32::try_from(id & ((1 << ID_LOW_BITS) - 1)).ok()?;
            (self.customer_id(index) == id).then_some(index)
        });
        let line = query
            .business_channel_id
            .as_deref()
            .map(|id| LINES.iter().position(|line| *line == id));
        let agent = query
            .agent_account
            .as_deref()
            .map(|account| AGENTS.iter().position(|agent| agent.account == account));
        if conversation.is_none() && customer.is_none() && line.is_none() && agent.is_none() {
            return None;
        }
        Some(move |row: &Row| {
            let Some(talk) = self.conversation(*row) else { return false };
            conversation.is_none_or(|wanted| wanted == Some(row.conversation))
                && customer.is_none_or(|wanted| wanted == Some(talk.customer))
                && line.is_none_or(|wanted| wanted == Some(talk.line.into()))
                && agent.is_none_or(|wanted| wanted == Some(talk.agent.into()))
        })
    }
}

/// Cuts a page out of `total` rows that `nth` gives in time order.
fn page(total: usize, skip: u64, query: &Query, nth: impl Fn(usize) -> Option<usize>) -> Selection {
    let first = usize::try_from(skip).unwrap_or(usize::MAX).min(total);
    let size = usize::try_from(query.page_size).unwrap_or(usize::MAX);
    let last = first.saturating_add(size).min(total);
    let ordinals = (first..last)
        .filter_map(|at| nth(if query.ascending { at } else { total - 1 - at }))
        .collect();
    Selection {
        total: total as u64,
        ordinals,
        middle: total.checked_sub(1).and_then(|last| nth(last / 2)),
    }
}

/// The smallest id of a millisecond.
fn id_at(wall_ms: i64) -> u64 {
    wall_ms.saturating_sub(ID_EPOCH_MS).max(0).cast_unsigned() << ID_LOW_BITS
}
