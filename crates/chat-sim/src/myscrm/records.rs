//! Answers of the three endpoints that carry records.

use std::{collections::HashMap, sync::PoisonError};

use super::{
    calls::{Filter, Paging, Pull, Thumb},
    content::Content,
    cursor::Cursor,
    data::Data,
    facts::Kind,
    render::{CORP_ID, Renderer},
    timeline::Entry,
    world::World,
};
use crate::{
    faults::{Action, Draft, Edit, Tweak},
    mix::Mix,
};

/// About the length of a rendered record.
const RECORD_BYTES: usize = 600;

/// Which of three pages of a walk is empty where pages are thin.
const EMPTY_OF_THREE: u32 = 2;

/// The records of one page.
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    /// Where the next page begins.
    end: Option<Entry>,
    has_more: bool,
}

impl World {
    /// The page that is asked for, as it should be.
    pub(super) fn find_page(&self, data: &Data, pull: &Pull) -> Found {
        let cursor = pull.walk.cursor.as_ref();
        self.find(data, pull, cursor.and_then(|cursor| cursor.after), page_number(cursor))
    }

    /// A page of records, spoiled as the rules want it.
    pub(super) fn pull(&self, pull: &Pull, edits: &[Edit]) -> Vec<u8> {
        for edit in edits {
            match edit.action {
                Action::InsertAtHead { count } => {
                    self.data_mut().insert_at_head(count, self.gate.clock.now_ms());
                }
                Action::InsertInWindow { count } => self.insert_in_window(pull, count),
                _ => {}
            }
        }
        self.uses(&pull.walk.asked);
        let data = self.data();
        let repeats = edits.iter().any(|edit| edit.action == Action::RepeatPage);
        let cursor = pull.walk.cursor.as_ref();
        let (start, page) = match cursor {
            Some(cursor) if repeats => (cursor.before, cursor.page.saturating_sub(1)),
            _ => (cursor.and_then(|cursor| cursor.after), page_number(cursor)),
        };
        let found = self.find(&data, pull, start, page);
        let ordinals: Vec<_> =
            found.entries.iter().map(|entry| self.ordinal(&data, *entry)).collect();
        let entries: HashMap<_, _> =
            ordinals.iter().copied().zip(found.entries.iter().copied()).collect();
        let draft = Draft::new(ordinals, 0, edits);
        let rows: Vec<_> = draft
            .rows
            .iter()
            .filter_map(|(ordinal, tweak)| Some((*entries.get(ordinal)?, *tweak)))
            .collect();

        // the answer of the page before ends where this one begins
        let is_stuck = cursor.is_some() && (repeats || draft.repeats_cursor);
        let next_cursor = if is_stuck {
            pull.walk.asked.clone()
        } else if found.has_more {
            self.next_cursor(&pull.walk, start, found.end, page)
        } else {
            String::new()
        };
        let renderer = self.renderer(&data, pull.is_raw, pull.thumb.as_ref(), draft.expired_media);
        let list = self.list(&renderer, &rows);
        self.success(|fields| {
            if pull.is_raw {
                let blank = rows.is_empty() && self.options.blank_empty_pages;
                let encrypted = if blank { String::new() } else { self.encrypted(&list) };
                fields.text("encrypted", &encrypted);
            } else if !rows.is_empty() || !self.options.zeros_absent {
                fields.json("list", &list);
            }
            fields.text("next_cursor", &next_cursor);
        })
    }

    /// One raw record.
    pub(super) fn raw_record(
        &self,
        entry: Entry,
        thumb: Option<&Thumb>,
        edits: &[Edit],
    ) -> Vec<u8> {
        let data = self.data();
        let draft = Draft::new([self.ordinal(&data, entry)], 1, edits);
        let tweak = draft.rows.first().map(|(_, tweak)| *tweak).unwrap_or_default();
        let renderer = self.renderer(&data, true, thumb, draft.expired_media);
        let mut json = Vec::with_capacity(RECORD_BYTES);
        self.write(&renderer, entry, tweak, &mut json);
        let encrypted = self.encrypted(&json);
        self.success(|fields| fields.text("encrypted", &encrypted))
    }

    pub(super) fn renderer<'a>(
        &'a self,
        data: &'a Data,
        is_raw: bool,
        thumb: Option<&'a Thumb>,
        expired: bool,
    ) -> Renderer<'a> {
        let now_ms = self.gate.clock.now_ms();
        let life_s = i64::try_from(self.options.media_life.as_secs()).unwrap_or(i64::MAX);
        let lasts_s = if expired { -1 } else { life_s };
        Renderer {
            world: self,
            data,
            is_raw,
            now_ms,
            links_expire_s: now_ms.div_euclid(1000).saturating_add(lasts_s),
            thumb,
            rules: self.rules(self.next_answer()),
        }
    }

    /// The text of a cursor behind `after`, a page after that which began at `before`.
    pub(super) fn next_cursor(
        &self,
        walk: &Paging,
        before: Option<Entry>,
        after: Option<Entry>,
        page: u32,
    ) -> String {
        let issued_ms = self.gate.clock.now_ms();
        let cursor = Cursor { after, before, page: page.saturating_add(1), issued_ms };
        cursor.seal(self.options.seed, &walk.binding)
    }

    fn find(&self, data: &Data, pull: &Pull, after: Option<Entry>, page: u32) -> Found {
        let Some(timeline) = data.timeline(pull.chat) else {
            return Found { entries: Vec::new(), end: None, has_more: false };
        };
        let mut walk = timeline.walk(pull.route, after);
        if !self.options.thin_pages {
            let mut matching = walk.filter(|entry| self.matches(data, pull, *entry));
            let entries: Vec<_> = matching.by_ref().take(pull.page_size).collect();
            let end = entries.last().copied();
            return Found { entries, end, has_more: matching.next().is_some() };
        }
        if page % 3 == EMPTY_OF_THREE {
            return Found { entries: Vec::new(), end: after, has_more: walk.next().is_some() };
        }
        let mut entries: Vec<_> = walk.by_ref().take(pull.page_size).collect();
        let end = entries.last().copied();
        entries.retain(|entry| self.matches(data, pull, *entry));
        Found { entries, end, has_more: walk.next().is_some() }
    }

    fn matches(&self, data: &Data, pull: &Pull, entry: Entry) -> bool {
        let Filter { types, keyword, from_employees, recalls } = &pull.filter;
        if pull.filter == Filter::default() {
            return true;
        }
        if recalls.is_some_and(|wanted| wanted != entry.is_recall) {
            return false;
        }
        let Some(chat) = data.chat(entry.row) else { return false };
        let Some(facts) = self.facts(chat, entry.row) else { return false };
        let name = match pull.is_raw {
            true if entry.is_recall => "revoke",
            true => facts.kind.msgtype(),
            false => facts.kind.plain_type(),
        };
        let has_keyword = || {
            facts.kind == Kind::Text
                && Content::of(data, chat, entry.row, facts).text.contains(keyword.as_str())
        };
        (types.is_empty() || types.iter().any(|wanted| wanted == name))
            && from_employees.is_none_or(|wanted| wanted == facts.sender.is_employee)
            && (keyword.is_empty() || has_keyword())
    }

    fn insert_in_window(&self, pull: &Pull, count: u64) {
        let mut data = self.data_mut();
        let middle =
            data.timeline(pull.chat).and_then(|timeline| timeline.middle(pull.route.window));
        if let Some(neighbor) = middle {
            data.insert_after(count, neighbor);
        }
    }

    /// Rows as a JSON list.
    fn list(&self, renderer: &Renderer<'_>, rows: &[(Entry, Tweak)]) -> Vec<u8> {
        let mut list = Vec::with_capacity(2 + rows.len() * RECORD_BYTES);
        list.push(b'[');
        for (index, (entry, tweak)) in rows.iter().enumerate() {
            if index > 0 {
                list.push(b',');
            }
            self.write(renderer, *entry, *tweak, &mut list);
        }
        list.push(b']');
        list
    }

    /// Appends a record, and keeps it if that is wanted.
    fn write(&self, renderer: &Renderer<'_>, entry: Entry, tweak: Tweak, out: &mut Vec<u8>) {
        let start = out.len();
        renderer.record(entry, tweak, out);
        if let (Some(sent), None) = (&self.sent, tweak.bad) {
            let bytes = out.get(start..).unwrap_or_default().into();
            sent.lock().unwrap_or_else(PoisonError::into_inner).insert(entry, bytes);
        }
    }

    fn encrypted(&self, json: &[u8]) -> String {
        let mut random = [0; 16];
        let mut mix = Mix::of(&[self.options.seed, 14, self.next_answer()]);
        for (place, byte) in random.iter_mut().zip(std::iter::repeat_with(|| mix.next() & 0xff)) {
            *place = u8::try_from(byte).unwrap_or(0);
        }
        let mut text = String::with_capacity(json.len() * 4 / 3 + 128);
        self.cipher.write(random, json, CORP_ID, &mut text);
        text
    }
}

/// How many pages were sent before.
fn page_number(cursor: Option<&Cursor>) -> u32 {
    cursor.map_or(0, |cursor| cursor.page)
}
