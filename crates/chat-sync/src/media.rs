//! Fetching files beside the paging, the one that dies first before the others.

mod download;
mod lanes;
mod left;
mod pace;
mod queue;
mod renew;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use chat_archive::{MediaFailure, MediaState, MediaTask, SavedMedia, SourceId};
use chat_core::{Clock, Source};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use self::download::Trouble;
use self::lanes::Lanes;
use self::left::Left;
pub(crate) use self::pace::Pace;
use self::queue::{Job, Next, Queue};
use self::renew::Renewed;
use crate::observer::{Event, Observer};
use crate::stop::Stop;
use crate::store::Store;
use crate::writer::{StoreFailed, Writer};

/// Tries of a file in one run.
const MAX_TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Renewed links of one file that may be of no use in one run.
const MAX_REFUSALS: u32 = 2;
/// So many files in a row that fail, although each was tried often, mean that the media host is
/// down: the others are left to the next run, and are no worse for it.
const DOWN_AFTER: u32 = 50;

/// What fetching the files of a source needs.
pub(crate) struct Fetcher<S: Store> {
    pub(crate) source: Arc<dyn Source>,
    pub(crate) id: SourceId,
    pub(crate) writer: Writer<S>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) stop: Stop,
    pub(crate) clock: Clock,
    pub(crate) dir: PathBuf,
    pub(crate) limit_bytes: u64,
    pub(crate) pace: Arc<Pace>,
}

/// What came of fetching.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fetched {
    /// Files that are in the archive now.
    pub(crate) saved: u64,
    /// Links that were dead and were replaced.
    pub(crate) renewed: u64,
    /// There is no space for more.
    pub(crate) is_full: bool,
}

/// What became of a file for this run.
enum Ended {
    Saved(SavedMedia),
    Failed(MediaFailure),
    /// Nothing is noted: there may be no space even for that.
    Full,
}

/// What is to be done about a file after a try.
enum Step {
    End(Ended),
    /// The host may have it later.
    Wait(Duration),
    /// It needs another link.
    Renew,
}

/// What a run has to go on with.
struct Progress {
    queue: Queue,
    lanes: Lanes,
    fetched: Fetched,
    /// Files that the host failed for, without one that came.
    failed_in_row: u32,
    /// Files that were found were left to the store.
    has_left_some: bool,
    /// The vendor refuses the credentials or is down, so no link is asked for again.
    no_links: bool,
}

impl Progress {
    const fn is_down(&self) -> bool {
        self.failed_in_row >= DOWN_AFTER
    }

    /// Nothing more can be fetched in this run.
    const fn is_over(&self) -> bool {
        self.fetched.is_full || self.is_down()
    }
}

impl<S: Store> Fetcher<S> {
    /// Fetches what comes, and what earlier runs left, until no more can come, the disk is full or
    /// the media host is down.
    pub(crate) async fn run(
        self,
        mut incoming: mpsc::UnboundedReceiver<Vec<MediaTask>>,
    ) -> Result<Fetched, StoreFailed> {
        let mut now = Progress {
            queue: Queue::default(),
            lanes: Lanes::new(),
            fetched: Fetched::default(),
            failed_in_row: 0,
            has_left_some: false,
            no_links: false,
        };
        let mut left = Left::due(&self).await?;
        let bad_calls = AtomicU32::new(0);
        let mut running = FuturesUnordered::new();
        let mut renewing = FuturesUnordered::new();
        let mut resting = FuturesUnordered::new();
        let mut open = true;
        loop {
            // what cannot be fetched stays to be fetched, and keeps no page waiting
            if now.is_over() {
                let jobs = now.queue.drain();
                self.give_back(jobs, &mut now.queue);
            } else if now.no_links {
                let jobs = now.queue.drain_linkless();
                self.give_back(jobs, &mut now.queue);
            }
            while !now.is_over() && running.len() < now.lanes.open() {
                match now.queue.next((self.clock)()) {
                    Some(Next::Fetch(job)) => {
                        if running.is_empty() {
                            self.pace.begin();
                        }
                        running.push(self.attempt(job));
                    }
                    Some(Next::Died(job)) => self.died(job, &mut now),
                    None => break,
                }
            }
            // links are renewed when it is almost the file's turn: fresh ones go first, and a
            // renewed one dies as soon as another
            let may_renew = !now.is_over() && !now.no_links && renewing.is_empty();
            if may_renew && now.queue.linked() < 2 * now.lanes.open() {
                let most = usize::try_from(self.pace.renewals()).unwrap_or(1);
                self.take_up(&mut left, most, &mut now).await?;
                let batch = now.queue.take_linkless(most);
                if !batch.is_empty() {
                    renewing.push(self.renew(batch, &bad_calls));
                    continue;
                }
            }
            let is_idle = running.is_empty() && renewing.is_empty() && resting.is_empty();
            if !open && is_idle {
                if !std::mem::take(&mut now.has_left_some) || now.is_over() || now.no_links {
                    return Ok(now.fetched);
                }
                left = Left::untried(&self).await?;
                continue;
            }
            tokio::select! {
                biased;
                () = self.stop.requested() => return Ok(now.fetched),
                tasks = incoming.recv(), if open => match tasks {
                    Some(tasks) => self.accept(tasks, &mut now),
                    None => open = false,
                },
                Some((job, step)) = running.next(), if !running.is_empty() => match step {
                    Step::End(ended) => self.end(job, ended, &mut now).await?,
                    Step::Wait(wait) => {
                        now.lanes.bad();
                        resting.push(async move {
                            tokio::time::sleep(wait).await;
                            job
                        });
                    }
                    Step::Renew => now.queue.put(job, (self.clock)()),
                },
                Some(renewed) = renewing.next(), if !renewing.is_empty() => {
                    for (job, outcome) in renewed {
                        self.renewed(job, outcome, &mut now).await?;
                    }
                },
                Some(job) = resting.next(), if !resting.is_empty() => {
                    now.queue.put(job, (self.clock)());
                },
            }
        }
    }

    /// Takes in hand what a page brought.
    fn accept(&self, tasks: Vec<MediaTask>, now: &mut Progress) {
        let at = (self.clock)();
        for task in tasks {
            if !now.queue.accept(Job::new(task, true, at), at) {
                self.pace.left(1);
                now.has_left_some = true;
            }
        }
    }

    /// Takes in hand what the store knows, as far as links can be renewed for it.
    async fn take_up(
        &self,
        left: &mut Left,
        most: usize,
        now: &mut Progress,
    ) -> Result<(), StoreFailed> {
        while now.queue.linkless() < most
            && let Some(task) = left.next(self).await?
        {
            let at = (self.clock)();
            // one that is refused came with a page meanwhile
            now.queue.accept(Job::new(task, false, at), at);
        }
        Ok(())
    }

    /// A link died before it was the file's turn.
    fn died(&self, job: Job, now: &mut Progress) {
        if job.is_fresh {
            // the store has it, and it comes back beside others of its page
            now.queue.release(&job.task);
            self.pace.left(1);
            now.has_left_some = true;
        } else {
            now.queue.put(job, (self.clock)());
        }
    }

    fn give_back(&self, jobs: Vec<Job>, queue: &mut Queue) {
        for job in jobs {
            queue.release(&job.task);
            if job.is_fresh {
                self.pace.left(1);
            }
        }
    }

    /// Tries to fetch a file that has a link.
    async fn attempt(&self, mut job: Job) -> (Job, Step) {
        let Some(link) = job.task.link.clone() else { return (job, Step::Renew) };
        let trouble = match self.download(&job.task, &link).await {
            Ok(saved) => return (job, Step::End(Ended::Saved(saved))),
            Err(trouble) => trouble,
        };
        job.tries += 1;
        job.refusals += u32::from(job.is_renewed);
        let step = match trouble {
            Trouble::Full => Step::End(Ended::Full),
            Trouble::Final(why) => failed(MediaState::Failed, &why),
            Trouble::Passing(why) => {
                job.refusals -= u32::from(job.is_renewed);
                if job.tries < MAX_TRIES {
                    Step::Wait(FIRST_WAIT * (1 << (job.tries - 1)))
                } else {
                    failed(MediaState::Pending, &format!("{why} ({MAX_TRIES} tries)"))
                }
            }
            Trouble::Dead if job.refusals >= MAX_REFUSALS => {
                failed(MediaState::Expired, "the link died, and so did renewed ones")
            }
            Trouble::Other(why) if job.refusals >= MAX_REFUSALS => failed(MediaState::Failed, &why),
            Trouble::Gone(why) if job.refusals > 0 => failed(MediaState::Failed, &why),
            Trouble::Dead | Trouble::Other(_) | Trouble::Gone(_) => {
                job.task.link = None;
                Step::Renew
            }
        };
        (job, step)
    }

    /// Takes the answer to the question for a fresh link.
    async fn renewed(
        &self,
        mut job: Job,
        outcome: Renewed,
        now: &mut Progress,
    ) -> Result<(), StoreFailed> {
        let at = (self.clock)();
        let step = match outcome {
            Renewed::Link(link) => {
                now.fetched.renewed += 1;
                self.pace.renewed(std::iter::once(&link), at);
                job.renew(link, at);
                now.queue.put(job, at);
                return Ok(());
            }
            Renewed::Gone(why) => failure(MediaState::Expired, why, true),
            Renewed::Unasked(why) => {
                now.no_links = true;
                failure(MediaState::Pending, why, false)
            }
            Renewed::Later(why) => failure(MediaState::Pending, why, true),
        };
        self.end(job, Ended::Failed(step), now).await
    }

    /// Notes what became of a file.
    async fn end(&self, job: Job, ended: Ended, now: &mut Progress) -> Result<(), StoreFailed> {
        let Job { task, is_fresh, tries, .. } = job;
        now.queue.release(&task);
        let saved = matches!(ended, Ended::Saved(_));
        match &ended {
            Ended::Saved(_) => {
                now.fetched.saved += 1;
                now.failed_in_row = 0;
                now.lanes.good(now.queue.linked());
            }
            Ended::Failed(_) if tries >= MAX_TRIES => {
                now.failed_in_row += 1;
                if now.is_down() {
                    let (source, text) = (
                        self.source.name(),
                        "too many files in a row could not \
                        be had, so the others are left to the next run",
                    );
                    self.observer.event(&Event::Notice { source, text });
                }
            }
            Ended::Failed(_) => {}
            Ended::Full => now.fetched.is_full = true,
        }
        let at = (self.clock)();
        self.writer
            .submit(move |store| match ended {
                Ended::Saved(saved) => store.media_saved(&task, &saved, at),
                Ended::Failed(failure) => store.media_failed(&task, &failure, at),
                Ended::Full => Ok(()),
            })
            .await?;
        self.pace.ended(is_fresh, saved);
        self.observer.event(&Event::MediaDone { source: self.source.name(), saved });
        Ok(())
    }
}

fn failed(state: MediaState, reason: &str) -> Step {
    Step::End(Ended::Failed(failure(state, reason, true)))
}

fn failure(state: MediaState, reason: &str, counts: bool) -> MediaFailure {
    MediaFailure { state, reason: reason.to_owned(), counts }
}
