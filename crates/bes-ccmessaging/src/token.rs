//! The two calls that turn credentials into tokens, after the vendor's pages on authentication
//! (scheme C1) and "applyToken".

use std::fmt;

use chat_core::http::header::{HeaderName, HeaderValue};
use chat_core::{DecodeError, Endpoint, Loose, Secret, UnixMillis, Url, http, read_envelope};
use serde::{Deserialize, Serialize};

use crate::auth::{Credentials, header_value};
use crate::error::Error;
use crate::user::User;
use crate::wire::{Failure, Outcome, believed, post};

/// A call `POST /apigovernance/api/oauth/tokenByAkSk`: the first token of two, for the app.
///
/// `Debug` shows no key.
#[derive(Debug, Clone)]
pub struct AccessTokenRequest<'a> {
    credentials: &'a Credentials,
    lifetime_s: u32,
}

impl<'a> AccessTokenRequest<'a> {
    /// The lifetime of the vendor's own example, in seconds.
    pub const DEFAULT_LIFETIME_S: u32 = 600;
    /// The longest lifetime that the vendor documents, in seconds.
    pub const MAX_LIFETIME_S: u32 = 3600;

    /// A token for an app, for as long as the vendor's own example asks for.
    pub const fn new(credentials: &'a Credentials) -> Self {
        Self { credentials, lifetime_s: Self::DEFAULT_LIFETIME_S }
    }

    /// With another lifetime (`X-Token-Expire`), 1 to 3600 seconds.
    #[must_use]
    pub const fn with_lifetime_s(mut self, lifetime_s: u32) -> Self {
        self.lifetime_s = lifetime_s;
        self
    }
}

/// The first token, and how long it lives.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AccessToken {
    /// The token (`AccessToken`).
    pub value: Secret,
    /// How long it lives from its issue on, in seconds (`Expires`).
    pub lifetime_s: Option<u64>,
    /// When it was issued, by the server's clock (`CreateTime`).
    pub issued_at: Option<UnixMillis>,
}

impl Endpoint for AccessTokenRequest<'_> {
    type Output = AccessToken;
    type Error = Error;
    const NAME: &'static str = "oauth/tokenByAkSk";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            app_key: &'a str,
            app_secret: &'a str,
        }
        if !(1..=Self::MAX_LIFETIME_S).contains(&self.lifetime_s) {
            return Err(Error::invalid("the lifetime of a token is not 1 to 3600 seconds"));
        }
        let body = Body {
            app_key: self.credentials.app_key().expose(),
            app_secret: self.credentials.app_secret().expose(),
        };
        let path = ["apigovernance", "api", "oauth", "tokenByAkSk"];
        let mut request = post(base, &path, &body)?;
        let lifetime = HeaderValue::from(self.lifetime_s);
        request.headers_mut().insert(HeaderName::from_static("x-token-expire"), lifetime);
        Ok(request)
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<AccessToken, Error> {
        let (parts, body) = answer.into_parts();
        read_access_token(&body)
            .and_then(|token| believed(&parts, token))
            .map_err(|failure| Error::from_answer(Self::NAME, &parts, &body, failure))
    }
}

fn read_access_token(body: &[u8]) -> Result<AccessToken, Failure> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(default, borrow, rename = "AccessToken")]
        access_token: Loose<'a>,
        #[serde(default, borrow, rename = "CreateTime")]
        create_time: Loose<'a>,
        #[serde(default, borrow, rename = "Expires")]
        expires: Loose<'a>,
        #[serde(default, borrow, rename = "resultCode")]
        result_code: Loose<'a>,
        #[serde(default, borrow, rename = "resultDesc")]
        result_desc: Loose<'a>,
        #[serde(default, borrow, rename = "errorCode")]
        error_code: Loose<'a>,
        #[serde(default, borrow, rename = "exceptionInfo")]
        exception_info: Loose<'a>,
    }
    let answer: Answer<'_> = read_envelope(body).map_err(Failure::Unreadable)?;
    let Some(token) = answer.access_token.text() else {
        let Answer { result_code, result_desc, error_code, exception_info, .. } = answer;
        Outcome { result_code, result_desc, error_code, exception_info }.check("0")?;
        return Err(Failure::Unreadable(DecodeError::new("it has no `AccessToken`")));
    };
    let value = sendable(&token)?;
    let issued_at = answer
        .create_time
        .count()
        .and_then(|seconds| i64::try_from(seconds).ok()?.checked_mul(1000).map(UnixMillis::new));
    Ok(AccessToken { value, lifetime_s: answer.expires.count(), issued_at })
}

/// A call `POST /apiaccess/ccmessaging/applyToken`: the second token, for one user of a channel.
///
/// It carries the access token. `Debug` shows no user.
#[derive(Clone)]
pub struct MessagingTokenRequest<'a> {
    channel_id: &'a str,
    user: &'a User,
    locale: &'a str,
}

impl<'a> MessagingTokenRequest<'a> {
    /// A token for a user of a channel; `locale` is a language with or without a country, as `zh`
    /// or `en_US`.
    pub const fn new(channel_id: &'a str, user: &'a User, locale: &'a str) -> Self {
        Self { channel_id, user, locale }
    }
}

impl fmt::Debug for MessagingTokenRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessagingTokenRequest")
            .field("channel_id", &self.channel_id)
            .field("locale", &self.locale)
            .finish_non_exhaustive()
    }
}

impl Endpoint for MessagingTokenRequest<'_> {
    type Output = Secret;
    type Error = Error;
    const NAME: &'static str = "ccmessaging/applyToken";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            user_id: &'a str,
            user_name: &'a str,
            channel_id: &'a str,
            locale: &'a str,
        }
        self.user.check()?;
        let body = Body {
            user_id: self.user.id(),
            user_name: self.user.name(),
            channel_id: self.channel_id,
            locale: self.locale,
        };
        post(base, &["apiaccess", "ccmessaging", "applyToken"], &body)
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<Secret, Error> {
        let (parts, body) = answer.into_parts();
        read_messaging_token(&body)
            .and_then(|token| believed(&parts, token))
            .map_err(|failure| Error::from_answer(Self::NAME, &parts, &body, failure))
    }
}

/// The vendor's pages show an object with `token`, an object whose token holds quotation marks of
/// its own, and a bare text, once inside braces.
fn read_messaging_token(body: &[u8]) -> Result<Secret, Failure> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(default, borrow)]
        token: Loose<'a>,
        #[serde(default, borrow, rename = "resultCode")]
        result_code: Loose<'a>,
        #[serde(default, borrow, rename = "resultDesc")]
        result_desc: Loose<'a>,
        #[serde(default, borrow, rename = "errorCode")]
        error_code: Loose<'a>,
        #[serde(default, borrow, rename = "exceptionInfo")]
        exception_info: Loose<'a>,
    }
    let bare = body.trim_ascii();
    let unbraced = bare.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
    for bare in [Some(bare), unbraced].into_iter().flatten() {
        if let Ok(token) = serde_json::from_slice::<String>(bare) {
            return sendable(&token);
        }
    }
    let answer: Answer<'_> = read_envelope(body).map_err(Failure::Unreadable)?;
    let Answer { token, result_code, result_desc, error_code, exception_info } = answer;
    let token = token.text();
    if token.is_none() || result_code.json().is_some() {
        Outcome { result_code, result_desc, error_code, exception_info }.check("0")?;
    }
    match token {
        Some(token) => sendable(&token),
        None => Err(Failure::Unreadable(DecodeError::new("it has no `token`"))),
    }
}

/// A token as it is sent: as it came, but for one pair of quotation marks around it.
pub(crate) fn sendable(token: &str) -> Result<Secret, Failure> {
    let inner = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let token = inner.unwrap_or(token);
    match header_value("token", token) {
        Ok(_) if !token.contains(' ') => Ok(Secret::new(token)),
        _ => Err(Failure::Unreadable(DecodeError::new("the token is one that no header carries"))),
    }
}
