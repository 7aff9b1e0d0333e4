//! A made-up vendor with two calls: one shows conversations without ids and times, the other with.

use std::sync::Arc;

use chat_archive::{CoveredWindow, StoredPage, Verdict};
use chat_core::{
    ConversationId, Direction, Kind, Likeness, Message, MessageId, Partition, RawPage, SentAt,
    SourcePage, SourceRecord, UnixMillis, Window,
};
use serde_json::{Value, json};

use crate::support::Fixture;

pub(crate) const DAY: i64 = 86_400_000;

/// A message of the vendor's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) id: usize,
    /// A file's begins with `file`; what is said by the business begins with `we`.
    pub(crate) text: String,
    pub(crate) sent_ms: i64,
}

impl Said {
    pub(crate) fn is_file(&self) -> bool {
        self.text.starts_with("file")
    }
}

/// Messages from a text: `1:hello 2:ok`.
pub(crate) fn said(texts: &str) -> Vec<Said> {
    texts
        .split_whitespace()
        .map(|one| {
            let (id, text) = one.split_once(':').unwrap();
            let id: usize = id.parse().unwrap();
            let sent_ms = 100_000_000_000 + i64::try_from(id).unwrap() * 1000;
            Said { id, text: text.to_owned(), sent_ms }
        })
        .collect()
}

/// Which call, and in which way its likenesses are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Plain,
    Named,
    /// The first, by another version of the program.
    PlainAnew,
    /// That one, when the vendor has a new key as well.
    PlainAnewWithKey,
}

/// What a call shows of the conversation `c`.
pub(crate) fn page(call: Call, shown: &[Said]) -> SourcePage {
    let mut body = b"[".to_vec();
    let mut page_records = Vec::new();
    for (index, one) in shown.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        let plain = if one.is_file() { "[file]" } else { &one.text };
        let raw = match call {
            Call::Plain | Call::PlainAnew => json!({"says": plain}),
            Call::PlainAnewWithKey => json!({"says": plain, "key": 1}),
            Call::Named => json!({"id": one.id, "at": one.sent_ms, "content": one.text}),
        };
        let raw = raw.to_string();
        let start = body.len();
        body.extend_from_slice(raw.as_bytes());
        page_records.push((one, plain.to_owned(), start..body.len()));
    }
    body.push(b']');
    let mut page = SourcePage::new(RawPage::new(body));
    for (one, plain, span) in page_records {
        let source = Arc::from("src");
        let mut message = match call {
            Call::Named => {
                let id = MessageId::new(format!("c/{}", one.id));
                let mut message = Message::new("made-up", source, id, Kind::Text);
                message.sent_at = Some(SentAt::stated(UnixMillis::new(one.sent_ms)));
                message
            }
            _ => Message::without_id("made-up", source, Kind::Text),
        };
        message.conversation_id = Some(ConversationId::new("c"));
        let is_ours = one.text.starts_with("we");
        message.direction = Some(if is_ours { Direction::Outbound } else { Direction::Inbound });
        let text = if call == Call::Named { one.text.clone() } else { plain };
        let likeness = match call {
            Call::Plain => Likeness::new(1, format!("plain {text}")),
            Call::PlainAnew | Call::PlainAnewWithKey => Likeness::new(2, format!("anew {text}")),
            Call::Named => Likeness::new(1, format!("named {text}")).with_ids(),
        };
        let likeness = likeness.with_words(text.clone()).with_may_be_file(one.is_file());
        message.text = Some(text);
        let mut record = SourceRecord::new(message, span);
        record.likeness = Some(likeness);
        page.records.push(record);
    }
    page
}

/// Stores a reading, and that the partition was read.
pub(crate) fn read(fixture: &mut Fixture, call: Call, shown: &[Said]) -> StoredPage {
    let stored = fixture.store_page(&page(call, shown));
    let (now, partition) = (fixture.now, fixture.partition);
    let window = Window::new(now - fixture.reach_ms.unwrap_or(DAY), now);
    let closed = CoveredWindow::new(window, Verdict::Provisional);
    fixture.archive().close_window(partition, &closed, UnixMillis::new(now)).unwrap();
    stored
}

/// Reads as another partition.
pub(crate) fn as_part(fixture: &mut Fixture, key: &str) {
    let source = fixture.source;
    key.clone_into(&mut fixture.key);
    fixture.partition = fixture.archive().partition(source, &Partition::new(key)).unwrap();
}

/// A message of the view, as far as it is looked at here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) is_named: bool,
    pub(crate) text: String,
    pub(crate) derived_id: Option<String>,
    pub(crate) confidence: Option<String>,
}

type Row = (String, String, String, Option<String>, Option<String>);

pub(crate) fn held(fixture: &Fixture) -> Vec<Held> {
    let rows: String = fixture.sql(
        "SELECT json_group_array(json_array(id, id_origin, text, derived_id, id_confidence))
         FROM messages",
    );
    let rows: Vec<Row> = serde_json::from_str(&rows).unwrap();
    let mut held: Vec<Held> = rows
        .into_iter()
        .map(|(id, origin, text, derived_id, confidence)| {
            let is_named = origin == "vendor";
            Held { id, is_named, text, derived_id, confidence }
        })
        .collect();
    held.sort();
    held
}

pub(crate) fn is_clean(fixture: &Fixture) -> bool {
    fixture.reader().verify(&mut |_| {}).unwrap().is_clean()
}

/// A row of a query, as JSON.
pub(crate) fn row(fixture: &Fixture, sql: &str) -> Value {
    serde_json::from_str(&fixture.sql::<String>(sql)).unwrap()
}
