//! Every field of every message is written by somebody who wants more than to be read.

use std::collections::BTreeSet;

use chat_core::{
    Attachment, Kind, MediaLink, Message, MessageId, Participant, ParticipantId, PlatformId,
    SenderKind, Status, UnixMillis,
};
use serde_json::{Value, json};

use super::chromium::Chromium;
use super::made::{BEGIN_MS, DAY_MS, File, Made};

/// Text that would run, load or lead away where it is taken for more than text.
const HOSTILE: &str = include_str!("hostile.json");

/// Files that run script where a browser shows them as pages.
const FILES: [(&str, &str); 6] = [
    (
        "text/html",
        "<!DOCTYPE html><title>x</title><script>pwned(1)</script><img src=x onerror=pwned(1)>",
    ),
    (
        "image/svg+xml",
        "<svg xmlns='http://www.w3.org/2000/svg' onload='pwned(1)'><script>pwned(1)</script></svg>",
    ),
    (
        "application/xhtml+xml",
        "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><script>pwned(1)</script></html>",
    ),
    (
        "text/xml",
        "<?xml version='1.0'?><x xmlns:h='http://www.w3.org/1999/xhtml'><h:script>pwned(1)</h:script></x>",
    ),
    ("image/png", "<html><body onload=pwned(1)><script>pwned(1)</script>"),
    ("application/javascript", "pwned(1)"),
];

/// Counts what runs. Where script runs that is not ours, one of these is what it does first.
const TRAP: &str = "window.pwnedTimes = 0; window.pwned = () => { window.pwnedTimes += 1; };";

pub(super) fn strings() -> Vec<String> {
    serde_json::from_str(HOSTILE).unwrap()
}

/// A message with the string wherever a vendor can put one.
fn everywhere(mut message: Message, text: &str) -> Message {
    let person = |kind: &str| {
        Participant::new(Some(SenderKind::from(kind)))
            .with_id(Some(ParticipantId::new(text)))
            .with_name(Some(text.to_owned()))
    };
    message.sender = Some(person(text));
    message.recipients = vec![person("agent"), person(text)];
    message.text = Some(text.to_owned());
    message.kind = Kind::from(text);
    message.status = Some(Status::from(text));
    message.reply_to = Some(PlatformId::new(text));
    message.platform_id = Some(PlatformId::new(text));
    message.reactions = vec![text.to_owned()];
    let mut file = Attachment::new(Kind::from(text));
    file.file_name = Some(text.to_owned());
    file.mime_type = Some(text.to_owned());
    message.attachments = vec![file];
    message
}

/// One conversation with all strings, one of each string's name, and one with files. The source's
/// name is hostile too: archives are handed on, and their configuration is not.
pub(super) fn archive() -> Made {
    let mut made = Made::new();
    let strings = strings();
    let source = made.source("<img src=x onerror=pwned(1)>", "nxlink");
    let minute = |at: usize| i64::try_from(at).unwrap() * 60_000;
    // what has all of something is at the head of the list
    let newest = 2 * DAY_MS;

    let all = strings.iter().enumerate().map(|(at, text)| {
        let mut message = everywhere(source.message(text, "all", newest + minute(at)), text);
        // those of a known kind and direction are drawn in other ways
        match at % 4 {
            0 => message.direction = Some(chat_core::Direction::Inbound),
            1 => {
                message.direction = Some(chat_core::Direction::Outbound);
                message.kind = Kind::Text;
                message.recalled_at = Some(UnixMillis::new(BEGIN_MS + 1));
            }
            2 => {
                message.direction = Some(chat_core::Direction::System);
                message.kind = Kind::Link;
            }
            _ => message.kind = Kind::Location,
        }
        message
    });
    let raw = |at: usize| {
        let text = strings[at % strings.len()].as_str();
        json!({text: text, "url": text, "title": text, "href": text, "latitude": text, "body": [text]})
    };
    made.store(&source, &all.collect::<Vec<_>>(), &raw, &|_| {
        File::Lost("<img src=x onerror=pwned(1)>")
    });

    let named = strings.iter().enumerate().map(|(at, text)| {
        let mut message = source.message(&format!("named-{at}"), text, minute(at));
        message.text = Some(text.clone());
        let name = Some(text.clone());
        message.sender = Some(Participant::new(Some(SenderKind::Agent)).with_name(name));
        message
    });
    made.store(&source, &named.collect::<Vec<_>>(), &raw, &|_| File::Lost("gone"));

    let with_files = FILES.iter().enumerate().map(|(at, (mime, _))| {
        let mut message = source.message(&format!("file-{at}"), "files", newest + minute(at));
        message.kind = Kind::Image;
        let mut file = Attachment::new(Kind::Image);
        file.file_name = Some(format!("\"><img src=x onerror=pwned(1)>{at}.html"));
        file.mime_type = Some((*mime).to_owned());
        file.link = Some(MediaLink::new("https://media.invalid/x", None));
        message.attachments = vec![file];
        message
    });
    made.store(&source, &with_files.collect::<Vec<_>>(), &|_| json!({}), &|message| {
        let at = FILES
            .iter()
            .enumerate()
            .find(|(at, _)| message.id == MessageId::new(format!("file-{at}")));
        File::Saved(at.unwrap().1.1.as_bytes().to_vec())
    });
    made
}

/// A browser in which whatever runs is counted, wherever it runs.
pub(super) fn trapped() -> Option<Chromium> {
    let browser = Chromium::start()?;
    browser.call("Page.addScriptToEvaluateOnNewDocument", &json!({"source": TRAP}));
    Some(browser)
}

/// What a browser makes of a text before it looks at it: null bytes are dropped, line ends are one.
fn as_read(text: &str) -> String {
    text.replace('\0', "").replace("\r\n", "\n").replace('\r', "\n")
}

/// Opens pages with hostile text on them by following links, so many of a shape; returns the texts
/// that were there to be read.
pub(super) fn visit(
    browser: &Chromium,
    address: &str,
    of_a_shape: usize,
    look: &dyn Fn(),
) -> BTreeSet<String> {
    let mut read = BTreeSet::new();
    let seen = browser.follow(address, of_a_shape, &mut |_| {
        look();
        let texts = browser.js(
            "[...document.querySelectorAll('.text, li a, td, h1')].map(one => one.textContent)",
        );
        let texts = texts.as_array().into_iter().flatten().filter_map(Value::as_str);
        read.extend(texts.map(as_read));
    });
    println!("{seen:#?}");
    read
}

/// Every string was there as it is; a long one has a page of its own.
pub(super) fn assert_all_read(read: &BTreeSet<String>) {
    let lost: Vec<String> = strings()
        .iter()
        .map(|text| as_read(text))
        .filter(|text| text.chars().count() < 2000 && !read.contains(text))
        .collect();
    assert!(lost.is_empty(), "not shown as they are: {lost:#?}");
}

#[test]
fn hostile_text_is_read_and_never_run() {
    let Some(browser) = trapped() else { return };
    let view = archive().view();
    let read = visit(&browser, &view.address, 5, &|| {
        browser.assert_no_intruders();
        browser.assert_calm(&view.origin);
    });
    assert_all_read(&read);
    // queries are hostile too, and what they find is marked up
    let queries = strings().into_iter().step_by(9).chain(["script".into(), "onerror".into()]);
    for query in queries.filter(|query| query.chars().count() < 400) {
        let query = browser.js_text(&format!("encodeURIComponent({})", json!(query)));
        browser.open(&format!("{}search?q={query}", view.address));
        browser.assert_no_intruders();
        browser.assert_calm(&view.origin);
    }
    assert_eq!(browser.js("document.querySelectorAll('mark').length > 20"), true);
}

/// The pages of messages show every field and the record itself. They are written into one tab, each
/// as it came, which is many times as fast as going to each.
#[test]
fn every_message_by_itself_is_harmless() {
    let Some(browser) = trapped() else { return };
    browser.call("Page.setBypassCSP", &json!({"enabled": true}));
    let view = archive().view();
    browser.open(&format!("{}message/1", view.address));
    for number in 1..=strings().len() {
        browser.js(&format!(
            "fetch('{}message/{number}').then(answer => answer.text()).then(text => {{
                document.open();
                document.write(text);
                document.close();
            }})",
            view.address
        ));
        browser.assert_no_intruders();
        let fields = browser.js_number("document.querySelectorAll('.fields > div').length");
        assert!(fields > 20.0, "message {number} has {fields} fields");
    }
    browser.assert_calm(&view.origin);
}

/// The policy is the second wall. This is the first one alone.
#[test]
fn hostile_text_does_not_need_the_policy_to_be_harmless() {
    let Some(browser) = trapped() else { return };
    browser.call("Page.setBypassCSP", &json!({"enabled": true}));
    let view = archive().view();
    visit(&browser, &view.address, 2, &|| {
        browser.assert_no_intruders();
        browser.assert_calm(&view.origin);
    });
}

/// Whether a text ran and whether it was caught, written into a page as it is; nothing: it led away.
fn written_raw(browser: &Chromium, text: &str) -> Option<(bool, bool)> {
    let quoted = json!(text);
    let write = format!(
        "document.open(); {TRAP}
         document.write('<!DOCTYPE html><title>t</title><body>' + {quoted});
         document.close(); new Promise(done => setTimeout(done, 5))"
    );
    browser.js_if_it_stays(&write)?;
    let intruders = browser.js_if_it_stays(super::checks::INTRUDERS)?;
    let times = browser.js_if_it_stays("window.pwnedTimes")?;
    Some((times.as_f64() > Some(0.0), !intruders.as_array()?.is_empty()))
}

/// The strings and the traps are of use: written into a page as they are, they are caught.
#[test]
fn the_traps_catch_what_is_not_escaped() {
    let Some(browser) = trapped() else { return };
    browser.open("about:blank");
    let (mut ran, mut caught, mut led_away) = (0, 0, 0);
    for text in strings() {
        // it may be the text before that leads away so late, but not twice
        let seen = written_raw(&browser, &text).or_else(|| {
            browser.open("about:blank");
            written_raw(&browser, &text)
        });
        let Some((is_run, is_caught)) = seen else {
            led_away += 1;
            browser.open("about:blank");
            continue;
        };
        ran += usize::from(is_run);
        caught += usize::from(is_caught);
    }
    let all = strings().len();
    println!("of {all} strings {ran} ran, {caught} were caught and {led_away} led away");
    assert!(
        all >= 100 && ran >= 40 && caught + led_away >= 100,
        "{ran} ran, {caught} caught, {led_away} led away"
    );
}
