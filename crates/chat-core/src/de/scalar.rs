//! Values of any type, read without ever losing the place in the JSON.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::Error as NotReadable;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value as it came, to be read by any of the helpers: so that one of another type costs nothing
/// but itself. One that is no value at all, as a text with half a surrogate or a number beyond all
/// numbers, still ends what it is in.
///
/// ```
/// use chat_core::de::{self, Scalar};
/// use serde::Deserialize;
/// use serde::de::Deserializer;
///
/// /// A number, or none: whatever else comes must not cost the record.
/// fn any_integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
///     Ok(de::opt_integer(de::scalar(deserializer)?).unwrap_or_default())
/// }
///
/// #[derive(Deserialize)]
/// struct File {
///     #[serde(deserialize_with = "any_integer")]
///     size: Option<i64>,
/// }
/// let file: File = serde_json::from_str(r#"{"size": {"bytes": 12}}"#)?;
/// assert_eq!(file.size, None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Scalar<'de> {
    /// `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// A whole number beyond the others.
    Large(u64),
    /// Another number.
    Float(f64),
    /// A text.
    Text(Cow<'de, str>),
    /// A list or an object, which was passed over: no helper reads it.
    Structure,
}

/// `Debug` shows the type only, for it may be what somebody wrote.
impl fmt::Debug for Scalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Bool(_) => "Bool",
            Self::Whole(_) | Self::Large(_) | Self::Float(_) => "Number",
            Self::Text(_) => "Text",
            Self::Structure => "Structure",
        })
    }
}

/// Any value, lists and objects passed over.
///
/// # Errors
///
/// When it is no JSON, or JSON for which there is no value: half a surrogate, `1e999`.
pub fn scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Scalar<'de>, D::Error> {
    deserializer.deserialize_any(AnyValue)
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar<'de>, D::Error> {
        scalar(deserializer)
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Bool(v))
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Whole(v))
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Scalar<'de>, E> {
        Ok(i64::try_from(v).map_or(Scalar::Large(v), Scalar::Whole))
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Float(v))
    }

    fn visit_borrowed_str<E: Error>(self, v: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Borrowed(v)))
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Scalar<'de>, E> {
        self.visit_string(v.to_owned())
    }

    fn visit_string<E: Error>(self, v: String) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Owned(v)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Structure)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Structure)
    }
}

impl<'de> Deserializer<'de> for Scalar<'de> {
    type Error = NotReadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotReadable> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Whole(number) => visitor.visit_i64(number),
            Self::Large(number) => visitor.visit_u64(number),
            Self::Float(number) => visitor.visit_f64(number),
            Self::Text(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Self::Text(Cow::Owned(text)) => visitor.visit_string(text),
            Self::Structure => Err(NotReadable::custom("it is a list or an object")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotReadable> {
        if self == Self::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
