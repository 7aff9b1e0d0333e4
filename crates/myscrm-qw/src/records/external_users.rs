//! The call `GET /open-nbd-qw-msgaudit/v1/chat/external-user-id/list`, after the vendor's page on the
//! external contacts who have chats (list-chat-external-user-id): whose chats there are.

use std::fmt;

use chat_core::{Cursor, Endpoint, Loose, UnixMillis, Url, de, http, read_envelope};
use serde::Deserialize;

use super::{build, check_bare, next_page, position, present, read, succeeded};
use crate::error::{Error, Failure};

/// Which external contacts to list, and which page of them. The vendor advises to ask now and then
/// and to keep the answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExternalUsersRequest {
    last_chat_at: Option<UnixMillis>,
    cursor: Option<Cursor>,
}

impl ExternalUsersRequest {
    /// The first page of all of them.
    pub const fn new() -> Self {
        Self { last_chat_at: None, cursor: None }
    }

    /// Only those who have records after this instant (`last_chat_at`).
    #[must_use]
    pub const fn with_last_chat_at(mut self, instant: UnixMillis) -> Self {
        self.last_chat_at = Some(instant);
        self
    }

    /// Another page (`cursor`).
    #[must_use]
    pub fn with_cursor(mut self, cursor: Option<Cursor>) -> Self {
        self.cursor = cursor;
        self
    }
}

/// A page of external contacts. `Debug` shows how many.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExternalUsers {
    /// Their ids (`external_userids`).
    pub ids: Vec<String>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

impl fmt::Debug for ExternalUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalUsers")
            .field("ids", &self.ids.len())
            .field("has_next", &self.next.is_some())
            .finish()
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default, deserialize_with = "de::opt_integer")]
    errcode: Option<i64>,
    #[serde(default, borrow)]
    errmsg: Loose<'a>,
    #[serde(default, borrow, deserialize_with = "present")]
    external_userids: Option<Loose<'a>>,
    #[serde(default, borrow, deserialize_with = "present")]
    next_cursor: Option<Loose<'a>>,
}

fn listed(body: &[u8]) -> Result<ExternalUsers, Failure> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Ids(#[serde(deserialize_with = "de::text_list")] Vec<String>);

    let envelope: Envelope<'_> = read_envelope(body).map_err(Failure::Unreadable)?;
    succeeded(envelope.errcode, envelope.errmsg, envelope.external_userids.is_some())?;
    if envelope.external_userids.is_none() && envelope.next_cursor.is_none() {
        check_bare(body)?;
    }
    let ids = match envelope.external_userids.and_then(Loose::json) {
        Some(json) => chat_core::DecodeError::read::<Ids>(json.as_bytes()),
        None => Ok(Ids(Vec::new())),
    };
    let Ids(mut ids) = ids.map_err(Failure::Unreadable)?;
    ids.retain(|id| !id.is_empty());
    Ok(ExternalUsers { ids, next: next_page(envelope.next_cursor.unwrap_or_default())? })
}

impl Endpoint for ExternalUsersRequest {
    type Output = ExternalUsers;
    type Error = Error;
    const NAME: &'static str = "chat/external-user-id/list";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        let query = [
            ("last_chat_at", self.last_chat_at.map(|instant| instant.get().to_string())),
            ("cursor", Some(position(self.cursor.as_ref()))),
        ];
        let query = query.into_iter().filter_map(|(name, value)| Some((name, value?)));
        build(base, &["open-nbd-qw-msgaudit", "v1", "chat", "external-user-id", "list"], query)
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<ExternalUsers, Error> {
        read(Self::NAME, answer, listed).map(|(users, _)| users)
    }
}
