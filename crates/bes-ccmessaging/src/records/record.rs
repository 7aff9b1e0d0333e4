//! One record of a listing.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use chat_core::{UnixMillis, open_enum};
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::library::{LibraryFile, library_in};
use super::loose::{
    RawJson, Timestamp, any_text_in, exact_text_in, flag_in, raw_in, text_in, time_in, whole_in,
    word_in,
};

open_enum! {
    /// The type of a channel (`channel`). The vendor names these "for example".
    pub enum ChannelType {
        /// A chat window on a web page.
        Web = "WEB",
        /// WeChat.
        WeChat = "WECHAT",
        /// Facebook.
        Facebook = "FACEBOOK",
    }
}

open_enum! {
    /// What a record does in the conversation (`controlType`).
    pub enum ControlType {
        /// The customer connects.
        Connect = "CONNECT",
        /// Something is said.
        Chat = "CHAT",
        /// The customer asks for a person.
        ToAgent = "TRANS2AGENT",
        /// The customer is typing.
        Input = "INPUT",
        /// The conversation ends.
        Disconnect = "DISCONNECT",
        /// Messages were read.
        Read = "READ",
    }
}

open_enum! {
    /// Who wrote a record (`sourceType`). The vendor's table lists the last three; its sample has
    /// `USER`, and clients send `CUSTOMER`.
    pub enum SourceType {
        /// The customer.
        User = "USER",
        /// The customer, in the word that clients send.
        Customer = "CUSTOMER",
        /// A person who works for the business.
        Agent = "AGENT",
        /// A program.
        Robot = "ROBOT",
        /// The platform.
        System = "SYSTEM",
    }
}

open_enum! {
    /// What a record carries (`mediaType`). The page on chat history lists the first eight; the
    /// others are of the vendor's pages on sending, polling and the library.
    pub enum MediaType {
        /// Text, plain or as HTML.
        Text = "TEXT",
        /// A picture.
        Image = "IMAGE",
        /// A sound recording.
        Audio = "AUDIO",
        /// A video.
        Video = "VIDEO",
        /// A file.
        File = "FILE",
        /// A picture sent as a file.
        FileImage = "FILE_IMAGE",
        /// A video sent as a file.
        FileVideo = "FILE_VIDEO",
        /// A card that leads to a web page.
        WebCard = "WEBCARD",
        /// A place.
        Location = "LOCATE",
        /// A document of the library.
        Document = "DOCUMENT",
        /// An e-mail.
        Email = "EMAIL",
        /// Rich text of the library.
        RichText = "RICHTEXT",
        /// A card of the library.
        Card = "CARD",
        /// A sticker of the library.
        Emotions = "EMOTIONS",
    }
}

open_enum! {
    /// How `content` is to be taken (`contentDealType`).
    pub enum ContentDealType {
        /// It is the storage key of a file that an agent sent.
        LocalFile = "1",
    }
}

/// A chat record as the vendor sends it.
///
/// Only the id is certain: anything else may be absent, `null` or empty, which all read as `None`,
/// even what the vendor's table calls required, and so does what is of another type than that
/// says. Records change after they were made (recalled,
/// read), so read them again after some days. `Serialize` writes the vendor's own keys. `Debug`
/// shows ids of messages and calls, times and kinds, never text, names or users.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Record {
    /// The record's id: up to 30 digits, as text.
    pub id: String,
    /// The type of the channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelType>,
    /// The configuration id of the channel; seen as `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_config_id: Option<String>,
    /// The customer's id in the channel; seen as `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The name of whoever sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_nickname: Option<String>,
    /// The picture of whoever sent it: a relative path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_avatar: Option<String>,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_time: Option<Timestamp>,
    /// When it arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receive_time: Option<Timestamp>,
    /// What it does in the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_type: Option<ControlType>,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_type: Option<SourceType>,
    /// What it carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// Text, HTML, a file's id, or JSON, depending on what it carries. An object or a list is kept
    /// as its JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The call that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// The tenant (`tenantId` in the vendor's sample, `tenant_id` in its table; both are read).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// The database that holds it: a number of any length, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partdb_id: Option<String>,
    /// The code by which recalls and removals name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_code: Option<String>,
    /// The id of the e-mail that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub association_content_id: Option<String>,
    /// How far it got. The values are not documented: a number is kept as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_status: Option<String>,
    /// When it was recalled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall_time: Option<Timestamp>,
    /// When it last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified_time: Option<Timestamp>,
    /// Why it could not be sent. The vendor's table calls it a time; any JSON is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_msg: Option<RawJson>,
    /// The day of the year, by which the vendor stores it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_of_year: Option<i64>,
    /// Whether it was forwarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_forwarded: Option<bool>,
    /// When the e-mail was forwarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forward_time: Option<Timestamp>,
    /// How `content` is to be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_deal_type: Option<ContentDealType>,
    /// Not documented; kept as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_key: Option<RawJson>,
    /// The library file that it carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multi_media_library_info: Option<Box<LibraryFile>>,
    /// The conversation (`chatId` in the vendor's sample, `chat_id` in its table; both are read).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<String>,
    /// When it was read; `0` for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_time: Option<Timestamp>,
    /// Not documented; kept as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<RawJson>,
    /// The table's spelling of `tenantId`, apart since both may come; empty once the record is
    /// read.
    #[serde(skip)]
    tenant_id_of_table: Option<String>,
    /// The table's spelling of `chatId`.
    #[serde(skip)]
    chat_id_of_table: Option<String>,
}

impl Record {
    /// When it was sent, if that is an instant.
    pub fn sent_at(&self) -> Option<UnixMillis> {
        self.send_time.as_ref()?.instant()
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("id", &self.id)
            .field("channel", &self.channel)
            .field("chat_id", &self.chat_id)
            .field("call_id", &self.call_id)
            .field("control_type", &self.control_type)
            .field("source_type", &self.source_type)
            .field("media_type", &self.media_type)
            .field("send_time", &self.send_time)
            .field("multi_media_library_info", &self.multi_media_library_info)
            .finish_non_exhaustive()
    }
}

/// A member as it was sent, for values whose type the vendor does not hold to: what cannot be read
/// is left out, for only an id may cost a record. Its bytes are kept anyway.
trait Member<'de>: Deserialize<'de> {
    fn json(&self) -> &str;
}

/// Lent by the page that it is read from.
impl<'de> Member<'de> for &'de RawValue {
    fn json(&self) -> &str {
        self.get()
    }
}

/// Copied, where a record is read from what cannot lend.
impl Member<'_> for Box<RawValue> {
    fn json(&self) -> &str {
        self.get()
    }
}

/// The one value that a record must have: an error names its key.
struct Id<M> {
    text: Option<String>,
    json: PhantomData<M>,
}

impl<'de, M: Member<'de>> Deserialize<'de> for Id<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = exact_text_in(M::deserialize(deserializer)?.json()).map_err(D::Error::custom)?;
        Ok(Self { text, json: PhantomData })
    }
}

fn exact(json: &str) -> Option<String> {
    exact_text_in(json).unwrap_or_default()
}

fn library(json: &str) -> Option<Box<LibraryFile>> {
    library_in(json).unwrap_or_default()
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

struct RecordVisitor<M>(PhantomData<M>);

/// Reads an object by hand, for the vendor's table lists `receiveTime` twice: a key that comes
/// again must not cost the record. The last value counts, but a `null` never hides another.
macro_rules! read_record {
    ($($key:literal => $field:ident: $read:path,)*) => {
        const KEYS: &[&str] = &["id", $($key),*];

        impl<'de, M: Member<'de>> Visitor<'de> for RecordVisitor<M> {
            type Value = Record;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a record")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
                let mut record = Record::default();
                while let Some(Key(key)) = map.next_key()? {
                    match &*key {
                        "id" => {
                            let id: Id<M> = map.next_value()?;
                            record.id = id.text.unwrap_or(record.id);
                        }
                        $($key => {
                            if let Some(value) = $read(map.next_value::<M>()?.json()) {
                                record.$field = Some(value);
                            }
                        })*
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                if record.id.is_empty() {
                    return Err(A::Error::missing_field("id"));
                }
                let of_table = (record.tenant_id_of_table.take(), record.chat_id_of_table.take());
                record.tenant_id = record.tenant_id.or(of_table.0);
                record.chat_id = record.chat_id.or(of_table.1);
                Ok(record)
            }
        }
    };
}

read_record! {
    "channel" => channel: word_in,
    "channelConfigId" => channel_config_id: exact,
    "userId" => user_id: exact,
    "senderNickname" => sender_nickname: text_in,
    "senderAvatar" => sender_avatar: text_in,
    "sendTime" => send_time: time_in,
    "receiveTime" => receive_time: time_in,
    "controlType" => control_type: word_in,
    "sourceType" => source_type: word_in,
    "mediaType" => media_type: word_in,
    "content" => content: any_text_in,
    "callId" => call_id: exact,
    "tenantId" => tenant_id: exact,
    "tenant_id" => tenant_id_of_table: exact,
    "partdbId" => partdb_id: exact,
    "messageCode" => message_code: exact,
    "associationContentId" => association_content_id: exact,
    "sendStatus" => send_status: exact,
    "recallTime" => recall_time: time_in,
    "modifiedTime" => modified_time: time_in,
    "errorMsg" => error_msg: raw_in,
    "dayOfYear" => day_of_year: whole_in,
    "isForwarded" => is_forwarded: flag_in,
    "forwardTime" => forward_time: time_in,
    "contentDealType" => content_deal_type: word_in,
    "contentKey" => content_key: raw_in,
    "multiMediaLibraryInfo" => multi_media_library_info: library,
    "chatId" => chat_id: exact,
    "chat_id" => chat_id_of_table: exact,
    "readTime" => read_time: time_in,
    "email" => email: raw_in,
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = RecordVisitor::<Box<RawValue>>(PhantomData);
        deserializer.deserialize_struct("Record", KEYS, visitor)
    }
}

/// A record out of a page in memory.
pub(super) struct PageRecord(pub(super) Record);

impl<'de> Deserialize<'de> for PageRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = RecordVisitor::<&'de RawValue>(PhantomData);
        deserializer.deserialize_struct("Record", KEYS, visitor).map(Self)
    }
}
