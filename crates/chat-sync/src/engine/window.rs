//! Walking one window page by page, to its verdict.

use std::sync::atomic::{AtomicU32, Ordering};

use chat_archive::{CoveredWindow, PartitionId, Verdict};
use chat_core::{ErrorKind, PageRequest, Partition, Source, SourceError, SourcePage, Windowing};

use super::page::{Records, facts};
use super::pull::Pull;
use super::queue::Walking;
use crate::observer::Event;
use crate::report::WindowReport;
use crate::store::Store;
use crate::walk::{Step, Walk};
use crate::writer::{StoreFailed, Waiting};

/// So many calls in a row that fail for good mean that the vendor is down, not that a page is bad.
const DOWN_AFTER: u32 = 3;
/// A window this short is not the reason for a "parameter error".
pub(super) const SHORT_WINDOW_MS: i64 = 24 * 3_600_000;

/// How the walk of a window ended.
pub(super) enum Ended {
    Closed(WindowReport),
    Split(Vec<Walking>),
    Stopped,
    /// The source cannot go on; the window stays open, and the report says so.
    Fatal(WindowReport, SourceError),
}

impl<S: Store> Pull<S> {
    /// Walks one window to its end.
    pub(super) async fn walk(
        &self,
        walking: Walking,
        bad_calls: &AtomicU32,
    ) -> Result<Ended, StoreFailed> {
        let Walking { partition, id, mut walk, mut resumed, is_proven, whole } = walking;
        let window = walk.window();
        let asked = match self.source.capabilities().windowing {
            Windowing::Closed { .. } => Some(window),
            _ => None,
        };
        loop {
            let request = PageRequest::first(partition.clone(), asked).at(walk.cursor().cloned());
            let fetched = tokio::select! {
                biased;
                () = self.stop.requested() => return Ok(Ended::Stopped),
                fetched = self.fetch(&request) => fetched,
            };
            let step = match fetched {
                Ok(page) => {
                    bad_calls.store(0, Ordering::Relaxed);
                    if std::mem::take(&mut resumed) && self.is_dead_end(&walk, &page) {
                        walk = walk.anew();
                        self.writer.store(Waiting::Abandoned(id, window)).await?;
                        continue;
                    }
                    match self.take(&partition, id, &mut walk, page).await? {
                        Step::Split(parts) => {
                            return self
                                .split(&partition, id, &walk, parts, is_proven)
                                .await
                                .map(Ended::Split);
                        }
                        step => step,
                    }
                }
                Err(error)
                    if error.asks_smaller_window
                        && asked.is_some()
                        && window.len_ms() > SHORT_WINDOW_MS =>
                {
                    return self.split(&partition, id, &walk, 2, is_proven).await.map(Ended::Split);
                }
                Err(error) => {
                    if is_down(&*self.source, &error, bad_calls).await {
                        return Ok(Ended::Fatal(left_open(&partition, &walk, &error), error));
                    }
                    if resumed {
                        // the vendor may not know a cursor of an earlier run any more
                        resumed = false;
                        walk = walk.anew();
                        self.writer.store(Waiting::Abandoned(id, window)).await?;
                        continue;
                    }
                    let after = self.source.cursor_after(walk.cursor());
                    walk.failed(&error.to_string(), after)
                }
            };
            match step {
                Step::Next | Step::Split(_) => {}
                Step::Again => {
                    self.writer.store(Waiting::Abandoned(id, window)).await?;
                }
                Step::Done(mut closed) => {
                    let report = WindowReport::new(&partition.key, &closed);
                    let now = (self.clock)();
                    let verdict = closed.verdict;
                    if let Some(whole) = whole {
                        whole.extend(&mut closed);
                    }
                    let is_broken = verdict == Verdict::Broken;
                    let has_better = is_proven || whole.is_some_and(|w| w.first_covered.is_some());
                    let spoils = is_broken && has_better;
                    // a reading that failed takes nothing from those that did not, and one that did
                    // not fail takes all from those that did
                    if spoils {
                        self.writer.store(Waiting::Abandoned(id, window)).await?;
                    } else {
                        self.writer.store(Waiting::Closed(id, closed, now)).await?;
                        // in this order: what is forgotten is never without what replaces it
                        if whole.is_some() && !is_broken {
                            self.writer.store(Waiting::ReadWhole(id)).await?;
                        }
                    }
                    self.observer.event(&Event::Closed { source: self.source.name(), verdict });
                    return Ok(Ended::Closed(report));
                }
            }
        }
    }

    async fn fetch(&self, request: &PageRequest) -> Result<SourcePage, SourceError> {
        let _reading = self.pace.room().await;
        self.source.fetch(request).await
    }

    /// True if the first page of a walk that goes on brings nothing: a vendor may answer a cursor
    /// that it no longer knows with the end, or with its first page. A count would tell.
    fn is_dead_end(&self, walk: &Walk, page: &SourcePage) -> bool {
        let records = Records::of(page);
        let facts = facts(page, &records, walk.window());
        !self.source.capabilities().has_total && !walk.is_new(&facts)
    }

    /// Gives a window up for its parts.
    async fn split(
        &self,
        partition: &Partition,
        id: PartitionId,
        walk: &Walk,
        parts: u64,
        is_proven: bool,
    ) -> Result<Vec<Walking>, StoreFailed> {
        let window = walk.window();
        let grain_ms = match self.source.capabilities().windowing {
            Windowing::Closed { grain_ms, .. } => grain_ms,
            _ => window.len_ms(),
        };
        self.writer.store(Waiting::Abandoned(id, window)).await?;
        let walks = walk.split(parts, grain_ms);
        self.observer.event(&Event::Split { source: self.source.name(), parts: walks.len() });
        let walking = walks.into_iter().map(|walk| Walking {
            partition: partition.clone(),
            id,
            walk,
            resumed: false,
            is_proven,
            whole: None,
        });
        Ok(walking.collect())
    }
}

/// Whether a call that failed for good means the end of the source, and not of a page only.
pub(crate) async fn is_down(
    source: &dyn Source,
    error: &SourceError,
    bad_calls: &AtomicU32,
) -> bool {
    let bad = bad_calls.fetch_add(1, Ordering::Relaxed) + 1;
    if error.kind == ErrorKind::Auth {
        return true;
    }
    let is_clear = matches!(error.kind, ErrorKind::InvalidRequest | ErrorKind::Transport);
    if !is_clear && bad < DOWN_AFTER {
        return false;
    }
    // several bad pages in a row are no outage, and what one partition may not be asked for the
    // next one may: the cheapest call tells
    let is_up = source.check().await.is_ok();
    if is_up {
        bad_calls.store(0, Ordering::Relaxed);
    }
    !is_up
}

/// What the report says of a window whose walk could not go on.
fn left_open(partition: &Partition, walk: &Walk, error: &SourceError) -> WindowReport {
    let mut closed = CoveredWindow::new(walk.window(), Verdict::Broken);
    closed.expected = walk.expected();
    closed.distinct = walk.distinct();
    closed.reason = Some(format!("not read to its end: {}", error.message));
    WindowReport::new(&partition.key, &closed)
}
