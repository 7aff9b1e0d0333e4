//! The call `GET /open-nbd-qw-msgaudit/v1/single-chat/get`, after the vendor's page on one single
//! chat (get-single-chat): the employee and the customer in it.

use std::fmt;

use chat_core::{Endpoint, Loose, UnixMillis, Url, de, http, open_int_enum, read_envelope};
use serde::Deserialize;

use super::{body, build, check_filled, flag, instant, number, read, succeeded};
use crate::error::{Error, Failure};

/// Which single chat to ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SingleChatRequest {
    chat_id: String,
}

impl SingleChatRequest {
    /// This chat (`chat_id`).
    pub fn new(chat_id: impl Into<String>) -> Self {
        Self { chat_id: chat_id.into() }
    }
}

/// The two sides of a single chat. `Debug` shows times only.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct SingleChat {
    /// The customer.
    pub external_user: Option<ExternalUser>,
    /// The employee.
    pub employee: Option<Employee>,
    /// Whether the customer has agreed to being archived (`has_agreed_msgaudit`). If not, there are
    /// no records.
    pub has_agreed: Option<bool>,
    /// When its last message was sent.
    pub last_chat_at: Option<UnixMillis>,
}

impl fmt::Debug for SingleChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleChat")
            .field("has_agreed", &self.has_agreed)
            .field("last_chat_at", &self.last_chat_at)
            .finish_non_exhaustive()
    }
}

open_int_enum! {
    /// Where a customer is (`type`).
    pub enum ExternalUserType {
        /// On WeChat.
        WeChat = 1,
        /// On WeCom, at another enterprise.
        WeCom = 2,
    }
}

body! {
    /// A customer.
    pub struct ExternalUser {
        /// The customer's id (`external_userid`).
        #[serde(rename = "external_userid", deserialize_with = "de::filled_text")]
        pub id: Option<String>,
        /// The customer's own name.
        #[serde(deserialize_with = "de::filled_text")]
        pub name: Option<String>,
        /// Where the picture is.
        #[serde(deserialize_with = "de::filled_text")]
        pub avatar: Option<String>,
        /// Where the customer is (`type`).
        #[serde(rename = "type", deserialize_with = "number")]
        pub user_type: Option<ExternalUserType>,
        /// The customer's enterprise, of customers on WeCom.
        #[serde(deserialize_with = "de::filled_text")]
        pub corp_name: Option<String>,
        /// The employee's name for the customer.
        #[serde(deserialize_with = "de::filled_text")]
        pub remark: Option<String>,
        /// The employee's words on the customer.
        #[serde(deserialize_with = "de::filled_text")]
        pub description: Option<String>,
    }
}

body! {
    /// An employee.
    pub struct Employee {
        /// The employee's id on WeCom (`qw_user_id`).
        #[serde(rename = "qw_user_id", deserialize_with = "de::filled_text")]
        pub id: Option<String>,
        /// The employee's name.
        #[serde(deserialize_with = "de::filled_text")]
        pub name: Option<String>,
        /// Where the picture is.
        #[serde(deserialize_with = "de::filled_text")]
        pub avatar_url: Option<String>,
    }
}

/// The two sides are taken as they come and read once the call is known to be a success.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default, deserialize_with = "de::opt_integer")]
    errcode: Option<i64>,
    #[serde(default, borrow)]
    errmsg: Loose<'a>,
    #[serde(default, borrow)]
    external_user: Loose<'a>,
    #[serde(default, borrow)]
    employee: Loose<'a>,
    #[serde(default, borrow)]
    has_agreed_msgaudit: Loose<'a>,
    #[serde(default, borrow)]
    last_chat_at: Loose<'a>,
}

fn described(body: &[u8]) -> Result<SingleChat, Failure> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Flag(#[serde(deserialize_with = "flag")] Option<bool>);
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Instant(#[serde(deserialize_with = "instant")] Option<UnixMillis>);

    let envelope: Envelope<'_> = read_envelope(body).map_err(Failure::Unreadable)?;
    let sides = [envelope.external_user, envelope.employee];
    let has_payload = sides.iter().any(|side| side.json().is_some());
    succeeded(envelope.errcode, envelope.errmsg, has_payload)?;
    Ok(SingleChat {
        external_user: part(envelope.external_user)?,
        employee: part(envelope.employee)?,
        has_agreed: part(envelope.has_agreed_msgaudit)?.and_then(|Flag(agreed)| agreed),
        last_chat_at: part(envelope.last_chat_at)?.and_then(|Instant(at)| at),
    })
}

fn part<'a, T: Deserialize<'a>>(json: Loose<'a>) -> Result<Option<T>, Failure> {
    let read = |json: &'a str| chat_core::DecodeError::read(json.as_bytes());
    json.json().map(read).transpose().map_err(Failure::Unreadable)
}

impl Endpoint for SingleChatRequest {
    type Output = SingleChat;
    type Error = Error;
    const NAME: &'static str = "single-chat/get";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        check_filled("chat_id", Some(&self.chat_id))?;
        let query = std::iter::once(("chat_id", self.chat_id.clone()));
        build(base, &["open-nbd-qw-msgaudit", "v1", "single-chat", "get"], query)
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<SingleChat, Error> {
        read(Self::NAME, answer, described).map(|(chat, _)| chat)
    }
}
