//! The vendor's words in ours: what it sends → `chat_core::Message`. The README has the tables.

mod aggregated;
mod hosted;

use std::sync::Arc;

use chat_core::{
    Attachment, ConversationId, Direction, Kind, MediaLink, Message, Participant, ParticipantId,
    SenderKind,
};

use crate::records::{MessageType, Record, SenderType};

pub(crate) use aggregated::pushed;
pub(crate) use hosted::describe;

/// The vendor's name in messages and configurations.
pub const VENDOR: &str = "jijyun";

/// What a record does not say and a message needs. `Debug` shows the source only.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Conversion {
    /// The name of the source in the configuration.
    pub source: Arc<str>,
    /// The customer whose records were asked for: the vendor does not repeat the id.
    pub customer_id: Option<Arc<str>>,
}

impl Conversion {
    /// For a source.
    pub fn new(source: impl Into<Arc<str>>) -> Self {
        Self { source: source.into(), customer_id: None }
    }

    /// For the records of this customer.
    #[must_use]
    pub fn with_customer_id(mut self, id: impl Into<Arc<str>>) -> Self {
        self.customer_id = Some(id.into());
        self
    }
}

impl std::fmt::Debug for Conversion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conversion").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Record {
    /// This record in neutral words. It has no id: an archive derives one.
    pub fn to_message(&self, conversion: &Conversion) -> Message {
        self.clone().into_message(conversion)
    }

    /// Like [`to_message`](Self::to_message), without copying the texts.
    pub fn into_message(self, conversion: &Conversion) -> Message {
        let mut message = Message::without_id(VENDOR, Arc::clone(&conversion.source), Kind::Text);
        let id = conversion.customer_id.as_deref().map(ParticipantId::new);
        let customer = Participant::new(Some(SenderKind::Customer)).with_id(id);
        match &self.sender_type {
            Some(SenderType::User) => {
                message.direction = Some(Direction::Inbound);
                message.sender = Some(customer);
            }
            Some(SenderType::Service) => {
                message.direction = Some(Direction::Outbound);
                message.sender = Some(Participant::new(Some(service(self.message_type.as_ref()))));
                message.recipients.push(customer);
            }
            // perhaps the AI assistant: the vendor's word stays
            Some(SenderType::Other(word)) => {
                message.sender = Some(Participant::new(Some(SenderKind::from(word.as_str()))));
            }
            None => {}
        }
        message.conversation_id = self.chat_id.map(ConversationId::new);
        message.text = self.content;
        message
    }
}

/// In a human dialogue the service is a person. Whether it is the AI assistant in the other is not
/// documented: a person may take part in that one too.
fn service(dialogue: Option<&MessageType>) -> SenderKind {
    match dialogue {
        Some(MessageType::HumanDialogue) => SenderKind::Agent,
        _ => SenderKind::from(SenderType::Service.as_str()),
    }
}

/// A file, if there is a link to it or a name of it. The vendor says neither in which unit sizes
/// and lengths are, nor the type, nor whether links die.
fn file(kind: Kind, link: Option<String>, name: Option<String>) -> Option<Attachment> {
    if link.is_none() && name.is_none() {
        return None;
    }
    let mut attachment = Attachment::new(kind);
    attachment.file_name = name;
    attachment.link = link.map(|link| MediaLink::new(link, None));
    Some(attachment)
}

/// A party of whom something is known.
fn known(party: Participant) -> Option<Participant> {
    (party.id.is_some() || party.name.is_some()).then_some(party)
}

fn place(
    name: Option<String>,
    address: Option<String>,
    latitude: Option<String>,
    longitude: Option<String>,
) -> Option<String> {
    let point = latitude.zip(longitude).map(|(lat, long)| format!("({lat}, {long})"));
    joined([name, address, point], ", ")
}

fn joined(parts: impl IntoIterator<Item = Option<String>>, between: &str) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(between))
}
