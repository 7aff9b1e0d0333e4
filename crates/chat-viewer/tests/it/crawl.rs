//! Every page that a link leads to answers, and every answer bears the headers.

use std::collections::{BTreeMap, BTreeSet};

use html5gum::{Token, Tokenizer};

use crate::hostile::hostile_scene;
use crate::support::{Answer, Site};

/// What must stand on every answer.
pub(crate) fn check_headers(path: &str, answer: &Answer) {
    let header = |name| answer.header(name);
    assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
    assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{path}");
    let policy = header("content-security-policy");
    if path.starts_with("media/") && answer.status < 300 {
        // the page that browsers make around a picture has its own style, and no script
        let is_picture = header("content-type").starts_with("image/");
        let style = if is_picture { "; style-src 'unsafe-inline'" } else { "" };
        assert_eq!(policy, format!("sandbox; default-src 'none'{style}"), "{path}");
        return;
    }
    assert_eq!(
        policy,
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; \
         script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
        "{path}"
    );
    let cache = header("cache-control");
    if path.starts_with("assets/") && answer.status == 200 {
        assert!(cache.contains("immutable"), "{path}: {cache}");
    } else {
        assert_eq!(cache, "no-store", "{path}");
    }
}

/// The addresses on a page: tag, attribute, value.
pub(crate) fn addresses(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for Ok(token) in Tokenizer::new(page) {
        let Token::StartTag(tag) = token else { continue };
        for (name, value) in &tag.attributes {
            let name = String::from_utf8_lossy(name).into_owned();
            if ["href", "src", "action"].contains(&name.as_str()) {
                let value = String::from_utf8_lossy(value).into_owned();
                found.push((String::from_utf8_lossy(&tag.name).into_owned(), value));
            }
        }
    }
    found
}

/// The path below the first page that an address on a page leads to.
pub(crate) fn resolve(from: &str, address: &str) -> String {
    let from = from.split(['?', '#']).next().unwrap();
    let mut folders: Vec<&str> = from.split('/').collect();
    folders.pop();
    let (path, query) = match address.split_once('?') {
        Some((path, query)) => (path, Some(query.split('#').next().unwrap())),
        None => (address.split('#').next().unwrap(), None),
    };
    if path.is_empty() {
        return from.to_owned();
    }
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => {
                folders.pop().expect("no link leads out of the pages");
            }
            part => folders.push(part),
        }
    }
    let path = folders.join("/");
    query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"))
}

/// Every page that can be reached, by its path.
pub(crate) fn crawl(site: &Site) -> BTreeMap<String, Answer> {
    let mut todo = vec![String::new()];
    let mut known = BTreeSet::from([String::new()]);
    let mut pages = BTreeMap::new();
    while let Some(path) = todo.pop() {
        let answer = site.get(&path);
        let is_page = answer.header("content-type").starts_with("text/html");
        let mut next = Vec::new();
        if answer.status == 303 {
            next.push(answer.header("location").to_owned());
        } else if is_page {
            let found = addresses(&answer.text()).into_iter();
            // a form is another matter
            let found =
                found.filter(|(tag, address)| tag != "form" && !address.starts_with("http"));
            next.extend(found.map(|(_, address)| address));
        }
        for address in next {
            let target = resolve(&path, &address);
            if known.insert(target.clone()) {
                todo.push(target);
            }
        }
        pages.insert(path, answer);
        assert!(pages.len() < 2_000, "the pages have no end");
    }
    pages
}

#[test]
fn every_link_leads_somewhere_and_every_answer_bears_the_headers() {
    let mut scene = hostile_scene();
    let site = scene.serve();
    let pages = crawl(&site);
    for (path, answer) in &pages {
        assert!(matches!(answer.status, 200 | 303), "{path}: {}", answer.status);
        check_headers(path, answer);
    }
    for part in ["conversations", "conversation/1", "conversation/1/print", "message/1", "at/1"] {
        assert!(pages.contains_key(part), "{part} is reached: {:?}", pages.keys());
    }
    for part in ["media/", "assets/style", "assets/viewer", "assets/icon"] {
        assert!(pages.keys().any(|path| path.starts_with(part)), "{part}");
    }
    check_headers("nothing", &site.get("nothing"));
    check_headers("media/x", &site.get("media/x"));
    check_headers("", &site.get_with("", &[("Origin", "https://evil.example")]));
}
