//! Rebuild: a program that reads more, or otherwise, makes what is stored anew.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chat_archive::{Change, MediaWriter, RebuildMode, RebuildReport, Remade};
use chat_core::{Attachment, Kind, MediaLink, Message, Source, UnixMillis};

use crate::made_up::{MadeUp, reading, reading_lists, today};
use crate::support::{Fixture, Record};

fn rebuild(fixture: &mut Fixture, source: &Arc<dyn Source>) -> (RebuildReport, Vec<Remade>) {
    let mut told = Vec::new();
    let now = UnixMillis::new(9_000);
    let mut tell = |remade: &Remade| told.push(remade.clone());
    let sources = [Arc::clone(source)];
    let report = fixture
        .archive()
        .rebuild(&sources, now, RebuildMode::Keep, &mut tell, &mut |_| {})
        .unwrap();
    (report, told)
}

fn assert_clean(fixture: &Fixture, source: &Arc<dyn Source>) {
    let report = fixture.reader().verify_with(&[Arc::clone(source)], &mut |_| {}).unwrap();
    assert!(report.is_clean(), "{:#?}", report.differences);
    assert_eq!(report.remade, report.messages);
}

/// An earlier program: no texts, no states, no files, and it cannot read what is hard.
fn lacking(message: &mut Message) -> Result<(), &'static str> {
    if message.text.as_deref().is_some_and(|text| text.starts_with("hard")) {
        return Err("it is hard to read");
    }
    message.text = None;
    message.status = None;
    message.attachments.clear();
    Ok(())
}

/// Pages with everything in them: changes, late forms, files, what cannot be read.
fn pages() -> Vec<Vec<Record>> {
    vec![
        vec![
            Record::new("1", "one").status("sent", 1),
            Record::new("2", "hard from the beginning").status("delivered", 1),
            Record::new("3", "three").link("https://media.test/3"),
            Record::new("", "no id"),
        ],
        vec![
            Record::new("1", "one, read").status("read", 3),
            Record::new("4", "hard").status("sent", 1),
        ],
        vec![
            Record::new("1", "one, late").status("delivered", 2),
            Record::new("4", "easy").status("read", 2),
        ],
        vec![Record::new("2", "easy by now").status("sent", 1), Record::new("5", "five")],
        // nothing new: only the digest of this page stays
        vec![Record::new("2", "easy by now").status("sent", 1), Record::new("5", "five")],
    ]
}

fn stored_by(source: &Arc<dyn Source>) -> Fixture {
    let mut fixture = Fixture::new();
    for page in pages() {
        fixture.store_read(source.as_ref(), &page);
    }
    fixture
}

/// What an export says of each message, but for what depends on when it could be read.
fn told_of(fixture: &Fixture) -> Vec<String> {
    let mut lines: Vec<String> = fixture
        .lines()
        .into_iter()
        .map(|mut line| {
            let map = line.as_object_mut().unwrap();
            map.remove("version");
            line.to_string()
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn what_an_earlier_program_stored_becomes_what_todays_would_have() {
    let old = reading(lacking);
    let mut upgraded = stored_by(&old);
    assert_clean(&upgraded, &old);
    let found = upgraded.reader().verify_with(&[today()], &mut |_| {}).unwrap();
    assert!(!found.is_clean());
    assert!(!format!("{found:?}").contains("hard"), "no content is told: {found:?}");

    let (report, told) = rebuild(&mut upgraded, &today());
    assert_eq!((report.added, report.added_versions), (0, 2), "{told:#?}");
    assert_eq!(report.unreadable, 1, "the one without an id");
    assert!(report.problems.is_empty(), "{report:?}");
    assert_eq!(report.columns["attachments"], 1);
    assert_eq!(report.columns["text"], 7);
    assert_clean(&upgraded, &today());
    assert_eq!(told_of(&upgraded), told_of(&stored_by(&today())));
    assert_eq!(upgraded.sql::<i64>("SELECT count(*) FROM skipped"), 1);
    assert_eq!(
        upgraded.sql::<String>("SELECT entry FROM ledger ORDER BY seq DESC"),
        format!("rebuild 9000 0 2 {}", report.changed)
    );

    let (report, told) = rebuild(&mut upgraded, &today());
    assert_eq!((told, report.changed), (Vec::new(), 0), "the second time there is nothing to do");
}

#[test]
fn a_record_that_only_todays_program_can_read_becomes_a_message() {
    let old = reading(lacking);
    let mut fixture = Fixture::new();
    let records = [Record::new("1", "one"), Record::new("2", "hard").status("sent", 1)];
    fixture.store_read(old.as_ref(), &records);
    fixture.store_read(old.as_ref(), &records);
    assert_eq!(fixture.lines().len(), 1);
    let (report, _) = rebuild(&mut fixture, &today());
    assert_eq!((report.added, report.unreadable), (1, 0));
    let line = fixture.lines().into_iter().find(|line| line["id"] == "2").unwrap();
    assert_eq!(
        (line["first_seen_ms"].as_i64(), line["last_seen_ms"].as_i64()),
        (Some(1010), Some(1020))
    );
    assert_eq!((&line["text"], &line["status"]), (&"hard".into(), &"sent".into()));
    assert_clean(&fixture, &today());
    // and a sync goes on from there
    let stored = fixture.store_read(today().as_ref(), &records);
    assert_eq!((stored.new, stored.changed), (0, 0));
    assert_clean(&fixture, &today());
}

#[test]
fn a_record_that_may_be_there_under_a_derived_id_waits_for_a_sync() {
    /// An earlier program, which could not read what is hard where it has an id.
    fn lacking_ids(message: &mut Message) -> Result<(), &'static str> {
        if message.is_without_id() { Ok(()) } else { lacking(message) }
    }
    let (old, today) = (reading_lists(lacking_ids), reading_lists(|_| Ok(())));
    let mut fixture = Fixture::new();
    let named = [Record::new("1", "hard")];
    fixture.store_read(old.as_ref(), &[Record::new("", "hard")]);
    fixture.store_read(old.as_ref(), &named);
    let (report, told) = rebuild(&mut fixture, &today);
    assert_eq!(report.added, 0);
    let told: Vec<_> = told.iter().map(|one| (one.id.as_deref(), &one.change)).collect();
    assert_eq!(told, [(Some("1"), &Change::WaitsForSync)]);
    let stored = fixture.store_read(today.as_ref(), &named);
    assert_eq!((stored.new, stored.changed), (0, 1));
    let lines = fixture.lines();
    assert_eq!((lines.len(), &lines[0]["id"]), (1, &"1".into()));
    // by now it is known which message the stored record is of
    let (report, _) = rebuild(&mut fixture, &today);
    assert!(report.problems.is_empty(), "{report:?}");
    assert_eq!((fixture.lines().len(), report.unreadable), (1, 0));
    assert_clean(&fixture, &today);
}

#[test]
fn a_dry_run_tells_the_same_and_changes_nothing() {
    let mut fixture = stored_by(&reading(lacking));
    let before = fixture.export();
    let now = UnixMillis::new(9_000);
    let mut told = 0;
    let dry = fixture
        .archive()
        .rebuild(&[today()], now, RebuildMode::DryRun, &mut |_| told += 1, &mut |_| {})
        .unwrap();
    assert_eq!(fixture.export(), before);
    assert!(told > 0);
    let (kept, _) = rebuild(&mut fixture, &today());
    assert_eq!(format!("{dry:?}"), format!("{kept:?}"));
}

#[test]
fn a_rebuild_that_is_cut_off_changes_nothing() {
    let mut fixture = stored_by(&reading(lacking));
    let before = fixture.export();
    let cut = catch_unwind(AssertUnwindSafe(|| {
        let mut left = 3;
        let mut tell = |_: &Remade| {
            left -= 1;
            assert!(left > 0, "cut off");
        };
        let archive = fixture.archive();
        let now = UnixMillis::new(9_000);
        archive.rebuild(&[today()], now, RebuildMode::Keep, &mut tell, &mut |_| {}).unwrap();
    }));
    assert!(cut.is_err());
    assert_eq!(fixture.export(), before);
    rebuild(&mut fixture, &today());
    assert_clean(&fixture, &today());
}

#[test]
fn files_keep_their_state_when_others_turn_up_before_them() {
    /// Two files, where the earlier program saw only the second.
    #[expect(clippy::unnecessary_wraps, reason = "the type of all readings")]
    fn both(message: &mut Message) -> Result<(), &'static str> {
        let mut voice = Attachment::new(Kind::Voice);
        voice.link = Some(MediaLink::new("https://media.test/voice", None));
        message.attachments.insert(0, voice);
        Ok(())
    }
    let (mut fixture, sha256) = with_saved_file();
    let (report, _) = rebuild(&mut fixture, &reading(both));
    assert_eq!(report.columns["attachments"], 1);
    let files = fixture.lines()[0]["attachments"].clone();
    assert_eq!((&files[0]["kind"], &files[0]["state"]), (&"voice".into(), &"pending".into()));
    assert_eq!((&files[1]["kind"], &files[1]["sha256"]), (&"image".into(), &sha256));
    assert_clean(&fixture, &reading(both));
    let (report, _) = rebuild(&mut fixture, &today());
    assert_eq!(report.columns["attachments"], 1);
    assert_eq!(fixture.lines()[0]["attachments"][0]["sha256"], sha256);
    assert_clean(&fixture, &today());
}

/// A message with a picture that was saved, and its digest.
fn with_saved_file() -> (Fixture, serde_json::Value) {
    let mut fixture = Fixture::new();
    let record = Record::new("1", "x").link("https://media.test/1");
    let stored = fixture.store_read(today().as_ref(), &[record]);
    let mut file = MediaWriter::create(&fixture.archive().media_dir()).unwrap();
    file.write_all(b"a picture").unwrap();
    let saved = file.finish().unwrap();
    fixture.archive().media_saved(&stored.media[0], &saved, UnixMillis::new(5)).unwrap();
    let sha256 = fixture.lines()[0]["attachments"][0]["sha256"].clone();
    assert!(sha256.is_string());
    (fixture, sha256)
}

#[test]
fn a_saved_file_stays_when_its_kind_has_another_word() {
    #[expect(clippy::unnecessary_wraps, reason = "the type of all readings")]
    fn documents(message: &mut Message) -> Result<(), &'static str> {
        message.attachments.iter_mut().for_each(|file| file.kind = Kind::File);
        Ok(())
    }
    let (mut fixture, sha256) = with_saved_file();
    let (report, _) = rebuild(&mut fixture, &reading(documents));
    assert!(report.is_complete(), "{report:?}");
    let files = fixture.lines()[0]["attachments"].clone();
    assert_eq!(files.as_array().unwrap().len(), 1);
    assert_eq!((&files[0]["kind"], &files[0]["state"]), (&"file".into(), &"saved".into()));
    assert_eq!(files[0]["sha256"], sha256);
    assert_clean(&fixture, &reading(documents));
}

#[test]
fn a_saved_file_that_is_no_longer_named_is_kept_and_told() {
    #[expect(clippy::unnecessary_wraps, reason = "the type of all readings")]
    fn none(message: &mut Message) -> Result<(), &'static str> {
        message.attachments.clear();
        Ok(())
    }
    /// Another file in its place, and it stays what it was behind that.
    #[expect(clippy::unnecessary_wraps, reason = "the type of all readings")]
    fn voice_before(message: &mut Message) -> Result<(), &'static str> {
        message.attachments.insert(0, Attachment::new(Kind::Voice));
        Ok(())
    }
    #[expect(clippy::unnecessary_wraps, reason = "the type of all readings")]
    fn only_picture(message: &mut Message) -> Result<(), &'static str> {
        message.attachments.retain(|file| file.kind == Kind::Image);
        Ok(())
    }
    let (mut fixture, sha256) = with_saved_file();
    for _ in 0..2 {
        let (report, told) = rebuild(&mut fixture, &reading(none));
        assert_eq!(report.problems.len(), 1, "{report:?}");
        assert_eq!((report.changed, told[0].change.clone()), (0, Change::FileKept));
        assert_eq!(fixture.lines()[0]["attachments"][0]["sha256"], sha256);
    }
    let verified = fixture.reader().verify_with(&[reading(none)], &mut |_| {}).unwrap();
    let how = "a saved file of it is none of those that its bytes name; the file is kept";
    assert_eq!(verified.differences.len(), 1);
    assert_eq!(verified.differences[0].how, how);

    // a file that takes its place does not take the row
    rebuild(&mut fixture, &reading(voice_before));
    let voice = fixture.lines()[0]["attachments"].clone();
    assert_eq!((&voice[0]["kind"], &voice[1]["sha256"]), (&"voice".into(), &sha256));
    fixture.tamper("UPDATE attachment SET sha256 = zeroblob(32) WHERE ordinal = 0");
    let (report, told) = rebuild(&mut fixture, &reading(only_picture));
    assert!(told.iter().any(|remade| remade.change == Change::FileKept), "{told:?}");
    assert_eq!(report.problems.len(), 1);
    let files = fixture.lines()[0]["attachments"].clone();
    assert_eq!((&files[0]["sha256"], &files[1]["kind"]), (&sha256, &"voice".into()));
}

#[test]
fn what_can_no_longer_be_read_stays_and_is_told() {
    let mut fixture = Fixture::new();
    fixture.store_read(today().as_ref(), &[Record::new("1", "one"), Record::new("2", "hard")]);
    let (report, told) = rebuild(&mut fixture, &reading(lacking));
    assert_eq!(fixture.lines().len(), 2);
    assert!(!report.is_complete());
    assert_eq!(report.problems.len(), 1);
    let lost = told.iter().find(|remade| remade.change == Change::Unreadable).unwrap();
    assert_eq!(lost.id.as_deref(), Some("2"));
}

#[test]
fn sources_that_are_not_there_are_left_as_they_are() {
    let mut fixture = stored_by(&reading(lacking));
    let before = fixture.export();
    for other in [
        MadeUp { name: "other", vendor: "made-up", reading: |_| Ok(()), listed: false },
        MadeUp { name: "src", vendor: "another", reading: |_| Ok(()), listed: false },
    ] {
        let (report, told) = rebuild(&mut fixture, &(Arc::new(other) as Arc<dyn Source>));
        assert_eq!((told.len(), report.left_out.len()), (0, 1));
        assert_eq!(report.left_out[0].source, "src");
    }
    assert_eq!(fixture.export(), before);
}
