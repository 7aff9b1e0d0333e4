//! The neutral message: what every vendor's record becomes.

use std::fmt;
use std::sync::Arc;

use crate::{
    ConversationId, MediaLink, MessageId, ParticipantId, PlatformId, SentAt, UnixMillis, open_enum,
};

/// One message in neutral words. The vendor's own bytes travel beside it, never inside it.
///
/// `None` means that the vendor did not say. `Debug` shows ids, times and kinds, never text,
/// names or links.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Message {
    /// The vendor's name, as in the configuration.
    pub vendor: &'static str,
    /// The name of the source in the configuration.
    pub source: Arc<str>,
    /// The record's id, unique within its partition. Empty if the vendor gives none, until an
    /// archive has [derived](IdOrigin::Derived) one.
    pub id: MessageId,
    /// Who gave the id.
    pub id_origin: IdOrigin,
    /// Its id on the platform beneath the vendor, which quotes may refer to.
    pub platform_id: Option<PlatformId>,
    /// The thread it belongs to.
    pub conversation_id: Option<ConversationId>,
    /// From the customer, or to the customer.
    pub direction: Option<Direction>,
    /// Who wrote it.
    pub sender: Option<Participant>,
    /// To whom.
    pub recipients: Vec<Participant>,
    /// When it was sent.
    pub sent_at: Option<SentAt>,
    /// When the vendor last changed the record.
    pub updated_at: Option<UnixMillis>,
    /// When it arrived.
    pub received_at: Option<UnixMillis>,
    /// When it was read.
    pub read_at: Option<UnixMillis>,
    /// When it was recalled.
    pub recalled_at: Option<UnixMillis>,
    /// What it carries.
    pub kind: Kind,
    /// Readable text.
    pub text: Option<String>,
    /// Files in it.
    pub attachments: Vec<Attachment>,
    /// How far it got.
    pub status: Option<Status>,
    /// The vendor's id of the quoted message.
    pub reply_to: Option<PlatformId>,
    /// Emoji put on it.
    pub reactions: Vec<String>,
    /// The [`platform_id`](Self::platform_id) of another message of the conversation: this record
    /// says that it was recalled, when this one was sent. An archive marks that message. Not part of
    /// an export.
    pub recalls: Option<PlatformId>,
}

impl Message {
    /// A message of which nothing but its identity is known.
    pub fn new(vendor: &'static str, source: Arc<str>, id: MessageId, kind: Kind) -> Self {
        Self {
            vendor,
            source,
            id,
            id_origin: IdOrigin::Vendor,
            platform_id: None,
            conversation_id: None,
            direction: None,
            sender: None,
            recipients: Vec::new(),
            sent_at: None,
            updated_at: None,
            received_at: None,
            read_at: None,
            recalled_at: None,
            kind,
            text: None,
            attachments: Vec::new(),
            status: None,
            reply_to: None,
            reactions: Vec::new(),
            recalls: None,
        }
    }

    /// A message whose vendor gives records no ids. The records of a conversation on a page then
    /// count as all that the vendor shows of it now, in its own order: that is what ids are
    /// derived from.
    pub fn without_id(vendor: &'static str, source: Arc<str>, kind: Kind) -> Self {
        let none = MessageId::new("");
        Self { id_origin: IdOrigin::Derived, ..Self::new(vendor, source, none, kind) }
    }

    /// True if it still waits for an id to be derived.
    pub fn is_without_id(&self) -> bool {
        self.id_origin == IdOrigin::Derived && self.id.as_str().is_empty()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("vendor", &self.vendor)
            .field("source", &self.source)
            .field("id", &self.id)
            .field("conversation_id", &self.conversation_id)
            .field("direction", &self.direction)
            .field("sent_at", &self.sent_at)
            .field("kind", &self.kind)
            .field("status", &self.status)
            .field("attachments", &self.attachments.len())
            .finish_non_exhaustive()
    }
}

/// Who gave a message its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdOrigin {
    /// The vendor.
    Vendor,
    /// The archive did, because the vendor gives none.
    Derived,
}

impl IdOrigin {
    /// `vendor` or `derived`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Derived => "derived",
        }
    }
}

/// Which way a message went, seen from the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Direction {
    /// From the customer.
    Inbound,
    /// To the customer.
    Outbound,
    /// From the platform.
    System,
}

impl Direction {
    /// `inbound`, `outbound` or `system`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::System => "system",
        }
    }
}

/// A party of a conversation. `Debug` shows its kind only.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Participant {
    /// The vendor's id, often a phone number.
    pub id: Option<ParticipantId>,
    /// The display name.
    pub name: Option<String>,
    /// What sort of party.
    pub kind: Option<SenderKind>,
}

impl Participant {
    /// A party of a kind, without id or name.
    pub fn new(kind: Option<SenderKind>) -> Self {
        Self { id: None, name: None, kind }
    }

    /// With the vendor's id.
    #[must_use]
    pub fn with_id(mut self, id: Option<ParticipantId>) -> Self {
        self.id = id;
        self
    }

    /// With a display name.
    #[must_use]
    pub fn with_name(mut self, name: Option<String>) -> Self {
        self.name = name;
        self
    }
}

impl fmt::Debug for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Participant").field("kind", &self.kind).finish_non_exhaustive()
    }
}

open_enum! {
    /// What sort of party wrote a message, or the vendor's word.
    pub enum SenderKind {
        /// A customer of the business.
        Customer = "customer",
        /// A person who works for the business.
        Agent = "agent",
        /// A program.
        Bot = "bot",
        /// The platform.
        System = "system",
    }
}

open_enum! {
    /// What a message carries, or the vendor's word where none fits.
    pub enum Kind {
        /// Text.
        Text = "text",
        /// A picture.
        Image = "image",
        /// A voice note.
        Voice = "voice",
        /// A video.
        Video = "video",
        /// A sound file.
        Audio = "audio",
        /// A file.
        File = "file",
        /// A place.
        Location = "location",
        /// A link with a preview.
        Link = "link",
        /// A contact card or another card.
        Card = "card",
        /// A mini-program.
        MiniProgram = "miniprogram",
        /// A message made from a template.
        Template = "template",
        /// A sticker.
        Emotion = "emotion",
        /// A shared document.
        Document = "document",
        /// A gift of money.
        RedPacket = "redpacket",
        /// Consent to being archived.
        Agree = "agree",
        /// Refusal of being archived.
        Disagree = "disagree",
        /// Several parts of different kinds.
        Mixed = "mixed",
        /// Notice that a message was recalled.
        Recall = "recall",
        /// Notice by the platform.
        System = "system",
    }
}

open_enum! {
    /// How far a message got, or the vendor's word.
    pub enum Status {
        /// Waiting to be sent.
        Queued = "queued",
        /// Sent.
        Sent = "sent",
        /// On the recipient's device.
        Delivered = "delivered",
        /// Read.
        Read = "read",
        /// Could not be delivered.
        Failed = "failed",
        /// Taken back by its sender.
        Recalled = "recalled",
        /// Removed.
        Deleted = "deleted",
    }
}

impl Status {
    /// Where the status stands in the order in which messages advance:
    /// queued < sent < delivered < read, then the side branches failed < recalled < deleted,
    /// which a message does not leave. A vendor's own word is below all of them, so it never
    /// hides a known state.
    const fn rank(&self) -> u8 {
        match self {
            Self::Other(_) => 0,
            Self::Queued => 1,
            Self::Sent => 2,
            Self::Delivered => 3,
            Self::Read => 4,
            Self::Failed => 5,
            Self::Recalled => 6,
            Self::Deleted => 7,
        }
    }

    /// True if nothing further is expected of a message in this state. Of a vendor's own word
    /// nobody knows.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Read | Self::Failed | Self::Recalled | Self::Deleted)
    }

    /// The further of two states of one message. The result does not depend on the order in which
    /// states are seen, so a page read late never moves a message backwards.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        // the derived order breaks the tie between two unknown words the same way either way round
        if (self.rank(), &self) >= (other.rank(), &other) { self } else { other }
    }
}

/// A file in a message, as far as the vendor describes it.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Attachment {
    /// What it is.
    pub kind: Kind,
    /// The name it was sent under. From outside: never use it as a path.
    pub file_name: Option<String>,
    /// The type the vendor states.
    pub mime_type: Option<String>,
    /// Size in bytes.
    pub size_bytes: Option<u64>,
    /// Length of a recording in milliseconds.
    pub duration_ms: Option<u64>,
    /// Where it can be had, for a while. `None`: the vendor gives no way to it.
    pub link: Option<MediaLink>,
}

impl Attachment {
    /// An attachment of which only the kind is known.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            file_name: None,
            mime_type: None,
            size_bytes: None,
            duration_ms: None,
            link: None,
        }
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("kind", &self.kind)
            .field("mime_type", &self.mime_type)
            .field("size_bytes", &self.size_bytes)
            .field("duration_ms", &self.duration_ms)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_merge_does_not_depend_on_order() {
        let words =
            ["queued", "sent", "delivered", "read", "failed", "recalled", "deleted", "x", "y"];
        for a in words {
            for b in words {
                let (a, b) = (Status::from(a), Status::from(b));
                assert_eq!(a.clone().merge(b.clone()), b.merge(a));
            }
        }
        assert_eq!(Status::Read.merge(Status::Sent), Status::Read);
        assert_eq!(Status::Sent.merge(Status::from("novel")), Status::Sent);
        assert_eq!(Status::Read.merge(Status::Recalled), Status::Recalled);
    }
}
