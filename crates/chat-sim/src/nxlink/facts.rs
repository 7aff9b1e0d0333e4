//! What a record is: its kind, direction and file, computed from the seed and its place in its conversation.

use super::data::Row;
use crate::{media::FileKind, mix::Mix};

/// Who sent it; the vendor's `chat_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChatType {
    Outbound = 0,
    Inbound = 1,
    System = 2,
}

/// The vendor's `message_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Image,
    Document,
    Video,
    Audio,
    Voice,
    Template,
    System,
    Location,
    Sticker,
    Button,
    Contacts,
}

impl Kind {
    pub(super) fn message_type(self) -> &'static str {
        match self {
            // no system message is documented; they carry text
            Self::Text | Self::System => "text",
            Self::Image => "image",
            Self::Document => "document",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::Template => "template",
            Self::Location => "location",
            Self::Sticker => "sticker",
            Self::Button => "button",
            Self::Contacts => "contacts",
        }
    }
}

/// What a record is, for as long as it exists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) kind: Kind,
    pub(super) chat_type: ChatType,
    /// The type of its file, if it has one.
    pub(super) file: Option<FileKind>,
}

impl Facts {
    pub(super) fn of(seed: u64, row: Row) -> Self {
        let mut mix = Mix::of(&[seed, 7, row.conversation.into(), row.position.into()]);
        let kind = match mix.below(1000) {
            0..=759 => Kind::Text,
            760..=859 => Kind::Image,
            860..=879 => Kind::Document,
            880..=889 => Kind::Video,
            890..=894 => Kind::Audio,
            895..=899 => Kind::Voice,
            900..=959 => Kind::Template,
            960..=979 => Kind::System,
            980..=985 => Kind::Location,
            986..=993 => Kind::Sticker,
            994..=997 => Kind::Button,
            _ => Kind::Contacts,
        };
        let chat_type = match kind {
            Kind::Template => ChatType::Outbound,
            Kind::System => ChatType::System,
            Kind::Location | Kind::Sticker | Kind::Button | Kind::Contacts => ChatType::Inbound,
            // customers begin, then both sides mostly take turns
            _ if mix.chance(if row.position.is_multiple_of(2) { 75 } else { 25 }) => {
                ChatType::Inbound
            }
            _ => ChatType::Outbound,
        };
        let file = match kind {
            Kind::Image => Some(if mix.chance(75) { FileKind::Jpeg } else { FileKind::Png }),
            Kind::Document => Some(FileKind::Pdf),
            Kind::Video => Some(FileKind::Mp4),
            Kind::Audio | Kind::Voice => Some(FileKind::Ogg),
            _ => None,
        };
        Self { kind, chat_type, file }
    }
}
