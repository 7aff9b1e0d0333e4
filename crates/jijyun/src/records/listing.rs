//! How the records of a contact are read: the vendor's code first, then conversation by
//! conversation, message by message.

#[cfg(feature = "client")]
use std::collections::BTreeSet;

use chat_core::{
    DecodeError, Endpoint, Loose, Page, RawList, ReadRecords, SkippedRecord, Span, http,
};
use serde::Deserialize;

use super::envelope::Opened;
#[cfg(feature = "client")]
use super::envelope::inside;
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
pub(super) struct Conversation<'a> {
    #[serde(default, borrow)]
    pub(super) chat_id: Loose<'a>,
    #[serde(default, borrow)]
    pub(super) messages: RawList<'a>,
}

/// The conversations of an answer in its order: each with its place, or why it cannot be read.
struct Rows<'a> {
    rows: Vec<Result<(Conversation<'a>, Span), SkippedRecord>>,
    trace_id: Option<String>,
}

impl<'a> Rows<'a> {
    fn read(body: &'a [u8]) -> Result<Self, Failure> {
        let opened = Opened::read(body)?;
        let mut read = ReadRecords::<Conversation<'a>>::default();
        read.read(body, &opened.data.list()?, "Data")?;
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
    records: Vec<Record>,
    spans: Vec<Span>,
    skipped: Vec<SkippedRecord>,
    trace_id: Option<String>,
}

impl Listing {
    /// Reads an answer. A conversation that cannot be read counts as one record; one that occurs
    /// twice stays where it is, each time.
    pub(super) fn read(body: &[u8]) -> Result<Self, Failure> {
        let Rows { rows, trace_id } = Rows::read(body)?;
        let (records, spans, skipped) = (Vec::new(), Vec::new(), Vec::new());
        let mut listing = Self { records, spans, skipped, trace_id };
        for (index, row) in rows.into_iter().enumerate() {
            match row {
                Ok((row, span)) => listing.take(body, &row, &span, index),
                Err(row) => listing.skip(row.span, row.error),
            }
        }
        Ok(listing)
    }

    fn take<'a>(&mut self, body: &'a [u8], row: &Conversation<'a>, span: &Span, index: usize) {
        let key = format!("Data[{index}].messages");
        let mut messages = ReadRecords::<Record>::default();
        if let Err(error) = messages.read(body, &row.messages, &key) {
            return self.skip(span.clone(), error);
        }
        let before = self.seen();
        let chat_id = row.chat_id.text();
        self.records.extend(messages.items.into_iter().map(|mut record| {
            record.chat_id = chat_id.clone().or(record.chat_id);
            record
        }));
        self.spans.extend(messages.spans);
        self.skipped.extend(messages.skipped.into_iter().map(|mut skipped| {
            skipped.index += before;
            skipped
        }));
    }

    fn skip(&mut self, span: Span, error: DecodeError) {
        self.skipped.push(SkippedRecord::new(self.seen(), span, error));
    }

    fn seen(&self) -> usize {
        self.records.len() + self.skipped.len()
    }

    pub(super) fn into_page(self, body: Vec<u8>) -> Page<Record> {
        let mut page = ReadRecords::default().into_page(body);
        page.items = self.records;
        page.spans = self.spans;
        page.skipped = self.skipped;
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
        Self::read(body).map_err(|failure| {
            let parts = http::Response::new(()).into_parts().0;
            Error::from_answer(RecordsRequest::NAME, &parts, body, failure)
        })
    }

    fn read(body: &[u8]) -> Result<Self, Failure> {
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
