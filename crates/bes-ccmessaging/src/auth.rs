//! Credentials of the scheme that the vendor calls C1, and the headers that carry them.

use std::fmt;

use chat_core::Secret;
use chat_core::http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use crate::error::Error;

/// Carries a user's token; answers bring fresh ones under the same name.
#[cfg(feature = "client")]
pub(crate) const MESSAGING_TOKEN: HeaderName = HeaderName::from_static("ccmessaging-token");
const APP_KEY: HeaderName = HeaderName::from_static("x-app-key");

/// What proves who is calling, and the channel that it is for.
///
/// `Debug` shows the channel only.
#[derive(Clone)]
pub struct Credentials {
    app_key: Secret,
    app_secret: Secret,
    channel_id: String,
    channel: String,
}

impl Credentials {
    /// `app_key` and `app_secret` are issued by the vendor's operations staff. `channel_id` is the
    /// configuration id that the vendor's console shows for the channel, `channel` the type of its
    /// messages as the vendor writes it, such as `WEB`.
    pub fn new(
        app_key: impl Into<Secret>,
        app_secret: impl Into<Secret>,
        channel_id: impl Into<String>,
        channel: impl Into<String>,
    ) -> Self {
        Self {
            app_key: app_key.into(),
            app_secret: app_secret.into(),
            channel_id: channel_id.into(),
            channel: channel.into(),
        }
    }

    /// The configuration id of the channel (`channelId`).
    pub fn channel_id(&self) -> &str {
        &self.channel_id
    }

    /// The type of the channel's messages (`channel`).
    pub fn channel(&self) -> &str {
        &self.channel
    }

    pub(crate) const fn app_key(&self) -> &Secret {
        &self.app_key
    }

    pub(crate) const fn app_secret(&self) -> &Secret {
        &self.app_secret
    }

    /// Enough of a digest of the app key to tell one account from another, and no way back.
    #[cfg_attr(not(feature = "client"), expect(dead_code, reason = "the source uses it"))]
    pub(crate) fn app_key_digest(&self) -> String {
        let digest = Sha256::digest(self.app_key.expose());
        hex::encode(digest.get(..6).unwrap_or(&digest))
    }

    /// Finds what would only show as a refusal: a key that is empty, or that kept the line end of
    /// the file it was read from.
    #[cfg_attr(not(feature = "client"), expect(dead_code, reason = "the client checks"))]
    pub(crate) fn check(&self) -> Result<(), Error> {
        let named = [
            ("app key", self.app_key.expose()),
            ("app secret", self.app_secret.expose()),
            ("channel id", &self.channel_id),
            ("channel", &self.channel),
        ];
        for (name, value) in named {
            check_word(name, value)?;
        }
        header_value("app key", self.app_key.expose()).map(drop)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("channel_id", &self.channel_id)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// Puts the app key and the access token on a request.
#[cfg_attr(not(feature = "client"), expect(dead_code, reason = "the client sends"))]
pub(crate) fn put_bearer(
    headers: &mut HeaderMap,
    credentials: &Credentials,
    access_token: &Secret,
) -> Result<(), Error> {
    let bearer = format!("Bearer {}", access_token.expose());
    headers.insert(APP_KEY, header_value("app key", credentials.app_key.expose())?);
    headers.insert(AUTHORIZATION, header_value("access token", &bearer)?);
    Ok(())
}

/// A value for a header, marked as one that is not printed.
pub(crate) fn header_value(name: &str, text: &str) -> Result<HeaderValue, Error> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let value = HeaderValue::from_str(text).ok().filter(|_| plain && !text.is_empty());
    let mut value = value.ok_or_else(|| {
        Error::invalid(format!("the {name} holds characters that no header carries"))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Refuses a setting that is empty or holds white space.
pub(crate) fn check_word(name: &str, value: &str) -> Result<(), Error> {
    if value.is_empty() {
        return Err(Error::invalid(format!("the {name} is empty")));
    }
    if value.contains(char::is_whitespace) {
        return Err(Error::invalid(format!("the {name} holds white space or a line end")));
    }
    Ok(())
}
