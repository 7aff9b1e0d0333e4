//! Serde helpers for untidy JSON. Each is used as `#[serde(default, deserialize_with = "…")]`.
//!
//! Vendors send ids as numbers or text, numbers as text, and `null` where the page says
//! "required". These helpers take what carries the meaning and refuse what does not (an object
//! where a word is due), so that a record that is really broken is still noticed.

mod scalar;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, SeqAccess, Unexpected, Visitor};

pub use scalar::{Scalar, scalar};

struct Text;

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a number")
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<String, E> {
        Ok(v.to_owned())
    }

    fn visit_string<E: Error>(self, v: String) -> Result<String, E> {
        Ok(v)
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<String, E> {
        Ok(v.to_string())
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<String, E> {
        Ok(v.to_string())
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<String, E> {
        Ok(v.to_string())
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<String, E> {
        Ok(v.to_string())
    }
}

/// Text, or a number or boolean as its text.
///
/// # Errors
///
/// When the value is `null`, an array or an object.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    deserializer.deserialize_any(Text)
}

struct Optional<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Optional<V> {
    type Value = Option<V::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)?;
        f.write_str(" or null")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Self::Value, E> {
        self.0.visit_str(v).map(Some)
    }

    fn visit_string<E: Error>(self, v: String) -> Result<Self::Value, E> {
        self.0.visit_string(v).map(Some)
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Self::Value, E> {
        self.0.visit_i64(v).map(Some)
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Self::Value, E> {
        self.0.visit_u64(v).map(Some)
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Self::Value, E> {
        self.0.visit_f64(v).map(Some)
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<Self::Value, E> {
        self.0.visit_bool(v).map(Some)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        self.0.visit_seq(seq).map(Some)
    }
}

/// Like [`text`]; `null` is `None`. An empty text stays an empty text.
///
/// # Errors
///
/// When the value is an array or an object.
pub fn opt_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(Optional(Text))
}

/// Like [`opt_text`], and an empty text is `None` too.
///
/// # Errors
///
/// When the value is an array or an object.
pub fn filled_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(opt_text(deserializer)?.filter(|text| !text.is_empty()))
}

struct Integer;

impl Visitor<'_> for Integer {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, or one as text")
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<i64, E> {
        Ok(v)
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<i64, E> {
        i64::try_from(v).map_err(|_| E::invalid_value(Unexpected::Unsigned(v), &self))
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<i64, E> {
        // `{v:.0}` is exact for every whole f64, and saves a lossy cast
        if v.fract() == 0.0
            && let Ok(whole) = format!("{v:.0}").parse()
        {
            return Ok(whole);
        }
        Err(E::invalid_value(Unexpected::Float(v), &self))
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<i64, E> {
        v.trim().parse().map_err(|_| E::invalid_value(Unexpected::Str(v), &self))
    }
}

/// A whole number, or one written as text.
///
/// # Errors
///
/// When the value is anything else, or does not fit 64 bits.
pub fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    deserializer.deserialize_any(Integer)
}

struct OptInteger;

impl Visitor<'_> for OptInteger {
    type Value = Option<i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, one as text, nothing or null")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<i64>, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Option<i64>, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Option<i64>, E> {
        Ok(Some(v))
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Option<i64>, E> {
        Integer.visit_u64(v).map(Some)
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Option<i64>, E> {
        Integer.visit_f64(v).map(Some)
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Option<i64>, E> {
        let v = v.trim();
        if v.is_empty() { Ok(None) } else { Integer.visit_str(v).map(Some) }
    }
}

/// Like [`integer`]; `null` and empty text are `None`.
///
/// # Errors
///
/// When the value is neither a whole number, nor one as text, nor empty.
pub fn opt_integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    deserializer.deserialize_any(OptInteger)
}

/// A number of an open enum, as [`opt_integer`] reads it.
///
/// # Errors
///
/// When the value is neither a whole number, nor one as text, nor empty.
pub fn number<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: From<i64>,
{
    Ok(opt_integer(deserializer)?.map(T::from))
}

struct Word<T>(PhantomData<T>);

impl<T: for<'a> From<&'a str>> Visitor<'_> for Word<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number or null")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Option<T>, E> {
        Ok((!v.is_empty()).then(|| T::from(v)))
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Option<T>, E> {
        self.visit_string(v.to_string())
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Option<T>, E> {
        self.visit_string(v.to_string())
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Option<T>, E> {
        self.visit_string(v.to_string())
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<Option<T>, E> {
        self.visit_string(v.to_string())
    }
}

/// A word of an open enum, as [`filled_text`] reads it.
///
/// # Errors
///
/// When the value is an array or an object.
pub fn word<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: for<'a> From<&'a str>,
{
    deserializer.deserialize_any(Word(PhantomData))
}

struct TextList;

impl<'de> Visitor<'de> for TextList {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts, or one text")
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Self::Value, E> {
        Ok(vec![v.to_owned()])
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Self::Value, E> {
        Ok(vec![v.to_string()])
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Self::Value, E> {
        Ok(vec![v.to_string()])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(LooseText(text)) = seq.next_element()? {
            list.extend(text);
        }
        Ok(list)
    }
}

struct LooseText(Option<String>);

impl<'de> serde::Deserialize<'de> for LooseText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        opt_text(deserializer).map(Self)
    }
}

/// A list of texts, or one text as a list of one; `null` is the empty list.
///
/// # Errors
///
/// When the value is an object, or an element is an array or an object.
pub fn text_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(deserializer.deserialize_any(Optional(TextList))?.unwrap_or_default())
}

/// `null` reads as the type's default.
///
/// # Errors
///
/// When the value is neither `null` nor readable as `T`.
pub fn null_as_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + serde::Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(<Option<T> as serde::Deserialize>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Row {
        #[serde(deserialize_with = "super::opt_text")]
        id: Option<String>,
        #[serde(deserialize_with = "super::filled_text")]
        name: Option<String>,
        #[serde(deserialize_with = "super::opt_integer")]
        size: Option<i64>,
        #[serde(deserialize_with = "super::text_list")]
        links: Vec<String>,
        #[serde(deserialize_with = "super::null_as_default")]
        flags: Vec<bool>,
    }

    fn row(json: &str) -> Row {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn present_values_keep_their_meaning() {
        let read = row(
            r#"{"id": 1184532473820278785, "name": "a", "size": "12", "links": "x", "flags": [true]}"#,
        );
        assert_eq!(read.id.as_deref(), Some("1184532473820278785"));
        assert_eq!(read.name.as_deref(), Some("a"));
        assert_eq!(read.size, Some(12));
        assert_eq!(read.links, ["x"]);
        assert_eq!(read.flags, [true]);
        assert_eq!(row(r#"{"links": ["x", 2, null], "size": 3.0}"#).links, ["x", "2"]);
    }

    #[test]
    fn absent_and_null_are_none() {
        assert_eq!(row("{}"), Row::default());
        assert_eq!(
            row(r#"{"id":null,"name":null,"size":null,"links":null,"flags":null}"#),
            Row::default()
        );
    }

    #[test]
    fn empty_text_is_none_only_where_it_says_so() {
        let read = row(r#"{"id": "", "name": "", "size": ""}"#);
        assert_eq!(read.id.as_deref(), Some(""));
        assert_eq!(read.name, None);
        assert_eq!(read.size, None);
    }

    #[test]
    fn structures_where_words_are_due_are_refused() {
        for json in [r#"{"id": {}}"#, r#"{"name": []}"#, r#"{"size": 1.5}"#, r#"{"links": {}}"#] {
            assert!(serde_json::from_str::<Row>(json).is_err(), "{json}");
        }
    }
}
