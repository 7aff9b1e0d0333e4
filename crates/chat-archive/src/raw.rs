//! Raw pages on their way to the disk and back.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _};
use zstd::bulk::Compressor;

use crate::ledger::{Hash, merkle_root, sha256};

/// Level 3 is where zstd's gain per time bends on such pages.
const ZSTD_LEVEL: i32 = 3;

/// Pages that the writer keeps of those that it read back.
pub(crate) const PAGES_KEPT: usize = 8;

pub(crate) fn decompress(stored: &[u8], body_bytes: usize) -> std::io::Result<Vec<u8>> {
    zstd::bulk::decompress(stored, body_bytes.min(chat_core::MAX_BODY_BYTES))
}

/// Start and length of each record, as stored.
pub(crate) fn encode_spans<'a>(spans: impl Iterator<Item = &'a Range<usize>>) -> Vec<u8> {
    let word = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
    spans.flat_map(|span| [word(span.start), word(span.len())].concat()).collect()
}

pub(crate) fn decode_spans(stored: &[u8]) -> Vec<Range<usize>> {
    let word =
        |bytes: &[u8]| bytes.iter().rev().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
    let pairs = stored.chunks_exact(8).map(|pair| {
        let (start, len) = pair.split_at(4);
        word(start)..word(start) + word(len)
    });
    pairs.collect()
}

/// The digests of a page: each record's, and the root over envelope and records.
pub(crate) struct PageDigest {
    pub(crate) records: Vec<Hash>,
    pub(crate) root: Hash,
}

/// Digests a page whose records lie at `spans`, ascending. The envelope is the spans as they are
/// stored, then what is left of the answer without the records: so it binds their places too.
pub(crate) fn digest(body: &[u8], spans: &[Range<usize>]) -> PageDigest {
    let leaves = leaves(body, spans);
    let records = leaves.get(1..).unwrap_or_default().to_vec();
    PageDigest { records, root: merkle_root(leaves) }
}

/// The leaves of a page's tree: its envelope, then its records.
pub(crate) fn leaves(body: &[u8], spans: &[Range<usize>]) -> Vec<Hash> {
    let mut envelope = encode_spans(spans.iter());
    let mut at = 0;
    let mut records = Vec::with_capacity(spans.len());
    for span in spans {
        envelope.extend_from_slice(body.get(at..span.start).unwrap_or_default());
        records.push(sha256(body.get(span.clone()).unwrap_or_default()));
        at = span.end;
    }
    envelope.extend_from_slice(body.get(at..).unwrap_or_default());
    std::iter::once(sha256(&envelope)).chain(records).collect()
}

/// Packs pages, and keeps the last few that were read back, since neighbors in time are neighbors on
/// a page.
pub(crate) struct PageCache {
    pages: VecDeque<(i64, Arc<Vec<u8>>)>,
    capacity: usize,
    /// Kept from page to page: its tables cost as much as a third of the packing.
    packer: Option<Compressor<'static>>,
}

impl PageCache {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { pages: VecDeque::with_capacity(capacity), capacity, packer: None }
    }

    /// An answer, packed to be stored.
    pub(crate) fn pack(&mut self, body: &[u8]) -> std::io::Result<Vec<u8>> {
        let packer = match &mut self.packer {
            Some(packer) => packer,
            none => none.insert(Compressor::new(ZSTD_LEVEL)?),
        };
        packer.compress(body)
    }

    /// A page's answer; `None` if it is not stored or damaged.
    pub(crate) fn get(
        &mut self,
        db: &Connection,
        page: i64,
    ) -> rusqlite::Result<Option<Arc<Vec<u8>>>> {
        if let Some(index) = self.pages.iter().position(|(id, _)| *id == page) {
            let hit = self.pages.remove(index);
            self.pages.extend(hit);
            return Ok(self.pages.back().map(|(_, body)| Arc::clone(body)));
        }
        let stored = db
            .prepare_cached("SELECT body, body_bytes FROM page WHERE id = ?1")?
            .query_row([page], |row| Ok((row.get::<_, Option<Vec<u8>>>(0)?, row.get(1)?)))
            .optional()?;
        let Some((Some(stored), body_bytes)) = stored else { return Ok(None) };
        let Ok(body) = decompress(&stored, body_bytes) else { return Ok(None) };
        let body = Arc::new(body);
        if self.pages.len() >= self.capacity {
            self.pages.pop_front();
        }
        self.pages.push_back((page, Arc::clone(&body)));
        Ok(Some(body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_survive_storage() {
        let spans = [3..10, 11..11, 200..70_000];
        assert_eq!(decode_spans(&encode_spans(spans.iter())), spans);
    }

    #[test]
    fn a_page_survives_storage() {
        let body = "你好".repeat(5000).into_bytes();
        let mut pages = PageCache::new(0);
        for body in [&body[..], b"{}", &body[..7]] {
            assert_eq!(decompress(&pages.pack(body).unwrap(), body.len()).unwrap(), body);
        }
    }

    #[test]
    fn the_digest_covers_envelope_and_records() {
        let spans = [1..2, 3..4];
        let root = digest(b"[a,b]", &spans).root;
        assert_ne!(digest(b"[a,c]", &spans).root, root);
        assert_ne!(digest(b"[a;b]", &spans).root, root);
        assert_ne!(digest(b"[a,b]", &[0..1, 3..4]).root, root);
        assert_eq!(digest(b"[a,b]", &spans).root, root);
    }
}
