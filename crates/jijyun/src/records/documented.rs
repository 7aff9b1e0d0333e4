//! What the vendor's page says of an answer: the sample of "查询联系人对话记录" (last changed on
//! 2025-07-17), read in November 2026. The descriptions of its fields could not be read, and of
//! the other two calls no page with an answer.

use chat_core::model::Json::{Array, Number, String};
use chat_core::model::{Documented, Field};

pub(super) const RECORDS: Documented = Documented {
    page: "chat/record, November 2026",
    objects: &[("", ANSWER), ("Data[]", CONVERSATION), ("Data[].messages[]", RECORD)],
    count: None,
    notes: &[
        ("Data[].messages[]", "a message has neither an id nor a time"),
        ("Data[].messages", "the sample's order is not the order of time"),
        ("Data[].messages[].content", "people's words have a label of the platform before them"),
        ("Data[].messages[].sender_type", "the words are Chinese, and none for the AI is shown"),
    ],
};

pub(super) const HISTORY: Documented =
    Documented::nothing("chat/history/detail, which could not be read");

pub(super) const HOSTED: Documented =
    Documented::nothing("chat/corpwechat/message/history, read in part in November 2026");

const ANSWER: &[Field] = &[
    Field::listed("Code", Number),
    Field::listed("Data", Array),
    Field::listed("Msg", String),
    Field::listed("RequestId", String),
];

const CONVERSATION: &[Field] =
    &[Field::listed("chat_id", String), Field::listed("messages", Array)];

const RECORD: &[Field] = &[
    Field::listed("content", String),
    Field::listed("message_type", String),
    Field::listed("sender_type", String),
];
