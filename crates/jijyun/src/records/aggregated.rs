//! The words in which the aggregated chat speaks of messages: the same in the content of a
//! conversation and in what is pushed to a webhook. No page of the vendor that has them could be
//! read; they are known from use.

use std::fmt;

use chat_core::{UnixMillis, de, open_enum, open_int_enum};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fields::{
    first_text, loose_integer, loose_number, loose_object, loose_text, loose_word, object_in,
    text_of,
};

open_int_enum! {
    /// What a message carries (`message_type`). Not the numbers of
    /// [`HostedType`](crate::HostedType).
    pub enum AggregatedType {
        /// A notice.
        System = 1,
        /// Text.
        Text = 2,
        /// A voice note.
        Voice = 3,
        /// A card.
        Card = 4,
        /// A place.
        Location = 5,
        /// A video.
        Video = 6,
        /// A link with a preview.
        Link = 7,
        /// A file.
        File = 8,
        /// A picture.
        Image = 9,
        /// A customer's message from Douyin.
        Douyin = 10,
        /// An advertisement's lead.
        Lead = 11,
        /// Forwarded messages.
        Forwarded = 12,
    }
}

open_enum! {
    /// Which way a message went (`message_forward_type`).
    pub enum ForwardType {
        /// To the business.
        Incoming = "incoming",
        /// From the business.
        Outgoing = "outgoing",
    }
}

open_int_enum! {
    /// Who somebody is (`user_type`). 6 is in use, and its meaning is not known.
    pub enum UserType {
        /// A customer.
        Customer = 1,
        /// A person who answers customers.
        Agent = 2,
        /// An AI assistant.
        Ai = 3,
        /// The platform.
        System = 4,
        /// An AI flow.
        AiFlow = 5,
        /// A member of the business's own WeCom.
        Member = 7,
    }
}

/// A message of the aggregated chat. Anything may be absent or of another type, which both read as
/// `None`; only an id that is no text makes it unreadable. `Debug` shows ids, kind and time, never
/// text.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AggregatedMessage {
    /// The message's id: `api_`, a UUID, and an `i` behind it if it came in.
    #[serde(deserialize_with = "de::filled_text")]
    pub message_id: Option<String>,
    /// What it carries.
    #[serde(deserialize_with = "loose_number")]
    pub message_type: Option<AggregatedType>,
    /// The content; its shape depends on the type.
    pub message_content: AggregatedContent,
    /// Which way it went.
    #[serde(deserialize_with = "loose_word")]
    pub message_forward_type: Option<ForwardType>,
    /// When it was made, in Unix milliseconds; see [`at`](Self::at).
    #[serde(deserialize_with = "loose_integer")]
    pub message_create_time: Option<i64>,
    /// How it arose, as a number; the meanings are not certain.
    #[serde(deserialize_with = "loose_integer")]
    pub message_trigger_type: Option<i64>,
    /// How it arose, in words.
    #[serde(deserialize_with = "loose_text")]
    pub message_trigger_name: Option<String>,
    /// Who wrote it, where that is told with the message.
    #[serde(deserialize_with = "loose_object")]
    pub user: Option<User>,
}

impl AggregatedMessage {
    /// When it was made, if that is told.
    pub fn at(&self) -> Option<UnixMillis> {
        self.message_create_time.and_then(UnixMillis::unless_zero)
    }
}

impl fmt::Debug for AggregatedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AggregatedMessage")
            .field("message_id", &self.message_id)
            .field("message_type", &self.message_type)
            .field("message_forward_type", &self.message_forward_type)
            .field("at", &self.at())
            .finish_non_exhaustive()
    }
}

/// Who wrote a message. `Debug` shows the type only.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct User {
    /// The id: 32 hexadecimal digits.
    #[serde(deserialize_with = "loose_text")]
    pub user_id: Option<String>,
    /// The name.
    #[serde(deserialize_with = "loose_text")]
    pub user_name: Option<String>,
    /// Who that is.
    #[serde(deserialize_with = "loose_number")]
    pub user_type: Option<UserType>,
    /// The person's ids in the channel.
    #[serde(deserialize_with = "loose_object")]
    pub user_addition: Option<UserAddition>,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("user_type", &self.user_type).finish_non_exhaustive()
    }
}

/// A person's ids in the channel that a message came through. `Debug` shows nothing.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct UserAddition {
    /// The person, the same in every group; the `imContactId` of hosted accounts.
    #[serde(deserialize_with = "loose_text")]
    pub external_contact_id: Option<String>,
    /// The person's own conversation; means something outside of groups only.
    #[serde(deserialize_with = "loose_text")]
    pub external_chat_id: Option<String>,
}

impl fmt::Debug for UserAddition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserAddition").finish_non_exhaustive()
    }
}

/// The content of a message: an object whose members depend on the message's type, or a text.
/// `Debug` shows nothing.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AggregatedContent(Value);

impl AggregatedContent {
    /// The text as sent (`text`, or all of it). It may be JSON in a text.
    pub fn text(&self) -> Option<String> {
        text_of(&self.0).or_else(|| self.field("text"))
    }

    /// The value of a key, if it is a text or a number.
    pub fn field(&self, key: &str) -> Option<String> {
        first_text(&self.0, &[key])
    }

    /// The content behind the text, where a message of this type has JSON in it.
    pub(crate) fn unwrapped(&self, message_type: Option<AggregatedType>) -> Content<'_> {
        let inner = self.text().as_deref().and_then(object_in);
        let is_wrapped = |inner: &Value| match message_type {
            Some(AggregatedType::File | AggregatedType::Forwarded) => true,
            // a customer may write JSON; only a quote tells it from the vendor's own
            _ => inner.get("quote_message").is_some_and(Value::is_object),
        };
        Content { outer: self, inner: inner.filter(is_wrapped) }
    }
}

impl fmt::Debug for AggregatedContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AggregatedContent").finish_non_exhaustive()
    }
}

/// A content, and the JSON in its text where that is the vendor's.
pub(crate) struct Content<'a> {
    outer: &'a AggregatedContent,
    inner: Option<Value>,
}

impl Content<'_> {
    /// The first of these members that is a text or a number, those inside first.
    pub(crate) fn first(&self, keys: &[&str]) -> Option<String> {
        let inner = self.inner.as_ref().and_then(|inner| first_text(inner, keys));
        inner.or_else(|| first_text(&self.outer.0, keys))
    }

    /// What a person reads; JSON of the vendor's only for what it says itself.
    pub(crate) fn text(&self) -> Option<String> {
        match &self.inner {
            Some(inner) => first_text(inner, &["text"]),
            None => self.outer.text(),
        }
    }

    /// The second id of the message (`message_id`), which quotes refer to.
    pub(crate) fn message_id(&self) -> Option<String> {
        self.outer.field("message_id")
    }

    /// The message that it quotes.
    pub(crate) fn quoted(&self) -> Option<String> {
        first_text(self.inner.as_ref()?.get("quote_message")?, &["quote_message_id"])
    }

    /// Name and words of each forwarded message.
    pub(crate) fn forwarded(&self) -> Vec<(Option<String>, Option<String>)> {
        let list = self.inner.as_ref().and_then(|inner| inner.get("chatHistoryList")?.as_array());
        let entry = |entry: &Value| {
            let words = entry.get("message").and_then(|message| first_text(message, &["content"]));
            (first_text(entry, &["senderName"]), words)
        };
        list.map(|list| list.iter().map(entry).collect()).unwrap_or_default()
    }
}
