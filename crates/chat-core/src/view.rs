//! What snapshots show of pages and messages: all that decides an export, and no link.

use serde::Serialize;

use crate::{
    ConversationId, Cursor, Direction, Message, Page, Participant, ParticipantId, PlatformId,
    SenderKind, SentAt, Status, UnixMillis,
};

/// A page as a snapshot shows it. Redact what is a link in the items.
#[derive(Debug, Serialize)]
pub struct PageView<'a, T> {
    total: Option<u64>,
    next: Option<&'a str>,
    trace_id: Option<&'a str>,
    items: &'a [T],
    skipped: Vec<(usize, String)>,
}

impl<'a, T> PageView<'a, T> {
    /// The view of a page.
    pub fn of(page: &'a Page<T>) -> Self {
        Self {
            total: page.total,
            next: page.next.as_ref().map(Cursor::as_str),
            trace_id: page.trace_id.as_deref(),
            items: &page.items,
            skipped: page.skipped.iter().map(|s| (s.index, s.error.to_string())).collect(),
        }
    }
}

/// A message with the keys of an export, as far as the message itself decides them.
#[derive(Debug, Serialize)]
pub struct MessageView<'a> {
    vendor: &'a str,
    source: &'a str,
    id: &'a str,
    id_origin: &'a str,
    platform_id: Option<&'a str>,
    conversation_id: Option<&'a str>,
    direction: Option<&'a str>,
    sender: Option<Party<'a>>,
    recipients: Vec<Party<'a>>,
    sent_at: Option<String>,
    sent_at_ms: Option<i64>,
    sent_at_origin: Option<&'a str>,
    updated_at_ms: Option<i64>,
    received_at_ms: Option<i64>,
    read_at_ms: Option<i64>,
    recalled_at_ms: Option<i64>,
    kind: &'a str,
    text: Option<&'a str>,
    attachments: Vec<Attached<'a>>,
    status: Option<&'a str>,
    reply_to: Option<&'a str>,
    reactions: &'a [String],
}

#[derive(Debug, Serialize)]
struct Party<'a> {
    id: Option<&'a str>,
    name: Option<&'a str>,
    kind: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Attached<'a> {
    kind: &'a str,
    file_name: Option<&'a str>,
    mime_type: Option<&'a str>,
    size_bytes: Option<u64>,
    duration_ms: Option<u64>,
    link: Option<&'static str>,
    link_expires_at_ms: Option<i64>,
}

impl<'a> Party<'a> {
    fn of(party: &'a Participant) -> Self {
        Self {
            id: party.id.as_ref().map(ParticipantId::as_str),
            name: party.name.as_deref(),
            kind: party.kind.as_ref().map(SenderKind::as_str),
        }
    }
}

impl<'a> MessageView<'a> {
    /// The view of a message.
    pub fn of(message: &'a Message) -> Self {
        Self {
            vendor: message.vendor,
            source: &message.source,
            id: message.id.as_str(),
            id_origin: message.id_origin.as_str(),
            platform_id: message.platform_id.as_ref().map(PlatformId::as_str),
            conversation_id: message.conversation_id.as_ref().map(ConversationId::as_str),
            direction: message.direction.map(Direction::as_str),
            sender: message.sender.as_ref().map(Party::of),
            recipients: message.recipients.iter().map(Party::of).collect(),
            sent_at: message.sent_at.map(SentAt::to_rfc3339),
            sent_at_ms: message.sent_at.map(|at| at.instant.get()),
            sent_at_origin: message.sent_at.map(|at| at.origin.as_str()),
            updated_at_ms: message.updated_at.map(UnixMillis::get),
            received_at_ms: message.received_at.map(UnixMillis::get),
            read_at_ms: message.read_at.map(UnixMillis::get),
            recalled_at_ms: message.recalled_at.map(UnixMillis::get),
            kind: message.kind.as_str(),
            text: message.text.as_deref(),
            attachments: message
                .attachments
                .iter()
                .map(|file| Attached {
                    kind: file.kind.as_str(),
                    file_name: file.file_name.as_deref(),
                    mime_type: file.mime_type.as_deref(),
                    size_bytes: file.size_bytes,
                    duration_ms: file.duration_ms,
                    link: file.link.as_ref().map(|_| "[link]"),
                    link_expires_at_ms: file
                        .link
                        .as_ref()
                        .and_then(|link| Some(link.expires_at()?.get())),
                })
                .collect(),
            status: message.status.as_ref().map(Status::as_str),
            reply_to: message.reply_to.as_ref().map(PlatformId::as_str),
            reactions: &message.reactions,
        }
    }
}
