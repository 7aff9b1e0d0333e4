//! Who may read: the token, the host, the origin, the method; and what every answer says.

use crate::support::{Scene, Site, text};

fn site() -> (Scene, Site) {
    let mut scene = Scene::new();
    scene.store(vec![text(1, "秘密的话")]);
    let site = scene.serve();
    (scene, site)
}

#[test]
fn only_the_whole_address_opens_the_pages() {
    let (_scene, site) = site();
    let token = site.root().trim_matches('/').to_owned();
    assert!(token.len() >= 32, "128 random bits at least: {token}");
    assert_eq!(site.get("").status, 200);
    let other = if token.starts_with('0') { "1" } else { "0" };
    for path in [
        String::new(),
        "conversations".into(),
        "style.css".into(),
        format!("{other}{}/", &token[1..]),
        format!("{}/", &token[..token.len() - 1]),
        format!("{token}0/"),
        format!("{}/", token.to_uppercase()),
        format!("x/{token}/"),
        format!("/{token}/"),
        format!("?{token}"),
        format!("%2e%2e/{token}/"),
    ] {
        let host = site.host();
        let answer = site
            .send(&format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        let shown = answer.text();
        assert_eq!(answer.status, 403, "{path}: {shown}");
        assert!(!shown.contains("秘密") && !shown.contains(&token), "{path}: {shown}");
        assert!(shown.contains("chat-records view"), "it says what to do: {shown}");
    }
    let (host, root) = (site.host(), site.root().trim_end_matches('/'));
    let bare =
        site.send(&format!("GET {root} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
    assert_eq!((bare.status, bare.header("location")), (303, site.root()));
}

#[test]
fn each_start_has_another_token() {
    let (mut scene, site) = site();
    assert_ne!(scene.serve().root(), site.root());
}

#[test]
fn a_name_that_was_made_to_point_here_is_refused() {
    let (_scene, site) = site();
    let port = site.host().rsplit(':').next().unwrap();
    let (root, ours) = (site.root(), site.host());
    for (host, status) in [
        (format!("Host: localhost:{port}"), 200),
        (format!("Host: LocalHost:{port}"), 200),
        (format!("Host: evil.example:{port}"), 421),
        (format!("Host: 127.0.0.1.evil.example:{port}"), 421),
        ("Host: 127.0.0.1".into(), 421),
        ("Host: 127.0.0.1:1".into(), 421),
        (format!("Host: 127.0.0.2:{port}"), 421),
        (format!("Host: [::1]:{port}"), 421),
        (format!("Host: user@127.0.0.1:{port}"), 421),
        (format!("Host: {ours}\r\nHost: evil.example"), 421),
        ("X: no host".into(), 421),
    ] {
        let answer =
            site.send(&format!("GET {root} HTTP/1.1\r\n{host}\r\nConnection: close\r\n\r\n"));
        assert_eq!(answer.status, status, "{host}");
    }
    let absolute = site.send(&format!(
        "GET http://evil.example:{port}{root} HTTP/1.1\r\nHost: {ours}\r\nConnection: close\r\n\r\n"
    ));
    assert_eq!(absolute.status, 421);
}

#[test]
fn other_sites_are_refused() {
    let (_scene, site) = site();
    let port = site.host().rsplit(':').next().unwrap();
    let (own, near) = (format!("http://127.0.0.1:{port}"), "http://127.0.0.1:1".to_owned());
    for (name, value, status) in [
        ("Origin", own.as_str(), 200),
        ("Origin", "https://evil.example", 403),
        ("Origin", "null", 403),
        ("Origin", near.as_str(), 403),
        ("Origin", &own.replace("http:", "https:"), 403),
        ("Sec-Fetch-Site", "none", 200),
        ("Sec-Fetch-Site", "same-origin", 200),
        ("Sec-Fetch-Site", "same-site", 403),
        ("Sec-Fetch-Site", "cross-site", 403),
    ] {
        assert_eq!(site.get_with("", &[(name, value)]).status, status, "{name}: {value}");
    }
}

#[test]
fn nothing_but_reading_is_possible() {
    let (_scene, site) = site();
    let (host, root) = (site.host(), site.root());
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"] {
        let answer = site.send(&format!(
            "{method} {root} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        ));
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD"), "{method}");
    }
    let head =
        site.send(&format!("HEAD {root} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn no_path_leads_out_of_the_pages() {
    let (_scene, site) = site();
    for path in [
        "../",
        "../../etc/passwd",
        "assets/../../../Cargo.toml",
        "assets/%2e%2e%2farchive.db",
        "assets/style.css",
        "media/../archive.db",
        "media/..%2farchive.db",
        "media/%2fetc%2fpasswd",
        "media/archive.db",
        "media/",
        "conversation/0",
        "conversation/99999",
        "conversation/9999999999999999999999",
        "conversation/-1",
        "conversation/1%00",
        "message/999",
        "at/999",
        "conversation/1?at=999",
        "conversation/1?before=x",
        "conversation/1?date=2025-13-45",
        "conversation/1?from=nowhere",
        "conversation/1/print?from=tomorrow",
        "nothing",
    ] {
        let answer = site.get(path);
        assert!(matches!(answer.status, 400 | 403 | 404), "{path}: {}", answer.status);
        let shown = answer.text();
        assert!(shown.starts_with("<!DOCTYPE html>"), "{path}: a page says so: {shown}");
        assert!(!shown.contains("root:") && !shown.contains("SQLite"), "{path}: {shown}");
    }
}

#[test]
fn a_loopback_address_and_nothing_else_is_listened_on() {
    let (_scene, site) = site();
    assert!(site.address.starts_with("http://127.0.0.1:"), "{}", site.address);
    let port: u16 = site.host().rsplit(':').next().unwrap().parse().unwrap();
    // all of 127/8 is this machine on Linux: a socket on any address would answer there
    if cfg!(target_os = "linux") {
        std::net::TcpStream::connect(("127.0.0.2", port)).unwrap_err();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_hangs_up_leaves_no_heap_of_readings_behind() {
    use std::io::Write as _;
    let mut scene = Scene::new();
    scene.store((0..3_000).map(|number| text(number, "x")).collect());
    let site = scene.serve();
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let before = threads();
    let (host, root) = (site.host(), site.root());
    let mut most = 0;
    let mut sockets = Vec::new();
    for _ in 0..40 {
        let mut socket = std::net::TcpStream::connect(host).unwrap();
        let request = format!("GET {root}conversation/1/print HTTP/1.1\r\nHost: {host}\r\n\r\n");
        socket.write_all(request.as_bytes()).unwrap();
        sockets.push(socket);
        most = most.max(threads());
    }
    // the first of them is answered when the others have begun or wait for their turn
    let mut byte = [0];
    std::io::Read::read_exact(&mut sockets[0], &mut byte).unwrap();
    most = most.max(threads());
    drop(sockets);
    // this one waits for its turn, and so behind all that are still being read
    assert_eq!(site.get("conversations").status, 200);
    most = most.max(threads());
    assert!(most <= before + 12, "{most} threads, {before} before");
}

#[test]
fn names_cannot_pretend_to_be_others() {
    use chat_core::Kind;
    let mut scene = Scene::new();
    scene.store(vec![crate::support::with_file(1, Kind::File, Some("invoice\u{202e}fdp.exe"))]);
    let page = scene.serve().page("conversation/1");
    assert!(page.contains("invoice␣U+202E␣fdp.exe"), "{page}");
    assert!(!page.contains('\u{202e}'), "{page}");
}

#[test]
fn no_debug_shows_the_token() {
    let scene = Scene::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut scene = scene;
    scene.store(vec![text(1, "x")]);
    let viewer = runtime.block_on(chat_viewer::Viewer::bind(&scene.path(), 0)).unwrap();
    let token = viewer.address().rsplit('/').nth(1).unwrap().to_owned();
    assert!(!format!("{viewer:?}").contains(&token));
}

#[test]
fn errors_are_said_in_both_languages_with_what_to_do() {
    let (scene, site) = site();
    let chinese = [("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8")];
    assert!(site.get("nothing").text().contains("There is nothing here"));
    assert!(site.get_with("nothing", &chinese).text().contains("这里没有内容"));
    let (there, away) = (scene.path(), scene.dir.path().join("away"));
    std::fs::rename(&there, &away).unwrap();
    let gone = site.get("");
    assert_eq!(gone.status, 503);
    assert!(gone.text().contains("not there any more"), "{}", gone.text());
    assert!(site.get_with("", &chinese).text().contains("存档已不在原处"));
    std::fs::rename(&away, &there).unwrap();
    assert_eq!(site.get("").status, 200, "it is back");
}
