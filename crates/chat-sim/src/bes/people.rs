//! Who talks: made-up users of the channel and agents.

use crate::{mix::Mix, text};

/// Those who answer, as customers see them.
pub(super) const AGENTS: [&str; 6] =
    ["客服小王", "Wendy", "客服-阿芳", "Kevin", "售后小周", "employees"];

/// The name of the robot.
pub(super) const ROBOT: &str = "智能客服";

/// A user's id within the channel. Enterprises choose them: here most are long numbers, some are not.
pub(super) fn user_id(seed: u64, user: u32) -> String {
    let mut mix = Mix::of(&[seed, 21, user.into()]);
    if user % 4 == 3 {
        format!("crm-{:06}-{user}", mix.below(1_000_000))
    } else {
        let high = 16_000_000_000 + mix.below(900_000_000);
        format!("{high}{user:08}")
    }
}

/// Appends a user's name.
pub(super) fn write_name(seed: u64, user: u32, out: &mut String) {
    text::write_name(&mut Mix::of(&[seed, 22, user.into()]), out);
}
