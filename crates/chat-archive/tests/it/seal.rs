//! Seals: whoever rewrites or cuts the ledger cannot make them again.

use std::fs;
use std::process::Command;

use chat_archive::{ArchiveErrorKind, Seal};
use chat_core::{Secret, UnixMillis};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::support::{Fixture, Record, skipped};

fn key() -> Secret {
    Secret::new("MARKER-0123456789abcdef")
}

/// Two pages with a seal behind each.
fn sealed() -> (Fixture, Vec<Seal>) {
    let mut fixture = Fixture::new();
    let mut seals = Vec::new();
    for text in ["one", "two"] {
        fixture.store(&[Record::new(text, text)]);
        seals.push(fixture.archive().seal(&key(), UnixMillis::new(77)).unwrap().unwrap());
    }
    (fixture, seals)
}

fn found(fixture: &Fixture, key: &Secret, kept: &[Seal]) -> Vec<String> {
    let report = fixture.reader().check_seals(key, kept).unwrap();
    assert!(!format!("{report:?}").contains("MARKER"));
    report.differences.iter().map(|one| format!("{}: {}", one.what, one.how)).collect()
}

#[test]
fn seals_agree_with_the_ledger_that_they_were_made_of() {
    let (mut fixture, seals) = sealed();
    assert_eq!(found(&fixture, &key(), &seals), [""; 0]);
    let kept: Seal =
        serde_json::from_slice(&fs::read(fixture.path().join("seal.json")).unwrap()).unwrap();
    assert_eq!(Some(&kept), seals.last());
    fixture.store(&[Record::new("3", "three")]);
    let report = fixture.reader().check_seals(&key(), &[kept]).unwrap();
    assert_eq!((report.seals, report.unsealed_entries), (3, 1));
    assert!(report.differences.is_empty());
    let nothing = Fixture::new().archive().seal(&key(), UnixMillis::new(1)).unwrap();
    assert_eq!(nothing, None);
}

#[test]
fn what_was_rewritten_cut_or_forged_is_named() {
    let (fixture, seals) = sealed();
    let other = Secret::new("another key, 0123456789");
    let wrong = "it was not made with this key, or was changed since";
    assert_eq!(
        found(&fixture, &other, &[]),
        [format!("seal over 1 entries: {wrong}"), format!("seal over 2 entries: {wrong}")]
    );

    fixture.tamper("UPDATE seal SET sealed_ms = 78 WHERE id = 1");
    assert_eq!(found(&fixture, &key(), &[]), [format!("seal over 1 entries: {wrong}")]);
    fixture.tamper("DELETE FROM seal");
    let none = "seal: there is none in the archive";
    assert_eq!(found(&fixture, &key(), &[]), [none]);

    // cut back to before the last sync, with its seal: only one that was kept elsewhere tells
    let (fixture, _) = sealed();
    for sql in [
        "DELETE FROM ledger WHERE seq = 2",
        "DELETE FROM message WHERE id = 2",
        "DELETE FROM page WHERE id = 2",
        "DELETE FROM seal WHERE id = 2",
    ] {
        fixture.tamper(sql);
    }
    assert!(fixture.reader().verify(&mut |_| {}).unwrap().is_clean());
    assert_eq!(found(&fixture, &key(), &[]), [""; 0]);
    assert_eq!(
        found(&fixture, &key(), &seals),
        ["kept seal over 2 entries: the ledger has fewer entries than were sealed"]
    );

    // written anew as a whole: all hashes fit, the seals do not
    let (fixture, _) = sealed();
    write_anew(&fixture);
    assert_eq!(
        found(&fixture, &key(), &[]),
        ["seal over 2 entries: the ledger was written anew since"]
    );
}

/// Another archive's second hash takes the place of the second: as if the ledger was written anew.
fn write_anew(fixture: &Fixture) {
    let mut forged = Fixture::new();
    for text in ["one", "2"] {
        forged.store(&[Record::new(text, text)]);
    }
    let hash = forged.sql::<Vec<u8>>("SELECT hash FROM ledger WHERE seq = 2");
    let db = rusqlite::Connection::open(fixture.path().join("archive.db")).unwrap();
    db.execute("UPDATE ledger SET hash = ?1 WHERE seq = 2", [hash]).unwrap();
}

#[test]
fn what_does_not_fit_its_last_seal_is_not_sealed_again() {
    let anew = "the ledger was written anew since";
    let fewer = "the ledger has fewer entries than were sealed";
    // each with only one of the two seals left: in the table, or beside it
    for is_beside in [false, true] {
        for how in [anew, fewer] {
            let (mut fixture, seals) = sealed();
            let beside = fixture.path().join("seal.json");
            if how == anew {
                write_anew(&fixture);
            } else {
                fixture.tamper("DELETE FROM ledger WHERE seq = 2");
            }
            if is_beside {
                fixture.tamper("DELETE FROM seal");
            } else {
                fs::remove_file(&beside).unwrap();
            }
            let error = fixture.archive().seal(&key(), UnixMillis::new(99)).unwrap_err();
            assert_eq!(*error.kind(), ArchiveErrorKind::NotAsSealed { how });
            let said = error.to_string();
            assert!(said.contains(how) && !said.contains("MARKER"), "{said}");
            // the evidence is as it was
            assert_eq!(fixture.sql::<i64>("SELECT count(*) FROM seal WHERE sealed_ms = 99"), 0);
            let kept = fs::read(&beside).ok();
            assert_eq!(kept.is_some(), is_beside);
            let kept = kept.map(|text| serde_json::from_slice::<Seal>(&text).unwrap());
            assert!(kept.is_none_or(|kept| Some(&kept) == seals.last()));
        }
    }
    // a seal of a key that is used no more says nothing to the holder of the new one
    let (mut fixture, _) = sealed();
    write_anew(&fixture);
    let other = Secret::new("another key, 0123456789");
    assert!(fixture.archive().seal(&other, UnixMillis::new(99)).unwrap().is_some());
}

#[test]
fn a_kept_seal_with_any_number_of_entries_is_checked() {
    let (fixture, seals) = sealed();
    let entries = u64::MAX;
    let mut kept = serde_json::to_value(&seals[0]).unwrap();
    kept["entries"] = entries.into();
    let forged: Seal = serde_json::from_value(kept.clone()).unwrap();
    let lines = format!("chat-records seal 1\n{entries}\n{}\n77\n", seals[0].head);
    let mut mac = Hmac::<Sha256>::new_from_slice(b"MARKER-0123456789abcdef").unwrap();
    mac.update(lines.as_bytes());
    kept["hmac"] = hex::encode(mac.finalize().into_bytes()).into();
    let made: Seal = serde_json::from_value(kept).unwrap();
    assert_eq!(
        found(&fixture, &key(), &[forged, made]),
        [
            format!(
                "kept seal over {entries} entries: it was not made with this key, or was changed since"
            ),
            format!(
                "kept seal over {entries} entries: the ledger has fewer entries than were sealed"
            ),
        ]
    );
}

#[test]
fn openssl_makes_the_same_seal() {
    let (_fixture, seals) = sealed();
    let seal = seals.last().unwrap();
    // the command of the README, with the key in the environment
    let command = r#"printf 'chat-records seal 1\n%s\n%s\n%s\n' "$ENTRIES" "$HEAD" "$SEALED_MS" |
        openssl dgst -sha256 -hmac "$KEY""#;
    let readme = include_str!("../../README.md");
    assert!(readme.contains(
        r#"printf 'chat-records seal 1\n%s\n%s\n%s\n' "$ENTRIES" "$HEAD" "$SEALED_MS" |"#
    ));
    let run = Command::new("sh")
        .args(["-c", command])
        .env("ENTRIES", seal.entries.to_string())
        .env("HEAD", &seal.head)
        .env("SEALED_MS", seal.sealed_ms.to_string())
        .env("KEY", "MARKER-0123456789abcdef")
        .output();
    let Some(run) = run.ok().filter(|run| run.status.success()) else {
        return skipped("openssl is not at hand");
    };
    let printed = String::from_utf8(run.stdout).unwrap();
    assert!(printed.trim().ends_with(&seal.hmac), "{printed}");
}
