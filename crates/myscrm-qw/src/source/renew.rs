//! How records are read again for fresh links to their files.

use chat_core::{Failed, MediaItem, MediaLink, Message, SourceError, UnixMillis, Window};

use super::{Mode, RecordSource, SECOND_MS, end_within_the_hour};
use crate::error::Error;
use crate::records::Action;
use crate::records::raw::{RawRecord, RawRecordRequest};

impl RecordSource {
    pub(super) async fn fresh_links(
        &self,
        item: &MediaItem,
    ) -> Result<Option<Vec<Option<MediaLink>>>, SourceError> {
        let asked_at = self.client.now();
        let message = match self.mode {
            Mode::Chats { .. } => {
                let reason = "a plain record is found again by its time, and has none";
                let sent_at =
                    item.sent_at.ok_or_else(|| SourceError::unsent(Error::invalid(reason)))?;
                self.find_plain(item, sent_at).await?
            }
            Mode::Raw => self.find_raw(item).await?,
        };
        let Some(message) = message else { return Ok(None) };
        let links = message.attachments.into_iter().map(|file| file.link);
        let links = links.map(|link| link.map(|link| end_within_the_hour(link, asked_at)));
        Ok(Some(links.collect()))
    }

    /// Plain records cannot be asked for by id: the second around this one is read again.
    async fn find_plain(
        &self,
        item: &MediaItem,
        sent_at: UnixMillis,
    ) -> Result<Option<Message>, SourceError> {
        let request = self.chat_request(&item.partition.key, second_from(sent_at));
        let mut pages = self.client.records_pager(request);
        let conversion = self.conversion_of(&item.partition);
        while let Some(page) = pages.next_page().await.map_err(once)? {
            let mut messages = page.items.into_iter().map(|r| r.into_message(&conversion));
            let found = messages.find(|message| message.id.as_str() == item.record_id);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Raw records are asked for by id. The id of a message may be WeCom's, or hold an action that
    /// nobody knows, and then names no record of the platform's: so what comes is compared, and if
    /// it is not the one, the second around it is read again.
    async fn find_raw(&self, item: &MediaItem) -> Result<Option<Message>, SourceError> {
        let (id, action) = record_name(&item.record_id);
        let request = RawRecordRequest::new(id).with_action(action.clone());
        let (record, refusal) = match self.client.call_raw_one(&request).await {
            Ok(record) => (record, None),
            Err(refused @ Failed { error: Error::Api { .. }, .. }) => (None, Some(refused.into())),
            Err(failed) => return Err(failed.into()),
        };
        let is_other = record.is_some();
        // an answer may leave out the action that was asked for
        let is_it = |record: &RawRecord| {
            record.id == id && record.action.as_ref().is_none_or(|found| *found == action)
        };
        let message = record.filter(is_it).map(|record| record.into_message(&self.conversion));
        match (message, item.sent_at, refusal) {
            (Some(message), ..) => Ok(Some(message)),
            (None, Some(sent_at), _) => self.find_raw_by_time(item, sent_at).await,
            (None, None, Some(refusal)) => Err(refusal),
            (None, None, None) if is_other => {
                let reason =
                    "the record cannot be asked for by its id, and has no time to find it by";
                Err(SourceError::unsent(Error::invalid(reason)))
            }
            (None, None, None) => Ok(None),
        }
    }

    async fn find_raw_by_time(
        &self,
        item: &MediaItem,
        sent_at: UnixMillis,
    ) -> Result<Option<Message>, SourceError> {
        let mut request = self.raw_request(second_from(sent_at));
        if let Some(chat) = &item.conversation_id {
            request = request.with_chat_id(chat);
        }
        let mut pages = self.client.raw_records_pager(request);
        while let Some(page) = pages.next_page().await.map_err(once)? {
            let mut messages = page.items.into_iter().map(|r| r.into_message(&self.conversion));
            let found = messages.find(|message| message.id.as_str() == item.record_id);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

const fn second_from(sent_at: UnixMillis) -> Window {
    Window::new(sent_at.get(), sent_at.plus_ms(SECOND_MS).get())
}

/// How often a pager tried is not known here.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn once(error: Error) -> SourceError {
    SourceError::from_vendor(&error, 1)
}

/// The vendor's id and action of a record, by the id of its message.
fn record_name(id: &str) -> (&str, Action) {
    for action in [Action::Recall, Action::Switch] {
        let id = id.strip_suffix(action.as_str()).and_then(|id| id.strip_suffix('/'));
        if let Some(id) = id {
            return (id, action);
        }
    }
    (id, Action::Send)
}
