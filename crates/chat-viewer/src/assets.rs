//! The style sheet, the script and the icon, which are part of the program.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;

/// A file that is part of the program.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Its name without its extension.
    pub(crate) stem: &'static str,
    /// Its extension.
    pub(crate) extension: &'static str,
    content_type: &'static str,
    /// What is in it.
    pub(crate) text: &'static str,
}

/// How everything looks.
pub(crate) static STYLE: Asset = Asset {
    stem: "style",
    extension: "css",
    content_type: "text/css; charset=utf-8",
    text: include_str!("assets/style.css"),
};

/// How the overview, the lists and the charts look.
pub(crate) static LISTS: Asset = Asset {
    stem: "lists",
    extension: "css",
    content_type: "text/css; charset=utf-8",
    text: include_str!("assets/lists.css"),
};

/// What the pages of a folder have beside it.
pub(crate) static FOLDER_STYLE: Asset = Asset {
    stem: "folder",
    extension: "css",
    content_type: "text/css; charset=utf-8",
    text: include_str!("assets/folder.css"),
};

/// What makes reading more comfortable; nothing needs it.
pub(crate) static SCRIPT: Asset = Asset {
    stem: "viewer",
    extension: "js",
    content_type: "text/javascript; charset=utf-8",
    text: include_str!("assets/viewer.js"),
};

/// The icon of the pages.
pub(crate) static ICON: Asset = Asset {
    stem: "icon",
    extension: "svg",
    content_type: "image/svg+xml",
    text: include_str!("assets/icon.svg"),
};

static ALL: [&Asset; 4] = [&STYLE, &LISTS, &SCRIPT, &ICON];

impl Asset {
    /// Its name with a digest of what is in it: another version of the program has another name,
    /// so that a browser may keep it for good.
    pub(crate) fn hashed_name(&self) -> String {
        let digest = hex::encode(Sha256::digest(self.text));
        let short = digest.get(..16).unwrap_or(&digest);
        format!("{}-{short}.{}", self.stem, self.extension)
    }
}

/// Serves one of them.
pub(crate) async fn file(Path(name): Path<String>) -> Result<Response, Failure> {
    let asset = ALL.iter().find(|asset| asset.hashed_name() == name).ok_or(Failure::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.text).into_response())
}
