//! Files: by digest only, shown only if harmless, and a part of them if asked for.

use chat_archive::MediaState;
use chat_core::Kind;

use crate::support::{Scene, Site, with_file};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest of the picture";

/// A page with one file of these bytes, and the path of that file.
fn one(kind: Kind, bytes: &[u8]) -> (Scene, Site, String) {
    let mut scene = Scene::new();
    let stored = scene.store(vec![with_file(1, kind, Some("票据.bin"))]);
    scene.save(&stored, bytes);
    let site = scene.serve();
    let page = site.page("conversation/1");
    let address = page.split("../media/").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("media/{address}");
    (scene, site, path)
}

#[test]
fn files_are_served_as_what_their_bytes_say() {
    let mut ogg = b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead".to_vec();
    ogg.resize(64, 0);
    let mut webm = b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x82\x84webm".to_vec();
    webm.resize(300, 0);
    for (bytes, content_type, tag) in [
        (PNG, "image/png", "<img "),
        (b"\xff\xd8\xff\xe0 jpeg", "image/jpeg", "<img "),
        (b"GIF89a gif", "image/gif", "<img "),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp", "<img "),
        (b"ID3\x03 mp3", "audio/mpeg", "<audio "),
        (&ogg, "audio/ogg", "<audio "),
        (b"#!AMR\n voice", "audio/amr", "<a class=\"file\""),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video/mp4", "<video "),
        (&webm, "video/webm", "<video "),
    ] {
        let (_scene, site, path) = one(Kind::File, bytes);
        let answer = site.get(&path);
        assert_eq!((answer.status, answer.header("content-type")), (200, content_type));
        assert_eq!(answer.body, bytes);
        assert_eq!(answer.header("content-disposition"), "", "{content_type}");
        let page = site.page("conversation/1");
        assert!(page.contains(tag), "{content_type}: {page}");
    }
}

#[test]
fn what_could_hold_a_script_is_only_offered_for_download() {
    for bytes in [
        &b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"[..],
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>",
        b"%PDF-1.7 with JavaScript",
        b"PK\x03\x04 zip",
        b"just text",
        b"",
    ] {
        let (_scene, site, path) = one(Kind::Image, bytes);
        let answer = site.get(&path);
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        assert_eq!(answer.header("content-disposition"), "attachment");
        assert_eq!(answer.header("content-security-policy"), "sandbox; default-src 'none'");
        assert_eq!(answer.body, bytes);
        let page = site.page("conversation/1");
        assert!(!page.contains("<img ") && page.contains("票据.bin"), "{page}");
    }
}

#[test]
fn a_part_of_a_file_can_be_asked_for() {
    let bytes: Vec<u8> =
        b"ID3\x03".iter().copied().chain((0..=250).cycle().take(200_000)).collect();
    let (_scene, site, path) = one(Kind::Voice, &bytes);
    let total = bytes.len();
    for (range, from, to) in [
        ("bytes=0-9", 0, 10),
        ("bytes=100-", 100, total),
        ("bytes=-7", total - 7, total),
        ("bytes=65530-131080", 65_530, 131_081),
        ("bytes=200000-999999999", 200_000, total),
    ] {
        let answer = site.get_with(&path, &[("Range", range)]);
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!(answer.header("content-range"), format!("bytes {from}-{}/{total}", to - 1));
        assert_eq!(answer.header("content-length"), (to - from).to_string());
        assert!(answer.body == bytes[from..to], "{range}");
    }
    let beyond = site.get_with(&path, &[("Range", "bytes=999999-")]);
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, &*format!("bytes */{total}"))
    );
    let whole = site.get(&path);
    assert_eq!((whole.status, whole.header("accept-ranges")), (200, "bytes"));
    assert!(whole.body == bytes);
    let tag = whole.header("etag").to_owned();
    let part = [("Range", "bytes=0-3"), ("If-Range", tag.as_str())];
    assert_eq!(site.get_with(&path, &part).status, 206);
    let other = [("Range", "bytes=0-3"), ("If-Range", "\"other\"")];
    assert_eq!(site.get_with(&path, &other).status, 200, "the file is another one");
}

#[test]
fn only_files_that_the_archive_lists_are_served() {
    let (scene, site, path) = one(Kind::Image, PNG);
    let unknown = "ab".repeat(32);
    let folder = scene.path().join("media").join("ab");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(&unknown[2..]), PNG).unwrap();
    assert_eq!(
        site.get(&format!("media/{unknown}")).status,
        404,
        "it lies there and is not listed"
    );
    assert_eq!(site.get(&format!("{path}0")).status, 404);
    std::fs::remove_dir_all(scene.path().join("media")).unwrap();
    assert_eq!(site.get(&path).status, 404, "it is listed and gone");
}

#[test]
fn what_could_not_be_saved_says_why() {
    for (state, word, reason) in [
        (MediaState::Failed, "Could not be saved", "it is larger than 100 MB"),
        (MediaState::Expired, "Its link has died", "HTTP 403"),
    ] {
        let mut scene = Scene::new();
        let stored = scene.store(vec![with_file(1, Kind::Video, Some("录像.mp4"))]);
        scene.fail(&stored, state, reason);
        let site = scene.serve();
        let page = site.page("conversation/1");
        assert!(
            page.contains(word) && page.contains(reason) && page.contains("录像.mp4"),
            "{page}"
        );
        assert!(page.contains("media retry"), "and what to do: {page}");
    }
    let mut scene = Scene::new();
    let mut unlinked = with_file(2, Kind::Image, None);
    unlinked.attachments[0].link = None;
    scene.store(vec![with_file(1, Kind::Image, None), unlinked]);
    let page = scene.serve().page("conversation/1");
    assert!(page.contains("Not fetched yet") && page.contains("The vendor gave no file"), "{page}");
}
