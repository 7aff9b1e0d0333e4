//! A folder of pages, read back from disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use chat_archive::Filter;
use chat_core::{ConversationId, Kind, MessageId, PlatformId};
use chat_viewer::{ExportError, HtmlExported, HtmlOptions, Language, export_html};
use html5gum::{Token, Tokenizer};

use crate::crawl::{addresses, resolve};
use crate::hostile::{ATTRIBUTES, TAGS, hostile_scene};
use crate::support::{Scene, numbers, text, with_file};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0";

fn is(path: &str, ending: &str) -> bool {
    path.rsplit('.').next() == Some(ending)
}

fn options() -> HtmlOptions {
    let mut options = HtmlOptions::default();
    options.with_media = true;
    options.written_ms = Some(1_760_400_000_000);
    options
}

fn write(scene: &Scene, options: &HtmlOptions) -> Result<HtmlExported, ExportError> {
    export_html(&scene.path(), &scene.dir.path().join("out"), options, &mut |_| {}, &|| false)
}

/// All files of the folder by their paths in it.
fn files(scene: &Scene) -> BTreeMap<String, Vec<u8>> {
    fn walk(dir: &Path, at: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{at}{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), &format!("{path}/"), found);
            } else {
                found.insert(path, fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&scene.dir.path().join("out"), "", &mut found);
    found
}

fn pages(scene: &Scene) -> BTreeMap<String, String> {
    let pages = files(scene).into_iter().filter(|(path, _)| is(path, "html"));
    pages.map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap())).collect()
}

/// What lies beside the archive: nothing may be left of an export that did not end well.
fn beside(scene: &Scene) -> Vec<String> {
    let entries = fs::read_dir(scene.dir.path()).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Everything that a page has to bear: a long conversation that quotes its beginning, messages
/// without times, without a conversation, with more text than a bubble shows, hostile ones.
fn full_scene() -> Scene {
    let mut scene = hostile_scene();
    let long = (1000..1650).map(|number| {
        let mut message = text(number, &format!("长 message {number}"));
        message.conversation_id = Some(ConversationId::new("long"));
        message.platform_id = Some(PlatformId::new(format!("p{number}")));
        if number == 1649 {
            message.reply_to = Some(PlatformId::new("p1000"));
        }
        message
    });
    scene.store(long.collect());
    let odd = (2000..2006).map(|number| {
        let mut message = text(number, "odd");
        message.conversation_id = None;
        if number > 2003 {
            message.conversation_id = Some(ConversationId::new("untimed"));
            message.sent_at = None;
        }
        if number == 2000 {
            message.text = Some("很长的文字\"<".repeat(4_000));
        }
        message
    });
    scene.store(odd.collect());
    scene
}

#[test]
fn every_message_is_on_one_page_and_every_link_leads_somewhere() {
    let mut scene = full_scene();
    let stored = scene.store(vec![with_file(3000, Kind::Image, Some("photo.html"))]);
    scene.save(&stored, PNG);
    let exported = write(&scene, &options()).unwrap();

    let mut kept = Vec::new();
    scene
        .reader()
        .each_message(&Filter::default(), &mut |message| {
            kept.push(message.number);
            Ok(())
        })
        .unwrap();
    kept.sort_unstable();
    let pages = pages(&scene);
    let mut shown: Vec<i64> = pages.values().flat_map(|page| numbers(page)).collect();
    shown.sort_unstable();
    assert_eq!(shown, kept);
    assert_eq!((exported.messages, exported.pages), (kept.len() as u64, pages.len() as u64));
    assert_eq!((exported.files, exported.files_missing), (3, 0));

    let files = files(&scene);
    let mut followed = 0;
    let mut reached = BTreeSet::from(["index.html".to_owned(), "search.html".to_owned()]);
    for (path, page) in &pages {
        for (_, address) in addresses(page) {
            if address.starts_with("http://evil.example/") {
                continue;
            }
            assert!(!address.contains(':') && !address.starts_with('/'), "{path}: {address}");
            let target = resolve(path, &address);
            assert!(files.contains_key(&target), "{path}: {address} leads nowhere");
            if let Some((_, fragment)) = address.split_once('#') {
                let there = String::from_utf8_lossy(&files[&target]);
                assert!(there.contains(&format!("id=\"{fragment}\"")), "{path}: {address}");
            }
            reached.insert(target);
            followed += 1;
        }
    }
    assert!(followed > 800, "{followed}");
    let unreached: Vec<_> = pages.keys().filter(|path| !reached.contains(*path)).collect();
    assert!(unreached.is_empty(), "no link leads to {unreached:?}");

    for (path, bytes) in &files {
        let most = if is(path, "html") { 250_000 } else { 1_000_000 };
        assert!(bytes.len() < most, "{path}: {} bytes", bytes.len());
    }
    // a quote leads from the last page of a conversation to its first
    let last = pages.values().find(|page| page.contains("长 message 1649</p>")).unwrap();
    let quote = last.split("class=\"quote\"").nth(1).unwrap();
    assert!(quote.split("href=\"").nth(1).unwrap().contains("-1.html#m"), "{quote:.200}");
    // what a bubble cut off lies beside it
    let whole = "很长的文字\"<".repeat(4_000);
    let found = files.iter().find(|(path, _)| path.starts_with("text/")).unwrap();
    assert_eq!(String::from_utf8(found.1.clone()).unwrap(), format!("\u{feff}{whole}"));
    // what arrived decides what a file is, not its name
    let endings =
        files.iter().filter(|(path, _)| path.starts_with("media/")).map(|(path, bytes)| {
            assert_eq!(is(path, "png"), bytes.starts_with(b"\x89PNG"), "{path}");
            path.rsplit('.').next().unwrap()
        });
    assert_eq!(endings.collect::<BTreeSet<_>>().len(), 2, "a picture, and what is none");
}

#[test]
fn hostile_text_is_never_markup_in_a_folder() {
    let scene = hostile_scene();
    write(&scene, &options()).unwrap();
    let mut bubbles = 0;
    for (path, page) in pages(&scene) {
        let mut scripts = 0;
        for Ok(token) in Tokenizer::new(&page) {
            let tag = match token {
                Token::StartTag(tag) => tag,
                Token::Comment(_) => panic!("{path}: a comment"),
                _ => continue,
            };
            let name = String::from_utf8_lossy(&tag.name).into_owned();
            let is_known = TAGS.contains(&format!(" {name} ")) || name == "noscript";
            assert!(is_known, "{path}: <{name}>");
            scripts += usize::from(name == "script");
            bubbles += usize::from(name == "article");
            for attribute in tag.attributes.keys() {
                let attribute = String::from_utf8_lossy(attribute).to_lowercase();
                let is_known = ATTRIBUTES.contains(&format!(" {attribute} "))
                    || path == "search.html" && attribute.starts_with("data-")
                    || matches!(attribute.as_str(), "http-equiv" | "autofocus");
                assert!(is_known, "{path}: <{name} {attribute}>");
            }
        }
        // where messages are shown, no script is allowed at all
        assert_eq!(scripts, usize::from(path == "search.html"), "{path}");
        assert!(
            page.contains("Content-Security-Policy\" content=\"default-src 'none'; "),
            "{path}"
        );
        assert_eq!(page.contains("script-src"), path == "search.html", "{path}");
    }
    assert!(bubbles > 20, "{bubbles}");
    for (path, bytes) in files(&scene).iter().filter(|(path, _)| path.starts_with("search/")) {
        let script = String::from_utf8(bytes.clone()).unwrap();
        assert!(!script.contains(['<', '\u{2028}', '\u{2029}']), "{path}");
        assert!(script.starts_with("chatRecords(\"") && script.ends_with(");\n"), "{path}");
    }
}

#[test]
fn an_earlier_export_is_replaced_and_nothing_else_is() {
    let scene = full_scene();
    let out = scene.dir.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("thesis.txt"), "years of work").unwrap();
    let error = write(&scene, &options()).unwrap_err();
    assert!(error.to_string().contains("name a folder that is new or empty"), "{error}");
    assert_eq!(fs::read_to_string(out.join("thesis.txt")).unwrap(), "years of work");
    assert_eq!(beside(&scene), ["archive", "out"]);
    fs::remove_file(out.join("thesis.txt")).unwrap();

    // an empty folder is nothing to lose, and an earlier export neither
    let all = write(&scene, &options()).unwrap();
    let before = files(&scene);
    let mut narrow = options();
    narrow.filter.kind = Some("image".into());
    let some = write(&scene, &narrow).unwrap();
    assert!(some.messages < all.messages);
    let after = files(&scene);
    assert!(after.len() < before.len());
    assert_eq!(pages(&scene).len() as u64, some.pages, "pages of two exports are never mixed");
    assert_eq!(beside(&scene), ["archive", "out"]);

    let file = scene.dir.path().join("file");
    fs::write(&file, "mine").unwrap();
    let taken = export_html(&scene.path(), &file, &options(), &mut |_| {}, &|| false);
    assert!(matches!(taken, Err(ExportError::Taken { .. })));
    // an archive that was moved into an earlier export is not replaced with it
    let inner = out.join("archive");
    fs::rename(scene.path(), &inner).unwrap();
    for folder in [out.clone(), inner.clone(), inner.join("chats"), inner.join("media/chats")] {
        let error = export_html(&inner, &folder, &options(), &mut |_| {}, &|| false);
        assert!(matches!(error, Err(ExportError::Overlaps { .. })), "{folder:?}: {error:?}");
    }
    fs::rename(&inner, scene.path()).unwrap();
    let nowhere = scene.dir.path().join("no/such/out");
    let error = export_html(&scene.path(), &nowhere, &options(), &mut |_| {}, &|| false);
    let error = error.unwrap_err();
    assert!(matches!(error, ExportError::Write { .. }));
    assert!(
        error.to_string().ends_with("; the folder that holds it must be there first"),
        "{error}"
    );
}

#[test]
fn a_stopped_export_leaves_what_was_there() {
    let scene = full_scene();
    let out = scene.dir.path().join("out");
    for stop_at in [0, 3, 700, 1400] {
        let asked = std::cell::Cell::new(0);
        let stop = || asked.replace(asked.get() + 1) >= stop_at;
        let stopped = export_html(&scene.path(), &out, &options(), &mut |_| {}, &stop);
        assert!(matches!(stopped, Err(ExportError::Stopped)), "{stop_at}: {stopped:?}");
        assert_eq!(beside(&scene), ["archive"], "{stop_at}");
    }
    write(&scene, &options()).unwrap();
    let before = files(&scene);
    let stopped = export_html(&scene.path(), &out, &options(), &mut |_| {}, &|| true);
    assert!(matches!(stopped, Err(ExportError::Stopped)));
    assert_eq!(files(&scene), before);
    assert_eq!(beside(&scene), ["archive", "out"]);
}

#[test]
fn filters_language_and_files_are_as_asked_for() {
    let mut scene = Scene::new();
    let mut other = text(1, "second");
    other.id = MessageId::new("other");
    let stored =
        scene.store(vec![text(0, "first"), other, with_file(2, Kind::Image, Some("a.png"))]);
    scene.save(&stored, PNG);
    let mut narrow = options();
    narrow.filter.kind = Some("image".into());
    narrow.with_media = false;
    narrow.language = Language::Chinese;
    assert_eq!(write(&scene, &narrow).unwrap().files, 0);
    let pages = pages(&scene);
    let talk = &pages["c/000/1-1.html"];
    assert!(talk.contains("此副本未包含") && !talk.contains("first"), "{talk}");
    assert!(pages["index.html"].contains("仅导出部分消息"));
    assert!(!files(&scene).keys().any(|path| path.starts_with("media/")));

    // a file that the archive lists and does not have is counted, and its place says so
    fs::remove_dir_all(scene.path().join("media")).unwrap();
    let exported = write(&scene, &options()).unwrap();
    assert_eq!((exported.files, exported.files_missing), (0, 1));
    assert!(self::pages(&scene)["c/000/1-1.html"].contains("Not in this copy"));
}

/// Whoever changes a file of the folder changes nothing in the archive.
#[test]
fn files_are_copies() {
    let mut scene = Scene::new();
    let stored = scene.store(vec![with_file(1, Kind::Image, Some("a.png"))]);
    scene.save(&stored, PNG);
    write(&scene, &options()).unwrap();
    let (path, _) = files(&scene).into_iter().find(|(path, _)| path.starts_with("media/")).unwrap();
    fs::write(scene.dir.path().join("out").join(&path), "changed").unwrap();
    let digest = path.rsplit('/').next().unwrap().split('.').next().unwrap();
    let kept = scene.path().join("media").join(&digest[..2]).join(&digest[2..]);
    assert_eq!(fs::read(kept).unwrap(), PNG);
}

/// Whatever a vendor sends, a page stays one that a browser opens.
#[test]
fn long_texts_and_names_make_no_large_page() {
    let mut scene = Scene::new();
    let long = (0..60).map(|number| {
        let mut message = text(number, &"\"".repeat(50_000));
        let name = Some("'名".repeat(60));
        message.sender = message.sender.map(|sender| sender.with_name(name.clone()));
        message.conversation_id = Some(ConversationId::new(format!("{:>9000}", number / 30)));
        message
    });
    scene.store(long.collect());
    let mut huge = text(100, &"发票 ".repeat(700_000));
    huge.conversation_id = Some(ConversationId::new("huge"));
    scene.store(vec![huge]);
    write(&scene, &options()).unwrap();
    let files = files(&scene);
    let whole = files.keys().filter(|path| path.starts_with("text/")).count();
    assert_eq!(whole, 61);
    for (path, bytes) in files.iter().filter(|(path, _)| !path.starts_with("text/")) {
        let most = if is(path, "html") { 300_000 } else { 1_000_000 };
        assert!(bytes.len() < most, "{path}: {} bytes", bytes.len());
    }
}

#[test]
fn short_messages_are_not_all_on_one_page() {
    let mut scene = Scene::new();
    let short = (0..450).map(|number| {
        let mut message = text(number, "x");
        message.direction = Some(chat_core::Direction::System);
        message
    });
    scene.store(short.collect());
    write(&scene, &options()).unwrap();
    let held = |page: &str| numbers(&pages(&scene)[page]).len();
    assert_eq!(
        [held("c/000/1-1.html"), held("c/000/1-2.html"), held("c/000/1-3.html")],
        [200, 200, 50]
    );
}

#[cfg(unix)]
#[test]
fn a_folder_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut scene = Scene::new();
    scene.store(vec![text(0, "first")]);
    write(&scene, &options()).unwrap();
    let out = scene.dir.path().join("out");
    for path in ["", "c", "c/000", "c/000/1-1.html", "search/t0.js", "index.html"] {
        let mode = fs::metadata(out.join(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{path}: {mode:o}");
    }
}
