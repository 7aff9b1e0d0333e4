//! Evidence: what was stored, in which order, such that a later change shows.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use rusqlite::{OptionalExtension as _, Transaction, params};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
pub(crate) type Hash = [u8; 32];

pub(crate) fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// The digest and the length of a file.
pub(crate) fn hash_file(path: &Path) -> io::Result<(Hash, u64)> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
    Ok((hasher.finalize().into(), fs::metadata(path)?.len()))
}

/// The Merkle root over leaves that are SHA-256 digests of content.
///
/// A level pairs neighbors as `SHA-256(0x01, left, right)`; an odd last one moves up as it is. No
/// JSON text begins with the byte 0x01, so no content has the digest of an inner node's bytes.
pub(crate) fn merkle_root(mut level: Vec<Hash>) -> Hash {
    while level.len() > 1 {
        level = level_above(&level);
    }
    level.first().copied().unwrap_or_default()
}

fn level_above(level: &[Hash]) -> Vec<Hash> {
    let nodes = level.chunks(2).map(|pair| match pair {
        [left, right] => node(left, right),
        [single] => *single,
        _ => Hash::default(),
    });
    nodes.collect()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new_with_prefix([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// A neighbor on the way from a leaf to the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MerkleStep {
    /// It comes first.
    Left(Hash),
    /// It comes second.
    Right(Hash),
}

/// The neighbors on the way from the leaf at this place to the root.
pub(crate) fn merkle_path(leaves: &[Hash], mut at: usize) -> Vec<MerkleStep> {
    let mut level = leaves.to_vec();
    let mut path = Vec::new();
    while level.len() > 1 {
        let (neighbor, step): (_, fn(Hash) -> MerkleStep) = if at.is_multiple_of(2) {
            (at + 1, MerkleStep::Right)
        } else {
            (at - 1, MerkleStep::Left)
        };
        path.extend(level.get(neighbor).copied().map(step));
        level = level_above(&level);
        at /= 2;
    }
    path
}

/// The root that a leaf and its neighbors lead to.
pub(crate) fn root_of(leaf: Hash, path: &[MerkleStep]) -> Hash {
    path.iter().fold(leaf, |hash, step| match step {
        MerkleStep::Left(left) => node(left, &hash),
        MerkleStep::Right(right) => node(&hash, right),
    })
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

/// What the ledger says of a rebuild: how many forms it added, and how many came out otherwise.
pub(crate) struct RebuildEntry {
    pub(crate) at_ms: i64,
    pub(crate) messages: u64,
    pub(crate) versions: u64,
    pub(crate) changed: u64,
}

impl RebuildEntry {
    /// Reads an entry; `None` if it speaks of something else.
    pub(crate) fn parse(entry: &str) -> Option<Self> {
        let mut words = entry.strip_prefix("rebuild ")?.split(' ');
        let at_ms = words.next()?.parse().ok()?;
        let mut number = || words.next()?.parse().ok();
        Some(Self { at_ms, messages: number()?, versions: number()?, changed: number()? })
    }
}

impl fmt::Display for RebuildEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at_ms, messages, versions, changed } = self;
        write!(f, "rebuild {at_ms} {messages} {versions} {changed}")
    }
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
    fn each_leaf_leads_to_the_root() {
        for count in 1..9_u8 {
            let leaves: Vec<Hash> = (0..count).map(|byte| sha256(&[byte])).collect();
            let root = merkle_root(leaves.clone());
            for (at, leaf) in leaves.iter().enumerate() {
                assert_eq!(root_of(*leaf, &merkle_path(&leaves, at)), root, "{at} of {count}");
            }
        }
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
