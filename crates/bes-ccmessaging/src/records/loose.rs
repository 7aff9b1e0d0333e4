//! Values whose type the vendor does not hold to, or does not document.

use std::fmt;

use chat_core::{UnixMillis, de};
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
    let Some(raw) = Option::<Box<RawValue>>::deserialize(deserializer)? else { return Ok(None) };
    let read = de::opt_integer(&mut serde_json::Deserializer::from_str(raw.get()));
    Ok(match read {
        Ok(ms) => ms.map(Timestamp::Millis),
        Err(_) => Some(Timestamp::Other(RawJson(raw.get().to_owned()))),
    })
}

/// Text, or a number in exactly the digits that were sent: ids have up to 30 of them, more than
/// any number type holds. `null` and empty text are `None`.
pub(crate) fn exact_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let Some(raw) = Option::<Box<RawValue>>::deserialize(deserializer)? else { return Ok(None) };
    let text = match raw.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw.get()).map_err(D::Error::custom)?,
        Some(b'{' | b'[') => return Err(D::Error::custom("text or a number is due")),
        _ => raw.get().to_owned(),
    };
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// The same, and an object or a list as its JSON.
pub(crate) fn any_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let Some(RawJson(json)) = raw(deserializer)? else { return Ok(None) };
    let text = exact_text(&mut serde_json::Deserializer::from_str(&json));
    Ok(text.unwrap_or(Some(json)))
}

/// A word of an open enum; `null` and empty text are `None`.
pub(crate) fn word<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: for<'a> From<&'a str>,
{
    Ok(de::filled_text(deserializer)?.map(|word| T::from(word.as_str())))
}

/// A truth value, also as `0`, `1`, or as text; `null` and empty text are `None`.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let Some(text) = de::filled_text(deserializer)? else { return Ok(None) };
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

/// Any JSON as it was sent; `null` is `None`.
pub(crate) fn raw<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RawJson>, D::Error> {
    Option::<RawJson>::deserialize(deserializer)
}
