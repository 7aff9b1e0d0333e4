//! How a page is read: the vendor's code first, then record by record.

use std::mem;

use chat_core::{
    Cursor, DecodeError, Endpoint, Loose, Page, RawList, ReadRecords, WholeList, de, http,
    read_object, read_whole, readable,
};
use serde::Deserialize;

use super::{Record, RecordsRequest};
use crate::error::{Error, Failure};

/// Reads a stored answer again. The page's own number is believed, since nobody asked for one.
///
/// # Errors
///
/// When the bytes are no page of records: an error of the vendor's, or not what it documents.
pub fn read_page(body: Vec<u8>, page_size: u32) -> Result<Page<Record>, Error> {
    match Listing::read(&body) {
        Ok(listing) => {
            let number = listing.page_number.and_then(|number| u32::try_from(number).ok());
            Ok(listing.into_page(number.unwrap_or(1), page_size, body))
        }
        Err(failure) => {
            let parts = http::Response::new(()).into_parts().0;
            Err(Error::from_answer(RecordsRequest::NAME, &parts, &body, failure))
        }
    }
}

/// What every answer has in common. On failure only the first three are of interest, and what the
/// others hold then is not documented: so they are taken as they come and read later.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Deserialize<'de> + Default"))]
pub(super) struct Envelope<'a, L = RawList<'a>> {
    #[serde(default, deserialize_with = "de::opt_integer")]
    code: Option<i64>,
    #[serde(default, borrow)]
    message: Loose<'a>,
    #[serde(default, borrow, rename = "traceId")]
    trace_id: Loose<'a>,
    #[serde(default, borrow)]
    total: Loose<'a>,
    #[serde(default, borrow)]
    page_number: Loose<'a>,
    #[serde(default, borrow)]
    page_size: Loose<'a>,
    #[serde(default)]
    list: L,
}

/// A page as it was read, before it is known which one was asked for.
pub(super) struct Listing {
    records: ReadRecords<Record>,
    total: Option<u64>,
    trace_id: Option<String>,
    page_number: Option<u64>,
    page_size: Option<u64>,
}

impl Listing {
    /// Reads an answer: all at once, or, where anything is wrong with it, the code first and the
    /// records one by one.
    pub(super) fn read(body: &[u8]) -> Result<Self, Failure> {
        let text = readable(body).map_err(Failure::Unreadable)?;
        Self::read_whole(&text).map_or_else(|| Self::read_each(&text), Ok)
    }

    fn read_whole(text: &str) -> Option<Self> {
        let mut envelope: Envelope<'_, WholeList<Record>> = read_whole(text)?;
        let list = mem::take(&mut envelope.list);
        (envelope.code == Some(0)).then(|| Some(Self::of(&envelope, list.into_records(text)?)))?
    }

    fn read_each(text: &str) -> Result<Self, Failure> {
        let envelope: Envelope<'_> = read_object(text).map_err(Failure::Unreadable)?;
        match envelope.code {
            Some(0) => {}
            Some(code) => {
                let (message, trace_id) = (envelope.message.text(), envelope.trace_id.text());
                return Err(Failure::Refused { code, message, trace_id });
            }
            None => return Err(Failure::Unreadable(DecodeError::new("it has no `code`"))),
        }
        let mut records = ReadRecords::default();
        records.read(text.as_bytes(), &envelope.list, "list").map_err(Failure::Unreadable)?;
        Ok(Self::of(&envelope, records))
    }

    fn of<L>(envelope: &Envelope<'_, L>, records: ReadRecords<Record>) -> Self {
        Self {
            records,
            total: envelope.total.count(),
            trace_id: envelope.trace_id.text(),
            page_number: envelope.page_number.count(),
            page_size: envelope.page_size.count(),
        }
    }

    pub(super) fn into_page(
        self,
        page_number: u32,
        asked_size: u32,
        body: Vec<u8>,
    ) -> Page<Record> {
        let next = self.has_more(page_number, asked_size).then(|| page_number.checked_add(1));
        let mut page = self.records.into_page(body);
        page.next = next.flatten().and_then(|number| Cursor::new(number.to_string()));
        page.total = self.total;
        page.trace_id = self.trace_id;
        page
    }

    /// The total decides, never the length of the page: a page that came short or empty while
    /// more is promised does not end the walk. Only without a total does an empty page.
    fn has_more(&self, page_number: u32, asked_size: u32) -> bool {
        let Some(total) = self.total else {
            return !(self.records.items.is_empty() && self.records.skipped.is_empty());
        };
        // a server may give smaller pages than it was asked for, and says so
        let asked_size = u64::from(asked_size);
        let size = self.page_size.filter(|size| (1..asked_size).contains(size));
        u64::from(page_number).saturating_mul(size.unwrap_or(asked_size)) < total
    }
}
