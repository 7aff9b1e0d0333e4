//! A file of a message: shown, played, offered, or missing with the reason.

use std::borrow::Cow;

use chat_archive::KeptFile;
use maud::{Markup, html};

use super::bubble::{LONGEST_NAME, coded, kind_name};
use super::{icon, text, when};
use crate::places::Places;
use crate::words::Words;

/// Characters of the reason why a file is not there.
const LONGEST_REASON: usize = 300;

/// How a browser may show a file. What it does not know as harmless is only offered for download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Showing {
    /// As a picture.
    Picture,
    /// As sound that browsers play.
    Sound,
    /// As sound that they cannot play.
    OtherSound,
    /// As a film.
    Film,
    /// Not at all.
    Download,
}

/// How to show a file of a type, which is what its first bytes say, and the type to send it as.
/// A type that can hold a script is never among them.
pub(crate) fn showing(detected_type: Option<&str>) -> (Showing, &'static str) {
    match detected_type {
        Some("image/png") => (Showing::Picture, "image/png"),
        Some("image/jpeg") => (Showing::Picture, "image/jpeg"),
        Some("image/gif") => (Showing::Picture, "image/gif"),
        Some("image/webp") => (Showing::Picture, "image/webp"),
        Some("image/avif") => (Showing::Picture, "image/avif"),
        Some("audio/mpeg") => (Showing::Sound, "audio/mpeg"),
        // Opus comes in the container Ogg, which is the name that browsers know
        Some("audio/ogg" | "audio/opus") => (Showing::Sound, "audio/ogg"),
        Some("audio/m4a" | "audio/mp4") => (Showing::Sound, "audio/mp4"),
        Some("audio/aac") => (Showing::Sound, "audio/aac"),
        Some("audio/x-flac" | "audio/flac") => (Showing::Sound, "audio/flac"),
        Some("audio/x-wav" | "audio/wav") => (Showing::Sound, "audio/wav"),
        Some("audio/amr") => (Showing::OtherSound, "audio/amr"),
        Some("video/mp4" | "video/x-m4v") => (Showing::Film, "video/mp4"),
        Some("video/webm") => (Showing::Film, "video/webm"),
        Some("video/3gpp") => (Showing::Film, "video/3gpp"),
        _ => (Showing::Download, "application/octet-stream"),
    }
}

/// A file as a part of a bubble.
pub(crate) fn shown(file: &KeptFile, words: &Words, places: &dyn Places) -> Markup {
    let Some(address) = places.media(file) else { return missing(file, words) };
    let alternative = &name(file, words);
    match showing(file.detected_type.as_deref()).0 {
        Showing::Picture => html! {
            a.picture.sticker[file.kind == "emotion"] href=(address) {
                img src=(address) alt=(alternative) loading="lazy" decoding="async";
            }
        },
        Showing::Sound => html! {
            div.sound {
                audio controls preload="none" src=(address) aria-label=(alternative) {}
                (facts(file, words))
            }
        },
        Showing::Film => html! {
            video.film controls preload="metadata" src=(address) aria-label=(alternative) {}
        },
        Showing::OtherSound => html! {
            (offered(file, words, &address))
            p.aside { (words.thread.files.not_playable) }
        },
        Showing::Download => offered(file, words, &address),
    }
}

/// What a file is called; its kind, if it has no name.
fn name<'f>(file: &'f KeptFile, words: &Words) -> Cow<'f, str> {
    match &file.file_name {
        Some(name) => text::plain(name, LONGEST_NAME),
        None => kind_name(&file.kind, words),
    }
}

/// A file on paper: the picture, or else its name; and its digest, which stands for its bytes.
pub(crate) fn printed(file: &KeptFile, words: &Words, places: &dyn Places) -> Markup {
    let Some(address) = places.media(file) else { return missing(file, words) };
    let is_picture = showing(file.detected_type.as_deref()).0 == Showing::Picture;
    html! {
        div.printed {
            @if is_picture { span.picture { img src=(address) alt=(name(file, words)); } }
            p.file {
                (icon::of_kind(&file.kind))
                span.file-name dir="auto" { (name(file, words)) }
                (facts(file, words))
                @if let Some(sha256) = &file.sha256 { code.digest { "SHA-256 " (sha256) } }
            }
        }
    }
}

fn offered(file: &KeptFile, words: &Words, address: &str) -> Markup {
    html! {
        a.file href=(address) download=(file.file_name.as_ref().map(|_| name(file, words)).unwrap_or_default()) {
            (icon::of_kind(&file.kind))
            span.file-name dir="auto" {
                (name(file, words))
            }
            (facts(file, words))
        }
    }
}

fn missing(file: &KeptFile, words: &Words) -> Markup {
    let files = &words.thread.files;
    let (state, advice) = match file.state.as_str() {
        "pending" => (files.pending, files.pending_advice),
        "expired" => (files.expired, files.expired_advice),
        "none" => (files.none, files.none_advice),
        "saved" => (files.left_out, files.left_out_advice),
        _ => (files.failed, files.failed_advice),
    };
    html! {
        div.file.missing {
            (icon::of_kind(&file.kind))
            span.file-name dir="auto" {
                (name(file, words))
            }
            (facts(file, words))
            p.why {
                strong { (state) }
                @if let Some(reason) = &file.reason { ": " (text::plain(reason, LONGEST_REASON)) }
                ". " (coded(advice))
            }
        }
    }
}

/// Kind, size and length, as far as they are known and not said already.
fn facts(file: &KeptFile, words: &Words) -> Markup {
    let size = file.size_bytes.map(when::size);
    let length = file.duration_ms.map(when::length);
    let kind = file.file_name.is_some().then(|| kind_name(&file.kind, words).into_owned());
    let facts: Vec<String> = [kind, length, size].into_iter().flatten().collect();
    html! { span.facts { (facts.join(" · ")) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_can_hold_a_script_is_shown() {
        for detected in [
            "image/svg+xml",
            "text/html",
            "text/xml",
            "application/pdf",
            "application/xhtml+xml",
            "text/plain",
            "",
        ] {
            assert_eq!(
                showing(Some(detected)),
                (Showing::Download, "application/octet-stream"),
                "{detected}"
            );
        }
        assert_eq!(showing(None).0, Showing::Download);
    }
}
