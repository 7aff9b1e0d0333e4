//! Fresh links: records are read again page by page, so that one call serves the files of a page.

use std::collections::HashMap;

use chat_core::{
    ErrorKind, MediaLink, PageRequest, Partition, SourceError, UnixMillis, Window, Windowing,
};

use super::Fetcher;
use super::queue::Job;
use crate::store::Store;

/// A vendor's times may be rounded to this.
const GRAIN_MS: i64 = 1_000;

/// What asking for a fresh link came to.
pub(super) enum Renewed {
    Link(MediaLink),
    /// There is no link any more.
    Gone(&'static str),
    /// There may be one with other credentials.
    Refused(&'static str),
    /// There may be one later.
    Later(&'static str),
}

/// The links of records, by record.
type Links = HashMap<String, Vec<Option<MediaLink>>>;

impl<S: Store> Fetcher<S> {
    /// Asks for fresh links to files of one part of the account.
    pub(super) async fn renew(&self, mut jobs: Vec<Job>) -> Vec<(Job, Renewed)> {
        let mut renewed = Vec::with_capacity(jobs.len());
        jobs.sort_by_key(|job| job.task.item.sent_at);
        // a record whose page gave a link that was of no use is asked for by itself
        let (mut alone, together): (Vec<_>, Vec<_>) =
            jobs.into_iter().partition(|job| job.refusals > 0);
        let mut groups = vec![together];
        while let Some(mut group) = groups.pop() {
            if group.len() < 2 {
                alone.append(&mut group);
                continue;
            }
            let links = match self.read_again(&group).await {
                Some(Ok(links)) => links,
                Some(Err(error)) if !error.asks_smaller_window => {
                    let outcome = || refused(&error);
                    renewed.extend(group.into_iter().map(|job| (job, outcome())));
                    continue;
                }
                Some(Err(_)) => Links::new(),
                None => {
                    alone.append(&mut group);
                    continue;
                }
            };
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
            if rest.len() == before {
                // nothing was found: in a shorter span there is less beside it
                groups.push(rest.split_off(before / 2));
            }
            groups.push(rest);
        }
        for job in alone {
            let outcome = match self.source.renew_media(&job.task.item).await {
                Ok(Some(links)) => link_of(&job, &links),
                Ok(None) => Renewed::Gone("the vendor no longer lists the record"),
                Err(error) => refused(&error),
            };
            renewed.push((job, outcome));
        }
        renewed
    }

    /// Reads the span of time that records are from, as long as every page has some of them.
    /// `None`: they cannot be found that way.
    async fn read_again(&self, group: &[Job]) -> Option<Result<Links, SourceError>> {
        let first = group.first()?;
        let window = match self.source.capabilities().windowing {
            Windowing::Closed { max_ms, .. } => {
                let window = span(first.task.item.sent_at?, group.last()?.task.item.sent_at?);
                if max_ms.is_some_and(|most| window.len_ms() > most) {
                    return Some(Ok(Links::new()));
                }
                Some(window)
            }
            _ => None,
        };
        Some(self.pages(&first.task.item.partition, window, group).await)
    }

    async fn pages(
        &self,
        partition: &Partition,
        window: Option<Window>,
        group: &[Job],
    ) -> Result<Links, SourceError> {
        let mut links: HashMap<&str, Option<Vec<Option<MediaLink>>>> =
            group.iter().map(|job| (job.task.item.record_id.as_str(), None)).collect();
        let mut request = PageRequest::first(partition.clone(), window);
        loop {
            let page = self.source.fetch(&request).await?;
            let mut found = false;
            for record in page.records {
                if let Some(links) = links.get_mut(record.message.id.as_str()) {
                    let attachments = record.message.attachments.into_iter();
                    *links = Some(attachments.map(|attachment| attachment.link).collect());
                    found = true;
                }
            }
            match page.next {
                Some(next) if found && links.values().any(Option::is_none) => {
                    request = request.at(Some(next));
                }
                _ => break,
            }
        }
        let found = links.into_iter().filter_map(|(id, links)| Some((id.to_owned(), links?)));
        Ok(found.collect())
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

fn refused(error: &SourceError) -> Renewed {
    match error.kind {
        ErrorKind::Auth => {
            Renewed::Refused("the vendor refused the credentials when asked for a fresh link")
        }
        ErrorKind::Transport => {
            Renewed::Later("the vendor could not be reached when asked for a fresh link")
        }
        _ => Renewed::Later("the vendor failed when asked for a fresh link"),
    }
}
