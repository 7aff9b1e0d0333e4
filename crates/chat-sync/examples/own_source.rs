//! A source of one's own, synced into an archive: a folder of JSON lines, a file for each room.
//!
//! ```text
//! cargo run -p chat-sync --example own_source -- FOLDER ARCHIVE
//! ```
//!
//! Each line is `{"id": "1", "at_ms": 1760000000000, "from": "Ann", "text": "hello"}`. Without
//! arguments, two small files are made up, and the archive is thrown away at the end.

#![expect(clippy::print_stdout, reason = "a program for terminals")]

use std::error::Error;
use std::fs;
use std::future::ready;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chat_archive::{Archive, Reader};
use chat_core::{
    BoxFuture, CallCount, Capabilities, ConversationId, DecodeError, ErrorKind, Kind, MediaError,
    MediaErrorKind, MediaInfo, MediaItem, MediaLink, Message, MessageId, PageRequest, Participant,
    Partition, RawPage, SentAt, SkippedRecord, Source, SourceError, SourcePage, SourceRecord,
    UnixMillis, Windowing,
};
use chat_sync::{Job, Settings, SyncOptions, sync};
use serde::Deserialize;

const VENDOR: &str = "json-lines";

/// A line as it stands in a file. Keys that are not named here stay in the archive all the same.
#[derive(Deserialize)]
struct Line {
    id: String,
    at_ms: Option<i64>,
    from: Option<String>,
    text: Option<String>,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    name: Arc<str>,
    reads: AtomicU64,
}

impl Folder {
    fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), name: Arc::from("rooms"), reads: AtomicU64::new(0) }
    }

    fn rooms(&self) -> Result<Vec<Partition>, SourceError> {
        let entries = fs::read_dir(&self.path).map_err(|error| unreadable(&error))?;
        let mut rooms = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| unreadable(&error))?.file_name();
            let room = name.to_str().and_then(|name| name.strip_suffix(".jsonl"));
            rooms.extend(room.map(Partition::new));
        }
        rooms.sort();
        Ok(rooms)
    }

    fn message(&self, room: &Partition, line: Line) -> Message {
        let mut message =
            Message::new(VENDOR, Arc::clone(&self.name), MessageId::new(line.id), Kind::Text);
        message.conversation_id = Some(ConversationId::new(room.key.as_str()));
        message.sent_at = line.at_ms.map(|ms| SentAt::stated(UnixMillis::new(ms)));
        message.sender = Some(Participant::new(None).with_name(line.from));
        message.text = line.text;
        message
    }
}

impl Source for Folder {
    fn name(&self) -> &str {
        &self.name
    }

    fn vendor(&self) -> &'static str {
        VENDOR
    }

    /// Changes when lines are read in another way, so that an archive reads all of them again.
    fn fingerprint(&self) -> String {
        "1".to_owned()
    }

    /// A file is one listing: it has no pages, and cannot be asked for a span of time.
    fn capabilities(&self) -> Capabilities {
        Capabilities::new(Windowing::Whole { reach_ms: None }, u32::MAX)
    }

    fn check(&self) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(ready(self.rooms().map(drop)))
    }

    fn partitions(&self) -> BoxFuture<'_, Result<Vec<Partition>, SourceError>> {
        Box::pin(ready(self.rooms()))
    }

    fn fetch<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> BoxFuture<'a, Result<SourcePage, SourceError>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let room = &request.partition;
        let body = fs::read(self.path.join(format!("{}.jsonl", room.key)))
            .map_err(|error| unreadable(&error));
        Box::pin(ready(body.and_then(|body| self.read(room, body))))
    }

    fn read(&self, room: &Partition, body: Vec<u8>) -> Result<SourcePage, SourceError> {
        let (mut records, mut skipped) = (Vec::new(), Vec::new());
        let mut start = 0;
        for (index, line) in body.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let span = start..start + line.trim_ascii_end().len();
            start += line.len();
            // a line that cannot be read is counted, and costs no other
            match DecodeError::read::<Line>(line) {
                Ok(line) => records.push(SourceRecord::new(self.message(room, line), span)),
                Err(error) => skipped.push(SkippedRecord::new(index, span, error)),
            }
        }
        let mut page = SourcePage::new(RawPage::new(body));
        (page.records, page.skipped) = (records, skipped);
        Ok(page)
    }

    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        a == b
    }

    fn renew_media<'a>(
        &'a self,
        _: &'a MediaItem,
    ) -> BoxFuture<'a, Result<Option<Vec<Option<MediaLink>>>, SourceError>> {
        Box::pin(ready(Ok(None)))
    }

    fn fetch_media<'a>(
        &'a self,
        _: &'a MediaLink,
        _: &'a mut (dyn Write + Send),
        _: u64,
    ) -> BoxFuture<'a, Result<MediaInfo, MediaError>> {
        let refused = MediaErrorKind::Refused("lines have no files");
        Box::pin(ready(Err(MediaError::new(refused))))
    }

    fn calls(&self) -> CallCount {
        CallCount::new(self.reads.load(Ordering::Relaxed), 0)
    }
}

fn unreadable(error: &std::io::Error) -> SourceError {
    SourceError::new(ErrorKind::Transport, format!("the folder cannot be read: {error}"))
}

fn make_up(folder: &Path) -> std::io::Result<()> {
    fs::create_dir(folder)?;
    let kitchen = r#"{"id": "1", "at_ms": 1760000000000, "from": "Ann", "text": "Is there tea?"}
{"id": "2", "at_ms": 1760000060000, "from": "Bo", "text": "Plenty.", "mood": "proud"}
"#;
    fs::write(folder.join("kitchen.jsonl"), kitchen)?;
    fs::write(
        folder.join("office.jsonl"),
        "{\"id\": \"1\", \"text\": \"Anyone here?\"}\nnot JSON\n",
    )
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (folder, archive) = match (arguments.next(), arguments.next()) {
        (Some(folder), Some(archive)) => (folder, archive),
        _ => (scratch.path().join("rooms"), scratch.path().join("archive")),
    };
    if !folder.exists() {
        make_up(&folder)?;
    }

    let job =
        Job { source: Arc::new(Folder::new(&folder)), settings: Settings::new(UnixMillis::new(0)) };
    let report = sync(Archive::open(&archive)?, vec![job], SyncOptions::default()).await?;
    for source in &report.sources {
        println!(
            "{}: {} new messages on {} pages, {} unreadable, {:?}",
            source.source, source.messages_new, source.pages, source.skipped, source.verdict
        );
        for window in &source.windows {
            println!(
                "  {}: {} records, {:?} {}",
                window.partition,
                window.distinct,
                window.verdict,
                window.reason.as_deref().unwrap_or_default()
            );
        }
    }

    let reader = Reader::open(&archive)?;
    reader.each_message(&chat_archive::Filter::default(), &mut |message| {
        let text = message.text.as_deref().unwrap_or_default();
        println!("{}: {text}", message.conversation_id.as_deref().unwrap_or_default());
        Ok(())
    })?;
    Ok(())
}
