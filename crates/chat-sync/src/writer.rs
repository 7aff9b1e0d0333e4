//! The one thread that writes. Pulling goes on while it works, a few pages ahead at most.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use chat_archive::{PageToStore, PartitionId, SourceId, StoredPage};
use chat_core::{Partition, Source, SourcePage, UnixMillis, Window};
use tokio::sync::{mpsc, oneshot};

use crate::store::{Holdings, Store};

/// Pages waiting to be stored; more would only cost memory.
const QUEUE: usize = 4;
/// Pages stored at once at most: they are held beside those that wait.
const GROUP: usize = 4;
/// No more are added to pages with so many bytes: large ones gain nothing by it, and take memory.
const GROUP_BYTES: usize = 4 << 20;

type Work<S> = Box<dyn FnOnce(&mut S) -> Result<(), <S as Holdings>::Error> + Send>;

enum Task<S: Store> {
    Page(Box<TakenPage>),
    Other(Work<S>),
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
    pub(crate) then: Then,
}

impl TakenPage {
    fn to_store(&self) -> (PageToStore<'_>, &dyn Source) {
        let page = PageToStore {
            source: self.id,
            partition: self.partition,
            partition_key: &self.key,
            window: self.window,
            state: &self.state,
            fetched_at: self.fetched_at,
            run_started: self.run_started,
            reach_ms: self.reach_ms,
            page: &self.page,
        };
        (page, &*self.source)
    }
}

/// The store failed, and with it the run. [`Writer::failure`] has the cause.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoreFailed;

/// Sends work to the thread that owns the store.
pub(crate) struct Writer<S: Store> {
    tasks: mpsc::Sender<Task<S>>,
    failure: Arc<Mutex<Option<S::Error>>>,
}

impl<S: Store> Clone for Writer<S> {
    fn clone(&self) -> Self {
        Self { tasks: self.tasks.clone(), failure: Arc::clone(&self.failure) }
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
        let thread = std::thread::spawn(move || {
            let mut left = None;
            while let Some(task) = left.take().or_else(|| queue.blocking_recv()) {
                let done = match task {
                    Task::Other(work) => work(&mut store),
                    Task::Page(page) => {
                        let mut pages = vec![*page];
                        left = waiting(&mut queue, &mut pages);
                        store_all(&mut store, pages)
                    }
                };
                if let Err(error) = done {
                    *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    break;
                }
            }
        });
        (Self { tasks, failure }, thread)
    }

    /// Queues a page; waits only for room in the queue.
    pub(crate) async fn page(&self, page: TakenPage) -> Result<(), StoreFailed> {
        self.tasks.send(Task::Page(Box::new(page))).await.map_err(|_| StoreFailed)
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

/// Adds the pages that wait already, and never waits for one; what is not a page is left.
fn waiting<S: Store>(
    queue: &mut mpsc::Receiver<Task<S>>,
    pages: &mut Vec<TakenPage>,
) -> Option<Task<S>> {
    let mut bytes = 0;
    while pages.len() < GROUP {
        bytes += pages.last().map_or(0, |taken| taken.page.raw.as_bytes().len());
        if bytes > GROUP_BYTES {
            break;
        }
        match queue.try_recv().ok()? {
            Task::Page(page) => pages.push(*page),
            other @ Task::Other(_) => return Some(other),
        }
    }
    None
}

/// Stores pages together. If that fails, one after the other: what can be kept is kept.
fn store_all<S: Store>(store: &mut S, pages: Vec<TakenPage>) -> Result<(), S::Error> {
    let to_store: Vec<_> = pages.iter().map(TakenPage::to_store).collect();
    let stored = match store.store_pages(&to_store) {
        Err(_) if pages.len() > 1 => {
            return pages.into_iter().try_for_each(|page| store_all(store, vec![page]));
        }
        stored => stored?,
    };
    for (TakenPage { page, then, .. }, stored) in pages.into_iter().zip(stored) {
        then(&page, stored);
    }
    Ok(())
}
