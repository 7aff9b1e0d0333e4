//! Files of the archive, by their digests: nothing else of the disk can be asked for.

use std::io::SeekFrom;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use crate::app::App;
use crate::failure::Failure;
use crate::render::file::{Showing, showing};

/// What one read from the disk brings: memory stays the same however large a file is.
const CHUNK: usize = 64 * 1024;

/// Serves a saved file, or the part of it that is asked for.
pub(crate) async fn file(
    State(app): State<App>,
    Path(sha256): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mut digest = [0; 32];
    hex::decode_to_slice(&sha256, &mut digest).map_err(|_| Failure::NotFound)?;
    let found = app.read(move |reader| Ok(reader.media_file(&digest)?)).await?;
    let found = found.ok_or(Failure::NotFound)?;
    let mut file = File::open(&found.path).await.map_err(|_| Failure::NotFound)?;
    let length = file.metadata().await.map_err(|_| Failure::Broken)?.len();
    let (shown, content_type) = showing(found.detected_type.as_deref());
    let tag = format!("\"{sha256}\"");
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let same = headers.get(header::IF_RANGE).is_none_or(|known| *known == tag);
    let part = asked.filter(|_| same).map_or(Part::Whole, |range| part(range, length));
    let (status, from, to) = match part {
        Part::Whole => (StatusCode::OK, 0, length),
        Part::Of(from, to) => (StatusCode::PARTIAL_CONTENT, from, to),
        Part::Beyond => {
            let range = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, range).into_response());
        }
    };
    file.seek(SeekFrom::Start(from)).await.map_err(|_| Failure::Broken)?;
    let mut response = (status, body(file, to - from)).into_response();
    let answer = response.headers_mut();
    let fixed = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, policy(shown)),
        (header::ACCEPT_RANGES, "bytes"),
    ];
    for (name, value) in fixed {
        answer.insert(name, HeaderValue::from_static(value));
    }
    if shown == Showing::Download {
        answer.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
    let range = format!("bytes {from}-{}/{length}", to.saturating_sub(1));
    let told = [
        (header::CONTENT_LENGTH, Some((to - from).to_string())),
        (header::ETAG, Some(tag)),
        (header::CONTENT_RANGE, (status == StatusCode::PARTIAL_CONTENT).then_some(range)),
    ];
    for (name, value) in told {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            answer.insert(name, value);
        }
    }
    Ok(response)
}

/// A file that a browser takes for a page can still do nothing. The page that browsers make around a
/// picture has styles written into it.
const fn policy(shown: Showing) -> &'static str {
    match shown {
        Showing::Picture => "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        _ => "sandbox; default-src 'none'",
    }
}

fn body(file: File, length: u64) -> Body {
    Body::from_stream(stream::try_unfold((file, length), async |(mut file, left)| {
        let size = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let mut chunk = vec![0; size];
        let read = if size == 0 { 0 } else { file.read(&mut chunk).await? };
        chunk.truncate(read);
        let left = left.saturating_sub(read as u64);
        Ok::<_, std::io::Error>((read > 0).then_some((chunk, (file, left))))
    }))
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// From the first of these up to the second, which is not in it.
    Of(u64, u64),
    Beyond,
}

/// The part that a `Range` header asks for. What is no single range of bytes asks for the whole,
/// as the standard allows.
fn part(range: &str, length: u64) -> Part {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|span| span.split_once('-'))
    else {
        return Part::Whole;
    };
    let (from, to) = match (first.trim(), last.trim()) {
        ("", last) => match last.parse::<u64>() {
            Ok(0) => return Part::Beyond,
            Ok(last) => (length.saturating_sub(last), length),
            Err(_) => return Part::Whole,
        },
        (first, "") => match first.parse() {
            Ok(first) => (first, length),
            Err(_) => return Part::Whole,
        },
        (first, last) => match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if first <= last => (first, last.saturating_add(1).min(length)),
            _ => return Part::Whole,
        },
    };
    if from >= length { Part::Beyond } else { Part::Of(from, to) }
}

#[cfg(test)]
mod tests {
    use super::{Part, part};

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        for (range, found) in [
            ("bytes=0-", Part::Of(0, 10)),
            ("bytes=0-0", Part::Of(0, 1)),
            ("bytes=2-5", Part::Of(2, 6)),
            ("bytes=2-500", Part::Of(2, 10)),
            ("bytes=-3", Part::Of(7, 10)),
            ("bytes=-300", Part::Of(0, 10)),
            ("bytes=-0", Part::Beyond),
            ("bytes=10-", Part::Beyond),
            ("bytes=5-2", Part::Whole),
            ("bytes=0-1,4-5", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("lines=0-1", Part::Whole),
            ("bytes=99999999999999999999-", Part::Whole),
            ("bytes=0-18446744073709551615", Part::Of(0, 10)),
        ] {
            assert_eq!(part(range, 10), found, "{range}");
        }
        assert_eq!(part("bytes=0-", 0), Part::Beyond);
    }
}
