//! Everything that one simulated platform knows; shared by its two listeners and its handle.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic::AtomicU64},
};

use super::{
    MyscrmOptions,
    crypt::Cipher,
    data::Data,
    files::FileFacts,
    keywords::Rules,
    people::{Member, Person},
    timeline::{Entry, Row, Timeline},
};
use crate::{media::Signer, server::Gate};

pub(super) struct World {
    pub(super) options: MyscrmOptions,
    pub(super) cipher: Cipher,
    /// Time of the first message, or of the start if there is none.
    pub(super) first_ms: i64,
    pub(super) data: RwLock<Data>,
    pub(super) gate: Gate,
    pub(super) signer: Signer,
    /// Last sent bytes by record.
    pub(super) sent: Option<Mutex<HashMap<Entry, Box<[u8]>>>>,
    /// Sizes and digests of files, which are costly to find out.
    pub(super) files: Mutex<HashMap<Row, FileFacts>>,
    pub(super) used_cursors: Mutex<HashSet<String>>,
    pub(super) answered: AtomicU64,
}

impl World {
    pub(super) fn data(&self) -> RwLockReadGuard<'_, Data> {
        self.data.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn data_mut(&self) -> RwLockWriteGuard<'_, Data> {
        self.data.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keyword rules of the answer that has this number.
    pub(super) fn rules(&self, answer: u64) -> Rules {
        let life_s = self.options.rules_life.as_secs();
        let now_s = self.gate.clock.now_ms().div_euclid(1000).cast_unsigned();
        Rules::of(self.options.seed, now_s.checked_div(life_s).unwrap_or(answer))
    }

    /// Until when recalls count among the records that a sync must find; `None` where they are no records.
    pub(super) fn recalls_until_ms(&self) -> Option<i64> {
        self.options.raw_mode.then(|| self.gate.clock.now_ms())
    }

    /// What fault rules call a record: its place chat by chat, or in the whole enterprise in raw mode.
    pub(super) fn ordinal(&self, data: &Data, entry: Entry) -> usize {
        if self.options.raw_mode {
            return data.all.rank(entry, self.recalls_until_ms());
        }
        if entry.is_recall {
            // no record of any chat, but on a raw page it must not pass for one
            return data.all.rows().len()
                + data.all.recalls().partition_point(|recall| *recall < entry);
        }
        let chats = data.chats.get(..entry.row.chat as usize).unwrap_or_default();
        let before: usize = chats.iter().map(|chat| chat.timeline.rows().len()).sum();
        before + data.chat(entry.row).map_or(0, |chat| chat.timeline.rank(entry, None))
    }

    pub(super) fn was_used(&self, cursor: &str) -> bool {
        let used = self.used_cursors.lock().unwrap_or_else(PoisonError::into_inner);
        used.contains(cursor)
    }

    /// Notes that a cursor was answered.
    pub(super) fn uses(&self, cursor: &str) {
        if self.options.single_use_cursors && !cursor.is_empty() {
            let mut used = self.used_cursors.lock().unwrap_or_else(PoisonError::into_inner);
            used.insert(cursor.to_owned());
        }
    }
}

impl Data {
    pub(super) fn person(&self, member: Member) -> Option<&Person> {
        let side = if member.is_employee { &self.employees } else { &self.customers };
        side.get(member.index)
    }

    /// The messages of one chat, or of all.
    pub(super) fn timeline(&self, chat: Option<u32>) -> Option<&Timeline> {
        match chat {
            None => Some(&self.all),
            Some(chat) => self.chats.get(chat as usize).map(|chat| &chat.timeline),
        }
    }

    /// The recall of a message, whether it happened yet or not.
    pub(super) fn recall_of(&self, entry: Entry) -> Option<Entry> {
        let recalls = self.chat(entry.row)?.timeline.recalls();
        recalls.iter().copied().find(|recall| recall.row == entry.row)
    }
}
