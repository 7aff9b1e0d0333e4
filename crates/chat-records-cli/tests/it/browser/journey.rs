//! What a reader does, from the printed address to the message that was looked for.

use serde_json::json;

use super::chromium::Chromium;
use super::made::View;
use super::shop;
use crate::support::World;

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

    // it begins at its end; whoever scrolls gets the rest
    assert_eq!(shown(&browser).last(), Some(&(shop::LONG - 1)));
    assert_eq!(
        browser.js("scrollY + innerHeight >= document.documentElement.scrollHeight - 1"),
        true
    );
    scroll_through(&browser, "earlier");
    assert_all_once(&browser);
    browser.open(&format!("{}?from=first", browser.js_text("location.href")));
    browser.js("scrollTo(0, 0)");
    scroll_through(&browser, "later");
    assert_all_once(&browser);

    // 20 October is day 19 of it, at eight messages a day
    browser.js("document.querySelector('input[type=date]').value = '2025-10-20'");
    browser.leads_on(|| browser.click("form.jump button"));
    // more of the conversation may have been added above it since
    let in_view = "[...document.querySelectorAll('.message')].find(message => \
        message.getBoundingClientRect().top > 56).textContent.includes('第 152 条')";
    browser.until(in_view);
    browser.assert_calm(&view.origin);
}

/// Scrolls in a direction until there is no more of the conversation there. What is read must not
/// jump away when something is added above it.
fn scroll_through(browser: &Chromium, direction: &str) {
    let turn = json!(format!(".turn.{direction}"));
    let (to, kept) = match direction {
        "earlier" => ("0", "document.querySelector('.message')"),
        _ => (
            "document.documentElement.scrollHeight",
            "[...document.querySelectorAll('.message')].at(-1)",
        ),
    };
    while browser.js(&format!("!!document.querySelector({turn})")) == true {
        browser.js(&format!(
            "window.many = document.querySelectorAll('.message').length; scrollTo(0, {to});
             window.kept = {kept}; window.place = kept.getBoundingClientRect().top"
        ));
        browser.until(&format!(
            "document.querySelectorAll('.message').length > window.many
                || !document.querySelector({turn})"
        ));
        let moved = browser.js_number("window.kept.getBoundingClientRect().top - window.place");
        assert!(moved.abs() < 100.0, "what is read moves by {moved} pixels");
    }
}

/// Every message of the long conversation is there once, in order, and so is every day.
fn assert_all_once(browser: &Chromium) {
    assert_eq!(shown(browser), (0..shop::LONG).collect::<Vec<_>>());
    let days = browser.js("[...document.querySelectorAll('.day')].map(day => day.dataset.day)");
    let days: Vec<&str> =
        days.as_array().unwrap().iter().map(|day| day.as_str().unwrap()).collect();
    assert!(days.is_sorted_by(|one, next| one < next) && days.len() == 50, "{days:?}");
}

#[test]
fn conversations_are_chosen_by_what_is_filled_in() {
    let Some(browser) = Chromium::start() else { return };
    let view = shop::archive().view();
    browser.open(&view.address);
    browser.leads_on(|| browser.click("header nav a[href$='conversations']"));
    let listed =
        || browser.js_number("document.querySelectorAll('main a[href*=\"conversation/\"]').length");
    assert!(listed() > 4.0, "all of them");

    // by hand, as a reader does: a part of a name, then a state besides
    browser.click("main input[name=agent]");
    browser.write("小美");
    browser.leads_on(|| browser.click("main form button"));
    assert_eq!(browser.js_text("document.querySelector('main input[name=agent]').value"), "小美");
    assert!(listed() >= 4.0);
    let names = "[...document.querySelectorAll('main a[href*=\"conversation/\"]')]\
        .map(link => link.textContent).join('|')";
    assert!(!browser.js_text(names).contains("王小明"));
    browser.js("document.querySelector('main select[name=status]').value = 'failed'");
    browser.leads_on(|| browser.click("main form button"));
    let names = browser.js_text(names);
    assert!(names.contains("محمد") && !names.contains("陈静"), "{names}");
    browser.leads_on(|| browser.click("main a[href*='conversation/']"));
    assert_eq!(browser.js_text("document.querySelector('h1').textContent.trim()"), "محمد");
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
fn a_search_for_chinese_words_leads_to_the_message() {
    let Some(browser) = Chromium::start() else { return };
    let view = shop::archive().view();
    browser.window(1280, 900, false);
    browser.open(&view.address);
    browser.click("input[type=search]");
    browser.write("发票");
    browser.leads_on(|| browser.press("Enter"));
    assert_eq!(browser.js("document.querySelectorAll('main mark').length > 0"), true);
    assert_eq!(browser.js_text("document.querySelector('main mark').textContent"), "发票");
    browser.leads_on(|| browser.click("main a:has(mark), main li:has(mark) a"));
    browser.until(LANDED);
    let text = browser.js_text("document.querySelector('.target .text').textContent");
    assert_eq!(text, shop::INVOICE);
    browser.assert_calm(&view.origin);
}

#[test]
fn a_keyboard_is_enough() {
    let Some(browser) = Chromium::start() else { return };
    let view = shop::archive().view();
    browser.window(1280, 900, false);
    browser.open(&view.address);
    let focus = "document.activeElement.matches('a.skip') && document.activeElement\
        .getBoundingClientRect().top >= 0";
    browser.press("Tab");
    assert_eq!(browser.js(focus), true, "the way past the navigation is the first stop");
    browser.press("/");
    browser.until("document.activeElement.type === 'search'");
    browser.write("发票");
    browser.leads_on(|| browser.press("Enter"));
    tab_to(
        &browser,
        "document.activeElement.closest('main')?.contains(document.querySelector('mark')) \
        && document.activeElement.closest('li, article')?.querySelector('mark') !== null \
        && document.activeElement.matches('a')",
    );
    browser.leads_on(|| browser.press("Enter"));
    browser.until(LANDED);

    browser.leads_on(|| browser.press("p"));
    assert!(browser.js_text("location.search").starts_with("?before="), "p turns back");
    browser.leads_on(|| browser.press("n"));
    assert!(browser.js_text("location.search").starts_with("?after="), "n turns on");
    browser.press("j");
    browser.until("document.activeElement.matches('.message')");
    let first = browser.js_text("document.activeElement.id");
    browser.press("j");
    browser.until(&format!("document.activeElement.id !== '{first}'"));
    browser.press("k");
    browser.until(&format!("document.activeElement.id === '{first}'"));
    browser.assert_calm(&view.origin);
}

/// Presses Tab until something is true of what has the focus; every stop on the way can be seen.
fn tab_to(browser: &Chromium, expression: &str) {
    for _ in 0..80 {
        browser.press("Tab");
        let stop = browser.js_text(
            "(() => {
                const stop = document.activeElement;
                const isDrawn = style => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
                const seen = isDrawn(getComputedStyle(stop)) || isDrawn(getComputedStyle(stop.closest('.hit, .talk') || stop));
                return seen || stop === document.body ? '' : stop.outerHTML.slice(0, 200);
            })()",
        );
        assert_eq!(stop, "", "a stop that is not seen");
        if browser.js(expression) == true {
            return;
        }
    }
    panic!("not reached with Tab: {expression}");
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

#[test]
fn a_conversation_is_printed_with_its_proof() {
    let Some(browser) = Chromium::start() else { return };
    let view = shop::archive().view();
    open_long(&browser, &view.address);
    browser.leads_on(|| browser.click("main a[href$='print']"));
    assert_all_once(&browser);
    // the digest at its head is the one of the list at its foot
    let list = "(async () => {
        const digests = [...document.querySelectorAll('.digests td code')].map(code => code.textContent + '\\n');
        const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(digests.join(''))));
        const digest = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
        return digests.length + (document.querySelector('.proof').textContent.includes(digest) ? ' proven' : digest);
    })()";
    // besides its messages: three saved files, and what the one that was taken back said before
    assert_eq!(browser.js_text(list), format!("{} proven", shop::LONG + 9 + 3 + 1));
    let pdf = browser.pdf();
    assert!(pdf.starts_with("JVBERi") && pdf.len() > 50_000, "{} characters", pdf.len());
    browser.assert_calm(&view.origin);
}

/// What a vendor calls voice and audio, from the vendor's host to the reader's ear.
#[tokio::test(flavor = "multi_thread")]
async fn voice_messages_that_were_synced_are_played() {
    let Some(browser) = Chromium::start() else { return };
    let world = World::new(1500).await;
    assert_eq!(world.run(&["sync"]).code, 0);
    let db = rusqlite::Connection::open(world.path("archive/archive.db")).unwrap();
    let of_kind = "SELECT message FROM attachment WHERE kind = ?1 AND state = 'saved' LIMIT 1";
    let view = View::of(world.dir.path().to_path_buf());
    for kind in ["voice", "audio"] {
        let number: i64 = db.query_row(of_kind, [kind], |row| row.get(0)).unwrap();
        browser.open(&format!("{}at/{number}", view.address));
        browser.js("document.querySelector('.target audio').play()");
        // some last a tenth of a second
        browser.until("document.querySelector('.target audio').ended");
        assert!(browser.js_number("document.querySelector('.target audio').currentTime") > 0.0);
        browser.assert_calm(&view.origin);
    }
}
