//! Files on their way into the archive's folder, and their names there.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::layout::{private_dir, sync_dir};
use crate::ledger::{Hash, hash_file};

/// How a file begins whose download is not at its end. Never a final name.
pub(crate) const INCOMING: &str = "incoming-";

/// A file that lies in the archive's folder and is not yet in its index.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SavedMedia {
    pub(crate) sha256: Hash,
    pub(crate) size_bytes: u64,
    pub(crate) detected_type: Option<&'static str>,
}

impl SavedMedia {
    /// What its first bytes say it is.
    pub const fn detected_type(&self) -> Option<&'static str> {
        self.detected_type
    }
}

/// Receives a file. It gets its final name, the digest of its bytes, only when it is complete.
/// `Debug` shows its size only.
pub struct MediaWriter {
    dir: PathBuf,
    file: NamedTempFile,
    hasher: Sha256,
    size_bytes: u64,
    head: Vec<u8>,
}

impl MediaWriter {
    const HEAD_BYTES: usize = 512;

    /// Begins a file in the archive's media folder.
    ///
    /// # Errors
    ///
    /// When no file can be created there.
    pub fn create(media_dir: &Path) -> io::Result<Self> {
        // tempfile creates for the owner only
        let file = tempfile::Builder::new().prefix(INCOMING).tempfile_in(media_dir)?;
        let dir = media_dir.to_owned();
        Ok(Self { dir, file, hasher: Sha256::new(), size_bytes: 0, head: Vec::new() })
    }

    /// What the first bytes say the file is.
    pub fn detected_type(&self) -> Option<&'static str> {
        infer::get(&self.head).map(|found| found.mime_type())
    }

    /// Makes the file durable under its digest. Only then may the index speak of it: after a power
    /// cut there may be a file too many, never one too few. A file of that name is kept if its
    /// bytes are right, and replaced if they were damaged.
    ///
    /// # Errors
    ///
    /// When the file cannot be written or renamed.
    pub fn finish(self) -> io::Result<SavedMedia> {
        let detected_type = self.detected_type();
        let sha256: Hash = self.hasher.finalize().into();
        let path = media_path(&self.dir, &sha256);
        if !hash_file(&path).is_ok_and(|(found, _)| found == sha256) {
            let parent = path.parent().unwrap_or(&self.dir);
            private_dir(parent)?;
            self.file.as_file().sync_all()?;
            self.file.persist(&path).map_err(|error| error.error)?;
            sync_dir(parent)?;
            sync_dir(&self.dir)?;
        }
        Ok(SavedMedia { sha256, size_bytes: self.size_bytes, detected_type })
    }
}

impl fmt::Debug for MediaWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MediaWriter({} bytes)", self.size_bytes)
    }
}

impl Write for MediaWriter {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let written = self.file.write(chunk)?;
        let chunk = chunk.get(..written).unwrap_or(chunk);
        self.hasher.update(chunk);
        self.size_bytes += chunk.len() as u64;
        let missing = Self::HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend_from_slice(chunk.get(..missing).unwrap_or(chunk));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// `ab/cdef…` below the media folder. Names from outside never become paths.
pub(crate) fn media_path(media_dir: &Path, sha256: &Hash) -> PathBuf {
    let name = hex::encode(sha256);
    let (shard, rest) = name.split_at(2);
    media_dir.join(shard).join(rest)
}

/// Removes what downloads that were cut off left behind.
pub(crate) fn remove_incoming(media_dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(media_dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(INCOMING) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
