//! The vendor's words in ours: `Record` and `RawRecord` → `chat_core::Message`. The README has the
//! table.

mod link;
mod plain;
mod raw;

use std::sync::Arc;

use chat_core::{
    Attachment, ConversationId, Direction, Kind, MediaLink, Message, MessageId, Participant,
    ParticipantId, PlatformId, SenderKind, SentAt, Status, UnixMillis,
};

use crate::records::raw::RawRecord;
use crate::records::{Action, MessageType, Record, SenderType, SingleChat};

#[cfg(feature = "client")]
pub(crate) use link::until;

/// The vendor's name in messages and configurations.
pub const VENDOR: &str = "myscrm-qw";

/// What a record does not say and a message needs.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Conversion {
    /// The name of the source in the configuration.
    pub source: Arc<str>,
    /// The chat that plain records were asked for: they do not name it.
    pub chat_id: Option<ConversationId>,
    /// The two sides of a single chat, if they were asked for: plain records do not say which side
    /// sent them.
    pub single_chat: Option<Arc<SingleChat>>,
}

impl Conversion {
    /// For records of a source.
    pub fn new(source: impl Into<Arc<str>>) -> Self {
        Self { source: source.into(), chat_id: None, single_chat: None }
    }

    /// For the plain records of a chat.
    #[must_use]
    pub fn with_chat_id(mut self, chat_id: impl Into<String>) -> Self {
        self.chat_id = Some(ConversationId::new(chat_id));
        self
    }

    /// For the plain records of a single chat whose two sides are known.
    #[must_use]
    pub fn with_single_chat(mut self, chat: SingleChat) -> Self {
        self.single_chat = Some(Arc::new(chat));
        self
    }

    /// A participant of a plain record, and which way a message of theirs goes.
    fn party(&self, id: String) -> (Participant, Option<Direction>) {
        let chat = self.single_chat.as_deref();
        let employee = chat.and_then(|chat| chat.employee.as_ref());
        let customer = chat.and_then(|chat| chat.external_user.as_ref());
        let (kind, name, direction) = if let Some(employee) =
            employee.filter(|employee| employee.id.as_ref() == Some(&id))
        {
            (Some(SenderKind::Agent), employee.name.clone(), Some(Direction::Outbound))
        } else if let Some(customer) = customer.filter(|customer| customer.id.as_ref() == Some(&id))
        {
            (Some(SenderKind::Customer), customer.name.clone(), Some(Direction::Inbound))
        } else {
            (None, None, None)
        };
        let party = Participant::new(kind).with_id(Some(ParticipantId::new(id))).with_name(name);
        (party, direction)
    }
}

impl Record {
    /// This record in neutral words.
    pub fn to_message(&self, conversion: &Conversion) -> Message {
        self.clone().into_message(conversion)
    }

    /// Like [`to_message`](Self::to_message), without copying the ids.
    pub fn into_message(self, conversion: &Conversion) -> Message {
        // the vendor's sample has a word here that stands for nothing, so only known ones count
        let action = self.action.as_ref().filter(|action| !action.is_other());
        let id = MessageId::new(record_id(&self.id, action));
        let kind = kind(self.message_type.as_ref(), action);
        let mut message = Message::new(VENDOR, Arc::clone(&conversion.source), id, kind);
        let (text, files) = plain::parts(&self).done();
        message.text = text;
        message.attachments = files;
        message.sent_at = self.sent_at.map(SentAt::stated);
        (message.status, message.recalled_at) = recall(self.is_recalled, self.recalled_at);
        if let Some(id) = self.sender_id {
            let (sender, direction) = conversion.party(id);
            message.sender = Some(sender);
            message.direction = direction;
        }
        let receivers = self.receiver_ids.into_iter().filter(|id| !id.is_empty());
        message.recipients = receivers.map(|id| conversion.party(id).0).collect();
        message.conversation_id.clone_from(&conversion.chat_id);
        message.platform_id = self.platform_id.map(PlatformId::new);
        message
    }
}

impl RawRecord {
    /// This record in neutral words.
    pub fn to_message(&self, conversion: &Conversion) -> Message {
        self.clone().into_message(conversion)
    }

    /// Like [`to_message`](Self::to_message), without copying the ids.
    pub fn into_message(self, conversion: &Conversion) -> Message {
        let is_switch = self.action == Some(Action::Switch);
        let kind = kind(self.message_type.as_ref(), self.action.as_ref());
        let id = MessageId::new(record_id(&self.id, self.action.as_ref()));
        let mut message = Message::new(VENDOR, Arc::clone(&conversion.source), id, kind);
        let (text, files) = raw::parts(&self).done();
        message.text = text;
        message.attachments = files;
        message.sent_at = self.sent_at.or(self.switched_at).map(SentAt::stated);
        (message.status, message.recalled_at) = recall(self.is_recalled, self.recalled_at);
        let (sender_kind, direction) = match self.sender_type {
            _ if is_switch => (None, Some(Direction::System)),
            Some(SenderType::Employee) => (Some(SenderKind::Agent), Some(Direction::Outbound)),
            Some(SenderType::ExternalContact) => {
                (Some(SenderKind::Customer), Some(Direction::Inbound))
            }
            Some(SenderType::All | SenderType::Other(_)) | None => (None, None),
        };
        message.direction = direction;
        let sender = self.sender_id.or(self.switched_user_id);
        message.sender = sender.map(|id| participant(id, sender_kind));
        let receivers = self.receiver_ids.into_iter().filter(|id| !id.is_empty());
        message.recipients = receivers.map(|id| participant(id, None)).collect();
        message.conversation_id =
            self.conversation_id.map(ConversationId::new).or_else(|| conversion.chat_id.clone());
        message.platform_id = self.platform_id.map(PlatformId::new);
        let recalled = self.revoke.and_then(|revoke| revoke.recalled_platform_id);
        message.recalls = recalled.map(PlatformId::new);
        message.reply_to.clone_from(&message.recalls);
        message
    }
}

/// What names a record: a recall may bear the id of what it recalls.
fn record_id(id: &str, action: Option<&Action>) -> String {
    match action {
        None | Some(Action::Send) => id.to_owned(),
        Some(action) => format!("{id}/{}", action.as_str()),
    }
}

fn participant(id: String, kind: Option<SenderKind>) -> Participant {
    Participant::new(kind).with_id(Some(ParticipantId::new(id)))
}

/// The time alone is enough: the flag may be left out where it is false, and the time where it is 0.
fn recall(flag: Option<bool>, at: Option<UnixMillis>) -> (Option<Status>, Option<UnixMillis>) {
    if flag.unwrap_or(at.is_some()) { (Some(Status::Recalled), at) } else { (None, None) }
}

fn kind(word: Option<&MessageType>, action: Option<&Action>) -> Kind {
    match (word, action) {
        (_, Some(Action::Switch)) => Kind::System,
        (Some(word), _) => kind_of(word),
        (None, Some(Action::Recall)) => Kind::Recall,
        (None, _) => Kind::from("other"),
    }
}

fn kind_of(word: &MessageType) -> Kind {
    match word {
        MessageType::Text | MessageType::Markdown => Kind::Text,
        MessageType::Image => Kind::Image,
        MessageType::Voice => Kind::Voice,
        MessageType::Video => Kind::Video,
        MessageType::MeetingVoiceCall => Kind::Audio,
        MessageType::File | MessageType::VoipDocShare | MessageType::QyDiskFile => Kind::File,
        MessageType::Location => Kind::Location,
        MessageType::Link | MessageType::News => Kind::Link,
        MessageType::Card => Kind::Card,
        MessageType::Weapp | MessageType::MiniProgram => Kind::MiniProgram,
        MessageType::Emotion => Kind::Emotion,
        MessageType::Docmsg | MessageType::Doc => Kind::Document,
        MessageType::RedPacket | MessageType::ExternalRedPacket => Kind::RedPacket,
        MessageType::Agree => Kind::Agree,
        MessageType::Disagree => Kind::Disagree,
        MessageType::Mixed => Kind::Mixed,
        MessageType::Revoke => Kind::Recall,
        MessageType::ChatRecord
        | MessageType::Todo
        | MessageType::Vote
        | MessageType::Collect
        | MessageType::Meeting
        | MessageType::MeetingNotification
        | MessageType::Calendar
        | MessageType::VoipText
        | MessageType::ChannelFeed
        | MessageType::Other(_) => Kind::from(word.as_str()),
    }
}

/// What a body gives to read and to keep, in its own order.
#[derive(Debug, Default)]
struct Parts {
    lines: Vec<String>,
    files: Vec<Attachment>,
    /// How deep in messages passed on inside of messages.
    depth: u8,
}

/// A body that can be read or kept.
trait Part {
    fn add_to(&self, parts: &mut Parts);
}

impl Parts {
    fn of<P: Part>(body: Option<&P>) -> Self {
        let mut parts = Self::default();
        if let Some(body) = body {
            body.add_to(&mut parts);
        }
        parts
    }

    fn line(&mut self, line: Option<&String>) {
        self.lines.extend(line.cloned());
    }

    fn lines<'a>(&mut self, lines: impl IntoIterator<Item = &'a Option<String>>) {
        self.lines.extend(lines.into_iter().flatten().cloned());
    }

    fn done(self) -> (Option<String>, Vec<Attachment>) {
        let text = (!self.lines.is_empty()).then(|| self.lines.join("\n"));
        (text, self.files)
    }
}

/// A file as far as a body describes it.
fn file(
    kind: Kind,
    oss_url: Option<&String>,
    file_name: Option<&String>,
    size_bytes: Option<i64>,
    length_s: Option<i64>,
) -> Attachment {
    let mut file = Attachment::new(kind);
    file.file_name = file_name.cloned();
    file.size_bytes = size_bytes.and_then(|size| u64::try_from(size).ok());
    file.duration_ms = length_s.and_then(|length| u64::try_from(length).ok()?.checked_mul(1000));
    file.link = oss_url.map(media_link);
    file
}

/// The link as it was sent: another order or encoding of its query would break its signature.
fn media_link(oss_url: &String) -> MediaLink {
    let link = MediaLink::new(oss_url, None);
    let expires_at = link::expiry(&link);
    link.with_expires_at(expires_at)
}

/// The name of a place, its address and its point in one line.
fn place(
    title: Option<&String>,
    address: Option<&String>,
    latitude: Option<f64>,
    longitude: Option<f64>,
) -> Option<String> {
    let point = latitude.zip(longitude).map(|(lat, long)| format!("({lat}, {long})"));
    let parts: Vec<&str> =
        [title, address, point.as_ref()].into_iter().flatten().map(String::as_str).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
