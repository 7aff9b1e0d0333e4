//! Ids that become known: of messages that are there, in whatever order the calls show them.

use crate::calls::{Call, DAY, Held, Said, as_part, held, is_clean, read, row, said};
use crate::support::{Fixture, Record};

fn newest_first(texts: &str) -> Vec<Said> {
    let mut said = said(texts);
    said.reverse();
    said
}

fn counts(fixture: &mut Fixture, call: Call, shown: &[Said]) -> (u64, u64) {
    let stored = read(fixture, call, shown);
    (stored.new, stored.changed)
}

fn ids(held: &[Held]) -> Vec<&str> {
    held.iter().map(|one| one.id.as_str()).collect()
}

/// The ids of what the call without ids shows, in its order.
fn told(fixture: &Fixture) -> serde_json::Value {
    let listed = "SELECT json_group_array(record_id) FROM (SELECT m.record_id FROM sequence q
                  JOIN message m ON m.id = q.message WHERE q.named = 0 ORDER BY q.ordinal)";
    row(fixture, listed)
}

fn named(shown: &[Said]) -> serde_json::Value {
    shown.iter().map(|one| format!("c/{}", one.id)).collect()
}

#[test]
fn what_is_there_gets_its_ids_and_times_and_nothing_is_there_twice() {
    let mut fixture = Fixture::new();
    let talk = "1:hello 2:ok 3:ok 4:we-bye 5:ok";
    assert_eq!(counts(&mut fixture, Call::Plain, &said(talk)), (5, 0));
    let derived = held(&fixture);
    assert!(derived.iter().all(|one| !one.is_named && one.id.starts_with("d1-")));

    assert_eq!(counts(&mut fixture, Call::Named, &newest_first(talk)), (0, 5));
    let joined = held(&fixture);
    assert_eq!(ids(&joined), ["c/1", "c/2", "c/3", "c/4", "c/5"]);
    assert!(joined.iter().all(|one| one.is_named));
    let mut known: Vec<&str> = joined.iter().filter_map(|one| one.derived_id.as_deref()).collect();
    known.sort_unstable();
    assert_eq!(known, ids(&derived), "each is still known by the id that it had");
    let times = "SELECT json_group_array(sent_at_ms) FROM (SELECT * FROM messages ORDER BY id)";
    let sent: Vec<i64> = said(talk).iter().map(|one| one.sent_ms).collect();
    assert_eq!(row(&fixture, times), serde_json::json!(sent));
    // what was read first stays as an earlier form
    assert_eq!(fixture.sql::<i64>("SELECT count(*) FROM message_version"), 5);

    for call in [Call::Named, Call::Plain, Call::Named, Call::Plain] {
        let shown = if call == Call::Named { newest_first(talk) } else { said(talk) };
        assert_eq!(counts(&mut fixture, call, &shown), (0, 0), "{call:?}");
        assert_eq!(held(&fixture), joined);
    }
    assert_eq!(fixture.lines().len(), 5);
    assert!(is_clean(&fixture));
}

#[test]
fn a_plain_reading_of_what_has_ids_brings_nothing_new() {
    let mut fixture = Fixture::new();
    fixture.now = 100_000_100_000;
    fixture.reach_ms = Some(30 * DAY);
    let talk = "1:hello 2:ok 3:ok 4:we-bye 5:ok";
    assert_eq!(counts(&mut fixture, Call::Named, &newest_first(talk)), (5, 0));
    let before = held(&fixture);
    assert!(before.iter().all(|one| one.confidence.is_none()));
    // the other form of each is kept, once, and is not the current one
    assert_eq!(counts(&mut fixture, Call::Plain, &said("2:ok 3:ok 4:we-bye 5:ok")), (0, 4));
    assert_eq!(counts(&mut fixture, Call::Plain, &said("2:ok 3:ok 4:we-bye 5:ok")), (0, 0));
    assert_eq!(ids(&held(&fixture)), ids(&before));
    let lines = fixture.lines();
    assert!(lines.iter().all(|line| line["version"] == 1 && line["raw"]["at"].is_i64()));

    // what came since waits for its id
    assert_eq!(
        counts(&mut fixture, Call::Plain, &said("2:ok 3:ok 4:we-bye 5:ok 6:new 7:ok")),
        (2, 0)
    );
    let talk = "1:hello 2:ok 3:ok 4:we-bye 5:ok 6:new 7:ok 8:newer";
    assert_eq!(counts(&mut fixture, Call::Named, &newest_first(talk)), (1, 2));
    assert_eq!(held(&fixture).len(), 8);
    assert!(held(&fixture).iter().all(|one| one.is_named));
    assert!(is_clean(&fixture));
}

#[test]
fn the_order_of_two_calls_need_not_be_the_same() {
    let talk = "1:a 2:ok 3:ok 4:we-c 5:ok 6:d 7:ok 8:e 9:we-f 10:g 11:ok 12:h 13:we-f 14:i";
    let newest = newest_first(talk);
    let all = said(talk);
    // the first part oldest first, then the second newest first
    let in_parts: Vec<Said> = all[..6].iter().chain(all[6..].iter().rev()).cloned().collect();
    for shown in [all.clone(), newest.clone(), in_parts] {
        let mut fixture = Fixture::new();
        assert_eq!(counts(&mut fixture, Call::Plain, &shown), (14, 0));
        assert_eq!(counts(&mut fixture, Call::Named, &newest), (0, 14));
        assert_eq!(told(&fixture), named(&shown), "each got its own");
        assert_eq!(counts(&mut fixture, Call::Plain, &shown), (0, 0));
        assert_eq!(held(&fixture).len(), 14);
    }
    // in no order at all, repeats may be exchanged
    let shuffled: Vec<Said> = (0..14).map(|at| all[at * 5 % 14].clone()).collect();
    let mut fixture = Fixture::new();
    assert_eq!(counts(&mut fixture, Call::Plain, &shuffled), (14, 0));
    assert_eq!(counts(&mut fixture, Call::Named, &newest), (0, 14));
    assert_eq!(held(&fixture).len(), 14);
}

#[test]
fn files_are_told_by_what_is_around_them() {
    let talk = "1:a 2:b 3:file-x 4:c 5:file-y 6:file-z 7:we-d 8:e 9:f 10:file-w 11:g";
    for named_first in [false, true] {
        let mut fixture = Fixture::new();
        if !named_first {
            assert_eq!(counts(&mut fixture, Call::Plain, &said(talk)), (11, 0));
        }
        let stored = read(&mut fixture, Call::Named, &newest_first(talk));
        assert_eq!(stored.new, if named_first { 11 } else { 0 });
        assert_eq!(read(&mut fixture, Call::Plain, &said(talk)).new, 0);
        assert_eq!(held(&fixture).len(), 11);
        assert_eq!(told(&fixture), named(&said(talk)));
        let forms = "SELECT json_group_array(json_array(m.text, v.text)) FROM message m
                     JOIN message_version v ON v.id = m.id WHERE m.text LIKE 'file%'";
        let forms = row(&fixture, forms);
        assert_eq!(forms.as_array().unwrap().len(), 4);
        assert!(forms.as_array().unwrap().iter().all(|form| form[1] == "[file]"));
    }
    // a text is never taken for a file
    let mut fixture = Fixture::new();
    read(&mut fixture, Call::Plain, &said("1:a 2:text 3:b"));
    assert_eq!(read(&mut fixture, Call::Named, &newest_first("1:a 2:file-x 3:b")).new, 1);
    assert_eq!(held(&fixture).len(), 4);
}

#[test]
fn a_conversation_that_two_customers_share_is_there_once() {
    for before in [None, Some(Call::Plain), Some(Call::Named)] {
        let mut fixture = Fixture::new();
        for part in ["ann", "bob"] {
            as_part(&mut fixture, part);
            if let Some(call) = before {
                read(&mut fixture, call, &said("1:a 2:ok 3:ok 4:b"));
            }
        }
        for part in ["ann", "bob", "ann"] {
            as_part(&mut fixture, part);
            read(&mut fixture, Call::Named, &newest_first("1:a 2:ok 3:ok 4:b 5:c"));
            assert_eq!(ids(&held(&fixture)), ["c/1", "c/2", "c/3", "c/4", "c/5"], "{before:?}");
        }
        assert_eq!(fixture.lines().len(), 5);
        assert!(is_clean(&fixture));
    }
}

#[test]
fn an_id_that_a_page_has_twice_is_one_message() {
    let mut fixture = Fixture::new();
    read(&mut fixture, Call::Plain, &said("1:a 2:b"));
    let shown = said("1:a 2:b 1:a 3:c 3:c 2:b");
    assert_eq!(read(&mut fixture, Call::Named, &shown).new, 1);
    assert_eq!(counts(&mut fixture, Call::Named, &shown), (0, 0));
    assert_eq!(ids(&held(&fixture)), ["c/1", "c/2", "c/3"]);
}

#[test]
fn how_sure_it_is_is_said() {
    let mut fixture = Fixture::new();
    fixture.reach_ms = Some(30 * DAY);
    let words = |fixture: &Fixture| -> Vec<String> {
        let sql = "SELECT json_group_array(text || ' ' || id_confidence) FROM
                   (SELECT m.* FROM messages m JOIN message r ON r.record_id = m.id ORDER BY r.id)";
        serde_json::from_value(row(fixture, sql)).unwrap()
    };
    read(&mut fixture, Call::Plain, &said("1:a 2:ok 3:ok 4:ok"));
    let first = ["a anchored", "ok anchored", "ok ordered", "ok ordered"];
    assert_eq!(words(&fixture), first);
    read(&mut fixture, Call::Plain, &said("1:a 2:ok 3:ok 4:ok"));
    assert_eq!(words(&fixture), first);
    // what left may be what came
    read(&mut fixture, Call::Plain, &said("1:a 2:ok 3:ok"));
    read(&mut fixture, Call::Plain, &said("1:a 2:ok 3:ok 4:x 5:y 6:ok"));
    let now = words(&fixture);
    assert_eq!(now.iter().filter(|word| word.ends_with("guessed")).count(), 1, "{now:?}");
    assert_eq!(now[0], "a anchored");
}

#[test]
fn another_way_of_telling_likenesses_changes_no_id() {
    let talk = "1:a 2:ok 3:ok 4:we-b 5:ok";
    for (anew, grown) in [
        (Call::PlainAnew, "2:ok 3:ok 4:we-b 5:ok 6:c"),
        // the bytes are others too: only the words are left
        (Call::PlainAnewWithKey, talk),
    ] {
        let mut fixture = Fixture::new();
        read(&mut fixture, Call::Plain, &said(talk));
        let before = held(&fixture);
        let grown = said(grown);
        let new = u64::from(anew == Call::PlainAnew);
        assert_eq!(read(&mut fixture, anew, &grown).new, new);
        assert_eq!(read(&mut fixture, anew, &grown).new, 0);
        let after = held(&fixture);
        assert!(ids(&before).iter().all(|id| ids(&after).contains(id)));
        // and back, what left being shown again
        read(&mut fixture, Call::Plain, &said("1:a 2:ok 3:ok 4:we-b 5:ok 6:c"));
        assert_eq!(held(&fixture).len(), 6);
    }
}

#[test]
fn ten_thousand_texts_are_read_again_and_again_in_little_time() {
    let mut fixture = Fixture::new();
    let talk: Vec<String> = (0..10_000)
        .map(|number| match number % 3 {
            0 => format!("{number}:ok"),
            1 => format!("{number}:said-{number}"),
            _ => format!("{number}:file-{number}"),
        })
        .collect();
    let talk = said(&talk.join(" "));
    let backwards: Vec<Said> = talk.iter().rev().cloned().collect();
    assert_eq!(read(&mut fixture, Call::Plain, &talk[..9_000]).new, 9_000);
    assert_eq!(read(&mut fixture, Call::Plain, &talk[500..9_500]).new, 500);
    assert_eq!(read(&mut fixture, Call::Named, &backwards).new, 500);
    assert_eq!(read(&mut fixture, Call::Plain, &talk[1_000..]).new, 0);
    assert_eq!(held(&fixture).len(), 10_000);
}

#[test]
fn all_forms_of_a_message_have_the_id_that_became_known() {
    let mut fixture = Fixture::new();
    read(&mut fixture, Call::Plain, &said("1:a 2:b"));
    assert_eq!(counts(&mut fixture, Call::PlainAnewWithKey, &said("1:a 2:b")), (0, 2));
    assert_eq!(counts(&mut fixture, Call::Named, &newest_first("1:a 2:b")), (0, 2));
    let forms = fixture.forms();
    assert_eq!(forms.len(), 6);
    for form in forms {
        let id = form["id"].as_str().unwrap();
        assert!(id == "c/1" || id == "c/2", "{id}");
    }
}

#[test]
fn a_message_whose_id_another_one_has_is_told() {
    let mut fixture = Fixture::new();
    fixture.store(&[Record::new("c/1", "a")]);
    read(&mut fixture, Call::Plain, &said("1:a"));
    assert!(is_clean(&fixture));
    read(&mut fixture, Call::Named, &said("1:a"));
    let report = fixture.reader().verify(&mut |_| {}).unwrap();
    let how: Vec<&str> = report.differences.iter().map(|one| one.how.as_str()).collect();
    assert_eq!(how, ["it is there a second time, as message c/1"]);
}
