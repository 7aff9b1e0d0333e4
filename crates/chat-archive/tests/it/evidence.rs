//! Verify: every byte that changes shows.

use crate::support::{Fixture, Record};

fn stored() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.store(&[Record::new("1", "x").status("sent", 1), Record::new("2", "y")]);
    fixture.store(&[Record::new("1", "x").status("read", 2), Record::new("3", "z")]);
    fixture.store(&[Record::new("3", "z")]);
    fixture.store(&[Record::new("", "no id")]);
    fixture
}

fn differences(fixture: &Fixture) -> Vec<String> {
    let report = fixture.reader().verify(&mut |_| {}).unwrap();
    report.differences.iter().map(|difference| difference.what.clone()).collect()
}

#[test]
fn an_untouched_archive_is_clean() {
    let fixture = stored();
    let report = fixture.reader().verify(&mut |_| {}).unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.ledger_entries, report.pages, report.messages), (4, 3, 4));
    assert!(report.head.is_some());
}

#[test]
fn each_kind_of_change_is_named() {
    let cases: [(&str, &[&str]); 11] = [
        (
            "UPDATE page SET body = x'00' WHERE id = 1",
            &["message 1 version 1", "message 2 version 1", "page 1"],
        ),
        ("UPDATE page SET root = zeroblob(32) WHERE id = 2", &["page 2", "page 2"]),
        (
            "UPDATE message SET raw_start = raw_start + 1 WHERE record_id = '2'",
            &["message 2 version 1"],
        ),
        ("UPDATE message_version SET raw_sha256 = zeroblob(32)", &["message 1 version 1"]),
        ("UPDATE ledger SET entry = entry || ' ' WHERE seq = 2", &["ledger 2", "page 2"]),
        ("DELETE FROM ledger WHERE seq = 3", &["ledger 3", "ledger 4", "page 3"]),
        ("DELETE FROM page WHERE id = 3", &["ledger"]),
        ("DELETE FROM message WHERE record_id = '2'", &["messages"]),
        ("DELETE FROM message_version", &["messages"]),
        (
            "UPDATE message SET raw_bytes = raw_bytes - 1 WHERE record_id = '3'",
            &["message 3 version 1"],
        ),
        ("UPDATE page SET body = NULL WHERE id = 4", &["page 4", "unreadable record 1"]),
    ];
    for (sql, expected) in cases {
        let fixture = stored();
        fixture.tamper(sql);
        let mut found = differences(&fixture);
        found.sort();
        assert_eq!(found, expected, "{sql}");
    }
}
