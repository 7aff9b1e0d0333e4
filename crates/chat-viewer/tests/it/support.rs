//! An archive in a folder of its own, served, and a client that sends exactly what it is told.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;

use chat_archive::{
    Archive, MediaFailure, MediaState, MediaWriter, PageToStore, PartitionId, Reader, SourceId,
    StoredPage,
};
use chat_core::{
    Attachment, ConversationId, Direction, Kind, MediaLink, Message, MessageId, Participant,
    ParticipantId, Partition, RawPage, SenderKind, SentAt, SourcePage, SourceRecord, UnixMillis,
    UtcOffset, Window,
};
use chat_viewer::Viewer;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

const WINDOW: Window = Window::new(-10_000_000_000_000, 10_000_000_000_000);
/// 2025-10-13 00:00 in China.
pub(crate) const MONDAY_MS: i64 = 1_760_284_800_000;
pub(crate) const HOUR_MS: i64 = 3_600_000;

/// An archive that is being filled.
pub(crate) struct Scene {
    pub(crate) dir: TempDir,
    pub(crate) archive: Archive,
    source: SourceId,
    partition: PartitionId,
    now: i64,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut archive = Archive::open(&dir.path().join("archive")).unwrap();
        let source = archive.source("src", "made-up", "1", &[]).unwrap().0;
        let partition = archive.partition(source, &Partition::whole()).unwrap();
        Self { dir, archive, source, partition, now: 1_760_400_000_000 }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("archive")
    }

    /// Stores these messages as one page; each record is `{"id": …, "text": …, "seen": …}`.
    pub(crate) fn store(&mut self, messages: Vec<Message>) -> StoredPage {
        self.now += 1000;
        let mut body = String::from("[");
        let mut spans = Vec::new();
        for message in &messages {
            if body.len() > 1 {
                body.push(',');
            }
            let raw = serde_json::json!({
                "id": message.id.as_str(), "text": message.text, "status": message.status,
                "seen": self.now,
            });
            let raw = raw.to_string();
            spans.push(body.len()..body.len() + raw.len());
            body.push_str(&raw);
        }
        body.push(']');
        let mut page = SourcePage::new(RawPage::new(body.into_bytes()));
        let records = messages.into_iter().zip(spans);
        page.records.extend(records.map(|(message, span)| SourceRecord::new(message, span)));
        let at = UnixMillis::new(self.now);
        let to_store = PageToStore {
            source: self.source,
            partition: self.partition,
            partition_key: &Partition::whole(),
            window: WINDOW,
            state: "state",
            fetched_at: at,
            run_started: at,
            reach_ms: None,
            digest: None,
            page: &page,
        };
        self.archive.store_page(&to_store, &|a, b| a == b).unwrap()
    }

    /// Saves a file for the first of the links that a page brought.
    pub(crate) fn save(&mut self, stored: &StoredPage, bytes: &[u8]) {
        let mut file = MediaWriter::create(&self.archive.media_dir()).unwrap();
        file.write_all(bytes).unwrap();
        let saved = file.finish().unwrap();
        self.archive.media_saved(&stored.media[0], &saved, UnixMillis::new(self.now)).unwrap();
    }

    /// Notes why the first of the links that a page brought gave no file.
    pub(crate) fn fail(&mut self, stored: &StoredPage, state: MediaState, reason: &str) {
        let failure = MediaFailure { state, reason: reason.into(), counts: true };
        self.archive.media_failed(&stored.media[0], &failure, UnixMillis::new(self.now)).unwrap();
    }

    /// Brings the lists up to date, and serves.
    pub(crate) fn serve(&mut self) -> Site {
        self.archive.index(&|| false).unwrap();
        Site::new(&self.path())
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(&self.path()).unwrap()
    }
}

/// A text from a customer, an hour after the one with the number before it.
pub(crate) fn text(number: i64, text: &str) -> Message {
    let id = MessageId::new(format!("id-{number}"));
    let mut message = Message::new("made-up", Arc::from("src"), id, Kind::Text);
    message.conversation_id = Some(ConversationId::new("talk"));
    message.direction = Some(Direction::Inbound);
    message.sender = Some(
        Participant::new(Some(SenderKind::Customer))
            .with_id(Some(ParticipantId::new("c1")))
            .with_name(Some("王芳".into())),
    );
    message.sent_at = Some(sent(MONDAY_MS + number * HOUR_MS));
    message.text = Some(text.into());
    message
}

/// An instant on a clock in China.
pub(crate) fn sent(ms: i64) -> SentAt {
    let wall = UnixMillis::new(ms).to_rfc3339("+08:00".parse::<UtcOffset>().unwrap());
    let wall = wall[..19].replace('T', " ");
    SentAt::zoned(wall.parse().unwrap(), "+08:00".parse().unwrap())
}

/// A message with a file of this kind and name.
pub(crate) fn with_file(number: i64, kind: Kind, name: Option<&str>) -> Message {
    let mut message = text(number, "");
    message.text = None;
    message.kind = kind.clone();
    let mut file = Attachment::new(kind);
    file.file_name = name.map(str::to_owned);
    file.link = Some(MediaLink::new(format!("https://files.example/{number}"), None));
    message.attachments.push(file);
    message
}

/// The pages, served until it is dropped.
pub(crate) struct Site {
    pub(crate) address: String,
    stop: Option<oneshot::Sender<()>>,
    runtime: Option<Runtime>,
}

impl Site {
    pub(crate) fn new(archive: &std::path::Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let viewer = runtime.block_on(Viewer::bind(archive, 0)).unwrap();
        let address = viewer.address();
        let (stop, stopped) = oneshot::channel();
        runtime.spawn(viewer.serve(async {
            stopped.await.ok();
        }));
        Self { address, stop: Some(stop), runtime: Some(runtime) }
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> &str {
        self.address.strip_prefix("http://").unwrap().split('/').next().unwrap()
    }

    /// `/TOKEN/`.
    pub(crate) fn root(&self) -> &str {
        self.address.split_once(self.host()).unwrap().1
    }

    /// A page by its path below the first one.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    /// The same with headers.
    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut lines = String::new();
        for (name, value) in headers {
            write!(lines, "{name}: {value}\r\n").unwrap();
        }
        self.send(&format!(
            "GET {}{path} HTTP/1.1\r\nHost: {}\r\n{lines}Connection: close\r\n\r\n",
            self.root(),
            self.host()
        ))
    }

    /// A page that is there.
    pub(crate) fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    /// Sends these bytes and reads to the end.
    pub(crate) fn send(&self, request: &str) -> Answer {
        let mut socket = TcpStream::connect(self.host()).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).unwrap();
        Answer::parse(&bytes)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: BTreeMap<String, String> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut body = bytes[end + 4..].to_vec();
        if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            body = unchunked(&body);
        }
        Self { status, headers, body }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = std::str::from_utf8(&body[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return whole;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 2 + size + 2..];
    }
}

/// The numbers of the messages on a page, in its order.
pub(crate) fn numbers(page: &str) -> Vec<i64> {
    let parts = page.split("id=\"m").skip(1);
    parts.filter_map(|part| part.split('"').next()?.parse().ok()).collect()
}

/// The address of a link with this `rel`, below the first page.
pub(crate) fn rel(page: &str, rel: &str) -> Option<String> {
    let after = page.split(&format!("rel=\"{rel}\" href=\"")).nth(1)?;
    let address = after.split('"').next()?.replace("&amp;", "&");
    Some(address.trim_start_matches("../").trim_start_matches("./").to_owned())
}
