//! `downloadFileStream`, and the host that its temporary links point to.

use axum::http::Method;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{
    auth::{Caller, Texts, VENDOR_HEADERS},
    files::{self, FileId, Found},
    words::{self, Voice},
    world::World,
};
use crate::{
    faults::{Action, Edit},
    media::{self, FileKind, LinkFault},
    server::{Heard, Reply},
};

/// The largest file that a client gets.
pub(super) const LARGEST_FILE_BYTES: usize = 2 * 1024 * 1024;

/// How long a temporary link lives, in seconds.
const LINK_LIFE_S: i64 = 24 * 60 * 60;

/// What a client may say that the file is.
const FILE_TYPES: [&str; 15] = [
    "jpg", "jpeg", "png", "bpm", "bmp", "mp3", "aac", "mp4", "txt", "csv", "richtext", "doc",
    "docx", "pdf", "zip",
];

impl World {
    /// The file that a body asks for, if there is one.
    pub(super) fn file_asked_for(&self, body: &[u8]) -> Option<Found> {
        files::find(&self.data(), Texts::read(body)?.get("fileId")?)
    }

    pub(super) fn download(&self, caller: &Caller, body: &[u8], edits: &[Edit]) -> Reply {
        let Some(body) = Texts::read(body) else {
            return words::chat(400, "the body is no JSON object");
        };
        if body.get("channel") != Some("WEB") {
            return words::chat(400, "channel must be WEB");
        }
        let code = |code, description| words::code(Voice::Chat, code, description);
        let Some(file_id) = body.get("fileId") else { return code(401, "objectKey is null") };
        if !body.get("fileType").is_some_and(|file_type| FILE_TYPES.contains(&file_type)) {
            return code(13, "the file type is out of range");
        }
        let found = files::find(&self.data(), file_id);
        let found = found.filter(|found| match found.id {
            FileId::Library(_) => body.get("multiMedia") == Some("multiMedia"),
            FileId::Own { user, .. } => {
                let data = self.data();
                data.users.get(user as usize) == Some(&caller.holder.user_id)
            }
        });
        let Some(found) = found else { return code(13, "download file from storage failed") };
        let kind = kind_sent(found.kind, edits);
        let file = files::bytes(self.options.seed, found.id, kind, self.options.media_bytes);
        if file.len() > LARGEST_FILE_BYTES {
            return code(13, "the file is too large");
        }
        let mut path = String::new();
        files::write_path(self.options.seed, found.id, found.kind, &mut path);
        let mut link = String::new();
        let expires_s = self.now_ms().div_euclid(1000).saturating_add(LINK_LIFE_S);
        self.signer.write_link(&path, expires_s, &mut link);
        let answer = json!({
            "fileStream": STANDARD.encode(file),
            "fileUrl": link,
            "resultCode": "0",
            "resultDesc": "success",
        });
        words::ok(answer.to_string())
    }

    /// The file behind a temporary link.
    pub(super) fn linked_file(&self, heard: &Heard, edits: &[Edit]) -> Reply {
        let path = heard.uri.path().trim_start_matches('/');
        let query = heard.uri.query().unwrap_or_default();
        let leaked = VENDOR_HEADERS.into_iter().find(|name| heard.headers.contains_key(*name));
        let asked = if let Some(name) = leaked {
            media::Asked::Leaked(name)
        } else if heard.method != Method::GET {
            media::Asked::Refused(LinkFault::Tampered)
        } else if let Err(fault) = self.signer.check(path, query, self.now_ms()) {
            media::Asked::Refused(fault)
        } else {
            match files::find_path(&self.data(), path) {
                Some(found) => {
                    let kind = kind_sent(found.kind, edits);
                    let (seed, sizes) = (self.options.seed, self.options.media_bytes);
                    media::Asked::Found(kind, files::bytes(seed, found.id, kind, sizes))
                }
                None => media::Asked::Missing,
            }
        };
        Reply::of_status(media::answer(asked, &heard.headers))
    }
}

/// The type of what is sent: another one if a rule wants it.
fn kind_sent(kind: FileKind, edits: &[Edit]) -> FileKind {
    let has_wrong_type = edits.iter().any(|edit| edit.action == Action::WrongMime);
    match kind {
        FileKind::Jpeg | FileKind::Png if has_wrong_type => FileKind::Pdf,
        _ if has_wrong_type => FileKind::Png,
        _ => kind,
    }
}
