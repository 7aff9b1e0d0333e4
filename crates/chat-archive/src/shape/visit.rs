//! Walks through an answer once, without building it: the bytes go through, the counts stay.

use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::facts::{Odd, Type, What};
use super::tree::Tree;

/// Looks at an answer whose records lie at `spans`, ascending.
pub(super) fn page(
    tree: &mut Tree,
    root: usize,
    body: &[u8],
    spans: &[Range<usize>],
) -> Result<(), serde_json::Error> {
    let text = std::str::from_utf8(body).map_err(serde_json::Error::custom)?;
    let around = Around { start: body.as_ptr().addr(), spans };
    look(text, Look { tree, node: root, around: Some(&around) })
}

fn look(json: &str, look: Look<'_, '_>) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(json);
    look.deserialize(&mut reader)?;
    reader.end()
}

/// The part of an answer around its records.
#[derive(Clone, Copy)]
struct Around<'a> {
    start: usize,
    spans: &'a [Range<usize>],
}

impl Around<'_> {
    /// Which record begins with these bytes of the answer.
    fn record(&self, json: &str) -> Option<u32> {
        let start = json.as_ptr().addr().wrapping_sub(self.start);
        let index = self.spans.binary_search_by_key(&start, |span| span.start).ok()?;
        u32::try_from(index).ok()
    }
}

/// Looks at one value.
struct Look<'t, 'a> {
    tree: &'t mut Tree,
    node: usize,
    around: Option<&'a Around<'a>>,
}

impl Look<'_, '_> {
    fn value(self, kind: Type) {
        self.tree.see(self.node);
        self.tree.note(self.node, What::Type(kind));
    }

    fn number(self, whole: Option<i64>, value: &dyn Fn() -> Value) {
        self.tree.number(self.node, whole, value);
    }

    /// An element of a list around the records: one of them, or more of what is around them.
    fn element(&mut self, element: usize, json: &str) {
        let record = self.around.and_then(|around| around.record(json));
        let around = if record.is_some() { None } else { self.around };
        let tree = &mut *self.tree;
        tree.at.record = record;
        // what cannot be read costs itself only
        if look(json, Look { tree, node: element, around }).is_err() {
            self.tree.note(element, What::Odd(Odd::Unreadable));
        }
        self.tree.at.record = None;
    }
}

impl<'de> DeserializeSeed<'de> for Look<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.value(Type::Null);
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.value(Type::Bool);
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.number(Some(number), &|| Value::from(number));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        // one too large for i64 has as many digits as the largest
        self.number(Some(i64::try_from(number).unwrap_or(i64::MAX)), &|| Value::from(number));
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.number(None, &|| Value::from(number));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.tree.text(self.node, text);
        let is_object = text.starts_with('{')
            && self.tree.nodes.get(self.node).is_some_and(|node| node.shape.is_some());
        if is_object {
            // an object that the types expect may come as text; other text is what it is
            if let Ok(inner) = serde_json::from_str::<&RawValue>(text) {
                let mut reader = serde_json::Deserializer::from_str(inner.get());
                let inside = Inside { tree: self.tree, node: self.node };
                drop(reader.deserialize_map(inside));
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        self.tree.see(self.node);
        self.tree.note(self.node, What::Type(Type::Array));
        let element = self.tree.element(self.node);
        let mut rows = 0;
        if self.around.is_some() {
            while let Some(json) = list.next_element::<&'de RawValue>()? {
                self.element(element, json.get());
                rows += 1;
            }
        } else {
            loop {
                let look = Look { tree: &mut *self.tree, node: element, around: None };
                if list.next_element_seed(look)?.is_none() {
                    break;
                }
                rows += 1;
            }
        }
        self.tree.rows(self.node, rows);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.tree.see(self.node);
        self.tree.note(self.node, What::Type(Type::Object));
        members(self, map)
    }
}

fn members<'de, A: MapAccess<'de>>(look: Look<'_, '_>, mut map: A) -> Result<(), A::Error> {
    let Look { tree, node, around } = look;
    tree.open(node);
    let mut hint = 0;
    while let Some(child) = map.next_key_seed(Key { tree: &mut *tree, node, hint })? {
        map.next_value_seed(Look { tree: &mut *tree, node: child, around })?;
        hint += 1;
    }
    tree.close(node);
    Ok(())
}

/// The members of an object that was seen as a text already.
struct Inside<'t> {
    tree: &'t mut Tree,
    node: usize,
}

impl<'de> Visitor<'de> for Inside<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        members(Look { tree: self.tree, node: self.node, around: None }, map)
    }
}

/// Finds the node of a key.
struct Key<'t> {
    tree: &'t mut Tree,
    node: usize,
    hint: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<usize, E> {
        Ok(self.tree.member(self.node, key, self.hint))
    }
}
