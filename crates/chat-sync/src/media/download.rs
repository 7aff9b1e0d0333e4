//! One download, and what its failure means.

use std::io::ErrorKind;
use std::time::Duration;

use chat_archive::{MediaTask, MediaWriter, SavedMedia};
use chat_core::{MediaErrorKind, MediaLink};

use super::Fetcher;
use crate::store::Store;

/// A file that is not here after so long is taken for one that will never be.
const MAX_DOWNLOAD: Duration = Duration::from_secs(15 * 60);

pub(super) enum Trouble {
    /// The disk is full.
    Full,
    /// Trying again cannot help.
    Final(String),
    /// The link is dead; another may help.
    Dead,
    /// Something else came; another link may help.
    Other(String),
    /// The host does not have it; one other link is worth asking for.
    Gone(String),
    /// The same link may work later.
    Passing(String),
}

impl<S: Store> Fetcher<S> {
    pub(super) async fn download(
        &self,
        task: &MediaTask,
        link: &MediaLink,
    ) -> Result<SavedMedia, Trouble> {
        let local = |error: std::io::Error| match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Trouble::Full,
            kind => Trouble::Passing(format!("the file could not be written: {kind}")),
        };
        let mut file = MediaWriter::create(&self.dir).map_err(local)?;
        let fetched = self.source.fetch_media(link, &mut file, self.limit_bytes);
        let fetched = tokio::time::timeout(MAX_DOWNLOAD, fetched).await;
        let fetched =
            fetched.map_err(|_| Trouble::Passing("the download took too long".to_owned()))?;
        let info = fetched.map_err(|error| match error.kind() {
            MediaErrorKind::NotFound => Trouble::Gone(error.to_string()),
            MediaErrorKind::Expired => Trouble::Dead,
            MediaErrorKind::Local => match error.into_io() {
                Some(error) => local(error),
                None => Trouble::Passing("the file could not be written".to_owned()),
            },
            kind if kind.is_retryable() => Trouble::Passing(error.to_string()),
            _ => Trouble::Final(error.to_string()),
        })?;
        if info.size_bytes == 0 {
            return Err(Trouble::Other("the media host sent an empty file".to_owned()));
        }
        let declared = task.mime_type.as_deref();
        if let Some(found) =
            page_instead_of(&task.kind, declared, file.detected_type(), info.mime_type.as_deref())
        {
            let declared = declared.unwrap_or(&task.kind);
            return Err(Trouble::Other(format!(
                "the media host sent {found} instead of {declared}"
            )));
        }
        file.finish().map_err(local)
    }
}

/// A page that says "no" with status 200 is not the file. Other differences between what was
/// declared and what came are the vendor's looseness: the file is kept, and both types are noted.
fn page_instead_of<'a>(
    kind: &str,
    declared: Option<&str>,
    detected: Option<&'a str>,
    stated: Option<&'a str>,
) -> Option<&'a str> {
    let is_page = |found: &str| {
        ["text/html", "text/xml", "application/xml", "application/json"]
            .iter()
            .any(|page| found.starts_with(page))
    };
    // text may be what it wants, and so may bytes that nobody says anything of
    let is_definite = |declared: &str| {
        !is_page(declared)
            && !declared.starts_with("text/")
            && !declared.ends_with("xml")
            && declared != "application/octet-stream"
    };
    let is_sure = match declared {
        Some(declared) => is_definite(declared),
        None => matches!(kind, "image" | "voice" | "video" | "audio" | "emotion"),
    };
    // a host that states a page but sends bytes of a known media type has only the header wrong
    detected.or(stated).filter(|found| is_sure && is_page(found))
}

#[cfg(test)]
mod tests {
    use super::page_instead_of;

    #[test]
    fn an_error_page_is_not_the_file() {
        let html = Some("text/html");
        for declared in [Some("image/jpeg"), Some("application/pdf"), None] {
            assert_eq!(page_instead_of("image", declared, html, None), html, "{declared:?}");
            assert_eq!(page_instead_of("image", declared, None, html), html, "{declared:?}");
            assert_eq!(page_instead_of("image", declared, Some("image/png"), html), None);
        }
        for declared in ["text/html", "text/plain", "image/svg+xml", "application/octet-stream"] {
            assert_eq!(page_instead_of("file", Some(declared), html, html), None, "{declared}");
        }
        assert_eq!(page_instead_of("file", None, html, html), None);
    }
}
