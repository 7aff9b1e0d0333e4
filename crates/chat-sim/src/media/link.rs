//! Links that expire, signed like those of object stores.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::mix::Mix;

/// Why a link opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkFault {
    Expired,
    Tampered,
}

/// Signs links to one media host.
pub(crate) struct Signer {
    base_url: String,
    key: [u8; 8],
}

impl Signer {
    pub(crate) fn new(base_url: String, seed: u64) -> Self {
        Self { base_url, key: Mix::of(&[seed, 0x006d_6564_6961]).next().to_le_bytes() }
    }

    /// A link to `path` (without the leading slash) that is good until `expires`, Unix seconds.
    pub(crate) fn write_link(&self, path: &str, expires: i64, out: &mut String) {
        out.push_str(&self.base_url);
        out.push('/');
        out.push_str(path);
        out.push('?');
        out.push_str(&self.query(path, expires));
    }

    /// Is this the query of a link to `path`, byte for byte, and is it still good?
    pub(crate) fn check(&self, path: &str, query: &str, now_ms: i64) -> Result<(), LinkFault> {
        let expires = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("Expires="))
            .and_then(|text| text.parse().ok());
        let Some(expires) = expires else { return Err(LinkFault::Tampered) };
        if query != self.query(path, expires) {
            return Err(LinkFault::Tampered);
        }
        if now_ms > expires.saturating_mul(1000) { Err(LinkFault::Expired) } else { Ok(()) }
    }

    fn query(&self, path: &str, expires: i64) -> String {
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update(path);
        hash.update(expires.to_le_bytes());
        // percent-encoded base64, so that a client that decodes and encodes the query again breaks the signature
        let signature = STANDARD.encode(&hash.finalize()[..20]);
        let signature = signature.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        format!("Expires={expires}&OSSAccessKeyId=SIMULATED&Signature={signature}")
    }
}
