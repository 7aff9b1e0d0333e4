//! Who talks: made-up agents, business lines, customers, and the ids that name them. Telephone numbers begin with 999,
//! which no country has.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{data::Row, facts::ChatType};
use crate::mix::Mix;

/// Someone who answers.
pub(super) struct Agent {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) account: &'static str,
}

const fn agent(id: &'static str, name: &'static str, account: &'static str) -> Agent {
    Agent { id, name, account }
}

pub(super) const AGENTS: [Agent; 9] = [
    agent("677", "Wendy", "wendy@support.example"),
    agent("708", "Sandy", "sandy@support.example"),
    agent("712", "客服小李", "xiaoli@support.example"),
    agent("715", "客服小陈", "xiaochen@support.example"),
    agent("731", "Rina", "rina@support.example"),
    agent("744", "Kevin", "kevin@support.example"),
    agent("750", "售后-阿豪", "ahao@support.example"),
    agent("768", "Mia", "mia@support.example"),
    agent("802", "Agus", "agus@support.example"),
];

/// The business's own numbers.
pub(super) const LINES: [&str; 3] = ["99910010001", "99910010002", "99910010003"];

/// A customer's telephone number: eleven digits.
pub(super) fn phone(seed: u64, customer: u32) -> u64 {
    99_920_000_000 + Mix::of(&[seed, 3, customer.into()]).below(80_000_000)
}

/// A conversation's id: opaque, but with its index in it, so that a filter need not search.
pub(super) fn conversation_id(seed: u64, conversation: u32) -> String {
    let mut mix = Mix::of(&[seed, 4]);
    let hidden = u64::from(conversation) ^ (mix.next() & 0xffff_ffff);
    format!("{:016x}{hidden:08x}", Mix::of(&[seed, 4, conversation.into()]).next())
}

/// The conversation of an id, if there can be one.
pub(super) fn parse_conversation_id(seed: u64, id: &str) -> Option<u32> {
    let hidden = u64::from_str_radix(id.get(16..)?, 16).ok()?;
    let conversation = u32::try_from(hidden ^ (Mix::of(&[seed, 4]).next() & 0xffff_ffff)).ok()?;
    (conversation_id(seed, conversation) == id).then_some(conversation)
}

/// Appends the WhatsApp id of a message, which holds the customer's number like real ones do.
pub(super) fn write_wamid(seed: u64, row: Row, phone: u64, chat_type: ChatType, out: &mut String) {
    let mut mix = Mix::of(&[seed, 6, row.conversation.into(), row.position.into()]);
    let (direction, digits) = if chat_type == ChatType::Inbound { (0x12, 20) } else { (0x11, 18) };
    let mut plain = [0; 41];
    plain[..3].copy_from_slice(&[0x1c, 0x18, 0x0b]);
    let mut rest = phone;
    for digit in plain[3..14].iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    plain[14..20].copy_from_slice(&[0x15, 0x02, 0x00, direction, 0x18, digits]);
    let end = 20 + usize::from(digits);
    for digit in &mut plain[20..end] {
        *digit = b"0123456789ABCDEF"[mix.index(16)];
    }
    out.push_str("wamid.");
    STANDARD.encode_string(&plain[..=end], out);
}
