//! How a page is read: the vendor's code first, then record by record.

use std::fmt;

use chat_core::{Cursor, DecodeError, Endpoint, Page, RawPage, SkippedRecord, Span, de, http};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

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
pub(super) struct Envelope<'a> {
    #[serde(default, deserialize_with = "de::opt_integer")]
    code: Option<i64>,
    #[serde(default, borrow)]
    message: Option<&'a RawValue>,
    #[serde(default, borrow, rename = "traceId")]
    trace_id: Option<&'a RawValue>,
    #[serde(default, borrow)]
    total: Option<&'a RawValue>,
    #[serde(default, borrow)]
    page_number: Option<&'a RawValue>,
    #[serde(default, borrow)]
    page_size: Option<&'a RawValue>,
    #[serde(default, borrow)]
    list: Rows<'a>,
}

#[derive(Default)]
enum Rows<'a> {
    #[default]
    Missing,
    Records(Vec<&'a RawValue>),
    Other,
}

impl<'de: 'a, 'a> Deserialize<'de> for Rows<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RowsVisitor;

        impl<'de> Visitor<'de> for RowsVisitor {
            type Value = Rows<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of records")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Rows<'de>, A::Error> {
                let mut records = Vec::new();
                while let Some(record) = seq.next_element()? {
                    records.push(record);
                }
                Ok(Rows::Records(records))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rows<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Rows::Other)
            }

            fn visit_unit<E>(self) -> Result<Rows<'de>, E> {
                Ok(Rows::Missing)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Rows<'de>, E> {
                Ok(Rows::Other)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Rows<'de>, E> {
                Ok(Rows::Other)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Rows<'de>, E> {
                Ok(Rows::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Rows<'de>, E> {
                Ok(Rows::Other)
            }

            fn visit_str<E>(self, _: &str) -> Result<Rows<'de>, E> {
                Ok(Rows::Other)
            }
        }

        deserializer.deserialize_any(RowsVisitor)
    }
}

/// A page as it was read, before it is known which one was asked for.
pub(super) struct Listing {
    items: Vec<Record>,
    spans: Vec<Span>,
    skipped: Vec<SkippedRecord>,
    total: Option<u64>,
    trace_id: Option<String>,
    page_number: Option<u64>,
    page_size: Option<u64>,
}

impl Listing {
    /// Reads an answer in two steps: the code first, the records only where it is 0.
    pub(super) fn read(body: &[u8]) -> Result<Self, Failure> {
        let text = std::str::from_utf8(body)
            .map_err(|_| Failure::Unreadable(DecodeError::new("it is not UTF-8 text")))?;
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|first| {
            let error = DecodeError::read::<Envelope<'_>>(body).err();
            Failure::Unreadable(error.unwrap_or_else(|| DecodeError::from_json(&first)))
        })?;
        // serde reads a list into the fields of a struct, in their order
        if !text.trim_start().starts_with('{') {
            return Err(Failure::Unreadable(DecodeError::new("it is not an object")));
        }
        let trace_id = loose_text(envelope.trace_id);
        match envelope.code {
            Some(0) => {}
            Some(code) => {
                let message = loose_text(envelope.message);
                return Err(Failure::Refused { code, message, trace_id });
            }
            None => return Err(Failure::Unreadable(DecodeError::new("it has no `code`"))),
        }
        let rows = match envelope.list {
            Rows::Records(rows) => rows,
            Rows::Missing => Vec::new(),
            Rows::Other => {
                return Err(Failure::Unreadable(DecodeError::new("its `list` is not a list")));
            }
        };
        let mut listing = Self {
            items: Vec::with_capacity(rows.len()),
            spans: Vec::with_capacity(rows.len()),
            skipped: Vec::new(),
            total: loose_count(envelope.total),
            trace_id,
            page_number: loose_count(envelope.page_number),
            page_size: loose_count(envelope.page_size),
        };
        for (index, row) in rows.into_iter().enumerate() {
            let start = row.get().as_ptr().addr() - body.as_ptr().addr();
            listing.take(index, row.get(), start..start + row.get().len());
        }
        Ok(listing)
    }

    fn take(&mut self, index: usize, row: &str, span: Span) {
        match serde_json::from_str(row) {
            Ok(record) if row.starts_with('{') => {
                self.items.push(record);
                self.spans.push(span);
            }
            read => {
                let error = record_error(index, row, read.err().as_ref());
                self.skipped.push(SkippedRecord::new(index, span, error));
            }
        }
    }

    pub(super) fn into_page(
        self,
        page_number: u32,
        asked_size: u32,
        body: Vec<u8>,
    ) -> Page<Record> {
        let next = self.has_more(page_number, asked_size).then(|| page_number.checked_add(1));
        let mut page = Page::new(RawPage::new(body));
        page.next = next.flatten().and_then(|number| Cursor::new(number.to_string()));
        page.items = self.items;
        page.spans = self.spans;
        page.skipped = self.skipped;
        page.total = self.total;
        page.trace_id = self.trace_id;
        page
    }

    /// The total decides, never the length of the page: a page that came short or empty while
    /// more is promised does not end the walk. Only without a total does an empty page.
    fn has_more(&self, page_number: u32, asked_size: u32) -> bool {
        let Some(total) = self.total else {
            return !(self.items.is_empty() && self.skipped.is_empty());
        };
        // a server may give smaller pages than it was asked for, and says so
        let asked_size = u64::from(asked_size);
        let size = self.page_size.filter(|size| (1..asked_size).contains(size));
        u64::from(page_number).saturating_mul(size.unwrap_or(asked_size)) < total
    }
}

/// Why a record could not be read, with its place in the answer. Line and column would count from
/// the record's beginning, which helps nobody; its span says where it lies.
fn record_error(index: usize, row: &str, first: Option<&serde_json::Error>) -> DecodeError {
    let mut error = match (DecodeError::read::<Record>(row.as_bytes()), first) {
        _ if !row.starts_with('{') => DecodeError::new("a record is not an object"),
        // every key was read, so what is missing is the only one that must be there
        (Err(error), _) if error.path.is_empty() => DecodeError::new("a record has no id"),
        (Err(error), _) => error,
        (Ok(_), Some(first)) => DecodeError::from_json(first),
        (Ok(_), None) => DecodeError::new("a record could not be read"),
    };
    let dot = if error.path.is_empty() { "" } else { "." };
    error.path = format!("list[{index}]{dot}{}", error.path);
    (error.line, error.column) = (0, 0);
    error
}

fn loose_text(raw: Option<&RawValue>) -> Option<String> {
    let mut json = serde_json::Deserializer::from_str(raw?.get());
    de::filled_text(&mut json).ok().flatten()
}

/// A count that is not one is as good as none: it must not cost the page.
fn loose_count(raw: Option<&RawValue>) -> Option<u64> {
    let mut json = serde_json::Deserializer::from_str(raw?.get());
    de::opt_integer(&mut json).ok().flatten().and_then(|count| u64::try_from(count).ok())
}
