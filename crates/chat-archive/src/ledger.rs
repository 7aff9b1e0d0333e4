//! Evidence: what was stored, in which order, such that a later change shows.

use std::fmt;

use rusqlite::{OptionalExtension as _, Transaction, params};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
pub(crate) type Hash = [u8; 32];

pub(crate) fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// The Merkle root over leaves that are SHA-256 digests of content.
///
/// A level pairs neighbors as `SHA-256(0x01, left, right)`; an odd last one moves up as it is. No
/// JSON text begins with the byte 0x01, so no content has the digest of an inner node's bytes.
pub(crate) fn merkle_root(mut level: Vec<Hash>) -> Hash {
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => {
                    let mut hasher = Sha256::new_with_prefix([1]);
                    hasher.update(left);
                    hasher.update(right);
                    hasher.finalize().into()
                }
                [single] => *single,
                _ => Hash::default(),
            })
            .collect();
    }
    level.first().copied().unwrap_or_default()
}

/// What the ledger says of a page.
pub(crate) struct PageEntry<'a> {
    pub(crate) page: i64,
    pub(crate) fetched_ms: i64,
    pub(crate) root: &'a Hash,
    /// Its bytes are kept, because something in it was new.
    pub(crate) kept: bool,
    pub(crate) new: u64,
    pub(crate) changed: u64,
}

impl fmt::Display for PageEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { page, fetched_ms, root, kept, new, changed } = self;
        let kept = if *kept { "kept" } else { "seen" };
        write!(f, "page {page} {fetched_ms} {} {kept} {new} {changed}", hex::encode(root))
    }
}

/// What the ledger says of a file.
pub(crate) fn media_entry(size_bytes: u64, saved_ms: i64, sha256: &Hash) -> String {
    format!("media {size_bytes} {saved_ms} {}", hex::encode(sha256))
}

/// The hash that links an entry to all before it. The first one's predecessor is 32 zero bytes.
pub(crate) fn link(previous: &Hash, entry: &str) -> Hash {
    let mut hasher = Sha256::new_with_prefix(previous);
    hasher.update(entry.as_bytes());
    hasher.finalize().into()
}

/// Adds an entry, in the transaction of what it speaks of.
pub(crate) fn append(tx: &Transaction<'_>, entry: &str) -> rusqlite::Result<()> {
    let last = tx
        .prepare_cached("SELECT hash FROM ledger ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| row.get::<_, Hash>(0))
        .optional()?;
    let hash = link(&last.unwrap_or_default(), entry);
    tx.prepare_cached("INSERT INTO ledger (entry, hash) VALUES (?1, ?2)")?
        .execute(params![entry, hash])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_depends_on_every_leaf_and_on_their_order() {
        let leaves: Vec<Hash> = (0..5u8).map(|byte| sha256(&[byte])).collect();
        let root = merkle_root(leaves.clone());
        for index in 0..leaves.len() {
            let mut other = leaves.clone();
            other[index] = sha256(b"other");
            assert_ne!(merkle_root(other), root, "leaf {index}");
        }
        let mut swapped = leaves.clone();
        swapped.swap(1, 2);
        assert_ne!(merkle_root(swapped), root);
        assert_eq!(merkle_root(vec![leaves[0]]), leaves[0]);
    }

    #[test]
    fn a_chain_can_be_recomputed_with_any_sha256_tool() {
        // printf '%064d' 0 | xxd -r -p; printf 'page 1 2 aa' : piped into sha256sum
        let hash = link(&Hash::default(), "page 1 2 aa");
        let mut bytes = vec![0; 32];
        bytes.extend_from_slice(b"page 1 2 aa");
        assert_eq!(hash, sha256(&bytes));
    }
}
