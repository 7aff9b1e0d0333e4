//! The messages that exist: when, in which conversation. Sixteen bytes each; the rest of a message is computed from the seed
//! whenever it is read (`facts`, `talk`, `render`).

use std::{collections::HashMap, ops::RangeInclusive};

use super::{JijyunOptions, facts::Cycle, people, times};
use crate::{mix::Mix, rhythm, text};

/// The times that the data can express, Unix milliseconds: until 2099. The sequence numbers of hosted accounts, which are
/// row ids, then stay exact in every JSON reader.
pub(super) const TIMES_MS: RangeInclusive<i64> = 0..=4_100_000_000_000;

/// The bits of a row's id below its milliseconds.
const ID_LOW_BITS: u32 = 10;

/// A message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// Unique, and ascending with time.
    pub(super) id: u64,
    /// Index of its conversation.
    pub(super) conversation: u32,
    /// Which message of its conversation it is.
    pub(super) position: u32,
}

impl Row {
    /// Unix milliseconds.
    pub(super) fn sent_ms(self) -> i64 {
        (self.id >> ID_LOW_BITS).cast_signed()
    }
}

/// The smallest id of a millisecond.
pub(super) fn id_at(unix_ms: i64) -> u64 {
    unix_ms.max(0).cast_unsigned() << ID_LOW_BITS
}

/// What a customer said in one place, and the answers.
#[derive(Debug)]
pub(super) struct Conversation {
    pub(super) chat_id: String,
    pub(super) customer: u32,
    pub(super) cycle: Cycle,
    pub(super) agent: u8,
    pub(super) topic: u8,
    next_position: u32,
}

/// A contact.
#[derive(Debug)]
pub(super) struct Customer {
    pub(super) id: String,
    /// Those that `chat/record` answers for it, in their order.
    pub(super) conversations: Vec<u32>,
    /// The hosted account that it talks to.
    pub(super) account: Option<u8>,
}

/// All that was said, customer by customer.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) seed: u64,
    /// Ascending by customer, then by id. A message's ordinal is its place here.
    pub(super) rows: Vec<Row>,
    /// Where the rows of a customer begin; one more than there are customers.
    starts: Vec<usize>,
    pub(super) conversations: Vec<Conversation>,
    pub(super) customers: Vec<Customer>,
    by_customer_id: HashMap<String, u32>,
    by_chat_id: HashMap<String, u32>,
    /// What was said in so many words, by conversation and position.
    said: HashMap<(u32, u32), String>,
    talkative: u32,
    latest_id: u64,
}

impl Data {
    /// Generates the messages of the options between two times, Unix milliseconds.
    pub(super) fn generate(options: &JijyunOptions, from_ms: i64, until_ms: i64) -> Self {
        let mut data = Self::without_rows(options);
        data.rows.reserve_exact(options.records as usize);
        let span_ms = until_ms.saturating_sub(from_ms).max(1).cast_unsigned();
        let mut left = options.records;
        let mut burst = 0;
        let mut offsets = Vec::new();
        while left > 0 {
            let mut mix = Mix::of(&[data.seed, 31, burst]);
            let length = u32::try_from(mix.between(3, 24)).unwrap_or(1).min(left);
            let duration = rhythm::offsets_ms(&mut mix, length, span_ms, &mut offsets);
            // people sleep by the clock on the wall
            let wall_ms = rhythm::start_ms(&mut mix, from_ms + times::ZONE_MS, span_ms - duration);
            // everyone says something before anyone speaks again
            let conversations = data.conversations.len() as u64;
            let conversation = if burst < conversations { burst } else { mix.below(conversations) };
            let conversation = u32::try_from(conversation).unwrap_or(0);
            for offset in &offsets {
                let at_ms = wall_ms - times::ZONE_MS + offset.cast_signed();
                data.rows.push(Row { id: id_at(at_ms), conversation, position: 0 });
            }
            left -= length;
            burst += 1;
        }
        data.rows.sort_unstable_by_key(|row| row.id);
        for row in &mut data.rows {
            row.id = row.id.max(data.latest_id + 1);
            data.latest_id = row.id;
            if let Some(talk) = data.conversations.get_mut(row.conversation as usize) {
                row.position = talk.next_position;
                talk.next_position += 1;
            }
        }
        data.arrange();
        data
    }

    fn without_rows(options: &JijyunOptions) -> Self {
        let mut data = Self {
            seed: options.seed,
            rows: Vec::new(),
            starts: Vec::new(),
            conversations: Vec::new(),
            customers: Vec::new(),
            by_customer_id: HashMap::new(),
            by_chat_id: HashMap::new(),
            said: HashMap::new(),
            talkative: options.customers,
            latest_id: 0,
        };
        for customer in 0..options.customers.saturating_add(options.silent_customers) {
            let id = people::customer_id(data.seed, customer);
            data.by_customer_id.insert(id.clone(), customer);
            let account = (customer / 2).checked_rem(options.hosted_accounts.into());
            let account = account.filter(|_| customer.is_multiple_of(2));
            let account = account.and_then(|account| u8::try_from(account).ok());
            data.customers.push(Customer { id, conversations: Vec::new(), account });
        }
        for customer in 0..options.customers {
            let mut mix = Mix::of(&[data.seed, 32, customer.into()]);
            for _ in 0..mix.between(1, 4) {
                data.open_conversation(customer, &mut mix);
            }
        }
        if let Some(second) = data.customers.get_mut(1).filter(|_| options.shared_conversation) {
            second.conversations.insert(0, 0);
        }
        data
    }

    pub(super) fn customer(&self, id: &str) -> Option<(u32, &Customer)> {
        let index = *self.by_customer_id.get(id)?;
        Some((index, self.customers.get(index as usize)?))
    }

    pub(super) fn chat(&self, chat_id: &str) -> Option<u32> {
        self.by_chat_id.get(chat_id).copied()
    }

    pub(super) fn conversation(&self, row: Row) -> Option<&Conversation> {
        self.conversations.get(row.conversation as usize)
    }

    /// The words of a message that was not made up.
    pub(super) fn said(&self, row: Row) -> Option<&str> {
        self.said.get(&(row.conversation, row.position)).map(String::as_str)
    }

    /// The ordinal of a customer's first row, and all its rows, oldest first.
    pub(super) fn rows_of(&self, customer: u32) -> (usize, &[Row]) {
        let at = |customer: usize| self.starts.get(customer).copied().unwrap_or(self.rows.len());
        let (start, end) = (at(customer as usize), at(customer as usize + 1));
        (start, self.rows.get(start..end).unwrap_or_default())
    }

    /// The row with this id and its ordinal.
    pub(super) fn find(&self, id: u64) -> Option<(usize, Row)> {
        (0..self.talkative).find_map(|customer| {
            let (start, rows) = self.rows_of(customer);
            let at = rows.binary_search_by_key(&id, |row| row.id).ok()?;
            Some((start + at, *rows.get(at)?))
        })
    }

    /// Adds messages later than all others, but not before `now_ms`.
    pub(super) fn insert_at_head(&mut self, count: u64, now_ms: i64) {
        let mut mix = Mix::of(&[self.seed, 33, self.rows.len() as u64]);
        for _ in 0..count {
            let conversation = if mix.chance(3) {
                let customer = u32::try_from(mix.below(self.talkative.into())).unwrap_or(0);
                self.open_conversation(customer, &mut mix)
            } else {
                u32::try_from(mix.index(self.conversations.len())).unwrap_or(0)
            };
            self.latest_id = id_at(now_ms).max(self.latest_id + 1);
            self.push(self.latest_id, conversation);
        }
        self.arrange();
    }

    /// Adds a message of the customer, later than all others, with these words.
    pub(super) fn insert_text(&mut self, conversation: u32, words: &str, now_ms: i64) {
        let Some(talk) = self.conversations.get(conversation as usize) else { return };
        self.said.insert((conversation, talk.next_position), words.to_owned());
        self.latest_id = id_at(now_ms).max(self.latest_id + 1);
        self.push(self.latest_id, conversation);
        self.arrange();
    }

    /// Adds a message right after another one, in the same conversation.
    pub(super) fn insert_after(&mut self, ordinal: usize) {
        let Some(neighbor) = self.rows.get(ordinal).copied() else { return };
        let mut id = neighbor.id + 1;
        while self.find(id).is_some() {
            id += 1;
        }
        self.latest_id = self.latest_id.max(id);
        self.push(id, neighbor.conversation);
        self.arrange();
    }

    /// Appends a row; the caller has all rows arranged afterwards.
    fn push(&mut self, id: u64, conversation: u32) {
        let Some(talk) = self.conversations.get_mut(conversation as usize) else { return };
        self.rows.push(Row { id, conversation, position: talk.next_position });
        talk.next_position += 1;
    }

    fn arrange(&mut self) {
        let Self { rows, conversations, .. } = self;
        let customer = |row: &Row| {
            conversations.get(row.conversation as usize).map_or(u32::MAX, |talk| talk.customer)
        };
        // stable, because it is fast where all but the last rows are in order
        rows.sort_by_key(|row| (customer(row), row.id));
        let mut starts = Vec::with_capacity(self.customers.len() + 1);
        for (ordinal, row) in rows.iter().enumerate() {
            let customer = customer(row) as usize;
            if starts.len() <= customer {
                starts.resize(customer + 1, ordinal);
            }
        }
        starts.resize(self.customers.len() + 1, rows.len());
        self.starts = starts;
    }

    fn open_conversation(&mut self, customer: u32, mix: &mut Mix) -> u32 {
        let conversation = u32::try_from(self.conversations.len()).unwrap_or(u32::MAX);
        let chat_id = people::chat_id(self.seed, conversation);
        self.by_chat_id.insert(chat_id.clone(), conversation);
        let small = |n: usize| u8::try_from(n).unwrap_or(0);
        self.conversations.push(Conversation {
            chat_id,
            customer,
            cycle: Cycle::new(mix),
            agent: small(mix.index(people::AGENTS.len())),
            topic: small(mix.index(text::topics())),
            next_position: 0,
        });
        if let Some(customer) = self.customers.get_mut(customer as usize) {
            customer.conversations.push(conversation);
        }
        conversation
    }
}
