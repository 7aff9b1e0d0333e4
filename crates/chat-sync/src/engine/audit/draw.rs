//! Which records are drawn, and the small windows around them.

use std::collections::BTreeSet;

use chat_archive::{Among, CoveredWindow, MessageRow, PartitionId, Verdict};
use chat_core::{Capabilities, Partition, UnixMillis, Window, Windowing};

use super::AuditStore;

/// A window has about so many records at most, half a page if that is less: it is to cost one call.
const CELL_ROWS: u64 = 50;

/// A window to read again, and the records in it that were drawn.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) partition: Partition,
    pub(super) id: PartitionId,
    pub(super) window: Window,
    /// The listing cannot be narrowed by time: all that is shown is read.
    pub(super) is_whole: bool,
    pub(super) drawn: Vec<MessageRow>,
    /// The messages that are stored of it.
    pub(super) among: Among,
    /// The time of the partition that the archive claims to have.
    pub(super) claimed: Vec<Window>,
}

/// What was drawn of a source.
#[derive(Debug, Default)]
pub(super) struct Draw {
    /// Records in the archive.
    pub(super) stored: u64,
    /// Those among them that could be drawn.
    pub(super) drawable: u64,
    pub(super) drawn: u64,
    pub(super) cells: Vec<Cell>,
}

/// Records that are drawn from together.
struct Stratum<'a> {
    id: PartitionId,
    partition: &'a Partition,
    window: Window,
    among: Among,
    rows: u64,
    claimed: Vec<Window>,
}

/// Draws records, each with the same probability and none twice.
pub(super) fn draw<S: AuditStore>(
    store: &mut S,
    parts: &[(PartitionId, Partition)],
    capabilities: &Capabilities,
    sample: u64,
    seed: u64,
) -> Result<Draw, S::Error> {
    let is_whole = !matches!(capabilities.windowing, Windowing::Closed { .. });
    let mut draw = Draw::default();
    let mut strata = Vec::new();
    for (id, partition) in parts {
        draw.stored += store.count_among(*id, Among::All)?;
        let claimed = claimed(&store.coverage(*id)?);
        let spans: Vec<Window> =
            if is_whole { claimed.last().copied().into_iter().collect() } else { claimed.clone() };
        for window in spans {
            let among = if is_whole {
                // what the last listing showed: it began when it ends
                Among::SeenSince(UnixMillis::new(window.to_ms))
            } else {
                Among::Sent(window)
            };
            let rows = store.count_among(*id, among)?;
            draw.drawable += rows;
            let claimed = claimed.clone();
            strata.push(Stratum { id: *id, partition, window, among, rows, claimed });
        }
    }
    let mut first = 0;
    let mut strata = strata.into_iter().peekable();
    for number in numbers(draw.drawable, sample, seed) {
        while let Some(passed) = strata.next_if(|stratum| number >= first + stratum.rows) {
            first += passed.rows;
        }
        let Some(stratum) = strata.peek() else { break };
        let at = number - first;
        let Some(message) = store.nth_among(stratum.id, stratum.among, at)? else { continue };
        draw.drawn += 1;
        let window = match (message.sent_at_ms, is_whole) {
            (Some(sent_at_ms), false) => cell(store, stratum, capabilities, at, sent_at_ms)?,
            _ => stratum.window,
        };
        // numbers ascend, so what lies together comes together
        if let Some(cell) = draw.cells.last_mut()
            && (cell.id, cell.window) == (stratum.id, window)
        {
            cell.drawn.push(message.row);
            continue;
        }
        draw.cells.push(Cell {
            partition: stratum.partition.clone(),
            id: stratum.id,
            window,
            is_whole,
            drawn: vec![message.row],
            among: if is_whole { stratum.among } else { Among::Sent(window) },
            claimed: stratum.claimed.clone(),
        });
    }
    Ok(draw)
}

/// The time that is proven or provisional, in stretches.
fn claimed(covered: &[CoveredWindow]) -> Vec<Window> {
    let mut stretches: Vec<Window> = Vec::new();
    for known in covered.iter().filter(|known| known.verdict != Verdict::Broken) {
        match stretches.last_mut() {
            Some(last) if last.to_ms >= known.window.from_ms => last.to_ms = known.window.to_ms,
            _ => stretches.push(known.window),
        }
    }
    stretches
}

/// The window around a record. A stretch is cut where its next so many records begin, and again
/// where the vendor takes no longer window; so each record belongs to one window, whichever is
/// drawn.
fn cell<S: AuditStore>(
    store: &mut S,
    stratum: &Stratum<'_>,
    capabilities: &Capabilities,
    at: u64,
    sent_at_ms: i64,
) -> Result<Window, S::Error> {
    let (grain_ms, max_ms) = match capabilities.windowing {
        Windowing::Closed { grain_ms, max_ms, .. } => (grain_ms.max(1), max_ms),
        _ => (1, None),
    };
    let rows = (u64::from(capabilities.page_size) / 2).clamp(1, CELL_ROWS);
    let mut border = |number: u64| -> Result<i64, S::Error> {
        if number == 0 {
            return Ok(stratum.window.from_ms);
        }
        let next = store.nth_among(stratum.id, stratum.among, number.saturating_mul(rows))?;
        let begins = next.and_then(|message| message.sent_at_ms);
        Ok(begins.map_or(stratum.window.to_ms, |ms| {
            ms.saturating_sub(ms.rem_euclid(grain_ms)).max(stratum.window.from_ms)
        }))
    };
    let mut number = at / rows;
    let mut from_ms = border(number)?;
    let mut to_ms = border(number + 1)?;
    // many records of one moment have their borders in it
    while to_ms <= sent_at_ms && to_ms < stratum.window.to_ms {
        number += 1;
        from_ms = to_ms;
        to_ms = border(number + 1)?;
    }
    if let Some(max_ms) = max_ms {
        let step = max_ms.saturating_sub(max_ms.rem_euclid(grain_ms)).max(grain_ms);
        from_ms += (sent_at_ms - from_ms).max(0) / step * step;
        to_ms = to_ms.min(from_ms.saturating_add(step));
    }
    Ok(Window::new(from_ms, to_ms))
}

/// `sample` different numbers below `all`, in their order, each as likely as any other (Floyd).
fn numbers(all: u64, sample: u64, seed: u64) -> BTreeSet<u64> {
    if sample >= all {
        return (0..all).collect();
    }
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut chosen = BTreeSet::new();
    for last in all - sample..all {
        let number = rng.u64(0..=last);
        if !chosen.insert(number) {
            chosen.insert(last);
        }
    }
    chosen
}
