//! Raw pages on their way to the disk and back.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use chat_core::SourcePage;
use rusqlite::{Connection, OptionalExtension as _};
use zstd::bulk::{Compressor, Decompressor};

use crate::ledger::{Hash, merkle_root, sha256};

/// Level 3 is where zstd's gain per time bends on such pages.
const ZSTD_LEVEL: i32 = 3;

/// Pages that the writer keeps of those that it read back.
pub(crate) const PAGES_KEPT: usize = 8;

pub(crate) fn decompress(stored: &[u8], body_bytes: usize) -> std::io::Result<Vec<u8>> {
    unpack(&mut Decompressor::new()?, stored, body_bytes)
}

fn unpack(
    unpacker: &mut Decompressor<'_>,
    stored: &[u8],
    body_bytes: usize,
) -> std::io::Result<Vec<u8>> {
    unpacker.decompress(stored, body_bytes.min(chat_core::MAX_BODY_BYTES))
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
#[derive(Clone)]
pub struct PageDigest {
    /// Where the records lie, ascending.
    pub(crate) spans: Vec<Range<usize>>,
    records: Vec<Hash>,
    pub(crate) root: Hash,
    body_bytes: usize,
}

impl PageDigest {
    /// Digests a page. That needs no archive, so it can be done beside the one writer.
    pub fn of(page: &SourcePage) -> Self {
        Self::at(page.raw.as_bytes(), spans(page))
    }

    /// True if it can be this page's: its records lie there, and it is as long.
    pub(crate) fn fits(&self, page: &SourcePage) -> bool {
        self.body_bytes == page.raw.as_bytes().len() && self.spans == spans(page)
    }

    /// Digests an answer whose records lie at `spans`, ascending. The envelope is the spans as they
    /// are stored, then what is left of the answer without the records: so it binds their places
    /// too.
    pub(crate) fn at(body: &[u8], spans: Vec<Range<usize>>) -> Self {
        let leaves = leaves(body, &spans);
        let records = leaves.get(1..).unwrap_or_default().to_vec();
        Self { spans, records, root: merkle_root(leaves), body_bytes: body.len() }
    }

    /// The digest of the record that begins there.
    pub(crate) fn hash_of(&self, start: usize) -> Hash {
        let index = self.spans.binary_search_by_key(&start, |span| span.start).unwrap_or(0);
        self.records.get(index).copied().unwrap_or_default()
    }
}

/// Digests of short texts could be guessed, so none is shown.
impl fmt::Debug for PageDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageDigest").field("records", &self.records.len()).finish_non_exhaustive()
    }
}

/// Where the records of a page lie, ascending.
fn spans(page: &SourcePage) -> Vec<Range<usize>> {
    let records = page.records.iter().map(|record| &record.span);
    let skipped = page.skipped.iter().map(|skipped| &skipped.span);
    let mut spans: Vec<_> = records.chain(skipped).cloned().collect();
    spans.sort_by_key(|span| span.start);
    spans
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
    /// Kept likewise.
    unpacker: Option<Decompressor<'static>>,
}

impl PageCache {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { pages: VecDeque::with_capacity(capacity), capacity, packer: None, unpacker: None }
    }

    /// An answer, packed to be stored.
    pub(crate) fn pack(&mut self, body: &[u8]) -> std::io::Result<Vec<u8>> {
        let packer = match &mut self.packer {
            Some(packer) => packer,
            none => none.insert(Compressor::new(ZSTD_LEVEL)?),
        };
        packer.compress(body)
    }

    fn unpack(&mut self, stored: &[u8], body_bytes: usize) -> std::io::Result<Vec<u8>> {
        let unpacker = match &mut self.unpacker {
            Some(unpacker) => unpacker,
            none => none.insert(Decompressor::new()?),
        };
        unpack(unpacker, stored, body_bytes)
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
        let Ok(body) = self.unpack(&stored, body_bytes) else { return Ok(None) };
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
        let root = |body: &[u8], start| PageDigest::at(body, vec![start..2, 3..4]).root;
        assert_ne!(root(b"[a,c]", 1), root(b"[a,b]", 1));
        assert_ne!(root(b"[a;b]", 1), root(b"[a,b]", 1));
        assert_ne!(root(b"[a,b]", 0), root(b"[a,b]", 1));
        assert_eq!(root(b"[a,b]", 1), root(b"[a,b]", 1));
    }
}
