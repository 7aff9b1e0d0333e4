//! One message of a conversation.

use std::fmt;

use chat_core::{de, open_enum};
use serde::de::Deserializer;
use serde::{Deserialize, Serialize};
use serde_json::Value;

open_enum! {
    /// Who answers in the dialogue that a message belongs to (`message_type`).
    pub enum MessageType {
        /// An AI assistant.
        AiDialogue = "AI对话",
        /// A person.
        HumanDialogue = "人工对话",
    }
}

open_enum! {
    /// Who wrote a message (`sender_type`). The vendor's sample has no answer of an AI assistant,
    /// so the word for it is not known.
    pub enum SenderType {
        /// The customer.
        User = "用户",
        /// The business's side.
        Service = "客服",
    }
}

open_enum! {
    /// The label that the vendor puts in front of the text of a human dialogue.
    pub enum Label {
        /// The visitor sent it.
        VisitorSent = "访客发送",
        /// A person replied. How it differs from the next one is not documented.
        HumanReply = "人工回复",
        /// The service replied.
        ServiceReply = "客服回复",
    }
}

/// A message as the vendor sends it: no id, no time, no files.
///
/// Anything may be absent, `null` or empty, which all read as `None`. Messages are in the vendor's
/// order, of which nothing is known; it is not the order of time in the vendor's own sample.
/// `Serialize` writes the vendor's own keys, and the conversation's. `Debug` shows the conversation
/// and the two words, never text.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// The conversation that the vendor shows the message in. An address and no identity: the same
    /// group or person may have another one later.
    #[serde(
        default,
        deserialize_with = "de::filled_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub chat_id: Option<String>,
    /// The text, with the vendor's [label](Self::label) in front; should the vendor send anything
    /// but text, its JSON.
    #[serde(default, deserialize_with = "any_text", skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Who answers in this dialogue.
    #[serde(default, deserialize_with = "message_type", skip_serializing_if = "Option::is_none")]
    pub message_type: Option<MessageType>,
    /// Who wrote it.
    #[serde(default, deserialize_with = "sender_type", skip_serializing_if = "Option::is_none")]
    pub sender_type: Option<SenderType>,
}

impl Record {
    /// The label in front of a text of a human dialogue, and the text behind it. Customers can
    /// type such a label themselves, so nothing here ever takes it off.
    pub fn label(&self) -> Option<(Label, &str)> {
        if self.message_type != Some(MessageType::HumanDialogue) {
            return None;
        }
        let (label, text) = self.content.as_deref()?.split_once(": ")?;
        Some((Label::from(label), text)).filter(|(label, _)| !label.is_other())
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("chat_id", &self.chat_id)
            .field("message_type", &self.message_type)
            .field("sender_type", &self.sender_type)
            .finish_non_exhaustive()
    }
}

/// A text, or any other JSON as text. `null` and empty text are `None`.
fn any_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(None),
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// The enums match words in any case of ASCII letters, but what was sent must be what is written.
fn message_type<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<MessageType>, D::Error> {
    let exact = |word: String| match MessageType::from(word.as_str()) {
        known if known.as_str() == word => known,
        _ => MessageType::Other(word),
    };
    Ok(de::filled_text(deserializer)?.map(exact))
}

fn sender_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SenderType>, D::Error> {
    de::word(deserializer)
}
