//! From one end of a conversation to the other, in both directions.

use chat_core::{Kind, Message, Participant, SenderKind, Status};

use crate::support::{HOUR_MS, MONDAY_MS, Scene, Site, numbers, rel, sent, text, with_file};

/// 150 messages, some of them in the same instant.
fn long() -> Scene {
    let mut scene = Scene::new();
    let messages = (0..150).map(|number| {
        let mut message = text(number, &format!("text {number}"));
        message.sent_at = Some(sent(MONDAY_MS + number / 7 * HOUR_MS));
        message
    });
    scene.store(messages.collect());
    scene
}

fn walk(site: &Site, from: &str, word: &str) -> Vec<Vec<i64>> {
    let mut pages = Vec::new();
    let mut next = Some(from.to_owned());
    while let Some(path) = next {
        let page = site.page(&path);
        pages.push(numbers(&page));
        next = rel(&page, word);
        assert!(pages.len() < 50, "the pages have no end");
    }
    pages
}

#[track_caller]
fn both_ways(site: &Site, messages: usize) {
    let forward = walk(site, "conversation/1?from=first", "next").concat();
    let mut backward = walk(site, "conversation/1", "prev");
    assert!(backward.len() > 1, "there are several pages");
    backward.reverse();
    let backward = backward.concat();
    let mut all = forward.clone();
    all.sort_unstable();
    all.dedup();
    assert_eq!((forward.len(), all.len()), (messages, messages), "each once: {forward:?}");
    assert_eq!(forward, backward);
}

#[test]
fn paging_visits_every_message_exactly_once() {
    let mut scene = long();
    both_ways(&scene.serve(), 150);
}

#[test]
fn so_it_does_where_the_vendor_gives_no_times() {
    let mut scene = Scene::new();
    let messages = (0..150).map(|number| {
        let mut message: Message = text(number, &format!("text {number}"));
        message.sent_at = None;
        message.kind = Kind::Text;
        message
    });
    scene.store(messages.collect());
    let site = scene.serve();
    both_ways(&site, 150);
    let page = site.page("conversation/1");
    assert!(page.contains("Without a time") && !page.contains("type=\"date\""), "{page}");
}

#[test]
fn a_day_is_jumped_to_on_the_clock_of_the_vendor() {
    let mut scene = Scene::new();
    // the day begins at 16:00 of the day before in UTC
    let late = |number: i64, ms: i64| {
        let mut message = text(number, &format!("text {number}"));
        message.sent_at = Some(sent(ms));
        message
    };
    let day = 24 * HOUR_MS;
    let mut messages: Vec<_> = (0..100).map(|number| late(number, MONDAY_MS - day)).collect();
    messages.push(late(100, MONDAY_MS - 1));
    messages.push(late(101, MONDAY_MS));
    messages.push(late(102, MONDAY_MS + 5 * day));
    scene.store(messages);
    let site = scene.serve();
    let first = |date: &str| {
        let page = site.page(&format!("conversation/1?date={date}"));
        page.split("<p class=\"text\" dir=\"auto\">")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(first("2025-10-13"), "text 101");
    assert_eq!(first("2025-10-14"), "text 102", "the first one behind an empty day");
    assert_eq!(first("2025-10-12"), "text 0");
    assert_eq!(first("1999-01-01"), "text 0");
    let beyond = site.page("conversation/1?date=2031-01-01");
    assert!(beyond.contains("text 102") && !beyond.contains("rel=\"next\""), "its end");
    assert!(site.page("conversation/1?date=").contains("text 102"), "an empty field is none");
}

#[test]
fn a_link_to_a_message_leads_to_it_in_the_midst_of_others() {
    let mut scene = long();
    let site = scene.serve();
    let all = walk(&site, "conversation/1?from=first", "next").concat();
    for number in [all[0], all[75], all[149]] {
        let jump = site.get(&format!("at/{number}"));
        assert_eq!(jump.status, 303);
        let place = jump.header("location").trim_start_matches("../").to_owned();
        assert!(place.ends_with(&format!("#m{number}")), "{place}");
        let page = site.page(place.split('#').next().unwrap());
        assert!(numbers(&page).contains(&number));
        let target = page.split("<li class=\"message").find(|item| item.contains(" target\""));
        assert!(target.unwrap().contains(&format!("id=\"m{number}\"")), "it is marked");
    }
}

#[test]
fn a_page_is_light_however_long_the_conversation_and_its_texts() {
    let mut scene = Scene::new();
    let long = "这是一条很长的消息。".repeat(600);
    scene.store((0..150).map(|number| text(number, &long)).collect());
    let site = scene.serve();
    let page = site.page("conversation/1");
    assert!(page.len() < 300_000, "{} bytes", page.len());
    assert!(page.contains("Show all of it"), "the rest is on the page of the message");
    let number = numbers(&page)[0];
    assert!(site.page(&format!("message/{number}")).contains(&long), "there it is whole");
}

#[test]
fn so_is_a_page_of_messages_that_are_heavy_on_purpose() {
    let mut scene = Scene::new();
    let heavy = |number: i64| {
        let mut message = match number % 4 {
            0 => text(number, &"\"".repeat(5_000)),
            1 => text(number, &format!("http://a/{}", "&".repeat(1_500))),
            2 => text(number, "x"),
            _ => with_file(number, Kind::File, Some(&"<".repeat(2_000))),
        };
        let sender = Participant::new(Some(SenderKind::from("&".repeat(3_000).as_str())));
        message.sender = Some(sender.with_name(Some("'".repeat(3_000))));
        message.reactions = vec!["\"".repeat(1_000); 500];
        message.status = Some(Status::from("<".repeat(3_000).as_str()));
        let file = message.attachments.first().cloned();
        message.attachments.extend(file.into_iter().cycle().take(20));
        message
    };
    scene.store((0..24).map(heavy).collect());
    let site = scene.serve();
    let mut all = Vec::new();
    for (from, word) in [("conversation/1?from=first", "next"), ("conversation/1", "prev")] {
        let mut next = Some(from.to_owned());
        let mut seen = Vec::new();
        while let Some(path) = next {
            let page = site.page(&path);
            assert!(page.len() < 300_000, "{path}: {} bytes", page.len());
            seen.extend(numbers(&page));
            next = rel(&page, word);
        }
        seen.sort_unstable();
        all.push(seen);
    }
    assert_eq!(all[0].len(), 24);
    assert_eq!(all[0], all[1]);
    let page = site.page("conversation/1?from=first&at=12");
    assert!(numbers(&page).contains(&12) && page.len() < 300_000);
}

#[test]
fn what_a_sync_stores_meanwhile_is_seen() {
    let mut scene = Scene::new();
    scene.store(vec![text(1, "first")]);
    let site = scene.serve();
    assert!(!site.page("conversation/1").contains("second"));
    scene.store(vec![text(2, "second")]);
    // the lists need not have caught up for it
    assert!(site.page("conversation/1").contains("second"));
}
