//! What can go wrong, and what to do about it.

use std::borrow::Cow;
use std::time::Duration;

#[cfg(feature = "client")]
use chat_core::Blots;
use chat_core::{
    BodyExcerpt, DecodeError, Endpoint, ErrorKind, Loose, MAX_WORDS, Retry, TransportError,
    VendorError, after_colon, http, is_json, open_enum, read_envelope, shortened,
};
use serde::Deserialize;

use crate::calls::CallsRequest;
use crate::media::DownloadRequest;
use crate::records::RecordsRequest;
use crate::token::{AccessTokenRequest, MessagingTokenRequest};
use crate::wire::Failure;

/// Why a call failed. Nothing in it prints keys, tokens, chat text, names or links.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request or the configuration is wrong; nothing was sent.
    #[error("invalid bes-ccmessaging request: {reason}")]
    #[non_exhaustive]
    InvalidRequest {
        /// What is wrong with it.
        reason: String,
    },
    /// No answer came.
    #[error("bes-ccmessaging could not be reached")]
    Transport(#[from] TransportError),
    /// An answer with an HTTP status of failure and without a code of the vendor's, or with status
    /// 401 or 403.
    #[error("bes-ccmessaging answered {endpoint} with HTTP status {status}")]
    #[non_exhaustive]
    Status {
        /// Which call.
        endpoint: &'static str,
        /// The HTTP status.
        status: u16,
        /// True when a token was refused, so that fresh ones may help.
        is_token_refused: bool,
        /// True when the answer is a web page: a firewall's, not the vendor's.
        is_web_page: bool,
        /// The beginning of the answer.
        body: BodyExcerpt,
        /// The wait that the answer asks for.
        retry_after: Option<Duration>,
    },
    /// The vendor refused the call with a code of its own.
    #[error("bes-ccmessaging refused {endpoint} with code {code}{}", after_colon(.message))]
    #[non_exhaustive]
    Api {
        /// Which call: the same code means different things in different calls.
        endpoint: &'static str,
        /// The HTTP status.
        status: u16,
        /// The vendor's code (`resultCode`, or a gateway's `errorCode`).
        code: ApiCode,
        /// The vendor's words (`resultDesc`), shortened; empty if there are none.
        message: Box<str>,
        /// The wait that the answer asks for.
        retry_after: Option<Duration>,
    },
    /// An answer of success that could not be read.
    #[error("bes-ccmessaging's answer to {endpoint} could not be read")]
    #[non_exhaustive]
    Decode {
        /// Which call.
        endpoint: &'static str,
        /// Where and how reading failed.
        source: DecodeError,
        /// The beginning of the answer.
        body: BodyExcerpt,
        /// True when the answer is not JSON at all: cut short, empty, or a gateway's web page.
        is_garbled: bool,
    },
}

/// So many characters of a code are kept; those of the vendor's pages have seven.
const LONGEST_CODE: usize = 40;

open_enum! {
    /// The vendor's codes. `1` is of the messaging calls, the next three of downloads, those of
    /// seven digits of the call list. `0` and `0100000` are success and never an error.
    pub enum ApiCode {
        /// The call failed. The pages say no more.
        Failed = "1",
        /// Channel, user or tenant is missing: the vendor takes them from the token.
        MissingIdentity = "2",
        /// The type is not served, the file is empty, or the storage failed.
        FileFailed = "13",
        /// The file's id is missing. Not an expired token, whatever its number.
        MissingFileId = "401",
        /// The call failed.
        CallFailed = "0100001",
        /// A parameter is wrong.
        InvalidParameter = "0100002",
        /// The version of the contact center is too old for the call.
        UnsupportedVersion = "0100003",
        /// The vendor does not know what went wrong.
        UnknownFailure = "0100999",
        /// The inspection relation is abnormal.
        AbnormalInspection = "0101001",
        /// The number is not known.
        UnknownNumber = "0101002",
        /// The keys lack a permission.
        InsufficientPermission = "0101003",
    }
}

#[cfg(feature = "client")]
impl From<chat_core::ConnectError> for Error {
    fn from(error: chat_core::ConnectError) -> Self {
        match error {
            chat_core::ConnectError::Transport(error) => error.into(),
            other => Self::invalid(other.to_string()),
        }
    }
}

impl Error {
    pub(crate) fn invalid(reason: impl Into<String>) -> Self {
        Self::InvalidRequest { reason: reason.into() }
    }

    /// What an answer without a readable success means.
    pub(crate) fn from_answer(
        endpoint: &'static str,
        answer: &http::response::Parts,
        body: &[u8],
        failure: Failure,
    ) -> Self {
        let status = answer.status.as_u16();
        let retry_after = chat_core::retry_after(&answer.headers);
        match failure {
            // whatever the body says, these two are about who is asking
            _ if matches!(status, 401 | 403) => Self::status(endpoint, status, body, retry_after),
            Failure::Refused { code, message } => Self::Api {
                endpoint,
                status,
                code: ApiCode::from(&*shortened(code, LONGEST_CODE)),
                message: shortened(message.unwrap_or_default(), MAX_WORDS).into(),
                retry_after,
            },
            Failure::Unreadable(source) if answer.status.is_success() => {
                Self::unreadable(endpoint, body, source)
            }
            Failure::Unreadable(_) => Self::status(endpoint, status, body, retry_after),
        }
    }

    fn status(
        endpoint: &'static str,
        status: u16,
        body: &[u8],
        retry_after: Option<Duration>,
    ) -> Self {
        let carries_token = ![AccessTokenRequest::NAME, CallsRequest::NAME].contains(&endpoint);
        let is_token_refused =
            carries_token && (status == 401 || status == 403 && blames_token(body));
        let is_web_page = body.trim_ascii_start().starts_with(b"<");
        let body = BodyExcerpt::new(body);
        Self::Status { endpoint, status, is_token_refused, is_web_page, body, retry_after }
    }

    /// A body that should have been an answer of success and is not.
    pub(crate) fn unreadable(endpoint: &'static str, body: &[u8], source: DecodeError) -> Self {
        let is_garbled = !is_json(body);
        Self::Decode { endpoint, source, body: BodyExcerpt::new(body), is_garbled }
    }

    /// Blots out what must not be seen in all that came from outside.
    #[cfg(feature = "client")]
    pub(crate) fn mask(&mut self, blots: &Blots) {
        match self {
            Self::Api { code, message, .. } => {
                *message = blots.out_of(message, MAX_WORDS).into();
                if let ApiCode::Other(code) = code {
                    *code = blots.out_of(code, LONGEST_CODE);
                }
            }
            Self::Status { body, .. } | Self::Decode { body, .. } => blots.out_of_excerpt(body),
            Self::InvalidRequest { .. } | Self::Transport(_) => {}
        }
    }

    /// True when fresh tokens may help.
    #[cfg_attr(not(feature = "client"), expect(dead_code, reason = "the client renews"))]
    pub(crate) fn is_token_refused(&self) -> bool {
        match self {
            Self::Status { is_token_refused, .. } => *is_token_refused,
            // the vendor takes channel, user and tenant from the token
            Self::Api { endpoint, code, .. } => {
                *endpoint == DownloadRequest::NAME && *code == ApiCode::MissingIdentity
            }
            _ => false,
        }
    }
}

/// True for the gateway's `{"errorCode":"0","exceptionInfo":"… illegal or expired token …"}`.
fn blames_token(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Gateway<'a> {
        #[serde(default, borrow, rename = "exceptionInfo")]
        exception_info: Loose<'a>,
    }
    let words = read_envelope::<Gateway<'_>>(body).ok().and_then(|body| body.exception_info.text());
    words.is_some_and(|words| {
        let words = words.to_ascii_lowercase();
        words.contains("token") && (words.contains("expire") || words.contains("illegal"))
    })
}

impl VendorError for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidRequest { .. } => ErrorKind::InvalidRequest,
            Self::Transport(_) => ErrorKind::Transport,
            Self::Decode { .. } => ErrorKind::Decode,
            Self::Status { status, .. } => kind_of_status(*status),
            Self::Api { status: 418 | 429, .. } => ErrorKind::RateLimited,
            Self::Api { endpoint, code, .. } => kind_of_code(endpoint, code),
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Transport(error) if error.is_retryable() => Retry::After(None),
            // a gateway's hiccup passes; JSON of another shape comes again in the same shape
            Self::Decode { is_garbled: true, .. } => Retry::After(None),
            Self::InvalidRequest { .. }
            | Self::Transport(_)
            | Self::Decode { .. }
            // with a code of the vendor's, 500 is "business failure": the same again next time
            | Self::Api { status: 500, .. } => Retry::Never,
            Self::Status { status, retry_after, .. } | Self::Api { status, retry_after, .. } => {
                retry_of_status(*status, *retry_after)
            }
        }
    }

    fn vendor_code(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Api { code, .. } => Some(code.as_str().into()),
            _ => None,
        }
    }

    fn advice(&self) -> Option<Cow<'static, str>> {
        let advice = match self {
            Self::InvalidRequest { .. } | Self::Decode { is_garbled: false, .. } => return None,
            Self::Transport(error) => error.advice(),
            Self::Decode { is_garbled: true, .. } => {
                "the answer is not JSON: check that the base URL is the API's domain and not the \
                 console or a proxy's login page"
            }
            Self::Status { endpoint, status, is_token_refused, is_web_page, .. } => {
                advice_on_status(endpoint, *status, *is_token_refused, *is_web_page)?
            }
            Self::Api { endpoint, code, .. } => advice_on_code(endpoint, code)?,
        };
        Some(advice.into())
    }

    fn asks_smaller_window(&self) -> bool {
        // nothing says how long a span may be, or how far back records are kept; a shorter span
        // shows which part of it is refused
        match self {
            Self::Api { endpoint, .. } | Self::Status { endpoint, status: 500, .. } => {
                *endpoint == RecordsRequest::NAME
            }
            _ => false,
        }
    }
}

const fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        401 | 403 => ErrorKind::Auth,
        418 | 429 => ErrorKind::RateLimited,
        408 | 500.. => ErrorKind::Server,
        _ => ErrorKind::InvalidRequest,
    }
}

fn kind_of_code(endpoint: &str, code: &ApiCode) -> ErrorKind {
    match code {
        _ if endpoint == AccessTokenRequest::NAME => ErrorKind::Auth,
        // it has no parameter but the user, its name, the channel and the language
        _ if endpoint == MessagingTokenRequest::NAME => ErrorKind::InvalidRequest,
        ApiCode::MissingIdentity | ApiCode::InsufficientPermission => ErrorKind::Auth,
        ApiCode::FileFailed | ApiCode::MissingFileId | ApiCode::InvalidParameter => {
            ErrorKind::InvalidRequest
        }
        _ => ErrorKind::Server,
    }
}

const fn retry_of_status(status: u16, retry_after: Option<Duration>) -> Retry {
    match status {
        408 | 418 | 429 | 500 | 502 | 503 | 504 => Retry::After(retry_after),
        _ => Retry::Never,
    }
}

fn advice_on_status(
    endpoint: &str,
    status: u16,
    is_token_refused: bool,
    is_web_page: bool,
) -> Option<&'static str> {
    let is_calls = endpoint == CallsRequest::NAME;
    Some(match status {
        300..=399 => "the server redirects: set the base URL to where it points",
        400 => "check the base URL, the channel id, the channel and the user ids",
        401 if is_calls => {
            "the signature was not accepted: check the access key, the secret key, the form of the \
             timestamp and the local clock before trying again, for the vendor locks addresses \
             that send wrong signatures"
        }
        403 if is_calls => {
            "the vendor locks an address after too many wrong signatures: correct the keys, then \
             wait or ask its support before trying again"
        }
        401 if endpoint == AccessTokenRequest::NAME => "check the app key and the app secret",
        403 if is_web_page => {
            "a firewall refused the call: ask for this machine's address to be put on the \
             deployment's allow-list"
        }
        401 | 403 if is_token_refused => {
            "fresh tokens were refused too: check that the service is bought, the account's state, \
             and that app key and channel id belong together"
        }
        403 => "check the app key, and whether this machine's address is on the allow-list",
        404 => "check the base URL: it is the domain alone, as https://service.besclouds.com",
        418 => {
            "a firewall refused the call: check the base URL, and set a longer interval between \
             requests"
        }
        429 => "too many calls: set a longer interval between requests",
        500 => {
            "the vendor calls this a business failure: check the channel id, the channel, the user \
             ids and the times"
        }
        _ => return None,
    })
}

fn advice_on_code(endpoint: &str, code: &ApiCode) -> Option<&'static str> {
    Some(match code {
        _ if endpoint == AccessTokenRequest::NAME => "check the app key and the app secret",
        _ if endpoint == MessagingTokenRequest::NAME => {
            "check the channel id, the user id (24 characters are safe, 32 the most) and the locale"
        }
        _ if endpoint == RecordsRequest::NAME => {
            "check the channel id, the channel and the user id, or ask for a shorter span of time"
        }
        ApiCode::MissingIdentity => {
            "the token names no channel, user or tenant: check the channel id"
        }
        ApiCode::FileFailed => {
            "the vendor says the same of a type that it does not serve, an empty file, a failed \
             storage and probably a file above 2 MB, which only its support can allow"
        }
        ApiCode::MissingFileId => "the message names no file that the vendor can find",
        ApiCode::InvalidParameter => "check the call center's id and the virtual call center's",
        ApiCode::InsufficientPermission => {
            "the access key may not list calls: ask the vendor's staff for the permission"
        }
        ApiCode::UnsupportedVersion => {
            "the contact center is too old to list calls: name the users instead"
        }
        _ => return None,
    })
}
