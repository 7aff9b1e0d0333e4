//! Messages of hosted accounts in neutral words.

use std::sync::Arc;

use chat_core::{
    ConversationId, Kind, Message, MessageId, Participant, ParticipantId, PlatformId, SentAt,
};

use super::{Conversion, VENDOR, file, joined, known, place};
use crate::records::{HostedMessage, HostedType, Payload, PayloadContent};

impl HostedMessage {
    /// This message in neutral words. Nothing in it says which way it went.
    pub fn to_message(&self, conversion: &Conversion) -> Message {
        self.clone().into_message(conversion)
    }

    /// Like [`to_message`](Self::to_message), without copying ids and names.
    pub fn into_message(self, conversion: &Conversion) -> Message {
        let id = MessageId::new(self.message_id.as_str());
        let source = Arc::clone(&conversion.source);
        let mut message = Message::new(VENDOR, source, id, Kind::Text);
        describe(&mut message, self.message_type, self.payload.as_ref());
        message.platform_id = Some(PlatformId::new(self.message_id.as_str()));
        message.sent_at = self.at().map(SentAt::stated);
        message.conversation_id = self.chat_id.map(ConversationId::new);
        // where two talk, the contact is the other one, whoever wrote
        if self.im_room_id.is_some() {
            let writer = Participant::new(None)
                .with_id(self.im_contact_id.map(ParticipantId::new))
                .with_name(self.contact_name);
            message.sender = known(writer);
        }
        message
    }
}

/// Kind, text, files and quote of a message.
pub(crate) fn describe(
    message: &mut Message,
    message_type: Option<HostedType>,
    payload: Option<&Payload>,
) {
    let content = payload.map(|payload| payload.content(message_type));
    if let Some(content) = &content {
        message.text = text(message_type, content);
        message.reply_to = content.quoted().map(PlatformId::new);
        message.attachments.extend(attachment(message_type, content));
    }
    message.kind = kind(message_type, message.text.is_some());
}

fn kind(message_type: Option<HostedType>, has_text: bool) -> Kind {
    match message_type {
        Some(HostedType::File) => Kind::File,
        Some(HostedType::Voice) => Kind::Voice,
        Some(HostedType::Card) => Kind::Card,
        Some(HostedType::Forwarded) => Kind::Mixed,
        Some(HostedType::Emoticon) => Kind::Emotion,
        Some(HostedType::Image) => Kind::Image,
        Some(HostedType::Text) => Kind::Text,
        Some(HostedType::Location) => Kind::Location,
        Some(HostedType::MiniProgram) => Kind::MiniProgram,
        Some(HostedType::Recall) => Kind::Recall,
        Some(HostedType::Link) => Kind::Link,
        Some(HostedType::Video) => Kind::Video,
        Some(HostedType::System | HostedType::WecomSystem) => Kind::System,
        // nothing of ours fits: the vendor's number stays
        Some(number) if number != HostedType::Unknown => Kind::Other(number.value().to_string()),
        None if has_text => Kind::Text,
        _ => Kind::from("other"),
    }
}

fn text(message_type: Option<HostedType>, content: &PayloadContent<'_>) -> Option<String> {
    let member = |key: &str| content.first(&[key]);
    let readable = match message_type {
        Some(HostedType::Card) => member("name"),
        Some(HostedType::Location) => {
            place(member("name"), member("address"), member("latitude"), member("longitude"))
        }
        Some(HostedType::MiniProgram) => member("title"),
        Some(HostedType::Link) => {
            joined([member("title"), member("description"), member("url")], "\n")
        }
        _ => None,
    };
    readable.or_else(|| content.first(&["text", "content"]))
}

fn attachment(
    message_type: Option<HostedType>,
    content: &PayloadContent<'_>,
) -> Option<chat_core::Attachment> {
    let (kind, keys) = match message_type? {
        HostedType::File => (Kind::File, ["fileUrl", "url"]),
        HostedType::Voice => (Kind::Voice, ["voiceUrl", "url"]),
        HostedType::Emoticon => (Kind::Emotion, ["imageUrl", "url"]),
        HostedType::Image => (Kind::Image, ["imageUrl", "url"]),
        HostedType::Video => (Kind::Video, ["videoUrl", "url"]),
        _ => return None,
    };
    let name = content.first(&["name"]).filter(|_| kind == Kind::File);
    file(kind, content.first(&keys), name)
}
