//! The signature of the scheme that the vendor calls C2 (`auth-v2`, HMAC-SHA256), which its call
//! list wants. Chat history does not use it.

use std::fmt;

use chat_core::http::header::{AUTHORIZATION, HeaderValue};
use chat_core::{Authorize, Secret, UnixMillis, UtcOffset, http};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use sha2::Sha256;

use crate::auth::check_word;
use crate::error::Error;

/// What is left as it is; every other byte becomes `%XX`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The key pair of the call list.
///
/// `Debug` shows neither key.
#[derive(Clone)]
pub struct AccessKey {
    access_key: Secret,
    secret_key: Secret,
}

impl AccessKey {
    /// The access key (AK) and the secret key (SK), issued by the vendor's operations staff.
    pub fn new(access_key: impl Into<Secret>, secret_key: impl Into<Secret>) -> Self {
        Self { access_key: access_key.into(), secret_key: secret_key.into() }
    }

    #[cfg_attr(not(feature = "client"), expect(dead_code, reason = "the client checks"))]
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_word("access key", self.access_key.expose())?;
        check_word("secret key", self.secret_key.expose())?;
        if self.access_key.expose().contains('/') {
            return Err(Error::invalid("the access key holds a slash"));
        }
        Ok(())
    }

    /// What must not be shown.
    #[cfg(feature = "client")]
    pub(crate) fn secrets(&self) -> [&str; 2] {
        [self.access_key.expose(), self.secret_key.expose()]
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").finish_non_exhaustive()
    }
}

/// How a signature writes its time. The vendor's documents show both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimestampForm {
    /// As `2024-10-31T14:06:52Z`, which the vendor's own code writes.
    #[default]
    Seconds,
    /// As `2024-10-31T14:06:52.123Z`.
    Milliseconds,
}

impl TimestampForm {
    /// The instant in this form.
    pub fn write(self, instant: UnixMillis) -> String {
        let text = instant.to_rfc3339(UtcOffset::UTC);
        match (self, text.split_once('.')) {
            (Self::Seconds, Some((seconds, _))) => format!("{seconds}Z"),
            _ => text,
        }
    }
}

/// What a signature covers.
///
/// ```
/// use bes_ccmessaging::SignedRequest;
///
/// let body = br#"{"request":{"version":"2.0"},"msgBody":{"dataType":"call"}}"#;
/// let request = SignedRequest::new("POST", "/CCFS/resource/ccfs/queryBillData")
///     .with_header("Host", "cc.example.test:28443")
///     .with_body(body);
/// let signature = request.sign("TESTAK", "TESTSK", "2024-10-31T14:06:52Z");
/// assert_eq!(signature, "f5f4fe6e86c26be38e548553fc3781bbf3e202bd49d569508cdee046e91f96b3");
/// ```
#[derive(Clone)]
pub struct SignedRequest<'a> {
    method: &'a str,
    path: &'a str,
    query: Vec<(&'a str, &'a str)>,
    headers: Vec<(&'a str, &'a str)>,
    body: &'a [u8],
}

impl<'a> SignedRequest<'a> {
    /// A request by its method in capitals, and its path as it travels.
    pub const fn new(method: &'a str, path: &'a str) -> Self {
        Self { method, path, query: Vec::new(), headers: Vec::new(), body: &[] }
    }

    /// With a parameter of the query, not encoded.
    #[must_use]
    pub fn with_parameter(mut self, name: &'a str, value: &'a str) -> Self {
        self.query.push((name, value));
        self
    }

    /// With a header to be signed, exactly as it travels. `Host` must be among them.
    #[must_use]
    pub fn with_header(mut self, name: &'a str, value: &'a str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With a body, byte for byte as it travels.
    #[must_use]
    pub const fn with_body(mut self, body: &'a [u8]) -> Self {
        self.body = body;
        self
    }

    /// The value of the header `Authorization`.
    pub fn authorization(&self, access_key: &str, secret_key: &str, timestamp: &str) -> String {
        let prefix = self.prefix(access_key, timestamp);
        let signature = self.sign(access_key, secret_key, timestamp);
        format!("{prefix}/{signature}")
    }

    /// The signature: 64 hexadecimal digits in lower case.
    pub fn sign(&self, access_key: &str, secret_key: &str, timestamp: &str) -> String {
        let signing_key = mac(secret_key, &self.prefix(access_key, timestamp));
        // the key is the text of the first digest, not its bytes
        mac(&signing_key, &self.canonical())
    }

    /// The names of the signed headers: in lower case, sorted.
    fn signed_headers(&self) -> String {
        let mut names: Vec<String> =
            self.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort_unstable();
        names.join(";")
    }

    fn prefix(&self, access_key: &str, timestamp: &str) -> String {
        format!("auth-v2/{access_key}/{timestamp}/{}", self.signed_headers())
    }

    /// The request in one fixed form. A request without a query has no line for it.
    fn canonical(&self) -> String {
        let mut lines = vec![self.method.to_owned(), self.path.to_owned()];
        if !self.query.is_empty() {
            let mut pairs: Vec<String> = self
                .query
                .iter()
                .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
                .collect();
            pairs.sort_unstable();
            lines.push(pairs.join("&"));
        }
        lines.push(self.signed_headers());
        let mut headers: Vec<String> = self
            .headers
            .iter()
            .map(|(name, value)| {
                format!("{}:{}", encoded(&name.to_ascii_lowercase()), encoded(value.trim()))
            })
            .collect();
        headers.sort_unstable();
        lines.append(&mut headers);
        lines.push(percent_encode(self.body, ENCODED).to_string());
        lines.join("\n")
    }
}

impl fmt::Debug for SignedRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

fn encoded(text: &str) -> String {
    percent_encode(text.as_bytes(), ENCODED).to_string()
}

fn mac(key: &str, message: &str) -> String {
    // a key of any length is a good key: longer ones are hashed, shorter ones padded
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    mac.update(message.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// Signs requests for the call list, each attempt with its own time.
#[derive(Debug, Clone)]
pub struct CallsSigner {
    key: AccessKey,
    form: TimestampForm,
}

impl CallsSigner {
    /// Signs with these keys, and writes times in this form.
    pub const fn new(key: AccessKey, form: TimestampForm) -> Self {
        Self { key, form }
    }

    #[cfg(feature = "client")]
    pub(crate) const fn key(&self) -> &AccessKey {
        &self.key
    }
}

impl Authorize<Error> for CallsSigner {
    async fn authorize(
        &self,
        request: &mut http::Request<Vec<u8>>,
        now: UnixMillis,
    ) -> Result<(), Error> {
        // what an HTTP client puts into `Host`: with the port where the URL names one
        let host = request.uri().authority().map(http::uri::Authority::as_str);
        let host = host.ok_or_else(|| Error::invalid("the base URL has no host"))?;
        let signed = SignedRequest::new(request.method().as_str(), request.uri().path())
            .with_header("host", host)
            .with_body(request.body());
        let AccessKey { access_key, secret_key } = &self.key;
        let timestamp = self.form.write(now);
        let value = signed.authorization(access_key.expose(), secret_key.expose(), &timestamp);
        let mut value = HeaderValue::from_str(&value).map_err(|_| {
            Error::invalid("the access key holds characters that no header carries")
        })?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
        Ok(())
    }
}
