//! What a message is: said to the AI or to people, by whom, with which file; computed from the seed and its place in its
//! conversation.

use super::{
    data::{Conversation, Data, Row},
    people::MessageKey,
};
use crate::{media::FileKind, mix::Mix};

/// How much of a hundred messages are said twice.
const REPEATED_PERCENT: u64 = 9;

/// Whom a message belongs to; the vendor's `message_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Ai,
    Human,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Image,
    File,
    Voice,
    Video,
}

/// In a conversation, the AI answers first and people take over; after a while it begins anew.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cycle {
    ai: u32,
    all: u32,
}

impl Cycle {
    pub(super) fn new(mix: &mut Mix) -> Self {
        let part = |n: u64| u32::try_from(n).unwrap_or(0);
        let ai = part(mix.between(1, 6) * 2);
        Self { ai, all: ai + part(mix.between(6, 30)) }
    }

    /// Whom the message at this position belongs to, and how many of that part came right before it.
    fn place(self, position: u32) -> (Part, u32) {
        let at = position.checked_rem(self.all).unwrap_or(0);
        if at < self.ai { (Part::Ai, at) } else { (Part::Human, at - self.ai) }
    }
}

/// What a message is, for as long as it exists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) part: Part,
    /// From the customer.
    pub(super) inbound: bool,
    pub(super) kind: Kind,
    /// The type of its file, if it has one.
    pub(super) file: Option<FileKind>,
    /// The position that its words come from: an earlier one if it repeats what was said.
    pub(super) source: u32,
    pub(super) key: MessageKey,
}

impl Facts {
    pub(super) fn of(data: &Data, talk: &Conversation, row: Row) -> Self {
        let Row { conversation, position, .. } = row;
        let key = MessageKey { conversation, position, round: None };
        if data.said(row).is_some() {
            let (part, inbound, kind) = (Part::Human, true, Kind::Text);
            return Self { part, inbound, kind, file: None, source: position, key };
        }
        let mut source = position;
        while is_repeated(data.seed, talk.cycle, conversation, source) {
            source -= 1;
        }
        let mut mix = Mix::of(&[data.seed, 34, conversation.into(), source.into()]);
        let (part, nth) = talk.cycle.place(source);
        let customers_turn = nth.is_multiple_of(2);
        let inbound = match part {
            Part::Ai => customers_turn,
            Part::Human => mix.chance(if customers_turn { 75 } else { 25 }),
        };
        let kind = match mix.below(100) {
            _ if part == Part::Ai && !inbound => Kind::Text,
            0..=88 => Kind::Text,
            89..=94 => Kind::Image,
            95..=96 => Kind::File,
            97..=98 => Kind::Voice,
            _ => Kind::Video,
        };
        let file = match kind {
            Kind::Text => None,
            Kind::Image if mix.chance(75) => Some(FileKind::Jpeg),
            Kind::Image => Some(FileKind::Png),
            Kind::File => Some(FileKind::Pdf),
            Kind::Voice => Some(FileKind::Ogg),
            Kind::Video => Some(FileKind::Mp4),
        };
        let is_round = part == Part::Ai && source == position;
        let round = is_round.then_some(position - nth % 2);
        Self { part, inbound, kind, file, source, key: MessageKey { round, ..key } }
    }
}

/// Is the message at this position the one before it, said again? To the AI, only customers repeat themselves.
fn is_repeated(seed: u64, cycle: Cycle, conversation: u32, position: u32) -> bool {
    let possible = match cycle.place(position) {
        (Part::Ai, nth) => nth % 2 == 1,
        (Part::Human, nth) => nth > 0,
    };
    possible && Mix::of(&[seed, 35, conversation.into(), position.into()]).chance(REPEATED_PERCENT)
}
