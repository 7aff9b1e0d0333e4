//! A vendor that changes its list between any two calls, and lies about it, in each listing style.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::Write;
use std::sync::Mutex;

use chat_core::{
    BoxFuture, CallCount, Capabilities, Cursor, ErrorKind, MediaError, MediaErrorKind, MediaInfo,
    MediaItem, MediaLink, PageRequest, Partition, Source, SourceError, SourcePage, Window,
    Windowing,
};

use crate::listing::{NOW, Row, error, page, raw};

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const PAGE: usize = 4;
/// Windows that end before this are older than the look-back.
pub(crate) const SETTLED: i64 = NOW - 72 * HOUR;

/// How a vendor lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Page numbers, a total, windows of time.
    Numbered { descending: bool },
    /// Offsets without a total: windows are halved until a page is not full.
    Offset { descending: bool },
    /// Cursors without a total, windows of time. A cursor is a place in the list.
    Cursor,
    /// All of a partition at once, in pages whose number is known.
    Whole,
}

/// A change of the list between two calls.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// So many hours and seconds before the present.
    Insert(i64, i64),
    /// The record at this place, of those that are there.
    Delete(usize),
    Edit(usize),
}

/// What happens to one call.
#[derive(Debug, Clone)]
pub(crate) enum Lie {
    Error(ErrorKind),
    SmallerWindow,
    Empty,
    Short,
    Total(i64),
    RepeatCursor,
    Bad,
    Twice,
}

/// What happens before and at a call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Beat {
    pub(crate) changes: Vec<Change>,
    pub(crate) lie: Option<Lie>,
}

#[derive(Debug, Default)]
struct State {
    rows: BTreeMap<String, Row>,
    /// Every record there ever was.
    ever: BTreeSet<String>,
    script: VecDeque<Beat>,
    inserted: usize,
    calls: u64,
}

/// The vendor.
#[derive(Debug)]
pub(crate) struct Adversary {
    style: Style,
    max_rows: u64,
    /// Where a count is given, old records are only deleted, or only inserted.
    old_ones_go: bool,
    state: Mutex<State>,
}

impl Adversary {
    pub(crate) fn new(
        style: Style,
        times: &[(i64, i64)],
        max_rows: u64,
        old_ones_go: bool,
    ) -> Self {
        let state = State::default();
        let adversary = Self { style, max_rows, old_ones_go, state: Mutex::new(state) };
        for (hours, seconds) in times {
            insert(&mut adversary.state.lock().unwrap(), *hours, *seconds);
        }
        adversary
    }

    pub(crate) fn script(&self, script: Vec<Beat>) {
        self.state.lock().unwrap().script = script.into();
    }

    /// What there is now, with its time.
    pub(crate) fn rows(&self) -> BTreeMap<String, i64> {
        let state = self.state.lock().unwrap();
        state.rows.iter().map(|(id, row)| (id.clone(), row.time)).collect()
    }

    pub(crate) fn ever(&self) -> BTreeSet<String> {
        self.state.lock().unwrap().ever.clone()
    }

    pub(crate) fn raw(&self, id: &str) -> String {
        raw(id, &self.state.lock().unwrap().rows[id], false)
    }

    pub(crate) fn is_counted(&self) -> bool {
        matches!(self.style, Style::Numbered { .. })
    }

    fn apply(&self, state: &mut State, change: &Change) {
        match *change {
            Change::Insert(hours, seconds) => {
                if !(self.is_counted() && self.old_ones_go && at(hours, seconds) < SETTLED) {
                    insert(state, hours, seconds);
                }
            }
            Change::Delete(place) => {
                let at = place % state.rows.len().max(1);
                let found = state.rows.iter().nth(at).map(|(id, row)| (id.clone(), row.time));
                if let Some((id, time)) = found
                    && !(self.is_counted() && !self.old_ones_go && time < SETTLED)
                {
                    state.rows.remove(&id);
                }
            }
            Change::Edit(place) => {
                let at = place % state.rows.len().max(1);
                if let Some(row) = state.rows.values_mut().nth(at) {
                    row.revision += 1;
                }
            }
        }
    }

    fn answer(&self, request: &PageRequest) -> Result<SourcePage, SourceError> {
        let mut state = self.state.lock().unwrap();
        state.calls += 1;
        let beat = state.script.pop_front().unwrap_or_default();
        for change in &beat.changes {
            self.apply(&mut state, change);
        }
        match beat.lie {
            Some(Lie::Error(kind)) => return Err(error(kind, false)),
            Some(Lie::SmallerWindow) => return Err(error(ErrorKind::InvalidRequest, true)),
            _ => {}
        }
        let window = request.window.unwrap_or(Window::new(0, i64::MAX - 1));
        let mut rows: Vec<(&String, &Row)> = state.rows.iter().collect();
        rows.retain(|(_, row)| (window.from_ms..=window.to_ms).contains(&row.time));
        rows.sort_by_key(|(id, row)| (row.time, (*id).clone()));
        if matches!(
            self.style,
            Style::Numbered { descending: true } | Style::Offset { descending: true }
        ) {
            rows.reverse();
        }
        let place = request.cursor.as_ref().map(Cursor::as_str);
        Ok(match self.style {
            Style::Numbered { .. } => numbered(&rows, place, beat.lie.as_ref(), self.old_ones_go),
            Style::Offset { .. } => by_offset(&rows, place, beat.lie.as_ref()),
            Style::Cursor => by_cursor(&rows, place, beat.lie.as_ref()),
            Style::Whole => in_pieces(&rows, place, beat.lie.as_ref()),
        })
    }
}

pub(crate) const fn at(hours: i64, seconds: i64) -> i64 {
    NOW - hours * HOUR - seconds * 1000
}

fn insert(state: &mut State, hours: i64, seconds: i64) {
    // an id that sorts anywhere among those of the same time
    let (number, order) = (state.inserted, state.inserted * 7 % 10);
    let id = format!("r{order}-{number:03}");
    state.inserted += 1;
    state.ever.insert(id.clone());
    state.rows.insert(id, Row { time: at(hours, seconds), revision: 0 });
}

/// The rows that are sent, as a page.
fn sent(rows: &[(&String, &Row)], lie: Option<&Lie>) -> SourcePage {
    let mut rows = rows.to_vec();
    match lie {
        Some(Lie::Empty) => rows.clear(),
        Some(Lie::Short) => drop(rows.pop()),
        Some(Lie::Twice) => rows.extend(rows.first().copied()),
        _ => {}
    }
    page(&rows, false, matches!(lie, Some(Lie::Bad)))
}

/// `only_more`: a count that is wrong is too high. One that is too low by what is deleted next would
/// hide the deletion.
fn numbered(
    rows: &[(&String, &Row)],
    place: Option<&str>,
    lie: Option<&Lie>,
    only_more: bool,
) -> SourcePage {
    let number: usize = place.map_or(1, |place| place.parse().unwrap());
    let here: Vec<_> = rows.iter().skip((number - 1) * PAGE).take(PAGE).copied().collect();
    let mut page = sent(&here, lie);
    let total = match lie {
        Some(Lie::Total(off)) => {
            let off = isize::try_from(*off).unwrap();
            let total = rows.len().saturating_add_signed(if only_more { off.abs() } else { off });
            // a count that is wrong and happens to be what came so far: nobody could tell
            if total == (number - 1) * PAGE + here.len() { rows.len() } else { total }
        }
        _ => rows.len(),
    };
    page.total = Some(total as u64);
    page.next = (number * PAGE < total).then(|| Cursor::new((number + 1).to_string())).flatten();
    if matches!(lie, Some(Lie::RepeatCursor)) {
        page.next = Cursor::new(number.to_string());
    }
    page
}

fn by_offset(rows: &[(&String, &Row)], place: Option<&str>, lie: Option<&Lie>) -> SourcePage {
    let skip: usize = place.map_or(0, |place| place.parse().unwrap());
    let here: Vec<_> = rows.iter().skip(skip).take(PAGE).copied().collect();
    // without a count, a page that is not full is the end: the vendor's contract
    let lie = lie.filter(|lie| skip > 0 || !matches!(lie, Lie::Empty | Lie::Short));
    let mut page = sent(&here, lie);
    let has_more = if skip == 0 { here.len() == PAGE } else { !page.records.is_empty() };
    page.may_be_cut = skip == 0 && has_more;
    page.next = has_more.then(|| Cursor::new((skip + here.len()).to_string())).flatten();
    page
}

fn by_cursor(rows: &[(&String, &Row)], place: Option<&str>, lie: Option<&Lie>) -> SourcePage {
    let key = |(id, row): &(&String, &Row)| format!("{:020} {id}", row.time);
    let behind = |row: &&(&String, &Row)| place.is_none_or(|place| key(row).as_str() > place);
    // pages may be short and empty: the cursor alone tells what was passed
    let size = match lie {
        Some(Lie::Empty) => 0,
        Some(Lie::Short) => PAGE - 1,
        _ => PAGE,
    };
    let rest: Vec<_> = rows.iter().filter(behind).copied().collect();
    let here: Vec<_> = rest.iter().take(size).copied().collect();
    let lie = lie.filter(|lie| !matches!(lie, Lie::Empty | Lie::Short));
    let mut page = sent(&here, lie);
    if rest.len() > here.len() {
        let last = here.last().map_or_else(|| format!("{} ", place.unwrap_or("0")), key);
        page.next = Cursor::new(last);
    }
    if matches!(lie, Some(Lie::RepeatCursor)) && rest.len() > here.len() {
        page.next = place.and_then(Cursor::new);
    }
    page
}

/// Conversations, one page each: here, those of one hour in four.
fn in_pieces(rows: &[(&String, &Row)], place: Option<&str>, lie: Option<&Lie>) -> SourcePage {
    let piece: i64 = place.map_or(0, |place| place.parse().unwrap());
    let of_piece = |(_, row): &&(&String, &Row)| row.time / HOUR % 4 == piece;
    let here: Vec<_> = rows.iter().filter(of_piece).copied().collect();
    // an answer without a count that lacks records without a word: nobody could tell
    let lie = lie.filter(|lie| !matches!(lie, Lie::Empty | Lie::Short));
    let mut page = sent(&here, lie);
    page.next = (piece < 3).then(|| Cursor::new((piece + 1).to_string())).flatten();
    if matches!(lie, Some(Lie::RepeatCursor)) && piece > 0 {
        page.next = Cursor::new(piece.to_string());
    }
    page
}

impl Source for Adversary {
    fn name(&self) -> &'static str {
        "src"
    }

    fn vendor(&self) -> &'static str {
        "made-up"
    }

    fn fingerprint(&self) -> String {
        String::new()
    }

    fn capabilities(&self) -> Capabilities {
        let windowing = match self.style {
            Style::Whole => Windowing::Whole { reach_ms: None },
            Style::Cursor => {
                Windowing::Closed { grain_ms: 1000, max_ms: Some(48 * HOUR), max_rows: u64::MAX }
            }
            _ => Windowing::Closed { grain_ms: 1000, max_ms: None, max_rows: self.max_rows },
        };
        let mut capabilities = Capabilities::new(windowing, u32::try_from(PAGE).unwrap());
        capabilities.has_total = self.is_counted();
        capabilities.finite_cursors = self.style == Style::Whole;
        capabilities
    }

    fn check(&self) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(async { Ok(()) })
    }

    fn partitions(&self) -> BoxFuture<'_, Result<Vec<Partition>, SourceError>> {
        Box::pin(async { Ok(vec![Partition::whole()]) })
    }

    fn fetch<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> BoxFuture<'a, Result<SourcePage, SourceError>> {
        Box::pin(async {
            tokio::task::yield_now().await;
            self.answer(request)
        })
    }

    fn read(&self, _: &Partition, _: Vec<u8>) -> Result<SourcePage, SourceError> {
        Err(error(ErrorKind::Decode, false))
    }

    fn cursor_after(&self, failed: Option<&Cursor>) -> Option<Cursor> {
        let place = failed.map(Cursor::as_str);
        match self.style {
            Style::Numbered { .. } => {
                let number: u64 = place.map_or(1, |place| place.parse().unwrap());
                Cursor::new((number + 1).to_string())
            }
            Style::Offset { .. } => {
                let skip: usize = place?.parse().unwrap();
                Cursor::new((skip + PAGE).to_string())
            }
            Style::Cursor => None,
            Style::Whole => {
                let piece: u64 = place.map_or(0, |place| place.parse().unwrap());
                (piece < 3).then(|| Cursor::new((piece + 1).to_string())).flatten()
            }
        }
    }

    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        a == b
    }

    fn renew_media<'a>(
        &'a self,
        _: &'a MediaItem,
    ) -> BoxFuture<'a, Result<Option<Vec<Option<MediaLink>>>, SourceError>> {
        Box::pin(async { Ok(None) })
    }

    fn fetch_media<'a>(
        &'a self,
        _: &'a MediaLink,
        _: &'a mut (dyn Write + Send),
        _: u64,
    ) -> BoxFuture<'a, Result<MediaInfo, MediaError>> {
        Box::pin(async { Err(MediaError::new(MediaErrorKind::NotFound)) })
    }

    fn calls(&self) -> CallCount {
        CallCount::new(self.state.lock().unwrap().calls, 0)
    }
}
