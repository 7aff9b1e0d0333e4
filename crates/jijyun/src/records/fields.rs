//! Looking into JSON whose shape is not documented.

use chat_core::de::{self, Scalar};
use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::Value;

/// A text, or a number as text; an empty text is none.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The first of these members that is a text or a number.
pub(super) fn first_text(value: &Value, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| text_of(value.get(key)?))
}

/// A text that is itself JSON of an object.
pub(crate) fn object_in(text: &str) -> Option<Value> {
    // without the look ahead every text would be parsed
    let value: Value =
        text.trim_start().starts_with('{').then(|| serde_json::from_str(text))?.ok()?;
    value.is_object().then_some(value)
}

/// A text where one is expected; anything else is `None`, for no page promises a type.
pub(crate) fn loose_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Ok(match de::scalar(deserializer)? {
        Scalar::Text(text) => Some(text.into_owned()).filter(|text| !text.is_empty()),
        Scalar::Whole(number) => Some(number.to_string()),
        Scalar::Large(number) => Some(number.to_string()),
        Scalar::Float(number) => Some(Value::from(number).to_string()),
        _ => None,
    })
}

/// A whole number where one is expected, likewise.
pub(super) fn loose_integer<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    Ok(match de::scalar(deserializer)? {
        Scalar::Whole(number) => Some(number),
        Scalar::Text(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// Yes or no, which a vendor that writes numbers as text may write as a number or a text too;
/// anything else is `None`.
pub(crate) fn loose_flag<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    Ok(match de::scalar(deserializer)? {
        Scalar::Bool(value) => Some(value),
        Scalar::Whole(1) => Some(true),
        Scalar::Whole(0) => Some(false),
        Scalar::Text(text) => match &*text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    })
}

/// A number of an open enum, likewise.
pub(super) fn loose_number<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: From<i64>,
{
    Ok(loose_integer(deserializer)?.map(T::from))
}

/// A word of an open enum, likewise.
pub(super) fn loose_word<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: for<'a> From<&'a str>,
{
    Ok(match de::scalar(deserializer)? {
        Scalar::Bool(_) => None,
        word => de::word(word).unwrap_or_default(),
    })
}

/// An object where one is expected; anything else is `None`, unless it is an object of another
/// shape.
pub(crate) fn loose_object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    let value = Value::deserialize(deserializer)?;
    if !value.is_object() {
        return Ok(None);
    }
    serde_json::from_value(value).map(Some).map_err(serde::de::Error::custom)
}
