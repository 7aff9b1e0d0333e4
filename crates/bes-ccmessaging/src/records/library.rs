//! Files of the business's library, which agents send by id.

use std::borrow::Cow;
use std::fmt;

use chat_core::de::{self, word};
use chat_core::open_enum;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use super::MediaType;
use super::loose::{Timestamp, exact_text, time};

open_enum! {
    /// The unit of a library file's size (`sizeUnit`).
    pub enum SizeUnit {
        /// Kilobytes; of 1000 or 1024 bytes, the vendor does not say.
        Kilobytes = "KB",
        /// Megabytes.
        Megabytes = "MB",
    }
}

/// What the vendor knows of a library file (`multiMediaLibraryInfo`, `MultiMediaLibraryDO`).
///
/// `Debug` shows kinds and times, never ids, names, texts, places or links.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct LibraryFile {
    /// Its id in the library.
    #[serde(deserialize_with = "exact_text", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The id of its category.
    #[serde(deserialize_with = "exact_text", skip_serializing_if = "Option::is_none")]
    pub parent_type_id: Option<String>,
    /// Its name in the library.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its description in the library.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it is.
    #[serde(deserialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// When it was put there.
    #[serde(deserialize_with = "time", skip_serializing_if = "Option::is_none")]
    pub upload_time: Option<Timestamp>,
    /// Where it is stored; a key of the storage rather than a link.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub media_url: Option<String>,
    /// A place's latitude.
    #[serde(deserialize_with = "exact_text", skip_serializing_if = "Option::is_none")]
    pub latitude: Option<String>,
    /// A place's longitude.
    #[serde(deserialize_with = "exact_text", skip_serializing_if = "Option::is_none")]
    pub longitude: Option<String>,
    /// The length of a recording; its unit is not documented.
    #[serde(deserialize_with = "exact_text", skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// The file's extension.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub media_file_type: Option<String>,
    /// Rich text.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The file's name. From outside: never use it as a path.
    #[serde(deserialize_with = "de::filled_text", skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// The file's size in `sizeUnit`.
    #[serde(deserialize_with = "exact_text", skip_serializing_if = "Option::is_none")]
    pub file_size: Option<String>,
    /// The unit of the size.
    #[serde(deserialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub size_unit: Option<SizeUnit>,
}

impl fmt::Debug for LibraryFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LibraryFile")
            .field("media_type", &self.media_type)
            .field("upload_time", &self.upload_time)
            .field("size_unit", &self.size_unit)
            .finish_non_exhaustive()
    }
}

/// An object, or a text that holds one; `null` and empty text are `None`.
pub(super) fn library_in(json: &str) -> Result<Option<Box<LibraryFile>>, serde_json::Error> {
    let text: Cow<'_, str> =
        if json.starts_with('"') { serde_json::from_str(json)? } else { json.into() };
    let text = text.trim();
    if text.is_empty() || text == "null" {
        return Ok(None);
    }
    // serde reads a list into the fields of a struct, in their order
    if !text.starts_with('{') {
        return Err(serde_json::Error::custom("an object is due"));
    }
    serde_json::from_str(text).map(Some)
}
