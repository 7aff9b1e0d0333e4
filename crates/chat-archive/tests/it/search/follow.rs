//! The index follows the messages.

use std::sync::Arc;

use chat_archive::{Archive, RebuildMode, SearchQuery};
use chat_core::{ConversationId, Kind, Partition, PlatformId, UnixMillis};
use rusqlite::Connection;

use super::{found, found_by, holding};
use crate::made_up::reading;
use crate::support::{Fixture, Record, page};

fn index(fixture: &mut Fixture) {
    let behind = fixture.archive().index(&|| false).unwrap();
    assert_eq!((behind.messages, behind.conversations), (0, 0));
}

#[test]
fn a_new_form_is_found_by_its_new_words_and_not_by_the_old() {
    let mut fixture = holding(&["旧的 old", "旧的"]);
    fixture.store(&[Record::new("0", "新的 new").status("read", 2)]);
    assert_eq!(fixture.reader().behind().unwrap().messages, 1);
    // until then it is found as it was
    assert_eq!(found(&fixture.reader(), "旧的"), [0, 1]);
    index(&mut fixture);
    let reader = fixture.reader();
    assert_eq!(found(&reader, "新的"), [0]);
    assert_eq!(found(&reader, "旧的"), [1]);
    assert!(found(&reader, "old").is_empty());
    drop(reader);
    // one that loses its text is not found any more
    fixture.store(&[Record::new("0", "").status("read", 3)]);
    index(&mut fixture);
    assert!(found(&fixture.reader(), "新的").is_empty());
}

#[test]
fn files_are_found_by_their_names() {
    let mut fixture = Fixture::new();
    let mut named = page(&[Record::new("0", "").link("https://media.test/0")]);
    named.records[0].message.attachments[0].file_name = Some("2025年发票.pdf".into());
    fixture.store_page(&named);
    index(&mut fixture);
    assert_eq!(found(&fixture.reader(), "发票"), [0]);
    assert_eq!(found(&fixture.reader(), "pdf"), [0]);
}

#[test]
fn what_is_gone_is_not_found() {
    let mut fixture = holding(&["甲乙", "乙丙"]);
    fixture.tamper("DELETE FROM message WHERE record_id = '0'");
    // a hit whose message is gone is none, before the index knows of it and after
    assert_eq!(found(&fixture.reader(), "乙"), [1]);
    index(&mut fixture);
    assert_eq!(found(&fixture.reader(), "乙"), [1]);
    assert_eq!(fixture.reader().count_hits(&SearchQuery::parse("乙").unwrap()).unwrap().hits, 1);
}

#[test]
fn a_number_that_is_given_again_is_indexed_again() {
    let mut fixture = holding(&["甲", "乙"]);
    // the list of conversations names its last message
    fixture.tamper("DELETE FROM conversation");
    fixture.tamper("DELETE FROM message WHERE record_id = '1'");
    fixture.store(&[Record::new("2", "丙")]);
    assert_eq!(fixture.sql::<i64>("SELECT id FROM message WHERE record_id = '2'"), 2);
    index(&mut fixture);
    assert_eq!(found(&fixture.reader(), "丙"), [2]);
    assert!(found(&fixture.reader(), "乙").is_empty());
}

#[test]
fn a_number_that_is_given_again_has_not_been_seen_before() {
    let mut fixture = holding(&["甲", "乙"]);
    fixture.store(&[Record::new("0", "甲"), Record::new("1", "乙")]);
    fixture.tamper("DELETE FROM conversation");
    fixture.tamper("DELETE FROM message WHERE record_id = '1'");
    fixture.store(&[Record::new("2", "丙")]);
    let line = fixture.lines().remove(1);
    assert_eq!((&line["id"], &line["last_seen_ms"]), (&"2".into(), &line["first_seen_ms"]));
}

#[test]
fn a_recalled_message_is_found_and_has_the_status() {
    let mut fixture = Fixture::new();
    let mut said = page(&[Record::new("0", "说错了")]);
    said.records[0].message.platform_id = Some(PlatformId::new("p0"));
    fixture.store_page(&said);
    index(&mut fixture);
    let mut recalls = page(&[Record::new("9", "")]);
    recalls.records[0].message.kind = Kind::Recall;
    recalls.records[0].message.recalls = Some(PlatformId::new("p0"));
    fixture.store_page(&recalls);
    index(&mut fixture);
    let mut query = SearchQuery::parse("说错").unwrap();
    query.status = Some("recalled".into());
    assert_eq!(found_by(&fixture.reader(), &query), [0]);
    query.status = Some("sent".into());
    assert!(found_by(&fixture.reader(), &query).is_empty());
}

#[test]
fn a_rebuild_that_reads_otherwise_is_followed() {
    let mut fixture = holding(&["one"]);
    let otherwise = reading(|message| {
        message.text = message.text.as_deref().map(|text| format!("{text} 重建"));
        Ok(())
    });
    fixture
        .archive()
        .rebuild(
            &[Arc::clone(&otherwise)],
            UnixMillis::new(9_000),
            RebuildMode::Keep,
            &mut |_| {},
            &mut |_| {},
        )
        .unwrap();
    index(&mut fixture);
    assert_eq!(found(&fixture.reader(), "重建"), [0]);
}

#[test]
fn what_was_stored_and_not_indexed_is_indexed_after_a_crash() {
    let mut fixture = holding(&["甲"]);
    fixture.store(&[Record::new("1", "甲 二"), Record::new("2", "甲 三")]);
    // as if it had been killed here
    drop(fixture.archive.take());
    assert_eq!(found(&fixture.reader(), "甲"), [0]);
    assert_eq!(fixture.reader().behind().unwrap().messages, 2);
    fixture.archive = Some(Archive::open(&fixture.path()).unwrap());
    index(&mut fixture);
    assert_eq!(found(&fixture.reader(), "甲"), [0, 1, 2]);
}

#[test]
fn a_stop_leaves_the_rest_for_the_next_time() {
    let mut fixture = Fixture::new();
    fixture.store(&[Record::new("0", "甲")]);
    let behind = fixture.archive().index(&|| true).unwrap();
    assert_eq!((behind.messages, found(&fixture.reader(), "甲").len()), (1, 0));
    index(&mut fixture);
    assert_eq!(found(&fixture.reader(), "甲"), [0]);
}

#[test]
fn a_long_run_indexes_as_it_goes() {
    let mut fixture = Fixture::new();
    let source = fixture.source;
    fixture.partition = fixture.archive().partition(source, &Partition::whole()).unwrap();
    for page in 0..51 {
        let ids: Vec<String> = (page * 100..page * 100 + 100).map(|id| id.to_string()).collect();
        fixture.store(&ids.iter().map(|id| Record::new(id, "长")).collect::<Vec<_>>());
    }
    let behind = fixture.reader().behind().unwrap().messages;
    assert!((1..1_000).contains(&behind), "{behind}");
    let count = fixture.reader().count_hits(&SearchQuery::parse("长").unwrap()).unwrap();
    assert_eq!((count.hits + behind, count.is_exact), (5_100, true));
}

#[test]
fn a_sync_with_nothing_new_leaves_nothing_to_index() {
    let mut fixture = holding(&["甲", "乙"]);
    let again = fixture.store(&[Record::new("0", "甲"), Record::new("1", "乙")]);
    assert_eq!((again.new, again.changed), (0, 0));
    let behind = fixture.reader().behind().unwrap();
    assert_eq!((behind.messages, behind.conversations), (0, 0));
}

/// Stores 1,000 messages, of which conversation 0 has 201, conversation 1 200 and the others ten, and
/// before them one of each of two sources that is in no conversation.
fn store_many(fixture: &mut Fixture) {
    let mut lone = page(&[Record::new("lone", "独")]);
    lone.records[0].message.conversation_id = None;
    let (source, partition) = (fixture.source, fixture.partition);
    let other = fixture.archive().source("other", "made-up", "1", &[]).unwrap().0;
    fixture.source = other;
    fixture.partition = fixture.archive().partition(other, &Partition::whole()).unwrap();
    fixture.store_page(&lone);
    (fixture.source, fixture.partition) = (source, partition);
    fixture.store_page(&lone);
    for start in (0..1_000).step_by(100) {
        assert!(!fixture.archive().index_while_idle());
        let ids: Vec<String> = (start..start + 100).map(|id| id.to_string()).collect();
        let records: Vec<_> = ids.iter().map(|id| Record::new(id, "长")).collect();
        let mut page = page(&records);
        for (number, record) in (start..).zip(&mut page.records) {
            let talk = if number < 401 { i32::from(number > 200) } else { number / 10 };
            record.message.conversation_id = Some(ConversationId::new(talk.to_string()));
        }
        fixture.store_page(&page);
    }
}

#[test]
fn what_can_be_done_meanwhile_leaves_long_conversations_to_the_end() {
    let mut fixture = Fixture::new();
    store_many(&mut fixture);
    assert_eq!(fixture.reader().behind().unwrap().messages, 1_002);
    assert!(fixture.archive().index_while_idle());
    let behind = fixture.reader().behind().unwrap();
    assert_eq!((behind.messages, behind.conversations), (0, 64));
    // a little at a time
    assert!(fixture.archive().index_while_idle());
    let behind = fixture.reader().behind().unwrap().conversations;
    assert!((4..64).contains(&behind), "{behind}");
    while fixture.archive().index_while_idle() {}
    // and what is in none
    assert_eq!(fixture.reader().behind().unwrap().conversations, 3);
    let left = fixture.sql::<String>("SELECT max(conversation_id) FROM stale");
    assert_eq!(left, "0");
    index(&mut fixture);
    assert!(!fixture.archive().index_while_idle());
}

#[test]
fn what_fails_meanwhile_is_done_later() {
    for refused in ["UPDATE OF up_to ON indexed", "INSERT ON conversation"] {
        let mut fixture = Fixture::new();
        store_many(&mut fixture);
        let db = Connection::open(fixture.path().join("archive.db")).unwrap();
        let refuse = "BEGIN SELECT RAISE(ABORT, 'refused'); END";
        db.execute_batch(&format!("CREATE TRIGGER refused BEFORE {refused} {refuse}")).unwrap();
        while fixture.archive().index_while_idle() {}
        fixture.archive().index(&|| false).unwrap_err();
        assert_eq!(fixture.lines().len(), 1_002);
        db.execute_batch("DROP TRIGGER refused").unwrap();
        index(&mut fixture);
        let query = SearchQuery::parse("长").unwrap();
        assert_eq!(fixture.reader().count_hits(&query).unwrap().hits, 1_000);
    }
}
