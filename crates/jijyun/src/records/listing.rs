//! How the records of a contact are read.

#[cfg(feature = "client")]
use std::collections::BTreeSet;

#[cfg(feature = "client")]
use chat_core::readable;
use chat_core::{
    DecodeError, Endpoint, GARBLED, Loose, MAX_PAGE_RECORDS, Page, RawList, ReadRecords,
    SkippedRecord, Span, WholeList, http, read_whole,
};
use serde::Deserialize;

use super::envelope::{Envelope, Opened, inside};
use super::{Record, RecordsRequest};
use crate::error::{Error, Failure};

/// Reads a stored answer again.
///
/// # Errors
///
/// When the bytes are no page of records: an error of the vendor's, or not what it documents.
pub fn read_page(body: Vec<u8>) -> Result<Page<Record>, Error> {
    RecordsRequest::new("").read_response(http::Response::new(body))
}

/// The messages of one conversation, not read yet.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Deserialize<'de> + Default"))]
pub(super) struct Conversation<'a, L = RawList<'a>> {
    #[serde(default, borrow)]
    pub(super) chat_id: Loose<'a>,
    #[serde(default)]
    pub(super) messages: L,
}

/// An answer whose messages are read together with it.
type WholeAnswer<'a> = Envelope<'a, WholeList<Conversation<'a, WholeList<Record>>>>;

/// The conversations of an answer in its order: each with its place, or why it cannot be read.
struct Rows<'a> {
    rows: Vec<Result<(Conversation<'a>, Span), SkippedRecord>>,
    trace_id: Option<String>,
}

impl<'a> Rows<'a> {
    fn read(body: &'a str) -> Result<Self, Failure> {
        let opened = Opened::read(body)?;
        let mut read = ReadRecords::<Conversation<'a>>::of_lists();
        read.read(body.as_bytes(), &opened.data.list()?, "Data")?;
        // its messages would be another conversation's
        read.set_aside(|row, index, _| {
            let is_garbled = row.chat_id.json()?.contains(GARBLED);
            let error = DecodeError::new("it is not UTF-8 text");
            is_garbled.then(|| inside(&format!("Data[{index}].chat_id"), error))
        });
        let mut good = read.items.into_iter().zip(read.spans);
        let mut bad = read.skipped.into_iter().peekable();
        let in_order = (0..).map_while(|index| match bad.next_if(|row| row.index == index) {
            Some(row) => Some(Err(row)),
            None => good.next().map(Ok),
        });
        let rows = in_order.collect();
        Ok(Self { rows, trace_id: opened.trace_id })
    }
}

/// The messages of an answer.
pub(super) struct Listing {
    records: ReadRecords<Record>,
    trace_id: Option<String>,
}

impl Listing {
    /// Reads an answer: all at once, or, where anything is wrong with it, the code first and the
    /// messages one by one. A conversation that cannot be read counts as one record; one that occurs
    /// twice stays where it is, each time.
    pub(super) fn read(body: &str) -> Result<Self, Failure> {
        Self::read_whole(body).map_or_else(|| Self::read_each(body), Ok)
    }

    fn read_whole(body: &str) -> Option<Self> {
        let answer: WholeAnswer<'_> = read_whole(body)?;
        let trace_id = answer.request_id.text();
        let mut listing = Self { records: ReadRecords::default(), trace_id };
        if !answer.is_success() {
            return None;
        }
        for conversation in answer.data.into_items() {
            listing.add(conversation.chat_id, conversation.messages.into_records(body)?);
        }
        (listing.records.seen() <= MAX_PAGE_RECORDS).then_some(listing)
    }

    fn read_each(body: &str) -> Result<Self, Failure> {
        let Rows { rows, trace_id } = Rows::read(body)?;
        let mut listing = Self { records: ReadRecords::default(), trace_id };
        for (index, row) in rows.into_iter().enumerate() {
            match row {
                Ok((row, span)) => listing.take(body, &row, &span, index),
                Err(row) => listing.records.skip(row.span, row.error),
            }
            if listing.records.seen() > MAX_PAGE_RECORDS {
                let error = DecodeError::new("it has more records than a page can have");
                return Err(inside("Data", error).into());
            }
        }
        Ok(listing)
    }

    fn take<'a>(&mut self, body: &'a str, row: &Conversation<'a>, span: &Span, index: usize) {
        let key = format!("Data[{index}].messages");
        let mut messages = ReadRecords::<Record>::default();
        if let Err(error) = messages.read(body.as_bytes(), &row.messages, &key) {
            return self.records.skip(span.clone(), error);
        }
        self.add(row.chat_id, messages);
    }

    fn add(&mut self, chat_id: Loose<'_>, mut messages: ReadRecords<Record>) {
        if let Some(chat_id) = chat_id.text() {
            for record in &mut messages.items {
                record.chat_id = Some(chat_id.clone());
            }
        }
        self.records.append(messages);
    }

    pub(super) fn into_page(self, body: Vec<u8>) -> Page<Record> {
        let mut page = self.records.into_page(body);
        page.trace_id = self.trace_id;
        page
    }
}

/// The conversations of an answer, whatever their messages.
#[cfg(feature = "client")]
pub(crate) struct Conversations {
    /// Each id once, in the vendor's order.
    pub(crate) chat_ids: Vec<String>,
    /// Conversations that cannot be asked for.
    pub(crate) skipped: Vec<SkippedRecord>,
}

#[cfg(feature = "client")]
impl Conversations {
    /// Reads a page that was read before.
    pub(crate) fn of(page: &Page<Record>) -> Result<Self, Error> {
        let body = page.raw.as_bytes();
        let text = readable(body).map_err(Failure::from);
        text.and_then(|text| Self::read(&text)).map_err(|failure| {
            let parts = http::Response::new(()).into_parts().0;
            Error::from_answer(RecordsRequest::NAME, &parts, body, failure)
        })
    }

    fn read(body: &str) -> Result<Self, Failure> {
        let mut found = Self { chat_ids: Vec::new(), skipped: Vec::new() };
        let mut seen = BTreeSet::new();
        for (index, row) in Rows::read(body)?.rows.into_iter().enumerate() {
            match row.map(|(row, span)| (row.chat_id.text(), span)) {
                Ok((Some(chat_id), _)) => {
                    if seen.insert(chat_id.clone()) {
                        found.chat_ids.push(chat_id);
                    }
                }
                Ok((None, span)) => {
                    let error = DecodeError::new("a conversation has no `chat_id`");
                    let error = inside(&format!("Data[{index}]"), error);
                    found.skipped.push(SkippedRecord::new(index, span, error));
                }
                Err(skipped) => found.skipped.push(skipped),
            }
        }
        Ok(found)
    }
}
