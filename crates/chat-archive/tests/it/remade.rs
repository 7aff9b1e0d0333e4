//! Verify makes every message anew from its bytes: what was changed in the database is named.

use crate::made_up::today;
use crate::support::{Fixture, Record};

/// Messages with one form, with several, with a late one, with files; and an unreadable record.
fn stored() -> Fixture {
    let mut fixture = Fixture::new();
    let source = today();
    let file = Record::new("7", "file").link("https://media.test/1");
    fixture.store_read(
        source.as_ref(),
        &[
            Record::new("1", "TEXT-MARKER").status("sent", 2),
            file.clone(),
            Record::new("", "no id"),
        ],
    );
    fixture.store_read(
        source.as_ref(),
        &[Record::new("1", "TEXT-MARKER").status("read", 3), file.link("https://media.test/2")],
    );
    fixture.store_read(
        source.as_ref(),
        &[Record::new("1", "TEXT-MARKER").status("delivered", 1), Record::new("9", "nine")],
    );
    fixture
}

/// What verify names: message, columns.
fn found(fixture: &Fixture) -> Vec<String> {
    let report = fixture.reader().verify_with(&[today()], &mut |_| {}).unwrap();
    assert!(!format!("{report:?}").contains("MARKER"), "{report:?}");
    let named = report.differences.iter().map(|one| {
        if one.columns.is_empty() {
            format!("{}: {}", one.what, one.how)
        } else {
            format!("{}: {}", one.what, one.columns.join(" "))
        }
    });
    named.collect()
}

#[test]
fn an_untouched_archive_says_what_its_bytes_say() {
    let fixture = stored();
    let report = fixture.reader().verify_with(&[today()], &mut |_| {}).unwrap();
    assert!(report.is_clean(), "{:#?}", report.differences);
    assert_eq!((report.remade, report.messages, report.left_out.len()), (5, 5, 0));
    // and without a source, nothing is claimed
    let report = fixture.reader().verify(&mut |_| {}).unwrap();
    assert_eq!((report.remade, report.left_out.len()), (0, 1));
}

#[test]
fn every_column_that_is_made_from_bytes_is_compared() {
    let columns = [
        "id_origin",
        "platform_id",
        "conversation_id",
        "direction",
        "sender_id",
        "sender_name",
        "sender_kind",
        "recipients",
        "sent_at_ms",
        "sent_offset",
        "sent_at_origin",
        "updated_at_ms",
        "received_at_ms",
        "read_at_ms",
        "recalled_at_ms",
        "kind",
        "text",
        "reply_to",
        "reactions",
        "status",
        "first_seen_ms",
    ];
    for (table, id, name) in [
        ("message", "9", "message 9 version 1"),
        ("message", "1", "message 1 version 2"),
        ("message_version", "1", "message 1 version 1"),
    ] {
        let fixture = stored();
        let version = &name[name.len() - 1..];
        let mut named = std::collections::BTreeSet::new();
        for column in columns {
            fixture.tamper(&format!(
                "UPDATE {table} SET {column} = '7' WHERE record_id = '{id}' AND version = {version}"
            ));
            named.insert(column);
            let report = fixture.reader().verify_with(&[today()], &mut |_| {}).unwrap();
            assert!(report.differences.iter().all(|one| one.what == name), "{report:?}");
            let found = report.differences.into_iter().flat_map(|one| one.columns).collect();
            assert_eq!(named, found, "{column} of {table}");
        }
    }
}

#[test]
fn what_else_the_database_says_is_compared() {
    let cases = [
        (
            "UPDATE message SET last_seen_ms = 1 WHERE record_id = '9'",
            "message 9 version 1: last_seen_ms",
        ),
        (
            "INSERT OR REPLACE INTO seen_again SELECT id, 1 FROM message WHERE record_id = '9'",
            "message 9 version 1: last_seen_ms",
        ),
        ("UPDATE message SET record_id = 'x' WHERE record_id = '9'", "message x version 1: id"),
        ("UPDATE message SET versions = 2 WHERE record_id = '1'", "message 1 version 2: versions"),
        ("UPDATE attachment SET file_name = 'x'", "message 7 version 1: attachments"),
        ("UPDATE attachment SET size_bytes = 1", "message 7 version 1: attachments"),
        ("DELETE FROM attachment", "message 7 version 1: attachments"),
        (
            "UPDATE message_version SET version = 4 WHERE version = 1",
            "message 1 version 2: its forms are not in the order in which they came",
        ),
        ("DELETE FROM skipped", "page 1: a record in it cannot be read and is not listed"),
    ];
    for (sql, expected) in cases {
        let fixture = stored();
        fixture.tamper(sql);
        assert_eq!(found(&fixture), [expected], "{sql}");
    }
    let fixture = stored();
    fixture.tamper("DELETE FROM message WHERE record_id = '9'");
    let found = found(&fixture);
    assert!(
        found.contains(&"message 9: its bytes are there and the message is not".to_owned()),
        "{found:?}"
    );
}

#[test]
fn coverage_that_contradicts_itself_or_the_pages_is_named() {
    let covered = "INSERT INTO covered VALUES (1, ";
    let cases: [(&str, &[&str]); 4] = [
        ("0, 10, 'proven', 5, 5, 0, NULL, 1)", &[]),
        ("10, 10, 'proven', 5, 5, 0, NULL, 1)", &["it has no length"]),
        (
            "20, 30, 'proven', 5, 4, 0, NULL, 1)",
            &["it is called complete, and fewer records came than the vendor has"],
        ),
        (
            "20000000000000, 20000000000010, 'provisional', NULL, 0, 0, NULL, 1)",
            &["it is called complete, and no page of it was ever read"],
        ),
    ];
    for (values, expected) in cases {
        let fixture = stored();
        fixture.tamper(&format!("{covered}{values}"));
        let report = fixture.reader().verify(&mut |_| {}).unwrap();
        let how: Vec<&str> = report.differences.iter().map(|one| one.how.as_str()).collect();
        assert_eq!(how, expected, "{values}");
    }
    let fixture = stored();
    fixture.tamper(&format!("{covered}0, 10, 'proven', 5, 5, 0, NULL, 1)"));
    fixture.tamper(&format!("{covered}5, 20, 'broken', NULL, 0, 0, 'x', 1)"));
    let report = fixture.reader().verify(&mut |_| {}).unwrap();
    assert_eq!(report.differences[0].what, "coverage of src from 0 to 10");
}
