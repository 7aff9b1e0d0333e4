//! Reading all of a source, as a careful engine would.

use std::collections::BTreeMap;

use chat_core::{
    Cursor, Message, PageRequest, PageState, Partition, Source, SourcePage, Window, Windowing,
};

use super::World;

/// No listing of a test is longer.
const MAX_PAGES: usize = 600;

/// A record as a source gave it.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) partition: String,
    pub(super) message: Message,
    pub(super) raw: Vec<u8>,
}

/// Everything that a source gave.
#[derive(Default)]
pub(super) struct Walked {
    pub(super) records: Vec<Seen>,
    pub(super) skipped: usize,
    pub(super) pages: usize,
}

impl Walked {
    /// The records that have ids, each once.
    pub(super) fn by_id(&self) -> BTreeMap<(&str, &str), &Seen> {
        let with_id = self.records.iter().filter(|seen| !seen.message.is_without_id());
        with_id.map(|seen| ((seen.partition.as_str(), seen.message.id.as_str()), seen)).collect()
    }

    pub(super) fn without_id(&self) -> Vec<&Seen> {
        self.records.iter().filter(|seen| seen.message.is_without_id()).collect()
    }
}

/// The spans of time that cover all records; `None` for a vendor that cannot be asked for one.
pub(super) fn windows(world: &World) -> Result<Vec<Option<Window>>, String> {
    let (grain_ms, max_ms) = match world.source.capabilities().windowing {
        Windowing::Closed { grain_ms, max_ms, .. } => (grain_ms.max(1), max_ms),
        _ => return Ok(vec![None]),
    };
    let sent: Vec<i64> =
        world.vendor()?.records().iter().filter_map(|record| record.sent_at_ms).collect();
    let first = sent.iter().min().copied().ok_or("no record of the vendor has a time")?;
    let last = sent.iter().max().copied().unwrap_or(first);
    let mut from_ms = first - first.rem_euclid(grain_ms) - grain_ms;
    let end = last - last.rem_euclid(grain_ms) + 2 * grain_ms;
    let step = max_ms.map_or(end - from_ms, |max_ms| max_ms - max_ms % grain_ms).max(grain_ms);
    let mut windows = Vec::new();
    while from_ms < end {
        let to_ms = end.min(from_ms + step);
        windows.push(Some(Window::new(from_ms, to_ms)));
        from_ms = to_ms;
    }
    Ok(windows)
}

/// Reads everything; the first error ends it.
pub(super) async fn everything(world: &World) -> Result<Walked, String> {
    let mut walked = Walked::default();
    let partitions = world.source.partitions().await.map_err(|error| error.to_string())?;
    for partition in partitions {
        for window in windows(world)? {
            listing(&*world.source, &partition, window, &mut walked).await?;
        }
    }
    Ok(walked)
}

/// Reads one window, in halves where a page may be cut.
pub(super) async fn listing(
    source: &dyn Source,
    partition: &Partition,
    window: Option<Window>,
    walked: &mut Walked,
) -> Result<(), String> {
    let mut left = vec![window];
    while let Some(window) = left.pop() {
        let request = PageRequest::first(partition.clone(), window);
        let page = source.fetch(&request).await.map_err(|error| error.to_string())?;
        if let Some((first, second)) = window.filter(|_| page.may_be_cut).and_then(halves) {
            left.extend([Some(second), Some(first)]);
            continue;
        }
        rest(source, request, page, walked).await?;
    }
    Ok(())
}

/// Takes a page and all that follow it.
pub(super) async fn rest(
    source: &dyn Source,
    request: PageRequest,
    first: SourcePage,
    walked: &mut Walked,
) -> Result<(), String> {
    let mut pages = match &request.cursor {
        Some(cursor) => PageState::resume(cursor.clone()),
        None => PageState::start(),
    };
    let mut page = first;
    loop {
        take(&request.partition, &page, walked)?;
        if walked.pages > MAX_PAGES {
            return Err("the listing does not end".to_owned());
        }
        pages.advance(page.next).map_err(|error| error.to_string())?;
        let Some(cursor) = pages.cursor().filter(|_| !pages.is_done()) else { return Ok(()) };
        page = at(source, &request, cursor).await?;
    }
}

pub(super) async fn at(
    source: &dyn Source,
    request: &PageRequest,
    cursor: &Cursor,
) -> Result<SourcePage, String> {
    let request = request.clone().at(Some(cursor.clone()));
    source.fetch(&request).await.map_err(|error| error.to_string())
}

fn take(partition: &Partition, page: &SourcePage, walked: &mut Walked) -> Result<(), String> {
    walked.pages += 1;
    walked.skipped += page.skipped.len();
    for record in &page.records {
        let raw = page.raw.record(&record.span);
        if serde_json::from_slice::<serde_json::Value>(raw).is_err() {
            return Err("the span of a record does not hold its JSON".to_owned());
        }
        walked.records.push(Seen {
            partition: partition.key.clone(),
            message: record.message.clone(),
            raw: raw.to_vec(),
        });
    }
    Ok(())
}

fn halves(window: Window) -> Option<(Window, Window)> {
    // whole seconds, as no vendor of this kind is finer
    let half = window.len_ms() / 2000 * 1000;
    let middle = window.from_ms + half;
    (half > 0).then(|| (Window::new(window.from_ms, middle), Window::new(middle, window.to_ms)))
}
