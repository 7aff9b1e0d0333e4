//! What can go wrong, and what to do about it.

use std::borrow::Cow;
use std::time::Duration;

#[cfg(feature = "client")]
use chat_core::Blots;
use chat_core::{
    BodyExcerpt, DecodeError, ErrorKind, MAX_WORDS, Retry, TransportError, VendorError,
    after_colon, http, is_json, open_int_enum, shortened,
};

/// Why a call failed. Nothing in it prints the key, chat text or links.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request or the configuration is wrong; nothing was sent.
    #[error("invalid jijyun request: {reason}")]
    #[non_exhaustive]
    InvalidRequest {
        /// What is wrong with it.
        reason: String,
    },
    /// No answer came.
    #[error("jijyun could not be reached")]
    Transport(#[from] TransportError),
    /// An answer with an HTTP status of failure and without the vendor's code.
    #[error("jijyun answered {endpoint} with HTTP status {status}{}", after_colon(.message))]
    #[non_exhaustive]
    Status {
        /// Which call.
        endpoint: &'static str,
        /// The HTTP status.
        status: u16,
        /// The vendor's words (`Msg`), shortened; empty if there are none.
        message: Box<str>,
        /// The vendor's id of the call (`RequestId`), for its support.
        trace_id: Option<Box<str>>,
        /// The beginning of the answer.
        body: BodyExcerpt,
        /// The wait that the answer asks for.
        retry_after: Option<Duration>,
    },
    /// The vendor refused the call with a code of its own.
    #[error("jijyun refused {endpoint} with code {}{}", .code.value(), after_colon(.message))]
    #[non_exhaustive]
    Api {
        /// Which call.
        endpoint: &'static str,
        /// The HTTP status; the vendor's pages do not say which one comes with a code.
        status: u16,
        /// The vendor's code (`Code`).
        code: ApiCode,
        /// The vendor's words (`Msg`, and `Data` where that is a text), shortened; empty if there
        /// are none.
        message: Box<str>,
        /// The vendor's id of the call (`RequestId`), for its support.
        trace_id: Option<Box<str>>,
        /// The wait that the answer asks for.
        retry_after: Option<Duration>,
    },
    /// An answer of success that could not be read.
    #[error("jijyun's answer to {endpoint} could not be read")]
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

open_int_enum! {
    /// The vendor's codes. `2000` is success and never an error; no page lists the others.
    pub enum ApiCode {
        /// What the vendor's pages show where a sample was never filled in. No success.
        Placeholder = 0,
        /// The call was refused: a parameter is wrong, or a conversation is closed.
        Refused = 4000,
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
            Failure::Refused { code, message, trace_id } => Self::Api {
                endpoint,
                status,
                code: ApiCode::from(code),
                message: shortened(message.unwrap_or_default(), MAX_WORDS).into(),
                trace_id: trace_id.map(Into::into),
                retry_after,
            },
            Failure::Unreadable { source, .. } if answer.status.is_success() => {
                Self::unreadable(endpoint, body, source)
            }
            Failure::Unreadable { message, trace_id, .. } => Self::Status {
                endpoint,
                status,
                message: shortened(message.unwrap_or_default(), MAX_WORDS).into(),
                trace_id: trace_id.map(Into::into),
                body: BodyExcerpt::new(body),
                retry_after,
            },
        }
    }

    /// A body that should have been a page and is not.
    pub(crate) fn unreadable(endpoint: &'static str, body: &[u8], source: DecodeError) -> Self {
        let is_garbled = !is_json(body);
        Self::Decode { endpoint, source, body: BodyExcerpt::new(body), is_garbled }
    }

    /// Blots out what must not be seen in all that came from outside.
    #[cfg(feature = "client")]
    pub(crate) fn mask(&mut self, blots: &Blots) {
        if let Self::Api { message, .. } | Self::Status { message, .. } = self {
            *message = blots.out_of(message, MAX_WORDS).into();
        }
        if let Self::Status { body, .. } | Self::Decode { body, .. } = self {
            blots.out_of_excerpt(body);
        }
    }
}

/// Why a body is not what was asked for.
pub(crate) enum Failure {
    /// It says so itself, with a code that is not 2000.
    Refused { code: i64, message: Option<String>, trace_id: Option<String> },
    /// It is not what the vendor documents; a gateway may still have said why.
    Unreadable { source: DecodeError, message: Option<String>, trace_id: Option<String> },
}

impl From<DecodeError> for Failure {
    fn from(source: DecodeError) -> Self {
        Self::Unreadable { source, message: None, trace_id: None }
    }
}

impl VendorError for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidRequest { .. } => ErrorKind::InvalidRequest,
            Self::Transport(_) => ErrorKind::Transport,
            Self::Decode { .. } => ErrorKind::Decode,
            Self::Status { status, .. } => kind_of_status(*status),
            Self::Api { code, status, .. } => match (code, status) {
                // what a status says for certain, no code takes back
                (_, 401..=403 | 429) => kind_of_status(*status),
                (ApiCode::Refused, _) => ErrorKind::InvalidRequest,
                (ApiCode::Placeholder | ApiCode::Other(_), _) => ErrorKind::Server,
            },
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Transport(error) if error.is_retryable() => Retry::After(None),
            // a gateway's hiccup passes; JSON of another shape comes again in the same shape
            Self::Decode { is_garbled: true, .. } => Retry::After(None),
            Self::InvalidRequest { .. } | Self::Transport(_) | Self::Decode { .. } => Retry::Never,
            Self::Api { code: ApiCode::Refused, status, .. } if *status != 429 => Retry::Never,
            Self::Status { status, retry_after, .. } | Self::Api { status, retry_after, .. } => {
                retry_of_status(*status, *retry_after)
            }
        }
    }

    fn vendor_code(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Api { code, .. } => Some(code.value().to_string().into()),
            _ => None,
        }
    }

    fn trace_id(&self) -> Option<&str> {
        match self {
            Self::Api { trace_id, .. } | Self::Status { trace_id, .. } => trace_id.as_deref(),
            _ => None,
        }
    }

    fn advice(&self) -> Option<Cow<'static, str>> {
        let advice = match self {
            Self::Api { status, code, .. } => {
                advice_on_status(*status).or_else(|| advice_on_code(*code))
            }
            Self::Status { status, .. } => advice_on_status(*status),
            Self::Transport(error) => Some(error.advice()),
            Self::Decode { is_garbled: true, .. } => Some(
                "the answer is not JSON: check that the base URL is https://chat.jijyun.cn and not \
                 the console or a proxy's login page",
            ),
            Self::Decode { .. } | Self::InvalidRequest { .. } => None,
        };
        advice.map(Cow::Borrowed)
    }
}

/// 402 is no fault of the key, but like one it will not pass and concerns every call: whoever
/// stops at refused credentials must stop here too.
const fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        401..=403 => ErrorKind::Auth,
        429 => ErrorKind::RateLimited,
        408 | 500.. => ErrorKind::Server,
        _ => ErrorKind::InvalidRequest,
    }
}

const fn retry_of_status(status: u16, retry_after: Option<Duration>) -> Retry {
    match status {
        408 | 429 | 500 | 502 | 503 | 504 => Retry::After(retry_after),
        _ => Retry::Never,
    }
}

const fn advice_on_code(code: ApiCode) -> Option<&'static str> {
    match code {
        ApiCode::Refused => Some(
            "the vendor refused the call: check the ids and the number of days, and give its \
             support the request id if they are right",
        ),
        ApiCode::Placeholder | ApiCode::Other(_) => None,
    }
}

const fn advice_on_status(status: u16) -> Option<&'static str> {
    Some(match status {
        300..=399 => "the server redirects: set the base URL to where it points",
        401 | 403 => {
            "check the key: it is shown on the integration page of any AI assistant; the calls \
             for hosted accounts may need the one of the API interface page"
        }
        402 => "the account's allowance of API calls is used up: buy more, then start again",
        404 => "check the base URL: it is the host alone, as https://chat.jijyun.cn",
        429 => "too many calls: set a longer interval between requests",
        500 | 502 | 503 | 504 => {
            "the vendor failed; it also answers so to ids that it does not know, so check them"
        }
        _ => return None,
    })
}
