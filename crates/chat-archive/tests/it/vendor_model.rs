//! A model of a vendor whose one call gives no ids: both ends of a conversation grow and leave,
//! texts repeat, the order is any, rows are away for a while, two partitions see parts of it, and
//! both calls are read in turn.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;

use crate::calls::{Call, DAY, Held, Said, as_part, held, is_clean, read};
use crate::support::Fixture;

/// In which order a call shows a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Oldest,
    Newest,
    /// What was said to a machine first, oldest first; then what people said, newest first.
    Parts,
    /// None that can be told.
    Turned(usize),
}

impl Order {
    fn of(self, shown: &[Said]) -> Vec<Said> {
        let mut shown = shown.to_vec();
        match self {
            Self::Oldest => {}
            Self::Newest => shown.reverse(),
            Self::Parts => {
                let is_first = |one: &Said| one.text.ends_with("-machine");
                let (mut machine, mut people): (Vec<Said>, Vec<Said>) =
                    shown.into_iter().partition(is_first);
                people.reverse();
                machine.append(&mut people);
                return machine;
            }
            Self::Turned(by) => {
                let by = by % shown.len().max(1);
                shown.rotate_left(by);
                shown.chunks_mut(3).for_each(<[Said]>::reverse);
            }
        }
        shown
    }
}

/// What is said: often the same.
fn text() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["ok", "ok", "ok-machine", "we-fine", "file", "only", "only-machine"])
}

#[derive(Debug, Clone)]
enum Step {
    /// A day passes, and this is said on it.
    Said(Vec<&'static str>),
    /// A reading: by which call, of which partition, of how many days, in which order.
    Read(Call, bool, usize, Order),
    /// A row is away, or comes back.
    Away(Index),
}

fn step() -> impl Strategy<Value = Step> {
    let order = prop_oneof![
        Just(Order::Oldest),
        Just(Order::Newest),
        Just(Order::Parts),
        (0_usize..20).prop_map(Order::Turned),
    ];
    let call = prop_oneof![3 => Just(Call::Plain), 2 => Just(Call::Named),
        1 => Just(Call::PlainAnew)];
    prop_oneof![
        2 => prop::collection::vec(text(), 0..6).prop_map(Step::Said),
        3 => (call, any::<bool>(), 1_usize..5, order)
            .prop_map(|(call, part, days, order)| Step::Read(call, part, days, order)),
        1 => any::<Index>().prop_map(Step::Away),
    ]
}

/// The vendor's side.
#[derive(Default)]
struct Vendor {
    said: Vec<Said>,
    away: BTreeSet<usize>,
}

impl Vendor {
    fn say(&mut self, texts: &[&str], now: i64) {
        for text in texts {
            let id = self.said.len();
            let text = match *text {
                "file" => format!("file-{id}"),
                "only" => format!("only-{id}"),
                "only-machine" => format!("only-{id}-machine"),
                often => often.to_owned(),
            };
            self.said.push(Said { id, text, sent_ms: now });
        }
    }

    fn shown(&self, from_ms: i64, is_shown: impl Fn(&Said) -> bool) -> Vec<Said> {
        let here = |one: &&Said| !self.away.contains(&one.id) && one.sent_ms >= from_ms;
        self.said.iter().filter(here).filter(|one| is_shown(one)).cloned().collect()
    }
}

fn by_text<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for text in texts {
        // files have other words in each call
        let text = if text.starts_with("file") || text == "[file]" { "file" } else { text };
        *counts.entry(text).or_default() += 1;
    }
    counts
}

fn ids(held: &[Held]) -> BTreeSet<&str> {
    held.iter().map(|one| one.id.as_str()).collect()
}

/// What must hold after any reading, whatever was shown before.
fn certain(before: &[Held], after: &[Held], shown: &[Said], call: Call, new: u64) {
    assert_eq!(ids(after).len(), after.len(), "ids are unique");
    assert_eq!(after.len() - before.len(), usize::try_from(new).unwrap());
    let known: BTreeSet<&str> =
        after.iter().filter_map(|one| one.derived_id.as_deref()).chain(ids(after)).collect();
    for one in before {
        assert!(known.contains(one.id.as_str()), "{one:?} can no longer be found");
    }
    let stored = by_text(after.iter().map(|one| one.text.as_str()));
    for (text, count) in by_text(shown.iter().map(|one| one.text.as_str())) {
        assert!(stored.get(text).is_some_and(|stored| *stored >= count), "{text} was lost");
    }
    let by_id: BTreeMap<&str, &Held> = after.iter().map(|one| (one.id.as_str(), one)).collect();
    for one in shown.iter().filter(|_| call == Call::Named) {
        let held = by_id.get(format!("c/{}", one.id).as_str()).copied();
        assert!(held.is_some_and(|held| held.is_named && held.text == one.text), "{one:?}");
    }
    for one in after {
        let is_told = one.confidence.is_some();
        assert!(is_told || one.is_named, "how sure is {one:?}?");
    }
}

/// So many cases, or as many as `PROPTEST_CASES` says.
fn cases(cases: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(32), ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_lost_and_no_id_is_forgotten_whatever_is_shown(
        steps in prop::collection::vec(step(), 4..24),
        reach in prop::option::of(1_i64..5),
    ) {
        let mut fixture = Fixture::new();
        fixture.now = 1_000 * DAY;
        fixture.reach_ms = reach.map(|days| days * DAY);
        let mut vendor = Vendor::default();
        for step in steps {
            match step {
                Step::Said(texts) => {
                    fixture.now += DAY;
                    vendor.say(&texts, fixture.now);
                }
                Step::Away(index) if !vendor.said.is_empty() => {
                    let id = index.index(vendor.said.len());
                    if !vendor.away.remove(&id) {
                        vendor.away.insert(id);
                    }
                }
                Step::Away(_) => {}
                Step::Read(call, is_bob, days, order) => {
                    as_part(&mut fixture, if is_bob { "bob" } else { "ann" });
                    let from = fixture.now - i64::try_from(days).unwrap() * DAY;
                    let shown = match call {
                        Call::Named => vendor.shown(i64::MIN, |_| true),
                        _ => vendor.shown(from, |one| !is_bob || one.id % 3 != 0),
                    };
                    let shown = order.of(&shown);
                    let before = held(&fixture);
                    let stored = read(&mut fixture, call, &shown);
                    let after = held(&fixture);
                    certain(&before, &after, &shown, call, stored.new);
                    let again = read(&mut fixture, call, &shown);
                    prop_assert_eq!((again.new, again.changed), (0, 0));
                    let and_after = held(&fixture);
                    prop_assert_eq!(ids(&and_after), ids(&after));
                }
            }
        }
        prop_assert!(is_clean(&fixture));
    }
}

proptest! {
    // what is likeliest is not always what happened: the same cases each time
    #![proptest_config(ProptestConfig {
        cases: cases(64),
        rng_seed: RngSeed::Fixed(20_261_122),
        ..ProptestConfig::default()
    })]

    /// Read each day over a sliding window, then by the call that gives ids, then as before. Each day
    /// has two texts like no other, and no row is away.
    #[test]
    fn nothing_is_lost_or_doubled_when_ids_become_known(
        days in prop::collection::vec(prop::collection::vec(text(), 0..6), 3..12),
        reach in 3_i64..7,
        order in prop::sample::select(vec![Order::Oldest, Order::Newest, Order::Parts]),
    ) {
        let mut fixture = Fixture::new();
        fixture.now = 1_000 * DAY;
        fixture.reach_ms = Some(reach * DAY);
        let mut vendor = Vendor::default();
        let mut shown = Vec::new();
        for texts in days {
            fixture.now += DAY;
            let all: Vec<&str> = ["only-machine", "only"].into_iter().chain(texts).collect();
            vendor.say(&all, fixture.now);
            shown = order.of(&vendor.shown(fixture.now - reach * DAY, |_| true));
            read(&mut fixture, Call::Plain, &shown);
        }
        let stored = held(&fixture).len();
        let whole = Order::Newest.of(&vendor.shown(i64::MIN, |_| true));
        prop_assert_eq!(stored, whole.len());
        prop_assert_eq!(read(&mut fixture, Call::Named, &whole).new, 0);
        prop_assert!(held(&fixture).iter().all(|one| one.is_named));
        let after = read(&mut fixture, Call::Plain, &shown);
        prop_assert_eq!((after.new, after.changed), (0, 0));
    }
}
