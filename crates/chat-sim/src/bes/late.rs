//! What happens to a record after it was sent: a pure function of the record and the time.

use super::{
    data::Row,
    facts::{Facts, Kind, Shape, Source},
};
use crate::mix::Mix;

/// The longest that a message stays unread before it is read, in seconds.
const LATEST_READ_S: u64 = 48 * 3600;

/// The longest that a sender takes to call a message back, in seconds.
const LATEST_RECALL_S: u64 = 24 * 3600;

/// The parts of a record that change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    pub(super) recalled_ms: Option<i64>,
    pub(super) read_ms: Option<i64>,
    pub(super) modified_ms: i64,
    /// A recalled message whose content is gone. The vendor does not say whether it stays; here it does in half of them.
    pub(super) is_blank: bool,
}

impl Form {
    /// How the record looks at `now_ms`, Unix milliseconds.
    pub(super) fn at(seed: u64, user: u32, row: Row, facts: Facts, now_ms: i64) -> Self {
        let mut mix = Mix::of(&[seed, 8, user.into(), row.key.into()]);
        let mut form =
            Self { recalled_ms: None, read_ms: None, modified_ms: row.sent_ms(), is_blank: false };
        // what the older form of a record cannot tell does not happen to it
        if facts.shape == Shape::Old || matches!(facts.kind, Kind::Event(_)) {
            return form;
        }
        let (is_read, read_s) = (mix.chance(60), mix.spread(5, LATEST_READ_S));
        let (is_recalled, recall_s) = (mix.chance(3), mix.spread(5, LATEST_RECALL_S));
        let loses_content = mix.chance(50);
        if is_read && matches!(facts.source, Source::Agent | Source::Robot) {
            form.read_ms = form.happens(row, read_s, now_ms);
        }
        if is_recalled && matches!(facts.source, Source::Agent | Source::User) {
            form.recalled_ms = form.happens(row, recall_s, now_ms);
            form.is_blank = form.recalled_ms.is_some() && loses_content;
        }
        form
    }

    /// When this happened, if it has happened by now.
    fn happens(&mut self, row: Row, after_s: u64, now_ms: i64) -> Option<i64> {
        let at_ms = row.sent_ms() + after_s.cast_signed() * 1000;
        if at_ms > now_ms {
            return None;
        }
        self.modified_ms = self.modified_ms.max(at_ms);
        Some(at_ms)
    }
}
