//! Which keys and words of an answer the types do not know. For the checks of the samples only.

use chat_core::model::{self, Shape, keys_of, word};

use super::envelope::Envelope;
use super::listing::Conversation;
use super::{MessageType, Record, SenderType};

/// JSON paths of the keys in an answer that no type has a field for.
#[doc(hidden)]
pub fn unmodelled_keys(body: &[u8]) -> Vec<String> {
    model::unmodelled_keys(body, &ENVELOPE)
}

/// JSON paths of the values in an answer that no variant of an enum names.
#[doc(hidden)]
pub fn unknown_values(body: &[u8]) -> Vec<String> {
    model::unknown_values(body, &ENVELOPE)
}

const ENVELOPE: Shape =
    Shape { keys: keys_of::<Envelope<'static>>, words: &[], inner: &[("Data", &CONVERSATION)] };
const CONVERSATION: Shape =
    Shape { keys: keys_of::<Conversation<'static>>, words: &[], inner: &[("messages", &RECORD)] };
const RECORD: Shape = Shape {
    keys: keys_of::<Record>,
    words: &[
        ("message_type", |value| MessageType::from(&*word(value)).is_other()),
        ("sender_type", |value| SenderType::from(&*word(value)).is_other()),
    ],
    inner: &[],
};
