//! Which group chats there are.

use std::collections::BTreeSet;

use chat_core::{
    Cursor, DecodeError, Endpoint, ErrorKind, Failed, PageState, Retry, SourceError, VendorError,
};

use crate::client::{Client, MAX_EMPTY_PAGES};
use crate::error::Error;
use crate::records::{ExternalUsersRequest, GroupChatsRequest, MemberType};

/// The groups of a member are listed so often at most: the list moves while one reads it.
const MAX_PASSES: u32 = 5;
/// So many members in a row for whom the platform fails without refusing are no trouble of theirs.
const MAX_FAILURES: u32 = 3;

/// The chats found so far, each once, in the order in which they were found; and what is known to
/// lack.
pub(super) struct Found<'a> {
    client: &'a Client,
    chats: Vec<String>,
    known: BTreeSet<String>,
    unreadable: u64,
    unsettled: u64,
    unlisted: u64,
    first_trouble: Option<String>,
    contacts_trouble: Option<String>,
    failures_in_a_row: u32,
}

impl<'a> Found<'a> {
    pub(super) const fn new(client: &'a Client) -> Self {
        Self {
            client,
            chats: Vec::new(),
            known: BTreeSet::new(),
            unreadable: 0,
            unsettled: 0,
            unlisted: 0,
            first_trouble: None,
            contacts_trouble: None,
            failures_in_a_row: 0,
        }
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

    /// The chats, and what is missing among them, a sentence each.
    pub(super) fn done(self) -> (Vec<String>, Vec<String>) {
        let mut lacking = Vec::new();
        if let Some(trouble) = self.contacts_trouble {
            lacking.push(format!(
                "the list of external contacts could not be read to its end, so group chats are \
                 missing: {trouble}"
            ));
        }
        if let Some(trouble) = self.first_trouble {
            let members = count(self.unlisted, "member", "members");
            lacking.push(format!(
                "the group chats of {members} could not be listed; where it happened first: {trouble}"
            ));
        }
        if self.unreadable > 0 {
            let entries = count(self.unreadable, "entry", "entries");
            lacking.push(format!(
                "{entries} of the lists of group chats could not be read: chats are missing"
            ));
        }
        if self.unsettled > 0 {
            let members = count(self.unsettled, "member", "members");
            lacking.push(format!(
                "the list of the group chats of {members} brought new ones each of the \
                 {MAX_PASSES} times it was read: chats may be missing"
            ));
        }
        (self.chats, lacking)
    }

    /// What one member is refused, the next may be given.
    pub(super) async fn groups_of_employee(&mut self, id: &str) -> Result<(), Failed<Error>> {
        self.groups_of_member(id, MemberType::Employee).await
    }

    pub(super) async fn groups_of_external_users(&mut self) -> Result<(), Failed<Error>> {
        let mut users = BTreeSet::new();
        if let Err(failed) = self.external_users(&mut users).await {
            if ends_all(&failed.error) {
                return Err(failed);
            }
            self.contacts_trouble = Some(SourceError::from(failed).to_string());
        }
        for user in users {
            self.groups_of_member(&user, MemberType::ExternalContact).await?;
        }
        Ok(())
    }

    async fn external_users(&self, users: &mut BTreeSet<String>) -> Result<(), Failed<Error>> {
        let mut walk = Walk::new(ExternalUsersRequest::NAME);
        while !walk.state.is_done() {
            let request = ExternalUsersRequest::new().with_cursor(walk.state.cursor().cloned());
            let page = self.client.call(&request).await?;
            let is_empty = page.ids.is_empty();
            users.extend(page.ids);
            walk.advance(page.next, is_empty)?;
        }
        Ok(())
    }

    async fn groups_of_member(
        &mut self,
        id: &str,
        member_type: MemberType,
    ) -> Result<(), Failed<Error>> {
        let Err(failed) = self.groups_of(id, member_type).await else {
            self.failures_in_a_row = 0;
            return Ok(());
        };
        let is_refusal =
            matches!(failed.error, Error::Api { .. }) && failed.error.retry() == Retry::Never;
        self.failures_in_a_row = if is_refusal { 0 } else { self.failures_in_a_row + 1 };
        if ends_all(&failed.error) || self.failures_in_a_row >= MAX_FAILURES {
            return Err(failed);
        }
        self.unlisted += 1;
        self.first_trouble.get_or_insert_with(|| SourceError::from(failed).to_string());
        Ok(())
    }

    /// The groups of a member, those with the latest message first: one in which somebody writes
    /// now moves to a page that was read already and pushes others back. So a list of several pages
    /// is read again until it brings nothing new.
    async fn groups_of(&mut self, id: &str, member_type: MemberType) -> Result<(), Failed<Error>> {
        let (mut is_settled, mut unreadable) = (false, 0);
        for _ in 0..MAX_PASSES {
            let (mut pages, mut is_new) = (0, false);
            unreadable = 0;
            let mut walk = Walk::new(GroupChatsRequest::NAME);
            while !walk.state.is_done() {
                let request = GroupChatsRequest::new(id, member_type)
                    .with_cursor(walk.state.cursor().cloned());
                let page = self.client.call(&request).await?;
                let is_empty = page.items.is_empty() && page.skipped.is_empty();
                pages += 1;
                unreadable += page.skipped.len() as u64;
                is_new |= self.add(page.items.into_iter().map(|chat| chat.id));
                walk.advance(page.next, is_empty)?;
            }
            is_settled = pages == 1 || !is_new;
            if is_settled {
                break;
            }
        }
        self.unreadable += unreadable;
        self.unsettled += u64::from(!is_settled);
        Ok(())
    }
}

/// Whether the other members would fare no better.
fn ends_all(error: &Error) -> bool {
    match error {
        Error::InvalidRequest { .. } => true,
        _ => {
            matches!(error.kind(), ErrorKind::Auth | ErrorKind::RateLimited | ErrorKind::Transport)
        }
    }
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Where a walk through a list is.
struct Walk {
    name: &'static str,
    state: PageState,
    empty_in_a_row: u32,
}

impl Walk {
    fn new(name: &'static str) -> Self {
        Self { name, state: PageState::start(), empty_in_a_row: 0 }
    }

    /// Moves on behind a page.
    fn advance(&mut self, next: Option<Cursor>, is_empty: bool) -> Result<(), Failed<Error>> {
        self.empty_in_a_row = if is_empty { self.empty_in_a_row + 1 } else { 0 };
        if self.empty_in_a_row >= MAX_EMPTY_PAGES && next.is_some() {
            return Err(self.failed("50 pages in a row were empty, and it promises more"));
        }
        let leads_back = "it leads back to a page that was read already";
        self.state.advance(next).map_err(|_| self.failed(leads_back))
    }

    fn failed(&self, what: &'static str) -> Failed<Error> {
        // the answer itself was good JSON
        let error = Error::unreadable(self.name, b"{}", DecodeError::new(what));
        Failed::new(error, 1)
    }
}
