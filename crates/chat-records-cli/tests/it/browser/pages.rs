//! What holds on every page: it can be read by everybody, and it keeps to itself.

use super::chromium::Chromium;
use super::shop;

#[test]
fn every_page_is_accessible_and_keeps_to_itself() {
    let Some(browser) = Chromium::start() else { return };
    let view = shop::archive().view();
    let look = || {
        browser.assert_accessible();
        browser.assert_no_intruders();
        browser.assert_calm(&view.origin);
    };
    let seen = browser.follow(&view.address, 1, &mut |address| {
        // the browser's own page around a file says nothing about ours
        if !address.contains("/media/") {
            look();
        }
    });
    println!("{seen:#?}");
    for page in ["conversations?", "conversation/*?", "message/*?", "charts?"] {
        assert!(seen.keys().any(|shape| shape.ends_with(page)), "{page} among {seen:#?}");
    }
    for page in
        ["search", "search?q=发票", "search?q=nothing-like-it", "conversations?customer=nobody"]
    {
        browser.open(&format!("{}{page}", view.address));
        look();
    }
    // a conversation with all that there can be in one, and a message with two forms
    browser.open(&format!("{}conversation/1?date=2025-10-26", view.address));
    look();
    browser.leads_on(|| browser.click(".message:has(details) a.forms"));
    look();
}

#[test]
fn pages_speak_the_language_of_the_browser() {
    let Some(browser) = Chromium::start() else { return };
    let view = shop::archive().view();
    for (asked, language, word) in [
        ("en-US,en", "en", "Conversations"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh", "会话"),
        ("fr-FR,fr;q=0.9", "en", "Conversations"),
        ("fr-FR,zh;q=0.9,en;q=0.8", "zh", "会话"),
    ] {
        browser.languages(asked);
        browser.open(&view.address);
        let found = browser.js_text("document.documentElement.lang");
        assert!(found.starts_with(language), "{asked}: {found}");
        let text = browser.js_text("document.querySelector('nav').textContent");
        assert!(text.contains(word), "{asked}: {text}");
        browser.assert_accessible();
    }
}

/// Addresses that lead nowhere are pages too.
#[test]
fn errors_are_pages_that_say_what_to_do() {
    let Some(browser) = Chromium::start() else { return };
    let view = shop::archive().view();
    let guessed = format!("{}/{}/", view.origin, "0".repeat(40));
    for (address, status) in [
        (format!("{}nowhere", view.address), 404),
        (format!("{}conversation/999999", view.address), 404),
        (format!("{}message/999999", view.address), 404),
        (format!("{}conversation/1?date=never", view.address), 400),
        (format!("{}media/{}", view.address, "0".repeat(64)), 404),
        (guessed, 403),
        (format!("{}/", view.origin), 403),
    ] {
        assert!(browser.open(&address));
        browser.assert_accessible();
        browser.assert_no_intruders();
        let notes = browser.take_notes();
        assert_eq!(notes.documents[0].1, status, "{address}");
        let text = browser.js_text("document.querySelector('main').innerText");
        assert!(text.len() > 40, "{address}: {text}");
    }
}
