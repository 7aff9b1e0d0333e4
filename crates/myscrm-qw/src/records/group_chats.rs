//! The call `GET /bff-nbd-qw-openapi/v1/group-chat/list-by-member`, after the vendor's page on the
//! group chats of a member (list-group-chat-by-member).

use std::fmt;

use chat_core::{
    Cursor, Endpoint, Loose, Page, RawList, ReadRecords, UnixMillis, Url, de, http, open_int_enum,
    read_object, readable,
};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::{
    build, check_bare, check_filled, instant, next_page, position, present, read, record_id,
    succeeded,
};
use crate::error::{Error, Failure};

open_int_enum! {
    /// What sort of member is asked about (`member_type`).
    pub enum MemberType {
        /// An employee.
        Employee = 1,
        /// An external contact.
        ExternalContact = 2,
    }
}

/// Whose group chats to list, and which page of them: those with the latest message first, so that
/// a chat may move from page to page while one reads. `Debug` shows what is set, not the values.
#[derive(Clone, PartialEq, Eq)]
pub struct GroupChatsRequest {
    member_id: String,
    member_type: MemberType,
    name: Option<String>,
    cursor: Option<Cursor>,
}

impl GroupChatsRequest {
    /// The first page of the group chats of a member (`member_id`, `member_type`). The form of an id
    /// does not tell what sort of member it is of.
    pub fn new(member_id: impl Into<String>, member_type: MemberType) -> Self {
        Self { member_id: member_id.into(), member_type, name: None, cursor: None }
    }

    /// Only groups with such a name (`name`), or a part of one.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Another page (`cursor`).
    #[must_use]
    pub fn with_cursor(mut self, cursor: Option<Cursor>) -> Self {
        self.cursor = cursor;
        self
    }
}

impl fmt::Debug for GroupChatsRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupChatsRequest")
            .field("member_type", &self.member_type)
            .field("by_name", &self.name.is_some())
            .field("is_first", &self.cursor.is_none())
            .finish_non_exhaustive()
    }
}

/// A group chat. `Debug` shows its id and times.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(remote = "Self", default)]
#[non_exhaustive]
pub struct GroupChat {
    /// The platform's id of the chat (`chat_id`).
    #[serde(rename = "chat_id", deserialize_with = "record_id")]
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "de::filled_text")]
    pub name: Option<String>,
    /// When it was made, in seconds (`created_at`).
    #[serde(rename = "created_at", deserialize_with = "de::opt_integer")]
    pub created_at_s: Option<i64>,
    /// When its last message was sent.
    #[serde(deserialize_with = "instant")]
    pub last_chat_at: Option<UnixMillis>,
    /// Where its picture is.
    #[serde(deserialize_with = "de::filled_text")]
    pub avatar_url: Option<String>,
}

impl<'de> Deserialize<'de> for GroupChat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // the derived function, which `remote = "Self"` makes an inherent one
        let chat = Self::deserialize(deserializer)?;
        if chat.id.is_empty() {
            return Err(D::Error::missing_field("chat_id"));
        }
        Ok(chat)
    }
}

impl fmt::Debug for GroupChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupChat")
            .field("id", &self.id)
            .field("created_at_s", &self.created_at_s)
            .field("last_chat_at", &self.last_chat_at)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default, deserialize_with = "de::opt_integer")]
    errcode: Option<i64>,
    #[serde(default, borrow)]
    errmsg: Loose<'a>,
    #[serde(default, borrow, deserialize_with = "present")]
    list: Option<RawList<'a>>,
    #[serde(default, borrow, deserialize_with = "present")]
    next_cursor: Option<Loose<'a>>,
}

fn listed(body: &[u8]) -> Result<(ReadRecords<GroupChat>, Option<Cursor>), Failure> {
    let text = readable(body).map_err(Failure::Unreadable)?;
    let envelope: Envelope<'_> = read_object(&text).map_err(Failure::Unreadable)?;
    succeeded(envelope.errcode, envelope.errmsg, envelope.list.is_some())?;
    if envelope.list.is_none() && envelope.next_cursor.is_none() {
        check_bare(text.as_bytes())?;
    }
    let mut chats = ReadRecords::default();
    let list = envelope.list.unwrap_or_default();
    chats.read(text.as_bytes(), &list, "list").map_err(Failure::Unreadable)?;
    Ok((chats, next_page(envelope.next_cursor.unwrap_or_default())?))
}

impl Endpoint for GroupChatsRequest {
    type Output = Page<GroupChat>;
    type Error = Error;
    const NAME: &'static str = "group-chat/list-by-member";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        check_filled("member_id", Some(&self.member_id))?;
        check_filled("name", self.name.as_deref())?;
        let query = [
            ("member_id", Some(self.member_id.clone())),
            ("member_type", Some(self.member_type.value().to_string())),
            ("name", self.name.clone()),
            ("cursor", Some(position(self.cursor.as_ref()))),
        ];
        let query = query.into_iter().filter_map(|(name, value)| Some((name, value?)));
        build(base, &["bff-nbd-qw-openapi", "v1", "group-chat", "list-by-member"], query)
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Page<GroupChat>, Error> {
        let ((chats, next), body) = read(Self::NAME, answer, listed)?;
        let mut page = chats.into_page(body);
        page.next = next;
        Ok(page)
    }
}
