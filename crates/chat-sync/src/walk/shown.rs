//! What a page shows of a window that it does not hold all of: as a rule one end, whole. To cut the
//! window there takes fewer calls than to halve it, and no part of it comes out empty.

use chat_core::Window;

use super::{PageFacts, digest};
use crate::plan::holds;

/// So many of the records are left to the rest, and more of a long page: what answers overlap by must
/// not fill the page of the part again.
const LEAST_SPARE: usize = 1;

/// So many different times in a row are no accident: the vendor lists by them.
const LEAST_TIMES: usize = 8;

/// The records of a page: when they were sent, in Unix milliseconds, and their ids, oldest first.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    records: Vec<(i64, String)>,
    /// The page lists them by time, in either direction.
    is_by_time: bool,
}

/// Where to cut. Which end a page shows is a guess, so the page counts as no reading by itself: each
/// part is read like any window, and a guess that is wrong costs calls only.
pub(super) struct Cut {
    /// What the page shows whole, if vendors list by time.
    pub(super) seen: Window,
    pub(super) rest: Window,
    /// How many times as much there would be in the rest, if all time were alike.
    pub(super) pages_left: u64,
}

impl Shown {
    /// `None` if it is not known of all records when they were sent, or the vendor does not select by
    /// that.
    pub(super) fn of(facts: &PageFacts<'_>) -> Option<Self> {
        let is_all = facts.ids.len() == facts.sent_ms.len();
        if !is_all || facts.without_id > 0 || facts.skipped > 0 || facts.strays {
            return None;
        }
        let times = facts.sent_ms.iter().copied().collect::<Option<Vec<i64>>>()?;
        let is_by_time = times.is_sorted() || times.is_sorted_by(|a, b| a >= b);
        let ids = facts.ids.iter().map(|id| (*id).to_owned());
        let mut records: Vec<(i64, String)> = times.into_iter().zip(ids).collect();
        records.sort_unstable();
        Some(Self { records, is_by_time })
    }

    /// The ids of a window's records in one number, to compare them with those of another answer.
    pub(super) fn digest(&self, window: Window) -> u64 {
        let inside = self.records.iter().filter(|(sent_ms, _)| holds(&window, *sent_ms));
        digest(inside.map(|(_, id)| id.as_str()), 0)
    }

    /// The same of a window that the page has read, as an answer of its own would: all that it holds
    /// stands in it in the order of time. `None` if that cannot be told.
    pub(super) fn read(&self, window: Window) -> Option<u64> {
        let mut times: Vec<i64> = self.records.iter().map(|(sent_ms, _)| *sent_ms).collect();
        times.dedup();
        (self.is_by_time && times.len() >= LEAST_TIMES).then(|| self.digest(window))
    }

    /// Cuts a window between the end that the page shows and the rest; `None` if it shows no end of
    /// it, or so much of it that two halves do as well.
    pub(super) fn cut(&self, window: Window, grain_ms: i64) -> Option<Cut> {
        // answers overlap at the ends of windows
        let times = self.records.iter().map(|(sent_ms, _)| *sent_ms);
        let times: Vec<i64> = times.filter(|sent_ms| holds(&window, *sent_ms)).collect();
        let (first_ms, last_ms) = (*times.first()?, *times.last()?);
        let is_beginning = first_ms - window.from_ms <= window.to_ms - last_ms;
        let grain_ms = grain_ms.max(1);
        let steps_to = |sent_ms: i64| (sent_ms - window.from_ms) / grain_ms;
        let spare = LEAST_SPARE.max(times.len() / 25);
        let steps = if is_beginning {
            steps_to(*times.iter().nth_back(spare)?)
        } else {
            steps_to(*times.get(spare)?) + 1
        };
        let at_ms = window.from_ms.checked_add(steps.checked_mul(grain_ms)?)?;
        let (before, after) =
            (Window::new(window.from_ms, at_ms), Window::new(at_ms, window.to_ms));
        let (seen, rest) = if is_beginning { (before, after) } else { (after, before) };
        let (seen_ms, rest_ms) = (seen.len_ms(), rest.len_ms());
        if seen_ms <= 0 || rest_ms < seen_ms / 3 {
            return None;
        }
        Some(Cut { seen, rest, pages_left: u64::try_from(rest_ms / seen_ms).unwrap_or(0) })
    }
}
