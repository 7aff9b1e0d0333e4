//! Opening: permissions, locks, versions, damage.

use chat_archive::{Archive, ArchiveErrorKind, Reader};

use crate::support::{Fixture, Record};

#[test]
#[cfg(unix)]
fn files_are_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut fixture = Fixture::new();
    fixture.store(&[Record::new("1", "x")]);
    let mode = |name: &str| {
        std::fs::metadata(fixture.path().join(name)).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode(""), 0o700);
    assert_eq!(mode("media"), 0o700);
    for file in ["archive.db", "archive.db-wal", "archive.db-shm", "archive.lock"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
}

#[test]
fn there_is_one_writer_and_the_next_one_comes_after_it() {
    let mut fixture = Fixture::new();
    let error = Archive::open(&fixture.path()).unwrap_err();
    assert_eq!(*error.kind(), ArchiveErrorKind::Locked);
    fixture.archive = None;
    Archive::open(&fixture.path()).unwrap();
}

#[test]
fn an_archive_of_a_newer_version_is_refused_by_writer_and_reader() {
    let mut fixture = Fixture::new();
    fixture.archive = None;
    let db = rusqlite::Connection::open(fixture.path().join("archive.db")).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    for error in
        [Archive::open(&fixture.path()).unwrap_err(), Reader::open(&fixture.path()).unwrap_err()]
    {
        assert!(matches!(error.kind(), ArchiveErrorKind::Newer { found: 99, .. }), "{error}");
        assert!(error.to_string().contains("has schema version 99"), "{error}");
    }
}

#[test]
fn what_is_no_archive_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let error = Reader::open(&dir.path().join("none")).unwrap_err();
    assert_eq!(*error.kind(), ArchiveErrorKind::NotFound);
    std::fs::write(dir.path().join("archive.db"), b"this is a text, and long enough to be one")
        .unwrap();
    let error = Archive::open(dir.path()).unwrap_err();
    assert_eq!(*error.kind(), ArchiveErrorKind::Corrupt, "{error}");
    let text = std::fs::read(dir.path().join("archive.db")).unwrap();
    assert!(text.starts_with(b"this is a text"));
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    for version in [0, 1] {
        let path = dir.path().join("archive.db");
        let db = rusqlite::Connection::open(&path).unwrap();
        db.execute_batch("CREATE TABLE IF NOT EXISTS theirs (x);").unwrap();
        db.pragma_update(None, "user_version", version).unwrap();
        drop(db);
        let before = std::fs::read(&path).unwrap();
        let error = Archive::open(dir.path()).unwrap_err();
        assert_eq!(*error.kind(), ArchiveErrorKind::Corrupt, "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

#[test]
fn a_source_keeps_its_vendor() {
    let mut fixture = Fixture::new();
    let error = fixture.archive().source("src", "another", "1", &["theirs".into()]).unwrap_err();
    assert!(error.to_string().contains("another name"), "{error}");
    assert_eq!(fixture.sql::<String>("SELECT assumptions FROM source"), "[]");
}
