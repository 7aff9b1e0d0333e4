//! Lists that are read together with their envelope, in one pass over the answer: most answers have
//! nothing wrong with them, and looking for each record's bytes first costs as much as reading them.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::ReadRecords;
use super::readable::{MAX_PAGE_RECORDS, may_have_too_many_values};
use crate::{GARBLED, Span};

/// The longest answer that is read in one pass. What a longer one holds is looked at before any of
/// it takes memory.
const MAX_BYTES: usize = 1 << 20;

/// The records of a list, every one of which could be read. What has any other record is no such
/// list, and to be read as a [`RawList`](super::RawList), which tells what is wrong with which.
#[derive(Debug, Clone)]
pub struct WholeList<T> {
    items: Vec<T>,
    /// Where the first key of each lies in memory.
    keys: Vec<usize>,
}

impl<T> Default for WholeList<T> {
    fn default() -> Self {
        Self { items: Vec::new(), keys: Vec::new() }
    }
}

/// Reads an answer with [`WholeList`]s in it in one pass. `None`: something is wrong with it, or it is
/// too long; then it is to be read with [`read_object`](super::read_object) and
/// [`RawList`](super::RawList)s, which tell what.
///
/// ```
/// use chat_core::{WholeList, de, read_whole};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Record {
///     #[serde(deserialize_with = "de::text")]
///     id: String,
/// }
/// #[derive(Deserialize)]
/// struct Answer {
///     list: WholeList<Record>,
/// }
///
/// let text = r#"{"list": [{"id": 1}, {"id": "b"}]}"#;
/// let answer: Answer = read_whole(text).ok_or("something is wrong with it")?;
/// let records = answer.list.into_records(text).ok_or("something is wrong with it")?;
/// assert_eq!(records.items[1].id, "b");
/// assert_eq!(&text[records.spans[1].clone()], r#"{"id": "b"}"#);
/// # Ok::<(), &str>(())
/// ```
pub fn read_whole<'de, T: Deserialize<'de>>(text: &'de str) -> Option<T> {
    let is_plain = text.len() <= MAX_BYTES && !text.contains(GARBLED);
    // serde reads a list into the fields of a struct, in their order
    if is_plain && text.trim_start().starts_with('{') {
        serde_json::from_str(text).ok()
    } else {
        None
    }
}

impl<T> WholeList<T> {
    /// The records alone.
    pub fn into_items(self) -> Vec<T> {
        self.items
    }

    /// The records with the places of their bytes in `text`, out of which the list was read. `None`:
    /// one is so long that it may have too many values, or `text` is another one.
    pub fn into_records(self, text: &str) -> Option<ReadRecords<T>> {
        let spans = spans(text, &self.keys)?;
        if spans.iter().any(|span| may_have_too_many_values(span.len())) {
            return None;
        }
        let seen = self.items.len();
        Some(ReadRecords { items: self.items, spans, seen, ..ReadRecords::default() })
    }
}

/// Where the records begin and end whose first keys lie there.
fn spans(text: &str, keys: &[usize]) -> Option<Vec<Span>> {
    let start = |key: &usize| {
        let at = key.wrapping_sub(text.as_ptr().addr());
        let before = text.get(..at)?.strip_suffix('"')?;
        Some(trimmed(before).strip_suffix('{')?.len())
    };
    let mut spans: Vec<Span> = Vec::with_capacity(keys.len());
    for key in keys {
        let start = start(key)?;
        if let Some(last) = spans.last_mut() {
            last.end = trimmed(trimmed(text.get(..start)?).strip_suffix(',')?).len();
        }
        spans.push(start..start);
    }
    if let Some(last) = spans.last_mut() {
        let mut rest = serde_json::Deserializer::from_str(text.get(last.start..)?).into_iter();
        let IgnoredAny = rest.next()?.ok()?;
        last.end = last.start + rest.byte_offset();
    }
    Some(spans)
}

/// Without the white space of JSON at the end.
fn trimmed(text: &str) -> &str {
    text.trim_end_matches([' ', '\t', '\r', '\n'])
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for WholeList<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
            type Value = WholeList<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of records")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut list = WholeList::default();
                while let Some(Row { item, key }) = seq.next_element()? {
                    if list.items.len() == MAX_PAGE_RECORDS {
                        return Err(A::Error::custom("more records than a page can have"));
                    }
                    list.items.push(item);
                    list.keys.push(key);
                }
                Ok(list)
            }
        }

        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct Row<T> {
    item: T,
    key: usize,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Row<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RowVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for RowVisitor<T> {
            type Value = Row<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a record")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row<T>, A::Error> {
                // borrowed, or it would not lie in the answer
                let first: Option<&'de str> = map.next_key()?;
                let key = first.ok_or_else(|| A::Error::custom("an empty record"))?.as_ptr().addr();
                let item = T::deserialize(MapAccessDeserializer::new(Rest { first, map }))?;
                Ok(Row { item, key })
            }
        }

        deserializer.deserialize_map(RowVisitor(PhantomData))
    }
}

/// A record whose first key was read already.
struct Rest<'de, A> {
    first: Option<&'de str>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Rest<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(key) => seed.deserialize(BorrowedStrDeserializer::new(key)).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}
