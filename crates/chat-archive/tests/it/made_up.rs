//! A source that reads the pages of the made-up vendor, as today's or an earlier program would.

use std::future::ready;
use std::io::Write;
use std::sync::Arc;

use chat_core::{
    BoxFuture, CallCount, Capabilities, DecodeError, ErrorKind, Likeness, MediaError,
    MediaErrorKind, MediaInfo, MediaItem, MediaLink, Message, PageRequest, Partition, RawPage,
    SkippedRecord, Source, SourceError, SourcePage, SourceRecord, Windowing,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::support::{Record, same_content};

/// What this program makes of a record's message; an error: it cannot read the record.
pub(crate) type Reading = fn(&mut Message) -> Result<(), &'static str>;

#[derive(Debug, Clone)]
pub(crate) struct MadeUp {
    pub(crate) name: &'static str,
    pub(crate) vendor: &'static str,
    pub(crate) reading: Reading,
    /// Its records are in lists, those without ids too.
    pub(crate) listed: bool,
}

/// Reads everything as it was meant.
pub(crate) fn today() -> Arc<dyn Source> {
    reading(|_| Ok(()))
}

pub(crate) fn reading(reading: Reading) -> Arc<dyn Source> {
    Arc::new(MadeUp { name: "src", vendor: "made-up", reading, listed: false })
}

/// The same, where records are in lists.
pub(crate) fn reading_lists(reading: Reading) -> Arc<dyn Source> {
    Arc::new(MadeUp { name: "src", vendor: "made-up", reading, listed: true })
}

/// What tells a record in a list.
fn likeness(message: &mut Message) -> Likeness {
    let text = message.text.clone().unwrap_or_default();
    let likeness = Likeness::new(1, text.clone()).with_words(text);
    if message.id.as_str().is_empty() {
        let named = message.clone();
        *message = Message::without_id("made-up", Arc::from("src"), named.kind);
        message.conversation_id = named.conversation_id;
        message.direction = named.direction;
        message.text = named.text;
        likeness
    } else {
        likeness.with_ids()
    }
}

fn offline() -> SourceError {
    SourceError::new(ErrorKind::InvalidRequest, "nothing is asked for")
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    list: Vec<&'a RawValue>,
}

impl Source for MadeUp {
    fn name(&self) -> &str {
        self.name
    }

    fn vendor(&self) -> &'static str {
        self.vendor
    }

    fn fingerprint(&self) -> String {
        "1".into()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new(Windowing::Whole { reach_ms: None }, 100)
    }

    fn check(&self) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(ready(Err(offline())))
    }

    fn partitions(&self) -> BoxFuture<'_, Result<Vec<Partition>, SourceError>> {
        Box::pin(ready(Err(offline())))
    }

    fn fetch<'a>(&'a self, _: &'a PageRequest) -> BoxFuture<'a, Result<SourcePage, SourceError>> {
        Box::pin(ready(Err(offline())))
    }

    fn read(&self, _: &Partition, body: Vec<u8>) -> Result<SourcePage, SourceError> {
        let unreadable = |_| SourceError::new(ErrorKind::Decode, "it is no page");
        let text =
            String::from_utf8(body).map_err(|_| SourceError::new(ErrorKind::Decode, "no text"))?;
        let read: Body<'_> = serde_json::from_str(&text).map_err(unreadable)?;
        let mut page = SourcePage::new(RawPage::new(text.clone().into_bytes()));
        for (index, raw) in read.list.iter().enumerate() {
            let start = raw.get().as_ptr() as usize - text.as_ptr() as usize;
            let span = start..start + raw.get().len();
            let mut message = Record::parse(raw.get()).message();
            let likeness = self.listed.then(|| likeness(&mut message));
            let read = if message.id.as_str().is_empty() && !self.listed {
                Err("it has no id")
            } else {
                (self.reading)(&mut message)
            };
            match read {
                Ok(()) => {
                    let mut record = SourceRecord::new(message, span);
                    record.likeness = likeness;
                    page.records.push(record);
                }
                Err(why) => {
                    page.skipped.push(SkippedRecord::new(index, span, DecodeError::new(why)));
                }
            }
        }
        Ok(page)
    }

    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        same_content(a, b)
    }

    fn renew_media<'a>(
        &'a self,
        _: &'a MediaItem,
    ) -> BoxFuture<'a, Result<Option<Vec<Option<MediaLink>>>, SourceError>> {
        Box::pin(ready(Err(offline())))
    }

    fn fetch_media<'a>(
        &'a self,
        _: &'a MediaLink,
        _: &'a mut (dyn Write + Send),
        _: u64,
    ) -> BoxFuture<'a, Result<MediaInfo, MediaError>> {
        Box::pin(ready(Err(MediaError::new(MediaErrorKind::Refused("offline")))))
    }

    fn calls(&self) -> CallCount {
        CallCount::new(0, 0)
    }
}
