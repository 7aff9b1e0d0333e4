//! One record of a listing.

use std::fmt;

use chat_core::de::{self, number, word};
use chat_core::{WallTime, open_enum, open_int_enum};
use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::template::Template;

open_int_enum! {
    /// Where a conversation takes place (`channel`).
    pub enum Channel {
        /// WhatsApp, the only one that the vendor documents.
        WhatsApp = 2,
    }
}

open_int_enum! {
    /// The direction of a record (`chat_type`).
    pub enum ChatType {
        /// From the business to the customer.
        Outbound = 0,
        /// From the customer to the business.
        Inbound = 1,
        /// From the platform.
        System = 2,
    }
}

open_enum! {
    /// What a record carries (`message_type`). The vendor lists the first six "etc."; the others
    /// are the words that its webhooks and WhatsApp itself use.
    pub enum MessageType {
        /// Text.
        Text = "text",
        /// A picture.
        Image = "image",
        /// A video.
        Video = "video",
        /// A sound file.
        Audio = "audio",
        /// A file.
        Document = "document",
        /// A message made from a template.
        Template = "template",
        /// A voice note.
        Voice = "voice",
        /// A sticker.
        Sticker = "sticker",
        /// A place.
        Location = "location",
        /// Contact cards.
        Contacts = "contacts",
        /// A click on a quick-reply button.
        Button = "button",
        /// A list or buttons to choose from, or the choice.
        Interactive = "interactive",
        /// A notice by the platform.
        System = "system",
    }
}

open_enum! {
    /// How far a message got (`status`), seen on outbound records only.
    pub enum RecordStatus {
        /// Sent.
        Sent = "sent",
        /// On the recipient's device.
        Delivered = "delivered",
        /// Read.
        Read = "read",
        /// Could not be delivered; `remark` may say why.
        Failed = "failed",
        /// Removed.
        Deleted = "deleted",
    }
}

/// A chat record as the vendor sends it.
///
/// Only the id is certain: anything else may be absent, `null` or empty, which all read as `None`.
/// Records change after they were made (`status`, `user_emoji`, `updated_at`), so read them again
/// after some days. `Serialize` writes the vendor's own keys. `Debug` shows ids, times and kinds,
/// never text, names, numbers or links.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[non_exhaustive]
pub struct Record {
    /// The record's id: 19 digits, as text.
    #[serde(default, deserialize_with = "id")]
    pub id: String,
    /// Where the conversation takes place.
    #[serde(default, deserialize_with = "number", skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The conversation (`saas_conversation_id`).
    #[serde(
        default,
        rename = "saas_conversation_id",
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub conversation_id: Option<String>,
    /// The business side, such as its WhatsApp number.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub user_channel_id: Option<String>,
    /// Who sent it: a phone number, or an id where WhatsApp hides the number.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub from: Option<String>,
    /// Who received it.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub to: Option<String>,
    /// The customer's id.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub customer_id: Option<String>,
    /// The customer's name.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub customer_name: Option<String>,
    /// The agent's id; formerly called `user_id`, which is read too.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub agent_id: Option<String>,
    /// The agent's name; formerly called `user_name`, which is read too.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub agent_name: Option<String>,
    /// The agent's e-mail address, or, if the request asked for an agent, the text that it asked
    /// for. The vendor's samples show a name here. Identify agents by `agent_id`.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub agent_account: Option<String>,
    /// The direction.
    #[serde(default, deserialize_with = "number", skip_serializing_if = "Option::is_none")]
    pub chat_type: Option<ChatType>,
    /// What it carries.
    #[serde(default, deserialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub message_type: Option<MessageType>,
    /// Its text.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub content: Option<String>,
    /// WhatsApp's id of the message (`wamid.…`). It contains the customer's phone number.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub message_id: Option<String>,
    /// How far it got.
    #[serde(default, deserialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub status: Option<RecordStatus>,
    /// The tenant, as text; often absent.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub tenant_id: Option<String>,
    /// The name of the file (`filename`). From outside: never use it as a path.
    #[serde(
        default,
        rename = "filename",
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub file_name: Option<String>,
    /// Where the file can be had for 60 minutes. Whoever holds the link can fetch it.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub media_link: Option<String>,
    /// The type of the file.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub mime_type: Option<String>,
    /// The template that it was made from: the pattern, not what the customer saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Box<Template>>,
    /// The emoji put on it.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub user_emoji: Option<String>,
    /// The `message_id` of the message that it quotes.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub context: Option<String>,
    /// A remark, usually what went wrong.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub remark: Option<String>,
    /// When it was made, as sent: `yyyy-MM-dd HH:mm:ss` without a zone.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub created_at: Option<String>,
    /// When it last changed, as sent.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub updated_at: Option<String>,
    /// The older spelling of `agent_id`. A field of its own, since serde takes two spellings of
    /// one field in the same record for a duplicate; empty once the record is read.
    #[serde(default, deserialize_with = "de::filled_text", skip_serializing)]
    user_id: Option<String>,
    /// The older spelling of `agent_name`.
    #[serde(default, deserialize_with = "de::filled_text", skip_serializing)]
    user_name: Option<String>,
}

impl Record {
    /// `created_at`, if it is a time.
    pub fn created_wall_time(&self) -> Option<WallTime> {
        self.created_at.as_deref()?.parse().ok()
    }

    /// `updated_at`, if it is a time.
    pub fn updated_wall_time(&self) -> Option<WallTime> {
        self.updated_at.as_deref()?.parse().ok()
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // the derived function, which `remote = "Self"` makes an inherent one
        let mut record = Self::deserialize(deserializer)?;
        if record.id.is_empty() {
            return Err(D::Error::missing_field("id"));
        }
        let older = (record.user_id.take(), record.user_name.take());
        record.agent_id = record.agent_id.or(older.0);
        record.agent_name = record.agent_name.or(older.1);
        Ok(record)
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("id", &self.id)
            .field("conversation_id", &self.conversation_id)
            .field("channel", &self.channel)
            .field("chat_type", &self.chat_type)
            .field("message_type", &self.message_type)
            .field("status", &self.status)
            .field("template", &self.template)
            .field("created_at", &self.created_wall_time())
            .field("updated_at", &self.updated_wall_time())
            .finish_non_exhaustive()
    }
}

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    de::opt_text(deserializer).map(Option::unwrap_or_default)
}
