//! Which group chats there are.

use std::collections::BTreeSet;

use chat_core::{Cursor, DecodeError, Endpoint, PageState};

use crate::client::{Client, Tried};
use crate::error::Error;
use crate::records::{ExternalUsersRequest, GroupChatsRequest, MemberType};

/// The groups of a member are listed so often at most: the list moves while one reads it.
const MAX_PASSES: u32 = 5;

/// The chats found so far, each once, in the order in which they were found.
pub(super) struct Found<'a> {
    client: &'a Client,
    chats: Vec<String>,
    known: BTreeSet<String>,
    unreadable: u64,
}

impl<'a> Found<'a> {
    pub(super) const fn new(client: &'a Client) -> Self {
        Self { client, chats: Vec::new(), known: BTreeSet::new(), unreadable: 0 }
    }

    /// Adds chats, and tells whether one of them is new.
    pub(super) fn add(&mut self, chats: impl IntoIterator<Item = String>) -> bool {
        let before = self.chats.len();
        for chat in chats {
            if self.known.insert(chat.clone()) {
                self.chats.push(chat);
            }
        }
        self.chats.len() > before
    }

    /// The chats, and how many entries of the lists could not be read.
    pub(super) fn done(self) -> (Vec<String>, u64) {
        (self.chats, self.unreadable)
    }

    pub(super) async fn groups_of_employee(&mut self, id: &str) -> Result<(), Tried> {
        self.groups_of(id, MemberType::Employee).await
    }

    pub(super) async fn groups_of_external_users(&mut self) -> Result<(), Tried> {
        let mut users = BTreeSet::new();
        let mut state = PageState::start();
        while !state.is_done() {
            let request = ExternalUsersRequest::new().with_cursor(state.cursor().cloned());
            let page = self.client.call(&request).await?;
            advance(&mut state, ExternalUsersRequest::NAME, page.next)?;
            users.extend(page.ids);
        }
        for user in users {
            self.groups_of(&user, MemberType::ExternalContact).await?;
        }
        Ok(())
    }

    /// The groups of a member, those with the latest message first: one in which somebody writes
    /// now moves to a page that was read already and pushes others back. So a list of several pages
    /// is read again until it brings nothing new.
    async fn groups_of(&mut self, id: &str, member_type: MemberType) -> Result<(), Tried> {
        for _ in 0..MAX_PASSES {
            let (mut pages, mut is_new, mut unreadable) = (0, false, 0);
            let mut state = PageState::start();
            while !state.is_done() {
                let request =
                    GroupChatsRequest::new(id, member_type).with_cursor(state.cursor().cloned());
                let page = self.client.call(&request).await?;
                advance(&mut state, GroupChatsRequest::NAME, page.next)?;
                pages += 1;
                unreadable += page.skipped.len() as u64;
                is_new |= self.add(page.items.into_iter().map(|chat| chat.id));
            }
            if pages == 1 || !is_new {
                self.unreadable += unreadable;
                break;
            }
        }
        Ok(())
    }
}

fn advance(state: &mut PageState, name: &'static str, next: Option<Cursor>) -> Result<(), Tried> {
    state.advance(next).map_err(|_| {
        let source = DecodeError::new("it leads back to a page that was read already");
        // the answer itself was good JSON
        Tried { error: Error::unreadable(name, b"{}", source), attempts: 1 }
    })
}
