//! How a page of plain records is read.

use chat_core::{
    Cursor, Endpoint, Loose, Page, RawList, ReadRecords, WholeList, de, http, read_object,
    read_whole, readable,
};
use serde::Deserialize;

use super::loose::set_aside;
use super::{Record, RecordsRequest, check_bare, next_page, present, succeeded};
use crate::error::{Error, Failure};

/// Reads a stored answer again.
///
/// # Errors
///
/// When the bytes are no page of records: an error of the vendor's, or not what it documents.
pub fn read_page(body: Vec<u8>) -> Result<Page<Record>, Error> {
    match Listing::read(&body) {
        Ok(listing) => Ok(listing.into_page(body)),
        Err(failure) => {
            let parts = http::Response::new(()).into_parts().0;
            Err(Error::from_answer(RecordsRequest::NAME, &parts, &body, failure))
        }
    }
}

/// On failure only the first two are of interest, and what the others hold then is not documented:
/// so they are taken as they come and read later.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Deserialize<'de>"))]
pub(super) struct Envelope<'a, L = RawList<'a>> {
    #[serde(default, deserialize_with = "de::opt_integer")]
    errcode: Option<i64>,
    #[serde(default, borrow)]
    errmsg: Loose<'a>,
    #[serde(default, deserialize_with = "present")]
    list: Option<L>,
    #[serde(default, borrow, deserialize_with = "present")]
    next_cursor: Option<Loose<'a>>,
}

/// A page as it was read, without its bytes.
pub(super) struct Listing {
    records: ReadRecords<Record>,
    next: Option<Cursor>,
}

impl Listing {
    /// Reads an answer: all at once, or, where anything is wrong with it, the code first and the
    /// records one by one.
    pub(super) fn read(body: &[u8]) -> Result<Self, Failure> {
        let text = readable(body).map_err(Failure::Unreadable)?;
        let read = read_all(&text).map_or_else(|| read_each(&text), Ok);
        let (mut records, next_cursor) = read?;
        set_aside(&mut records, text.as_bytes(), "list");
        Ok(Self { records, next: next_page(next_cursor)? })
    }

    /// Only a cursor that is missing or empty is the end: filters may thin a page out to nothing.
    pub(super) fn into_page(self, body: Vec<u8>) -> Page<Record> {
        let mut page = self.records.into_page(body);
        page.next = self.next;
        page
    }
}

fn read_all(text: &str) -> Option<(ReadRecords<Record>, Loose<'_>)> {
    let envelope: Envelope<'_, WholeList<Record>> = read_whole(text)?;
    succeeded(envelope.errcode, envelope.errmsg, true).ok()?;
    let records = envelope.list?.into_records(text)?;
    Some((records, envelope.next_cursor.unwrap_or_default()))
}

fn read_each(text: &str) -> Result<(ReadRecords<Record>, Loose<'_>), Failure> {
    let envelope: Envelope<'_> = read_object(text).map_err(Failure::Unreadable)?;
    succeeded(envelope.errcode, envelope.errmsg, envelope.list.is_some())?;
    if envelope.list.is_none() && envelope.next_cursor.is_none() {
        check_bare(text.as_bytes())?;
    }
    let mut records = ReadRecords::default();
    let list = envelope.list.unwrap_or_default();
    records.read(text.as_bytes(), &list, "list").map_err(Failure::Unreadable)?;
    Ok((records, envelope.next_cursor.unwrap_or_default()))
}
