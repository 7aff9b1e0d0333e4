//! An archive in a folder of its own, and pages for it.

use std::path::PathBuf;
use std::sync::Arc;

use chat_archive::{
    Archive, ArchiveError, Filter, PageToStore, PartitionId, Reader, SourceId, StoredPage, ToStore,
};
use chat_core::{
    Attachment, ConversationId, Direction, Kind, MediaLink, Message, MessageId, Participant,
    ParticipantId, Partition, RawPage, SentAt, SkippedRecord, SourcePage, SourceRecord, Status,
    UnixMillis, UtcOffset, Window,
};
use tempfile::TempDir;

pub(crate) const WINDOW: Window = Window::new(-10_000_000_000_000, 10_000_000_000_000);

/// A record as a made-up vendor sends it, and what it means.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) status: Option<&'static str>,
    pub(crate) updated: i64,
    pub(crate) link: Option<String>,
}

impl Record {
    pub(crate) fn new(id: &str, text: &str) -> Self {
        Self { id: id.into(), text: text.into(), status: None, updated: 1, link: None }
    }

    pub(crate) fn status(mut self, status: &'static str, updated: i64) -> Self {
        self.status = Some(status);
        self.updated = updated;
        self
    }

    pub(crate) fn link(mut self, link: &str) -> Self {
        self.link = Some(link.into());
        self
    }

    pub(crate) fn raw(&self) -> String {
        let (id, text, status, updated) = (&self.id, &self.text, self.status, self.updated);
        let link = self.link.as_deref().map(|link| format!(", \"link\": \"{link}\""));
        let link = link.unwrap_or_default();
        format!(
            "{{\"id\":\"{id}\" , \"text\":\"{text}\",\"status\":{},\"updated\":{updated}{link}}}",
            status.map_or("null".to_owned(), |status| format!("\"{status}\""))
        )
    }

    /// The record that these bytes are of.
    pub(crate) fn parse(raw: &str) -> Self {
        let value: serde_json::Value = serde_json::from_str(raw).unwrap();
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let known = ["queued", "sent", "delivered", "read", "recalled"];
        Self {
            id: text("id").unwrap_or_default(),
            text: text("text").unwrap_or_default(),
            status: known.into_iter().find(|word| value["status"] == *word),
            updated: value["updated"].as_i64().unwrap(),
            link: text("link"),
        }
    }

    pub(crate) fn message(&self) -> Message {
        let kind = if self.link.is_some() { Kind::Image } else { Kind::Text };
        let id = MessageId::new(self.id.clone());
        let mut message = Message::new("made-up", Arc::from("src"), id, kind);
        message.conversation_id = Some(ConversationId::new("conversation 1"));
        message.direction = Some(Direction::Inbound);
        message.sender = Some(
            Participant::new(Some(chat_core::SenderKind::Customer))
                .with_id(Some(ParticipantId::new("c1")))
                .with_name(Some("客户".into())),
        );
        let wall = "2025-10-13 16:29:09".parse().unwrap();
        message.sent_at = Some(SentAt::zoned(wall, "+08:00".parse::<UtcOffset>().unwrap()));
        message.updated_at = Some(UnixMillis::new(self.updated));
        message.text = Some(self.text.clone());
        message.status = self.status.map(Status::from);
        message.attachments = self
            .link
            .iter()
            .map(|link| {
                let mut attachment = Attachment::new(Kind::Image);
                attachment.mime_type = Some("image/png".into());
                attachment.link = Some(MediaLink::new(link.clone(), None));
                attachment
            })
            .collect();
        message
    }
}

/// A page as the vendor sends it: `{"list": [ … ]}`. A record without an id cannot be read.
pub(crate) fn page(records: &[Record]) -> SourcePage {
    let mut body = String::from("{\"list\": [");
    let mut spans = Vec::new();
    for (index, record) in records.iter().enumerate() {
        if index > 0 {
            body.push_str(", ");
        }
        let raw = record.raw();
        spans.push(body.len()..body.len() + raw.len());
        body.push_str(&raw);
    }
    body.push_str("]}");
    let mut page = SourcePage::new(RawPage::new(body.into_bytes()));
    for (index, (record, span)) in records.iter().zip(spans).enumerate() {
        if record.id.is_empty() {
            let error = chat_core::DecodeError::new("it has no id");
            page.skipped.push(SkippedRecord::new(index, span, error));
        } else {
            page.records.push(SourceRecord::new(record.message(), span));
        }
    }
    page
}

/// A page of records without ids: `conversation:text`, in this order.
pub(crate) fn unnamed(records: &[&str]) -> SourcePage {
    let body = serde_json::to_string(records).unwrap();
    let mut page = SourcePage::new(RawPage::new(body.into_bytes()));
    let mut start = 1;
    for record in records {
        let (conversation, text) = record.split_once(':').unwrap();
        let mut message = Message::without_id("made-up", Arc::from("src"), Kind::Text);
        message.conversation_id =
            Some(conversation).filter(|id| !id.is_empty()).map(ConversationId::new);
        message.text = Some(text.to_owned());
        let end = start + serde_json::to_string(record).unwrap().len();
        page.records.push(SourceRecord::new(message, start..end));
        start = end + 1;
    }
    page
}

/// Records say the same if all but the link is the same.
pub(crate) fn same_content(a: &[u8], b: &[u8]) -> bool {
    let read = |raw: &[u8]| {
        let mut value: serde_json::Value = serde_json::from_slice(raw).unwrap();
        value.as_object_mut().unwrap().remove("link");
        value
    };
    read(a) == read(b)
}

/// Says that a check could not be made on this machine.
#[expect(clippy::print_stderr, reason = "a test that checks nothing says so")]
pub(crate) fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

pub(crate) struct Fixture {
    pub(crate) dir: TempDir,
    pub(crate) archive: Option<Archive>,
    pub(crate) source: SourceId,
    pub(crate) partition: PartitionId,
    /// The partition's key.
    pub(crate) key: String,
    pub(crate) now: i64,
    /// How far back the vendor shows records.
    pub(crate) reach_ms: Option<i64>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut archive = Archive::open(&dir.path().join("archive")).unwrap();
        let source = archive.source("src", "made-up", "1", &[]).unwrap().0;
        let partition = archive.partition(source, &Partition::whole()).unwrap();
        Self {
            dir,
            archive: Some(archive),
            source,
            partition,
            key: String::new(),
            now: 1000,
            reach_ms: None,
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("archive")
    }

    pub(crate) fn archive(&mut self) -> &mut Archive {
        self.archive.as_mut().unwrap()
    }

    /// Stores a page in a run of its own.
    pub(crate) fn store(&mut self, records: &[Record]) -> StoredPage {
        self.store_page(&page(records))
    }

    /// Stores a page as a source reads it.
    pub(crate) fn store_read(
        &mut self,
        source: &dyn chat_core::Source,
        records: &[Record],
    ) -> StoredPage {
        let body = page(records).raw.into_bytes();
        self.store_page(&source.read(&Partition::whole(), body).unwrap())
    }

    pub(crate) fn store_page(&mut self, page: &SourcePage) -> StoredPage {
        self.store_pages(std::slice::from_ref(page)).unwrap().remove(0)
    }

    /// Stores pages together.
    pub(crate) fn store_pages(
        &mut self,
        pages: &[SourcePage],
    ) -> Result<Vec<StoredPage>, ArchiveError> {
        self.store_between(&[], pages, &[])
    }

    /// Stores pages together with what comes before and after them.
    pub(crate) fn store_between(
        &mut self,
        before: &[ToStore<'_>],
        pages: &[SourcePage],
        after: &[ToStore<'_>],
    ) -> Result<Vec<StoredPage>, ArchiveError> {
        self.now += 10;
        let key = Partition::new(self.key.as_str());
        let pages: Vec<_> = pages.iter().map(|page| self.to_store(&key, page)).collect();
        let pages = pages.iter().map(|page| ToStore::Page(page, &same_content));
        let all: Vec<_> =
            before.iter().copied().chain(pages).chain(after.iter().copied()).collect();
        self.archive().store_together(&all)
    }

    /// A page as it is stored.
    pub(crate) fn to_store<'a>(&self, key: &'a Partition, page: &'a SourcePage) -> PageToStore<'a> {
        PageToStore {
            source: self.source,
            partition: self.partition,
            partition_key: key,
            window: WINDOW,
            state: "state",
            fetched_at: UnixMillis::new(self.now),
            run_started: UnixMillis::new(self.now),
            reach_ms: self.reach_ms,
            digest: None,
            page,
        }
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(&self.path()).unwrap()
    }

    /// The export, a JSON value a line.
    pub(crate) fn lines(&self) -> Vec<serde_json::Value> {
        let text = self.export();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn export(&self) -> String {
        self.export_with(&Filter::default())
    }

    pub(crate) fn export_with(&self, filter: &Filter) -> String {
        let mut out = Vec::new();
        self.reader().export_jsonl(filter, &mut out, &mut |_| Ok(())).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Every form of every message.
    pub(crate) fn forms(&self) -> Vec<serde_json::Value> {
        let mut filter = Filter::default();
        filter.versions = true;
        let text = self.export_with(&filter);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn sql<T: rusqlite::types::FromSql>(&self, sql: &str) -> T {
        let db = rusqlite::Connection::open(self.path().join("archive.db")).unwrap();
        db.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Changes the database behind the archive's back.
    pub(crate) fn tamper(&self, sql: &str) {
        let db = rusqlite::Connection::open(self.path().join("archive.db")).unwrap();
        assert!(db.execute(sql, []).unwrap() > 0, "nothing to change: {sql}");
    }
}
