//! Walking one window from page to page, and the verdict at its end. Pure.

mod shown;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use chat_archive::{CoveredWindow, Verdict};
use chat_core::{Cursor, PageState, Window};
use serde::{Deserialize, Serialize};

use self::shown::Shown;
use crate::plan::split;

/// A window whose list moves or comes up short is walked so often before it is called broken.
const MAX_PASSES: u32 = 3;
/// So many empty pages in a row, or so many that cannot be read, end a pass although the vendor
/// promises more.
const MAX_BAD_PAGES: u32 = 3;
/// Where there is no count, filters may thin pages out down to nothing, and only the cursor tells
/// the end.
const MAX_EMPTY_PAGES: u32 = 50;
/// A window is split into so many at once at most; its parts are split again where they must be.
const MAX_PARTS: u64 = 128;
/// Where several requests are in flight, the rest of a window that must hold so many pages is
/// halved, so that none of them waits for another.
const PAGES_TO_HALVE: u64 = 4;
/// With several requests in flight, a window is cut into about so many parts for each, so that all
/// of them have work to the end.
const PARTS_PER_REQUEST: u64 = 12;
/// But into none of fewer pages: the last page of each part is half empty.
const LEAST_PAGES_PER_PART: u64 = 5;
/// Unless it has so many pages for each request.
const LEAST_PAGES_OF_A_SHARE: u64 = 2;

/// When a window is too large to be walked in one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a walk must be told all of it")]
pub struct WalkLimits {
    /// A window with more records is split.
    pub max_rows: u64,
    /// Into parts of about so many.
    pub target_rows: u64,
    /// A smaller one is split too, so that several requests can be in flight.
    pub spread: Option<Spread>,
    /// The vendor counts its records, so a listing without a count is not to be believed.
    pub has_total: bool,
    /// Cursors know what is left, so that no listing is given up before its end.
    pub finite_cursors: bool,
}

/// How windows are split that are not too large for one walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a walk must be told all of it")]
pub struct Spread {
    /// Requests that are in flight at once.
    pub requests: u64,
    /// Records of a page.
    pub page_rows: u64,
}

impl Spread {
    /// How many records each part of a window with `total` records should have.
    fn rows_of_a_part(self, total: u64) -> u64 {
        let share = total / self.requests.max(1);
        let pages = |count: u64| self.page_rows.max(1).saturating_mul(count);
        let least = pages(LEAST_PAGES_PER_PART);
        // the last window is read by all requests to its end, not by the few that have a part of it
        let least = if share < pages(LEAST_PAGES_OF_A_SHARE) { least } else { least.min(share) };
        least.max(share.div_ceil(PARTS_PER_REQUEST))
    }
}

impl WalkLimits {
    /// Windows of any size are walked in one piece.
    pub const fn endless(has_total: bool, finite_cursors: bool) -> Self {
        Self { max_rows: u64::MAX, target_rows: u64::MAX, spread: None, has_total, finite_cursors }
    }

    /// The limits of the parts of a window with so many records; `None` if it needs none.
    pub(crate) fn of_parts(self, total: u64) -> Option<Self> {
        let mut target_rows = self.target_rows.max(1);
        let mut max_rows = self.max_rows;
        if let Some(spread) = self.spread {
            target_rows = target_rows.min(spread.rows_of_a_part(total));
            max_rows = max_rows.min(target_rows.saturating_mul(2));
        }
        (total > max_rows).then_some(Self { max_rows, target_rows, spread: None, ..self })
    }
}

/// What the walk needs to know of a page.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_structs, reason = "the walk must be told all of it")]
pub struct PageFacts<'a> {
    /// The ids of the records on it.
    pub ids: &'a [&'a str],
    /// When each of those was sent, in Unix milliseconds, where that is known; empty: of none.
    pub sent_ms: &'a [Option<i64>],
    /// Records on it to which the vendor gives no id.
    pub without_id: u64,
    /// The vendor may have withheld records of the window, and gives no count.
    pub may_be_cut: bool,
    /// A record on it was sent outside the window.
    pub strays: bool,
    /// Records on it that could not be read.
    pub skipped: u64,
    /// How many records the vendor says the window has.
    pub total: Option<u64>,
    /// Where the next page starts.
    pub next: Option<Cursor>,
}

/// What to do after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the engine must handle each")]
pub enum Step {
    /// Read the page at [`Walk::cursor`].
    Next,
    /// The window is too large: walk its parts instead, about so many; [`Walk::split`] has them.
    Split(u64),
    /// The list moved or came up short: read the window again, from its first page.
    Again,
    /// The window is done.
    Done(CoveredWindow),
}

/// The walk of one window.
#[derive(Debug, Clone)]
pub struct Walk {
    window: Window,
    settled_before: i64,
    limits: WalkLimits,
    /// The window is a part of one that was too large.
    is_part: bool,
    /// How many records that one had.
    whole: Option<u64>,
    /// The window cannot be split any more.
    in_one_piece: bool,
    /// No run has read this time before.
    is_first_reading: bool,
    pages: PageState,
    ids: HashSet<String>,
    /// What the page showed that the window is split for.
    shown: Option<Shown>,
    /// What the page showed of this window that a larger one was split for: its ids, in one number.
    foreshown: Option<u64>,
    saved: Saved,
}

/// What survives a crash, beside the ids, which the archive knows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Saved {
    /// Passes ended before this one.
    passes: u32,
    /// What was settled when this pass began. A pass that goes on in a later run is no fresher
    /// than its first page.
    settled_before: i64,
    next: Option<Cursor>,
    total: Option<u64>,
    /// The total as the first page of this pass had it, if it differs now.
    total_before: Option<u64>,
    skipped: u64,
    #[serde(default)]
    without_id: u64,
    /// Pages in a row that brought no record that was not known; unreadable ones may have.
    #[serde(default)]
    pages_without_news: u32,
    empty_in_a_row: u32,
    failed_in_a_row: u32,
    /// The list is paged although neither a count nor a full window vouches for it, or rests on one
    /// answer: only a second reading that brings the same shows that no record moved past a page's
    /// border or was left out.
    #[serde(default)]
    unvouched: bool,
    /// A digest of the ids of the pass before, for that.
    #[serde(default)]
    ids_before: Option<u64>,
    /// The pass ended at empty pages although the vendor promised more.
    gave_up: bool,
    /// Pages that could not be read, in words.
    failed: Vec<String>,
}

impl Walk {
    /// A walk from the first page. A window that ends at or before `settled_before`, in Unix
    /// milliseconds, is older than the look-back.
    pub fn new(window: Window, settled_before: i64, limits: WalkLimits) -> Self {
        Self {
            window,
            settled_before,
            limits,
            is_part: false,
            whole: None,
            in_one_piece: false,
            is_first_reading: false,
            pages: PageState::start(),
            ids: HashSet::new(),
            shown: None,
            foreshown: None,
            saved: Saved { settled_before, ..Saved::default() },
        }
    }

    /// The walk of time that no run has read before. Where the vendor gives no count, one short
    /// answer does not prove such a window: it is asked for a second time.
    #[must_use]
    pub const fn first_reading(mut self) -> Self {
        self.is_first_reading = true;
        self
    }

    /// A walk from where an earlier run left it. A state that cannot be read starts anew.
    pub fn resume(
        window: Window,
        settled_before: i64,
        limits: WalkLimits,
        state: &str,
        ids: HashSet<String>,
    ) -> Self {
        let fresh = Self::new(window, settled_before, limits);
        match serde_json::from_str::<Saved>(state) {
            Ok(saved) => match saved.next.clone() {
                Some(next) => Self { pages: PageState::resume(next), ids, saved, ..fresh },
                None => fresh,
            },
            Err(_) => fresh,
        }
    }

    /// The state to save with the page.
    pub fn state(&self) -> String {
        serde_json::to_string(&self.saved).unwrap_or_default()
    }

    /// The window.
    pub const fn window(&self) -> Window {
        self.window
    }

    /// True if a page has a record that this pass has not met.
    pub fn is_new(&self, facts: &PageFacts<'_>) -> bool {
        facts.without_id > 0 || facts.ids.iter().any(|id| !self.ids.contains(*id))
    }

    /// The page to read now; `None` is the first one.
    pub const fn cursor(&self) -> Option<&Cursor> {
        self.pages.cursor()
    }

    /// The walk of a part of this window.
    #[must_use]
    pub fn part(&self, window: Window) -> Self {
        let whole = self.saved.total;
        let is_first_reading = self.is_first_reading;
        let fresh = Self::new(window, self.settled_before, self.limits);
        Self { is_part: true, whole, is_first_reading, ..fresh }
    }

    /// The walks of the parts of this window, about `parts`, cut at the vendor's grain. One that
    /// cannot be split is walked in one piece.
    #[must_use]
    pub fn split(&self, parts: u64, grain_ms: i64) -> Vec<Self> {
        let shown = self.shown.as_ref();
        let cut = shown.and_then(|shown| Some((shown, shown.cut(self.window, grain_ms)?)));
        let Some((shown, cut)) = cut else {
            let windows = split(self.window, parts.min(MAX_PARTS), grain_ms);
            if windows.is_empty() {
                return vec![self.unsplit()];
            }
            return windows.into_iter().map(|window| self.part(window)).collect();
        };
        let is_long = self.limits.spread.is_some() && cut.pages_left >= PAGES_TO_HALVE;
        let mut rest = if is_long { split(cut.rest, 2, grain_ms) } else { Vec::new() };
        if rest.is_empty() {
            rest.push(cut.rest);
        }
        let mut parts: Vec<Self> = rest.into_iter().map(|window| self.part(window)).collect();
        parts.push(Self { foreshown: shown.read(cut.seen), ..self.part(cut.seen) });
        parts.sort_by_key(|part| part.window.from_ms);
        parts
    }

    /// This walk, in one piece however large.
    #[must_use]
    pub fn unsplit(&self) -> Self {
        let fresh = Self::new(self.window, self.settled_before, self.limits);
        Self { in_one_piece: true, is_first_reading: self.is_first_reading, ..fresh }
    }

    /// This walk from its first page, with nothing remembered.
    #[must_use]
    pub fn anew(&self) -> Self {
        let fresh = Self::new(self.window, self.settled_before, self.limits);
        Self { is_first_reading: self.is_first_reading, ..fresh }
    }

    /// How many records the vendor says the window has.
    pub const fn expected(&self) -> Option<u64> {
        self.saved.total
    }

    /// How many different records came in this pass.
    pub fn distinct(&self) -> u64 {
        self.ids.len() as u64 + self.saved.without_id
    }

    /// Takes a page.
    pub fn page(&mut self, facts: &PageFacts<'_>) -> Step {
        if let Some(parts) = self.parts(facts) {
            return Step::Split(parts);
        }
        if self.cursor().is_none() {
            // a pass that was asked for again must agree with the one before
            let is_again = !self.is_counted(facts) && self.saved.ids_before.is_some();
            self.saved.unvouched = is_again
                || match facts.next {
                    Some(_) => facts.may_be_cut,
                    None => self.rests_on_one_answer(facts),
                };
        }
        let is_empty = facts.ids.is_empty() && facts.skipped == 0 && facts.without_id == 0;
        let nothing_new = !is_empty && !self.is_new(facts);
        self.ids.extend(facts.ids.iter().map(|id| (*id).to_owned()));
        self.saved.skipped += facts.skipped;
        self.saved.without_id += facts.without_id;
        if let Some(total) = facts.total {
            if let Some(before) = self.saved.total
                && before != total
            {
                self.saved.total_before.get_or_insert(before);
            }
            self.saved.total = Some(total);
        }
        if is_empty {
            self.saved.empty_in_a_row += 1;
        } else {
            self.saved.empty_in_a_row = 0;
        }
        self.saved.failed_in_a_row = 0;
        let counted = self.limits.has_total || self.saved.total.is_some();
        if nothing_new && !counted && facts.next.is_some() {
            // without a count, the same records again and again would never end
            self.saved.pages_without_news += 1;
            if self.saved.pages_without_news > u32::from(facts.skipped > 0) * MAX_BAD_PAGES {
                let place = self.place();
                let words = format!("page {place} brought only records of earlier pages");
                self.saved.failed.push(words);
                return self.end_pass();
            }
        } else {
            self.saved.pages_without_news = 0;
        }
        let most = if counted { MAX_BAD_PAGES } else { MAX_EMPTY_PAGES };
        self.saved.gave_up = facts.next.is_some()
            && self.saved.empty_in_a_row >= most
            && !self.limits.finite_cursors;
        self.advance(facts.next.clone().filter(|_| !self.saved.gave_up))
    }

    const fn is_counted(&self, facts: &PageFacts<'_>) -> bool {
        self.limits.has_total || facts.total.is_some()
    }

    /// In how many readings the walk reads its window as a rule.
    pub(crate) fn readings(&self) -> u64 {
        let is_settled = self.window.to_ms <= self.settled_before;
        1 + u64::from(self.is_first_reading && is_settled && !self.limits.has_total)
    }

    /// True if one answer without a count would prove the window for ever: an answer that lacks
    /// records would never show.
    fn rests_on_one_answer(&self, facts: &PageFacts<'_>) -> bool {
        !self.is_counted(facts) && self.readings() > 1 && !self.is_as_foreshown(facts)
    }

    /// True if the answer brings what another one has shown of this window before.
    fn is_as_foreshown(&self, facts: &PageFacts<'_>) -> bool {
        // answers overlap at the ends of windows
        let ids = || Shown::of(facts).map(|shown| shown.digest(self.window));
        self.foreshown.is_some_and(|foreshown| ids() == Some(foreshown))
    }

    /// Into how many parts the window must be split, by its first page.
    fn parts(&mut self, facts: &PageFacts<'_>) -> Option<u64> {
        if self.in_one_piece || self.cursor().is_some() {
            return None;
        }
        // records of another time in a part show that the vendor does not select by time: parts of
        // parts would go on for ever
        let parts = facts.total.and_then(|total| Some((total, self.limits.of_parts(total)?)));
        if let Some((total, limits)) = parts {
            let in_vain = facts.strays && self.whole.is_some_and(|whole| total >= whole);
            self.saved.total = Some(total);
            self.limits = limits;
            return (!in_vain).then(|| total.div_ceil(limits.target_rows));
        }
        let in_vain = facts.strays && self.is_part;
        if !facts.may_be_cut || in_vain {
            return None;
        }
        self.shown = Shown::of(facts);
        Some(2)
    }

    /// The page in words that a reason can hold: a cursor may be long.
    fn place(&self) -> String {
        const LONG: usize = 40;
        let place = self.cursor().map_or("1", Cursor::as_str);
        let short: String = place.chars().take(LONG).collect();
        if short.len() < place.len() { format!("{short}…") } else { short }
    }

    /// Takes the news that a page could not be read; `after` is the page behind it, if it can be
    /// named.
    pub fn failed(&mut self, reason: &str, after: Option<Cursor>) -> Step {
        let place = self.place();
        self.saved.failed.push(format!("page {place} could not be read: {reason}"));
        self.saved.failed_in_a_row += 1;
        let goes_on = self.limits.finite_cursors || self.saved.failed_in_a_row < MAX_BAD_PAGES;
        self.advance(after.filter(|_| goes_on))
    }

    fn advance(&mut self, next: Option<Cursor>) -> Step {
        self.saved.next.clone_from(&next);
        if let Err(error) = self.pages.advance(next) {
            self.saved.failed.push(error.to_string());
            return self.end_pass();
        }
        if self.pages.is_done() { self.end_pass() } else { Step::Next }
    }

    fn end_pass(&mut self) -> Step {
        let distinct = self.distinct();
        let moved = self.saved.total_before;
        let short = self.saved.total.filter(|total| *total != distinct + self.saved.skipped);
        let uncounted = self.limits.has_total && self.saved.total.is_none();
        let ids = digest(self.ids.iter().map(String::as_str), self.saved.without_id);
        let differs = self.saved.unvouched && self.saved.ids_before != Some(ids);
        let doubtful =
            moved.is_some() || short.is_some() || uncounted || differs || self.saved.gave_up;
        let asked_again = self.saved.failed.is_empty() && doubtful;
        if asked_again && self.saved.passes + 1 < MAX_PASSES {
            let (passes, settled_before) = (self.saved.passes + 1, self.settled_before);
            let ids_before = Some(ids);
            self.saved = Saved { passes, settled_before, ids_before, ..Saved::default() };
            self.ids.clear();
            self.pages = PageState::start();
            return Step::Again;
        }
        let mut reasons = self.saved.failed.clone();
        if let Some(total) = short {
            reasons
                .push(format!("the vendor counts {total} records, {distinct} different ones came"));
        }
        if let (Some(before), Some(total)) = (moved, self.saved.total) {
            reasons.push(format!("the vendor's count moved from {before} to {total} while paging"));
        }
        if uncounted && self.saved.failed.is_empty() {
            reasons.push("the vendor did not say how many records there are".to_owned());
        }
        if differs && self.saved.failed.is_empty() {
            let words = "the vendor gives no count, and no two readings brought the same records";
            reasons.push(words.to_owned());
        }
        if self.saved.gave_up {
            reasons.push(format!(
                "{} pages in a row were empty although the vendor promised more",
                self.saved.empty_in_a_row
            ));
        }
        if self.saved.skipped > 0 {
            reasons.push(format!(
                "{} records could not be read; their bytes are kept",
                self.saved.skipped
            ));
        }
        if asked_again {
            reasons.push(format!("walked {MAX_PASSES} times"));
        }
        let settled = self.window.to_ms <= self.settled_before.min(self.saved.settled_before);
        let verdict = match (reasons.is_empty(), settled) {
            (true, true) => Verdict::Proven,
            (true, false) => Verdict::Provisional,
            (false, _) => Verdict::Broken,
        };
        let mut closed = CoveredWindow::new(self.window, verdict);
        closed.expected = self.saved.total;
        closed.distinct = distinct;
        closed.unreadable = self.saved.failed.len() as u64 + self.saved.skipped;
        closed.reason = (!reasons.is_empty()).then(|| reasons.join("; "));
        Step::Done(closed)
    }
}

/// The ids that came, and how many records came without one, in one number.
fn digest<'a>(ids: impl Iterator<Item = &'a str>, without_id: u64) -> u64 {
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    let mut hasher = DefaultHasher::new();
    (ids, without_id).hash(&mut hasher);
    hasher.finish()
}
