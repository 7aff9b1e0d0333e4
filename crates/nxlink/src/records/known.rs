//! What is known of an answer: the keys and words of the types, and the vendor's page.

use chat_core::model::{self, Answer, Model, Shape, keys_of, number, word};

use super::documented;
use super::listing::Envelope;
use super::{
    Button, ButtonType, Channel, ChatType, Component, ComponentType, FlowAction, HeaderFormat,
    MessageType, NamedExamples, ParameterFormat, Quality, QualityScore, Record, RecordStatus,
    Template, TemplateCategory, TemplateStatus,
};

/// What is known of the answers that records come in.
#[doc(hidden)]
pub const MODEL: Model = Model {
    answers: &[Answer { name: "chat/records", shape: &ENVELOPE, documented: &documented::RECORDS }],
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
    Shape { keys: keys_of::<Envelope<'static>>, words: &[], inner: &[("list", &RECORD)] };
const RECORD: Shape = Shape {
    keys: keys_of::<Record>,
    words: &[
        ("channel", |value| number(value).is_none_or(|n| Channel::from(n).is_other())),
        ("chat_type", |value| number(value).is_none_or(|n| ChatType::from(n).is_other())),
        ("message_type", |value| MessageType::from(&*word(value)).is_other()),
        ("status", |value| RecordStatus::from(&*word(value)).is_other()),
    ],
    inner: &[("template", &TEMPLATE)],
};
const TEMPLATE: Shape = Shape {
    keys: keys_of::<Template>,
    words: &[
        ("category", |value| TemplateCategory::from(&*word(value)).is_other()),
        ("status", |value| TemplateStatus::from(&*word(value)).is_other()),
        ("parameter_format", |value| ParameterFormat::from(&*word(value)).is_other()),
    ],
    inner: &[("quality_score", &QUALITY_SCORE), ("components", &COMPONENT)],
};
const QUALITY_SCORE: Shape = Shape {
    keys: keys_of::<QualityScore>,
    words: &[("score", |value| Quality::from(&*word(value)).is_other())],
    inner: &[],
};
const COMPONENT: Shape = Shape {
    keys: keys_of::<Component>,
    words: &[
        ("type", |value| ComponentType::from(&*word(value)).is_other()),
        ("format", |value| HeaderFormat::from(&*word(value)).is_other()),
    ],
    inner: &[("example", &EXAMPLE), ("buttons", &BUTTON)],
};
const BUTTON: Shape = Shape {
    keys: keys_of::<Button>,
    words: &[
        ("type", |value| ButtonType::from(&*word(value)).is_other()),
        ("flow_action", |value| FlowAction::from(&*word(value)).is_other()),
    ],
    inner: &[("example", &EXAMPLE)],
};
const EXAMPLE: Shape = Shape { keys: keys_of::<NamedExamples>, words: &[], inner: &[] };
