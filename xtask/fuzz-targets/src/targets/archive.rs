//! An archive that somebody changed: reading it back ends with a sentence, never with a panic.

use std::cell::RefCell;
use std::sync::Arc;

use chat_archive::{Archive, Filter, PageToStore, Reader};
use chat_core::{
    Kind, Message, MessageId, Partition, RawPage, SourcePage, SourceRecord, UnixMillis, Window,
};
use rusqlite::{Connection, params};
use tempfile::TempDir;

/// An archive with one page, and a way around its writer.
struct World {
    dir: TempDir,
    db: Connection,
}

const BODY: &str = r#"{"list":[{"id":"1","text":"one"},{"id":"2","text":"two"}]}"#;
const SPANS: [(usize, usize); 2] = [(9, 32), (33, 56)];

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut archive = Archive::open(dir.path()).unwrap();
        let (source, _) = archive.source("fuzz", "fuzz", "1", &[]).unwrap();
        let key = Partition::whole();
        let partition = archive.partition(source, &key).unwrap();
        let mut page = SourcePage::new(RawPage::new(BODY.into()));
        for (index, (start, end)) in SPANS.into_iter().enumerate() {
            let id = MessageId::new(index.to_string());
            let message = Message::new("fuzz", Arc::from("fuzz"), id, Kind::Text);
            page.records.push(SourceRecord::new(message, start..end));
        }
        let now = UnixMillis::new(1000);
        let to_store = PageToStore {
            source,
            partition,
            partition_key: &key,
            window: Window::new(0, 1000),
            state: "{}",
            fetched_at: now,
            run_started: now,
            reach_ms: None,
            digest: None,
            page: &page,
        };
        archive.store_page(&to_store, &|a, b| a == b).unwrap();
        drop(archive);
        let db = Connection::open(dir.path().join("archive.db")).unwrap();
        // nothing of this has to survive a power cut
        db.pragma_update(None, "synchronous", "OFF").unwrap();
        // rows are taken out and put back whole
        db.pragma_update(None, "foreign_keys", "OFF").unwrap();
        Self { dir, db }
    }

    /// Puts the bytes where one kind of data of a page is kept, reads, and puts the good ones back.
    fn check(&self, place: u8, bytes: &[u8]) {
        let number = bytes.iter().rev().fold(0i64, |sum, byte| sum << 8 | i64::from(*byte));
        let good = "CREATE TEMP TABLE IF NOT EXISTS good AS SELECT * FROM page;
             CREATE TEMP TABLE IF NOT EXISTS good_message AS SELECT * FROM message";
        self.db.execute_batch(good).unwrap();
        let changed = match place % 6 {
            0 => self.db.execute("UPDATE page SET body = ?1", params![bytes]),
            1 => self.db.execute("UPDATE page SET spans = ?1", params![bytes]),
            2 => self.db.execute("UPDATE page SET body_bytes = ?1", params![number]),
            3 => self.db.execute("UPDATE message SET raw_start = ?1", params![number]),
            4 => self.db.execute("UPDATE message SET raw_bytes = ?1", params![number]),
            _ => self.db.execute(
                "UPDATE message SET sent_at_ms = ?1, reactions = ?2",
                params![number, String::from_utf8_lossy(bytes)],
            ),
        };
        assert!(changed.unwrap() > 0);
        let reader = Reader::open(self.dir.path()).unwrap();
        if let Err(error) = reader.verify(&mut |_| {}) {
            assert!(!error.to_string().is_empty());
        }
        let mut out = Vec::new();
        match reader.export_jsonl(&Filter::default(), &mut out, &mut |_| Ok(())) {
            Ok(exported) => assert_eq!(exported.lines, 2),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        for line in String::from_utf8(out).unwrap().lines() {
            let line: Result<&serde_json::value::RawValue, _> = serde_json::from_str(line);
            assert!(line.is_ok(), "every line is JSON");
        }
        let back = "DELETE FROM page; INSERT INTO page SELECT * FROM good;
             DELETE FROM message; INSERT INTO message SELECT * FROM good_message";
        self.db.execute_batch(back).unwrap();
    }
}

/// The first byte says what of a stored page is replaced by the others: its bytes, its spans, a
/// length, a place, a time.
pub fn archive(data: &[u8]) {
    thread_local! {
        static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
    }
    let Some((place, bytes)) = data.split_first() else { return };
    WORLD.with_borrow_mut(|world| {
        // taken out while it is in use: one that was left in the middle is not used again
        let used = world.take().unwrap_or_else(World::new);
        used.check(*place, bytes);
        *world = Some(used);
    });
}
