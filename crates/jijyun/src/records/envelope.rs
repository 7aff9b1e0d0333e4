//! What the answers of most calls have in common.

use chat_core::{DecodeError, Loose, Page, RawList, ReadRecords, http, read_object, readable};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Failure};

/// The code of success.
const SUCCESS: i64 = 2000;

/// What every enveloped answer has in common. What the parts hold on failure is not documented: so
/// they are taken as they come and read later.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[serde(bound(deserialize = "D: Deserialize<'de> + Default"))]
pub(super) struct Envelope<'a, D = Loose<'a>> {
    #[serde(default, borrow)]
    pub(super) code: Loose<'a>,
    #[serde(default)]
    pub(super) data: D,
    #[serde(default, borrow)]
    pub(super) msg: Loose<'a>,
    #[serde(default, borrow)]
    pub(super) request_id: Loose<'a>,
}

impl<D> Envelope<'_, D> {
    fn code(&self) -> Option<i64> {
        self.code.text()?.trim().parse().ok()
    }

    pub(super) fn is_success(&self) -> bool {
        self.code() == Some(SUCCESS)
    }
}

/// An answer of success, its payload not read yet.
pub(super) struct Opened<'a> {
    pub(super) data: Data<'a>,
    pub(super) trace_id: Option<String>,
}

impl<'a> Opened<'a> {
    /// Reads the envelope and the vendor's code.
    pub(super) fn read(answer: &'a str) -> Result<Self, Failure> {
        let envelope: Envelope<'a> = read_object(answer)?;
        let trace_id = envelope.request_id.text();
        let message = envelope.msg.text();
        match envelope.code() {
            Some(SUCCESS) => Ok(Self { data: Data(envelope.data), trace_id }),
            Some(code) => {
                let message = with_reason(message, envelope.data);
                Err(Failure::Refused { code, message, trace_id })
            }
            None => {
                let source = DecodeError::new("it has no `Code`");
                Err(Failure::Unreadable { source, message, trace_id })
            }
        }
    }
}

/// The vendor's words, of which `Data` may have the better half.
fn with_reason(message: Option<String>, data: Loose<'_>) -> Option<String> {
    // a number or an object is no reason
    let reason = data.json().filter(|json| json.starts_with('"')).and_then(|_| data.text());
    match (message, reason) {
        (Some(message), Some(reason)) if message != reason => Some(format!("{message}: {reason}")),
        (message, reason) => message.or(reason),
    }
}

/// The payload of an answer of success.
#[derive(Clone, Copy)]
pub(super) struct Data<'a>(Loose<'a>);

impl<'a> Data<'a> {
    /// `null`, missing and an empty object or list: nothing.
    fn is_empty(self) -> bool {
        let Some(json) = self.0.json() else { return true };
        let inner = json.strip_prefix(['{', '[']).and_then(|json| json.strip_suffix(['}', ']']));
        inner.is_some_and(|inner| inner.trim().is_empty())
    }

    pub(super) fn is_list(self) -> bool {
        self.0.json().is_some_and(|json| json.starts_with('['))
    }

    /// The payload as a list.
    pub(super) fn list(self) -> Result<RawList<'a>, DecodeError> {
        if self.is_empty() { Ok(RawList::default()) } else { self.parse() }
    }

    /// The payload as an object.
    pub(super) fn object<T: Deserialize<'a> + Default>(self) -> Result<T, DecodeError> {
        if self.is_empty() {
            return Ok(T::default());
        }
        // serde reads a list into the fields of a struct, in their order
        if !self.0.json().is_some_and(|json| json.starts_with('{')) {
            return Err(at_data(DecodeError::new("it is not an object")));
        }
        self.parse()
    }

    /// The payload as a list, which may be the member `data` of an object, and how many rows the
    /// vendor says there are: `total` beside it, or that of `page`. Should both be there, the
    /// larger one counts.
    pub(super) fn items(self) -> Result<(RawList<'a>, Option<u64>), DecodeError> {
        #[derive(Default, Deserialize)]
        struct Inner<'a> {
            #[serde(default, borrow)]
            data: Option<RawList<'a>>,
            #[serde(default, borrow)]
            total: Loose<'a>,
            #[serde(default, borrow)]
            page: Loose<'a>,
        }
        #[derive(Default, Deserialize)]
        struct Paging<'a> {
            #[serde(default, borrow)]
            total: Loose<'a>,
        }
        if self.is_empty() || self.is_list() {
            return Ok((self.list()?, None));
        }
        let inner: Inner<'a> = self.object()?;
        // what is no object says no number, and must not cost the list
        let paging: Paging<'a> = Data(inner.page).object().unwrap_or_default();
        let list = inner.data.ok_or_else(|| at_data(DecodeError::new("it holds no list")))?;
        Ok((list, inner.total.count().max(paging.total.count())))
    }

    fn parse<T: Deserialize<'a>>(self) -> Result<T, DecodeError> {
        let json = self.0.json().unwrap_or("null");
        DecodeError::read_text(json).map_err(at_data)
    }
}

/// An error inside of a part of an answer. Line and column would count from the beginning of the
/// part, which helps nobody.
pub(crate) fn inside(part: &str, mut error: DecodeError) -> DecodeError {
    let dot = if error.path.is_empty() { "" } else { "." };
    error.path = format!("{part}{dot}{}", error.path);
    (error.line, error.column) = (0, 0);
    error
}

fn at_data(error: DecodeError) -> DecodeError {
    inside("Data", error)
}

/// What was read of an answer, before the bytes are handed over.
pub(super) struct Rows<T> {
    pub(super) records: ReadRecords<T>,
    pub(super) total: Option<u64>,
    pub(super) trace_id: Option<String>,
}

impl<T: DeserializeOwned> Rows<T> {
    /// Reads an answer whose payload is a list, or an object with the list as its member `data`.
    pub(super) fn read(body: &str) -> Result<Self, Failure> {
        let opened = Opened::read(body)?;
        let (list, total) = opened.data.items()?;
        let mut records = ReadRecords::default();
        records.read(body.as_bytes(), &list, "Data")?;
        Ok(Self { records, total, trace_id: opened.trace_id })
    }
}

impl<T> Rows<T> {
    /// The one page of a listing without pages.
    pub(super) fn into_page(self, body: Vec<u8>) -> Page<T> {
        let mut page = self.records.into_page(body);
        page.total = self.total;
        page.trace_id = self.trace_id;
        page
    }
}

/// Reads an answer of any status, and hands its bytes back.
pub(super) fn read_answer<T>(
    endpoint: &'static str,
    answer: http::Response<Vec<u8>>,
    read: impl FnOnce(&str) -> Result<T, Failure>,
) -> Result<(T, Vec<u8>), Error> {
    let (parts, body) = answer.into_parts();
    let failure = match readable(&body).map_err(Failure::from).and_then(|text| read(&text)) {
        Ok(output) if parts.status.is_success() => return Ok((output, body)),
        // a good body under a bad status is not to be trusted
        Ok(_) => Failure::from(DecodeError::new("it claims success")),
        Err(failure) => failure,
    };
    Err(Error::from_answer(endpoint, &parts, &body, failure))
}
