//! Fresh links: records are read again page by page, so that one call serves the files of a page.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};

use chat_core::{
    ErrorKind, MediaLink, PageRequest, SourceError, SourceRecord, UnixMillis, Window, Windowing,
};

use super::Fetcher;
use super::queue::Job;
use crate::engine::is_down;
use crate::store::Store;

/// A vendor's times may be rounded to this.
const GRAIN_MS: i64 = 1_000;

/// What asking for a fresh link came to.
pub(super) enum Renewed {
    Link(MediaLink),
    /// There is no link any more.
    Gone(&'static str),
    /// Nothing can be asked of the vendor now, whatever the file.
    Unasked(&'static str),
    /// There may be one later.
    Later(&'static str),
}

/// The links of records, by record.
type Links = HashMap<String, Vec<Option<MediaLink>>>;

impl<S: Store> Fetcher<S> {
    /// Asks for fresh links to files of one part of the account. `bad_calls` have failed in a row.
    ///
    /// Only a file that was asked for by itself is to blame for an answer that did not come: among
    /// others, it may be one of them that the vendor fails at.
    pub(super) async fn renew(
        &self,
        mut jobs: Vec<Job>,
        bad_calls: &AtomicU32,
    ) -> Vec<(Job, Renewed)> {
        let mut renewed = Vec::with_capacity(jobs.len());
        jobs.sort_by_key(|job| job.task.item.sent_at);
        // a record whose page gave a link that was of no use is asked for by itself
        let (mut alone, together): (Vec<_>, Vec<_>) =
            jobs.into_iter().partition(|job| job.refusals > 0);
        let has_windows = matches!(self.source.capabilities().windowing, Windowing::Closed { .. });
        let mut groups = vec![together];
        let mut unasked = None;
        while let Some(mut group) = groups.pop() {
            if group.len() < 2 || unasked.is_some() {
                alone.append(&mut group);
                continue;
            }
            let Some((links, error)) = self.read_again(&group, bad_calls).await else {
                alone.append(&mut group);
                continue;
            };
            if let Some(error) = error.filter(|error| !error.asks_smaller_window) {
                unasked = self.unasked(&error, bad_calls).await;
            }
            let before = group.len();
            let mut rest = Vec::new();
            for job in group {
                match links.get(&job.task.item.record_id) {
                    Some(links) => {
                        let outcome = link_of(&job, links);
                        renewed.push((job, outcome));
                    }
                    None => rest.push(job),
                }
            }
            if !has_windows {
                // the same pages would come again
                alone.append(&mut rest);
            } else if rest.len() == before {
                // nothing was found: in a shorter span there is less beside it
                groups.push(rest.split_off(before / 2));
            }
            groups.push(rest);
        }
        for job in alone {
            let outcome = match unasked {
                Some(why) => Renewed::Unasked(why),
                None => self.renew_alone(&job, bad_calls).await,
            };
            if let Renewed::Unasked(why) = outcome {
                unasked = Some(why);
            }
            renewed.push((job, outcome));
        }
        renewed
    }

    async fn renew_alone(&self, job: &Job, bad_calls: &AtomicU32) -> Renewed {
        match self.source.renew_media(&job.task.item).await {
            Ok(links) => {
                bad_calls.store(0, Ordering::Relaxed);
                match links {
                    Some(links) => link_of(job, &links),
                    None => Renewed::Gone("the vendor no longer lists the record"),
                }
            }
            Err(error) => match self.unasked(&error, bad_calls).await {
                Some(why) => Renewed::Unasked(why),
                None => Renewed::Later(why(&error)),
            },
        }
    }

    /// Why nothing more is asked for, if the vendor is down or refuses the credentials.
    async fn unasked(&self, error: &SourceError, bad_calls: &AtomicU32) -> Option<&'static str> {
        // what was never sent says nothing of the vendor
        let is_sent = error.attempts > 0;
        (is_sent && is_down(&*self.source, error, bad_calls).await).then(|| why(error))
    }

    /// Reads the span of time that records are from, as long as every page has some of them that
    /// were not found yet: what is found, and what ended it early. `None`: they cannot be found
    /// that way.
    async fn read_again(
        &self,
        group: &[Job],
        bad_calls: &AtomicU32,
    ) -> Option<(Links, Option<SourceError>)> {
        let first = group.first()?;
        let window = match self.source.capabilities().windowing {
            Windowing::Closed { max_ms, .. } => {
                let window = span(first.task.item.sent_at?, group.last()?.task.item.sent_at?);
                if max_ms.is_some_and(|most| window.len_ms() > most) {
                    return Some((Links::new(), None));
                }
                Some(window)
            }
            _ => None,
        };
        let wanted: HashSet<&str> =
            group.iter().map(|job| job.task.item.record_id.as_str()).collect();
        let mut links = Links::new();
        let mut request = PageRequest::first(first.task.item.partition.clone(), window);
        loop {
            let page = match self.source.fetch(&request).await {
                Ok(page) => page,
                Err(error) => return Some((links, Some(error))),
            };
            bad_calls.store(0, Ordering::Relaxed);
            let found_before = links.len();
            for SourceRecord { message, .. } in page.records {
                if wanted.contains(message.id.as_str()) {
                    let fresh = message.attachments.into_iter().map(|file| file.link);
                    links.insert(message.id.as_str().to_owned(), fresh.collect());
                }
            }
            // each page must bring one nearer to the end, or a list that repeats has none
            let is_nearer = links.len() > found_before;
            match page.next {
                Some(next) if is_nearer && links.len() < wanted.len() => {
                    request = request.at(Some(next));
                }
                _ => return Some((links, None)),
            }
        }
    }
}

fn span(first: UnixMillis, last: UnixMillis) -> Window {
    Window::new(first.plus_ms(-GRAIN_MS).get(), last.plus_ms(GRAIN_MS + 1).get())
}

fn link_of(job: &Job, links: &[Option<MediaLink>]) -> Renewed {
    match links.get(job.task.ordinal()).cloned().flatten() {
        Some(link) => Renewed::Link(link),
        None => Renewed::Gone("the vendor no longer gives a link to the file"),
    }
}

const fn why(error: &SourceError) -> &'static str {
    match error.kind {
        ErrorKind::Auth => "the vendor refused the credentials when asked for a fresh link",
        ErrorKind::Transport => "the vendor could not be reached when asked for a fresh link",
        _ => "the vendor failed when asked for a fresh link",
    }
}
