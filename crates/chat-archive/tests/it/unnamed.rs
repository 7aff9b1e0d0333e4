//! Records to which the vendor gives no ids: each is there once, and true repeats are there too.

use chat_archive::{CoveredWindow, Verdict};
use chat_core::{Partition, UnixMillis, Window};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::support::{Fixture, unnamed};

const DAY: i64 = 86_400_000;

/// Texts of a conversation, in the archive's order, with their ids.
fn held(fixture: &Fixture, conversation: &str) -> Vec<(String, String)> {
    let of = |line: &serde_json::Value| line["conversation_id"] == conversation;
    let pair = |line: &serde_json::Value| {
        assert_eq!(line["id_origin"], "derived");
        (line["text"].as_str().unwrap().to_owned(), line["id"].as_str().unwrap().to_owned())
    };
    fixture.lines().iter().filter(|line| of(line)).map(pair).collect()
}

fn texts(fixture: &Fixture) -> String {
    let texts: Vec<String> = held(fixture, "c").into_iter().map(|(text, _)| text).collect();
    texts.join(" ")
}

/// Stores a reading of the conversation `c`; how many records were new.
fn read(fixture: &mut Fixture, texts: &str) -> u64 {
    let records: Vec<String> = texts.split_whitespace().map(|text| format!("c:{text}")).collect();
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    let stored = fixture.store_page(&unnamed(&records));
    assert_eq!(stored.changed, 0);
    let (now, partition) = (fixture.now, fixture.partition);
    let window = Window::new(now - fixture.reach_ms.unwrap_or(DAY), now);
    let closed = CoveredWindow::new(window, Verdict::Provisional);
    fixture.archive().close_window(partition, &closed, UnixMillis::new(now)).unwrap();
    stored.new
}

/// Reads as another partition.
fn as_part(fixture: &mut Fixture, key: &str) {
    let source = fixture.source;
    key.clone_into(&mut fixture.key);
    fixture.partition = fixture.archive().partition(source, &Partition::new(key)).unwrap();
}

#[test]
fn a_second_reading_brings_nothing_new_and_changes_no_id() {
    let mut fixture = Fixture::new();
    assert_eq!(read(&mut fixture, "hello ok ok bye ok"), 5);
    let before = held(&fixture, "c");
    assert_eq!(read(&mut fixture, "hello ok ok bye ok"), 0);
    assert_eq!(held(&fixture, "c"), before);
    let ids: std::collections::BTreeSet<_> = before.iter().map(|(_, id)| id).collect();
    assert_eq!(ids.len(), 5);
    assert!(before.iter().all(|(_, id)| id.starts_with("d1-") && id.len() == 35));
    let report = fixture.reader().verify(&mut |_| {}).unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[test]
fn two_archives_derive_the_same_ids() {
    let (mut one, mut other) = (Fixture::new(), Fixture::new());
    for fixture in [&mut one, &mut other] {
        read(fixture, "hello ok ok");
        read(fixture, "ok hello ok ok");
    }
    assert_eq!(held(&one, "c"), held(&other, "c"));
}

#[test]
fn repeats_at_either_end_are_new() {
    let mut fixture = Fixture::new();
    read(&mut fixture, "ok hello ok");
    assert_eq!(read(&mut fixture, "ok ok hello ok"), 1);
    assert_eq!(read(&mut fixture, "ok ok hello ok ok"), 1);
    assert_eq!(texts(&fixture), "ok ok hello ok ok");
}

#[test]
fn what_is_no_longer_shown_stays_in_its_place() {
    let mut fixture = Fixture::new();
    read(&mut fixture, "c3 ok c2 ok c1");
    // newest first: three leave at the end, two come at the front, one of them alike
    assert_eq!(read(&mut fixture, "c4 ok c3 ok"), 2);
    assert_eq!(texts(&fixture), "c4 ok c3 ok c2 ok c1");
    // all of them are shown again
    assert_eq!(read(&mut fixture, "c4 ok c3 ok c2 ok c1"), 0);
    assert_eq!(texts(&fixture), "c4 ok c3 ok c2 ok c1");
}

#[test]
fn new_records_in_the_middle_are_found() {
    // one part grows at its end and the next at its front, as the vendor's sample looks
    let mut fixture = Fixture::new();
    read(&mut fixture, "ai1 ai2 h2 h1");
    assert_eq!(read(&mut fixture, "ai1 ai2 ai3 h3 h2 h1"), 2);
    assert_eq!(texts(&fixture), "ai1 ai2 ai3 h3 h2 h1");
}

#[test]
fn an_empty_reading_loses_nothing_and_the_next_one_brings_nothing_twice() {
    let mut fixture = Fixture::new();
    fixture.reach_ms = Some(30 * DAY);
    read(&mut fixture, "a ok b");
    // the vendor answers without the conversation, then with another one
    fixture.store_page(&unnamed(&["other:x"]));
    assert_eq!(read(&mut fixture, "x9"), 1);
    assert_eq!(read(&mut fixture, "a ok b"), 0);
    assert_eq!(held(&fixture, "other").len(), 1);
}

#[test]
fn an_order_turned_around_is_not_a_second_conversation() {
    let mut fixture = Fixture::new();
    read(&mut fixture, "a ok b ok c");
    let before = held(&fixture, "c");
    assert_eq!(read(&mut fixture, "c ok b ok a"), 0);
    assert_eq!(held(&fixture, "c"), before);
    assert_eq!(read(&mut fixture, "c ok b ok a new"), 1);
    assert_eq!(held(&fixture, "c").len(), 6);
}

#[test]
fn texts_that_left_and_came_again_do_not_turn_a_conversation_around() {
    let mut fixture = Fixture::new();
    fixture.reach_ms = Some(2 * DAY);
    read(&mut fixture, "ai0 ai-ok ai1 p1 ok fine p0");
    fixture.now += DAY;
    // the newest stayed, and what is said again came in another order
    assert_eq!(read(&mut fixture, "ai1 ai2 ai-ok fine ok p2 p1"), 5);
    assert_eq!(held(&fixture, "c").len(), 12);
}

#[test]
fn a_lone_repeat_is_new_once_the_first_one_must_be_out_of_reach() {
    let mut fixture = Fixture::new();
    fixture.reach_ms = Some(30 * DAY);
    assert_eq!(read(&mut fixture, "ok"), 1);
    fixture.now += 20 * DAY;
    assert_eq!(read(&mut fixture, "ok"), 0);
    fixture.now += 20 * DAY;
    assert_eq!(read(&mut fixture, "ok"), 1, "the first was sent over forty days ago");
    fixture.now += DAY;
    assert_eq!(read(&mut fixture, "ok"), 0);
    assert_eq!(texts(&fixture), "ok ok");
}

#[test]
fn a_conversation_that_two_partitions_show_is_stored_once() {
    let mut fixture = Fixture::new();
    read(&mut fixture, "a b ok");
    as_part(&mut fixture, "other");
    assert_eq!(read(&mut fixture, "a b ok c"), 1);
    assert_eq!(texts(&fixture), "a b ok c");
}

#[test]
fn conversations_without_a_name_are_nobody_else_s() {
    let mut fixture = Fixture::new();
    fixture.store_page(&unnamed(&[":hi", ":ok", ":bye"]));
    as_part(&mut fixture, "other");
    assert_eq!(fixture.store_page(&unnamed(&[":hi", ":ok", ":bye"])).new, 3);
    assert_eq!(fixture.store_page(&unnamed(&[":hi", ":ok", ":bye"])).new, 0);
    let ids: std::collections::BTreeSet<String> =
        fixture.lines().iter().map(|line| line["id"].to_string()).collect();
    assert_eq!(ids.len(), 6);
}

#[test]
fn two_partitions_that_see_parts_of_a_conversation_double_nothing() {
    for often in [&[][..], &["1:ok", "2:ok", "3:ok"]] {
        let mut fixture = Fixture::new();
        fixture.reach_ms = Some(5 * DAY);
        let mut talk: Vec<Vec<String>> = Vec::new();
        for day in 0..20 {
            fixture.now += DAY;
            let said = [format!("1:a{day}"), format!("3:both{day}"), format!("2:b{day}")];
            talk.push(
                said.into_iter().chain(often.iter().map(|text| (*text).to_owned())).collect(),
            );
            for (seen_by, part) in [(1, "ann"), (2, "bob")] {
                as_part(&mut fixture, part);
                let texts: Vec<&str> = talk[talk.len().saturating_sub(5)..]
                    .iter()
                    .flatten()
                    .filter_map(|said| {
                        let (who, text) = said.split_once(':').unwrap();
                        (who.parse::<u8>().unwrap() & seen_by != 0).then_some(text)
                    })
                    .collect();
                read(&mut fixture, &texts.join(" "));
            }
        }
        let truth = talk.iter().flatten().count();
        let held = held(&fixture, "c").len();
        if often.is_empty() {
            assert_eq!(held, truth);
        } else {
            // who said an "ok" that came to both at once cannot be told from one that came to each
            assert!((truth - 25..=truth).contains(&held), "{held} of {truth}");
        }
    }
}

#[test]
fn an_order_that_changes_back_and_forth_does_not_double_for_ever() {
    // what was there at the first reading may have left since, so it can double, once
    for (one, other, most) in [
        ("a b c d", "c d a b", 8),
        ("a b", "b a", 4),
        ("a b c", "b c a", 6),
        ("ok ok a", "a ok ok", 6),
    ] {
        let mut fixture = Fixture::new();
        fixture.reach_ms = Some(30 * DAY);
        for reading in 0..20 {
            fixture.now += 3_600_000;
            read(&mut fixture, if reading % 2 == 0 { one } else { other });
        }
        let held = held(&fixture, "c").len();
        assert!(held <= most, "{one} and {other}: {held}");
    }
}

#[test]
fn long_lists_that_have_nothing_in_common_cost_no_more_than_their_length() {
    let mut fixture = Fixture::new();
    for day in 0..2 {
        fixture.now += 40 * DAY;
        let texts: Vec<String> = (0..20_000).map(|number| format!("c:{day}-{number}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert_eq!(fixture.store_page(&unnamed(&texts)).new, 20_000);
    }
}

#[test]
fn the_same_id_in_two_partitions_is_two_records() {
    let mut fixture = Fixture::new();
    let record = crate::support::Record::new("1", "to the first");
    assert_eq!(fixture.store(std::slice::from_ref(&record)).new, 1);
    as_part(&mut fixture, "other");
    assert_eq!(fixture.store(&[record]).new, 1);
    assert_eq!(fixture.lines().len(), 2);
}

#[test]
fn a_conversation_that_occurs_twice_on_a_page_is_one_list() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.store_page(&unnamed(&["c:a", "d:x", "c:b", "c:ok"])).new, 4);
    assert_eq!(fixture.store_page(&unnamed(&["c:a", "c:b", "c:ok", "d:x"])).new, 0);
    assert_eq!(texts(&fixture), "a b ok");
}

/// In which order a vendor shows a conversation.
#[derive(Debug, Clone, Copy)]
enum Order {
    Oldest,
    Newest,
    /// What a machine said first, oldest first; then what people said, newest first.
    Parts,
}

fn shown(order: Order, window: &[Vec<String>]) -> String {
    let all: Vec<&String> = window.iter().flatten().collect();
    let (machine, mut people): (Vec<&String>, Vec<&String>) =
        all.iter().copied().partition(|text| text.starts_with("ai"));
    let listed: Vec<&String> = match order {
        Order::Oldest => all,
        Order::Newest => all.into_iter().rev().collect(),
        Order::Parts => {
            people.reverse();
            machine.into_iter().chain(people).collect()
        }
    };
    listed.into_iter().cloned().collect::<Vec<_>>().join(" ")
}

proptest! {
    // what is likeliest is not always what happened: the same cases each time
    #![proptest_config(ProptestConfig {
        cases: 96,
        rng_seed: RngSeed::Fixed(20_261_122),
        ..ProptestConfig::default()
    })]

    /// Days of talk, each with at least one text like no other, read each day over a sliding window.
    #[test]
    fn nothing_is_lost_or_doubled_while_the_window_slides(
        days in prop::collection::vec(prop::collection::vec(0_u8..6, 0..7), 3..14),
        reach in 2_usize..6,
        order in prop::sample::select(vec![Order::Oldest, Order::Newest, Order::Parts]),
    ) {
        let talk: Vec<Vec<String>> = days
            .iter()
            .enumerate()
            .map(|(day, more)| {
                let mut texts = vec![format!("ai-only-{day}"), format!("only-{day}")];
                texts.extend(more.iter().map(|word| match word {
                    0 | 1 => "ok".to_owned(),
                    2 => "ai-ok".to_owned(),
                    3 => "fine".to_owned(),
                    word => format!("said-{word}-{day}"),
                }));
                texts
            })
            .collect();
        let mut fixture = Fixture::new();
        fixture.reach_ms = Some(i64::try_from(reach).unwrap() * DAY);
        for day in 1..=talk.len() {
            fixture.now += DAY;
            let reading = shown(order, &talk[day.saturating_sub(reach)..day]);
            read(&mut fixture, &reading);
            prop_assert_eq!(read(&mut fixture, &reading), 0);
        }
        let mut truth: Vec<String> = talk.into_iter().flatten().collect();
        let mut kept: Vec<String> = held(&fixture, "c").into_iter().map(|(text, _)| text).collect();
        truth.sort();
        kept.sort();
        prop_assert_eq!(kept, truth);
    }
}
