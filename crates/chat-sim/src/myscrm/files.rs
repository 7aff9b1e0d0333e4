//! The media host: files of records behind links that expire.

use std::sync::{Arc, PoisonError};

use axum::http::Method;
use md5::{Digest, Md5};

use super::{
    facts::Facts,
    ids,
    people::Chat,
    render::file_path,
    timeline::{Entry, Row},
    world::World,
};
use crate::{
    faults::{Action, Edit, Host},
    media::{self, FileKind},
    mix::Mix,
    server::{Gate, Heard, Noted, Reply, Site, Throttle},
};

/// The media listener.
pub(super) struct MediaHost(pub(super) Arc<World>);

/// A request for a file.
pub(super) struct Call {
    heard: Heard,
    found: Option<Found>,
}

/// Whose file it is.
struct Found {
    ordinal: usize,
    row: Row,
    kind: FileKind,
    /// Of a smaller picture.
    thumb: Option<String>,
}

/// What records say of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct FileFacts {
    pub(super) size: u64,
    pub(super) md5: [u8; 16],
}

impl Site for MediaHost {
    type Asked = Call;

    fn gate(&self) -> &Gate {
        &self.0.gate
    }

    fn hear(&self, heard: Heard) -> (Call, Noted) {
        let path = heard.uri.path().trim_start_matches('/');
        let found = self.0.file_at(path);
        let noted = Noted { host: Host::Media, path: format!("media/{path}"), ..Noted::default() };
        (Call { heard, found }, noted)
    }

    fn has_record(&self, call: &Call, ordinal: u64) -> bool {
        call.found.as_ref().is_some_and(|found| found.ordinal as u64 == ordinal)
    }

    fn fault(&self, call: &Call, action: &Action) -> Option<Reply> {
        let answer = match action {
            Action::Media404 => media::answer(media::Asked::Missing, &call.heard.headers),
            _ => return None,
        };
        Some(Reply::of_status(answer))
    }

    fn answer(&self, call: &Call, edits: &[Edit]) -> Reply {
        let has_wrong_type = edits.iter().any(|edit| edit.action == Action::WrongMime);
        let asked = self.0.asked(call, has_wrong_type);
        let mut reply = Reply::of_status(media::answer(asked, &call.heard.headers));
        if let Some(rate) = self.0.options.media_bytes_per_second {
            reply.throttle = Throttle::BytesPerSecond(rate);
        }
        reply
    }
}

impl World {
    pub(super) fn facts(&self, chat: &Chat, row: Row) -> Option<Facts> {
        Facts::of(self.options.seed, chat, row, self.options.undocumented_types)
    }

    /// The platform's id of a record.
    pub(super) fn record_id(&self, entry: Entry) -> String {
        let named = if self.options.shared_recall_ids { Entry::message(entry.row) } else { entry };
        ids::record_id(self.options.seed, named)
    }

    /// The file of a message that has one.
    pub(super) fn file_of(&self, row: Row) -> Option<(FileKind, Vec<u8>)> {
        let data = self.data();
        let kind = self.facts(data.chat(row)?, row)?.file?;
        Some((kind, self.file_bytes(row, kind, None)))
    }

    /// What the record says of its file.
    pub(super) fn file_facts(&self, row: Row, kind: FileKind) -> FileFacts {
        let known = || self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(facts) = known().get(&row) {
            return *facts;
        }
        let bytes = self.file_bytes(row, kind, None);
        let facts = FileFacts { size: bytes.len() as u64, md5: Md5::digest(&bytes).into() };
        known().insert(row, facts);
        facts
    }

    fn file_bytes(&self, row: Row, kind: FileKind, thumb: Option<&str>) -> Vec<u8> {
        let thumb_bytes = thumb.unwrap_or_default().bytes();
        let which = thumb_bytes.fold(0, |sum: u64, byte| sum.wrapping_mul(31) + u64::from(byte));
        let time = row.time_ms.cast_unsigned();
        let mut mix =
            Mix::of(&[self.options.seed, 12, row.chat.into(), row.position.into(), time, which]);
        let (smallest, largest) = self.options.media_bytes;
        let length = if thumb.is_some() { 0 } else { mix.between(smallest, largest) };
        media::file(kind, mix, usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// The record whose file has this path.
    fn file_at(&self, path: &str) -> Option<Found> {
        let (stem, _) = path.strip_prefix("myscrm/")?.split_once('.')?;
        let (id, thumb) = match stem.split_once('_') {
            Some((id, digest)) => (id, Some(digest)),
            None => (stem, None),
        };
        let data = self.data();
        let row = data.find(id)?.row;
        let kind = self.facts(data.chat(row)?, row)?.file?;
        (file_path(id, kind, thumb) == path).then(|| Found {
            ordinal: self.ordinal(&data, Entry::message(row)),
            row,
            kind,
            thumb: thumb.map(str::to_owned),
        })
    }

    fn asked(&self, Call { heard, found }: &Call, has_wrong_type: bool) -> media::Asked {
        for name in ["cookie", "authorization"] {
            if heard.headers.contains_key(name) {
                return media::Asked::Leaked(name);
            }
        }
        let required = self.options.required_header.as_ref();
        if required.is_some_and(|(name, _)| heard.headers.contains_key(name.as_str())) {
            return media::Asked::Leaked("of the configuration");
        }
        if heard.method != Method::GET {
            return media::Asked::Refused(media::LinkFault::Tampered);
        }
        if let Err(fault) = self.signer.check(
            heard.uri.path().trim_start_matches('/'),
            heard.uri.query().unwrap_or_default(),
            self.gate.clock.now_ms(),
        ) {
            return media::Asked::Refused(fault);
        }
        let Some(found) = found else { return media::Asked::Missing };
        let kind = match found.kind {
            FileKind::Jpeg | FileKind::Png if has_wrong_type => FileKind::Pdf,
            _ if has_wrong_type => FileKind::Png,
            kind => kind,
        };
        media::Asked::Found(kind, self.file_bytes(found.row, kind, found.thumb.as_deref()))
    }
}
