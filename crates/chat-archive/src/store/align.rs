//! Aligning two readings of a list: as much in common as can be, in as few pieces as can be. A
//! window that slides takes whole ends away and adds whole ends, so of two ways to pair items, the
//! one with fewer pieces is likelier what happened; and items that are like no other tell more than
//! the many that are alike.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Up to so many pairs all ways are compared, at three bytes each; longer lists are held in place
/// by items that are like no other.
const MAX_PAIRS: usize = 4_000_000;
/// What a way is worth: for each common item, for one that is like no other in either list, and
/// what each piece costs that only one of the lists has.
const COMMON: i64 = 1;
const ANCHOR: i64 = 4;
const PIECE: i64 = 3;
const NEVER: i64 = i64::MIN / 2;

/// How a way ends: with a common item, with items of the old list only, of the new list only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Common,
    Old,
    New,
}

/// The best ways to the ends of two prefixes, by how they end.
#[derive(Clone, Copy)]
struct Best {
    common: i64,
    old: i64,
    new: i64,
}

impl Best {
    const NONE: Self = Self { common: NEVER, old: NEVER, new: NEVER };

    /// The best of all, and how it ends.
    fn any(self) -> (i64, End) {
        let (score, end) =
            if self.common >= self.old { (self.common, End::Common) } else { (self.old, End::Old) };
        if score >= self.new { (score, end) } else { (self.new, End::New) }
    }
}

/// The position of each item that occurs once.
fn once<T: Eq + Hash>(items: &[T]) -> HashMap<&T, Option<usize>> {
    let mut places = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        places.entry(item).and_modify(|place| *place = None).or_insert(Some(at));
    }
    places
}

/// The items that occur once in both lists: their positions in `old` and `new`, by the latter.
pub(super) fn anchors<T: Eq + Hash>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let old = once(old);
    let mut anchors: Vec<(usize, usize)> = once(new)
        .into_iter()
        .filter_map(|(item, at)| Some((old.get(item).copied().flatten()?, at?)))
        .collect();
    anchors.sort_unstable_by_key(|(_, at)| *at);
    anchors
}

/// For each item of `new` the position of the same item in `old`; ascending.
pub(super) fn align<T: Eq + Hash + Ord>(old: &[T], new: &[T]) -> Vec<Option<usize>> {
    if old == new {
        return (0..new.len()).map(Some).collect();
    }
    match old.len().checked_add(1).and_then(|rows| rows.checked_mul(new.len() + 1)) {
        Some(pairs) if pairs <= MAX_PAIRS => fewest_pieces(old, new),
        _ => patient(old, new),
    }
}

/// What a way to pair items is worth.
pub(super) fn worth<T: Eq + Hash>(old: &[T], new: &[T], found: &[Option<usize>]) -> i64 {
    let anchors: HashSet<(usize, usize)> = anchors(old, new).into_iter().collect();
    let pairs = found.iter().enumerate().filter_map(|(at, place)| Some(((*place)?, at)));
    let mut worth = 0;
    let (mut row, mut column) = (0, 0);
    for (place, at) in pairs.chain([(old.len(), new.len())]) {
        worth -= PIECE * i64::from(place > row) + PIECE * i64::from(at > column);
        if at < new.len() {
            worth += if anchors.contains(&(place, at)) { ANCHOR } else { COMMON };
        }
        (row, column) = (place + 1, at + 1);
    }
    worth
}

fn fewest_pieces<T: Eq + Hash>(old: &[T], new: &[T]) -> Vec<Option<usize>> {
    let width = new.len() + 1;
    let mut anchored = vec![usize::MAX; new.len()];
    for (at, place) in anchors(old, new) {
        if let Some(slot) = anchored.get_mut(place) {
            *slot = at;
        }
    }
    let mut steps = Vec::with_capacity((old.len() + 1) * width);
    let mut above = vec![Best::NONE; width];
    for row in 0..=old.len() {
        let mut left = Best::NONE;
        let mut corner = Best::NONE;
        for (column, slot) in above.iter_mut().enumerate() {
            let up = *slot;
            let worth = match (row.checked_sub(1), column.checked_sub(1)) {
                (Some(row), Some(column)) if old.get(row) == new.get(column) => {
                    if anchored.get(column) == Some(&row) { ANCHOR } else { COMMON }
                }
                _ => NEVER,
            };
            let (before, common_from) = corner.any();
            let (old_only, old_from) = if up.common - PIECE > up.old {
                (up.common - PIECE, End::Common)
            } else {
                (up.old, End::Old)
            };
            // what left comes before what came, so that each way is counted once
            let opened = left.common.max(left.old) - PIECE;
            let (new_only, new_from) = if left.new >= opened {
                (left.new, End::New)
            } else if left.common >= left.old {
                (opened, End::Common)
            } else {
                (opened, End::Old)
            };
            let best = Best {
                common: if (row, column) == (0, 0) { 0 } else { (before + worth).max(NEVER) },
                old: old_only.max(NEVER),
                new: new_only.max(NEVER),
            };
            steps.push([common_from, old_from, new_from]);
            corner = up;
            left = best;
            *slot = best;
        }
    }
    let mut found = vec![None; new.len()];
    let (mut row, mut column) = (old.len(), new.len());
    let mut end = above.last().map_or(End::Common, |best| best.any().1);
    while row > 0 || column > 0 {
        let Some([common_from, old_from, new_from]) = steps.get(row * width + column).copied()
        else {
            break;
        };
        match end {
            End::Common => {
                (row, column) = (row.saturating_sub(1), column.saturating_sub(1));
                if let Some(slot) = found.get_mut(column) {
                    *slot = Some(row);
                }
                end = common_from;
            }
            End::Old => {
                row = row.saturating_sub(1);
                end = old_from;
            }
            End::New => {
                column = column.saturating_sub(1);
                end = new_from;
            }
        }
    }
    found
}

fn patient<T: Eq + Hash + Ord>(old: &[T], new: &[T]) -> Vec<Option<usize>> {
    // what only one of the lists has costs the time, and nothing can be said of it
    let (in_old, in_new): (HashSet<&T>, HashSet<&T>) = (old.iter().collect(), new.iter().collect());
    let common = |list: &[T], other: &HashSet<&T>| -> Vec<usize> {
        let items = list.iter().enumerate();
        items.filter(|(_, item)| other.contains(item)).map(|(at, _)| at).collect()
    };
    let (olds, news) = (common(old, &in_new), common(new, &in_old));
    let mut found = vec![None; new.len()];
    let old_items: Vec<&T> = olds.iter().filter_map(|at| old.get(*at)).collect();
    let new_items: Vec<&T> = news.iter().filter_map(|at| new.get(*at)).collect();
    for op in capture_diff_slices(Algorithm::Patience, &old_items, &new_items) {
        if let DiffOp::Equal { old_index, new_index, len } = op {
            let pairs = olds.iter().skip(old_index).zip(news.iter().skip(new_index)).take(len);
            for (old_at, new_at) in pairs {
                if let Some(slot) = found.get_mut(*new_at) {
                    *slot = Some(*old_at);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairs(old: &str, new: &str) -> String {
        let old: Vec<&str> = old.split_whitespace().collect();
        let new: Vec<&str> = new.split_whitespace().collect();
        let places = align(&old, &new).into_iter();
        let words = places.map(|place| place.map_or("-".to_owned(), |place| place.to_string()));
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn whole_ends_leave_and_come() {
        assert_eq!(pairs("a b c", "a b c"), "0 1 2");
        assert_eq!(pairs("", "a b"), "- -");
        assert_eq!(pairs("a b", ""), "");
        assert_eq!(pairs("c b a", "d c b"), "- 0 1");
        assert_eq!(pairs("ok c ok b", "ok d ok c"), "- - 0 1");
        // `ok` left with what was before it, and came with what is behind it
        assert_eq!(pairs("m0 ok m1 p1 p0", "m1 m2 ok p2 p1"), "2 - - - 3");
        // many that are alike do not outweigh the few that are like no other
        assert_eq!(pairs("b a ok ok ok", "ok ok ok c b a"), "- - - - 0 1");
    }

    /// All ways to pair the items.
    fn ways(old: &[u8], new: &[u8], row: usize, column: usize) -> Vec<Vec<Option<usize>>> {
        let Some(item) = new.get(column) else { return vec![Vec::new()] };
        let mut all = Vec::new();
        let places = (row..old.len()).filter(|place| old[*place] == *item);
        for place in places.map(Some).chain([None]) {
            let next = place.map_or(row, |place| place + 1);
            for mut rest in ways(old, new, next, column + 1) {
                rest.insert(0, place);
                all.push(rest);
            }
        }
        all
    }

    proptest! {
        #[test]
        fn no_other_way_is_worth_more(
            old in prop::collection::vec(0_u8..4, 0..7),
            new in prop::collection::vec(0_u8..4, 0..7),
        ) {
            let found = align(&old, &new);
            let mut last = None;
            for (at, place) in found.iter().enumerate() {
                if let Some(place) = *place {
                    prop_assert_eq!(old[place], new[at]);
                    prop_assert!(last.is_none_or(|last| last < place));
                    last = Some(place);
                }
            }
            let best = ways(&old, &new, 0, 0).iter().map(|way| worth(&old, &new, way)).max();
            prop_assert_eq!(Some(worth(&old, &new, &found)), best);
        }
    }
}
