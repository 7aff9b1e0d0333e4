//! The call `POST /rest/cmsapp/v2/openapi/vdn/querycalls`, after the vendor's page
//! "查询指定VDN下的呼叫信息(v2)": the calls of the last day, and with them the customers that had a chat.

use std::fmt;

use chat_core::http::header::{CONTENT_TYPE, HeaderValue};
use chat_core::{
    Endpoint, Loose, Page, RawList, ReadRecords, UnixMillis, Url, de, http, read_object, readable,
};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::records::{Timestamp, exact_text};
use crate::wire::{Failure, Outcome, believed, post};

/// Which inbound calls to list, and which of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallsRequest {
    cc_id: u32,
    vdn: u32,
    begin: UnixMillis,
    end: UnixMillis,
    limit: u32,
    page: u32,
}

impl CallsRequest {
    /// The most calls that an answer may have.
    pub const MAX_LIMIT: u32 = 100;

    /// The first hundred inbound calls of a virtual call center (`vdn`) of a call center (`ccId`)
    /// from `begin` to `end`: not before yesterday's midnight, not after today's end.
    pub const fn new(cc_id: u32, vdn: u32, begin: UnixMillis, end: UnixMillis) -> Self {
        Self { cc_id, vdn, begin, end, limit: Self::MAX_LIMIT, page: 1 }
    }

    /// Other pages: 1 to 100 calls (`limit`).
    #[must_use]
    pub const fn with_limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// Another page, from 1. The vendor's `offset` is the number of calls on the pages before it.
    #[must_use]
    pub const fn with_page(mut self, page: u32) -> Self {
        self.page = page;
        self
    }

    fn check(&self) -> Result<(), Error> {
        if !(1..=65_535).contains(&self.cc_id) {
            return Err(Error::invalid("the call center's id is not 1 to 65535"));
        }
        if !(1..=5000).contains(&self.vdn) {
            return Err(Error::invalid("the virtual call center's id is not 1 to 5000"));
        }
        if !(1..=Self::MAX_LIMIT).contains(&self.limit) || self.page == 0 {
            return Err(Error::invalid("limit is not 1 to 100, or page is 0"));
        }
        if self.end < self.begin {
            return Err(Error::invalid("the end is before the start"));
        }
        Ok(())
    }
}

/// A call of the list, as far as it is of use here.
///
/// `Debug` shows the call's id, kinds and times, no number.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Call {
    /// The call's id.
    #[serde(deserialize_with = "exact_text")]
    pub call_id: Option<String>,
    /// Who called. For a chat, believed to be the customer's id in the channel.
    #[serde(deserialize_with = "exact_text")]
    pub caller_no: Option<String>,
    /// Who was called.
    #[serde(deserialize_with = "exact_text")]
    pub callee_no: Option<String>,
    /// When it began.
    #[serde(deserialize_with = "crate::records::time")]
    pub call_begin: Option<Timestamp>,
    /// When it ended.
    #[serde(deserialize_with = "crate::records::time")]
    pub call_end: Option<Timestamp>,
    /// What it was: 5 voice, 19 video, 53 chat, and more.
    #[serde(deserialize_with = "de::opt_integer")]
    pub media_type: Option<i64>,
    /// What sort of chat. Numbers from 7 on mean different things in different versions.
    #[serde(deserialize_with = "de::opt_integer")]
    pub sub_media_type: Option<i64>,
}

impl Call {
    /// The media type of chats.
    pub const CHAT: i64 = 53;

    /// True for a chat.
    pub fn is_chat(&self) -> bool {
        self.media_type == Some(Self::CHAT)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("call_id", &self.call_id)
            .field("call_begin", &self.call_begin)
            .field("call_end", &self.call_end)
            .field("media_type", &self.media_type)
            .field("sub_media_type", &self.sub_media_type)
            .finish_non_exhaustive()
    }
}

impl Endpoint for CallsRequest {
    type Output = Page<Call>;
    type Error = Error;
    const NAME: &'static str = "vdn/querycalls";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body {
            cc_id: u32,
            vdn: u32,
            begin_date: i64,
            end_date: i64,
            /// A text, unlike the numbers.
            is_call_in: &'static str,
            limit: u32,
            offset: u64,
        }
        self.check()?;
        let body = Body {
            cc_id: self.cc_id,
            vdn: self.vdn,
            begin_date: self.begin.get(),
            end_date: self.end.get(),
            is_call_in: "true",
            limit: self.limit,
            offset: u64::from(self.limit) * u64::from(self.page - 1),
        };
        let path = ["rest", "cmsapp", "v2", "openapi", "vdn", "querycalls"];
        let mut request = post(base, &path, &body)?;
        let json = HeaderValue::from_static("application/json; charset=UTF-8");
        request.headers_mut().insert(CONTENT_TYPE, json);
        Ok(request)
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Page<Call>, Error> {
        let (parts, body) = answer.into_parts();
        match read_calls(&body).and_then(|calls| believed(&parts, calls)) {
            Ok((calls, count)) => {
                let mut page = calls.into_page(body);
                page.total = count;
                Ok(page)
            }
            Err(failure) => Err(Error::from_answer(Self::NAME, &parts, &body, failure)),
        }
    }
}

/// `resultDesc` is an object on success and a text on failure.
fn read_calls(body: &[u8]) -> Result<(ReadRecords<Call>, Option<u64>), Failure> {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(default, borrow, rename = "resultCode")]
        result_code: Loose<'a>,
        #[serde(default, borrow, rename = "resultDesc")]
        result_desc: Loose<'a>,
        #[serde(default, borrow, rename = "errorCode")]
        error_code: Loose<'a>,
        #[serde(default, borrow, rename = "exceptionInfo")]
        exception_info: Loose<'a>,
    }
    #[derive(Default, Deserialize)]
    struct Found<'a> {
        #[serde(default, borrow)]
        data: RawList<'a>,
        #[serde(default, borrow)]
        count: Loose<'a>,
    }
    let text = readable(body).map_err(Failure::Unreadable)?;
    let envelope: Envelope<'_> = read_object(&text).map_err(Failure::Unreadable)?;
    let Envelope { result_code, result_desc, error_code, exception_info } = envelope;
    Outcome { result_code, result_desc, error_code, exception_info }.check("0100000")?;
    let found: Found<'_> = match result_desc.json() {
        None => Found::default(),
        Some(json) => read_object(json).map_err(|mut error| {
            "resultDesc".clone_into(&mut error.path);
            Failure::Unreadable(error)
        })?,
    };
    let mut calls = ReadRecords::default();
    calls.read(text.as_bytes(), &found.data, "resultDesc.data").map_err(Failure::Unreadable)?;
    Ok((calls, found.count.count()))
}
