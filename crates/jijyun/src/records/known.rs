//! What is known of an answer: the keys and words of the types, and the vendor's page.

use chat_core::model::{self, Answer, Model, Shape, keys_of, number, word};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::documented;
use super::envelope::Envelope;
use super::listing::Conversation;
use super::{
    AggregatedMessage, AggregatedType, ContactType, ForwardType, HostedMessage, HostedOrigin,
    HostedType, MessageType, Record, SenderType, User, UserAddition, UserType,
};

/// What is known of the answers that records come in.
#[doc(hidden)]
pub const MODEL: Model = Model {
    answers: &[
        Answer { name: "chat/record", shape: &ENVELOPE, documented: &documented::RECORDS },
        Answer { name: "chat/history/detail", shape: &KEPT, documented: &documented::HISTORY },
        Answer {
            name: "chat/corpwechat/message/history",
            shape: &HOSTED_ENVELOPE,
            documented: &documented::HOSTED,
        },
    ],
    answer_of,
};

/// A whole conversation is kept beside its id, and the history of a hosted account is no list.
fn answer_of(body: &[u8]) -> usize {
    #[derive(Deserialize)]
    struct Parts<'a> {
        #[serde(borrow)]
        answer: Option<&'a RawValue>,
        #[serde(borrow, rename = "Data")]
        data: Option<&'a RawValue>,
    }
    match serde_json::from_slice::<Parts<'_>>(body) {
        Ok(Parts { answer: Some(_), .. }) => 1,
        Ok(Parts { data: Some(data), .. }) if data.get().starts_with('{') => 2,
        _ => 0,
    }
}

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

/// As `KeptHistory` keeps it.
const KEPT: Shape =
    Shape { keys: || &["chat_id", "answer"], words: &[], inner: &[("answer", &HISTORY)] };
const HISTORY: Shape = Shape {
    keys: keys_of::<Envelope<'static>>,
    words: &[],
    inner: &[(
        "Data",
        &Shape { keys: || &["message"], words: &[], inner: &[("message", &AGGREGATED)] },
    )],
};
const AGGREGATED: Shape = Shape {
    keys: keys_of::<AggregatedMessage>,
    words: &[
        ("message_type", |value| number(value).is_none_or(|n| AggregatedType::from(n).is_other())),
        ("message_forward_type", |value| ForwardType::from(&*word(value)).is_other()),
    ],
    inner: &[(
        "user",
        &Shape {
            keys: keys_of::<User>,
            words: &[("user_type", |value| {
                number(value).is_none_or(|n| UserType::from(n).is_other())
            })],
            inner: &[(
                "user_addition",
                &Shape { keys: keys_of::<UserAddition>, words: &[], inner: &[] },
            )],
        },
    )],
};

const HOSTED_ENVELOPE: Shape = Shape {
    keys: keys_of::<Envelope<'static>>,
    words: &[],
    inner: &[(
        "Data",
        &Shape { keys: || &["messages", "seq"], words: &[], inner: &[("messages", &HOSTED)] },
    )],
};
const HOSTED: Shape = Shape {
    keys: keys_of::<HostedMessage>,
    words: &[
        ("type", |value| number(value).is_none_or(|n| HostedType::from(n).is_other())),
        ("source", |value| number(value).is_none_or(|n| HostedOrigin::from(n).is_other())),
        ("contactType", |value| number(value).is_none_or(|n| ContactType::from(n).is_other())),
    ],
    inner: &[],
};
