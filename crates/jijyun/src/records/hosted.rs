//! `POST /v1/openapi/chat/corpwechat/message/history`, after the vendor's page
//! "获取指定托管账号的聊天历史" (chat history of a hosted account), whose descriptions could be read
//! in part only.

use std::fmt;

use chat_core::{
    Cursor, DecodeError, Endpoint, Loose, Page, RawList, ReadRecords, UnixMillis, Url, de, http,
    open_int_enum,
};
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};

use super::envelope::{Opened, Rows, inside, read_answer};
use super::fields::{loose_flag, loose_object};
use super::payload::Payload;
use super::wire;
use crate::error::{Error, Failure};

/// Reads one day of a hosted WeCom account, page by page, each from where the last one ended.
///
/// All four values travel as text. `Debug` shows all but the account.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HostedHistoryRequest {
    im_bot_id: String,
    snapshot_day: String,
    page_size: String,
    seq: String,
}

/// Where a day starts (`seq`).
const START: &str = "0";

impl HostedHistoryRequest {
    /// How many messages are asked for on a page. The vendor's sample asks for 10 and names no
    /// limit; each page costs a call.
    pub const PAGE_SIZE: u32 = 100;

    /// The first page of a day (`snapshotDay`, as `2025-08-06`; believed to be one in China) of an
    /// account (`imBotId`).
    pub fn new(im_bot_id: impl Into<String>, snapshot_day: impl Into<String>) -> Self {
        Self {
            im_bot_id: im_bot_id.into(),
            snapshot_day: snapshot_day.into(),
            page_size: Self::PAGE_SIZE.to_string(),
            seq: START.to_owned(),
        }
    }

    /// Other pages (`pageSize`), of at least one message.
    #[must_use]
    pub fn with_page_size(mut self, page_size: u32) -> Self {
        self.page_size = page_size.to_string();
        self
    }

    /// From another place (`seq`): the one that the page before it named.
    #[must_use]
    pub fn with_seq(mut self, seq: impl Into<String>) -> Self {
        self.seq = seq.into();
        self
    }

    /// The end is an empty page, or one that names no further place: one without `seq`, with the
    /// one that was asked from, or with the one where a day starts, which nothing leads to.
    fn page(&self, history: History, body: Vec<u8>) -> Page<HostedMessage> {
        let further = history.seq.filter(|seq| *seq != self.seq && seq != START);
        let rows = history.rows;
        let is_empty = rows.records.items.is_empty() && rows.records.skipped.is_empty();
        let mut page = rows.into_page(body);
        page.next = further.filter(|_| !is_empty).and_then(Cursor::new);
        page
    }
}

impl fmt::Debug for HostedHistoryRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostedHistoryRequest")
            .field("snapshot_day", &self.snapshot_day)
            .field("page_size", &self.page_size)
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}

impl Endpoint for HostedHistoryRequest {
    type Output = Page<HostedMessage>;
    type Error = Error;
    const NAME: &'static str = "chat/corpwechat/message/history";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        wire::filled("imBotId", &self.im_bot_id)?;
        wire::filled("snapshotDay", &self.snapshot_day)?;
        wire::filled("seq", &self.seq)?;
        if self.page_size == "0" {
            return Err(Error::invalid("pageSize is 0"));
        }
        // texts are always JSON
        let body = serde_json::to_vec(self).unwrap_or_default();
        wire::post(base, &["v1", "openapi", "chat", "corpwechat", "message", "history"], body)
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Page<HostedMessage>, Error> {
        let (history, body) = read_answer(Self::NAME, answer, History::read)?;
        Ok(self.page(history, body))
    }
}

/// An answer as it was read, before it is known from where it was asked.
struct History {
    rows: Rows<HostedMessage>,
    seq: Option<String>,
}

impl History {
    fn read(body: &str) -> Result<Self, Failure> {
        #[derive(Default, Deserialize)]
        struct Content<'a> {
            #[serde(default, borrow)]
            messages: RawList<'a>,
            #[serde(default, borrow)]
            seq: Loose<'a>,
        }
        let opened = Opened::read(body)?;
        let content: Content<'_> = opened.data.object()?;
        let mut records = ReadRecords::default();
        records.read(body.as_bytes(), &content.messages, "Data.messages")?;
        let rows = Rows { records, total: None, trace_id: opened.trace_id };
        Ok(Self { rows, seq: place(content.seq)? })
    }
}

/// A place in a day. What cannot be read as one is not taken for the end, or a part of the day
/// would be lost quietly.
fn place(seq: Loose<'_>) -> Result<Option<String>, DecodeError> {
    let Some(json) = seq.json() else { return Ok(None) };
    if !json.starts_with(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        let error = DecodeError::new("it is neither a text nor a number");
        return Err(inside("Data.seq", error));
    }
    Ok(seq.text())
}

/// Reads a stored answer again, without knowing where it was asked from.
#[cfg(feature = "client")]
pub(crate) fn read_hosted(body: Vec<u8>) -> Result<Page<HostedMessage>, Error> {
    HostedHistoryRequest::new("", "").read_response(http::Response::new(body))
}

open_int_enum! {
    /// What a message carries (`type`). The vendor lists the numbers; the meanings are those of the
    /// hosting service whose interface this one repeats. Not the numbers of
    /// [`AggregatedType`](crate::AggregatedType).
    pub enum HostedType {
        /// Not known to the vendor.
        Unknown = 0,
        /// A file.
        File = 1,
        /// A voice note.
        Voice = 2,
        /// A contact card.
        Card = 3,
        /// Forwarded messages.
        Forwarded = 4,
        /// A sticker.
        Emoticon = 5,
        /// A picture.
        Image = 6,
        /// Text.
        Text = 7,
        /// A place.
        Location = 8,
        /// A mini-program.
        MiniProgram = 9,
        /// Something with money.
        Money = 10,
        /// Notice that a message was recalled.
        Recall = 11,
        /// A link with a preview.
        Link = 12,
        /// A video.
        Video = 13,
        /// A video of WeChat Channels.
        Channels = 14,
        /// A call.
        Call = 15,
        /// A list that a group fills in.
        Solitaire = 16,
        /// An invitation to a group.
        Invitation = 9999,
        /// A notice.
        System = 10000,
        /// A notice by WeCom.
        WecomSystem = 10001,
    }
}

open_int_enum! {
    /// What sort of account a contact has (`contactType`).
    pub enum ContactType {
        /// Not known to the vendor.
        Unknown = 0,
        /// A person's WeChat.
        WeChat = 1,
        /// An official account.
        OfficialAccount = 2,
        /// WeCom.
        WeCom = 3,
    }
}

open_int_enum! {
    /// What made a message (`source`).
    pub enum HostedOrigin {
        /// Came from the phone.
        Phone = 0,
        /// Sent by hand in the console.
        Console = 1,
        /// A mass mailing.
        Mass = 2,
        /// An automatic reply.
        AutoReply = 3,
        /// The making of a group.
        GroupCreation = 4,
        /// Another bot.
        OtherBot = 5,
        /// The programming interface.
        Api = 6,
        /// A standard procedure.
        Procedure = 7,
    }
}

/// A message of a hosted account. Only the id is certain: anything else may be absent. `Debug`
/// shows ids, kind and time, never text, names or links.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase")]
#[non_exhaustive]
pub struct HostedMessage {
    /// The message's id.
    #[serde(deserialize_with = "id")]
    pub message_id: String,
    /// The conversation of the account with one contact or group.
    #[serde(default, deserialize_with = "de::filled_text")]
    pub chat_id: Option<String>,
    /// When it was sent, in Unix milliseconds; see [`at`](Self::at).
    #[serde(default, deserialize_with = "de::opt_integer")]
    pub timestamp: Option<i64>,
    /// What it carries (`type`).
    #[serde(default, rename = "type", deserialize_with = "de::number")]
    pub message_type: Option<HostedType>,
    /// What made it (`source`).
    #[serde(default, rename = "source", deserialize_with = "de::number")]
    pub origin: Option<HostedOrigin>,
    /// What sort of account the contact has.
    #[serde(default, deserialize_with = "de::number")]
    pub contact_type: Option<ContactType>,
    /// The contact's name.
    #[serde(default, deserialize_with = "de::filled_text")]
    pub contact_name: Option<String>,
    /// A link to the contact's or the group's picture.
    #[serde(default, deserialize_with = "de::filled_text")]
    pub avatar: Option<String>,
    /// The contact; in a group, whoever wrote the message.
    #[serde(default, deserialize_with = "de::filled_text")]
    pub im_contact_id: Option<String>,
    /// The group; none where two talk.
    #[serde(default, deserialize_with = "de::filled_text")]
    pub im_room_id: Option<String>,
    /// The group's name.
    #[serde(default, deserialize_with = "de::filled_text")]
    pub room_topic: Option<String>,
    /// The group, by WeCom's own id.
    #[serde(default, deserialize_with = "de::filled_text")]
    pub wecom_chat_id: Option<String>,
    /// The contact, by WeCom's id for people outside.
    #[serde(default, deserialize_with = "de::filled_text")]
    pub external_user_id: Option<String>,
    /// The customer, by WeCom's id for people outside.
    #[serde(default, deserialize_with = "de::filled_text")]
    pub customer_external_user_id: Option<String>,
    /// The contact works for the business.
    #[serde(default, deserialize_with = "loose_flag")]
    pub coworker: Option<bool>,
    /// The hosted account, by the platform's id.
    #[serde(default, deserialize_with = "de::filled_text")]
    pub bot_id: Option<String>,
    /// What it says.
    #[serde(default, rename = "Payload", deserialize_with = "loose_object")]
    pub payload: Option<Payload>,
    /// The payload as the callback calls it. Empty once read.
    #[serde(default, rename = "payload", deserialize_with = "loose_object", skip_serializing)]
    small_payload: Option<Payload>,
}

impl HostedMessage {
    /// When it was sent, if that is told.
    pub fn at(&self) -> Option<UnixMillis> {
        self.timestamp.and_then(UnixMillis::unless_zero)
    }
}

impl<'de> Deserialize<'de> for HostedMessage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // the derived function, which `remote = "Self"` makes an inherent one
        let mut message = Self::deserialize(deserializer)?;
        let small_payload = message.small_payload.take();
        message.payload = message.payload.or(small_payload);
        Ok(message)
    }
}

impl Serialize for HostedMessage {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl fmt::Debug for HostedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostedMessage")
            .field("message_id", &self.message_id)
            .field("chat_id", &self.chat_id)
            .field("message_type", &self.message_type)
            .field("origin", &self.origin)
            .field("at", &self.at())
            .finish_non_exhaustive()
    }
}

/// A text that is not empty.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    de::filled_text(deserializer)?.ok_or_else(|| D::Error::missing_field("messageId"))
}
