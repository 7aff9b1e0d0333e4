//! Files: what they are called, where they are, and what is in them.

use std::fmt::Write as _;

use super::{
    data::{Data, Row},
    facts::{Facts, Kind},
    library,
};
use crate::{
    media::{self, FileKind},
    mix::Mix,
};

/// What a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileId {
    /// A record.
    Own { user: u32, key: u32 },
    /// The library.
    Library(usize),
}

/// A file that was asked for and is there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) id: FileId,
    pub(super) kind: FileKind,
    /// The ordinal of its record, if it belongs to one.
    pub(super) ordinal: Option<usize>,
}

/// The bytes of a file.
pub(super) fn bytes(
    seed: u64,
    id: FileId,
    kind: FileKind,
    (smallest, largest): (u64, u64),
) -> Vec<u8> {
    let mut mix = match id {
        FileId::Own { user, key } => Mix::of(&[seed, 12, user.into(), key.into()]),
        FileId::Library(index) => Mix::of(&[seed, 13, index as u64]),
    };
    let len = mix.between(smallest, largest);
    media::file(kind, mix, usize::try_from(len).unwrap_or(usize::MAX))
}

/// Appends what the vendor calls a record's file: for one from an agent's computer its place in the store, for others the
/// `objectKey` that the upload gave, which comes in two forms.
pub(super) fn write_key(
    seed: u64,
    user: u32,
    row: Row,
    kind: Kind,
    file: FileKind,
    out: &mut String,
) {
    let mut mix = Mix::of(&[seed, 14, user.into(), row.key.into()]);
    let day = mix.between(1, 28);
    // writing to a String cannot fail
    if kind == Kind::Local {
        let _ = write!(out, "202506{day:02}/");
        write_uuid(seed, user, row.key, out);
        let _ = write!(out, ".{}", file.extension());
    } else if mix.chance(40) {
        let _ = write!(out, "202506{day:02}{:04}-", mix.below(2400));
        write_uuid(seed, user, row.key, out);
        let _ = write!(out, "/file.{}", file.extension());
    } else {
        write_uuid(seed, user, row.key, out);
    }
}

/// The file with this id, as `downloadFileStream` knows it: a library id, `local/` before the place of a local file, or an
/// `objectKey`.
pub(super) fn find(data: &Data, file_id: &str) -> Option<Found> {
    if let Some(index) = library::find(data.seed, file_id) {
        let kind = library::item(index).file?;
        return Some(Found { id: FileId::Library(index), kind, ordinal: None });
    }
    let (key, is_local) = match file_id.strip_prefix("local/") {
        Some(key) => (key, true),
        None => (file_id, false),
    };
    let (user, number) = read_uuid(data.seed, key)?;
    let (ordinal, row, _) = data.find(user, number)?;
    let facts = Facts::of(data.seed, user, row);
    let kind = facts.file?;
    let mut expected = String::new();
    write_key(data.seed, user, row, facts.kind, kind, &mut expected);
    let is_meant = expected == key && is_local == (facts.kind == Kind::Local);
    let id = FileId::Own { user, key: number };
    is_meant.then_some(Found { id, kind, ordinal: Some(ordinal) })
}

/// Appends the path of a file on the file host.
pub(super) fn write_path(seed: u64, id: FileId, kind: FileKind, out: &mut String) {
    out.push_str("bes/");
    match id {
        FileId::Own { user, key } => write_uuid(seed, user, key, out),
        FileId::Library(index) => {
            let _ = write!(out, "{}", library::id(seed, index));
        }
    }
    let _ = write!(out, ".{}", kind.extension());
}

/// The file at a path of the file host.
pub(super) fn find_path(data: &Data, path: &str) -> Option<Found> {
    let name = path.strip_prefix("bes/")?;
    let (stem, _) = name.rsplit_once('.')?;
    let found = if let Some(index) = library::find(data.seed, stem) {
        let kind = library::item(index).file?;
        Found { id: FileId::Library(index), kind, ordinal: None }
    } else {
        let (user, key) = read_uuid(data.seed, stem)?;
        let (ordinal, row, _) = data.find(user, key)?;
        let kind = Facts::of(data.seed, user, row).file?;
        Found { id: FileId::Own { user, key }, kind, ordinal: Some(ordinal) }
    };
    let mut expected = String::new();
    write_path(data.seed, found.id, found.kind, &mut expected);
    (expected == path).then_some(found)
}

/// An id that looks random, with the record in its second half, so that a file is found without a search.
fn write_uuid(seed: u64, user: u32, key: u32, out: &mut String) {
    let high = Mix::of(&[seed, 24, user.into(), key.into()]).next();
    let low = (u64::from(user) << 32 | u64::from(key)) ^ mask(seed);
    let _ = write!(
        out,
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    );
}

/// The record of the first such id in a text; there may be a time before it.
fn read_uuid(seed: u64, text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split(['/', '.']);
    let uuid = parts.find_map(|part| part.get(part.len().checked_sub(36)?..))?;
    let hex: String = uuid.split('-').collect();
    let low = u64::from_str_radix(hex.get(16..)?, 16).ok()? ^ mask(seed);
    let user = u32::try_from(low >> 32).ok()?;
    Some((user, u32::try_from(low & 0xffff_ffff).ok()?))
}

fn mask(seed: u64) -> u64 {
    Mix::of(&[seed, 25]).next()
}
