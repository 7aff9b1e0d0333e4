//! Proofs of one record, checked as the README says, without this program.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use chat_archive::{ArchiveErrorKind, Proof};
use chat_core::{Partition, Secret, UnixMillis};

use crate::support::{Fixture, Record, skipped};

const KEY: &str = "0123456789abcdef";

fn stored() -> Fixture {
    let mut fixture = Fixture::new();
    let names = ["a", "b", "c", "d", "e"];
    fixture.store(&names.map(|name| Record::new(name, "你好")));
    fixture.store(&[Record::new("../../etc/passwd ; 名 'x'", "x")]);
    fixture.store(&[Record::new("f", "last")]);
    fixture
}

/// The script of the README.
fn script(dir: &Path) -> std::path::PathBuf {
    let readme = include_str!("../../README.md");
    let (_, after) = readme.split_once("```python\n").unwrap();
    let (script, _) = after.split_once("```").unwrap();
    let path = dir.join("check_proof.py");
    fs::write(&path, script).unwrap();
    path
}

/// Runs the script; `None` if there is no Python.
fn check(dir: &Path, proof: &str, more: &[&str]) -> Option<Output> {
    let file = dir.join("proof.json");
    fs::write(&file, proof).unwrap();
    let run = Command::new("python3").arg(script(dir)).arg(file).args(more).output();
    if run.is_err() {
        skipped("python3 is not at hand");
    }
    run.ok()
}

fn json(proof: &Proof) -> String {
    serde_json::to_string_pretty(proof).unwrap()
}

#[test]
fn each_record_is_proven_without_the_program() {
    let fixture = stored();
    let head = fixture.reader().verify(&mut |_| {}).unwrap().head.unwrap();
    let raw = fixture.lines();
    for id in ["a", "e", "../../etc/passwd ; 名 'x'"] {
        let proof = fixture.reader().prove(id, None, None).unwrap();
        assert_eq!((proof.head.as_str(), proof.entries), (head.as_str(), 3));
        let Some(run) = check(fixture.dir.path(), &json(&proof), &[&head]) else { return };
        let said = String::from_utf8(run.stdout).unwrap();
        assert!(run.status.success(), "{id}: {said} {}", String::from_utf8_lossy(&run.stderr));
        assert!(said.contains(&head), "{said}");
        let line = raw.iter().find(|line| line["id"] == id).unwrap();
        assert!(said.contains(line["raw"]["text"].as_str().unwrap()), "{said}");
    }
    let proof = fixture.reader().prove("a", None, None).unwrap();
    let run = check(fixture.dir.path(), &json(&proof), &["00"]).unwrap();
    assert!(!run.status.success(), "another head than the one that is known");
}

#[test]
fn a_head_that_was_known_before_is_met_on_the_way() {
    let mut fixture = stored();
    let printed = fixture.reader().ledger_head().unwrap().unwrap();
    assert_eq!(printed.entries, 3);
    fixture.store(&[Record::new("g", "later")]);
    let proof = fixture.reader().prove("a", None, None).unwrap();
    assert_ne!(proof.head, printed.head);
    let Some(run) = check(fixture.dir.path(), &json(&proof), &[&printed.head]) else { return };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let later = fixture.reader().prove("g", None, None).unwrap();
    let run = check(fixture.dir.path(), &json(&later), &[&printed.head]).unwrap();
    assert!(!run.status.success(), "it was not there yet");
}

#[test]
fn a_proof_with_one_byte_changed_proves_nothing() {
    let mut fixture = stored();
    fixture.archive().seal(&Secret::new(KEY), UnixMillis::new(5)).unwrap();
    fixture.store(&[Record::new("g", "behind the seal")]);
    let proof = fixture.reader().prove("c", None, None).unwrap();
    assert_eq!(proof.entries, 3, "up to the seal");
    let good = json(&proof);
    let key = fixture.dir.path().join("key");
    fs::write(&key, format!("{KEY}\n")).unwrap();
    let args = ["-", key.to_str().unwrap()];
    let Some(run) = check(fixture.dir.path(), &good, &args) else { return };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let seal = proof.seal.as_ref().unwrap();
    let mut parts = vec![
        proof.format.to_owned(),
        proof.record_base64.clone(),
        proof.page.previous.clone(),
        proof.page.entry.clone(),
        proof.head.clone(),
        seal.hmac.clone(),
        seal.sealed_ms.to_string(),
    ];
    parts.extend(proof.path.first().map(|step| step.hash.clone()));
    parts.extend(proof.chain.last().cloned());
    let mut files = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let at = good.rfind(part).unwrap() + part.len() / 2;
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
        let file = fixture.dir.path().join(format!("changed-{index}.json"));
        fs::write(&file, bytes).unwrap();
        files.push(file);
    }
    // the script again and again in one process: to start Python takes longer than to check
    let all = "import runpy, sys\n\
               script, key, *files = sys.argv[1:]\n\
               for file in files:\n\
               \x20   sys.argv = [script, file, '-', key]\n\
               \x20   try:\n\
               \x20       runpy.run_path(script)\n\
               \x20       sys.exit(file + ' is proven')\n\
               \x20   except SystemExit as end:\n\
               \x20       assert str(end).startswith('NOT PROVEN'), str(end)\n\
               \x20   except ValueError:\n\
               \x20       pass\n";
    let mut run = Command::new("python3");
    run.args(["-c", all]).arg(script(fixture.dir.path())).arg(&key).args(&files);
    let run = run.output().unwrap();
    assert!(run.status.success(), "{parts:?}: {}", String::from_utf8_lossy(&run.stderr));
    let wrong = fixture.dir.path().join("wrong");
    fs::write(&wrong, "another key 0123").unwrap();
    let run = check(fixture.dir.path(), &good, &["-", wrong.to_str().unwrap()]).unwrap();
    assert!(!run.status.success(), "sealed with another key");
}

#[test]
fn an_id_that_several_messages_have_is_asked_about() {
    let mut fixture = stored();
    let source = fixture.source;
    fixture.key = "second".into();
    fixture.partition = fixture.archive().partition(source, &Partition::new("second")).unwrap();
    fixture.store(&[Record::new("a", "another")]);
    let error = fixture.reader().prove("a", Some("src"), None).unwrap_err();
    assert!(
        matches!(error.kind(), ArchiveErrorKind::Ambiguous { places, .. } if places.len() == 2)
    );
    assert!(error.to_string().contains("partition \"second\" of source src"), "{error}");
    let proof = fixture.reader().prove("a", Some("src"), Some("second")).unwrap();
    assert_eq!(proof.about.partition, "second");
    for (id, source) in [("nobody", None), ("a", Some("other"))] {
        let error = fixture.reader().prove(id, source, None).unwrap_err();
        assert!(matches!(error.kind(), ArchiveErrorKind::NoSuchMessage { .. }), "{error}");
    }
}

#[test]
fn what_is_damaged_is_not_proven() {
    for sql in [
        "UPDATE page SET root = zeroblob(32), body = (SELECT body FROM page WHERE id = 3) WHERE id = 1",
        "UPDATE ledger SET entry = replace(entry, 'kept', 'seen') WHERE seq = 1",
        "UPDATE ledger SET hash = zeroblob(32) WHERE seq = 2",
        "DELETE FROM ledger WHERE seq = 1",
        "UPDATE message SET raw_start = raw_start + 1 WHERE record_id = 'a'",
    ] {
        let fixture = stored();
        fixture.tamper(sql);
        let error = fixture.reader().prove("a", None, None).unwrap_err();
        assert_eq!(error.kind(), &ArchiveErrorKind::Corrupt, "{sql}");
    }
}
