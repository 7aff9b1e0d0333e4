//! Values whose type the vendor does not hold to, or does not document.

use std::fmt;

use chat_core::UnixMillis;
use chat_core::de::{self, Scalar};
use serde::de::value::Error as NotReadable;
use serde::de::{Deserializer, Error as _};
use serde::ser::{Error as _, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// JSON as it was sent, for members whose structure is not documented. `Debug` shows the length.
#[derive(Clone, PartialEq, Eq)]
pub struct RawJson(String);

impl RawJson {
    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({} bytes)", self.0.len())
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(|raw| Self(raw.get().to_owned()))
    }
}

/// A time as the vendor sends it: milliseconds since 1970 as a number or as text. Anything else is
/// kept as it came, and is no instant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Timestamp {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Millis(i64),
    /// Something else.
    Other(RawJson),
}

impl Timestamp {
    /// The instant; `0` stands for "never".
    pub const fn instant(&self) -> Option<UnixMillis> {
        match self {
            Self::Millis(ms) => UnixMillis::unless_zero(*ms),
            Self::Other(_) => None,
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Millis(ms) => serializer.serialize_i64(*ms),
            Self::Other(raw) => raw.serialize(serializer),
        }
    }
}

/// A [`Timestamp`]; `null` and empty text are `None`.
pub(crate) fn time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let json = Box::<RawValue>::deserialize(deserializer)?;
    Ok(time_in(json.get()))
}

pub(super) fn time_in(json: &str) -> Option<Timestamp> {
    if let Ok(ms) = json.parse() {
        return Some(Timestamp::Millis(ms));
    }
    match de::opt_integer(&mut serde_json::Deserializer::from_str(json)) {
        Ok(ms) => ms.map(Timestamp::Millis),
        Err(_) => Some(Timestamp::Other(RawJson(json.to_owned()))),
    }
}

/// Text, or a number in exactly the digits that were sent: ids have up to 30 of them, more than
/// any number type holds. `null` and empty text are `None`.
pub(crate) fn exact_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let json = Box::<RawValue>::deserialize(deserializer)?;
    exact_text_in(json.get()).map_err(D::Error::custom)
}

pub(super) fn exact_text_in(json: &str) -> Result<Option<String>, serde_json::Error> {
    let text = match json.as_bytes().first() {
        Some(b'n') => return Ok(None),
        Some(b'"') => match bare(json) {
            Some(text) => text.to_owned(),
            None => serde_json::from_str(json)?,
        },
        Some(b'{' | b'[') => return Err(de_error("text or a number is due")),
        _ => json.to_owned(),
    };
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn de_error(what: &str) -> serde_json::Error {
    <serde_json::Error as serde::de::Error>::custom(what)
}

/// The same, and an object or a list as its JSON.
pub(super) fn any_text_in(json: &str) -> Option<String> {
    exact_text_in(json).unwrap_or_else(|_| Some(json.to_owned()))
}

/// Any JSON as it was sent; `null` is `None`.
pub(super) fn raw_in(json: &str) -> Option<RawJson> {
    (json != "null").then(|| RawJson(json.to_owned()))
}

/// The characters of a JSON text that has no escapes: most need not be parsed again.
fn bare(json: &str) -> Option<&str> {
    json.strip_prefix('"')?.strip_suffix('"').filter(|text| !text.contains('\\'))
}

fn value_in<'de, T>(
    json: &'de str,
    read: impl FnOnce(Scalar<'de>) -> Result<Option<T>, NotReadable>,
) -> Option<T> {
    if json == "null" {
        return None;
    }
    let value = de::scalar(&mut serde_json::Deserializer::from_str(json)).ok()?;
    read(value).ok().flatten()
}

pub(super) fn text_in(json: &str) -> Option<String> {
    match bare(json) {
        Some(text) => Some(text).filter(|text| !text.is_empty()).map(str::to_owned),
        None => value_in(json, de::filled_text),
    }
}

/// A word of an open enum.
pub(super) fn word_in<T: for<'a> From<&'a str>>(json: &str) -> Option<T> {
    match bare(json) {
        Some(word) => Some(word).filter(|word| !word.is_empty()).map(T::from),
        None => value_in(json, de::word),
    }
}

pub(super) fn whole_in(json: &str) -> Option<i64> {
    json.parse().ok().or_else(|| value_in(json, de::opt_integer))
}

pub(super) fn flag_in(json: &str) -> Option<bool> {
    json.parse().ok().or_else(|| value_in(json, flag))
}

/// A truth value, also as `0`, `1`, or as text; `null` and empty text are `None`.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let text = match de::scalar(deserializer)? {
        Scalar::Bool(value) => return Ok(Some(value)),
        other => de::filled_text(other).map_err(D::Error::custom)?,
    };
    let Some(text) = text else { return Ok(None) };
    match text.as_str() {
        "1" => Ok(Some(true)),
        "0" => Ok(Some(false)),
        text => text
            .to_ascii_lowercase()
            .parse()
            .map(Some)
            .map_err(|_| D::Error::custom("a truth value is due")),
    }
}
