//! The files that the store knows to be lacking, a few at a time.

use std::collections::VecDeque;

use chat_archive::{MediaBookmark, MediaTask};

use super::Fetcher;
use crate::observer::Event;
use crate::store::Store;
use crate::writer::StoreFailed;

/// Files that are taken up at a time.
const BATCH: usize = 100;

pub(super) struct Left {
    batch: VecDeque<MediaTask>,
    bookmark: Option<MediaBookmark>,
    /// Nobody was told of these files yet.
    are_news: bool,
}

impl Left {
    /// Those of earlier runs that are due.
    pub(super) async fn due<S: Store>(fetcher: &Fetcher<S>) -> Result<Self, StoreFailed> {
        let (id, now) = (fetcher.id, (fetcher.clock)());
        let bookmark = fetcher.writer.run(move |store| store.lacking_media_start(id, now)).await?;
        Ok(Self { batch: VecDeque::new(), bookmark: Some(bookmark), are_news: true })
    }

    /// Those that were never tried: what this run found and could not keep in hand.
    pub(super) async fn untried<S: Store>(fetcher: &Fetcher<S>) -> Result<Self, StoreFailed> {
        let id = fetcher.id;
        let bookmark = fetcher.writer.run(move |store| store.untried_media_start(id)).await?;
        Ok(Self { batch: VecDeque::new(), bookmark: Some(bookmark), are_news: false })
    }

    pub(super) async fn next<S: Store>(
        &mut self,
        fetcher: &Fetcher<S>,
    ) -> Result<Option<MediaTask>, StoreFailed> {
        if self.batch.is_empty()
            && let Some(bookmark) = self.bookmark.take()
        {
            let batch = fetcher.writer.run(move |store| store.lacking_media(&bookmark, BATCH));
            let (batch, next) = batch.await?;
            if !batch.is_empty() {
                let files = batch.len() as u64;
                if self.are_news {
                    let source = fetcher.source.name();
                    fetcher.observer.event(&Event::MediaFound { source, files });
                }
                self.bookmark = Some(next);
            }
            self.batch = batch.into();
        }
        Ok(self.batch.pop_front())
    }
}
