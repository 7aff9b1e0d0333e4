//! The media host: files of records behind links that expire.

use std::sync::Arc;

use axum::http::Method;

use super::{data::Row, facts::Facts, render::file_path, sign::VENDOR_HEADERS, world::World};
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
    /// The record that has it: ordinal and row.
    found: Option<(usize, Row, FileKind)>,
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
        call.found.is_some_and(|(at, ..)| at as u64 == ordinal)
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
    /// The file of a record that has one.
    pub(super) fn file_of(&self, row: Row) -> Option<(FileKind, Vec<u8>)> {
        let kind = Facts::of(self.options.seed, row).file?;
        Some((kind, self.file_bytes(row, kind)))
    }

    fn file_bytes(&self, row: Row, kind: FileKind) -> Vec<u8> {
        // by id, so that inserted records differ from those that would have had their place
        let mut mix = Mix::of(&[self.options.seed, 12, row.id]);
        let (smallest, largest) = self.options.media_bytes;
        let len = mix.between(smallest, largest);
        media::file(kind, mix, usize::try_from(len).unwrap_or(usize::MAX))
    }

    /// The record whose file has this path.
    fn file_at(&self, path: &str) -> Option<(usize, Row, FileKind)> {
        let id = path.strip_prefix("nxlink/")?.split('.').next()?.parse().ok()?;
        let (ordinal, row) = self.data().find(id)?;
        let kind = Facts::of(self.options.seed, row).file?;
        (file_path(row, kind) == path).then_some((ordinal, row, kind))
    }

    fn asked(&self, Call { heard, found }: &Call, has_wrong_type: bool) -> media::Asked {
        if let Some(name) =
            VENDOR_HEADERS.into_iter().find(|name| heard.headers.contains_key(*name))
        {
            return media::Asked::Leaked(name);
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
        let Some((_, row, kind)) = *found else { return media::Asked::Missing };
        let kind = match kind {
            FileKind::Jpeg | FileKind::Png if has_wrong_type => FileKind::Pdf,
            _ if has_wrong_type => FileKind::Png,
            _ => kind,
        };
        media::Asked::Found(kind, self.file_bytes(row, kind))
    }
}
