//! One raw record: WeCom's shape, with the platform's ids and links added.

use std::fmt;

use chat_core::{UnixMillis, de};
use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::bodies::{
    Agree, Calendar, Call, Card, ChannelFeed, ChatRecord, Collect, Disagree, Document, Emotion,
    File, Image, Info, Link, Location, Meeting, Mixed, RedPacket, Revoke, SharedDocument, Text,
    Todo, Video, Voice, Vote, Weapp,
};
use crate::records::loose::{self, Typed};
use crate::records::{
    Action, MessageType, SenderType, flag, identifier, instant, is_default, number, record_id, word,
};

/// A raw chat record as the vendor sends it, decrypted.
///
/// Only the id is certain: anything else may be absent, `null`, zero or empty. `message_type` tells
/// which body counts. Another that cannot be read is as if it were not there; that of the type itself
/// costs the record its place in a page's items. That the bodies are WeCom's own is shown by the vendor for pictures only.
/// `Serialize` writes the vendor's own keys. `Debug` shows ids of the platform, times and kinds,
/// never text, people or links.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", default)]
#[non_exhaustive]
pub struct RawRecord {
    /// The platform's id of the message (`chat_record_id`); where it is missing, WeCom's. A recall
    /// may have the id of what it recalls: `id` and `action` together name a record.
    #[serde(rename = "chat_record_id", deserialize_with = "record_id")]
    pub id: String,
    /// What happened.
    #[serde(deserialize_with = "word", skip_serializing_if = "is_default")]
    pub action: Option<Action>,
    /// The chat (`chat_id`).
    #[serde(
        rename = "chat_id",
        deserialize_with = "de::filled_text",
        skip_serializing_if = "is_default"
    )]
    pub conversation_id: Option<String>,
    /// The enterprise's id on WeCom.
    #[serde(deserialize_with = "loose::text", skip_serializing_if = "is_default")]
    pub corp_id: Option<String>,
    /// The enterprise's id on the platform (`e_id`).
    #[serde(rename = "e_id", deserialize_with = "loose::text", skip_serializing_if = "is_default")]
    pub enterprise_id: Option<String>,
    /// WeCom's id of the message (`msgid`).
    #[serde(rename = "msgid", deserialize_with = "identifier", skip_serializing_if = "is_default")]
    pub platform_id: Option<String>,
    /// When it was sent (`msgtime`).
    #[serde(rename = "msgtime", deserialize_with = "instant", skip_serializing_if = "is_default")]
    pub sent_at: Option<UnixMillis>,
    /// What it carries (`msgtype`).
    #[serde(rename = "msgtype", deserialize_with = "word", skip_serializing_if = "is_default")]
    pub message_type: Option<MessageType>,
    /// WeCom's id of the group (`roomid`); absent in single chats.
    #[serde(
        rename = "roomid",
        deserialize_with = "loose::text",
        skip_serializing_if = "is_default"
    )]
    pub room_id: Option<String>,
    /// Who sent it (`from`). The form of an id does not tell an employee from a customer.
    #[serde(
        rename = "from",
        deserialize_with = "de::filled_text",
        skip_serializing_if = "is_default"
    )]
    pub sender_id: Option<String>,
    /// Who received it (`tolist`).
    #[serde(
        rename = "tolist",
        deserialize_with = "de::text_list",
        skip_serializing_if = "is_default"
    )]
    pub receiver_ids: Vec<String>,
    /// Whether it was recalled (`is_revoke`, 0 or 1).
    #[serde(
        rename = "is_revoke",
        deserialize_with = "flag",
        serialize_with = "zero_or_one",
        skip_serializing_if = "is_default"
    )]
    pub is_recalled: Option<bool>,
    /// When it was recalled (`revoke_time`).
    #[serde(
        rename = "revoke_time",
        deserialize_with = "instant",
        skip_serializing_if = "is_default"
    )]
    pub recalled_at: Option<UnixMillis>,
    /// The recording of a call (`voiceid`).
    #[serde(
        rename = "voiceid",
        deserialize_with = "loose::text",
        skip_serializing_if = "is_default"
    )]
    pub voice_id: Option<String>,
    /// The call that a document was shown in (`voipid`).
    #[serde(
        rename = "voipid",
        deserialize_with = "loose::text",
        skip_serializing_if = "is_default"
    )]
    pub voip_id: Option<String>,
    /// Whether an employee or a customer sent it.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub sender_type: Option<SenderType>,
    /// When somebody went over to another enterprise (`time`, with the action `switch`).
    #[serde(rename = "time", deserialize_with = "instant", skip_serializing_if = "is_default")]
    pub switched_at: Option<UnixMillis>,
    /// Who went over (`user`, with the action `switch`).
    #[serde(
        rename = "user",
        deserialize_with = "de::filled_text",
        skip_serializing_if = "is_default"
    )]
    pub switched_user_id: Option<String>,
    /// The body of `text`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub text: Option<Box<Text>>,
    /// The body of `image`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub image: Option<Box<Image>>,
    /// The body of `revoke`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub revoke: Option<Box<Revoke>>,
    /// The body of `agree`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub agree: Option<Box<Agree>>,
    /// The body of `disagree`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub disagree: Option<Box<Disagree>>,
    /// The body of `voice`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub voice: Option<Box<Voice>>,
    /// The body of `video`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub video: Option<Box<Video>>,
    /// The body of `card`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub card: Option<Box<Card>>,
    /// The body of `location`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub location: Option<Box<Location>>,
    /// The body of `emotion`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub emotion: Option<Box<Emotion>>,
    /// The body of `file`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub file: Option<Box<File>>,
    /// The body of `link`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub link: Option<Box<Link>>,
    /// The body of `weapp`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub weapp: Option<Box<Weapp>>,
    /// The body of `chatrecord`.
    #[serde(
        rename = "chatrecord",
        deserialize_with = "loose::body",
        skip_serializing_if = "is_default"
    )]
    pub chat_record: Option<Box<ChatRecord>>,
    /// The body of `todo`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub todo: Option<Box<Todo>>,
    /// The body of `vote`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub vote: Option<Box<Vote>>,
    /// The body of `collect`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub collect: Option<Box<Collect>>,
    /// The body of `redpacket`, and of `external_redpacket`.
    #[serde(
        rename = "redpacket",
        deserialize_with = "loose::body",
        skip_serializing_if = "is_default"
    )]
    pub red_packet: Option<Box<RedPacket>>,
    /// The body of `meeting`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub meeting: Option<Box<Meeting>>,
    /// The body of `docmsg` (`doc`).
    #[serde(rename = "doc", deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub document: Option<Box<Document>>,
    /// The body of `markdown`, `news`, `meeting_notification`, `voiptext` and `qydiskfile`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub info: Option<Box<Info>>,
    /// The body of `calendar`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub calendar: Option<Box<Calendar>>,
    /// The body of `mixed`.
    #[serde(deserialize_with = "loose::body", skip_serializing_if = "is_default")]
    pub mixed: Option<Box<Mixed>>,
    /// The body of `meeting_voice_call`.
    #[serde(
        rename = "meeting_voice_call",
        deserialize_with = "loose::body",
        skip_serializing_if = "is_default"
    )]
    pub call: Option<Box<Call>>,
    /// The body of `voip_doc_share`.
    #[serde(
        rename = "voip_doc_share",
        deserialize_with = "loose::body",
        skip_serializing_if = "is_default"
    )]
    pub shared_document: Option<Box<SharedDocument>>,
    /// The body of `sphfeed`.
    #[serde(
        rename = "sphfeed",
        deserialize_with = "loose::body",
        skip_serializing_if = "is_default"
    )]
    pub channel_feed: Option<Box<ChannelFeed>>,

    // other places and names of bodies that were seen; they are moved once the record is read, so
    // all of them are empty then
    #[serde(deserialize_with = "loose::body", skip_serializing)]
    docmsg: Option<Box<Document>>,
    #[serde(deserialize_with = "loose::body", skip_serializing)]
    miniprogram: Option<Box<Weapp>>,
    #[serde(deserialize_with = "loose::body", skip_serializing)]
    external_redpacket: Option<Box<RedPacket>>,
    #[serde(deserialize_with = "loose::text", skip_serializing)]
    title: Option<String>,
    #[serde(deserialize_with = "loose::text", skip_serializing)]
    content: Option<String>,
    #[serde(deserialize_with = "loose::text", skip_serializing)]
    votetitle: Option<String>,
    #[serde(deserialize_with = "loose::text_list", skip_serializing)]
    voteitem: Vec<String>,
    #[serde(deserialize_with = "loose::number", skip_serializing)]
    votetype: Option<super::bodies::VoteType>,
    #[serde(deserialize_with = "loose::text", skip_serializing)]
    voteid: Option<String>,
}

impl RawRecord {
    /// Brings what was at the top of the record, or under another name, to its place.
    fn tidy(mut self) -> Self {
        let (document, weapp) = (self.docmsg.take(), self.miniprogram.take());
        self.document = self.document.or(document);
        self.weapp = self.weapp.or(weapp);
        let red_packet = self.external_redpacket.take();
        self.red_packet = self.red_packet.or(red_packet);

        let (title, content) = (self.title.take(), self.content.take());
        if self.message_type == Some(MessageType::Todo) {
            let todo = Some(Todo { title, content }).filter(|todo| *todo != Todo::default());
            self.todo = self.todo.or(todo.map(Box::new));
        }
        let vote = Vote {
            title: self.votetitle.take(),
            items: std::mem::take(&mut self.voteitem),
            vote_type: self.votetype.take(),
            id: self.voteid.take(),
        };
        if self.message_type == Some(MessageType::Vote) {
            let vote = Some(vote).filter(|vote| *vote != Vote::default());
            self.vote = self.vote.or(vote.map(Box::new));
        }
        self
    }
}

impl<'de> Deserialize<'de> for RawRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // the derived function, which `remote = "Self"` makes an inherent one
        let mut record = Self::deserialize(deserializer)?.tidy();
        if record.id.is_empty() {
            let platform_id = record.platform_id.clone();
            record.id = platform_id.ok_or_else(|| D::Error::missing_field("chat_record_id"))?;
        }
        Ok(record)
    }
}

impl Typed for RawRecord {
    fn lacks(&self) -> &'static [&'static str] {
        let Some(word) = &self.message_type else { return &[] };
        let (is_there, keys): (bool, &[&str]) = match word {
            MessageType::Text => (self.text.is_some(), &["text"]),
            MessageType::Image => (self.image.is_some(), &["image"]),
            MessageType::Revoke => (self.revoke.is_some(), &["revoke"]),
            MessageType::Agree => (self.agree.is_some(), &["agree"]),
            MessageType::Disagree => (self.disagree.is_some(), &["disagree"]),
            MessageType::Voice => (self.voice.is_some(), &["voice"]),
            MessageType::Video => (self.video.is_some(), &["video"]),
            MessageType::Card => (self.card.is_some(), &["card"]),
            MessageType::Location => (self.location.is_some(), &["location"]),
            MessageType::Emotion => (self.emotion.is_some(), &["emotion"]),
            MessageType::File => (self.file.is_some(), &["file"]),
            MessageType::Link => (self.link.is_some(), &["link"]),
            MessageType::Weapp | MessageType::MiniProgram => {
                (self.weapp.is_some(), &["weapp", "miniprogram"])
            }
            MessageType::ChatRecord => (self.chat_record.is_some(), &["chatrecord"]),
            // fields at the top of the record may stand for these two
            MessageType::Todo => (self.todo.is_some(), &["todo", "title", "content"]),
            MessageType::Vote => (self.vote.is_some(), &["vote", "votetitle", "voteitem"]),
            MessageType::Collect => (self.collect.is_some(), &["collect"]),
            MessageType::RedPacket | MessageType::ExternalRedPacket => {
                (self.red_packet.is_some(), &["redpacket", "external_redpacket"])
            }
            MessageType::Meeting => (self.meeting.is_some(), &["meeting"]),
            MessageType::Docmsg | MessageType::Doc => (self.document.is_some(), &["doc", "docmsg"]),
            MessageType::Markdown
            | MessageType::News
            | MessageType::MeetingNotification
            | MessageType::VoipText
            | MessageType::QyDiskFile => (self.info.is_some(), &["info"]),
            MessageType::Calendar => (self.calendar.is_some(), &["calendar"]),
            MessageType::Mixed => (self.mixed.is_some(), &["mixed"]),
            MessageType::MeetingVoiceCall => (self.call.is_some(), &["meeting_voice_call"]),
            MessageType::VoipDocShare => (self.shared_document.is_some(), &["voip_doc_share"]),
            MessageType::ChannelFeed => (self.channel_feed.is_some(), &["sphfeed"]),
            MessageType::Other(_) => (true, &[]),
        };
        if is_there { &[] } else { keys }
    }
}

impl Serialize for RawRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl fmt::Debug for RawRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRecord")
            .field("id", &self.id)
            .field("action", &self.action)
            .field("conversation_id", &self.conversation_id)
            .field("sent_at", &self.sent_at)
            .field("message_type", &self.message_type)
            .field("sender_type", &self.sender_type)
            .field("is_recalled", &self.is_recalled)
            .field("recalled_at", &self.recalled_at)
            .finish_non_exhaustive()
    }
}

#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn zero_or_one<S: Serializer>(value: &Option<bool>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(u8::from).serialize(serializer)
}
