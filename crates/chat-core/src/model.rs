//! What a crate knows of its vendor's answers: the keys and words of its types, and what the
//! vendor's pages say. For the checks of samples and for finding drift in what was stored.

mod documented;

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::value::Error as NoValue;
use serde::de::{Deserializer, Error as _, Visitor};
use serde_json::Value;

pub use documented::{Count, Documented, Field, Json, Presence};

/// All that a crate knows of its vendor's answers.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "every crate writes it out")]
pub struct Model {
    /// The answers that records come in.
    pub answers: &'static [Answer],
    /// Which of them a stored answer is, by its place in the list.
    pub answer_of: fn(&[u8]) -> usize,
}

/// One kind of answer.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "every crate writes it out")]
pub struct Answer {
    /// The call that gives it.
    pub name: &'static str,
    /// What the types know of it.
    pub shape: &'static Shape,
    /// What the vendor's page says of it.
    pub documented: &'static Documented,
}

/// The key of an open enum, and whether a value of it is one that the enum does not name.
pub type OpenKey = (&'static str, fn(&Value) -> bool);

/// What is known of an object: its keys, its enums, and the objects in it.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "every crate writes them out")]
pub struct Shape {
    /// The keys that its type reads.
    pub keys: fn() -> &'static [&'static str],
    /// Its open enums.
    pub words: &'static [OpenKey],
    /// The objects in it, bare, in lists, or as text.
    pub inner: &'static [(&'static str, &'static Shape)],
}

/// JSON paths of the keys in an answer that no type has a field for.
pub fn unmodelled_keys(body: &[u8], shape: &Shape) -> Vec<String> {
    let mut found = Vec::new();
    walk(body, shape, |path, key, _, shape| {
        if !(shape.keys)().contains(&key) {
            found.push(path.to_owned());
        }
    });
    found
}

/// JSON paths of the values in an answer that no variant of an enum names.
pub fn unknown_values(body: &[u8], shape: &Shape) -> Vec<String> {
    let mut found = Vec::new();
    walk(body, shape, |path, key, value, shape| {
        let open = shape.words.iter().find(|(name, _)| *name == key);
        // what is not there has many forms
        let is_blank = value.is_null() || value.as_str() == Some("");
        if !is_blank && open.is_some_and(|(_, is_unknown)| is_unknown(value)) {
            found.push(path.to_owned());
        }
    });
    found
}

/// Visits every key of the answer, with its path and the shape of the object that it is in.
fn walk(body: &[u8], shape: &Shape, mut visit: impl FnMut(&str, &str, &Value, &Shape)) {
    if let Ok(value) = serde_json::from_slice(body) {
        into("", &value, shape, &mut visit);
    }
}

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
        Value::String(text) => {
            if let Ok(value @ Value::Object(_)) = serde_json::from_str(text) {
                into(path, &value, shape, visit);
            }
        }
        _ => {}
    }
}

/// A word, or another value as its JSON.
pub fn word(value: &Value) -> Cow<'_, str> {
    value.as_str().map_or_else(|| value.to_string().into(), Cow::Borrowed)
}

/// A number, also as text.
pub fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// The keys that a type reads, as its `Deserialize` names them: a list that cannot fall behind the
/// type.
pub fn keys_of<T: Deserialize<'static>>() -> &'static [&'static str] {
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
