//! Callbacks: their signature and cipher, which are WeCom's ("callbacks and replies",
//! 加解密方案说明). The platform can call back, but what it then says is not documented: so there are
//! no types for events here, only the way to a message that can be believed.
//!
//! ```
//! use myscrm_qw::webhook::{self, Signed};
//! use myscrm_qw::{DecryptionKeys, chat_core::Secret};
//!
//! fn handle(
//!     signed: &Signed<'_>,
//!     token: &Secret,
//!     keys: &DecryptionKeys,
//! ) -> Result<String, webhook::CallbackError> {
//!     Ok(webhook::open(signed, token, keys)?.into_message())
//! }
//! ```
//!
//! To prove that an address is its own, a receiver answers the `echostr` of a first call with what
//! is in it: the decrypted message, bare.

use std::fmt;

use chat_core::Secret;
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

use crate::crypto::{CipherError, Decrypted, DecryptionKeys};

/// What a callback brings: three parameters of its query, and the cipher text of its body
/// (`Encrypt`) or of its query (`echostr`), all of them decoded. `Debug` shows nothing of it.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "these four are what is signed, and its signature")]
pub struct Signed<'a> {
    /// `msg_signature`.
    pub signature: &'a str,
    /// `timestamp`, in seconds.
    pub timestamp: &'a str,
    /// `nonce`.
    pub nonce: &'a str,
    /// The cipher text.
    pub encrypted: &'a str,
}

impl fmt::Debug for Signed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed").finish_non_exhaustive()
    }
}

/// Why a callback is not to be believed, or cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallbackError {
    /// The signature is not that of this callback with this token.
    #[error("the signature is wrong")]
    BadSignature,
    /// No key opens it.
    #[error("the callback could not be read")]
    Locked(#[from] CipherError),
}

/// The signature of a callback in lower-case hexadecimal digits: SHA-1 over the four texts in their
/// order as bytes.
pub fn sign(token: &Secret, timestamp: &str, nonce: &str, encrypted: &str) -> String {
    hex::encode(digest(token, timestamp, nonce, encrypted))
}

fn digest(token: &Secret, timestamp: &str, nonce: &str, encrypted: &str) -> [u8; 20] {
    let mut parts = [token.expose(), timestamp, nonce, encrypted];
    parts.sort_unstable();
    let mut hash = Sha1::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// Checks the signature of a callback. The comparison takes the same time wherever the signatures
/// differ.
///
/// A signature does not expire: where a repetition would do harm, compare the timestamp with a
/// clock too.
///
/// # Errors
///
/// [`CallbackError::BadSignature`] when it is another one.
pub fn verify(signed: &Signed<'_>, token: &Secret) -> Result<(), CallbackError> {
    let Signed { signature, timestamp, nonce, encrypted } = *signed;
    // hexadecimal digits of either case are the same bytes
    let given = hex::decode(signature).map_err(|_| CallbackError::BadSignature)?;
    let expected = digest(token, timestamp, nonce, encrypted);
    if bool::from(expected.as_slice().ct_eq(&given)) {
        Ok(())
    } else {
        Err(CallbackError::BadSignature)
    }
}

/// Checks the signature of a callback, and then decrypts it.
///
/// # Errors
///
/// When the signature is another one, or no key makes sense of the cipher text.
pub fn open(
    signed: &Signed<'_>,
    token: &Secret,
    keys: &DecryptionKeys,
) -> Result<Decrypted, CallbackError> {
    verify(signed, token)?;
    Ok(keys.decrypt(signed.encrypted)?)
}
