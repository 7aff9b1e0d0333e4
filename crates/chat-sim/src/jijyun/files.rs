//! The media host: files behind plain links, which anyone can open and which do not end.

use std::sync::Arc;

use axum::http::Method;

use super::{ask, data::Row, facts::Facts, talk, world::World};
use crate::{
    faults::{Action, Edit, Host},
    media::{self, FileKind},
    server::{Gate, Heard, Noted, Reply, Site},
};

/// The media listener.
pub(super) struct MediaHost(pub(super) Arc<World>);

/// A request for a file.
pub(super) struct Call {
    heard: Heard,
    /// The message that names it: ordinal and row.
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
        Reply::of_status(media::answer(asked, &call.heard.headers))
    }
}

impl World {
    /// The file of a message that has one.
    pub(super) fn file_of(&self, row: Row) -> Option<Vec<u8>> {
        let data = self.data();
        let kind = Facts::of(&data, data.conversation(row)?, row).file?;
        Some(talk::file_bytes(&data, row, kind, self.options.media_bytes))
    }

    /// The message whose file has this path.
    pub(super) fn file_at(&self, path: &str) -> Option<(usize, Row, FileKind)> {
        let id = path.strip_prefix("jijyun/")?.split('.').next()?.parse().ok()?;
        let data = self.data();
        let (ordinal, row) = data.find(id)?;
        let kind = Facts::of(&data, data.conversation(row)?, row).file?;
        (talk::file_path(row, kind) == path).then_some((ordinal, row, kind))
    }

    fn asked(&self, Call { heard, found }: &Call, has_wrong_type: bool) -> media::Asked {
        if ask::query(&heard.uri, "apiKey").is_some() {
            return media::Asked::Leaked("apiKey");
        }
        let Some((_, row, kind)) = found.filter(|_| heard.method == Method::GET) else {
            return media::Asked::Missing;
        };
        let kind = match kind {
            FileKind::Jpeg | FileKind::Png if has_wrong_type => FileKind::Pdf,
            _ if has_wrong_type => FileKind::Png,
            _ => kind,
        };
        media::Asked::Found(
            kind,
            talk::file_bytes(&self.data(), row, kind, self.options.media_bytes),
        )
    }
}
