//! What happens to a message after it was sent: some are recalled. When is a pure function of the message.

use super::{facts::Kind, timeline::Row};
use crate::mix::Mix;

/// The longest that a recall takes, in seconds.
const LATEST_RECALL_S: u64 = 20 * 3600;

/// When a message is recalled, if it ever is.
pub(super) fn recall_ms(seed: u64, row: Row) -> Option<i64> {
    let mut mix = Mix::of(&[seed, 10, row.chat.into(), row.position.into()]);
    if !mix.chance(3) || matches!(Kind::documented(seed, row), Kind::Agree | Kind::Disagree) {
        return None;
    }
    let after_ms = mix.spread(5, LATEST_RECALL_S) * 1000 + mix.below(1000);
    Some(row.time_ms + after_ms.cast_signed())
}
