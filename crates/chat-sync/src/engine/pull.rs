//! Pulling the windows of one source, several at a time.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use chat_archive::{MediaTask, SourceId, ToStore};
use chat_core::{Clock, ErrorKind, Partition, Source, SourceError, UnixMillis};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use super::Settings;
use super::queue::{Asked, Schedule, Scheduled, Walking};
use super::totals::Totals;
use super::window::Ended;
use crate::media::Pace;
use crate::observer::{Event, Observer};
use crate::report::WindowReport;
use crate::stop::Stop;
use crate::store::Store;
use crate::writer::{StoreFailed, Writer};

/// What pulling needs.
pub(super) struct Pull<S: Store> {
    pub(super) source: Arc<dyn Source>,
    pub(super) id: SourceId,
    pub(super) settings: Settings,
    pub(super) writer: Writer<S>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) stop: Stop,
    pub(super) clock: Clock,
    pub(super) started: UnixMillis,
    pub(super) totals: Arc<Totals>,
    pub(super) pace: Arc<Pace>,
    /// Where files to fetch are sent; `None` if files are not asked for.
    pub(super) found: Option<mpsc::UnboundedSender<Vec<MediaTask>>>,
}

/// What came of pulling.
#[derive(Debug, Default)]
pub(super) struct Pulled {
    pub(super) windows: Vec<WindowReport>,
    pub(super) error: Option<SourceError>,
}

impl<S: Store> Pull<S> {
    pub(super) async fn run(self) -> Result<Pulled, StoreFailed> {
        let mut pulled = Pulled::default();
        let partitions = tokio::select! {
            biased;
            () = self.stop.requested() => return Ok(pulled),
            partitions = self.source.partitions() => partitions,
        };
        let mut partitions = match partitions {
            Ok(partitions) => partitions,
            Err(error) => {
                pulled.error = Some(error);
                return Ok(pulled);
            }
        };
        if self.source.capabilities().partial_partitions {
            let source = self.id;
            let known = self.writer.run(move |store| store.partitions(source)).await?;
            let listed: HashSet<Partition> = partitions.iter().cloned().collect();
            let known = known.into_iter().map(|(_, partition)| partition);
            partitions.extend(known.filter(|known| !listed.contains(known)));
        }
        let lacking = self.source.lacking();
        if partitions.is_empty() && lacking.is_empty() {
            let nothing = "the source has nothing to read: it lists no user, chat or customer";
            pulled.error = Some(SourceError::new(ErrorKind::InvalidRequest, nothing));
            return Ok(pulled);
        }
        // each with its place in the plan, which is that of its parts too: what is oldest comes first
        let mut queue: VecDeque<(usize, Walking)> =
            self.queue(partitions).await?.into_iter().enumerate().collect();
        self.observer.event(&Event::Planned { source: self.source.name(), windows: queue.len() });
        let bad_calls = AtomicU32::new(0);
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < self.settings.concurrency.max(1)
                && pulled.error.is_none()
                && !self.stop.is_requested()
                && let Some((place, next)) = queue.pop_front()
            {
                let walk = self.walk(next, &bad_calls);
                running.push(async move { (place, walk.await) });
            }
            let Some((place, ended)) = running.next().await else {
                if pulled.error.is_none() && !lacking.is_empty() {
                    let words = lacking.join("; ");
                    pulled.error = Some(SourceError::new(ErrorKind::Decode, words));
                }
                return Ok(pulled);
            };
            match ended? {
                Ended::Closed(window) => pulled.windows.push(window),
                Ended::Split(parts) => {
                    for part in parts {
                        let at = queue.partition_point(|(other, walking)| {
                            (*other, walking.start_ms()) <= (place, part.start_ms())
                        });
                        queue.insert(at, (place, part));
                    }
                }
                Ended::Stopped => {}
                Ended::Fatal(window, error) => {
                    pulled.windows.push(window);
                    pulled.error = Some(error);
                }
            }
        }
    }

    /// Names the partitions, and plans their windows.
    async fn queue(&self, partitions: Vec<Partition>) -> Result<Vec<Walking>, StoreFailed> {
        let asked = Asked {
            capabilities: self.source.capabilities(),
            settings: self.settings.clone(),
            started: self.started,
        };
        let source = self.id;
        self.writer
            .run(move |store| {
                let ids = store.name_partitions(source, &partitions)?;
                let schedule = Schedule::new(store, &asked, ids.iter().copied().map(Some))?;
                let abandoned = schedule.abandoned.into_iter();
                let abandoned: Vec<_> =
                    abandoned.map(|(id, window)| ToStore::Abandoned(id, window)).collect();
                if !abandoned.is_empty() {
                    store.store_together(&abandoned)?;
                }
                let whose = |scheduled: &Scheduled| {
                    let at = scheduled.partition;
                    Some((partitions.get(at)?.clone(), ids.get(at).copied()?))
                };
                let walking = schedule.windows.into_iter().filter_map(|scheduled| {
                    let (partition, id) = whose(&scheduled)?;
                    let Scheduled { walk, resumed, is_proven, whole, .. } = scheduled;
                    Some(Walking { partition, id, walk, resumed, is_proven, whole })
                });
                Ok(walking.collect())
            })
            .await
    }
}
