//! Messages and recalls in time order, and walks over them that begin anywhere.

/// A message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Row {
    /// Unix milliseconds.
    pub(super) time_ms: i64,
    /// Index of its chat.
    pub(super) chat: u32,
    /// Which message of its chat it is.
    pub(super) position: u32,
}

/// A message, or the recall of one. The order is that of the raw pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Entry {
    pub(super) at_ms: i64,
    pub(super) is_recall: bool,
    /// The message.
    pub(super) row: Row,
}

impl Entry {
    pub(super) fn message(row: Row) -> Self {
        Self { at_ms: row.time_ms, is_recall: false, row }
    }

    pub(super) fn recall(at_ms: i64, row: Row) -> Self {
        Self { at_ms, is_recall: true, row }
    }
}

/// A stretch of time, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from_ms: i64,
    pub(super) until_ms: i64,
}

/// What a walk goes over, and in which direction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route {
    pub(super) window: Window,
    pub(super) ascending: bool,
    /// Recalls up to this time come along.
    pub(super) recalls_until_ms: Option<i64>,
}

/// Messages and recalls, each ascending.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    rows: Vec<Row>,
    recalls: Vec<Entry>,
}

impl Timeline {
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// All recalls, those that did not happen yet included.
    pub(super) fn recalls(&self) -> &[Entry] {
        &self.recalls
    }

    pub(super) fn has_row(&self, row: Row) -> bool {
        self.rows.binary_search(&row).is_ok()
    }

    /// How many entries there are at a time.
    pub(super) fn count(&self, recalls_until_ms: Option<i64>) -> usize {
        self.rows.len() + self.recalls_by(recalls_until_ms).len()
    }

    /// How many entries there are before this one.
    pub(super) fn rank(&self, entry: Entry, recalls_until_ms: Option<i64>) -> usize {
        let recalls = self.recalls_by(recalls_until_ms);
        self.rows.partition_point(|row| Entry::message(*row) < entry)
            + recalls.partition_point(|recall| *recall < entry)
    }

    /// Walks over a route, beginning behind an entry or at the route's start.
    pub(super) fn walk(&self, route: Route, after: Option<Entry>) -> Walk<'_> {
        let Route { window: Window { from_ms, until_ms }, ascending, recalls_until_ms } = route;
        // whether an entry comes before the walk, and whether it comes before the walk's end, in time order
        let is_before = |entry: Entry| match after {
            Some(after) if ascending => entry <= after || entry.at_ms < from_ms,
            _ => entry.at_ms < from_ms,
        };
        let is_within = |entry: Entry| match after {
            Some(after) if !ascending => entry < after && entry.at_ms <= until_ms,
            _ => entry.at_ms <= until_ms,
        };
        Walk {
            rows: cut(
                &self.rows,
                |row| is_before(Entry::message(*row)),
                |row| is_within(Entry::message(*row)),
            ),
            recalls: cut(
                self.recalls_by(recalls_until_ms),
                |recall| is_before(*recall),
                |recall| is_within(*recall),
            ),
            ascending,
        }
    }

    /// The message in the middle of a window.
    pub(super) fn middle(&self, window: Window) -> Option<Row> {
        let route = Route { window, ascending: true, recalls_until_ms: None };
        let rows = self.walk(route, None).rows;
        rows.get(rows.len().checked_sub(1)? / 2).copied()
    }

    pub(super) fn reserve(&mut self, rows: usize) {
        self.rows.reserve_exact(rows);
    }

    pub(super) fn push(&mut self, row: Row, recall: Option<Entry>) {
        self.rows.push(row);
        self.recalls.extend(recall);
    }

    /// Messages were pushed in order; their recalls are out of it.
    pub(super) fn sort_recalls(&mut self) {
        self.recalls.sort_unstable();
    }

    /// Puts the message that was pushed last in its place.
    pub(super) fn sort_last(&mut self) {
        if let Some((last, rest)) = self.rows.split_last() {
            let at = rest.partition_point(|row| row < last);
            self.rows.get_mut(at..).unwrap_or_default().rotate_right(1);
        }
        self.recalls.sort_unstable();
    }

    fn recalls_by(&self, until_ms: Option<i64>) -> &[Entry] {
        let count = until_ms
            .map_or(0, |until_ms| self.recalls.partition_point(|recall| recall.at_ms <= until_ms));
        self.recalls.get(..count).unwrap_or_default()
    }
}

fn cut<T>(
    items: &[T],
    is_before: impl FnMut(&T) -> bool,
    is_within: impl FnMut(&T) -> bool,
) -> &[T] {
    let (low, high) = (items.partition_point(is_before), items.partition_point(is_within));
    items.get(low..high.max(low)).unwrap_or_default()
}

/// What is left of a walk.
pub(super) struct Walk<'a> {
    rows: &'a [Row],
    recalls: &'a [Entry],
    ascending: bool,
}

impl Iterator for Walk<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let (row, recall) = if self.ascending {
            (self.rows.first(), self.recalls.first())
        } else {
            (self.rows.last(), self.recalls.last())
        };
        let (row, recall) = (row.map(|row| Entry::message(*row)), recall.copied());
        let takes_row = match (row, recall) {
            (Some(row), Some(recall)) => (row < recall) == self.ascending,
            (row, _) => row.is_some(),
        };
        if !takes_row {
            self.recalls = without_end(self.recalls, self.ascending);
            return recall;
        }
        self.rows = without_end(self.rows, self.ascending);
        row
    }
}

fn without_end<T>(items: &[T], first: bool) -> &[T] {
    let rest = if first { items.split_first() } else { items.split_last() };
    rest.map_or(&[], |(_, rest)| rest)
}
