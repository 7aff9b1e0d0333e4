//! Reading a window again, and comparing it page by page with what is stored.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chat_archive::{Compared, MessageRow, PageToStore, Verdict};
use chat_core::{Message, PageRequest, SourceError, SourcePage, Window, Windowing};

use super::draw::Cell;
use super::{AuditStore, Auditor};
use crate::engine::page::{Records, facts};
use crate::engine::window::{SHORT_WINDOW_MS, is_down};
use crate::plan::holds;
use crate::walk::{Step, Walk, WalkLimits};
use crate::writer::StoreFailed;

/// What a window looks like now.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) records: u64,
    /// Rows of the archive that came again, changed or not.
    pub(super) met: HashSet<MessageRow>,
    /// Those among them that came in another form.
    pub(super) stale: HashSet<MessageRow>,
    /// Ids of records that are not stored.
    pub(super) missing: HashSet<String>,
    /// Records without ids that are not stored.
    pub(super) missing_without_id: u64,
    pub(super) newer: u64,
    pub(super) unreadable: u64,
    /// When the missing and stale ones outside the window were sent.
    pub(super) others_ms: Vec<i64>,
    /// Why it cannot be told that this is all of the window.
    pub(super) problem: Option<String>,
}

/// How reading a window ended.
pub(super) enum Read {
    Done(Reading),
    Stopped,
    /// The source cannot go on.
    Fatal(SourceError),
}

impl<S: AuditStore> Auditor<S> {
    /// Reads a window as a run would, and stores nothing.
    pub(super) async fn read(
        &self,
        cell: &Cell,
        bad_calls: &AtomicU32,
    ) -> Result<Read, StoreFailed> {
        let mut all = Reading::default();
        let mut queue = vec![Walk::new(cell.window, i64::MIN, self.limits())];
        while let Some(mut walk) = queue.pop() {
            let asked = (!cell.is_whole).then(|| walk.window());
            let mut reading = Reading::default();
            loop {
                let request =
                    PageRequest::first(cell.partition.clone(), asked).at(walk.cursor().cloned());
                let fetched = tokio::select! {
                    biased;
                    () = self.options.stop.requested() => return Ok(Read::Stopped),
                    fetched = self.source.fetch(&request) => fetched,
                };
                let step = match fetched {
                    Ok(page) => {
                        bad_calls.store(0, Ordering::Relaxed);
                        let step = {
                            let records = Records::of(&page);
                            walk.page(&facts(&page, &records, walk.window()))
                        };
                        if !matches!(step, Step::Split(_)) {
                            self.compare(cell, page, &mut reading).await?;
                        }
                        step
                    }
                    Err(error)
                        if error.asks_smaller_window
                            && asked.is_some_and(|window| window.len_ms() > SHORT_WINDOW_MS) =>
                    {
                        Step::Split(2)
                    }
                    Err(error) => {
                        if is_down(&*self.source, &error, bad_calls).await {
                            return Ok(Read::Fatal(error));
                        }
                        let after = self.source.cursor_after(walk.cursor());
                        walk.failed(&error.to_string(), after)
                    }
                };
                match step {
                    Step::Next => {}
                    Step::Again => reading = Reading::default(),
                    Step::Split(parts) => {
                        queue.extend(self.parts(&walk, parts));
                        break;
                    }
                    Step::Done(closed) => {
                        if closed.verdict == Verdict::Broken {
                            reading.problem = closed.reason;
                        }
                        all.add(reading);
                        break;
                    }
                }
            }
        }
        Ok(Read::Done(all))
    }

    /// Windows are small already, so one is only split where a vendor cuts its answers.
    fn limits(&self) -> WalkLimits {
        let capabilities = self.source.capabilities();
        WalkLimits::endless(capabilities.has_total, capabilities.finite_cursors)
    }

    fn parts(&self, walk: &Walk, parts: u64) -> Vec<Walk> {
        let grain_ms = match self.source.capabilities().windowing {
            Windowing::Closed { grain_ms, .. } => grain_ms,
            _ => walk.window().len_ms(),
        };
        walk.split(parts, grain_ms)
    }

    async fn compare(
        &self,
        cell: &Cell,
        page: SourcePage,
        reading: &mut Reading,
    ) -> Result<(), StoreFailed> {
        let (source, key, id, window) =
            (Arc::clone(&self.source), cell.partition.clone(), cell.id, cell.window);
        let (source_id, now, started) = (self.id, (self.options.clock)(), self.started);
        let reach_ms = match self.source.capabilities().windowing {
            Windowing::Whole { reach_ms } => reach_ms,
            _ => None,
        };
        let (page, compared) = self
            .writer
            .run(move |store| {
                let to_compare = PageToStore {
                    source: source_id,
                    partition: id,
                    partition_key: &key,
                    window,
                    state: "",
                    fetched_at: now,
                    run_started: started,
                    reach_ms,
                    digest: None,
                    page: &page,
                };
                let compared = store.compare_page(&to_compare, &*source)?;
                Ok((page, compared))
            })
            .await?;
        reading.take(cell, &page, &compared);
        Ok(())
    }
}

impl Reading {
    fn take(&mut self, cell: &Cell, page: &SourcePage, compared: &[Compared]) {
        self.records += (page.records.len() + page.skipped.len()) as u64;
        self.unreadable += page.skipped.len() as u64;
        let known = KnownPlaces::of(page, compared);
        for (at, (record, compared)) in page.records.iter().zip(compared).enumerate() {
            let message = &record.message;
            match *compared {
                Compared::Same(row) => {
                    self.met.insert(row);
                    continue;
                }
                Compared::Changed(row) => {
                    self.met.insert(row);
                    self.stale.insert(row);
                }
                Compared::Unknown => match claim(cell, message, known.surround(message, at)) {
                    Claim::Held if message.is_without_id() => self.missing_without_id += 1,
                    Claim::Held => drop(self.missing.insert(message.id.as_str().to_owned())),
                    Claim::MayBeNew => {
                        self.newer += 1;
                        continue;
                    }
                    Claim::NotHeld => continue,
                },
            }
            let sent_ms = message.sent_at.map(|sent| sent.instant.get());
            self.others_ms.extend(sent_ms.filter(|_| !cell.is_whole));
        }
    }

    fn add(&mut self, other: Self) {
        self.records += other.records;
        self.met.extend(other.met);
        self.stale.extend(other.stale);
        self.missing.extend(other.missing);
        self.missing_without_id += other.missing_without_id;
        self.newer += other.newer;
        self.unreadable += other.unreadable;
        self.others_ms.extend(other.others_ms);
        self.problem = self.problem.take().or(other.problem);
    }

    /// How many different records are not stored.
    pub(super) fn missing(&self) -> u64 {
        self.missing.len() as u64 + self.missing_without_id
    }

    /// The window with all that was found at its ends.
    pub(super) fn hull(&self, window: Window) -> Window {
        let from_ms = self.others_ms.iter().copied().min().unwrap_or(window.from_ms);
        let to_ms = self.others_ms.iter().copied().max().unwrap_or(window.from_ms);
        Window::new(window.from_ms.min(from_ms), window.to_ms.max(to_ms.saturating_add(1)))
    }
}

/// Whether the archive claims to hold a record that it does not know.
enum Claim {
    Held,
    NotHeld,
    /// Without a time, it cannot be told from one that came since the last run.
    MayBeNew,
}

fn claim(cell: &Cell, message: &Message, is_surrounded: bool) -> Claim {
    match message.sent_at.map(|sent| sent.instant.get()) {
        Some(sent_ms) => {
            if cell.claimed.iter().any(|window| holds(window, sent_ms)) {
                Claim::Held
            } else {
                Claim::NotHeld
            }
        }
        None if !cell.is_whole || is_surrounded => Claim::Held,
        None => Claim::MayBeNew,
    }
}

/// Where the first and the last known record of each conversation stand on a page. New records come
/// at an end of it, whichever that is.
struct KnownPlaces<'p>(HashMap<&'p str, (usize, usize)>);

impl<'p> KnownPlaces<'p> {
    fn of(page: &'p SourcePage, compared: &[Compared]) -> Self {
        let mut places = HashMap::new();
        for (at, (record, compared)) in page.records.iter().zip(compared).enumerate() {
            if *compared != Compared::Unknown {
                places.entry(conversation(&record.message)).or_insert((at, at)).1 = at;
            }
        }
        Self(places)
    }

    fn surround(&self, message: &Message, at: usize) -> bool {
        let place = self.0.get(conversation(message));
        place.is_some_and(|(first, last)| *first < at && at < *last)
    }
}

fn conversation(message: &Message) -> &str {
    message.conversation_id.as_ref().map_or("", |id| id.as_str())
}
