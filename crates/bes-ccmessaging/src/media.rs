//! The call `POST /apiaccess/ccmessaging/downloadFileStream`, after the vendor's page of that
//! name: the files of messages, as Base64 in JSON.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use chat_core::{DecodeError, Endpoint, Loose, Secret, Url, http, read_envelope};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::user::User;
use crate::wire::{Failure, Outcome, believed, post};

/// What the vendor serves (`fileType`). `bpm` is its own spelling; `bmp` and `jpeg` are what it
/// lets be uploaded since 2025, and so believed to be served.
const FILE_TYPES: [&str; 15] = [
    "jpg", "jpeg", "png", "bpm", "bmp", "mp3", "aac", "mp4", "txt", "csv", "richtext", "doc",
    "docx", "pdf", "zip",
];

/// Which file to fetch, and for whom.
///
/// `Debug` shows the type only.
#[derive(Clone, PartialEq)]
pub struct DownloadRequest {
    channel_id: String,
    user: User,
    file_id: String,
    file_type: String,
    is_library_file: bool,
}

impl DownloadRequest {
    /// A file (`fileId`) of a type (`fileType`: `jpg`, `mp4`, …) from the history of a user of a
    /// channel. The id of a file that an agent sent from disk begins with `local/`.
    pub fn new(
        channel_id: impl Into<String>,
        user: impl Into<User>,
        file_id: impl Into<String>,
        file_type: impl Into<String>,
    ) -> Self {
        Self {
            channel_id: channel_id.into(),
            user: user.into(),
            file_id: file_id.into(),
            file_type: file_type.into().to_ascii_lowercase(),
            is_library_file: false,
        }
    }

    /// A file of the business's library (`multiMedia`).
    #[must_use]
    pub const fn of_library(mut self, is_library_file: bool) -> Self {
        self.is_library_file = is_library_file;
        self
    }

    /// True if the vendor serves files of this type. It says so before it looks for the file, and
    /// a wrong type would be a lie about the file.
    pub fn is_served(file_type: &str) -> bool {
        FILE_TYPES.iter().any(|served| served.eq_ignore_ascii_case(file_type))
    }

    #[cfg(feature = "client")]
    pub(crate) fn channel_id(&self) -> &str {
        &self.channel_id
    }

    #[cfg(feature = "client")]
    pub(crate) const fn user(&self) -> &User {
        &self.user
    }
}

impl fmt::Debug for DownloadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadRequest")
            .field("channel_id", &self.channel_id)
            .field("is_library_file", &self.is_library_file)
            .finish_non_exhaustive()
    }
}

/// A file as it was fetched. `Debug` shows its length.
#[derive(Clone)]
#[non_exhaustive]
pub struct DownloadedFile {
    /// The file.
    pub bytes: Vec<u8>,
    /// A link to it that lives about 24 hours (`fileUrl`); newer servers give one. Whoever holds it
    /// can fetch the file, and its host may be any: never send tokens there.
    pub file_url: Option<Secret>,
}

impl fmt::Debug for DownloadedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DownloadedFile({} bytes)", self.bytes.len())
    }
}

impl Endpoint for DownloadRequest {
    type Output = DownloadedFile;
    type Error = Error;
    const NAME: &'static str = "ccmessaging/downloadFileStream";

    fn build_request(&self, base: &Url) -> Result<http::Request<Vec<u8>>, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            file_id: &'a str,
            channel: &'static str,
            file_type: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            multi_media: Option<&'static str>,
        }
        self.user.check()?;
        if self.file_id.is_empty() {
            return Err(Error::invalid("the file id is empty"));
        }
        if !Self::is_served(&self.file_type) {
            return Err(Error::invalid("the vendor does not serve files of this type"));
        }
        let body = Body {
            file_id: &self.file_id,
            // the one value that the vendor documents, whatever the channel of the message
            channel: "WEB",
            file_type: &self.file_type,
            multi_media: self.is_library_file.then_some("multiMedia"),
        };
        post(base, &["apiaccess", "ccmessaging", "downloadFileStream"], &body)
    }

    fn read_response(&self, answer: http::Response<Vec<u8>>) -> Result<DownloadedFile, Error> {
        let (parts, body) = answer.into_parts();
        read_file(&body)
            .and_then(|file| believed(&parts, file))
            .map_err(|failure| Error::from_answer(Self::NAME, &parts, &body, failure))
    }
}

fn read_file(body: &[u8]) -> Result<DownloadedFile, Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer<'a> {
        #[serde(default, borrow)]
        file_stream: Option<Cow<'a, str>>,
        #[serde(default, borrow)]
        file_url: Loose<'a>,
        #[serde(default, borrow)]
        result_code: Loose<'a>,
        #[serde(default, borrow)]
        result_desc: Loose<'a>,
        #[serde(default, borrow)]
        error_code: Loose<'a>,
        #[serde(default, borrow)]
        exception_info: Loose<'a>,
    }
    let answer: Answer<'_> = read_envelope(body).map_err(Failure::Unreadable)?;
    let Answer { file_stream, file_url, result_code, result_desc, error_code, exception_info } =
        answer;
    Outcome { result_code, result_desc, error_code, exception_info }.check("0")?;
    let Some(stream) = file_stream.filter(|stream| !stream.is_empty()) else {
        return Err(Failure::Unreadable(DecodeError::new("it has no `fileStream`")));
    };
    let bytes = decoded(&stream)
        .ok_or_else(|| Failure::Unreadable(DecodeError::new("`fileStream` is not Base64")))?;
    Ok(DownloadedFile { bytes, file_url: file_url.text().map(Secret::new) })
}

/// Base64 with or without line breaks, with or without the signs that fill it up.
fn decoded(stream: &str) -> Option<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&STANDARD, lenient);
    if stream.bytes().any(|byte| byte.is_ascii_whitespace()) {
        let dense: Vec<u8> = stream.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        return engine.decode(dense).ok();
    }
    engine.decode(stream).ok()
}

/// What a media link of ours holds: all that a later download needs, and no token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileTarget {
    pub(crate) user: String,
    pub(crate) file_id: String,
    /// The extension; `None` if the message does not say it.
    pub(crate) file_type: Option<String>,
    pub(crate) is_library_file: bool,
    /// The size that the message states.
    pub(crate) size_bytes: Option<u64>,
}

impl FileTarget {
    pub(crate) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    #[cfg(feature = "client")]
    pub(crate) fn read(link: &str) -> Option<Self> {
        serde_json::from_str(link).ok()
    }
}
