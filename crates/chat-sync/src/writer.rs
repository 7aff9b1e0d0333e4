//! The one thread that writes. Pulling goes on while it works, a few pages ahead at most.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chat_archive::{
    CoveredWindow, PageDigest, PageToStore, PartitionId, SourceId, StoredPage, ToStore,
};
use chat_core::{Partition, Source, SourcePage, UnixMillis, Window};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::store::{Holdings, Store};

/// Pages and other work waiting to be stored; more would only cost memory.
const QUEUE: usize = 8;
/// What their answers come to, with those being stored; one that is larger waits alone. Each walk
/// holds one more at most: the one that it has no room for.
const QUEUE_BYTES: u32 = 16 << 20;
/// Pages stored at once at most: they are held beside those that wait.
const GROUP: usize = 8;
/// No more are added to pages with so many bytes: large ones gain nothing by it, and take memory.
const GROUP_BYTES: usize = 4 << 20;

/// So long a wait for work shows that the network is slower than the writer.
const LONG_WAIT: Duration = Duration::from_millis(1);

type Work<S> = Box<dyn FnOnce(&mut S) -> Result<(), <S as Holdings>::Error> + Send>;

enum Task<S: Store> {
    Store(Waiting),
    Other(Work<S>),
}

/// What is stored together with what waits beside it.
pub(crate) enum Waiting {
    Page(Box<TakenPage>),
    Closed(PartitionId, CoveredWindow, UnixMillis),
    Abandoned(PartitionId, Window),
    ReadWhole(PartitionId),
}

/// Told what a page brought, once that is durable.
pub(crate) type Then = Box<dyn FnOnce(&SourcePage, StoredPage) + Send>;

/// A page on its way to the store.
pub(crate) struct TakenPage {
    pub(crate) source: Arc<dyn Source>,
    pub(crate) id: SourceId,
    pub(crate) partition: PartitionId,
    pub(crate) key: Partition,
    pub(crate) window: Window,
    pub(crate) state: String,
    pub(crate) fetched_at: UnixMillis,
    pub(crate) run_started: UnixMillis,
    pub(crate) reach_ms: Option<i64>,
    pub(crate) page: SourcePage,
    pub(crate) digest: PageDigest,
    pub(crate) then: Then,
    /// Its share of the queue, until it is stored.
    pub(crate) room: Option<OwnedSemaphorePermit>,
}

impl TakenPage {
    fn bytes(&self) -> usize {
        self.page.raw.as_bytes().len()
    }

    fn to_store(&self) -> PageToStore<'_> {
        PageToStore {
            source: self.id,
            partition: self.partition,
            partition_key: &self.key,
            window: self.window,
            state: &self.state,
            fetched_at: self.fetched_at,
            run_started: self.run_started,
            reach_ms: self.reach_ms,
            digest: Some(&self.digest),
            page: &self.page,
        }
    }

    fn same_content(&self) -> impl Fn(&[u8], &[u8]) -> bool {
        |a, b| self.source.same_content(a, b)
    }
}

/// The store failed, and with it the run. [`Writer::failure`] has the cause.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoreFailed;

/// Sends work to the thread that owns the store.
pub(crate) struct Writer<S: Store> {
    tasks: mpsc::Sender<Task<S>>,
    room: Arc<Semaphore>,
    failure: Arc<Mutex<Option<S::Error>>>,
}

impl<S: Store> Clone for Writer<S> {
    fn clone(&self) -> Self {
        Self {
            tasks: self.tasks.clone(),
            room: Arc::clone(&self.room),
            failure: Arc::clone(&self.failure),
        }
    }
}

impl<S: Store> fmt::Debug for Writer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}

impl<S: Store> Writer<S> {
    /// Starts the thread. It ends when every clone of the writer is gone, or at the first error.
    pub(crate) fn start(mut store: S) -> (Self, JoinHandle<()>) {
        let (tasks, mut queue) = mpsc::channel::<Task<S>>(QUEUE);
        let failure = Arc::new(Mutex::new(None));
        let noted = Arc::clone(&failure);
        let room = Arc::new(Semaphore::new(QUEUE_BYTES as usize));
        let open = Open(Arc::clone(&room));
        let thread = std::thread::spawn(move || {
            let _open = open;
            let mut left = None;
            let mut waits = false;
            while let Some(task) = left.take().or_else(|| next(&mut queue, &mut store, &mut waits))
            {
                let done = match task {
                    Task::Other(work) => work(&mut store),
                    Task::Store(first) => {
                        let mut all = vec![first];
                        left = join(&mut queue, &mut all);
                        store_all(&mut store, all)
                    }
                };
                if let Err(error) = done {
                    *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    break;
                }
            }
        });
        (Self { tasks, room, failure }, thread)
    }

    /// Queues what is to be stored; waits only for room in the queue.
    pub(crate) async fn store(&self, mut waiting: Waiting) -> Result<(), StoreFailed> {
        if let Waiting::Page(taken) = &mut waiting {
            let bytes = u32::try_from(taken.bytes()).unwrap_or(u32::MAX).min(QUEUE_BYTES);
            let room = Arc::clone(&self.room).acquire_many_owned(bytes).await;
            taken.room = Some(room.map_err(|_| StoreFailed)?);
        }
        self.tasks.send(Task::Store(waiting)).await.map_err(|_| StoreFailed)
    }

    /// Queues other work; waits only for room in the queue.
    pub(crate) async fn submit(
        &self,
        work: impl FnOnce(&mut S) -> Result<(), S::Error> + Send + 'static,
    ) -> Result<(), StoreFailed> {
        self.tasks.send(Task::Other(Box::new(work))).await.map_err(|_| StoreFailed)
    }

    /// Queues work and waits for what it returns, and so for all that was queued before.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S) -> Result<T, S::Error> + Send + 'static,
    ) -> Result<T, StoreFailed> {
        let (sender, receiver) = oneshot::channel();
        self.submit(move |store| {
            // nobody waits any more when the run was stopped; the work is done all the same
            let _ = sender.send(work(store)?);
            Ok(())
        })
        .await?;
        receiver.await.map_err(|_| StoreFailed)
    }

    /// Where the thread leaves the error that ended it.
    pub(crate) fn failure(&self) -> Arc<Mutex<Option<S::Error>>> {
        Arc::clone(&self.failure)
    }
}

/// The queue has room only while the thread runs, however it ends: a page sent just before that would
/// keep its room, and the next one would wait for ever.
struct Open(Arc<Semaphore>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The next task. Where the last one was long in coming, the store does meanwhile what it would do at
/// the end of the run: small pieces cost more, so none are made where work comes at once.
fn next<S: Store>(
    queue: &mut mpsc::Receiver<Task<S>>,
    store: &mut S,
    waits: &mut bool,
) -> Option<Task<S>> {
    loop {
        match queue.try_recv() {
            Ok(task) => return Some(task),
            Err(TryRecvError::Empty) if *waits && store.index_while_idle() => {}
            Err(_) => break,
        }
    }
    let begun = Instant::now();
    let task = queue.blocking_recv();
    *waits = begun.elapsed() >= LONG_WAIT;
    task
}

/// Adds what waits to be stored already, and never waits for it; other work is left, and a page for
/// which there is no room.
fn join<S: Store>(queue: &mut mpsc::Receiver<Task<S>>, all: &mut Vec<Waiting>) -> Option<Task<S>> {
    let (mut pages, mut bytes) = (0, 0);
    loop {
        if let Some(Waiting::Page(taken)) = all.last() {
            pages += 1;
            bytes += taken.bytes();
        }
        let is_full = pages >= GROUP || bytes > GROUP_BYTES;
        match queue.try_recv().ok()? {
            Task::Store(Waiting::Page(taken)) if is_full => {
                return Some(Task::Store(Waiting::Page(taken)));
            }
            Task::Store(waiting) => all.push(waiting),
            other @ Task::Other(_) => return Some(other),
        }
    }
}

/// Stores what waits together. If that fails, one after the other: what can be kept is kept.
fn store_all<S: Store>(store: &mut S, all: Vec<Waiting>) -> Result<(), S::Error> {
    let stored = match store_together(store, &all) {
        Err(_) if all.len() > 1 => {
            return all.into_iter().try_for_each(|waiting| store_all(store, vec![waiting]));
        }
        stored => stored?,
    };
    let pages = all.into_iter().filter_map(|waiting| match waiting {
        Waiting::Page(taken) => Some(*taken),
        _ => None,
    });
    for (TakenPage { page, then, .. }, stored) in pages.zip(stored) {
        then(&page, stored);
    }
    Ok(())
}

fn store_together<S: Store>(store: &mut S, all: &[Waiting]) -> Result<Vec<StoredPage>, S::Error> {
    let pages = all.iter().filter_map(|waiting| match waiting {
        Waiting::Page(taken) => Some((taken.to_store(), taken.same_content())),
        _ => None,
    });
    let pages: Vec<_> = pages.collect();
    let mut pages = pages.iter();
    let to_store = all.iter().filter_map(|waiting| {
        Some(match waiting {
            Waiting::Page(_) => {
                let (page, same_content) = pages.next()?;
                ToStore::Page(page, same_content)
            }
            Waiting::Closed(partition, closed, now) => ToStore::Closed(*partition, closed, *now),
            Waiting::Abandoned(partition, window) => ToStore::Abandoned(*partition, *window),
            Waiting::ReadWhole(partition) => ToStore::ReadWhole(*partition),
        })
    });
    let to_store: Vec<_> = to_store.collect();
    store.store_together(&to_store)
}
