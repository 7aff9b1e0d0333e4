//! The vendor's words in ours: `Record` → `chat_core::Message`. The README has the table.

use std::fmt;
use std::sync::Arc;

use chat_core::{
    Attachment, ConversationId, Direction, Kind, MediaLink, Message, MessageId, Participant,
    ParticipantId, SenderKind, SentAt, Status,
};

use crate::content::{self, FileRef};
use crate::media::FileTarget;
use crate::records::{ControlType, MediaType, Record, SourceType, Timestamp};

/// The vendor's name in messages and configurations.
pub const VENDOR: &str = "bes-ccmessaging";

/// What a record does not say and a message needs. `Debug` does not show the user.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Conversion {
    /// The name of the source in the configuration.
    pub source: Arc<str>,
    /// The user whose history was asked for: the records themselves leave it out.
    pub user_id: Arc<str>,
}

impl Conversion {
    /// For records of a source, from the history of a user.
    pub fn new(source: impl Into<Arc<str>>, user_id: impl Into<Arc<str>>) -> Self {
        Self { source: source.into(), user_id: user_id.into() }
    }
}

impl fmt::Debug for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversion").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Record {
    /// This record in neutral words.
    pub fn to_message(&self, conversion: &Conversion) -> Message {
        let instant = |time: &Option<Timestamp>| time.as_ref().and_then(Timestamp::instant);
        let id = MessageId::new(self.id.as_str());
        let mut message = Message::new(VENDOR, Arc::clone(&conversion.source), id, kind(self));
        message.sent_at = self.sent_at().map(SentAt::stated);
        message.updated_at = instant(&self.modified_time);
        message.received_at = instant(&self.receive_time);
        message.read_at = instant(&self.read_time);
        message.recalled_at = instant(&self.recall_time);
        message.status = if message.recalled_at.is_some() {
            Some(Status::Recalled)
        } else if says_why_it_failed(self) {
            Some(Status::Failed)
        } else {
            message.read_at.map(|_| Status::Read)
        };
        message.direction = direction(self.source_type.as_ref());
        let file = if may_carry_file(self) { content::file(self) } else { None };
        message.text = text(self, file.is_some());
        message.attachments.extend(file.map(|file| attachment(self, file, conversion)));
        message.sender = sender(self, conversion);
        if message.direction == Some(Direction::Outbound) {
            message.recipients.push(customer(conversion));
        }
        let conversation = self.chat_id.as_ref().or(self.call_id.as_ref());
        message.conversation_id = conversation.map(ConversationId::new);
        message
    }
}

/// The vendor's table says that `errorMsg` is why a message could not be sent, and calls it a time.
/// Words in it are believed; numbers and anything else are not.
fn says_why_it_failed(record: &Record) -> bool {
    let words = record.error_msg.as_ref();
    let words = words.and_then(|json| serde_json::from_str::<String>(json.as_str()).ok());
    words.is_some_and(|words| words.contains(char::is_alphabetic))
}

fn direction(source_type: Option<&SourceType>) -> Option<Direction> {
    match source_type? {
        SourceType::User | SourceType::Customer => Some(Direction::Inbound),
        SourceType::Agent | SourceType::Robot => Some(Direction::Outbound),
        SourceType::System => Some(Direction::System),
        SourceType::Other(_) => None,
    }
}

fn customer(conversion: &Conversion) -> Participant {
    Participant::new(Some(SenderKind::Customer))
        .with_id(Some(ParticipantId::new(&*conversion.user_id)))
}

fn sender(record: &Record, conversion: &Conversion) -> Option<Participant> {
    let name = record.sender_nickname.clone();
    let kind = match &record.source_type {
        Some(SourceType::User | SourceType::Customer) => {
            return Some(customer(conversion).with_name(name));
        }
        Some(SourceType::Agent) => SenderKind::Agent,
        Some(SourceType::Robot) => SenderKind::Bot,
        Some(SourceType::System) => SenderKind::System,
        Some(SourceType::Other(word)) => SenderKind::from(word.as_str()),
        None => return name.map(|name| Participant::new(None).with_name(Some(name))),
    };
    Some(Participant::new(Some(kind)).with_name(name))
}

fn is_control(record: &Record) -> bool {
    matches!(
        record.control_type,
        Some(
            ControlType::Connect
                | ControlType::ToAgent
                | ControlType::Input
                | ControlType::Disconnect
                | ControlType::Read
        )
    )
}

fn kind(record: &Record) -> Kind {
    if is_control(record) {
        return Kind::System;
    }
    match &record.media_type {
        // a notice of the platform is text to the vendor; what else it sends keeps its kind
        Some(MediaType::Text) | None if record.source_type == Some(SourceType::System) => {
            Kind::System
        }
        Some(media_type) => kind_of(media_type),
        None if record.content.is_some() => Kind::Text,
        None => Kind::from("other"),
    }
}

fn kind_of(media_type: &MediaType) -> Kind {
    match media_type {
        MediaType::Text | MediaType::RichText => Kind::Text,
        MediaType::Image | MediaType::FileImage => Kind::Image,
        MediaType::Audio => Kind::Audio,
        MediaType::Video | MediaType::FileVideo => Kind::Video,
        MediaType::File | MediaType::Document => Kind::File,
        MediaType::WebCard => Kind::Link,
        MediaType::Location => Kind::Location,
        MediaType::Card => Kind::Card,
        MediaType::Emotions => Kind::Emotion,
        MediaType::Email => Kind::from("email"),
        MediaType::Other(word) => Kind::from(word.as_str()),
    }
}

/// Text is never taken for a file's id, however much it looks like one.
fn may_carry_file(record: &Record) -> bool {
    !is_control(record)
        && match &record.media_type {
            Some(MediaType::Text | MediaType::Email) | None => false,
            // a word that is not known: only the library says that there is a file
            Some(MediaType::Other(_) | MediaType::RichText | MediaType::Card) => {
                let library = record.multi_media_library_info.as_deref();
                library.is_some_and(|library| library.media_file_type.is_some())
            }
            Some(_) => true,
        }
}

fn text(record: &Record, has_file: bool) -> Option<String> {
    // a list of ids says nothing to a reader
    if record.control_type == Some(ControlType::Read) {
        return None;
    }
    content::text(record, has_file)
}

fn attachment(record: &Record, file: FileRef, conversion: &Conversion) -> Attachment {
    let kind = match record.media_type.as_ref().map(kind_of) {
        // the picture on a card
        Some(Kind::Link) => Kind::Image,
        Some(kind @ (Kind::Image | Kind::Audio | Kind::Video | Kind::Emotion)) => kind,
        _ => Kind::File,
    };
    let target = FileTarget {
        user: conversion.user_id.as_ref().to_owned(),
        file_id: file.file_id,
        file_type: file.extension,
        is_library_file: file.is_library_file,
        size_bytes: file.size_bytes,
    };
    let mut attachment = Attachment::new(kind);
    attachment.file_name = file.name;
    attachment.size_bytes = file.size_bytes;
    // the vendor names no end of a file's life
    attachment.link = Some(MediaLink::new(target.write(), None));
    attachment
}
