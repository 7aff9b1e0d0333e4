//! What can go wrong, and what to do about it.

use std::borrow::Cow;
use std::time::Duration;

#[cfg(feature = "client")]
use chat_core::Blots;
use chat_core::{
    BodyExcerpt, DecodeError, ErrorKind, MAX_WORDS, Retry, TransportError, UnixMillis, VendorError,
    after_colon, http, is_json, open_int_enum, shortened,
};

/// Why a call failed. Nothing in it prints keys, signatures, chat text or links.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request or the configuration is wrong; nothing was sent.
    #[error("invalid nxlink request: {reason}")]
    #[non_exhaustive]
    InvalidRequest {
        /// What is wrong with it.
        reason: String,
    },
    /// No answer came.
    #[error("nxlink could not be reached")]
    Transport(#[from] TransportError),
    /// An answer with an HTTP status of failure and without the vendor's code.
    #[error("nxlink answered {endpoint} with HTTP status {status}")]
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
    #[error("nxlink refused {endpoint} with code {}{}", .code.value(), after_colon(.message))]
    #[non_exhaustive]
    Api {
        /// Which call.
        endpoint: &'static str,
        /// The HTTP status; the vendor's pages do not say which one comes with a code.
        status: u16,
        /// The vendor's code (`code`).
        code: ApiCode,
        /// The vendor's words (`message`), shortened; empty if there are none.
        message: Box<str>,
        /// The vendor's id of the call (`traceId`), for its support.
        trace_id: Option<Box<str>>,
        /// The wait that the answer asks for.
        retry_after: Option<Duration>,
        /// What the server's clock shows, by the `Date` header.
        server_time: Option<UnixMillis>,
        /// How far the server's clock is ahead of the local one, in milliseconds. Filled in for
        /// [`ApiCode::TimestampExpired`] when the server says what time it is.
        clock_offset_ms: Option<i64>,
    },
    /// An answer of success that could not be read.
    #[error("nxlink's answer to {endpoint} could not be read")]
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
    /// The vendor's codes, as the table of "IDN openapi‐chat‐records" and the page on signing
    /// list them. `0` is success and never an error.
    pub enum ApiCode {
        /// The call failed on the vendor's side.
        Failed = -1,
        /// One of the headers `accessKey`, `ts`, `bizType`, `action`, `sign` is missing.
        MissingHeader = 1001,
        /// `bizType` or `action` is wrong.
        WrongParameter = 1002,
        /// The signature is wrong.
        BadSignature = 1003,
        /// `ts` is more than 60 seconds away from the server's time.
        TimestampExpired = 1004,
        /// The access key is unknown, or the account lacks the permission.
        AccessDenied = 1005,
        /// `tenant_id` is missing.
        MissingTenantId = 21058,
        /// `appkey` is missing.
        MissingAppkey = 21059,
        /// The merchant has no WhatsApp application.
        NoWhatsAppApplication = 22016,
        /// A parameter is wrong; the vendor does not say which one.
        InvalidParameter = 22072,
    }
}

impl ApiCode {
    /// The vendor announces 1000 to 100X for authentication and explains only some of them.
    fn is_authentication(self) -> bool {
        (1000..=1009).contains(&self.value())
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
        let server_time = chat_core::server_time(&answer.headers);
        let retry_after = chat_core::retry_after(&answer.headers);
        match failure {
            Failure::Refused { code, message, trace_id } => Self::Api {
                endpoint,
                status,
                code: ApiCode::from(code),
                message: shortened(message.unwrap_or_default(), MAX_WORDS).into(),
                trace_id: trace_id.map(Into::into),
                retry_after,
                server_time,
                clock_offset_ms: None,
            },
            Failure::Unreadable(source) if answer.status.is_success() => {
                Self::unreadable(endpoint, body, source)
            }
            Failure::Unreadable(_) => {
                Self::Status { endpoint, status, body: BodyExcerpt::new(body), retry_after }
            }
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
        match self {
            Self::Api { message, .. } => *message = blots.out_of(message, MAX_WORDS).into(),
            Self::Status { body, .. } | Self::Decode { body, .. } => blots.out_of_excerpt(body),
            Self::InvalidRequest { .. } | Self::Transport(_) => {}
        }
    }
}

/// Why a body is not a page.
pub(crate) enum Failure {
    /// It says so itself, with a code that is not 0.
    Refused { code: i64, message: Option<String>, trace_id: Option<String> },
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
                ApiCode::Failed => ErrorKind::Server,
                ApiCode::MissingTenantId
                | ApiCode::MissingAppkey
                | ApiCode::NoWhatsAppApplication
                | ApiCode::InvalidParameter => ErrorKind::InvalidRequest,
                code if code.is_authentication() => ErrorKind::Auth,
                _ if *status == 429 => ErrorKind::RateLimited,
                _ => ErrorKind::Server,
            },
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Transport(error) if error.is_retryable() => Retry::After(None),
            Self::Status { status, retry_after, .. } => retry_of_status(*status, *retry_after),
            // a gateway's hiccup passes; JSON of another shape comes again in the same shape
            Self::Decode { is_garbled: true, .. } => Retry::After(None),
            Self::InvalidRequest { .. } | Self::Transport(_) | Self::Decode { .. } => Retry::Never,
            Self::Api { code, status, retry_after, server_time, .. } => match code {
                ApiCode::Failed => Retry::After(*retry_after),
                // with the server's time the client has corrected its own and tried again
                // already; without it a slow way to the server may be the cause
                ApiCode::TimestampExpired if server_time.is_none() => Retry::After(*retry_after),
                ApiCode::Other(_) if !code.is_authentication() => {
                    retry_of_status(*status, *retry_after)
                }
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

    fn trace_id(&self) -> Option<&str> {
        match self {
            Self::Api { trace_id, .. } => trace_id.as_deref(),
            _ => None,
        }
    }

    fn advice(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Api { code: ApiCode::TimestampExpired, clock_offset_ms, .. } => {
                Some(clock_advice(*clock_offset_ms))
            }
            Self::Api { code, .. } => advice_on_code(*code).map(Cow::Borrowed),
            Self::Status { status, .. } => advice_on_status(*status).map(Cow::Borrowed),
            Self::Transport(error) => Some(Cow::Borrowed(error.advice())),
            Self::Decode { is_garbled: true, .. } => Some(Cow::Borrowed(
                "the answer is not JSON: check that the base URL is a gateway of NXLink and not \
                 its console or a proxy's login page",
            )),
            _ => None,
        }
    }

    fn asks_smaller_window(&self) -> bool {
        matches!(self, Self::Api { code: ApiCode::InvalidParameter, .. })
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
        ApiCode::Failed => {
            "the vendor failed: try again later, and give its support the trace id if it stays so"
        }
        ApiCode::MissingHeader => {
            "a header is missing: check that no proxy removes accessKey, ts, bizType, action or sign"
        }
        ApiCode::WrongParameter => {
            "bizType or action was not accepted: check that the base URL is a gateway of NXLink"
        }
        ApiCode::BadSignature => {
            "the signature was not accepted: check the access secret, that no proxy changes the \
             Content-Type, and use the md5 algorithm if sha256 is configured"
        }
        ApiCode::AccessDenied => {
            "check the access key, that the account may use AI Hub, and that the base URL is the \
             gateway of the region that issued the key"
        }
        ApiCode::MissingTenantId => "set tenant_id: the team id that the console shows",
        ApiCode::MissingAppkey => "set appkey: the key of the application that the console shows",
        ApiCode::NoWhatsAppApplication => {
            "the appkey has no WhatsApp application: check the appkey, or bind one in the console"
        }
        ApiCode::InvalidParameter => {
            "a parameter was not accepted: check channel, page size and times, or ask for a \
             shorter span of time"
        }
        ApiCode::TimestampExpired | ApiCode::Other(_) => return None,
    })
}

const fn advice_on_status(status: u16) -> Option<&'static str> {
    Some(match status {
        300..=399 => "the server redirects: set the base URL to where it points",
        401 | 403 => "check the credentials, and that this network may call the gateway",
        404 => "check the base URL: it is the gateway alone, as https://api-hk.nxlink.ai",
        429 => "too many calls: set a longer interval between requests",
        _ => return None,
    })
}

fn clock_advice(offset_ms: Option<i64>) -> Cow<'static, str> {
    let Some(offset_ms) = offset_ms else {
        return "check the local clock: it may be at most 60 seconds off".into();
    };
    match ClockOffset(offset_ms).in_words() {
        Some(words) => format!("{words}: correct it").into(),
        None => "the local clock agrees with the server's: the request took too long to arrive, \
                 so check the network"
            .into(),
    }
}

/// How far the server's clock is ahead of the local one, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClockOffset(pub(crate) i64);

impl ClockOffset {
    /// Below this it is the grain of the `Date` header and the way to the server.
    const NOTICEABLE_MS: u64 = 2000;

    /// The offset as a clause; `None` if the clocks agree.
    pub(crate) fn in_words(self) -> Option<String> {
        let distance_ms = self.0.unsigned_abs();
        if distance_ms <= Self::NOTICEABLE_MS {
            return None;
        }
        let seconds = (distance_ms + 500) / 1000;
        let side = if self.0 > 0 { "behind" } else { "ahead of" };
        Some(format!("the local clock is {seconds} s {side} the server's"))
    }
}
