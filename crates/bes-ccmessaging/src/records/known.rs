//! What is known of an answer: the keys and words of the types, and the vendor's page.

use chat_core::model::{self, Answer, Model, Shape, keys_of, word};

use super::documented;
use super::listing::Envelope;
use super::{
    ChannelType, ContentDealType, ControlType, LibraryFile, MediaType, Record, SizeUnit, SourceType,
};

/// What is known of the answers that records come in.
#[doc(hidden)]
pub const MODEL: Model = Model {
    answers: &[Answer {
        name: "ccmessaging/queryHistoryChatMessage",
        shape: &ENVELOPE,
        documented: &documented::HISTORY,
    }],
    answer_of: |_| 0,
};

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
    Shape { keys: keys_of::<Envelope<'static>>, words: &[], inner: &[("messageList", &RECORD)] };
const RECORD: Shape = Shape {
    keys: keys_of::<Record>,
    words: &[
        ("channel", |value| ChannelType::from(&*word(value)).is_other()),
        ("controlType", |value| ControlType::from(&*word(value)).is_other()),
        ("sourceType", |value| SourceType::from(&*word(value)).is_other()),
        ("mediaType", |value| MediaType::from(&*word(value)).is_other()),
        ("contentDealType", |value| ContentDealType::from(&*word(value)).is_other()),
    ],
    inner: &[("multiMediaLibraryInfo", &LIBRARY)],
};
const LIBRARY: Shape = Shape {
    keys: keys_of::<LibraryFile>,
    words: &[
        ("mediaType", |value| MediaType::from(&*word(value)).is_other()),
        ("sizeUnit", |value| SizeUnit::from(&*word(value)).is_other()),
    ],
    inner: &[],
};
