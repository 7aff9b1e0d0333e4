//! What happens to a record after it was created: a pure function of the record and the time.

use super::{
    data::Row,
    facts::{ChatType, Facts, Kind},
};
use crate::mix::Mix;

/// The longest that a message stays unread before it is read, in seconds.
const LATEST_READ_S: u64 = 70 * 3600;

const SLOWEST_DELIVERY_S: u64 = 6 * 3600;

const EMOJI: &[&str] = &["👍", "❤️", "😂", "🙏", "😢", "🎉"];

const FAILURES: &[&str] = &[
    "131026: Message undeliverable",
    "131047: Re-engagement message: more than 24 hours have passed",
    "131053: Media upload error, \"unsupported type\"",
    "130472: User's number is part of an experiment",
    "消息发送失败：对方未注册 WhatsApp",
];

/// The parts of a record that change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    pub(super) status: Option<&'static str>,
    pub(super) user_emoji: Option<&'static str>,
    pub(super) remark: Option<&'static str>,
    /// Wall clock.
    pub(super) updated_s: i64,
}

impl Form {
    /// How the record looks at `now_ms`, wall clock.
    pub(super) fn at(seed: u64, row: Row, facts: Facts, now_ms: i64) -> Self {
        let mut mix = Mix::of(&[seed, 8, row.conversation.into(), row.position.into()]);
        let created_s = row.created_ms().div_euclid(1000);
        let age_s = now_ms.div_euclid(1000) - created_s;
        let mut form = Self { status: None, user_emoji: None, remark: None, updated_s: created_s };
        if facts.chat_type == ChatType::Outbound {
            form.send(&mut mix, created_s, age_s);
        } else if mix.chance(40) {
            // what the customer sends is touched again when it is routed
            form.happens(mix.between(1, 4), created_s, age_s);
        }
        // a stream of its own: how much of the first one was used depends on the time
        let mut mix = Mix::of(&[seed, 9, row.conversation.into(), row.position.into()]);
        let (reacts, after_s) = (mix.chance(3), mix.spread(20, 48 * 3600));
        if reacts && facts.kind != Kind::System && form.happens(after_s, created_s, age_s) {
            form.user_emoji = Some(mix.pick(EMOJI));
        }
        form
    }

    /// sent, then delivered, then perhaps read; or failed.
    fn send(&mut self, mix: &mut Mix, created_s: i64, age_s: i64) {
        self.status = Some("sent");
        if mix.below(1000) < 25 {
            if self.happens(mix.between(1, 20), created_s, age_s) {
                self.status = Some("failed");
                self.remark = Some(mix.pick(FAILURES));
            }
            return;
        }
        let delivered = match mix.below(100) {
            0..=89 => mix.between(1, 8),
            90..=97 => mix.spread(10, 600),
            _ => mix.spread(600, SLOWEST_DELIVERY_S),
        };
        if self.happens(delivered, created_s, age_s) {
            self.status = Some("delivered");
        }
        let read = delivered + mix.spread(5, LATEST_READ_S - SLOWEST_DELIVERY_S);
        // one in four is never read
        if mix.chance(75) && self.happens(read, created_s, age_s) {
            self.status = Some("read");
        }
    }

    /// Has this happened by now? If so, it was an update.
    fn happens(&mut self, after_s: u64, created_s: i64, age_s: i64) -> bool {
        let after_s = after_s.cast_signed();
        let happened = after_s <= age_s;
        if happened {
            self.updated_s = self.updated_s.max(created_s + after_s);
        }
        happened
    }
}
