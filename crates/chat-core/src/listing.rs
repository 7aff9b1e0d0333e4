//! Lists whose records keep their bytes: read one by one, so that a bad record costs only itself.

mod readable;
mod whole;

use std::fmt;
use std::mem;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::{DecodeError, Page, RawPage, SkippedRecord, Span, de};

use readable::has_too_many_values;
pub use readable::{GARBLED, MAX_PAGE_RECORDS, readable};
pub use whole::{WholeList, read_whole};

/// A field of an envelope whose type is not certain: taken as it comes, read later.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(transparent)]
pub struct Loose<'a>(#[serde(borrow)] Option<&'a RawValue>);

impl<'a> Loose<'a> {
    /// The JSON as it stands; `None` if the field is absent or `null`.
    pub fn json(self) -> Option<&'a str> {
        self.0.map(RawValue::get)
    }

    /// A text, or a number as text; anything else, and an empty text, is `None`.
    pub fn text(self) -> Option<String> {
        let mut json = serde_json::Deserializer::from_str(self.json()?);
        de::filled_text(&mut json).ok().flatten()
    }

    /// A count; what is none must not cost the page.
    pub fn count(self) -> Option<u64> {
        let mut json = serde_json::Deserializer::from_str(self.json()?);
        de::opt_integer(&mut json).ok().flatten().and_then(|count| u64::try_from(count).ok())
    }
}

/// The list of an envelope, not read yet. Absent and `null` are an empty one.
#[derive(Debug, Default)]
pub struct RawList<'a>(Rows<'a>);

#[derive(Debug, Default)]
enum Rows<'a> {
    #[default]
    Missing,
    Records(Vec<&'a RawValue>),
    TooMany,
    Other,
}

impl<'a> RawList<'a> {
    fn rows(&self) -> Result<&[&'a RawValue], &'static str> {
        match &self.0 {
            Rows::Records(rows) => Ok(rows),
            Rows::Missing => Ok(&[]),
            Rows::TooMany => Err("it has more records than a page can have"),
            Rows::Other => Err("it is not a list"),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawList<'a> {
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
                    if records.len() == MAX_PAGE_RECORDS {
                        while seq.next_element::<IgnoredAny>()?.is_some() {}
                        return Ok(Rows::TooMany);
                    }
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

        deserializer.deserialize_any(RowsVisitor).map(Self)
    }
}

/// The records of an answer, and where their bytes lie in it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReadRecords<T> {
    /// Those that could be read, in the vendor's order.
    pub items: Vec<T>,
    /// Where each item's bytes lie, in the same order.
    pub spans: Vec<Span>,
    /// Those that could not be read.
    pub skipped: Vec<SkippedRecord>,
    seen: usize,
    /// A record may have been [made readable](fn@readable).
    has_garbled: bool,
    /// What is read are lists of records.
    holds_lists: bool,
}

impl<T> Default for ReadRecords<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            spans: Vec::new(),
            skipped: Vec::new(),
            seen: 0,
            has_garbled: false,
            holds_lists: false,
        }
    }
}

impl<'de, T: Deserialize<'de>> ReadRecords<T> {
    /// Reads the records of a list of `body`, behind those of lists that were read before. `key`
    /// is the JSON path of the list, for the errors.
    ///
    /// # Errors
    ///
    /// When the list is none, or longer than [`MAX_PAGE_RECORDS`]; a record that cannot be read is
    /// no error.
    pub fn read(
        &mut self,
        body: &'de [u8],
        list: &RawList<'de>,
        key: &str,
    ) -> Result<(), DecodeError> {
        let rows = list
            .rows()
            .map_err(|what| DecodeError { path: key.to_owned(), ..DecodeError::new(what) })?;
        self.items.reserve(rows.len());
        self.spans.reserve(rows.len());
        for (index, row) in rows.iter().enumerate() {
            let start = row.get().as_ptr().addr().wrapping_sub(body.as_ptr().addr());
            self.take(&format_args!("{key}[{index}]"), row.get(), start..start + row.get().len());
        }
        Ok(())
    }

    fn take(&mut self, path: &dyn fmt::Display, row: &'de str, span: Span) {
        let index = self.seen;
        self.seen += 1;
        self.has_garbled |= row.as_bytes().contains(&(GARBLED as u8));
        if !self.holds_lists && has_too_many_values(row) {
            let what = "a record has more values than a record can have";
            let error = DecodeError { path: path.to_string(), ..DecodeError::new(what) };
            return self.skipped.push(SkippedRecord::new(index, span, error));
        }
        match serde_json::from_str(row) {
            Ok(record) if row.starts_with('{') => {
                self.items.push(record);
                self.spans.push(span);
            }
            read => {
                let error = record_error::<T>(path, row, read.err().as_ref());
                self.skipped.push(SkippedRecord::new(index, span, error));
            }
        }
    }
}

impl<T> ReadRecords<T> {
    /// Counts those as skipped for which there is a reason: `why` gets a record, its position in the
    /// page, counting all records from 0, and where its bytes lie.
    pub fn set_aside(&mut self, mut why: impl FnMut(&T, usize, &Span) -> Option<DecodeError>) {
        let rows = mem::take(&mut self.items).into_iter().zip(mem::take(&mut self.spans));
        let mut skipped = mem::take(&mut self.skipped).into_iter().peekable();
        let mut index = 0;
        for (item, span) in rows {
            while let Some(row) = skipped.next_if(|row| row.index <= index) {
                self.skipped.push(row);
                index += 1;
            }
            if let Some(error) = why(&item, index, &span) {
                self.skipped.push(SkippedRecord::new(index, span, error));
            } else {
                self.items.push(item);
                self.spans.push(span);
            }
            index += 1;
        }
        self.skipped.extend(skipped);
    }

    /// Of rows that hold lists of records: they may have as many values as a page.
    pub fn of_lists() -> Self {
        Self { holds_lists: true, ..Self::default() }
    }

    /// Adds a record that could not be read, behind the others.
    pub fn skip(&mut self, span: Span, error: DecodeError) {
        self.skipped.push(SkippedRecord::new(self.seen, span, error));
        self.seen += 1;
    }

    /// Adds the records of another list, behind the others.
    pub fn append(&mut self, other: Self) {
        self.items.extend(other.items);
        self.spans.extend(other.spans);
        self.skipped.extend(other.skipped.into_iter().map(|mut row| {
            row.index += self.seen;
            row
        }));
        self.seen += other.seen;
        self.has_garbled |= other.has_garbled;
    }

    /// The same records, each as what `f` makes of it.
    #[must_use]
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> ReadRecords<U> {
        let Self { items, spans, skipped, seen, has_garbled, holds_lists } = self;
        let items = items.into_iter().map(f).collect();
        ReadRecords { items, spans, skipped, seen, has_garbled, holds_lists }
    }

    /// How many records there are, those that could not be read included.
    pub const fn seen(&self) -> usize {
        self.seen
    }

    /// The page of these records, without a next page, total or trace id. A record that had to be
    /// [made readable](fn@readable) is skipped: what was read of it is not what `body` has.
    pub fn into_page(mut self, body: Vec<u8>) -> Page<T> {
        if self.has_garbled
            && let Ok(text) = readable(&body)
        {
            self.set_aside(|_, _, span| {
                let is_changed = text.as_bytes().get(span.clone()) != body.get(span.clone());
                let what = "a record has bytes that are no text";
                is_changed.then(|| DecodeError::new(what))
            });
        }
        let mut page = Page::new(RawPage::new(body));
        page.items = self.items;
        page.spans = self.spans;
        page.skipped = self.skipped;
        page
    }
}

/// Why a record could not be read, with its place in the answer. Line and column would count from
/// the record's beginning, which helps nobody; its span says where it lies.
fn record_error<'de, T: Deserialize<'de>>(
    path: &dyn fmt::Display,
    row: &'de str,
    first: Option<&serde_json::Error>,
) -> DecodeError {
    let mut error = match (DecodeError::read::<T>(row.as_bytes()), first) {
        _ if !row.starts_with('{') => DecodeError::new("a record is not an object"),
        // every key was read, so what is missing is the only one that must be there
        (Err(error), _) if error.path.is_empty() => DecodeError::new("a record has no id"),
        (Err(error), _) => error,
        (Ok(_), Some(first)) => DecodeError::from_json(first),
        (Ok(_), None) => DecodeError::new("a record could not be read"),
    };
    let dot = if error.path.is_empty() { "" } else { "." };
    error.path = format!("{path}{dot}{}", error.path);
    (error.line, error.column) = (0, 0);
    error
}

/// Reads the envelope of an answer, which must be an object.
///
/// # Errors
///
/// When the bytes are not UTF-8, not JSON of this type, or no object.
pub fn read_envelope<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, DecodeError> {
    let text = std::str::from_utf8(body).map_err(|_| DecodeError::new("it is not UTF-8 text"))?;
    read_object(text)
}

/// Like [`read_envelope`], of what is known to be text.
///
/// # Errors
///
/// When it is not JSON of this type, or no object.
pub fn read_object<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, DecodeError> {
    let envelope = DecodeError::read_text(text)?;
    // serde reads a list into the fields of a struct, in their order
    if text.trim_start().starts_with('{') {
        Ok(envelope)
    } else {
        Err(DecodeError::new("it is not an object"))
    }
}
