//! How an answer with a cipher text is opened, and how what is in it is read.

use std::fmt;

use chat_core::{
    Cursor, DecodeError, Endpoint, Loose, Page, RawList, ReadRecords, de, http, read_envelope,
    read_object, readable,
};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{RawRecord, RawRecordsRequest};
use crate::crypto::DecryptionKeys;
use crate::error::{Error, Failure};
use crate::records::loose::set_aside;
use crate::records::{next_page, other_keys, present, succeeded};

/// The key of a page that was opened: ours, for the vendor's pages have a cipher text instead.
const PAGE_KEY: &str = "decrypted";

/// An answer whose records are still encrypted. `Debug` shows how long the cipher text is.
#[derive(Clone, PartialEq, Eq)]
pub struct Encrypted {
    endpoint: &'static str,
    errcode: Option<String>,
    errmsg: Option<String>,
    next_cursor: Option<String>,
    /// All else that the answer holds, by key.
    others: Vec<(String, String)>,
    cipher_text: Option<String>,
}

#[derive(Deserialize)]
struct SealedEnvelope<'a> {
    #[serde(default, borrow)]
    errcode: Loose<'a>,
    #[serde(default, borrow)]
    errmsg: Loose<'a>,
    #[serde(default, borrow, deserialize_with = "present")]
    encrypted: Option<Loose<'a>>,
    #[serde(default, borrow, deserialize_with = "present")]
    next_cursor: Option<Loose<'a>>,
}

impl Encrypted {
    pub(super) fn read(endpoint: &'static str, body: &[u8]) -> Result<Self, Failure> {
        #[derive(Deserialize)]
        #[serde(transparent)]
        struct Code(#[serde(deserialize_with = "de::opt_integer")] Option<i64>);
        #[derive(Deserialize)]
        #[serde(transparent)]
        struct Text(#[serde(deserialize_with = "de::filled_text")] Option<String>);

        let sealed: SealedEnvelope<'_> = read_envelope(body).map_err(Failure::Unreadable)?;
        let code = part(sealed.errcode, "errcode")?.and_then(|Code(code)| code);
        succeeded(code, sealed.errmsg, sealed.encrypted.is_some())?;
        let known = ["errcode", "errmsg", "next_cursor", "encrypted", PAGE_KEY];
        let others = other_keys(body, &known)?;
        if sealed.encrypted.is_none() && sealed.next_cursor.is_none() && !others.is_empty() {
            // what was asked for may be there under a name that nobody knows
            let what = "it has neither `encrypted` nor `next_cursor`";
            return Err(Failure::Unreadable(DecodeError::new(what)));
        }
        let owned = |json: Loose<'_>| json.json().map(str::to_owned);
        let encrypted = sealed.encrypted.unwrap_or_default();
        Ok(Self {
            endpoint,
            errcode: owned(sealed.errcode),
            errmsg: owned(sealed.errmsg),
            next_cursor: sealed.next_cursor.and_then(owned),
            others: others.into_iter().map(|(key, json)| (key, json.get().to_owned())).collect(),
            cipher_text: part(encrypted, "encrypted")?.and_then(|Text(text)| text),
        })
    }

    /// Opens a page of records. Without a cipher text it is an empty one. The page's bytes are the
    /// answer's keys and values, with `decrypted` in place of `encrypted` and at the end.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] when there is a cipher text and no key. [`Error::Decode`] when no
    /// key opens it, or what is in it is no list.
    pub fn into_page(self, keys: &DecryptionKeys) -> Result<Page<RawRecord>, Error> {
        let records = self.open(keys)?.unwrap_or_else(|| "[]".to_owned());
        let known = [
            ("errcode", self.errcode.as_deref()),
            ("errmsg", self.errmsg.as_deref()),
            ("next_cursor", self.next_cursor.as_deref()),
        ];
        let known = known.into_iter().filter_map(|(key, json)| Some((key, json?)));
        let others = self.others.iter().map(|(key, json)| (key.as_str(), json.as_str()));
        let fields = known.chain(others).chain(std::iter::once((PAGE_KEY, records.as_str())));
        let fields: Vec<String> =
            fields.map(|(key, json)| format!("{}:{json}", Value::from(key))).collect();
        read_page(format!("{{{}}}", fields.join(",")).into_bytes())
    }

    /// Opens a single record; `None` where there is no cipher text.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] when there is a cipher text and no key. [`Error::Decode`] when no
    /// key opens it, or what is in it is no record.
    pub fn into_record(self, keys: &DecryptionKeys) -> Result<Option<RawRecord>, Error> {
        let Some(record) = self.open(keys)? else { return Ok(None) };
        // a page of one, so that both are read alike
        let mut page = read_page(format!("{{\"errcode\":0,\"{PAGE_KEY}\":[{record}]}}").into())?;
        match (page.items.pop(), page.skipped.pop()) {
            (Some(record), _) => Ok(Some(record)),
            (None, skipped) => {
                let unread = DecodeError::new("it is not a record");
                let source = skipped.map_or(unread, |skipped| skipped.error);
                let sealed = format!("\"{}\"", self.cipher_text.unwrap_or_default());
                Err(Error::unreadable(self.endpoint, sealed.as_bytes(), source))
            }
        }
    }

    /// The JSON in the cipher text. What is no JSON was opened with a wrong key.
    fn open(&self, keys: &DecryptionKeys) -> Result<Option<String>, Error> {
        let Some(cipher_text) = &self.cipher_text else { return Ok(None) };
        if keys.is_empty() {
            return Err(Error::no_key());
        }
        let locked = || Error::locked(self.endpoint, cipher_text);
        let json = keys.decrypt(cipher_text).map_err(|_| locked())?.into_message();
        // a garbled record is no sign of a wrong key
        let text = readable(json.as_bytes()).map_err(|_| locked())?;
        match serde_json::from_str::<&RawValue>(&text) {
            Ok(_) => Ok(Some(json)),
            Err(_) => Err(locked()),
        }
    }
}

impl fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encrypted({} bytes)", self.cipher_text.as_deref().map_or(0, str::len))
    }
}

fn part<'a, T: Deserialize<'a>>(json: Loose<'a>, path: &str) -> Result<Option<T>, Failure> {
    let read = |json: &'a str| DecodeError::read_text(json);
    json.json().map(read).transpose().map_err(|mut error| {
        path.clone_into(&mut error.path);
        (error.line, error.column) = (0, 0);
        Failure::Unreadable(error)
    })
}

/// A page that was opened.
#[derive(Deserialize)]
pub(in crate::records) struct OpenEnvelope<'a> {
    #[serde(default, deserialize_with = "de::opt_integer")]
    errcode: Option<i64>,
    #[serde(default, borrow)]
    errmsg: Loose<'a>,
    #[serde(default, borrow)]
    next_cursor: Loose<'a>,
    #[serde(default, borrow, deserialize_with = "present")]
    decrypted: Option<RawList<'a>>,
}

/// Reads the bytes of a page again that was opened before. It needs no key.
///
/// # Errors
///
/// When the bytes are no such page.
pub fn read_page(body: Vec<u8>) -> Result<Page<RawRecord>, Error> {
    match opened(&body) {
        Ok((records, next)) => {
            let mut page = records.into_page(body);
            page.next = next;
            Ok(page)
        }
        Err(failure) => {
            let parts = http::Response::new(()).into_parts().0;
            Err(Error::from_answer(RawRecordsRequest::NAME, &parts, &body, failure))
        }
    }
}

fn opened(body: &[u8]) -> Result<(ReadRecords<RawRecord>, Option<Cursor>), Failure> {
    let text = readable(body).map_err(Failure::Unreadable)?;
    let envelope: OpenEnvelope<'_> = read_object(&text).map_err(Failure::Unreadable)?;
    succeeded(envelope.errcode, envelope.errmsg, envelope.decrypted.is_some())?;
    let Some(list) = envelope.decrypted else {
        return Err(Failure::Unreadable(DecodeError::new("it has no `decrypted`")));
    };
    let mut records = ReadRecords::default();
    records.read(text.as_bytes(), &list, PAGE_KEY).map_err(Failure::Unreadable)?;
    set_aside(&mut records, text.as_bytes(), PAGE_KEY);
    Ok((records, next_page(envelope.next_cursor)?))
}
