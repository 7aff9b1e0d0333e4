//! What a record's `content` means: text, HTML, a file's id with or without name, size and
//! extension, a place, a card.

use chat_core::de;
use serde::Deserialize;

use crate::html::{is_html, visible_text};
use crate::records::{ContentDealType, MediaType, Record};

/// A file that a record carries.
#[derive(Default)]
pub(crate) struct FileRef {
    pub(crate) file_id: String,
    /// The extension, in lower case.
    pub(crate) extension: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) size_bytes: Option<u64>,
    pub(crate) is_library_file: bool,
}

/// The file that a record carries; `None` if it carries none, or not in a form that is known.
pub(crate) fn file(record: &Record) -> Option<FileRef> {
    let content = record.content.as_deref().unwrap_or_default().trim();
    if record.media_type == Some(MediaType::WebCard) {
        return card(content)?.file();
    }
    let is_local = record.content_deal_type == Some(ContentDealType::LocalFile);
    if !is_local && let Some(file) = library_file(record, content) {
        return Some(file);
    }
    // a description may end as a file does
    let is_place = record.media_type == Some(MediaType::Location) && place(content).is_some();
    if is_place {
        return None;
    }
    let mut file = match record.media_type {
        Some(MediaType::File) => four_parts(content).or_else(|| two_parts(content)),
        _ => two_parts(content),
    };
    // a place is text unless it says that it is a file
    if file.is_none() && record.media_type != Some(MediaType::Location) {
        file = Some(content)
            .filter(|id| is_file_id(id))
            .map(|id| FileRef { file_id: id.to_owned(), ..FileRef::default() });
    }
    let mut file = file?;
    let library = record.multi_media_library_info.as_deref();
    file.extension = file
        .extension
        .or_else(|| last_extension(&file.file_id))
        .or_else(|| extension(library?.media_file_type.as_deref()?))
        .or_else(|| usual_extension(record.media_type.as_ref()?));
    if is_local {
        file.file_id = format!("local/{}", file.file_id);
        file.name = file.name.or_else(|| library?.file_name.clone());
    }
    Some(file)
}

/// A file of the library: `content` is its number or nothing, the library says the rest. Anything
/// else is the content's own file, unless only the library can say that there is one.
fn library_file(record: &Record, content: &str) -> Option<FileRef> {
    let library = record.multi_media_library_info.as_deref()?;
    let is_number = !content.is_empty() && content.bytes().all(|byte| byte.is_ascii_digit());
    let id = library.id.as_deref();
    let is_text = matches!(
        record.media_type,
        Some(MediaType::Other(_) | MediaType::RichText | MediaType::Card)
    );
    let file_id = if is_number || id == Some(content) {
        content
    } else if content.is_empty() || is_text {
        id?
    } else {
        return None;
    };
    // a place or text of the library has no file
    let extension = extension(library.media_file_type.as_deref().unwrap_or_default());
    let is_file = extension.is_some() || record.media_type != Some(MediaType::Location);
    is_file.then(|| FileRef {
        file_id: file_id.to_owned(),
        extension,
        name: library.file_name.clone().or_else(|| library.name.clone()),
        size_bytes: None,
        is_library_file: true,
    })
}

/// `name,size,id,ext`, read from its end: a name may hold commas, and may be empty.
fn four_parts(content: &str) -> Option<FileRef> {
    let mut parts = content.rsplitn(4, ',');
    let (ext, id, size, name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some(FileRef {
        size_bytes: Some(size.trim().parse().ok()?),
        name: Some(name).filter(|name| !name.is_empty()).map(str::to_owned),
        ..id_and_extension(id, ext)?
    })
}

/// `id,ext`.
fn two_parts(content: &str) -> Option<FileRef> {
    let (id, ext) = content.rsplit_once(',')?;
    id_and_extension(id, ext)
}

fn id_and_extension(id: &str, ext: &str) -> Option<FileRef> {
    let id = id.trim();
    let extension = extension(ext)?;
    is_file_id(id).then(|| FileRef {
        file_id: id.to_owned(),
        extension: Some(extension),
        ..FileRef::default()
    })
}

/// Ids are keys of a storage: one word of plain characters, perhaps with slashes.
///
/// `[图片]` is a word for a picture, and a link is none of these keys.
fn is_file_id(text: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !",<>\"{}[]".contains(c);
    !text.is_empty() && !text.contains("://") && text.len() <= 512 && text.chars().all(plain)
}

/// An extension in lower case: a few letters and digits.
fn extension(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches('.');
    let plain = (1..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    plain.then(|| text.to_ascii_lowercase())
}

/// The extension at the end of a key's last part.
fn last_extension(file_id: &str) -> Option<String> {
    let name = file_id.rsplit('/').next()?;
    extension(name.rsplit_once('.')?.1)
}

/// The extension that the vendor's page shows with a sort of file. Newer messages bear the id alone,
/// and a download must name a type.
fn usual_extension(media_type: &MediaType) -> Option<String> {
    let usual = match media_type {
        MediaType::Image | MediaType::FileImage => "jpg",
        MediaType::Video | MediaType::FileVideo => "mp4",
        MediaType::Audio => "mp3",
        _ => return None,
    };
    Some(usual.to_owned())
}

/// A card that leads to a web page: JSON in a text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Card {
    #[serde(default, deserialize_with = "de::filled_text")]
    title: Option<String>,
    #[serde(default, deserialize_with = "de::filled_text")]
    description: Option<String>,
    #[serde(default, deserialize_with = "de::filled_text")]
    media_file_id: Option<String>,
    #[serde(default, deserialize_with = "de::filled_text")]
    media_file_type: Option<String>,
    #[serde(default, deserialize_with = "de::filled_text")]
    redirect_url: Option<String>,
}

impl Card {
    fn file(self) -> Option<FileRef> {
        let kind = self.media_file_type.unwrap_or_default();
        // `img` and nothing stand for `jpg`
        let extension = match kind.strip_prefix("img").unwrap_or(&kind) {
            "" => Some("jpg".to_owned()),
            rest => extension(rest.trim_start_matches('/')),
        };
        Some(FileRef { file_id: self.media_file_id?, extension, ..FileRef::default() })
    }

    fn text(self) -> Option<String> {
        joined([self.title, self.description, self.redirect_url], "\n")
    }
}

fn card(content: &str) -> Option<Card> {
    // without the look ahead a list would be read into the fields in their order
    content.trim_start().starts_with('{').then(|| serde_json::from_str(content).ok())?
}

/// What a person would read in a record. Where `content` does not have the form that its kind
/// calls for, it stays as it is.
pub(crate) fn text(record: &Record, has_file: bool) -> Option<String> {
    let library = record.multi_media_library_info.as_deref();
    let content = record.content.as_deref();
    match &record.media_type {
        Some(MediaType::WebCard) => match content.and_then(card) {
            Some(card) => card.text(),
            None => content.map(str::to_owned),
        },
        Some(MediaType::Location) => {
            let of_library = || {
                let library = library?;
                let point = library.latitude.clone().zip(library.longitude.clone());
                let point = point.map(|(lat, long)| format!("({lat}, {long})"));
                let name = library.name.clone().or_else(|| library.description.clone());
                joined([name, point], " ")
            };
            let of_content = || content.filter(|_| !has_file).map(str::to_owned);
            content.and_then(place).or_else(of_library).or_else(of_content)
        }
        Some(MediaType::RichText) => {
            let rich = library.and_then(|library| library.content.as_deref());
            rich.and_then(readable).or_else(|| content.filter(|_| !has_file).and_then(readable))
        }
        _ if has_file => None,
        _ => content.and_then(readable),
    }
}

/// `latitude/longitude/description`.
fn place(content: &str) -> Option<String> {
    let mut parts = content.splitn(3, '/').map(str::trim);
    let (lat, long) = (parts.next()?, parts.next()?);
    if lat.parse::<f64>().is_err() || long.parse::<f64>().is_err() {
        return None;
    }
    let description = parts.next().filter(|text| !text.is_empty()).map(str::to_owned);
    joined([description, Some(format!("({lat}, {long})"))], " ")
}

/// Text as it is; HTML without its tags, scripts and styles.
fn readable(content: &str) -> Option<String> {
    if !is_html(content) {
        return Some(content.to_owned());
    }
    Some(visible_text(content)).filter(|text| !text.is_empty())
}

fn joined(parts: impl IntoIterator<Item = Option<String>>, between: &str) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(between))
}
