//! Fetching files beside the paging, the one that dies first before the others.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chat_archive::{
    MediaBookmark, MediaFailure, MediaState, MediaTask, MediaWriter, SavedMedia, SourceId,
};
use chat_core::{Clock, MediaErrorKind, MediaLink, Source};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Notify, mpsc};

use crate::observer::{Event, Observer};
use crate::stop::Stop;
use crate::store::Store;
use crate::writer::{StoreFailed, Writer};

/// Downloads at a time, per source.
const PARALLEL: usize = 4;
/// Tries of a file in one run.
const MAX_TRIES: u32 = 5;
/// A file that is not here after so long is taken for one that will never be.
const MAX_DOWNLOAD: Duration = Duration::from_secs(15 * 60);
/// Files of earlier runs that are taken up at a time.
const BATCH: usize = 100;
/// Fresh links asked for one file in one run.
const MAX_RENEWALS: u32 = 2;
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// A link with less life left is renewed before it is used.
const LINK_MARGIN_MS: i64 = 5_000;
/// Files waiting; more hold the paging back, so that links do not die in the queue and memory
/// stays flat.
const MAX_WAITING: u64 = 2_000;

/// Counts what waits, and tells the paging when there is room again.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    waiting: AtomicU64,
    room: Notify,
}

impl Backlog {
    /// Waits while too many files wait.
    pub(crate) async fn room(&self) {
        loop {
            let notified = self.room.notified();
            if self.waiting.load(Ordering::Acquire) < MAX_WAITING {
                return;
            }
            notified.await;
        }
    }

    pub(crate) fn add(&self, files: u64) {
        self.waiting.fetch_add(files, Ordering::AcqRel);
    }

    fn done(&self) {
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        self.room.notify_waiters();
    }
}

/// Orders tasks by when their links die; those that do not say come last.
struct Deadline(MediaTask);

impl Deadline {
    fn key(&self) -> (i64, &str) {
        let dies = self.0.link.as_ref().and_then(MediaLink::expires_at);
        (dies.map_or(i64::MAX, chat_core::UnixMillis::get), &self.0.item.record_id)
    }
}

impl PartialEq for Deadline {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Deadline {}

impl PartialOrd for Deadline {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Deadline {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

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
    pub(crate) backlog: Arc<Backlog>,
}

/// The files that earlier runs left to be fetched, a few at a time.
struct Left {
    batch: VecDeque<MediaTask>,
    bookmark: Option<MediaBookmark>,
}

impl Left {
    async fn new<S: Store>(fetcher: &Fetcher<S>) -> Result<Self, StoreFailed> {
        let id = fetcher.id;
        let bookmark = fetcher.writer.run(move |store| store.lacking_media_start(id)).await?;
        Ok(Self { batch: VecDeque::new(), bookmark: Some(bookmark) })
    }

    async fn next<S: Store>(
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
                let source = fetcher.source.name();
                fetcher.observer.event(&Event::MediaFound { source, files });
                self.bookmark = Some(next);
            }
            self.batch = batch.into();
        }
        Ok(self.batch.pop_front())
    }
}

/// What came of fetching.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fetched {
    /// Files that are in the archive now.
    pub(crate) saved: u64,
    /// There is no space for more.
    pub(crate) is_full: bool,
}

/// What fetching one file came to.
enum Outcome {
    Saved(SavedMedia),
    Failed(MediaFailure),
    /// Nothing is noted: there may be no space even for that.
    Full,
}

/// The same, once it is noted.
enum Ended {
    Saved,
    Lacking,
    Full,
}

impl<S: Store> Fetcher<S> {
    /// Fetches what comes, until no more can come or the disk is full.
    pub(crate) async fn run(
        self,
        mut incoming: mpsc::UnboundedReceiver<Vec<MediaTask>>,
    ) -> Result<Fetched, StoreFailed> {
        let mut fresh = BinaryHeap::new();
        let mut left = Left::new(&self).await?;
        let mut running = FuturesUnordered::new();
        let mut open = true;
        let mut fetched = Fetched::default();
        loop {
            // what does not fit stays to be fetched, and keeps no page waiting
            if fetched.is_full {
                while fresh.pop().is_some() {
                    self.backlog.done();
                }
            }
            // fresh links die, those of earlier runs are dead already
            while running.len() < PARALLEL && !fetched.is_full {
                if let Some(Reverse(Deadline(task))) = fresh.pop() {
                    running.push(self.one(task, true));
                } else if let Some(task) = left.next(&self).await? {
                    running.push(self.one(task, false));
                } else {
                    break;
                }
            }
            if !open && running.is_empty() {
                return Ok(fetched);
            }
            tokio::select! {
                biased;
                () = self.stop.requested() => return Ok(fetched),
                tasks = incoming.recv(), if open => match tasks {
                    Some(tasks) => {
                        fresh.extend(tasks.into_iter().map(|task| Reverse(Deadline(task))));
                    }
                    None => open = false,
                },
                Some(done) = running.next(), if !running.is_empty() => match done? {
                    Ended::Saved => fetched.saved += 1,
                    Ended::Lacking => {}
                    Ended::Full => fetched.is_full = true,
                },
            }
        }
    }

    /// Fetches one file and notes how it ended. Only fresh files hold the paging back.
    async fn one(&self, task: MediaTask, fresh: bool) -> Result<Ended, StoreFailed> {
        let outcome = self.fetch(&task).await;
        let ended = match &outcome {
            Outcome::Saved(_) => Ended::Saved,
            Outcome::Failed(_) => Ended::Lacking,
            Outcome::Full => Ended::Full,
        };
        let saved = matches!(ended, Ended::Saved);
        let now = (self.clock)();
        self.writer
            .submit(move |store| match outcome {
                Outcome::Saved(saved) => store.media_saved(&task, &saved, now),
                Outcome::Failed(failure) => store.media_failed(&task, &failure),
                Outcome::Full => Ok(()),
            })
            .await?;
        if fresh {
            self.backlog.done();
        }
        self.observer.event(&Event::MediaDone { source: self.source.name(), saved });
        Ok(ended)
    }

    async fn fetch(&self, task: &MediaTask) -> Outcome {
        let mut link = task.link.clone();
        let mut renewals = 0;
        let mut wait = FIRST_WAIT;
        let mut reason = String::new();
        let mut lost = false;
        for tries in 0..MAX_TRIES {
            if tries > 0 {
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
            let soon = (self.clock)().plus_ms(LINK_MARGIN_MS);
            let usable = link.take().filter(|link| link.expires_at().is_none_or(|end| end > soon));
            let current = match usable {
                Some(link) => link,
                None if renewals == MAX_RENEWALS => {
                    return failed(MediaState::Expired, "the link died, and so did renewed ones");
                }
                None => match self.renew(task).await {
                    Ok(fresh) => {
                        renewals += 1;
                        fresh
                    }
                    Err(Renewal::Gone(why)) => return failed(MediaState::Expired, why),
                    Err(Renewal::Refused(why)) => return failed(MediaState::Pending, why),
                    Err(Renewal::Later(why)) => {
                        reason = why;
                        continue;
                    }
                },
            };
            match self.download(task, &current).await {
                Ok(saved) => return Outcome::Saved(saved),
                Err(Trouble::Full) => return Outcome::Full,
                Err(Trouble::Final(why)) => return failed(MediaState::Failed, &why),
                Err(Trouble::Link(why)) => reason = why,
                Err(Trouble::Gone(why)) => {
                    reason = why;
                    lost = true;
                }
                Err(Trouble::Passing(why)) => {
                    reason = why;
                    link = Some(current);
                }
            }
            if lost && renewals > 0 {
                return failed(MediaState::Failed, &reason);
            }
        }
        failed(MediaState::Pending, &format!("{reason} ({MAX_TRIES} tries)"))
    }

    async fn renew(&self, task: &MediaTask) -> Result<MediaLink, Renewal> {
        match self.source.renew_media(&task.item).await {
            Ok(Some(links)) => links
                .into_iter()
                .nth(task.ordinal())
                .flatten()
                .ok_or(Renewal::Gone("the vendor no longer gives a link to the file")),
            Ok(None) => Err(Renewal::Gone("the vendor no longer lists the record")),
            Err(error) => {
                let what = match error.kind {
                    chat_core::ErrorKind::Auth => {
                        let why = "the vendor refused the credentials when asked for a fresh link";
                        return Err(Renewal::Refused(why));
                    }
                    chat_core::ErrorKind::Transport => "the vendor could not be reached",
                    _ => "the vendor failed",
                };
                Err(Renewal::Later(format!("{what} when asked for a fresh link")))
            }
        }
    }

    async fn download(&self, task: &MediaTask, link: &MediaLink) -> Result<SavedMedia, Trouble> {
        let local = |error: std::io::Error| match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Trouble::Full,
            kind => Trouble::Passing(format!("the file could not be written: {kind}")),
        };
        let mut file = MediaWriter::create(&self.dir).map_err(local)?;
        let fetched = self.source.fetch_media(link, &mut file, self.limit_bytes);
        let fetched = tokio::time::timeout(MAX_DOWNLOAD, fetched).await;
        let fetched =
            fetched.map_err(|_| Trouble::Passing("the download took too long".to_owned()))?;
        let info = fetched.map_err(|error| match error.kind() {
            MediaErrorKind::NotFound => Trouble::Gone(error.to_string()),
            MediaErrorKind::Expired => Trouble::Link(error.to_string()),
            MediaErrorKind::Local => match error.into_io() {
                Some(error) => local(error),
                None => Trouble::Passing("the file could not be written".to_owned()),
            },
            kind if kind.is_retryable() => Trouble::Passing(error.to_string()),
            _ => Trouble::Final(error.to_string()),
        })?;
        let declared = task.mime_type.as_deref();
        if let Some(found) =
            page_instead_of(declared, file.detected_type(), info.mime_type.as_deref())
        {
            let declared = declared.unwrap_or_default();
            return Err(Trouble::Link(format!(
                "the media host sent {found} instead of {declared}"
            )));
        }
        file.finish().map_err(local)
    }
}

/// A page that says "no" with status 200 is not the file. Other differences between what was
/// declared and what came are the vendor's looseness: the file is kept, and both types are noted.
fn page_instead_of<'a>(
    declared: Option<&str>,
    detected: Option<&'a str>,
    stated: Option<&'a str>,
) -> Option<&'a str> {
    let is_page = |kind: &str| {
        ["text/html", "text/xml", "application/xml", "application/json"]
            .iter()
            .any(|page| kind.starts_with(page))
    };
    let declared = declared.filter(|declared| !is_page(declared))?;
    let media = ["image/", "video/", "audio/"].iter().any(|kind| declared.starts_with(kind));
    // a host that states a page but sends bytes of a known media type has only the header wrong
    detected.or(stated).filter(|found| media && is_page(found))
}

fn failed(state: MediaState, reason: &str) -> Outcome {
    Outcome::Failed(MediaFailure { state, reason: reason.to_owned() })
}

enum Renewal {
    /// There is no link any more.
    Gone(&'static str),
    /// There may be one with other credentials.
    Refused(&'static str),
    /// There may be one later.
    Later(String),
}

enum Trouble {
    /// The disk is full.
    Full,
    /// Trying again cannot help.
    Final(String),
    /// Another link may help.
    Link(String),
    /// The host does not have it; one other link is worth asking for.
    Gone(String),
    /// The same link may work later.
    Passing(String),
}

#[cfg(test)]
mod tests {
    use super::page_instead_of;

    #[test]
    fn an_error_page_is_not_the_file() {
        let html = Some("text/html");
        assert_eq!(page_instead_of(Some("image/jpeg"), html, None), html);
        assert_eq!(page_instead_of(Some("image/jpeg"), None, html), html);
        assert_eq!(page_instead_of(Some("image/jpeg"), Some("image/png"), html), None);
        assert_eq!(page_instead_of(Some("text/html"), html, html), None);
        assert_eq!(page_instead_of(None, html, html), None);
    }
}
