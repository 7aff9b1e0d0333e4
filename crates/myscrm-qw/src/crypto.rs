//! The cipher of enterprise WeChat's callbacks, in which the platform hands out raw records: after
//! WeCom's "encryption scheme" (加解密方案说明), which the vendor's pages "raw-chat-record/pull" and
//! "raw-chat-record/get" refer to.
//!
//! AES-256-CBC, its first vector being the beginning of the key, over a frame of 16 random bytes,
//! the length of the message in 4 bytes (the highest first), the message, and the id of the
//! receiver; filled up to a multiple of **32** bytes. Nothing in it proves who made it: a wrong key
//! shows only in a frame that makes no sense.

use std::fmt;

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};
use chat_core::Secret;
use zeroize::Zeroizing;

use crate::error::Error;

/// 43 characters carry 258 bits, and real keys set the two that are left over.
const KEY_ENGINE: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

const KEY_CHARACTERS: usize = 43;
const KEY_BYTES: usize = 32;
const VECTOR_BYTES: usize = 16;
/// Frames are filled up to a multiple of this, which is not the block of the cipher.
const FILL_BYTES: usize = 32;
const RANDOM_BYTES: usize = 16;
const LENGTH_BYTES: usize = 4;

/// An `EncodingAESKey`: the 43 letters and digits that the console shows beside the callback of the
/// chat archive. `Debug` shows nothing of it, and its memory is wiped.
#[derive(Clone)]
pub struct EncodingAesKey(Zeroizing<[u8; KEY_BYTES]>);

impl EncodingAesKey {
    /// Reads a key. White space around it is dropped.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] when it is not 43 letters and digits.
    pub fn new(text: impl Into<Secret>) -> Result<Self, Error> {
        let text = text.into();
        let text = text.expose().trim();
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        if text.len() != KEY_CHARACTERS || !plain {
            return Err(Error::invalid(
                "an encoding AES key has 43 letters and digits, and this one does not",
            ));
        }
        match KEY_ENGINE.decode_slice(text, &mut *key) {
            Ok(KEY_BYTES) => Ok(Self(key)),
            _ => Err(Error::invalid("an encoding AES key does not decode to 32 bytes")),
        }
    }

    /// Decrypts a cipher text in Base64.
    ///
    /// # Errors
    ///
    /// When it is not Base64 of whole blocks, or what comes out makes no sense, which is how a wrong
    /// key shows.
    pub fn decrypt(&self, encrypted: &str) -> Result<Decrypted, CipherError> {
        let frame = self.decrypt_frame(&from_base64(encrypted)?)?;
        Decrypted::read(frame)
    }

    fn decrypt_frame(&self, encrypted: &[u8]) -> Result<Vec<u8>, CipherError> {
        let (key, vector) = self.key_and_vector()?;
        cbc::Decryptor::<Aes256>::new_from_slices(key, vector)
            .map_err(|_| CipherError)?
            .decrypt_padded_vec::<NoPadding>(encrypted)
            .map_err(|_| CipherError)
    }

    /// Encrypts a message as the platform does: for answers to a callback, and for tests.
    ///
    /// `random` must be fresh for each message. The result is Base64.
    ///
    /// # Errors
    ///
    /// When the message is longer than its length can be written.
    pub fn encrypt(
        &self,
        random: [u8; 16],
        message: &[u8],
        receive_id: &str,
    ) -> Result<String, CipherError> {
        let length = u32::try_from(message.len()).map_err(|_| CipherError)?;
        let mut frame = Vec::with_capacity(message.len() + receive_id.len() + 2 * FILL_BYTES);
        frame.extend_from_slice(&random);
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(message);
        frame.extend_from_slice(receive_id.as_bytes());
        let fill = FILL_BYTES - frame.len() % FILL_BYTES;
        frame.resize(frame.len() + fill, u8::try_from(fill).map_err(|_| CipherError)?);
        let (key, vector) = self.key_and_vector()?;
        let encrypted = cbc::Encryptor::<Aes256>::new_from_slices(key, vector)
            .map_err(|_| CipherError)?
            .encrypt_padded_vec::<NoPadding>(&frame);
        Ok(general_purpose::STANDARD.encode(encrypted))
    }

    fn key_and_vector(&self) -> Result<(&[u8], &[u8]), CipherError> {
        Ok((self.0.as_slice(), self.0.get(..VECTOR_BYTES).ok_or(CipherError)?))
    }
}

impl fmt::Debug for EncodingAesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodingAesKey([REDACTED])")
    }
}

/// The keys that may open an answer, tried in order: after a change of keys both are in use for a
/// while.
#[derive(Debug, Clone, Default)]
pub struct DecryptionKeys {
    keys: Vec<EncodingAesKey>,
    receive_id: Option<String>,
}

impl DecryptionKeys {
    /// These keys.
    pub fn new(keys: impl IntoIterator<Item = EncodingAesKey>) -> Self {
        Self { keys: keys.into_iter().collect(), receive_id: None }
    }

    /// Takes only what is for this receiver. In WeCom's own callbacks that is the corp id; what
    /// this platform writes there is not documented, so nothing is expected by default. An empty text
    /// expects that nobody is named, and then opens nothing that is for somebody.
    #[must_use]
    pub fn with_receive_id(mut self, receive_id: impl Into<String>) -> Self {
        self.receive_id = Some(receive_id.into());
        self
    }

    /// True if there is no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Decrypts a cipher text in Base64 with the first key that makes sense of it.
    ///
    /// # Errors
    ///
    /// When none does, or it is for another receiver.
    pub fn decrypt(&self, encrypted: &str) -> Result<Decrypted, CipherError> {
        let encrypted = from_base64(encrypted)?;
        let read = |key: &EncodingAesKey| Decrypted::read(key.decrypt_frame(&encrypted).ok()?).ok();
        let decrypted = self.keys.iter().find_map(read).ok_or(CipherError)?;
        match &self.receive_id {
            Some(expected) if decrypted.receive_id().as_deref() != Some(expected) => {
                Err(CipherError)
            }
            _ => Ok(decrypted),
        }
    }
}

/// An opened frame. `Debug` shows lengths only.
#[derive(Clone, PartialEq, Eq)]
pub struct Decrypted {
    message: String,
    receive_id: Vec<u8>,
}

impl Decrypted {
    fn read(mut frame: Vec<u8>) -> Result<Self, CipherError> {
        let fill = frame.last().copied().map(usize::from).ok_or(CipherError)?;
        if !(1..=FILL_BYTES).contains(&fill) {
            return Err(CipherError);
        }
        let end = frame.len().checked_sub(fill).ok_or(CipherError)?;
        let filling = frame.get(end..).ok_or(CipherError)?;
        if filling.iter().any(|byte| usize::from(*byte) != fill) {
            return Err(CipherError);
        }
        frame.truncate(end);

        let start = RANDOM_BYTES + LENGTH_BYTES;
        let length = frame.get(RANDOM_BYTES..start).ok_or(CipherError)?;
        let length: [u8; LENGTH_BYTES] = length.try_into().map_err(|_| CipherError)?;
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| CipherError)?;
        let end = start.checked_add(length).filter(|end| *end <= frame.len()).ok_or(CipherError)?;
        let receive_id = frame.split_off(end);
        frame.drain(..start);
        let message = String::from_utf8(frame).map_err(|_| CipherError)?;
        Ok(Self { message, receive_id })
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The message itself.
    pub fn into_message(self) -> String {
        self.message
    }

    /// Whom it is for, if that is text; empty where nobody is named.
    pub fn receive_id(&self) -> Option<String> {
        String::from_utf8(self.receive_id.clone()).ok()
    }
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decrypted({} bytes)", self.message.len())
    }
}

/// A message could not be encrypted or decrypted. It does not say where: wrong keys look like
/// damaged frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message could not be encrypted or decrypted")]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to tell")]
pub struct CipherError;

fn from_base64(encrypted: &str) -> Result<Vec<u8>, CipherError> {
    let encrypted = encrypted.trim_ascii();
    if encrypted.is_empty() {
        return Err(CipherError);
    }
    general_purpose::STANDARD.decode(encrypted).map_err(|_| CipherError)
}
