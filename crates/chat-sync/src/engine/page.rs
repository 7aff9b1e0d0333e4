//! Taking a page: what the walk learns of it, and what the store gets.

use std::sync::Arc;

use chat_archive::{PageDigest, PartitionId};
use chat_core::{Message, Partition, SourcePage, UnixMillis, Window, Windowing};

use super::pull::Pull;
use crate::observer::Event;
use crate::store::Store;
use crate::walk::{PageFacts, Step, Walk};
use crate::writer::{StoreFailed, TakenPage, Then, Waiting};

impl<S: Store> Pull<S> {
    /// Shows a page to the walk and sends it to the store.
    pub(super) async fn take(
        &self,
        partition: &Partition,
        id: PartitionId,
        walk: &mut Walk,
        page: SourcePage,
    ) -> Result<Step, StoreFailed> {
        let first = walk.cursor().is_none();
        let step = {
            let records = Records::of(&page);
            walk.page(&facts(&page, &records, walk.window()))
        };
        if matches!(step, Step::Split(_)) {
            return Ok(step);
        }
        let name = self.source.name();
        if first && let Some(records) = page.total {
            self.observer.event(&Event::Expecting { source: name, records });
        }
        let reach_ms = match self.source.capabilities().windowing {
            Windowing::Whole { reach_ms } => reach_ms,
            _ => None,
        };
        let fetched_at = (self.clock)();
        let taken = TakenPage {
            source: Arc::clone(&self.source),
            id: self.id,
            partition: id,
            key: partition.clone(),
            window: walk.window(),
            state: walk.state(),
            fetched_at,
            run_started: self.started,
            reach_ms,
            digest: PageDigest::of(&page),
            room: None,
            page,
            then: self.then(fetched_at),
        };
        self.writer.store(Waiting::Page(Box::new(taken))).await?;
        Ok(step)
    }

    /// What is told of a page once it is stored.
    fn then(&self, fetched_at: UnixMillis) -> Then {
        let (source, totals) = (Arc::clone(&self.source), Arc::clone(&self.totals));
        let (media_pace, found) = (Arc::clone(&self.pace), self.found.clone());
        let observer = Arc::clone(&self.observer);
        Box::new(move |page, stored| {
            totals.add(&stored, page.skipped.len() as u64);
            observer.event(&Event::Page {
                source: source.name(),
                new: stored.new,
                changed: stored.changed,
                records: page.records.len() as u64,
            });
            if let Some(found) = found
                && !stored.media.is_empty()
            {
                let files = stored.media.len() as u64;
                observer.event(&Event::MediaFound { source: source.name(), files });
                media_pace.found(&stored.media, fetched_at);
                // the fetcher is gone only when the run was stopped
                let _ = found.send(stored.media);
            }
        })
    }
}

/// The records of a page that have ids, and when they were sent.
pub(super) struct Records<'p> {
    ids: Vec<&'p str>,
    sent_ms: Vec<Option<i64>>,
}

impl<'p> Records<'p> {
    pub(super) fn of(page: &'p SourcePage) -> Self {
        let messages = page.records.iter().map(|record| &record.message);
        let with_id = messages.filter(|message| !message.is_without_id());
        let (ids, sent_ms) = with_id.map(|message| (message.id.as_str(), sent_ms(message))).unzip();
        Self { ids, sent_ms }
    }
}

pub(super) fn facts<'a>(
    page: &SourcePage,
    records: &'a Records<'_>,
    window: Window,
) -> PageFacts<'a> {
    PageFacts {
        ids: &records.ids,
        sent_ms: &records.sent_ms,
        without_id: (page.records.len() - records.ids.len()) as u64,
        may_be_cut: page.may_be_cut,
        strays: page.records.iter().any(|record| strays(&record.message, window)),
        skipped: page.skipped.len() as u64,
        total: page.total,
        next: page.next.clone(),
    }
}

/// True if a message was sent clearly outside a window; a second at the ends is the vendor's grain.
fn strays(message: &Message, window: Window) -> bool {
    let near = Window::new(window.from_ms.saturating_sub(1000), window.to_ms.saturating_add(1000));
    sent_ms(message).is_some_and(|sent_ms| !(near.from_ms..=near.to_ms).contains(&sent_ms))
}

fn sent_ms(message: &Message) -> Option<i64> {
    message.sent_at.map(|sent| sent.instant.get())
}
