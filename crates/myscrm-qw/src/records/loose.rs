//! What must not cost a record: bodies that do not count, and numbers beside what people wrote.

use std::collections::BTreeMap;

use chat_core::de::{self, Scalar};
use chat_core::{DecodeError, ReadRecords, UnixMillis};
use serde::Deserialize;
use serde::de::value::Error as NotReadable;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Reads a value; one that cannot be read is as if it were not there.
fn lenient<'de, D, T>(
    deserializer: D,
    read: impl FnOnce(Scalar<'de>) -> Result<T, NotReadable>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default,
{
    Ok(read(de::scalar(deserializer)?).unwrap_or_default())
}

/// Reads JSON, as [`lenient`] does.
fn read_json<T: DeserializeOwned>(json: &str) -> Option<T> {
    // only a value takes keys that come twice
    let again = |_| serde_json::from_str(json).and_then(|value: Value| T::deserialize(value));
    serde_json::from_str(json).or_else(again).ok()
}

/// A body. Whether it counts is known once the record is read: [`set_aside`] finds those that do and
/// could not be read.
pub(super) fn body<'de, D, T>(deserializer: D) -> Result<Option<Box<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let json = Box::<RawValue>::deserialize(deserializer)?;
    // serde reads a list into the fields of a struct, in their order
    let is_object = json.get().starts_with('{');
    Ok(is_object.then(|| read_json(json.get()).map(Box::new)).flatten())
}

/// A list of which each part counts for itself.
pub(super) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let json = Box::<RawValue>::deserialize(deserializer)?;
    let parts: Vec<&RawValue> = serde_json::from_str(json.get()).unwrap_or_default();
    Ok(parts.into_iter().filter_map(|part| read_json(part.get())).collect())
}

pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    lenient(deserializer, de::filled_text)
}

/// A list of texts, or one.
pub(super) fn text_list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    let json = Box::<RawValue>::deserialize(deserializer)?;
    Ok(de::text_list(&mut serde_json::Deserializer::from_str(json.get())).unwrap_or_default())
}

pub(super) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    lenient(deserializer, de::opt_integer)
}

pub(super) fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    lenient(deserializer, super::decimal)
}

pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    lenient(deserializer, super::flag)
}

pub(super) fn instant<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<UnixMillis>, D::Error> {
    lenient(deserializer, super::instant)
}

/// A number of an open enum.
pub(super) fn number<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: From<i64>,
{
    lenient(deserializer, de::number)
}

/// A record whose type tells which body counts.
pub(super) trait Typed {
    /// The keys of the body that counts, if it is not there or could not be read.
    fn lacks(&self) -> &'static [&'static str];
}

/// Counts those among the records of a list as skipped whose own body is there and could not be
/// read: as messages they would quietly have no text. `key` is the path of the list.
pub(super) fn set_aside<R: Typed>(records: &mut ReadRecords<R>, body: &[u8], key: &str) {
    if records.items.iter().all(|record| record.lacks().is_empty()) {
        return;
    }
    records.set_aside(|record, index, span| {
        let spoiled = spoiled_key(body.get(span.clone())?, record.lacks())?;
        let mut error = DecodeError::new("the body of the record's type could not be read");
        error.path = format!("{key}[{index}].{spoiled}");
        Some(error)
    });
}

/// The key of `keys` that holds something.
fn spoiled_key(record: &[u8], keys: &[&str]) -> Option<String> {
    if keys.is_empty() {
        return None;
    }
    let fields: BTreeMap<String, &RawValue> = serde_json::from_slice(record).ok()?;
    let is_filled = |json: &RawValue| !matches!(json.get(), "null" | "\"\"" | "[]" | "false" | "0");
    let filled = |key: &&&str| fields.get(**key).is_some_and(|json| is_filled(json));
    keys.iter().find(filled).map(|key| (*key).to_owned())
}
