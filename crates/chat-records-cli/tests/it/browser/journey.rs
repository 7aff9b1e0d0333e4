//! What a reader does, from the printed address to the message that was looked for.

use super::chromium::Chromium;
use super::shop;

/// Numbers of the messages on the page, in the order in which they stand.
const SHOWN: &str = "[...document.querySelectorAll('.message .text')].map(text => \
    (text.textContent.match(/第 (\\d+) 条|Number (\\d+):/) || []).slice(1).find(Boolean)).filter(Boolean)\
    .map(Number)";

/// What the anchor of the address names is in the middle of what is seen, and stands out.
const LANDED: &str = "(() => {
    const message = document.getElementById(location.hash.slice(1));
    const box = message?.getBoundingClientRect();
    return !!box && message.matches('.target') && box.top >= 0 && box.bottom <= innerHeight;
})()";

fn shown(browser: &Chromium) -> Vec<i64> {
    let numbers = browser.js(SHOWN);
    numbers.as_array().unwrap().iter().map(|number| number.as_i64().unwrap()).collect()
}

/// Opens the long conversation by way of the list.
fn open_long(browser: &Chromium, address: &str) {
    browser.open(address);
    browser.leads_on(|| browser.click("header nav a[href$='conversations']"));
    browser.leads_on(|| browser.click("main a[href*='conversation/']"));
    assert_eq!(browser.js_text("document.querySelector('h1').textContent.trim()"), "王小明");
}

#[test]
fn a_conversation_is_read_in_both_directions_and_by_the_day() {
    let Some(browser) = Chromium::start() else { return };
    let view = shop::archive().view();
    browser.window(1280, 900, false);
    open_long(&browser, &view.address);

    // from the end to the beginning, and back
    let mut read = shown(&browser);
    assert_eq!(read.last(), Some(&(shop::LONG - 1)));
    while browser.js("!!document.querySelector('a[rel=prev]')") == true {
        browser.leads_on(|| browser.click("a[rel=prev]"));
        let page = shown(&browser);
        read.splice(0..0, page);
    }
    let all: Vec<i64> = (0..shop::LONG).collect();
    assert_eq!(read, all, "backwards");
    let mut read = shown(&browser);
    while browser.js("!!document.querySelector('a[rel=next]')") == true {
        browser.leads_on(|| browser.click("a[rel=next]"));
        read.extend(shown(&browser));
    }
    assert_eq!(read, all, "forwards");

    // 20 October is day 19 of it, at eight messages a day
    browser.js("document.querySelector('input[type=date]').value = '2025-10-20'");
    browser.leads_on(|| browser.click("form.jump button"));
    assert_eq!(shown(&browser).first(), Some(&(19 * 8)));
    browser.assert_calm(&view.origin);
}

#[test]
fn what_a_conversation_holds_is_shown_played_and_explained() {
    let Some(browser) = Chromium::start() else { return };
    let view = shop::archive().view();
    browser.window(1280, 900, false);
    open_long(&browser, &view.address);
    browser.js("document.querySelector('input[type=date]').value = '2025-10-26'");
    browser.leads_on(|| browser.click("form.jump button"));

    browser.js("document.querySelector('.picture img').scrollIntoView()");
    browser.until("document.querySelector('.picture img').naturalWidth === 320");
    browser.js("document.querySelector('audio').play()");
    browser.until("document.querySelector('audio').currentTime > 0.1");
    assert_eq!(browser.js("document.querySelector('audio').error"), serde_json::Value::Null);
    assert!((browser.js_number("document.querySelector('audio').duration") - 2.0).abs() < 0.1);

    let text = browser.js_text("document.querySelector('main').textContent");
    assert!(text.contains(shop::LOST), "why a file is not there");
    assert!(text.contains("合同 final.pdf") && text.contains("❤️"), "a file's name, a reaction");

    // taken back: what it said is there, behind a fold
    let folded = "[...document.querySelectorAll('details')]\
        .find(fold => fold.textContent.includes('before it was taken back'))";
    assert_eq!(browser.js(&format!("{folded}.open")), false);
    browser.js(&format!("{folded}.id = 'folded'"));
    browser.click("#folded > summary");
    browser.until(&format!("{folded}.open && {folded}.querySelector('.text').checkVisibility()"));

    // a quote leads to what it quotes
    browser.leads_on(|| browser.click(".quote a"));
    browser.until(LANDED);
    let text = browser.js_text("document.querySelector('.target .text').textContent");
    assert_eq!(text, shop::INVOICE);
    // right to left as it is written
    let direction = "getComputedStyle([...document.querySelectorAll('.text')]\
        .find(text => text.textContent.includes('مرحبا'))).direction";
    assert_eq!(browser.js(direction), "rtl");
    browser.assert_calm(&view.origin);
}

#[test]
fn everything_is_there_without_script() {
    let Some(browser) = Chromium::start() else { return };
    let view = shop::archive().view();
    browser.window(1280, 900, false);
    browser.scripts(false);
    open_long(&browser, &view.address);
    let newest = shown(&browser);
    assert_eq!(newest.last(), Some(&(shop::LONG - 1)));
    browser.leads_on(|| browser.click("a[rel=prev]"));
    assert_eq!(shown(&browser).last().map(|last| last + 1), newest.first().copied());
    browser.leads_on(|| browser.click("a[rel=next]"));
    assert_eq!(shown(&browser), newest);
    browser.js("document.querySelector('input[type=date]').value = '2025-10-20'");
    browser.leads_on(|| browser.click("form.jump button"));
    assert_eq!(shown(&browser).first(), Some(&(19 * 8)));
    browser.assert_calm(&view.origin);
}
