//! What can go wrong, and what to do about it.

use std::borrow::Cow;
use std::time::Duration;

#[cfg(feature = "client")]
use chat_core::Blots;
use chat_core::{
    BodyExcerpt, DecodeError, ErrorKind, MAX_WORDS, Retry, TransportError, VendorError,
    after_colon, http, is_json, open_int_enum, shortened,
};

/// Why a call failed. Nothing in it prints credentials, keys, chat text or links.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request or the configuration is wrong; nothing was sent.
    #[error("invalid myscrm-qw request: {reason}")]
    #[non_exhaustive]
    InvalidRequest {
        /// What is wrong with it.
        reason: String,
    },
    /// No answer came.
    #[error("myscrm-qw could not be reached")]
    Transport(#[from] TransportError),
    /// An answer with an HTTP status of failure and without the vendor's code.
    #[error("myscrm-qw answered {endpoint} with HTTP status {status}")]
    #[non_exhaustive]
    Status {
        /// Which call.
        endpoint: &'static str,
        /// The HTTP status.
        status: u16,
        /// The beginning of the answer.
        body: BodyExcerpt,
        /// The wait that the answer asks for.
        retry_after: Option<Duration>,
    },
    /// The vendor refused the call with a code of its own.
    #[error("myscrm-qw refused {endpoint} with code {}{}", .code.value(), after_colon(.message))]
    #[non_exhaustive]
    Api {
        /// Which call.
        endpoint: &'static str,
        /// The HTTP status; the vendor's pages do not say which one comes with a code.
        status: u16,
        /// The vendor's code (`errcode`).
        code: ApiCode,
        /// The vendor's words (`errmsg`), shortened; empty if there are none. They may say "ok".
        message: Box<str>,
        /// The wait that the answer asks for.
        retry_after: Option<Duration>,
    },
    /// An answer of success that could not be read.
    #[error("myscrm-qw's answer to {endpoint} could not be read")]
    #[non_exhaustive]
    Decode {
        /// Which call.
        endpoint: &'static str,
        /// Where and how reading failed.
        source: DecodeError,
        /// The beginning of the answer.
        body: BodyExcerpt,
        /// What is the matter with it.
        trouble: Trouble,
    },
}

/// Why an answer of success cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// It is not JSON at all: cut short, empty, or a gateway's web page.
    Garbled,
    /// It is JSON of another shape than the vendor documents.
    OtherShape,
    /// No key makes sense of what it holds.
    Locked,
}

open_int_enum! {
    /// Codes (`errcode`). The vendor lists none. These are those of enterprise WeChat beneath it
    /// that may come through; they bear the same field names. `0` is success and never an error.
    pub enum ApiCode {
        /// Busy.
        Busy = -1,
        /// The customer has not agreed to being archived.
        NoConsent = 41053,
        /// Too many calls.
        CallLimit = 45009,
        /// Too many calls at the same time.
        ConcurrencyLimit = 45033,
        /// This address may not call.
        AddressNotAllowed = 60020,
        /// The archive of the enterprise has expired.
        ArchiveExpired = 301_052,
        /// The archive of the enterprise is not switched on.
        ArchiveNotEnabled = 301_053,
        /// More was asked for at once than is given.
        PullTooLarge = 301_058,
        /// Not a group of the enterprise.
        NotInternalGroup = 301_059,
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
            Failure::Refused { code, message } => Self::Api {
                endpoint,
                status,
                code: ApiCode::from(code),
                message: shortened(message.unwrap_or_default(), MAX_WORDS).into(),
                retry_after,
            },
            Failure::Unreadable(source) if answer.status.is_success() => {
                Self::unreadable(endpoint, body, source)
            }
            Failure::Unreadable(_) => {
                Self::Status { endpoint, status, body: BodyExcerpt::new(body), retry_after }
            }
        }
    }

    /// A body that should have been an answer and is none.
    pub(crate) fn unreadable(endpoint: &'static str, body: &[u8], source: DecodeError) -> Self {
        let trouble = if is_json(body) { Trouble::OtherShape } else { Trouble::Garbled };
        Self::Decode { endpoint, source, body: BodyExcerpt::new(body), trouble }
    }

    /// Blots out what must not be seen in all that came from outside.
    #[cfg(feature = "client")]
    pub(crate) fn mask(&mut self, blots: &Blots) {
        match self {
            Self::Api { message, .. } => *message = blots.out_of(message, MAX_WORDS).into(),
            Self::Status { body, .. } | Self::Decode { body, .. } => blots.out_of_excerpt(body),
            Self::InvalidRequest { .. } | Self::Transport(_) => {}
        }
    }

    /// A cipher text is to be opened with nothing.
    pub(crate) fn no_key() -> Self {
        Self::invalid("raw records are encrypted, and no encoding AES key is set")
    }

    /// A cipher text that no key opens.
    pub(crate) fn locked(endpoint: &'static str, encrypted: &str) -> Self {
        Self::Decode {
            endpoint,
            source: DecodeError::new("it could not be decrypted with the configured keys"),
            body: BodyExcerpt::new(encrypted.as_bytes()),
            trouble: Trouble::Locked,
        }
    }
}

/// Why a body is not what was asked for.
pub(crate) enum Failure {
    /// It says so itself, with a code that is not 0.
    Refused { code: i64, message: Option<String> },
    /// It is not what the vendor documents.
    Unreadable(DecodeError),
}

impl VendorError for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidRequest { .. } => ErrorKind::InvalidRequest,
            Self::Transport(_) => ErrorKind::Transport,
            Self::Decode { .. } => ErrorKind::Decode,
            Self::Status { status, .. } => kind_of_status(*status),
            Self::Api { code, status, .. } => match code {
                ApiCode::Busy => ErrorKind::Server,
                ApiCode::CallLimit | ApiCode::ConcurrencyLimit => ErrorKind::RateLimited,
                ApiCode::AddressNotAllowed
                | ApiCode::ArchiveExpired
                | ApiCode::ArchiveNotEnabled => ErrorKind::Auth,
                // about one chat, or one request: other calls may pass
                ApiCode::NoConsent | ApiCode::PullTooLarge | ApiCode::NotInternalGroup => {
                    ErrorKind::InvalidRequest
                }
                ApiCode::Other(_) => match *status {
                    401 | 403 => ErrorKind::Auth,
                    429 => ErrorKind::RateLimited,
                    _ => ErrorKind::Server,
                },
            },
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Transport(error) if error.is_retryable() => Retry::After(None),
            Self::Status { status, retry_after, .. } => retry_of_status(*status, *retry_after),
            // a gateway's hiccup passes; JSON of another shape comes again in the same shape
            Self::Decode { trouble: Trouble::Garbled, .. } => Retry::After(None),
            Self::InvalidRequest { .. } | Self::Transport(_) | Self::Decode { .. } => Retry::Never,
            Self::Api { code, status, retry_after, .. } => match code {
                ApiCode::Busy | ApiCode::CallLimit | ApiCode::ConcurrencyLimit => {
                    Retry::After(*retry_after)
                }
                ApiCode::Other(_) => retry_of_status(*status, *retry_after),
                _ => Retry::Never,
            },
        }
    }

    fn vendor_code(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Api { code, .. } => Some(code.value().to_string().into()),
            _ => None,
        }
    }

    fn advice(&self) -> Option<Cow<'static, str>> {
        let advice = match self {
            Self::Api { code, .. } => advice_on_code(*code)?,
            Self::Status { status, .. } => advice_on_status(*status)?,
            Self::Transport(error) => error.advice(),
            Self::Decode { trouble: Trouble::Garbled, .. } => {
                "the answer is not JSON: check that the base URL is the platform's API, as \
                 https://nbd-api.myscrm.cn, and not a console or a proxy's login page"
            }
            Self::Decode { trouble: Trouble::Locked, .. } => {
                "check that the key is the EncodingAESKey of the callback of the enterprise's chat \
                 archive and not that of an application or a message handler, that it is the \
                 present one (after a change give both), and the receiver if one is expected"
            }
            _ => return None,
        };
        Some(Cow::Borrowed(advice))
    }

    fn asks_smaller_window(&self) -> bool {
        matches!(self, Self::Api { code: ApiCode::PullTooLarge, .. })
    }
}

const fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        401 | 403 => ErrorKind::Auth,
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
    Some(match code {
        ApiCode::Busy => "the platform is busy: try again later",
        ApiCode::NoConsent => {
            "the customer has not agreed to being archived: there is nothing to read in this chat"
        }
        ApiCode::CallLimit => "too many calls: set a longer interval between requests",
        ApiCode::ConcurrencyLimit => "too many calls at the same time: set concurrency to 1",
        ApiCode::AddressNotAllowed => {
            "this network may not call: have its public address added to the list of allowed ones"
        }
        ApiCode::ArchiveExpired => "the enterprise's chat archive has expired: have it renewed",
        ApiCode::ArchiveNotEnabled => {
            "the enterprise's chat archive is not switched on: have it switched on, or check the \
             app_id"
        }
        ApiCode::PullTooLarge => {
            "more was asked for than is given at once: ask for smaller pages or a shorter span of \
             time"
        }
        ApiCode::NotInternalGroup => "this is not a group of the enterprise: leave the chat out",
        ApiCode::Other(_) => return None,
    })
}

const fn advice_on_status(status: u16) -> Option<&'static str> {
    Some(match status {
        300..=399 => "the server redirects: set the base URL to where it points",
        401 | 403 => {
            "check the app_id and what else the platform's rules for API calls ask for: extra \
             parameters or headers can be set"
        }
        404 => "check the base URL: it is the host alone, as https://nbd-api.myscrm.cn",
        429 => "too many calls: set a longer interval between requests",
        _ => return None,
    })
}
