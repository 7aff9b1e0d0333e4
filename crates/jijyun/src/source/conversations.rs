//! The walk through the conversations of a customer, one call each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chat_core::{Cursor, Partition};
use sha2::{Digest, Sha256};

use super::lock;
use crate::error::Error;

/// The conversations of the customers that are being read. The list stays here, for a cursor that
/// named all that is left of it would grow with it.
#[derive(Clone, Default)]
pub(super) struct Lists(Arc<Mutex<BTreeMap<String, Arc<List>>>>);

impl Lists {
    /// Remembers a customer's list, and gives the place of its first conversation.
    pub(super) fn keep(&self, partition: &Partition, chat_ids: Vec<String>) -> Option<Place> {
        let list = List { digest: digest(&chat_ids), chat_ids };
        let first = Place::first(&list);
        let mut lists = lock(&self.0);
        if first.is_some() {
            lists.insert(partition.key.clone(), Arc::new(list));
        } else {
            lists.remove(&partition.key);
        }
        first
    }

    /// The conversation at a place, if the list that the place is in is here.
    pub(super) fn conversation(&self, partition: &Partition, place: &Place) -> Option<String> {
        let list = lock(&self.0).get(&partition.key).cloned()?;
        list.chat_ids.get(place.index).filter(|_| list.digest == place.digest).cloned()
    }

    /// Forgets a list that was read to its end.
    pub(super) fn forget(&self, partition: &Partition) {
        lock(&self.0).remove(&partition.key);
    }
}

struct List {
    chat_ids: Vec<String>,
    digest: String,
}

/// A place in the list of a customer's conversations: our cursors say which one comes next, of how
/// many, and of which list. A list that is another one by now is walked from its beginning, for
/// what was left of the old one may be anywhere in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    index: usize,
    count: usize,
    digest: String,
}

impl Place {
    fn first(list: &List) -> Option<Self> {
        let count = list.chat_ids.len();
        (count > 0).then(|| Self { index: 0, count, digest: list.digest.clone() })
    }

    /// The place after it.
    pub(super) fn next(&self) -> Option<Self> {
        let index = self.index.saturating_add(1);
        (index < self.count).then(|| Self { index, ..self.clone() })
    }

    pub(super) fn read(cursor: &Cursor) -> Result<Self, Error> {
        let place = || {
            let (place, digest) = cursor.as_str().split_once(' ')?;
            let (index, count) = place.split_once('/')?;
            let (index, count) = (index.parse().ok()?, count.parse().ok()?);
            (index < count).then(|| Self { index, count, digest: digest.to_owned() })
        };
        place().ok_or_else(|| Error::invalid("the cursor is no place in a list of conversations"))
    }

    pub(super) fn to_cursor(&self) -> Option<Cursor> {
        Cursor::new(format!("{}/{} {}", self.index, self.count, self.digest))
    }
}

/// A short name for a list: ids may be long, and cursors are shown and stored.
fn digest(chat_ids: &[String]) -> String {
    let mut digest = Sha256::new();
    for chat_id in chat_ids {
        // an id may hold anything, so where it ends must be told
        digest.update(chat_id.len().to_be_bytes());
        digest.update(chat_id);
    }
    let digest = digest.finalize();
    hex::encode(digest.get(..8).unwrap_or(&digest))
}
