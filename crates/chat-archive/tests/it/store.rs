//! Pages, messages, versions.

use chat_core::{ConversationId, SentAt, UnixMillis};

use crate::support::{Fixture, Record, page};

#[test]
fn a_record_comes_back_as_it_was_sent() {
    let mut fixture = Fixture::new();
    let record = Record::new("1", "你好 👍 \\n \\\"quoted\\\"").status("sent", 5);
    let stored = fixture.store(std::slice::from_ref(&record));
    assert_eq!((stored.new, stored.changed, stored.seen), (1, 0, 1));
    let export = fixture.export();
    assert!(export.contains(&format!("\"raw\":{}}}", record.raw())), "{export}");
}

#[test]
fn a_line_has_the_keys_of_the_contract_in_order() {
    let mut fixture = Fixture::new();
    fixture.store(&[Record::new("1", "x").link("https://example.com/MARKER")]);
    let export = fixture.export();
    let line: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&export).unwrap();
    let keys = [
        "vendor",
        "source",
        "id",
        "id_origin",
        "conversation_id",
        "direction",
        "sender",
        "recipients",
        "sent_at",
        "sent_at_ms",
        "sent_at_origin",
        "updated_at_ms",
        "received_at_ms",
        "read_at_ms",
        "recalled_at_ms",
        "kind",
        "text",
        "attachments",
        "status",
        "reply_to",
        "reactions",
        "version",
        "first_seen_ms",
        "last_seen_ms",
        "raw",
    ];
    assert_eq!(keys_in_order(&export), keys);
    assert_eq!(line["sent_at"], "2025-10-13T16:29:09.000+08:00");
    assert_eq!(line["sent_at_ms"], 1_760_344_149_000_i64);
    assert_eq!(line["recipients"], serde_json::json!([]));
    let attachments = line["attachments"].to_string();
    assert!(!attachments.contains("MARKER"), "{attachments}");
}

#[test]
fn line_breaks_between_tokens_do_not_break_the_line() {
    let mut fixture = Fixture::new();
    let mut page = crate::support::page(&[]);
    let raw = "{\n  \"id\": \"1\",\r\n  \"text\": \"a\\nb\"\n}";
    page.raw = chat_core::RawPage::new(raw.as_bytes().to_vec());
    let id = chat_core::MessageId::new("1");
    let message = chat_core::Message::new("made-up", "src".into(), id, chat_core::Kind::Text);
    page.records.push(chat_core::SourceRecord::new(message, 0..raw.len()));
    fixture.store_page(&page);
    let lines = fixture.lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["raw"]["text"], "a\nb");
    assert!(fixture.export().contains(&raw.replace(['\n', '\r'], " ")));
}

#[test]
fn nothing_is_stored_twice_and_nothing_new_costs_no_space() {
    let mut fixture = Fixture::new();
    let records: Vec<_> = (0..50).map(|n| Record::new(&n.to_string(), "text")).collect();
    fixture.store(&records);
    let again = fixture.store(&records);
    assert_eq!((again.new, again.changed, again.seen), (0, 0, 50));
    assert_eq!(fixture.lines().len(), 50);
    assert_eq!(fixture.sql::<i64>("SELECT count(*) FROM page"), 2);
    assert_eq!(fixture.sql::<i64>("SELECT count(*) FROM page WHERE body IS NOT NULL"), 1);
    // a record that is on two pages of one answer list counts once
    let twice = fixture.store(&[records[0].clone(), records[0].clone()]);
    assert_eq!((twice.new, twice.seen), (0, 1));
}

#[test]
fn what_comes_again_is_seen_then_and_once() {
    let mut fixture = Fixture::new();
    let records = |ids: &[u8]| -> Vec<Record> {
        ids.iter().map(|id| Record::new(&id.to_string(), "x")).collect()
    };
    fixture.store(&records(&[1, 2, 3, 4, 5, 6, 7, 8]));
    // up, down, a change and a new one in between, one a second time, and one not at all
    let mut page = records(&[3, 4, 2, 6, 9, 7, 3]);
    page[3].text = "changed".into();
    let again = fixture.store(&page);
    assert_eq!((again.new, again.changed, again.seen), (1, 1, 6));
    let seen = fixture.sql::<String>(
        "SELECT group_concat(id || ' ' || last_seen_ms) FROM
             (SELECT id, last_seen_ms FROM messages ORDER BY id)",
    );
    assert_eq!(seen, "1 1010,2 1020,3 1020,4 1020,5 1010,6 1020,7 1020,8 1010,9 1020");
    // once as it was, and once in a new form: the earlier one was seen then, too
    let page = [Record::new("8", "x"), Record::new("8", "changed")];
    let twice = fixture.store(&page);
    assert_eq!((twice.changed, twice.seen), (1, 1));
    let earlier = "SELECT last_seen_ms FROM message_version WHERE record_id = '8'";
    assert_eq!(fixture.sql::<i64>(earlier), 1030);
    // a form that is replaced keeps the time at which it was seen last
    fixture.store(&records(&[5]));
    fixture.store(&[Record::new("5", "changed")]);
    let earlier = "SELECT last_seen_ms FROM message_version WHERE record_id = '5'";
    assert_eq!(fixture.sql::<i64>(earlier), 1040);
    let now = fixture.lines().into_iter().find(|line| line["id"] == "5").unwrap();
    assert_eq!(now["last_seen_ms"], 1050);
}

#[test]
fn a_changed_record_becomes_a_version_and_the_earlier_one_stays() {
    let mut fixture = Fixture::new();
    fixture.store(&[Record::new("1", "x").status("sent", 1)]);
    let changed = fixture.store(&[Record::new("1", "x").status("read", 2)]);
    assert_eq!((changed.new, changed.changed), (0, 1));
    let lines = fixture.lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["status"], "read");
    assert_eq!(lines[0]["version"], 2);
    assert_eq!(lines[0]["first_seen_ms"], 1010);
    assert_eq!(lines[0]["last_seen_ms"], 1020);
    assert_eq!(fixture.sql::<String>("SELECT status FROM message_version"), "sent");
}

#[test]
fn a_form_that_comes_late_does_not_move_a_message_backwards() {
    let mut fixture = Fixture::new();
    let sent = Record::new("1", "x").status("sent", 1);
    let read = Record::new("1", "x").status("read", 9);
    fixture.store(std::slice::from_ref(&read));
    assert_eq!(fixture.store(std::slice::from_ref(&sent)).changed, 1);
    let line = &fixture.lines()[0];
    assert_eq!((&line["status"], &line["version"]), (&"read".into(), &1.into()));
    assert_eq!(line["raw"]["status"], "read");
    assert_eq!(fixture.sql::<i64>("SELECT version FROM message_version"), 2);
    // both forms are known now, in whatever order they come again
    assert_eq!(fixture.store(&[sent]).changed, 0);
    assert_eq!(fixture.store(&[read]).changed, 0);
}

#[test]
fn a_record_that_goes_back_to_an_earlier_form_is_shown_as_it_is() {
    let mut fixture = Fixture::new();
    for text in ["A", "B", "A"] {
        assert_eq!(fixture.store(&[Record::new("1", text)]).seen, 1);
        assert_eq!(fixture.lines()[0]["text"], text);
    }
    assert_eq!(fixture.lines()[0]["version"], 3);
    assert_eq!(fixture.store(&[Record::new("1", "A")]).changed, 0);
}

#[test]
fn a_record_twice_on_a_page_with_two_links_is_one_form() {
    let mut fixture = Fixture::new();
    let link = |sign: u8| Record::new("1", "x").link(&format!("https://example.com/a?sig={sign}"));
    let stored = fixture.store(&[link(1), link(2)]);
    assert_eq!((stored.new, stored.changed, stored.media.len()), (1, 0, 1));
}

#[test]
fn a_renewed_link_is_no_change() {
    let mut fixture = Fixture::new();
    fixture.store(&[Record::new("1", "x").link("https://example.com/a?sig=1")]);
    let renewed = fixture.store(&[Record::new("1", "x").link("https://example.com/a?sig=2")]);
    assert_eq!((renewed.new, renewed.changed), (0, 0));
    assert_eq!(fixture.lines()[0]["version"], 1);
}

#[test]
fn what_records_mean_can_change_without_a_change_of_the_records() {
    let mut fixture = Fixture::new();
    let record = Record::new("1", "x").link("https://example.com/1");
    fixture.store(std::slice::from_ref(&record));
    let partition = fixture.partition;
    let window =
        chat_archive::CoveredWindow::new(crate::support::WINDOW, chat_archive::Verdict::Proven);
    let now = chat_core::UnixMillis::new(1);
    fixture.archive().close_window(partition, &window, now).unwrap();
    let (same, changed) = fixture.archive().source("src", "made-up", "1", &[]).unwrap();
    assert_eq!((same, changed), (fixture.source, false));
    let (source, changed) = fixture.archive().source("src", "made-up", "2", &[]).unwrap();
    assert!(changed);
    fixture.source = source;
    assert_eq!(fixture.archive().coverage(partition).unwrap(), []);
    let mut page = crate::support::page(&[record]);
    page.records[0].message.text = Some("means y".into());
    let stored = fixture.store_page(&page);
    assert_eq!((stored.new, stored.changed), (0, 0));
    let line = &fixture.lines()[0];
    assert_eq!((&line["text"], &line["version"]), (&"means y".into(), &1.into()));
    assert_eq!(line["raw"]["text"], "x");
    assert!(fixture.reader().verify(&mut |_| {}).unwrap().is_clean());
}

#[test]
fn a_record_that_cannot_be_read_is_kept_once() {
    let mut fixture = Fixture::new();
    fixture.store(&[Record::new("1", "x"), Record::new("", "no id")]);
    fixture.store(&[Record::new("1", "x"), Record::new("", "no id")]);
    let status = fixture.reader().status().unwrap();
    assert_eq!((status[0].messages, status[0].skipped), (1, 1));
    assert_eq!(fixture.sql::<i64>("SELECT count(*) FROM page WHERE body IS NOT NULL"), 1);
    assert!(fixture.reader().verify(&mut |_| {}).unwrap().is_clean());
}

#[test]
fn the_status_is_the_same_while_the_index_is_behind_and_when_it_is_not() {
    let mut fixture = Fixture::new();
    let day_ms = 86_400_000;
    let mut store = |records: &[(Record, Option<&str>, i64)], held| {
        let plain: Vec<_> = records.iter().map(|(record, _, _)| record.clone()).collect();
        let mut page = page(&plain);
        for (record, (_, conversation, day)) in page.records.iter_mut().zip(records) {
            record.message.conversation_id = conversation.map(ConversationId::new);
            record.message.sent_at = Some(SentAt::stated(UnixMillis::new(day * day_ms)));
        }
        fixture.store_page(&page);
        for _ in 0..2 {
            let status = fixture.reader().status().unwrap().remove(0);
            let days = |ms: Option<i64>| ms.map(|ms| ms / day_ms);
            let sent = (days(status.first_sent_at_ms), days(status.last_sent_at_ms));
            assert_eq!((status.messages, status.conversations, sent), held);
            fixture.archive().index(&|| false).unwrap();
        }
    };
    let first = [
        (Record::new("1", "a"), Some("c1"), 5),
        (Record::new("2", "b"), Some("c2"), 6),
        (Record::new("3", "c"), None, 7),
    ];
    store(&first, (3, 2, (Some(5), Some(7))));
    store(&[(Record::new("4", "d"), Some("c1"), 2)], (4, 2, (Some(2), Some(7))));
    // a new form of a message, in another conversation and at another time
    store(&[(Record::new("2", "B"), Some("c1"), 9)], (4, 1, (Some(2), Some(9))));
    store(&[(Record::new("2", "bb"), Some("c3"), 1)], (4, 2, (Some(1), Some(7))));
}

/// The keys of a JSON object, as they stand in the text.
fn keys_in_order(json: &str) -> Vec<String> {
    struct Keys;
    impl<'de> serde::de::Visitor<'de> for Keys {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(
            self,
            mut map: A,
        ) -> Result<Vec<String>, A::Error> {
            let mut keys = Vec::new();
            while let Some((key, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
                keys.push(key);
            }
            Ok(keys)
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(json);
    serde::Deserializer::deserialize_map(&mut deserializer, Keys).unwrap()
}
