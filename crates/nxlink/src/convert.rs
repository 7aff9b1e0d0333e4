//! The vendor's words in ours: `Record` → `chat_core::Message`. The README has the table.

use std::mem;
use std::sync::Arc;

use chat_core::{
    Attachment, ConversationId, Direction, Kind, MediaLink, Message, MessageId, Participant,
    ParticipantId, PlatformId, SenderKind, SentAt, Status, UtcOffset, WallTime, de,
};
use serde::Deserialize;

use crate::records::{ChatType, MessageType, Record, RecordStatus};

/// The vendor's name in messages and configurations.
pub const VENDOR: &str = "nxlink";

/// What a record does not say and a message needs.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Conversion {
    /// The name of the source in the configuration.
    pub source: Arc<str>,
    /// The distance from UTC of the vendor's clock. It is not documented and never guessed.
    pub offset: UtcOffset,
}

impl Conversion {
    /// For records of a source whose clock is at `offset`.
    pub fn new(source: impl Into<Arc<str>>, offset: UtcOffset) -> Self {
        Self { source: source.into(), offset }
    }
}

impl Record {
    /// This record in neutral words.
    pub fn to_message(&self, conversion: &Conversion) -> Message {
        self.clone().into_message(conversion)
    }

    /// Like [`to_message`](Self::to_message), without copying the texts.
    pub fn into_message(mut self, conversion: &Conversion) -> Message {
        let kind = kind(&self);
        let id = MessageId::new(mem::take(&mut self.id));
        let mut message = Message::new(VENDOR, Arc::clone(&conversion.source), id, kind);
        let at = |wall: WallTime| SentAt::zoned(wall, conversion.offset);
        message.sent_at = self.created_wall_time().map(at);
        message.updated_at = self.updated_wall_time().map(|wall| wall.at(conversion.offset));
        message.direction = direction(self.chat_type);
        message.status = self.status.as_ref().map(status);
        message.attachments.extend(attachment(&mut self, &message.kind));
        message.text = text(&mut self);
        let (sender, recipient) = parties(&mut self);
        message.sender = sender;
        message.recipients.extend(recipient);
        message.conversation_id = self.conversation_id.map(ConversationId::new);
        message.platform_id = self.message_id.map(PlatformId::new);
        message.reply_to = self.context.map(PlatformId::new);
        message.reactions.extend(self.user_emoji);
        message
    }
}

fn direction(chat_type: Option<ChatType>) -> Option<Direction> {
    match chat_type? {
        ChatType::Inbound => Some(Direction::Inbound),
        ChatType::Outbound => Some(Direction::Outbound),
        ChatType::System => Some(Direction::System),
        ChatType::Other(_) => None,
    }
}

/// Who wrote and who received it. Numbers are the ids, since they are what both directions of a
/// conversation share; the business's number is a line that many agents use, not an agent.
fn parties(record: &mut Record) -> (Option<Participant>, Option<Participant>) {
    let (from, to) = (record.from.take(), record.to.take());
    match record.chat_type {
        Some(ChatType::Inbound) => {
            (customer(from, record), line(to).or_else(|| line(record.user_channel_id.take())))
        }
        Some(ChatType::Outbound) => {
            let agent = Participant::new(Some(SenderKind::Agent))
                .with_id(record.agent_id.take().map(ParticipantId::new))
                .with_name(record.agent_name.take());
            let business = || line(from).or_else(|| line(record.user_channel_id.take()));
            (known(agent).or_else(business), customer(to, record))
        }
        Some(ChatType::System) => (Some(Participant::new(Some(SenderKind::System))), None),
        Some(ChatType::Other(_)) | None => (line(from), line(to)),
    }
}

fn customer(number: Option<String>, record: &mut Record) -> Option<Participant> {
    let id = number.or_else(|| record.customer_id.take());
    let customer = Participant::new(Some(SenderKind::Customer)).with_id(id.map(ParticipantId::new));
    known(customer.with_name(record.customer_name.take()))
}

fn line(number: Option<String>) -> Option<Participant> {
    known(Participant::new(None).with_id(number.map(ParticipantId::new)))
}

fn known(party: Participant) -> Option<Participant> {
    (party.id.is_some() || party.name.is_some()).then_some(party)
}

fn status(status: &RecordStatus) -> Status {
    Status::from(status.as_str())
}

fn kind(record: &Record) -> Kind {
    let kind = match &record.message_type {
        Some(word) => kind_of(word),
        None if record.template.is_some() => Kind::Template,
        None => record.mime_type.as_deref().map_or_else(
            || if record.content.is_some() { Kind::Text } else { Kind::from("other") },
            kind_of_mime,
        ),
    };
    // a notice of the platform is text to the vendor; what else the platform sends keeps its kind
    let is_words = kind == Kind::Text || record.message_type.is_none();
    if record.chat_type == Some(ChatType::System) && is_words { Kind::System } else { kind }
}

fn kind_of(word: &MessageType) -> Kind {
    match word {
        // a click says in words what the customer chose
        MessageType::Text | MessageType::Button | MessageType::Interactive => Kind::Text,
        MessageType::Image => Kind::Image,
        MessageType::Video => Kind::Video,
        MessageType::Audio => Kind::Audio,
        MessageType::Voice => Kind::Voice,
        MessageType::Document => Kind::File,
        MessageType::Sticker => Kind::Emotion,
        MessageType::Location => Kind::Location,
        MessageType::Contacts => Kind::Card,
        MessageType::Template => Kind::Template,
        MessageType::System => Kind::System,
        MessageType::Other(word) => Kind::from(word.as_str()),
    }
}

fn kind_of_mime(mime_type: &str) -> Kind {
    match mime_type.split('/').next() {
        Some("image") => Kind::Image,
        Some("video") => Kind::Video,
        Some("audio") => Kind::Audio,
        _ => Kind::File,
    }
}

/// The one file that a record of this kind can have.
fn attachment(record: &mut Record, kind: &Kind) -> Option<Attachment> {
    let described = [&record.media_link, &record.file_name, &record.mime_type];
    if described.iter().all(|part| part.is_none()) {
        return None;
    }
    let kind = match kind {
        kind @ (Kind::Image
        | Kind::Video
        | Kind::Audio
        | Kind::Voice
        | Kind::File
        | Kind::Emotion) => kind.clone(),
        _ => record.mime_type.as_deref().map_or(Kind::File, kind_of_mime),
    };
    let mut attachment = Attachment::new(kind);
    attachment.file_name = record.file_name.take();
    attachment.mime_type = record.mime_type.take();
    // as it was sent: another order or encoding of its query would break its signature
    let link = record.media_link.take();
    attachment.link = link.map(|link| MediaLink::with_expiry_in_query(link, "Expires"));
    Some(attachment)
}

/// What a person would read. `content` is it, but for the kinds where it is likely to be JSON: no
/// sample shows them, so whatever does not look as expected stays as it is.
fn text(record: &mut Record) -> Option<String> {
    let Some(content) = record.content.take() else {
        return record.template.as_ref()?.body().map(str::to_owned);
    };
    let readable = match record.message_type {
        Some(MessageType::Location) => location_text(&content),
        Some(MessageType::Contacts) => contacts_text(&content),
        Some(MessageType::Button | MessageType::Interactive) => choice_text(&content),
        _ => None,
    };
    Some(readable.unwrap_or(content))
}

fn location_text(content: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Place {
        #[serde(default, deserialize_with = "de::filled_text")]
        name: Option<String>,
        #[serde(default, deserialize_with = "de::filled_text")]
        address: Option<String>,
        #[serde(default, deserialize_with = "de::filled_text")]
        latitude: Option<String>,
        #[serde(default, deserialize_with = "de::filled_text")]
        longitude: Option<String>,
    }
    let place: Place = object(content)?;
    let point = place.latitude.zip(place.longitude).map(|(lat, long)| format!("({lat}, {long})"));
    joined([place.name, place.address, point], ", ")
}

fn contacts_text(content: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Contact {
        name: Name,
        #[serde(default, deserialize_with = "de::null_as_default")]
        phones: Vec<Phone>,
    }
    #[derive(Deserialize)]
    struct Name {
        #[serde(default, deserialize_with = "de::filled_text")]
        formatted_name: Option<String>,
    }
    #[derive(Deserialize)]
    struct Phone {
        #[serde(default, deserialize_with = "de::filled_text")]
        phone: Option<String>,
    }
    let contacts: Vec<Contact> = serde_json::from_str(content).ok()?;
    let lines = contacts.into_iter().map(|contact| {
        let phones = contact.phones.into_iter().map(|phone| phone.phone);
        joined([contact.name.formatted_name].into_iter().chain(phones), " ")
    });
    joined(lines, "\n")
}

fn choice_text(content: &str) -> Option<String> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Choice {
        #[serde(deserialize_with = "de::filled_text")]
        text: Option<String>,
        #[serde(deserialize_with = "de::filled_text")]
        title: Option<String>,
        body: Option<Box<Choice>>,
        button_reply: Option<Box<Choice>>,
        list_reply: Option<Box<Choice>>,
    }
    fn said(choice: Choice) -> Option<String> {
        let inner = [choice.button_reply, choice.list_reply, choice.body];
        choice.text.or(choice.title).or_else(|| inner.into_iter().flatten().find_map(|c| said(*c)))
    }
    said(object(content)?)
}

fn object<'a, T: Deserialize<'a>>(content: &'a str) -> Option<T> {
    // without the look ahead a bare list would be read into the fields in their order
    content.trim_start().starts_with('{').then(|| serde_json::from_str(content).ok())?
}

fn joined(parts: impl IntoIterator<Item = Option<String>>, between: &str) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(between))
}
