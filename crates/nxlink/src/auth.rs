//! Credentials and the signature, after "API Interface Invocation Convention" (calling
//! convention) of the vendor's wiki.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};

use chat_core::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use chat_core::{Authorize, Secret, UnixMillis, Url, http};
use md5::Md5;
use sha2::{Digest, Sha256};

use crate::error::{ApiCode, Error};

/// WhatsApp, in the header `bizType`.
const BIZ_TYPE: &str = "2";
/// The fixed value of the header `action`, for reading too.
const ACTION: &str = "mt";

/// What proves who is calling: the key pair of AI Hub, and the tenant and application it is for.
///
/// `Debug` shows the tenant only.
#[derive(Clone)]
pub struct Credentials {
    tenant_id: i64,
    appkey: Secret,
    access_key: Secret,
    access_secret: Secret,
}

impl Credentials {
    /// `tenant_id` is the team id of the console, `appkey` the key of the application;
    /// `access_key` and `access_secret` are the pair shown under AI Hub. All of them belong to one
    /// region, that is, to one base URL.
    pub fn new(
        tenant_id: i64,
        appkey: impl Into<Secret>,
        access_key: impl Into<Secret>,
        access_secret: impl Into<Secret>,
    ) -> Self {
        Self {
            tenant_id,
            appkey: appkey.into(),
            access_key: access_key.into(),
            access_secret: access_secret.into(),
        }
    }

    /// The tenant (`tenant_id`).
    pub const fn tenant_id(&self) -> i64 {
        self.tenant_id
    }

    /// Finds what would only show as a wrong signature: a key that is empty, or that kept the line
    /// end of the file it was read from.
    #[cfg_attr(not(feature = "client"), expect(dead_code, reason = "the client checks"))]
    pub(crate) fn check(&self) -> Result<(), Error> {
        let named = [
            ("appkey", &self.appkey),
            ("access key", &self.access_key),
            ("access secret", &self.access_secret),
        ];
        for (name, secret) in named {
            let value = secret.expose();
            if value.is_empty() {
                return Err(Error::invalid(format!("the {name} is empty")));
            }
            if value.contains(char::is_whitespace) {
                return Err(Error::invalid(format!("the {name} holds white space or a line end")));
            }
        }
        header_value(self.access_key.expose()).map(drop)
    }

    /// Blots out the keys.
    #[cfg(feature = "client")]
    pub(crate) fn blots(&self) -> chat_core::Blots {
        let secrets = [&self.appkey, &self.access_key, &self.access_secret];
        chat_core::Blots::new(secrets.map(Secret::expose))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("tenant_id", &self.tenant_id).finish_non_exhaustive()
    }
}

/// The digest of a signature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// MD5, which the vendor takes when no `algorithm` header is sent.
    #[default]
    Md5,
    /// SHA-256, asked for with `algorithm: sha256`. The vendor documents it for its platform, not
    /// for chat records.
    Sha256,
}

impl SignatureAlgorithm {
    /// The value of the header `algorithm`: `md5` or `sha256`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha256 => "sha256",
        }
    }
}

/// What a signature covers: four headers and the body, never the query.
///
/// ```
/// use nxlink::{SignatureAlgorithm, SignedParts};
///
/// // the vendor's own example
/// let body = r#"{"name":"牛小信","id":10001}"#;
/// let parts = SignedParts::new("fme2na3kdi3ki", "1655710885431", "1", "send", body.as_bytes());
/// let sign = parts.sign(SignatureAlgorithm::Md5, "abciiiko2k3");
/// assert_eq!(sign, "87c3560d3331ae23f1021e2025722354");
/// ```
#[derive(Clone, Copy)]
pub struct SignedParts<'a> {
    access_key: &'a str,
    ts: &'a str,
    biz_type: &'a str,
    action: &'a str,
    body: &'a [u8],
}

impl<'a> SignedParts<'a> {
    /// The headers `accessKey`, `ts` (Unix milliseconds), `bizType` and `action`, and the body
    /// exactly as it travels; empty if there is none.
    pub const fn new(
        access_key: &'a str,
        ts: &'a str,
        biz_type: &'a str,
        action: &'a str,
        body: &'a [u8],
    ) -> Self {
        Self { access_key, ts, biz_type, action, body }
    }

    /// The signature in lower-case hexadecimal digits: 32 for MD5, 64 for SHA-256.
    pub fn sign(&self, algorithm: SignatureAlgorithm, access_secret: &str) -> String {
        hex::encode(self.digest(algorithm, access_secret))
    }

    /// The signature as bytes.
    pub(crate) fn digest(&self, algorithm: SignatureAlgorithm, access_secret: &str) -> Vec<u8> {
        match algorithm {
            SignatureAlgorithm::Md5 => self.hash::<Md5>(access_secret),
            SignatureAlgorithm::Sha256 => self.hash::<Sha256>(access_secret),
        }
    }

    /// A plain hash with the secret at its end, not an HMAC: that is the vendor's scheme.
    fn hash<D: Digest>(&self, access_secret: &str) -> Vec<u8> {
        let mut hash = D::new();
        let headers = [
            ("accessKey=", self.access_key),
            ("&action=", self.action),
            ("&bizType=", self.biz_type),
            ("&ts=", self.ts),
        ];
        for (name, value) in headers {
            hash.update(name);
            hash.update(value);
        }
        if !self.body.is_empty() {
            hash.update("&body=");
            hash.update(self.body);
        }
        hash.update("&accessSecret=");
        hash.update(access_secret);
        hash.finalize().to_vec()
    }
}

impl fmt::Debug for SignedParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedParts")
            .field("ts", &self.ts)
            .field("biz_type", &self.biz_type)
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

/// Puts credentials on requests: the tenant and the application into the query, the signature
/// into the headers, with the time of the attempt.
///
/// When the vendor finds that time wrong and says what time it is, the difference is remembered
/// and used from then on.
pub struct Signer {
    credentials: Credentials,
    algorithm: SignatureAlgorithm,
    clock_offset_ms: AtomicI64,
}

impl Signer {
    /// Signs with these credentials.
    pub const fn new(credentials: Credentials, algorithm: SignatureAlgorithm) -> Self {
        Self { credentials, algorithm, clock_offset_ms: AtomicI64::new(0) }
    }

    /// How far the server's clock is ahead of the local one as far as it was learned, in
    /// milliseconds.
    pub fn clock_offset_ms(&self) -> i64 {
        self.clock_offset_ms.load(Ordering::Relaxed)
    }

    #[cfg(feature = "client")]
    pub(crate) const fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    fn sign(&self, request: &mut http::Request<Vec<u8>>, now: UnixMillis) -> Result<(), Error> {
        let ts = now.plus_ms(self.clock_offset_ms()).get().to_string();
        let access_key = self.credentials.access_key.expose();
        let parts = SignedParts::new(access_key, &ts, BIZ_TYPE, ACTION, request.body());
        let sign = parts.sign(self.algorithm, self.credentials.access_secret.expose());
        let access_key = header_value(access_key)?;
        let (ts, sign) = (header_value(&ts)?, header_value(&sign)?);

        *request.uri_mut() = self.with_tenant(request.uri())?;
        let headers = request.headers_mut();
        // asked for on the body-less GET too; its absence is answered as a wrong signature
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(HeaderName::from_static("accesskey"), sensitive(access_key));
        headers.insert(HeaderName::from_static("ts"), ts);
        headers.insert(HeaderName::from_static("biztype"), HeaderValue::from_static(BIZ_TYPE));
        headers.insert(HeaderName::from_static("action"), HeaderValue::from_static(ACTION));
        headers.insert(HeaderName::from_static("sign"), sensitive(sign));
        if self.algorithm != SignatureAlgorithm::Md5 {
            let name = HeaderName::from_static("algorithm");
            headers.insert(name, HeaderValue::from_static(self.algorithm.as_str()));
        }
        Ok(())
    }

    fn with_tenant(&self, uri: &http::Uri) -> Result<http::Uri, Error> {
        let not_a_url = || Error::invalid("the request's address is not a URL");
        let mut url = Url::parse(&uri.to_string()).map_err(|_| not_a_url())?;
        url.query_pairs_mut()
            .append_pair("tenant_id", &self.credentials.tenant_id.to_string())
            .append_pair("appkey", self.credentials.appkey.expose());
        url.as_str().parse().map_err(|_| not_a_url())
    }
}

impl Authorize<Error> for Signer {
    async fn authorize(
        &self,
        request: &mut http::Request<Vec<u8>>,
        now: UnixMillis,
    ) -> Result<(), Error> {
        self.sign(request, now)
    }

    async fn recover(&self, error: &Error, now: UnixMillis) -> bool {
        let Error::Api { code: ApiCode::TimestampExpired, server_time: Some(server_time), .. } =
            error
        else {
            return false;
        };
        let offset_ms = server_time.get().saturating_sub(now.get());
        self.clock_offset_ms.store(offset_ms, Ordering::Relaxed);
        true
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("credentials", &self.credentials)
            .field("algorithm", &self.algorithm)
            .field("clock_offset_ms", &self.clock_offset_ms())
            .finish()
    }
}

fn header_value(text: &str) -> Result<HeaderValue, Error> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    HeaderValue::from_str(text)
        .ok()
        .filter(|_| plain)
        .ok_or_else(|| Error::invalid("the access key holds characters that no header carries"))
}

fn sensitive(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}
