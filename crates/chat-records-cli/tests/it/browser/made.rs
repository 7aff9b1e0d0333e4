//! Archives made for the browser through the archive's own door, and the program showing them.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Arc;

use chat_archive::{
    Archive, MediaFailure, MediaState, MediaTask, MediaWriter, PageToStore, PartitionId, SourceId,
};
use chat_core::{
    Attachment, ConversationId, Direction, Kind, MediaLink, Message, MessageId, Participant,
    ParticipantId, Partition, RawPage, SenderKind, SentAt, SourcePage, SourceRecord, Status,
    UnixMillis, UtcOffset, Window,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::command;

pub(crate) const DAY_MS: i64 = 86_400_000;
pub(crate) const HOUR_MS: i64 = 3_600_000;
/// 2025-10-01 00:00 in China.
pub(crate) const BEGIN_MS: i64 = 1_759_248_000_000;

/// What became of a file.
pub(crate) enum File {
    Saved(Vec<u8>),
    Lost(&'static str),
}

/// An archive in a folder of its own, with a configuration beside it.
pub(crate) struct Made {
    pub(crate) dir: TempDir,
    archive: Archive,
    now: i64,
}

/// A source of it.
#[derive(Clone)]
pub(crate) struct Source {
    vendor: &'static str,
    name: Arc<str>,
    id: SourceId,
    partition: PartitionId,
}

impl Source {
    /// A message of someone in a conversation, some milliseconds after the beginning.
    pub(crate) fn message(&self, id: &str, conversation: &str, after_ms: i64) -> Message {
        let id = MessageId::new(id);
        let mut message = Message::new(self.vendor, Arc::clone(&self.name), id, Kind::Text);
        message.conversation_id = Some(ConversationId::new(conversation));
        let mut sent_at = SentAt::stated(UnixMillis::new(BEGIN_MS + after_ms));
        sent_at.offset = "+08:00".parse::<UtcOffset>().unwrap();
        message.sent_at = Some(sent_at);
        message
    }
}

pub(crate) fn customer(name: &str) -> Participant {
    Participant::new(Some(SenderKind::Customer))
        .with_id(Some(ParticipantId::new(format!("customer-{name}"))))
        .with_name(Some(name.to_owned()))
}

pub(crate) fn agent(name: &str) -> Participant {
    Participant::new(Some(SenderKind::Agent))
        .with_id(Some(ParticipantId::new(format!("agent-{name}"))))
        .with_name(Some(name.to_owned()))
}

/// With a sender and a text.
pub(crate) fn said(mut message: Message, sender: &Participant, text: &str) -> Message {
    message.direction = Some(match sender.kind {
        Some(SenderKind::Customer) => Direction::Inbound,
        _ => Direction::Outbound,
    });
    message.sender = Some(sender.clone());
    message.text = Some(text.to_owned());
    message
}

/// With a file that can be had.
pub(crate) fn with_file(mut message: Message, kind: Kind, name: &str, mime: &str) -> Message {
    let mut file = Attachment::new(kind.clone());
    file.file_name = Some(name.to_owned());
    file.mime_type = Some(mime.to_owned());
    file.link = Some(MediaLink::new("https://media.invalid/file", None));
    message.kind = kind;
    message.attachments.push(file);
    message
}

impl Made {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let archive = Archive::open(&dir.path().join("archive")).unwrap();
        let config = "archive = \"archive\"\n[sources.hk]\nvendor = \"jijyun\"\n\
            base_url = \"https://chat.invalid\"\napi_key = { file = \"key\" }\ncustomers = \"all\"\n";
        fs::write(dir.path().join("chat-records.toml"), config).unwrap();
        Self { dir, archive, now: BEGIN_MS + 100 * DAY_MS }
    }

    pub(crate) fn source(&mut self, name: &str, vendor: &'static str) -> Source {
        let (id, _) = self.archive.source(name, vendor, "1", &[]).unwrap();
        let partition = self.archive.partition(id, &Partition::whole()).unwrap();
        Source { vendor, name: Arc::from(name), id, partition }
    }

    /// Stores messages as one page, each with a record that says the same; `raw` adds to it.
    pub(crate) fn store(
        &mut self,
        source: &Source,
        messages: &[Message],
        raw: &dyn Fn(usize) -> Value,
        files: &dyn Fn(&Message) -> File,
    ) {
        self.now += 1000;
        let now = UnixMillis::new(self.now);
        let mut body = String::from("[");
        let mut spans = Vec::new();
        for (index, message) in messages.iter().enumerate() {
            let raw = json!({
                "id": message.id.as_str(),
                "text": message.text,
                "status": message.status.as_ref().map(Status::as_str),
                "more": raw(index),
            });
            let raw = raw.to_string();
            if index > 0 {
                body.push(',');
            }
            spans.push(body.len()..body.len() + raw.len());
            body.push_str(&raw);
        }
        body.push(']');
        let mut page = SourcePage::new(RawPage::new(body.into_bytes()));
        page.records = messages
            .iter()
            .zip(spans)
            .map(|(message, span)| SourceRecord::new(message.clone(), span))
            .collect();
        let run = self.archive.begin_run(source.id, now).unwrap();
        let to_store = PageToStore {
            source: source.id,
            partition: source.partition,
            partition_key: &Partition::whole(),
            window: Window::new(0, BEGIN_MS * 2),
            state: "state",
            fetched_at: now,
            run_started: now,
            reach_ms: None,
            digest: None,
            page: &page,
        };
        let stored = self.archive.store_page(&to_store, &|a, b| a == b).unwrap();
        for task in &stored.media {
            let message = messages.iter().find(|one| one.id.as_str() == task.item.record_id);
            self.fetch(task, files(message.unwrap()), now);
        }
        self.archive.end_run(run, now, "provisional", None).unwrap();
    }

    fn fetch(&mut self, task: &MediaTask, file: File, now: UnixMillis) {
        match file {
            File::Saved(bytes) => {
                let mut writer = MediaWriter::create(&self.archive.media_dir()).unwrap();
                writer.write_all(&bytes).unwrap();
                let saved = writer.finish().unwrap();
                self.archive.media_saved(task, &saved, now).unwrap();
            }
            File::Lost(reason) => {
                let reason = reason.to_owned();
                let failure = MediaFailure { state: MediaState::Expired, reason, counts: true };
                self.archive.media_failed(task, &failure, now).unwrap();
            }
        }
    }

    /// Brings the index up to date and closes the archive.
    pub(crate) fn close(mut self) -> TempDir {
        self.archive.index(&|| false).unwrap();
        self.dir
    }

    /// Shows the archive.
    pub(crate) fn view(self) -> View {
        let dir = self.close();
        let mut view = View::of(dir.path().to_path_buf());
        view.dir = Some(dir);
        view
    }
}

/// The program showing an archive.
pub(crate) struct View {
    child: Child,
    /// As it was printed, token and all.
    pub(crate) address: String,
    /// `http://127.0.0.1:PORT`.
    pub(crate) origin: String,
    dir: Option<TempDir>,
}

impl View {
    /// Shows the archive of the configuration in a folder.
    pub(crate) fn of(dir: PathBuf) -> Self {
        let mut child = command(dir, &["view"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| {
                let line = line.unwrap();
                line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
            })
            .expect("the program ended without an address");
        let host = address.trim_start_matches("http://").split('/').next().unwrap();
        Self { child, origin: format!("http://{host}"), address, dir: None }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let _ = pid.map(|pid| kill_process(pid, Signal::INT));
        let _ = self.child.wait();
    }
}

/// A voice note: two seconds of a tone, as WAV.
pub(crate) fn tone() -> Vec<u8> {
    const RATE: u32 = 8000;
    let samples = RATE * 2;
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + samples).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    // plain samples, one channel, a byte each
    wav.extend([1, 0, 1, 0]);
    wav.extend(RATE.to_le_bytes());
    wav.extend(RATE.to_le_bytes());
    wav.extend([1, 0, 8, 0]);
    wav.extend(b"data");
    wav.extend(samples.to_le_bytes());
    wav.extend((0..samples).map(|at| if at / 9 % 2 == 0 { 96 } else { 160 }));
    wav
}

/// A picture in two colours, as PNG.
pub(crate) fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    let pixels = (0..width * height).flat_map(|at| match (at % width + at / width) / 16 % 2 {
        0 => [30, 120, 200],
        _ => [240, 190, 80],
    });
    writer.write_image_data(&pixels.collect::<Vec<u8>>()).unwrap();
    drop(writer);
    bytes
}
