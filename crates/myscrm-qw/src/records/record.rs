//! One record of a chat, as the plain listing sends it.

use std::fmt;

use chat_core::{UnixMillis, de};
use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::bodies::{
    Agree, Card, Disagree, Document, Emotion, File, Image, Link, Location, MiniProgram, RedPacket,
    Text, Video, Voice,
};
use super::loose::{self, Typed};
use super::{Action, MessageType, body, flag, identifier, instant, is_default, record_id, word};

/// A chat record as the vendor sends it.
///
/// Only the id is certain: anything else may be absent, `null`, zero or empty. Several bodies may be
/// there at once, filled with nothing: only `message_type` tells which one counts. One that cannot be
/// read is as if it were not there; that of the type itself costs the record its place in a page's
/// items. Records change
/// after they were made (a recall), so read them again after some days. `Serialize` writes the
/// vendor's own keys. `Debug` shows ids of the platform, times and kinds, never text, people or
/// links.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", default)]
#[non_exhaustive]
pub struct Record {
    /// The platform's id of the message (`chat_record_id`).
    #[serde(rename = "chat_record_id", deserialize_with = "record_id")]
    pub id: String,
    /// WeCom's id of the message (`qw_chat_record_id`). Looks like a number and is larger than any.
    #[serde(
        rename = "qw_chat_record_id",
        deserialize_with = "identifier",
        skip_serializing_if = "is_default"
    )]
    pub platform_id: Option<String>,
    /// What happened. The vendor's sample holds the word `action` here.
    #[serde(deserialize_with = "word", skip_serializing_if = "is_default")]
    pub action: Option<Action>,
    /// Who sent it: an employee's id or a customer's. The form of an id does not tell which.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "is_default")]
    pub sender_id: Option<String>,
    /// Who received it.
    #[serde(deserialize_with = "de::text_list", skip_serializing_if = "is_default")]
    pub receiver_ids: Vec<String>,
    /// When it was sent (`send_time`).
    #[serde(
        rename = "send_time",
        deserialize_with = "instant",
        skip_serializing_if = "is_default"
    )]
    pub sent_at: Option<UnixMillis>,
    /// What it carries (`type`).
    #[serde(rename = "type", deserialize_with = "word", skip_serializing_if = "is_default")]
    pub message_type: Option<MessageType>,
    /// The keyword rules that it triggers (`hit_keyword_rules`), found anew at each reading: they
    /// may differ from one to the next.
    #[serde(
        rename = "hit_keyword_rules",
        deserialize_with = "loose::list",
        skip_serializing_if = "is_default"
    )]
    pub keyword_rules: Vec<KeywordRule>,
    /// Whether it was recalled (`is_recall`).
    #[serde(rename = "is_recall", deserialize_with = "flag", skip_serializing_if = "is_default")]
    pub is_recalled: Option<bool>,
    /// When it was recalled (`recall_time`).
    #[serde(
        rename = "recall_time",
        deserialize_with = "instant",
        skip_serializing_if = "is_default"
    )]
    pub recalled_at: Option<UnixMillis>,
    /// The body of `text`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub text: Option<Box<Text>>,
    /// The body of `image`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub image: Option<Box<Image>>,
    /// The body of `video`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub video: Option<Box<Video>>,
    /// The body of `voice`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub voice: Option<Box<Voice>>,
    /// The body of `agree`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub agree: Option<Box<Agree>>,
    /// The body of `disagree`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub disagree: Option<Box<Disagree>>,
    /// The body of `file`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub file: Option<Box<File>>,
    /// The body of `miniprogram` or `weapp`.
    #[serde(
        rename = "miniprogram",
        deserialize_with = "loose::body",
        skip_serializing_if = "is_default"
    )]
    pub mini_program: Option<Box<MiniProgram>>,
    /// The body of `redpacket`.
    #[serde(
        rename = "redpacket",
        deserialize_with = "loose::body",
        skip_serializing_if = "is_default"
    )]
    pub red_packet: Option<Box<RedPacket>>,
    /// The body of `link`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub link: Option<Box<Link>>,
    /// The body of `card`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub card: Option<Box<Card>>,
    /// The body of `location`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub location: Option<Box<Location>>,
    /// The body of `docmsg` or `doc`.
    #[serde(
        rename = "docmsg",
        deserialize_with = "loose::body",
        skip_serializing_if = "is_default"
    )]
    pub document: Option<Box<Document>>,
    /// The body of `emotion`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub emotion: Option<Box<Emotion>>,
}

body! {
    /// A keyword rule that a record triggers.
    pub struct KeywordRule {
        /// Its id (`rule_id`).
        #[serde(rename = "rule_id", deserialize_with = "loose::text")]
        pub id: Option<String>,
        /// Its name (`rule_name`).
        #[serde(rename = "rule_name", deserialize_with = "loose::text")]
        pub name: Option<String>,
        /// The words that were found.
        #[serde(deserialize_with = "loose::text_list")]
        pub keywords: Vec<String>,
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // the derived function, which `remote = "Self"` makes an inherent one
        let record = Self::deserialize(deserializer)?;
        if record.id.is_empty() {
            return Err(D::Error::missing_field("chat_record_id"));
        }
        Ok(record)
    }
}

impl Typed for Record {
    fn lacks(&self) -> &'static [&'static str] {
        let Some(word) = &self.message_type else { return &[] };
        let (is_there, keys): (bool, &[&str]) = match word {
            MessageType::Text => (self.text.is_some(), &["text"]),
            MessageType::Image => (self.image.is_some(), &["image"]),
            MessageType::Video => (self.video.is_some(), &["video"]),
            MessageType::Voice => (self.voice.is_some(), &["voice"]),
            MessageType::Agree => (self.agree.is_some(), &["agree"]),
            MessageType::Disagree => (self.disagree.is_some(), &["disagree"]),
            MessageType::File => (self.file.is_some(), &["file"]),
            MessageType::MiniProgram | MessageType::Weapp => {
                (self.mini_program.is_some(), &["miniprogram"])
            }
            MessageType::RedPacket | MessageType::ExternalRedPacket => {
                (self.red_packet.is_some(), &["redpacket"])
            }
            MessageType::Link => (self.link.is_some(), &["link"]),
            MessageType::Card => (self.card.is_some(), &["card"]),
            MessageType::Location => (self.location.is_some(), &["location"]),
            MessageType::Docmsg | MessageType::Doc => (self.document.is_some(), &["docmsg"]),
            MessageType::Emotion => (self.emotion.is_some(), &["emotion"]),
            _ => (true, &[]),
        };
        if is_there { &[] } else { keys }
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
            .field("action", &self.action)
            .field("sent_at", &self.sent_at)
            .field("message_type", &self.message_type)
            .field("keyword_rules", &self.keyword_rules.len())
            .field("is_recalled", &self.is_recalled)
            .field("recalled_at", &self.recalled_at)
            .finish_non_exhaustive()
    }
}
