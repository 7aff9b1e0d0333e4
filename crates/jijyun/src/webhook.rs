//! What the vendor posts to a webhook: new messages of the aggregated chat ("当聚合对话有新消息时",
//! known from use, for the page could not be read), and messages of hosted accounts
//! ("对话消息回调").
//!
//! Nothing is signed. What can be checked is the tenant, [`Notification::company_id`]. Answer with
//! HTTP status 200 at once, or the same event comes again with the same
//! [`event_id`](Notification::event_id). Messages that were sent through the vendor's interface are
//! not posted, so a webhook does not replace reading.
//!
//! Pointing the callback of hosted accounts at another address takes the messages away from the
//! vendor's own marketing product: its page says so.
//!
//! ```
//! use jijyun::Conversion;
//! use jijyun::webhook::{Event, Notification};
//!
//! # fn handle(body: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! let notification = Notification::read(body)?;
//! let conversion = Conversion::new("yuju");
//! match notification.event {
//!     Event::Aggregated(push) => println!("{:?}", push.to_message(&conversion)),
//!     Event::Hosted(push) => println!("{:?}", push.to_message(&conversion)),
//!     _ => println!("{:?} is another event", notification.event_type),
//! }
//! # Ok(())
//! # }
//! ```

mod hosted;

use std::fmt;

use chat_core::{DecodeError, Loose, Message, open_enum, read_envelope};
use serde::{Deserialize, Serialize};

use crate::convert::{Conversion, pushed};
use crate::records::{AggregatedMessage, User, inside, loose_object, loose_text};

pub use hosted::HostedPush;

open_enum! {
    /// What happened (`event_type`). More is posted than is known here.
    pub enum EventType {
        /// The aggregated chat has a new message.
        AggregatedMessage = "ai_assistant_receives_msg",
        /// A dialogue ended.
        ChatFinished = "chat_finish",
        /// A person replied.
        ServiceReplied = "kf_reply",
    }
}

/// A notification. `Debug` shows what sort it is.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Notification {
    /// What happened. Callbacks of hosted accounts do not say.
    pub event_type: Option<EventType>,
    /// The event's id: the same when it is posted again.
    pub event_id: Option<String>,
    /// The tenant.
    pub company_id: Option<String>,
    /// The content.
    pub event: Event,
}

/// The content of a notification.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A message of the aggregated chat.
    Aggregated(Box<AggregatedPush>),
    /// A message of a hosted account.
    Hosted(Box<HostedPush>),
    /// Something whose content is not modelled.
    Other,
}

impl Notification {
    /// Reads a body, in either of the two layouts that are in use: the message below `data`, or
    /// below `data.push_data`.
    ///
    /// # Errors
    ///
    /// When the bytes are no JSON object, or the content of a known event is not as expected.
    pub fn read(body: &[u8]) -> Result<Self, DecodeError> {
        #[derive(Deserialize)]
        struct Posted<'a> {
            #[serde(default, borrow)]
            event_type: Loose<'a>,
            #[serde(default, borrow)]
            event_id: Loose<'a>,
            #[serde(default, borrow)]
            company_id: Loose<'a>,
            #[serde(default, borrow)]
            data: Loose<'a>,
        }
        let posted: Posted<'_> = read_envelope(body)?;
        let event_type = posted.event_type.text().map(|word| EventType::from(word.as_str()));
        let event = match (&event_type, posted.data.json().filter(|data| data.starts_with('{'))) {
            (Some(EventType::AggregatedMessage), Some(data)) => {
                Event::Aggregated(Box::new(aggregated(data)?))
            }
            (None, Some(data)) if hosted::is_message(data) => {
                Event::Hosted(Box::new(read_data(data)?))
            }
            _ => Event::Other,
        };
        Ok(Self {
            event_type,
            event_id: posted.event_id.text(),
            company_id: posted.company_id.text(),
            event,
        })
    }
}

impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("event_type", &self.event_type)
            .field("event_id", &self.event_id)
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}

/// The vendor's page is said to show the blocks below `data`; what is posted has them one deeper.
fn aggregated(data: &str) -> Result<AggregatedPush, DecodeError> {
    #[derive(Deserialize)]
    struct Data<'a> {
        #[serde(default, borrow)]
        push_data: Loose<'a>,
    }
    let outer: Data<'_> = read_data(data)?;
    let inner = outer.push_data.json().filter(|inner| inner.starts_with('{'));
    read_data(inner.unwrap_or(data))
}

fn read_data<'a, T: Deserialize<'a>>(data: &'a str) -> Result<T, DecodeError> {
    DecodeError::read_text(data).map_err(|error| inside("data", error))
}

/// A new message of the aggregated chat. Anything in it may be absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AggregatedPush {
    /// The conversation.
    #[serde(deserialize_with = "loose_object")]
    pub chat: Option<Chat>,
    /// The message.
    #[serde(deserialize_with = "loose_object")]
    pub message: Option<AggregatedMessage>,
    /// Who wrote it.
    #[serde(deserialize_with = "loose_object")]
    pub user: Option<User>,
    /// The account that it came to.
    #[serde(deserialize_with = "loose_object")]
    pub source: Option<Origin>,
    /// The channel, by a code whose values are not documented.
    #[serde(deserialize_with = "loose_text")]
    pub channel_num: Option<String>,
}

impl AggregatedPush {
    /// The message in neutral words; without one, a message of which nothing is known.
    pub fn to_message(&self, conversion: &Conversion) -> Message {
        let chat_id = self.chat.as_ref().and_then(|chat| chat.chat_id.as_deref());
        let none = AggregatedMessage::default();
        let message = self.message.as_ref().unwrap_or(&none);
        pushed(message, chat_id, self.user.as_ref().or(message.user.as_ref()), conversion)
    }
}

/// A conversation. `Debug` shows the id.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Chat {
    /// Its id: an address and no identity, which may change for the same group or person.
    #[serde(deserialize_with = "loose_text")]
    pub chat_id: Option<String>,
    /// The sort of conversation: `群聊` for groups; other words are not known.
    #[serde(deserialize_with = "loose_text")]
    pub chat_type: Option<String>,
    /// Its title.
    #[serde(deserialize_with = "loose_text")]
    pub chat_title: Option<String>,
}

impl fmt::Debug for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chat").field("chat_id", &self.chat_id).finish_non_exhaustive()
    }
}

/// The account that a message came to. `Debug` shows nothing.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Origin {
    /// Its name.
    #[serde(deserialize_with = "loose_text")]
    pub source_name: Option<String>,
    /// Its id.
    #[serde(deserialize_with = "loose_text")]
    pub source_account_id: Option<String>,
    /// The rule that sent it here.
    #[serde(deserialize_with = "loose_text")]
    pub rule_id: Option<String>,
    /// The ids in WeCom.
    #[serde(deserialize_with = "loose_object")]
    pub source_addition: Option<OriginAddition>,
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin").finish_non_exhaustive()
    }
}

/// The ids in WeCom of the account that a message came to. `Debug` shows nothing.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct OriginAddition {
    /// The group; the `imRoomId` of hosted accounts.
    #[serde(deserialize_with = "loose_text")]
    pub room_id: Option<String>,
    /// The account; the `imBotId` of hosted accounts.
    #[serde(deserialize_with = "loose_text")]
    pub bot_wxid: Option<String>,
    /// The account's name.
    #[serde(deserialize_with = "loose_text")]
    pub bot_name: Option<String>,
}

impl fmt::Debug for OriginAddition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OriginAddition").finish_non_exhaustive()
    }
}
