//! The files in hand: the one whose link dies first comes first.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashSet, VecDeque};

use chat_archive::MediaTask;
use chat_core::{MediaLink, UnixMillis};

/// Files in hand; what is more is left to the store, which knows them too.
const MOST_IN_HAND: usize = 4_000;
/// A link with less life left is renewed before it is used: so much, or a fifth of its life.
const MARGIN_MS: i64 = 5_000;

/// A file, and how fetching it went so far.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) task: MediaTask,
    /// It was found by this run, and pages wait for it.
    pub(super) is_fresh: bool,
    pub(super) tries: u32,
    /// How many renewed links were of no use.
    pub(super) refusals: u32,
    /// The link is a renewed one.
    pub(super) is_renewed: bool,
    /// Until when the link is used. A link that is dead by our clock when it comes is used at once,
    /// and the host has the last word: it may be our clock that is wrong.
    usable_until: Option<UnixMillis>,
}

impl Job {
    pub(super) fn new(task: MediaTask, is_fresh: bool, now: UnixMillis) -> Self {
        let mut job =
            Self { task, is_fresh, tries: 0, refusals: 0, is_renewed: false, usable_until: None };
        job.judge(now);
        job
    }

    /// Takes a fresh link.
    pub(super) fn renew(&mut self, link: MediaLink, now: UnixMillis) {
        self.task.link = Some(link);
        self.is_renewed = true;
        self.judge(now);
    }

    fn judge(&mut self, now: UnixMillis) {
        let expires_at = self.task.link.as_ref().and_then(MediaLink::expires_at);
        self.usable_until = expires_at.filter(|end| *end > now).map(|end| {
            let life = end.get().saturating_sub(now.get());
            end.plus_ms(-MARGIN_MS.min(life / 5))
        });
    }

    fn has_link(&self, now: UnixMillis) -> bool {
        self.task.link.is_some() && self.usable_until.is_none_or(|until| now < until)
    }
}

/// Orders files by when their links die; those that do not say come last.
#[derive(Debug)]
struct Deadline(Job);

impl Deadline {
    fn key(&self) -> (i64, &str) {
        let dies = self.0.task.link.as_ref().and_then(MediaLink::expires_at);
        (dies.map_or(i64::MAX, UnixMillis::get), &self.0.task.item.record_id)
    }
}

impl PartialEq for Deadline {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Deadline {}

impl PartialOrd for Deadline {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Deadline {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// What is next.
pub(super) enum Next {
    /// To be fetched.
    Fetch(Job),
    /// Its link died while it waited.
    Died(Job),
}

/// The files in hand, with and without a link.
#[derive(Debug, Default)]
pub(super) struct Queue {
    linked: BinaryHeap<Reverse<Deadline>>,
    linkless: VecDeque<Job>,
    /// All that is in hand, being fetched included: a file may come from a page and from the store.
    keys: HashSet<(i64, usize, i64)>,
}

impl Queue {
    /// Takes a file in hand. `false`: it is there already, or there are too many.
    pub(super) fn accept(&mut self, job: Job, now: UnixMillis) -> bool {
        let is_new = self.keys.len() < MOST_IN_HAND && self.keys.insert(job.task.key());
        if is_new {
            self.put(job, now);
        }
        is_new
    }

    /// Puts a file back that is in hand.
    pub(super) fn put(&mut self, job: Job, now: UnixMillis) {
        if job.has_link(now) {
            self.linked.push(Reverse(Deadline(job)));
        } else {
            self.linkless.push_back(job);
        }
    }

    /// A file is no longer in hand.
    pub(super) fn release(&mut self, task: &MediaTask) {
        self.keys.remove(&task.key());
    }

    pub(super) fn next(&mut self, now: UnixMillis) -> Option<Next> {
        let Reverse(Deadline(job)) = self.linked.pop()?;
        Some(if job.has_link(now) { Next::Fetch(job) } else { Next::Died(job) })
    }

    /// How many have links.
    pub(super) fn linked(&self) -> usize {
        self.linked.len()
    }

    /// How many need one.
    pub(super) fn linkless(&self) -> usize {
        self.linkless.len()
    }

    /// Up to `most` files of one part of the account that need links.
    pub(super) fn take_linkless(&mut self, most: usize) -> Vec<Job> {
        let mut batch: Vec<Job> = self.linkless.pop_front().into_iter().collect();
        while batch.len() < most
            && let Some(next) = self.linkless.front()
            && batch.first().is_some_and(|job| job.task.item.partition == next.task.item.partition)
        {
            batch.extend(self.linkless.pop_front());
        }
        batch
    }

    /// Gives everything back that waits.
    pub(super) fn drain(&mut self) -> Vec<Job> {
        let linked = std::mem::take(&mut self.linked).into_iter().map(|Reverse(Deadline(job))| job);
        linked.chain(std::mem::take(&mut self.linkless)).collect()
    }

    /// Gives everything back that waits for a link.
    pub(super) fn drain_linkless(&mut self) -> Vec<Job> {
        std::mem::take(&mut self.linkless).into()
    }
}
