//! The one thread that writes. Pulling goes on while it works, a few pages ahead at most.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use crate::store::{Holdings, Store};

/// Pages waiting to be stored; more would only cost memory.
const QUEUE: usize = 8;

type Task<S> = Box<dyn FnOnce(&mut S) -> Result<(), <S as Holdings>::Error> + Send>;

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
            while let Some(task) = queue.blocking_recv() {
                if let Err(error) = task(&mut store) {
                    *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    break;
                }
            }
        });
        (Self { tasks, failure }, thread)
    }

    /// Queues work; waits only for room in the queue.
    pub(crate) async fn submit(
        &self,
        work: impl FnOnce(&mut S) -> Result<(), S::Error> + Send + 'static,
    ) -> Result<(), StoreFailed> {
        self.tasks.send(Box::new(work)).await.map_err(|_| StoreFailed)
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
