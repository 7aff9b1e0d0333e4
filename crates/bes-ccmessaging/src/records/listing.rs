//! How a page is read.

use chat_core::{
    Endpoint, Loose, Page, RawList, ReadRecords, WholeList, http, read_object, read_whole, readable,
};
use serde::Deserialize;

use super::record::PageRecord;
use super::{Record, RecordsRequest};
use crate::error::Error;
use crate::wire::{Failure, Outcome};

/// Reads a stored answer again.
///
/// # Errors
///
/// When the bytes are no page of records: an error of the vendor's, or not what it documents.
pub fn read_page(body: Vec<u8>) -> Result<Page<Record>, Error> {
    match read_records(&body) {
        Ok(records) => Ok(records.into_page(body)),
        Err(failure) => {
            let parts = http::Response::new(()).into_parts().0;
            Err(Error::from_answer(RecordsRequest::NAME, &parts, &body, failure))
        }
    }
}

/// What every answer has in common. On failure the list may be of any type, so it is taken as it
/// comes and read later.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[serde(bound(deserialize = "L: Deserialize<'de> + Default"))]
pub(super) struct Envelope<'a, L = RawList<'a>> {
    #[serde(default, borrow)]
    result_code: Loose<'a>,
    #[serde(default, borrow)]
    result_desc: Loose<'a>,
    #[serde(default)]
    message_list: L,
    #[serde(default, borrow)]
    error_code: Loose<'a>,
    #[serde(default, borrow)]
    exception_info: Loose<'a>,
}

impl<'a, L> Envelope<'a, L> {
    fn open(self) -> (Outcome<'a>, L) {
        let Self { result_code, result_desc, message_list, error_code, exception_info } = self;
        (Outcome { result_code, result_desc, error_code, exception_info }, message_list)
    }
}

/// Reads an answer: all at once, or, where anything is wrong with it, the code first and the records
/// one by one.
pub(super) fn read_records(body: &[u8]) -> Result<ReadRecords<Record>, Failure> {
    let text = readable(body).map_err(Failure::Unreadable)?;
    let records = read_all(&text).map_or_else(|| read_each(&text), Ok)?;
    Ok(records.map(|PageRecord(record)| record))
}

fn read_all(text: &str) -> Option<ReadRecords<PageRecord>> {
    let (outcome, list) = read_whole::<Envelope<'_, WholeList<PageRecord>>>(text)?.open();
    outcome.check("0").ok()?;
    list.into_records(text)
}

fn read_each(text: &str) -> Result<ReadRecords<PageRecord>, Failure> {
    let envelope: Envelope<'_> = read_object(text).map_err(Failure::Unreadable)?;
    let (outcome, list) = envelope.open();
    outcome.check("0")?;
    let mut records = ReadRecords::default();
    records.read(text.as_bytes(), &list, "messageList").map_err(Failure::Unreadable)?;
    Ok(records)
}
