//! Answers of a media host, in the manner of object stores.

use axum::http::{HeaderMap, header};
use sha2::{Digest as _, Sha256};

use super::{FileKind, LinkFault};
use crate::server::Answer;

/// A request for a file, as far as the media host has judged it.
pub(crate) enum Asked {
    /// The link is no good.
    Refused(LinkFault),
    /// There is no such file.
    Missing,
    /// Headers that only the API may see came along; the first one's name.
    Leaked(&'static str),
    /// The file.
    Found(FileKind, Vec<u8>),
}

pub(crate) fn answer(asked: Asked, headers: &HeaderMap) -> Answer {
    match asked {
        Asked::Refused(LinkFault::Expired) => error(403, "AccessDenied", "Request has expired."),
        Asked::Refused(LinkFault::Tampered) => error(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
        ),
        Asked::Missing => error(404, "NoSuchKey", "The specified key does not exist."),
        Asked::Leaked(name) => error(
            400,
            "InvalidRequest",
            &format!("The header {name} belongs to the API and must not be sent here."),
        ),
        Asked::Found(kind, file) => found(kind, file, headers),
    }
}

fn found(kind: FileKind, file: Vec<u8>, headers: &HeaderMap) -> Answer {
    let etag = format!("\"{}\"", hex::encode(&Sha256::digest(&file)[..16]));
    part_of(kind, file, &etag, headers).with_header(header::ETAG, etag)
}

fn part_of(kind: FileKind, file: Vec<u8>, etag: &str, headers: &HeaderMap) -> Answer {
    // a part of another file than the one that the client has the beginning of is of no use to it
    let is_same =
        headers.get(header::IF_RANGE).is_none_or(|asked| asked.as_bytes() == etag.as_bytes());
    let range = headers.get(header::RANGE).filter(|_| is_same);
    let range = range.and_then(|value| value.to_str().ok()).and_then(bounds);
    let Some((first, last)) = range else {
        return Answer::new(200, kind.mime_type(), file)
            .with_header(header::ACCEPT_RANGES, "bytes");
    };
    let len = file.len();
    let (start, end) = match (first, last) {
        (Some(first), last) => (first, last.map_or(len, |last| last.saturating_add(1).min(len))),
        (None, last) => (len - last.unwrap_or(0).min(len), len),
    };
    match file.get(start..end) {
        Some(part) if !part.is_empty() => Answer::new(206, kind.mime_type(), part)
            .with_header(header::ACCEPT_RANGES, "bytes")
            .with_header(header::CONTENT_RANGE, format!("bytes {start}-{}/{len}", end - 1)),
        _ => error(416, "InvalidRange", "The requested range cannot be satisfied.")
            .with_header(header::CONTENT_RANGE, format!("bytes */{len}")),
    }
}

/// First and last byte of a `Range` header with one range; anything else is ignored, as HTTP allows.
fn bounds(value: &str) -> Option<(Option<usize>, Option<usize>)> {
    let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
    let parse =
        |text: &str| if text.is_empty() { Some(None) } else { text.trim().parse().ok().map(Some) };
    match (parse(first)?, parse(last)?) {
        (None, None) => None,
        (Some(first), Some(last)) if last < first => None,
        bounds => Some(bounds),
    }
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>\n  <Code>{code}</Code>\n  <Message>{message}</Message>\n</Error>\n"
    );
    Answer::new(status, "application/xml", body)
}
