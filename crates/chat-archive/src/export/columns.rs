//! The columns of flat exports: one list for every format that has columns.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::conversations::ConversationRow;
use crate::kept::{KeptMessage, Person};

/// A column of rows made from `R`.
pub(super) struct Column<R> {
    pub(super) name: &'static str,
    pub(super) kind: ColumnKind,
    pub(super) get: fn(&R) -> Value<'_>,
}

/// What a column holds, and which formats have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnKind {
    Text,
    /// A JSON array or object as text. Where tables can refer to each other, it is one of its own.
    Json,
    Int,
    /// Unix milliseconds; where a format has a type for instants, that.
    Time,
    /// The same instant as text with its offset; where a format has a type for instants, not there.
    TimeText,
    /// The offset in minutes; only there where the text is not.
    Offset,
    /// What the vendor sent, where it is asked for.
    Raw,
}

/// A value on its way into a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'r> {
    Null,
    Text(Cow<'r, str>),
    Int(i64),
}

impl<'r> Value<'r> {
    fn text(text: Option<&'r str>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.into()))
    }

    fn int(int: Option<i64>) -> Self {
        int.map_or(Self::Null, Self::Int)
    }

    fn count(count: u64) -> Self {
        Self::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }

    fn json(value: &impl serde::Serialize) -> Self {
        // lists and maps of plain values cannot fail to be JSON
        serde_json::to_string(value).map_or(Self::Null, |text| Self::Text(text.into()))
    }
}

macro_rules! columns {
    ($($name:literal $kind:ident $get:expr;)*) => {
        &[$(Column { name: $name, kind: ColumnKind::$kind, get: $get }),*]
    };
}

fn person(message: &KeptMessage, part: fn(&Person) -> &Option<String>) -> Value<'_> {
    Value::text(message.sender.as_ref().and_then(|sender| part(sender).as_deref()))
}

/// Of a message.
pub(super) const MESSAGE: &[Column<KeptMessage>] = columns! {
    "vendor" Text |m| Value::text(Some(&m.vendor));
    "source" Text |m| Value::text(Some(&m.source));
    "id" Text |m| Value::text(Some(&m.id));
    "id_origin" Text |m| Value::text(Some(&m.id_origin));
    "conversation_id" Text |m| Value::text(m.conversation_id.as_deref());
    "direction" Text |m| Value::text(m.direction.as_deref());
    "sender_id" Text |m| person(m, |sender| &sender.id);
    "sender_name" Text |m| person(m, |sender| &sender.name);
    "sender_kind" Text |m| person(m, |sender| &sender.kind);
    "recipients" Json |m| Value::text(Some(m.recipients_json()));
    "sent_at" TimeText |m| Value::text(m.sent_at.as_deref());
    "sent_at_ms" Time |m| Value::int(m.sent_at_ms);
    "sent_offset_minutes" Offset |m| Value::int(m.offset_minutes.map(i64::from));
    "sent_at_origin" Text |m| Value::text(m.sent_at_origin.as_deref());
    "updated_at_ms" Time |m| Value::int(m.updated_at_ms);
    "received_at_ms" Time |m| Value::int(m.received_at_ms);
    "read_at_ms" Time |m| Value::int(m.read_at_ms);
    "recalled_at_ms" Time |m| Value::int(m.recalled_at_ms);
    "kind" Text |m| Value::text(Some(&m.kind));
    "text" Text |m| Value::text(m.text.as_deref());
    "attachments" Json |m| Value::json(&m.attachments);
    "status" Text |m| Value::text(m.status.as_deref());
    "reply_to" Text |m| Value::text(m.reply_to.as_deref());
    "reactions" Json |m| Value::text(Some(m.reactions_json()));
    "version" Int |m| Value::Int(m.version);
    "first_seen_ms" Time |m| Value::Int(m.first_seen_ms);
    "last_seen_ms" Time |m| Value::Int(m.last_seen_ms);
    "raw" Raw |m| Value::text(m.raw.as_deref().map(RawValue::get));
};

/// Of a conversation.
pub(super) const CONVERSATION: &[Column<ConversationRow>] = columns! {
    "vendor" Text |c| Value::text(Some(&c.vendor));
    "source" Text |c| Value::text(Some(&c.source));
    "conversation_id" Text |c| Value::text(c.conversation_id.as_deref());
    "messages" Int |c| Value::count(c.messages);
    "inbound" Int |c| Value::count(c.inbound);
    "outbound" Int |c| Value::count(c.outbound);
    "files" Int |c| Value::count(c.files);
    "first_sent_at" TimeText |c| Value::text(c.first_sent_at.as_deref());
    "first_sent_at_ms" Time |c| Value::int(c.first_sent_at_ms);
    "last_sent_at" TimeText |c| Value::text(c.last_sent_at.as_deref());
    "last_sent_at_ms" Time |c| Value::int(c.last_sent_at_ms);
    "sent_offset_minutes" Offset |c| Value::int(c.offset_minutes.map(i64::from));
    "first_response_ms" Int |c| Value::int(c.first_response_ms);
    "first_responder" Text |c| Value::text(c.first_responder.as_deref());
    "customers" Json |c| Value::json(&c.customers);
    "agents" Json |c| Value::json(&c.agents);
    "kinds" Json |c| Value::json(&c.kinds);
    "statuses" Json |c| Value::json(&c.statuses);
};
