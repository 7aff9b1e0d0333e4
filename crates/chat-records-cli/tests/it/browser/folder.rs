//! A folder of `export --format html` in a real Chromium, from disk.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use super::chromium::Chromium;
use super::hostile;
use super::made::{File, Made, agent, customer, said};
use crate::support::{Run, command};

/// Writes the folder `chats` beside the archive; gives the address of a file in it.
fn export(dir: &Path, file: &str) -> String {
    let output = command(dir.to_path_buf(), &["export", "--format", "html", "-o", "chats"])
        .stdin(Stdio::null())
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let run = Run::of(&output);
    assert_eq!(run.code, 0, "{run:?}");
    format!("file://{}/chats/{file}", dir.display())
}

const PIECES: [&str; 24] = [
    "发票",
    "开具",
    "票据",
    "退款",
    "已经",
    "我",
    "的",
    "订单",
    "物流",
    "，",
    "。",
    "您好",
    "invoice",
    " paid ",
    "2025-10",
    "ＡＢＣ１２３",
    "Café",
    "😊",
    "票",
    "发",
    "ありがとう",
    " ",
    "한국어",
    "!",
];

/// Texts of pieces in an order that looks like chance.
fn texts(count: usize) -> Vec<String> {
    let mut state = 7_usize;
    let mut next = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..count)
        .map(|_| {
            let pieces = 2 + next(9);
            (0..pieces).map(|_| PIECES[next(PIECES.len())]).collect()
        })
        .collect()
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// All runs of one to four Han characters that are in a text.
fn han(texts: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for run in texts.iter().flat_map(|text| text.split(|c| !is_han(c))) {
        let chars: Vec<char> = run.chars().collect();
        for length in 1..=4 {
            found.extend(chars.windows(length).map(|window| window.iter().collect::<String>()));
        }
    }
    found
}

/// The hits of a query in the page that searches, all of them.
fn hits(browser: &Chromium, query: &str) -> usize {
    browser.js(&format!(
        "delete document.documentElement.dataset.hits;
         location.hash = new URLSearchParams({{q: {}}}).toString() + '&' + Math.random()",
        json!(query)
    ));
    browser.until("document.documentElement.dataset.hits !== undefined");
    browser.js_text("document.documentElement.dataset.hits").parse().unwrap()
}

#[test]
fn a_search_from_disk_finds_what_contains_the_words() {
    let Some(browser) = Chromium::start() else { return };
    let mut made = Made::new();
    let source = made.source("hk", "jijyun");
    let texts = texts(900);
    let messages: Vec<_> = (0_i64..)
        .zip(&texts)
        .map(|(at, text)| {
            let conversation = format!("talk-{}", at % 7);
            let message = source.message(&format!("m-{at}"), &conversation, at * 60_000);
            said(message, &if at % 2 == 0 { customer("王芳") } else { agent("Ann") }, text)
        })
        .collect();
    made.store(&source, &messages, &|_| json!({}), &|_| File::Lost("gone"));
    let dir = made.dir.path();
    browser.open(&export(dir, "search.html"));

    let queries = han(&texts);
    assert!(queries.len() > 200, "{}", queries.len());
    for query in queries.iter().step_by(queries.len() / 70) {
        let expected = texts.iter().filter(|text| text.contains(query)).count();
        assert_eq!(hits(&browser, query), expected, "{query}");
    }
    let with =
        |all: &[&str]| texts.iter().filter(|text| all.iter().all(|one| text.contains(one))).count();
    let without = |one: &str, not: &str| {
        texts.iter().filter(|text| text.contains(one) && !text.contains(not)).count()
    };
    for (query, expected) in [
        ("发票 退款", with(&["发票", "退款"])),
        ("发票 AND 😊", with(&["发票", "😊"])),
        ("😊", with(&["😊"])),
        ("发票 -退款", without("发票", "退款")),
        ("发票 NOT 退款", without("发票", "退款")),
        ("发票 OR 退款", with(&["发票"]) + without("退款", "发票")),
        ("발", 0),
        ("한국", with(&["한국"])),
        ("がと", with(&["がと"])),
        ("没有的词", 0),
    ] {
        assert_eq!(hits(&browser, query), expected, "{query}");
    }
    // width, case and accents do not count, and words are whole unless a star says otherwise
    let having = |fits: &dyn Fn(&str) -> bool| {
        let has = |text: &&String| chat_archive::search_tokens(text).split(' ').any(fits);
        texts.iter().filter(has).count()
    };
    for (query, word) in [("CAFÉ", "cafe"), ("abc123", "abc123"), ("ＩＮＶＯＩＣＥ", "invoice")]
    {
        let expected = having(&|token| token == word);
        assert!(expected > 0);
        assert_eq!(hits(&browser, query), expected, "{query}");
    }
    assert_eq!(hits(&browser, "invo*"), having(&|token| token.starts_with("invo")));
    assert_eq!(hits(&browser, "invo"), 0);
    browser.assert_calm("file://");

    // the first hit is the newest, says what it is, and leads to its message
    assert!(hits(&browser, "发票") > 30);
    assert_eq!(browser.js_number("document.querySelectorAll('.hit').length").to_string(), "30");
    browser.click("#more");
    browser.until("document.querySelectorAll('.hit').length > 30");
    assert_eq!(browser.js_text("document.querySelector('.hit mark').textContent"), "发票");
    let newest = texts.iter().rposition(|text| text.contains("发票")).unwrap();
    browser.leads_on(|| browser.click(".hit-link"));
    let landed = browser.js_text("document.querySelector(':target .text').textContent");
    assert_eq!(landed, texts[newest]);

    // and the field of every page leads to the search
    browser.leads_on(|| {
        // the jump to the message may take the focus when the page is there already
        browser.js("document.querySelector('#find').value = ''");
        browser.js("document.querySelector('#find').focus()");
        browser.write("退款");
        browser.press("Enter");
    });
    browser.until("document.documentElement.dataset.hits !== undefined");
    let found = browser.js_text("document.documentElement.dataset.hits");
    assert_eq!(found, with(&["退款"]).to_string());
    browser.assert_calm("file://");
}

#[test]
fn hostile_text_in_a_folder_is_never_run() {
    let Some(browser) = hostile::trapped() else { return };
    let made = hostile::archive();
    let start = export(made.dir.path(), "index.html");
    let seen = browser.follow(&start, 12, &mut |address| {
        if address.rsplit('.').next() == Some("html") {
            browser.assert_no_intruders();
        }
        browser.assert_calm("file://");
    });
    println!("{seen:#?}");
    // the index of the search holds the same texts
    browser.open(&start.replace("index.html", "search.html"));
    for query in ["script", "onerror", "1 pwned", "img OR svg"] {
        assert!(hits(&browser, query) > 0, "{query}");
        browser.assert_no_intruders();
    }
    browser.assert_calm("file://");
}

#[test]
fn a_folder_can_be_read_by_all_and_fits_every_window() {
    let Some(browser) = Chromium::start() else { return };
    let mut made = Made::new();
    let source = made.source("hk", "jijyun");
    let message = |at: i64| {
        let message = source.message(&format!("m-{at}"), "talk", at * 3_600_000 * 8);
        said(message, &if at % 3 == 0 { customer("王芳") } else { agent("Ann") }, "发票 invoice")
    };
    let messages: Vec<_> = (0..450).map(message).collect();
    made.store(&source, &messages, &|_| json!({}), &|_| File::Lost("gone"));
    let start = export(made.dir.path(), "");
    for page in
        ["index.html", "list/all-1.html", "c/000/1.html", "c/000/1-2.html", "search.html#q=发票"]
    {
        browser.open(&format!("{start}{page}"));
        if page.contains('#') {
            browser.until("document.documentElement.dataset.shown !== undefined");
        }
        browser.assert_accessible();
    }
    browser.assert_calm("file://");
}
