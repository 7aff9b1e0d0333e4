//! How a page is read: the vendor's code first, then record by record.

use chat_core::{Endpoint, Loose, Page, RawList, ReadRecords, http, read_object, readable};
use serde::Deserialize;

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
pub(super) struct Envelope<'a> {
    #[serde(default, borrow)]
    result_code: Loose<'a>,
    #[serde(default, borrow)]
    result_desc: Loose<'a>,
    #[serde(default, borrow)]
    message_list: RawList<'a>,
    #[serde(default, borrow)]
    error_code: Loose<'a>,
    #[serde(default, borrow)]
    exception_info: Loose<'a>,
}

/// Reads an answer in two steps: the code first, the records only where it is success.
pub(super) fn read_records(body: &[u8]) -> Result<ReadRecords<Record>, Failure> {
    let text = readable(body).map_err(Failure::Unreadable)?;
    let envelope: Envelope<'_> = read_object(&text).map_err(Failure::Unreadable)?;
    let Envelope { result_code, result_desc, message_list, error_code, exception_info } = envelope;
    Outcome { result_code, result_desc, error_code, exception_info }.check("0")?;
    let mut records = ReadRecords::default();
    records.read(text.as_bytes(), &message_list, "messageList").map_err(Failure::Unreadable)?;
    Ok(records)
}
