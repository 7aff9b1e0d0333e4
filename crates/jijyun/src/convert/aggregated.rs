//! Messages of the aggregated chat in neutral words.

use std::sync::Arc;

use chat_core::{
    ConversationId, Direction, Kind, Message, MessageId, Participant, ParticipantId, PlatformId,
    SenderKind, SentAt,
};

use super::{Conversion, VENDOR, file, joined, known, place};
use crate::records::{AggregatedMessage, AggregatedType, Content, ForwardType, User, UserType};

impl AggregatedMessage {
    /// This message of a conversation in neutral words.
    pub fn to_message(&self, chat_id: &str, conversion: &Conversion) -> Message {
        pushed(self, Some(chat_id), self.user.as_ref(), conversion)
    }
}

/// A message, with what is told beside it: the conversation, and who wrote it.
pub(crate) fn pushed(
    message: &AggregatedMessage,
    chat_id: Option<&str>,
    user: Option<&User>,
    conversion: &Conversion,
) -> Message {
    let content = message.message_content.unwrapped(message.message_type);
    let text = text(message.message_type, &content);
    let kind = kind(message.message_type, text.is_some());
    let source = Arc::clone(&conversion.source);
    let mut converted = match id(message, chat_id) {
        Some(id) => Message::new(VENDOR, source, id, kind),
        None => Message::without_id(VENDOR, source, kind),
    };
    converted.conversation_id = chat_id.map(ConversationId::new);
    converted.platform_id = content.message_id().map(PlatformId::new);
    converted.reply_to = content.quoted().map(PlatformId::new);
    converted.sent_at = message.at().map(SentAt::stated);
    converted.direction = match message.message_forward_type {
        Some(ForwardType::Incoming) => Some(Direction::Inbound),
        Some(ForwardType::Outgoing) => Some(Direction::Outbound),
        Some(ForwardType::Other(_)) | None => None,
    };
    let party = user.and_then(party);
    let is_customer = party.as_ref().is_some_and(|party| party.kind == Some(SenderKind::Customer));
    if is_customer && converted.direction == Some(Direction::Outbound) {
        // a customer does not write what goes out
        converted.recipients.extend(party);
    } else {
        converted.sender = party;
    }
    converted.attachments.extend(attachment(message.message_type, &content));
    converted.text = text;
    converted
}

/// The vendor's id says nothing of where else it is used, so the conversation goes with it.
fn id(message: &AggregatedMessage, chat_id: Option<&str>) -> Option<MessageId> {
    let id = message.message_id.as_deref()?;
    Some(match chat_id {
        Some(chat_id) => MessageId::new(format!("{chat_id}/{id}")),
        None => MessageId::new(id),
    })
}

fn party(user: &User) -> Option<Participant> {
    let kind = user.user_type.map(|user_type| match user_type {
        UserType::Customer => SenderKind::Customer,
        UserType::Agent | UserType::Member => SenderKind::Agent,
        UserType::Ai | UserType::AiFlow => SenderKind::Bot,
        UserType::System => SenderKind::System,
        UserType::Other(number) => SenderKind::Other(number.to_string()),
    });
    let is_known = kind.is_some();
    let party = Participant::new(kind)
        .with_id(user.user_id.as_ref().map(ParticipantId::new))
        .with_name(user.user_name.clone());
    if is_known { Some(party) } else { known(party) }
}

fn kind(message_type: Option<AggregatedType>, has_text: bool) -> Kind {
    match message_type {
        Some(AggregatedType::System) => Kind::System,
        Some(AggregatedType::Text) => Kind::Text,
        Some(AggregatedType::Voice) => Kind::Voice,
        Some(AggregatedType::Card) => Kind::Card,
        Some(AggregatedType::Location) => Kind::Location,
        Some(AggregatedType::Video) => Kind::Video,
        Some(AggregatedType::Link) => Kind::Link,
        Some(AggregatedType::File) => Kind::File,
        Some(AggregatedType::Image) => Kind::Image,
        Some(AggregatedType::Forwarded) => Kind::Mixed,
        // nothing of ours fits: the vendor's number stays
        Some(number) => Kind::Other(number.value().to_string()),
        None if has_text => Kind::Text,
        None => Kind::from("other"),
    }
}

fn text(message_type: Option<AggregatedType>, content: &Content<'_>) -> Option<String> {
    let member = |key: &str| content.first(&[key]);
    match message_type {
        Some(AggregatedType::Card) => content.text().or_else(|| member("name")),
        Some(AggregatedType::Location) => {
            let place =
                place(member("name"), member("address"), member("latitude"), member("longitude"));
            place.or_else(|| content.text())
        }
        Some(AggregatedType::Link) => {
            let link = joined([member("title"), content.first(&LINK)], "\n");
            link.or_else(|| content.text())
        }
        Some(AggregatedType::Lead) => {
            let keys = LEAD.map(member);
            joined(keys, "\n").or_else(|| content.text())
        }
        Some(AggregatedType::Forwarded) => {
            let entries = content.forwarded().into_iter();
            let lines = entries.map(|(name, words)| joined([name, words], ": "));
            let text = joined([member("title")].into_iter().chain(lines), "\n");
            text.or_else(|| content.text())
        }
        _ => content.text(),
    }
}

const LINK: [&str; 2] = ["link", "url"];
const LEAD: [&str; 6] =
    ["advertiser_name", "campaign_name", "phone_num", "wechat", "remark", "leads_tag"];

fn attachment(
    message_type: Option<AggregatedType>,
    content: &Content<'_>,
) -> Option<chat_core::Attachment> {
    let (kind, keys): (_, &[&str]) = match message_type? {
        AggregatedType::Voice => (Kind::Voice, &["voice_url", "url"]),
        AggregatedType::Video => (Kind::Video, &["video_url", "url"]),
        AggregatedType::Image => (Kind::Image, &["url"]),
        AggregatedType::File => (Kind::File, &["fileUrl", "url"]),
        _ => return None,
    };
    let name = content.first(&["name"]).filter(|_| kind == Kind::File);
    file(kind, content.first(keys), name)
}
