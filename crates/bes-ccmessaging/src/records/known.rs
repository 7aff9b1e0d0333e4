//! Which keys and words of an answer the types do not know. For the checks of the samples only.

use serde::Deserialize;
use serde::de::value::Error as NoValue;
use serde::de::{Deserializer, Error as _, Visitor};
use serde_json::Value;

use super::listing::Envelope;
use super::{
    ChannelType, ContentDealType, ControlType, LibraryFile, MediaType, Record, SizeUnit, SourceType,
};

/// JSON paths of the keys in an answer that no type has a field for.
#[doc(hidden)]
pub fn unmodelled_keys(body: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    walk(body, |path, key, _, shape| {
        if !(shape.keys)().contains(&key) {
            found.push(path.to_owned());
        }
    });
    found
}

/// JSON paths of the values in an answer that no variant of an enum names.
#[doc(hidden)]
pub fn unknown_values(body: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    walk(body, |path, key, value, shape| {
        let open = shape.words.iter().find(|(word, _)| *word == key);
        if let Some((_, is_other)) = open
            && !(value.is_null() || value.as_str() == Some(""))
            && is_other(&word(value))
        {
            found.push(path.to_owned());
        }
    });
    found
}

/// The key of an open enum, and whether a word is one that the enum does not name.
type OpenKey = (&'static str, fn(&str) -> bool);

/// What is known of an object: its keys, its enums, and the objects in it.
struct Shape {
    keys: fn() -> &'static [&'static str],
    words: &'static [OpenKey],
    inner: &'static [(&'static str, &'static Shape)],
}

const ENVELOPE: Shape =
    Shape { keys: keys_of::<Envelope<'static>>, words: &[], inner: &[("messageList", &RECORD)] };
const RECORD: Shape = Shape {
    keys: keys_of::<Record>,
    words: &[
        ("channel", |word| ChannelType::from(word).is_other()),
        ("controlType", |word| ControlType::from(word).is_other()),
        ("sourceType", |word| SourceType::from(word).is_other()),
        ("mediaType", |word| MediaType::from(word).is_other()),
        ("contentDealType", |word| ContentDealType::from(word).is_other()),
    ],
    inner: &[("multiMediaLibraryInfo", &LIBRARY)],
};
const LIBRARY: Shape = Shape {
    keys: keys_of::<LibraryFile>,
    words: &[
        ("mediaType", |word| MediaType::from(word).is_other()),
        ("sizeUnit", |word| SizeUnit::from(word).is_other()),
    ],
    inner: &[],
};

/// Visits every key of the answer, with its path and the shape of the object that it is in.
fn walk(body: &[u8], mut visit: impl FnMut(&str, &str, &Value, &Shape)) {
    fn into(
        path: &str,
        value: &Value,
        shape: &Shape,
        visit: &mut dyn FnMut(&str, &str, &Value, &Shape),
    ) {
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    into(&format!("{path}[{index}]"), item, shape, visit);
                }
            }
            Value::Object(entries) => {
                for (key, value) in entries {
                    let dot = if path.is_empty() { "" } else { "." };
                    let path = format!("{path}{dot}{key}");
                    visit(&path, key, value, shape);
                    if let Some((_, inner)) = shape.inner.iter().find(|(name, _)| name == key) {
                        into(&path, value, inner, visit);
                    }
                }
            }
            // an object may come as text
            Value::String(text) => {
                if let Ok(value @ Value::Object(_)) = serde_json::from_str(text) {
                    into(path, &value, shape, visit);
                }
            }
            _ => {}
        }
    }
    if let Ok(value) = serde_json::from_slice(body) {
        into("", &value, &ENVELOPE, &mut visit);
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The keys that a type reads, as its `Deserialize` names them: a list that cannot fall behind the
/// type.
fn keys_of<T: Deserialize<'static>>() -> &'static [&'static str] {
    let mut keys: &'static [&'static str] = &[];
    // it stops where a value would be due, and has named its keys by then
    drop(T::deserialize(KeyNames(&mut keys)));
    keys
}

struct KeyNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for KeyNames<'_> {
    type Error = NoValue;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        keys: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, NoValue> {
        *self.0 = keys;
        Err(NoValue::custom("there is no value"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NoValue> {
        Err(NoValue::custom("there is no value"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
