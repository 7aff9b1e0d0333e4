//! The columns of a form that its bytes alone decide.

use chat_core::{
    ConversationId, Direction, Message, Participant, ParticipantId, PlatformId, SenderKind,
    UnixMillis,
};
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use serde::Serialize;

/// How many columns there are.
pub(crate) const COUNT: usize = 19;

/// Their names, in the order of the schema.
pub(crate) const NAMES: [&str; COUNT] = [
    "id_origin",
    "platform_id",
    "conversation_id",
    "direction",
    "sender_id",
    "sender_name",
    "sender_kind",
    "recipients",
    "sent_at_ms",
    "sent_offset",
    "sent_at_origin",
    "updated_at_ms",
    "received_at_ms",
    "read_at_ms",
    "recalled_at_ms",
    "kind",
    "text",
    "reply_to",
    "reactions",
];

/// Their values for a message, in the same order.
pub(crate) struct Columns<'m>([ToSqlOutput<'m>; COUNT]);

impl<'m> Columns<'m> {
    pub(crate) fn of(message: &'m Message) -> Self {
        let sender = message.sender.as_ref();
        let sent = message.sent_at.as_ref();
        let at = |time: Option<UnixMillis>| number(time.map(UnixMillis::get));
        Self([
            text(Some(message.id_origin.as_str())),
            text(message.platform_id.as_ref().map(PlatformId::as_str)),
            text(message.conversation_id.as_ref().map(ConversationId::as_str)),
            text(message.direction.map(Direction::as_str)),
            text(sender.and_then(|who| who.id.as_ref()).map(ParticipantId::as_str)),
            text(sender.and_then(|who| who.name.as_deref())),
            text(sender.and_then(|who| who.kind.as_ref()).map(SenderKind::as_str)),
            list(&recipients(&message.recipients)),
            at(sent.map(|sent| sent.instant)),
            number(sent.map(|sent| i64::from(sent.offset.minutes()))),
            text(sent.map(|sent| sent.origin.as_str())),
            at(message.updated_at),
            at(message.received_at),
            at(message.read_at),
            at(message.recalled_at),
            text(Some(message.kind.as_str())),
            text(message.text.as_deref()),
            text(message.reply_to.as_ref().map(PlatformId::as_str)),
            list(&message.reactions),
        ])
    }

    /// The values, to bind.
    pub(crate) fn values(&self) -> impl Iterator<Item = &dyn ToSql> {
        self.each().map(|value| value as &dyn ToSql)
    }

    /// The values, one by one.
    pub(crate) fn each(&self) -> impl Iterator<Item = &ToSqlOutput<'m>> {
        self.0.iter()
    }

    /// Whether a value is absent.
    pub(crate) const fn is_null(value: &ToSqlOutput<'_>) -> bool {
        matches!(value, ToSqlOutput::Borrowed(ValueRef::Null) | ToSqlOutput::Owned(Value::Null))
    }

    /// The names of those whose stored value, which `stored` gives by position, is another one.
    pub(crate) fn differing<'s>(
        &self,
        mut stored: impl FnMut(usize) -> rusqlite::Result<ValueRef<'s>>,
    ) -> rusqlite::Result<Vec<&'static str>> {
        let mut names = Vec::new();
        for (index, (name, made)) in NAMES.into_iter().zip(&self.0).enumerate() {
            let made = match made {
                ToSqlOutput::Borrowed(value) => *value,
                ToSqlOutput::Owned(value) => ValueRef::from(value),
                _ => ValueRef::Null,
            };
            if stored(index)? != made {
                names.push(name);
            }
        }
        Ok(names)
    }
}

fn text(value: Option<&str>) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(value.map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes())))
}

fn number<'m>(value: Option<i64>) -> ToSqlOutput<'m> {
    ToSqlOutput::Borrowed(value.map_or(ValueRef::Null, ValueRef::Integer))
}

fn list<'m, T: Serialize>(list: &[T]) -> ToSqlOutput<'m> {
    let json = if list.is_empty() { None } else { serde_json::to_string(list).ok() };
    ToSqlOutput::Owned(json.map_or(Value::Null, Value::Text))
}

#[derive(Serialize)]
struct Recipient<'a> {
    id: Option<&'a str>,
    name: Option<&'a str>,
    kind: Option<&'a str>,
}

fn recipients(recipients: &[Participant]) -> Vec<Recipient<'_>> {
    let list = recipients.iter().map(|who| Recipient {
        id: who.id.as_ref().map(ParticipantId::as_str),
        name: who.name.as_deref(),
        kind: who.kind.as_ref().map(SenderKind::as_str),
    });
    list.collect()
}
