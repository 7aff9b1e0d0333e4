//! Who talks: made-up customers, agents and hosted accounts, and the ids that name them and what they say. Telephone
//! numbers begin with 999, which no country has.

use std::fmt::Write as _;

use crate::mix::Mix;

/// People who answer: id and name.
pub(super) const AGENTS: [(&str, &str); 4] = [
    ("3f0d5f3c2b7e4a1c9d8e7f6a5b4c3d2e", "客服小周"),
    ("7a1b2c3d4e5f60718293a4b5c6d7e8f9", "客服小林"),
    ("b5d4c3e2f1a09f8e7d6c5b4a39281706", "Vivian"),
    ("e9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4", "售后-阿宁"),
];

/// The AI that answers: id and name.
pub(super) const ASSISTANT: (&str, &str) = ("0c9e8d7f6a5b4c3d8e1f2a3b4c5d6e7f", "售前咨询助手");

/// What an id is for; each purpose has a stream of its own.
#[derive(Clone, Copy)]
enum Purpose {
    Customer = 40,
    Chat,
    Phone,
    HostedChat,
    HostedContact,
    ExternalUser,
    Account,
    HostedMessage,
    Message,
    Pair,
}

fn stream(purpose: Purpose, parts: [u64; 3]) -> Mix {
    let [seed, first, second] = parts;
    Mix::of(&[seed, purpose as u64, first, second])
}

/// A contact's id: 32 hex digits.
pub(super) fn customer_id(seed: u64, customer: u32) -> String {
    hex_digits(&mut stream(Purpose::Customer, [seed, customer.into(), 0]), 32)
}

/// A conversation's id: a UUID, a hyphen and six digits.
pub(super) fn chat_id(seed: u64, conversation: u32) -> String {
    let mut mix = stream(Purpose::Chat, [seed, conversation.into(), 0]);
    let mut id = String::with_capacity(43);
    write_uuid(&mut mix, &mut id);
    // writing to a String cannot fail
    let _ = write!(id, "-{}", mix.between(100_000, 999_999));
    id
}

/// A contact's telephone number.
pub(super) fn phone(seed: u64, customer: u32) -> u64 {
    99_940_000_000 + stream(Purpose::Phone, [seed, customer.into(), 0]).below(50_000_000)
}

/// Appends the id of a message in the aggregated chat.
pub(super) fn write_message_id(seed: u64, message: MessageKey, inbound: bool, out: &mut String) {
    let MessageKey { conversation, position, round } = message;
    let mut mix = match round {
        Some(round) => stream(Purpose::Pair, [seed, conversation.into(), round.into()]),
        None => stream(Purpose::Message, [seed, conversation.into(), position.into()]),
    };
    out.push_str("api_");
    write_uuid(&mut mix, out);
    if inbound {
        out.push('i');
    }
}

/// What the id of a message is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct MessageKey {
    pub(super) conversation: u32,
    pub(super) position: u32,
    /// A question and the AI's answer share all of their id but its end.
    pub(super) round: Option<u32>,
}

/// A hosted account, as the calls about them name it.
pub(super) struct Account {
    pub(super) im_bot_id: String,
    pub(super) bot_id: String,
    pub(super) weixin: String,
}

pub(super) fn account(seed: u64, account: u8) -> Account {
    let mut mix = stream(Purpose::Account, [seed, account.into(), 0]);
    Account {
        im_bot_id: format!("1688{:012}", mix.below(1_000_000_000_000)),
        bot_id: hex_digits(&mut mix, 24),
        weixin: format!("Sim{:02}", u32::from(account) + 1),
    }
}

/// The id of a conversation of a hosted account; unrelated to that of the aggregated chat.
pub(super) fn hosted_chat_id(seed: u64, conversation: u32) -> String {
    hex_digits(&mut stream(Purpose::HostedChat, [seed, conversation.into(), 0]), 24)
}

/// The id of a message of a hosted account.
pub(super) fn hosted_message_id(seed: u64, conversation: u32, position: u32) -> String {
    let parts = [seed, conversation.into(), position.into()];
    hex_digits(&mut stream(Purpose::HostedMessage, parts), 32)
}

/// A customer's id at a hosted account: sixteen digits.
pub(super) fn im_contact_id(seed: u64, customer: u32) -> String {
    let mut mix = stream(Purpose::HostedContact, [seed, customer.into(), 0]);
    format!("7881{:012}", mix.below(1_000_000_000_000))
}

/// A customer's id in the business's `WeCom`.
pub(super) fn external_user_id(seed: u64, customer: u32) -> String {
    let mut mix = stream(Purpose::ExternalUser, [seed, customer.into(), 0]);
    format!("wm{}", hex_digits(&mut mix, 30))
}

/// Appends a random UUID.
pub(super) fn write_uuid(mix: &mut Mix, out: &mut String) {
    let (high, low) = (mix.next(), mix.next());
    let high = high & !0xf000 | 0x4000;
    let low = low & !(0b11 << 62) | 0b10 << 62;
    let _ = write!(
        out,
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    );
}

fn hex_digits(mix: &mut Mix, digits: usize) -> String {
    let mut text = String::with_capacity(digits + 16);
    while text.len() < digits {
        let _ = write!(text, "{:016x}", mix.next());
    }
    text.truncate(digits);
    text
}
