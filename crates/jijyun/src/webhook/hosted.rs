//! Messages of hosted accounts as they are posted. The names of the keys differ from those of the
//! history.

use std::fmt;
use std::sync::Arc;

use chat_core::{
    ConversationId, Direction, Kind, Loose, Message, MessageId, Participant, ParticipantId,
    PlatformId, SenderKind, SentAt, UnixMillis, de,
};
use serde::de::Deserializer;
use serde::{Deserialize, Serialize};

use crate::convert::{Conversion, VENDOR, describe};
use crate::records::{ContactType, HostedOrigin, HostedType, Payload, loose_flag, loose_object};

/// A message of a hosted account. Anything may be absent. The enterprise's token, which is posted
/// with it, is not read. `Debug` shows ids, kind and time, never text, names or links.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, remote = "Self", rename_all = "camelCase")]
#[non_exhaustive]
pub struct HostedPush {
    /// The message's id.
    #[serde(deserialize_with = "de::filled_text")]
    pub message_id: Option<String>,
    /// The conversation of the account with one contact or group.
    #[serde(deserialize_with = "de::filled_text")]
    pub chat_id: Option<String>,
    /// A link to the contact's or the group's picture.
    #[serde(deserialize_with = "de::filled_text")]
    pub avatar: Option<String>,
    /// The group's name.
    #[serde(deserialize_with = "de::filled_text")]
    pub room_topic: Option<String>,
    /// The group; none where two talk.
    #[serde(deserialize_with = "de::filled_text")]
    pub room_id: Option<String>,
    /// The contact's name.
    #[serde(deserialize_with = "de::filled_text")]
    pub contact_name: Option<String>,
    /// The contact.
    #[serde(deserialize_with = "de::filled_text")]
    pub contact_id: Option<String>,
    /// What it says.
    #[serde(deserialize_with = "loose_object")]
    pub payload: Option<Payload>,
    /// What it carries (`type`).
    #[serde(rename = "type", deserialize_with = "de::number")]
    pub message_type: Option<HostedType>,
    /// When it was sent, in Unix milliseconds; see [`at`](Self::at).
    #[serde(deserialize_with = "de::opt_integer")]
    pub timestamp: Option<i64>,
    /// The hosted account, by the platform's id.
    #[serde(deserialize_with = "de::filled_text")]
    pub bot_id: Option<String>,
    /// What sort of account the contact has.
    #[serde(deserialize_with = "de::number")]
    pub contact_type: Option<ContactType>,
    /// The contact works for the business.
    #[serde(deserialize_with = "loose_flag")]
    pub coworker: Option<bool>,
    /// The hosted account.
    #[serde(deserialize_with = "de::filled_text")]
    pub bot_wxid: Option<String>,
    /// The hosted account, by its id in the business's WeCom.
    #[serde(deserialize_with = "de::filled_text")]
    pub bot_weixin: Option<String>,
    /// What made it (`source`).
    #[serde(rename = "source", deserialize_with = "de::number")]
    pub origin: Option<HostedOrigin>,
    /// Who sent it for the account.
    #[serde(deserialize_with = "de::filled_text")]
    pub send_by: Option<String>,
    /// The account itself sent it.
    #[serde(deserialize_with = "loose_flag")]
    pub is_self: Option<bool>,
    /// The account is mentioned.
    #[serde(deserialize_with = "loose_flag")]
    pub mention_self: Option<bool>,
    /// The contact, by WeCom's id for people outside.
    #[serde(deserialize_with = "de::filled_text")]
    pub external_user_id: Option<String>,
    /// The group, by WeCom's own id.
    #[serde(deserialize_with = "de::filled_text")]
    pub room_wecom_chat_id: Option<String>,
    /// The same as the vendor's page has it: with a tabulator at the key's end. Empty once read.
    #[serde(rename = "roomWecomChatId\t", deserialize_with = "de::filled_text", skip_serializing)]
    room_wecom_chat_id_tab: Option<String>,
    /// The payload as the history calls it. Empty once read.
    #[serde(rename = "Payload", deserialize_with = "loose_object", skip_serializing)]
    capital_payload: Option<Payload>,
}

impl HostedPush {
    /// When it was sent, if that is told.
    pub fn at(&self) -> Option<UnixMillis> {
        self.timestamp.and_then(UnixMillis::unless_zero)
    }

    /// This message in neutral words.
    pub fn to_message(&self, conversion: &Conversion) -> Message {
        self.clone().into_message(conversion)
    }

    /// Like [`to_message`](Self::to_message), without copying ids and names.
    pub fn into_message(self, conversion: &Conversion) -> Message {
        let source = Arc::clone(&conversion.source);
        let mut message = match self.message_id.as_deref() {
            Some(id) => Message::new(VENDOR, source, MessageId::new(id), Kind::Text),
            None => Message::without_id(VENDOR, source, Kind::Text),
        };
        describe(&mut message, self.message_type, self.payload.as_ref());
        message.platform_id = self.message_id.as_ref().map(PlatformId::new);
        message.sent_at = self.at().map(SentAt::stated);
        message.direction = match (&message.kind, self.is_self) {
            (Kind::System, _) => Some(Direction::System),
            (_, Some(true)) => Some(Direction::Outbound),
            (_, Some(false)) => Some(Direction::Inbound),
            (_, None) => None,
        };
        message.conversation_id = self.chat_id.map(ConversationId::new);
        let kind = self
            .coworker
            .map(|is_coworker| if is_coworker { SenderKind::Agent } else { SenderKind::Customer });
        let contact = Participant::new(kind)
            .with_id(self.contact_id.map(ParticipantId::new))
            .with_name(self.contact_name);
        match message.direction {
            Some(Direction::Inbound) => message.sender = Some(contact),
            Some(Direction::Outbound) => {
                // a person or a program behind the account
                let account = self.bot_wxid.map(ParticipantId::new);
                message.sender = Some(Participant::new(None).with_id(account));
                // what goes to a group goes to more than one contact
                message.recipients.extend(Some(contact).filter(|_| self.room_id.is_none()));
            }
            Some(Direction::System) => {
                message.sender = Some(Participant::new(Some(SenderKind::System)));
            }
            _ => {}
        }
        message
    }
}

impl<'de> Deserialize<'de> for HostedPush {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // the derived function, which `remote = "Self"` makes an inherent one
        let mut push = Self::deserialize(deserializer)?;
        let others = (push.room_wecom_chat_id_tab.take(), push.capital_payload.take());
        push.room_wecom_chat_id = push.room_wecom_chat_id.or(others.0);
        push.payload = push.payload.or(others.1);
        Ok(push)
    }
}

impl Serialize for HostedPush {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl fmt::Debug for HostedPush {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostedPush")
            .field("message_id", &self.message_id)
            .field("chat_id", &self.chat_id)
            .field("message_type", &self.message_type)
            .field("origin", &self.origin)
            .field("at", &self.at())
            .finish_non_exhaustive()
    }
}

/// Whether this is the content of such a callback: they name no event.
pub(super) fn is_message(data: &str) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Id<'a> {
        #[serde(default, borrow)]
        message_id: Loose<'a>,
    }
    serde_json::from_str::<Id<'_>>(data).is_ok_and(|id| id.message_id.text().is_some())
}
