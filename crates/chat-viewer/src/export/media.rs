//! Saved files beside the pages.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use chat_archive::KeptFile;

use super::target;

/// Puts files into the folder, each once.
#[derive(Debug)]
pub(super) struct Media {
    archive: PathBuf,
    dir: PathBuf,
    /// Files in the folder.
    pub(super) files: u64,
    /// Files that the archive lists and that are not in its folder.
    pub(super) missing: u64,
}

impl Media {
    pub(super) fn new(archive: &Path, dir: &Path) -> Self {
        Self { archive: archive.to_owned(), dir: dir.to_owned(), files: 0, missing: 0 }
    }

    /// Puts a copy there, if the file is saved and not there yet. Never a second name of the same
    /// file: whoever changes the folder must not change the archive. Where the file system can share
    /// bytes until one of the two is written to, the copy costs no space.
    pub(super) fn place(&mut self, file: &KeptFile) -> io::Result<()> {
        let (Some(from), Some(name)) = (&file.path, name(file)) else { return Ok(()) };
        let to = self.dir.join(&name);
        if to.exists() {
            return Ok(());
        }
        let mut from = match File::open(self.archive.join(from)) {
            Ok(from) => from,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.missing += 1;
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if let Some(folder) = to.parent() {
            target::create_dir(folder)?;
        }
        io::copy(&mut from, &mut target::create(&to)?)?;
        self.files += 1;
        Ok(())
    }
}

/// The path of a saved file below the export, with `/`: its digest and an ending that a browser
/// makes nothing of that could run. `None` if it is not saved.
pub(super) fn name(file: &KeptFile) -> Option<String> {
    file.path.as_ref()?;
    let sha256 = file.sha256.as_deref()?;
    let ending = ending(file.detected_type.as_deref(), file.file_name.as_deref());
    Some(format!("media/{}/{sha256}.{ending}", sha256.get(..2)?))
}

/// By what the first bytes say; the name that somebody gave the file decides among harmless ones
/// only.
fn ending(detected_type: Option<&str>, file_name: Option<&str>) -> &'static str {
    let Some(detected) = detected_type else {
        let named = file_name.and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending);
        let is = |word: &str| named.is_some_and(|named| named.eq_ignore_ascii_case(word));
        return ["txt", "csv", "md", "log"].into_iter().find(|word| is(word)).unwrap_or("bin");
    };
    match detected {
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/avif" => "avif",
        "image/bmp" => "bmp",
        "image/tiff" => "tif",
        "image/heif" | "image/heic" => "heic",
        "audio/mpeg" => "mp3",
        "audio/ogg" => "ogg",
        "audio/m4a" | "audio/mp4" => "m4a",
        "audio/aac" => "aac",
        "audio/x-flac" | "audio/flac" => "flac",
        "audio/x-wav" | "audio/wav" => "wav",
        "audio/amr" => "amr",
        "video/mp4" | "video/x-m4v" => "mp4",
        "video/webm" => "webm",
        "video/3gpp" => "3gp",
        "video/quicktime" => "mov",
        "video/x-matroska" => "mkv",
        "video/x-msvideo" => "avi",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/gzip" => "gz",
        "application/x-7z-compressed" => "7z",
        "application/vnd.rar" => "rar",
        "application/rtf" => "rtf",
        "application/msword" => "doc",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.ms-powerpoint" => "ppt",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "pptx",
        // what could hold a script is shown as the text that it is
        detected if detected.starts_with("text/") || detected.contains("xml") => "txt",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::ending;

    #[test]
    fn no_ending_makes_a_browser_run_what_is_in_a_file() {
        for (detected, named, expected) in [
            (Some("text/html"), "photo.jpg", "txt"),
            (Some("text/xml"), "drawing.svg", "txt"),
            (Some("image/svg+xml"), "drawing.svg", "txt"),
            (Some("application/xhtml+xml"), "a.xhtml", "txt"),
            (Some("application/javascript"), "a.js", "bin"),
            (None, "page.html", "bin"),
            (None, "drawing.SVG", "bin"),
            (None, "notes.TXT", "txt"),
            (None, "table.csv", "csv"),
            (None, "../../x", "bin"),
            (Some("image/jpeg"), "photo.html", "jpg"),
        ] {
            assert_eq!(ending(detected, Some(named)), expected, "{detected:?} {named}");
        }
    }
}
